// SPDX-License-Identifier: GPL-2.0
/*
 * The pure parts of vmx/: the field table, access rights, control words.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/perf_event.h>
#include <asm/perf_event.h>
#include <asm/processor-flags.h>
#include "../core/x86.h"
#include "../vmx/arch.h"
#include "../vmx/controls.h"
#include "../vmx/fields.h"
#include "../vmx/vmx.h"

/* SDM vol. 3, appendix Field Encoding in VMCS: rows picked from each table. */
static void known_encodings(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (int)VMX_VPID, 0x0000);
	KUNIT_EXPECT_EQ(test, (int)VMX_GUEST_TR_SELECTOR, 0x080e);
	KUNIT_EXPECT_EQ(test, (int)VMX_HOST_TR_SELECTOR, 0x0c0c);
	KUNIT_EXPECT_EQ(test, (int)VMX_VIRTUAL_APIC_ADDR, 0x2012);
	KUNIT_EXPECT_EQ(test, (int)VMX_EPTP, 0x201a);
	KUNIT_EXPECT_EQ(test, (int)VMX_GUEST_PHYSICAL_ADDRESS, 0x2400);
	KUNIT_EXPECT_EQ(test, (int)VMX_GUEST_EFER, 0x2806);
	KUNIT_EXPECT_EQ(test, (int)VMX_HOST_EFER, 0x2c02);
	KUNIT_EXPECT_EQ(test, (int)VMX_TPR_THRESHOLD, 0x401c);
	KUNIT_EXPECT_EQ(test, (int)VMX_CPU2_CONTROLS, 0x401e);
	KUNIT_EXPECT_EQ(test, (int)VMX_EXIT_REASON, 0x4402);
	KUNIT_EXPECT_EQ(test, (int)VMX_GUEST_SYSENTER_CS, 0x482a);
	KUNIT_EXPECT_EQ(test, (int)VMX_HOST_SYSENTER_CS, 0x4c00);
	KUNIT_EXPECT_EQ(test, (int)VMX_CR4_SHADOW, 0x6006);
	KUNIT_EXPECT_EQ(test, (int)VMX_EXIT_QUALIFICATION, 0x6400);
	KUNIT_EXPECT_EQ(test, (int)VMX_GUEST_RIP, 0x681e);
	KUNIT_EXPECT_EQ(test, (int)VMX_HOST_RIP, 0x6c16);
}

static void widths_and_groups(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < vmx_nr_fields; i++) {
		const struct vmx_field_info *f = &vmx_fields[i];

		KUNIT_EXPECT_EQ_MSG(test, f->width, VMX_FIELD_WIDTH(f->encoding),
				    "%s", f->name);
		KUNIT_EXPECT_EQ_MSG(test, f->group, VMX_FIELD_GROUP(f->encoding),
				    "%s", f->name);
		/* Bit 0 selects the upper half of a 64-bit field, bit 12 is 0. */
		KUNIT_EXPECT_EQ_MSG(test, f->encoding & (BIT(0) | BIT(12) | BIT(15)),
				    0, "%s", f->name);
	}
}

static void fields_are_distinct(struct kunit *test)
{
	unsigned int i, j;

	for (i = 0; i < vmx_nr_fields; i++)
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE_MSG(test, vmx_fields[i].encoding,
					    vmx_fields[j].encoding, "%s and %s",
					    vmx_fields[i].name, vmx_fields[j].name);
}

/* Access rights (SDM vol. 3, Guest Register State) against descriptor bits. */
static const struct {
	u32 rights;
	u16 attr;
} rights_cases[] = {
	/* 64-bit code: type 11, S, P, L, G */
	{ 0xa09b, 0x0b | HULL_ATTR_S | HULL_ATTR_P | HULL_ATTR_L | HULL_ATTR_G },
	/* flat 32-bit data at DPL 3, AVL set: type 3, S, DPL 3, P, AVL, D/B, G */
	{ 0xd0f3, 0x03 | HULL_ATTR_S | HULL_ATTR_DPL | HULL_ATTR_P |
		  HULL_ATTR_AVL | HULL_ATTR_DB | HULL_ATTR_G },
	/* busy TSS */
	{ 0x008b, 0x0b | HULL_ATTR_P },
	/* LDT */
	{ 0x0082, 0x02 | HULL_ATTR_P },
	/* present and unusable */
	{ 0x10093, 0x03 | HULL_ATTR_S | HULL_ATTR_P | HULL_ATTR_UNUSABLE },
};

static void rights_convert(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(rights_cases); i++) {
		KUNIT_EXPECT_EQ(test, vmx_rights_to_attr(rights_cases[i].rights),
				rights_cases[i].attr);
		KUNIT_EXPECT_EQ(test, vmx_attr_to_rights(rights_cases[i].attr),
				rights_cases[i].rights);
	}
}

/* A null selector's register has no P: it must not be used. */
static void not_present_is_unusable(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, vmx_attr_to_rights(0), BIT(16));
	KUNIT_EXPECT_EQ(test, vmx_attr_to_rights(0x13) & BIT(16), BIT(16));
	KUNIT_EXPECT_EQ(test, vmx_attr_to_rights(0x93) & BIT(16), 0);
}

/*
 * SDM vol. 3, VMX Capability Reporting Facility: the low half of the MSR has
 * the bits that must be 1, the high half those that may be.
 */
