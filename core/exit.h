/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What came out of one stay in the guest, in words that no vendor owns.
 *
 * A backend only decodes: it turns its exit code and the fields beside it
 * into one struct hull_exit.  What to do about it is decided in core/, once
 * for both vendors.
 */
#ifndef HULL_CORE_EXIT_H
#define HULL_CORE_EXIT_H

#include <linux/bits.h>
#include <asm/trapnr.h>
#include "x86.h"

struct hull_vcpu;

/* Exceptions that push an error code (APM vol. 2 and SDM vol. 3, by exception). */
#define HULL_ERROR_VECTORS						\
	(BIT(X86_TRAP_DF) | BIT(X86_TRAP_TS) | BIT(X86_TRAP_NP) |	\
	 BIT(X86_TRAP_SS) | BIT(X86_TRAP_GP) | BIT(X86_TRAP_PF) | BIT(X86_TRAP_AC))

/* Exceptions that must exit, bit n for vector n; @fpu_open: the FPU may be used. */
u32 hull_exceptions_wanted(struct hull_vcpu *vcpu, bool fpu_open);

/*
 * X-macro of the kinds of exit: X(NAME, "name").  Every kind has one row in
 * the handler table of core/exit.c and one counter.
 */
#define HULL_EXIT_KINDS(X)						\
	X(EXTERNAL,	"external")	/* host interrupt */		\
	X(NMI,		"nmi")		/* host NMI */			\
	X(IRQ_WINDOW,	"irq_window")	/* guest can take an interrupt */\
	X(NMI_WINDOW,	"nmi_window")	/* guest can take an NMI */	\
	X(EXCEPTION,	"exception")	/* intercepted guest exception */\
	X(INT1,		"int1")		/* the instruction, not yet done */ \
	X(PIO,		"pio")						\
	X(S2_FAULT,	"s2_fault")	/* second-stage fault */	\
	X(MSR,		"msr")						\
	X(CR,		"cr")						\
	X(DR,		"dr")						\
	X(TPR,		"tpr")		/* CR8 fell below user_cr8 */	\
	X(CPUID,	"cpuid")					\
	X(HLT,		"hlt")						\
	X(HYPERCALL,	"hypercall")					\
	X(XSETBV,	"xsetbv")					\
	X(WBINVD,	"wbinvd")	/* WBINVD, INVD, WBNOINVD */	\
	X(MONITOR,	"monitor")	/* MONITOR, MWAIT */		\
	X(PAUSE,	"pause")					\
	X(RDPMC,	"rdpmc")					\
	X(RDTSC,	"rdtsc")	/* RDTSC, RDTSCP */		\
	X(TASK_SWITCH,	"task_switch")					\
	X(UNDEFINED,	"undefined")	/* instruction the guest lacks: #UD */\
	X(TRIPLE_FAULT,	"triple_fault")					\
	X(PML_FULL,	"pml_full")	/* log of dirty pages is full */ \
	X(FAIL_ENTRY,	"fail_entry")	/* hardware refused to enter */	\
	X(UNKNOWN,	"unknown")	/* reason no decoder knows */	\
	X(AGAIN,	"again")	/* finished inside the backend */

enum hull_exit_kind {
#define HULL_EXIT_ENUM(name, text) HULL_EXIT_##name,
	HULL_EXIT_KINDS(HULL_EXIT_ENUM)
#undef HULL_EXIT_ENUM
	HULL_NR_EXIT_KINDS,
};

/* Access that faulted in the second stage, or that a walk is asked for. */
#define HULL_ACC_READ	0x1
#define HULL_ACC_WRITE	0x2
#define HULL_ACC_EXEC	0x4
#define HULL_ACC_USER	0x8	/* at CPL 3, for the guest's own tables */
#define HULL_ACC_IMPLICIT	0x10	/* system access: descriptor tables, TSS */

enum hull_cr_op {
	HULL_CR_WRITE,
	HULL_CR_READ,
	HULL_CR_CLTS,
	HULL_CR_LMSW,
	HULL_CR_SMSW,
};

/* Why the processor wanted to switch tasks (SDM vol. 3, Task Switching). */
enum hull_task_reason {
	HULL_TASK_CALL,
	HULL_TASK_IRET,
	HULL_TASK_JMP,
	HULL_TASK_GATE,		/* through a task gate in the IDT */
};

/* What was being delivered through the IDT when the exit happened. */
enum hull_event_type {
	HULL_EVENT_NONE,
	HULL_EVENT_INTERRUPT,
	HULL_EVENT_NMI,
	HULL_EVENT_EXCEPTION,
	HULL_EVENT_SOFT_INTERRUPT,	/* INT n */
	HULL_EVENT_SOFT_EXCEPTION,	/* INT3, INTO, INT1 */
};

/**
 * struct hull_event - an event in delivery through the guest's IDT
 * @type: what it is
 * @vector: its vector
 * @has_error: @error is pushed
 * @error: error code
 * @insn_len: length of the INT instruction of the soft types
 */
struct hull_event {
	u8 type;
	u8 vector;
	bool has_error;
	u8 insn_len;
	u32 error;
};

/**
 * struct hull_exit - one exit, decoded
 * @kind: enum hull_exit_kind, selects the member of the union
 * @insn_len: length in bytes of the instruction that caused the exit, 0 when
 *	the hardware does not tell; hull_skip_insn() then decodes it
 * @insn_bytes: count of valid bytes in @insn: instruction bytes fetched by the
 *	hardware (decode assists), 0 when there are none
 * @insn: those bytes
 * @hw_reason: exit code or reason as the hardware gave it, for traces and for
 *	KVM_EXIT_FAIL_ENTRY
 * @hw_info: two words beside it (EXITINFO1/2; qualification and gpa, or the event
 *	that an entry which failed was to inject)
 * @vectoring: event whose delivery the exit interrupted
 */
struct hull_exit {
	u8 kind;
	u8 insn_len;
	u8 insn_bytes;
	u8 insn[15];
	u32 hw_reason;
	u64 hw_info[2];
	struct hull_event vectoring;
	union {
		struct hull_fault exception;
		struct {
			u16 port;
			u8 size;	/* 1, 2, 4 */
			bool in;
			bool string;
			bool rep;
		} pio;
		struct {
			u64 gpa;
			u8 access;	/* HULL_ACC_READ, WRITE, EXEC */
			bool present;	/* an entry was there, rights lacked */
			bool gva_valid;
			bool table_walk; /* fault was on a guest page table */
			u64 gva;	/* VMX only: linear address */
		} s2;
		struct {
			bool write;
		} msr;
		struct {
			u8 op;		/* enum hull_cr_op */
			u8 cr;
			u8 gpr;		/* register operand */
			u16 value;	/* source of LMSW */
			bool known;	/* false: decode the instruction */
		} cr;
		struct {
			bool write;
			u8 dr;
			u8 gpr;
			bool known;
		} dr;
		struct {
			u16 selector;
			u8 reason;	/* enum hull_task_reason */
		} task;
		struct {
			bool with_aux;	/* RDTSCP */
		} rdtsc;
		struct {
			const char *rule;	/* that was violated, NULL: not known */
		} fail_entry;
	};
};

#endif
