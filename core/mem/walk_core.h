/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The walk of a guest's page tables, free of vCPUs and of where the guest's
 * memory is: the paging mode comes in as data, memory through two functions,
 * which the compiler inlines.  (SDM vol. 3, Paging; APM vol. 2, Page Translation
 * and Protection.)
 */
#ifndef HULL_CORE_MEM_WALK_CORE_H
#define HULL_CORE_MEM_WALK_CORE_H

#include <linux/bits.h>
#include <linux/minmax.h>
#include "mem.h"

#define GPTE_PRESENT	BIT_ULL(0)
#define GPTE_WRITE	BIT_ULL(1)
#define GPTE_USER	BIT_ULL(2)
#define GPTE_ACCESSED	BIT_ULL(5)
#define GPTE_DIRTY	BIT_ULL(6)
#define GPTE_LARGE	BIT_ULL(7)
#define GPTE_NX		BIT_ULL(63)
#define GPTE_PKEY_SHIFT	59

#define PF_PRESENT	BIT(0)
#define PF_WRITE	BIT(1)
#define PF_USER		BIT(2)
#define PF_RESERVED	BIT(3)
#define PF_EXEC		BIT(4)
#define PF_PKEY		BIT(5)

#define PF_VECTOR	14

#define WALK_MAX_LEVELS	5

enum walk_format {
	WALK_NONE,	/* no paging: linear is physical */
	WALK_32,	/* 4-byte entries, 2 levels */
	WALK_PAE,	/* 8-byte entries, 3 levels, the top one without rights */
	WALK_LONG,	/* 8-byte entries, 4 or 5 levels */
};

/**
 * struct walk_mode - the paging mode and the rights in force
 * @format: enum walk_format
 * @levels: 2 to 5; PAE: 3
 * @pse: 32-bit: 4M pages
 * @pse36: 32-bit: 4M pages above 4G
 * @gbpages: the guest has 1G pages
 * @nx: EFER.NXE
 * @wp: CR0.WP
 * @smep: CR4.SMEP
 * @smap: CR4.SMAP
 * @ac: RFLAGS.AC
 * @pke: CR4.PKE, in long mode
 * @amd: bit 8 is reserved in PML4 and PML5 entries
 * @use_pdptr: PAE: top entries come from @pdptr instead of from memory
 * @phys_bits: guest's physical address width
 * @pkru: protection-key rights
 * @root: CR3
 * @pdptr: PAE: the four top entries
 */
struct walk_mode {
	u8 format;
	u8 levels;
	bool pse;
	bool pse36;
	bool gbpages;
	bool nx;
	bool wp;
	bool smep;
	bool smap;
	bool ac;
	bool pke;
	bool amd;
	bool use_pdptr;
	u8 phys_bits;
	u32 pkru;
	u64 root;
	const u64 *pdptr;
};

/**
 * struct walk_memory - access to the guest's tables
 * @read: the entry of @size bytes at @gpa; 0 or -EFAULT
 * @update: replace @old by @new there: 0, 1 it was changed meanwhile, -EFAULT
 *	it cannot be written, which is no error
 */
struct walk_memory {
	int (*read)(void *ctx, u64 gpa, int size, u64 *entry);
	int (*update)(void *ctx, u64 gpa, int size, u64 old, u64 new);
};

/* Entries of a walk, the leaf last. */
struct walk_path {
	unsigned int nr;
	u64 gpa[WALK_MAX_LEVELS];
	u64 entry[WALK_MAX_LEVELS];
};

static inline unsigned int walk_entry_size(const struct walk_mode *m)
{
	return m->format == WALK_32 ? 4 : 8;
}

static inline unsigned int walk_index_bits(const struct walk_mode *m)
{
	return m->format == WALK_32 ? 10 : 9;
}

/* Address bits below what an entry of @level selects: page size of a leaf. */
static inline unsigned int walk_shift(const struct walk_mode *m, int level)
{
	return 12 + (level - 1) * walk_index_bits(m);
}

static inline bool walk_is_leaf(const struct walk_mode *m, int level, u64 entry)
{
	if (level == 1)
		return true;
	if (!(entry & GPTE_LARGE))
		return false;
	if (m->format == WALK_32)
		return m->pse;
	return level == 2 || (level == 3 && m->format == WALK_LONG && m->gbpages);
}

