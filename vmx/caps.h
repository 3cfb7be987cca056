/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this CPU's VMX can do, read once from the capability MSRs.
 */
#ifndef HULL_VMX_CAPS_H
#define HULL_VMX_CAPS_H

#include <linux/types.h>
#include "backend.h"
#include "controls.h"

/**
 * struct vmx_caps - the probe's result and the parameters' choice
 * @revision: revision identifier of VMXON and VMCS regions
 * @control: for each control word, which bits may be 0 or 1
 * @cr0_fixed: bits of CR0 that VMX operation wants set; with unrestricted guest
 *	PE and PG are not among them for the guest
 * @cr4_fixed: the same of CR4
 * @cr0_allowed: bits of CR0 that VMX operation lets be set
 * @cr4_allowed: the same of CR4
 * @activities: bit n: a guest may be in activity state n
 * @ept_vpid: IA32_VMX_EPT_VPID_CAP
 * @virtual_nmi: the CPU tracks NMI blocking
 * @vpid: VPIDs are in use
 * @ept_ad: EPT entries have accessed and dirty bits
 * @pml: the CPU logs when it sets a dirty bit
 * @tsc_scaling: there is a TSC multiplier
 * @xsaves: guests may use XSAVES
 * @invpcid: guests may use INVPCID
 * @rdtscp: guests may use RDTSCP and RDPID
 * @ple: loops of PAUSE exit
 * @tpr_shadow: guests access CR8 without exits
 * @timer: the preemption timer bounds a stay in the guest
 * @timer_value: where it starts
 * @owned_bits: guests change some bits of CR0 and CR4 without exits
 */
struct vmx_caps {
	u32 revision;
	struct vmx_control_range control[VMX_NR_CONTROLS];
	u64 cr0_fixed;
	u64 cr4_fixed;
	u64 cr0_allowed;
	u64 cr4_allowed;
	u8 activities;
	u64 ept_vpid;
	bool virtual_nmi;
	bool vpid;
	bool ept_ad;
	bool pml;
	bool tsc_scaling;
	bool xsaves;
	bool invpcid;
	bool rdtscp;
	bool ple;
	bool tpr_shadow;
	bool timer;
	u32 timer_value;
	bool owned_bits;
};

extern struct vmx_caps vmx_caps;
extern struct hull_caps vmx_hull_caps;
extern struct hull_s2_format vmx_s2_format;

int vmx_probe(void);

#endif
