// SPDX-License-Identifier: GPL-2.0
/*
 * Second-stage tables: watching writes for the dirty log, and use for the
 * owner's page reclaim.
 *
 * A large leaf is watched as a whole; it is split when the first write comes.
 */
#include "s2.h"

static bool watch_leaf(struct hull_s2 *s2, u64 *entry, int level)
{
	u64 bit = s2_watch_bit(s2, level);

	/* The hardware and hull_s2_fixup() set bits meanwhile. */
	return READ_ONCE(*entry) & bit &&
	       test_and_clear_bit(__ffs64(bit), (unsigned long *)entry);
}

bool hull_s2_watch(struct hull_s2 *s2, u64 start, u64 end)
{
	struct hull_s2_span span;
	bool changed = false;
	u64 gfn = start;
	unsigned int i;

	lockdep_assert_held_write(&s2->lock);
	while (hull_s2_next_span(s2, &gfn, end, &span)) {
		for (i = 0; i < span.nr; i++)
			changed |= watch_leaf(s2, &span.entry[i], span.level);
	}
	return changed;
}

bool hull_s2_watch_mask(struct hull_s2 *s2, u64 base, unsigned long mask)
{
	bool changed = false;
	u64 *entry = NULL;
	int level = 0;
	u64 last = 0;

	lockdep_assert_held_write(&s2->lock);
	for (; mask; mask &= mask - 1) {
		u64 gfn = base + __ffs(mask);

		if (level == 1 && !((gfn ^ last) >> S2_INDEX_BITS)) {
			entry += gfn - last;
		} else {
			level = 1;
			entry = hull_s2_lookup(s2, gfn, &level);
		}
		last = gfn;
		if (READ_ONCE(*entry))
			changed |= watch_leaf(s2, entry, level);
	}
	return changed;
}

static bool leaf_young(const struct hull_s2 *s2, u64 entry)
{
	if (s2->fmt->accessed)
		return entry & s2->fmt->accessed;
	return s2_present(s2, entry);
}

/*
 * Forget that a leaf was used.  Without an accessed bit the leaf is made not
 * present, and the next use shows as a fault.
 */
static bool age_leaf(struct hull_s2 *s2, u64 *entry)
{
	const struct hull_s2_format *fmt = s2->fmt;
	u64 old = READ_ONCE(*entry), new;

	do {
		if (!leaf_young(s2, old))
			return false;
		if (fmt->accessed)
			new = old & ~fmt->accessed;
		else
			new = (old & ~(fmt->present | fmt->write)) | s2->aged;
	} while (!try_cmpxchg64(entry, &old, new));
	return true;
}

bool hull_s2_age(struct hull_s2 *s2, u64 start, u64 end)
{
	struct hull_s2_span span;
	bool young = false;
	u64 gfn = start;
	unsigned int i;

	lockdep_assert_held_write(&s2->lock);
	while (hull_s2_next_span(s2, &gfn, end, &span)) {
		for (i = 0; i < span.nr; i++)
			young |= age_leaf(s2, &span.entry[i]);
	}
	return young;
}

bool hull_s2_young(struct hull_s2 *s2, u64 start, u64 end)
{
	struct hull_s2_span span;
	u64 gfn = start;
	unsigned int i;

	lockdep_assert_held(&s2->lock);
	while (hull_s2_next_span(s2, &gfn, end, &span)) {
		for (i = 0; i < span.nr; i++) {
			if (leaf_young(s2, READ_ONCE(span.entry[i])))
				return true;
		}
	}
	return false;
}