/* Bits that must be 0 in the present @entry of @level. */
static inline u64 walk_reserved_32(const struct walk_mode *m, bool large)
{
	if (!large)
		return 0;
	if (!m->pse36)
		return GENMASK_ULL(21, 13);
	/* Bits 20:13 are address bits 39:32, as far as there are any. */
	if (m->phys_bits >= 40)
		return BIT_ULL(21);
	return GENMASK_ULL(21, 13 + m->phys_bits - 32);
}

static inline u64 walk_reserved(const struct walk_mode *m, int level, u64 entry)
{
	bool leaf = walk_is_leaf(m, level, entry);
	u64 reserved = 0;

	if (m->format == WALK_32)
		return walk_reserved_32(m, leaf && level == 2);

	if (m->phys_bits < 52)
		reserved = GENMASK_ULL(51, m->phys_bits);
	if (!m->nx)
		reserved |= GPTE_NX;
	if (m->format == WALK_PAE) {
		reserved |= GENMASK_ULL(62, 52);
		if (level == 3)
			return reserved | GPTE_NX | GENMASK_ULL(8, 5) | GENMASK_ULL(2, 1);
	} else if (level >= 3 && !leaf) {
		reserved |= GPTE_LARGE;
		if (m->amd && level >= 4)
			reserved |= BIT_ULL(8);
	}
	if (leaf && level > 1)
		reserved |= GENMASK_ULL(walk_shift(m, level) - 1, 13);
	return reserved;
}

static inline u64 walk_address(const struct walk_mode *m, int level, u64 entry)
{
	if (m->format != WALK_32)
		return entry & GENMASK_ULL(51, 12);
	if (level == 2 && walk_is_leaf(m, level, entry))
		return (entry & GENMASK_ULL(31, 22)) | (entry & GENMASK_ULL(20, 13)) << 19;
	return entry & GENMASK_ULL(31, 12);
}

/**
 * struct walk_rights - rights of a translation, over all its entries
 * @user: every entry allows user mode
 * @write: every entry allows writing
 * @nx: some entry forbids execution
 * @pkey: protection key of the leaf
 */
struct walk_rights {
	bool user;
	bool write;
	bool nx;
	u8 pkey;
};

static inline bool walk_user_access(u8 access)
{
	return access & HULL_ACC_USER && !(access & HULL_ACC_IMPLICIT);
}

/* May a write pass what is said by R/W alone? */
static inline bool walk_may_write(const struct walk_mode *m, const struct walk_rights *r, bool user)
{
	return r->write || (!user && !m->wp);
}

/* Does the protection key forbid it?  (SDM vol. 3, Protection Keys.) */
static inline bool walk_pkey_denied(const struct walk_mode *m, const struct walk_rights *r,
				    u8 access)
{
	u32 rights;

	if (!m->pke || !r->user || access & HULL_ACC_EXEC)
		return false;
	rights = m->pkru >> (2 * r->pkey) & 3;
	if (rights & 1)
		return true;
	return rights & 2 && access & HULL_ACC_WRITE && (walk_user_access(access) || m->wp);
}

/* Bits of the error code that say what the access was. */
static inline u32 walk_access_error(const struct walk_mode *m, u8 access)
{
	u32 error = 0;

	if (access & HULL_ACC_WRITE)
		error |= PF_WRITE;
	if (walk_user_access(access))
		error |= PF_USER;
	if (access & HULL_ACC_EXEC && ((m->nx && m->format != WALK_32) || m->smep))
		error |= PF_EXEC;
	return error;
}

/* Error code of a present translation that does not allow @access, else 0. */
static inline u32 walk_denied(const struct walk_mode *m, const struct walk_rights *r, u8 access)
{
	bool user = walk_user_access(access);
	bool denied = false;
	u32 pkey = 0;

	if (user && !r->user)
		denied = true;
	if (access & HULL_ACC_WRITE && !walk_may_write(m, r, user))
		denied = true;
	if (access & HULL_ACC_EXEC) {
		if (r->nx || (!user && r->user && m->smep))
			denied = true;
	} else if (!user && r->user && m->smap) {
		if (access & HULL_ACC_IMPLICIT || !m->ac)
			denied = true;
	}
	if (walk_pkey_denied(m, r, access))
		pkey = PF_PKEY;
	if (!denied && !pkey)
		return 0;
	return PF_PRESENT | pkey | walk_access_error(m, access);
}

static inline int walk_fault(struct hull_fault *fault, u64 gva, u32 error)
{
	if (fault)
		*fault = (struct hull_fault){
			.vector = PF_VECTOR,
			.has_error = true,
			.error = error,
			.has_payload = true,
			.payload = gva,
		};
	return 1;
}

