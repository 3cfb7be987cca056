/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtual machine control block (APM vol. 2, appendix "VMCB Layout").
 *
 * One page: a control area of 1 KiB and the state-save area behind it.  Each
 * field is followed by its bits.  Reserved fields must be zero.
 */
#ifndef HULL_SVM_VMCB_H
#define HULL_SVM_VMCB_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/* Words of svm_control.intercept, and their bits as word * 32 + bit. */
enum svm_intercept {
	SVM_ICPT_CR_READ0	= 0,	/* + number of the register */
	SVM_ICPT_CR_WRITE0	= 16,
	SVM_ICPT_DR_READ0	= 32,
	SVM_ICPT_DR_WRITE0	= 48,
	SVM_ICPT_EXCEPTION0	= 64,	/* + vector */
	SVM_ICPT_INTR		= 96,
	SVM_ICPT_NMI		= 97,
	SVM_ICPT_SMI		= 98,
	SVM_ICPT_INIT		= 99,
	SVM_ICPT_VINTR		= 100,
	SVM_ICPT_CR0_SELECTIVE	= 101,
	SVM_ICPT_RDTSC		= 110,
	SVM_ICPT_RDPMC		= 111,
	SVM_ICPT_CPUID		= 114,
	SVM_ICPT_RSM		= 115,
	SVM_ICPT_IRET		= 116,
	SVM_ICPT_INTN		= 117,
	SVM_ICPT_INVD		= 118,
	SVM_ICPT_PAUSE		= 119,
	SVM_ICPT_HLT		= 120,
	SVM_ICPT_INVLPG		= 121,
	SVM_ICPT_INVLPGA	= 122,
	SVM_ICPT_IOIO		= 123,
	SVM_ICPT_MSR		= 124,
	SVM_ICPT_TASK_SWITCH	= 125,
	SVM_ICPT_SHUTDOWN	= 127,
	SVM_ICPT_VMRUN		= 128,
	SVM_ICPT_VMMCALL	= 129,
	SVM_ICPT_VMLOAD		= 130,
	SVM_ICPT_VMSAVE		= 131,
	SVM_ICPT_STGI		= 132,
	SVM_ICPT_CLGI		= 133,
	SVM_ICPT_SKINIT		= 134,
	SVM_ICPT_RDTSCP		= 135,
	SVM_ICPT_ICEBP		= 136,
	SVM_ICPT_WBINVD		= 137,
	SVM_ICPT_MONITOR	= 138,
	SVM_ICPT_MWAIT		= 139,
	SVM_ICPT_XSETBV		= 141,
	SVM_ICPT_RDPRU		= 142,
	SVM_ICPT_INVLPGB	= 160,
	SVM_ICPT_INVPCID	= 162,
	SVM_ICPT_MCOMMIT	= 163,
	SVM_ICPT_TLBSYNC	= 164,
};
#define SVM_INTERCEPT_WORDS	6

