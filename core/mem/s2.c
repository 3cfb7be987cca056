// SPDX-License-Identifier: GPL-2.0
/*
 * Second-stage tables: finding, installing and splitting entries.
 *
 * Installing runs under the read side of s2->lock on several CPUs at once, so
 * every change of an entry is a compare-and-exchange, and a change only ever
 * grants rights or adds a table.  That is why none of it needs a flush: a
 * translation cached before the change allows less, and the processor looks
 * again before it faults.
 */
#include <linux/gfp.h>
#include "s2.h"

static u64 *table_alloc(void)
{
	return (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
}

int hull_s2_init(struct hull_s2 *s2, const struct hull_s2_format *fmt,
		 u8 levels, u8 page_sizes)
{
	rwlock_init(&s2->lock);
	s2->fmt = fmt;
	s2->levels = levels;
	s2->max_leaf = fls(page_sizes);
	s2->large_exec = true;
	s2->host_write = 1ull << __ffs64(fmt->sw);
	s2->aged = 1ull << __ffs64(fmt->sw & ~s2->host_write);
	s2->root_table = table_alloc();
	if (!s2->root_table)
		return -ENOMEM;
	s2->root = __sme_set(__pa(s2->root_table));
	atomic_long_set(&s2->nr_tables, 1);
	return 0;
}

int hull_s2_pool_fill(struct hull_s2_pool *pool)
{
	while (pool->nr < pool->want) {
		u64 *table = table_alloc();

		if (!table)
			return -ENOMEM;
		pool->table[pool->nr++] = table;
	}
	return 0;
}

void hull_s2_pool_drain(struct hull_s2_pool *pool)
{
	while (pool->nr)
		free_page((unsigned long)pool->table[--pool->nr]);
}

u64 *hull_s2_lookup(struct hull_s2 *s2, u64 gfn, int *level)
{
	u64 *table = s2->root_table;
	int at;

	for (at = s2->levels; ; at--) {
		u64 *entry = &table[s2_index(gfn, at)];
		u64 old = READ_ONCE(*entry);

		if (at <= *level || !s2_is_table(s2, old, at)) {
			*level = at;
			return entry;
		}
		table = s2_table(old);
	}
}

bool hull_s2_next_span(struct hull_s2 *s2, u64 *gfn, u64 end, struct hull_s2_span *span)
{
	while (*gfn < end) {
		int level = 1;
		u64 *entry = hull_s2_lookup(s2, *gfn, &level);
		u64 next = s2_next_gfn(*gfn, level);

		span->entry = entry;
		span->level = level;
		span->gfn = *gfn;
		span->nr = 1;
		if (level == 1) {
			span->nr = min_t(u64, end - *gfn,
					 S2_ENTRIES - s2_index(*gfn, 1));
			*gfn += span->nr;
			return true;
		}
		*gfn = next;
		if (READ_ONCE(*entry))
			return true;
	}
	return false;
}

/* What every leaf of @level has: it can be read and, mostly, executed. */
static u64 present_bits(const struct hull_s2 *s2, int level)
{
	const struct hull_s2_format *fmt = s2->fmt;

	if (level > 1 && !s2->large_exec)
		return fmt->read | fmt->noexec;
	return fmt->read | fmt->exec;
}

static u64 leaf_entry(const struct hull_s2 *s2, const struct hull_s2_leaf *leaf, int level)
{
	const struct hull_s2_format *fmt = s2->fmt;
	u64 pfn = leaf->pfn & ~(s2_span(level) - 1);
	u64 entry = __sme_set(pfn << PAGE_SHIFT) | present_bits(s2, level) | fmt->accessed;

	entry |= leaf->uncached ? fmt->leaf_uncached : fmt->leaf;
	if (level > 1)
		entry |= fmt->large;
	if (leaf->host_write)
		entry |= s2->host_write | fmt->write | fmt->dirty;
	if (leaf->watched && !leaf->write)
		entry &= ~s2_watch_bit(s2, level);
	return entry;
}

/* Raise the rights in *@entry, now @old, to what @leaf wants. */
static enum hull_s2_install set_leaf(struct hull_s2 *s2, const struct hull_s2_leaf *leaf,
				     int level, u64 *entry, u64 old)
{
	u64 new;

	do {
		new = leaf_entry(s2, leaf, level);
		if (old) {
			if (s2_pfn(old) != s2_pfn(new))
				return HULL_S2_CONFLICT;
			new |= old & ~s2->aged;
		}
		if (new == old)
			break;
	} while (!try_cmpxchg64(entry, &old, new));
	return HULL_S2_INSTALLED;
}

/* The first of the leaves of @level that take the place of the larger @old. */
static u64 child_leaf(const struct hull_s2 *s2, u64 old, int level)
{
	if (level > 1)
		return old;
	old &= ~s2->fmt->large;
	if (s2_present(s2, old))
		old = (old & ~s2->fmt->noexec) | present_bits(s2, level);
	return old;
}

/* Link an empty table, or one that maps what the large leaf @old maps. */
static bool link_table(struct hull_s2 *s2, u64 *entry, u64 old, int level,
		       struct hull_s2_pool *pool)
{
	u64 *table = pool->table[pool->nr - 1];
	u64 new = __sme_set(__pa(table)) | s2->fmt->table;

	if (old) {
		u64 child = child_leaf(s2, old, level - 1);
		unsigned int i;

		for (i = 0; i < S2_ENTRIES; i++)
			table[i] = child + ((u64)i * s2_span(level - 1) << PAGE_SHIFT);
	}
	if (!try_cmpxchg64(entry, &old, new)) {
		if (table[0])
			clear_page(table);
		return false;
	}
	pool->nr--;
	atomic_long_inc(&s2->nr_tables);
	return true;
}

/* May the leaf @entry, larger than @leaf, stay as large as it is? */
static bool may_stay(const struct hull_s2 *s2, u64 entry, const struct hull_s2_leaf *leaf)
{
	if (leaf->exec && !s2->large_exec)
		return false;
	return !leaf->write || (s2_present(s2, entry) && entry & s2->fmt->write);
}

enum hull_s2_install hull_s2_install(struct hull_s2 *s2, const struct hull_s2_leaf *leaf,
				     struct hull_s2_pool *pool)
{
	u64 *table = s2->root_table;
	int level = s2->levels;

	for (;;) {
		u64 *entry = &table[s2_index(leaf->gfn, level)];
		u64 old = READ_ONCE(*entry);

		if (s2_is_table(s2, old, level)) {
			table = s2_table(old);
			level--;
			continue;
		}
		if (level <= leaf->level || (old && may_stay(s2, old, leaf)))
			return set_leaf(s2, leaf, level, entry, old);
		if (!pool->nr) {
			pool->want = level - leaf->level;
			return HULL_S2_NEED_TABLES;
		}
		link_table(s2, entry, old, level, pool);
	}
}

int hull_s2_fixup(struct hull_s2 *s2, u64 gfn, u8 access, int max_write_level)
{
	const struct hull_s2_format *fmt = s2->fmt;
	int level = 1, result = 0;
	u64 *entry, old, new;

	rcu_read_lock();
	entry = hull_s2_lookup(s2, gfn, &level);
	old = READ_ONCE(*entry);
	if (!old || s2_is_table(s2, old, level))
		goto out;
	do {
		if (!s2_present(s2, old) && !(old & s2->aged))
			goto out;
		new = (old & ~s2->aged) | present_bits(s2, level) | fmt->accessed;
		if (access & HULL_ACC_EXEC && level > 1 && !s2->large_exec)
			goto out;
		if (access & HULL_ACC_WRITE) {
			if (!(old & s2->host_write) || level > max_write_level)
				goto out;
			new |= fmt->write | fmt->dirty;
		}
	} while (new != old && !try_cmpxchg64(entry, &old, new));
	result = level;
out:
	rcu_read_unlock();
	return result;
}