static inline void walk_add_rights(const struct walk_mode *m, int level, u64 entry,
				   struct walk_rights *r)
{
	if (m->format == WALK_PAE && level == 3)
		return;
	r->user &= !!(entry & GPTE_USER);
	r->write &= !!(entry & GPTE_WRITE);
	if (m->format != WALK_32)
		r->nx |= !!(entry & GPTE_NX);
}

/* Physical address of the top table. */
static inline u64 walk_root(const struct walk_mode *m)
{
	switch (m->format) {
	case WALK_PAE:
		return m->root & GENMASK_ULL(31, 5);
	case WALK_LONG:
		return m->root & GENMASK_ULL(51, 12);
	default:
		return m->root & GENMASK_ULL(31, 12);
	}
}

/*
 * From the top to the leaf: 0 and @path, @level of the leaf and @r; 1 with
 * @fault; -EFAULT.
 */
static __always_inline int walk_down(const struct walk_mode *m, const struct walk_memory *mem,
				     void *ctx, u64 gva, u8 access, struct walk_path *path,
				     int *level, struct walk_rights *r, struct hull_fault *fault)
{
	unsigned int size = walk_entry_size(m), bits = walk_index_bits(m);
	u64 table = walk_root(m), entry = 0;
	int at;

	*r = (struct walk_rights){ .user = true, .write = true };
	path->nr = 0;
	for (at = m->levels; ; at--) {
		u64 index = gva >> walk_shift(m, at);
		u64 gpa;

		index &= m->format == WALK_PAE && at == 3 ? 3 : (1u << bits) - 1;
		gpa = table + index * size;
		if (at == 3 && m->use_pdptr)
			entry = m->pdptr[index];
		else if (mem->read(ctx, gpa, size, &entry))
			return -EFAULT;

		if (!(entry & GPTE_PRESENT))
			return walk_fault(fault, gva, walk_access_error(m, access));
		if (entry & walk_reserved(m, at, entry))
			return walk_fault(fault, gva, PF_PRESENT | PF_RESERVED |
					  walk_access_error(m, access));
		walk_add_rights(m, at, entry, r);
		if (m->format != WALK_PAE || at < 3) {
			path->gpa[path->nr] = gpa;
			path->entry[path->nr++] = entry;
		}
		if (walk_is_leaf(m, at, entry))
			break;
		table = walk_address(m, at, entry);
	}
	r->pkey = m->format == WALK_LONG ? entry >> GPTE_PKEY_SHIFT & 0xf : 0;
	*level = at;
	return 0;
}

/* Set accessed and dirty bits: 0, 1 when an entry changed meanwhile. */
static __always_inline int walk_mark(const struct walk_mode *m, const struct walk_memory *mem,
				     void *ctx, bool write, struct walk_path *path)
{
	unsigned int i, size = walk_entry_size(m);

	for (i = 0; i < path->nr; i++) {
		u64 old = path->entry[i], new = old | GPTE_ACCESSED;

		if (write && i == path->nr - 1)
			new |= GPTE_DIRTY;
		if (new != old && mem->update(ctx, path->gpa[i], size, old, new) == 1)
			return 1;
	}
	return 0;
}

/* As hull_walk(), and @path; 2: the tables changed under the walk, walk again. */
static __always_inline int walk_once(const struct walk_mode *m, const struct walk_memory *mem,
				     void *ctx, u64 gva, u8 access, bool debug,
				     struct hull_walk *w, struct walk_path *path,
				     struct hull_fault *fault)
{
	bool user = walk_user_access(access);
	struct walk_rights rights;
	int level, r;
	u64 offset;
	u32 error;

	r = walk_down(m, mem, ctx, gva, access, path, &level, &rights, fault);
	if (r)
		return r;
	if (!debug) {
		error = walk_denied(m, &rights, access);
		if (error)
			return walk_fault(fault, gva, error);
		if (walk_mark(m, mem, ctx, access & HULL_ACC_WRITE, path))
			return 2;
	}
	w->page_size = 1ull << walk_shift(m, level);
	offset = gva & (w->page_size - 1);
	w->gpa = (walk_address(m, level, path->entry[path->nr - 1]) & ~(w->page_size - 1)) | offset;
	w->user = rights.user;
	w->writable = walk_may_write(m, &rights, user) &&
		      !walk_pkey_denied(m, &rights, HULL_ACC_WRITE | (access & HULL_ACC_USER));
	return 0;
}

#endif
