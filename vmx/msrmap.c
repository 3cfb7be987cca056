// SPDX-License-Identifier: GPL-2.0
/*
 * MSR bitmaps (SDM vol. 3, MSR-Bitmap Address): one page, a bit for each MSR of
 * two ranges and each direction.  A set bit, and any other MSR, exits.
 */
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>
#include "vmx.h"

#define LOW_FIRST	0x00000000
#define HIGH_FIRST	0xc0000000
#define RANGE		0x2000

/* Offsets in the page, in bits. */
#define READ_LOW	(0 * RANGE)
#define READ_HIGH	(1 * RANGE)
#define WRITE_LOW	(2 * RANGE)
#define WRITE_HIGH	(3 * RANGE)

int vmx_msr_bitmap_alloc(struct vmx_vcpu *vmx)
{
	vmx->msr_bitmap = (unsigned long *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!vmx->msr_bitmap)
		return -ENOMEM;
	memset(vmx->msr_bitmap, 0xff, PAGE_SIZE);
	return 0;
}

void vmx_pass_msr(struct hull_vcpu *vcpu, u32 index, bool read, bool write)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	unsigned int bit;

	/* What neither an exit nor vmx_host_save() switches stays the host's. */
	if (!vmx_msr_is_switched(index))
		return;
	if (index - LOW_FIRST < RANGE) {
		bit = index - LOW_FIRST;
		__assign_bit(READ_LOW + bit, vmx->msr_bitmap, !read);
		__assign_bit(WRITE_LOW + bit, vmx->msr_bitmap, !write);
	} else if (index - HIGH_FIRST < RANGE) {
		bit = index - HIGH_FIRST;
		__assign_bit(READ_HIGH + bit, vmx->msr_bitmap, !read);
		__assign_bit(WRITE_HIGH + bit, vmx->msr_bitmap, !write);
	}
}
