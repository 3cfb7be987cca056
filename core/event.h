/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exceptions, NMIs and interrupts on their way into the guest.
 *
 * An event is *pending* until it has been handed to the hardware, and
 * *injected* from then until the hardware has delivered it.  An exit in the
 * middle of a delivery brings it back as injected, and it goes in again
 * before anything else.  The order in which pending events are taken is that
 * of the manuals (SDM vol. 3, Priority Among Concurrent Events; APM vol. 2,
 * Priorities): reinjection, exception, NMI, external interrupt.  One that user space
 * was told it may inject goes before an NMI that came later.
 */
#ifndef HULL_CORE_EVENT_H
#define HULL_CORE_EVENT_H

#include <linux/compiler.h>
#include <asm/kvm.h>
#include <asm/trapnr.h>
#include "exit.h"

struct hull_vcpu;

/**
 * struct hull_events - the events of one vCPU   (all under vcpu->lock)
 * @exception: exception not yet delivered
 * @any: whether any of the next six is set
 * @exception_pending: @exception waits for injection, its payload not yet
 *	in CR2 or DR6
 * @exception_injected: @exception was handed to the hardware
 * @irq_injected: @irq was handed to the hardware
 * @irq_pending: @accepted is from user space, and waits.  The instruction that
 *	is to be finished first may raise an exception or clear IF
 * @nmi_injected: an NMI was handed to the hardware
 * @nmi_pending: count of NMIs waiting, 0 to 2
 * @soft: @irq is an INT n's
 * @soft_len: and this is the length of that instruction
 * @irq: vector
 * @accepted: vector
 * @triple_fault: shut down at the next entry
 */
struct hull_events {
	struct hull_fault exception;
	union {
		struct {
			bool exception_pending;
			bool exception_injected;
			bool irq_injected;
			bool irq_pending;
			bool nmi_injected;
			u8 nmi_pending;
		};
		u64 any;
	};
	bool soft;
	u8 soft_len;
	u8 irq;
	u8 accepted;
	bool triple_fault;
};

/*
 * Queue an exception.  Contributory faults combine into #DF and from there
 * into a triple fault (APM vol. 2, #DF Double-Fault Exception).
 */
void hull_queue_fault(struct hull_vcpu *vcpu, const struct hull_fault *fault);
void hull_queue_exception(struct hull_vcpu *vcpu, u8 vector);
void hull_queue_exception_error(struct hull_vcpu *vcpu, u8 vector, u32 error);
/* #DB with these DR6 bits; DR6 is updated on delivery. */
void hull_queue_debug(struct hull_vcpu *vcpu, u64 dr6_bits);

/* What an exception leaves in CR2 or DR6 becomes visible with its delivery. */
void hull_deliver_payload(struct hull_vcpu *vcpu, struct hull_fault *f);

/* What was handed to the hardware has been delivered. */
static inline void hull_clear_injected(struct hull_events *ev)
{
	ev->exception_injected = false;
	ev->irq_injected = false;
	ev->nmi_injected = false;
	ev->soft = false;
}

/*
 * Faults push RF set, so that the instruction is not stopped by its breakpoint
 * again (SDM vol. 3, Resume Flag).
 */
static inline bool hull_fault_saves_rf(const struct hull_fault *f)
{
	return f->vector != X86_TRAP_DB && f->vector != X86_TRAP_BP &&
	       f->vector != X86_TRAP_OF;
}

/*
 * User space has put a #BP or #OF there.  When an instruction at RIP is what
 * raises it, its handler returns behind that instruction.  Process context,
 * inside srcu.
 */
void hull_find_event_insn(struct hull_vcpu *vcpu);

/* Put back what an exit cut short in delivery.  From the run loop. */
void hull_requeue_event(struct hull_vcpu *vcpu, const struct hull_event *event);

/*
 * Choose what goes in next and hand it to the backend; open a window for what
 * has to wait.  Interrupts off, right before the entry.
 */
void hull_inject_events(struct hull_vcpu *vcpu);

/* The next entry hands the accepted interrupt to the hardware, if nothing else. */
bool hull_accepted_ready(struct hull_vcpu *vcpu);
/* It does: the interrupt becomes one in delivery. */
void hull_take_accepted(struct hull_events *ev);

/* An NMI waits that would go in before any interrupt. */
bool hull_nmi_ready(struct hull_vcpu *vcpu);

int hull_vcpu_interrupt(struct hull_vcpu *vcpu, u32 vector);
int hull_vcpu_nmi(struct hull_vcpu *vcpu);
void hull_get_vcpu_events(struct hull_vcpu *vcpu, struct kvm_vcpu_events *ev);
int hull_set_vcpu_events(struct hull_vcpu *vcpu, const struct kvm_vcpu_events *ev);

#endif
