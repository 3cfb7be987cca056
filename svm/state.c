// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's registers between core/'s fields and the VMCB.
 *
 * Control registers.  The guest reads and writes CR0 and CR3 without an exit,
 * and CR8 mostly.
 * CR4 writes exit, because not every bit that the CPU takes is the guest's to
 * set; EFER is reached through an MSR and exits there.
 */
#include <linux/mm.h>
#include <asm/desc_defs.h>
#include <asm/processor-flags.h>
#include <asm/tlbflush.h>
#include "cpu/regs.h"
#include "cpu/xstate.h"
#include "svm.h"

#define ATTR_MASK	0x0fff
#define TYPE_BUSY	0x2		/* system descriptors: the TSS is busy */

static struct svm_segment *vmcb_segment(struct svm_vcpu *svm, int seg)
{
	struct svm_save *save = &svm->vmcb->save;

	switch (seg) {
	case HULL_SEG_ES:
		return &save->es;
	case HULL_SEG_CS:
		return &save->cs;
	case HULL_SEG_SS:
		return &save->ss;
	case HULL_SEG_DS:
		return &save->ds;
	case HULL_SEG_FS:
		return &save->fs;
	case HULL_SEG_GS:
		return &save->gs;
	case HULL_SEG_TR:
		return &save->tr;
	default:
		return &save->ldtr;
	}
}

/* Unusable is an SVM segment that is not present. */
u16 svm_attr_to_vmcb(u16 attr)
{
	return attr & HULL_ATTR_UNUSABLE ? 0 : attr & ATTR_MASK;
}

/*
 * CPUs differ in what they leave in the attributes (APM vol. 2, Segment State
 * in the VMCB): G need not be kept, being in the limit; TR is always busy; an
 * unusable segment has no more than P clear.
 */
u16 svm_attr_from_vmcb(int seg, u16 attr, u32 limit)
{
	attr &= ATTR_MASK;
	if (limit > 0xfffff)
		attr |= HULL_ATTR_G;
	if (seg == HULL_SEG_TR)
		attr |= TYPE_BUSY;
	if (!(attr & HULL_ATTR_P))
		attr |= HULL_ATTR_UNUSABLE;
	return attr;
}

void svm_get_segment(struct hull_vcpu *vcpu, int seg, struct hull_segment *s)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	const struct svm_segment *v = vmcb_segment(svm, seg);

	s->base = v->base;
	s->limit = v->limit;
	s->selector = v->selector;
	s->attr = svm_attr_from_vmcb(seg, v->attr, v->limit);
	if (seg == HULL_SEG_SS) {
		/* The CPU keeps the CPL beside SS, not in it. */
		s->attr &= ~HULL_ATTR_DPL;
		s->attr |= svm->vmcb->save.cpl << HULL_ATTR_DPL_SHIFT;
	}
}

void svm_set_segment(struct hull_vcpu *vcpu, int seg,
		     const struct hull_segment *s)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	struct svm_segment *v = vmcb_segment(svm, seg);

	v->base = s->base;
	v->limit = s->limit;
	v->selector = s->selector;
	v->attr = svm_attr_to_vmcb(s->attr);
	if (seg == HULL_SEG_SS)
		svm->vmcb->save.cpl = (s->attr & HULL_ATTR_DPL) >>
				      HULL_ATTR_DPL_SHIFT;
	svm_dirty(svm, SVM_CLEAN_SEGMENTS);
}

int svm_get_cpl(struct hull_vcpu *vcpu)
{
	return to_svm(vcpu)->vmcb->save.cpl;
}

static struct svm_segment *vmcb_table(struct svm_vcpu *svm, int table)
{
	return table == HULL_TABLE_GDT ? &svm->vmcb->save.gdtr :
					 &svm->vmcb->save.idtr;
}

void svm_get_table(struct hull_vcpu *vcpu, int table, struct desc_ptr *d)
{
	const struct svm_segment *v = vmcb_table(to_svm(vcpu), table);

	d->address = v->base;
	d->size = v->limit;
}

void svm_set_table(struct hull_vcpu *vcpu, int table, const struct desc_ptr *d)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	struct svm_segment *v = vmcb_table(svm, table);

	v->base = d->address;
	v->limit = d->size;
	svm_dirty(svm, SVM_CLEAN_TABLES);
}

