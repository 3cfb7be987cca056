// SPDX-License-Identifier: GPL-2.0
/*
 * The set of slots: searching it, and building the next one.
 *
 * A set never changes.  Two arrays of pointers share one allocation with it,
 * so that a set of thousands of slots costs one copy to change and a binary
 * search to use.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "slot.h"

/* Index of the first slot that ends behind @gfn. */
static u32 slots_first_after(const struct hull_slots *set, u64 gfn)
{
	u32 low = 0, high = set->nr;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (hull_slot_end(set->by_gfn[mid]) > gfn)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

const struct hull_slot *hull_slots_find(const struct hull_slots *set, u64 gfn)
{
	u32 i = slots_first_after(set, gfn);

	if (i < set->nr && set->by_gfn[i]->base_gfn <= gfn)
		return set->by_gfn[i];
	return NULL;
}

bool hull_slots_overlap(const struct hull_slots *set, u64 start, u64 end,
			const struct hull_slot *except)
{
	u32 i;

	for (i = slots_first_after(set, start); i < set->nr; i++) {
		if (set->by_gfn[i]->base_gfn >= end)
			return false;
		if (set->by_gfn[i] != except)
			return true;
	}
	return false;
}

/* Number of slots whose hva is below @hva. */
static u32 slots_hva_below(const struct hull_slots *set, unsigned long hva)
{
	u32 low = 0, high = set->nr;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (set->by_hva[mid].slot->hva < hva)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void hull_hva_iter_init(struct hull_hva_iter *it, const struct hull_slots *set,
			unsigned long start, unsigned long end)
{
	it->set = set;
	it->slot = NULL;
	it->hva_start = start;
	it->hva_end = end;
	it->next = start < end ? slots_hva_below(set, end) : 0;
}

/* Slots come from the highest hva downwards. */
bool hull_hva_iter_next(struct hull_hva_iter *it)
{
	while (it->next) {
		const struct hull_hva_key *key = &it->set->by_hva[--it->next];
		const struct hull_slot *slot = key->slot;
		unsigned long from, to;

		if (key->max_end <= it->hva_start)
			break;
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
	it->next = 0;
	return false;
}

static struct hull_slots *slots_alloc(u32 nr)
{
	struct hull_slots *set;
	size_t size = sizeof(*set) + nr * (sizeof(*set->by_gfn) + sizeof(*set->by_hva));

	set = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!set)
		return NULL;
	set->nr = nr;
	set->generation = 0;
	set->by_hva = (void *)(set + 1);
	set->by_gfn = (void *)(set->by_hva + nr);
	return set;
}

void hull_slots_free(struct hull_slots *set)
{
	kvfree(set);
}

static void slots_fill_gfn(struct hull_slots *set, const struct hull_slots *from,
			   const struct hull_slot *gone, const struct hull_slot *fresh)
{
	u32 i, n = 0;

	for (i = 0; i < from->nr; i++) {
		const struct hull_slot *slot = from->by_gfn[i];

		if (slot == gone)
			continue;
		if (fresh && fresh->base_gfn < slot->base_gfn) {
			set->by_gfn[n++] = fresh;
			fresh = NULL;
		}
		set->by_gfn[n++] = slot;
	}
	if (fresh)
		set->by_gfn[n] = fresh;
}

static void slots_fill_hva(struct hull_slots *set, const struct hull_slots *from,
			   const struct hull_slot *gone, const struct hull_slot *fresh)
{
	unsigned long max_end = 0;
	u32 i, n = 0;

	for (i = 0; i < from->nr; i++) {
		const struct hull_slot *slot = from->by_hva[i].slot;

		if (slot == gone)
			continue;
		if (fresh && fresh->hva < slot->hva) {
			set->by_hva[n++].slot = fresh;
			fresh = NULL;
		}
		set->by_hva[n++].slot = slot;
	}
	if (fresh)
		set->by_hva[n].slot = fresh;

	for (i = 0; i < set->nr; i++) {
		max_end = max(max_end, hull_slot_hva_end(set->by_hva[i].slot));
		set->by_hva[i].max_end = max_end;
	}
}

struct hull_slots *hull_slots_replace(const struct hull_slots *from,
				      const struct hull_slot *gone,
				      const struct hull_slot *fresh)
{
	struct hull_slots *set = slots_alloc(from->nr - !!gone + !!fresh);

	if (!set)
		return NULL;
	set->generation = from->generation + 1;
	slots_fill_gfn(set, from, gone, fresh);
	slots_fill_hva(set, from, gone, fresh);
	return set;
}

/* The set of a new VM.  Allocated like any other, so that it is freed alike. */
int hull_slots_init(struct hull_mem *mem)
{
	struct hull_slots *set = slots_alloc(0);

	if (!set)
		return -ENOMEM;
	rcu_assign_pointer(mem->slots, set);
	return 0;
}

void hull_slots_destroy(struct hull_mem *mem)
{
	struct hull_slots *set = rcu_dereference_protected(mem->slots, true);
	u32 i;

	if (!set)
		return;
	for (i = 0; i < set->nr; i++) {
		kvfree(set->by_gfn[i]->dirty);
		kfree(set->by_gfn[i]);
	}
	RCU_INIT_POINTER(mem->slots, NULL);
	hull_slots_free(set);
}
