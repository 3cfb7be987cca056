// SPDX-License-Identifier: GPL-2.0-only
/* The host's side of the poking guest: see poke.h. */
#include "poke.h"

static int run_to_top(struct hull_vcpu *vcpu)
{
	const struct kvm_run *run = hull_vcpu_run_area(vcpu);
	int ret;

	do {
		ret = hull_vcpu_run(vcpu);
	} while (ret == -EINTR || ret == -EAGAIN);
	if (ret == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_OUT &&
	    run->io.port == PORT_SYNC)
		return 0;
	return ret;
}

void poke_vcpu_start(struct guest *g, unsigned int i)
{
	guest_vcpu_start(g, i, CODE_BASE);
	CHECK_RET(run_to_top(g->vcpus[i]), 0);
}

void poke_create(struct guest *g)
{
	GUEST(g, LONG64, poke);
	CHECK_RET(run_to_top(g->vcpu), 0);
}

int poke_on(struct guest *g, unsigned int i, enum poke_op op, uint64_t address,
	    uint64_t *value)
{
	struct hull_vcpu *vcpu = g->vcpus[i];
	struct kvm_regs regs;
	int ret;

	OK(hull_vcpu_get_regs(vcpu, &regs));
	if (op != POKE_OPS) {
		regs.rcx = op;
		regs.rbx = address;
		regs.rax = *value;
		OK(hull_vcpu_set_regs(vcpu, &regs));
	}
	ret = run_to_top(vcpu);
	if (!ret && value) {
		OK(hull_vcpu_get_regs(vcpu, &regs));
		*value = regs.rax;
	}
	return ret;
}

static void poke_ram(struct guest *g, enum poke_op op, uint64_t address, uint64_t *value)
{
	int ret = poke_on(g, 0, op, address, value);

	if (ret < 0)
		FAIL("access at 0x%llx: KVM_RUN: %s", (unsigned long long)address,
		     strerror(-ret));
	if (ret)
		FAIL("access at 0x%llx: %s", (unsigned long long)address,
		     exit_name(g->run));
}

uint64_t poke_read(struct guest *g, uint64_t address)
{
	uint64_t value = 0;

	poke_ram(g, POKE_READ64, address, &value);
	return value;
}

void poke_write(struct guest *g, uint64_t address, uint64_t value)
{
	poke_ram(g, POKE_WRITE64, address, &value);
}
