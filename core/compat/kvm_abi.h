/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of KVM's ABI that are younger than the oldest kernel headers hull
 * builds with.  Values and layouts are those of <linux/kvm.h> of Linux 6.12,
 * and give way to it where it has them.
 */
#ifndef HULL_CORE_COMPAT_KVM_ABI_H
#define HULL_CORE_COMPAT_KVM_ABI_H

#include <linux/kvm.h>

#ifndef KVM_SET_USER_MEMORY_REGION2
struct kvm_userspace_memory_region2 {
	__u32 slot;
	__u32 flags;
	__u64 guest_phys_addr;
	__u64 memory_size;
	__u64 userspace_addr;
	__u64 guest_memfd_offset;
	__u32 guest_memfd;
	__u32 pad1;
	__u64 pad2[14];
};
#define KVM_SET_USER_MEMORY_REGION2 \
	_IOW(KVMIO, 0x49, struct kvm_userspace_memory_region2)
#define KVM_CAP_USER_MEMORY2	231
#endif

/* Younger headers mark what user space may change at any time. */
#ifdef HINT_UNSAFE_IN_KVM
#define HULL_RUN_IMMEDIATE_EXIT(run)	((run)->immediate_exit__unsafe)
#else
#define HULL_RUN_IMMEDIATE_EXIT(run)	((run)->immediate_exit)
#endif

#endif
