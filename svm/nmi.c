// SPDX-License-Identifier: GPL-2.0
/*
 * NMI blocking without hardware that tracks it.
 *
 * Injecting an NMI blocks further ones until the guest's next IRET, which is
 * therefore intercepted.  The exit comes before IRET, the blocking ends behind
 * it.  When no NMI waits, it is enough to notice at a later exit that RIP has
 * moved; otherwise TF is set for this one instruction, and the #DB behind IRET
 * is the window.  The same single step waits for the end of an interrupt
 * shadow, which holds NMIs back too.
 *
 * While an event is being injected, TF would get into the flags on the guest's
 * stack: an interrupt sent to this CPU then ends the stay right behind the
 * delivery instead.
 */
#include <linux/irq_work.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include "svm.h"

static void nudge(struct irq_work *work)
{
}

static DEFINE_PER_CPU(struct irq_work, svm_nudge);

/* A module's per-CPU data is not relocated: no pointers in its initialisers. */
void svm_nmi_setup(int cpu)
{
	*per_cpu_ptr(&svm_nudge, cpu) = IRQ_WORK_INIT_HARD(nudge);
}

bool svm_get_nmi_mask(struct hull_vcpu *vcpu)
{
	return to_svm(vcpu)->nmi_masked;
}

void svm_set_nmi_mask(struct hull_vcpu *vcpu, bool masked)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	svm->nmi_masked = masked;
	svm->iret_started = false;
	svm_set_intercept(svm, SVM_ICPT_IRET, masked);
}

void svm_nmi_window(struct hull_vcpu *vcpu, bool on)
{
	to_svm(vcpu)->nmi_window = on;
}

void svm_nmi_before_entry(struct svm_vcpu *svm)
{
	struct svm_save *save = &svm->vmcb->save;

	/* The exit on IRET comes first. */
	if (svm->nmi_masked && !svm->iret_started)
		return;
	if (svm->vmcb->control.event_inj & SVM_EVENT_VALID) {
		irq_work_queue(this_cpu_ptr(&svm_nudge));
		return;
	}
	svm->stepping = true;
	svm->step_tf = !(save->rflags & X86_EFLAGS_TF);
	save->rflags |= X86_EFLAGS_TF;
}

void svm_nmi_after_exit(struct svm_vcpu *svm)
{
	struct hull_vcpu *vcpu = &svm->vcpu;
	bool returned = svm->iret_started && vcpu->rip != svm->iret_rip;

	/* Behind IRET, TF is what the guest's stack held. */
	if (svm->stepping && svm->step_tf && !returned)
		vcpu->rflags &= ~X86_EFLAGS_TF;
	if (returned)
		svm_set_nmi_mask(vcpu, false);
}

/* IRET exited. */
void svm_nmi_iret(struct svm_vcpu *svm)
{
	svm->iret_started = true;
	svm->iret_rip = svm->vcpu.rip;
	svm_set_intercept(svm, SVM_ICPT_IRET, false);
}

/*
 * #DB exited with these new bits of DR6.  True: the single step above was all
 * its cause.
 */
bool svm_nmi_debug_trap(struct svm_vcpu *svm, u64 *dr6)
{
	if (!svm->stepping || !svm->step_tf)
		return false;
	*dr6 &= ~DR_STEP;
	if (svm->vcpu.dbg.passthrough)
		svm->vcpu.dbg.dr6 &= ~DR_STEP;
	return !*dr6;
}
