// SPDX-License-Identifier: GPL-2.0
/*
 * What hull makes of capability MSRs (vmx/caps.c; SDM vol. 3, appendix VMX Capability
 * Reporting Facility), each case one change of a CPU that has all.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include "../vmx/arch.h"
#include "../vmx/caps.h"

#define HOST_CR0	(X86_CR0_PE | X86_CR0_PG | X86_CR0_NE | X86_CR0_WP)
#define HOST_CR4	(X86_CR4_PAE | X86_CR4_PGE)
#define REVISION	0x12

static struct vmx_cap_msrs all(void)
{
	struct vmx_cap_msrs m = {
		/* 1 KiB, write-back, true controls */
		.basic = REVISION | 0x400ull << 32 | 6ull << 50 | BIT_ULL(55),
		.ept_vpid = ~0ull,
		.cr0_fixed = { X86_CR0_PE | X86_CR0_PG | X86_CR0_NE, 0xffffffff },
		.cr4_fixed = { X86_CR4_VMXE, 0x3fffff },
		/* The timer counts each 32nd cycle; all activity states. */
		.misc = 5 | 7 << 6,
	};
	int i;

	for (i = 0; i < VMX_NR_CONTROLS; i++)
		m.control[i] = 0xffffffffull << 32 | BIT(1);
	m.control[VMX_CONTROL_CPU2] = 0xffffffffull << 32;
	return m;
}

/* What the CPU lacks after a change of its MSRs or of the host's registers. */
#define LACKS(change)							\
({									\
	struct vmx_cap_msrs m = all();					\
	u64 cr0 = HOST_CR0, cr4 = HOST_CR4;				\
	char *what = kunit_kzalloc(test, VMX_LACK_SIZE, GFP_KERNEL);	\
									\
	KUNIT_ASSERT_NOT_NULL(test, what);				\
	change;								\
	KUNIT_EXPECT_EQ(test, vmx_caps_lack(&m, cr0, cr4, what), *what != 0);	\
	what;								\
})

#define CLEAR(word, bit)	(m.control[VMX_CONTROL_##word] &= ~((u64)(bit) << 32))

static void refused(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, LACKS((void)0), "");
	KUNIT_EXPECT_STREQ(test, LACKS(m.basic = 0), "capability MSRs");
	KUNIT_EXPECT_STREQ(test, LACKS(m.basic &= ~BIT_ULL(55)), "true control MSRs");
	KUNIT_EXPECT_STREQ(test, LACKS(m.basic += 0xc01ull << 32), "VMCS of one page");
	KUNIT_EXPECT_STREQ(test, LACKS(m.basic &= ~GENMASK_ULL(53, 50)), "write-back VMCS");
	KUNIT_EXPECT_STREQ(test, LACKS(m.basic |= BIT_ULL(48)), "64-bit VMCS addresses");
	KUNIT_EXPECT_STREQ(test, LACKS(m.ept_vpid &= ~BIT_ULL(6)), "4-level EPT");
	KUNIT_EXPECT_STREQ(test, LACKS(m.ept_vpid &= ~BIT_ULL(14)), "write-back EPT tables");
	KUNIT_EXPECT_STREQ(test, LACKS(m.ept_vpid &= ~BIT_ULL(20)), "INVEPT");
	KUNIT_EXPECT_STREQ(test, LACKS(m.ept_vpid &= ~BIT_ULL(26)), "INVEPT");
	KUNIT_EXPECT_STREQ(test, LACKS(cr0 &= ~X86_CR0_NE), "support for the host's CR0");
	KUNIT_EXPECT_STREQ(test, LACKS(m.cr0_fixed[1] &= ~X86_CR0_WP),
			   "support for the host's CR0");
	KUNIT_EXPECT_STREQ(test, LACKS(cr4 |= BIT_ULL(22)), "support for the host's CR4");
}

static void refused_for_controls(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, LACKS(CLEAR(PIN, BIT(3))),
			   "NMI exiting (pin-based control 0x8)");
	KUNIT_EXPECT_STREQ(test, LACKS(CLEAR(CPU, BIT(31))),
			   "secondary controls (primary processor-based control 0x80000000)");
	KUNIT_EXPECT_STREQ(test, LACKS(CLEAR(CPU2, BIT(1))),
			   "EPT (secondary processor-based control 0x2)");
	KUNIT_EXPECT_STREQ(test, LACKS(CLEAR(CPU2, BIT(7))),
			   "unrestricted guest (secondary processor-based control 0x80)");
	KUNIT_EXPECT_STREQ(test, LACKS(CLEAR(EXIT, BIT(21))),
			   "loading of EFER (VM-exit control 0x200000)");
	KUNIT_EXPECT_STREQ(test, LACKS(CLEAR(ENTRY, BIT(14))),
			   "loading of PAT (VM-entry control 0x4000)");
	/* One without a name; of two, one. */
	KUNIT_EXPECT_STREQ(test, LACKS(CLEAR(CPU, BIT(7))),
			   "a control (primary processor-based control 0x80)");
	KUNIT_EXPECT_STREQ(test, LACKS((CLEAR(CPU2, BIT(1)), CLEAR(CPU2, BIT(7)))),
			   "EPT (secondary processor-based control 0x2)");
	/* Optional */
	KUNIT_EXPECT_STREQ(test, LACKS(CLEAR(CPU2, BIT(5) | BIT(17))), "");
}

/* Every MSR that is not there, as a CPU of before it has it. */
static void refused_without_msr(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, LACKS(m.control[VMX_CONTROL_CPU2] = 0),
			   "EPT (secondary processor-based control 0x2)");
	KUNIT_EXPECT_STREQ(test, LACKS(m.ept_vpid = 0), "4-level EPT");
	KUNIT_EXPECT_STREQ(test, LACKS(memset(m.cr0_fixed, 0, sizeof(m.cr0_fixed))),
			   "support for the host's CR0");
}

