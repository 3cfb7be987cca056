// SPDX-License-Identifier: GPL-2.0
/*
 * The VMCB's layout and the permission maps against the numbers of the manual
 * (APM vol. 2, appendices "VMCB Layout" and "SVM Intercept Exit Codes",
 * sections "MSR Intercepts" and "Segment State in the VMCB").
 */
#include <kunit/test.h>
#include <asm/msr-index.h>
#include "../svm/svm.h"

struct offset_case {
	const char *name;
	size_t offset;
	size_t manual;
};

#define CONTROL(field, manual)						\
	{ #field, offsetof(struct svm_vmcb, control.field), manual }
#define SAVE(field, manual)						\
	{ #field, offsetof(struct svm_vmcb, save.field), 0x400 + (manual) }

static const struct offset_case offset_cases[] = {
	CONTROL(intercept[0], 0x000), CONTROL(intercept[1], 0x004),
	CONTROL(intercept[2], 0x008), CONTROL(intercept[3], 0x00c),
	CONTROL(intercept[4], 0x010), CONTROL(intercept[5], 0x014),
	CONTROL(pause_filter_threshold, 0x03c),
	CONTROL(pause_filter_count, 0x03e),
	CONTROL(iopm_base_pa, 0x040), CONTROL(msrpm_base_pa, 0x048),
	CONTROL(tsc_offset, 0x050), CONTROL(asid, 0x058),
	CONTROL(tlb_control, 0x05c), CONTROL(vintr, 0x060),
	CONTROL(interrupt_state, 0x068), CONTROL(exit_code, 0x070),
	CONTROL(exit_info_1, 0x078), CONTROL(exit_info_2, 0x080),
	CONTROL(exit_int_info, 0x088), CONTROL(nested_ctl, 0x090),
	CONTROL(event_inj, 0x0a8), CONTROL(n_cr3, 0x0b0),
	CONTROL(virt_ext, 0x0b8), CONTROL(clean, 0x0c0),
	CONTROL(next_rip, 0x0c8), CONTROL(insn_count, 0x0d0),
	CONTROL(insn, 0x0d1),
	SAVE(es, 0x000), SAVE(cs, 0x010), SAVE(ss, 0x020), SAVE(ds, 0x030),
	SAVE(fs, 0x040), SAVE(gs, 0x050), SAVE(gdtr, 0x060),
	SAVE(ldtr, 0x070), SAVE(idtr, 0x080), SAVE(tr, 0x090),
	SAVE(tr.selector, 0x090), SAVE(tr.attr, 0x092), SAVE(tr.limit, 0x094),
	SAVE(tr.base, 0x098),
	SAVE(cpl, 0x0cb), SAVE(efer, 0x0d0), SAVE(cr4, 0x148),
	SAVE(cr3, 0x150), SAVE(cr0, 0x158), SAVE(dr7, 0x160), SAVE(dr6, 0x168),
	SAVE(rflags, 0x170), SAVE(rip, 0x178), SAVE(rsp, 0x1d8),
	SAVE(rax, 0x1f8), SAVE(star, 0x200), SAVE(lstar, 0x208),
	SAVE(cstar, 0x210), SAVE(sfmask, 0x218), SAVE(kernel_gs_base, 0x220),
	SAVE(sysenter_cs, 0x228), SAVE(sysenter_esp, 0x230),
	SAVE(sysenter_eip, 0x238), SAVE(cr2, 0x240), SAVE(g_pat, 0x268),
	SAVE(debugctl, 0x270), SAVE(br_from, 0x278), SAVE(br_to, 0x280),
	SAVE(last_excp_from, 0x288), SAVE(last_excp_to, 0x290),
	SAVE(spec_ctrl, 0x2e0),
};

static void vmcb_offsets(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(offset_cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, offset_cases[i].offset,
				    offset_cases[i].manual, "%s",
				    offset_cases[i].name);
	KUNIT_EXPECT_EQ(test, sizeof(struct svm_vmcb), (size_t)4096);
}

/* Byte and bit of intercepts as the layout table has them. */
static void vmcb_intercept_bits(struct kunit *test)
{
	static const struct {
		enum svm_intercept intercept;
		unsigned int byte;
		unsigned int bit;
	} cases[] = {
		{ SVM_ICPT_CR_READ0 + 4, 0x000, 4 },
		{ SVM_ICPT_CR_WRITE0 + 8, 0x000, 16 + 8 },
		{ SVM_ICPT_DR_READ0 + 7, 0x004, 7 },
		{ SVM_ICPT_DR_WRITE0 + 6, 0x004, 16 + 6 },
		{ SVM_ICPT_EXCEPTION0 + 14, 0x008, 14 },
		{ SVM_ICPT_INTR, 0x00c, 0 },
		{ SVM_ICPT_VINTR, 0x00c, 4 },
		{ SVM_ICPT_CPUID, 0x00c, 18 },
		{ SVM_ICPT_IRET, 0x00c, 20 },
		{ SVM_ICPT_HLT, 0x00c, 24 },
		{ SVM_ICPT_IOIO, 0x00c, 27 },
		{ SVM_ICPT_MSR, 0x00c, 28 },
		{ SVM_ICPT_SHUTDOWN, 0x00c, 31 },
		{ SVM_ICPT_VMRUN, 0x010, 0 },
		{ SVM_ICPT_VMMCALL, 0x010, 1 },
		{ SVM_ICPT_RDTSCP, 0x010, 7 },
		{ SVM_ICPT_WBINVD, 0x010, 9 },
		{ SVM_ICPT_XSETBV, 0x010, 13 },
		{ SVM_ICPT_INVPCID, 0x014, 2 },
		{ SVM_ICPT_TLBSYNC, 0x014, 4 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ(test, cases[i].intercept / 32 * 4u, cases[i].byte);
		KUNIT_EXPECT_EQ(test, cases[i].intercept % 32u, cases[i].bit);
	}
}

/* First and last MSR of each range, at two bits each from 0, 800h and 1000h. */
static void msrpm_positions(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0x00000000), 0);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0x00000174), 0x174 * 2);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0x00001fff), 0x7ff * 8 + 6);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0xc0000000), 0x800 * 8);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0xc0000080), 0x820 * 8);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0xc0001fff), 0xfff * 8 + 6);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0xc0010000), 0x1000 * 8);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0xc0011fff), 0x17ff * 8 + 6);
}

