// SPDX-License-Identifier: GPL-2.0-only
/* What a guest that is a hypervisor itself has set up. */
#include "internal.h"

HULL_PUBLIC int hull_vcpu_get_nested_state(const struct hull_vcpu *vcpu,
					   struct kvm_nested_state *state)
{
	return hull_ioctl(vcpu->fd, KVM_GET_NESTED_STATE, state);
}

HULL_PUBLIC int hull_vcpu_set_nested_state(const struct hull_vcpu *vcpu,
					   const struct kvm_nested_state *state)
{
	return hull_ioctl(vcpu->fd, KVM_SET_NESTED_STATE, (void *)state);
}
