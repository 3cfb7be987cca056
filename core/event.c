// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "backend.h"
#include "cpu/debug.h"
#include "cpu/regs.h"
#include "cpu/step.h"
#include "event.h"
#include "trace.h"
#include "vcpu.h"

#define NR_INTERRUPTS	256
#define DR7_GD		0x2000ull	/* general detect: MOV DR faults */

enum fault_class {
	BENIGN,
	CONTRIBUTORY,
	PAGE_FAULT,
};

/* APM vol. 2, #DF Double-Fault Exception: the classes. */
static enum fault_class classify(u8 vector)
{
	switch (vector) {
	case X86_TRAP_PF:
		return PAGE_FAULT;
	case X86_TRAP_DE:
	case X86_TRAP_TS:
	case X86_TRAP_NP:
	case X86_TRAP_SS:
	case X86_TRAP_GP:
		return CONTRIBUTORY;
	default:
		return BENIGN;
	}
}

/* Do two exceptions, the second while delivering the first, make a #DF? */
static bool is_double_fault(u8 first, u8 second)
{
	enum fault_class a = classify(first), b = classify(second);

	if (a == CONTRIBUTORY)
		return b == CONTRIBUTORY;
	return a == PAGE_FAULT && b != BENIGN;
}

void hull_deliver_payload(struct hull_vcpu *vcpu, struct hull_fault *f)
{
	if (!f->has_payload)
		return;
	f->has_payload = false;
	if (f->vector == X86_TRAP_PF) {
		vcpu->cr2 = f->payload;
	} else if (f->vector == X86_TRAP_DB) {
		/*
		 * DR6's B0-B3 are those of this exception; BD, BS, BT stay set
		 * until software clears them; RTM and BLD are active low.
		 */
		vcpu->dbg.dr6 &= ~(u64)DR_TRAP_BITS;
		vcpu->dbg.dr6 |= DR6_RESERVED;
		vcpu->dbg.dr6 |= f->payload;
		/* A breakpoint exception clears GD, so that its handler may look. */
		vcpu->dbg.dr7 &= ~(u64)DR7_GD;
		backend_update_debug(vcpu);
		hull_debug_clear_btf(vcpu);
	}
}

void hull_queue_fault(struct hull_vcpu *vcpu, const struct hull_fault *fault)
{
	struct hull_events *ev = &vcpu->ev;
	u8 first;

	if (!ev->exception_pending && !ev->exception_injected) {
		ev->exception = *fault;
		ev->exception_pending = true;
		return;
	}

	first = ev->exception.vector;
	if (first == X86_TRAP_DF && classify(fault->vector) != BENIGN) {
		ev->exception_pending = false;
		ev->exception_injected = false;
		ev->triple_fault = true;
		return;
	}
	if (is_double_fault(first, fault->vector)) {
		ev->exception = (struct hull_fault) {
			.vector = X86_TRAP_DF,
			.has_error = true,
		};
	} else {
		/* The first one is a benign event or comes again by itself. */
		ev->exception = *fault;
	}
	ev->exception_pending = true;
	ev->exception_injected = false;
}

void hull_queue_exception(struct hull_vcpu *vcpu, u8 vector)
{
	hull_queue_fault(vcpu, &(struct hull_fault) { .vector = vector });
}

void hull_queue_exception_error(struct hull_vcpu *vcpu, u8 vector, u32 error)
{
	hull_queue_fault(vcpu, &(struct hull_fault) {
		.vector = vector,
		.has_error = true,
		.error = error,
	});
}

void hull_queue_debug(struct hull_vcpu *vcpu, u64 dr6_bits)
{
	hull_queue_fault(vcpu, &(struct hull_fault) {
		.vector = X86_TRAP_DB,
		.has_payload = true,
		.payload = dr6_bits,
	});
}

void hull_requeue_event(struct hull_vcpu *vcpu, const struct hull_event *event)
{
	struct hull_events *ev = &vcpu->ev;

	hull_clear_injected(ev);
	switch (event->type) {
	case HULL_EVENT_NMI:
		ev->nmi_injected = true;
		/* Blocking begins with the delivery that did not come about. */
		backend_set_nmi_mask(vcpu, false);
		break;
	case HULL_EVENT_EXCEPTION:
	case HULL_EVENT_SOFT_EXCEPTION:
		ev->exception = (struct hull_fault) {
			.vector = event->vector,
			.has_error = event->has_error,
			.error = event->error,
			.insn_len = event->type == HULL_EVENT_SOFT_EXCEPTION ?
				    event->insn_len : 0,
		};
		ev->exception_pending = false;
		ev->exception_injected = true;
		break;
	case HULL_EVENT_INTERRUPT:
	case HULL_EVENT_SOFT_INTERRUPT:
		ev->irq = event->vector;
		ev->irq_injected = true;
		ev->soft = event->type == HULL_EVENT_SOFT_INTERRUPT;
		ev->soft_len = event->insn_len;
		break;
	}
}

