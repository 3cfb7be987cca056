// SPDX-License-Identifier: GPL-2.0
/*
 * The dirty log.
 *
 * Invariant: a page of a logged slot that can be written without our knowing
 * has its bit set, or will have before the vCPU that made it writable enters the
 * guest.  From it follows the order everywhere:
 *  - a fault first makes the entry writable, then sets the bit;
 *  - a write by hull itself first writes, then sets the bit;
 *  - a reader of the log first takes the bits, then protects those pages and
 *    flushes, and only then does user space look at the pages.
 * A large leaf is writable only while the bits of all its pages are set.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "../vcpu.h"
#include "dirty.h"
#include "host.h"
#include "s2.h"
#include "slot.h"

unsigned long *hull_dirty_alloc(struct hull_vm *vm, const struct hull_slot *slot)
{
	unsigned long *dirty = kvcalloc(hull_slot_bitmap_words(slot), sizeof(*dirty),
					GFP_KERNEL_ACCOUNT);

	if (dirty && vm->manual_dirty_protect & KVM_DIRTY_LOG_INITIALLY_SET)
		bitmap_set(dirty, 0, slot->npages);
	return dirty;
}

void hull_dirty_start(struct hull_vm *vm, const struct hull_slot *slot)
{
	struct hull_s2 *s2 = &vm->mem.s2;

	/* All bits are set already: user space protects as it clears them. */
	if (vm->manual_dirty_protect & KVM_DIRTY_LOG_INITIALLY_SET)
		return;
	write_lock(&s2->lock);
	if (hull_s2_watch(s2, slot->base_gfn, hull_slot_end(slot)))
		hull_s2_flush(vm);
	write_unlock(&s2->lock);
}

/*
 * Logging has cut large mappings to pieces.  Drop the tables of which it may
 * have been the only reason, so that they grow again.
 */
void hull_dirty_stop(struct hull_vm *vm, const struct hull_slot *slot)
{
	struct hull_s2 *s2 = &vm->mem.s2;
	struct hull_s2_garbage garbage = {};
	u64 span = s2_span(2), gfn;
	bool zapped = false;

	write_lock(&s2->lock);
	for (gfn = ALIGN(slot->base_gfn, span); gfn + span <= hull_slot_end(slot); gfn += span) {
		if (hull_host_level(hull_slot_hva(slot, gfn)) > 1)
			zapped |= hull_s2_zap(s2, gfn, gfn + span, &garbage);
	}
	if (zapped)
		hull_s2_flush(vm);
	write_unlock(&s2->lock);
	hull_s2_free_garbage(s2, &garbage);
}

/* The logged slot with number @id.  slots_lock held. */
static struct hull_slot *logged_slot(struct hull_vm *vm, u32 id, int *err)
{
	struct hull_slot *slot;

	*err = -EINVAL;
	if (id >= HULL_MAX_SLOTS)
		return NULL;
	*err = -ENOENT;
	slot = xa_load(&vm->mem.ids, id);
	return slot && slot->dirty ? slot : NULL;
}

/* Writes that the hardware has logged but not yet delivered come in. */
static void collect_hardware_log(struct hull_vm *vm)
{
	if (vm->mem.s2.fmt->dirty_logged)
		hull_request_all(vm, HULL_REQ_KICK);
}

/* Move the bits of @slot to @copy and watch the pages again. */
static void take_bits(struct hull_vm *vm, struct hull_slot *slot, unsigned long *copy)
{
	size_t i, words = hull_slot_bitmap_words(slot);
	struct hull_s2 *s2 = &vm->mem.s2;
	bool changed = false;

	write_lock(&s2->lock);
	for (i = 0; i < words; i++) {
		copy[i] = READ_ONCE(slot->dirty[i]) ? xchg(&slot->dirty[i], 0) : 0;
		if (copy[i])
			changed |= hull_s2_watch_mask(s2, slot->base_gfn + i * BITS_PER_LONG,
						      copy[i]);
	}
	if (changed)
		hull_s2_flush(vm);
	write_unlock(&s2->lock);
}

