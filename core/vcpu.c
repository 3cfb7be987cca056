// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU's life, its descriptor, and its coming and going on physical CPUs.
 */
#include <linux/anon_inodes.h>
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <trace/events/ipi.h>
#include "backend.h"
#include "barrier.h"
#include "cpu/cpuid.h"
#include "cpu/debug.h"
#include "cpu/msr.h"
#include "cpu/tsc.h"
#include "cpu/xstate.h"
#include "dev.h"
#include "emulate.h"
#include "ioctl.h"
#include "vcpu.h"

/* The vCPU that is loaded on this CPU. */
static DEFINE_PER_CPU(struct hull_vcpu *, current_vcpu);
/* Scratch space of hull_request_all(), with preemption off. */
static DEFINE_PER_CPU(cpumask_var_t, kick_mask);

static struct kmem_cache *vcpu_cache;

struct hull_vcpu *hull_current_vcpu(void)
{
	return this_cpu_read(current_vcpu);
}

/* Load and put. */

static void load_on(struct hull_vcpu *vcpu, int cpu)
{
	vcpu->cpu = cpu;
	__this_cpu_write(current_vcpu, vcpu);
	backend_vcpu_load(vcpu, cpu);
}

static void put_from(struct hull_vcpu *vcpu)
{
	backend_vcpu_put(vcpu);
	__this_cpu_write(current_vcpu, NULL);
	vcpu->cpu = -1;
}

static void sched_in(struct preempt_notifier *notifier, int cpu)
{
	load_on(container_of(notifier, struct hull_vcpu, preempt), cpu);
}

static void sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	put_from(container_of(notifier, struct hull_vcpu, preempt));
}

static struct preempt_ops preempt_ops = {
	.sched_in = sched_in,
	.sched_out = sched_out,
};

void hull_vcpu_load(struct hull_vcpu *vcpu)
{
	preempt_disable();
	load_on(vcpu, smp_processor_id());
}

void __hull_vcpu_preemptible(struct hull_vcpu *vcpu)
{
	preempt_notifier_register(&vcpu->preempt);
	vcpu->preemptible = true;
	preempt_enable();
}

void hull_vcpu_put(struct hull_vcpu *vcpu)
{
	if (vcpu->preemptible) {
		preempt_disable();
		preempt_notifier_unregister(&vcpu->preempt);
		vcpu->preemptible = false;
	}
	put_from(vcpu);
	preempt_enable();
}

/* Requests. */

/* The interrupt itself has ended the stay in the guest. */
static void ack_kick(void *unused)
{
}

void hull_request_all(struct hull_vm *vm, enum hull_request req)
{
	struct hull_vcpu *vcpu;
	struct cpumask *mask;
	unsigned long id;
	int cpu;

	preempt_disable();
	mask = this_cpu_cpumask_var_ptr(kick_mask);
	cpumask_clear(mask);
	hull_for_each_vcpu(id, vcpu, vm) {
		hull_request(vcpu, req);
		if (atomic_read(&vcpu->state) != HULL_VCPU_RUNNING)
			continue;
		cpu = READ_ONCE(vcpu->cpu);
		if (cpu >= 0)
			cpumask_set_cpu(cpu, mask);
	}
	smp_call_function_many(mask, ack_kick, NULL, true);
	preempt_enable();
}

void hull_vcpus_end(struct hull_vm *vm)
{
	struct hull_vcpu *vcpu;
	unsigned long id;
	int cpu;

	preempt_disable();
	hull_for_each_vcpu(id, vcpu, vm) {
		hull_request(vcpu, HULL_REQ_VM_DEAD);
		if (atomic_read(&vcpu->state) != HULL_VCPU_RUNNING)
			continue;
		cpu = READ_ONCE(vcpu->cpu);
		if (cpu >= 0 && cpu != smp_processor_id())
			smp_send_reschedule(cpu);
	}
	preempt_enable();
}

/* Creation and destruction. */