struct svm_control {
	u32 intercept[SVM_INTERCEPT_WORDS];	/* 000 */
	u8 reserved_018[0x03c - 0x018];
	u16 pause_filter_threshold;		/* 03C */
	u16 pause_filter_count;			/* 03E */
	u64 iopm_base_pa;			/* 040 */
	u64 msrpm_base_pa;			/* 048 */
	u64 tsc_offset;				/* 050 */
	u32 asid;				/* 058 */
	u8 tlb_control;				/* 05C */
#define SVM_TLB_KEEP			0
#define SVM_TLB_FLUSH_ALL		1	/* all ASIDs, the host's too */
#define SVM_TLB_FLUSH_ASID		3	/* needs flush-by-ASID */
	u8 reserved_05d[3];
	u64 vintr;				/* 060 */
#define SVM_VINTR_TPR			GENMASK_ULL(3, 0)
#define SVM_VINTR_IRQ			BIT_ULL(8)
#define SVM_VINTR_PRIORITY		GENMASK_ULL(19, 16)
#define SVM_VINTR_IGNORE_TPR		BIT_ULL(20)
#define SVM_VINTR_MASKING		BIT_ULL(24)
#define SVM_VINTR_VECTOR		GENMASK_ULL(39, 32)
	u64 interrupt_state;			/* 068 */
#define SVM_INT_SHADOW			BIT_ULL(0)
	u64 exit_code;				/* 070 */
	u64 exit_info_1;			/* 078 */
	u64 exit_info_2;			/* 080 */
	u64 exit_int_info;			/* 088: as event_inj */
	u64 nested_ctl;				/* 090 */
#define SVM_NESTED_PAGING		BIT_ULL(0)
	u8 reserved_098[0x0a8 - 0x098];
	u64 event_inj;				/* 0A8 */
#define SVM_EVENT_VECTOR		GENMASK_ULL(7, 0)
#define SVM_EVENT_TYPE			GENMASK_ULL(10, 8)
#define SVM_EVENT_TYPE_INTR		0
#define SVM_EVENT_TYPE_NMI		2
#define SVM_EVENT_TYPE_EXCEPTION	3
#define SVM_EVENT_TYPE_SOFT		4
#define SVM_EVENT_ERROR_VALID		BIT_ULL(11)
#define SVM_EVENT_VALID			BIT_ULL(31)
#define SVM_EVENT_ERROR			GENMASK_ULL(63, 32)
	u64 n_cr3;				/* 0B0 */
	u64 virt_ext;				/* 0B8 */
#define SVM_VIRT_LBR			BIT_ULL(0)
	u32 clean;				/* 0C0 */
/* Groups of fields the processor may take from its cache: set is unchanged. */
#define SVM_CLEAN_INTERCEPTS		BIT(0)	/* TSC offset, pause filter too */
#define SVM_CLEAN_PERM_MAPS		BIT(1)
#define SVM_CLEAN_ASID			BIT(2)
#define SVM_CLEAN_VINTR			BIT(3)
#define SVM_CLEAN_NESTED		BIT(4)	/* N_CR3, G_PAT */
#define SVM_CLEAN_CR			BIT(5)	/* CR0, CR3, CR4, EFER */
#define SVM_CLEAN_DR			BIT(6)	/* DR6, DR7 */
#define SVM_CLEAN_TABLES		BIT(7)	/* GDTR, IDTR */
#define SVM_CLEAN_SEGMENTS		BIT(8)	/* CS, DS, ES, SS, CPL */
#define SVM_CLEAN_CR2			BIT(9)
#define SVM_CLEAN_LBR			BIT(10)
#define SVM_CLEAN_ALL			GENMASK(10, 0)
	u32 reserved_0c4;
	u64 next_rip;				/* 0C8: next-RIP save */
	u8 insn_count;				/* 0D0: decode assists */
	u8 insn[15];				/* 0D1 */
	u8 reserved_0e0[0x400 - 0x0e0];
};

/* Type, S, DPL and P in bits 7:0; AVL, L, D/B and G in bits 11:8. */
struct svm_segment {
	u16 selector;
	u16 attr;
	u32 limit;
	u64 base;
};

