// SPDX-License-Identifier: GPL-2.0-only
/* The system descriptor: what the device as a whole can do. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* Upper bound for the lists below: far above what any kernel reports. */
#define LIST_MAX	4096

HULL_PUBLIC int hull_open(const char *device, struct hull_sys **out)
{
	struct hull_sys *sys;
	int version;

	if (!device)
		device = getenv("HULL_DEVICE");
	if (!device)
		device = HULL_DEFAULT_DEVICE;

	sys = malloc(sizeof(*sys));
	if (!sys)
		return -ENOMEM;
	sys->fd = open(device, O_RDWR | O_CLOEXEC);
	if (sys->fd < 0) {
		free(sys);
		return -errno;
	}
	version = hull_get_api_version(sys);
	if (version != KVM_API_VERSION) {
		hull_close(sys);
		return version < 0 ? version : -ENOTSUP;
	}
	*out = sys;
	return 0;
}

HULL_PUBLIC void hull_close(struct hull_sys *sys)
{
	if (!sys)
		return;
	close(sys->fd);
	free(sys);
}

HULL_PUBLIC int hull_sys_fd(const struct hull_sys *sys)
{
	return sys->fd;
}

HULL_PUBLIC int hull_get_api_version(const struct hull_sys *sys)
{
	return hull_ioctl_value(sys->fd, KVM_GET_API_VERSION, 0);
}

HULL_PUBLIC int hull_check_capability(const struct hull_sys *sys, unsigned int cap)
{
	return hull_ioctl_value(sys->fd, KVM_CHECK_EXTENSION, cap);
}

HULL_PUBLIC int hull_get_vcpu_mmap_size(const struct hull_sys *sys)
{
	return hull_ioctl_value(sys->fd, KVM_GET_VCPU_MMAP_SIZE, 0);
}

/* The kernel answers E2BIG until the list has room for all entries. */
static int get_cpuid_list(const struct hull_sys *sys, unsigned long request,
			  struct kvm_cpuid2 **out)
{
	struct kvm_cpuid2 *list;
	unsigned int nent;
	int ret;

	for (nent = 64; nent <= LIST_MAX; nent *= 2) {
		list = calloc(1, sizeof(*list) + nent * sizeof(list->entries[0]));
		if (!list)
			return -ENOMEM;
		list->nent = nent;
		ret = hull_ioctl(sys->fd, request, list);
		if (!ret) {
			*out = list;
			return 0;
		}
		free(list);
		if (ret != -E2BIG)
			return ret;
	}
	return -E2BIG;
}

HULL_PUBLIC int hull_get_supported_cpuid(const struct hull_sys *sys,
					 struct kvm_cpuid2 **out)
{
	return get_cpuid_list(sys, KVM_GET_SUPPORTED_CPUID, out);
}

HULL_PUBLIC int hull_get_emulated_cpuid(const struct hull_sys *sys,
					struct kvm_cpuid2 **out)
{
	return get_cpuid_list(sys, KVM_GET_EMULATED_CPUID, out);
}

HULL_PUBLIC const struct kvm_cpuid_entry2 *
hull_cpuid_find(const struct kvm_cpuid2 *list, uint32_t function, uint32_t index)
{
	const struct kvm_cpuid_entry2 *e;
	uint32_t i;

	for (i = 0; i < list->nent; i++) {
		e = &list->entries[i];
		if (e->function != function)
			continue;
		if (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) || e->index == index)
			return e;
	}
	return NULL;
}

HULL_PUBLIC int hull_get_guest_phys_addr_bits(const struct hull_sys *sys)
{
	const struct kvm_cpuid_entry2 *e;
	struct kvm_cpuid2 *list;
	int ret;

	ret = hull_get_supported_cpuid(sys, &list);
	if (ret)
		return ret;
	e = hull_cpuid_find(list, 0x80000008, 0);
	/* AMD64 without the leaf has 36 bits. */
	ret = e ? (int)(e->eax & 0xff) : 36;
	free(list);
	return ret;
}

static int get_msr_list(const struct hull_sys *sys, unsigned long request,
			struct kvm_msr_list **out)
{
	struct kvm_msr_list probe = { .nmsrs = 0 };
	struct kvm_msr_list *list;
	int ret;

	ret = hull_ioctl(sys->fd, request, &probe);
	if (ret && ret != -E2BIG)
		return ret;
	if (probe.nmsrs > LIST_MAX)
		return -E2BIG;
	list = calloc(1, sizeof(*list) + probe.nmsrs * sizeof(list->indices[0]));
	if (!list)
		return -ENOMEM;
	list->nmsrs = probe.nmsrs;
	ret = hull_ioctl(sys->fd, request, list);
	if (ret) {
		free(list);
		return ret;
	}
	*out = list;
	return 0;
}

HULL_PUBLIC int hull_get_msr_index_list(const struct hull_sys *sys,
					struct kvm_msr_list **out)
{
	return get_msr_list(sys, KVM_GET_MSR_INDEX_LIST, out);
}

HULL_PUBLIC int hull_get_msr_feature_index_list(const struct hull_sys *sys,
						struct kvm_msr_list **out)
{
	return get_msr_list(sys, KVM_GET_MSR_FEATURE_INDEX_LIST, out);
}

HULL_PUBLIC int hull_get_feature_msr(const struct hull_sys *sys, uint32_t index,
				     uint64_t *value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry.index = index };
	int ret;

	ret = hull_ioctl(sys->fd, KVM_GET_MSRS, &msrs);
	if (ret < 0)
		return ret;
	if (ret != 1)
		return -ENOENT;
	*value = msrs.entry.data;
	return 0;
}

HULL_PUBLIC void hull_free(void *list)
{
	free(list);
}
