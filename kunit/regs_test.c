// SPDX-License-Identifier: GPL-2.0
/*
 * Rules on control registers and modes (core/cpu/cr.c, sregs.c, xstate.c), the
 * layout of descriptors (segment.c), and clear vector registers (xstate.c).
 */
#include <kunit/test.h>
#include <linux/irqflags.h>
#include <asm/fpu/api.h>
#include "../core/cpu/cr.h"
#include "../core/cpu/regs.h"
#include "../core/cpu/segment.h"
#include "../core/cpu/xstate.h"

#define PE	0x00000001ull
#define NW	0x20000000ull
#define CD	0x40000000ull
#define PG	0x80000000ull
#define PAE	0x20ull
#define LME	0x100ull
#define LMA	0x400ull

/* SDM vol. 3, Control Registers. */
static void cr0_rules(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, hull_cr0_valid(0));
	KUNIT_EXPECT_TRUE(test, hull_cr0_valid(0x60000010));
	KUNIT_EXPECT_TRUE(test, hull_cr0_valid(PE | PG));
	KUNIT_EXPECT_TRUE(test, hull_cr0_valid(CD));
	KUNIT_EXPECT_FALSE(test, hull_cr0_valid(PG));
	KUNIT_EXPECT_FALSE(test, hull_cr0_valid(NW));
	KUNIT_EXPECT_FALSE(test, hull_cr0_valid(PE | BIT_ULL(32)));
	KUNIT_EXPECT_FALSE(test, hull_cr0_valid(BIT_ULL(63)));
}

/* SDM vol. 3, Initializing IA-32e Mode. */
static void mode_rules(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, hull_sregs_mode_valid(0, 0, 0, false));
	KUNIT_EXPECT_TRUE(test, hull_sregs_mode_valid(PE | PG, PAE, LME | LMA, true));
	KUNIT_EXPECT_TRUE(test, hull_sregs_mode_valid(PE | PG, PAE, LME | LMA, false));
	KUNIT_EXPECT_TRUE(test, hull_sregs_mode_valid(PE, PAE, LME, false));
	KUNIT_EXPECT_TRUE(test, hull_sregs_mode_valid(PE | PG, PAE, 0, false));
	KUNIT_EXPECT_FALSE(test, hull_sregs_mode_valid(PE | PG, 0, LME | LMA, false));
	KUNIT_EXPECT_FALSE(test, hull_sregs_mode_valid(PE | PG, PAE, LME, false));
	KUNIT_EXPECT_FALSE(test, hull_sregs_mode_valid(PE, PAE, LME | LMA, false));
	KUNIT_EXPECT_FALSE(test, hull_sregs_mode_valid(PE | PG, PAE, 0, true));
}

/* SDM vol. 1, XSETBV; vol. 2, XSETBV. */
static void xcr0_rules(struct kunit *test)
{
	const u64 all = 0x2e7;	/* x87, SSE, AVX, AVX-512, PKRU */

	KUNIT_EXPECT_TRUE(test, hull_xcr0_valid(0x1, all));
	KUNIT_EXPECT_TRUE(test, hull_xcr0_valid(0x3, all));
	KUNIT_EXPECT_TRUE(test, hull_xcr0_valid(0x7, all));
	KUNIT_EXPECT_TRUE(test, hull_xcr0_valid(0x2e7, all));
	KUNIT_EXPECT_FALSE(test, hull_xcr0_valid(0x0, all));
	KUNIT_EXPECT_FALSE(test, hull_xcr0_valid(0x2, all));
	KUNIT_EXPECT_FALSE(test, hull_xcr0_valid(0x5, all));	/* AVX, no SSE */
	KUNIT_EXPECT_FALSE(test, hull_xcr0_valid(0x67, all));	/* part of AVX-512 */
	KUNIT_EXPECT_FALSE(test, hull_xcr0_valid(0xe3, all));	/* and no AVX */
	KUNIT_EXPECT_FALSE(test, hull_xcr0_valid(0x1f, all));	/* MPX not there */
	KUNIT_EXPECT_FALSE(test, hull_xcr0_valid(0x7, 0x3));
	KUNIT_EXPECT_FALSE(test, hull_xcr0_valid(BIT_ULL(63) | 1, all));
}

