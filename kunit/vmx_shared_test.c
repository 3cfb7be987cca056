// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of KVM's current VMCS while hull has the CPU, on a CPU with VMX.  The
 * module of KVM's is one of the test's, with KVM's one symbol.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include "../core/backend.h"
#include "../core/owner.h"
#include "../vmx/vmx.h"
#include "vmptrst.h"

static DEFINE_PER_CPU(void *, kvms_current);

static Elf_Sym symbols[] = { { .st_name = 1 }, { .st_name = 15 } };
static struct mod_kallsyms table = {
	.symtab = symbols,
	.strtab = (char *)"\0some_function\0current_vmcs",
};
static struct module kvm = {
	.name = "kvm_of_test",
};

struct regions {
	struct vmx_vmcs kvm, hull;
	u64 current_after;
	bool loaded;
};

static int shared_init(struct kunit *test)
{
	struct regions *r;
	int ret;

	if (hull_backend != &hull_vmx_backend)
		kunit_skip(test, "needs VMX");
	r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	test->priv = r;
	ret = vmx_vmcs_alloc(&r->kvm) ?: vmx_vmcs_alloc(&r->hull) ?: hull_owner_get();
	if (ret) {
		vmx_vmcs_free(&r->kvm);
		vmx_vmcs_free(&r->hull);
		return ret;
	}
	symbols[1].st_value = (unsigned long)&kvms_current;
	table.num_symtab = ARRAY_SIZE(symbols);
	RCU_INIT_POINTER(kvm.kallsyms, &table);
	return 0;
}

static void shared_exit(struct kunit *test)
{
	struct regions *r = test->priv;

	if (!r)
		return;
	vmx_vmcs_free(&r->hull);
	vmx_vmcs_free(&r->kvm);
	hull_owner_put();
}

/* @taken: KVM takes its VMCS away meanwhile */
static void share(struct regions *r, bool taken)
{
	preempt_disable();
	vmx_vmclear(r->kvm.pa);
	vmx_vmptrld(r->kvm.pa);
	this_cpu_write(kvms_current, r->kvm.region);

	r->loaded = vmx_vmcs_load(&r->hull);
	if (taken) {
		vmx_vmclear(r->kvm.pa);
		this_cpu_write(kvms_current, NULL);
	}
	vmx_shared_leave(&r->hull);

	r->current_after = vmptrst();
	vmx_vmclear(r->kvm.pa);
	preempt_enable();
}

static void comes_back(struct kunit *test)
{
	struct regions *r = test->priv;

	KUNIT_ASSERT_EQ(test, vmx_share(&kvm), 0);
	share(r, false);
	KUNIT_EXPECT_TRUE(test, r->loaded);
	KUNIT_EXPECT_EQ(test, r->current_after, r->kvm.pa);
}

/* It may be active on another CPU by now. */
static void taken_meanwhile(struct kunit *test)
{
	struct regions *r = test->priv;

	KUNIT_ASSERT_EQ(test, vmx_share(&kvm), 0);
	share(r, true);
	KUNIT_EXPECT_EQ(test, r->current_after, ~0ULL);
}

static void not_told(struct kunit *test)
{
	table.num_symtab = 1;
	KUNIT_EXPECT_EQ(test, vmx_share(&kvm), -EOPNOTSUPP);
}

static struct kunit_case shared_cases[] = {
	KUNIT_CASE(comes_back),
	KUNIT_CASE(taken_meanwhile),
	KUNIT_CASE(not_told),
	{}
};

static struct kunit_suite shared_suite = {
	.name = "hull_vmx_shared",
	.init = shared_init,
	.exit = shared_exit,
	.test_cases = shared_cases,
};

kunit_test_suite(shared_suite);
