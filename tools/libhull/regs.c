// SPDX-License-Identifier: GPL-2.0-only
/* Registers: general, system, x87/SSE and extended state. */
#include <stddef.h>
#include <string.h>

#include "internal.h"

HULL_PUBLIC int hull_vcpu_get_regs(const struct hull_vcpu *vcpu, struct kvm_regs *regs)
{
	return hull_ioctl(vcpu->fd, KVM_GET_REGS, regs);
}

HULL_PUBLIC int hull_vcpu_set_regs(const struct hull_vcpu *vcpu,
				   const struct kvm_regs *regs)
{
	return hull_ioctl(vcpu->fd, KVM_SET_REGS, (void *)regs);
}

HULL_PUBLIC int hull_vcpu_set_entry(const struct hull_vcpu *vcpu, uint64_t rip)
{
	struct kvm_regs regs;
	int ret;

	ret = hull_vcpu_get_regs(vcpu, &regs);
	if (ret)
		return ret;
	regs.rip = rip;
	return hull_vcpu_set_regs(vcpu, &regs);
}

/* The instruction encoding's order, which is not that of struct kvm_regs. */
static const size_t gpr_offset[HULL_NR_GPRS] = {
	[HULL_GPR_RAX] = offsetof(struct kvm_regs, rax),
	[HULL_GPR_RCX] = offsetof(struct kvm_regs, rcx),
	[HULL_GPR_RDX] = offsetof(struct kvm_regs, rdx),
	[HULL_GPR_RBX] = offsetof(struct kvm_regs, rbx),
	[HULL_GPR_RSP] = offsetof(struct kvm_regs, rsp),
	[HULL_GPR_RBP] = offsetof(struct kvm_regs, rbp),
	[HULL_GPR_RSI] = offsetof(struct kvm_regs, rsi),
	[HULL_GPR_RDI] = offsetof(struct kvm_regs, rdi),
	[HULL_GPR_R8] = offsetof(struct kvm_regs, r8),
	[HULL_GPR_R9] = offsetof(struct kvm_regs, r9),
	[HULL_GPR_R10] = offsetof(struct kvm_regs, r10),
	[HULL_GPR_R11] = offsetof(struct kvm_regs, r11),
	[HULL_GPR_R12] = offsetof(struct kvm_regs, r12),
	[HULL_GPR_R13] = offsetof(struct kvm_regs, r13),
	[HULL_GPR_R14] = offsetof(struct kvm_regs, r14),
	[HULL_GPR_R15] = offsetof(struct kvm_regs, r15),
};

HULL_PUBLIC int hull_vcpu_set_gpr(const struct hull_vcpu *vcpu, enum hull_gpr index,
				  uint64_t value)
{
	struct kvm_regs regs;
	int ret;

	if ((unsigned int)index >= HULL_NR_GPRS)
		return -EINVAL;
	ret = hull_vcpu_get_regs(vcpu, &regs);
	if (ret)
		return ret;
	memcpy((char *)&regs + gpr_offset[index], &value, sizeof(value));
	return hull_vcpu_set_regs(vcpu, &regs);
}

HULL_PUBLIC int hull_vcpu_get_sregs(const struct hull_vcpu *vcpu,
				    struct kvm_sregs *sregs)
{
	return hull_ioctl(vcpu->fd, KVM_GET_SREGS, sregs);
}

HULL_PUBLIC int hull_vcpu_set_sregs(const struct hull_vcpu *vcpu,
				    const struct kvm_sregs *sregs)
{
	return hull_ioctl(vcpu->fd, KVM_SET_SREGS, (void *)sregs);
}

HULL_PUBLIC int hull_vcpu_get_sregs2(const struct hull_vcpu *vcpu,
				     struct kvm_sregs2 *sregs)
{
	return hull_ioctl(vcpu->fd, KVM_GET_SREGS2, sregs);
}

HULL_PUBLIC int hull_vcpu_set_sregs2(const struct hull_vcpu *vcpu,
				     const struct kvm_sregs2 *sregs)
{
	return hull_ioctl(vcpu->fd, KVM_SET_SREGS2, (void *)sregs);
}

HULL_PUBLIC int hull_vcpu_get_fpu(const struct hull_vcpu *vcpu, struct kvm_fpu *fpu)
{
	return hull_ioctl(vcpu->fd, KVM_GET_FPU, fpu);
}

HULL_PUBLIC int hull_vcpu_set_fpu(const struct hull_vcpu *vcpu,
				  const struct kvm_fpu *fpu)
{
	return hull_ioctl(vcpu->fd, KVM_SET_FPU, (void *)fpu);
}

HULL_PUBLIC int hull_vcpu_get_xcrs(const struct hull_vcpu *vcpu, struct kvm_xcrs *xcrs)
{
	return hull_ioctl(vcpu->fd, KVM_GET_XCRS, xcrs);
}

HULL_PUBLIC int hull_vcpu_set_xcr(const struct hull_vcpu *vcpu, uint32_t index,
				  uint64_t value)
{
	struct kvm_xcrs xcrs = {
		.nr_xcrs = 1,
		.xcrs[0] = { .xcr = index, .value = value },
	};

	return hull_ioctl(vcpu->fd, KVM_SET_XCRS, &xcrs);
}

HULL_PUBLIC size_t hull_vm_xsave_size(const struct hull_vm *vm)
{
	int size = hull_vm_check_capability(vm, KVM_CAP_XSAVE2);

	return size > (int)sizeof(struct kvm_xsave) ? (size_t)size :
						      sizeof(struct kvm_xsave);
}

HULL_PUBLIC int hull_vcpu_get_xsave(const struct hull_vcpu *vcpu, void *xsave,
				    size_t size)
{
	if (size < sizeof(struct kvm_xsave))
		return -EINVAL;
	if (size == sizeof(struct kvm_xsave))
		return hull_ioctl(vcpu->fd, KVM_GET_XSAVE, xsave);
	return hull_ioctl(vcpu->fd, KVM_GET_XSAVE2, xsave);
}

HULL_PUBLIC int hull_vcpu_set_xsave(const struct hull_vcpu *vcpu, const void *xsave,
				    size_t size)
{
	if (size < sizeof(struct kvm_xsave))
		return -EINVAL;
	return hull_ioctl(vcpu->fd, KVM_SET_XSAVE, (void *)xsave);
}
