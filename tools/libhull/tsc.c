// SPDX-License-Identifier: GPL-2.0-only
/* The guest's time-stamp counter: frequency, offset and value. */
#include <x86intrin.h>

#include "internal.h"

#define MSR_IA32_TSC	0x10

static int tsc_offset_attr(const struct hull_vcpu *vcpu, unsigned long request,
			   uint64_t *offset)
{
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = (uintptr_t)offset,
	};

	return hull_ioctl(vcpu->fd, request, &attr);
}

HULL_PUBLIC int hull_vcpu_get_tsc_offset(const struct hull_vcpu *vcpu, uint64_t *offset)
{
	return tsc_offset_attr(vcpu, KVM_GET_DEVICE_ATTR, offset);
}

HULL_PUBLIC int hull_vcpu_set_tsc_offset(const struct hull_vcpu *vcpu, uint64_t offset)
{
	return tsc_offset_attr(vcpu, KVM_SET_DEVICE_ATTR, &offset);
}

HULL_PUBLIC int hull_vcpu_set_tsc_value(const struct hull_vcpu *vcpu, uint64_t value)
{
	return hull_vcpu_set_msr(vcpu, MSR_IA32_TSC, value);
}

/*
 * The offset alone fixes the guest's time base, whenever the call is made.
 * Writing IA32_TSC instead would add the time that passes between the calls
 * for two vCPUs to the difference between them.
 */
HULL_PUBLIC int hull_vcpu_restore_timekeeping(const struct hull_vcpu *vcpu,
					      uint64_t host_tsc_reference,
					      uint64_t tsc_offset)
{
	if (host_tsc_reference > __rdtsc())
		return -EINVAL;
	return hull_vcpu_set_tsc_offset(vcpu, tsc_offset);
}

HULL_PUBLIC int hull_vcpu_get_tsc_khz(const struct hull_vcpu *vcpu)
{
	return hull_ioctl_value(vcpu->fd, KVM_GET_TSC_KHZ, 0);
}

HULL_PUBLIC int hull_vcpu_set_tsc_khz(const struct hull_vcpu *vcpu, uint32_t khz)
{
	return hull_ioctl_value(vcpu->fd, KVM_SET_TSC_KHZ, khz);
}

HULL_PUBLIC int hull_vcpu_is_tsc_scaling_required(const struct hull_vcpu *vcpu,
						  uint32_t khz)
{
	int64_t difference, tolerance;
	int own = hull_vcpu_get_tsc_khz(vcpu);

	if (own < 0)
		return own;
	difference = (int64_t)own - khz;
	if (difference < 0)
		difference = -difference;
	tolerance = (int64_t)own * HULL_TSC_TOLERANCE_PPM / 1000000;
	return difference > tolerance;
}
