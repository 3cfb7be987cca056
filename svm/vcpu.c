// SPDX-License-Identifier: GPL-2.0
/*
 * SVM's part in the life of VMs and vCPUs.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <asm/processor-flags.h>
#include "cpu/msr.h"
#include "svm.h"

void svm_init_save(struct svm_vcpu *svm)
{
	struct svm_save *save = &svm->vmcb->save;

	memset(save, 0, sizeof(*save));
	save->g_pat = HULL_PAT_RESET;
	svm_dirty(svm, SVM_CLEAN_ALL);
}

static void init_vmcb(struct svm_vcpu *svm)
{
	struct svm_control *control = &svm->vmcb->control;

	control->iopm_base_pa = virt_to_phys(svm_iopm);
	control->msrpm_base_pa = virt_to_phys(svm->msrpm);
	control->nested_ctl = SVM_NESTED_PAGING;
	control->vintr = SVM_VINTR_MASKING | SVM_VINTR_IGNORE_TPR;
	svm_init_save(svm);
	svm_init_intercepts(svm);
}

int svm_vcpu_init(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	svm->vmcb = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	svm->msrpm = svm_msrpm_alloc();
	if (!svm->vmcb || !svm->msrpm) {
		svm_vcpu_destroy(vcpu);
		return -ENOMEM;
	}
	svm->vmcb_pa = virt_to_phys(svm->vmcb);
	svm->cpu = -1;
	init_vmcb(svm);
	return 0;
}

void svm_vcpu_destroy(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	svm_msrpm_free(svm->msrpm);
	free_page((unsigned long)svm->vmcb);
	svm->msrpm = NULL;
	svm->vmcb = NULL;
}

/* core/ sets registers, segments and intercepts itself afterwards. */
void svm_vcpu_reset(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	struct svm_control *control = &svm->vmcb->control;

	control->event_inj = 0;
	control->interrupt_state = 0;
	svm->soft_injected = false;
	svm->nmi_window = false;
	svm_set_nmi_mask(vcpu, false);
	svm_irq_window(vcpu, false);
	memset(svm->msrpm, 0xff, SVM_MSRPM_SIZE);
	svm_set_s2_root(vcpu);
	svm_dirty(svm, SVM_CLEAN_ALL);
}
