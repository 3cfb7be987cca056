// SPDX-License-Identifier: GPL-2.0
/*
 * General registers, MP state and address translation for user space.
 */
#include <linux/errno.h>
#include <asm/processor-flags.h>
#include "../backend.h"
#include "../mem/mem.h"
#include "../vcpu.h"
#include "regs.h"

u64 hull_linear_rip(struct hull_vcpu *vcpu)
{
	struct hull_segment cs;

	if (hull_is_64bit(vcpu))
		return hull_rip(vcpu);
	backend_get_segment(vcpu, HULL_SEG_CS, &cs);
	return (u32)(cs.base + hull_rip(vcpu));
}

/* struct kvm_regs names registers in alphabetical order, not in encoding order. */
int hull_get_regs(struct hull_vcpu *vcpu, struct kvm_regs *regs)
{
	hull_need_regs(vcpu, HULL_REG_RSP | HULL_REG_RIP | HULL_REG_RFLAGS);
	*regs = (struct kvm_regs) {
		.rax = vcpu->gpr[HULL_RAX], .rbx = vcpu->gpr[HULL_RBX],
		.rcx = vcpu->gpr[HULL_RCX], .rdx = vcpu->gpr[HULL_RDX],
		.rsi = vcpu->gpr[HULL_RSI], .rdi = vcpu->gpr[HULL_RDI],
		.rsp = vcpu->gpr[HULL_RSP], .rbp = vcpu->gpr[HULL_RBP],
		.r8 = vcpu->gpr[HULL_R8], .r9 = vcpu->gpr[HULL_R9],
		.r10 = vcpu->gpr[HULL_R10], .r11 = vcpu->gpr[HULL_R11],
		.r12 = vcpu->gpr[HULL_R12], .r13 = vcpu->gpr[HULL_R13],
		.r14 = vcpu->gpr[HULL_R14], .r15 = vcpu->gpr[HULL_R15],
		.rip = vcpu->rip,
		.rflags = hull_get_rflags(vcpu),
	};
	return 0;
}

int hull_set_regs(struct hull_vcpu *vcpu, const struct kvm_regs *regs)
{
	vcpu->gpr[HULL_RAX] = regs->rax;
	vcpu->gpr[HULL_RBX] = regs->rbx;
	vcpu->gpr[HULL_RCX] = regs->rcx;
	vcpu->gpr[HULL_RDX] = regs->rdx;
	vcpu->gpr[HULL_RSI] = regs->rsi;
	vcpu->gpr[HULL_RDI] = regs->rdi;
	vcpu->gpr[HULL_RBP] = regs->rbp;
	vcpu->gpr[HULL_R8] = regs->r8;
	vcpu->gpr[HULL_R9] = regs->r9;
	vcpu->gpr[HULL_R10] = regs->r10;
	vcpu->gpr[HULL_R11] = regs->r11;
	vcpu->gpr[HULL_R12] = regs->r12;
	vcpu->gpr[HULL_R13] = regs->r13;
	vcpu->gpr[HULL_R14] = regs->r14;
	vcpu->gpr[HULL_R15] = regs->r15;
	hull_set_gpr(vcpu, HULL_RSP, regs->rsp);
	hull_set_rip(vcpu, regs->rip);
	hull_set_rflags(vcpu, regs->rflags | X86_EFLAGS_FIXED);

	/* An exception that was not yet delivered belongs to the old RIP. */
	vcpu->ev.exception_pending = false;
	return 0;
}

/*
 * Without a local APIC in the kernel user space keeps the states of waiting
 * for INIT and SIPI, and halts leave to it: a vCPU here can only be runnable.
 */
int hull_get_mp_state(struct hull_vcpu *vcpu, struct kvm_mp_state *mp)
{
	mp->mp_state = vcpu->mp_state;
	return 0;
}

int hull_set_mp_state(struct hull_vcpu *vcpu, const struct kvm_mp_state *mp)
{
	if (mp->mp_state != KVM_MP_STATE_RUNNABLE)
		return -EINVAL;
	vcpu->mp_state = mp->mp_state;
	return 0;
}

int hull_translate(struct hull_vcpu *vcpu, struct kvm_translation *tr)
{
	u64 gva = tr->linear_address;
	/* Without paging it is as user space gave it, wider than any the guest has. */
	struct hull_walk walk = { .gpa = gva, .writable = true, .user = true };
	bool valid = gva != ~0ull;

	if (hull_is_paging(vcpu))
		valid = !hull_walk_debug(vcpu, gva, &walk) &&
			!(walk.gpa & vcpu->cpuid.reserved_gpa);
	*tr = (struct kvm_translation) { .linear_address = gva };
	if (!valid) {
		tr->physical_address = ~0ull;
		return 0;
	}
	tr->physical_address = walk.gpa;
	tr->valid = 1;
	tr->writeable = walk.writable;
	tr->usermode = walk.user;
	return 0;
}
