// SPDX-License-Identifier: GPL-2.0
/*
 * The entry checks on control fields and on guest state (SDM vol. 3, Checks on
 * VMX Controls and Checks on the Guest State Area), in software.
 *
 * The CPU says that it refused the one or the other, not why.  This finds the
 * rule, for the log: also those that hull never means to violate, for what is
 * refused is what hull did not expect.  Not here are the rules of controls that
 * hull leaves off (BNDCFGS, PERF_GLOBAL_CTRL, CET, ...) and those of SMM.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "check.h"
#include "cpu/msr.h"
#include "vmx.h"

#define TYPE(rights)	((rights) & HULL_ATTR_TYPE)
#define DPL(rights)	(((rights) & HULL_ATTR_DPL) >> HULL_ATTR_DPL_SHIFT)
#define TI		0x4
#define RIGHTS_L	BIT(13)
#define RIGHTS_DB	BIT(14)
#define RIGHTS_G	BIT(15)
#define RIGHTS_RESERVED	(GENMASK(11, 8) | GENMASK(31, 17))
/* Of DEBUGCTL on every CPU; on most, some more. */
#define DEBUGCTL_RESERVED	(GENMASK_ULL(5, 3) | GENMASK_ULL(63, 16))
/* Unrestricted guest exempts the one pair, and an entry does not load the other. */
#define CR0_EITHER	(X86_CR0_PE | X86_CR0_PG | X86_CR0_NW | X86_CR0_CD)
#define NO_LINK		(~0ULL)
#define PDPTE_PRESENT	BIT_ULL(0)
#define PDPTE_RESERVED	(GENMASK_ULL(2, 1) | GENMASK_ULL(8, 5))

static void read_state(struct vmx_vcpu *vmx, struct vmx_guest_state *g)
{
	u32 rights[HULL_NR_SEGS] = {
		[HULL_SEG_ES] = vmcs_read32(GUEST_ES_RIGHTS),
		[HULL_SEG_CS] = vmcs_read32(GUEST_CS_RIGHTS),
		[HULL_SEG_SS] = vmcs_read32(GUEST_SS_RIGHTS),
		[HULL_SEG_DS] = vmcs_read32(GUEST_DS_RIGHTS),
		[HULL_SEG_FS] = vmcs_read32(GUEST_FS_RIGHTS),
		[HULL_SEG_GS] = vmcs_read32(GUEST_GS_RIGHTS),
		[HULL_SEG_TR] = vmcs_read32(GUEST_TR_RIGHTS),
		[HULL_SEG_LDTR] = vmcs_read32(GUEST_LDTR_RIGHTS),
	};
	struct hull_segment s;
	int i;

	*g = (struct vmx_guest_state) {
		.cr0 = vmcs_readn(GUEST_CR0),
		.cr3 = vmcs_readn(GUEST_CR3),
		.cr4 = vmcs_readn(GUEST_CR4),
		.efer = vmcs_read64(GUEST_EFER),
		.rflags = vmcs_readn(GUEST_RFLAGS),
		.rip = vmcs_readn(GUEST_RIP),
		.dr7 = vmcs_readn(GUEST_DR7),
		.pending = vmcs_readn(GUEST_PENDING_DEBUG),
		.debugctl = vmcs_read64(GUEST_DEBUGCTL),
		.pat = vmcs_read64(GUEST_PAT),
		.sysenter_esp = vmcs_readn(GUEST_SYSENTER_ESP),
		.sysenter_eip = vmcs_readn(GUEST_SYSENTER_EIP),
		.pdpte = {
			vmcs_read64(GUEST_PDPTE0), vmcs_read64(GUEST_PDPTE1),
			vmcs_read64(GUEST_PDPTE2), vmcs_read64(GUEST_PDPTE3),
		},
		.gdtr_base = vmcs_readn(GUEST_GDTR_BASE),
		.idtr_base = vmcs_readn(GUEST_IDTR_BASE),
		.gdtr_limit = vmcs_read32(GUEST_GDTR_LIMIT),
		.idtr_limit = vmcs_read32(GUEST_IDTR_LIMIT),
		.link = vmcs_read64(VMCS_LINK_POINTER),
		.interruptibility = vmcs_read32(GUEST_INTERRUPTIBILITY),
		.activity = vmcs_read32(GUEST_ACTIVITY),
		.entry = vmcs_read32(ENTRY_CONTROLS),
		.event = vmcs_read32(ENTRY_EVENT),
		.qualification = vmcs_readn(EXIT_QUALIFICATION),
		.caps = &vmx_caps,
		.virtual_nmi = vmx_caps.virtual_nmi,
		.sgx = boot_cpu_has(X86_FEATURE_SGX),
		.rtm = boot_cpu_has(X86_FEATURE_RTM),
		.bus_lock = boot_cpu_has(X86_FEATURE_BUS_LOCK_DETECT),
	};
	g->ia32e = g->entry & VMX_ENTRY_IA32E;
	g->v86 = g->rflags & X86_EFLAGS_VM;

	vmx->segments_avail = 0;
	for (i = 0; i < HULL_NR_SEGS; i++) {
		vmx_get_segment(&vmx->vcpu, i, &s);
		g->seg[i].base = s.base;
		g->seg[i].limit = s.limit;
		g->seg[i].selector = s.selector;
		g->seg[i].rights = rights[i];
	}
}

