// SPDX-License-Identifier: GPL-2.0
/*
 * The MSR table (core/cpu/msr_table.c) and the rules on values.
 */
#include <kunit/test.h>
#include "../core/cpu/msr.h"
#include "../core/cpu/msr_table.h"

static void table_is_sorted(struct kunit *test)
{
	unsigned int i;

	for (i = 1; i < hull_msr_table_size; i++) {
		const struct hull_msr_row *a = &hull_msr_table[i - 1];

		KUNIT_EXPECT_LE_MSG(test, a->first + hull_msr_count(a),
				    hull_msr_table[i].first,
				    "rows %#x and %#x", a->first,
				    hull_msr_table[i].first);
	}
}

static void rows_are_complete(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < hull_msr_table_size; i++) {
		const struct hull_msr_row *r = &hull_msr_table[i];

		if (r->kind == HULL_MSR_FUNCTION) {
			KUNIT_EXPECT_NOT_NULL(test, r->read);
			KUNIT_EXPECT_NOT_NULL(test, r->write);
		}
		/* Feature MSRs have a value without a vCPU. */
		if (r->flags & MSR_FEATURE)
			KUNIT_EXPECT_TRUE(test, r->kind == HULL_MSR_STORED ||
						r->kind == HULL_MSR_CONSTANT);
	}
}

static void find_hits_edges_of_ranges(struct kunit *test)
{
	static const u32 present[] = {
		0x10, 0x11, 0x12, 0x1b, 0x3b, 0x8b, 0xfe, 0x10a, 0x174, 0x176,
		0x1a0, 0x200, 0x20f, 0x250, 0x258, 0x259, 0x268, 0x26f, 0x277,
		0x2ff, 0x345, 0x400, 0x47f, 0x4b564d00, 0x4b564d01, 0xc0000080,
		0xc0000084, 0xc0000100, 0xc0000102, 0xc0000103, 0xc0010015,
		0xc001102c,
	};
	static const u32 absent[] = {
		0, 0xf, 0x13, 0x173, 0x210, 0x24f, 0x251, 0x25a, 0x270, 0x300,
		0x480, 0x6e0, 0x802, 0x4b564d02, 0xbfffffff, 0xc0000104,
		0xffffffff,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(present); i++)
		KUNIT_EXPECT_NOT_NULL_MSG(test, hull_msr_find(present[i]),
					  "%#x", present[i]);
	for (i = 0; i < ARRAY_SIZE(absent); i++)
		KUNIT_EXPECT_TRUE_MSG(test, !hull_msr_find(absent[i]),
				      "%#x", absent[i]);
}

/* A batch of all listed MSRs must fit KVM_GET_MSRS: fewer than 256. */
static void index_list_fits_a_batch(struct kunit *test)
{
	unsigned int i, n = 0;

	for (i = 0; i < hull_msr_table_size; i++)
		if (hull_msr_table[i].flags & MSR_LISTED)
			n += hull_msr_count(&hull_msr_table[i]);
	KUNIT_EXPECT_GT(test, n, 0u);
	KUNIT_EXPECT_LT(test, n, 256u);
}

/* SDM vol. 3, IA32_PAT MSR: types 0, 1, 4, 5, 6, 7. */
static void pat_values(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, hull_pat_valid(0x0007040600070406ull));
	KUNIT_EXPECT_TRUE(test, hull_pat_valid(0x0706050401000000ull));
	KUNIT_EXPECT_TRUE(test, hull_pat_valid(0));
	KUNIT_EXPECT_FALSE(test, hull_pat_valid(0x0007040600070402ull));
	KUNIT_EXPECT_FALSE(test, hull_pat_valid(0x0300000000000000ull));
	KUNIT_EXPECT_FALSE(test, hull_pat_valid(0x0000000000000800ull));
	KUNIT_EXPECT_FALSE(test, hull_pat_valid(0x0000000000000086ull));
}

/* SDM vol. 3, Memory Type Range Registers, with 40 address bits. */
static void mtrr_values(struct kunit *test)
{
	const u64 reserved = GENMASK_ULL(63, 40);

	/* IA32_MTRR_DEF_TYPE: enables in bits 11:10, type in 7:0. */
	KUNIT_EXPECT_TRUE(test, hull_mtrr_valid(0x2ff, 0xc06, reserved));
	KUNIT_EXPECT_TRUE(test, hull_mtrr_valid(0x2ff, 0x806, reserved));
	KUNIT_EXPECT_FALSE(test, hull_mtrr_valid(0x2ff, 0x1806, reserved));
	KUNIT_EXPECT_FALSE(test, hull_mtrr_valid(0x2ff, 0x807, reserved));
	/* Fixed ranges: eight types; UC- is not one of them. */
	KUNIT_EXPECT_TRUE(test, hull_mtrr_valid(0x250, 0x0606060606060606ull, reserved));
	KUNIT_EXPECT_FALSE(test, hull_mtrr_valid(0x26f, 0x0606060706060606ull, reserved));
	/* PHYSBASE: type, bits 11:8 reserved. */
	KUNIT_EXPECT_TRUE(test, hull_mtrr_valid(0x200, 0xc0000006ull, reserved));
	KUNIT_EXPECT_FALSE(test, hull_mtrr_valid(0x200, 0xc0000106ull, reserved));
	KUNIT_EXPECT_FALSE(test, hull_mtrr_valid(0x20e, BIT_ULL(40), reserved));
	/* PHYSMASK: valid in bit 11, bits 10:0 reserved. */
	KUNIT_EXPECT_TRUE(test, hull_mtrr_valid(0x201, 0xffc0000800ull, reserved));
	KUNIT_EXPECT_FALSE(test, hull_mtrr_valid(0x201, 0xffc0000801ull, reserved));
	KUNIT_EXPECT_FALSE(test, hull_mtrr_valid(0x20f, BIT_ULL(40) | 0x800, reserved));
}

static struct kunit_case msr_cases[] = {
	KUNIT_CASE(table_is_sorted),
	KUNIT_CASE(rows_are_complete),
	KUNIT_CASE(find_hits_edges_of_ranges),
	KUNIT_CASE(index_list_fits_a_batch),
	KUNIT_CASE(pat_values),
	KUNIT_CASE(mtrr_values),
	{ }
};

static struct kunit_suite msr_suite = {
	.name = "hull-msr",
	.test_cases = msr_cases,
};

kunit_test_suite(msr_suite);
