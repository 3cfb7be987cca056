// SPDX-License-Identifier: GPL-2.0
/* Searching and rebuilding the set of slots (core/mem/slots.c). */
#include <kunit/test.h>
#include <linux/mm.h>
#include "../core/mem/slot.h"

#define PAGES(n)	((unsigned long)(n) << PAGE_SHIFT)

static struct hull_slot slot_low = { .base_gfn = 0x10, .npages = 0x10, .hva = PAGES(0x900), .id = 3 };
static struct hull_slot slot_mid = { .base_gfn = 0x20, .npages = 0x01, .hva = PAGES(0x100), .id = 1 };
static struct hull_slot slot_top = { .base_gfn = 0x100, .npages = 0x100, .hva = PAGES(0x880), .id = 2 };

/* A set of one more slot, in place of @set. */
static struct hull_slots *add(struct kunit *test, struct hull_slots *set,
			      const struct hull_slot *gone, const struct hull_slot *fresh)
{
	struct hull_slots *next = hull_slots_replace(set, gone, fresh);

	KUNIT_ASSERT_NOT_NULL(test, next);
	hull_slots_free(set);
	return next;
}

static struct hull_slots *three(struct kunit *test, struct hull_mem *mem)
{
	struct hull_slots *set;

	KUNIT_ASSERT_EQ(test, hull_slots_init(mem), 0);
	set = rcu_dereference_protected(mem->slots, true);
	set = add(test, set, NULL, &slot_top);
	set = add(test, set, NULL, &slot_low);
	return add(test, set, NULL, &slot_mid);
}

static void slots_find(struct kunit *test)
{
	static const struct {
		u64 gfn;
		const struct hull_slot *slot;
	} cases[] = {
		{ 0, NULL }, { 0xf, NULL }, { 0x10, &slot_low }, { 0x1f, &slot_low },
		{ 0x20, &slot_mid }, { 0x21, NULL }, { 0xff, NULL },
		{ 0x100, &slot_top }, { 0x1ff, &slot_top }, { 0x200, NULL },
		{ ~0ull, NULL },
	};
	struct hull_mem mem = {};
	struct hull_slots *set = three(test, &mem);
	int i;

	KUNIT_EXPECT_EQ(test, set->nr, 3u);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_PTR_EQ_MSG(test, hull_slots_find(set, cases[i].gfn),
					cases[i].slot, "gfn %llx", cases[i].gfn);
	hull_slots_free(set);
}

/* What speculation past the search of a slot makes of a guest address. */
static void slot_hva_outside(struct kunit *test)
{
	u64 gfn;

	for (gfn = 0x100; gfn < 0x200; gfn++)
		KUNIT_EXPECT_EQ(test, hull_slot_hva(&slot_top, gfn), PAGES(0x880 + gfn - 0x100));
	KUNIT_EXPECT_EQ(test, hull_slot_hva(&slot_top, 0x200), slot_top.hva);
	KUNIT_EXPECT_EQ(test, hull_slot_hva(&slot_top, 0xff), slot_top.hva);
	KUNIT_EXPECT_EQ(test, hull_slot_hva(&slot_top, 0), slot_top.hva);
	KUNIT_EXPECT_EQ(test, hull_slot_hva(&slot_top, ~0ull >> PAGE_SHIFT), slot_top.hva);
}

static void slots_overlap(struct kunit *test)
{
	struct hull_mem mem = {};
	struct hull_slots *set = three(test, &mem);

	KUNIT_EXPECT_FALSE(test, hull_slots_overlap(set, 0, 0x10, NULL));
	KUNIT_EXPECT_TRUE(test, hull_slots_overlap(set, 0, 0x11, NULL));
	KUNIT_EXPECT_TRUE(test, hull_slots_overlap(set, 0x18, 0x19, NULL));
	KUNIT_EXPECT_FALSE(test, hull_slots_overlap(set, 0x21, 0x100, NULL));
	KUNIT_EXPECT_TRUE(test, hull_slots_overlap(set, 0, 0x1000, NULL));
	/* A slot that moves does not stand in its own way, but others do. */
	KUNIT_EXPECT_FALSE(test, hull_slots_overlap(set, 0x18, 0x20, &slot_low));
	KUNIT_EXPECT_TRUE(test, hull_slots_overlap(set, 0x18, 0x21, &slot_low));
	hull_slots_free(set);
}

static void slots_replace(struct kunit *test)
{
	struct hull_slot moved = slot_low;
	struct hull_mem mem = {};
	struct hull_slots *set = three(test, &mem);
	u64 generation = set->generation;

	moved.base_gfn = 0x1000;
	set = add(test, set, &slot_low, &moved);
	KUNIT_EXPECT_EQ(test, set->nr, 3u);
	KUNIT_EXPECT_NE(test, set->generation, generation);
	KUNIT_EXPECT_NULL(test, hull_slots_find(set, 0x10));
	KUNIT_EXPECT_PTR_EQ(test, hull_slots_find(set, 0x1000),
			    (const struct hull_slot *)&moved);

	set = add(test, set, &slot_top, NULL);
	KUNIT_EXPECT_EQ(test, set->nr, 2u);
	KUNIT_EXPECT_NULL(test, hull_slots_find(set, 0x100));
	KUNIT_EXPECT_PTR_EQ(test, hull_slots_find(set, 0x20),
			    (const struct hull_slot *)&slot_mid);
	hull_slots_free(set);
}

