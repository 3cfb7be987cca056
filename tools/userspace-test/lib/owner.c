// SPDX-License-Identifier: GPL-2.0-only
/* Guests that write while memory changes: see owner.h. */
#include "owner.h"

#include <sched.h>
#include <sys/mman.h>

PAYLOAD(owner_writer);

#define STOP_FLAG	DATA_BASE
#define EXPECTED	(DATA_BASE + 0x10000)

uint8_t *owned_map(int flags)
{
	uintptr_t aligned;
	uint8_t *memory;

	/* Reserve enough to choose an aligned part of it. */
	memory = mmap(NULL, 2 * OWNED_SIZE, PROT_NONE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(memory != MAP_FAILED);
	aligned = ((uintptr_t)memory + OWNED_SIZE - 1) & ~(OWNED_SIZE - 1);
	memory = mmap((void *)aligned, OWNED_SIZE, PROT_READ | PROT_WRITE,
		      MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

void owned_create(struct owned *o, uint8_t *memory)
{
	memset(o, 0, sizeof(*o));
	CHECK(memory);
	GUEST(&o->g, LONG64, owner_writer);
	o->memory = memory;
	o->slot = OK(hull_vm_add_memory_region(o->g.vm, OWNED_BASE, memory, OWNED_SIZE, 0));
}

void owned_start(struct owned *o, bool faults)
{
	struct kvm_regs regs;
	unsigned int i;

	for (i = 0; i < OWNED_VCPUS; i++) {
		if (i) {
			guest_add_vcpu(&o->g, i);
			guest_vcpu_start(&o->g, i, CODE_BASE);
		}
		OK(hull_vcpu_get_regs(o->g.vcpus[i], &regs));
		regs.rbx = OWNED_BASE + i * 4096;
		regs.rcx = OWNED_PAGES / OWNED_VCPUS;
		regs.rdx = OWNED_VCPUS * 4096;
		regs.rsi = EXPECTED + i * 0x8000;
		regs.rdi = STOP_FLAG;
		OK(hull_vcpu_set_regs(o->g.vcpus[i], &regs));
	}
	for (i = 0; i < OWNED_VCPUS; i++) {
		o->runners[i].faults = faults;
		runner_start(&o->runners[i], &o->g, i, 1);
	}
}

void owned_coherent(struct owned *o, unsigned int page)
{
	volatile uint64_t *p = (void *)(o->memory + page * 4096);
	uint64_t deadline = now_us() + 10000000;

	p[1] = ++o->token;
	while (p[2] != o->token) {
		if (now_us() > deadline)
			FAIL("guest and host no longer share page %u", page);
		sched_yield();
	}
}

void owned_all_coherent(struct owned *o)
{
	unsigned int page;

	for (page = 0; page < OWNED_PAGES; page += 37)
		owned_coherent(o, page);
}

void owned_stop(struct owned *o)
{
	unsigned int i;

	__atomic_store_n(&o->g.ram[STOP_FLAG], 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < OWNED_VCPUS; i++)
		runner_join(&o->runners[i]);
	owned_check(o);
}

/* Every vCPU's own record of what it wrote last is what memory holds. */
void owned_check(const struct owned *o)
{
	unsigned int i;

	for (i = 0; i < OWNED_PAGES; i++) {
		uint64_t at = EXPECTED + i % OWNED_VCPUS * 0x8000 + i / OWNED_VCPUS * 8;

		if (owned_count(o, i) != load64(&o->g, at) && owned_count(o, i) != 0)
			FAIL("page %u holds %llu, but %llu was written", i,
			     (unsigned long long)owned_count(o, i),
			     (unsigned long long)load64(&o->g, at));
	}
}

uint64_t owned_count(const struct owned *o, unsigned int page)
{
	return *(volatile uint64_t *)(o->memory + page * 4096);
}
