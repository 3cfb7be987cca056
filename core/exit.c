// SPDX-License-Identifier: GPL-2.0
/*
 * What to do about an exit: one handler for each kind, for both vendors.
 *
 * A handler marked FAST never sleeps, and runs right after the exit with
 * interrupts off; all others run with interrupts and preemption on.
 */
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <linux/uaccess.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "backend.h"
#include "cpu/cpuid.h"
#include "cpu/debug.h"
#include "cpu/msr.h"
#include "cpu/regs.h"
#include "cpu/tsc.h"
#include "cpu/xstate.h"
#include "owner.h"
#include "run.h"
#include "trace.h"
#include "vcpu.h"

static enum hull_run general_protection(struct hull_vcpu *vcpu)
{
	hull_queue_exception_error(vcpu, X86_TRAP_GP, 0);
	return HULL_RUN_RESUME;
}

static bool know_length(struct hull_vcpu *vcpu)
{
	if (likely(vcpu->exit.insn_len))
		return true;
	vcpu->exit.insn_len = hull_insn_length(vcpu);
	return vcpu->exit.insn_len;
}

enum hull_run hull_skip_insn(struct hull_vcpu *vcpu)
{
	u64 rflags = hull_raw_rflags(vcpu);
	u64 old = hull_rip(vcpu), rip;

	if (!know_length(vcpu))
		return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION);
	rip = old + vcpu->exit.insn_len;
	/* EIP wraps outside 64-bit mode. */
	if (unlikely((rip ^ old) >> 32) && !hull_is_64bit(vcpu))
		rip = (u32)rip;
	hull_set_rip(vcpu, rip);
	if (rflags & X86_EFLAGS_RF)
		hull_set_raw_rflags(vcpu, rflags & ~(u64)X86_EFLAGS_RF);
	if (backend_get_shadow(vcpu))
		backend_set_shadow(vcpu, 0);
	if (unlikely(rflags & X86_EFLAGS_TF) && hull_debug_step(vcpu))
		return HULL_RUN_USER;
	return HULL_RUN_RESUME;
}

/* Exits to user space. */

enum hull_run hull_internal_error(struct hull_vcpu *vcpu, u32 suberror)
{
	const struct hull_emul *e = &vcpu->emul;
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->internal.suberror = suberror;
	if (suberror == KVM_INTERNAL_ERROR_EMULATION) {
		memset(&run->emulation_failure, 0, sizeof(run->emulation_failure));
		run->emulation_failure.suberror = suberror;
		/* Flags, and the size and bytes in two words. */
		run->emulation_failure.ndata = 3;
		run->emulation_failure.flags =
			KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
		run->emulation_failure.insn_size = e->nr_bytes;
		memset(run->emulation_failure.insn_bytes, 0x90,
		       sizeof(run->emulation_failure.insn_bytes));
		memcpy(run->emulation_failure.insn_bytes, e->bytes, e->nr_bytes);
	} else {
		run->internal.ndata = 4;
		run->internal.data[0] = vcpu->exit.hw_reason;
		run->internal.data[1] = vcpu->exit.hw_info[0];
		run->internal.data[2] = vcpu->exit.hw_info[1];
		run->internal.data[3] = vcpu->last_cpu;
	}
	return HULL_RUN_USER;
}

static enum hull_run handle_unknown(struct hull_vcpu *vcpu)
{
	backend_dump(vcpu);
	return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON);
}

static enum hull_run handle_fail_entry(struct hull_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	trace_hull_fail_entry(vcpu);
	/* Of a machine that restarts there is nothing to find out. */
	if (!hull_owner_down())
		backend_dump(vcpu);
	run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	run->fail_entry.hardware_entry_failure_reason = vcpu->exit.hw_reason;
	run->fail_entry.cpu = vcpu->last_cpu;
	return HULL_RUN_USER;
}

static enum hull_run handle_triple_fault(struct hull_vcpu *vcpu)
{
	/* What led to it is gone when user space sets the vCPU up afresh. */
	memset(&vcpu->ev, 0, sizeof(vcpu->ev));
	vcpu->run->exit_reason = KVM_EXIT_SHUTDOWN;
	return HULL_RUN_USER;
}

static enum hull_run handle_hlt(struct hull_vcpu *vcpu)
{
	enum hull_run r = hull_skip_insn(vcpu);