static bool usable(const struct vmx_guest_state *g, int seg)
{
	return !(g->seg[seg].rights & VMX_RIGHTS_UNUSABLE);
}

static bool bad_limit(const struct vmx_guest_state *g, int seg)
{
	u32 limit = g->seg[seg].limit;

	if (g->seg[seg].rights & RIGHTS_G)
		return (limit & 0xfff) != 0xfff;
	return limit & 0xfff00000;
}

/* Is an event of this type to be injected? */
static bool injects(const struct vmx_guest_state *g, u32 type)
{
	return g->event & VMX_EVENT_VALID && FIELD_GET(VMX_EVENT_TYPE, g->event) == type;
}

static bool is_canonical(u64 address)
{
	return __is_canonical_address(address, boot_cpu_data.x86_virt_bits);
}

/* Rules on the whole. */

static bool bad_cr0(const struct vmx_guest_state *g)
{
	u64 must = g->caps->cr0_fixed & ~(u64)CR0_EITHER;
	u64 may = g->caps->cr0_allowed | CR0_EITHER;

	return (g->cr0 & must) != must || g->cr0 & ~may ||
	       (g->cr0 & X86_CR0_PG && !(g->cr0 & X86_CR0_PE));
}

static bool bad_cr4(const struct vmx_guest_state *g)
{
	u64 must = g->caps->cr4_fixed;

	return (g->cr4 & must) != must || g->cr4 & ~g->caps->cr4_allowed ||
	       (g->cr4 & X86_CR4_PCIDE && !g->ia32e) ||
	       (g->cr4 & X86_CR4_CET && !(g->cr0 & X86_CR0_WP));
}

static bool bad_cr3(const struct vmx_guest_state *g)
{
	return g->cr3 >> boot_cpu_data.x86_phys_bits;
}

/* They are the VMCS's own, and what CR3 points to is not read. */
static bool bad_pdptes(const struct vmx_guest_state *g)
{
	u64 reserved = PDPTE_RESERVED | GENMASK_ULL(63, boot_cpu_data.x86_phys_bits);
	int i;

	if (g->ia32e || !(g->cr0 & X86_CR0_PG) || !(g->cr4 & X86_CR4_PAE))
		return false;
	for (i = 0; i < ARRAY_SIZE(g->pdpte); i++)
		if (g->pdpte[i] & PDPTE_PRESENT && g->pdpte[i] & reserved)
			return true;
	return false;
}

static bool bad_long_mode(const struct vmx_guest_state *g)
{
	return g->ia32e && (!(g->cr0 & X86_CR0_PG) || !(g->cr4 & X86_CR4_PAE));
}

static bool bad_efer(const struct vmx_guest_state *g)
{
	bool lma = g->efer & EFER_LMA;

	if (g->efer & ~(u64)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX))
		return true;
	if (lma != g->ia32e)
		return true;
	return g->cr0 & X86_CR0_PG && lma != !!(g->efer & EFER_LME);
}

static bool bad_debug(const struct vmx_guest_state *g)
{
	return g->dr7 >> 32 || g->debugctl & DEBUGCTL_RESERVED;
}

static bool bad_sysenter(const struct vmx_guest_state *g)
{
	return !is_canonical(g->sysenter_esp) || !is_canonical(g->sysenter_eip);
}

static bool bad_pat(const struct vmx_guest_state *g)
{
	return !hull_pat_valid(g->pat);
}

static bool bad_rip(const struct vmx_guest_state *g)
{
	bool cs64 = g->ia32e && g->seg[HULL_SEG_CS].rights & RIGHTS_L;
	s64 above = (s64)g->rip >> boot_cpu_data.x86_virt_bits;

	if (!cs64)
		return g->rip >> 32;
	/* Not the same as canonical: the bit below may differ. */
	return above && above != -1;
}

