// SPDX-License-Identifier: GPL-2.0
/*
 * Which instructions save or load TF (core/cpu/step.c); encodings from SDM
 * vol. 2.
 */
#include <kunit/test.h>
#include "../core/cpu/step.h"

static const struct {
	const char *name;
	u8 bytes[4];
	u8 n;
	bool is_64bit;
	u8 kind;
	u8 vector;
	u8 len;
} cases[] = {
	{ "nop", { 0x90 }, 1, true, HULL_STEP_PLAIN },
	{ "pushf", { 0x9c }, 1, true, HULL_STEP_PUSHES },
	{ "pushfw", { 0x66, 0x9c }, 2, true, HULL_STEP_PUSHES },
	{ "popf", { 0x9d }, 1, false, HULL_STEP_LOADS },
	{ "iret", { 0xcf }, 1, false, HULL_STEP_LOADS },
	{ "iretq", { 0x48, 0xcf }, 2, true, HULL_STEP_LOADS },
	{ "sysretq", { 0x48, 0x0f, 0x07 }, 3, true, HULL_STEP_LOADS },
	{ "syscall", { 0x0f, 0x05 }, 2, true, HULL_STEP_SYSCALL, 0, 2 },
	{ "cpuid", { 0x0f, 0xa2 }, 2, true, HULL_STEP_PLAIN },
	{ "int3", { 0xcc }, 1, true, HULL_STEP_INT, 3, 1 },
	{ "int 0x80", { 0xcd, 0x80 }, 2, false, HULL_STEP_INT, 0x80, 2 },
	{ "prefixed int", { 0x2e, 0xcd, 0x21 }, 3, false, HULL_STEP_INT, 0x21, 3 },
	{ "int1", { 0xf1 }, 1, true, HULL_STEP_INT1, 1, 1 },
	{ "prefixed int1", { 0x66, 0xf1 }, 2, false, HULL_STEP_INT1, 1, 2 },
	{ "into", { 0xce }, 1, false, HULL_STEP_INT, 4, 1 },
	{ "no into in 64-bit mode", { 0xce }, 1, true, HULL_STEP_PLAIN },
	/* 40 to 4F are INC and DEC outside 64-bit mode, not prefixes. */
	{ "dec, then iret", { 0x48, 0xcf }, 2, false, HULL_STEP_PLAIN },
	{ "prefix alone", { 0x66 }, 1, true, HULL_STEP_PLAIN },
	{ "int without its vector", { 0xcd }, 1, true, HULL_STEP_PLAIN },
	{ "nothing", { }, 0, true, HULL_STEP_PLAIN },
};

static void classifies(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hull_step_insn insn =
			hull_step_classify(cases[i].bytes, cases[i].n,
					   cases[i].is_64bit);

		KUNIT_EXPECT_EQ_MSG(test, insn.kind, cases[i].kind, "%s", cases[i].name);
		KUNIT_EXPECT_EQ_MSG(test, insn.vector, cases[i].vector, "%s", cases[i].name);
		KUNIT_EXPECT_EQ_MSG(test, insn.len, cases[i].len, "%s", cases[i].name);
		KUNIT_EXPECT_EQ_MSG(test, insn.is_int_n,
				    insn.kind == HULL_STEP_INT && insn.vector > 4,
				    "%s", cases[i].name);
	}
}

static struct kunit_case step_cases[] = {
	KUNIT_CASE(classifies),
	{ }
};

static struct kunit_suite step_suite = {
	.name = "hull-step",
	.test_cases = step_cases,
};

kunit_test_suite(step_suite);
