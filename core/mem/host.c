// SPDX-License-Identifier: GPL-2.0
/*
 * The owner's side of guest memory: from a host-virtual address to a page.
 *
 * A page found here is referenced only until its second-stage entry is
 * installed.  From then on the MMU notifier keeps the entry right, so that
 * guest memory swaps, migrates and merges as any other.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <asm/e820/api.h>
#include <asm/memtype.h>
#include "../compat/mm.h"
#include "host.h"

/* Is @pfn device memory, which the host maps uncached? */
static bool pfn_is_device(u64 pfn)
{
	struct page *page;

	if (!pfn_valid(pfn))
		return !e820__mapped_raw_any(pfn << PAGE_SHIFT,
					     (pfn + 1) << PAGE_SHIFT, E820_TYPE_RAM);
	page = pfn_to_page(pfn);
	return PageReserved(page) && !is_zero_pfn(pfn) && pat_pfn_immune_to_uc_mtrr(pfn);
}

/* Memory without struct page: a driver's mapping. */
static int get_pfnmap(unsigned long hva, bool write, struct hull_host_page *hp)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	bool unlocked = false;
	int r = -EFAULT;

	mmap_read_lock(mm);
	vma = find_vma(mm, hva);
	if (!vma || vma->vm_start > hva || !(vma->vm_flags & (VM_IO | VM_PFNMAP)))
		goto out;
	if (!(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
		goto out;

	r = compat_follow_pfn(vma, hva, &hp->pfn, &hp->writable);
	if (!r && write && !hp->writable)
		r = -EFAULT;
	if (r) {
		/* Let the driver's fault handler install the entry. */
		r = fixup_user_fault(mm, hva, write ? FAULT_FLAG_WRITE : 0, &unlocked);
		if (!r)
			r = -EAGAIN;
		goto out;
	}
	hp->page = NULL;
	hp->uncached = pfn_is_device(hp->pfn);
out:
	mmap_read_unlock(mm);
	return r;
}

static void fill_page(struct hull_host_page *hp, struct page *page, bool writable)
{
	hp->page = page;
	hp->pfn = page_to_pfn(page);
	hp->writable = writable;
	hp->uncached = false;
}

static int get_slow(unsigned long hva, bool write, struct hull_host_page *hp)
{
	unsigned int flags = FOLL_HWPOISON | COMPAT_FOLL_INTERRUPTIBLE;
	struct page *page;
	long n;

	if (write)
		flags |= FOLL_WRITE;
	n = get_user_pages_unlocked(hva, 1, &page, flags);
	if (n == 1) {
		fill_page(hp, page, write);
		return 0;
	}
	if (n == -EHWPOISON || n == -ENOMEM)
		return n;
	if (signal_pending(current) && (n == -EINTR || n == -EAGAIN || n == -ERESTARTSYS))
		return -EINTR;
	if (fatal_signal_pending(current))
		return -EINTR;
	return get_pfnmap(hva, write, hp);
}

int hull_host_get(unsigned long hva, bool write, bool may_write,
		  struct hull_host_page *hp)
{
	struct page *page;
	int r;

	/* Writable for a read too, when that costs the owner nothing. */
	if (may_write && get_user_pages_fast_only(hva, 1, FOLL_WRITE, &page) == 1) {
		fill_page(hp, page, true);
		return 0;
	}
	if (!write && get_user_pages_fast_only(hva, 1, 0, &page) == 1) {
		fill_page(hp, page, false);
		return 0;
	}
	do {
		r = get_slow(hva, write, hp);
		if (r == -EAGAIN && signal_pending(current))
			r = -EINTR;
		cond_resched();
	} while (r == -EAGAIN);
	return r;
}

void hull_host_put(struct hull_host_page *hp)
{
	struct page *page = hp->page;

	if (!page)
		return;
	if (hp->writable && !PageReserved(page) && !PageDirty(page))
		SetPageDirty(page);
	put_page(page);
	hp->page = NULL;
}

/*
 * As fast GUP does it: with interrupts off, tables are not freed, because that
 * takes an interrupt to every CPU that uses the address space (or RCU).
 */
int hull_host_level(unsigned long hva)
{
	unsigned long flags;
	int level = 1;
	pgd_t pgd;
	p4d_t p4d;
	pud_t pud;
	pmd_t pmd;

	local_irq_save(flags);
	pgd = READ_ONCE(*pgd_offset(current->mm, hva));
	if (pgd_none(pgd))
		goto out;
	p4d = READ_ONCE(*p4d_offset(&pgd, hva));
	if (!p4d_present(p4d))
		goto out;
	pud = READ_ONCE(*pud_offset(&p4d, hva));
	if (!pud_present(pud))
		goto out;
	if (pud_leaf(pud)) {
		level = 3;
		goto out;
	}
	pmd = READ_ONCE(*pmd_offset(&pud, hva));
	if (pmd_present(pmd) && pmd_leaf(pmd))
		level = 2;
out:
	local_irq_restore(flags);
	return level;
}