static void vcpu_free(struct hull_vcpu *vcpu)
{
	hull_cpuid_free(vcpu);
	hull_msrs_free(vcpu);
	hull_fpu_free(vcpu);
	free_page((unsigned long)vcpu->pio_data);
	free_page((unsigned long)vcpu->run);
	mutex_destroy(&vcpu->lock);
	kmem_cache_free(vcpu_cache, vcpu);
}

static struct hull_vcpu *vcpu_alloc(struct hull_vm *vm, u32 id)
{
	struct hull_vcpu *vcpu = kmem_cache_zalloc(vcpu_cache, GFP_KERNEL_ACCOUNT);
	int r;

	BUILD_BUG_ON(sizeof(struct kvm_run) > PAGE_SIZE);
	if (!vcpu)
		return ERR_PTR(-ENOMEM);
	mutex_init(&vcpu->lock);
	preempt_notifier_init(&vcpu->preempt, &preempt_ops);
	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->cpu = -1;
	vcpu->exit_cpu = -1;
	atomic_set(&vcpu->state, HULL_VCPU_CREATED);

	r = -ENOMEM;
	vcpu->run = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vcpu->pio_data = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vcpu->run || !vcpu->pio_data)
		goto err;
	r = hull_cpuid_init(vcpu);
	if (!r)
		r = hull_msrs_init(vcpu);
	if (!r)
		r = hull_fpu_init(vcpu);
	if (r)
		goto err;
	hull_tsc_vcpu_init(vcpu);
	hull_emulate_init(vcpu);
	return vcpu;
err:
	vcpu_free(vcpu);
	return ERR_PTR(r);
}

static void vcpu_destroy(struct hull_vcpu *vcpu)
{
	backend_vcpu_destroy(vcpu);
	hull_branch_barrier_forget(vcpu);
	vcpu_free(vcpu);
}

void hull_vcpu_destroy_all(struct hull_vm *vm)
{
	struct hull_vcpu *vcpu;
	unsigned long id;

	hull_for_each_vcpu(id, vcpu, vm) {
		int state = atomic_read(&vcpu->state);

		hull_vm_bug_on(vm, hull_vcpu_transition(&vcpu->state, state,
							HULL_VCPU_INVALID));
		xa_erase(&vm->vcpus, id);
		vcpu_destroy(vcpu);
	}
}

static int vcpu_release(struct inode *inode, struct file *file)
{
	struct hull_vcpu *vcpu = file->private_data;

	hull_vm_put(vcpu->vm);
	return 0;
}

static vm_fault_t vcpu_fault(struct vm_fault *vmf)
{
	struct hull_vcpu *vcpu = vmf->vma->vm_file->private_data;
	void *pages[HULL_RUN_PAGES] = { vcpu->run, vcpu->pio_data };

	if (vmf->pgoff >= HULL_RUN_PAGES)
		return VM_FAULT_SIGBUS;
	vmf->page = virt_to_page(pages[array_index_nospec(vmf->pgoff, HULL_RUN_PAGES)]);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct vcpu_vm_ops = {
	.fault = vcpu_fault,
};

static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &vcpu_vm_ops;
	return 0;
}

static long vcpu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct hull_vcpu *vcpu = file->private_data;

	if (vcpu->vm->mm != current->mm || READ_ONCE(vcpu->vm->dead))
		return -EIO;
	/* Not by way of the table: it is called more than all others. */
	if (cmd == KVM_RUN)
		return hull_vcpu_ioctl_run(vcpu, arg);
	return hull_ioctl_dispatch(&hull_vcpu_ioctls, vcpu, cmd, arg);
}

static const struct file_operations vcpu_fops = {
	.owner = THIS_MODULE,
	.release = vcpu_release,
	.unlocked_ioctl = vcpu_ioctl,
	.mmap = vcpu_mmap,
	.llseek = noop_llseek,
};