	if (r != HULL_RUN_RESUME)
		return r;
	vcpu->stats.halts++;
	vcpu->run->exit_reason = KVM_EXIT_HLT;
	return HULL_RUN_USER;
}

/* Exits that need nothing. */

static enum hull_run handle_nothing(struct hull_vcpu *vcpu)
{
	return HULL_RUN_RESUME;
}

static enum hull_run handle_irq_window(struct hull_vcpu *vcpu)
{
	backend_irq_window(vcpu, false);
	return HULL_RUN_RESUME;
}

static enum hull_run handle_nmi_window(struct hull_vcpu *vcpu)
{
	backend_nmi_window(vcpu, false);
	return HULL_RUN_RESUME;
}

static enum hull_run handle_skip(struct hull_vcpu *vcpu)
{
	return hull_skip_insn(vcpu);
}

/* Exceptions. */

static enum hull_run handle_exception(struct hull_vcpu *vcpu)
{
	const struct hull_fault *f = &vcpu->exit.exception;

	/*
	 * The first use of the FPU.  Whether it is to fault by the guest's own
	 * CR0 the processor finds out when the instruction is tried again.
	 */
	if (f->vector == X86_TRAP_NM && !vcpu->fpu_loaded) {
		hull_fpu_load(vcpu);
		return HULL_RUN_RESUME;
	}
	if ((f->vector == X86_TRAP_DB || f->vector == X86_TRAP_BP) &&
	    hull_debug_exception(vcpu, f->vector, f->payload))
		return HULL_RUN_USER;
	/* An interrupt that faults in delivery gives way to the fault. */
	if (vcpu->exit.vectoring.type != HULL_EVENT_NONE) {
		vcpu->ev.irq_injected = false;
		vcpu->ev.nmi_injected = false;
	}
	hull_queue_fault(vcpu, f);
	return HULL_RUN_RESUME;
}

static enum hull_run handle_undefined(struct hull_vcpu *vcpu)
{
	hull_queue_exception(vcpu, X86_TRAP_UD);
	return HULL_RUN_RESUME;
}

static enum hull_run handle_rdpmc(struct hull_vcpu *vcpu)
{
	/* No counters: every index is out of range. */
	return general_protection(vcpu);
}

/* Instructions. */

static enum hull_run handle_cpuid(struct hull_vcpu *vcpu)
{
	hull_execute_cpuid(vcpu);
	return hull_skip_insn(vcpu);
}

static enum hull_run handle_msr(struct hull_vcpu *vcpu)
{
	bool write = vcpu->exit.msr.write;
	u32 index = vcpu->gpr[HULL_RCX];
	u64 value = 0;
	int r;

	if (write) {
		value = (u32)vcpu->gpr[HULL_RAX] | vcpu->gpr[HULL_RDX] << 32;
		r = hull_write_msr(vcpu, index, value, false);
	} else {
		r = hull_read_msr(vcpu, index, &value, false);
	}
	trace_hull_msr(vcpu, write, index, value, r);
	if (r)
		return general_protection(vcpu);
	if (!write) {
		vcpu->gpr[HULL_RAX] = (u32)value;
		vcpu->gpr[HULL_RDX] = value >> 32;
	}
	return hull_skip_insn(vcpu);
}

static enum hull_run handle_rdtsc(struct hull_vcpu *vcpu)
{
	u64 tsc = hull_guest_tsc(vcpu, rdtsc());
	u64 aux;

	if (vcpu->exit.rdtsc.with_aux) {
		if (hull_read_msr(vcpu, MSR_TSC_AUX, &aux, true))
			return handle_undefined(vcpu);
		vcpu->gpr[HULL_RCX] = (u32)aux;
	}
	vcpu->gpr[HULL_RAX] = (u32)tsc;
	vcpu->gpr[HULL_RDX] = tsc >> 32;
	return hull_skip_insn(vcpu);
}

static enum hull_run handle_xsetbv(struct hull_vcpu *vcpu)
{
	u64 value = (u32)vcpu->gpr[HULL_RAX] | vcpu->gpr[HULL_RDX] << 32;

	if (backend_get_cpl(vcpu) ||
	    hull_write_xcr(vcpu, vcpu->gpr[HULL_RCX], value))
		return general_protection(vcpu);
	return hull_skip_insn(vcpu);
}

