// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts, NMIs and pending events.
 *
 * hull_vcpu_interrupt() is the bare ioctl, which replaces an earlier interrupt
 * that still waits. hull_vcpu_inject_interrupt() loses none:
 * vectors wait in the handle, highest first, and hull_vcpu_run() offers one as
 * soon as the guest can take it.
 */
#include "internal.h"

HULL_PUBLIC void hull_vcpu_set_interrupt_window_requested(struct hull_vcpu *vcpu,
							  bool requested)
{
	vcpu->run->request_interrupt_window = requested;
}

HULL_PUBLIC bool hull_vcpu_ready_for_interrupt(const struct hull_vcpu *vcpu)
{
	return vcpu->run->ready_for_interrupt_injection && vcpu->run->if_flag;
}

HULL_PUBLIC int hull_vcpu_interrupt(const struct hull_vcpu *vcpu, uint32_t vector)
{
	struct kvm_interrupt irq = { .irq = vector };

	return hull_ioctl(vcpu->fd, KVM_INTERRUPT, &irq);
}

HULL_PUBLIC int hull_vcpu_inject_nmi(const struct hull_vcpu *vcpu)
{
	return hull_ioctl_value(vcpu->fd, KVM_NMI, 0);
}

HULL_PUBLIC int hull_vcpu_inject_interrupt(struct hull_vcpu *vcpu, uint32_t vector)
{
	if (vector > 255)
		return -EINVAL;
	atomic_fetch_or(&vcpu->queued[vector / 64], 1ULL << (vector % 64));
	return 0;
}

static int highest_queued(struct hull_vcpu *vcpu)
{
	uint64_t word;
	int i;

	for (i = 3; i >= 0; i--) {
		word = atomic_load(&vcpu->queued[i]);
		if (word)
			return i * 64 + 63 - __builtin_clzll(word);
	}
	return -1;
}

/*
 * Called before each entry. The window request stays as the user of the
 * library left it unless vectors wait.
 */
int hull_vcpu_offer_queued(struct hull_vcpu *vcpu)
{
	int vector = highest_queued(vcpu);
	int ret;

	if (vector < 0)
		return 0;
	if (!hull_vcpu_ready_for_interrupt(vcpu)) {
		vcpu->run->request_interrupt_window = 1;
		return 0;
	}
	ret = hull_vcpu_interrupt(vcpu, vector);
	if (ret)
		return ret;
	atomic_fetch_and(&vcpu->queued[vector / 64], ~(1ULL << (vector % 64)));
	vcpu->run->request_interrupt_window = highest_queued(vcpu) >= 0;
	return 0;
}

HULL_PUBLIC int hull_vcpu_get_interrupt_state(const struct hull_vcpu *vcpu,
					      struct kvm_vcpu_events *events)
{
	return hull_ioctl(vcpu->fd, KVM_GET_VCPU_EVENTS, events);
}

HULL_PUBLIC int hull_vcpu_set_interrupt_state(const struct hull_vcpu *vcpu,
					      const struct kvm_vcpu_events *events)
{
	return hull_ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, (void *)events);
}
