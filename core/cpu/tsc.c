// SPDX-License-Identifier: GPL-2.0
/*
 * Guest time stamp counters.
 *
 * A guest's TSC is scale(host TSC) + offset, with scale() the identity unless
 * the hardware can multiply.  Three things move it: user space's write of
 * IA32_TSC or of the offset, the guest's write of IA32_TSC (which also moves
 * IA32_TSC_ADJUST by as much, SDM vol. 3, IA32_TSC_ADJUST Register), and the
 * guest's write of IA32_TSC_ADJUST.  User space's write of IA32_TSC_ADJUST
 * restores its value only.
 *
 * Writes by user space that restore a VM come one vCPU after another, each a
 * little later than the one before.  Taken literally they would leave the
 * vCPUs apart by the time between the ioctls.  A write that is within a second
 * of what the VM's base has advanced to is therefore taken as «the same time
 * base», and gets its offset.  So does zero, what every vCPU starts with.
 *
 * A host's TSC may begin anew while the machine sleeps.  The guests' do not: all
 * offsets move by what it has lost.
 */
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>
#include <asm/tsc.h>
#include "../backend.h"
#include "../vcpu.h"
#include "tsc.h"

/* A guest's frequency this near to the host's needs no scaling. */
#define TOLERANCE_PPM	250

u32 hull_host_tsc_khz(void)
{
	return tsc_khz;
}

u64 hull_tsc_scale(u64 host_tsc, u64 ratio, u8 frac_bits)
{
	return frac_bits ? mul_u64_u64_shr(host_tsc, ratio, frac_bits) : host_tsc;
}

u64 hull_tsc_ratio(u32 guest_khz, u32 host_khz, u8 frac_bits)
{
	return mul_u64_u64_div_u64(1ull << frac_bits, guest_khz, host_khz);
}

bool hull_tsc_within_tolerance(u32 guest_khz, u32 host_khz)
{
	u64 slack = (u64)host_khz * TOLERANCE_PPM / 1000000;

	return guest_khz >= host_khz - slack && guest_khz <= host_khz + slack;
}

bool hull_tsc_same_base(u64 value, u64 base_value, u64 elapsed_ns, u32 khz)
{
	u64 expected = base_value + mul_u64_u32_div(elapsed_ns, khz, 1000000);
	u64 second = (u64)khz * 1000;

	return value < expected + second && value + second > expected;
}

static u64 scaled(struct hull_vcpu *vcpu, u64 host_tsc)
{
	return hull_tsc_scale(host_tsc, vcpu->tsc.ratio,
			      hull_backend->caps->tsc_ratio_bits);
}

u64 hull_guest_tsc(struct hull_vcpu *vcpu, u64 host_tsc)
{
	return scaled(vcpu, host_tsc) + vcpu->tsc.offset;
}

static void apply_offset(struct hull_vcpu *vcpu, u64 offset)
{
	vcpu->tsc.offset = offset;
	hull_request(vcpu, HULL_REQ_TSC);
}

/* The vCPU's time base is now @offset, at which @value was the TSC. */
static void join_base(struct hull_vcpu *vcpu, u64 offset, u64 value, u64 ns,
		      bool matched)
{
	struct hull_tsc_base *base = &vcpu->vm->tsc;

	lockdep_assert_held(&base->lock);
	if (!matched) {
		base->generation++;
		base->offset = offset;
	}
	base->write_tsc = value;
	base->write_ns = ns;
	base->write_khz = vcpu->tsc.khz;
	vcpu->tsc.generation = base->generation;
	apply_offset(vcpu, offset);
}

/* @user: a value that user space wrote, else the zero of creation. */
static void synchronise(struct hull_vcpu *vcpu, u64 value, bool user)
{
	struct hull_tsc_base *base = &vcpu->vm->tsc;
	bool matched = false;
	unsigned long flags;
	u64 offset, ns;

	raw_spin_lock_irqsave(&base->lock, flags);
	offset = value - scaled(vcpu, rdtsc());
	ns = ktime_get_boottime_ns();
	if (base->write_khz == vcpu->tsc.khz) {
		if (!value)
			matched = true;
		else if (base->user_set)
			matched = hull_tsc_same_base(value, base->write_tsc,
						     ns - base->write_ns,
						     vcpu->tsc.khz);
	}
	if (user)
		base->user_set = true;
	if (matched && !check_tsc_unstable()) {
		offset = base->offset;
	} else if (matched) {
		/* The CPUs' counters differ: only the elapsed time is common. */
		value += mul_u64_u32_div(ns - base->write_ns, vcpu->tsc.khz,
					 1000000);
		offset = value - scaled(vcpu, rdtsc());
	}
	join_base(vcpu, offset, value, ns, matched);
	raw_spin_unlock_irqrestore(&base->lock, flags);
}

void hull_tsc_vm_init(struct hull_vm *vm)
{
	raw_spin_lock_init(&vm->tsc.lock);
	vm->tsc.khz = hull_host_tsc_khz();
}

