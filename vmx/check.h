/* SPDX-License-Identifier: GPL-2.0 */
/* What the rules of the entry checks look at. */
#ifndef HULL_VMX_CHECK_H
#define HULL_VMX_CHECK_H

#include <linux/types.h>
#include "caps.h"
#include "x86.h"

/**
 * struct vmx_guest_state - guest state that the entry checks refused
 * @cr0: as the VMCS has it, as all of the rest
 * @cr3: likewise
 * @cr4: likewise
 * @efer: likewise
 * @rflags: likewise
 * @rip: likewise
 * @dr7: likewise
 * @pending: pending debug exceptions
 * @debugctl: IA32_DEBUGCTL
 * @pat: IA32_PAT
 * @sysenter_esp: IA32_SYSENTER_ESP
 * @sysenter_eip: IA32_SYSENTER_EIP
 * @pdpte: used in PAE paging
 * @gdtr_base: base of the GDT
 * @idtr_base: base of the IDT
 * @gdtr_limit: limit of the GDT, as all of the field's 32 bits have it
 * @idtr_limit: limit of the IDT, likewise
 * @link: VMCS link pointer
 * @interruptibility: VMX_BLOCKED_* bits
 * @activity: activity state
 * @entry: entry controls
 * @event: what is to be injected
 * @qualification: exit qualification of the failure
 * @caps: what the CPU allows
 * @virtual_nmi: the blocking by NMI is that of virtual NMIs
 * @sgx: the CPU has SGX
 * @rtm: the CPU has RTM
 * @bus_lock: the CPU detects bus locks
 * @ia32e: the entry is one to long mode
 * @v86: the guest is in virtual-8086 mode
 * @seg: segment registers, with their access rights
 */
struct vmx_guest_state {
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 efer;
	u64 rflags;
	u64 rip;
	u64 dr7;
	u64 pending;
	u64 debugctl;
	u64 pat;
	u64 sysenter_esp;
	u64 sysenter_eip;
	u64 pdpte[4];
	u64 gdtr_base;
	u64 idtr_base;
	u32 gdtr_limit;
	u32 idtr_limit;
	u64 link;
	u32 interruptibility;
	u32 activity;
	u32 entry;
	u32 event;
	u64 qualification;
	const struct vmx_caps *caps;
	bool virtual_nmi;
	bool sgx;
	bool rtm;
	bool bus_lock;
	bool ia32e;
	bool v86;
	struct {
		u64 base;
		u32 limit;
		u32 rights;
		u16 selector;
	} seg[HULL_NR_SEGS];
};

/**
 * struct vmx_host_state - host state that the entry checks refused
 * @cr0: as the VMCS has it, as all of the rest
 * @cr3: likewise
 * @cr4: likewise
 * @efer: likewise
 * @pat: likewise
 * @addresses: bases, SYSENTER_ESP and SYSENTER_EIP, and RIP
 * @cs: selector
 * @tr: likewise
 * @selectors: bits that are set in any
 * @exit: exit controls
 * @caps: what the CPU allows
 */
struct vmx_host_state {
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 efer;
	u64 pat;
	u64 addresses[8];
	u16 cs;
	u16 tr;
	u16 selectors;
	u32 exit;
	const struct vmx_caps *caps;
};

/* Pure: name of the first rule that it violates, NULL: none known. */
const char *vmx_guest_state_rule(const struct vmx_guest_state *g);
const char *vmx_host_state_rule(const struct vmx_host_state *h);

#endif
