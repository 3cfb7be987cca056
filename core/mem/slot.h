/* SPDX-License-Identifier: GPL-2.0 */
/* The slot set from inside: what searching and changing it needs. */
#ifndef HULL_CORE_MEM_SLOT_H
#define HULL_CORE_MEM_SLOT_H

#include <linux/nospec.h>
#include <linux/srcu.h>
#include "mem.h"

/**
 * struct hull_slot_chunk - up to HULL_CHUNK_MAX slots that follow one another
 * @nr: how many
 * @users: sets that contain the chunk; under slots_lock
 * @key: the slots.  @max_end: highest end of a host address range of this slot
 *	and of those before it in the chunk; slots may share host memory, and
 *	this bounds how far back a search has to look
 */
struct hull_slot_chunk {
	u32 nr;
	u32 users;
	struct {
		const struct hull_slot *slot;
		unsigned long max_end;
	} key[];
};

#define HULL_CHUNK_MAX	126

enum hull_slot_order {
	HULL_BY_GFN,		/* by base_gfn */
	HULL_BY_HVA,		/* by hva, then base_gfn */
};

/**
 * struct hull_slot_index - the slots of a set in one order
 * @order: which
 * @nr: number of chunks
 * @part: the chunks.  @first: key of the first slot; @max_end: of all chunks
 *	before this one
 */
struct hull_slot_index {
	enum hull_slot_order order;
	u32 nr;
	struct {
		struct hull_slot_chunk *chunk;
		u64 first;
		unsigned long max_end;
	} *part;
};

/**
 * struct hull_slots - an immutable set of slots
 * @nr: number of slots
 * @generation: differs between any two sets of a VM
 * @by_gfn: the slots by guest address
 * @by_hva: the slots by host address
 */
struct hull_slots {
	u32 nr;
	u64 generation;
	struct hull_slot_index by_gfn;
	struct hull_slot_index by_hva;
};

static inline u64 hull_slot_end(const struct hull_slot *slot)
{
	return slot->base_gfn + slot->npages;
}

static inline bool hull_slot_has(const struct hull_slot *slot, u64 gfn)
{
	return gfn - slot->base_gfn < slot->npages;
}

static inline unsigned long hull_slot_hva_end(const struct hull_slot *slot)
{
	return slot->hva + (slot->npages << PAGE_SHIFT);
}

/* Of a page in the slot; for others, in speculation as well, of the first one. */
static inline unsigned long hull_slot_hva(const struct hull_slot *slot, u64 gfn)
{
	unsigned long page = array_index_nospec(gfn - slot->base_gfn, slot->npages);

	return slot->hva + (page << PAGE_SHIFT);
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
 * A copy of @from without @gone (or NULL) and with @fresh (or NULL), which
 * shares with @from what is alike.  NULL: no memory.  slots_lock held.
 */
struct hull_slots *hull_slots_replace(const struct hull_slots *from,
				      const struct hull_slot *gone,
				      const struct hull_slot *fresh);
/* Free a set, but not the slots.  slots_lock held. */
void hull_slots_free(struct hull_slots *set);

/* Place of a slot in an index. */
struct hull_slot_pos {
	u32 part;
	u32 i;
};

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
	const struct hull_slot_index *index;
	unsigned long hva_start;
	unsigned long hva_end;
	struct hull_slot_pos pos;
	bool more;
};

void hull_hva_iter_init(struct hull_hva_iter *it, const struct hull_slots *set,
			unsigned long start, unsigned long end);
bool hull_hva_iter_next(struct hull_hva_iter *it);

int hull_slots_init(struct hull_mem *mem);
void hull_slots_destroy(struct hull_mem *mem);

#endif
