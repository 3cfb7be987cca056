// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include "fuzz.h"

#define MOST_REPORTS 10

static u64 seed = 1, count = 10000, number;
static u64 passed, failed, unhandled;
static unsigned int modes;
static struct fuzz_outcome expected;

/* Is the length the CPU's, and 0 as long as a byte is missing? */
static bool length_right(const struct fuzz_case *c)
{
	enum hull_emul_code code = fuzz_code(c->mode);
	unsigned int len = c->insn.len;

	if (c->decoded != EMUL_DECODE_OK)
		return true;
	return hull_emul_insn_length(code, c->bytes, HULL_INSN_MAX) == len &&
	       hull_emul_insn_length(code, c->bytes, len) == len &&
	       !hull_emul_insn_length(code, c->bytes, len - 1);
}

static void judge(const struct fuzz_case *c, const struct fuzz_outcome *got)
{
	if (length_right(c) &&
	    outcomes_equal(c, &expected, got, failed < MOST_REPORTS))
		passed++;
	else
		failed++;
}

/* The next case that the emulator supports and the CPU may execute. */
static bool prepare(struct fuzz_case *c)
{
	for (;;) {
		enum hull_emul_result res;

		random_seed(seed, number);
		if (!generate(c, number++, modes))
			continue;
		memory_fill(c);
		res = emulate(c, &expected);
		if (res == HULL_EMUL_OK || res == HULL_EMUL_FAULT)
			return true;
		unhandled++;
	}
}

static bool advance(struct fuzz_case *c, const struct fuzz_outcome *got)
{
	static bool started;

	if (started)
		judge(c, got);
	started = true;
	return passed + failed < count && prepare(c);
}

static int usage(const char *name)
{
	fprintf(stderr,
		"%s [--count N] [--seed N] [--start CASE] [--mode 64|32|16] [--random-bytes]\n",
		name);
	return 2;
}

static unsigned int mode_bit(const char *name)
{
	switch (atoi(name)) {
	case 64:
		return BIT(FUZZ_LONG);
	case 32:
		return BIT(FUZZ_COMPAT32);
	case 16:
		return BIT(FUZZ_COMPAT16);
	default:
		return 0;
	}
}

static int compare_all(void)
{
	if (!modes)
		modes = BIT(FUZZ_LONG) | BIT(FUZZ_COMPAT32) |
			BIT(FUZZ_COMPAT16);
	if (!segments_init()) {
		printf("# no 16-bit cases: the kernel has no modify_ldt()\n");
		modes &= ~BIT(FUZZ_COMPAT16);
	}
	if (!modes) {
		printf("ok - no cases # SKIP\n");
		return 0;
	}
	if (!memory_init() || !native_init()) {
		perror("emul-fuzz");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	native_run(advance);
	printf("# seed %llu, %llu instructions not emulated\n", seed,
	       unhandled);
	printf("%sok - %llu cases: %llu passed, %llu failed\n",
	       failed ? "not " : "", passed + failed, passed, failed);
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 's' },
		{ "start", required_argument, NULL, 'n' },
		{ "mode", required_argument, NULL, 'm' },
		{ "random-bytes", no_argument, NULL, 'r' },
		{}
	};
	bool bytes = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'c')
			count = strtoull(optarg, NULL, 0);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			number = strtoull(optarg, NULL, 0);
		else if (opt == 'm' && mode_bit(optarg))
			modes |= mode_bit(optarg);
		else if (opt == 'r')
			bytes = true;
		else
			return usage(argv[0]);
	}
	if (bytes) {
		if (!memory_init())
			return 2;
		return random_bytes(seed, count);
	}
	return compare_all();
}
