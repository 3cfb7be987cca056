// SPDX-License-Identifier: GPL-2.0
/*
 * Single-stepping that the guest cannot see.
 *
 * The hardware steps by TF, and TF is in the guest's RFLAGS, where three kinds
 * of instruction and every event would show it or lose it:
 *
 *  - PUSHF writes it to the stack.  It is taken out of there when the
 *    instruction is complete.
 *  - POPF, IRET and SYSRET load it.  What they load is the guest's own TF from
 *    then on; ours is set again before the next entry.
 *  - SYSCALL saves it in R11 and may mask it away; an event, INT n included,
 *    saves it in its frame and clears it for its handler, so that the step
 *    would end only after the handler.  Both are done by software while
 *    stepping, and the step ends at the first instruction of the handler.
 *
 * An exception that the guest raises exits while user space steps, and then is
 * such an event.
 */
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <asm/debugreg.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "../backend.h"
#include "../event.h"
#include "../mem/mem.h"
#include "../vcpu.h"
#include "debug.h"
#include "deliver.h"
#include "regs.h"
#include "segment.h"
#include "step.h"

#define MAX_INSN	15
#define TF_BYTE		1		/* of a flags image */
#define TF_IN_BYTE	(X86_EFLAGS_TF >> 8)

static bool is_prefix(u8 byte, bool is_64bit)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x3e:	/* segments */
	case 0x64: case 0x65:
	case 0x66: case 0x67:				/* sizes */
	case 0xf0: case 0xf2: case 0xf3:
		return true;
	default:
		return is_64bit && (byte & 0xf0) == 0x40;	/* REX */
	}
}

struct hull_step_insn hull_step_classify(const u8 *bytes, unsigned int n, bool is_64bit)
{
	struct hull_step_insn insn = { .kind = HULL_STEP_PLAIN };
	unsigned int i = 0;
	u8 next;

	while (i < n && is_prefix(bytes[i], is_64bit))
		i++;
	if (i == n)
		return insn;
	next = i + 1 < n ? bytes[i + 1] : 0;

	switch (bytes[i]) {
	case 0x9c:				/* PUSHF */
		insn.kind = HULL_STEP_PUSHES;
		break;
	case 0x9d:				/* POPF */
	case 0xcf:				/* IRET */
		insn.kind = HULL_STEP_LOADS;
		break;
	case 0x0f:
		if (next == 0x05) {
			insn.kind = HULL_STEP_SYSCALL;
			insn.len = i + 2;
		} else if (next == 0x07) {	/* SYSRET */
			insn.kind = HULL_STEP_LOADS;
		}
		break;
	case 0xcc:				/* INT3 */
	case 0xce:				/* INTO, not in 64-bit mode */
		if (bytes[i] == 0xce && is_64bit)
			break;
		insn.kind = HULL_STEP_INT;
		insn.vector = bytes[i] == 0xcc ? X86_TRAP_BP : X86_TRAP_OF;
		insn.len = i + 1;
		break;
	case 0xf1:				/* INT1 */
		insn.kind = HULL_STEP_INT1;
		insn.vector = X86_TRAP_DB;
		insn.len = i + 1;
		break;
	case 0xcd:				/* INT n */
		if (i + 1 == n)
			break;
		insn.kind = HULL_STEP_INT;
		insn.vector = next;
		insn.is_int_n = true;
		insn.len = i + 2;
		break;
	}
	return insn;
}

/* Bytes at RIP, as many as its page has of them; how many. */
static unsigned int fetch(struct hull_vcpu *vcpu, u8 *bytes)
{
	u8 access = HULL_ACC_EXEC | (backend_get_cpl(vcpu) == 3 ? HULL_ACC_USER : 0);
	u64 rip = hull_linear_rip(vcpu);
	unsigned int n = min_t(u64, MAX_INSN, PAGE_SIZE - offset_in_page(rip));
	struct hull_fault fault;

	if (hull_gva_read(vcpu, rip, bytes, n, access, &fault))
		return 0;
	if (n == MAX_INSN ||
	    hull_gva_read(vcpu, rip + n, bytes + n, MAX_INSN - n, access, &fault))
		return n;
	return MAX_INSN;
}

struct hull_step_insn hull_step_insn_at_rip(struct hull_vcpu *vcpu)
{
	u8 bytes[MAX_INSN];

	return hull_step_classify(bytes, fetch(vcpu, bytes), hull_is_64bit(vcpu));
}

static void set_tf(struct hull_vcpu *vcpu, bool on)
{
	u64 rflags = hull_raw_rflags(vcpu) & ~(u64)X86_EFLAGS_TF;

	hull_set_raw_rflags(vcpu, on ? rflags | X86_EFLAGS_TF : rflags);
}

