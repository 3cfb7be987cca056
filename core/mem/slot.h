/* SPDX-License-Identifier: GPL-2.0 */
/* The slot set from inside: what searching and changing it needs. */
#ifndef HULL_CORE_MEM_SLOT_H
#define HULL_CORE_MEM_SLOT_H

#include <linux/srcu.h>
#include "mem.h"

/**
 * struct hull_hva_key - a slot in order of host addresses
 * @slot: the slot
 * @max_end: highest end of this and of all slots before it; slots may share
 *	host memory, and this bounds how far back a search has to look
 */
struct hull_hva_key {
	const struct hull_slot *slot;
	unsigned long max_end;
};

/**
 * struct hull_slots - an immutable set of slots
 * @nr: number of slots
 * @generation: differs between any two sets of a VM
 * @by_gfn: sorted by base_gfn
 * @by_hva: sorted by hva
 */
struct hull_slots {
	u32 nr;
	u64 generation;
	const struct hull_slot **by_gfn;
	struct hull_hva_key *by_hva;
};

static inline u64 hull_slot_end(const struct hull_slot *slot)
{
	return slot->base_gfn + slot->npages;
}

static inline unsigned long hull_slot_hva_end(const struct hull_slot *slot)
{
	return slot->hva + (slot->npages << PAGE_SHIFT);
}

static inline unsigned long hull_slot_hva(const struct hull_slot *slot, u64 gfn)
{
	return slot->hva + ((gfn - slot->base_gfn) << PAGE_SHIFT);
}

static inline bool hull_slot_writable(const struct hull_slot *slot)
{
	return !(slot->flags & KVM_MEM_READONLY);
}

/* The page was written; after the write. */
static inline void hull_slot_mark_dirty(const struct hull_slot *slot, u64 gfn)
{
	if (slot->dirty)
		set_bit(gfn - slot->base_gfn, slot->dirty);
}

static inline size_t hull_slot_bitmap_words(const struct hull_slot *slot)
{
	return BITS_TO_LONGS(slot->npages);
}

/* The current set: inside srcu or under slots_lock. */
static inline struct hull_slots *hull_slots(struct hull_mem *mem)
{
	return srcu_dereference_check(mem->slots, &mem->srcu,
				      lockdep_is_held(&mem->slots_lock));
}

/* Pure: search and build. */
const struct hull_slot *hull_slots_find(const struct hull_slots *set, u64 gfn);
bool hull_slots_overlap(const struct hull_slots *set, u64 start, u64 end,
			const struct hull_slot *except);
/*
 * A copy of @set without @gone (or NULL) and with @fresh (or NULL).  NULL: no
 * memory.
 */
struct hull_slots *hull_slots_replace(const struct hull_slots *set,
				      const struct hull_slot *gone,
				      const struct hull_slot *fresh);
void hull_slots_free(struct hull_slots *set);

/**
 * struct hull_hva_iter - pages of guest memory behind a range of host addresses
 * @start, @end: gfns of the slot at hand, [start, end)
 *
 * The other members are the search's own.
 */
struct hull_hva_iter {
	const struct hull_slot *slot;
	u64 start;
	u64 end;
	const struct hull_slots *set;
	unsigned long hva_start;
	unsigned long hva_end;
	u32 next;
};

void hull_hva_iter_init(struct hull_hva_iter *it, const struct hull_slots *set,
			unsigned long start, unsigned long end);
bool hull_hva_iter_next(struct hull_hva_iter *it);

int hull_slots_init(struct hull_mem *mem);
void hull_slots_destroy(struct hull_mem *mem);

#endif
