// SPDX-License-Identifier: GPL-2.0
/*
 * The TPR shadow (SDM vol. 3, Virtualizing CR8-Based TPR Accesses).
 *
 * MOV to and from CR8 access bits 7:4 of a byte of the virtual-APIC page, VTPR,
 * without an exit, until the guest's priority falls below the TPR threshold.
 * That is set to the priority user space knows: a lower one may let an interrupt
 * through that it holds.  Nothing else of the page is in use.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include "vmx.h"

int vmx_tpr_alloc(struct vmx_vcpu *vmx)
{
	if (!vmx_caps.tpr_shadow)
		return 0;
	vmx->virtual_apic = (u8 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	return vmx->virtual_apic ? 0 : -ENOMEM;
}

void vmx_tpr_init(struct vmx_vcpu *vmx)
{
	if (!vmx->virtual_apic)
		return;
	vmcs_write64(VIRTUAL_APIC_ADDR, __pa(vmx->virtual_apic));
	vmcs_write32(TPR_THRESHOLD, 0);
	vmx->tpr_threshold = 0;
}

/* The entry checks refuse a threshold above VTPR. */
void vmx_tpr_write(struct vmx_vcpu *vmx)
{
	const struct hull_vcpu *vcpu = &vmx->vcpu;
	u8 threshold = min(vcpu->cr8, vcpu->user_cr8);

	if (!vmx->virtual_apic)
		return;
	vmx->virtual_apic[VMX_VTPR] = vcpu->cr8 << VMX_VTPR_CLASS_SHIFT;
	if (threshold == vmx->tpr_threshold)
		return;
	vmx->tpr_threshold = threshold;
	vmcs_write32(TPR_THRESHOLD, threshold);
}

/*
 * Is the exit due?  Machine checks and INIT come before it, at the end of the same
 * instruction (SDM vol. 3, TPR Virtualization), and take its place.
 */
bool vmx_tpr_below(const struct vmx_vcpu *vmx)
{
	return vmx->virtual_apic && vmx_tpr_read(vmx) < vmx->tpr_threshold;
}
