// SPDX-License-Identifier: GPL-2.0
/*
 * From exit codes to struct hull_exit: one row for each code, and a function
 * where the fields beside the code have something to say.
 *
 * Without next-RIP save an instruction's length stays 0, and without decode
 * assists its operands unknown: core/ then decodes it.
 */
#include <linux/bitfield.h>
#include <linux/nospec.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "cpu/cpuid.h"
#include "svm.h"

typedef void (*decode_fn)(struct svm_vcpu *svm, struct hull_exit *exit);

/**
 * struct exit_row - one exit code
 * @kind: enum hull_exit_kind it becomes
 * @known: the code is one that hull intercepts
 * @insn: an instruction caused it
 * @decode: fills the rest, may change the kind; NULL: nothing more
 */
struct exit_row {
	u8 kind;
	bool known;
	bool insn;
	decode_fn decode;
};

static void copy_insn_bytes(struct svm_vcpu *svm, struct hull_exit *exit)
{
	const struct svm_control *control = &svm->vmcb->control;

	if (!svm_features.decode_assists)
		return;
	exit->insn_bytes = min_t(u8, control->insn_count, sizeof(exit->insn));
	memcpy(exit->insn, control->insn, sizeof(exit->insn));
}

static void decode_exception(struct svm_vcpu *svm, struct hull_exit *exit)
{
	const struct svm_control *control = &svm->vmcb->control;
	u8 vector = control->exit_code - SVM_EXIT_EXCEPTION0;

	exit->exception = (struct hull_fault) {
		.vector = vector,
		.has_error = BIT(vector) & HULL_ERROR_VECTORS,
		.error = control->exit_info_1,
	};
}

static void decode_page_fault(struct svm_vcpu *svm, struct hull_exit *exit)
{
	decode_exception(svm, exit);
	exit->exception.has_payload = true;
	exit->exception.payload = svm->vmcb->control.exit_info_2;
}

/*
 * DR6 tells what happened; all of its bits but the causes read as ones.  There
 * are emulated CPUs that exit before they write DR6: then TF tells.
 */
static void decode_debug(struct svm_vcpu *svm, struct hull_exit *exit)
{
	u64 dr6 = svm->vmcb->save.dr6 ^ DR6_RESERVED;

	decode_exception(svm, exit);
	if (!dr6 && svm->vcpu.rflags & X86_EFLAGS_TF)
		dr6 = DR_STEP;
	if (svm_nmi_debug_trap(svm, &dr6)) {
		exit->kind = HULL_EXIT_NMI_WINDOW;
		return;
	}
	exit->exception.has_payload = true;
	exit->exception.payload = dr6;
}

static void decode_machine_check(struct svm_vcpu *svm, struct hull_exit *exit)
{
	svm->mce_pending = true;
}

static void decode_iret(struct svm_vcpu *svm, struct hull_exit *exit)
{
	svm_nmi_iret(svm);
}

static void decode_cr(struct svm_vcpu *svm, struct hull_exit *exit)
{
	const struct svm_control *control = &svm->vmcb->control;

	exit->cr.cr = control->exit_code & 0xf;
	exit->cr.op = control->exit_code < SVM_EXIT_CR_WRITE0 ?
		      HULL_CR_READ : HULL_CR_WRITE;
	exit->cr.value = 0;
	/* CLTS, LMSW and SMSW come without their operands. */
	exit->cr.known = svm_features.decode_assists &&
			 control->exit_info_1 & SVM_CR_MOV;
	exit->cr.gpr = FIELD_GET(SVM_CR_GPR, control->exit_info_1);
}

static void decode_dr(struct svm_vcpu *svm, struct hull_exit *exit)
{
	const struct svm_control *control = &svm->vmcb->control;

	exit->dr.dr = control->exit_code & 0xf;
	exit->dr.write = control->exit_code >= SVM_EXIT_DR_WRITE0;
	exit->dr.known = svm_features.decode_assists;
	exit->dr.gpr = FIELD_GET(SVM_CR_GPR, control->exit_info_1);
}

static void decode_pio(struct svm_vcpu *svm, struct hull_exit *exit)
{
	const struct svm_control *control = &svm->vmcb->control;
	u32 info = control->exit_info_1;

	exit->pio.port = info >> SVM_IOIO_PORT_SHIFT;
	exit->pio.size = info >> SVM_IOIO_SIZE_SHIFT & SVM_IOIO_SIZE_MASK;
	exit->pio.in = info & SVM_IOIO_IN;
	exit->pio.string = info & SVM_IOIO_STRING;
	exit->pio.rep = info & SVM_IOIO_REP;
	/* This exit tells the following RIP on every SVM CPU. */
	exit->insn_len = control->exit_info_2 - svm->vcpu.rip;
}

