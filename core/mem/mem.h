/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest memory: slots, the second-stage tables that follow the owner's
 * address space, and the dirty log.
 *
 * Conventions: gfn and pfn are page numbers of 4 KiB; ranges are [start, end).
 *
 * Slots are one immutable sorted set.  A change builds a new set, publishes it
 * under slots_lock, waits for the SRCU readers of the old one and frees it.
 * Every user of a slot or of an hva found through one is inside
 * srcu_read_lock(&mem->srcu); a vCPU is, all the while it is in KVM_RUN, but
 * for the moments when it sleeps or goes to user space.
 */
#ifndef HULL_CORE_MEM_MEM_H
#define HULL_CORE_MEM_MEM_H

#include <linux/kvm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/rwlock.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include "../compat/kvm_abi.h"
#include "../exit.h"
#include "s2_format.h"

struct hull_vm;
struct hull_vcpu;

#define HULL_MAX_SLOTS		32764

/**
 * struct hull_slot - one region of guest memory
 * @base_gfn: first page
 * @npages: length
 * @hva: where it is in the owner's address space
 * @flags: KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY
 * @id: slot number
 * @dirty: bitmap of written pages, NULL unless logging; set with atomic bit
 *	operations.  The structure is immutable but for the bitmap's contents;
 *	bitmaps outlive the set they were made for (they move to the next).
 */
struct hull_slot {
	u64 base_gfn;
	u64 npages;
	unsigned long hva;
	u32 flags;
	u32 id;
	unsigned long *dirty;
};

/**
 * struct hull_slots - the set (mem/slot.h)
 *
 * The set is searched by gfn and by hva (mem/slot.h).  Only who changes it
 * looks a slot up by its number: in hull_mem.ids, under slots_lock.
 */
struct hull_slots;

/**
 * struct hull_s2 - second-stage tables of a VM
 * @lock: read: install entries (by compare-and-exchange); write: everything
 *	that removes, write-protects or ages
 * @fmt: format of an entry [I]
 * @root: physical address of the root table [I]
 * @root_table: the same, mapped [I]
 * @levels: 4 or 5 [I]
 * @max_leaf: highest level at which an entry may map a page [I]
 * @large_exec: leaves above level 1 may be executable [I]
 * @host_write: software bit: the owner's mapping is writable [I]
 * @aged: software bit: present bits are taken away to see the next use [I]
 * @seq: raised by every MMU notifier invalidation (under @lock for write)
 * @in_progress: invalidations begun and not ended
 * @nr_tables: tables linked, the root included [a]
 */
struct hull_s2 {
	rwlock_t lock;
	const struct hull_s2_format *fmt;
	u64 root;
	u64 *root_table;
	u8 levels;
	u8 max_leaf;
	bool large_exec;
	u64 host_write;
	u64 aged;
	unsigned long seq;
	unsigned long in_progress;
	unsigned long range_start;	/* of the invalidations in progress */
	unsigned long range_end;
	atomic_long_t nr_tables;
};

struct hull_mem {
	struct mutex slots_lock;
	struct srcu_struct srcu;
	struct hull_slots __rcu *slots;	/* written under slots_lock */
	struct xarray ids;		/* slot number to slot; slots_lock */
	u64 npages;			/* sum over all slots; slots_lock */
	const struct hull_slot *leaving; /* in no set, but still mapped; s2.lock */
	struct mmu_notifier notifier;
	struct hull_s2 s2;
	bool ready;			/* hull_mem_init() succeeded */
};

/* Life.  hull_mem_init() registers the notifier on current->mm. */
int hull_mem_init(struct hull_vm *vm);
/* Drop all tables and slots; no vCPU runs any more.  Idempotent. */
void hull_mem_destroy(struct hull_vm *vm);
/* At module exit: wait until the last table of the last VM is freed. */
void hull_mem_exit(void);

/*
 * KVM_SET_USER_MEMORY_REGION(2), with KVM's rules and errors (API document,
 * section 4.35): add, delete, move, change flags.
 */
int hull_set_memory_region(struct hull_vm *vm,
			   const struct kvm_userspace_memory_region2 *region);
int hull_get_dirty_log(struct hull_vm *vm, const struct kvm_dirty_log *log);
int hull_clear_dirty_log(struct hull_vm *vm, const struct kvm_clear_dirty_log *log);

/* The slot that holds @gfn, or NULL.  Inside srcu. */
const struct hull_slot *hull_find_slot(struct hull_vm *vm, u64 gfn);

/*
 * The page was written: enter it in the dirty log, if its slot has one.  To be
 * called after the write.  Any context, inside srcu.
 */
void hull_mark_dirty(struct hull_vm *vm, u64 gfn);

/*
 * Copy to and from guest-physical memory, across pages and slots.  Process
 * context, may fault and sleep, inside srcu.  0, or -EFAULT when any byte is
 * not memory (or is in a read-only slot, for a write); then part of the bytes
 * may have been copied.  Writes mark pages dirty.
 */
