// SPDX-License-Identifier: GPL-2.0
/*
 * The second-stage engine (core/mem/s2.c, s2_zap.c, s2_track.c), once over a
 * format with accessed and dirty bits and once over one without.
 */
#include <kunit/test.h>
#include "../core/mem/s2.h"

/* As in long-mode paging. */
static const struct hull_s2_format with_ad = {
	.present = BIT(0), .read = BIT(0), .write = BIT(1), .noexec = BIT_ULL(63),
	.accessed = BIT(5), .dirty = BIT(6), .large = BIT(7),
	.table = 0x7, .leaf = BIT(2), .leaf_uncached = BIT(2) | BIT(4),
	.sw = GENMASK_ULL(58, 52),
};

/* As in EPT on a processor without accessed and dirty flags. */
static const struct hull_s2_format without_ad = {
	.present = 0x7, .read = BIT(0), .write = BIT(1), .exec = BIT(2),
	.large = BIT(7), .table = 0x7, .leaf = 6 << 3, .leaf_uncached = 0,
	.sw = GENMASK_ULL(58, 52),
};

/* The hardware keeps a log of pages whose dirty bit it set. */
static const struct hull_s2_format with_log = {
	.present = 0x7, .read = BIT(0), .write = BIT(1), .exec = BIT(2),
	.accessed = BIT(8), .dirty = BIT(9),
	.large = BIT(7), .table = 0x7, .leaf = 6 << 3, .leaf_uncached = 0,
	.sw = GENMASK_ULL(58, 52), .dirty_logged = true,
};

static void setup(struct kunit *test, struct hull_s2 *s2, const struct hull_s2_format *fmt,
		  u8 levels)
{
	KUNIT_ASSERT_EQ(test, hull_s2_init(s2, fmt, levels, 0x7), 0);
}

static enum hull_s2_install install_leaf(struct kunit *test, struct hull_s2 *s2,
					 const struct hull_s2_leaf *leaf)
{
	struct hull_s2_pool pool = {};
	enum hull_s2_install r;

	for (;;) {
		read_lock(&s2->lock);
		r = hull_s2_install(s2, leaf, &pool);
		read_unlock(&s2->lock);
		if (r != HULL_S2_NEED_TABLES)
			break;
		KUNIT_ASSERT_GT(test, pool.want, 0u);
		KUNIT_ASSERT_EQ(test, hull_s2_pool_fill(&pool), 0);
	}
	hull_s2_pool_drain(&pool);
	return r;
}

static void map(struct kunit *test, struct hull_s2 *s2, u64 gfn, u64 pfn, int level, bool write)
{
	struct hull_s2_leaf leaf = {
		.gfn = gfn, .pfn = pfn, .level = level,
		.host_write = write, .write = write,
	};

	KUNIT_ASSERT_EQ(test, install_leaf(test, s2, &leaf), HULL_S2_INSTALLED);
}

static u64 entry_of(struct hull_s2 *s2, u64 gfn, int *level)
{
	*level = 1;
	return *hull_s2_lookup(s2, gfn, level);
}

static bool zap(struct hull_s2 *s2, u64 start, u64 end)
{
	struct hull_s2_garbage garbage = {};
	bool zapped;

	write_lock(&s2->lock);
	zapped = hull_s2_zap(s2, start, end, &garbage);
	write_unlock(&s2->lock);
	hull_s2_free_garbage(s2, &garbage);
	return zapped;
}

static void s2_map_levels(struct kunit *test)
{
	static const u8 depths[] = { 4, 5 };
	struct hull_s2 s2;
	int i, level;
	u64 entry;

	for (i = 0; i < ARRAY_SIZE(depths); i++) {
		setup(test, &s2, &with_ad, depths[i]);
		map(test, &s2, 0x12345, 0x777, 1, true);
		entry = entry_of(&s2, 0x12345, &level);
		KUNIT_EXPECT_EQ(test, level, 1);
		KUNIT_EXPECT_EQ(test, s2_pfn(entry), 0x777ull);
		/* Present, writable, user, accessed, dirty; no large bit. */
		KUNIT_EXPECT_EQ(test, entry & 0xfff, 0x067ull);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&s2.nr_tables), (long)depths[i]);
		KUNIT_EXPECT_EQ(test, entry_of(&s2, 0x12346, &level), 0ull);

		map(test, &s2, 0x400 + 5, 0x1000 + 5, 2, false);
		entry = entry_of(&s2, 0x5ff, &level);
		KUNIT_EXPECT_EQ(test, level, 2);
		KUNIT_EXPECT_EQ(test, s2_pfn(entry), 0x1000ull);
		KUNIT_EXPECT_EQ(test, entry & 0xfff, 0x0a5ull);

		map(test, &s2, 0x80000 + 7, 0x40000 + 7, 3, true);
		entry = entry_of(&s2, 0xbffff, &level);
		KUNIT_EXPECT_EQ(test, level, 3);
		KUNIT_EXPECT_EQ(test, s2_pfn(entry), 0x40000ull);
		hull_s2_destroy(&s2);
	}
}

