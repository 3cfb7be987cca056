/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers as user space and control-register exits set them: checks first,
 * then vcpu's fields, then the backend's projection.
 */
#ifndef HULL_CORE_CPU_REGS_H
#define HULL_CORE_CPU_REGS_H

#include <linux/kvm.h>
#include <linux/types.h>
#include "../x86.h"

struct hull_vcpu;

int hull_get_regs(struct hull_vcpu *vcpu, struct kvm_regs *regs);
int hull_set_regs(struct hull_vcpu *vcpu, const struct kvm_regs *regs);
int hull_get_sregs(struct hull_vcpu *vcpu, struct kvm_sregs *sregs);
int hull_set_sregs(struct hull_vcpu *vcpu, const struct kvm_sregs *sregs);
int hull_get_sregs2(struct hull_vcpu *vcpu, struct kvm_sregs2 *sregs);
int hull_set_sregs2(struct hull_vcpu *vcpu, const struct kvm_sregs2 *sregs);
/* Pure: do these make a consistent mode? */
bool hull_sregs_mode_valid(u64 cr0, u64 cr4, u64 efer, bool cs_l);
int hull_translate(struct hull_vcpu *vcpu, struct kvm_translation *tr);
int hull_get_mp_state(struct hull_vcpu *vcpu, struct kvm_mp_state *mp);
int hull_set_mp_state(struct hull_vcpu *vcpu, const struct kvm_mp_state *mp);

/*
 * A guest's write to a control register.  0, or 1: #GP(0) is due.  Effects on
 * translations, paging mode, EFER.LMA and CPUID are done.
 */
int __must_check hull_write_cr0(struct hull_vcpu *vcpu, u64 value);
int __must_check hull_write_cr3(struct hull_vcpu *vcpu, u64 value);
int __must_check hull_write_cr4(struct hull_vcpu *vcpu, u64 value);
int __must_check hull_write_cr8(struct hull_vcpu *vcpu, u64 value);
int __must_check hull_write_efer(struct hull_vcpu *vcpu, u64 value, bool host);
u64 hull_read_cr(struct hull_vcpu *vcpu, int cr);

/* RFLAGS as the guest has them: without a TF that is user space's. */
u64 hull_get_rflags(struct hull_vcpu *vcpu);
void hull_set_rflags(struct hull_vcpu *vcpu, u64 rflags);
/* CS base + RIP, cut to 32 bits outside 64-bit mode. */
u64 hull_linear_rip(struct hull_vcpu *vcpu);

bool hull_is_long_mode(struct hull_vcpu *vcpu);		/* EFER.LMA */
bool hull_is_64bit(struct hull_vcpu *vcpu);		/* and CS.L */
bool hull_is_paging(struct hull_vcpu *vcpu);
bool hull_is_pae(struct hull_vcpu *vcpu);		/* PAE outside long mode */
bool hull_is_canonical(struct hull_vcpu *vcpu, u64 address);
/* PAE outside long mode: load vcpu->pdptr[] from memory.  0 or 1: #GP. */
int hull_load_pdptrs(struct hull_vcpu *vcpu, u64 cr3);
/* Read the table of four as it is in memory, unchecked: 0 or -EFAULT. */
int hull_read_pdptrs(struct hull_vcpu *vcpu, u64 cr3, u64 pdptr[4]);

void hull_segment_to_kvm(const struct hull_segment *s, struct kvm_segment *k);
void hull_segment_from_kvm(const struct kvm_segment *k, struct hull_segment *s);

/*
 * Load a segment register with a selector as an instruction does, reading the
 * descriptor from the guest's tables (SDM vol. 2, MOV; vol. 3, Segment
 * Descriptors).  0, 1: @fault, -EFAULT.
 */
int hull_load_segment(struct hull_vcpu *vcpu, int seg, u16 selector,
		      struct hull_fault *fault);

/*
 * Hardware task switch (cpu/task_switch.c).  @vectoring is the event that goes
 * through a task gate.  0: switched (faults of the new task are queued);
 * 1: @fault, in the old task; -EFAULT.
 */
struct hull_exit;
int hull_task_switch(struct hull_vcpu *vcpu, const struct hull_exit *exit,
		     struct hull_fault *fault);

#endif
