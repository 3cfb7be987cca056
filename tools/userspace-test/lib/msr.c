// SPDX-License-Identifier: GPL-2.0-only
/* The host's side of the MSR guest: see msr.h. */
#include "msr.h"

#define READ	0
#define WRITE	1
#define RDTSC	2

void msr_guest_create(struct guest *g)
{
	GUEST(g, LONG64, msr);
	guest_sync(g, 0);
}

static void request(struct guest *g, uint32_t index, uint64_t value, unsigned int op)
{
	struct kvm_regs regs;

	guest_complete_io(g);
	guest_get_regs(g, &regs);
	regs.rcx = index;
	regs.rax = value;
	regs.rbx = op;
	guest_set_regs(g, &regs);
}

uint64_t msr_guest_read(struct guest *g, uint32_t index)
{
	request(g, index, 0, READ);
	guest_sync(g, 0);
	return guest_rax(g);
}

void msr_guest_write(struct guest *g, uint32_t index, uint64_t value)
{
	request(g, index, value, WRITE);
	guest_sync(g, 0);
}

void msr_guest_faults(struct guest *g, uint32_t index, bool write, uint64_t value)
{
	struct frame f;

	request(g, index, value, write ? WRITE : READ);
	guest_exception(g, 13, &f);
	CHECK_EQ(f.error, 0);
	guest_resume_at(g, CODE_BASE);
	guest_sync(g, 0);
}

uint64_t msr_guest_rdtsc(struct guest *g)
{
	request(g, 0, 0, RDTSC);
	guest_sync(g, 0);
	return guest_rax(g);
}
