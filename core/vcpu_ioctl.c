// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of a vCPU's descriptor, and the registers that travel in struct
 * kvm_run.
 */
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/signal.h>
#include <linux/uaccess.h>
#include "backend.h"
#include "cpu/cpuid.h"
#include "cpu/debug.h"
#include "cpu/msr.h"
#include "cpu/nested.h"
#include "cpu/regs.h"
#include "cpu/tsc.h"
#include "cpu/xstate.h"
#include "ioctl.h"
#include "sync_regs.h"
#include "vcpu.h"

/* An ioctl whose function takes the copied argument and the vCPU. */
#define VCPU_IOCTL(name, fn, type)					\
static long name(void *obj, void *arg)					\
{									\
	return fn(obj, (type *)arg);					\
}

VCPU_IOCTL(get_regs, hull_get_regs, struct kvm_regs)
VCPU_IOCTL(set_regs, hull_set_regs, const struct kvm_regs)
VCPU_IOCTL(get_sregs, hull_get_sregs, struct kvm_sregs)
VCPU_IOCTL(set_sregs, hull_set_sregs, const struct kvm_sregs)
VCPU_IOCTL(get_sregs2, hull_get_sregs2, struct kvm_sregs2)
VCPU_IOCTL(set_sregs2, hull_set_sregs2, const struct kvm_sregs2)
VCPU_IOCTL(get_fpu, hull_get_fpu, struct kvm_fpu)
VCPU_IOCTL(set_fpu, hull_set_fpu, const struct kvm_fpu)
VCPU_IOCTL(get_xcrs, hull_get_xcrs, struct kvm_xcrs)
VCPU_IOCTL(set_xcrs, hull_set_xcrs, const struct kvm_xcrs)
VCPU_IOCTL(get_debugregs, hull_get_debugregs, struct kvm_debugregs)
VCPU_IOCTL(set_debugregs, hull_set_debugregs, const struct kvm_debugregs)
VCPU_IOCTL(set_guest_debug, hull_set_guest_debug, const struct kvm_guest_debug)
VCPU_IOCTL(get_mp_state, hull_get_mp_state, struct kvm_mp_state)
VCPU_IOCTL(set_mp_state, hull_set_mp_state, const struct kvm_mp_state)
VCPU_IOCTL(set_vcpu_events, hull_set_vcpu_events, const struct kvm_vcpu_events)
VCPU_IOCTL(translate, hull_translate, struct kvm_translation)
VCPU_IOCTL(get_msrs, hull_get_msrs, struct kvm_msrs __user)
VCPU_IOCTL(set_msrs, hull_set_msrs, struct kvm_msrs __user)
VCPU_IOCTL(set_xsave, hull_set_xsave, const void __user)
VCPU_IOCTL(get_nested_state, hull_get_nested_state, struct kvm_nested_state __user)
VCPU_IOCTL(set_nested_state, hull_set_nested_state, const struct kvm_nested_state)
VCPU_IOCTL(has_attr, hull_vcpu_has_attr, const struct kvm_device_attr)
VCPU_IOCTL(get_attr, hull_vcpu_get_attr, const struct kvm_device_attr)
VCPU_IOCTL(set_attr, hull_vcpu_set_attr, const struct kvm_device_attr)

long hull_vcpu_ioctl_run(struct hull_vcpu *vcpu, unsigned long arg)
{
	long r;

	if (arg)
		return -EINVAL;
	if (mutex_lock_killable(&vcpu->lock))
		return -EINTR;
	r = hull_vcpu_run(vcpu);
	mutex_unlock(&vcpu->lock);
	return r;
}

static long get_vcpu_events(void *obj, void *arg)
{
	hull_get_vcpu_events(obj, arg);
	return 0;
}

static long interrupt(void *obj, void *arg)
{
	const struct kvm_interrupt *irq = arg;

	return hull_vcpu_interrupt(obj, irq->irq);
}

static long nmi(void *obj, void *arg)
{
	return hull_vcpu_nmi(obj);
}

static long get_xsave(void *obj, void *arg)
{
	/* Features beyond the old structure would be cut off in silence. */
	if (hull_xsave_size(obj) > sizeof(struct kvm_xsave))
		return -EINVAL;
	return hull_get_xsave(obj, (void __user *)arg, sizeof(struct kvm_xsave));
}

