// SPDX-License-Identifier: GPL-2.0
/*
 * What the MMU notifier (core/mem/notifier.c) has to find while the slots change.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kvm.h>
#include <linux/mman.h>
#include <linux/workqueue.h>
#include "../core/mem/mem.h"
#include "../core/mem/s2.h"
#include "test_vm.h"

#define GUEST_BASE	0x10000
#define MOVED_BASE	0x30000
#define TRIES		100	/* of 20 ms */

/* A change of slot 0, in a thread of its own. */
struct change {
	struct work_struct work;
	struct hull_vm *vm;
	struct kvm_userspace_memory_region2 region;
	int ret;
};

static void change_slot(struct work_struct *work)
{
	struct change *c = container_of(work, struct change, work);

	c->ret = hull_set_memory_region(c->vm, &c->region);
}

static bool is_mapped(struct hull_vm *vm, u64 gpa)
{
	struct hull_s2 *s2 = &vm->mem.s2;
	int level = 1;
	u64 *entry;
	bool mapped;

	read_lock(&s2->lock);
	entry = hull_s2_lookup(s2, gpa >> PAGE_SHIFT, &level);
	mapped = entry && *entry;
	read_unlock(&s2->lock);
	return mapped;
}

static bool slot_is_gone(struct hull_vm *vm, u64 gpa)
{
	unsigned int i;

	for (i = 0; i < TRIES && hull_find_slot(vm, gpa >> PAGE_SHIFT); i++)
		msleep(20);
	return i < TRIES;
}

static void invalidate(struct hull_vm *vm, unsigned long start, unsigned long end)
{
	const struct mmu_notifier_range range = { .start = start, .end = end };

	hull_notifier_ops.invalidate_range_start(&vm->mem.notifier, &range);
	hull_notifier_ops.invalidate_range_end(&vm->mem.notifier, &range);
}

/*
 * The set without the slot is there, but a reader of the old one keeps the change from
 * going on.  The owner's memory goes meanwhile: so must the guest's mappings.
 */
static void change_under_way(struct kunit *test, u64 moved, u64 size)
{
	struct kvm_userspace_memory_region2 region = {
		.guest_phys_addr = GUEST_BASE,
		.memory_size = 2 * PAGE_SIZE,
		.userspace_addr = kunit_vm_mmap(test, NULL, 0, 2 * PAGE_SIZE,
						PROT_READ | PROT_WRITE,
						MAP_ANONYMOUS | MAP_PRIVATE, 0),
	};
	struct test_vm *t = test->priv;
	struct change c = { .vm = t->vm, .region = region };
	int idx, err;

	c.region.guest_phys_addr = moved;
	c.region.memory_size = size;
	KUNIT_ASSERT_EQ(test, hull_set_memory_region(t->vm, &region), 0);
	idx = srcu_read_lock(&t->vm->mem.srcu);
	KUNIT_EXPECT_EQ(test, hull_s2_fault(t->vcpu, GUEST_BASE, HULL_ACC_WRITE, &err),
			HULL_S2_MAPPED);
	KUNIT_EXPECT_EQ(test, hull_s2_fault(t->vcpu, GUEST_BASE + PAGE_SIZE, HULL_ACC_WRITE,
					    &err), HULL_S2_MAPPED);
	INIT_WORK_ONSTACK(&c.work, change_slot);
	schedule_work(&c.work);
	KUNIT_EXPECT_TRUE(test, slot_is_gone(t->vm, GUEST_BASE));
	KUNIT_EXPECT_TRUE(test, is_mapped(t->vm, GUEST_BASE));
	invalidate(t->vm, region.userspace_addr, region.userspace_addr + PAGE_SIZE);
	KUNIT_EXPECT_FALSE(test, is_mapped(t->vm, GUEST_BASE));
	KUNIT_EXPECT_TRUE(test, is_mapped(t->vm, GUEST_BASE + PAGE_SIZE));
	srcu_read_unlock(&t->vm->mem.srcu, idx);
	flush_work(&c.work);
	destroy_work_on_stack(&c.work);
	KUNIT_EXPECT_EQ(test, c.ret, 0);
	KUNIT_EXPECT_FALSE(test, is_mapped(t->vm, GUEST_BASE + PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, t->vm->mem.leaving);
}

static void slot_is_deleted(struct kunit *test)
{
	change_under_way(test, GUEST_BASE, 0);
}

static void slot_is_moved(struct kunit *test)
{
	change_under_way(test, MOVED_BASE, 2 * PAGE_SIZE);
}

static struct kunit_case notifier_cases[] = {
	KUNIT_CASE(slot_is_deleted),
	KUNIT_CASE(slot_is_moved),
	{ }
};

static struct kunit_suite notifier_suite = {
	.name = "hull-notifier",
	.init = test_vm_init,
	.exit = test_vm_exit,
	.test_cases = notifier_cases,
};
kunit_test_suite(notifier_suite);
