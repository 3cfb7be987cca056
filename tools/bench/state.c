// SPDX-License-Identifier: GPL-2.0-only
/* Reading and writing the state of a vCPU. */
#include <stdlib.h>
#include <sys/ioctl.h>

#include "bench.h"

#define LOOPS	500
#define NR_MSRS	20

static double per_call(int fd, unsigned long request, void *arg, const char *name)
{
	uint64_t start;
	int i;

	call(fd, request, (unsigned long)arg, name);
	start = ticks();
	for (i = 0; i < LOOPS; i++)
		ioctl(fd, request, arg);
	return (double)(ticks() - start) / LOOPS;
}

#define PER_CALL(request, arg) \
	result(#request, per_call(vm.vcpu, request, arg, #request))

static struct kvm_msrs *msr_list(void)
{
	/* TSC, SYSENTER, SYSCALL, GS, PAT, MTRR, APIC base, machine check. */
	static const uint32_t indices[NR_MSRS] = {
		0x10, 0x174, 0x175, 0x176, 0xc0000080, 0xc0000081, 0xc0000082,
		0xc0000083, 0xc0000084, 0xc0000102, 0x277, 0x3b, 0x1b, 0x1a0,
		0x2ff, 0x200, 0x201, 0x250, 0x17a, 0xc0000103,
	};
	struct kvm_msrs *msrs;
	int i;

	msrs = calloc(1, sizeof(*msrs) + NR_MSRS * sizeof(msrs->entries[0]));
	if (!msrs)
		die("MSRs");
	msrs->nmsrs = NR_MSRS;
	for (i = 0; i < NR_MSRS; i++)
		msrs->entries[i].index = indices[i];
	return msrs;
}

void bench_state(void)
{
	struct kvm_msrs *msrs = msr_list();
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct vm vm;

	vm_create(&vm);
	vm_run(&vm, guest_empty, 1, 0);
	PER_CALL(KVM_GET_REGS, &regs);
	PER_CALL(KVM_SET_REGS, &regs);
	PER_CALL(KVM_GET_SREGS, &sregs);
	PER_CALL(KVM_SET_SREGS, &sregs);
	if (CALL(vm.vcpu, KVM_GET_MSRS, msrs) == NR_MSRS)
		result("KVM_GET_MSRS, 20",
		       per_call(vm.vcpu, KVM_GET_MSRS, msrs, "KVM_GET_MSRS"));
	vm_destroy(&vm);
	free(msrs);
}
