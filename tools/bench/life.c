// SPDX-License-Identifier: GPL-2.0-only
/* A VM with one vCPU and one slot: made, run once, destroyed. */
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS	5

static double create_vm(void)
{
	uint64_t start = ticks(), end;
	int fd;

	fd = CALL(vm_device(), KVM_CREATE_VM, 0);
	end = ticks();
	close(fd);
	return end - start;
}

static double create_vcpu(void)
{
	int fd = CALL(vm_device(), KVM_CREATE_VM, 0), vcpu;
	uint64_t start = ticks(), end;

	vcpu = CALL(fd, KVM_CREATE_VCPU, 0);
	end = ticks();
	close(vcpu);
	close(fd);
	return end - start;
}

void bench_life(void)
{
	double vm_sum = 0, vcpu_sum = 0, run = 0, destroy = 0, all = 0;
	uint64_t start, begun;
	struct vm vm;
	int i;

	create_vcpu();
	for (i = 0; i < ROUNDS; i++) {
		vm_sum += create_vm();
		vcpu_sum += create_vcpu();

		begun = ticks();
		vm_create(&vm);
		run += vm_run(&vm, guest_empty, 1, 0);
		start = ticks();
		vm_destroy(&vm);
		destroy += ticks() - start;
		all += ticks() - begun;
	}
	result("VM create, run, destroy", all / ROUNDS);
	result("KVM_CREATE_VM", vm_sum / ROUNDS);
	result("KVM_CREATE_VCPU", vcpu_sum / ROUNDS);
	result("first KVM_RUN", run / ROUNDS);
	result("destroy", destroy / ROUNDS);
}