/* Kernel documentation, virt/kvm/x86/hypercalls: numbers and results. */
static enum hull_run handle_hypercall(struct hull_vcpu *vcpu)
{
	u64 nr = vcpu->gpr[HULL_RAX];
	bool wide = hull_is_64bit(vcpu);
	long r = -KVM_ENOSYS;

	if (!wide)
		nr = (u32)nr;
	if (backend_get_cpl(vcpu))
		r = -KVM_EPERM;
	else if (nr == KVM_HC_VAPIC_POLL_IRQ)
		r = 0;
	vcpu->gpr[HULL_RAX] = wide ? r : (u32)r;
	return hull_skip_insn(vcpu);
}

static enum hull_run handle_invlpg(struct hull_vcpu *vcpu)
{
	u64 gva = vcpu->exit.invlpg.gva;

	if (!vcpu->exit.invlpg.known) {
		if (!hull_decode_insn(vcpu))
			return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION);
		gva = vcpu->emul.insn.linear;
		vcpu->exit.insn_len = vcpu->emul.insn.len;
	}
	preempt_disable();
	backend_flush_gva(vcpu, gva);
	preempt_enable();
	return hull_skip_insn(vcpu);
}

/* Control registers (SDM vol. 2 and APM vol. 3: MOV CRn, CLTS, LMSW, SMSW). */

#define OPCODE_CLTS	0x06
#define OPCODE_GROUP7	0x01	/* /4: SMSW, /6: LMSW */
#define GROUP7_SMSW	4
#define OPCODE_READ_CR	0x20
#define OPCODE_READ_DR	0x21
#define OPCODE_WRITE_CR	0x22
#define OPCODE_WRITE_DR	0x23

/* Source operand of LMSW: 0, 1 fault queued, -EFAULT. */
static int read_lmsw_operand(struct hull_vcpu *vcpu, u16 *value)
{
	struct hull_emul *e = &vcpu->emul;
	struct hull_fault fault;
	u64 linear;
	int r;

	if (!e->insn.is_mem) {
		*value = hull_gpr(vcpu, e->insn.rm);
		return 0;
	}
	if (hull_emul_linear(e, 2, HULL_ACCESS_READ, &linear) != HULL_EMUL_OK) {
		hull_queue_fault(vcpu, &e->fault);
		return 1;
	}
	r = hull_gva_read(vcpu, linear, value, 2, HULL_ACC_READ, &fault);
	if (r > 0)
		hull_queue_fault(vcpu, &fault);
	return r;
}

/*
 * SMSW: to memory always 16 bits, to a register as many of CR0 as the operand
 * has.  Unlike MOV from CR0 it is for every privilege level, unless UMIP.
 */
static enum hull_run store_msw(struct hull_vcpu *vcpu)
{
	struct hull_emul *e = &vcpu->emul;
	u64 cr0 = hull_cr0(vcpu), linear;
	u16 msw = cr0;
	struct hull_fault fault;
	int r;

	if (hull_cr4(vcpu) & X86_CR4_UMIP && backend_get_cpl(vcpu))
		return general_protection(vcpu);
	if (!e->insn.is_mem) {
		if (e->insn.op_bytes == 2)
			cr0 = (hull_gpr(vcpu, e->insn.rm) & ~0xffffull) | msw;
		else if (e->insn.op_bytes == 4)
			cr0 = (u32)cr0;
		hull_set_gpr(vcpu, e->insn.rm, cr0);
		return hull_skip_insn(vcpu);
	}
	if (hull_emul_linear(e, sizeof(msw), HULL_ACCESS_WRITE, &linear) != HULL_EMUL_OK) {
		hull_queue_fault(vcpu, &e->fault);
		return HULL_RUN_RESUME;
	}
	r = hull_gva_write(vcpu, linear, &msw, sizeof(msw),
			   HULL_ACC_WRITE | (e->cpl == 3 ? HULL_ACC_USER : 0), &fault);
	if (r < 0)
		return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION);
	if (r) {
		hull_queue_fault(vcpu, &fault);
		return HULL_RUN_RESUME;
	}
	return hull_skip_insn(vcpu);
}

