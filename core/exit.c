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
#include <asm/cpu.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "backend.h"
#include "cpu/cpuid.h"
#include "cpu/debug.h"
#include "cpu/msr.h"
#include "cpu/regs.h"
#include "cpu/split_lock.h"
#include "cpu/tsc.h"
#include "cpu/xstate.h"
#include "exit_cr.h"
#include "owner.h"
#include "run.h"
#include "trace.h"
#include "vcpu.h"

enum hull_run hull_general_protection(struct hull_vcpu *vcpu)
{
	hull_queue_exception_error(vcpu, X86_TRAP_GP, 0);
	return HULL_RUN_RESUME;
}

/* As hull_decode_insn(). */
static int know_length(struct hull_vcpu *vcpu)
{
	if (likely(vcpu->exit.insn_len))
		return 0;
	return hull_decode_length(vcpu);
}

enum hull_run hull_decode_failed(struct hull_vcpu *vcpu, int err)
{
	if (err < 0)
		return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION);
	hull_queue_fault(vcpu, &vcpu->emul.fault);
	return HULL_RUN_RESUME;
}

static noinline enum hull_run skip_whatever(struct hull_vcpu *vcpu)
{
	u64 rflags = hull_raw_rflags(vcpu);
	u64 old = hull_rip(vcpu), rip;
	int err = know_length(vcpu);

	if (unlikely(err))
		return hull_decode_failed(vcpu, err);
	rip = old + vcpu->exit.insn_len;
	/* EIP wraps outside 64-bit mode. */
	if (unlikely((rip ^ old) >> 32) && !hull_is_64bit(vcpu))
		rip = (u32)rip;
	hull_set_rip(vcpu, rip);
	if (rflags & X86_EFLAGS_RF)
		hull_set_raw_rflags(vcpu, rflags & ~(u64)X86_EFLAGS_RF);
	if (hull_shadow(vcpu))
		hull_set_shadow(vcpu, 0);
	if (unlikely(rflags & X86_EFLAGS_TF) && hull_debug_step(vcpu))
		return HULL_RUN_USER;
	return HULL_RUN_RESUME;
}

/* For most instructions it is an addition. */
enum hull_run hull_skip_insn(struct hull_vcpu *vcpu)
{
	const u32 needed = HULL_REG_RIP | HULL_REG_RFLAGS | HULL_REG_SHADOW;
	u64 rip = vcpu->rip + vcpu->exit.insn_len;

	if (unlikely(~vcpu->regs_avail & needed || !vcpu->exit.insn_len || vcpu->shadow ||
		     vcpu->rflags & (X86_EFLAGS_RF | X86_EFLAGS_TF) ||
		     (rip ^ vcpu->rip) >> 32))
		return skip_whatever(vcpu);
	vcpu->rip = rip;
	vcpu->regs_dirty |= HULL_REG_RIP;
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
		run->internal.data[3] = vcpu->exit_cpu;
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
	run->fail_entry.cpu = vcpu->exit_cpu;
	return HULL_RUN_USER;
}

static enum hull_run handle_triple_fault(struct hull_vcpu *vcpu)
{
	/* What led to it is gone when user space sets the vCPU up afresh. */
	memset(&vcpu->ev, 0, sizeof(vcpu->ev));
	/* APM vol. 2, Shutdown Intercept: the state it leaves is undefined. */
	if (hull_backend->caps->amd)
		hull_vcpu_reset(vcpu, true);
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

static bool is_split_lock(struct hull_vcpu *vcpu)
{
	return hull_is_split_lock(boot_cpu_has(X86_FEATURE_SPLIT_LOCK_DETECT),
				  backend_get_cpl(vcpu), hull_cr0(vcpu),
				  hull_raw_rflags(vcpu));
}

/* By the host's policy: a warning, and it runs on undetected; or SIGBUS. */
static enum hull_run handle_split_lock(struct hull_vcpu *vcpu)
{
	const struct hull_fault *f = &vcpu->exit.exception;
	struct kvm_run *run = vcpu->run;

