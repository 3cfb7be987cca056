/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The second-stage engine: tables of entries, without knowledge of slots, of
 * vCPUs or of who owns the memory.  Callers hold s2->lock as said, and flush
 * the processors' translations when a function says that it changed some.
 *
 * An entry is one of
 *  zero		nothing is mapped
 *  table		points to a table of the next lower level
 *  leaf		present, maps 4K (level 1), 2M (2) or 1G (3)
 *  aged leaf		a leaf whose present bits were taken away, where the
 *			hardware has no accessed bit; s2->aged is set in it
 * and nothing else.  A leaf with s2->host_write may be made writable without
 * asking the owner's page tables again: whatever takes that right away there
 * comes through the MMU notifier, which clears the entry.
 *
 * A table that was taken out is unreachable for the hardware once the
 * translations are flushed, but hull_s2_fixup() may still walk it: it is freed
 * after a grace period of RCU.
 */
#ifndef HULL_CORE_MEM_S2_H
#define HULL_CORE_MEM_S2_H

#include <linux/mm.h>
#include <linux/mem_encrypt.h>
#include "mem.h"

#define S2_INDEX_BITS	9
#define S2_ENTRIES	(1u << S2_INDEX_BITS)
#define S2_ADDRESS	GENMASK_ULL(51, PAGE_SHIFT)
#define S2_MAX_LEVELS	5

/* 4K pages that an entry of @level covers. */
static inline u64 s2_span(int level)
{
	return 1ull << (S2_INDEX_BITS * (level - 1));
}

static inline unsigned int s2_index(u64 gfn, int level)
{
	return (gfn >> (S2_INDEX_BITS * (level - 1))) & (S2_ENTRIES - 1);
}

/* First gfn behind the entry of @level that covers @gfn. */
static inline u64 s2_next_gfn(u64 gfn, int level)
{
	return (gfn | (s2_span(level) - 1)) + 1;
}

static inline u64 s2_pfn(u64 entry)
{
	return (__sme_clr(entry) & S2_ADDRESS) >> PAGE_SHIFT;
}

static inline u64 *s2_table(u64 entry)
{
	return __va(__sme_clr(entry) & S2_ADDRESS);
}

static inline bool s2_present(const struct hull_s2 *s2, u64 entry)
{
	return entry & s2->fmt->present;
}

/* @entry is not zero. */
static inline bool s2_is_leaf(const struct hull_s2 *s2, u64 entry, int level)
{
	return level == 1 || entry & s2->fmt->large;
}

static inline bool s2_is_table(const struct hull_s2 *s2, u64 entry, int level)
{
	return entry && !s2_is_leaf(s2, entry, level);
}

/* The bit whose absence makes a write to a leaf of @level known to us. */
static inline u64 s2_watch_bit(const struct hull_s2 *s2, int level)
{
	if (level == 1 && s2->fmt->dirty_logged)
		return s2->fmt->dirty;
	return s2->fmt->write;
}

/* s2.c */

/*
 * 0 or -ENOMEM.  @page_sizes: bit 0 4K, bit 1 2M, bit 2 1G.  Afterwards
 * s2->large_exec may be cleared, for processors which a guest can hang by
 * changing the size of a page that is being executed.
 */
int hull_s2_init(struct hull_s2 *s2, const struct hull_s2_format *fmt,
		 u8 levels, u8 page_sizes);

/**
 * struct hull_s2_leaf - what a fault wants to install
 * @gfn: page that faulted
 * @pfn: the page behind it, of 4K whatever @level
 * @level: largest mapping that is right
 * @host_write: the owner may write, and so may the guest in principle
 * @write: the guest wrote: the leaf must allow it
 * @exec: the guest executes: likewise
 * @watched: writes must become known: leave it protected unless @write
 * @uncached: device memory
 */
struct hull_s2_leaf {
	u64 gfn;
	u64 pfn;
	int level;
	bool host_write;
	bool write;
	bool exec;
	bool watched;
	bool uncached;
};

/**
 * struct hull_s2_pool - tables allocated before the lock is taken
 * @nr: how many
 * @want: how many are needed, after HULL_S2_NEED_TABLES
 * @table: zeroed pages
 */
struct hull_s2_pool {
	unsigned int nr;
	unsigned int want;
	void *table[S2_MAX_LEVELS];
};

/* Until there are @want.  0 or -ENOMEM. */
int hull_s2_pool_fill(struct hull_s2_pool *pool);
void hull_s2_pool_drain(struct hull_s2_pool *pool);

enum hull_s2_install {
	HULL_S2_INSTALLED,
	HULL_S2_NEED_TABLES,	/* fill the pool, try again */
	HULL_S2_CONFLICT,	/* another page is mapped there: zap, try again */
};

/* s2->lock held for read.  Never needs a flush. */
enum hull_s2_install hull_s2_install(struct hull_s2 *s2, const struct hull_s2_leaf *leaf,
				     struct hull_s2_pool *pool);

/*
 * Grant @access, or a use after ageing, where the leaf of @gfn needs nothing
 * else.  Takes no lock and does not sleep.  Level of the leaf, 0: not possible.
 * @max_write_level: leaves above it are not made writable (they are to be split
 * first).
 */
int hull_s2_fixup(struct hull_s2 *s2, u64 gfn, u8 access, int max_write_level);

/**
 * struct hull_s2_span - consecutive entries of one table
 * @entry: the first
 * @level: their level; above 1 it is a single leaf
 * @nr: how many, possibly zero ones among them when @level is 1
 * @gfn: first page of the first
 */
struct hull_s2_span {
	u64 *entry;
	int level;
	unsigned int nr;
	u64 gfn;
};

/* Next span of leaves in [*gfn, end); advances *gfn.  s2->lock held. */
bool hull_s2_next_span(struct hull_s2 *s2, u64 *gfn, u64 end, struct hull_s2_span *span);
/* Entry of @gfn at @level or the lowest above it; @level is updated. */
u64 *hull_s2_lookup(struct hull_s2 *s2, u64 gfn, int *level);

/* s2_zap.c */

/* Tables taken out of the tree, waiting for the flush. */
struct hull_s2_garbage {
	struct page *first;
};

/*
 * Remove all mappings of [start, end); leaves that reach out of the range go
 * as a whole.  s2->lock held for write.  True: flush, then free the garbage.
 */
bool hull_s2_zap(struct hull_s2 *s2, u64 start, u64 end, struct hull_s2_garbage *garbage);
void hull_s2_free_garbage(struct hull_s2 *s2, struct hull_s2_garbage *garbage);
/* No hardware and no software walks the tables any more. */
void hull_s2_destroy(struct hull_s2 *s2);
/* Wait for all tables given to RCU.  Module exit. */
void hull_s2_barrier(void);

/* s2_track.c; s2->lock held for write.  True: flush. */

/* Make the next write to each page of the range known. */
bool hull_s2_watch(struct hull_s2 *s2, u64 start, u64 end);
/* The same for the pages @base + i, i being the bits set in @mask. */
bool hull_s2_watch_mask(struct hull_s2 *s2, u64 base, unsigned long mask);
/* Was any page of the range used since the last time? */
bool hull_s2_age(struct hull_s2 *s2, u64 start, u64 end);
bool hull_s2_young(struct hull_s2 *s2, u64 start, u64 end);

/* notifier.c */
extern const struct mmu_notifier_ops hull_notifier_ops;

/* Flush all vCPUs' translations.  s2->lock held for write. */
void hull_s2_flush(struct hull_vm *vm);

#endif
