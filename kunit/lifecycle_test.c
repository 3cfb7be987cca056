// SPDX-License-Identifier: GPL-2.0
/* Every pair of states of a vCPU's life (core/lifecycle.h). */
#include <kunit/test.h>
#include "../core/lifecycle.h"

/* The graph of lifecycle.h, drawn again: [from][to]. */
static const bool allowed[HULL_NR_VCPU_STATES][HULL_NR_VCPU_STATES] = {
	[HULL_VCPU_CREATED][HULL_VCPU_FREE] = true,
	[HULL_VCPU_CREATED][HULL_VCPU_INVALID] = true,
	[HULL_VCPU_FREE][HULL_VCPU_READY] = true,
	[HULL_VCPU_FREE][HULL_VCPU_INVALID] = true,
	[HULL_VCPU_READY][HULL_VCPU_FREE] = true,
	[HULL_VCPU_READY][HULL_VCPU_RUNNING] = true,
	[HULL_VCPU_READY][HULL_VCPU_BLOCKED] = true,
	[HULL_VCPU_READY][HULL_VCPU_INVALID] = true,
	[HULL_VCPU_RUNNING][HULL_VCPU_READY] = true,
	[HULL_VCPU_BLOCKED][HULL_VCPU_READY] = true,
	[HULL_VCPU_BLOCKED][HULL_VCPU_FREE] = true,
	[HULL_VCPU_BLOCKED][HULL_VCPU_INVALID] = true,
};

static void every_pair(struct kunit *test)
{
	int from, to, ret;
	atomic_t state;

	for (from = 0; from < HULL_NR_VCPU_STATES; from++) {
		for (to = 0; to < HULL_NR_VCPU_STATES; to++) {
			atomic_set(&state, from);
			ret = hull_vcpu_transition(&state, from, to);
			KUNIT_EXPECT_EQ_MSG(test, ret, allowed[from][to] ? 0 : -EINVAL,
					    "%s to %s", hull_vcpu_state_name(from),
					    hull_vcpu_state_name(to));
			KUNIT_EXPECT_EQ(test, atomic_read(&state),
					allowed[from][to] ? to : from);
		}
	}
}

/* Somebody else was faster: nothing changes. */
static void lost_race(struct kunit *test)
{
	atomic_t state = ATOMIC_INIT(HULL_VCPU_RUNNING);

	KUNIT_EXPECT_EQ(test, hull_vcpu_transition(&state, HULL_VCPU_FREE, HULL_VCPU_READY),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, atomic_read(&state), HULL_VCPU_RUNNING);
}

static void out_of_range(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, hull_vcpu_transition_allowed(HULL_NR_VCPU_STATES,
							      HULL_VCPU_FREE));
	KUNIT_EXPECT_FALSE(test, hull_vcpu_transition_allowed(HULL_VCPU_FREE,
							      HULL_NR_VCPU_STATES));
}

static struct kunit_case lifecycle_cases[] = {
	KUNIT_CASE(every_pair),
	KUNIT_CASE(lost_race),
	KUNIT_CASE(out_of_range),
	{ }
};

static struct kunit_suite lifecycle_suite = {
	.name = "hull-lifecycle",
	.test_cases = lifecycle_cases,
};
kunit_test_suite(lifecycle_suite);
