// SPDX-License-Identifier: GPL-2.0
/*
 * MSR permission maps, one per vCPU: a set bit makes the access exit.  MSRs
 * outside the three ranges of the map always exit.
 */
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include "svm.h"

#define BITS_PER_MSR		2
#define BITS_PER_RANGE		(SVM_MSRPM_RANGE * BITS_PER_MSR)

static const u32 range_base[] = { 0x00000000, 0xc0000000, 0xc0010000 };

/*
 * Number of the read-intercept bit of an MSR in the map, the write-intercept
 * bit being the next; -1 for an MSR that the map does not cover.
 */
int svm_msrpm_bit(u32 index)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(range_base); i++)
		if (index - range_base[i] < SVM_MSRPM_RANGE)
			return i * BITS_PER_RANGE +
			       (index - range_base[i]) * BITS_PER_MSR;
	return -1;
}

unsigned long *svm_msrpm_alloc(void)
{
	void *msrpm = alloc_pages_exact(SVM_MSRPM_SIZE, GFP_KERNEL_ACCOUNT);

	if (msrpm)
		memset(msrpm, 0xff, SVM_MSRPM_SIZE);
	return msrpm;
}

void svm_msrpm_free(unsigned long *msrpm)
{
	if (msrpm)
		free_pages_exact(msrpm, SVM_MSRPM_SIZE);
}

/*
 * MSRs that hull keeps while the guest runs: the processor's register holds
 * the guest's value, but a write would be lost.  Reads alone may pass.
 */
static bool write_must_exit(u32 index)
{
	switch (index) {
	case MSR_TSC_AUX:
		return true;
	case MSR_IA32_SPEC_CTRL:
		return !svm_features.v_spec_ctrl;
	default:
		return false;
	}
}

/* @read, @write: the guest does it without an exit. */
void svm_pass_msr(struct hull_vcpu *vcpu, u32 index, bool read, bool write)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	int bit = svm_msrpm_bit(index);

	if (bit < 0)
		return;
	/* The guest must not see SVME, which the VMCB's EFER has to have. */
	if (index == MSR_EFER)
		read = write = false;
	if (write_must_exit(index))
		write = false;
	__assign_bit(bit, svm->msrpm, !read);
	__assign_bit(bit + 1, svm->msrpm, !write);
	svm_dirty(svm, SVM_CLEAN_PERM_MAPS);
}
