// SPDX-License-Identifier: GPL-2.0
/*
 * Cached translations (SDM vol. 3, Caching Translation Information).
 *
 * With EPT the CPU caches guest-physical mappings, tagged by the EPTP, and
 * combined ones, from guest-virtual to host-physical, tagged by EPTP and VPID.
 * INVEPT drops both kinds of an EPTP, INVVPID the combined ones of a VPID.  A
 * vCPU without a VPID has combined mappings dropped at every entry and exit.
 *
 * Only this CPU's caches are reached.  Whoever changes the second stage makes
 * the vCPUs flush where they run; where one ran before, it flushes when it
 * comes back (vmx_vcpu_load()).
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/bitmap.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <asm/asm.h>
#include "vmx.h"

/* VPID 0 is the host's. */
DECLARE_BITMAP(vmx_vpids, VMX_NR_VPIDS) = { 1 };
static DEFINE_SPINLOCK(vpid_lock);

/* 0, whatever happens: without a VPID a vCPU is slower and no less right. */
int vmx_vpid_alloc(struct vmx_vcpu *vmx)
{
	unsigned long vpid;

	if (!vmx_caps.vpid)
		return 0;
	spin_lock(&vpid_lock);
	vpid = find_first_zero_bit(vmx_vpids, VMX_NR_VPIDS);
	if (vpid < VMX_NR_VPIDS) {
		__set_bit(vpid, vmx_vpids);
		vmx->vpid = vpid;
	}
	spin_unlock(&vpid_lock);
	return 0;
}

void vmx_vpid_free(struct vmx_vcpu *vmx)
{
	if (!vmx->vpid)
		return;
	spin_lock(&vpid_lock);
	__clear_bit(vmx->vpid, vmx_vpids);
	spin_unlock(&vpid_lock);
	vmx->vpid = 0;
}

/* False: it failed.  A CPU that was taken out of VMX operation has nothing to drop. */
static __always_inline bool invept(unsigned long type, u64 eptp)
{
	struct { u64 eptp, zero; } operand = { .eptp = eptp };

	asm goto("1: invept %[operand], %[type]\n"
		 "   jna %l[fail]\n"
		 _ASM_EXTABLE(1b, %l[fault])
		 : : [operand] "m" (operand), [type] "r" (type)
		 : "cc", "memory" : fail, fault);
fault:
	return true;
fail:
	return false;
}

static __always_inline bool invvpid(unsigned long type, u16 vpid)
{
	struct { u64 vpid, gva; } operand = { .vpid = vpid };

	asm goto("1: invvpid %[operand], %[type]\n"
		 "   jna %l[fail]\n"
		 _ASM_EXTABLE(1b, %l[fault])
		 : : [operand] "m" (operand), [type] "r" (type)
		 : "cc", "memory" : fail, fault);
fault:
	return true;
fail:
	return false;
}

/* What this VM's guests, or others', may still be translated by is not theirs. */
static noinline void flush_failed(struct vmx_vcpu *vmx, const char *insn)
{
	pr_err_ratelimited("%s failed, error %u\n", insn, vmcs_read32(INSN_ERROR));
	hull_vm_kill(vmx->vcpu.vm, insn, "a flush");
}

/* The combined mappings of this vCPU. */
void vmx_flush_vpid(struct vmx_vcpu *vmx)
{
	bool ok;

	if (!vmx->vpid)
		return;
	if (vmx_caps.ept_vpid & VMX_VPID_CONTEXT)
		ok = invvpid(VMX_INVVPID_CONTEXT, vmx->vpid);
	else
		ok = invvpid(VMX_INVVPID_ALL, 0);
	if (unlikely(!ok))
		flush_failed(vmx, "INVVPID");
}

static u64 eptp(struct hull_vcpu *vcpu)
{
	const struct hull_s2 *s2 = &vcpu->vm->mem.s2;

	return s2->root | VMX_EPTP_WB | VMX_EPTP_LEVELS(s2->levels) |
	       (vmx_caps.ept_ad ? VMX_EPTP_AD : 0);
}

/* INVEPT drops combined mappings, too, whatever their VPID. */
void vmx_flush_tlb(struct hull_vcpu *vcpu)
{
	bool ok;

	if (vmx_caps.ept_vpid & VMX_EPT_INVEPT_CONTEXT)
		ok = invept(VMX_INVEPT_CONTEXT, eptp(vcpu));
	else
		ok = invept(VMX_INVEPT_ALL, 0);
	if (unlikely(!ok))
		flush_failed(to_vmx(vcpu), "INVEPT");
}

/* All guests' on this CPU.  Interrupts off, or preemption. */
void vmx_flush_everything(void)
{
	if (!invept(VMX_INVEPT_ALL, 0))
		pr_err_ratelimited("INVEPT failed on CPU %d\n", smp_processor_id());
	if (vmx_caps.vpid && !invvpid(VMX_INVVPID_ALL, 0))
		pr_err_ratelimited("INVVPID failed on CPU %d\n", smp_processor_id());
}

void vmx_set_s2_root(struct hull_vcpu *vcpu)
{
	vmcs_write64(EPTP, eptp(vcpu));
	vmx_flush_tlb(vcpu);
}
