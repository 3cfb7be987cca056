// SPDX-License-Identifier: GPL-2.0
/*
 * Second-stage tables: taking mappings out.
 *
 * A table that lies wholly in the range goes with all that hangs below it, by
 * clearing the one entry that points to it: removing a large slot costs as many
 * steps as it has tables at its edges.  What was taken out is collected, and
 * freed when the processors' translations have been flushed: first into one
 * chain through page->private, then after a grace period of RCU.
 *
 * Nothing has to be done for the pages that were mapped.  A page is marked dirty
 * when it is mapped writable, and whoever cleans it later takes our mapping away
 * first, through the MMU notifier.
 */
#include <linux/gfp.h>
#include "s2.h"

static struct page *chain_next(struct page *page)
{
	return (struct page *)page_private(page);
}

static void chain_push(struct page **first, struct page *page)
{
	set_page_private(page, (unsigned long)*first);
	*first = page;
}

static void garbage_add(struct hull_s2_garbage *garbage, u64 *table, int level)
{
	struct page *page = virt_to_page(table);

	page->index = level;
	chain_push(&garbage->first, page);
}

static bool zap_entry(struct hull_s2 *s2, u64 *entry, u64 old, int level,
		      struct hull_s2_garbage *garbage)
{
	/* The hardware sets bits in a leaf; nobody reads them any more. */
	if (s2_is_leaf(s2, old, level)) {
		xchg(entry, 0);
		return true;
	}
	WRITE_ONCE(*entry, 0);
	garbage_add(garbage, s2_table(old), level - 1);
	return true;
}

/* Clear what of @table, of level 1, lies in [gfn, end). */
static bool zap_leaves(struct hull_s2 *s2, u64 *table, u64 gfn, u64 end,
		       struct hull_s2_garbage *garbage)
{
	unsigned int i = s2_index(gfn, 1);
	unsigned int last = min_t(u64, S2_ENTRIES, i + (end - gfn));
	bool zapped = false;

	for (; i < last; i++) {
		u64 old = READ_ONCE(table[i]);

		if (old)
			zapped |= zap_entry(s2, &table[i], old, 1, garbage);
	}
	return zapped;
}

bool hull_s2_zap(struct hull_s2 *s2, u64 start, u64 end, struct hull_s2_garbage *garbage)
{
	bool zapped = false;
	u64 gfn = start;

	lockdep_assert_held_write(&s2->lock);
	end = min(end, s2_span(s2->levels + 1));

	while (gfn < end) {
		u64 *table = s2->root_table;
		int level;

		for (level = s2->levels; level > 1; level--) {
			u64 span = s2_span(level);
			u64 *entry = &table[s2_index(gfn, level)];
			u64 old = READ_ONCE(*entry);
			bool covered = !(gfn & (span - 1)) && end - gfn >= span;

			if (!old)
				break;
			if (covered || s2_is_leaf(s2, old, level)) {
				zapped |= zap_entry(s2, entry, old, level, garbage);
				break;
			}
			table = s2_table(old);
		}
		if (level == 1) {
			zapped |= zap_leaves(s2, table, gfn, end, garbage);
			level = 2;
		}
		gfn = s2_next_gfn(gfn, level);
	}
	return zapped;
}

/* Put @page, a table of @level, and all tables below it on the chain. */
static long chain_tree(struct hull_s2 *s2, struct page **first, struct page *page, int level)
{
	u64 *table = page_address(page);
	long nr = 1;
	unsigned int i;

	for (i = 0; level > 1 && i < S2_ENTRIES; i++) {
		u64 entry = READ_ONCE(table[i]);

		if (s2_is_table(s2, entry, level))
			nr += chain_tree(s2, first, virt_to_page(s2_table(entry)), level - 1);
	}
	chain_push(first, page);
	return nr;
}

static void chain_free(struct page *page)
{
	while (page) {
		struct page *next = chain_next(page);

		set_page_private(page, 0);
		page->index = 0;
		__free_page(page);
		page = next;
	}
}

static void chain_free_rcu(struct rcu_head *head)
{
	chain_free(container_of(head, struct page, rcu_head));
}

void hull_s2_free_garbage(struct hull_s2 *s2, struct hull_s2_garbage *garbage)
{
	struct page *page = garbage->first, *chain = NULL;
	long nr = 0;

	while (page) {
		struct page *next = chain_next(page);

		nr += chain_tree(s2, &chain, page, page->index);
		page = next;
	}
	garbage->first = NULL;
	atomic_long_sub(nr, &s2->nr_tables);
	if (chain)
		call_rcu(&chain->rcu_head, chain_free_rcu);
}

void hull_s2_destroy(struct hull_s2 *s2)
{
	struct page *chain = NULL;

	if (!s2->root_table)
		return;
	chain_tree(s2, &chain, virt_to_page(s2->root_table), s2->levels);
	chain_free(chain);
	s2->root_table = NULL;
	atomic_long_set(&s2->nr_tables, 0);
}

void hull_s2_barrier(void)
{
	rcu_barrier();
}
