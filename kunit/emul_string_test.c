// SPDX-License-Identifier: GPL-2.0
/*
 * String instructions and port accesses (core/emul/string.c, port.c): REP,
 * bounds, stops, and what is left when an iteration does not complete.
 */
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "emul_mock.h"

#define SRC	(MOCK_BASE + MOCK_PAGE)
#define DST	(MOCK_BASE + 2 * MOCK_PAGE)

static struct emul_mock *string_mock(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RSI] = SRC;
	m->gpr[HULL_RDI] = DST;
	return m;
}

/* A bounded number of iterations; RIP moves on with the last. */
static void emul_rep_bounded(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);

	emul_mock_store(m, SRC, 0x0504030201, 5);
	m->gpr[HULL_RCX] = 5;
	emul_mock_code(m, 0xf3, 0xa4);			/* rep movsb */
	EXPECT_OK(test, hull_emul_execute(&m->emul, 3));
	KUNIT_EXPECT_TRUE(test, m->emul.unfinished);
	KUNIT_EXPECT_EQ(test, m->emul.rip, MOCK_BASE + MOCK_CODE + 0ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 2ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSI], SRC + 3ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RDI], DST + 3ULL);
	EXPECT_OK(test, hull_emul_execute(&m->emul, 3));
	KUNIT_EXPECT_FALSE(test, m->emul.unfinished);
	KUNIT_EXPECT_EQ(test, m->emul.rip, MOCK_BASE + MOCK_CODE + 2ULL);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DST, 6), 0x0504030201ULL);
}

static void emul_rep_zero(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);

	emul_mock_store(m, SRC, 0xff, 1);
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0xa4));
	KUNIT_EXPECT_EQ(test, m->emul.rip, MOCK_BASE + MOCK_CODE + 2ULL);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DST, 1), 0ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSI], SRC + 0ULL);
}

/* RCX is as wide as addresses, and so are RSI and RDI. */
static void emul_rep_address_size(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);

	m->gpr[HULL_RCX] = 0x700000002;
	EXPECT_OK(test, emul_mock_run(m, 0x67, 0xf3, 0xa4));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 0ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RDI], DST + 2ULL);

	m = emul_mock_new(test, MOCK_REAL);
	m->gpr[HULL_RSI] = 0xabcd1000;
	m->gpr[HULL_RDI] = 0xabcd2000;
	m->gpr[HULL_RCX] = 0xabcd0003;
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0xa5));	/* rep movsw */
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 0xabcd0000ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSI], 0xabcd1006ULL);
}

/* A fault keeps what the iterations before it did. */
static void emul_rep_faults(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);
	enum hull_emul_result res;

	m->page[3] = MOCK_ABSENT;
	m->gpr[HULL_RAX] = 0x5a;
	m->gpr[HULL_RDI] = DST + MOCK_PAGE - 2;
	m->gpr[HULL_RCX] = 4;
	res = emul_mock_run(m, 0xf3, 0xaa);		/* rep stosb */
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, 2);
	KUNIT_EXPECT_EQ(test, m->emul.fault.payload, DST + MOCK_PAGE + 0ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 2ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RDI], DST + MOCK_PAGE + 0ULL);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DST + MOCK_PAGE - 2, 2),
			0x5a5aULL);
	KUNIT_EXPECT_EQ(test, m->emul.rip, MOCK_BASE + MOCK_CODE + 0ULL);
}

/* The caller stops it after an iteration, to deliver a posted write. */
static void emul_rep_stops(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);

	m->page[2] = MOCK_DEVICE;
	m->stop_after = 2;
	m->gpr[HULL_RCX] = 3;
	m->gpr[HULL_RAX] = 0x11;
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0xaa));
	KUNIT_EXPECT_TRUE(test, m->emul.unfinished);
	KUNIT_EXPECT_EQ(test, m->nr_written, 2U);
	KUNIT_EXPECT_EQ(test, m->written[1], DST + 1ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 1ULL);
}

/* Each iteration of a device read waits by itself and is not repeated. */
static void emul_rep_device_read(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);

	m->page[1] = MOCK_DEVICE;
	m->gpr[HULL_RCX] = 2;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_run(m, 0xf3, 0xa5),
			HULL_EMUL_EXIT);
	m->answers[m->nr_answers++] = 0x11111111;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_again(m), HULL_EMUL_EXIT);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 1ULL);
	m->answers[m->nr_answers++] = 0x22222222;
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DST, 8), 0x2222222211111111ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSI], SRC + 8ULL);
}

