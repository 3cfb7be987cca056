// SPDX-License-Identifier: GPL-2.0
/*
 * From exit reasons to struct hull_exit: one row for each reason, and a
 * function where the qualification has something to say.
 *
 * A row says which fields its exits define, and no other field is read.
 */
#include <linux/bitfield.h>
#include <linux/nospec.h>
#include <asm/trapnr.h>
#include "reasons.h"
#include "vmx.h"

typedef void (*decode_fn)(struct vmx_vcpu *vmx, struct hull_exit *exit);

/**
 * struct exit_row - one exit reason
 * @kind: enum hull_exit_kind it becomes
 * @known: the reason is one that hull can meet
 * @insn: an instruction caused it, whose length is known
 * @qualification: there is one
 * @vectoring: it can interrupt the delivery of an event
 * @decode: fills the rest, may change the kind; NULL: nothing more
 */
struct exit_row {
	u8 kind;
	bool known : 1;
	bool insn : 1;
	bool qualification : 1;
	bool vectoring : 1;
	decode_fn decode;
};

/*
 * Debug exceptions of the same instruction are pending (SDM vol. 3, Saving
 * Non-Register State).  A single step is left to core/, which steps over other
 * exits too; breakpoints come with the next entry.
 */
static void decode_tpr(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	u64 pending = vmcs_readn(GUEST_PENDING_DEBUG);

	exit->kind = HULL_EXIT_TPR;
	if (pending & VMX_PENDING_BS)
		vmcs_writen(GUEST_PENDING_DEBUG, pending & ~(u64)VMX_PENDING_BS);
}

static void decode_again(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	exit->kind = HULL_EXIT_AGAIN;
	if (unlikely(vmx_tpr_below(vmx)))
		decode_tpr(vmx, exit);
}

static void decode_exception(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	u32 info = vmcs_read32(EXIT_EVENT);
	u8 vector = info & VMX_EVENT_VECTOR;

	if (FIELD_GET(VMX_EVENT_TYPE, info) == VMX_EVENT_NMI) {
		exit->kind = HULL_EXIT_NMI;
		return;
	}
	if (info & VMX_EVENT_IRET_NMI && exit->vectoring.type == HULL_EVENT_NONE &&
	    vector != X86_TRAP_DF)
		vmx_nmi_unblocked_by_iret(vmx);
	if (vector == X86_TRAP_MC) {
		/* vmx_enter() has called the host's handler. */
		decode_again(vmx, exit);
		return;
	}
	exit->exception = (struct hull_fault) {
		.vector = vector,
		.has_error = info & VMX_EVENT_ERROR,
		.error = info & VMX_EVENT_ERROR ?
			 vmcs_read32(EXIT_EVENT_ERROR) : 0,
	};
	if (vector == X86_TRAP_DB) {
		exit->exception.has_payload = true;
		exit->exception.payload = exit->hw_info[0] & VMX_QUAL_DB;
		/* It took the pending ones with it, which a shadow of STI wants back. */
		vmx->shadow_changed = true;
	} else if (vector == X86_TRAP_PF) {
		/* Only while user space steps. */
		exit->exception.has_payload = true;
		exit->exception.payload = exit->hw_info[0];
	}
	/* INT3 and INT1 are instructions, with a length. */
	if (FIELD_GET(VMX_EVENT_TYPE, info) == VMX_EVENT_PRIV_EXCEPTION)
		exit->kind = HULL_EXIT_INT1;
	else if (FIELD_GET(VMX_EVENT_TYPE, info) != VMX_EVENT_SOFT_EXCEPTION)
		return;
	exit->insn_len = vmcs_read32(EXIT_INSN_LEN);
	exit->exception.insn_len = exit->insn_len;
}

static void decode_irq_window(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	if (vmx_irq_window_opened(vmx))
		exit->kind = HULL_EXIT_NMI_WINDOW;
}

