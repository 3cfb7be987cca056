// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs whose home is the VMCB or the CPU.  core/ has checked the values.
 */
#include <linux/kernel.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include "svm.h"

/* Plain fields of the state-save area. */
static const struct held_msr {
	u32 index;
	u16 offset;	/* in struct svm_save */
	u32 group;	/* SVM_CLEAN_*, 0: not cached */
} held[] = {
#define HELD(msr, field, clean) { msr, offsetof(struct svm_save, field), clean }
	HELD(MSR_STAR, star, 0),
	HELD(MSR_LSTAR, lstar, 0),
	HELD(MSR_CSTAR, cstar, 0),
	HELD(MSR_SYSCALL_MASK, sfmask, 0),
	HELD(MSR_FS_BASE, fs.base, 0),
	HELD(MSR_GS_BASE, gs.base, 0),
	HELD(MSR_KERNEL_GS_BASE, kernel_gs_base, 0),
	HELD(MSR_IA32_SYSENTER_CS, sysenter_cs, 0),
	HELD(MSR_IA32_SYSENTER_ESP, sysenter_esp, 0),
	HELD(MSR_IA32_SYSENTER_EIP, sysenter_eip, 0),
	HELD(MSR_IA32_CR_PAT, g_pat, SVM_CLEAN_NESTED),
	HELD(MSR_IA32_LASTBRANCHFROMIP, br_from, SVM_CLEAN_LBR),
	HELD(MSR_IA32_LASTBRANCHTOIP, br_to, SVM_CLEAN_LBR),
	HELD(MSR_IA32_LASTINTFROMIP, last_excp_from, SVM_CLEAN_LBR),
	HELD(MSR_IA32_LASTINTTOIP, last_excp_to, SVM_CLEAN_LBR),
	HELD(MSR_IA32_DEBUGCTLMSR, debugctl, SVM_CLEAN_LBR),
#undef HELD
};

static const struct held_msr *find_held(u32 index)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(held); i++)
		if (held[i].index == index)
			return &held[i];
	return NULL;
}

static u64 *held_field(struct svm_vcpu *svm, const struct held_msr *msr)
{
	return (void *)&svm->vmcb->save + msr->offset;
}

int svm_read_msr(struct hull_vcpu *vcpu, u32 index, u64 *value)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	const struct held_msr *msr = find_held(index);

	if (msr) {
		*value = *held_field(svm, msr);
		return 0;
	}
	switch (index) {
	case MSR_TSC_AUX:
		*value = svm->tsc_aux;
		return 0;
	case MSR_IA32_SPEC_CTRL:
		*value = svm_features.v_spec_ctrl ? svm->vmcb->save.spec_ctrl :
						    svm->spec_ctrl;
		return 0;
	default:
		return 1;
	}
}

/* Use of the performance-monitoring and breakpoint pins, which a guest has not. */
#define DEBUGCTL_PINS	GENMASK_ULL(5, 2)

/*
 * DEBUGCTL asks for branch records with LBR, for steps per branch with BTF.
 * Both need the LBR virtualisation that keeps the host's DEBUGCTL out of it;
 * it costs time at every entry and is on only while it is wanted.
 *
 * What is not there takes the write and reads 0, as KVM has it: no CPUID bit
 * says what there is, and guests write without asking.  Other bits are reserved
 * (APM vol. 2, Debug-Control MSR).
 */
static int write_debugctl(struct svm_vcpu *svm, u64 value)
{
	if (value & ~(DEBUGCTLMSR_LBR | DEBUGCTLMSR_BTF | DEBUGCTL_PINS))
		return 1;
	if (!svm_features.lbr)
		return 0;
	value &= ~DEBUGCTL_PINS;
	svm->vmcb->save.debugctl = value;
	svm->vmcb->control.virt_ext = value ? SVM_VIRT_LBR : 0;
	svm_dirty(svm, SVM_CLEAN_LBR);
	return 0;
}

int svm_write_msr(struct hull_vcpu *vcpu, u32 index, u64 value)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	const struct held_msr *msr;

	switch (index) {
	case MSR_IA32_DEBUGCTLMSR:
		return write_debugctl(svm, value);
	case MSR_TSC_AUX:
		svm_write_tsc_aux(svm, value);
		return 0;
	case MSR_IA32_SPEC_CTRL:
		svm->spec_ctrl = value;
		svm->vmcb->save.spec_ctrl = value;
		return 0;
	}

	msr = find_held(index);
	if (!msr)
		return 1;
	*held_field(svm, msr) = value;
	svm_dirty(svm, msr->group);
	return 0;
}
