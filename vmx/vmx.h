/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of vmx/ share.
 *
 * The VMCS is not memory: each access is an instruction, and dear.  What hull
 * has written and the guest cannot change is therefore kept beside it
 * (controls, host state), and what the guest can change is read when somebody
 * asks (vcpu->regs_avail, vmx->segments_avail).
 */
#ifndef HULL_VMX_VMX_H
#define HULL_VMX_VMX_H

#include <linux/jump_label.h>
#include <linux/percpu.h>
#include <asm/desc_defs.h>
#include <asm/nospec-branch.h>
#include "arch.h"
#include "backend.h"
#include "caps.h"
#include "controls.h"
#include "owner.h"
#include "switch.h"
#include "vcpu.h"
#include "vmcs.h"

/* MSRs that the host needs only in user mode (uret.c). */
enum vmx_uret {
	VMX_URET_TSC_AUX,
	VMX_URET_STAR,
	VMX_URET_LSTAR,
	VMX_URET_SYSCALL_MASK,
	VMX_NR_URETS,
};

/**
 * struct vmx_host - host state in the VMCS, as last written
 * @cr3: HOST_CR3
 * @cr4: HOST_CR4
 * @fs_base: HOST_FS_BASE
 * @gs_base: HOST_GS_BASE
 * @rsp: HOST_RSP; written by the entry code
 */
struct vmx_host {
	unsigned long cr3;
	unsigned long cr4;
	unsigned long fs_base;
	unsigned long gs_base;
	unsigned long rsp;
};

/**
 * struct vmx_saved - what vmx_host_save() found, for vmx_host_restore()
 * @loaded: the CPU has guest values, and all below is what it had
 * @kernel_gs_base: the thread's user-space GS base
 * @debugctl: DEBUGCTL, which an exit clears
 * @fs: selector registers.  An exit loads those it can; while not @loaded these
 *	are the ones for which the VMCS was written last
 * @gs: likewise
 * @ds: likewise
 * @es: likewise
 * @selectors: the four of them
 * @ldt: LDTR
 * @gdt: GDTR, of which an exit changes the limit
 */
struct vmx_saved {
	bool loaded;
	unsigned long kernel_gs_base;
	unsigned long debugctl;
	union {
		struct {
			u16 fs;
			u16 gs;
			u16 ds;
			u16 es;
		};
		u64 selectors;
	};
	u16 ldt;
	struct desc_ptr gdt;
};

/**
 * struct vmx_switch - what the entry code works with; offsets in switch.h
 * @gpr: general registers, in encoding order
 * @host_rsp: &vmx->host.rsp
 * @guest_spec_ctrl: the guest's IA32_SPEC_CTRL
 * @host_spec_ctrl: the host's, as vmx_host_save() found it
 * @flags: bits VMX_SWITCH_LAUNCHED, VMX_SWITCH_SPEC_CTRL
 */
struct vmx_switch {
	u64 *gpr;
	unsigned long *host_rsp;
	u64 guest_spec_ctrl;
	u64 host_spec_ctrl;
	u64 flags;
};

/* SDM vol. 3, "VM-Exit Controls for MSRs": an element of a list */
struct vmx_msr_entry {
	u32 index;
	u32 reserved;
	u64 value;
};

/**
 * struct vmx_perf - MSRs of perf's that an entry and an exit load
 * @guest: what they are to be in the guest
 * @host: and afterwards
 */
struct vmx_perf {
	struct vmx_msr_entry guest[8];
	struct vmx_msr_entry host[8];
};

/**
 * struct vmx_vcpu - VMX's half of a vCPU
 * @vcpu: core's half
 * @vmcs: its VMCS
 * @left_cpu: CPU that it left without its VMCS and where nothing else was changed, or -1
 * @controls: control words as last written
 * @exceptions: exception bitmap as last written
 * @fpu_open: the FPU is the guest's; if not, its first use exits
 * @cr0_owned: bits of CR0 the guest changes without an exit
 * @cr4_owned: the same of CR4
 * @msr_bitmap: its page of MSR bitmaps
 * @pml: its log of dirty pages, NULL: none
 * @virtual_apic: its virtual-APIC page, NULL: CR8 exits
 * @perf: its lists of perf's MSRs, NULL: perf has no driver for counters here
 * @perf_count: how many they have, as last written
 * @tpr_threshold: as last written
 * @vpid: its VPID, 0: none
 * @segments_avail: bit n: @segments[n] is what the VMCS has
 * @segments: cache of segment registers
 * @host: host state as last written
 * @saved: host state to be brought back
 * @sw: for the entry code
 * @urets: bit n: the guest can use @uret[n] in the mode it is in
 * @uret: guest values of the MSRs of uret.c
 * @kernel_gs_base: guest value, when it is not in the MSR
 * @cstar: guest value of CSTAR, which these CPUs do not use
 * @reason: exit reason field of the last exit
 * @injecting_nmi: the next entry injects an NMI
 * @soft_nmi_blocked: NMIs are blocked, without hardware that tracks it
 * @nmi_by_irq_window: an NMI waits until the guest can take an interrupt
 * @timer_is_0: the preemption timer ends the next stay after the delivery
 * @irq_window: core/ wants to know when an interrupt can be taken
 * @shadow_changed: shadow, TF or BTF changed: pending debug exceptions follow
 */
