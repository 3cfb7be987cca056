// SPDX-License-Identifier: GPL-2.0-only
/* What the guest's CPUID instruction answers. */
#include "internal.h"

HULL_PUBLIC int hull_vcpu_set_cpuid(const struct hull_vcpu *vcpu,
				    const struct kvm_cpuid2 *cpuid)
{
	return hull_ioctl(vcpu->fd, KVM_SET_CPUID2, (void *)cpuid);
}

HULL_PUBLIC int hull_vcpu_get_cpuid(const struct hull_vcpu *vcpu,
				    struct kvm_cpuid2 **out)
{
	struct kvm_cpuid2 *list;
	int ret;

	/* The kernel takes at most 256 entries. */
	list = calloc(1, sizeof(*list) + 256 * sizeof(list->entries[0]));
	if (!list)
		return -ENOMEM;
	list->nent = 256;
	ret = hull_ioctl(vcpu->fd, KVM_GET_CPUID2, list);
	if (ret) {
		free(list);
		return ret;
	}
	*out = list;
	return 0;
}