/* Fill in what hardware without decode assists leaves out: 0, 1, -EFAULT. */
static int decode_cr(struct hull_vcpu *vcpu)
{
	const struct hull_insn *insn = &vcpu->emul.insn;
	struct hull_exit *x = &vcpu->exit;

	if (!hull_decode_insn(vcpu))
		return -EFAULT;
	x->insn_len = insn->len;
	x->cr.cr = insn->reg;
	x->cr.gpr = insn->rm;
	switch (insn->opcode) {
	case OPCODE_READ_CR:
		x->cr.op = HULL_CR_READ;
		break;
	case OPCODE_WRITE_CR:
		x->cr.op = HULL_CR_WRITE;
		break;
	case OPCODE_CLTS:
		x->cr.op = HULL_CR_CLTS;
		break;
	case OPCODE_GROUP7:
		if ((insn->reg & 7) == GROUP7_SMSW) {
			x->cr.op = HULL_CR_SMSW;
			return 0;
		}
		x->cr.op = HULL_CR_LMSW;
		return read_lmsw_operand(vcpu, &x->cr.value);
	default:
		return -EFAULT;
	}
	return 0;
}

static int write_cr(struct hull_vcpu *vcpu, int cr, u64 value)
{
	switch (cr) {
	case 0:
		return hull_write_cr0(vcpu, value);
	case 3:
		return hull_write_cr3(vcpu, value);
	case 4:
		return hull_write_cr4(vcpu, value);
	case 8:
		return hull_write_cr8(vcpu, value);
	default:
		return 1;
	}
}

/* A lower task priority may let an interrupt through that user space holds. */
static enum hull_run write_cr8(struct hull_vcpu *vcpu, u64 value)
{
	u64 before = vcpu->cr8;
	enum hull_run r;

	if (hull_write_cr8(vcpu, value))
		return general_protection(vcpu);
	r = hull_skip_insn(vcpu);
	if (r != HULL_RUN_RESUME || value >= before)
		return r;
	vcpu->run->exit_reason = KVM_EXIT_SET_TPR;
	return HULL_RUN_USER;
}

static enum hull_run handle_cr(struct hull_vcpu *vcpu)
{
	struct hull_exit *x = &vcpu->exit;
	u64 value;
	int r = 0;

	/* Likely for the sake of TS alone: try again with the FPU open. */
	if (x->cr.cr == 0 && !vcpu->fpu_loaded) {
		hull_fpu_load(vcpu);
		return HULL_RUN_RESUME;
	}
	if (!x->cr.known)
		r = decode_cr(vcpu);
	if (r > 0)
		return HULL_RUN_RESUME;
	if (r < 0)
		return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION);

	switch (x->cr.op) {
	case HULL_CR_READ:
		value = hull_read_cr(vcpu, x->cr.cr);
		if (!hull_is_64bit(vcpu))
			value = (u32)value;
		hull_set_gpr(vcpu, x->cr.gpr, value);
		break;
	case HULL_CR_WRITE:
		value = hull_gpr(vcpu, x->cr.gpr);
		if (!hull_is_64bit(vcpu))
			value = (u32)value;
		if (x->cr.cr == 8)
			return write_cr8(vcpu, value);
		r = write_cr(vcpu, x->cr.cr, value);
		break;
	case HULL_CR_CLTS:
		r = hull_write_cr0(vcpu, hull_cr0(vcpu) & ~(u64)X86_CR0_TS);
		break;
	case HULL_CR_LMSW:
		/* PE can be set by it and not cleared. */
		value = (hull_cr0(vcpu) & ~0xeull) | (x->cr.value & 0xf);
		r = hull_write_cr0(vcpu, value);
		break;
	case HULL_CR_SMSW:
		return store_msw(vcpu);
	default:
		return handle_unknown(vcpu);
	}
	if (r)
		return general_protection(vcpu);
	/* CR4 has a say in it. */
	if (!hull_fpu_traps(vcpu))
		hull_fpu_load(vcpu);
	return hull_skip_insn(vcpu);
}

static enum hull_run handle_dr(struct hull_vcpu *vcpu)
{
	struct hull_exit *x = &vcpu->exit;
	struct hull_fault fault;
	u64 value;
	int r;

