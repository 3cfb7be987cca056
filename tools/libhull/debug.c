// SPDX-License-Identifier: GPL-2.0-only
/* Debug registers of the guest, and debugging the guest from outside. */
#include "internal.h"

HULL_PUBLIC int hull_vcpu_get_debugregs(const struct hull_vcpu *vcpu,
					struct kvm_debugregs *regs)
{
	return hull_ioctl(vcpu->fd, KVM_GET_DEBUGREGS, regs);
}

HULL_PUBLIC int hull_vcpu_set_debugregs(const struct hull_vcpu *vcpu,
					const struct kvm_debugregs *regs)
{
	return hull_ioctl(vcpu->fd, KVM_SET_DEBUGREGS, (void *)regs);
}

/* DR7's R/W and LEN fields: SDM vol. 3, Debug Control Register (DR7) */
static int watch_bits(const struct hull_watch *watch, uint64_t *bits)
{
	static const uint64_t len_field[] = { [1] = 0, [2] = 1, [4] = 3, [8] = 2 };

	if (watch->kind == HULL_BREAK_EXEC) {
		*bits = 0;
		return 0;
	}
	if (watch->size > 8 || !watch->size || watch->size & (watch->size - 1))
		return -EINVAL;
	*bits = watch->kind | len_field[watch->size] << 2;
	return 0;
}

HULL_PUBLIC int hull_vcpu_set_guest_debug(const struct hull_vcpu *vcpu,
					  const struct hull_watch *watches,
					  unsigned int nr, uint32_t control)
{
	struct kvm_guest_debug debug = { .control = control };
	uint64_t bits;
	unsigned int i;
	int ret;

	if (nr > 4)
		return -ENOSPC;
	for (i = 0; i < nr; i++) {
		ret = watch_bits(&watches[i], &bits);
		if (ret)
			return ret;
		debug.arch.debugreg[i] = watches[i].address;
		debug.arch.debugreg[7] |= bits << (16 + 4 * i) | 2ULL << (2 * i);
	}
	if (nr)
		debug.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
	if (debug.control)
		debug.control |= KVM_GUESTDBG_ENABLE;
	return hull_ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug);
}
