// SPDX-License-Identifier: GPL-2.0
/*
 * Lookup of CPUID leaves (core/cpu/cpuid_guest.c) and the feature table
 * (core/cpu/cpuid_table.c).  Bits are written as the manuals number them.
 */
#include <kunit/test.h>
#include <linux/kvm.h>
#include <asm/processor-flags.h>
#include "../core/cpu/cpuid.h"
#include "../core/cpu/cpuid_table.h"

#define INDEXED	KVM_CPUID_FLAG_SIGNIFCANT_INDEX

/* Out of order on purpose, as user space may give them. */
static struct kvm_cpuid_entry2 sample[] = {
	{ .function = 0x80000000, .eax = 0x80000008 },
	{ .function = 0x40000000, .eax = 0x40000001, .ebx = 0x4b4d564b },
	{ .function = 4, .index = 1, .flags = INDEXED, .eax = 0x41 },
	{ .function = 4, .index = 0, .flags = INDEXED, .eax = 0x40 },
	{ .function = 0, .eax = 0xb, .ebx = 0x756e6547, .ecx = 0x6c65746e,
	  .edx = 0x49656e69 },
	{ .function = 0xb, .index = 0, .flags = INDEXED, .eax = 1, .ebx = 2,
	  .edx = 77 },
	{ .function = 0xb, .index = 1, .flags = INDEXED, .eax = 4, .ebx = 8,
	  .edx = 77 },
	{ .function = 1, .eax = 0x600f20, .ecx = 0x80000000 },
	{ .function = 1, .eax = 0xdead },
};

static void make(struct kunit *test, struct hull_cpuid *c, bool amd)
{
	memset(c, 0, sizeof(*c));
	c->entries = sample;
	c->nent = ARRAY_SIZE(sample);
	c->amd = amd;
	c->intel = !amd;
	c->next = kunit_kcalloc(test, c->nent, sizeof(c->next[0]), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c->next);
	hull_cpuid_index(c);
}

static void expect(struct kunit *test, const struct hull_cpuid *c, u32 leaf,
		   u32 subleaf, u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	u32 out[4];

	hull_cpuid_lookup(c, leaf, subleaf, out);
	KUNIT_EXPECT_EQ_MSG(test, out[0], eax, "EAX of %#x.%u", leaf, subleaf);
	KUNIT_EXPECT_EQ_MSG(test, out[1], ebx, "EBX of %#x.%u", leaf, subleaf);
	KUNIT_EXPECT_EQ_MSG(test, out[2], ecx, "ECX of %#x.%u", leaf, subleaf);
	KUNIT_EXPECT_EQ_MSG(test, out[3], edx, "EDX of %#x.%u", leaf, subleaf);
}

static void lookup_finds_leaves(struct kunit *test)
{
	struct hull_cpuid c;

	make(test, &c, false);
	expect(test, &c, 0, 0, 0xb, 0x756e6547, 0x6c65746e, 0x49656e69);
	/* The first of two entries for one leaf counts, whatever the subleaf. */
	expect(test, &c, 1, 0, 0x600f20, 0, 0x80000000, 0);
	expect(test, &c, 1, 9, 0x600f20, 0, 0x80000000, 0);
	expect(test, &c, 0x40000000, 0, 0x40000001, 0x4b4d564b, 0, 0);
}

static void lookup_tells_subleaves_apart(struct kunit *test)
{
	struct hull_cpuid c;

	make(test, &c, false);
	expect(test, &c, 4, 0, 0x40, 0, 0, 0);
	expect(test, &c, 4, 1, 0x41, 0, 0, 0);
	expect(test, &c, 4, 2, 0, 0, 0, 0);
}

static void leaves_within_range_are_zero(struct kunit *test)
{
	struct hull_cpuid c;

	make(test, &c, false);
	expect(test, &c, 5, 0, 0, 0, 0, 0);
	expect(test, &c, 0x80000007, 0, 0, 0, 0, 0);
	expect(test, &c, 0x40000001, 0, 0, 0, 0, 0);
}

/* SDM vol. 2, CPUID: above the highest leaf, Intel gives the highest basic one. */
static void intel_gives_highest_basic_leaf(struct kunit *test)
{
	struct hull_cpuid c;

	make(test, &c, false);
	expect(test, &c, 0xc, 0, 1, 2, 0, 77);
	expect(test, &c, 0x80000009, 1, 4, 8, 0, 77);
	expect(test, &c, 0x40000002, 0, 1, 2, 0, 77);
}

static void amd_gives_zero_above_range(struct kunit *test)
{
	struct hull_cpuid c;

	make(test, &c, true);
	expect(test, &c, 0xc, 0, 0, 0, 0, 0);
	expect(test, &c, 0x80000009, 0, 0, 0, 0, 0);
}

/* SDM vol. 2, CPUID leaf 0BH: ECX[7:0] and EDX hold in invalid subleaves. */
static void topology_leaf_beyond_last(struct kunit *test)
{
	struct hull_cpuid c;

	make(test, &c, false);
	expect(test, &c, 0xb, 2, 0, 0, 2, 77);
	expect(test, &c, 0xb, 0x105, 0, 0, 5, 77);
}

static void no_entries_give_zero(struct kunit *test)
{
	struct hull_cpuid c = { };

	expect(test, &c, 0, 0, 0, 0, 0, 0);
	expect(test, &c, 0x80000008, 0, 0, 0, 0, 0);
}