static bool bad_rflags(const struct vmx_guest_state *g)
{
	if (!(g->rflags & X86_EFLAGS_FIXED) || g->rflags & (BIT(3) | BIT(5) | BIT(15)) ||
	    g->rflags >> 22)
		return true;
	if (g->v86 && (g->ia32e || !(g->cr0 & X86_CR0_PE)))
		return true;
	/* An external interrupt is injected only with IF set. */
	return injects(g, VMX_EVENT_EXTERNAL) && !(g->rflags & X86_EFLAGS_IF);
}

/* Would the state block what is to be injected? */
static bool asleep_for_event(const struct vmx_guest_state *g)
{
	u8 vector = g->event & VMX_EVENT_VECTOR;
	bool mc = injects(g, VMX_EVENT_HARD_EXCEPTION) && vector == X86_TRAP_MC;
	bool db = injects(g, VMX_EVENT_HARD_EXCEPTION) && vector == X86_TRAP_DB;

	if (!(g->event & VMX_EVENT_VALID))
		return false;
	switch (g->activity) {
	case VMX_ACTIVITY_ACTIVE:
		return false;
	case VMX_ACTIVITY_HLT:
		return !mc && !db && !injects(g, VMX_EVENT_NMI) &&
		       !injects(g, VMX_EVENT_EXTERNAL) &&
		       !(injects(g, VMX_EVENT_OTHER) && !vector);
	case VMX_ACTIVITY_SHUTDOWN:
		return !mc && !injects(g, VMX_EVENT_NMI);
	default:
		return true;
	}
}

static bool bad_activity(const struct vmx_guest_state *g)
{
	if (g->activity > VMX_ACTIVITY_WAIT_FOR_SIPI ||
	    !(g->caps->activities & BIT(g->activity)))
		return true;
	if (g->activity == VMX_ACTIVITY_HLT && DPL(g->seg[HULL_SEG_SS].rights))
		return true;
	if (g->activity != VMX_ACTIVITY_ACTIVE && g->interruptibility & VMX_BLOCKED_SHADOW)
		return true;
	return asleep_for_event(g);
}

static bool bad_interruptibility(const struct vmx_guest_state *g)
{
	u32 state = g->interruptibility;

	if (state & (VMX_BLOCKED_RESERVED | VMX_BLOCKED_BY_SMI))
		return true;
	if (state & VMX_BLOCKED_ENCLAVE && (state & VMX_BLOCKED_BY_MOV_SS || !g->sgx))
		return true;
	if ((state & VMX_BLOCKED_SHADOW) == VMX_BLOCKED_SHADOW)
		return true;
	if (state & VMX_BLOCKED_BY_STI && !(g->rflags & X86_EFLAGS_IF))
		return true;
	return injects(g, VMX_EVENT_EXTERNAL) && state & VMX_BLOCKED_SHADOW;
}

static bool bad_nmi(const struct vmx_guest_state *g)
{
	u32 state = g->interruptibility;

	if (!injects(g, VMX_EVENT_NMI))
		return false;
	if (state & VMX_BLOCKED_BY_MOV_SS ||
	    (state & VMX_BLOCKED_BY_NMI && g->virtual_nmi))
		return true;
	/* Some processors let it pass, the others say so. */
	return state & VMX_BLOCKED_BY_STI && g->qualification == VMX_QUAL_ENTRY_NMI;
}

static bool bad_pending_bits(const struct vmx_guest_state *g)
{
	if (g->pending & VMX_PENDING_RESERVED ||
	    (g->pending & VMX_PENDING_BUS_LOCK && !g->bus_lock))
		return true;
	if (!(g->pending & VMX_PENDING_RTM))
		return false;
	/* That of a transaction comes alone, as a breakpoint. */
	return !g->rtm || g->pending != (VMX_PENDING_RTM | VMX_PENDING_BREAKPOINT) ||
	       g->interruptibility & VMX_BLOCKED_BY_MOV_SS;
}

static bool bad_pending_debug(const struct vmx_guest_state *g)
{
	bool step = g->rflags & X86_EFLAGS_TF && !(g->debugctl & DEBUGCTLMSR_BTF);

	if (!(g->interruptibility & VMX_BLOCKED_SHADOW) && g->activity != VMX_ACTIVITY_HLT)
		return false;
	return step != !!(g->pending & VMX_PENDING_BS);
}