static void s2_rights_only_grow(struct kunit *test)
{
	struct hull_s2_leaf other = { .gfn = 9, .pfn = 0x51, .level = 1 };
	struct hull_s2 s2;
	int level;

	setup(test, &s2, &with_ad, 4);
	map(test, &s2, 9, 0x50, 1, false);
	KUNIT_EXPECT_FALSE(test, entry_of(&s2, 9, &level) & with_ad.write);
	map(test, &s2, 9, 0x50, 1, true);
	KUNIT_EXPECT_TRUE(test, entry_of(&s2, 9, &level) & with_ad.write);
	map(test, &s2, 9, 0x50, 1, false);
	KUNIT_EXPECT_TRUE(test, entry_of(&s2, 9, &level) & with_ad.write);
	/* Another page may come only after the first was taken out. */
	KUNIT_EXPECT_EQ(test, install_leaf(test, &s2, &other), HULL_S2_CONFLICT);
	KUNIT_EXPECT_EQ(test, s2_pfn(entry_of(&s2, 9, &level)), 0x50ull);
	hull_s2_destroy(&s2);
}

static void s2_uncached(struct kunit *test)
{
	struct hull_s2_leaf leaf = { .gfn = 3, .pfn = 0xfee00, .level = 1, .uncached = true };
	struct hull_s2 s2;
	int level;

	setup(test, &s2, &without_ad, 4);
	KUNIT_ASSERT_EQ(test, install_leaf(test, &s2, &leaf), HULL_S2_INSTALLED);
	/* EPT memory type 0 is uncacheable, 6 write-back. */
	KUNIT_EXPECT_EQ(test, entry_of(&s2, 3, &level) & 0x38, 0ull);
	map(test, &s2, 4, 0x1, 1, false);
	KUNIT_EXPECT_EQ(test, entry_of(&s2, 4, &level) & 0x38, 0x30ull);
	hull_s2_destroy(&s2);
}

static void s2_zap_ranges(struct kunit *test)
{
	struct hull_s2 s2;
	int level;
	u64 gfn;

	setup(test, &s2, &with_ad, 4);
	for (gfn = 0x1f0; gfn < 0x610; gfn++)
		map(test, &s2, gfn, 0x10000 + gfn, 1, true);
	/* Root, one of level 3, one of level 2, four of level 1. */
	KUNIT_EXPECT_EQ(test, atomic_long_read(&s2.nr_tables), 7l);

	KUNIT_EXPECT_TRUE(test, zap(&s2, 0x1f8, 0x608));
	for (gfn = 0x1f0; gfn < 0x610; gfn++)
		KUNIT_EXPECT_EQ(test, !!entry_of(&s2, gfn, &level),
				gfn < 0x1f8 || gfn >= 0x608);
	/* The two tables that lay wholly inside are gone. */
	KUNIT_EXPECT_EQ(test, atomic_long_read(&s2.nr_tables), 5l);
	KUNIT_EXPECT_FALSE(test, zap(&s2, 0x1f8, 0x608));

	map(test, &s2, 0x800, 0x800, 2, true);
	KUNIT_EXPECT_TRUE(test, zap(&s2, 0x9ff, 0xa00));
	KUNIT_EXPECT_EQ(test, entry_of(&s2, 0x800, &level), 0ull);

	KUNIT_EXPECT_TRUE(test, zap(&s2, 0, ~0ull));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&s2.nr_tables), 1l);
	hull_s2_destroy(&s2);
}

