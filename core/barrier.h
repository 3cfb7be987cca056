/* SPDX-License-Identifier: GPL-2.0 */
/* The branch prediction barrier between two vCPUs. */
#ifndef HULL_CORE_BARRIER_H
#define HULL_CORE_BARRIER_H

#include <linux/percpu.h>

struct hull_vcpu;

/* The vCPU that ran last on this CPU; compared, never followed. */
DECLARE_PER_CPU(struct hull_vcpu *, hull_last_vcpu);

/*
 * @vcpu is going to run on this CPU: branch targets of another guest must not steer
 * it.  Preemption off.
 */
void hull_branch_barrier(struct hull_vcpu *vcpu);
/* It leaves a CPU that KVM uses, too.  Preemption off. */
void hull_branch_barrier_shared(void);
/* It is going, and another vCPU may get its address. */
void hull_branch_barrier_forget(struct hull_vcpu *vcpu);

#endif