/* What it points to is not looked at; the CPU says that it was this. */
static bool bad_link(const struct vmx_guest_state *g)
{
	if (g->link == NO_LINK)
		return false;
	return g->qualification == VMX_QUAL_ENTRY_LINK || g->link & ~PAGE_MASK ||
	       g->link >> boot_cpu_data.x86_phys_bits;
}

/* Rules on segments. */

static bool bad_v86_segment(const struct vmx_guest_state *g)
{
	int i;

	if (!g->v86)
		return false;
	for (i = HULL_SEG_ES; i <= HULL_SEG_GS; i++)
		if (g->seg[i].base != (u64)g->seg[i].selector << 4 ||
		    g->seg[i].limit != 0xffff || g->seg[i].rights != 0xf3)
			return true;
	return false;
}

static bool bad_cs(const struct vmx_guest_state *g)
{
	u32 rights = g->seg[HULL_SEG_CS].rights;
	u32 ss_dpl = DPL(g->seg[HULL_SEG_SS].rights);

	if (g->v86)
		return false;
	/* Also of one that is not usable. */
	if (!(rights & HULL_ATTR_S) || !(rights & HULL_ATTR_P) || rights & RIGHTS_RESERVED)
		return true;
	if (g->ia32e && rights & RIGHTS_L && rights & RIGHTS_DB)
		return true;
	switch (TYPE(rights)) {
	case 3:
		return DPL(rights) != 0;
	case 9:
	case 11:
		return DPL(rights) != ss_dpl;
	case 13:
	case 15:
		return DPL(rights) > ss_dpl;
	default:
		return true;
	}
}

static bool bad_ss(const struct vmx_guest_state *g)
{
	u32 rights = g->seg[HULL_SEG_SS].rights;

	if (g->v86)
		return false;
	if ((TYPE(g->seg[HULL_SEG_CS].rights) == 3 || !(g->cr0 & X86_CR0_PE)) &&
	    DPL(rights))
		return true;
	if (!usable(g, HULL_SEG_SS))
		return false;
	return (TYPE(rights) != 3 && TYPE(rights) != 7) ||
	       !(rights & HULL_ATTR_S) || !(rights & HULL_ATTR_P) ||
	       rights & RIGHTS_RESERVED;
}

static bool bad_data_segment(const struct vmx_guest_state *g)
{
	static const u8 data[] = {
		HULL_SEG_DS, HULL_SEG_ES, HULL_SEG_FS, HULL_SEG_GS,
	};
	u32 rights;
	int i;

	if (g->v86)
		return false;
	for (i = 0; i < ARRAY_SIZE(data); i++) {
		rights = g->seg[data[i]].rights;
		if (!usable(g, data[i]))
			continue;
		if (!(rights & HULL_TYPE_ACCESSED) || !(rights & HULL_ATTR_S) ||
		    !(rights & HULL_ATTR_P) || rights & RIGHTS_RESERVED)
			return true;
		if (rights & HULL_TYPE_CODE && !(rights & HULL_TYPE_WRITE))
			return true;
	}
	return false;
}

static bool bad_segment_limit(const struct vmx_guest_state *g)
{
	int i;

	for (i = 0; i < HULL_NR_SEGS; i++)
		if ((i == HULL_SEG_CS || usable(g, i)) && bad_limit(g, i))
			return true;
	return false;
}

static bool bad_segment_base(const struct vmx_guest_state *g)
{
	static const u8 wide[] = { HULL_SEG_TR, HULL_SEG_FS, HULL_SEG_GS };
	static const u8 narrow[] = { HULL_SEG_CS, HULL_SEG_SS, HULL_SEG_DS, HULL_SEG_ES };
	int i;

	for (i = 0; i < ARRAY_SIZE(wide); i++)
		if (!is_canonical(g->seg[wide[i]].base))
			return true;
	for (i = 0; i < ARRAY_SIZE(narrow); i++)
		if ((narrow[i] == HULL_SEG_CS || usable(g, narrow[i])) &&
		    g->seg[narrow[i]].base >> 32)
			return true;
	return usable(g, HULL_SEG_LDTR) && !is_canonical(g->seg[HULL_SEG_LDTR].base);
}

static bool bad_tables(const struct vmx_guest_state *g)
{
	return !is_canonical(g->gdtr_base) || !is_canonical(g->idtr_base);
}

static bool bad_table_limit(const struct vmx_guest_state *g)
{
	return g->gdtr_limit >> 16 || g->idtr_limit >> 16;
}

