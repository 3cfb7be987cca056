// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest machine: 64-bit mode from the first instruction, 4 GB mapped one to
 * one in 2M pages, one slot of low memory, no interrupt controller.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define CODE_SELECTOR	0x08
#define DATA_SELECTOR	0x10

#define CR0_PE		(1u << 0)
#define CR0_NE		(1u << 5)
#define CR0_PG		(1u << 31)
#define CR4_PAE		(1u << 5)
#define EFER_LME	(1u << 8)
#define EFER_LMA	(1u << 10)
#define PTE_PRESENT	0x003		/* and writable */
#define PTE_LARGE	0x083

static int device = -1;
static int run_size;
static struct kvm_cpuid2 *cpuid;

void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

int call(int fd, unsigned long request, unsigned long arg, const char *name)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		die(name);
	return ret;
}

int vm_device(void)
{
	return device;
}

void vm_open_device(const char *path)
{
	const int entries = 256;

	device = open(path, O_RDWR | O_CLOEXEC);
	if (device < 0)
		die(path);
	run_size = CALL(device, KVM_GET_VCPU_MMAP_SIZE, 0);
	cpuid = calloc(1, sizeof(*cpuid) + entries * sizeof(cpuid->entries[0]));
	if (!cpuid)
		die("CPUID");
	cpuid->nent = entries;
	CALL(device, KVM_GET_SUPPORTED_CPUID, cpuid);
}

static uint64_t guest_address(const char *label)
{
	return BENCH_CODE + (label - guest_start);
}

static void fill_memory(uint8_t *low)
{
	uint64_t *gdt = (uint64_t *)(low + BENCH_GDT);
	uint64_t *pml4 = (uint64_t *)(low + BENCH_TABLES);
	uint64_t *pdpt = pml4 + 512;
	uint64_t *pd = pdpt + 512;
	uint64_t handler = guest_address(guest_handler);
	uint16_t *gate = (uint16_t *)(low + BENCH_IDT + BENCH_VECTOR * 16);
	uint64_t i;

	memcpy(low + BENCH_CODE, guest_start, guest_end - guest_start);

	gdt[1] = 0x00af9b000000ffffull;		/* 64-bit code */
	gdt[2] = 0x00cf93000000ffffull;		/* data */

	pml4[0] = (BENCH_TABLES + 0x1000) | PTE_PRESENT;
	for (i = 0; i < 4; i++)
		pdpt[i] = (BENCH_TABLES + 0x2000 + i * 0x1000) | PTE_PRESENT;
	for (i = 0; i < 4 * 512; i++)
		pd[i] = i << 21 | PTE_LARGE;

	gate[0] = handler & 0xffff;
	gate[1] = CODE_SELECTOR;
	gate[2] = 0x8e00;			/* present, interrupt gate */
	gate[3] = handler >> 16 & 0xffff;
}

static void set_sregs(struct vm *vm)
{
	struct kvm_segment code = {
		.limit = 0xffffffff, .selector = CODE_SELECTOR, .type = 11,
		.present = 1, .s = 1, .l = 1, .g = 1,
	};
	struct kvm_segment data = {
		.limit = 0xffffffff, .selector = DATA_SELECTOR, .type = 3,
		.present = 1, .s = 1, .db = 1, .g = 1,
	};
	struct kvm_sregs sregs;

	CALL(vm->vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs = code;
	sregs.ds = data;
	sregs.es = data;
	sregs.ss = data;
	sregs.gdt.base = BENCH_GDT;
	sregs.gdt.limit = 3 * 8 - 1;
	sregs.idt.base = BENCH_IDT;
	sregs.idt.limit = 0xfff;
	sregs.cr3 = BENCH_TABLES;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LME | EFER_LMA;
	sregs.cr0 = CR0_PE | CR0_NE | CR0_PG;
	CALL(vm->vcpu, KVM_SET_SREGS, &sregs);
}

void vm_set_slot(struct vm *vm, uint32_t slot, uint64_t gpa, size_t size,
		 void *memory, uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (unsigned long)memory,
	};

	CALL(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

void vm_create(struct vm *vm)
{
	vm->fd = CALL(device, KVM_CREATE_VM, 0);
	/* Where Intel's processors need room of their own; free here. */
	CALL(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000);

	vm->low = mmap(NULL, BENCH_LOW_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->low == MAP_FAILED)
		die("memory");
	fill_memory(vm->low);
	vm_set_slot(vm, 0, 0, BENCH_LOW_SIZE, vm->low, 0);

	vm->vcpu = CALL(vm->fd, KVM_CREATE_VCPU, 0);
	vm->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       vm->vcpu, 0);
	if (vm->run == MAP_FAILED)
		die("kvm_run");
	CALL(vm->vcpu, KVM_SET_CPUID2, cpuid);
	set_sregs(vm);
}

void vm_destroy(struct vm *vm)
{
	munmap(vm->run, run_size);
	close(vm->vcpu);
	close(vm->fd);
	munmap(vm->low, BENCH_LOW_SIZE);
}

/* The device models: none does anything.  True when the routine has ended. */
static int handle_exit(struct vm *vm)
{
	struct kvm_interrupt irq = { .irq = BENCH_VECTOR };

	switch (vm->run->exit_reason) {
	case KVM_EXIT_IO:
		return vm->run->io.port == BENCH_PORT_DONE;
	case KVM_EXIT_MMIO:
		return 0;
	case KVM_EXIT_HLT:
		CALL(vm->vcpu, KVM_INTERRUPT, &irq);
		return 0;
	}
	fprintf(stderr, "bench: unexpected exit %u\n", vm->run->exit_reason);
	exit(1);
}

uint64_t vm_run(struct vm *vm, const char *routine, uint64_t rsi, uint64_t rdi)
{
	struct kvm_regs regs = {
		.rip = guest_address(routine), .rflags = 2,
		.rsp = BENCH_STACK, .rsi = rsi, .rdi = rdi,
	};
	uint64_t start;

	CALL(vm->vcpu, KVM_SET_REGS, &regs);
	start = ticks();
	do {
		if (ioctl(vm->vcpu, KVM_RUN, 0) < 0)
			die("KVM_RUN");
	} while (!handle_exit(vm));
	return ticks() - start;
}
