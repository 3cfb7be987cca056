// SPDX-License-Identifier: GPL-2.0
#include <linux/kernel.h>
#include <asm/msr-index.h>
#include "arch.h"
#include "caps.h"
#include "controls.h"
#include "vmcs.h"

#define MSR(name)	.msr = MSR_##name, .msr_name = #name

const struct vmx_control_info vmx_control_info[VMX_NR_CONTROLS] = {
	[VMX_CONTROL_PIN] = {
		.name = "pin-based",
		.field = VMX_FIELD_OF(PIN_CONTROLS, 32),
		MSR(IA32_VMX_TRUE_PINBASED_CTLS),
		.required = VMX_PIN_EXTERNAL | VMX_PIN_NMI,
		.optional = VMX_PIN_VIRTUAL_NMI | VMX_PIN_TIMER,
	},
	[VMX_CONTROL_CPU] = {
		.name = "primary processor-based",
		.field = VMX_FIELD_OF(CPU_CONTROLS, 32),
		MSR(IA32_VMX_TRUE_PROCBASED_CTLS),
		.required = VMX_CPU_IRQ_WINDOW | VMX_CPU_TSC_OFFSET | VMX_CPU_HLT |
			    VMX_CPU_MWAIT | VMX_CPU_RDPMC | VMX_CPU_CR8_LOAD |
			    VMX_CPU_CR8_STORE | VMX_CPU_MOV_DR | VMX_CPU_IO |
			    VMX_CPU_MSR_BITMAP | VMX_CPU_MONITOR |
			    VMX_CPU_SECONDARY,
		.optional = VMX_CPU_TPR_SHADOW | VMX_CPU_NMI_WINDOW,
	},
	[VMX_CONTROL_CPU2] = {
		.name = "secondary processor-based",
		.field = VMX_FIELD_OF(CPU2_CONTROLS, 32),
		MSR(IA32_VMX_PROCBASED_CTLS2),
		.required = VMX_CPU2_EPT | VMX_CPU2_UNRESTRICTED | VMX_CPU2_WBINVD,
		.optional = VMX_CPU2_RDTSCP | VMX_CPU2_VPID | VMX_CPU2_PLE |
			    VMX_CPU2_INVPCID | VMX_CPU2_ENCLS | VMX_CPU2_PML |
			    VMX_CPU2_XSAVES | VMX_CPU2_TSC_SCALING,
	},
	[VMX_CONTROL_EXIT] = {
		.name = "VM-exit",
		.field = VMX_FIELD_OF(EXIT_CONTROLS, 32),
		MSR(IA32_VMX_TRUE_EXIT_CTLS),
		.required = VMX_EXIT_SAVE_DEBUG | VMX_EXIT_HOST_64 |
			    VMX_EXIT_SAVE_PAT | VMX_EXIT_LOAD_PAT |
			    VMX_EXIT_LOAD_EFER,
	},
	[VMX_CONTROL_ENTRY] = {
		.name = "VM-entry",
		.field = VMX_FIELD_OF(ENTRY_CONTROLS, 32),
		MSR(IA32_VMX_TRUE_ENTRY_CTLS),
		.required = VMX_ENTRY_LOAD_DEBUG | VMX_ENTRY_IA32E |
			    VMX_ENTRY_LOAD_PAT | VMX_ENTRY_LOAD_EFER,
	},
};

/*
 * Bits that are on from the first entry; the others depend on the guest and on
 * what is pending, and are set when that is known.  IA32E follows EFER.LMA.
 */
static const u32 dynamic_bits[VMX_NR_CONTROLS] = {
	[VMX_CONTROL_CPU] = VMX_CPU_IRQ_WINDOW | VMX_CPU_NMI_WINDOW,
	[VMX_CONTROL_CPU2] = VMX_CPU2_RDTSCP | VMX_CPU2_INVPCID |
			     VMX_CPU2_XSAVES | VMX_CPU2_VPID,
	[VMX_CONTROL_ENTRY] = VMX_ENTRY_IA32E,
};

static const struct {
	u8 control;
	u32 bit;
	const char *name;
} bit_names[] = {
	{ VMX_CONTROL_PIN, VMX_PIN_EXTERNAL, "external-interrupt exiting" },
	{ VMX_CONTROL_PIN, VMX_PIN_NMI, "NMI exiting" },
	{ VMX_CONTROL_CPU, VMX_CPU_IRQ_WINDOW, "interrupt-window exiting" },
	{ VMX_CONTROL_CPU, VMX_CPU_TSC_OFFSET, "TSC offsetting" },
	{ VMX_CONTROL_CPU, VMX_CPU_MSR_BITMAP, "MSR bitmaps" },
	{ VMX_CONTROL_CPU, VMX_CPU_SECONDARY, "secondary controls" },
	{ VMX_CONTROL_CPU2, VMX_CPU2_EPT, "EPT" },
	{ VMX_CONTROL_CPU2, VMX_CPU2_UNRESTRICTED, "unrestricted guest" },
	{ VMX_CONTROL_CPU2, VMX_CPU2_WBINVD, "WBINVD exiting" },
	{ VMX_CONTROL_EXIT, VMX_EXIT_HOST_64, "64-bit host" },
	{ VMX_CONTROL_EXIT, VMX_EXIT_LOAD_PAT, "loading of PAT" },
	{ VMX_CONTROL_EXIT, VMX_EXIT_LOAD_EFER, "loading of EFER" },
	{ VMX_CONTROL_ENTRY, VMX_ENTRY_IA32E, "64-bit guests" },
	{ VMX_CONTROL_ENTRY, VMX_ENTRY_LOAD_PAT, "loading of PAT" },
	{ VMX_CONTROL_ENTRY, VMX_ENTRY_LOAD_EFER, "loading of EFER" },
};

const char *vmx_control_bit_name(enum vmx_control control, u32 bit)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(bit_names); i++)
		if (bit_names[i].control == control && bit_names[i].bit == bit)
			return bit_names[i].name;
	return NULL;
}

bool vmx_control_has(enum vmx_control control, u32 bits)
{
	return (vmx_caps.control[control].may & bits) == bits;
}

void vmx_controls_init(struct vmx_controls *controls)
{
	int i;

	for (i = 0; i < VMX_NR_CONTROLS; i++) {
		const struct vmx_control_info *info = &vmx_control_info[i];
		u32 wanted = (info->required | info->optional) & ~dynamic_bits[i];

		controls->word[i] = vmx_control_word(vmx_caps.control[i], wanted);
		vmx_vmwrite(info->field, controls->word[i]);
	}
}

void vmx_control_update(struct vmx_controls *controls, enum vmx_control control,
			u32 bits, bool on)
{
	u32 old = controls->word[control];
	u32 new = on ? old | bits : old & ~bits;

	new = vmx_control_word(vmx_caps.control[control], new);
	if (new == old)
		return;
	controls->word[control] = new;
	vmx_vmwrite(vmx_control_info[control].field, new);
}
