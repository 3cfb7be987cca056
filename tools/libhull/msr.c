// SPDX-License-Identifier: GPL-2.0-only
/* Model-specific registers of a vCPU, singly and in lists of any length. */
#include <string.h>

#include "internal.h"

struct msr_chunk {
	struct kvm_msrs head;
	struct kvm_msr_entry entries[HULL_MSR_CHUNK];
};

/* KVM_GET_MSRS and KVM_SET_MSRS answer how many entries they have done. */
static int msr_ioctl(const struct hull_vcpu *vcpu, unsigned long request,
		     struct kvm_msr_entry *entries, unsigned int nr)
{
	struct msr_chunk chunk;
	int ret;

	if (nr > HULL_MSR_CHUNK)
		return -E2BIG;
	memset(&chunk.head, 0, sizeof(chunk.head));
	chunk.head.nmsrs = nr;
	if (nr)
		memcpy(chunk.entries, entries, nr * sizeof(*entries));
	ret = hull_ioctl(vcpu->fd, request, &chunk);
	if (ret > 0 && request == KVM_GET_MSRS)
		memcpy(entries, chunk.entries, ret * sizeof(*entries));
	return ret;
}

static int msr_list(const struct hull_vcpu *vcpu, unsigned long request,
		    struct kvm_msr_entry *entries, unsigned int nr)
{
	unsigned int done = 0, chunk;
	int ret;

	while (done < nr) {
		chunk = nr - done < HULL_MSR_CHUNK ? nr - done : HULL_MSR_CHUNK;
		ret = msr_ioctl(vcpu, request, entries + done, chunk);
		if (ret < 0)
			return ret;
		done += ret;
		if ((unsigned int)ret != chunk)
			break;
	}
	return done;
}

HULL_PUBLIC int hull_vcpu_get_msr(const struct hull_vcpu *vcpu, uint32_t index,
				  uint64_t *value)
{
	struct kvm_msr_entry entry = { .index = index };
	int ret = msr_ioctl(vcpu, KVM_GET_MSRS, &entry, 1);

	if (ret < 0)
		return ret;
	if (!ret)
		return -ENOENT;
	*value = entry.data;
	return 0;
}

HULL_PUBLIC int hull_vcpu_set_msr(const struct hull_vcpu *vcpu, uint32_t index,
				  uint64_t value)
{
	struct kvm_msr_entry entry = { .index = index, .data = value };
	int ret = msr_ioctl(vcpu, KVM_SET_MSRS, &entry, 1);

	if (ret < 0)
		return ret;
	return ret ? 0 : -ENOENT;
}

HULL_PUBLIC int hull_vcpu_get_msr_chunk(const struct hull_vcpu *vcpu,
					struct kvm_msr_entry *entries, unsigned int nr)
{
	int ret = msr_ioctl(vcpu, KVM_GET_MSRS, entries, nr);

	if (ret < 0)
		return ret;
	return (unsigned int)ret == nr ? 0 : -ENOENT;
}

HULL_PUBLIC int hull_vcpu_get_msrs(const struct hull_vcpu *vcpu,
				   struct kvm_msr_entry *entries, unsigned int nr,
				   unsigned int *done)
{
	int ret = msr_list(vcpu, KVM_GET_MSRS, entries, nr);

	if (done)
		*done = ret < 0 ? 0 : ret;
	if (ret < 0)
		return ret;
	return (unsigned int)ret == nr ? 0 : -ENOENT;
}

HULL_PUBLIC int hull_vcpu_set_msrs(const struct hull_vcpu *vcpu,
				   const struct kvm_msr_entry *entries,
				   unsigned int nr, unsigned int *done)
{
	int ret = msr_list(vcpu, KVM_SET_MSRS, (struct kvm_msr_entry *)entries, nr);

	if (done)
		*done = ret < 0 ? 0 : ret;
	if (ret < 0)
		return ret;
	return (unsigned int)ret == nr ? 0 : -ENOENT;
}