static void s2_watch_small(struct kunit *test)
{
	struct hull_s2 s2;
	bool flush;
	int level;
	u64 gfn;

	setup(test, &s2, &with_ad, 4);
	for (gfn = 0x1f0; gfn < 0x210; gfn++)
		map(test, &s2, gfn, gfn, 1, true);

	write_lock(&s2.lock);
	flush = hull_s2_watch_mask(&s2, 0x1e0, 1ull << 0x11 | 1ull << 0x22 | 1ull << 0x3f);
	write_unlock(&s2.lock);
	KUNIT_EXPECT_TRUE(test, flush);
	for (gfn = 0x1f0; gfn < 0x210; gfn++)
		KUNIT_EXPECT_EQ(test, !(entry_of(&s2, gfn, &level) & with_ad.write),
				gfn == 0x1f1 || gfn == 0x202);

	/* Writable again without asking the owner, once. */
	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 0x1f1, HULL_ACC_WRITE, 1), 1);
	KUNIT_EXPECT_TRUE(test, entry_of(&s2, 0x1f1, &level) & with_ad.write);

	write_lock(&s2.lock);
	KUNIT_EXPECT_TRUE(test, hull_s2_watch(&s2, 0x1f0, 0x210));
	KUNIT_EXPECT_FALSE(test, hull_s2_watch(&s2, 0x1f0, 0x210));
	write_unlock(&s2.lock);
	hull_s2_destroy(&s2);
}

static void s2_watched_large_is_split(struct kunit *test)
{
	struct hull_s2_leaf leaf = {
		.gfn = 0x40123, .pfn = 0x80123, .level = 1,
		.host_write = true, .write = true, .watched = true,
	};
	struct hull_s2 s2;
	int level;
	u64 entry;

	setup(test, &s2, &with_ad, 4);
	map(test, &s2, 0x40000, 0x80000, 3, true);
	write_lock(&s2.lock);
	KUNIT_EXPECT_TRUE(test, hull_s2_watch(&s2, 0x40000, 0x80000));
	write_unlock(&s2.lock);
	/* A large leaf may not be made writable while writes are watched. */
	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 0x40123, HULL_ACC_WRITE, 1), 0);
	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 0x40123, HULL_ACC_READ, 1), 3);

	KUNIT_ASSERT_EQ(test, install_leaf(test, &s2, &leaf), HULL_S2_INSTALLED);
	entry = entry_of(&s2, 0x40123, &level);
	KUNIT_EXPECT_EQ(test, level, 1);
	KUNIT_EXPECT_EQ(test, s2_pfn(entry), 0x80123ull);
	KUNIT_EXPECT_TRUE(test, entry & with_ad.write);
	entry = entry_of(&s2, 0x40124, &level);
	KUNIT_EXPECT_EQ(test, level, 1);
	KUNIT_EXPECT_EQ(test, s2_pfn(entry), 0x80124ull);
	KUNIT_EXPECT_FALSE(test, entry & (with_ad.write | with_ad.large));
	KUNIT_EXPECT_TRUE(test, entry & s2.host_write);
	entry = entry_of(&s2, 0x40200, &level);
	KUNIT_EXPECT_EQ(test, level, 2);
	KUNIT_EXPECT_EQ(test, s2_pfn(entry), 0x80200ull);
	KUNIT_EXPECT_FALSE(test, entry & with_ad.write);
	hull_s2_destroy(&s2);
}

static void exec_large(struct kunit *test, const struct hull_s2_format *fmt)
{
	u64 mask = fmt->exec | fmt->noexec;
	struct hull_s2_leaf leaf = {
		.gfn = 0x203, .pfn = 0x403, .level = 1, .host_write = true, .exec = true,
	};
	struct hull_s2 s2;
	int level;

	setup(test, &s2, fmt, 4);
	s2.large_exec = false;
	map(test, &s2, 0x200, 0x400, 2, true);
	KUNIT_EXPECT_EQ(test, entry_of(&s2, 0x203, &level) & mask, fmt->noexec);
	KUNIT_EXPECT_EQ(test, level, 2);
	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 0x203, HULL_ACC_EXEC, 3), 0);
	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 0x203, HULL_ACC_WRITE, 3), 2);

	KUNIT_ASSERT_EQ(test, install_leaf(test, &s2, &leaf), HULL_S2_INSTALLED);
	KUNIT_EXPECT_EQ(test, entry_of(&s2, 0x203, &level) & mask, fmt->exec);
	KUNIT_EXPECT_EQ(test, level, 1);
	KUNIT_EXPECT_EQ(test, entry_of(&s2, 0x3ff, &level) & mask, fmt->exec);
	KUNIT_EXPECT_EQ(test, s2_pfn(entry_of(&s2, 0x3ff, &level)), 0x5ffull);
	hull_s2_destroy(&s2);
}

static void s2_exec_large(struct kunit *test)
{
	exec_large(test, &with_ad);
	exec_large(test, &without_ad);
}

