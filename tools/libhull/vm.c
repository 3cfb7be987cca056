// SPDX-License-Identifier: GPL-2.0-only
/* The VM descriptor: life cycle and what concerns the VM as a whole. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static int new_handle(int fd, int mmap_size, struct slot_map *slots,
		      struct hull_vm **out)
{
	struct hull_vm *vm = malloc(sizeof(*vm));

	if (!vm)
		return -ENOMEM;
	vm->fd = fd;
	vm->vcpu_mmap_size = mmap_size;
	vm->slots = slots;
	*out = vm;
	return 0;
}

HULL_PUBLIC int hull_vm_create(const struct hull_sys *sys, struct hull_vm **out)
{
	struct slot_map *slots;
	int fd, mmap_size, ret;

	mmap_size = hull_get_vcpu_mmap_size(sys);
	if (mmap_size < 0)
		return mmap_size;
	ret = hull_slots_new(&slots);
	if (ret)
		return ret;
	fd = hull_ioctl_value(sys->fd, KVM_CREATE_VM, 0);
	if (fd < 0) {
		ret = fd;
		goto err_slots;
	}
	ret = new_handle(fd, mmap_size, slots, out);
	if (ret)
		goto err_fd;
	return 0;

err_fd:
	close(fd);
err_slots:
	hull_slots_put(slots);
	return ret;
}

HULL_PUBLIC int hull_vm_try_clone(const struct hull_vm *vm, struct hull_vm **out)
{
	struct slot_map *slots;
	int fd, ret;

	fd = fcntl(vm->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	slots = hull_slots_get(vm->slots);
	ret = new_handle(fd, vm->vcpu_mmap_size, slots, out);
	if (ret) {
		hull_slots_put(slots);
		close(fd);
	}
	return ret;
}

HULL_PUBLIC void hull_vm_close(struct hull_vm *vm)
{
	if (!vm)
		return;
	close(vm->fd);
	hull_slots_put(vm->slots);
	free(vm);
}

HULL_PUBLIC int hull_vm_fd(const struct hull_vm *vm)
{
	return vm->fd;
}

HULL_PUBLIC int hull_vm_check_capability(const struct hull_vm *vm, unsigned int cap)
{
	return hull_ioctl_value(vm->fd, KVM_CHECK_EXTENSION, cap);
}

HULL_PUBLIC int hull_vm_enable_capability(const struct hull_vm *vm, uint32_t cap,
					  uint32_t flags, const uint64_t args[4])
{
	struct kvm_enable_cap ec = { .cap = cap, .flags = flags };

	if (args)
		memcpy(ec.args, args, sizeof(ec.args));
	return hull_ioctl(vm->fd, KVM_ENABLE_CAP, &ec);
}

HULL_PUBLIC int hull_vm_set_tss_addr(const struct hull_vm *vm, uint32_t gpa)
{
	return hull_ioctl_value(vm->fd, KVM_SET_TSS_ADDR, gpa);
}

HULL_PUBLIC int hull_vm_set_identity_map_addr(const struct hull_vm *vm, uint64_t gpa)
{
	return hull_ioctl(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &gpa);
}

HULL_PUBLIC int hull_vm_set_boot_cpu_id(const struct hull_vm *vm, uint32_t id)
{
	return hull_ioctl_value(vm->fd, KVM_SET_BOOT_CPU_ID, id);
}

HULL_PUBLIC int hull_vm_get_tsc_khz(const struct hull_vm *vm)
{
	return hull_ioctl_value(vm->fd, KVM_GET_TSC_KHZ, 0);
}

HULL_PUBLIC int hull_vm_set_tsc_khz(const struct hull_vm *vm, uint32_t khz)
{
	return hull_ioctl_value(vm->fd, KVM_SET_TSC_KHZ, khz);
}