void hull_tsc_vcpu_init(struct hull_vcpu *vcpu)
{
	u32 khz = READ_ONCE(vcpu->vm->tsc.khz);

	vcpu->tsc.adjust = 0;
	vcpu->tsc.ratio = 1ull << hull_backend->caps->tsc_ratio_bits;
	vcpu->tsc.khz = hull_host_tsc_khz();
	/* The VM's default was checked when it was set. */
	if (khz != vcpu->tsc.khz && hull_set_tsc_khz(vcpu, khz))
		vcpu->tsc.khz = hull_host_tsc_khz();
	synchronise(vcpu, 0, false);
}

void hull_host_write_tsc(struct hull_vcpu *vcpu, u64 value)
{
	synchronise(vcpu, value, true);
}

void hull_guest_write_tsc(struct hull_vcpu *vcpu, u64 value)
{
	u64 move = value - hull_guest_tsc(vcpu, rdtsc());

	vcpu->tsc.adjust += move;
	apply_offset(vcpu, vcpu->tsc.offset + move);
}

void hull_write_tsc_adjust(struct hull_vcpu *vcpu, u64 value, bool host)
{
	if (!host)
		apply_offset(vcpu, vcpu->tsc.offset + value - vcpu->tsc.adjust);
	vcpu->tsc.adjust = value;
}

void hull_set_tsc_offset(struct hull_vcpu *vcpu, u64 offset)
{
	struct hull_tsc_base *base = &vcpu->vm->tsc;
	unsigned long flags;
	bool matched;

	raw_spin_lock_irqsave(&base->lock, flags);
	matched = base->write_khz == vcpu->tsc.khz && base->offset == offset;
	base->user_set = true;
	join_base(vcpu, offset, scaled(vcpu, rdtsc()) + offset,
		  ktime_get_boottime_ns(), matched);
	raw_spin_unlock_irqrestore(&base->lock, flags);
}

/* The ratio for @khz, or 0 when this machine cannot do it. */
static u64 ratio_for(u32 khz)
{
	const struct hull_caps *caps = hull_backend->caps;
	u32 host = hull_host_tsc_khz();
	u64 ratio;

	/* KVM_GET_TSC_KHZ answers an int. */
	if (!khz || khz > INT_MAX || !host)
		return 0;
	if (hull_tsc_within_tolerance(khz, host))
		return 1ull << caps->tsc_ratio_bits;
	/* The second test keeps the quotient below within 64 bits. */
	if (!caps->tsc_ratio_bits || khz >> (63 - caps->tsc_ratio_bits) >= host)
		return 0;
	ratio = hull_tsc_ratio(khz, host, caps->tsc_ratio_bits);
	return ratio <= caps->tsc_ratio_max ? ratio : 0;
}

void hull_tsc_host_lost(struct hull_vm *vm, u64 ticks)
{
	u8 frac_bits = hull_backend->caps->tsc_ratio_bits;
	struct hull_tsc_base *base = &vm->tsc;
	struct hull_vcpu *vcpu;
	unsigned long id;

	hull_for_each_vcpu(id, vcpu, vm)
		apply_offset(vcpu, vcpu->tsc.offset + scaled(vcpu, ticks));
	base->offset += hull_tsc_scale(ticks, ratio_for(base->write_khz), frac_bits);
}

int hull_set_tsc_khz(struct hull_vcpu *vcpu, u32 khz)
{
	u64 ratio;

	/* Zero means the host's own frequency, where frequencies can be set. */
	if (!khz && hull_backend->caps->tsc_ratio_bits)
		khz = hull_host_tsc_khz();
	ratio = ratio_for(khz);
	if (!ratio)
		return -EINVAL;
	/* The offset stays what user space has set, to the bit. */
	vcpu->tsc.ratio = ratio;
	hull_request(vcpu, HULL_REQ_TSC);
	vcpu->tsc.khz = khz;
	return 0;
}

int hull_vm_set_tsc_khz(struct hull_vm *vm, u32 khz)
{
	if (!khz)
		khz = hull_host_tsc_khz();
	if (!ratio_for(khz))
		return -EINVAL;
	WRITE_ONCE(vm->tsc.khz, khz);
	return 0;
}

static bool is_tsc_offset(const struct kvm_device_attr *attr)
{
	return attr->group == KVM_VCPU_TSC_CTRL &&
	       attr->attr == KVM_VCPU_TSC_OFFSET;
}

int hull_vcpu_has_attr(struct hull_vcpu *vcpu, const struct kvm_device_attr *attr)
{
	return is_tsc_offset(attr) ? 0 : -ENXIO;
}

int hull_vcpu_get_attr(struct hull_vcpu *vcpu, const struct kvm_device_attr *attr)
{
	if (!is_tsc_offset(attr))
		return -ENXIO;
	return put_user(vcpu->tsc.offset, (u64 __user *)u64_to_user_ptr(attr->addr));
}

int hull_vcpu_set_attr(struct hull_vcpu *vcpu, const struct kvm_device_attr *attr)
{
	u64 offset;

	if (!is_tsc_offset(attr))
		return -ENXIO;
	if (get_user(offset, (u64 __user *)u64_to_user_ptr(attr->addr)))
		return -EFAULT;
	hull_set_tsc_offset(vcpu, offset);
	return 0;
}