struct vmx_vcpu {
	struct hull_vcpu vcpu;
	struct vmx_vmcs vmcs;
	int left_cpu;
	struct vmx_controls controls;
	u32 exceptions;
	bool fpu_open;
	u64 cr0_owned;
	u64 cr4_owned;
	unsigned long *msr_bitmap;
	u64 *pml;
	u8 *virtual_apic;
	struct vmx_perf *perf;
	unsigned int perf_count;
	u8 tpr_threshold;
	u16 vpid;
	u16 segments_avail;
	struct hull_segment segments[HULL_NR_SEGS];
	struct vmx_host host;
	struct vmx_saved saved;
	struct vmx_switch sw;
	u8 urets;
	u64 uret[VMX_NR_URETS];
	u64 kernel_gs_base;
	u64 cstar;
	u32 reason;
	bool injecting_nmi;
	bool soft_nmi_blocked;
	bool nmi_by_irq_window;
	bool timer_is_0;
	bool irq_window;
	bool shadow_changed;
};

static inline struct vmx_vcpu *to_vmx(struct hull_vcpu *vcpu)
{
	return container_of(vcpu, struct vmx_vcpu, vcpu);
}

/* cpu.c */
int vmx_setup(void);
void vmx_teardown(void);
void vmx_cpu_write_back(void);
int vmx_cpu_enable(void);
void vmx_cpu_disable(void);
void vmx_cpu_emergency(void);

/* shared.c: a CPU that KVM uses too.  Leave: preemption off. */
int vmx_share(struct module *kvm);
void vmx_shared_leave(struct vmx_vmcs *vmcs);

/* host.c */
void vmx_host_init(struct vmx_vcpu *vmx);
void vmx_host_move(struct vmx_vcpu *vmx, int cpu);
void vmx_host_save(struct hull_vcpu *vcpu);
void vmx_host_restore(struct vmx_vcpu *vmx);

/* uret.c */
int vmx_uret_slot(u32 index);
void __vmx_uret_load(struct vmx_vcpu *vmx);
void vmx_uret_move(void);
void vmx_uret_refresh(struct vmx_vcpu *vmx);
void vmx_uret_put(void);
void vmx_uret_forget(void);

/*
 * The vCPU for which the MSRs here were last found or made right, NULL: they have
 * changed since.  Compared, never followed.
 */
DECLARE_PER_CPU(const struct vmx_vcpu *, vmx_uret_fits);

/* The vCPU is about to run here. */
static inline void vmx_uret_load(struct vmx_vcpu *vmx)
{
	if (this_cpu_read(vmx_uret_fits) != vmx || unlikely(hull_owner_shared()))
		__vmx_uret_load(vmx);
}

/* tlb.c; the VPIDs that are taken */
#define VMX_NR_VPIDS	65536
extern unsigned long vmx_vpids[];
int vmx_vpid_alloc(struct vmx_vcpu *vmx);
void vmx_vpid_free(struct vmx_vcpu *vmx);
void vmx_flush_tlb(struct hull_vcpu *vcpu);
void vmx_flush_vpid(struct vmx_vcpu *vmx);
void vmx_flush_everything(void);
void vmx_set_s2_root(struct hull_vcpu *vcpu);

/* perf.c; vmx_perf_list() gives the length of the list made of what perf tells. */
struct perf_guest_switch_msr;
int vmx_perf_alloc(struct vmx_vcpu *vmx);
void vmx_perf_init(struct vmx_vcpu *vmx);
unsigned int vmx_perf_list(struct vmx_perf *perf, const struct perf_guest_switch_msr *msrs,
			   unsigned int nr);
void __vmx_perf_entry(struct vmx_vcpu *vmx);

