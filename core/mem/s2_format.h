/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the second-stage tables of SVM (NPT: the formats of
 * ordinary long-mode paging) and of VMX (EPT): the bits of an entry.  All
 * else is one engine, mem/s2*.c.
 */
#ifndef HULL_CORE_MEM_S2_FORMAT_H
#define HULL_CORE_MEM_S2_FORMAT_H

#include <linux/types.h>

/**
 * struct hull_s2_format - an entry format
 * @present: any of these bits set makes an entry present
 * @read: set in every present entry
 * @write: writable
 * @exec: executable when set, or
 * @noexec: not executable when set; one of the two is 0
 * @accessed: set by the hardware on use, 0: the hardware does not track it
 * @dirty: set by the hardware on a write, 0: not tracked
 * @large: entry of level 2 or 3 maps a page
 * @table: bits of an entry that points to a table
 * @leaf: bits of every leaf of ordinary memory: memory type, user bit
 * @leaf_uncached: the same for memory that the host maps uncached
 * @sw: bits the hardware ignores, for the engine: at least two
 * @dirty_logged: the hardware logs when it sets @dirty (PML); 4K pages are then
 *	watched by clearing @dirty instead of @write
 */
struct hull_s2_format {
	u64 present;
	u64 read;
	u64 write;
	u64 exec;
	u64 noexec;
	u64 accessed;
	u64 dirty;
	u64 large;
	u64 table;
	u64 leaf;
	u64 leaf_uncached;
	u64 sw;
	bool dirty_logged;
};

#endif