/* Injection. */

static void inject_exception(struct hull_vcpu *vcpu)
{
	struct hull_events *ev = &vcpu->ev;
	struct hull_event event = {
		.type = ev->exception.insn_len ? HULL_EVENT_SOFT_EXCEPTION :
						 HULL_EVENT_EXCEPTION,
		.vector = ev->exception.vector,
		/* Real mode pushes no error codes. */
		.has_error = ev->exception.has_error &&
			     hull_cr0(vcpu) & X86_CR0_PE,
		.error = ev->exception.error,
		.insn_len = ev->exception.insn_len,
	};

	trace_hull_inject(vcpu, &event);
	backend_inject(vcpu, &event);
	vcpu->stats.injections++;
}

static void inject_simple(struct hull_vcpu *vcpu, u8 type, u8 vector)
{
	struct hull_event event = {
		.type = type,
		.vector = vector,
		.insn_len = type == HULL_EVENT_SOFT_INTERRUPT ? vcpu->ev.soft_len : 0,
	};

	trace_hull_inject(vcpu, &event);
	backend_inject(vcpu, &event);
	vcpu->stats.injections++;
}

static bool nmi_allowed(struct hull_vcpu *vcpu)
{
	return !backend_get_nmi_mask(vcpu) && !hull_shadow(vcpu);
}

bool hull_nmi_ready(struct hull_vcpu *vcpu)
{
	return vcpu->ev.nmi_pending && !(vcpu->dbg.flags & KVM_GUESTDBG_BLOCKIRQ) &&
	       nmi_allowed(vcpu);
}

bool hull_accepted_ready(struct hull_vcpu *vcpu)
{
	return vcpu->ev.irq_pending && hull_raw_rflags(vcpu) & X86_EFLAGS_IF &&
	       !hull_shadow(vcpu);
}

void hull_take_accepted(struct hull_events *ev)
{
	ev->irq_pending = false;
	ev->irq_injected = true;
	ev->irq = ev->accepted;
	ev->soft = false;
}

/* What was cut short in delivery comes first. */
static bool reinject(struct hull_vcpu *vcpu)
{
	struct hull_events *ev = &vcpu->ev;

	if (ev->exception_injected) {
		inject_exception(vcpu);
	} else if (ev->nmi_injected) {
		inject_simple(vcpu, HULL_EVENT_NMI, X86_TRAP_NMI);
		backend_set_nmi_mask(vcpu, true);
	} else if (ev->irq_injected) {
		inject_simple(vcpu, ev->soft ? HULL_EVENT_SOFT_INTERRUPT :
			      HULL_EVENT_INTERRUPT, ev->irq);
	} else {
		return false;
	}
	return true;
}

static void start_exception(struct hull_vcpu *vcpu)
{
	struct hull_events *ev = &vcpu->ev;

	if (hull_fault_saves_rf(&ev->exception))
		hull_set_raw_rflags(vcpu, hull_raw_rflags(vcpu) | X86_EFLAGS_RF);
	hull_deliver_payload(vcpu, &ev->exception);
	ev->exception_pending = false;
	ev->exception_injected = true;
	inject_exception(vcpu);
}

void hull_inject_events(struct hull_vcpu *vcpu)
{
	struct hull_events *ev = &vcpu->ev;
	bool busy = reinject(vcpu);

	if (!busy && ev->exception_pending) {
		start_exception(vcpu);
		busy = true;
	}
	if (ev->irq_pending) {
		if (!busy && hull_accepted_ready(vcpu)) {
			hull_take_accepted(ev);
			inject_simple(vcpu, HULL_EVENT_INTERRUPT, ev->irq);
			busy = true;
		} else {
			backend_irq_window(vcpu, true);
		}
	}
	if (ev->nmi_pending && !(vcpu->dbg.flags & KVM_GUESTDBG_BLOCKIRQ)) {
		if (!busy && nmi_allowed(vcpu)) {
			ev->nmi_pending--;
			ev->nmi_injected = true;
			inject_simple(vcpu, HULL_EVENT_NMI, X86_TRAP_NMI);
			backend_set_nmi_mask(vcpu, true);
			busy = true;
		}
		if (ev->nmi_pending)
			backend_nmi_window(vcpu, true);
	}
	if (vcpu->run->request_interrupt_window)
		backend_irq_window(vcpu, true);
}

/* Requests of user space. */