static void control_words(struct kunit *test)
{
	struct vmx_control_range range = vmx_control_range(0x0000ff00000000f0ull | 0xfull << 36);

	KUNIT_EXPECT_EQ(test, range.must, 0xf0u);
	KUNIT_EXPECT_EQ(test, range.may, 0xfff0u);
	/* Wanted and possible; wanted and impossible; forced. */
	KUNIT_EXPECT_EQ(test, vmx_control_word(range, 0x100), 0x1f0u);
	KUNIT_EXPECT_EQ(test, vmx_control_word(range, 0x10000), 0xf0u);
	KUNIT_EXPECT_EQ(test, vmx_control_word(range, 0), 0xf0u);
	KUNIT_EXPECT_EQ(test, vmx_control_missing(range, 0x300), 0u);
	KUNIT_EXPECT_EQ(test, vmx_control_missing(range, 0x10300), 0x10000u);
}

static void control_declarations(struct kunit *test)
{
	int i;

	for (i = 0; i < VMX_NR_CONTROLS; i++) {
		const struct vmx_control_info *info = &vmx_control_info[i];

		KUNIT_EXPECT_EQ_MSG(test, info->required & info->optional, 0u,
				    "%s", info->name);
		KUNIT_EXPECT_EQ_MSG(test, VMX_FIELD_GROUP(info->field),
				    VMX_GROUP_CONTROL, "%s", info->name);
		KUNIT_EXPECT_EQ_MSG(test, VMX_FIELD_WIDTH(info->field),
				    VMX_WIDTH_32, "%s", info->name);
	}
}

/* SDM vol. 3, VM-Entry Control Fields: which events have an error code. */
static void event_error_codes(struct kunit *test)
{
	static const struct {
		u8 vector, type;
		u32 has_error, error;
		u64 cr0;
		bool valid;
	} cases[] = {
		{ 13, VMX_EVENT_HARD_EXCEPTION, VMX_EVENT_ERROR, 0, X86_CR0_PE, true },
		{ 13, VMX_EVENT_HARD_EXCEPTION, 0, 0, X86_CR0_PE, false },
		{ 13, VMX_EVENT_HARD_EXCEPTION, 0, 0, 0, true },
		{ 13, VMX_EVENT_HARD_EXCEPTION, VMX_EVENT_ERROR, 0, 0, false },
		{ 14, VMX_EVENT_HARD_EXCEPTION, VMX_EVENT_ERROR, 0x10000, X86_CR0_PE, false },
		{ 6, VMX_EVENT_HARD_EXCEPTION, VMX_EVENT_ERROR, 0, X86_CR0_PE, false },
		{ 6, VMX_EVENT_HARD_EXCEPTION, 0, 0, X86_CR0_PE, true },
		{ 13, VMX_EVENT_EXTERNAL, 0, 0, X86_CR0_PE, true },
		{ 45, VMX_EVENT_EXTERNAL, VMX_EVENT_ERROR, 0, X86_CR0_PE, false },
		{ 13, VMX_EVENT_SOFT_INTERRUPT, 0, 0, X86_CR0_PE, true },
	};
	u32 event;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		event = VMX_EVENT_VALID | cases[i].has_error | cases[i].type << 8 |
			cases[i].vector;
		KUNIT_EXPECT_EQ_MSG(test, cases[i].valid,
				    vmx_event_error_valid(event, cases[i].error, cases[i].cr0),
				    "case %d", i);
	}
}

/* Only what differs is loaded, in the guest and afterwards. */
static void perf_list(struct kunit *test)
{
	static const struct perf_guest_switch_msr msrs[] = {
		{ .msr = MSR_CORE_PERF_GLOBAL_CTRL, .host = 0x70000000f, .guest = 0x70000000e },
		{ .msr = MSR_IA32_DS_AREA, .host = 0x1000, .guest = 0x1000 },
		{ .msr = MSR_IA32_PEBS_ENABLE, .host = 1, .guest = 0 },
	};
	struct vmx_perf *perf = kunit_kzalloc(test, sizeof(*perf), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, perf);
	KUNIT_EXPECT_EQ(test, vmx_perf_list(perf, msrs, 0), 0);
	KUNIT_EXPECT_EQ(test, vmx_perf_list(perf, msrs, ARRAY_SIZE(msrs)), 2);
	KUNIT_EXPECT_EQ(test, perf->guest[0].index, MSR_CORE_PERF_GLOBAL_CTRL);
	KUNIT_EXPECT_EQ(test, perf->guest[0].value, 0x70000000e);
	KUNIT_EXPECT_EQ(test, perf->host[0].index, MSR_CORE_PERF_GLOBAL_CTRL);
	KUNIT_EXPECT_EQ(test, perf->host[0].value, 0x70000000f);
	KUNIT_EXPECT_EQ(test, perf->guest[1].index, MSR_IA32_PEBS_ENABLE);
	KUNIT_EXPECT_EQ(test, perf->guest[1].value, 0);
	KUNIT_EXPECT_EQ(test, perf->host[1].value, 1);
	KUNIT_EXPECT_EQ(test, perf->guest[1].reserved | perf->host[1].reserved, 0);
}

static struct kunit_case vmcs_cases[] = {
	KUNIT_CASE(known_encodings),
	KUNIT_CASE(widths_and_groups),
	KUNIT_CASE(fields_are_distinct),
	KUNIT_CASE(rights_convert),
	KUNIT_CASE(not_present_is_unusable),
	KUNIT_CASE(control_words),
	KUNIT_CASE(control_declarations),
	KUNIT_CASE(event_error_codes),
	KUNIT_CASE(perf_list),
	{}
};

static struct kunit_suite vmcs_suite = {
	.name = "hull_vmcs",
	.test_cases = vmcs_cases,
};

kunit_test_suite(vmcs_suite);
