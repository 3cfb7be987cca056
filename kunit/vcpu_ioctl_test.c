// SPDX-License-Identifier: GPL-2.0
/*
 * The vCPU's ioctls by their table (core/vcpu_ioctl.c), on the mock backend:
 * copying, and what must hold while the function runs and not after it.
 */
#include <linux/kvm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include "../core/compat/kvm_abi.h"
#include "../core/ioctl.h"
#include "../core/mem/mem.h"
#include "mock.h"
#include "test_vm.h"

#define NOWHERE	(~0ul)		/* not an address of user space */

/* The ioctl's result; the vCPU is let go of whatever it is. */
static long call(struct kunit *test, unsigned int cmd, unsigned long arg)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);
	long r = hull_ioctl_dispatch(&hull_vcpu_ioctls, vcpu, cmd, arg);

	KUNIT_EXPECT_FALSE_MSG(test, mutex_is_locked(&vcpu->lock), "command %#x", cmd);
	KUNIT_EXPECT_EQ_MSG(test, vcpu->cpu, -1, "command %#x", cmd);
	return r;
}

static unsigned long map(struct kunit *test, unsigned long size, int prot)
{
	unsigned long at = kunit_vm_mmap(test, NULL, 0, size, prot,
					 MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_NE(test, at, 0);
	return at;
}

static unsigned long map_page(struct kunit *test)
{
	return map(test, PAGE_SIZE, PROT_READ | PROT_WRITE);
}

static void put(struct kunit *test, unsigned long at, const void *what, size_t size)
{
	KUNIT_ASSERT_EQ(test, copy_to_user((void __user *)at, what, size), 0);
}

static void get(struct kunit *test, void *what, unsigned long at, size_t size)
{
	KUNIT_ASSERT_EQ(test, copy_from_user(what, (void __user *)at, size), 0);
}

/* In, to the function, and out again: as many bytes as the number says. */
static void vcpu_copying(struct kunit *test)
{
	struct kvm_regs regs = { .rax = 1, .r15 = 15, .rip = 0x2000, .rflags = 0x202 }, got;
	struct hull_vcpu *vcpu = mock_vcpu(test);
	unsigned long at = map_page(test);
	u64 behind = 0x5555555555555555;

	put(test, at, &regs, sizeof(regs));
	put(test, at + sizeof(regs), &behind, sizeof(behind));
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_REGS, at), 0);
	KUNIT_EXPECT_EQ(test, vcpu->gpr[HULL_RAX], 1);
	KUNIT_EXPECT_EQ(test, vcpu->gpr[HULL_R15], 15);
	vcpu->gpr[HULL_RBX] = regs.rbx = 3;
	KUNIT_EXPECT_EQ(test, call(test, KVM_GET_REGS, at), 0);
	get(test, &got, at, sizeof(got));
	KUNIT_EXPECT_MEMEQ(test, &got, &regs, sizeof(regs));
	get(test, &behind, at + sizeof(regs), sizeof(behind));
	KUNIT_EXPECT_EQ(test, behind, 0x5555555555555555);
}

/* Numbers that carry a value and not an address. */
static bool takes_value(unsigned int cmd)
{
	return cmd == KVM_NMI || cmd == KVM_SET_TSC_KHZ || cmd == KVM_GET_TSC_KHZ;
}

static void vcpu_bad_addresses(struct kunit *test)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);
	const struct hull_ioctl *row;
	unsigned int i;

	vcpu->gpr[HULL_RAX] = 5;
	for (i = 0; i < hull_vcpu_ioctls.nr; i++) {
		row = &hull_vcpu_ioctls.rows[i];
		if (!takes_value(row->cmd))
			KUNIT_EXPECT_EQ_MSG(test, call(test, row->cmd, NOWHERE), -EFAULT,
					    "command %#x", row->cmd);
	}
	KUNIT_EXPECT_EQ(test, vcpu->gpr[HULL_RAX], 5);
}

/* What can be read and not written is enough for one direction. */
static void vcpu_readonly_address(struct kunit *test)
{
	unsigned long at = map(test, PAGE_SIZE, PROT_READ);

	mock_vcpu(test)->gpr[HULL_RAX] = 5;
	KUNIT_EXPECT_EQ(test, call(test, KVM_GET_REGS, at), -EFAULT);
	KUNIT_EXPECT_EQ(test, call(test, KVM_TRANSLATE, at), -EFAULT);
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_REGS, at), 0);
	KUNIT_EXPECT_EQ(test, mock_vcpu(test)->gpr[HULL_RAX], 0);
}

/* A vCPU is loaded where the hardware holds its state, and for those alone who ask. */
static void vcpu_loading(struct kunit *test)
{
	unsigned long at = map_page(test);
	unsigned int loads;

	mock.loads = 0;
	KUNIT_EXPECT_EQ(test, call(test, KVM_GET_SREGS, at), 0);
	/* More than once if this thread was preempted meanwhile. */
	loads = mock.loads;
	KUNIT_EXPECT_GE(test, loads, 1);
	KUNIT_EXPECT_TRUE(test, mock.seen.locked);
	KUNIT_EXPECT_TRUE(test, mock.seen.loaded);
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_SIGNAL_MASK, 0), 0);
	KUNIT_EXPECT_EQ(test, mock.loads, loads);

	mock_caps.state_in_memory = true;
	KUNIT_EXPECT_EQ(test, call(test, KVM_GET_SREGS, at), 0);
	KUNIT_EXPECT_EQ(test, mock.loads, loads);
	KUNIT_EXPECT_TRUE(test, mock.seen.locked);
	KUNIT_EXPECT_FALSE(test, mock.seen.loaded);
}

