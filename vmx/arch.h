/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMX as the SDM, vol. 3, defines it: control bits, capability MSRs, formats
 * of the exit information.  Fields are in fields.h, exit reasons in reasons.h.
 */
#ifndef HULL_VMX_ARCH_H
#define HULL_VMX_ARCH_H

#include <linux/bits.h>

/* IA32_VMX_BASIC. */
#define VMX_BASIC_INFO_REVISION	GENMASK_ULL(30, 0)
#define VMX_BASIC_INFO_SIZE		GENMASK_ULL(44, 32)
#define VMX_BASIC_INFO_32BIT_PA	BIT_ULL(48)
#define VMX_BASIC_INFO_MEM_TYPE	GENMASK_ULL(53, 50)
#define VMX_BASIC_INFO_TRUE_CTLS	BIT_ULL(55)
#define VMX_MEM_TYPE_WB		6ULL

/*
 * IA32_VMX_MISC: the preemption timer counts changes of this bit of the TSC; activity
 * states from HLT on.
 */
#define VMX_MISC_TIMER_BIT	GENMASK_ULL(4, 0)
#define VMX_MISC_ACTIVITY	GENMASK_ULL(8, 6)

/* Pin-based controls. */
#define VMX_PIN_EXTERNAL	BIT(0)
#define VMX_PIN_NMI		BIT(3)
#define VMX_PIN_VIRTUAL_NMI	BIT(5)
#define VMX_PIN_TIMER		BIT(6)

/* Primary processor-based controls. */
#define VMX_CPU_IRQ_WINDOW	BIT(2)
#define VMX_CPU_TSC_OFFSET	BIT(3)
#define VMX_CPU_HLT		BIT(7)
#define VMX_CPU_INVLPG		BIT(9)
#define VMX_CPU_MWAIT		BIT(10)
#define VMX_CPU_RDPMC		BIT(11)
#define VMX_CPU_RDTSC		BIT(12)
#define VMX_CPU_CR3_LOAD	BIT(15)
#define VMX_CPU_CR3_STORE	BIT(16)
#define VMX_CPU_CR8_LOAD	BIT(19)
#define VMX_CPU_CR8_STORE	BIT(20)
#define VMX_CPU_TPR_SHADOW	BIT(21)
#define VMX_CPU_NMI_WINDOW	BIT(22)
#define VMX_CPU_MOV_DR		BIT(23)
#define VMX_CPU_IO		BIT(24)
#define VMX_CPU_MSR_BITMAP	BIT(28)
#define VMX_CPU_MONITOR		BIT(29)
#define VMX_CPU_SECONDARY	BIT(31)

/* Secondary processor-based controls. */
#define VMX_CPU2_EPT		BIT(1)
#define VMX_CPU2_RDTSCP		BIT(3)
#define VMX_CPU2_VPID		BIT(5)
#define VMX_CPU2_WBINVD		BIT(6)
#define VMX_CPU2_UNRESTRICTED	BIT(7)
#define VMX_CPU2_PLE		BIT(10)
#define VMX_CPU2_INVPCID	BIT(12)
#define VMX_CPU2_ENCLS		BIT(15)
#define VMX_CPU2_PML		BIT(17)
#define VMX_CPU2_XSAVES		BIT(20)
#define VMX_CPU2_TSC_SCALING	BIT(25)

/* VM-exit controls. */
#define VMX_EXIT_SAVE_DEBUG	BIT(2)
#define VMX_EXIT_HOST_64	BIT(9)
#define VMX_EXIT_ACK_EXTERNAL	BIT(15)
#define VMX_EXIT_SAVE_PAT	BIT(18)
#define VMX_EXIT_LOAD_PAT	BIT(19)
#define VMX_EXIT_SAVE_EFER	BIT(20)
#define VMX_EXIT_LOAD_EFER	BIT(21)

/* VM-entry controls. */
#define VMX_ENTRY_LOAD_DEBUG	BIT(2)
#define VMX_ENTRY_IA32E		BIT(9)
#define VMX_ENTRY_LOAD_PAT	BIT(14)
#define VMX_ENTRY_LOAD_EFER	BIT(15)

