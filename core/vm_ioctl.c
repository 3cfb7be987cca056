// SPDX-License-Identifier: GPL-2.0
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include "backend.h"
#include "compat/kvm_abi.h"
#include "cpu/tsc.h"
#include "ioctl.h"
#include "vcpu.h"
#include "vm.h"

static long check_extension(void *obj, void *arg)
{
	return hull_check_extension((unsigned long)arg);
}

static long create_vcpu(void *obj, void *arg)
{
	return hull_vcpu_create(obj, (unsigned long)arg);
}

static long set_memory_region(void *obj, void *arg)
{
	const struct kvm_userspace_memory_region *old = arg;
	struct kvm_userspace_memory_region2 region = {
		.slot = old->slot,
		.flags = old->flags,
		.guest_phys_addr = old->guest_phys_addr,
		.memory_size = old->memory_size,
		.userspace_addr = old->userspace_addr,
	};

	return hull_set_memory_region(obj, &region);
}

static long set_memory_region2(void *obj, void *arg)
{
	return hull_set_memory_region(obj, arg);
}

static long get_dirty_log(void *obj, void *arg)
{
	return hull_get_dirty_log(obj, arg);
}

static long clear_dirty_log(void *obj, void *arg)
{
	return hull_clear_dirty_log(obj, arg);
}

/*
 * Where KVM may put three pages of its own for a processor without
 * unrestricted guest. hull refuses such processors, so that the address is
 * only checked.
 */
static long set_tss_addr(void *obj, void *arg)
{
	unsigned long addr = (unsigned long)arg;

	return addr > (unsigned int)(-3 * PAGE_SIZE) ? -EINVAL : 0;
}

/* Too late is found before a bad pointer, as with KVM. */
static long set_identity_map_addr(void *obj, void *arg)
{
	struct hull_vm *vm = obj;
	bool late;
	u64 addr;

	mutex_lock(&vm->lock);
	late = vm->nr_vcpus;
	mutex_unlock(&vm->lock);
	if (late)
		return -EINVAL;
	return copy_from_user(&addr, (void __user *)arg, sizeof(addr)) ? -EFAULT : 0;
}

static long set_boot_cpu_id(void *obj, void *arg)
{
	struct hull_vm *vm = obj;
	unsigned long id = (unsigned long)arg;
	long r = 0;

	mutex_lock(&vm->lock);
	if (vm->nr_vcpus)
		r = -EBUSY;
	else if (id > HULL_MAX_VCPU_ID || (vm->max_vcpu_id && id > vm->max_vcpu_id))
		r = -EINVAL;
	else
		vm->bsp_id = id;
	mutex_unlock(&vm->lock);
	return r;
}

static long set_tsc_khz(void *obj, void *arg)
{
	return hull_vm_set_tsc_khz(obj, (unsigned long)arg);
}

static long get_tsc_khz(void *obj, void *arg)
{
	struct hull_vm *vm = obj;

	return READ_ONCE(vm->tsc.khz);
}

/* Chips are in user space, and a route needs one in the kernel. */
static long set_gsi_routing(void *obj, void *arg)
{
	return -EINVAL;
}

static long enable_max_vcpu_id(struct hull_vm *vm, const struct kvm_enable_cap *cap)
{
	u64 max = cap->args[0];

	if (max > HULL_MAX_VCPU_ID || vm->bsp_id > max)
		return -EINVAL;
	/* Chosen once, here or by the first vCPU; the same again is no error. */
	if (vm->max_vcpu_id && vm->max_vcpu_id != max)
		return -EINVAL;
	vm->max_vcpu_id = max;
	return 0;
}

static long enable_dirty_protect(struct hull_vm *vm, const struct kvm_enable_cap *cap)
{
	u64 allowed = KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET;

	if (cap->args[0] & ~allowed)
		return -EINVAL;
	/* The second flag alone has no meaning. */
	if (cap->args[0] == KVM_DIRTY_LOG_INITIALLY_SET)
		return -EINVAL;
	vm->manual_dirty_protect = cap->args[0];
	return 0;
}

static const struct {
	u32 cap;
	long (*fn)(struct hull_vm *vm, const struct kvm_enable_cap *cap);
} vm_caps[] = {
	{ KVM_CAP_MAX_VCPU_ID, enable_max_vcpu_id },
	{ KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, enable_dirty_protect },
};

static long enable_cap(void *obj, void *arg)
{
	const struct kvm_enable_cap *cap = arg;
	struct hull_vm *vm = obj;
	unsigned int i;
	long r = -EINVAL;

	if (cap->flags)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(vm_caps); i++) {
		if (vm_caps[i].cap != cap->cap)
			continue;
		mutex_lock(&vm->lock);
		r = vm_caps[i].fn(vm, cap);
		mutex_unlock(&vm->lock);
	}
	return r;
}

static const struct hull_ioctl rows[] = {
	{ KVM_CHECK_EXTENSION, HULL_IOC_RAW, check_extension },
	{ KVM_CREATE_VCPU, HULL_IOC_RAW, create_vcpu },
	{ KVM_GET_DIRTY_LOG, 0, get_dirty_log },
	{ KVM_SET_USER_MEMORY_REGION, 0, set_memory_region },
	{ KVM_SET_TSS_ADDR, HULL_IOC_RAW, set_tss_addr },
	{ KVM_SET_IDENTITY_MAP_ADDR, HULL_IOC_RAW, set_identity_map_addr },
	{ KVM_SET_USER_MEMORY_REGION2, 0, set_memory_region2 },
	{ KVM_SET_GSI_ROUTING, 0, set_gsi_routing },
	{ KVM_SET_BOOT_CPU_ID, HULL_IOC_RAW, set_boot_cpu_id },
	{ KVM_SET_TSC_KHZ, HULL_IOC_RAW, set_tsc_khz },
	{ KVM_ENABLE_CAP, 0, enable_cap },
	{ KVM_GET_TSC_KHZ, HULL_IOC_RAW, get_tsc_khz },
	{ KVM_CLEAR_DIRTY_LOG, HULL_IOC_IN, clear_dirty_log },
};

struct hull_ioctl_table hull_vm_ioctls = {
	.rows = rows,
	.nr = ARRAY_SIZE(rows),
	.unknown = -ENOTTY,
};