/* User space could not be told of them: they are dirty still. */
static void return_bits(struct hull_slot *slot, const unsigned long *copy)
{
	size_t i, words = hull_slot_bitmap_words(slot);

	for (i = 0; i < words; i++) {
		if (copy[i])
			atomic_long_or(copy[i], (atomic_long_t *)&slot->dirty[i]);
	}
}

static int report_and_clear(struct hull_vm *vm, struct hull_slot *slot, void __user *user)
{
	size_t size = hull_slot_bitmap_words(slot) * sizeof(long);
	unsigned long *copy = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	int r = 0;

	if (!copy)
		return -ENOMEM;
	take_bits(vm, slot, copy);
	if (copy_to_user(user, copy, size)) {
		return_bits(slot, copy);
		r = -EFAULT;
	}
	kvfree(copy);
	return r;
}

int hull_get_dirty_log(struct hull_vm *vm, const struct kvm_dirty_log *log)
{
	struct hull_slot *slot;
	int r;

	mutex_lock(&vm->mem.slots_lock);
	slot = logged_slot(vm, log->slot, &r);
	if (!slot)
		goto out;
	collect_hardware_log(vm);
	if (!vm->manual_dirty_protect)
		r = report_and_clear(vm, slot, log->dirty_bitmap);
	else
		r = copy_to_user(log->dirty_bitmap, slot->dirty,
				 hull_slot_bitmap_words(slot) * sizeof(long)) ? -EFAULT : 0;
out:
	mutex_unlock(&vm->mem.slots_lock);
	return r;
}

/* Clear the bits that @mask has, where they are set, and watch those pages. */
static void clear_bits(struct hull_vm *vm, struct hull_slot *slot, size_t first,
		       const unsigned long *mask, size_t words)
{
	struct hull_s2 *s2 = &vm->mem.s2;
	bool changed = false;
	size_t i;

	write_lock(&s2->lock);
	for (i = 0; i < words; i++) {
		atomic_long_t *word = (atomic_long_t *)&slot->dirty[first + i];
		unsigned long taken;

		if (!mask[i])
			continue;
		taken = mask[i] & atomic_long_fetch_andnot(mask[i], word);
		changed |= hull_s2_watch_mask(s2, slot->base_gfn +
					      (first + i) * BITS_PER_LONG, taken);
	}
	if (changed)
		hull_s2_flush(vm);
	write_unlock(&s2->lock);
}

static int clear_range(struct hull_vm *vm, struct hull_slot *slot,
		       const struct kvm_clear_dirty_log *log)
{
	u64 behind = slot->npages - log->first_page;
	size_t words = BITS_TO_LONGS((u64)log->num_pages);
	unsigned long *mask;
	int r = 0;

	if (log->first_page > slot->npages || log->num_pages > behind)
		return -EINVAL;
	if (log->num_pages < behind && log->num_pages % BITS_PER_LONG)
		return -EINVAL;
	collect_hardware_log(vm);
	if (!words)
		return 0;
	mask = kvmalloc_array(words, sizeof(*mask), GFP_KERNEL_ACCOUNT);
	if (!mask)
		return -ENOMEM;
	if (copy_from_user(mask, log->dirty_bitmap, words * sizeof(*mask)))
		r = -EFAULT;
	else
		clear_bits(vm, slot, log->first_page / BITS_PER_LONG, mask, words);
	kvfree(mask);
	return r;
}

int hull_clear_dirty_log(struct hull_vm *vm, const struct kvm_clear_dirty_log *log)
{
	struct hull_slot *slot;
	int r;

	if (log->slot < HULL_MAX_SLOTS && log->first_page % BITS_PER_LONG)
		return -EINVAL;
	mutex_lock(&vm->mem.slots_lock);
	slot = logged_slot(vm, log->slot, &r);
	if (slot)
		r = clear_range(vm, slot, log);
	mutex_unlock(&vm->mem.slots_lock);
	return r;
}