/* IA32_VMX_EPT_VPID_CAP. */
#define VMX_EPT_WALK_4		BIT_ULL(6)
#define VMX_EPT_WALK_5		BIT_ULL(7)
#define VMX_EPT_TYPE_UC		BIT_ULL(8)
#define VMX_EPT_TYPE_WB		BIT_ULL(14)
#define VMX_EPT_2M		BIT_ULL(16)
#define VMX_EPT_1G		BIT_ULL(17)
#define VMX_EPT_INVEPT		BIT_ULL(20)
#define VMX_EPT_AD		BIT_ULL(21)
#define VMX_EPT_INVEPT_CONTEXT	BIT_ULL(25)
#define VMX_EPT_INVEPT_ALL	BIT_ULL(26)
#define VMX_VPID_INVVPID	BIT_ULL(32)
#define VMX_VPID_CONTEXT	BIT_ULL(41)
#define VMX_VPID_ALL		BIT_ULL(42)

/* EPTP. */
#define VMX_EPTP_WB		6ULL
#define VMX_EPTP_LEVELS(n)	((u64)((n) - 1) << 3)
#define VMX_EPTP_AD		BIT_ULL(6)

/* EPT entries. */
#define VMX_EPTE_READ		BIT_ULL(0)
#define VMX_EPTE_WRITE		BIT_ULL(1)
#define VMX_EPTE_EXEC		BIT_ULL(2)
#define VMX_EPTE_RWX		GENMASK_ULL(2, 0)
#define VMX_EPTE_TYPE_UC	(0ULL << 3)
#define VMX_EPTE_TYPE_WB	(6ULL << 3)
#define VMX_EPTE_IGNORE_PAT	BIT_ULL(6)
#define VMX_EPTE_LARGE		BIT_ULL(7)
#define VMX_EPTE_ACCESSED	BIT_ULL(8)
#define VMX_EPTE_DIRTY		BIT_ULL(9)
#define VMX_EPTE_SOFTWARE	GENMASK_ULL(56, 52)

/* Types of INVEPT and INVVPID. */
#define VMX_INVEPT_CONTEXT	1
#define VMX_INVEPT_ALL		2
#define VMX_INVVPID_CONTEXT	1
#define VMX_INVVPID_ALL		2

/* Access rights of a guest segment. */
#define VMX_RIGHTS_LOW		0x00ff	/* type, S, DPL, P */
#define VMX_RIGHTS_HIGH_SHIFT	4	/* AVL, L, D/B, G from bit 8 to 12 */
#define VMX_RIGHTS_HIGH		0xf000
#define VMX_RIGHTS_UNUSABLE	BIT(16)

/* Interruptibility state. */
#define VMX_BLOCKED_BY_STI	BIT(0)
#define VMX_BLOCKED_BY_MOV_SS	BIT(1)
#define VMX_BLOCKED_BY_SMI	BIT(2)
#define VMX_BLOCKED_BY_NMI	BIT(3)
#define VMX_BLOCKED_ENCLAVE	BIT(4)	/* an enclave was interrupted */
#define VMX_BLOCKED_RESERVED	GENMASK(31, 5)
#define VMX_BLOCKED_SHADOW	(VMX_BLOCKED_BY_STI | VMX_BLOCKED_BY_MOV_SS)

/* Activity state. */
enum vmx_activity {
	VMX_ACTIVITY_ACTIVE,
	VMX_ACTIVITY_HLT,
	VMX_ACTIVITY_SHUTDOWN,
	VMX_ACTIVITY_WAIT_FOR_SIPI,
};

/* Pending debug exceptions. */
#define VMX_PENDING_BUS_LOCK	BIT(11)
#define VMX_PENDING_BREAKPOINT	BIT(12)
#define VMX_PENDING_BS		BIT(14)
#define VMX_PENDING_RTM		BIT(16)
#define VMX_PENDING_RESERVED	(GENMASK_ULL(10, 4) | BIT(13) | BIT(15) | GENMASK_ULL(63, 17))

