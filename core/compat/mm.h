/* SPDX-License-Identifier: GPL-2.0 */
/* Memory-management interfaces that differ between kernel versions. */
#ifndef HULL_CORE_COMPAT_MM_H
#define HULL_CORE_COMPAT_MM_H

#include <linux/mm.h>
#include <linux/version.h>

/*
 * The page that a VM_PFNMAP or VM_IO mapping has at @address, if it is present.
 * mmap_lock held for read.  0 or -errno.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
static inline int compat_follow_pfn(struct vm_area_struct *vma, unsigned long address,
				    u64 *pfn, bool *writable)
{
	struct follow_pfnmap_args args = { .vma = vma, .address = address };
	int r = follow_pfnmap_start(&args);

	if (r)
		return r;
	*pfn = args.pfn;
	*writable = args.writable;
	follow_pfnmap_end(&args);
	return 0;
}
#else
static inline int compat_follow_pfn(struct vm_area_struct *vma, unsigned long address,
				    u64 *pfn, bool *writable)
{
	spinlock_t *lock;
	pte_t *ptep, pte;
	int r = follow_pte(vma->vm_mm, address, &ptep, &lock);

	if (r)
		return r;
	/* For sparse: its declaration does not say that it took the lock. */
	__acquire(lock);
	pte = *ptep;
	*pfn = pte_pfn(pte);
	*writable = pte_write(pte);
	pte_unmap_unlock(ptep, lock);
	return 0;
}
#endif

/* GUP gives up for any signal, not for fatal ones alone. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define COMPAT_FOLL_INTERRUPTIBLE	FOLL_INTERRUPTIBLE
#else
#define COMPAT_FOLL_INTERRUPTIBLE	0
#endif

#endif
