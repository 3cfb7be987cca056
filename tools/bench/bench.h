/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cost of operations of a KVM-ABI device, in ticks of the TSC.  In a machine
 * that counts instructions (rig run --count, Bochs) a tick is an instruction.
 */
#ifndef BENCH_H
#define BENCH_H

#define BENCH_PORT	0xe9	/* round trips */
#define BENCH_PORT_DONE	0xf4	/* the routine has ended */
#define BENCH_VECTOR	0x20

/* Guest-physical addresses.  One page each but for the page tables. */
#define BENCH_IDT	0x1000
#define BENCH_GDT	0x2000
#define BENCH_TABLES	0x3000	/* PML4, PDPT, four page directories */
#define BENCH_CODE	0xa000
#define BENCH_STACK	0xf000
#define BENCH_LOW_SIZE	0x10000	/* slot 0 */

#define BENCH_PAGES	0x10000000	/* 256 MB: the slot that comes and goes */
#define BENCH_MMIO	0xd0000000
#define BENCH_SLOTS	0x40000000	/* many one-page slots */

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>
#include <linux/kvm.h>

struct vm {
	int fd;
	int vcpu;
	struct kvm_run *run;
	uint8_t *low;		/* memory of slot 0 */
};

extern const char guest_start[], guest_end[];
extern const char guest_empty[], guest_cpuid[], guest_vmmcall[], guest_vmcall[];
extern const char guest_rdmsr[], guest_wrmsr[], guest_cr0[], guest_out[];
extern const char guest_mmio_write[], guest_mmio_read[], guest_halt[];
extern const char guest_handler[], guest_touch[];

/* Ends the program with a message and errno's. */
void die(const char *what) __attribute__((noreturn));
/* ioctl() that must succeed. */
int call(int fd, unsigned long request, unsigned long arg, const char *name);
#define CALL(fd, request, arg) call(fd, request, (unsigned long)(arg), #request)

static inline uint64_t ticks(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) :: "memory");
	return (uint64_t)high << 32 | low;
}

/* vm.c */
void vm_open_device(const char *path);
int vm_device(void);
void vm_create(struct vm *vm);		/* VM, low memory, vCPU in long mode */
void vm_destroy(struct vm *vm);
void vm_set_slot(struct vm *vm, uint32_t slot, uint64_t gpa, size_t size,
		 void *memory, uint32_t flags);
/* Run a routine with RSI and RDI to its end; ticks it took. */
uint64_t vm_run(struct vm *vm, const char *routine, uint64_t rsi, uint64_t rdi);

/* Groups of operations. */
void bench_exits(void);
void bench_memory(void);
void bench_state(void);
void bench_life(void);

/* One line of the result: ticks per operation. */
void result(const char *operation, double value);

#endif
#endif
