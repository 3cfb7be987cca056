// SPDX-License-Identifier: GPL-2.0
/*
 * What makes the guest exit.
 *
 * Passed through: CR0 (but see svm_set_cr0()), CR2, CR3, CR8 (but see
 * svm_write_tpr()), INVLPG, INVPCID, FPU (once its state is loaded), descriptor
 * tables, PUSHF and POPF, INT n, RDTSC, debug registers while nobody debugs.
 * What core/ has to see or must forbid exits.
 */
#include <linux/percpu.h>
#include <asm/debugreg.h>
#include <asm/trapnr.h>
#include "cpu/cpuid.h"
#include "cpu/debug.h"
#include "svm.h"

#define PAUSE_FILTER_COUNT	3000

/* Exits that every guest has, always. */
static const u8 always[] = {
	SVM_ICPT_CR_WRITE0 + 4,
	SVM_ICPT_INTR, SVM_ICPT_NMI, SVM_ICPT_SMI, SVM_ICPT_INIT,
	SVM_ICPT_RDPMC, SVM_ICPT_CPUID, SVM_ICPT_INVD, SVM_ICPT_HLT,
	SVM_ICPT_INVLPGA, SVM_ICPT_IOIO, SVM_ICPT_MSR, SVM_ICPT_TASK_SWITCH,
	SVM_ICPT_SHUTDOWN, SVM_ICPT_VMRUN, SVM_ICPT_VMMCALL, SVM_ICPT_VMLOAD,
	SVM_ICPT_VMSAVE, SVM_ICPT_STGI, SVM_ICPT_CLGI, SVM_ICPT_SKINIT,
	SVM_ICPT_ICEBP, SVM_ICPT_WBINVD, SVM_ICPT_MONITOR, SVM_ICPT_MWAIT, SVM_ICPT_XSETBV,
	SVM_ICPT_RDPRU, SVM_ICPT_INVLPGB, SVM_ICPT_MCOMMIT, SVM_ICPT_TLBSYNC,
};

/*
 * INT1 does not go by the intercept of #DB.  It has one of its own, so that it
 * comes to core/ as it does on VMX.
 */
void svm_init_intercepts(struct svm_vcpu *svm)
{
	struct svm_control *control = &svm->vmcb->control;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(always); i++)
		svm_set_intercept(svm, always[i], true);
	if (svm_features.pause_filter) {
		control->pause_filter_count = PAUSE_FILTER_COUNT;
		svm_set_intercept(svm, SVM_ICPT_PAUSE, true);
	}
}

void svm_update_exceptions(struct svm_vcpu *svm)
{
	u32 wanted = hull_exceptions_wanted(&svm->vcpu, svm->fpu_open);
	int vector;

	for (vector = 0; vector < 32; vector++)
		svm_set_intercept(svm, SVM_ICPT_EXCEPTION0 + vector, wanted & BIT(vector));
}

void svm_update_intercepts(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	svm_update_exceptions(svm);
	svm->reads_tsc_aux = hull_guest_has(vcpu, HULL_FEAT_RDTSCP) ||
			     hull_guest_has(vcpu, HULL_FEAT_RDPID);
	/* Instructions that the CPU has and the guest's CPUID hides: #UD. */
	svm_set_intercept(svm, SVM_ICPT_RDTSCP,
			  svm_caps.rdtscp &&
			  !hull_guest_has(vcpu, HULL_FEAT_RDTSCP));
	svm_set_intercept(svm, SVM_ICPT_INVPCID,
			  svm_caps.invpcid &&
			  !hull_guest_has(vcpu, HULL_FEAT_INVPCID));
}

void svm_update_debug(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	struct svm_save *save = &svm->vmcb->save;
	bool exits = !vcpu->dbg.passthrough;
	int dr;

	for (dr = 0; dr < 8; dr++) {
		svm_set_intercept(svm, SVM_ICPT_DR_READ0 + dr, exits);
		svm_set_intercept(svm, SVM_ICPT_DR_WRITE0 + dr, exits);
	}
	save->dr7 = hull_effective_dr7(vcpu);
	svm_dirty(svm, SVM_CLEAN_DR);
	svm_update_intercepts(vcpu);
}

void svm_read_dirty_debug(struct hull_vcpu *vcpu)
{
	const struct svm_save *save = &to_svm(vcpu)->vmcb->save;

	vcpu->dbg.dr6 = save->dr6;
	vcpu->dbg.dr7 = save->dr7;
}