/* Interruption information: of an exit, of the vectoring, for an entry. */
#define VMX_EVENT_VECTOR	GENMASK(7, 0)
#define VMX_EVENT_TYPE		GENMASK(10, 8)
#define VMX_EVENT_ERROR		BIT(11)
#define VMX_EVENT_IRET_NMI	BIT(12)	/* NMI unblocking due to IRET */
#define VMX_EVENT_VALID		BIT(31)

enum vmx_event_type {
	VMX_EVENT_EXTERNAL = 0,
	VMX_EVENT_NMI = 2,
	VMX_EVENT_HARD_EXCEPTION = 3,
	VMX_EVENT_SOFT_INTERRUPT = 4,
	VMX_EVENT_PRIV_EXCEPTION = 5,	/* INT1 */
	VMX_EVENT_SOFT_EXCEPTION = 6,	/* INT3, INTO */
	VMX_EVENT_OTHER = 7,		/* with vector 0: an exit of the monitor trap flag */
};

/* VM-instruction errors of a VMLAUNCH or VMRESUME. */
#define VMX_ERROR_CONTROLS	7
#define VMX_ERROR_HOST_STATE	8

/* Exit reason field. */
#define VMX_REASON_BASIC	GENMASK(15, 0)
#define VMX_REASON_FAILED	BIT(31)

/*
 * Exit qualification: an entry failed because STI blocks the NMI it was to inject; for
 * the VMCS link pointer.
 */
#define VMX_QUAL_ENTRY_NMI	3
#define VMX_QUAL_ENTRY_LINK	4

/* Exit qualification: EPT violation. */
#define VMX_QUAL_EPT_READ	BIT(0)
#define VMX_QUAL_EPT_WRITE	BIT(1)
#define VMX_QUAL_EPT_FETCH	BIT(2)
#define VMX_QUAL_EPT_PRESENT	GENMASK(5, 3)
#define VMX_QUAL_EPT_GVA_VALID	BIT(7)
#define VMX_QUAL_EPT_FINAL	BIT(8)	/* not on a guest page table */
#define VMX_QUAL_EPT_IRET_NMI	BIT(12)

/* Exit qualification: control-register access. */
#define VMX_QUAL_CR_NUMBER	GENMASK(3, 0)
#define VMX_QUAL_CR_TYPE	GENMASK(5, 4)
#define VMX_QUAL_CR_GPR		GENMASK(11, 8)
#define VMX_QUAL_CR_LMSW	GENMASK(31, 16)

enum vmx_cr_type {
	VMX_CR_MOV_TO,
	VMX_CR_MOV_FROM,
	VMX_CR_CLTS,
	VMX_CR_LMSW,
};

/* Exit qualification: MOV DR. */
#define VMX_QUAL_DR_NUMBER	GENMASK(2, 0)
#define VMX_QUAL_DR_FROM	BIT(4)
#define VMX_QUAL_DR_GPR		GENMASK(11, 8)

/* Exit qualification: I/O instruction. */
#define VMX_QUAL_IO_SIZE	GENMASK(2, 0)
#define VMX_QUAL_IO_IN		BIT(3)
#define VMX_QUAL_IO_STRING	BIT(4)
#define VMX_QUAL_IO_REP		BIT(5)
#define VMX_QUAL_IO_PORT	GENMASK(31, 16)

/* Exit qualification: task switch. */
#define VMX_QUAL_TASK_SELECTOR	GENMASK(15, 0)
#define VMX_QUAL_TASK_REASON	GENMASK(31, 30)

/* Exit qualification: debug exception; the bits of DR6 it would set. */
#define VMX_QUAL_DB		(GENMASK(3, 0) | GENMASK(14, 13))

/* PML: entries of the log, and the index of an empty one. */
#define VMX_PML_ENTRIES		512
#define VMX_PML_EMPTY		(VMX_PML_ENTRIES - 1)

/* Virtual-APIC page: VTPR, and where in it the priority class is. */
#define VMX_VTPR		0x80
#define VMX_VTPR_CLASS_SHIFT	4

#endif