	if (!x->dr.known) {
		if (!hull_decode_insn(vcpu))
			return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION);
		x->insn_len = vcpu->emul.insn.len;
		x->dr.dr = vcpu->emul.insn.reg;
		x->dr.gpr = vcpu->emul.insn.rm;
		x->dr.write = vcpu->emul.insn.opcode == OPCODE_WRITE_DR;
	}
	if (x->dr.write) {
		value = hull_gpr(vcpu, x->dr.gpr);
		if (!hull_is_64bit(vcpu))
			value = (u32)value;
		r = hull_write_dr(vcpu, x->dr.dr, value, &fault);
	} else {
		r = hull_read_dr(vcpu, x->dr.dr, &value, &fault);
		if (!r)
			hull_set_gpr(vcpu, x->dr.gpr, value);
	}
	if (r) {
		hull_queue_fault(vcpu, &fault);
		return HULL_RUN_RESUME;
	}
	return hull_skip_insn(vcpu);
}

/* Memory and ports. */

static enum hull_run handle_s2_fault(struct hull_vcpu *vcpu)
{
	const struct hull_exit *x = &vcpu->exit;
	enum hull_s2_result result;
	int err = 0;

	result = hull_s2_fault(vcpu, x->s2.gpa, x->s2.access, &err);
	trace_hull_page_fault(vcpu, x->s2.gpa, x->s2.access, result);
	switch (result) {
	case HULL_S2_MAPPED:
		return HULL_RUN_RESUME;
	case HULL_S2_MMIO:
	case HULL_S2_READONLY:
		/* A device cannot answer for the guest's IDT or stack. */
		if (x->vectoring.type != HULL_EVENT_NONE)
			return hull_internal_error(vcpu,
						   KVM_INTERNAL_ERROR_DELIVERY_EV);
		return hull_emulate(vcpu);
	case HULL_S2_SIGNAL:
		vcpu->run->exit_reason = KVM_EXIT_INTR;
		vcpu->run_error = -EINTR;
		return HULL_RUN_ERROR;
	case HULL_S2_ERROR:
		break;
	}
	vcpu->run_error = err;
	return HULL_RUN_ERROR;
}

/* OUT to this port is complete when user space sees it, as KVM's is. */
#define PORT_EARLY_SKIP	0x7e

static enum hull_run handle_pio(struct hull_vcpu *vcpu)
{
	const struct hull_exit *x = &vcpu->exit;
	struct kvm_run *run = vcpu->run;
	enum hull_run r;

	if (x->pio.string)
		return hull_emulate(vcpu);

	trace_hull_pio(vcpu, x->pio.in, x->pio.port, x->pio.size, 1);
	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = x->pio.in ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
	run->io.size = x->pio.size;
	run->io.port = x->pio.port;
	run->io.count = 1;
	run->io.data_offset = PAGE_SIZE;
	vcpu->pio.size = x->pio.size;
	vcpu->pio.rip = hull_rip(vcpu);
	if (x->pio.in) {
		vcpu->pending_io = HULL_IO_PIO_IN;
		return HULL_RUN_USER;
	}
	memcpy(vcpu->pio_data, &vcpu->gpr[HULL_RAX], x->pio.size);
	vcpu->pending_io = HULL_IO_PIO_OUT;
	if (x->pio.port == PORT_EARLY_SKIP) {
		vcpu->pending_io = HULL_IO_NONE;
		r = hull_skip_insn(vcpu);
		if (r != HULL_RUN_RESUME)
			return r;
	}
	return HULL_RUN_USER;
}

/* Was the switch caused by an instruction, which then is complete? */
static bool task_switch_by_insn(const struct hull_exit *x)
{
	const struct hull_event *v = &x->vectoring;

	if (x->task.reason != HULL_TASK_GATE)
		return true;
	return v->type == HULL_EVENT_SOFT_INTERRUPT ||
	       v->type == HULL_EVENT_SOFT_EXCEPTION;
}

static enum hull_run handle_task_switch(struct hull_vcpu *vcpu)
{
	const struct hull_exit *x = &vcpu->exit;
	struct hull_events *ev = &vcpu->ev;
	struct hull_fault fault;
	int r;

	if (task_switch_by_insn(x) && !know_length(vcpu))
		return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION);
	/* The gate's event arrives by the switch itself. */
	ev->exception_injected = false;
	ev->irq_injected = false;
	ev->nmi_injected = false;

	r = hull_task_switch(vcpu, x, &fault);
	if (r < 0)
		return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION);
	if (r)
		hull_queue_fault(vcpu, &fault);
	return HULL_RUN_RESUME;
}

