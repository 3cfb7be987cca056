// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET_SREGS, KVM_SET_SREGS and their second versions.
 *
 * A set is all or nothing: check_sregs() refuses what would be an
 * inconsistent machine before anything changes.  The two ioctls share all
 * fields but the last.
 */
#include <linux/errno.h>
#include <asm/apicdef.h>
#include <asm/desc_defs.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include "../backend.h"
#include "../emulate.h"
#include "../mem/mem.h"
#include "../vcpu.h"
#include "apic_base.h"
#include "cr.h"
#include "regs.h"

/* Where each hull_seg is in the structures of the ABI, and back. */
#define SREGS_SEGMENTS(X)						\
	X(ES, es) X(CS, cs) X(SS, ss) X(DS, ds) X(FS, fs) X(GS, gs)	\
	X(TR, tr) X(LDTR, ldt)

/* The interrupt bitmap, or flags and PDPTRs, come after the common part. */
static_assert(offsetof(struct kvm_sregs, interrupt_bitmap) ==
	      offsetof(struct kvm_sregs2, flags));
static_assert(offsetof(struct kvm_sregs, apic_base) ==
	      offsetof(struct kvm_sregs2, apic_base));

static void get_table(struct hull_vcpu *vcpu, int table, struct kvm_dtable *out)
{
	struct desc_ptr d;

	backend_get_table(vcpu, table, &d);
	*out = (struct kvm_dtable) { .base = d.address, .limit = d.size };
}

static void set_table(struct hull_vcpu *vcpu, int table,
		      const struct kvm_dtable *in)
{
	struct desc_ptr d = { .address = in->base, .size = in->limit };

	backend_set_table(vcpu, table, &d);
}

/* Everything but the members behind apic_base. */
static void get_common(struct hull_vcpu *vcpu, struct kvm_sregs2 *s)
{
	struct hull_segment seg;

#define GET_SEGMENT(nr, field)						\
	backend_get_segment(vcpu, HULL_SEG_##nr, &seg);			\
	hull_segment_to_kvm(&seg, &s->field);
	SREGS_SEGMENTS(GET_SEGMENT)
#undef GET_SEGMENT

	get_table(vcpu, HULL_TABLE_GDT, &s->gdt);
	get_table(vcpu, HULL_TABLE_IDT, &s->idt);
	s->cr0 = hull_cr0(vcpu);
	s->cr2 = vcpu->cr2;
	s->cr3 = hull_cr3(vcpu);
	s->cr4 = hull_cr4(vcpu);
	s->cr8 = vcpu->cr8;
	s->efer = vcpu->efer;
	s->apic_base = vcpu->apic_base;
}

bool hull_sregs_mode_valid(u64 cr0, u64 cr4, u64 efer, bool cs_l)
{
	/* Paging with LME is long mode, which needs PAE and shows as LMA. */
	if ((efer & EFER_LME) && (cr0 & X86_CR0_PG))
		return (cr4 & X86_CR4_PAE) && (efer & EFER_LMA);
	return !(efer & EFER_LMA) && !cs_l;
}

static int check_sregs(struct hull_vcpu *vcpu, const struct kvm_sregs2 *s)
{
	if (!hull_cr0_valid(s->cr0) || !hull_cr4_valid(vcpu, s->cr4) ||
	    !hull_efer_valid(vcpu, s->efer, true) ||
	    !hull_sregs_mode_valid(s->cr0, s->cr4, s->efer, s->cs.l))
		return -EINVAL;
	if ((s->efer & EFER_LMA) && !hull_cr3_valid(vcpu, s->cr3))
		return -EINVAL;
	return hull_apic_base_valid(vcpu, s->apic_base, true) ? 0 : -EINVAL;
}

static void set_segments(struct hull_vcpu *vcpu, const struct kvm_sregs2 *s)
{
	struct hull_segment seg;

	backend_get_segment(vcpu, HULL_SEG_CS, &seg);
	if (seg.base != s->cs.base)
		hull_io_moved(vcpu);
#define SET_SEGMENT(nr, field)						\
	hull_segment_from_kvm(&s->field, &seg);				\
	backend_set_segment(vcpu, HULL_SEG_##nr, &seg);
	SREGS_SEGMENTS(SET_SEGMENT)
#undef SET_SEGMENT
}

static void set_common(struct hull_vcpu *vcpu, const struct kvm_sregs2 *s)
{
	u64 old_cr4 = hull_cr4(vcpu);
	bool flush = hull_cr0(vcpu) != s->cr0 || hull_cr3(vcpu) != s->cr3 ||
		     old_cr4 != s->cr4 || vcpu->efer != s->efer;

	set_table(vcpu, HULL_TABLE_GDT, &s->gdt);
	set_table(vcpu, HULL_TABLE_IDT, &s->idt);
	vcpu->cr2 = s->cr2;
	hull_set_cr8(vcpu, s->cr8 & 0xf);
	vcpu->apic_base = s->apic_base;
	vcpu->efer = s->efer;
	backend_set_efer(vcpu);
	hull_set_cr0(vcpu, (s->cr0 & HULL_CR0_DEFINED) | X86_CR0_ET);
	hull_set_cr3(vcpu, s->cr3);
	hull_set_cr4(vcpu, s->cr4);
	set_segments(vcpu, s);
	if (flush)
		backend_flush_tlb(vcpu);
	/* OSXSAVE and OSPKE follow CR4, the APIC bit follows the base. */
	hull_cpuid_refresh(vcpu);
}

int hull_get_sregs(struct hull_vcpu *vcpu, struct kvm_sregs *sregs)
{
	const struct hull_events *ev = &vcpu->ev;
	struct kvm_sregs2 common = { };

	get_common(vcpu, &common);
	memset(sregs, 0, sizeof(*sregs));
	memcpy(sregs, &common, offsetof(struct kvm_sregs, interrupt_bitmap));
	if (ev->irq_pending)
		sregs->interrupt_bitmap[ev->accepted / 64] |= BIT_ULL(ev->accepted % 64);
	else if (ev->irq_injected && !ev->soft)
		sregs->interrupt_bitmap[ev->irq / 64] |= BIT_ULL(ev->irq % 64);
	return 0;
}

static int first_interrupt(const struct kvm_sregs *sregs)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(sregs->interrupt_bitmap); i++)
		if (sregs->interrupt_bitmap[i])
			return i * 64 + __ffs64(sregs->interrupt_bitmap[i]);
	return -1;
}