struct svm_save {
	struct svm_segment es;			/* 400 */
	struct svm_segment cs;			/* 410 */
	struct svm_segment ss;			/* 420 */
	struct svm_segment ds;			/* 430 */
	struct svm_segment fs;			/* 440 */
	struct svm_segment gs;			/* 450 */
	struct svm_segment gdtr;		/* 460 */
	struct svm_segment ldtr;		/* 470 */
	struct svm_segment idtr;		/* 480 */
	struct svm_segment tr;			/* 490 */
	u8 reserved_4a0[0x4cb - 0x4a0];
	u8 cpl;					/* 4CB */
	u32 reserved_4cc;
	u64 efer;				/* 4D0 */
	u8 reserved_4d8[0x548 - 0x4d8];
	u64 cr4;				/* 548 */
	u64 cr3;				/* 550 */
	u64 cr0;				/* 558 */
	u64 dr7;				/* 560 */
	u64 dr6;				/* 568 */
	u64 rflags;				/* 570 */
	u64 rip;				/* 578 */
	u8 reserved_580[0x5d8 - 0x580];
	u64 rsp;				/* 5D8 */
	u8 reserved_5e0[0x5f8 - 0x5e0];
	u64 rax;				/* 5F8 */
	u64 star;				/* 600 */
	u64 lstar;				/* 608 */
	u64 cstar;				/* 610 */
	u64 sfmask;				/* 618 */
	u64 kernel_gs_base;			/* 620 */
	u64 sysenter_cs;			/* 628 */
	u64 sysenter_esp;			/* 630 */
	u64 sysenter_eip;			/* 638 */
	u64 cr2;				/* 640 */
	u8 reserved_648[0x668 - 0x648];
	u64 g_pat;				/* 668 */
	u64 debugctl;				/* 670 */
	u64 br_from;				/* 678 */
	u64 br_to;				/* 680 */
	u64 last_excp_from;			/* 688 */
	u64 last_excp_to;			/* 690 */
	u8 reserved_698[0x6e0 - 0x698];
	u64 spec_ctrl;				/* 6E0: virtual SPEC_CTRL */
	u8 reserved_6e8[0x1000 - 0x6e8];
};

struct svm_vmcb {
	struct svm_control control;
	struct svm_save save;
};

#define SVM_ASSERT_OFFSET(member, offset)				\
	static_assert(offsetof(struct svm_vmcb, member) == (offset))

static_assert(sizeof(struct svm_control) == 0x400);
static_assert(sizeof(struct svm_segment) == 16);
static_assert(sizeof(struct svm_vmcb) == 0x1000);
SVM_ASSERT_OFFSET(control.pause_filter_count, 0x03e);
SVM_ASSERT_OFFSET(control.iopm_base_pa, 0x040);
SVM_ASSERT_OFFSET(control.tsc_offset, 0x050);
SVM_ASSERT_OFFSET(control.tlb_control, 0x05c);
SVM_ASSERT_OFFSET(control.exit_code, 0x070);
SVM_ASSERT_OFFSET(control.exit_int_info, 0x088);
SVM_ASSERT_OFFSET(control.event_inj, 0x0a8);
SVM_ASSERT_OFFSET(control.clean, 0x0c0);
SVM_ASSERT_OFFSET(control.next_rip, 0x0c8);
SVM_ASSERT_OFFSET(control.insn, 0x0d1);
SVM_ASSERT_OFFSET(save.cpl, 0x4cb);
SVM_ASSERT_OFFSET(save.efer, 0x4d0);
SVM_ASSERT_OFFSET(save.cr4, 0x548);
SVM_ASSERT_OFFSET(save.rip, 0x578);
SVM_ASSERT_OFFSET(save.rsp, 0x5d8);
SVM_ASSERT_OFFSET(save.rax, 0x5f8);
SVM_ASSERT_OFFSET(save.cr2, 0x640);
SVM_ASSERT_OFFSET(save.g_pat, 0x668);
SVM_ASSERT_OFFSET(save.last_excp_to, 0x690);
SVM_ASSERT_OFFSET(save.spec_ctrl, 0x6e0);
#undef SVM_ASSERT_OFFSET