/* Irqs off */
static inline void vmx_perf_entry(struct vmx_vcpu *vmx)
{
	if (vmx->perf)
		__vmx_perf_entry(vmx);
}

/* pml.c */
int vmx_pml_alloc(struct vmx_vcpu *vmx);
void vmx_pml_init(struct vmx_vcpu *vmx);
void vmx_pml_empty(struct vmx_vcpu *vmx, unsigned int index);

/* After every exit, so that a vCPU outside the guest has nothing in its log. */
static inline void vmx_pml_drain(struct vmx_vcpu *vmx)
{
	unsigned int index;

	if (!vmx->pml)
		return;
	/* The next entry to be written; it wraps below 0 when the log is full. */
	index = vmcs_read16(GUEST_PML_INDEX);
	if (unlikely(index != VMX_PML_EMPTY))
		vmx_pml_empty(vmx, index);
}

/* tpr.c */
int vmx_tpr_alloc(struct vmx_vcpu *vmx);
void vmx_tpr_init(struct vmx_vcpu *vmx);
void vmx_tpr_write(struct vmx_vcpu *vmx);

/* CR8, of a vCPU that has a virtual-APIC page. */
static inline u8 vmx_tpr_read(const struct vmx_vcpu *vmx)
{
	return vmx->virtual_apic[VMX_VTPR] >> VMX_VTPR_CLASS_SHIFT;
}

bool vmx_tpr_below(const struct vmx_vcpu *vmx);

/* msr.c */
bool vmx_msr_is_switched(u32 index);

/* msrmap.c */
int vmx_msr_bitmap_alloc(struct vmx_vcpu *vmx);

/* segment.c */
u16 vmx_rights_to_attr(u32 rights);
u32 vmx_attr_to_rights(u16 attr);

/* state.c */
void vmx_init_control_registers(struct vmx_vcpu *vmx);
void vmx_write_dirty_regs(struct vmx_vcpu *vmx);
void vmx_open_fpu(struct vmx_vcpu *vmx);

static inline void vmx_read_shadow(struct vmx_vcpu *vmx)
{
	u32 state = vmcs_read32(GUEST_INTERRUPTIBILITY);

	vmx->vcpu.shadow = (state & VMX_BLOCKED_BY_STI ? KVM_X86_SHADOW_INT_STI : 0) |
			   (state & VMX_BLOCKED_BY_MOV_SS ? KVM_X86_SHADOW_INT_MOV_SS : 0);
}

/* inject.c */
void vmx_sync_pending_debug(struct vmx_vcpu *vmx);
void vmx_decode_vectoring(struct vmx_vcpu *vmx, u32 info, struct hull_event *event);
void vmx_nmi_unblocked_by_iret(struct vmx_vcpu *vmx);
bool vmx_irq_window_opened(struct vmx_vcpu *vmx);

/* exit.c */
void vmx_decode_exit(struct vmx_vcpu *vmx);
void vmx_decode_failed_entry(struct vmx_vcpu *vmx);

/*
 * check.c, check_host.c: name of the rule that is violated, NULL: none found.  @error
 * is the VM-instruction error.
 */
const char *vmx_check_failed_instruction(struct vmx_vcpu *vmx, u32 error);
const char *vmx_check_guest_state(struct vmx_vcpu *vmx);
const char *vmx_check_host_state(void);
/* Pure: does the event to be injected carry an error code when it has to? */
bool vmx_event_error_valid(u32 event, u32 error, u64 cr0);

/* enter.S: interrupts off.  0: there was an exit, 1: VMLAUNCH or VMRESUME failed. */
int vmx_world_switch(struct vmx_switch *sw);
extern const char vmx_exit_entry[];

/* mitigation.c */
int vmx_mitigation_setup(void);
void vmx_mitigation_teardown(void);
void vmx_flush_l1d(void);
void vmx_clear_cpu_buffers(void);
DECLARE_STATIC_KEY_FALSE(vmx_flushes_l1d);

/* Interrupts off, right before an entry. */
static inline void vmx_mitigate_entry(void)
{
	if (static_branch_unlikely(&vmx_flushes_l1d))
		vmx_flush_l1d();
	else if (static_branch_unlikely(&mmio_stale_data_clear))
		vmx_clear_cpu_buffers();
}

#define VMX_OP_DECLARE(ret, name, params, args) ret vmx_##name params;
HULL_BACKEND_OPS(VMX_OP_DECLARE)
#undef VMX_OP_DECLARE

#endif
