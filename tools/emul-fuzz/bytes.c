// SPDX-License-Identifier: GPL-2.0
/*
 * Random bytes: nothing may crash, and the decoder must agree with itself.
 * Meant for a build with the sanitizers; nothing runs on the CPU.
 */
#include <stdio.h>
#include <stdlib.h>
#include "fuzz.h"

/* The length must be the least number of bytes that is enough. */
static bool length_consistent(enum hull_emul_code code, const u8 *bytes)
{
	unsigned int len = hull_emul_insn_length(code, bytes, HULL_INSN_MAX), n;
	u8 *exact;
	bool ok;

	for (n = 0; n < len; n++)
		if (hull_emul_insn_length(code, bytes, n))
			return false;
	if (!len)
		return true;
	/* Of its own size, so that a read beyond it is caught. */
	exact = malloc(len);
	memcpy(exact, bytes, len);
	ok = hull_emul_insn_length(code, exact, len) == len;
	free(exact);
	return ok;
}

static void random_case(struct fuzz_case *c, u64 number)
{
	unsigned int i;

	c->number = number;
	c->mode = random_below(FUZZ_NR_MODES);
	segments_choose(c);
	for (i = 0; i < sizeof(c->bytes); i++)
		c->bytes[i] = random_u64();
	for (i = 0; i < HULL_NR_GPRS; i++)
		c->in.gpr[i] = one_in(2) ? random_u64() :
					   FUZZ_BASE + random_below(0x6000);
	c->in.rip = FUZZ_BASE + FUZZ_CODE + random_below(2 * PAGE_BYTES) -
		    segment_hidden(c->selector[HULL_SEG_CS])->base;
	c->in.rflags = X86_EFLAGS_FIXED | (random_u64() & 0x40cd5);
}

int random_bytes(u64 seed, u64 count)
{
	struct fuzz_outcome out;
	u64 n, executed = 0;
	struct fuzz_case c = {};

	for (n = 0; n < count; n++) {
		random_seed(seed, n);
		random_case(&c, n);
		if (!length_consistent(fuzz_code(c.mode), c.bytes)) {
			printf("not ok - length of random bytes, case %llu\n",
			       n);
			return 1;
		}
		memory_fill(&c);
		executed += !emulate(&c, &out);
	}
	printf("ok - %llu random byte strings, %llu executed\n", count,
	       executed);
	return 0;
}