struct hva_hit {
	const struct hull_slot *slot;
	u64 start;
	u64 end;
};

/* Expect exactly @hits, in this order, for the host pages [start, end). */
static void expect_hva(struct kunit *test, struct hull_slots *set, unsigned long start,
		       unsigned long end, const struct hva_hit *hits, int nr)
{
	struct hull_hva_iter it;
	int i;

	hull_hva_iter_init(&it, set, start, end);
	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_TRUE(test, hull_hva_iter_next(&it));
		KUNIT_EXPECT_PTR_EQ(test, it.slot, hits[i].slot);
		KUNIT_EXPECT_EQ(test, it.start, hits[i].start);
		KUNIT_EXPECT_EQ(test, it.end, hits[i].end);
	}
	KUNIT_EXPECT_FALSE(test, hull_hva_iter_next(&it));
}

/* slot_top covers host pages 0x880-0x97f, slot_low 0x900-0x90f within it. */
static void slots_by_hva(struct kunit *test)
{
	static const struct hva_hit both[] = {
		{ &slot_low, 0x11, 0x12 }, { &slot_top, 0x181, 0x182 },
	};
	static const struct hva_hit behind[] = { { &slot_top, 0x190, 0x1a0 } };
	static const struct hva_hit all[] = {
		{ &slot_low, 0x10, 0x20 }, { &slot_top, 0x100, 0x200 }, { &slot_mid, 0x20, 0x21 },
	};
	static const struct hva_hit bytes[] = { { &slot_mid, 0x20, 0x21 } };
	struct hull_mem mem = {};
	struct hull_slots *set = three(test, &mem);

	expect_hva(test, set, PAGES(0x901), PAGES(0x902), both, 2);
	/* The long slot before is found behind the end of the short one. */
	expect_hva(test, set, PAGES(0x910), PAGES(0x920), behind, 1);
	expect_hva(test, set, 0, ~0ul, all, 3);
	expect_hva(test, set, PAGES(0x100) + 8, PAGES(0x100) + 16, bytes, 1);
	expect_hva(test, set, PAGES(0x101), PAGES(0x880), NULL, 0);
	expect_hva(test, set, PAGES(0x980), ~0ul, NULL, 0);
	expect_hva(test, set, PAGES(0x900), PAGES(0x900), NULL, 0);
	hull_slots_free(set);
}

#define MANY	1000

/*
 * So many that there are several chunks, added in an order that is not theirs
 * (every number appears once, as 7 and 1000 have no common divisor), all with
 * the same host address or all with different ones, and removed again.
 */
static void many_slots(struct kunit *test, bool same_hva)
{
	struct hull_slot *slot = kunit_kcalloc(test, MANY, sizeof(*slot), GFP_KERNEL);
	struct hull_mem mem = {};
	struct hull_hva_iter it;
	struct hull_slots *set;
	unsigned int i, n;

	KUNIT_ASSERT_NOT_NULL(test, slot);
	KUNIT_ASSERT_EQ(test, hull_slots_init(&mem), 0);
	set = rcu_dereference_protected(mem.slots, true);
	for (n = 0; n < MANY; n++) {
		i = n * 7 % MANY;
		slot[i].base_gfn = i * 4;
		slot[i].npages = 3;
		slot[i].hva = same_hva ? PAGES(0x1000) : PAGES((MANY - i) * 8);
		set = add(test, set, NULL, &slot[i]);
	}
	KUNIT_EXPECT_EQ(test, set->nr, MANY);
	for (i = 0; i < MANY; i++) {
		KUNIT_ASSERT_PTR_EQ(test, hull_slots_find(set, i * 4 + 2),
				    (const struct hull_slot *)&slot[i]);
		KUNIT_ASSERT_NULL(test, hull_slots_find(set, i * 4 + 3));
	}
	n = 0;
	hull_hva_iter_init(&it, set, 0, ~0ul);
	while (hull_hva_iter_next(&it))
		n++;
	KUNIT_EXPECT_EQ(test, n, MANY);

	for (n = 0; n < MANY; n++) {
		i = n * 7 % MANY;
		set = add(test, set, &slot[i], NULL);
		KUNIT_ASSERT_NULL(test, hull_slots_find(set, i * 4));
		KUNIT_ASSERT_EQ(test, set->nr, MANY - 1 - n);
	}
	hull_hva_iter_init(&it, set, 0, ~0ul);
	KUNIT_EXPECT_FALSE(test, hull_hva_iter_next(&it));
	hull_slots_free(set);
}

static void slots_many(struct kunit *test)
{
	many_slots(test, true);
	many_slots(test, false);
}

static struct kunit_case slots_cases[] = {
	KUNIT_CASE(slots_find),
	KUNIT_CASE(slot_hva_outside),
	KUNIT_CASE(slots_overlap),
	KUNIT_CASE(slots_replace),
	KUNIT_CASE(slots_by_hva),
	KUNIT_CASE(slots_many),
	{}
};

static struct kunit_suite slots_suite = {
	.name = "hull-slots",
	.test_cases = slots_cases,
};
kunit_test_suite(slots_suite);