static bool bad_tr(const struct vmx_guest_state *g)
{
	u32 rights = g->seg[HULL_SEG_TR].rights;
	u32 type = TYPE(rights);

	return !usable(g, HULL_SEG_TR) || rights & HULL_ATTR_S ||
	       !(rights & HULL_ATTR_P) || rights & RIGHTS_RESERVED ||
	       g->seg[HULL_SEG_TR].selector & TI ||
	       (type != 11 && (type != 3 || g->ia32e));
}

static bool bad_ldtr(const struct vmx_guest_state *g)
{
	u32 rights = g->seg[HULL_SEG_LDTR].rights;

	if (!usable(g, HULL_SEG_LDTR))
		return false;
	return TYPE(rights) != 2 || rights & HULL_ATTR_S ||
	       !(rights & HULL_ATTR_P) || rights & RIGHTS_RESERVED ||
	       g->seg[HULL_SEG_LDTR].selector & TI;
}

static const struct {
	const char *name;
	bool (*violated)(const struct vmx_guest_state *g);
} rules[] = {
	{ "CR0 fixed bits, PG without PE", bad_cr0 },
	{ "CR4 fixed bits, PCIDE outside long mode, CET without WP", bad_cr4 },
	{ "CR3 beyond the physical address width", bad_cr3 },
	{ "PDPTEs reserved bits", bad_pdptes },
	{ "long mode needs CR0.PG and CR4.PAE", bad_long_mode },
	{ "EFER reserved bits, LMA and LME", bad_efer },
	{ "DR7 bits 63:32, DEBUGCTL reserved bits", bad_debug },
	{ "SYSENTER_ESP or SYSENTER_EIP not canonical", bad_sysenter },
	{ "PAT memory types", bad_pat },
	{ "RIP beyond the linear-address width", bad_rip },
	{ "RFLAGS reserved bits, VM, IF for an interrupt", bad_rflags },
	{ "interruptibility state", bad_interruptibility },
	{ "activity state", bad_activity },
	{ "injection of an NMI that is blocked", bad_nmi },
	{ "pending debug exceptions, reserved bits and RTM", bad_pending_bits },
	{ "pending debug exceptions against TF, shadow and HLT", bad_pending_debug },
	{ "VMCS link pointer", bad_link },
	{ "virtual-8086 segments", bad_v86_segment },
	{ "CS", bad_cs },
	{ "SS", bad_ss },
	{ "DS, ES, FS or GS", bad_data_segment },
	{ "granularity and limit of a segment", bad_segment_limit },
	{ "base of a segment", bad_segment_base },
	{ "base of GDTR or IDTR", bad_tables },
	{ "limit of GDTR or IDTR", bad_table_limit },
	{ "TR", bad_tr },
	{ "LDTR", bad_ldtr },
};

/* Rules on control fields. */

bool vmx_event_error_valid(u32 event, u32 error, u64 cr0)
{
	bool due = FIELD_GET(VMX_EVENT_TYPE, event) == VMX_EVENT_HARD_EXCEPTION &&
		   BIT_ULL(event & VMX_EVENT_VECTOR & 31) & HULL_ERROR_VECTORS &&
		   cr0 & X86_CR0_PE;

	if (!(event & VMX_EVENT_ERROR))
		return !due;
	return due && !(error >> 16);
}

static const char *check_controls(struct vmx_vcpu *vmx)
{
	u32 event = vmcs_read32(ENTRY_EVENT);

	if (vmx->virtual_apic && vmcs_read32(TPR_THRESHOLD) > vmx_tpr_read(vmx))
		return "TPR threshold above VTPR";
	if (event & VMX_EVENT_VALID &&
	    !vmx_event_error_valid(event, vmcs_read32(ENTRY_EVENT_ERROR),
				   vmcs_readn(GUEST_CR0)))
		return "error code of the event";
	return NULL;
}

const char *vmx_check_failed_instruction(struct vmx_vcpu *vmx, u32 error)
{
	switch (error) {
	case VMX_ERROR_CONTROLS:
		return check_controls(vmx) ?: "control fields";
	case VMX_ERROR_HOST_STATE:
		return vmx_check_host_state() ?: "host state";
	default:
		return NULL;
	}
}

const char *vmx_guest_state_rule(const struct vmx_guest_state *g)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].violated(g))
			return rules[i].name;
	return NULL;
}

const char *vmx_check_guest_state(struct vmx_vcpu *vmx)
{
	struct vmx_guest_state g;

	read_state(vmx, &g);
	return vmx_guest_state_rule(&g);
}
