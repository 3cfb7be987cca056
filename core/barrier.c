// SPDX-License-Identifier: GPL-2.0
/* The branch prediction barrier between two vCPUs. */
#include <asm/nospec-branch.h>
#include "barrier.h"

DEFINE_PER_CPU(struct hull_vcpu *, hull_last_vcpu);

void hull_branch_barrier(struct hull_vcpu *vcpu)
{
	if (this_cpu_read(hull_last_vcpu) == vcpu)
		return;
	this_cpu_write(hull_last_vcpu, vcpu);
	indirect_branch_prediction_barrier();
}

/* KVM's guests and ours cannot see each other's turns. */
void hull_branch_barrier_shared(void)
{
	this_cpu_write(hull_last_vcpu, NULL);
	indirect_branch_prediction_barrier();
}

void hull_branch_barrier_forget(struct hull_vcpu *vcpu)
{
	int cpu;

	for_each_possible_cpu(cpu)
		cmpxchg(per_cpu_ptr(&hull_last_vcpu, cpu), vcpu, NULL);
}