static void take_exception(struct hull_vcpu *vcpu, struct hull_delivery *d)
{
	struct hull_events *ev = &vcpu->ev;

	if (ev->exception_pending) {
		hull_deliver_payload(vcpu, &ev->exception);
		if (hull_fault_saves_rf(&ev->exception))
			d->rflags |= X86_EFLAGS_RF;
	}
	/* A fault from here on is one during its delivery. */
	ev->exception_pending = false;
	ev->exception_injected = true;
	d->vector = ev->exception.vector;
	d->has_error = ev->exception.has_error && (hull_cr0(vcpu) & X86_CR0_PE);
	d->error = ev->exception.error;
	/* INT1's is one that no gate's privilege stops. */
	d->soft = ev->exception.insn_len && d->vector != X86_TRAP_DB;
	d->rip += ev->exception.insn_len;
}

/* The event that the next entry would deliver, in the order of event.c. */
static bool take_event(struct hull_vcpu *vcpu, struct hull_delivery *d)
{
	struct hull_events *ev = &vcpu->ev;

	*d = (struct hull_delivery) {
		.rip = hull_rip(vcpu), .rflags = hull_get_rflags(vcpu),
	};
	if (ev->exception_injected) {
		take_exception(vcpu, d);
	} else if (ev->nmi_injected) {
		d->vector = X86_TRAP_NMI;
	} else if (ev->irq_injected) {
		d->vector = ev->irq;
		d->soft = ev->soft;
		if (ev->soft)
			d->rip += ev->soft_len;
	} else if (ev->exception_pending) {
		take_exception(vcpu, d);
	} else if (hull_accepted_ready(vcpu)) {
		hull_take_accepted(ev);
		d->vector = ev->irq;
	} else if (hull_nmi_ready(vcpu)) {
		ev->nmi_pending--;
		ev->nmi_injected = true;
		d->vector = X86_TRAP_NMI;
	} else {
		return false;
	}
	return true;
}

static void event_done(struct hull_vcpu *vcpu)
{
	if (vcpu->ev.nmi_injected)
		backend_set_nmi_mask(vcpu, true);
	hull_clear_injected(&vcpu->ev);
}

/* An interrupt that faults in delivery gives way to the fault. */
static void event_faulted(struct hull_vcpu *vcpu, const struct hull_fault *fault)
{
	vcpu->ev.nmi_injected = false;
	vcpu->ev.irq_injected = false;
	hull_queue_fault(vcpu, fault);
}

static enum hull_run step_done(struct hull_vcpu *vcpu)
{
	if (hull_shadow(vcpu))
		hull_set_shadow(vcpu, 0);
	hull_debug_stop(vcpu, X86_TRAP_DB, DR_STEP);
	return HULL_RUN_USER;
}

/*
 * Deliver what is due, and what comes of its delivery: at most a fault, a
 * double fault and the end.
 */
static enum hull_run deliver_events(struct hull_vcpu *vcpu)
{
	struct hull_delivery d;
	struct hull_fault fault;
	int r;

	while (take_event(vcpu, &d)) {
		r = hull_deliver(vcpu, &d, &fault);
		if (r < 0)
			return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_DELIVERY_EV);
		if (!r) {
			event_done(vcpu);
			return step_done(vcpu);
		}
		event_faulted(vcpu, &fault);
	}
	return HULL_RUN_RESUME;
}

/* Is it an INT that delivers its event, and not one that user space wants? */
static bool takes_int(struct hull_vcpu *vcpu, const struct hull_step_insn *insn)
{
	if (insn->kind != HULL_STEP_INT)
		return false;
	/* In virtual-8086 mode IOPL and a bitmap in the TSS may redirect it. */
	if (hull_raw_rflags(vcpu) & X86_EFLAGS_VM)
		return false;
	if (insn->is_int_n)
		return true;
	if (insn->vector == X86_TRAP_OF)
		return hull_raw_rflags(vcpu) & X86_EFLAGS_OF;
	return !(vcpu->dbg.flags & KVM_GUESTDBG_USE_SW_BP);
}

static enum hull_run step_int(struct hull_vcpu *vcpu, const struct hull_step_insn *insn)
{
	const struct hull_delivery d = {
		.vector = insn->vector,
		.soft = true,
		.rip = hull_rip(vcpu) + insn->len,
		.rflags = hull_get_rflags(vcpu),
	};
	struct hull_fault fault;
	int r = hull_deliver(vcpu, &d, &fault);

	if (r < 0)
		return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_DELIVERY_EV);
	if (!r)
		return step_done(vcpu);
	hull_queue_fault(vcpu, &fault);
	return deliver_events(vcpu);
}

