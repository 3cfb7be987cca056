// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to control registers and EFER, as the guest makes them.
 *
 * The order is always: check, load what the new mode needs from memory (the
 * PDPTRs), change vcpu's fields, project them through the backend, refresh
 * what depends on them.  A write that faults has changed nothing.
 *
 * References: SDM vol. 3, Control Registers and Paging; APM vol. 2, System-
 * Control Registers and Long-Mode Activation.
 */
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include "../backend.h"
#include "../mem/mem.h"
#include "../vcpu.h"
#include "cpuid.h"
#include "cr.h"
#include "regs.h"
#include "segment.h"

/*
 * Bits whose change drops every translation (SDM vol. 3, Operations that
 * Invalidate TLBs and Paging-Structure Caches).
 */
#define CR4_FLUSH_BITS	(X86_CR4_PAE | X86_CR4_PSE | X86_CR4_PGE | \
			 X86_CR4_PCIDE | X86_CR4_LA57 | X86_CR4_SMEP)
/* Bits whose change makes the CPU load the PDPTRs again (SDM vol. 3, PDPTE Registers). */
#define CR0_PDPTR_BITS	(X86_CR0_CD | X86_CR0_NW | X86_CR0_PG)
#define CR4_PDPTR_BITS	(X86_CR4_PGE | X86_CR4_PSE | X86_CR4_PAE | X86_CR4_SMEP)

/* Reserved bits of a PDPTE below the address: SDM vol. 3, PAE Paging. */
#define PDPTE_RESERVED	(GENMASK_ULL(2, 1) | GENMASK_ULL(8, 5))

bool hull_is_long_mode(struct hull_vcpu *vcpu)
{
	return vcpu->efer & EFER_LMA;
}

bool hull_is_64bit(struct hull_vcpu *vcpu)
{
	struct hull_segment cs;

	if (!hull_is_long_mode(vcpu))
		return false;
	backend_get_segment(vcpu, HULL_SEG_CS, &cs);
	return cs.attr & HULL_ATTR_L;
}

bool hull_is_paging(struct hull_vcpu *vcpu)
{
	return hull_cr0(vcpu) & X86_CR0_PG;
}

bool hull_is_pae(struct hull_vcpu *vcpu)
{
	return hull_is_paging(vcpu) && (hull_cr4(vcpu) & X86_CR4_PAE) &&
	       !hull_is_long_mode(vcpu);
}

bool hull_is_canonical(struct hull_vcpu *vcpu, u64 address)
{
	int unused = hull_cr4(vcpu) & X86_CR4_LA57 ? 64 - 57 : 64 - 48;

	return (u64)((s64)(address << unused) >> unused) == address;
}

bool hull_cr0_valid(u64 cr0)
{
	if (upper_32_bits(cr0))
		return false;
	if ((cr0 & X86_CR0_NW) && !(cr0 & X86_CR0_CD))
		return false;
	return !(cr0 & X86_CR0_PG) || (cr0 & X86_CR0_PE);
}

bool hull_cr4_valid(struct hull_vcpu *vcpu, u64 cr4)
{
	return !(cr4 & ~vcpu->cpuid.cr4_allowed);
}

bool hull_cr3_valid(struct hull_vcpu *vcpu, u64 cr3)
{
	return !(cr3 & vcpu->cpuid.reserved_gpa);
}

int hull_read_pdptrs(struct hull_vcpu *vcpu, u64 cr3, u64 pdptr[4])
{
	/* CR3 bits 31:5 point to the table of 32 bytes. */
	return hull_gpa_read(vcpu->vm, cr3 & GENMASK_ULL(31, 5), pdptr, 4 * sizeof(*pdptr));
}

int hull_load_pdptrs(struct hull_vcpu *vcpu, u64 cr3)
{
	u64 pdptr[4];
	int i;

	if (hull_read_pdptrs(vcpu, cr3, pdptr))
		return 1;
	for (i = 0; i < 4; i++)
		if ((pdptr[i] & 1) &&
		    (pdptr[i] & (PDPTE_RESERVED | vcpu->cpuid.reserved_gpa)))
			return 1;

	memcpy(vcpu->pdptr, pdptr, sizeof(pdptr));
	vcpu->regs_avail |= HULL_REG_PDPTR;
	vcpu->regs_dirty |= HULL_REG_PDPTR;
	return 0;
}

/*
 * The checks of turning long mode on or off by CR0.PG (SDM vol. 3, Initializing
 * IA-32e Mode); 0 or 1.
 */
static int check_paging_switch(struct hull_vcpu *vcpu, u64 old, u64 value)
{
	struct hull_segment cs, tr;

	if (!((old ^ value) & X86_CR0_PG))
		return 0;
	if (!(value & X86_CR0_PG))
		return hull_is_64bit(vcpu) || (hull_cr4(vcpu) & X86_CR4_PCIDE);
	if (!(vcpu->efer & EFER_LME))
		return 0;
	backend_get_segment(vcpu, HULL_SEG_CS, &cs);
	backend_get_segment(vcpu, HULL_SEG_TR, &tr);
	return !(hull_cr4(vcpu) & X86_CR4_PAE) || (cs.attr & HULL_ATTR_L) ||
	       (hull_seg_type(&tr) & ~HULL_SYS_BUSY) == HULL_SYS_TSS16;
}

