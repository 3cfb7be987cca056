// SPDX-License-Identifier: GPL-2.0
/*
 * The set of slots: searching it, and building the next one.
 *
 * A set never changes.  It has its slots in two orders, each cut into chunks,
 * which one set shares with the next: a change copies one chunk of each order
 * and the lists of chunks, and a search is two binary searches, whether a VM has
 * ten slots or tens of thousands.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "slot.h"

static u64 slot_key(enum hull_slot_order order, const struct hull_slot *slot)
{
	return order == HULL_BY_HVA ? slot->hva : slot->base_gfn;
}

/* Does @a stand before @b? */
static bool slot_before(enum hull_slot_order order, const struct hull_slot *a,
			const struct hull_slot *b)
{
	u64 key_a = slot_key(order, a), key_b = slot_key(order, b);

	return key_a != key_b ? key_a < key_b : a->base_gfn < b->base_gfn;
}

static const struct hull_slot *slot_at(const struct hull_slot_index *index,
				       const struct hull_slot_pos *pos)
{
	return index->part[pos->part].chunk->key[pos->i].slot;
}

/* Find the last slot whose key is below @key.  False: there is none. */
static bool pos_last_below(const struct hull_slot_index *index, u64 key,
			   struct hull_slot_pos *pos)
{
	const struct hull_slot_chunk *chunk;
	u32 low = 0, high = index->nr;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (index->part[mid].first < key)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return false;
	pos->part = low - 1;
	chunk = index->part[pos->part].chunk;
	low = 1;
	high = chunk->nr;
	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (slot_key(index->order, chunk->key[mid].slot) < key)
			low = mid + 1;
		else
			high = mid;
	}
	pos->i = low - 1;
	return true;
}

static bool pos_prev(const struct hull_slot_index *index, struct hull_slot_pos *pos)
{
	if (pos->i) {
		pos->i--;
		return true;
	}
	if (!pos->part)
		return false;
	pos->part--;
	pos->i = index->part[pos->part].chunk->nr - 1;
	return true;
}

const struct hull_slot *hull_slots_find(const struct hull_slots *set, u64 gfn)
{
	const struct hull_slot *slot;
	struct hull_slot_pos pos;

	if (!pos_last_below(&set->by_gfn, gfn + 1, &pos))
		return NULL;
	slot = slot_at(&set->by_gfn, &pos);
	return gfn < hull_slot_end(slot) ? slot : NULL;
}

bool hull_slots_overlap(const struct hull_slots *set, u64 start, u64 end,
			const struct hull_slot *except)
{
	struct hull_slot_pos pos;
	bool more;

	for (more = pos_last_below(&set->by_gfn, end, &pos); more;
	     more = pos_prev(&set->by_gfn, &pos)) {
		const struct hull_slot *slot = slot_at(&set->by_gfn, &pos);

		if (hull_slot_end(slot) <= start)
			return false;
		if (slot != except)
			return true;
	}
	return false;
}

void hull_hva_iter_init(struct hull_hva_iter *it, const struct hull_slots *set,
			unsigned long start, unsigned long end)
{
	it->index = &set->by_hva;
	it->slot = NULL;
	it->hva_start = start;
	it->hva_end = end;
	it->more = start < end && pos_last_below(it->index, end, &it->pos);
}

/* Highest host address that the slot at @pos or one before it reaches. */
static unsigned long max_end_to(const struct hull_slot_index *index,
				const struct hull_slot_pos *pos)
{
	return max(index->part[pos->part].max_end,
		   index->part[pos->part].chunk->key[pos->i].max_end);
}

/* Slots come from the highest hva downwards. */
bool hull_hva_iter_next(struct hull_hva_iter *it)
{
	while (it->more) {
		const struct hull_slot *slot = slot_at(it->index, &it->pos);
		unsigned long from, to;

		if (max_end_to(it->index, &it->pos) <= it->hva_start)
			break;
		it->more = pos_prev(it->index, &it->pos);
		if (hull_slot_hva_end(slot) <= it->hva_start)
			continue;
		from = max(it->hva_start, slot->hva);
		to = min(it->hva_end, hull_slot_hva_end(slot));
		it->slot = slot;
		it->start = slot->base_gfn + ((from - slot->hva) >> PAGE_SHIFT);
		it->end = slot->base_gfn +
			  ((to - slot->hva + PAGE_SIZE - 1) >> PAGE_SHIFT);
		return true;
	}
	it->more = false;
	return false;
}

static struct hull_slot_chunk *chunk_alloc(u32 nr)
{
	struct hull_slot_chunk *chunk;