static void decode_msr(struct svm_vcpu *svm, struct hull_exit *exit)
{
	exit->msr.write = svm->vmcb->control.exit_info_1 & 1;
}

/* Bits 36 and 38 name IRET and JMP; otherwise a gate, or CALL. */
static void decode_task_switch(struct svm_vcpu *svm, struct hull_exit *exit)
{
	const struct svm_control *control = &svm->vmcb->control;

	exit->task.selector = control->exit_info_1;
	if (control->exit_info_2 & SVM_TASK_IRET)
		exit->task.reason = HULL_TASK_IRET;
	else if (control->exit_info_2 & SVM_TASK_JMP)
		exit->task.reason = HULL_TASK_JMP;
	else if (control->exit_int_info & SVM_EVENT_VALID)
		exit->task.reason = HULL_TASK_GATE;
	else
		exit->task.reason = HULL_TASK_CALL;
}

/* Nothing of it can be relied on, whatever the CPU has left there. */
static void decode_shutdown(struct svm_vcpu *svm, struct hull_exit *exit)
{
	svm_init_save(svm);
}

static void decode_rdtscp(struct svm_vcpu *svm, struct hull_exit *exit)
{
	exit->rdtsc.with_aux = true;
	if (!hull_guest_has(&svm->vcpu, HULL_FEAT_RDTSCP))
		exit->kind = HULL_EXIT_UNDEFINED;
}

/* VMEXIT_INVALID says nothing more. */
static void decode_invalid(struct svm_vcpu *svm, struct hull_exit *exit)
{
	exit->fail_entry.rule = NULL;
}

static void decode_npf(struct svm_vcpu *svm, struct hull_exit *exit)
{
	const struct svm_control *control = &svm->vmcb->control;
	u64 error = control->exit_info_1;

	if (error & SVM_NPF_RESERVED) {
		exit->kind = HULL_EXIT_UNKNOWN;
		return;
	}
	exit->s2.gpa = control->exit_info_2;
	if (error & SVM_NPF_FETCH)
		exit->s2.access = HULL_ACC_EXEC;
	else if (error & SVM_NPF_WRITE)
		exit->s2.access = HULL_ACC_WRITE;
	else
		exit->s2.access = HULL_ACC_READ;
	exit->s2.present = error & SVM_NPF_PRESENT;
	exit->s2.table_walk = error & SVM_NPF_TABLE;
	exit->s2.gva_valid = false;
	exit->s2.gva = 0;
	copy_insn_bytes(svm, exit);
}

#define EVENT(name, fn) { .known = true, .kind = HULL_EXIT_##name, .decode = fn }
#define INSN(name, fn)	{ .known = true, .kind = HULL_EXIT_##name, .insn = true, .decode = fn }

