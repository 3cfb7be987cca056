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
#include <linux/bitmap.h>
#include <linux/spinlock.h>
#include <asm/asm.h>
#include "vmx.h"

#define NR_VPIDS	65536

/* VPID 0 is the host's. */
static DECLARE_BITMAP(vpids, NR_VPIDS) = { 1 };
static DEFINE_SPINLOCK(vpid_lock);

/* 0, whatever happens: without a VPID a vCPU is slower and no less right. */
int vmx_vpid_alloc(struct vmx_vcpu *vmx)
{
	unsigned long vpid;

	if (!vmx_caps.vpid)
		return 0;
	spin_lock(&vpid_lock);
	vpid = find_first_zero_bit(vpids, NR_VPIDS);
	if (vpid < NR_VPIDS) {
		__set_bit(vpid, vpids);
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
	__clear_bit(vmx->vpid, vpids);
	spin_unlock(&vpid_lock);
	vmx->vpid = 0;
}

static __always_inline void invept(unsigned long type, u64 eptp)
{
	struct { u64 eptp, zero; } operand = { .eptp = eptp };

	asm volatile("1: invept %[operand], %[type]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : [operand] "m" (operand), [type] "r" (type)
		     : "cc", "memory");
}

static __always_inline void invvpid(unsigned long type, u16 vpid, u64 gva)
{
	struct { u64 vpid, gva; } operand = { .vpid = vpid, .gva = gva };

	asm volatile("1: invvpid %[operand], %[type]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : [operand] "m" (operand), [type] "r" (type)
		     : "cc", "memory");
}

/* The combined mappings of this vCPU. */
void vmx_flush_vpid(struct vmx_vcpu *vmx)
{
	if (!vmx->vpid)
		return;
	if (vmx_caps.ept_vpid & VMX_VPID_CONTEXT)
		invvpid(VMX_INVVPID_CONTEXT, vmx->vpid, 0);
	else
		invvpid(VMX_INVVPID_ALL, 0, 0);
}

void vmx_flush_gva(struct hull_vcpu *vcpu, u64 gva)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	if (!vmx->vpid)
		return;
	if (vmx_caps.ept_vpid & VMX_VPID_ADDRESS &&
	    __is_canonical_address(gva, boot_cpu_data.x86_virt_bits))
		invvpid(VMX_INVVPID_ADDRESS, vmx->vpid, gva);
	else
		vmx_flush_vpid(vmx);
}

static u64 eptp(struct hull_vcpu *vcpu)
{
	const struct hull_s2 *s2 = &vcpu->vm->mem.s2;

	return s2->root | VMX_EPTP_WB | VMX_EPTP_LEVELS(s2->levels) |
	       (vmx_caps.ept_ad ? VMX_EPTP_AD : 0);
}

void vmx_flush_tlb(struct hull_vcpu *vcpu)
{
	if (vmx_caps.ept_vpid & VMX_EPT_INVEPT_CONTEXT)
		invept(VMX_INVEPT_CONTEXT, eptp(vcpu));
	else
		invept(VMX_INVEPT_ALL, 0);
	vmx_flush_vpid(to_vmx(vcpu));
}

/* All guests' on this CPU.  Interrupts off, or preemption. */
void vmx_flush_everything(void)
{
	invept(VMX_INVEPT_ALL, 0);
	if (vmx_caps.vpid)
		invvpid(VMX_INVVPID_ALL, 0, 0);
}

void vmx_set_s2_root(struct hull_vcpu *vcpu)
{
	vmcs_write64(EPTP, eptp(vcpu));
	vmx_flush_tlb(vcpu);
}
