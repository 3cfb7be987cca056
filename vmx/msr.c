// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs whose home is the VMCS or the CPU.  core/ has checked the values.
 */
#include <linux/kernel.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include "vmx.h"

/* Plain fields of the guest state. */
static const struct held_msr {
	u32 index;
	u32 field;
} held[] = {
	{ MSR_FS_BASE, VMX_FIELD_OF(GUEST_FS_BASE, N) },
	{ MSR_GS_BASE, VMX_FIELD_OF(GUEST_GS_BASE, N) },
	{ MSR_IA32_SYSENTER_CS, VMX_FIELD_OF(GUEST_SYSENTER_CS, 32) },
	{ MSR_IA32_SYSENTER_ESP, VMX_FIELD_OF(GUEST_SYSENTER_ESP, N) },
	{ MSR_IA32_SYSENTER_EIP, VMX_FIELD_OF(GUEST_SYSENTER_EIP, N) },
	{ MSR_IA32_CR_PAT, VMX_FIELD_OF(GUEST_PAT, 64) },
	{ MSR_IA32_DEBUGCTLMSR, VMX_FIELD_OF(GUEST_DEBUGCTL, 64) },
};

static const struct held_msr *find_held(u32 index)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(held); i++)
		if (held[i].index == index)
			return &held[i];
	return NULL;
}

/* May the guest have the MSR without exits? */
bool vmx_msr_is_switched(u32 index)
{
	return find_held(index) || index == MSR_KERNEL_GS_BASE;
}

/*
 * The guest's KERNEL_GS_BASE is in the MSR while the vCPU is loaded and has
 * run, and beside it otherwise.
 */
static u64 read_kernel_gs_base(struct vmx_vcpu *vmx)
{
	preempt_disable();
	if (vmx->saved.loaded)
		rdmsrl(MSR_KERNEL_GS_BASE, vmx->kernel_gs_base);
	preempt_enable();
	return vmx->kernel_gs_base;
}

static void write_kernel_gs_base(struct vmx_vcpu *vmx, u64 value)
{
	preempt_disable();
	if (vmx->saved.loaded)
		wrmsrl(MSR_KERNEL_GS_BASE, value);
	vmx->kernel_gs_base = value;
	preempt_enable();
}

static void write_uret(struct vmx_vcpu *vmx, int slot, u64 value)
{
	vmx->uret[slot] = value;
	vmx_uret_refresh(vmx);
}

int vmx_read_msr(struct hull_vcpu *vcpu, u32 index, u64 *value)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	const struct held_msr *msr = find_held(index);
	int slot = vmx_uret_slot(index);

	if (msr) {
		*value = vmx_vmread(msr->field);
		return 0;
	}
	if (slot >= 0) {
		*value = vmx->uret[slot];
		return 0;
	}
	switch (index) {
	case MSR_KERNEL_GS_BASE:
		*value = read_kernel_gs_base(vmx);
		return 0;
	case MSR_CSTAR:
		*value = vmx->cstar;
		return 0;
	case MSR_IA32_SPEC_CTRL:
		*value = vmx->sw.guest_spec_ctrl;
		return 0;
	/* Without recording, the last branch is the one at address 0. */
	case MSR_IA32_LASTBRANCHFROMIP:
	case MSR_IA32_LASTBRANCHTOIP:
	case MSR_IA32_LASTINTFROMIP:
	case MSR_IA32_LASTINTTOIP:
		*value = 0;
		return 0;
	default:
		return 1;
	}
}

int vmx_write_msr(struct hull_vcpu *vcpu, u32 index, u64 value)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	const struct held_msr *msr = find_held(index);
	int slot = vmx_uret_slot(index);

	/*
	 * BTF is the only function of it that does not reach into the host's.
	 * A write of LBR is taken, as KVM does, and recording stays off: no CPUID
	 * bit says that it is there, and guests write without asking.
	 */
	if (index == MSR_IA32_DEBUGCTLMSR) {
		if (value & ~(DEBUGCTLMSR_LBR | DEBUGCTLMSR_BTF))
			return 1;
		value &= DEBUGCTLMSR_BTF;
		/* In a shadow it decides whether a single step is pending. */
		vmx->shadow_changed = true;
	}
	if (msr) {
		vmx_vmwrite(msr->field, value);
		if (index == MSR_FS_BASE)
			vmx->segments_avail &= ~BIT(HULL_SEG_FS);
		else if (index == MSR_GS_BASE)
			vmx->segments_avail &= ~BIT(HULL_SEG_GS);
		return 0;
	}
	if (slot >= 0) {
		write_uret(vmx, slot, value);
		return 0;
	}
	switch (index) {
	case MSR_KERNEL_GS_BASE:
		write_kernel_gs_base(vmx, value);
		return 0;
	case MSR_CSTAR:
		/* SYSCALL outside 64-bit mode is undefined on these CPUs. */
		vmx->cstar = value;
		return 0;
	case MSR_IA32_SPEC_CTRL:
		vmx->sw.guest_spec_ctrl = value;
		return 0;
	default:
		return 1;
	}
}
