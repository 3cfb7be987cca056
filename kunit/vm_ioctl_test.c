// SPDX-License-Identifier: GPL-2.0
/* The VM's ioctls by their table (core/vm_ioctl.c), on the mock backend. */
#include <linux/fdtable.h>
#include <linux/kvm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include "../core/compat/kvm_abi.h"
#include "../core/ioctl.h"
#include "mock.h"
#include "test_vm.h"

#define NOWHERE	(~0ul)		/* not an address of user space */

static long call(struct kunit *test, unsigned int cmd, unsigned long arg)
{
	return hull_ioctl_dispatch(&hull_vm_ioctls, mock_vcpu(test)->vm, cmd, arg);
}

static unsigned long map(struct kunit *test, unsigned long size, int prot)
{
	unsigned long at = kunit_vm_mmap(test, NULL, 0, size, prot,
					 MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_NE(test, at, 0);
	return at;
}

static void put(struct kunit *test, unsigned long at, const void *what, size_t size)
{
	KUNIT_ASSERT_EQ(test, copy_to_user((void __user *)at, what, size), 0);
}

/* Where a copy is needed and the address is bad, nothing else is looked at. */
static void vm_bad_addresses(struct kunit *test)
{
	const struct hull_ioctl *row;
	unsigned int i;

	for (i = 0; i < hull_vm_ioctls.nr; i++) {
		row = &hull_vm_ioctls.rows[i];
		if (!(row->flags & HULL_IOC_RAW))
			KUNIT_EXPECT_EQ_MSG(test, call(test, row->cmd, NOWHERE), -EFAULT,
					    "command %#x", row->cmd);
	}
}

static void vm_values(struct kunit *test)
{
	int fd;

	KUNIT_EXPECT_EQ(test, call(test, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY), 1);
	KUNIT_EXPECT_EQ(test, call(test, KVM_CHECK_EXTENSION, KVM_CAP_IRQCHIP), 0);
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_TSS_ADDR, 0xfffbd000), 0);
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_TSS_ADDR, NOWHERE), -EINVAL);
	KUNIT_EXPECT_GT(test, call(test, KVM_GET_TSC_KHZ, 0), 0);

	KUNIT_EXPECT_EQ(test, call(test, KVM_CREATE_VCPU, 0), -EEXIST);
	KUNIT_EXPECT_EQ(test, call(test, KVM_CREATE_VCPU, HULL_MAX_VCPU_ID), -EINVAL);
	fd = call(test, KVM_CREATE_VCPU, 7);
	KUNIT_ASSERT_GE(test, fd, 0);
	KUNIT_EXPECT_NOT_NULL(test, hull_vm_find_vcpu(mock_vcpu(test)->vm, 7));
	KUNIT_EXPECT_EQ(test, close_fd(fd), 0);
	/* Both are for a VM without vCPUs, which is found before a bad address. */
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_BOOT_CPU_ID, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_IDENTITY_MAP_ADDR, NOWHERE), -EINVAL);
}

static void vm_unknown(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, call(test, KVM_CREATE_IRQCHIP, 0), -ENOTTY);
	KUNIT_EXPECT_EQ(test, call(test, KVM_RUN, 0), -ENOTTY);
	KUNIT_EXPECT_EQ(test, call(test, KVM_GET_API_VERSION, 0), -ENOTTY);
}

static void vm_enable_cap(struct kunit *test)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
		.args[0] = KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE,
	};
	unsigned long at = map(test, PAGE_SIZE, PROT_READ | PROT_WRITE);
	struct hull_vm *vm = mock_vcpu(test)->vm;

	put(test, at, &cap, sizeof(cap));
	KUNIT_EXPECT_EQ(test, call(test, KVM_ENABLE_CAP, at), 0);
	KUNIT_EXPECT_EQ(test, vm->manual_dirty_protect, cap.args[0]);
	cap.args[0] = 0;
	cap.flags = 1;
	put(test, at, &cap, sizeof(cap));
	KUNIT_EXPECT_EQ(test, call(test, KVM_ENABLE_CAP, at), -EINVAL);
	cap.flags = 0;
	cap.cap = KVM_CAP_IRQCHIP;
	put(test, at, &cap, sizeof(cap));
	KUNIT_EXPECT_EQ(test, call(test, KVM_ENABLE_CAP, at), -EINVAL);
	KUNIT_EXPECT_EQ(test, vm->manual_dirty_protect, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE);
}

/* A slot by the older call, and its log. */
static void vm_memory(struct kunit *test)
{
	unsigned long at = map(test, PAGE_SIZE, PROT_READ | PROT_WRITE);
	unsigned long zeros = map(test, PAGE_SIZE, PROT_READ);
	struct kvm_userspace_memory_region region = {
		.flags = KVM_MEM_LOG_DIRTY_PAGES,
		.guest_phys_addr = 0x10000,
		.memory_size = 4 * PAGE_SIZE,
		.userspace_addr = map(test, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE),
	};
	struct kvm_dirty_log log = { .dirty_bitmap = (void __user *)(at + 64) };
	struct hull_vm *vm = mock_vcpu(test)->vm;
	u64 bits = ~0ull;
	int srcu;

	put(test, at, &region, sizeof(region));
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_USER_MEMORY_REGION, at), 0);
	region.slot = 1;
	put(test, at, &region, sizeof(region));
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_USER_MEMORY_REGION, at), -EEXIST);

	srcu = srcu_read_lock(&vm->mem.srcu);
	KUNIT_EXPECT_EQ(test, hull_gpa_write(vm, 0x12345, "x", 1), 0);
	srcu_read_unlock(&vm->mem.srcu, srcu);
	put(test, at, &log, sizeof(log));
	put(test, at + 64, &bits, sizeof(bits));
	KUNIT_EXPECT_EQ(test, call(test, KVM_GET_DIRTY_LOG, at), 0);
	KUNIT_ASSERT_EQ(test, copy_from_user(&bits, (void __user *)at + 64, sizeof(bits)), 0);
	KUNIT_EXPECT_EQ(test, bits, 4);
	/* Slot 0, no pages: its number says that something is copied out, and nothing is. */
	KUNIT_EXPECT_EQ(test, call(test, KVM_CLEAR_DIRTY_LOG, zeros), 0);
}

static struct kunit_case vm_ioctl_cases[] = {
	KUNIT_CASE(vm_bad_addresses),
	KUNIT_CASE(vm_values),
	KUNIT_CASE(vm_unknown),
	KUNIT_CASE(vm_enable_cap),
	KUNIT_CASE(vm_memory),
	{ }
};

static struct kunit_suite vm_ioctl_suite = {
	.name = "hull-vm-ioctl",
	.init = mock_init,
	.exit = mock_exit,
	.test_cases = vm_ioctl_cases,
};
kunit_test_suite(vm_ioctl_suite);