/* Reserve a place in the VM, so that concurrent creations cannot exceed the limit. */
static int vcpu_reserve(struct hull_vm *vm, unsigned long id)
{
	int r = -EINVAL;

	if (id >= HULL_MAX_VCPU_ID)
		return -EINVAL;
	mutex_lock(&vm->lock);
	if (vm->nr_vcpus < HULL_MAX_VCPUS) {
		if (!vm->max_vcpu_id)
			vm->max_vcpu_id = HULL_MAX_VCPU_ID;
		if (id < vm->max_vcpu_id) {
			vm->nr_vcpus++;
			r = 0;
		}
	}
	mutex_unlock(&vm->lock);
	return r;
}

/* The vCPU becomes visible, complete, together with its descriptor. */
static int vcpu_publish(struct hull_vcpu *vcpu)
{
	struct hull_vm *vm = vcpu->vm;
	char name[32];
	int r;

	mutex_lock(&vm->lock);
	r = xa_insert(&vm->vcpus, vcpu->id, vcpu, GFP_KERNEL_ACCOUNT);
	if (r) {
		r = r == -EBUSY ? -EEXIST : r;
		goto out;
	}
	r = hull_vcpu_transition(&vcpu->state, HULL_VCPU_CREATED, HULL_VCPU_FREE);
	if (r)
		goto err_erase;
	hull_vm_get(vm);
	snprintf(name, sizeof(name), "hull-vcpu:%u", vcpu->id);
	r = anon_inode_getfd(name, &vcpu_fops, vcpu, O_RDWR | O_CLOEXEC);
	if (r < 0)
		goto err_put;
	goto out;
err_put:
	/* Not the last reference: the caller holds the VM's file. */
	hull_vm_put(vm);
err_erase:
	xa_erase(&vm->vcpus, vcpu->id);
	/* hull_request_all() may still look at it. */
	synchronize_rcu();
out:
	mutex_unlock(&vm->lock);
	return r;
}

int hull_vcpu_create(struct hull_vm *vm, unsigned long id)
{
	struct hull_vcpu *vcpu;
	int r;

	r = vcpu_reserve(vm, id);
	if (r)
		return r;
	vcpu = vcpu_alloc(vm, id);
	r = PTR_ERR_OR_ZERO(vcpu);
	if (r)
		goto err_count;
	r = backend_vcpu_init(vcpu);
	if (r) {
		vcpu_free(vcpu);
		goto err_count;
	}

	mutex_lock(&vcpu->lock);
	hull_vcpu_load(vcpu);
	hull_vcpu_preemptible(vcpu);
	hull_vcpu_reset(vcpu, false);
	hull_vcpu_put(vcpu);
	mutex_unlock(&vcpu->lock);

	r = vcpu_publish(vcpu);
	if (r >= 0)
		return r;
	vcpu_destroy(vcpu);
err_count:
	mutex_lock(&vm->lock);
	vm->nr_vcpus--;
	mutex_unlock(&vm->lock);
	return r;
}

void hull_cache_regs(struct hull_vcpu *vcpu, u32 mask)
{
	mask &= ~vcpu->regs_avail;
	backend_cache_regs(vcpu, mask);
	vcpu->regs_avail |= mask;
}

int hull_vcpu_setup(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (!zalloc_cpumask_var_node(&per_cpu(kick_mask, cpu), GFP_KERNEL,
					     cpu_to_node(cpu)))
			goto err;
	/* Guest memory is copied to and from the emulator's buffers. */
	vcpu_cache = kmem_cache_create_usercopy("hull_vcpu", hull_backend->vcpu_size,
						__alignof__(struct hull_vcpu), SLAB_ACCOUNT,
						offsetof(struct hull_vcpu, emul),
						sizeof_field(struct hull_vcpu, emul), NULL);
	if (!vcpu_cache)
		goto err;
	preempt_notifier_inc();
	return 0;
err:
	for_each_possible_cpu(cpu)
		free_cpumask_var(per_cpu(kick_mask, cpu));
	return -ENOMEM;
}

void hull_vcpu_teardown(void)
{
	int cpu;

	preempt_notifier_dec();
	kmem_cache_destroy(vcpu_cache);
	for_each_possible_cpu(cpu)
		free_cpumask_var(per_cpu(kick_mask, cpu));
}
