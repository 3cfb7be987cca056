// SPDX-License-Identifier: GPL-2.0
/*
 * Events into the guest, and back when their delivery was cut short
 * (APM vol. 2, Event Injection; Virtual Interrupts).
 *
 * INT n, INT3 and INTO.  When an exit cuts short their delivery, RIP still is
 * at the instruction: the guest just executes it again, and core/ is told of
 * nothing.  The exceptions to this are those that core/ injected itself, since
 * the instruction may be intercepted, and task switches, which core/ executes.
 * Injecting one needs the address of the instruction behind it.  With next-RIP
 * save that goes into the VMCB beside RIP; without, RIP itself is moved on for
 * the entry, and back when the delivery did not come about.
 */
#include <linux/bitfield.h>
#include <asm/trapnr.h>
#include "svm.h"

static const u8 type_to_vmcb[] = {
	[HULL_EVENT_INTERRUPT] = SVM_EVENT_TYPE_INTR,
	[HULL_EVENT_NMI] = SVM_EVENT_TYPE_NMI,
	[HULL_EVENT_EXCEPTION] = SVM_EVENT_TYPE_EXCEPTION,
	[HULL_EVENT_SOFT_INTERRUPT] = SVM_EVENT_TYPE_SOFT,
	[HULL_EVENT_SOFT_EXCEPTION] = SVM_EVENT_TYPE_EXCEPTION,
};

static const u8 type_from_vmcb[8] = {
	[SVM_EVENT_TYPE_INTR] = HULL_EVENT_INTERRUPT,
	[SVM_EVENT_TYPE_NMI] = HULL_EVENT_NMI,
	[SVM_EVENT_TYPE_EXCEPTION] = HULL_EVENT_EXCEPTION,
	[SVM_EVENT_TYPE_SOFT] = HULL_EVENT_SOFT_INTERRUPT,
};

static bool is_soft(u8 type)
{
	return type == HULL_EVENT_SOFT_INTERRUPT ||
	       type == HULL_EVENT_SOFT_EXCEPTION;
}

static void prepare_soft(struct svm_vcpu *svm, const struct hull_event *event)
{
	struct hull_vcpu *vcpu = &svm->vcpu;

	svm->soft_injected = true;
	svm->soft_rip = vcpu->rip;
	svm->soft_next_rip = vcpu->rip + event->insn_len;
	/* INT1's #DB is one like any other: it saves RIP. */
	if (svm_features.nrips && event->vector != X86_TRAP_DB)
		svm->vmcb->control.next_rip = svm->soft_next_rip;
	else
		vcpu->rip = svm->soft_next_rip;
}

void svm_inject(struct hull_vcpu *vcpu, const struct hull_event *event)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	u64 info = SVM_EVENT_VALID |
		   FIELD_PREP(SVM_EVENT_VECTOR, event->vector) |
		   FIELD_PREP(SVM_EVENT_TYPE, type_to_vmcb[event->type]);

	if (event->has_error)
		info |= SVM_EVENT_ERROR_VALID |
			FIELD_PREP(SVM_EVENT_ERROR, event->error);
	if (event->type == HULL_EVENT_NMI) {
		info &= ~SVM_EVENT_VECTOR;
		svm_set_nmi_mask(vcpu, true);
		svm->nmi_window = false;
	}
	svm->inject_rip = vcpu->rip;
	if (is_soft(event->type))
		prepare_soft(svm, event);
	else if (event->type == HULL_EVENT_EXCEPTION && svm_features.nrips)
		/* #BP and #OF return there even if no instruction is behind them. */
		svm->vmcb->control.next_rip = vcpu->rip;
	svm->vmcb->control.event_inj = info;
}

/* The delivery of @info (EXITINTINFO) was cut short by the exit. */
void svm_decode_vectoring(struct svm_vcpu *svm, u64 info, bool task_switch)
{
	struct hull_vcpu *vcpu = &svm->vcpu;
	struct hull_event *event = &vcpu->exit.vectoring;
	const struct hull_events *ev = &vcpu->ev;
	u8 vector = FIELD_GET(SVM_EVENT_VECTOR, info);
	u8 type = type_from_vmcb[FIELD_GET(SVM_EVENT_TYPE, info)];
	bool injected = svm->soft_injected &&
			(vcpu->rip == svm->soft_rip ||
			 vcpu->rip == svm->soft_next_rip);

	bool own = ev->exception_injected && ev->exception.vector == vector &&
		   (injected || vcpu->rip == svm->inject_rip);

	/* What core/ has injected comes back as it was; else it is INT3 or INTO. */
	if (type == HULL_EVENT_EXCEPTION &&
	    (own ? ev->exception.insn_len :
		   vector == X86_TRAP_BP || vector == X86_TRAP_OF))
		type = HULL_EVENT_SOFT_EXCEPTION;

	event->insn_len = 0;
	if (is_soft(type)) {
		if (injected) {
			vcpu->rip = svm->soft_rip;
			event->insn_len = svm->soft_next_rip - svm->soft_rip;
		} else if (!task_switch) {
			type = HULL_EVENT_NONE;
		}
	}
	event->type = type;
	event->vector = type == HULL_EVENT_NMI ? X86_TRAP_NMI : vector;
	event->has_error = info & SVM_EVENT_ERROR_VALID;
	event->error = FIELD_GET(SVM_EVENT_ERROR, info);
}

/*
 * A virtual interrupt is made pending that is never delivered: its intercept
 * comes as soon as the guest could take it, whatever its TPR.
 */
void svm_irq_window(struct hull_vcpu *vcpu, bool on)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	struct svm_control *control = &svm->vmcb->control;
	u64 vintr = control->vintr & ~(SVM_VINTR_IRQ | SVM_VINTR_PRIORITY);

	if (on)
		vintr |= SVM_VINTR_IRQ | SVM_VINTR_PRIORITY;
	if (vintr == control->vintr)
		return;
	control->vintr = vintr;
	svm_dirty(svm, SVM_CLEAN_VINTR);
	svm_set_intercept(svm, SVM_ICPT_VINTR, on);
}

void svm_set_shadow(struct hull_vcpu *vcpu, u32 shadow)
{
	u64 *state = &to_svm(vcpu)->vmcb->control.interrupt_state;

	*state = shadow ? *state | SVM_INT_SHADOW : *state & ~SVM_INT_SHADOW;
}
