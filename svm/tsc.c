// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's TSC and TSC_AUX.
 *
 * The offset is in the VMCB; the ratio is an MSR that concerns guests alone,
 * and TSC_AUX one that the host's user space reads too.  Both are changed only
 * when the guest wants another value than is there, which for a guest of the
 * host's frequency means never.
 *
 * Beside KVM, KVM remembers what it has put into both.  They are therefore
 * read when a vCPU is loaded and put back as they were.
 */
#include <linux/topology.h>
#include <asm/msr.h>
#include <asm/segment.h>
#include "cpu/cpuid.h"
#include "owner.h"
#include "svm.h"

#define TSC_RATIO_ONE		(1ULL << 32)

void svm_write_tsc(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	svm->vmcb->control.tsc_offset = vcpu->tsc.offset;
	svm_dirty(svm, SVM_CLEAN_INTERCEPTS);
}

static void set_tsc_ratio(u64 ratio)
{
	if (this_cpu_read(svm_cpu.tsc_ratio) == ratio)
		return;
	wrmsrl(MSR_AMD64_TSC_RATIO, ratio);
	this_cpu_write(svm_cpu.tsc_ratio, ratio);
}

static void set_tsc_aux(struct svm_vcpu *svm, u64 value)
{
	if (svm->hw_tsc_aux == value)
		return;
	wrmsrl(MSR_TSC_AUX, value);
	svm->hw_tsc_aux = value;
}

void svm_tsc_load(struct svm_vcpu *svm)
{
	u64 ratio = svm->vcpu.tsc.ratio ?: TSC_RATIO_ONE;

	if (hull_owner_shared()) {
		rdmsrl(MSR_AMD64_TSC_RATIO, svm->host_tsc_ratio);
		this_cpu_write(svm_cpu.tsc_ratio, svm->host_tsc_ratio);
	}
	set_tsc_ratio(ratio);
}

void svm_tsc_put(struct svm_vcpu *svm)
{
	if (svm_features.tsc_scale && svm->host_saved)
		set_tsc_ratio(svm->host_tsc_ratio);
}

/* The kernel's own value: number and node of the CPU. */
static u64 kernel_tsc_aux(void)
{
	int cpu = smp_processor_id();

	return vdso_encode_cpunode(cpu, cpu_to_node(cpu));
}

void svm_tsc_aux_load(struct svm_vcpu *svm)
{
	if (hull_owner_shared())
		rdmsrl(MSR_TSC_AUX, svm->host_tsc_aux);
	else
		svm->host_tsc_aux = kernel_tsc_aux();
	svm->hw_tsc_aux = svm->host_tsc_aux;
	set_tsc_aux(svm, svm->tsc_aux);
}

/* The guest's value changes; it is in the CPU if the vCPU is. */
void svm_write_tsc_aux(struct svm_vcpu *svm, u64 value)
{
	svm->tsc_aux = value;
	if (svm->host_saved && svm->reads_tsc_aux)
		set_tsc_aux(svm, value);
}

void svm_tsc_aux_put(struct svm_vcpu *svm)
{
	set_tsc_aux(svm, svm->host_tsc_aux);
}
