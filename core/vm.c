// SPDX-License-Identifier: GPL-2.0
/*
 * A VM's life.
 *
 * References: the VM's file holds one, and so does the file of each vCPU. A
 * vCPU lives as long as its VM, also when its own file is closed; whoever
 * holds a reference to the VM may use its vCPUs.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "backend.h"
#include "cpu/tsc.h"
#include "ioctl.h"
#include "owner.h"
#include "vcpu.h"
#include "vm.h"

static atomic_t next_id;

static LIST_HEAD(vms);
static DEFINE_MUTEX(vms_lock);	/* leaf */

static void vms_add(struct hull_vm *vm)
{
	mutex_lock(&vms_lock);
	list_add(&vm->node, &vms);
	mutex_unlock(&vms_lock);
}

static void vms_remove(struct hull_vm *vm)
{
	mutex_lock(&vms_lock);
	list_del(&vm->node);
	mutex_unlock(&vms_lock);
}

/* Threads are frozen at the border to user mode, where they hold no lock. */
void hull_vms_tsc_lost(u64 ticks)
{
	struct hull_vm *vm;

	list_for_each_entry(vm, &vms, node)
		hull_tsc_host_lost(vm, ticks);
}

void hull_vm_kill(struct hull_vm *vm, const char *what, const char *where)
{
	if (!xchg(&vm->dead, true))
		pr_err("VM %u is dead: %s in %s\n", vm->id, what, where);
	hull_vcpus_end(vm);
}

struct hull_vm *hull_vm_create(void)
{
	struct hull_vm *vm;
	int r;

	r = hull_owner_get();
	if (r)
		return ERR_PTR(r);

	vm = kvzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	if (!vm) {
		r = -ENOMEM;
		goto err_owner;
	}
	refcount_set(&vm->refs, 1);
	vm->id = atomic_inc_return(&next_id);
	mutex_init(&vm->lock);
	xa_init(&vm->vcpus);
	vm->mm = current->mm;
	mmgrab(vm->mm);
	hull_tsc_vm_init(vm);

	r = hull_mem_init(vm);
	if (r)
		goto err_mm;
	vms_add(vm);
	return vm;

err_mm:
	mmdrop(vm->mm);
	xa_destroy(&vm->vcpus);
	kvfree(vm);
err_owner:
	hull_owner_put();
	return ERR_PTR(r);
}

static void vm_destroy(struct hull_vm *vm)
{
	struct mm_struct *mm = vm->mm;

	vms_remove(vm);
	/* The MMU notifier asks all vCPUs to flush. */
	hull_mem_destroy(vm);
	hull_vcpu_destroy_all(vm);
	xa_destroy(&vm->vcpus);
	mutex_destroy(&vm->lock);
	kvfree(vm);
	mmdrop(mm);
	hull_owner_put();
}

void hull_vm_get(struct hull_vm *vm)
{
	refcount_inc(&vm->refs);
}

void hull_vm_put(struct hull_vm *vm)
{
	if (refcount_dec_and_test(&vm->refs))
		vm_destroy(vm);
}

struct hull_vcpu *hull_vm_find_vcpu(struct hull_vm *vm, u32 id)
{
	return xa_load(&vm->vcpus, id);
}

static int vm_release(struct inode *inode, struct file *file)
{
	hull_vm_put(file->private_data);
	return 0;
}

/* A VM belongs to the address space that made it, and ends with a contradiction. */
static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct hull_vm *vm = file->private_data;

	if (vm->mm != current->mm || READ_ONCE(vm->dead))
		return -EIO;
	return hull_ioctl_dispatch(&hull_vm_ioctls, vm, cmd, arg);
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.release = vm_release,
	.unlocked_ioctl = vm_ioctl,
	.llseek = noop_llseek,
};

int hull_vm_open(unsigned long type)
{
	struct hull_vm *vm;
	int fd;

	if (type)
		return -EINVAL;
	vm = hull_vm_create();
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	fd = anon_inode_getfd("hull-vm", &vm_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		hull_vm_put(vm);
	return fd;
}