static void msrpm_outside(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0x00002000), -1);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0x40000000), -1);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0xbfffffff), -1);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0xc0002000), -1);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0xc0012000), -1);
	KUNIT_EXPECT_EQ(test, svm_msrpm_bit(0xffffffff), -1);
}

/* A vCPU with nothing but what the map's functions touch. */
static void msrpm_intercepts(struct kunit *test)
{
	struct svm_vcpu *svm = kunit_kzalloc(test, sizeof(*svm), GFP_KERNEL);
	const u8 *map;

	KUNIT_ASSERT_NOT_NULL(test, svm);
	svm->vmcb = kunit_kzalloc(test, sizeof(*svm->vmcb), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, svm->vmcb);
	svm->msrpm = svm_msrpm_alloc();
	KUNIT_ASSERT_NOT_NULL(test, svm->msrpm);
	map = (const u8 *)svm->msrpm;

	/* LSTAR, C000_0082h: byte 820h, bits 5:4. */
	KUNIT_EXPECT_EQ(test, map[0x820], 0xff);
	svm_pass_msr(&svm->vcpu, MSR_LSTAR, true, true);
	KUNIT_EXPECT_EQ(test, map[0x820], 0xcf);
	svm_pass_msr(&svm->vcpu, MSR_LSTAR, true, false);
	KUNIT_EXPECT_EQ(test, map[0x820], 0xef);
	svm_pass_msr(&svm->vcpu, MSR_LSTAR, false, false);
	KUNIT_EXPECT_EQ(test, map[0x820], 0xff);
	/* EFER shows SVME and never passes. */
	svm_pass_msr(&svm->vcpu, MSR_EFER, true, true);
	KUNIT_EXPECT_EQ(test, map[0x820], 0xff);
	svm_msrpm_free(svm->msrpm);
}

static void segment_attributes(struct kunit *test)
{
	/* 64-bit code, present, DPL 0, accessed: 0xa9b in the manual's order. */
	KUNIT_EXPECT_EQ(test, svm_attr_to_vmcb(HULL_ATTR_G | HULL_ATTR_L |
					       HULL_ATTR_P | HULL_ATTR_S | 0xb),
			0x0a9b);
	KUNIT_EXPECT_EQ(test, svm_attr_to_vmcb(HULL_ATTR_UNUSABLE | 0x93), 0);
	/* Granularity follows from the limit. */
	KUNIT_EXPECT_EQ(test, svm_attr_from_vmcb(HULL_SEG_CS, 0x029b, 0xffffffff),
			0x0a9b);
	KUNIT_EXPECT_EQ(test, svm_attr_from_vmcb(HULL_SEG_CS, 0x009b, 0xffff),
			0x009b);
	/* A loaded TSS is busy; a segment not present cannot be used. */
	KUNIT_EXPECT_EQ(test, svm_attr_from_vmcb(HULL_SEG_TR, 0x0089, 0x67),
			0x008b);
	KUNIT_EXPECT_EQ(test, svm_attr_from_vmcb(HULL_SEG_FS, 0, 0),
			HULL_ATTR_UNUSABLE);
}

static struct kunit_case vmcb_cases[] = {
	KUNIT_CASE(vmcb_offsets),
	KUNIT_CASE(vmcb_intercept_bits),
	KUNIT_CASE(msrpm_positions),
	KUNIT_CASE(msrpm_outside),
	KUNIT_CASE(msrpm_intercepts),
	KUNIT_CASE(segment_attributes),
	{}
};

static struct kunit_suite vmcb_suite = {
	.name = "hull-vmcb",
	.test_cases = vmcb_cases,
};
kunit_test_suite(vmcb_suite);