static void s2_hardware_log(struct kunit *test)
{
	struct hull_s2_leaf leaf = {
		.gfn = 5, .pfn = 0x55, .level = 1, .host_write = true, .watched = true,
	};
	struct hull_s2 s2;
	int level;

	setup(test, &s2, &with_log, 4);
	/* Watched by a clear dirty bit: no fault, the hardware logs it. */
	KUNIT_ASSERT_EQ(test, install_leaf(test, &s2, &leaf), HULL_S2_INSTALLED);
	KUNIT_EXPECT_TRUE(test, entry_of(&s2, 5, &level) & with_log.write);
	KUNIT_EXPECT_FALSE(test, entry_of(&s2, 5, &level) & with_log.dirty);
	/* Unwatched memory must not fill the log. */
	map(test, &s2, 6, 0x66, 1, true);
	KUNIT_EXPECT_TRUE(test, entry_of(&s2, 6, &level) & with_log.dirty);
	/* A large leaf would be logged once for all its pages. */
	map(test, &s2, 0x200, 0x200, 2, true);
	write_lock(&s2.lock);
	KUNIT_EXPECT_TRUE(test, hull_s2_watch(&s2, 0, 0x400));
	write_unlock(&s2.lock);
	KUNIT_EXPECT_TRUE(test, entry_of(&s2, 6, &level) & with_log.write);
	KUNIT_EXPECT_FALSE(test, entry_of(&s2, 6, &level) & with_log.dirty);
	KUNIT_EXPECT_FALSE(test, entry_of(&s2, 0x200, &level) & with_log.write);
	hull_s2_destroy(&s2);
}

static void age_with(struct kunit *test, const struct hull_s2_format *fmt)
{
	struct hull_s2 s2;
	int level;

	setup(test, &s2, fmt, 4);
	map(test, &s2, 7, 0x70, 1, true);
	map(test, &s2, 0x200, 0x200, 2, true);

	write_lock(&s2.lock);
	KUNIT_EXPECT_TRUE(test, hull_s2_young(&s2, 7, 8));
	KUNIT_EXPECT_FALSE(test, hull_s2_young(&s2, 8, 9));
	KUNIT_EXPECT_TRUE(test, hull_s2_age(&s2, 0, 0x400));
	KUNIT_EXPECT_FALSE(test, hull_s2_age(&s2, 0, 0x400));
	KUNIT_EXPECT_FALSE(test, hull_s2_young(&s2, 0, 0x400));
	write_unlock(&s2.lock);

	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 7, HULL_ACC_READ, 3), 1);
	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 0x300, HULL_ACC_WRITE, 3), 2);
	KUNIT_EXPECT_TRUE(test, entry_of(&s2, 0x300, &level) & fmt->write);
	KUNIT_EXPECT_EQ(test, s2_pfn(entry_of(&s2, 7, &level)), 0x70ull);
	KUNIT_EXPECT_FALSE(test, entry_of(&s2, 7, &level) & s2.aged);

	write_lock(&s2.lock);
	KUNIT_EXPECT_TRUE(test, hull_s2_young(&s2, 7, 8));
	KUNIT_EXPECT_TRUE(test, hull_s2_age(&s2, 7, 8));
	write_unlock(&s2.lock);
	/* Aged entries are cached still: taking them out needs a flush. */
	KUNIT_EXPECT_TRUE(test, zap(&s2, 7, 8));
	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 7, HULL_ACC_READ, 3), 0);
	hull_s2_destroy(&s2);
}

static void s2_age(struct kunit *test)
{
	age_with(test, &with_ad);
	age_with(test, &without_ad);
}

static void s2_fixup_refuses(struct kunit *test)
{
	struct hull_s2 s2;

	setup(test, &s2, &with_ad, 4);
	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 1, HULL_ACC_READ, 3), 0);
	/* Read-only in the owner's tables. */
	map(test, &s2, 1, 0x1, 1, false);
	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 1, HULL_ACC_WRITE, 3), 0);
	KUNIT_EXPECT_EQ(test, hull_s2_fixup(&s2, 1, HULL_ACC_READ, 3), 1);
	hull_s2_destroy(&s2);
}

static struct kunit_case s2_cases[] = {
	KUNIT_CASE(s2_map_levels),
	KUNIT_CASE(s2_rights_only_grow),
	KUNIT_CASE(s2_uncached),
	KUNIT_CASE(s2_zap_ranges),
	KUNIT_CASE(s2_watch_small),
	KUNIT_CASE(s2_watched_large_is_split),
	KUNIT_CASE(s2_exec_large),
	KUNIT_CASE(s2_hardware_log),
	KUNIT_CASE(s2_age),
	KUNIT_CASE(s2_fixup_refuses),
	{}
};

static struct kunit_suite s2_suite = {
	.name = "hull-s2",
	.test_cases = s2_cases,
};
kunit_test_suite(s2_suite);