/* Exit codes (APM vol. 2, appendix "SVM Intercept Exit Codes"). */
#define SVM_EXIT_CR_READ0	0x000
#define SVM_EXIT_CR_WRITE0	0x010
#define SVM_EXIT_DR_READ0	0x020
#define SVM_EXIT_DR_WRITE0	0x030
#define SVM_EXIT_EXCEPTION0	0x040
#define SVM_EXIT_INTR		0x060
#define SVM_EXIT_NMI		0x061
#define SVM_EXIT_SMI		0x062
#define SVM_EXIT_INIT		0x063
#define SVM_EXIT_VINTR		0x064
#define SVM_EXIT_RDTSC		0x06e
#define SVM_EXIT_RDPMC		0x06f
#define SVM_EXIT_CPUID		0x072
#define SVM_EXIT_IRET		0x074
#define SVM_EXIT_INVD		0x076
#define SVM_EXIT_PAUSE		0x077
#define SVM_EXIT_HLT		0x078
#define SVM_EXIT_INVLPG		0x079
#define SVM_EXIT_INVLPGA	0x07a
#define SVM_EXIT_IOIO		0x07b
#define SVM_EXIT_MSR		0x07c
#define SVM_EXIT_TASK_SWITCH	0x07d
#define SVM_EXIT_SHUTDOWN	0x07f
#define SVM_EXIT_VMRUN		0x080
#define SVM_EXIT_VMMCALL	0x081
#define SVM_EXIT_VMLOAD		0x082
#define SVM_EXIT_VMSAVE		0x083
#define SVM_EXIT_STGI		0x084
#define SVM_EXIT_CLGI		0x085
#define SVM_EXIT_SKINIT		0x086
#define SVM_EXIT_RDTSCP		0x087
#define SVM_EXIT_ICEBP		0x088
#define SVM_EXIT_WBINVD		0x089
#define SVM_EXIT_MONITOR	0x08a
#define SVM_EXIT_MWAIT		0x08b
#define SVM_EXIT_XSETBV		0x08d
#define SVM_EXIT_RDPRU		0x08e
#define SVM_EXIT_INVLPGB	0x0a0
#define SVM_EXIT_INVPCID	0x0a2
#define SVM_EXIT_MCOMMIT	0x0a3
#define SVM_EXIT_TLBSYNC	0x0a4
#define SVM_NR_EXITS		0x0a5	/* of the dense part */
#define SVM_EXIT_NPF		0x400
#define SVM_EXIT_INVALID	(~0ULL)

/* EXITINFO1 of SVM_EXIT_IOIO (APM vol. 2, IN and OUT Behavior). */
#define SVM_IOIO_IN		BIT(0)
#define SVM_IOIO_STRING		BIT(2)
#define SVM_IOIO_REP		BIT(3)
#define SVM_IOIO_SIZE_SHIFT	4		/* one bit each: 1, 2, 4 bytes */
#define SVM_IOIO_SIZE_MASK	0x7
#define SVM_IOIO_PORT_SHIFT	16

/* EXITINFO1 of SVM_EXIT_NPF (APM vol. 2, Nested Table Walk): as a #PF error. */
#define SVM_NPF_PRESENT		BIT_ULL(0)
#define SVM_NPF_WRITE		BIT_ULL(1)
#define SVM_NPF_RESERVED	BIT_ULL(3)
#define SVM_NPF_FETCH		BIT_ULL(4)
#define SVM_NPF_TABLE		BIT_ULL(33)	/* walking the guest's tables */

/* EXITINFO1 of CR exits with decode assists. */
#define SVM_CR_MOV		BIT_ULL(63)	/* not CLTS, LMSW or SMSW */
#define SVM_CR_GPR		GENMASK_ULL(3, 0)

/* EXITINFO2 of SVM_EXIT_TASK_SWITCH; the selector is in EXITINFO1. */
#define SVM_TASK_IRET		BIT_ULL(36)
#define SVM_TASK_JMP		BIT_ULL(38)

/*
 * MSR permission map: two bits each, read below write, for three ranges of
 * 8192 MSRs, 2 KiB each (APM vol. 2, MSR Intercepts).
 */
#define SVM_MSRPM_SIZE		0x2000
#define SVM_MSRPM_RANGE		0x2000		/* MSRs per range */
/* I/O permission map: 64 K ports and three bits beyond them, in 12 KiB. */
#define SVM_IOPM_SIZE		0x3000

#endif
