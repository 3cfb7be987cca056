// SPDX-License-Identifier: GPL-2.0
/*
 * Each processor's own: memory it needs for SVM, and turning SVM on and off
 * (APM vol. 2, Enabling SVM).
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/topology.h>
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include "compat/nospec.h"
#include "owner.h"
#include "svm.h"

DEFINE_PER_CPU(struct svm_cpu, svm_cpu);

static void free_cpu(struct svm_cpu *cpu)
{
	free_page((unsigned long)cpu->host_save);
	free_page((unsigned long)cpu->hsave);
	free_page((unsigned long)cpu->flusher);
	free_page((unsigned long)cpu->empty_root);
	memset(cpu, 0, sizeof(*cpu));
}

static void *alloc_page_on(int node)
{
	struct page *page = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO, 0);

	return page ? page_address(page) : NULL;
}

static int alloc_cpu(struct svm_cpu *cpu, int node)
{
	cpu->host_save = alloc_page_on(node);
	cpu->hsave = alloc_page_on(node);
	cpu->flusher = alloc_page_on(node);
	cpu->empty_root = alloc_page_on(node);
	if (!cpu->host_save || !cpu->hsave || !cpu->flusher || !cpu->empty_root)
		return -ENOMEM;
	svm_asid_reset_cpu(cpu);
	return 0;
}

int svm_setup(void)
{
	int cpu, ret;

	ret = svm_iopm_setup();
	if (ret)
		return ret;
	for_each_possible_cpu(cpu) {
		svm_nmi_setup(cpu);
		ret = alloc_cpu(per_cpu_ptr(&svm_cpu, cpu), cpu_to_node(cpu));
		if (ret) {
			svm_teardown();
			return ret;
		}
	}
	return 0;
}

void svm_teardown(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		free_cpu(per_cpu_ptr(&svm_cpu, cpu));
	svm_iopm_teardown();
}

/*
 * Speculation is reduced on this CPU, as the kernel's mitigation of SRSO wants
 * it while guests run, and goes back to what it was.  Preemption off.
 *
 * Exclusive, that is while SVM is on.  Shared, KVM has it reduced on a CPU from
 * the first guest of its own that runs there until its last VM is gone, by an
 * interrupt at any time, and it cannot know of hull's guests, nor hull of its
 * VMs.  So hull looks before each stretch of entries, and takes back what it
 * has done itself when the vCPU is put, before anybody else runs.
 */
void svm_srso_reduce(void)
{
	if (hull_srso_reduce())
		this_cpu_write(svm_cpu.srso_reduced, true);
}

/* Behind a barrier: nothing that a guest left is predicted from any more. */
void svm_srso_restore(void)
{
	if (!this_cpu_read(svm_cpu.srso_reduced))
		return;
	this_cpu_write(svm_cpu.srso_reduced, false);
	hull_srso_restore();
}

/*
 * Somebody who set SVME is using SVM.  When it is KVM and KVM shares, its
 * VM_HSAVE_PA does for us as well: the processor uses that area between VMRUN
 * and #VMEXIT alone, where only one of the two can be.
 */
int svm_cpu_enable(void)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);
	u64 efer;

	rdmsrl(MSR_EFER, efer);
	if (hull_owner_shared()) {
		if (!(efer & EFER_SVME))
			return -EBUSY;
	} else {
		if (efer & EFER_SVME)
			return -EBUSY;
		wrmsrl(MSR_EFER, efer | EFER_SVME);
		wrmsrl(MSR_VM_HSAVE_PA, virt_to_phys(cpu->hsave));
		if (hull_srso_reduces())
			svm_srso_reduce();
	}

	cpu->tsc_ratio = 0;
	/* What earlier users left under any ASID goes with the first entry. */
	svm_asid_reset_cpu(cpu);
	return 0;
}

void svm_cpu_disable(void)
{
	u64 efer;

	if (hull_owner_shared())
		return;
	wrmsrl(MSR_VM_HSAVE_PA, 0);
	rdmsrl(MSR_EFER, efer);
	wrmsrl(MSR_EFER, efer & ~EFER_SVME);
	if (hull_srso_reduces()) {
		indirect_branch_prediction_barrier();
		svm_srso_restore();
	}
}

/*
 * The CPU may have been stopped with GIF clear, which would hold back the INIT
 * that restarts it.
 */
void svm_cpu_emergency(void)
{
	u64 efer;

	rdmsrl(MSR_EFER, efer);
	if (!(efer & EFER_SVME))
		return;
	asm volatile("1: stgi\n2:" _ASM_EXTABLE(1b, 2b) ::: "memory");
	wrmsrl(MSR_EFER, efer & ~EFER_SVME);
}