/* Exceptions that INT3 and INTO raise, and nothing else. */
static bool is_soft(u8 vector)
{
	return vector == X86_TRAP_BP || vector == X86_TRAP_OF;
}

void hull_find_event_insn(struct hull_vcpu *vcpu)
{
	struct hull_events *ev = &vcpu->ev;
	struct hull_step_insn insn;

	if (!ev->exception_pending && !ev->exception_injected)
		return;
	if (!is_soft(ev->exception.vector))
		return;
	/* What goes in before it takes the vCPU elsewhere. */
	if (!ev->exception_injected && (ev->nmi_injected || ev->irq_injected))
		return;
	insn = hull_step_insn_at_rip(vcpu);
	if (insn.kind == HULL_STEP_INT && insn.vector == ev->exception.vector)
		ev->exception.insn_len = insn.len;
}

int hull_vcpu_interrupt(struct hull_vcpu *vcpu, u32 vector)
{
	if (vector >= NR_INTERRUPTS)
		return -EINVAL;
	vcpu->ev.irq_pending = true;
	vcpu->ev.accepted = vector;
	return 0;
}

int hull_vcpu_nmi(struct hull_vcpu *vcpu)
{
	struct hull_events *ev = &vcpu->ev;
	/* One in service and one held, or two that follow each other. */
	u8 limit = ev->nmi_injected || backend_get_nmi_mask(vcpu) ? 1 : 2;

	if (ev->nmi_pending < limit)
		ev->nmi_pending++;
	return 0;
}

void hull_get_vcpu_events(struct hull_vcpu *vcpu, struct kvm_vcpu_events *e)
{
	struct hull_events *ev = &vcpu->ev;

	memset(e, 0, sizeof(*e));
	/* What the instruction at RIP has raised it raises again. */
	e->exception.injected = (ev->exception_pending || ev->exception_injected) &&
				!ev->exception.insn_len;
	/*
	 * Without KVM_CAP_EXCEPTION_PAYLOAD an exception that waits cannot be
	 * told from one in delivery: its payload goes to its register now.
	 */
	if (ev->exception_pending && e->exception.injected)
		hull_deliver_payload(vcpu, &ev->exception);
	e->exception.nr = ev->exception.vector;
	e->exception.has_error_code = ev->exception.has_error;
	e->exception.error_code = ev->exception.error;

	e->interrupt.injected = (ev->irq_injected && !ev->soft) || ev->irq_pending;
	e->interrupt.nr = ev->irq_pending ? ev->accepted : ev->irq;
	e->interrupt.shadow = hull_shadow(vcpu);

	e->nmi.injected = ev->nmi_injected;
	e->nmi.pending = ev->nmi_pending;
	e->nmi.masked = backend_get_nmi_mask(vcpu);

	e->flags = KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW;
}

#define EVENT_FLAGS							\
	(KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SIPI_VECTOR | \
	 KVM_VCPUEVENT_VALID_SHADOW | KVM_VCPUEVENT_VALID_SMM)

int hull_set_vcpu_events(struct hull_vcpu *vcpu, const struct kvm_vcpu_events *e)
{
	struct hull_events *ev = &vcpu->ev;

	if (e->flags & ~EVENT_FLAGS)
		return -EINVAL;
	if (e->exception.injected &&
	    (e->exception.nr > 31 || e->exception.nr == X86_TRAP_NMI))
		return -EINVAL;
	/* There is no system management mode to be in. */
	if (e->flags & KVM_VCPUEVENT_VALID_SMM &&
	    (e->smi.smm || e->smi.pending || e->smi.smm_inside_nmi))
		return -EINVAL;

	ev->exception_pending = false;
	ev->exception_injected = e->exception.injected;
	ev->exception = (struct hull_fault) {
		.vector = e->exception.nr,
		.has_error = e->exception.has_error_code,
		.error = e->exception.error_code,
	};
	ev->soft = false;
	/*
	 * One that was cut short in delivery and one that was accepted look the same.
	 * The former finds IF set, and goes in at once, too.
	 */
	ev->irq_injected = false;
	ev->irq_pending = e->interrupt.injected;
	ev->accepted = e->interrupt.nr;
	if (e->flags & KVM_VCPUEVENT_VALID_SHADOW)
		hull_set_shadow(vcpu, e->interrupt.shadow);
	ev->nmi_injected = e->nmi.injected;
	if (e->flags & KVM_VCPUEVENT_VALID_NMI_PENDING)
		ev->nmi_pending = min_t(u8, e->nmi.pending, 2);
	backend_set_nmi_mask(vcpu, e->nmi.masked);
	/* Registers and memory may be set after this. */
	if (e->exception.injected && is_soft(e->exception.nr))
		hull_request(vcpu, HULL_REQ_EVENT_INSN);
	return 0;
}
