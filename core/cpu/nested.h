/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM_GET_NESTED_STATE and KVM_SET_NESTED_STATE for guests that have neither
 * VMX nor SVM: there are programs that call them without a look at
 * KVM_CAP_NESTED_STATE, and KVM answers such a vCPU with an empty header.
 */
#ifndef HULL_CORE_CPU_NESTED_H
#define HULL_CORE_CPU_NESTED_H

#include <linux/kvm.h>

struct hull_vcpu;

int hull_get_nested_state(struct hull_vcpu *vcpu, struct kvm_nested_state __user *user);
int hull_set_nested_state(struct hull_vcpu *vcpu, const struct kvm_nested_state *state);

#endif