/* APM vol. 3, SYSCALL, in long mode.  RESUME: not by software. */
static enum hull_run step_syscall(struct hull_vcpu *vcpu, u8 len)
{
	const struct hull_segment flat = { .limit = 0xffffffff };
	struct hull_segment cs = flat, ss = flat;
	bool trap = vcpu->dbg.guest_tf;
	u64 star, target, mask, rflags = hull_get_rflags(vcpu);

	if (!(vcpu->efer & EFER_SCE) || !hull_is_long_mode(vcpu))
		return HULL_RUN_RESUME;
	/* Intel has it in 64-bit mode only; elsewhere it is #UD, by the CPU. */
	if (!hull_is_64bit(vcpu) && !hull_backend->caps->amd)
		return HULL_RUN_RESUME;
	if (backend_read_msr(vcpu, MSR_STAR, &star) ||
	    backend_read_msr(vcpu, hull_is_64bit(vcpu) ? MSR_LSTAR : MSR_CSTAR, &target) ||
	    backend_read_msr(vcpu, MSR_SYSCALL_MASK, &mask))
		return HULL_RUN_RESUME;

	hull_set_gpr(vcpu, HULL_RCX, hull_rip(vcpu) + len);
	hull_set_gpr(vcpu, HULL_R11, rflags & ~(u64)X86_EFLAGS_RF);
	cs.selector = star >> 32 & ~HULL_SEL_RPL;
	cs.attr = HULL_ATTR_P | HULL_ATTR_S | HULL_ATTR_L | HULL_ATTR_G |
		  HULL_TYPE_CODE | HULL_TYPE_WRITE | HULL_TYPE_ACCESSED;
	ss.selector = cs.selector + 8;
	ss.attr = HULL_ATTR_P | HULL_ATTR_S | HULL_ATTR_DB | HULL_ATTR_G |
		  HULL_TYPE_WRITE | HULL_TYPE_ACCESSED;
	backend_set_segment(vcpu, HULL_SEG_CS, &cs);
	backend_set_segment(vcpu, HULL_SEG_SS, &ss);
	hull_set_rip(vcpu, target);
	hull_set_rflags(vcpu, (rflags & ~(mask | X86_EFLAGS_RF)) | X86_EFLAGS_FIXED);
	if (trap && vcpu->dbg.guest_tf)
		hull_queue_debug(vcpu, DR_STEP);
	return step_done(vcpu);
}

enum hull_run hull_step_prepare(struct hull_vcpu *vcpu)
{
	struct hull_step_insn insn;
	enum hull_run r;

	vcpu->dbg.step_class = HULL_STEP_PLAIN;
	r = deliver_events(vcpu);
	if (r != HULL_RUN_RESUME || vcpu->ev.triple_fault)
		return r;

	set_tf(vcpu, true);
	insn = hull_step_insn_at_rip(vcpu);
	if (takes_int(vcpu, &insn))
		return step_int(vcpu, &insn);
	if (insn.kind == HULL_STEP_INT1) {
		hull_queue_fault(vcpu, &(struct hull_fault) {
			.vector = X86_TRAP_DB,
			.has_payload = true,
			.insn_len = insn.len,
		});
		return deliver_events(vcpu);
	}
	if (insn.kind == HULL_STEP_SYSCALL)
		return step_syscall(vcpu, insn.len);
	vcpu->dbg.step_class = insn.kind;
	return HULL_RUN_RESUME;
}

/* TF in the image that PUSHF has put on the stack. */
static void fix_stack_image(struct hull_vcpu *vcpu)
{
	u8 access = backend_get_cpl(vcpu) == 3 ? HULL_ACC_USER : 0;
	u64 sp = hull_gpr(vcpu, HULL_RSP);
	struct hull_segment ss;
	struct hull_fault fault;
	u8 byte;

	if (!hull_is_64bit(vcpu)) {
		backend_get_segment(vcpu, HULL_SEG_SS, &ss);
		sp &= ss.attr & HULL_ATTR_DB ? 0xffffffff : 0xffff;
		sp = (u32)(ss.base + sp);
	}
	sp += TF_BYTE;
	if (hull_gva_read(vcpu, sp, &byte, 1, HULL_ACC_READ | access, &fault))
		return;
	byte &= ~TF_IN_BYTE;
	if (vcpu->dbg.guest_tf)
		byte |= TF_IN_BYTE;
	hull_gva_write(vcpu, sp, &byte, 1, HULL_ACC_WRITE | access, &fault);
}

void hull_step_finish(struct hull_vcpu *vcpu)
{
	struct hull_debug *dbg = &vcpu->dbg;

	if (dbg->step_class == HULL_STEP_PUSHES)
		fix_stack_image(vcpu);
	else if (dbg->step_class == HULL_STEP_LOADS)
		dbg->guest_tf = hull_raw_rflags(vcpu) & X86_EFLAGS_TF;
	dbg->step_class = HULL_STEP_PLAIN;
	set_tf(vcpu, true);
}
