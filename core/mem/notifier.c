// SPDX-License-Identifier: GPL-2.0
/*
 * Following the owner's address space.
 *
 * Before the kernel takes a page away, restricts a mapping or replaces it, it
 * calls invalidate_range_start() here and does not go on until that returns:
 * by then no second-stage entry and no cached translation for the range is
 * left.  Until invalidate_range_end() faults in the range are turned back.
 *
 * change_pte(), which old kernels have, is left out: it only ever comes inside
 * such a pair, when the entry it would change is already gone.
 *
 * Nothing here sleeps, so that ranges which must not block need no other way.
 */
#include "../vcpu.h"
#include "s2.h"
#include "slot.h"

static struct hull_vm *notifier_vm(struct mmu_notifier *mn)
{
	return container_of(mn, struct hull_vm, mem.notifier);
}

/* A slot that is being deleted or moved: slot.c. */
static bool zap_leaving(struct hull_mem *mem, unsigned long start, unsigned long end,
			struct hull_s2_garbage *garbage)
{
	const struct hull_slot *slot = mem->leaving;
	unsigned long last;

	if (!slot)
		return false;
	last = slot->hva + (slot->npages << PAGE_SHIFT);
	start = max(start, slot->hva);
	end = min(end, last);
	if (start >= end)
		return false;
	start = (start - slot->hva) >> PAGE_SHIFT;
	end = DIV_ROUND_UP(end - slot->hva, PAGE_SIZE);
	return hull_s2_zap(&mem->s2, slot->base_gfn + start, slot->base_gfn + end, garbage);
}

/* s2->lock held for write.  True: flush. */
static bool zap_hva(struct hull_mem *mem, unsigned long start, unsigned long end,
		    struct hull_s2_garbage *garbage)
{
	struct hull_hva_iter it;
	bool zapped = zap_leaving(mem, start, end, garbage);

	hull_hva_iter_init(&it, hull_slots(mem), start, end);
	while (hull_hva_iter_next(&it))
		zapped |= hull_s2_zap(&mem->s2, it.start, it.end, garbage);
	return zapped;
}

/* Faults in any range of those in progress are turned back. */
static void raise_in_progress(struct hull_s2 *s2, unsigned long start, unsigned long end)
{
	if (s2->in_progress++ == 0) {
		WRITE_ONCE(s2->range_start, start);
		WRITE_ONCE(s2->range_end, end);
		return;
	}
	WRITE_ONCE(s2->range_start, min(s2->range_start, start));
	WRITE_ONCE(s2->range_end, max(s2->range_end, end));
}

static int invalidate_range_start(struct mmu_notifier *mn,
				  const struct mmu_notifier_range *range)
{
	struct hull_vm *vm = notifier_vm(mn);
	struct hull_mem *mem = &vm->mem;
	struct hull_s2 *s2 = &mem->s2;
	struct hull_s2_garbage garbage = {};
	int idx = srcu_read_lock(&mem->srcu);

	write_lock(&s2->lock);
	raise_in_progress(s2, range->start, range->end);
	if (zap_hva(mem, range->start, range->end, &garbage))
		hull_s2_flush(vm);
	write_unlock(&s2->lock);
	srcu_read_unlock(&mem->srcu, idx);
	hull_s2_free_garbage(s2, &garbage);
	return 0;
}

static void invalidate_range_end(struct mmu_notifier *mn,
				 const struct mmu_notifier_range *range)
{
	struct hull_s2 *s2 = &notifier_vm(mn)->mem.s2;

	write_lock(&s2->lock);
	WRITE_ONCE(s2->seq, s2->seq + 1);
	/* Who sees in_progress fall also sees seq: fault_is_stale(). */
	smp_wmb();
	WRITE_ONCE(s2->in_progress, s2->in_progress - 1);
	write_unlock(&s2->lock);
}

static bool age_hva(struct hull_vm *vm, unsigned long start, unsigned long end, bool flush)
{
	struct hull_mem *mem = &vm->mem;
	struct hull_s2 *s2 = &mem->s2;
	struct hull_hva_iter it;
	bool young = false;
	int idx = srcu_read_lock(&mem->srcu);

	write_lock(&s2->lock);
	hull_hva_iter_init(&it, hull_slots(mem), start, end);
	while (hull_hva_iter_next(&it))
		young |= hull_s2_age(s2, it.start, it.end);
	/* Without an accessed bit the next use shows only after a flush. */
	if (young && (flush || !s2->fmt->accessed))
		hull_s2_flush(vm);
	write_unlock(&s2->lock);
	srcu_read_unlock(&mem->srcu, idx);
	return young;
}

static int clear_flush_young(struct mmu_notifier *mn, struct mm_struct *mm,
			     unsigned long start, unsigned long end)
{
	return age_hva(notifier_vm(mn), start, end, true);
}

static int clear_young(struct mmu_notifier *mn, struct mm_struct *mm,
		       unsigned long start, unsigned long end)
{
	return age_hva(notifier_vm(mn), start, end, false);
}

static int test_young(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long address)
{
	struct hull_mem *mem = &notifier_vm(mn)->mem;
	struct hull_s2 *s2 = &mem->s2;
	struct hull_hva_iter it;
	bool young = false;
	int idx = srcu_read_lock(&mem->srcu);

	read_lock(&s2->lock);
	hull_hva_iter_init(&it, hull_slots(mem), address, address + 1);
	while (!young && hull_hva_iter_next(&it))
		young = hull_s2_young(s2, it.start, it.end);
	read_unlock(&s2->lock);
	srcu_read_unlock(&mem->srcu, idx);
	return young;
}

/* The owner exits: its memory goes, whoever still holds our descriptors. */
static void release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	struct hull_vm *vm = notifier_vm(mn);
	struct hull_s2 *s2 = &vm->mem.s2;
	struct hull_s2_garbage garbage = {};

	write_lock(&s2->lock);
	if (hull_s2_zap(s2, 0, ~0ull, &garbage))
		hull_s2_flush(vm);
	write_unlock(&s2->lock);
	hull_s2_free_garbage(s2, &garbage);
}

const struct mmu_notifier_ops hull_notifier_ops = {
	.invalidate_range_start = invalidate_range_start,
	.invalidate_range_end = invalidate_range_end,
	.clear_flush_young = clear_flush_young,
	.clear_young = clear_young,
	.test_young = test_young,
	.release = release,
};