static long get_xsave2(void *obj, void *arg)
{
	return hull_get_xsave(obj, (void __user *)arg, hull_xsave_size(obj));
}

static long set_cpuid(void *obj, void *arg)
{
	struct kvm_cpuid __user *user = (void __user *)arg;
	struct kvm_cpuid head;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	return hull_set_cpuid(obj, &head, user->entries);
}

static long set_cpuid2(void *obj, void *arg)
{
	struct kvm_cpuid2 __user *user = (void __user *)arg;
	struct kvm_cpuid2 head;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	return hull_set_cpuid2(obj, &head, user->entries);
}

static long get_cpuid2(void *obj, void *arg)
{
	struct kvm_cpuid2 __user *user = (void __user *)arg;
	struct kvm_cpuid2 head;
	int r;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	r = hull_get_cpuid2(obj, &head, user->entries);
	if (!r && copy_to_user(user, &head, sizeof(head)))
		return -EFAULT;
	return r;
}

static long set_signal_mask(void *obj, void *arg)
{
	struct kvm_signal_mask __user *user = (void __user *)arg;
	struct hull_vcpu *vcpu = obj;
	struct kvm_signal_mask head;
	sigset_t set;

	if (!user) {
		vcpu->has_sigmask = false;
		return 0;
	}
	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	if (head.len != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, user->sigset, sizeof(set)))
		return -EFAULT;
	sigdelsetmask(&set, sigmask(SIGKILL) | sigmask(SIGSTOP));
	vcpu->sigmask = set;
	vcpu->has_sigmask = true;
	return 0;
}

static long set_tsc_khz(void *obj, void *arg)
{
	return hull_set_tsc_khz(obj, (unsigned long)arg);
}

static long get_tsc_khz(void *obj, void *arg)
{
	struct hull_vcpu *vcpu = obj;

	return vcpu->tsc.khz;
}

/* No capability can be enabled on a vCPU. */
static long enable_cap(void *obj, void *arg)
{
	return -EINVAL;
}

#define STATE	(HULL_IOC_LOADED)
#define MEMORY	(HULL_IOC_LOADED | HULL_IOC_SRCU)

static const struct hull_ioctl rows[] = {
	{ KVM_GET_REGS, STATE, get_regs },
	{ KVM_SET_REGS, STATE, set_regs },
	{ KVM_GET_SREGS, STATE, get_sregs },
	{ KVM_SET_SREGS, MEMORY, set_sregs },
	{ KVM_TRANSLATE, MEMORY, translate },
	{ KVM_INTERRUPT, STATE, interrupt },
	{ KVM_GET_MSRS, HULL_IOC_RAW | STATE, get_msrs },
	{ KVM_SET_MSRS, HULL_IOC_RAW | STATE, set_msrs },
	{ KVM_SET_CPUID, HULL_IOC_RAW | STATE, set_cpuid },
	{ KVM_SET_SIGNAL_MASK, HULL_IOC_RAW, set_signal_mask },
	{ KVM_GET_FPU, STATE, get_fpu },
	{ KVM_SET_FPU, STATE, set_fpu },
	{ KVM_SET_CPUID2, HULL_IOC_RAW | STATE, set_cpuid2 },
	{ KVM_GET_CPUID2, HULL_IOC_RAW | STATE, get_cpuid2 },
	{ KVM_GET_MP_STATE, STATE, get_mp_state },
	{ KVM_SET_MP_STATE, STATE, set_mp_state },
	{ KVM_NMI, STATE, nmi },
	{ KVM_SET_GUEST_DEBUG, STATE, set_guest_debug },
	{ KVM_GET_VCPU_EVENTS, STATE, get_vcpu_events },
	{ KVM_SET_VCPU_EVENTS, STATE, set_vcpu_events },
	{ KVM_GET_DEBUGREGS, STATE, get_debugregs },
	{ KVM_SET_DEBUGREGS, STATE, set_debugregs },
	{ KVM_SET_TSC_KHZ, HULL_IOC_RAW | STATE, set_tsc_khz },
	{ KVM_ENABLE_CAP, 0, enable_cap },
	{ KVM_GET_TSC_KHZ, HULL_IOC_RAW | STATE, get_tsc_khz },
	{ KVM_GET_XSAVE, HULL_IOC_RAW | STATE, get_xsave },
	{ KVM_SET_XSAVE, HULL_IOC_RAW | STATE, set_xsave },
	{ KVM_GET_XCRS, STATE, get_xcrs },
	{ KVM_SET_XCRS, STATE, set_xcrs },
	{ KVM_GET_NESTED_STATE, HULL_IOC_RAW | STATE, get_nested_state },
	{ KVM_SET_NESTED_STATE, STATE, set_nested_state },
	{ KVM_GET_SREGS2, MEMORY, get_sregs2 },
	{ KVM_SET_SREGS2, MEMORY, set_sregs2 },
	{ KVM_GET_XSAVE2, HULL_IOC_RAW | STATE, get_xsave2 },
	{ KVM_SET_DEVICE_ATTR, STATE, set_attr },
	{ KVM_GET_DEVICE_ATTR, STATE, get_attr },
	{ KVM_HAS_DEVICE_ATTR, STATE, has_attr },
};

