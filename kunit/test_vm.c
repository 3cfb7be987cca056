// SPDX-License-Identifier: GPL-2.0
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/mman.h>
#include "../core/run.h"
#include "test_vm.h"

int test_vm_create(struct kunit *test, struct test_vm *t)
{
	if (!kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_ANONYMOUS | MAP_PRIVATE, 0))
		return -ENOMEM;
	t->vm = hull_vm_create();
	if (IS_ERR(t->vm))
		return PTR_ERR(t->vm);
	t->fd = hull_vcpu_create(t->vm, 0);
	if (t->fd < 0) {
		hull_vm_put(t->vm);
		return t->fd;
	}
	t->vcpu = hull_vm_find_vcpu(t->vm, 0);
	return 0;
}

void test_vm_destroy(struct test_vm *t)
{
	close_fd(t->fd);
	/* The last reference to the VM must be ours. */
	flush_delayed_fput();
	hull_vm_put(t->vm);
}

int test_vm_init(struct kunit *test)
{
	struct test_vm *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	int r;

	if (!t)
		return -ENOMEM;
	r = test_vm_create(test, t);
	if (!r)
		test->priv = t;
	return r;
}

void test_vm_exit(struct kunit *test)
{
	if (test->priv)
		test_vm_destroy(test->priv);
}

int test_vm_run(struct hull_vcpu *vcpu)
{
	unsigned int tries = 100;
	int ret;

	mutex_lock(&vcpu->lock);
	/* The FPU's state is not kept for kernel threads, and no guest can have it. */
	current->flags &= ~PF_KTHREAD;
	do {
		/* What the tick wants done on the way to user mode waits for the exit. */
		clear_thread_flag(TIF_NOTIFY_RESUME);
		clear_thread_flag(TIF_NOTIFY_SIGNAL);
		ret = hull_vcpu_run(vcpu);
	} while (ret == -ERESTARTNOHAND && tries--);
	current->flags |= PF_KTHREAD;
	mutex_unlock(&vcpu->lock);
	return ret;
}
