/* SPDX-License-Identifier: GPL-2.0 */
/* What the owner's address space has at an address. */
#ifndef HULL_CORE_MEM_HOST_H
#define HULL_CORE_MEM_HOST_H

#include <linux/mm_types.h>
#include <linux/types.h>

/**
 * struct hull_host_page - the page behind an address of the owner
 * @pfn: page number
 * @page: reference to be dropped, NULL for memory without one
 * @writable: the owner may write it now
 * @uncached: not memory
 */
struct hull_host_page {
	u64 pfn;
	struct page *page;
	bool writable;
	bool uncached;
};

/*
 * Find the page at @hva of current->mm, bringing it in if need be.  @write: it
 * will be written; @may_write: tell whether it could be.  0, -EFAULT,
 * -EHWPOISON, -ENOMEM, -EINTR.  May sleep.
 */
int hull_host_get(unsigned long hva, bool write, bool may_write,
		  struct hull_host_page *hp);
void hull_host_put(struct hull_host_page *hp);

/*
 * Level of the mapping at @hva of current->mm: 1, 2 or 3.  Says something as
 * long as no MMU notifier invalidation comes.  Does not sleep.
 */
int hull_host_level(unsigned long hva);

#endif
