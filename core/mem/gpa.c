// SPDX-License-Identifier: GPL-2.0
/*
 * hull's own accesses to guest-physical memory.
 *
 * They go through the owner's address space: whoever is in one of the VM's
 * ioctls runs in it, so an access is an ordinary one to user memory, which
 * brings pages in, breaks copy-on-write and needs no page reference.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include "../vcpu.h"
#include "s2.h"
#include "slot.h"

/* The slot of @gpa, and in @len how much of it lies in there. */
static const struct hull_slot *slot_at(struct hull_vm *vm, u64 gpa, size_t *len)
{
	const struct hull_slot *slot = hull_find_slot(vm, gpa >> PAGE_SHIFT);

	if (slot)
		*len = min_t(u64, *len, (hull_slot_end(slot) << PAGE_SHIFT) - gpa);
	return slot;
}

static void __user *slot_address(const struct hull_slot *slot, u64 gpa)
{
	return (void __user *)(hull_slot_hva(slot, gpa >> PAGE_SHIFT) + offset_in_page(gpa));
}

/* 0 or -EFAULT, for the sizes that instructions have. */
static __always_inline int read_small(void *buf, void __user *from, size_t len)
{
	switch (len) {
	case 1:
		return __get_user(*(u8 *)buf, (u8 __user *)from);
	case 2:
		return __get_user(*(u16 *)buf, (u16 __user *)from);
	case 4:
		return __get_user(*(u32 *)buf, (u32 __user *)from);
	case 8:
		return __get_user(*(u64 *)buf, (u64 __user *)from);
	default:
		return __copy_from_user(buf, from, len) ? -EFAULT : 0;
	}
}

static __always_inline int write_small(void __user *to, const void *buf, size_t len)
{
	switch (len) {
	case 1:
		return __put_user(*(const u8 *)buf, (u8 __user *)to);
	case 2:
		return __put_user(*(const u16 *)buf, (u16 __user *)to);
	case 4:
		return __put_user(*(const u32 *)buf, (u32 __user *)to);
	case 8:
		return __put_user(*(const u64 *)buf, (u64 __user *)to);
	default:
		return __copy_to_user(to, buf, len) ? -EFAULT : 0;
	}
}

int hull_gpa_read(struct hull_vm *vm, u64 gpa, void *buf, size_t len)
{
	while (len) {
		size_t part = len;
		const struct hull_slot *slot = slot_at(vm, gpa, &part);

		if (!slot || read_small(buf, slot_address(slot, gpa), part))
			return -EFAULT;
		gpa += part;
		buf += part;
		len -= part;
	}
	return 0;
}

/* [gpa, gpa + len) in @slot was written, and @len is not 0. */
static void mark_range(const struct hull_slot *slot, u64 gpa, size_t len)
{
	u64 gfn, last = (gpa + len - 1) >> PAGE_SHIFT;

	for (gfn = gpa >> PAGE_SHIFT; slot->dirty && gfn <= last; gfn++)
		hull_slot_mark_dirty(slot, gfn);
}

int hull_gpa_write(struct hull_vm *vm, u64 gpa, const void *buf, size_t len)
{
	while (len) {
		size_t part = len;
		const struct hull_slot *slot = slot_at(vm, gpa, &part);
		int r;

		if (!slot || !hull_slot_writable(slot))
			return -EFAULT;
		r = write_small(slot_address(slot, gpa), buf, part);
		/* Part of it may have been written even so. */
		mark_range(slot, gpa, part);
		if (r)
			return -EFAULT;
		gpa += part;
		buf += part;
		len -= part;
	}
	return 0;
}

int hull_gpa_read_atomic(struct hull_vm *vm, u64 gpa, void *buf, size_t len)
{
	int r = 0;

	pagefault_disable();
	while (len && !r) {
		size_t part = len;
		const struct hull_slot *slot = slot_at(vm, gpa, &part);

		if (!slot || __copy_from_user_inatomic(buf, slot_address(slot, gpa), part))
			r = -EFAULT;
		gpa += part;
		buf += part;
		len -= part;
	}
	pagefault_enable();
	return r;
}

bool hull_gpa_is_memory(struct hull_vm *vm, u64 gpa, bool write)
{
	const struct hull_slot *slot = hull_find_slot(vm, gpa >> PAGE_SHIFT);

	return slot && (!write || hull_slot_writable(slot));
}

/* One size of compare-and-exchange: 0, 1 no match, -EFAULT. */
#define CMPXCHG_USER(type)						\
static int cmpxchg_##type(void __user *at, const void *old, const void *new) \
{									\
	type expected = *(const type *)old;				\
									\
	return __try_cmpxchg_user((type __user *)at, &expected,		\
				  *(const type *)new, fault);		\
}
CMPXCHG_USER(u8)
CMPXCHG_USER(u16)
CMPXCHG_USER(u32)
CMPXCHG_USER(u64)
#undef CMPXCHG_USER

/* The kernel has no accessor of this size for user memory: map the page. */
static int cmpxchg_16(void __user *at, const void *old, const void *new)
{
	const u64 *o = old, *n = new;
	u64 low = o[0], high = o[1];
	struct page *page;
	void *map;
	bool same;

	if (get_user_pages_fast((unsigned long)at, 1, FOLL_WRITE, &page) != 1)
		return -EFAULT;
	map = kmap_local_page(page);
	asm volatile("lock cmpxchg16b %1"
		     : "=@ccz" (same), "+m" (*(u8 (*)[16])(map + offset_in_page(at))),
		       "+a" (low), "+d" (high)
		     : "b" (n[0]), "c" (n[1])
		     : "memory");
	kunmap_local(map);
	set_page_dirty_lock(page);
	put_page(page);
	return !same;
}

/*
 * A locked access across cache lines would trap in the kernel where split locks
 * are detected: it loses its atomicity.
 */
static int cmpxchg_split(void __user *at, const void *old, const void *new, size_t len)
{
	u8 now[16];

	if (__copy_from_user(now, at, len))
		return -EFAULT;
	if (memcmp(now, old, len))
		return 1;
	return __copy_to_user(at, new, len) ? -EFAULT : 0;
}

static bool crosses_line(u64 gpa, size_t len)
{
	return (gpa ^ (gpa + len - 1)) & ~((u64)cache_line_size() - 1);
}

int hull_gpa_cmpxchg(struct hull_vm *vm, u64 gpa, const void *old,
		     const void *new, size_t len)
{
	const struct hull_slot *slot = hull_find_slot(vm, gpa >> PAGE_SHIFT);
	void __user *at;
	int r;

	if (!slot || !hull_slot_writable(slot))
		return -EFAULT;
	if (offset_in_page(gpa) + len > PAGE_SIZE)
		return -EFAULT;
	at = slot_address(slot, gpa);
	if (crosses_line(gpa, len) || (len == 16 && !IS_ALIGNED(gpa, 16)))
		r = cmpxchg_split(at, old, new, len);
	else if (len == 1)
		r = cmpxchg_u8(at, old, new);
	else if (len == 2)
		r = cmpxchg_u16(at, old, new);
	else if (len == 4)
		r = cmpxchg_u32(at, old, new);
	else if (len == 8)
		r = cmpxchg_u64(at, old, new);
	else if (len == 16)
		r = cmpxchg_16(at, old, new);
	else
		r = -EFAULT;
	if (!r)
		hull_slot_mark_dirty(slot, gpa >> PAGE_SHIFT);
	return r;
}
