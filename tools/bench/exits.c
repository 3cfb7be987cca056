// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exits: a loop of N, less a loop of N that does nothing.
 */
#include <cpuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench.h"

#define LOOPS	1000
#define ROUNDS	5

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The median keeps the host's timer ticks out. */
static double median(struct vm *vm, const char *routine)
{
	uint64_t times[ROUNDS];
	int i;

	vm_run(vm, routine, 10, BENCH_MMIO);
	for (i = 0; i < ROUNDS; i++)
		times[i] = vm_run(vm, routine, LOOPS, BENCH_MMIO);
	qsort(times, ROUNDS, sizeof(times[0]), compare);
	return times[ROUNDS / 2];
}

static double per_exit(struct vm *vm, const char *routine)
{
	return (median(vm, routine) - median(vm, guest_empty)) / LOOPS;
}

static int host_is_amd(void)
{
	unsigned int eax, ebx, ecx, edx;

	__cpuid(0, eax, ebx, ecx, edx);
	return ecx == 0x444d4163;	/* "cAMD" */
}

static void bench_each(void)
{
	const struct {
		const char *name;
		const char *routine;
	} ops[] = {
		{ "CPUID exit, in kernel", guest_cpuid },
		{ "hypercall, unknown number",
		  host_is_amd() ? guest_vmmcall : guest_vmcall },
		{ "RDMSR APICBASE", guest_rdmsr },
		{ "WRMSR TSC_ADJUST", guest_wrmsr },
		{ "MOV CR0 (toggle AM)", guest_cr0 },
		{ "OUT to user space and back", guest_out },
		{ "MMIO write to user space and back", guest_mmio_write },
		{ "MMIO read to user space and back", guest_mmio_read },
		{ "HLT exit + KVM_INTERRUPT + run to handler", guest_halt },
	};
	struct vm vm;
	size_t i;

	vm_create(&vm);
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		result(ops[i].name, per_exit(&vm, ops[i].routine));
	vm_destroy(&vm);
}

/* Does an exit that looks for a slot grow with their number? */
static void bench_with_slots(void)
{
	static const unsigned int counts[] = { 1, 100, 10000 };
	unsigned int slots = 1;
	char name[64];
	struct vm vm;
	void *page;
	size_t i;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		die("memory");
	vm_create(&vm);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (; slots < counts[i]; slots++)
			vm_set_slot(&vm, slots, BENCH_SLOTS + slots * 0x2000ul,
				    4096, page, 0);
		snprintf(name, sizeof(name), "CPUID exit, %u slots", counts[i]);
		result(name, per_exit(&vm, guest_cpuid));
		snprintf(name, sizeof(name), "MMIO write, %u slots", counts[i]);
		result(name, per_exit(&vm, guest_mmio_write));
	}
	vm_destroy(&vm);
	munmap(page, 4096);
}

void bench_exits(void)
{
	bench_each();
	bench_with_slots();
}