static bool must_load(const struct hull_ioctl *row)
{
	return row->flags & HULL_IOC_LOADED && !hull_backend->caps->state_in_memory;
}

static int enter(void *obj, const struct hull_ioctl *row)
{
	struct hull_vcpu *vcpu = obj;

	if (mutex_lock_killable(&vcpu->lock))
		return -EINTR;
	if (must_load(row)) {
		hull_vcpu_load(vcpu);
		hull_vcpu_preemptible(vcpu);
	}
	if (row->flags & HULL_IOC_SRCU) {
		vcpu->srcu_idx = srcu_read_lock(&vcpu->vm->mem.srcu);
		/* Sparse cannot know that leave() goes by the same flag. */
		__release(&vcpu->vm->mem.srcu);
	}
	return 0;
}

static void leave(void *obj, const struct hull_ioctl *row)
{
	struct hull_vcpu *vcpu = obj;

	if (row->flags & HULL_IOC_SRCU) {
		__acquire(&vcpu->vm->mem.srcu);
		srcu_read_unlock(&vcpu->vm->mem.srcu, vcpu->srcu_idx);
	}
	if (must_load(row))
		hull_vcpu_put(vcpu);
	mutex_unlock(&vcpu->lock);
}

struct hull_ioctl_table hull_vcpu_ioctls = {
	.rows = rows,
	.nr = ARRAY_SIZE(rows),
	.unknown = -EINVAL,
	.enter = enter,
	.leave = leave,
};

/* Registers in struct kvm_run (API document, KVM_CAP_SYNC_REGS). */

static noinline int take_regs(struct hull_vcpu *vcpu, struct kvm_run *run)
{
	struct kvm_regs regs = run->s.regs.regs;

	return hull_set_regs(vcpu, &regs);
}

static noinline int take_sregs(struct hull_vcpu *vcpu, struct kvm_run *run)
{
	struct kvm_sregs sregs = run->s.regs.sregs;

	return hull_set_sregs(vcpu, &sregs);
}

static noinline int take_events(struct hull_vcpu *vcpu, struct kvm_run *run)
{
	struct kvm_vcpu_events events = run->s.regs.events;

	return hull_set_vcpu_events(vcpu, &events);
}

/*
 * User space may write to the page meanwhile: each structure is copied once,
 * and the copy is checked.
 */
int hull_take_sync_regs(struct hull_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	u64 dirty = READ_ONCE(run->kvm_dirty_regs);

	if (dirty & KVM_SYNC_X86_REGS && take_regs(vcpu, run))
		return -EINVAL;
	if (dirty & KVM_SYNC_X86_SREGS && take_sregs(vcpu, run))
		return -EINVAL;
	if (dirty & KVM_SYNC_X86_EVENTS && take_events(vcpu, run))
		return -EINVAL;
	run->kvm_dirty_regs = 0;
	return 0;
}

void hull_give_sync_regs(struct hull_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	u64 valid = READ_ONCE(run->kvm_valid_regs);

	if (valid & KVM_SYNC_X86_REGS)
		hull_get_regs(vcpu, &run->s.regs.regs);
	if (valid & KVM_SYNC_X86_SREGS)
		hull_get_sregs(vcpu, &run->s.regs.sregs);
	if (valid & KVM_SYNC_X86_EVENTS)
		hull_get_vcpu_events(vcpu, &run->s.regs.events);
}
