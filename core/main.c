// SPDX-License-Identifier: GPL-2.0
/*
 * Load and unload: pick the vendor, install its operations, build the tables
 * that depend on it, and show the device last.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <asm/processor.h>
#include "backend.h"
#include "cpu/cpuid.h"
#include "cpu/msr.h"
#include "dev.h"
#include "ioctl.h"
#include "mem/mem.h"
#include "owner.h"
#include "vcpu.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

const struct hull_backend *hull_backend;

#define OP_DEFINE(ret, name, params, args)				\
	DEFINE_STATIC_CALL_NULL(hull_op_##name, hull_op_##name##_t);
HULL_BACKEND_OPS(OP_DEFINE)
#undef OP_DEFINE

void hull_backend_install(const struct hull_backend *backend)
{
	hull_backend = backend;
#define OP_UPDATE(ret, op, params, args)				\
	static_call_update(hull_op_##op, backend->op);
	HULL_BACKEND_OPS(OP_UPDATE)
#undef OP_UPDATE
}

static const struct hull_backend *vendor_backend(void)
{
	switch (boot_cpu_data.x86_vendor) {
	case X86_VENDOR_AMD:
	case X86_VENDOR_HYGON:
		return &hull_svm_backend;
	case X86_VENDOR_INTEL:
	case X86_VENDOR_CENTAUR:
	case X86_VENDOR_ZHAOXIN:
		return &hull_vmx_backend;
	default:
		return NULL;
	}
}

/* Steps of loading, each with the one that undoes it. */
static const struct {
	int (*init)(void);
	void (*exit)(void);
} steps[] = {
	{ hull_vcpu_setup, hull_vcpu_teardown },
	{ hull_cpuid_setup, hull_cpuid_teardown },
	{ hull_msr_setup, hull_msr_teardown },
	{ hull_owner_init, hull_owner_exit },
	{ hull_dev_init, hull_dev_exit },
};

static void undo(int n)
{
	while (n--)
		steps[n].exit();
}

static int index_ioctls(void)
{
	return hull_ioctl_index(&hull_system_ioctls) ?:
	       hull_ioctl_index(&hull_vm_ioctls) ?:
	       hull_ioctl_index(&hull_vcpu_ioctls);
}

static int __init hull_init(void)
{
	const struct hull_backend *backend = vendor_backend();
	int r, i;

	if (!backend) {
		pr_err("the CPU is neither AMD's nor Intel's\n");
		return -EOPNOTSUPP;
	}
	r = index_ioctls();
	if (r)
		return r;
	r = backend->probe();
	if (r)
		return r;
	hull_backend_install(backend);
	r = backend->setup();
	if (r)
		return r;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		r = steps[i].init();
		if (r)
			goto err;
	}
	pr_info("ready on %s\n", backend->name);
	return 0;
err:
	undo(i);
	backend->teardown();
	return r;
}

static void __exit hull_exit(void)
{
	undo(ARRAY_SIZE(steps));
	hull_mem_exit();
	hull_backend->teardown();
}

module_init(hull_init);
module_exit(hull_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A hypervisor that speaks KVM's ABI");