	if (handle_guest_split_lock(hull_rip(vcpu)))
		return HULL_RUN_RESUME;
	run->exit_reason = KVM_EXIT_EXCEPTION;
	run->ex.exception = f->vector;
	run->ex.error_code = f->error;
	return HULL_RUN_USER;
}

/*
 * Machine checks are the host's.  A guest whose handler of #DB or #AC raises the same
 * again would keep the processor in delivery for ever, deaf to interrupts
 * (CVE-2015-5307, CVE-2015-8104).
 */
#define ALWAYS_EXIT	(BIT(X86_TRAP_MC) | BIT(X86_TRAP_DB) | BIT(X86_TRAP_AC))

u32 hull_exceptions_wanted(struct hull_vcpu *vcpu, bool fpu_open)
{
	u32 wanted = ALWAYS_EXIT;
	int vector;

	if (!fpu_open)
		wanted |= BIT(X86_TRAP_NM);
	for (vector = 0; vector < 32; vector++)
		if (hull_debug_wants(vcpu, vector))
			wanted |= BIT(vector);
	return wanted;
}

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
	if (f->vector == X86_TRAP_AC && is_split_lock(vcpu))
		return handle_split_lock(vcpu);
	/* An interrupt that faults in delivery gives way to the fault. */
	if (vcpu->exit.vectoring.type != HULL_EVENT_NONE) {
		vcpu->ev.irq_injected = false;
		vcpu->ev.nmi_injected = false;
	}
	hull_queue_fault(vcpu, f);
	return HULL_RUN_RESUME;
}

/*
 * INT1 raises #DB without a cause in DR6.  It is delivered as an instruction's,
 * which the handler does not return to.
 */
static enum hull_run handle_int1(struct hull_vcpu *vcpu)
{
	hull_queue_fault(vcpu, &(struct hull_fault) {
		.vector = X86_TRAP_DB,
		.has_payload = true,
		.insn_len = vcpu->exit.insn_len,
	});
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
	return hull_general_protection(vcpu);
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
		return hull_general_protection(vcpu);
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
		return hull_general_protection(vcpu);
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
	enum hull_run r = HULL_RUN_USER;
	u8 size = x->pio.size;
	bool in = x->pio.in;

	if (x->pio.string)
		return hull_emulate(vcpu);

	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = in ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
	run->io.size = size;
	run->io.port = x->pio.port;
	run->io.count = 1;
	run->io.data_offset = PAGE_SIZE;
	vcpu->pio.size = size;
	vcpu->pio.rip = hull_rip(vcpu);
	vcpu->pending_io = in ? HULL_IO_PIO_IN : HULL_IO_PIO_OUT;
	if (!in && size == 1)
		*(u8 *)vcpu->pio_data = vcpu->gpr[HULL_RAX];
	else if (!in)
		memcpy(vcpu->pio_data, &vcpu->gpr[HULL_RAX], size);
	if (unlikely(!in && x->pio.port == PORT_EARLY_SKIP)) {
		vcpu->pending_io = HULL_IO_NONE;
		r = hull_skip_insn(vcpu);
		if (r == HULL_RUN_RESUME)
			r = HULL_RUN_USER;
	}
	trace_hull_pio(vcpu, x->pio.in, x->pio.port, x->pio.size, 1);
	return r;
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

	r = task_switch_by_insn(x) ? know_length(vcpu) : 0;
	if (r)
		return hull_decode_failed(vcpu, r);
	/* The gate's event arrives by the switch itself. */
	ev->exception_injected = false;
	ev->irq_injected = false;
	ev->nmi_injected = false;
	/* With an NMI its blocking begins, and IRET ends it, here as anywhere. */
	if (x->vectoring.type == HULL_EVENT_NMI)
		backend_set_nmi_mask(vcpu, true);
	else if (x->task.reason == HULL_TASK_IRET)
		backend_set_nmi_mask(vcpu, false);

	r = hull_task_switch(vcpu, x, &fault);
	if (r < 0)
		return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION);
	if (r)
		hull_queue_fault(vcpu, &fault);
	return HULL_RUN_RESUME;
}