/*
 * The processor has none and takes them from memory, where it finds bad ones when
 * it uses them (APM vol. 2, Legacy PAE Mode).
 */
static void read_pdptrs(struct hull_vcpu *vcpu)
{
	u64 pdptr[4];		/* user memory must not be copied into a vCPU */

	if (hull_read_pdptrs(vcpu, hull_cr3(vcpu), pdptr))
		memset(pdptr, 0, sizeof(pdptr));
	memcpy(vcpu->pdptr, pdptr, sizeof(pdptr));
}

void svm_cache_regs(struct hull_vcpu *vcpu, u32 mask)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	const struct svm_save *save = &svm->vmcb->save;

	/* When it is intercepted, nobody but core/ changes it. */
	if (mask & HULL_REG_CR0 && !svm->cr0_intercepted)
		vcpu->cr0 = save->cr0;
	if (mask & HULL_REG_CR3)
		vcpu->cr3 = save->cr3;
	if (mask & HULL_REG_SHADOW)
		svm_read_shadow(svm);
	vcpu->regs_avail |= mask;
	if (mask & HULL_REG_PDPTR)
		read_pdptrs(vcpu);
}

/*
 * A guest out of reset has caching disabled.  That is not passed on: firmware
 * that leaves it so would run from uncached memory.  TS is set until the
 * guest's FPU state is loaded, and the guest cannot clear it before.
 */
void svm_set_cr0(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	u64 cr0 = vcpu->cr0 & ~(X86_CR0_CD | X86_CR0_NW);

	if (!svm->fpu_open)
		cr0 |= X86_CR0_TS | X86_CR0_MP;
	svm->cr0_intercepted = cr0 != vcpu->cr0 || !svm->fpu_open;
	svm_set_intercept(svm, SVM_ICPT_CR_READ0, cr0 != vcpu->cr0);
	svm_set_intercept(svm, SVM_ICPT_CR_WRITE0, svm->cr0_intercepted);
	svm->vmcb->save.cr0 = cr0;
	svm_dirty(svm, SVM_CLEAN_CR);
}

/*
 * V_TPR is CR8.  Writes exit only while one can go below the priority that user
 * space knows.  QEMU's emulated CPU aborts QEMU when the guest itself writes CR8
 * while a virtual interrupt is pending: there they exit always.
 */
void svm_write_tpr(struct svm_vcpu *svm)
{
	struct hull_vcpu *vcpu = &svm->vcpu;
	struct svm_control *control = &svm->vmcb->control;

	control->vintr = (control->vintr & ~SVM_VINTR_TPR) | vcpu->cr8;
	svm_dirty(svm, SVM_CLEAN_VINTR);
	svm_set_intercept(svm, SVM_ICPT_CR_WRITE0 + 8,
			  vcpu->user_cr8 || hull_host_is_tcg);
}

/* vcpu->fpu_loaded has changed: let the FPU's first use exit, or no longer. */
void svm_open_fpu(struct svm_vcpu *svm)
{
	struct hull_vcpu *vcpu = &svm->vcpu;

	hull_cr0(vcpu);		/* before the guest's own is overwritten */
	svm->fpu_open = vcpu->fpu_loaded;
	svm_set_cr0(vcpu);
	svm_update_exceptions(svm);
}

void svm_set_cr3(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	svm->vmcb->save.cr3 = vcpu->cr3;
	svm_dirty(svm, SVM_CLEAN_CR);
}

/*
 * A machine check while CR4.MCE is clear shuts the CPU down instead of being
 * intercepted, so MCE follows the host.
 */
void svm_set_cr4(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	u64 cr4 = vcpu->cr4 | (cr4_read_shadow() & X86_CR4_MCE);

	svm_set_intercept(svm, SVM_ICPT_CR_READ0 + 4, cr4 != vcpu->cr4);
	svm->vmcb->save.cr4 = cr4;
	svm_dirty(svm, SVM_CLEAN_CR);
}

/* VMRUN demands SVME of the guest too (APM vol. 2, Consistency Checks). */
void svm_set_efer(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	svm->vmcb->save.efer = vcpu->efer | EFER_SVME;
	svm_dirty(svm, SVM_CLEAN_CR);
}

void svm_set_s2_root(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	svm->vmcb->control.n_cr3 = vcpu->vm->mem.s2.root;
	svm_dirty(svm, SVM_CLEAN_NESTED);
}
