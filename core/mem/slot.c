// SPDX-License-Identifier: GPL-2.0
/*
 * Changing the slots: KVM_SET_USER_MEMORY_REGION.
 *
 * A change goes in this order:
 *  1. the new set is published.  A slot whose mappings are to go is told to the
 *     MMU notifier first, which does not find it in the set any more;
 *  2. everybody who may still use the old one is waited for, faults in the
 *     middle included;
 *  3. the second-stage tables are brought in line: what belongs to a region
 *     that is gone is removed, a logged region is watched.  As nobody installs
 *     entries by the old set's rules any more, one pass finds everything;
 *  4. the old set, and slot, are freed.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "../vcpu.h"
#include "dirty.h"
#include "s2.h"
#include "slot.h"

/* Pages in one slot; the API gives them as a signed 32-bit number in places. */
#define SLOT_MAX_PAGES	((1ull << 31) - 1)
#define SLOT_FLAGS	(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY)

/**
 * struct slot_change - a change under way
 * @old: slot that goes, or NULL
 * @new: slot that comes, or NULL
 */
struct slot_change {
	struct hull_slot *old;
	struct hull_slot *new;
};

static u64 max_gfn(const struct hull_vm *vm)
{
	unsigned int bits = PAGE_SHIFT + S2_INDEX_BITS * vm->mem.s2.levels;

	bits = min_t(unsigned int, bits, boot_cpu_data.x86_phys_bits);
	return (1ull << (bits - PAGE_SHIFT)) - 1;
}

static bool is_tagged(u64 hva)
{
	u64 address = untagged_addr(hva);

	return address != hva;
}

/* What can be said of a region without knowing the others. */
static int check_region(const struct kvm_userspace_memory_region2 *region)
{
	u64 hva = region->userspace_addr, size = region->memory_size;

	/* Slot bits 31:16 are the address space, of which there is one. */
	if (region->slot >= HULL_MAX_SLOTS || region->flags & ~SLOT_FLAGS)
		return -EINVAL;
	if (!PAGE_ALIGNED(size) || !PAGE_ALIGNED(region->guest_phys_addr) ||
	    !PAGE_ALIGNED(hva))
		return -EINVAL;
	if (is_tagged(hva) || !access_ok((void __user *)hva, size))
		return -EINVAL;
	if (region->guest_phys_addr + size < region->guest_phys_addr)
		return -EINVAL;
	if (size >> PAGE_SHIFT > SLOT_MAX_PAGES)
		return -EINVAL;
	return 0;
}

static struct hull_slot *slot_alloc(struct hull_vm *vm, const struct hull_slot *old,
				    const struct kvm_userspace_memory_region2 *region)
{
	struct hull_slot *slot = kzalloc(sizeof(*slot), GFP_KERNEL_ACCOUNT);

	if (!slot)
		return NULL;
	slot->base_gfn = region->guest_phys_addr >> PAGE_SHIFT;
	slot->npages = region->memory_size >> PAGE_SHIFT;
	slot->hva = region->userspace_addr;
	slot->flags = region->flags;
	slot->id = region->slot;
	if (!(slot->flags & KVM_MEM_LOG_DIRTY_PAGES))
		return slot;
	slot->dirty = old && old->dirty ? old->dirty : hull_dirty_alloc(vm, slot);
	if (!slot->dirty) {
		kfree(slot);
		return NULL;
	}
	return slot;
}

/* Free @slot, and its bitmap unless @heir has taken it over. */
static void slot_free(struct hull_slot *slot, const struct hull_slot *heir)
{
	if (!slot)
		return;
	if (!heir || heir->dirty != slot->dirty)
		kvfree(slot->dirty);
	kfree(slot);
}

static void zap_slot(struct hull_vm *vm, const struct hull_slot *slot)
{
	struct hull_s2 *s2 = &vm->mem.s2;
	struct hull_s2_garbage garbage = {};

	write_lock(&s2->lock);
	if (hull_s2_zap(s2, slot->base_gfn, hull_slot_end(slot), &garbage))
		hull_s2_flush(vm);
	vm->mem.leaving = NULL;
	write_unlock(&s2->lock);
	hull_s2_free_garbage(s2, &garbage);
}

/* Do the pages of the old slot not stay where they are? */
static bool leaves(const struct slot_change *change)
{
	const struct hull_slot *old = change->old, *new = change->new;

	return old && (!new || new->base_gfn != old->base_gfn);
}

