// SPDX-License-Identifier: GPL-2.0
/*
 * Whose #AC is it (core/cpu/split_lock.h)?
 */
#include <kunit/test.h>
#include "../core/cpu/split_lock.h"

#define AM	(X86_CR0_PE | X86_CR0_AM)
#define AC	(X86_EFLAGS_FIXED | X86_EFLAGS_AC)

/* SDM vol. 3, Alignment Check Exception: with CR0.AM, EFLAGS.AC and CPL 3. */
static void alignment_checks_are_the_guests(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, hull_is_split_lock(true, 3, AM, AC));
	KUNIT_EXPECT_FALSE(test, hull_is_split_lock(false, 3, AM, AC));
}

static void split_locks_are_the_hosts(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, hull_is_split_lock(true, 0, X86_CR0_PE, X86_EFLAGS_FIXED));
	KUNIT_EXPECT_TRUE(test, hull_is_split_lock(true, 0, AM, AC));
	KUNIT_EXPECT_TRUE(test, hull_is_split_lock(true, 3, X86_CR0_PE, AC));
	KUNIT_EXPECT_TRUE(test, hull_is_split_lock(true, 3, AM, X86_EFLAGS_FIXED));
}

/* What user space injects, or a flaw of the processor's. */
static void all_are_the_guests_without_detection(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, hull_is_split_lock(false, 0, X86_CR0_PE, X86_EFLAGS_FIXED));
	KUNIT_EXPECT_FALSE(test, hull_is_split_lock(false, 3, AM, X86_EFLAGS_FIXED));
}

static struct kunit_case split_lock_cases[] = {
	KUNIT_CASE(alignment_checks_are_the_guests),
	KUNIT_CASE(split_locks_are_the_hosts),
	KUNIT_CASE(all_are_the_guests_without_detection),
	{}
};

static struct kunit_suite split_lock_suite = {
	.name = "hull_split_lock",
	.test_cases = split_lock_cases,
};

kunit_test_suite(split_lock_suite);
