/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One virtual machine.
 *
 * Locks, outermost first (Documentation/locking.rst):
 *   vm->lock  >  vcpu->lock  >  mem.slots_lock  >  mem.srcu (read)
 *   >  mem.s2.lock
 *
 * Tags of the fields: [I] set at creation, never changed; [L] vm->lock;
 * [S] written under mem.slots_lock, read under mem.srcu; [a] atomic.
 */
#ifndef HULL_CORE_VM_H
#define HULL_CORE_VM_H

#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/srcu.h>
#include <linux/xarray.h>
#include "mem/mem.h"
#include "stats.h"

struct file;
struct hull_vcpu;
struct mm_struct;

#define HULL_MAX_VCPUS		1024
#define HULL_MAX_VCPU_ID	4096

struct hull_vm {
	refcount_t refs;		/* [a] VM file, vCPU files */
	u32 id;				/* [I] for names and traces */
	struct mm_struct *mm;		/* [I] owner's address space, pinned */
	struct mutex lock;
	struct list_head node;		/* among all VMs; a lock in vm.c */

	struct xarray vcpus;		/* id to vCPU; inserts under [L] */
	u32 nr_vcpus;			/* [L] files alive or being made */
	u32 max_vcpu_id;		/* [L] ids are below it; 0: not chosen yet */
	u32 bsp_id;			/* [L] until the first vCPU, then [I] */

	struct hull_mem mem;		/* slots, second stage, notifier */

	bool dead;			/* a contradiction was found: EIO for all */

	struct hull_tsc_base {
		raw_spinlock_t lock;	/* leaf */
		u64 offset;		/* last offset a vCPU was given by a write */
		u64 write_tsc;		/* value of that write */
		u64 write_ns;		/* when */
		u32 write_khz;		/* frequency of that vCPU */
		bool user_set;		/* some write was user space's */
		u32 khz;		/* default for new vCPUs; without a lock */
		u32 generation;
	} tsc;
	u64 manual_dirty_protect;	/* [L] KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 */
	struct hull_vm_stats stats;
};

/* Mark a VM dead after a contradiction inside hull and log it once. */
#define hull_vm_bug_on(vm, cond)					\
({									\
	bool __cond = (cond);						\
									\
	if (unlikely(__cond))						\
		hull_vm_kill(vm, #cond, __func__);			\
	unlikely(__cond);						\
})
void hull_vm_kill(struct hull_vm *vm, const char *what, const char *where);

struct hull_vm *hull_vm_create(void);
void hull_vm_get(struct hull_vm *vm);
void hull_vm_put(struct hull_vm *vm);
int hull_vm_open(unsigned long type);
struct hull_vcpu *hull_vm_find_vcpu(struct hull_vm *vm, u32 id);
/*
 * On the way back from suspend, while no other CPU and no thread runs: the host's TSC
 * went back by @ticks.
 */
void hull_vms_tsc_lost(u64 ticks);

#define hull_for_each_vcpu(id, vcpu, vm)				\
	xa_for_each(&(vm)->vcpus, id, vcpu)

#endif
