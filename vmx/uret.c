// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs that the host needs only when it returns to user mode: those of SYSCALL
 * and TSC_AUX.
 *
 * They keep the guest's values until the CPU returns to user mode, where the
 * kernel's user-return notifier brings the host's back.  vCPUs that take turns
 * in the kernel never pay for the way there and back.
 *
 * KVM does the same with the same registers and trusts its memory of their
 * values.  While KVM shares the CPU the registers are therefore put back when
 * the vCPU leaves the CPU, to whatever they were when it came.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/user-return-notifier.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include "owner.h"
#include "vmx.h"

static const u32 uret_msrs[VMX_NR_URETS] = {
	[VMX_URET_TSC_AUX] = MSR_TSC_AUX,
	[VMX_URET_STAR] = MSR_STAR,
	[VMX_URET_LSTAR] = MSR_LSTAR,
	[VMX_URET_SYSCALL_MASK] = MSR_SYSCALL_MASK,
};

/**
 * struct uret_cpu - one processor; preemption off, and interrupts off to change
 * @notifier: fires on return to user mode while @armed
 * @armed: the MSRs may hold guest values; @host are the host's
 * @known: @host are the values the host has in user mode, which do not change while
 *	there are VMs
 * @host: what to bring back
 * @now: what the MSRs hold
 */
struct uret_cpu {
	struct user_return_notifier notifier;
	bool armed;
	bool known;
	u64 host[VMX_NR_URETS];
	u64 now[VMX_NR_URETS];
};

static DEFINE_PER_CPU(struct uret_cpu, uret_cpu);
DEFINE_PER_CPU(const struct vmx_vcpu *, vmx_uret_fits);

/* Slot of an MSR, or -1. */
int vmx_uret_slot(u32 index)
{
	int i;

	for (i = 0; i < VMX_NR_URETS; i++)
		if (uret_msrs[i] == index)
			return i;
	return -1;
}

static bool uret_exists(int slot)
{
	return slot != VMX_URET_TSC_AUX ||
	       boot_cpu_has(X86_FEATURE_RDTSCP) || boot_cpu_has(X86_FEATURE_RDPID);
}

/* Which of them the guest can use in the mode it is in. */
static u8 usable(struct vmx_vcpu *vmx)
{
	u8 slots = 0;

	if (vmx->vcpu.efer & EFER_LMA && vmx->vcpu.efer & EFER_SCE)
		slots |= BIT(VMX_URET_STAR) | BIT(VMX_URET_LSTAR) |
			 BIT(VMX_URET_SYSCALL_MASK);
	if (vmx->controls.word[VMX_CONTROL_CPU2] & VMX_CPU2_RDTSCP &&
	    uret_exists(VMX_URET_TSC_AUX))
		slots |= BIT(VMX_URET_TSC_AUX);
	return slots;
}

static void write_one(struct uret_cpu *cpu, int slot, u64 value)
{
	if (cpu->now[slot] == value)
		return;
	__this_cpu_write(vmx_uret_fits, NULL);
	wrmsrl(uret_msrs[slot], value);
	cpu->now[slot] = value;
}

static void disarm(struct uret_cpu *cpu)
{
	unsigned long flags;
	int i;

	local_irq_save(flags);
	if (cpu->armed) {
		cpu->armed = false;
		for (i = 0; i < VMX_NR_URETS; i++)
			write_one(cpu, i, cpu->host[i]);
		user_return_notifier_unregister(&cpu->notifier);
	}
	local_irq_restore(flags);
}

static void uret_fire(struct user_return_notifier *notifier)
{
	disarm(container_of(notifier, struct uret_cpu, notifier));
}

static void read_all(struct uret_cpu *cpu)
{
	int i;

	for (i = 0; i < VMX_NR_URETS; i++) {
		if (uret_exists(i))
			rdmsrl(uret_msrs[i], cpu->host[i]);
		cpu->now[i] = cpu->host[i];
	}
}

/* With KVM about, they may be those of a guest of KVM's. */
static bool host_is_known(const struct uret_cpu *cpu)
{
	return cpu->known && !hull_owner_shared();
}

static bool now_is_valid(const struct uret_cpu *cpu)
{
	return cpu->armed || host_is_known(cpu);
}

static void arm(struct uret_cpu *cpu)
{
	if (likely(cpu->armed))
		return;
	if (!host_is_known(cpu))
		read_all(cpu);
	cpu->known = !hull_owner_shared();
	cpu->notifier.on_user_return = uret_fire;
	user_return_notifier_register(&cpu->notifier);
	cpu->armed = true;
}

static noinline void load_one(struct uret_cpu *cpu, int slot, u64 value)
{
	unsigned long flags;

	local_irq_save(flags);
	arm(cpu);
	write_one(cpu, slot, value);
	local_irq_restore(flags);
}

void __vmx_uret_load(struct vmx_vcpu *vmx)
{
	struct uret_cpu *cpu = this_cpu_ptr(&uret_cpu);
	u8 slots = vmx->urets;
	int i;

	for (i = 0; slots; i++, slots >>= 1)
		if (slots & 1 &&
		    !(now_is_valid(cpu) && cpu->now[i] == vmx->uret[i]))
			load_one(cpu, i, vmx->uret[i]);
	__this_cpu_write(vmx_uret_fits, vmx);
}

/* What the vCPU left here, if it ever was here, is long ago. */
void vmx_uret_move(void)
{
	this_cpu_write(vmx_uret_fits, NULL);
}

/* A value, or the guest's use of it, changed. */
void vmx_uret_refresh(struct vmx_vcpu *vmx)
{
	preempt_disable();
	vmx->urets = usable(vmx);
	this_cpu_write(vmx_uret_fits, NULL);
	if (vmx->saved.loaded)
		vmx_uret_load(vmx);
	preempt_enable();
}

/* KVM may use the CPU next, or it goes. */
void vmx_uret_put(void)
{
	disarm(this_cpu_ptr(&uret_cpu));
}

/* On this CPU, with the first VM: what was known may be long ago. */
void vmx_uret_forget(void)
{
	this_cpu_write(uret_cpu.known, false);
	this_cpu_write(vmx_uret_fits, NULL);
}