/* SDM vol. 3, Segment Descriptors. */
static void descriptors(struct kunit *test)
{
	struct hull_segment s;

	/* Flat 32-bit code: granularity, D, present, readable, accessed. */
	hull_desc_unpack(0x00cf9b000000ffffull, &s);
	KUNIT_EXPECT_EQ(test, s.base, 0ull);
	KUNIT_EXPECT_EQ(test, s.limit, 0xffffffffu);
	KUNIT_EXPECT_EQ(test, s.attr, 0xc9b);
	/* 64-bit code. */
	hull_desc_unpack(0x00af9b000000ffffull, &s);
	KUNIT_EXPECT_EQ(test, s.attr, 0xa9b);
	/* Byte-granular data for CPL 3 with a base in all four places. */
	hull_desc_unpack(0x1247f33456789abcull, &s);
	KUNIT_EXPECT_EQ(test, s.base, 0x12345678ull);
	KUNIT_EXPECT_EQ(test, s.limit, 0x79abcu);
	KUNIT_EXPECT_EQ(test, s.attr, 0x4f3);
	KUNIT_EXPECT_EQ(test, hull_seg_dpl(&s), 3);
	KUNIT_EXPECT_EQ(test, hull_seg_type(&s), 3);
	/* Available 32-bit TSS of 104 bytes. */
	hull_desc_unpack(0x0000890100000067ull, &s);
	KUNIT_EXPECT_EQ(test, s.base, 0x10000ull);
	KUNIT_EXPECT_EQ(test, s.limit, 0x67u);
	KUNIT_EXPECT_EQ(test, s.attr, 0x89);
}

static void kvm_segments_round_trip(struct kunit *test)
{
	const struct hull_segment in = {
		.base = 0x12345678, .limit = 0xfffff, .selector = 0x33,
		.attr = 0xafb,
	};
	struct kvm_segment k;
	struct hull_segment out;

	hull_segment_to_kvm(&in, &k);
	KUNIT_EXPECT_EQ(test, k.type, 0xb);
	KUNIT_EXPECT_EQ(test, k.s, 1);
	KUNIT_EXPECT_EQ(test, k.dpl, 3);
	KUNIT_EXPECT_EQ(test, k.present, 1);
	KUNIT_EXPECT_EQ(test, k.l, 1);
	KUNIT_EXPECT_EQ(test, k.db, 0);
	KUNIT_EXPECT_EQ(test, k.g, 1);
	KUNIT_EXPECT_EQ(test, k.unusable, 0);
	hull_segment_from_kvm(&k, &out);
	KUNIT_EXPECT_EQ(test, memcmp(&in, &out, sizeof(in)), 0);
}

/* The accessed bit is of code and data alone; in an LDT's type it means a TSS. */
static void segments_in_use_are_accessed(struct kunit *test)
{
	struct kvm_segment k = { .type = 2, .s = 1, .present = 1 };
	struct hull_segment s;

	hull_segment_from_kvm(&k, &s);
	KUNIT_EXPECT_EQ(test, s.attr, 0x93);
	k.type = 10;
	hull_segment_from_kvm(&k, &s);
	KUNIT_EXPECT_EQ(test, s.attr, 0x9b);
	k = (struct kvm_segment) { .type = 2, .present = 1 };
	hull_segment_from_kvm(&k, &s);
	KUNIT_EXPECT_EQ(test, s.attr, 0x82);
	k = (struct kvm_segment) { .type = 2, .s = 1, .unusable = 1 };
	hull_segment_from_kvm(&k, &s);
	KUNIT_EXPECT_EQ(test, s.attr, HULL_ATTR_UNUSABLE | 0x12);
}

/* What a guest could see of them by CVE-2018-3665. */
static void fpu_cleared(struct kunit *test)
{
	const u64 pattern[2] = { 0x0123456789abcdef, 0xfedcba9876543210 };
	struct hull_vcpu *vcpu = kunit_kzalloc(test, sizeof(*vcpu), GFP_KERNEL);
	u64 before[2], after[2];

	KUNIT_ASSERT_NOT_NULL(test, vcpu);
	local_irq_disable();
	kernel_fpu_begin();
	asm volatile("movups %0, %%xmm7" : : "m" (pattern));
	asm volatile("movups %%xmm7, %0" : "=m" (before));
	kernel_fpu_end();
	hull_fpu_clear(vcpu);
	kernel_fpu_begin();
	asm volatile("movups %%xmm7, %0" : "=m" (after));
	kernel_fpu_end();
	local_irq_enable();

	KUNIT_EXPECT_EQ(test, memcmp(before, pattern, sizeof(pattern)), 0);
	KUNIT_EXPECT_EQ(test, after[0], 0);
	KUNIT_EXPECT_EQ(test, after[1], 0);
}

static struct kunit_case regs_cases[] = {
	KUNIT_CASE(cr0_rules),
	KUNIT_CASE(mode_rules),
	KUNIT_CASE(xcr0_rules),
	KUNIT_CASE(fpu_cleared),
	KUNIT_CASE(descriptors),
	KUNIT_CASE(kvm_segments_round_trip),
	KUNIT_CASE(segments_in_use_are_accessed),
	{ }
};

static struct kunit_suite regs_suite = {
	.name = "hull-regs",
	.test_cases = regs_cases,
};

kunit_test_suite(regs_suite);
