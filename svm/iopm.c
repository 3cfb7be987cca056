// SPDX-License-Identifier: GPL-2.0
/*
 * I/O permission map: every port exits, in every guest, so that one map with
 * all bits set serves them all.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "svm.h"

void *svm_iopm;

int svm_iopm_setup(void)
{
	svm_iopm = alloc_pages_exact(SVM_IOPM_SIZE, GFP_KERNEL);
	if (!svm_iopm)
		return -ENOMEM;
	memset(svm_iopm, 0xff, SVM_IOPM_SIZE);
	return 0;
}

void svm_iopm_teardown(void)
{
	if (svm_iopm)
		free_pages_exact(svm_iopm, SVM_IOPM_SIZE);
	svm_iopm = NULL;
}
