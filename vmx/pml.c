// SPDX-License-Identifier: GPL-2.0
/*
 * Page-modification logging: the CPU writes the address of each page whose
 * dirty bit it sets into a page of 512 entries, from the last to the first,
 * and exits when there is no room.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include "vmx.h"

int vmx_pml_alloc(struct vmx_vcpu *vmx)
{
	if (!vmx_caps.pml)
		return 0;
	vmx->pml = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	return vmx->pml ? 0 : -ENOMEM;
}

void vmx_pml_init(struct vmx_vcpu *vmx)
{
	if (!vmx->pml)
		return;
	vmcs_write64(PML_ADDR, __pa(vmx->pml));
	vmcs_write16(GUEST_PML_INDEX, VMX_PML_EMPTY);
}

void vmx_pml_empty(struct vmx_vcpu *vmx, unsigned int index)
{
	index = index >= VMX_PML_ENTRIES ? 0 : index + 1;
	for (; index < VMX_PML_ENTRIES; index++)
		hull_mark_dirty(vmx->vcpu.vm, vmx->pml[index] >> PAGE_SHIFT);
	vmcs_write16(GUEST_PML_INDEX, VMX_PML_EMPTY);
}