/* IA32_FEAT_CTL: lock, VMX in SMX, VMX outside SMX. */
static void firmware(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, vmx_feat_ctl_allows(BIT(0) | BIT(2)));
	KUNIT_EXPECT_TRUE(test, vmx_feat_ctl_allows(BIT(0) | BIT(1) | BIT(2)));
	KUNIT_EXPECT_FALSE(test, vmx_feat_ctl_allows(BIT(0)));
	KUNIT_EXPECT_FALSE(test, vmx_feat_ctl_allows(BIT(0) | BIT(1)));
	KUNIT_EXPECT_FALSE(test, vmx_feat_ctl_allows(BIT(2)));
	KUNIT_EXPECT_FALSE(test, vmx_feat_ctl_allows(0));
}

/* Of a CPU of which hull uses all it can. */
static struct vmx_caps probed(const struct vmx_cap_msrs *m)
{
	struct vmx_caps caps = {
		.revision = REVISION,
		.ept_vpid = m->ept_vpid,
		.cr0_fixed = m->cr0_fixed[0],
		.cr0_allowed = m->cr0_fixed[1],
		.cr4_fixed = m->cr4_fixed[0],
		.cr4_allowed = m->cr4_fixed[1],
		.timer = true,
		.timer_bit = 5,
	};
	int i;

	for (i = 0; i < VMX_NR_CONTROLS; i++)
		caps.control[i] = vmx_control_range(m->control[i]);
	return caps;
}

/* The MSR that stands in the way on a second CPU after a change. */
#define DIFFERS(change)							\
({									\
	struct vmx_cap_msrs m = all();					\
	struct vmx_caps caps = probed(&m);				\
	const char *msr;						\
									\
	change;								\
	msr = vmx_caps_differ(&caps, &m);				\
	msr ?: "";							\
})

#define FORCE(word, bit)	(m.control[VMX_CONTROL_##word] |= (bit))

static void another_cpu(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, DIFFERS((void)0), "");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.basic++), "IA32_VMX_BASIC");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.basic = 0), "IA32_VMX_BASIC");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.basic |= BIT_ULL(48)), "IA32_VMX_BASIC");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.ept_vpid &= ~BIT_ULL(21)),
			   "IA32_VMX_EPT_VPID_CAP");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.cr0_fixed[0] |= X86_CR0_WP),
			   "IA32_VMX_CR0_FIXED0");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.cr0_fixed[1] &= ~X86_CR0_WP),
			   "IA32_VMX_CR0_FIXED1");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.cr4_fixed[0] |= X86_CR4_PAE),
			   "IA32_VMX_CR4_FIXED0");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.cr4_fixed[1] &= ~X86_CR4_PAE),
			   "IA32_VMX_CR4_FIXED1");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.misc++), "IA32_VMX_MISC");
}

static void another_cpu_controls(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, DIFFERS(CLEAR(PIN, BIT(5))), "IA32_VMX_TRUE_PINBASED_CTLS");
	KUNIT_EXPECT_STREQ(test, DIFFERS(CLEAR(CPU, BIT(21))),
			   "IA32_VMX_TRUE_PROCBASED_CTLS");
	KUNIT_EXPECT_STREQ(test, DIFFERS(CLEAR(CPU2, BIT(17))), "IA32_VMX_PROCBASED_CTLS2");
	KUNIT_EXPECT_STREQ(test, DIFFERS(CLEAR(EXIT, BIT(9))), "IA32_VMX_TRUE_EXIT_CTLS");
	KUNIT_EXPECT_STREQ(test, DIFFERS(CLEAR(ENTRY, BIT(9))), "IA32_VMX_TRUE_ENTRY_CTLS");
	/* What has to be set, and what was set because it had to be. */
	KUNIT_EXPECT_STREQ(test, DIFFERS(FORCE(CPU, BIT(15))),
			   "IA32_VMX_TRUE_PROCBASED_CTLS");
	KUNIT_EXPECT_STREQ(test, DIFFERS(CLEAR(PIN, BIT(1))), "IA32_VMX_TRUE_PINBASED_CTLS");
}

/* Processors of several kinds of cores: more than what is used is no matter. */
static void another_cpu_that_does(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, DIFFERS(CLEAR(CPU, BIT(27))), "");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.control[VMX_CONTROL_PIN] &= ~BIT_ULL(1)), "");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.basic |= BIT_ULL(56)), "");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.ept_vpid &= ~BIT_ULL(0)), "");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.cr4_fixed[1] |= BIT_ULL(22)), "");
	KUNIT_EXPECT_STREQ(test, DIFFERS(m.misc |= BIT(14)), "");
	/* Neither is what a parameter has switched off. */
	KUNIT_EXPECT_STREQ(test, DIFFERS((caps.control[VMX_CONTROL_CPU2].may &= ~BIT(17),
					  CLEAR(CPU2, BIT(17)))), "");
	KUNIT_EXPECT_STREQ(test, DIFFERS((caps.timer = false, m.misc++)), "");
}

static struct kunit_case vmx_caps_cases[] = {
	KUNIT_CASE(refused),
	KUNIT_CASE(refused_for_controls),
	KUNIT_CASE(refused_without_msr),
	KUNIT_CASE(firmware),
	KUNIT_CASE(another_cpu),
	KUNIT_CASE(another_cpu_controls),
	KUNIT_CASE(another_cpu_that_does),
	{}
};

static struct kunit_suite vmx_caps_suite = {
	.name = "hull_vmx_caps",
	.test_cases = vmx_caps_cases,
};

kunit_test_suite(vmx_caps_suite);