static void emul_rep_compare(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);

	emul_mock_store(m, SRC, 0x00636261, 4);
	emul_mock_store(m, DST, 0x00786261, 4);
	m->gpr[HULL_RCX] = 4;
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0xa6));	/* repe cmpsb */
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 1ULL);
	KUNIT_EXPECT_FALSE(test, m->emul.rflags & X86_EFLAGS_ZF);
	/* 'c' is below 'x'. */
	KUNIT_EXPECT_TRUE(test, m->emul.rflags & X86_EFLAGS_CF);

	m = string_mock(test);
	emul_mock_store(m, DST, 0x00636261, 4);
	m->gpr[HULL_RCX] = 10;
	EXPECT_OK(test, emul_mock_run(m, 0xf2, 0xae));	/* repne scasb */
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 6ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RDI], DST + 4ULL);
}

static void emul_string_backwards(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);

	m->emul.rflags |= X86_EFLAGS_DF;
	m->gpr[HULL_RCX] = 2;
	m->gpr[HULL_RDI] = DST + 8;
	m->gpr[HULL_RAX] = 0x33333333;
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0xab));	/* rep stosd */
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RDI], DST + 0ULL);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DST + 4, 8),
			0x3333333333333333ULL);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DST, 4), 0ULL);
}

/* The override moves the source, never the destination. */
static void emul_string_override(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_REAL);

	m->seg[HULL_SEG_FS].base = SRC;
	m->seg[HULL_SEG_ES].base = DST;
	emul_mock_store(m, SRC, 0x77, 1);
	EXPECT_OK(test, emul_mock_run(m, 0x64, 0xa4));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DST, 1), 0x77ULL);
}

/* With TF one iteration, and a trap after each. */
static void emul_rep_single_step(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);

	m->emul.rflags |= X86_EFLAGS_TF | X86_EFLAGS_RF;
	m->gpr[HULL_RCX] = 2;
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0xa4));
	KUNIT_EXPECT_TRUE(test, m->emul.trap);
	KUNIT_EXPECT_TRUE(test, m->emul.unfinished);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 1ULL);
	KUNIT_EXPECT_TRUE(test, m->emul.rflags & X86_EFLAGS_RF);
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_TRUE(test, m->emul.trap);
	KUNIT_EXPECT_FALSE(test, m->emul.unfinished);
	KUNIT_EXPECT_FALSE(test, m->emul.rflags & X86_EFLAGS_RF);
}

/* INS moves many elements at once into plain memory. */
static void emul_ins_batch(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);
	unsigned int i;

	m->gpr[HULL_RDX] = 0x1f0;
	m->gpr[HULL_RCX] = 4;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_run(m, 0xf3, 0x66, 0x6d),
			HULL_EMUL_EXIT);		/* rep insw */
	for (i = 0; i < 4; i++)
		m->answers[m->nr_answers++] = 0x1110 + i;
	m->used = 0;
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_EQ(test, m->io_max, 4U);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DST, 8), 0x1113111211111110ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 0ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RDI], DST + 8ULL);
	KUNIT_EXPECT_EQ(test, m->commits, 1U);
}

/* A missing destination faults before the port is read. */
static void emul_ins_checks_first(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);
	enum hull_emul_result res;

	m->page[2] = MOCK_RO;
	m->gpr[HULL_RCX] = 2;
	res = emul_mock_run(m, 0xf3, 0x6c);
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, 3);
	KUNIT_EXPECT_EQ(test, m->io_max, 0U);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 2ULL);
}