/* By the guest's own tables, which are in a slot. */
static void vcpu_memory(struct kunit *test)
{
	struct kvm_userspace_memory_region2 region = {
		.memory_size = 4 * PAGE_SIZE,
		.userspace_addr = map(test, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE),
	};
	struct kvm_translation tr = { .linear_address = 0x5123 };
	unsigned long at = map_page(test);
	struct kvm_sregs sregs;
	/* Its first entry makes the table of pages of the directory. */
	u32 entries[6] = { [0] = 0x0007, [5] = 0x3007 };

	KUNIT_ASSERT_EQ(test, hull_set_memory_region(mock_vcpu(test)->vm, &region), 0);
	put(test, region.userspace_addr, entries, sizeof(entries));
	KUNIT_ASSERT_EQ(test, call(test, KVM_GET_SREGS, at), 0);
	get(test, &sregs, at, sizeof(sregs));
	sregs.cr0 |= X86_CR0_PE | X86_CR0_PG;
	sregs.cr3 = 0;
	put(test, at, &sregs, sizeof(sregs));
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_SREGS, at), 0);

	put(test, at, &tr, sizeof(tr));
	KUNIT_EXPECT_EQ(test, call(test, KVM_TRANSLATE, at), 0);
	get(test, &tr, at, sizeof(tr));
	KUNIT_EXPECT_EQ(test, tr.valid, 1);
	KUNIT_EXPECT_EQ(test, tr.physical_address, 0x3123);
}

/* The number of MSRs that were done is the result. */
static void vcpu_msrs(struct kunit *test)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entries[2];
	} msrs = {
		.head.nmsrs = 2,
		.entries[0] = { .index = MSR_IA32_DEBUGCTLMSR, .data = 1 },
		.entries[1] = { .index = 0xdeadbeef },
	};
	unsigned long at = map_page(test);

	put(test, at, &msrs, sizeof(msrs));
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_MSRS, at), 1);
	KUNIT_EXPECT_EQ(test, mock.debugctl, 1);
	mock.debugctl = 2;
	KUNIT_EXPECT_EQ(test, call(test, KVM_GET_MSRS, at), 1);
	get(test, &msrs, at, sizeof(msrs));
	KUNIT_EXPECT_EQ(test, msrs.entries[0].data, 2);
}

static void vcpu_cpuid(struct kunit *test)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[2];
	} list = { .head.nent = 1, .entries[0] = { .function = 0, .ebx = 7 } };
	unsigned long at = map_page(test);

	put(test, at, &list, sizeof(list));
	KUNIT_EXPECT_EQ(test, call(test, KVM_SET_CPUID2, at), 0);
	memset(&list, 0, sizeof(list));
	list.head.nent = 2;
	put(test, at, &list, sizeof(list));
	KUNIT_EXPECT_EQ(test, call(test, KVM_GET_CPUID2, at), 0);
	get(test, &list, at, sizeof(list));
	KUNIT_EXPECT_EQ(test, list.head.nent, 1);
	KUNIT_EXPECT_EQ(test, list.entries[0].ebx, 7);
}

static void vcpu_values(struct kunit *test)
{
	KUNIT_EXPECT_GT(test, call(test, KVM_GET_TSC_KHZ, 0), 0);
	KUNIT_EXPECT_EQ(test, call(test, KVM_NMI, 0), 0);
	KUNIT_EXPECT_TRUE(test, hull_nmi_ready(mock_vcpu(test)));
	KUNIT_EXPECT_EQ(test, hull_vcpu_ioctl_run(mock_vcpu(test), 1), -EINVAL);
}

static void vcpu_unknown(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, call(test, KVM_GET_LAPIC, NOWHERE), -EINVAL);
	KUNIT_EXPECT_EQ(test, call(test, KVM_CREATE_VCPU, 1), -EINVAL);
}

static struct kunit_case vcpu_ioctl_cases[] = {
	KUNIT_CASE(vcpu_copying),
	KUNIT_CASE(vcpu_bad_addresses),
	KUNIT_CASE(vcpu_readonly_address),
	KUNIT_CASE(vcpu_loading),
	KUNIT_CASE(vcpu_memory),
	KUNIT_CASE(vcpu_msrs),
	KUNIT_CASE(vcpu_cpuid),
	KUNIT_CASE(vcpu_values),
	KUNIT_CASE(vcpu_unknown),
	{ }
};

static struct kunit_suite vcpu_ioctl_suite = {
	.name = "hull-vcpu-ioctl",
	.init = mock_init,
	.exit = mock_exit,
	.test_cases = vcpu_ioctl_cases,
};
kunit_test_suite(vcpu_ioctl_suite);