static void decode_cr(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	static const u8 ops[] = {
		[VMX_CR_MOV_TO] = HULL_CR_WRITE,
		[VMX_CR_MOV_FROM] = HULL_CR_READ,
		[VMX_CR_CLTS] = HULL_CR_CLTS,
		[VMX_CR_LMSW] = HULL_CR_LMSW,
	};
	u64 qual = exit->hw_info[0];

	exit->cr.op = ops[FIELD_GET(VMX_QUAL_CR_TYPE, qual)];
	exit->cr.cr = FIELD_GET(VMX_QUAL_CR_NUMBER, qual);
	exit->cr.gpr = FIELD_GET(VMX_QUAL_CR_GPR, qual);
	exit->cr.value = FIELD_GET(VMX_QUAL_CR_LMSW, qual);
	exit->cr.known = true;
}

static void decode_dr(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	u64 qual = exit->hw_info[0];

	exit->dr.dr = FIELD_GET(VMX_QUAL_DR_NUMBER, qual);
	exit->dr.write = !(qual & VMX_QUAL_DR_FROM);
	exit->dr.gpr = FIELD_GET(VMX_QUAL_DR_GPR, qual);
	exit->dr.known = true;
}

static void decode_pio(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	u64 qual = exit->hw_info[0];

	exit->pio.port = FIELD_GET(VMX_QUAL_IO_PORT, qual);
	exit->pio.size = FIELD_GET(VMX_QUAL_IO_SIZE, qual) + 1;
	exit->pio.in = qual & VMX_QUAL_IO_IN;
	exit->pio.string = qual & VMX_QUAL_IO_STRING;
	exit->pio.rep = qual & VMX_QUAL_IO_REP;
}

static void decode_rdmsr(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	exit->msr.write = false;
}

static void decode_wrmsr(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	exit->msr.write = true;
}

static void decode_rdtsc(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	exit->rdtsc.with_aux = false;
}

static void decode_rdtscp(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	exit->rdtsc.with_aux = true;
}

/* The qualification's source codes are enum hull_task_reason, in its order. */
static void decode_task_switch(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	u64 qual = exit->hw_info[0];

	exit->task.selector = FIELD_GET(VMX_QUAL_TASK_SELECTOR, qual);
	exit->task.reason = FIELD_GET(VMX_QUAL_TASK_REASON, qual);
	/* CALL, IRET, JMP have a length; so has an INT n that met the gate. */
	if (exit->task.reason != HULL_TASK_GATE)
		exit->insn_len = vmcs_read32(EXIT_INSN_LEN);
	else
		exit->insn_len = exit->vectoring.insn_len;
}

static void decode_ept_violation(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	u64 qual = exit->hw_info[0];

	if (qual & VMX_QUAL_EPT_IRET_NMI && exit->vectoring.type == HULL_EVENT_NONE)
		vmx_nmi_unblocked_by_iret(vmx);

	exit->s2.gpa = vmcs_read64(GUEST_PHYSICAL_ADDRESS);
	exit->hw_info[1] = exit->s2.gpa;
	/* With accessed and dirty bits, walks of guest tables count as writes. */
	if (qual & VMX_QUAL_EPT_WRITE)
		exit->s2.access = HULL_ACC_WRITE;
	else if (qual & VMX_QUAL_EPT_FETCH)
		exit->s2.access = HULL_ACC_EXEC;
	else
		exit->s2.access = HULL_ACC_READ;
	exit->s2.present = qual & VMX_QUAL_EPT_PRESENT;
	exit->s2.gva_valid = qual & VMX_QUAL_EPT_GVA_VALID;
	exit->s2.table_walk = exit->s2.gva_valid && !(qual & VMX_QUAL_EPT_FINAL);
	exit->s2.gva = exit->s2.gva_valid ? vmcs_readn(GUEST_LINEAR_ADDRESS) : 0;
}

static void decode_pml_full(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	if (exit->hw_info[0] & VMX_QUAL_EPT_IRET_NMI &&
	    exit->vectoring.type == HULL_EVENT_NONE)
		vmx_nmi_unblocked_by_iret(vmx);
}