/* A batch ends with its page and with the buffer; DF takes one by one. */
static void emul_outs_batch(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);

	m->gpr[HULL_RDX] = 0x3f8;
	m->gpr[HULL_RSI] = DST - 3;
	m->gpr[HULL_RCX] = 5;
	emul_mock_store(m, DST - 3, 0x6f6c6c6568, 5);
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0x6e));	/* rep outsb */
	KUNIT_EXPECT_EQ(test, m->io_max, 3U);
	KUNIT_EXPECT_EQ(test, m->nr_written, 5U);
	KUNIT_EXPECT_EQ(test, m->commits, 2U);
	KUNIT_EXPECT_EQ(test, m->written[4], 0x3f8ULL);
	KUNIT_EXPECT_EQ(test, m->value[4], 0x6fULL);

	m = string_mock(test);
	m->emul.io_size = 8;
	m->gpr[HULL_RCX] = 12;
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0x6e));
	KUNIT_EXPECT_EQ(test, m->io_max, 8U);

	m = string_mock(test);
	m->emul.rflags |= X86_EFLAGS_DF;
	m->gpr[HULL_RSI] = SRC + 8;
	m->gpr[HULL_RCX] = 3;
	emul_mock_store(m, SRC + 6, 0x030201, 3);
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0x6e));
	KUNIT_EXPECT_EQ(test, m->io_max, 1U);
	KUNIT_EXPECT_EQ(test, m->value[0], 3ULL);
	KUNIT_EXPECT_EQ(test, m->value[2], 1ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSI], SRC + 5ULL);
}

/* Device memory is not read in bulk. */
static void emul_outs_from_device(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);

	m->page[1] = MOCK_DEVICE;
	m->gpr[HULL_RCX] = 2;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_run(m, 0xf3, 0x6e),
			HULL_EMUL_EXIT);
	m->answers[m->nr_answers++] = 0x41;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_again(m), HULL_EMUL_EXIT);
	KUNIT_EXPECT_EQ(test, m->nr_written, 1U);
	KUNIT_EXPECT_EQ(test, m->value[0], 0x41ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 1ULL);
}

static void emul_in_out(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RAX] = 0xffffffffffffffff;
	m->gpr[HULL_RDX] = 0x60;
	m->answers[m->nr_answers++] = 0x1c;
	EXPECT_OK(test, emul_mock_run(m, 0xec));	/* in al,dx */
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0xffffffffffffff1cULL);
	m->answers[m->nr_answers++] = 0x12345678;
	EXPECT_OK(test, emul_mock_run(m, 0xed));	/* in eax,dx */
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x12345678ULL);
	EXPECT_OK(test, emul_mock_run(m, 0x66, 0xe7, 0x80)); /* out 0x80,ax */
	KUNIT_EXPECT_EQ(test, m->written[0], 0x80ULL);
	KUNIT_EXPECT_EQ(test, m->value[0], 0x5678ULL);
}

/* Above IOPL the permission bitmap decides; here there is none. */
static void emul_port_permission(struct kunit *test)
{
	struct emul_mock *m = string_mock(test);
	enum hull_emul_result res;

	m->emul.cpl = 3;
	res = emul_mock_run(m, 0xec);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	/* Also if it repeats zero times. */
	res = emul_mock_run(m, 0xf3, 0x6c);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	m->emul.rflags |= X86_EFLAGS_IOPL;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_run(m, 0xec), HULL_EMUL_EXIT);

	m = emul_mock_new(test, MOCK_VM86);
	m->emul.rflags |= X86_EFLAGS_IOPL;
	res = emul_mock_run(m, 0xec);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
}

static struct kunit_case emul_string_cases[] = {
	KUNIT_CASE(emul_rep_bounded),
	KUNIT_CASE(emul_rep_zero),
	KUNIT_CASE(emul_rep_address_size),
	KUNIT_CASE(emul_rep_faults),
	KUNIT_CASE(emul_rep_stops),
	KUNIT_CASE(emul_rep_device_read),
	KUNIT_CASE(emul_rep_compare),
	KUNIT_CASE(emul_string_backwards),
	KUNIT_CASE(emul_string_override),
	KUNIT_CASE(emul_rep_single_step),
	KUNIT_CASE(emul_ins_batch),
	KUNIT_CASE(emul_ins_checks_first),
	KUNIT_CASE(emul_outs_batch),
	KUNIT_CASE(emul_outs_from_device),
	KUNIT_CASE(emul_in_out),
	KUNIT_CASE(emul_port_permission),
	{}
};

static struct kunit_suite emul_string_suite = {
	.name = "hull-emul-string",
	.test_cases = emul_string_cases,
};

kunit_test_suite(emul_string_suite);
