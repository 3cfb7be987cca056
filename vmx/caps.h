/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What VMX can do here, read from the capability MSRs of one CPU.  Any other has to
 * be able to do the same before it is used.
 */
#ifndef HULL_VMX_CAPS_H
#define HULL_VMX_CAPS_H

#include <linux/types.h>
#include <asm/msr-index.h>
#include "backend.h"
#include "controls.h"

/**
 * struct vmx_cap_msrs - the capability MSRs of one CPU; one that it lacks reads as 0
 * @basic: IA32_VMX_BASIC
 * @control: those of the control words
 * @ept_vpid: IA32_VMX_EPT_VPID_CAP
 * @cr0_fixed: IA32_VMX_CR0_FIXED0 and 1: bits that have to be set, and that can be
 * @cr4_fixed: the same of CR4
 * @misc: IA32_VMX_MISC
 */
struct vmx_cap_msrs {
	u64 basic;
	u64 control[VMX_NR_CONTROLS];
	u64 ept_vpid;
	u64 cr0_fixed[2];
	u64 cr4_fixed[2];
	u64 misc;
};

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
 * @timer_bit: it counts changes of this bit of the TSC
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
	u8 timer_bit;
	u32 timer_value;
	bool owned_bits;
};

extern struct vmx_caps vmx_caps;
extern struct hull_caps vmx_hull_caps;
extern struct hull_s2_format vmx_s2_format;

int vmx_probe(void);

/* Long enough for what vmx_caps_lack() says. */
#define VMX_LACK_SIZE	80

/*
 * Pure: does a CPU lack what hull needs?  Then @what names it.  @cr0 and @cr4 are the
 * host's.
 */
bool vmx_caps_lack(const struct vmx_cap_msrs *msrs, u64 cr0, u64 cr4,
		   char what[VMX_LACK_SIZE]);

/* Pure: the MSR for which a CPU cannot do what is in @caps, NULL: it can. */
const char *vmx_caps_differ(const struct vmx_caps *caps, const struct vmx_cap_msrs *here);
/* The same of this CPU and what was probed. */
const char *vmx_caps_differ_here(void);

/*
 * The firmware decides whether VMX can be used, and locks the decision in
 * IA32_FEAT_CTL.  Where it left it open, the kernel has decided at boot.
 */
static inline bool vmx_feat_ctl_allows(u64 feat_ctl)
{
	return feat_ctl & FEAT_CTL_LOCKED &&
	       feat_ctl & FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX;
}

#endif
