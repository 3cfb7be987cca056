/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of svm/ share.
 *
 * A vCPU's VMCB belongs to the holder of vcpu->lock.  Changing a field that
 * the processor may cache needs svm_dirty() with its group; fields in no group
 * (RIP, RSP, RAX, RFLAGS, interrupt state, event_inj, tlb_control) are read at
 * every entry.
 */
#ifndef HULL_SVM_SVM_H
#define HULL_SVM_SVM_H

#include <linux/percpu.h>
#include "backend.h"
#include "vcpu.h"
#include "vmcb.h"

/**
 * struct svm_features - what the probe found and the parameters left
 * @nr_asids: ASIDs of the processor, the host's 0 among them
 * @nrips: next_rip tells where the instruction after an intercepted one starts
 * @decode_assists: operands of MOV CR and MOV DR, instruction bytes
 * @flush_by_asid: SVM_TLB_FLUSH_ASID works
 * @clean: clean bits are honoured
 * @tsc_scale: there is a TSC ratio MSR
 * @lbr: LBR virtualisation
 * @pause_filter: PAUSE intercepts can be counted down
 * @v_spec_ctrl: leave it to hardware to keep the guest's SPEC_CTRL apart from the host's
 */
struct svm_features {
	u32 nr_asids;
	bool nrips;
	bool decode_assists;
	bool flush_by_asid;
	bool clean;
	bool tsc_scale;
	bool lbr;
	bool pause_filter;
	bool v_spec_ctrl;
};

extern struct svm_features svm_features;
extern struct hull_caps svm_caps;

struct svm_vcpu;

/**
 * struct svm_cpu - one processor; used with preemption off
 * @host_save: VMSAVE area for the host's FS, GS, TR, LDTR and system-call MSRs
 * @hsave: area of VM_HSAVE_PA
 * @flusher: VMCB of the entry that only flushes translations (asid.c)
 * @empty_root: its second-stage table, all zero
 * @asid_generation: raised when ASIDs start again, never 0
 * @next_asid: first one not given out
 * @flush_all: ASIDs started again: the next entry flushes them all
 * @tsc_ratio: value of the TSC ratio MSR, 0: not known
 * @srso_reduced: hull has reduced speculation (cpu.c)
 */
struct svm_cpu {
	struct svm_vmcb *host_save;
	void *hsave;
	struct svm_vmcb *flusher;
	void *empty_root;
	u64 asid_generation;
	u32 next_asid;
	bool flush_all;
	u64 tsc_ratio;
	bool srso_reduced;
};

DECLARE_PER_CPU(struct svm_cpu, svm_cpu);

/**
 * struct svm_vcpu - SVM's half of a vCPU
 * @vcpu: core's half
 * @vmcb: its control block
 * @vmcb_pa: physical address of @vmcb
 * @msrpm: its MSR permission map
 * @cpu: CPU whose cache the clean bits speak of, -1: none
 * @asid_generation: of @cpu when control.asid was given, 0: never
 * @flush: drop the translations of this ASID at the next entry
 * @entered: has been in the guest since it was loaded
 * @mce_pending: the exit took a machine check away from the guest
 * @fpu_open: as vcpu.fpu_loaded was at the last entry: without it CR0.TS is set
 *	and #NM exits
 * @cr0_intercepted: writes exit, because CR0 in the VMCB is not the guest's alone
 * @nmi_masked: NMIs are blocked until IRET, which is intercepted
 * @nmi_window: exit when NMIs are unblocked
 * @iret_started: IRET was seen at @iret_rip; it ends the blocking
 * @stepping: TF was set in order to exit behind that IRET
 * @step_tf: and the guest had not set it itself
 * @iret_rip: address of the IRET
 * @inject_rip: RIP when the event in event_inj was put there
 * @soft_injected: the event in event_inj is an INT instruction's; its
 *	instruction is at @soft_rip and the following one at @soft_next_rip
 * @host_saved: @host_tsc_aux and @host_tsc_ratio are what the MSRs held
 * @hw_tsc_aux: what TSC_AUX holds now
 * @reads_tsc_aux: the guest has an instruction that reads TSC_AUX
 * @tsc_aux: the guest's TSC_AUX
 * @spec_ctrl: the guest's SPEC_CTRL, without hardware help
 */