/* Load the PDPTRs the new state needs; a bad table faults when it is used. */
static void reload_pdptrs(struct hull_vcpu *vcpu)
{
	if (!hull_is_pae(vcpu) || !hull_load_pdptrs(vcpu, hull_cr3(vcpu)))
		return;
	memset(vcpu->pdptr, 0, sizeof(vcpu->pdptr));
	vcpu->regs_avail |= HULL_REG_PDPTR;
	vcpu->regs_dirty |= HULL_REG_PDPTR;
}

int hull_set_sregs(struct hull_vcpu *vcpu, const struct kvm_sregs *sregs)
{
	struct kvm_sregs2 common = { };
	int irq, r;

	memcpy(&common, sregs, offsetof(struct kvm_sregs, interrupt_bitmap));
	r = check_sregs(vcpu, &common);
	if (r)
		return r;

	set_common(vcpu, &common);
	reload_pdptrs(vcpu);
	irq = first_interrupt(sregs);
	if (irq >= 0) {
		vcpu->ev.irq_pending = true;
		vcpu->ev.accepted = irq;
		/* What was cut short in delivery is what KVM_GET_SREGS told. */
		vcpu->ev.irq_injected &= vcpu->ev.soft;
	}
	return 0;
}

int hull_get_sregs2(struct hull_vcpu *vcpu, struct kvm_sregs2 *sregs)
{
	memset(sregs, 0, sizeof(*sregs));
	get_common(vcpu, sregs);
	if (hull_is_pae(vcpu)) {
		hull_need_regs(vcpu, HULL_REG_PDPTR);
		memcpy(sregs->pdptrs, vcpu->pdptr, sizeof(sregs->pdptrs));
		sregs->flags = KVM_SREGS2_FLAGS_PDPTRS_VALID;
	}
	return 0;
}

int hull_set_sregs2(struct hull_vcpu *vcpu, const struct kvm_sregs2 *sregs)
{
	bool valid = sregs->flags & KVM_SREGS2_FLAGS_PDPTRS_VALID;
	bool pae = (sregs->cr0 & X86_CR0_PG) && (sregs->cr4 & X86_CR4_PAE) &&
		   !(sregs->efer & EFER_LMA);
	int r;

	if (sregs->flags & ~KVM_SREGS2_FLAGS_PDPTRS_VALID)
		return -EINVAL;
	if (valid && !pae)
		return -EINVAL;
	r = check_sregs(vcpu, sregs);
	if (r)
		return r;

	set_common(vcpu, sregs);
	if (!valid) {
		reload_pdptrs(vcpu);
		return 0;
	}
	memcpy(vcpu->pdptr, sregs->pdptrs, sizeof(vcpu->pdptr));
	vcpu->regs_avail |= HULL_REG_PDPTR;
	vcpu->regs_dirty |= HULL_REG_PDPTR;
	return 0;
}