int hull_gpa_read(struct hull_vm *vm, u64 gpa, void *buf, size_t len);
int hull_gpa_write(struct hull_vm *vm, u64 gpa, const void *buf, size_t len);
/*
 * Compare-and-exchange of 1, 2, 4, 8 or 16 bytes inside one page: 0 done, 1 the
 * old value did not match, -EFAULT not memory.
 */
int hull_gpa_cmpxchg(struct hull_vm *vm, u64 gpa, const void *old,
		     const void *new, size_t len);
/* Is @gpa in memory (and, for @write, in a writable slot)? */
bool hull_gpa_is_memory(struct hull_vm *vm, u64 gpa, bool write);
/* Read without sleeping: -EFAULT also when the page is not resident. */
int hull_gpa_read_atomic(struct hull_vm *vm, u64 gpa, void *buf, size_t len);

enum hull_s2_result {
	HULL_S2_MAPPED,		/* entry installed, or already there: re-enter */
	HULL_S2_MMIO,		/* no memory there: emulate as device access */
	HULL_S2_READONLY,	/* write to a read-only slot: emulate, as device */
	HULL_S2_ERROR,		/* @err says why: -EFAULT, -ENOMEM */
	HULL_S2_SIGNAL,		/* -EINTR: a signal came first */
};

/*
 * Handle a second-stage fault of @vcpu at @gpa for @access (HULL_ACC_READ,
 * WRITE, EXEC).  Process context, inside srcu, may sleep.
 */
enum hull_s2_result hull_s2_fault(struct hull_vcpu *vcpu, u64 gpa, u8 access,
				  int *err);
/*
 * Without sleeping: the fault needs nothing but a bit in an entry that is
 * already there (write protection of the dirty log, accessed tracking).
 * True: done, re-enter.  Interrupts may be off.
 */
bool hull_s2_fault_fast(struct hull_vcpu *vcpu, u64 gpa, u8 access);

/* Walk of the guest's own page tables (mem/walk.c). */

/**
 * struct hull_walk - a guest-virtual address, translated
 * @gpa: guest-physical address
 * @page_size: bytes of the guest's mapping
 * @writable: the mapping allows writes at this privilege
 * @user: it is a user mapping
 */
struct hull_walk {
	u64 gpa;
	u64 page_size;
	bool writable;
	bool user;
};

/*
 * Translate @gva in the vCPU's current paging mode (none, 32-bit, PAE, 4 or 5
 * levels; CR0.WP, NX, SMEP, SMAP, PKU) for @access (HULL_ACC_READ, WRITE, EXEC;
 * USER: at CPL 3; IMPLICIT: supervisor access whatever the CPL).
 * Sets accessed and dirty bits in the guest's tables as the hardware does.
 * 0, 1: @fault is the guest's #PF, -EFAULT: a table is not in memory.
 */
int hull_walk(struct hull_vcpu *vcpu, u64 gva, u8 access, struct hull_walk *w,
	      struct hull_fault *fault);
/**
 * struct hull_fetch_entry - an entry of a walk
 * @at: where it is
 * @value: its value, accessed bit set
 */
struct hull_fetch_entry {
	u64 __user *at;
	u64 value;
};

/**
 * struct hull_fetch_cache - the way to the page of the last instruction fetched
 * @page: its linear address
 * @generation: of the slots
 * @cr0, @cr3, @cr4, @efer, @access: what the walk depended on
 * @nr: entries of the walk; 0: the cache is empty
 * @entry: the entries
 * @host: the page
 *
 * It is used only while every entry still has its value, so that it never
 * answers other than a walk would.
 */
struct hull_fetch_cache {
	u64 page;
	u64 generation;
	u64 cr0, cr3, cr4, efer;
	u8 access;
	u8 nr;
	struct hull_fetch_entry entry[5];
	u8 __user *host;
};

/*
 * Read @len bytes of instructions at @gva, inside one page.  @access is
 * HULL_ACC_EXEC, with HULL_ACC_USER at CPL 3.  Results as hull_walk().
 */
int hull_fetch(struct hull_vcpu *vcpu, u64 gva, void *buf, size_t len, u8 access,
	       struct hull_fault *fault);
/* As hull_walk() without changing the guest's tables and without permission checks. */
int hull_walk_debug(struct hull_vcpu *vcpu, u64 gva, struct hull_walk *w);

/*
 * Copy through guest-virtual addresses, across pages.  Results as hull_walk();
 * -EFAULT also when the memory is a device or read-only.
 */
int hull_gva_read(struct hull_vcpu *vcpu, u64 gva, void *buf, size_t len,
		  u8 access, struct hull_fault *fault);
int hull_gva_write(struct hull_vcpu *vcpu, u64 gva, const void *buf, size_t len,
		   u8 access, struct hull_fault *fault);

#endif