static bool needs_pdptrs(struct hull_vcpu *vcpu, u64 cr0, u64 cr4)
{
	return (cr0 & X86_CR0_PG) && (cr4 & X86_CR4_PAE) &&
	       !(vcpu->efer & EFER_LME);
}

int hull_write_cr0(struct hull_vcpu *vcpu, u64 value)
{
	u64 old = hull_cr0(vcpu);

	if (!hull_cr0_valid(value))
		return 1;
	/* Other reserved bits are ignored, ET is fixed to 1. */
	value = (value & HULL_CR0_DEFINED) | X86_CR0_ET;
	if (check_paging_switch(vcpu, old, value))
		return 1;
	if (((old ^ value) & CR0_PDPTR_BITS) &&
	    needs_pdptrs(vcpu, value, hull_cr4(vcpu)) &&
	    hull_load_pdptrs(vcpu, hull_cr3(vcpu)))
		return 1;

	hull_set_cr0(vcpu, value);
	if ((old ^ value) & X86_CR0_PG) {
		if (vcpu->efer & EFER_LME) {
			if (value & X86_CR0_PG)
				vcpu->efer |= EFER_LMA;
			else
				vcpu->efer &= ~EFER_LMA;
			backend_set_efer(vcpu);
		}
		backend_flush_tlb(vcpu);
	}
	return 0;
}

int hull_write_cr3(struct hull_vcpu *vcpu, u64 value)
{
	bool keep = false;

	if ((hull_cr4(vcpu) & X86_CR4_PCIDE) && (value & X86_CR3_PCID_NOFLUSH)) {
		keep = true;
		value &= ~X86_CR3_PCID_NOFLUSH;
	}
	if (!hull_cr3_valid(vcpu, value))
		return 1;
	if (hull_is_pae(vcpu) && hull_load_pdptrs(vcpu, value))
		return 1;

	hull_set_cr3(vcpu, value);
	if (!keep)
		backend_flush_tlb(vcpu);
	return 0;
}

int hull_write_cr4(struct hull_vcpu *vcpu, u64 value)
{
	u64 old = hull_cr4(vcpu), changed = old ^ value;

	if (!hull_cr4_valid(vcpu, value))
		return 1;
	if (hull_is_long_mode(vcpu)) {
		if (!(value & X86_CR4_PAE) || (changed & X86_CR4_LA57))
			return 1;
	} else if ((changed & CR4_PDPTR_BITS) &&
		   needs_pdptrs(vcpu, hull_cr0(vcpu), value) &&
		   hull_load_pdptrs(vcpu, hull_cr3(vcpu))) {
		return 1;
	}
	if ((value & changed & X86_CR4_PCIDE) &&
	    (!hull_is_long_mode(vcpu) || (hull_cr3(vcpu) & X86_CR3_PCID_MASK)))
		return 1;

	hull_set_cr4(vcpu, value);
	if (changed & CR4_FLUSH_BITS)
		backend_flush_tlb(vcpu);
	if (changed & (X86_CR4_OSXSAVE | X86_CR4_PKE))
		hull_cpuid_refresh(vcpu);
	return 0;
}

int hull_write_cr8(struct hull_vcpu *vcpu, u64 value)
{
	if (value & ~0xfull)
		return 1;
	hull_set_cr8(vcpu, value);
	return 0;
}

bool hull_efer_valid(struct hull_vcpu *vcpu, u64 value, bool host)
{
	if (value & ~hull_supported_efer())
		return false;
	if (host)
		return true;
	if ((value & (EFER_LME | EFER_LMA)) && !hull_guest_has(vcpu, HULL_FEAT_LM))
		return false;
	if ((value & EFER_NX) && !hull_guest_has(vcpu, HULL_FEAT_NX))
		return false;
	return !(value & EFER_FFXSR) || hull_guest_has(vcpu, HULL_FEAT_FFXSR);
}

int hull_write_efer(struct hull_vcpu *vcpu, u64 value, bool host)
{
	u64 old = vcpu->efer;

	if (!hull_efer_valid(vcpu, value, host))
		return 1;
	if (!host && hull_is_paging(vcpu) && ((old ^ value) & EFER_LME))
		return 1;

	/* LMA follows CR0.PG and LME; a write does not change it. */
	vcpu->efer = (value & ~EFER_LMA) | (old & EFER_LMA);
	backend_set_efer(vcpu);
	/* NX decides what a cached entry allows. */
	if ((old ^ vcpu->efer) & EFER_NX)
		backend_flush_tlb(vcpu);
	return 0;
}

u64 hull_read_cr(struct hull_vcpu *vcpu, int cr)
{
	switch (cr) {
	case 0:
		return hull_cr0(vcpu);
	case 2:
		return vcpu->cr2;
	case 3:
		return hull_cr3(vcpu);
	case 4:
		return hull_cr4(vcpu);
	case 8:
		return vcpu->cr8;
	default:
		return 0;
	}
}
