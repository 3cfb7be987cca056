// SPDX-License-Identifier: GPL-2.0
/*
 * Address-space identifiers: each CPU gives them out in turn.
 *
 * A vCPU keeps its ASID as long as it stays on the CPU and the CPU does not
 * run out.  When that happens the generation is raised, which takes all ASIDs
 * back, and the next entry flushes every translation.  Dropping one vCPU's
 * translations is a flush by ASID or, without that, simply a new ASID.
 *
 * Beside KVM.  KVM gives out ASIDs from 1 upwards and does not know ours; so
 * hull takes them from the top, where KVM seldom comes, and makes sure by
 * flushes, since «seldom» is not «never»:
 *
 * - The first entry after a load flushes the ASID: KVM may have used it.
 * - Putting a vCPU flushes it again: KVM may use it next.  Only VMRUN flushes
 *   a whole ASID, so a VMRUN is made for it, of a guest that cannot execute
 *   anything: its second-stage tables are empty, and the first fetch exits.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <asm/asm.h>
#include <asm/page_types.h>
#include <asm/processor-flags.h>
#include <asm/msr-index.h>
#include "owner.h"
#include "svm.h"

/* The host has 0; the flusher has its own when it cannot flush by ASID. */
#define ASID_FLUSHER	1
#define ASID_FIRST	2

void svm_asid_reset_cpu(struct svm_cpu *cpu)
{
	/* vCPUs remember the generation: never use one twice. */
	cpu->asid_generation++;
	cpu->next_asid = ASID_FIRST;
	cpu->flush_all = true;
}

static u32 asid_number(u32 n)
{
	/* Counted from the top when KVM counts from the bottom. */
	return hull_owner_shared() ? svm_features.nr_asids - n : n;
}

static void new_asid(struct svm_vcpu *svm, struct svm_cpu *cpu)
{
	if (cpu->next_asid >= svm_features.nr_asids)
		svm_asid_reset_cpu(cpu);
	svm->vmcb->control.asid = asid_number(cpu->next_asid++);
	svm->asid_generation = cpu->asid_generation;
	svm_dirty(svm, SVM_CLEAN_ASID);
}

/* Before an entry: a valid ASID, and what TLB_CONTROL has to do. */
void svm_asid_prepare(struct svm_vcpu *svm)
{
	struct svm_control *control = &svm->vmcb->control;
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);

	if (svm->flush && !svm_features.flush_by_asid)
		svm->asid_generation = 0;
	if (svm->asid_generation != cpu->asid_generation)
		new_asid(svm, cpu);

	control->tlb_control = SVM_TLB_KEEP;
	if (cpu->flush_all)
		control->tlb_control = SVM_TLB_FLUSH_ALL;
	else if (svm->flush && svm_features.flush_by_asid)
		control->tlb_control = SVM_TLB_FLUSH_ASID;
	else if (svm->flush && hull_owner_shared())
		control->tlb_control = SVM_TLB_FLUSH_ALL;	/* new to us alone */
	cpu->flush_all = false;
	svm->flush = false;
}

/*
 * Real mode, everything zero but what the consistency checks of VMRUN ask for
 * (APM vol. 2, Canonicalization and Consistency Checks).
 */
static void init_flusher(struct svm_cpu *cpu)
{
	struct svm_vmcb *vmcb = cpu->flusher;

	memset(vmcb, 0, sizeof(*vmcb));
	vmcb->control.intercept[SVM_ICPT_INTR / 32] =
		BIT(SVM_ICPT_INTR % 32) | BIT(SVM_ICPT_NMI % 32) |
		BIT(SVM_ICPT_SMI % 32) | BIT(SVM_ICPT_SHUTDOWN % 32);
	vmcb->control.intercept[SVM_ICPT_VMRUN / 32] = BIT(SVM_ICPT_VMRUN % 32);
	vmcb->control.vintr = SVM_VINTR_MASKING;
	vmcb->control.iopm_base_pa = virt_to_phys(svm_iopm);
	vmcb->control.msrpm_base_pa = virt_to_phys(svm_iopm);
	vmcb->control.nested_ctl = SVM_NESTED_PAGING;
	vmcb->control.n_cr3 = virt_to_phys(cpu->empty_root);
	vmcb->save.efer = EFER_SVME;
	vmcb->save.cr0 = X86_CR0_ET;
	vmcb->save.rflags = X86_EFLAGS_FIXED;
	vmcb->save.dr6 = 0xffff0ff0;
	vmcb->save.dr7 = 0x400;
	vmcb->save.cs.attr = 0x9b;
	vmcb->save.cs.limit = 0xffff;
	vmcb->save.g_pat = 0x0007040600070406ULL;
}

/* The vCPU leaves this CPU, where KVM may run next. */
void svm_asid_leave(struct svm_vcpu *svm)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);
	unsigned long flags;

	if (!hull_owner_shared() || !svm->entered || !hull_owner_cpu_on())
		return;

	local_irq_save(flags);
	init_flusher(cpu);
	if (svm_features.flush_by_asid) {
		cpu->flusher->control.asid = svm->vmcb->control.asid;
		cpu->flusher->control.tlb_control = SVM_TLB_FLUSH_ASID;
	} else {
		cpu->flusher->control.asid = asid_number(ASID_FLUSHER);
		cpu->flusher->control.tlb_control = SVM_TLB_FLUSH_ALL;
	}
	svm_vmrun_once(virt_to_phys(cpu->flusher));
	local_irq_restore(flags);
}

void svm_flush_tlb(struct hull_vcpu *vcpu)
{
	to_svm(vcpu)->flush = true;
}