/* An entry that hull wrote has bits that do not go together. */
static void decode_ept_misconfig(struct vmx_vcpu *vmx, struct hull_exit *exit)
{
	exit->hw_info[1] = vmcs_read64(GUEST_PHYSICAL_ADDRESS);
	hull_vm_kill(vmx->vcpu.vm, "EPT misconfiguration", __func__);
}

#define EVENT(name, fn, ...)						\
	{ .known = true, .kind = HULL_EXIT_##name, .decode = fn, ##__VA_ARGS__ }
#define INSN(name, fn, ...)	EVENT(name, fn, .insn = true, ##__VA_ARGS__)
#define QUAL			.qualification = true
#define VECTORING		.vectoring = true

static const struct exit_row exit_rows[VMX_NR_REASONS] = {
	[VMX_REASON_EXCEPTION_NMI] = EVENT(EXCEPTION, decode_exception, QUAL, VECTORING),
	[VMX_REASON_EXTERNAL] = EVENT(EXTERNAL, NULL),
	[VMX_REASON_TRIPLE_FAULT] = EVENT(TRIPLE_FAULT, NULL),
	[VMX_REASON_INIT] = EVENT(AGAIN, decode_again),
	[VMX_REASON_IRQ_WINDOW] = EVENT(IRQ_WINDOW, decode_irq_window),
	[VMX_REASON_NMI_WINDOW] = EVENT(NMI_WINDOW, NULL),
	[VMX_REASON_TASK_SWITCH] = EVENT(TASK_SWITCH, decode_task_switch, QUAL, VECTORING),
	[VMX_REASON_CPUID] = INSN(CPUID, NULL),
	[VMX_REASON_GETSEC] = INSN(UNDEFINED, NULL),
	[VMX_REASON_HLT] = INSN(HLT, NULL),
	[VMX_REASON_INVD] = INSN(WBINVD, NULL),
	[VMX_REASON_RDPMC] = INSN(RDPMC, NULL),
	[VMX_REASON_RDTSC] = INSN(RDTSC, decode_rdtsc),
	[VMX_REASON_VMCALL] = INSN(HYPERCALL, NULL),
	[VMX_REASON_VMCLEAR] = INSN(UNDEFINED, NULL),
	[VMX_REASON_VMLAUNCH] = INSN(UNDEFINED, NULL),
	[VMX_REASON_VMPTRLD] = INSN(UNDEFINED, NULL),
	[VMX_REASON_VMPTRST] = INSN(UNDEFINED, NULL),
	[VMX_REASON_VMREAD] = INSN(UNDEFINED, NULL),
	[VMX_REASON_VMRESUME] = INSN(UNDEFINED, NULL),
	[VMX_REASON_VMWRITE] = INSN(UNDEFINED, NULL),
	[VMX_REASON_VMXOFF] = INSN(UNDEFINED, NULL),
	[VMX_REASON_VMXON] = INSN(UNDEFINED, NULL),
	[VMX_REASON_CR] = INSN(CR, decode_cr, QUAL),
	[VMX_REASON_DR] = INSN(DR, decode_dr, QUAL),
	[VMX_REASON_IO] = INSN(PIO, decode_pio, QUAL),
	[VMX_REASON_RDMSR] = INSN(MSR, decode_rdmsr),
	[VMX_REASON_WRMSR] = INSN(MSR, decode_wrmsr),
	[VMX_REASON_MWAIT] = INSN(MONITOR, NULL),
	[VMX_REASON_MONITOR] = INSN(MONITOR, NULL),
	[VMX_REASON_PAUSE] = INSN(PAUSE, NULL),
	[VMX_REASON_TPR_BELOW] = EVENT(TPR, decode_tpr),
	[VMX_REASON_EPT_VIOLATION] = EVENT(S2_FAULT, decode_ept_violation, QUAL, VECTORING),
	[VMX_REASON_EPT_MISCONFIG] = EVENT(UNKNOWN, decode_ept_misconfig, VECTORING),
	[VMX_REASON_INVEPT] = INSN(UNDEFINED, NULL),
	[VMX_REASON_RDTSCP] = INSN(RDTSC, decode_rdtscp),
	/* As if the host's tick had come: interrupts are let in. */
	[VMX_REASON_TIMER] = EVENT(EXTERNAL, NULL),
	[VMX_REASON_INVVPID] = INSN(UNDEFINED, NULL),
	[VMX_REASON_WBINVD] = INSN(WBINVD, NULL),
	[VMX_REASON_XSETBV] = INSN(XSETBV, NULL),
	[VMX_REASON_INVPCID] = INSN(UNDEFINED, NULL),
	[VMX_REASON_VMFUNC] = INSN(UNDEFINED, NULL),
	[VMX_REASON_ENCLS] = INSN(UNDEFINED, NULL),
	[VMX_REASON_PML_FULL] = EVENT(PML_FULL, decode_pml_full, QUAL, VECTORING),
	[VMX_REASON_SEAMCALL] = INSN(UNDEFINED, NULL),
	[VMX_REASON_TDCALL] = INSN(UNDEFINED, NULL),
};

static const struct exit_row unknown_row = {
	.kind = HULL_EXIT_UNKNOWN,
	.qualification = true,
};

static const struct exit_row *find_row(u32 reason)
{
	reason &= VMX_REASON_BASIC;
	if (reason < VMX_NR_REASONS) {
		reason = array_index_nospec(reason, VMX_NR_REASONS);
		if (exit_rows[reason].known)
			return &exit_rows[reason];
	}
	return &unknown_row;
}

static void begin_exit(struct vmx_vcpu *vmx, u8 kind)
{
	struct hull_exit *exit = &vmx->vcpu.exit;

	exit->kind = kind;
	exit->insn_len = 0;
	exit->insn_bytes = 0;
	exit->hw_reason = vmx->reason;
	exit->hw_info[0] = 0;
	exit->hw_info[1] = 0;
	exit->vectoring.type = HULL_EVENT_NONE;
}

void vmx_decode_exit(struct vmx_vcpu *vmx)
{
	const struct exit_row row = *find_row(vmx->reason);
	struct hull_exit *exit = &vmx->vcpu.exit;
	u32 info;

	begin_exit(vmx, row.kind);
	if (row.qualification)
		exit->hw_info[0] = vmcs_readn(EXIT_QUALIFICATION);
	if (row.insn) {
		exit->insn_len = vmcs_read32(EXIT_INSN_LEN);
		/* All of them are skipped or repeated. */
		vmx->vcpu.rip = vmcs_readn(GUEST_RIP);
		vmx->vcpu.rflags = vmcs_readn(GUEST_RFLAGS);
		vmx_read_shadow(vmx);
		vmx->vcpu.regs_avail |= HULL_REG_RIP | HULL_REG_RFLAGS | HULL_REG_SHADOW;
	}
	if (row.vectoring) {
		info = vmcs_read32(VECTORING_EVENT);
		if (unlikely(info & VMX_EVENT_VALID))
			vmx_decode_vectoring(vmx, info, &exit->vectoring);
	}
	if (row.decode)
		row.decode(vmx, exit);
}

/* Guest state, or a list of MSRs, that the entry checks refused. */
void vmx_decode_failed_entry(struct vmx_vcpu *vmx)
{
	struct hull_exit *exit = &vmx->vcpu.exit;

	begin_exit(vmx, HULL_EXIT_FAIL_ENTRY);
	exit->hw_info[0] = vmcs_readn(EXIT_QUALIFICATION);
	exit->hw_info[1] = vmcs_read32(ENTRY_EVENT);
	switch (vmx->reason & VMX_REASON_BASIC) {
	case VMX_REASON_BAD_GUEST_STATE:
		/* The event to be injected is part of what is checked. */
		exit->fail_entry.rule = vmx_check_guest_state(vmx);
		break;
	case VMX_REASON_BAD_MSR_LOAD:
		exit->fail_entry.rule = "MSR-load list of the entry";
		break;
	}
}