static const struct hull_cpuid_row *row(u32 leaf, u32 subleaf, u8 reg)
{
	unsigned int i;

	for (i = 0; i < hull_cpuid_table_size; i++)
		if (hull_cpuid_table[i].leaf == leaf &&
		    hull_cpuid_table[i].subleaf == subleaf &&
		    hull_cpuid_table[i].reg == reg)
			return &hull_cpuid_table[i];
	return NULL;
}

static void mask_combines_sources(struct kunit *test)
{
	const struct hull_cpuid_row r = {
		.host = 0x0f, .raw = 0x30, .kernel = 0x100, .always = 0x80
	};

	KUNIT_EXPECT_EQ(test, hull_cpuid_mask(&r, 0xffff, 0xffff), 0x1bfu);
	KUNIT_EXPECT_EQ(test, hull_cpuid_mask(&r, 0xffff, 0x05), 0xb5u);
	KUNIT_EXPECT_EQ(test, hull_cpuid_mask(&r, 0, 0xffff), 0x180u);
	KUNIT_EXPECT_EQ(test, hull_cpuid_mask(&r, 0x10, 0xffff), 0x190u);
	KUNIT_EXPECT_EQ(test, hull_cpuid_mask(&r, 0, 0), 0x80u);
}

/* What hull cannot give must not show even on a host that has all. */
static void table_hides_what_is_not_there(struct kunit *test)
{
	u32 ecx1 = hull_cpuid_mask(row(1, 0, HULL_CPUID_ECX), ~0, ~0);
	u32 edx1 = hull_cpuid_mask(row(1, 0, HULL_CPUID_EDX), ~0, ~0);
	u32 ebx7 = hull_cpuid_mask(row(7, 0, HULL_CPUID_EBX), ~0, ~0);
	u32 edx7 = hull_cpuid_mask(row(7, 0, HULL_CPUID_EDX), ~0, ~0);
	u32 ecx8 = hull_cpuid_mask(row(0x80000001, 0, HULL_CPUID_ECX), ~0, ~0);

	KUNIT_EXPECT_FALSE(test, ecx1 & BIT(5));	/* VMX */
	KUNIT_EXPECT_FALSE(test, ecx1 & BIT(3));	/* MONITOR */
	KUNIT_EXPECT_FALSE(test, ecx1 & BIT(24));	/* TSC-deadline timer */
	KUNIT_EXPECT_FALSE(test, ecx1 & BIT(15));	/* PDCM */
	KUNIT_EXPECT_FALSE(test, ebx7 & BIT(14));	/* MPX */
	KUNIT_EXPECT_FALSE(test, ebx7 & BIT(25));	/* Processor Trace */
	KUNIT_EXPECT_FALSE(test, edx7 & BIT(24));	/* AMX-TILE */
	KUNIT_EXPECT_FALSE(test, ecx8 & BIT(2));	/* SVM */
	KUNIT_EXPECT_TRUE(test, ecx1 & BIT(31));	/* hypervisor */
	KUNIT_EXPECT_TRUE(test, ebx7 & BIT(1));		/* TSC_ADJUST */
	KUNIT_EXPECT_EQ(test, edx1 & 0x178bfbff, 0x078bfbffu); /* all but HTT */
}

/* SDM vol. 3, Control Registers: bits of CR4. */
static void cr4_follows_features(struct kunit *test)
{
	DECLARE_BITMAP(features, HULL_NR_FEATURES);

	bitmap_zero(features, HULL_NR_FEATURES);
	/* VME to OSXMMEXCPT, bits 10:0, need no feature here. */
	KUNIT_EXPECT_EQ(test, hull_cr4_of_features(features), 0x7ffull);
	__set_bit(HULL_FEAT_XSAVE, features);
	KUNIT_EXPECT_EQ(test, hull_cr4_of_features(features), 0x407ffull);
	__set_bit(HULL_FEAT_SMEP, features);
	__set_bit(HULL_FEAT_SMAP, features);
	KUNIT_EXPECT_EQ(test, hull_cr4_of_features(features), 0x3407ffull);
	__set_bit(HULL_FEAT_LA57, features);
	__set_bit(HULL_FEAT_UMIP, features);
	KUNIT_EXPECT_EQ(test, hull_cr4_of_features(features), 0x341fffull);
	__set_bit(HULL_FEAT_FSGSBASE, features);
	__set_bit(HULL_FEAT_PCID, features);
	__set_bit(HULL_FEAT_PKU, features);
	KUNIT_EXPECT_EQ(test, hull_cr4_of_features(features), 0x771fffull);
}

/* SDM vol. 1, XSAVE Area: 512 bytes legacy region, 64 bytes header. */
static void xsave_area_without_extended_state(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hull_xsave_area_size(0x3, false), 576u);
	KUNIT_EXPECT_EQ(test, hull_xsave_area_size(0x3, true), 576u);
}

static struct kunit_case cpuid_cases[] = {
	KUNIT_CASE(lookup_finds_leaves),
	KUNIT_CASE(lookup_tells_subleaves_apart),
	KUNIT_CASE(leaves_within_range_are_zero),
	KUNIT_CASE(intel_gives_highest_basic_leaf),
	KUNIT_CASE(amd_gives_zero_above_range),
	KUNIT_CASE(topology_leaf_beyond_last),
	KUNIT_CASE(no_entries_give_zero),
	KUNIT_CASE(mask_combines_sources),
	KUNIT_CASE(table_hides_what_is_not_there),
	KUNIT_CASE(cr4_follows_features),
	KUNIT_CASE(xsave_area_without_extended_state),
	{ }
};

static struct kunit_suite cpuid_suite = {
	.name = "hull-cpuid",
	.test_cases = cpuid_cases,
};

kunit_test_suite(cpuid_suite);
