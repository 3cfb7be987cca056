// SPDX-License-Identifier: GPL-2.0
/*
 * Arithmetic of guest time (core/cpu/tsc.c).
 */
#include <kunit/test.h>
#include "../core/cpu/tsc.h"
#include "mock.h"

/* APM vol. 2, TSC Ratio MSR: 8.32 fixed point; VMX: 16.48. */
#define SVM_BITS	32
#define VMX_BITS	48

static void no_scaling_is_identity(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hull_tsc_scale(0x123456789abcdefull, 7, 0),
			0x123456789abcdefull);
}

static void ratio_is_fixed_point(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hull_tsc_ratio(2000000, 2000000, SVM_BITS), 0x100000000ull);
	KUNIT_EXPECT_EQ(test, hull_tsc_ratio(1000000, 2000000, SVM_BITS), 0x80000000ull);
	KUNIT_EXPECT_EQ(test, hull_tsc_ratio(3000000, 2000000, SVM_BITS), 0x180000000ull);
	KUNIT_EXPECT_EQ(test, hull_tsc_ratio(2000000, 2000000, VMX_BITS), 0x1000000000000ull);
	KUNIT_EXPECT_EQ(test, hull_tsc_ratio(4000000, 1000000, VMX_BITS), 0x4000000000000ull);
}

static void scale_multiplies(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hull_tsc_scale(1000, 0x180000000ull, SVM_BITS), 1500ull);
	KUNIT_EXPECT_EQ(test, hull_tsc_scale(1001, 0x80000000ull, SVM_BITS), 500ull);
	KUNIT_EXPECT_EQ(test, hull_tsc_scale(1000, 0x2000000000000ull, VMX_BITS), 2000ull);
	/* The product has more than 64 bits before the shift. */
	KUNIT_EXPECT_EQ(test, hull_tsc_scale(1ull << 60, 0x180000000ull, SVM_BITS),
			(1ull << 60) + (1ull << 59));
	KUNIT_EXPECT_EQ(test, hull_tsc_scale(~0ull, 0x100000000ull, SVM_BITS), ~0ull);
}

/* 250 parts in a million of 1 GHz are 250 kHz. */
static void tolerance_has_edges(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, hull_tsc_within_tolerance(1000000, 1000000));
	KUNIT_EXPECT_TRUE(test, hull_tsc_within_tolerance(1000250, 1000000));
	KUNIT_EXPECT_TRUE(test, hull_tsc_within_tolerance(999750, 1000000));
	KUNIT_EXPECT_FALSE(test, hull_tsc_within_tolerance(1000251, 1000000));
	KUNIT_EXPECT_FALSE(test, hull_tsc_within_tolerance(999749, 1000000));
	KUNIT_EXPECT_FALSE(test, hull_tsc_within_tolerance(0, 1000000));
}

/* At 1 GHz a nanosecond is a tick and a second 10^9 of them. */
static void same_base_within_a_second(struct kunit *test)
{
	const u64 base = 50ull * 1000 * 1000 * 1000, second = 1000000000;

	KUNIT_EXPECT_TRUE(test, hull_tsc_same_base(base, base, 0, 1000000));
	KUNIT_EXPECT_TRUE(test, hull_tsc_same_base(base, base, second / 2, 1000000));
	KUNIT_EXPECT_FALSE(test, hull_tsc_same_base(base, base, second, 1000000));
	KUNIT_EXPECT_TRUE(test, hull_tsc_same_base(base + second - 1, base, 0, 1000000));
	KUNIT_EXPECT_FALSE(test, hull_tsc_same_base(base + second, base, 0, 1000000));
	/* Far apart in time, but the value has advanced with it. */
	KUNIT_EXPECT_TRUE(test, hull_tsc_same_base(base + 60 * second, base,
						   60 * second, 1000000));
	KUNIT_EXPECT_FALSE(test, hull_tsc_same_base(base, base, 60 * second, 1000000));
}

static struct kunit_case tsc_cases[] = {
	KUNIT_CASE(no_scaling_is_identity),
	KUNIT_CASE(ratio_is_fixed_point),
	KUNIT_CASE(scale_multiplies),
	KUNIT_CASE(tolerance_has_edges),
	KUNIT_CASE(same_base_within_a_second),
	{ }
};

static struct kunit_suite tsc_suite = {
	.name = "hull-tsc",
	.test_cases = tsc_cases,
};

/* Suspend has reset the host's TSC: no guest's goes back. */
static void host_lost(struct kunit *test)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);
	u64 offset, base = vcpu->vm->tsc.offset;

	hull_write_tsc_adjust(vcpu, 77, false);
	offset = vcpu->tsc.offset;
	KUNIT_EXPECT_EQ(test, offset, base + 77);
	clear_bit(HULL_REQ_TSC, &vcpu->requests);
	hull_vms_tsc_lost(1000);
	KUNIT_EXPECT_EQ(test, vcpu->tsc.offset, offset + 1000);
	KUNIT_EXPECT_EQ(test, vcpu->vm->tsc.offset, base + 1000);
	KUNIT_EXPECT_TRUE(test, test_bit(HULL_REQ_TSC, &vcpu->requests));
}

static struct kunit_case host_cases[] = {
	KUNIT_CASE(host_lost),
	{ }
};

static struct kunit_suite host_suite = {
	.name = "hull-tsc-host",
	.init = mock_init,
	.exit = mock_exit,
	.test_cases = host_cases,
};

kunit_test_suites(&tsc_suite, &host_suite);
