/* SPDX-License-Identifier: GPL-2.0 */
/* A VM with one vCPU, on the backend that is installed, for a suite's init and exit. */
#ifndef HULL_KUNIT_TEST_VM_H
#define HULL_KUNIT_TEST_VM_H

#include <kunit/test.h>
#include "../core/vcpu.h"
#include "../core/vm.h"

struct test_vm {
	struct hull_vm *vm;
	struct hull_vcpu *vcpu;
	int fd;
};

/* Gives the test's thread an address space, too: a VM belongs to one. */
int test_vm_create(struct kunit *test, struct test_vm *t);
void test_vm_destroy(struct test_vm *t);
/* A suite's init and exit, with the VM in test->priv. */
int test_vm_init(struct kunit *test);
void test_vm_exit(struct kunit *test);
/* KVM_RUN; the vCPU's lock is taken. */
int test_vm_run(struct hull_vcpu *vcpu);

#endif
