// SPDX-License-Identifier: GPL-2.0
/*
 * Second-stage faults of a vCPU.
 *
 * The page is looked up in the owner's address space without a lock.  Whether
 * it is still the right one is decided under s2->lock: an MMU notifier
 * invalidation that is under way for the address, or that ended since s2->seq
 * was read, sends the vCPU back to the guest to fault again.
 */
#include <linux/sched/signal.h>
#include "../vcpu.h"
#include "host.h"
#include "s2.h"
#include "slot.h"

void hull_s2_flush(struct hull_vm *vm)
{
	lockdep_assert_held(&vm->mem.s2.lock);
	vm->stats.tlb_flushes++;
	hull_request_all(vm, HULL_REQ_FLUSH_TLB);
}

/* An invalidation covers @hva, or one ended since @seq was read. */
static bool fault_is_stale(const struct hull_s2 *s2, unsigned long seq, unsigned long hva)
{
	if (READ_ONCE(s2->in_progress) &&
	    hva >= READ_ONCE(s2->range_start) && hva < READ_ONCE(s2->range_end))
		return true;
	/* The end of an invalidation raises seq before in_progress falls. */
	smp_rmb();
	return READ_ONCE(s2->seq) != seq;
}

/* Highest level at which slot and host address run in step around @gfn. */
static int aligned_level(const struct hull_s2 *s2, const struct hull_slot *slot, u64 gfn)
{
	u64 host = hull_slot_hva(slot, gfn) >> PAGE_SHIFT;
	int level;

	for (level = s2->max_leaf; level > 1; level--) {
		u64 mask = s2_span(level) - 1;
		u64 first = gfn & ~mask;

		if ((gfn & mask) == (host & mask) && first >= slot->base_gfn &&
		    first + mask < hull_slot_end(slot))
			break;
	}
	return level;
}

static void leaf_init(struct hull_s2_leaf *leaf, const struct hull_s2 *s2,
		      const struct hull_slot *slot, u64 gfn, u8 access,
		      const struct hull_host_page *hp)
{
	bool small = slot->dirty || (access & HULL_ACC_EXEC && !s2->large_exec);

	leaf->gfn = gfn;
	leaf->pfn = hp->pfn;
	leaf->host_write = hp->writable && hull_slot_writable(slot);
	leaf->write = access & HULL_ACC_WRITE;
	leaf->exec = access & HULL_ACC_EXEC;
	leaf->watched = slot->dirty;
	leaf->uncached = hp->uncached;
	leaf->level = small ? 1 : aligned_level(s2, slot, gfn);
}

static void zap_conflict(struct hull_vm *vm, u64 gfn)
{
	struct hull_s2 *s2 = &vm->mem.s2;
	struct hull_s2_garbage garbage = {};

	write_lock(&s2->lock);
	if (hull_s2_zap(s2, gfn, gfn + 1, &garbage))
		hull_s2_flush(vm);
	write_unlock(&s2->lock);
	hull_s2_free_garbage(s2, &garbage);
}

/* 0: installed, or the guest shall try again; -ENOMEM. */
static int map_page(struct hull_vm *vm, struct hull_s2_leaf *leaf,
		    unsigned long hva, unsigned long seq)
{
	struct hull_s2 *s2 = &vm->mem.s2;
	enum hull_s2_install done;
	struct hull_s2_pool pool;
	int r = 0;

	pool.nr = 0;
	for (;;) {
		read_lock(&s2->lock);
		if (fault_is_stale(s2, seq, hva)) {
			read_unlock(&s2->lock);
			break;
		}
		if (leaf->level > 1)
			leaf->level = min(leaf->level, hull_host_level(hva));
		done = hull_s2_install(s2, leaf, &pool);
		read_unlock(&s2->lock);

		if (done == HULL_S2_CONFLICT) {
			zap_conflict(vm, leaf->gfn);
			break;
		}
		if (done == HULL_S2_INSTALLED)
			break;
		r = hull_s2_pool_fill(&pool);
		if (r)
			break;
	}
	hull_s2_pool_drain(&pool);
	return r;
}

/* The owner has no page for the guest. */
static enum hull_s2_result fault_error(int r, unsigned long hva, int *err)
{
	if (r == -EHWPOISON) {
		/* As if the owner itself had consumed the poison. */
		send_sig_mceerr(BUS_MCEERR_AR, (void __user *)hva, PAGE_SHIFT, current);
		return HULL_S2_MAPPED;
	}
	*err = r;
	return r == -EINTR ? HULL_S2_SIGNAL : HULL_S2_ERROR;
}

enum hull_s2_result hull_s2_fault(struct hull_vcpu *vcpu, u64 gpa, u8 access, int *err)
{
	struct hull_vm *vm = vcpu->vm;
	struct hull_s2 *s2 = &vm->mem.s2;
	bool write = access & HULL_ACC_WRITE;
	u64 gfn = gpa >> PAGE_SHIFT;
	const struct hull_slot *slot = hull_find_slot(vm, gfn);
	struct hull_host_page hp;
	struct hull_s2_leaf leaf;
	unsigned long hva, seq;
	int r;

	*err = 0;
	if (!slot)
		return HULL_S2_MMIO;
	if (write && !hull_slot_writable(slot))
		return HULL_S2_READONLY;

	hva = hull_slot_hva(slot, gfn);
	/* Pairs with the write of seq at the end of an invalidation. */
	seq = smp_load_acquire(&s2->seq);
	if (fault_is_stale(s2, seq, hva)) {
		cond_resched();
		return HULL_S2_MAPPED;
	}

	r = hull_host_get(hva, write, hull_slot_writable(slot), &hp);
	if (r)
		return fault_error(r, hva, err);
	leaf_init(&leaf, s2, slot, gfn, access, &hp);
	r = map_page(vm, &leaf, hva, seq);
	hull_host_put(&hp);
	if (r)
		return fault_error(r, hva, err);
	/* After the entry allows the write: see mem/dirty.c. */
	if (write)
		hull_slot_mark_dirty(slot, gfn);
	return HULL_S2_MAPPED;
}

bool hull_s2_fault_fast(struct hull_vcpu *vcpu, u64 gpa, u8 access)
{
	struct hull_vm *vm = vcpu->vm;
	bool write = access & HULL_ACC_WRITE;
	u64 gfn = gpa >> PAGE_SHIFT;
	const struct hull_slot *slot = hull_find_slot(vm, gfn);

	if (!slot || (write && !hull_slot_writable(slot)))
		return false;
	if (!hull_s2_fixup(&vm->mem.s2, gfn, access, slot->dirty ? 1 : 3))
		return false;
	if (write)
		hull_slot_mark_dirty(slot, gfn);
	return true;
}