struct svm_vcpu {
	struct hull_vcpu vcpu;
	struct svm_vmcb *vmcb;
	u64 vmcb_pa;
	unsigned long *msrpm;
	int cpu;
	u64 asid_generation;
	bool flush;
	bool entered;
	bool mce_pending;
	bool fpu_open;
	bool cr0_intercepted;
	bool reads_tsc_aux;
	bool nmi_masked;
	bool nmi_window;
	bool iret_started;
	bool stepping;
	bool step_tf;
	bool soft_injected;
	u64 inject_rip;
	u64 iret_rip;
	u64 soft_rip;
	u64 soft_next_rip;
	u64 tsc_aux;
	u64 hw_tsc_aux;
	u64 host_tsc_aux;
	u64 host_tsc_ratio;
	bool host_saved;
	u64 spec_ctrl;
};

static inline struct svm_vcpu *to_svm(struct hull_vcpu *vcpu)
{
	return container_of(vcpu, struct svm_vcpu, vcpu);
}

/* SVM does not tell the two kinds of shadow apart. */
static inline void svm_read_shadow(struct svm_vcpu *svm)
{
	bool shadow = svm->vmcb->control.interrupt_state & SVM_INT_SHADOW;

	svm->vcpu.shadow = shadow ? KVM_X86_SHADOW_INT_STI | KVM_X86_SHADOW_INT_MOV_SS : 0;
}

/* Fields of these SVM_CLEAN_* groups have changed. */
static inline void svm_dirty(struct svm_vcpu *svm, u32 groups)
{
	svm->vmcb->control.clean &= ~groups;
}

static inline void svm_set_intercept(struct svm_vcpu *svm,
				     enum svm_intercept bit, bool on)
{
	u32 *word = &svm->vmcb->control.intercept[bit / 32];
	u32 mask = BIT(bit % 32);
	u32 new = on ? *word | mask : *word & ~mask;

	if (new == *word)
		return;
	*word = new;
	svm_dirty(svm, SVM_CLEAN_INTERCEPTS);
}

/* caps.c */
int svm_probe(void);

/* cpu.c */
int svm_setup(void);
void svm_teardown(void);
void svm_srso_reduce(void);
void svm_srso_restore(void);

/* asid.c */
void svm_asid_reset_cpu(struct svm_cpu *cpu);
void svm_asid_prepare(struct svm_vcpu *svm);
void svm_asid_leave(struct svm_vcpu *svm);

/* iopm.c */
extern void *svm_iopm;
int svm_iopm_setup(void);
void svm_iopm_teardown(void);

/* msrpm.c */
int svm_msrpm_bit(u32 index);
unsigned long *svm_msrpm_alloc(void);
void svm_msrpm_free(unsigned long *msrpm);

/* tsc.c */
void svm_tsc_load(struct svm_vcpu *svm);
void svm_tsc_put(struct svm_vcpu *svm);
void svm_write_tsc_aux(struct svm_vcpu *svm, u64 value);
void svm_tsc_aux_load(struct svm_vcpu *svm);
void svm_tsc_aux_put(struct svm_vcpu *svm);

/* enter.S: interrupts off. */
void svm_world_switch(u64 *gpr, u64 vmcb_pa, u64 host_save_pa,
		      u64 guest_spec_ctrl, u64 host_spec_ctrl);
void svm_vmrun_once(u64 vmcb_pa);

/* vcpu.c */
/* The guest's state in the VMCB as it is in a new one. */
void svm_init_save(struct svm_vcpu *svm);

/* exit.c */
void svm_decode_exit(struct svm_vcpu *svm);

/* intercepts.c */
void svm_update_exceptions(struct svm_vcpu *svm);
void svm_init_intercepts(struct svm_vcpu *svm);

/* inject.c */
void svm_decode_vectoring(struct svm_vcpu *svm, u64 info, bool task_switch);

/* nmi.c */
void svm_nmi_setup(int cpu);
void svm_nmi_before_entry(struct svm_vcpu *svm);
void svm_nmi_after_exit(struct svm_vcpu *svm);
void svm_nmi_iret(struct svm_vcpu *svm);
bool svm_nmi_debug_trap(struct svm_vcpu *svm, u64 *dr6);

/* state.c */
void svm_write_tpr(struct svm_vcpu *svm);
void svm_open_fpu(struct svm_vcpu *svm);
u16 svm_attr_to_vmcb(u16 attr);
u16 svm_attr_from_vmcb(int seg, u16 attr, u32 limit);

#define SVM_OP_DECLARE(ret, name, params, args) ret svm_##name params;
HULL_BACKEND_OPS(SVM_OP_DECLARE)
#undef SVM_OP_DECLARE

#endif
