// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest program that proves a machine: one VM, one vCPU, a few
 * instructions in real mode that add two numbers, OUT the sum and halt.
 *
 *	kvm-smoke [DEVICE]	default: $HULL_DEVICE, else /dev/kvm
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define GUEST_BASE	0x1000
#define GUEST_SIZE	0x1000
#define SUM_PORT	0x80

static const uint8_t guest_code[] = {
	0x00, 0xd8,		/* add %bl, %al */
	0xe6, SUM_PORT,		/* out %al, $SUM_PORT */
	0xa2, 0x00, 0x18,	/* mov %al, 0x1800 */
	0xf4,			/* hlt */
};

static int checked(int ret, const char *what)
{
	if (ret < 0)
		err(1, "%s", what);
	return ret;
}

static uint8_t *map_guest_memory(int vm)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = GUEST_BASE,
		.memory_size = GUEST_SIZE,
	};
	uint8_t *mem = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		err(1, "mmap");
	region.userspace_addr = (uintptr_t)mem;
	checked(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region),
		"KVM_SET_USER_MEMORY_REGION");
	return mem;
}

static void set_registers(int vcpu)
{
	struct kvm_regs regs = {
		.rip = GUEST_BASE,
		.rax = 19,
		.rbx = 23,
		.rflags = 2,
	};
	struct kvm_sregs sregs;

	checked(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	checked(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	checked(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

static void expect_exit(int vcpu, const struct kvm_run *run, uint32_t reason)
{
	checked(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
	if (run->exit_reason != reason)
		errx(1, "exit reason %u, expected %u", run->exit_reason, reason);
}

int main(int argc, char **argv)
{
	const char *device = argc > 1 ? argv[1] : getenv("HULL_DEVICE");
	struct kvm_run *run;
	uint8_t *mem, sum;
	int sys, vm, vcpu, size;

	if (!device)
		device = "/dev/kvm";
	sys = checked(open(device, O_RDWR | O_CLOEXEC), device);
	if (ioctl(sys, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		errx(1, "%s: not KVM's API version %d", device, KVM_API_VERSION);
	vm = checked(ioctl(sys, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	mem = map_guest_memory(vm);
	memcpy(mem, guest_code, sizeof(guest_code));
	vcpu = checked(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	size = checked(ioctl(sys, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
	run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		err(1, "mmap of the vCPU");

	set_registers(vcpu);
	expect_exit(vcpu, run, KVM_EXIT_IO);
	if (run->io.direction != KVM_EXIT_IO_OUT || run->io.port != SUM_PORT ||
	    run->io.size != 1 || run->io.count != 1)
		errx(1, "not the OUT that the guest does");
	sum = *((uint8_t *)run + run->io.data_offset);
	if (sum != 19 + 23)
		errx(1, "OUT of %u, expected %u", sum, 19 + 23);

	/* Without an in-kernel interrupt chip HLT leaves to user space. */
	expect_exit(vcpu, run, KVM_EXIT_HLT);
	if (mem[0x800] != 19 + 23)
		errx(1, "%u in memory, expected %u", mem[0x800], 19 + 23);
	printf("%s: a guest ran and its sum is right\n", device);
	return 0;
}