static const struct exit_row exit_rows[SVM_NR_EXITS] = {
	[SVM_EXIT_CR_READ0 ... SVM_EXIT_CR_READ0 + 15] = INSN(CR, decode_cr),
	[SVM_EXIT_CR_WRITE0 ... SVM_EXIT_CR_WRITE0 + 15] = INSN(CR, decode_cr),
	[SVM_EXIT_DR_READ0 ... SVM_EXIT_DR_READ0 + 15] = INSN(DR, decode_dr),
	[SVM_EXIT_DR_WRITE0 ... SVM_EXIT_DR_WRITE0 + 15] = INSN(DR, decode_dr),
	[SVM_EXIT_EXCEPTION0 + X86_TRAP_DB] = EVENT(EXCEPTION, decode_debug),
	[SVM_EXIT_EXCEPTION0 + X86_TRAP_BP] = INSN(EXCEPTION, decode_exception),
	[SVM_EXIT_EXCEPTION0 + X86_TRAP_AC] = EVENT(EXCEPTION, decode_exception),
	/* These only while user space steps, and #NM for the lazy FPU. */
	[SVM_EXIT_EXCEPTION0 + X86_TRAP_DE] = EVENT(EXCEPTION, decode_exception),
	[SVM_EXIT_EXCEPTION0 + X86_TRAP_BR ... SVM_EXIT_EXCEPTION0 + X86_TRAP_GP] =
		EVENT(EXCEPTION, decode_exception),
	[SVM_EXIT_EXCEPTION0 + X86_TRAP_PF] = EVENT(EXCEPTION, decode_page_fault),
	[SVM_EXIT_EXCEPTION0 + X86_TRAP_MF] = EVENT(EXCEPTION, decode_exception),
	[SVM_EXIT_EXCEPTION0 + X86_TRAP_XF] = EVENT(EXCEPTION, decode_exception),
	[SVM_EXIT_EXCEPTION0 + X86_TRAP_MC] = EVENT(EXTERNAL, decode_machine_check),
	[SVM_EXIT_INTR] = EVENT(EXTERNAL, NULL),
	[SVM_EXIT_NMI] = EVENT(NMI, NULL),
	/* SMI and INIT were held by GIF and are taken at STGI. */
	[SVM_EXIT_SMI] = EVENT(AGAIN, NULL),
	[SVM_EXIT_INIT] = EVENT(AGAIN, NULL),
	[SVM_EXIT_VINTR] = EVENT(IRQ_WINDOW, NULL),
	[SVM_EXIT_RDTSC] = INSN(RDTSC, NULL),
	[SVM_EXIT_RDPMC] = INSN(RDPMC, NULL),
	[SVM_EXIT_CPUID] = INSN(CPUID, NULL),
	[SVM_EXIT_IRET] = EVENT(AGAIN, decode_iret),
	[SVM_EXIT_INVD] = INSN(WBINVD, NULL),
	[SVM_EXIT_PAUSE] = INSN(PAUSE, NULL),
	[SVM_EXIT_HLT] = INSN(HLT, NULL),
	[SVM_EXIT_INVLPGA] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_IOIO] = EVENT(PIO, decode_pio),
	[SVM_EXIT_MSR] = INSN(MSR, decode_msr),
	[SVM_EXIT_TASK_SWITCH] = EVENT(TASK_SWITCH, decode_task_switch),
	[SVM_EXIT_SHUTDOWN] = EVENT(TRIPLE_FAULT, decode_shutdown),
	[SVM_EXIT_VMRUN] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_VMMCALL] = INSN(HYPERCALL, NULL),
	[SVM_EXIT_VMLOAD] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_VMSAVE] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_STGI] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_CLGI] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_SKINIT] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_RDTSCP] = INSN(RDTSC, decode_rdtscp),
	[SVM_EXIT_ICEBP] = INSN(INT1, NULL),
	[SVM_EXIT_WBINVD] = INSN(WBINVD, NULL),
	[SVM_EXIT_MONITOR] = INSN(MONITOR, NULL),
	[SVM_EXIT_MWAIT] = INSN(MONITOR, NULL),
	[SVM_EXIT_XSETBV] = INSN(XSETBV, NULL),
	[SVM_EXIT_RDPRU] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_INVLPGB] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_INVPCID] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_MCOMMIT] = INSN(UNDEFINED, NULL),
	[SVM_EXIT_TLBSYNC] = INSN(UNDEFINED, NULL),
};

static const struct exit_row npf_row = EVENT(S2_FAULT, decode_npf);
static const struct exit_row invalid_row = EVENT(FAIL_ENTRY, decode_invalid);
static const struct exit_row unknown_row = EVENT(UNKNOWN, NULL);

static const struct exit_row *find_row(u64 code)
{
	if (code == SVM_EXIT_NPF)
		return &npf_row;
	/* QEMU writes the lower half alone. */
	if (lower_32_bits(code) == lower_32_bits(SVM_EXIT_INVALID))
		return &invalid_row;
	if (code < SVM_NR_EXITS) {
		code = array_index_nospec(code, SVM_NR_EXITS);
		if (exit_rows[code].known)
			return &exit_rows[code];
	}
	return &unknown_row;
}

void svm_decode_exit(struct svm_vcpu *svm)
{
	struct svm_control *control = &svm->vmcb->control;
	const struct exit_row *row = find_row(control->exit_code);
	struct hull_exit *exit = &svm->vcpu.exit;

	exit->kind = row->kind;
	exit->insn_len = 0;
	exit->insn_bytes = 0;
	exit->hw_reason = control->exit_code;
	exit->hw_info[0] = control->exit_info_1;
	exit->hw_info[1] = control->exit_info_2;
	exit->vectoring.type = HULL_EVENT_NONE;

	control->event_inj = 0;
	if (unlikely(control->exit_int_info & SVM_EVENT_VALID))
		svm_decode_vectoring(svm, control->exit_int_info,
				     row->kind == HULL_EXIT_TASK_SWITCH);
	else if (unlikely(svm->soft_injected && row->kind == HULL_EXIT_FAIL_ENTRY))
		svm->vcpu.rip = svm->soft_rip;
	svm->soft_injected = false;

	if (row->insn && svm_features.nrips)
		exit->insn_len = control->next_rip - svm->vcpu.rip;
	if (row->decode)
		row->decode(svm, exit);
	svm->stepping = false;
}
