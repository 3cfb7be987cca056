/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Debug registers, single-stepping and KVM_SET_GUEST_DEBUG.
 *
 * Two users want the debug hardware: the guest and user space.  User space
 * wins while it debugs; the guest keeps its own values, never sees ours, and
 * its #DB are told from user space's by hull_debug_exception().
 */
#ifndef HULL_CORE_CPU_DEBUG_H
#define HULL_CORE_CPU_DEBUG_H

#include <linux/kvm.h>
#include <linux/types.h>
#include <asm/debugreg.h>
#include "../vcpu.h"
#include "../x86.h"

#define HULL_DR7_ENABLES	0x000000ffull	/* L0 to G3 */

/* Flags KVM_SET_GUEST_DEBUG takes. */
#define HULL_GUESTDBG_VALID						\
	(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP |		\
	 KVM_GUESTDBG_USE_HW_BP | KVM_GUESTDBG_USE_SW_BP |		\
	 KVM_GUESTDBG_INJECT_BP | KVM_GUESTDBG_INJECT_DB |		\
	 KVM_GUESTDBG_BLOCKIRQ)

void hull_debug_reset(struct hull_vcpu *vcpu);
int hull_set_guest_debug(struct hull_vcpu *vcpu, const struct kvm_guest_debug *dbg);
int hull_get_debugregs(struct hull_vcpu *vcpu, struct kvm_debugregs *regs);
int hull_set_debugregs(struct hull_vcpu *vcpu, const struct kvm_debugregs *regs);

/* MOV DR from an exit: 0, or 1 with @fault (#UD, #GP, #DB of GD). */
int hull_read_dr(struct hull_vcpu *vcpu, int dr, u64 *value, struct hull_fault *fault);
int hull_write_dr(struct hull_vcpu *vcpu, int dr, u64 value, struct hull_fault *fault);

/* Values the hardware must have in the guest: user space's or the guest's. */
u64 hull_effective_dr(struct hull_vcpu *vcpu, int dr);
u64 hull_effective_dr7(struct hull_vcpu *vcpu);

/* Around each entry, irqs off: put the guest's DR0-3 on the CPU when needed. */
void hull_debug_load(struct hull_vcpu *vcpu);
void hull_debug_unload(struct hull_vcpu *vcpu);

static inline void hull_debug_enter(struct hull_vcpu *vcpu)
{
	const struct hull_debug *dbg = &vcpu->dbg;

	if (unlikely(dbg->passthrough || dbg->dr7 & HULL_DR7_ENABLES ||
		     dbg->flags & KVM_GUESTDBG_USE_HW_BP))
		hull_debug_load(vcpu);
}

static inline void hull_debug_leave(struct hull_vcpu *vcpu)
{
	if (unlikely(vcpu->dbg.passthrough || hw_breakpoint_active()))
		hull_debug_unload(vcpu);
}

/*
 * #DB or #BP was intercepted.  True: it is user space's, vcpu->run->debug is
 * filled and KVM_RUN returns KVM_EXIT_DEBUG.  False: it is the guest's;
 * #DB's payload bits are @dr6.
 */
bool hull_debug_exception(struct hull_vcpu *vcpu, u8 vector, u64 dr6);
/*
 * An instruction was completed in software with TF set.  As above, for the
 * single-step trap; the guest's own is queued as #DB.
 */
bool hull_debug_step(struct hull_vcpu *vcpu);

/* #DB is delivered: the guest steps by instructions again, not by branches. */
void hull_debug_clear_btf(struct hull_vcpu *vcpu);
/* Fill KVM_EXIT_DEBUG: @dr6 is what user space's debugging has hit. */
void hull_debug_stop(struct hull_vcpu *vcpu, u8 vector, u64 dr6);
/* Must this exception exit, on behalf of user space's debugging? */
bool hull_debug_wants(struct hull_vcpu *vcpu, u8 vector);

#endif