	chunk = kmalloc(struct_size(chunk, key, nr), GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return NULL;
	chunk->nr = 0;
	chunk->users = 0;
	return chunk;
}

static void chunk_add(struct hull_slot_chunk *chunk, const struct hull_slot *slot)
{
	unsigned long end = hull_slot_hva_end(slot);

	if (chunk->nr)
		end = max(end, chunk->key[chunk->nr - 1].max_end);
	chunk->key[chunk->nr].slot = slot;
	chunk->key[chunk->nr++].max_end = end;
}

static void chunk_put(struct hull_slot_chunk *chunk)
{
	if (!--chunk->users)
		kfree(chunk);
}

/* Add @chunk at the end of @index, for which there is room. */
static void index_add(struct hull_slot_index *index, struct hull_slot_chunk *chunk)
{
	struct hull_slot_pos last;
	unsigned long max_end = 0;

	if (index->nr) {
		last.part = index->nr - 1;
		last.i = index->part[last.part].chunk->nr - 1;
		max_end = max_end_to(index, &last);
	}
	chunk->users++;
	index->part[index->nr].chunk = chunk;
	index->part[index->nr].first = slot_key(index->order, chunk->key[0].slot);
	index->part[index->nr++].max_end = max_end;
}

/* Copy @nr slots of @from, beginning at @at, to a chunk of their own. */
static int add_copy(struct hull_slot_index *index, const struct hull_slot_chunk *from,
		    u32 at, u32 nr)
{
	struct hull_slot_chunk *chunk = chunk_alloc(nr);
	u32 i;

	if (!chunk)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		chunk_add(chunk, from->key[at + i].slot);
	index_add(index, chunk);
	return 0;
}

/* @from (or NULL) without @gone and with @fresh. */
static struct hull_slot_chunk *chunk_replace(enum hull_slot_order order,
					     const struct hull_slot_chunk *from,
					     const struct hull_slot *gone,
					     const struct hull_slot *fresh)
{
	u32 i, nr = from ? from->nr : 0;
	struct hull_slot_chunk *chunk = chunk_alloc(nr + !!fresh);

	if (!chunk)
		return NULL;
	for (i = 0; i < nr; i++) {
		const struct hull_slot *slot = from->key[i].slot;

		if (slot == gone)
			continue;
		if (fresh && slot_before(order, fresh, slot)) {
			chunk_add(chunk, fresh);
			fresh = NULL;
		}
		chunk_add(chunk, slot);
	}
	if (fresh)
		chunk_add(chunk, fresh);
	return chunk;
}

/* Add the changed form of @from to @index: no chunk, one or two. */
static int add_changed(struct hull_slot_index *index, const struct hull_slot_chunk *from,
		       const struct hull_slot *gone, const struct hull_slot *fresh)
{
	struct hull_slot_chunk *chunk = chunk_replace(index->order, from, gone, fresh);
	u32 half;
	int r;

	if (!chunk)
		return -ENOMEM;
	if (chunk->nr && chunk->nr <= HULL_CHUNK_MAX) {
		index_add(index, chunk);
		return 0;
	}
	half = chunk->nr / 2;
	r = half ? add_copy(index, chunk, 0, half) : 0;
	if (!r && half)
		r = add_copy(index, chunk, half, chunk->nr - half);
	kfree(chunk);
	return r;
}

/* Number of the chunk in which @slot stands, or would have to be put. */
static u32 home_of(const struct hull_slot_index *index, const struct hull_slot *slot)
{
	u32 low = 1, high = index->nr;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (slot_before(index->order, slot, index->part[mid].chunk->key[0].slot))
			high = mid;
		else
			low = mid + 1;
	}
	return low - 1;
}

static void index_free(struct hull_slot_index *index)
{
	u32 i;

	for (i = 0; i < index->nr; i++)
		chunk_put(index->part[i].chunk);
	kvfree(index->part);
}

static int index_replace(struct hull_slot_index *index, const struct hull_slot_index *from,
			 const struct hull_slot *gone, const struct hull_slot *fresh)
{
	u32 i, gone_at = U32_MAX, fresh_at = U32_MAX;
	int r = 0;

	index->order = from->order;
	index->nr = 0;
	index->part = kvmalloc_array(from->nr + 1, sizeof(*index->part), GFP_KERNEL_ACCOUNT);
	if (!index->part)
		return -ENOMEM;
	if (gone)
		gone_at = home_of(from, gone);
	if (fresh)
		fresh_at = home_of(from, fresh);

	for (i = 0; !r && i < from->nr; i++) {
		if (i == gone_at || i == fresh_at)
			r = add_changed(index, from->part[i].chunk,
					i == gone_at ? gone : NULL,
					i == fresh_at ? fresh : NULL);
		else
			index_add(index, from->part[i].chunk);
	}
	if (!r && fresh && !from->nr)
		r = add_changed(index, NULL, NULL, fresh);
	if (r)
		index_free(index);
	return r;
}

static struct hull_slots *slots_alloc(void)
{
	struct hull_slots *set = kzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);

	if (!set)
		return NULL;
	set->by_gfn.order = HULL_BY_GFN;
	set->by_hva.order = HULL_BY_HVA;
	return set;
}

void hull_slots_free(struct hull_slots *set)
{
	index_free(&set->by_gfn);
	index_free(&set->by_hva);
	kfree(set);
}

struct hull_slots *hull_slots_replace(const struct hull_slots *from,
				      const struct hull_slot *gone,
				      const struct hull_slot *fresh)
{
	struct hull_slots *set = slots_alloc();

	if (!set)
		return NULL;
	set->nr = from->nr - !!gone + !!fresh;
	set->generation = from->generation + 1;
	if (index_replace(&set->by_gfn, &from->by_gfn, gone, fresh))
		goto err_set;
	if (index_replace(&set->by_hva, &from->by_hva, gone, fresh))
		goto err_gfn;
	return set;

err_gfn:
	index_free(&set->by_gfn);
err_set:
	kfree(set);
	return NULL;
}

/* The set of a new VM. */
int hull_slots_init(struct hull_mem *mem)
{
	struct hull_slots *set = slots_alloc();

	if (!set)
		return -ENOMEM;
	rcu_assign_pointer(mem->slots, set);
	return 0;
}

void hull_slots_destroy(struct hull_mem *mem)
{
	struct hull_slots *set = rcu_dereference_protected(mem->slots, true);
	struct hull_slot_pos pos;
	bool more;

	if (!set)
		return;
	for (more = pos_last_below(&set->by_gfn, U64_MAX, &pos); more;
	     more = pos_prev(&set->by_gfn, &pos)) {
		kvfree(slot_at(&set->by_gfn, &pos)->dirty);
		kfree(slot_at(&set->by_gfn, &pos));
	}
	RCU_INIT_POINTER(mem->slots, NULL);
	hull_slots_free(set);
}