/* When a handler runs, and what it needs: _INSN, the instruction's length. */
enum when {
	SLOW,		/* interrupts and preemption on */
	SLOW_INSN,
	FAST,		/* at once */
	FAST_INSN,
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
	[HULL_EXIT_INT1] = { handle_int1, SLOW_INSN },
	[HULL_EXIT_PIO] = { handle_pio, FAST },
	[HULL_EXIT_S2_FAULT] = { handle_s2_fault },
	[HULL_EXIT_MSR] = { handle_msr, FAST_INSN },
	/* May read PDPTRs and operands, and finds its length with these. */
	[HULL_EXIT_CR] = { hull_handle_cr },
	[HULL_EXIT_DR] = { hull_handle_dr, FAST_INSN },
	[HULL_EXIT_TPR] = { hull_handle_tpr, FAST },
	[HULL_EXIT_CPUID] = { handle_cpuid, FAST_INSN },
	[HULL_EXIT_HLT] = { handle_hlt, SLOW_INSN },
	[HULL_EXIT_HYPERCALL] = { handle_hypercall, FAST_INSN },
	[HULL_EXIT_XSETBV] = { handle_xsetbv, SLOW_INSN },
	[HULL_EXIT_WBINVD] = { handle_skip, FAST_INSN },
	[HULL_EXIT_MONITOR] = { handle_skip, FAST_INSN },
	[HULL_EXIT_PAUSE] = { handle_skip, SLOW_INSN },
	[HULL_EXIT_RDPMC] = { handle_rdpmc, FAST },
	[HULL_EXIT_RDTSC] = { handle_rdtsc, FAST_INSN },
	[HULL_EXIT_TASK_SWITCH] = { handle_task_switch },
	[HULL_EXIT_UNDEFINED] = { handle_undefined, FAST },
	[HULL_EXIT_TRIPLE_FAULT] = { handle_triple_fault },
	[HULL_EXIT_PML_FULL] = { handle_nothing },
	[HULL_EXIT_FAIL_ENTRY] = { handle_fail_entry },
	[HULL_EXIT_UNKNOWN] = { handle_unknown },
	[HULL_EXIT_AGAIN] = { handle_nothing, FAST },
};

enum hull_run hull_handle_exit(struct hull_vcpu *vcpu)
{
	enum when when = handlers[vcpu->exit.kind].when;
	int err;

	/* First of all: an instruction that is not skipped has done nothing. */
	if (when == SLOW_INSN || when == FAST_INSN) {
		err = know_length(vcpu);
		if (err)
			return hull_decode_failed(vcpu, err);
	}
	return handlers[vcpu->exit.kind].fn(vcpu);
}

/* Page faults are off: what is not there is left to the slow way. */
static enum hull_run try_fast(struct hull_vcpu *vcpu)
{
	const struct hull_exit *x = &vcpu->exit;

	switch (handlers[x->kind].when) {
	case SLOW:
	case SLOW_INSN:
		return HULL_RUN_LATER;
	case FAST_INSN:
		/* By the time its operands are fetched they may be out of reach. */
		if (x->kind == HULL_EXIT_DR && !x->dr.known)
			return HULL_RUN_LATER;
		if (know_length(vcpu))
			return HULL_RUN_LATER;
		break;
	case FAST:
		if (x->kind == HULL_EXIT_PIO && x->pio.string)
			return HULL_RUN_LATER;
		break;
	}
	return handlers[x->kind].fn(vcpu);
}

static enum hull_run try_s2_fault_fast(struct hull_vcpu *vcpu)
{
	const struct hull_exit *x = &vcpu->exit;

	if (!hull_s2_fault_fast(vcpu, x->s2.gpa, x->s2.access))
		return HULL_RUN_LATER;
	trace_hull_page_fault(vcpu, x->s2.gpa, x->s2.access, HULL_S2_MAPPED);
	return HULL_RUN_RESUME;
}

enum hull_run hull_handle_exit_fast(struct hull_vcpu *vcpu)
{
	enum hull_run r;

	pagefault_disable();
	if (vcpu->exit.kind == HULL_EXIT_S2_FAULT)
		r = try_s2_fault_fast(vcpu);
	else
		r = try_fast(vcpu);
	pagefault_enable();
	return r;
}