static void announce_leaving(struct hull_mem *mem, const struct hull_slot *slot)
{
	write_lock(&mem->s2.lock);
	mem->leaving = slot;
	write_unlock(&mem->s2.lock);
}

/* Step 3. */
static void apply_change(struct hull_vm *vm, const struct slot_change *change)
{
	const struct hull_slot *old = change->old, *new = change->new;

	if (!old)
		return;
	if (leaves(change))
		zap_slot(vm, old);
	else if (new->dirty && !old->dirty)
		hull_dirty_start(vm, new);
	else if (old->dirty && !new->dirty)
		hull_dirty_stop(vm, new);
}

/* Steps 1 to 4.  0 or -ENOMEM, with nothing changed. */
static int commit_change(struct hull_vm *vm, struct slot_change *change)
{
	struct hull_mem *mem = &vm->mem;
	struct hull_slots *old_set = hull_slots(mem), *set;
	u32 id = change->new ? change->new->id : change->old->id;
	int r;

	lockdep_assert_held(&mem->slots_lock);
	if (!change->old) {
		r = xa_reserve(&mem->ids, id, GFP_KERNEL_ACCOUNT);
		if (r)
			return r;
	}
	set = hull_slots_replace(old_set, change->old, change->new);
	if (!set) {
		xa_release(&mem->ids, id);
		return -ENOMEM;
	}
	if (change->new)
		xa_store(&mem->ids, id, change->new, GFP_KERNEL_ACCOUNT);
	else
		xa_erase(&mem->ids, id);
	if (change->old)
		mem->npages -= change->old->npages;
	if (change->new)
		mem->npages += change->new->npages;

	if (leaves(change))
		announce_leaving(mem, change->old);
	rcu_assign_pointer(mem->slots, set);
	hull_request_all(vm, HULL_REQ_SLOTS);
	synchronize_srcu_expedited(&mem->srcu);
	apply_change(vm, change);
	hull_slots_free(old_set);
	return 0;
}

static int change_slot(struct hull_vm *vm, struct hull_slot *old,
		       const struct kvm_userspace_memory_region2 *region)
{
	struct slot_change change = { .old = old };
	int r;

	change.new = slot_alloc(vm, old, region);
	if (!change.new)
		return -ENOMEM;
	r = commit_change(vm, &change);
	if (r)
		slot_free(change.new, old);
	else
		slot_free(old, change.new);
	return r;
}

static int delete_slot(struct hull_vm *vm, struct hull_slot *old)
{
	struct slot_change change = { .old = old };
	int r = commit_change(vm, &change);

	if (!r)
		slot_free(old, NULL);
	return r;
}

static int update_region(struct hull_vm *vm, const struct kvm_userspace_memory_region2 *region)
{
	u64 base = region->guest_phys_addr >> PAGE_SHIFT;
	u64 npages = region->memory_size >> PAGE_SHIFT;
	struct hull_mem *mem = &vm->mem;
	struct hull_slot *old = xa_load(&mem->ids, region->slot);

	if (!npages)
		return old ? delete_slot(vm, old) : -EINVAL;
	if (!old && mem->npages + npages < mem->npages)
		return -EINVAL;
	if (old) {
		if (old->npages != npages || old->hva != region->userspace_addr ||
		    (old->flags ^ region->flags) & KVM_MEM_READONLY)
			return -EINVAL;
		if (old->base_gfn == base && old->flags == region->flags)
			return 0;
	}
	if (!old || old->base_gfn != base) {
		if (hull_slots_overlap(hull_slots(mem), base, base + npages, old))
			return -EEXIST;
		if (base + npages - 1 > max_gfn(vm))
			return -EINVAL;
	}
	return change_slot(vm, old, region);
}

int hull_set_memory_region(struct hull_vm *vm,
			   const struct kvm_userspace_memory_region2 *region)
{
	struct hull_mem *mem = &vm->mem;
	int r = check_region(region);

	if (r)
		return r;
	mutex_lock(&mem->slots_lock);
	r = update_region(vm, region);
	mutex_unlock(&mem->slots_lock);
	return r;
}

const struct hull_slot *hull_find_slot(struct hull_vm *vm, u64 gfn)
{
	return hull_slots_find(hull_slots(&vm->mem), gfn);
}

void hull_mark_dirty(struct hull_vm *vm, u64 gfn)
{
	const struct hull_slot *slot = hull_find_slot(vm, gfn);

	if (slot)
		hull_slot_mark_dirty(slot, gfn);
}