enum when {
	SLOW,		/* interrupts and preemption on */
	FAST,		/* at once */
	FAST_INSN,	/* at once, when the instruction's length is known */
};

static const struct {
	enum hull_run (*fn)(struct hull_vcpu *vcpu);
	enum when when;
} handlers[HULL_NR_EXIT_KINDS] = {
	[HULL_EXIT_EXTERNAL] = { handle_nothing },
	[HULL_EXIT_NMI] = { handle_nothing },
	[HULL_EXIT_IRQ_WINDOW] = { handle_irq_window },
	[HULL_EXIT_NMI_WINDOW] = { handle_nmi_window, FAST },
	[HULL_EXIT_EXCEPTION] = { handle_exception },
	[HULL_EXIT_PIO] = { handle_pio, FAST },
	[HULL_EXIT_S2_FAULT] = { handle_s2_fault },
	[HULL_EXIT_MSR] = { handle_msr, FAST_INSN },
	/* May read PDPTRs, and changes what was loaded for the guest's XCR0. */
	[HULL_EXIT_CR] = { handle_cr },
	[HULL_EXIT_DR] = { handle_dr, FAST_INSN },
	[HULL_EXIT_CPUID] = { handle_cpuid, FAST_INSN },
	[HULL_EXIT_HLT] = { handle_hlt },
	[HULL_EXIT_HYPERCALL] = { handle_hypercall, FAST_INSN },
	[HULL_EXIT_XSETBV] = { handle_xsetbv },
	[HULL_EXIT_WBINVD] = { handle_skip, FAST_INSN },
	[HULL_EXIT_MONITOR] = { handle_skip, FAST_INSN },
	[HULL_EXIT_PAUSE] = { handle_skip },
	[HULL_EXIT_RDPMC] = { handle_rdpmc, FAST },
	[HULL_EXIT_RDTSC] = { handle_rdtsc, FAST_INSN },
	[HULL_EXIT_TASK_SWITCH] = { handle_task_switch },
	[HULL_EXIT_INVLPG] = { handle_invlpg, FAST_INSN },
	[HULL_EXIT_UNDEFINED] = { handle_undefined, FAST },
	[HULL_EXIT_TRIPLE_FAULT] = { handle_triple_fault },
	[HULL_EXIT_PML_FULL] = { handle_nothing },
	[HULL_EXIT_EMULATE] = { hull_emulate },
	[HULL_EXIT_FAIL_ENTRY] = { handle_fail_entry },
	[HULL_EXIT_UNKNOWN] = { handle_unknown },
	[HULL_EXIT_AGAIN] = { handle_nothing, FAST },
};

enum hull_run hull_handle_exit(struct hull_vcpu *vcpu)
{
	return handlers[vcpu->exit.kind].fn(vcpu);
}

/* Page faults are off: what is not there is left to the slow way. */
static bool try_fast(struct hull_vcpu *vcpu, enum hull_run *r)
{
	const struct hull_exit *x = &vcpu->exit;

	switch (handlers[x->kind].when) {
	case SLOW:
		return false;
	case FAST_INSN:
		/*
		 * LMSW and the PDPTRs are read from memory; CR4.OSXSAVE decides
		 * whose XCR0 is loaded.
		 */
		if (x->kind == HULL_EXIT_CR &&
		    (!x->cr.known || (x->cr.op != HULL_CR_READ && x->cr.cr != 8)))
			return false;
		if (!know_length(vcpu))
			return false;
		break;
	case FAST:
		if (x->kind == HULL_EXIT_PIO && x->pio.string)
			return false;
		break;
	}
	*r = handlers[x->kind].fn(vcpu);
	return true;
}

bool hull_handle_exit_fast(struct hull_vcpu *vcpu, enum hull_run *r)
{
	const struct hull_exit *x = &vcpu->exit;
	bool done;

	pagefault_disable();
	if (x->kind == HULL_EXIT_S2_FAULT)
		done = hull_s2_fault_fast(vcpu, x->s2.gpa, x->s2.access);
	else
		done = try_fast(vcpu, r);
	pagefault_enable();
	return done;
}
