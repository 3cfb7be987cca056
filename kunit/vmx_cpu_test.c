// SPDX-License-Identifier: GPL-2.0
/*
 * A CPU's way into VMX operation and out of it, and the regions that are active there,
 * on a CPU with VMX.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/smp.h>
#include <asm/processor-flags.h>
#include <asm/tlbflush.h>
#include "../core/backend.h"
#include "../core/owner.h"
#include "../vmx/vmx.h"
#include "vmptrst.h"

struct two_regions {
	struct vmx_vmcs a, b;
};

static void free_regions(struct two_regions *r)
{
	vmx_vmcs_free(&r->a);
	vmx_vmcs_free(&r->b);
}

static int regions_init(struct kunit *test)
{
	struct two_regions *r;
	int ret;

	if (hull_backend != &hull_vmx_backend)
		kunit_skip(test, "needs VMX");
	r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	ret = vmx_vmcs_alloc(&r->a) ?: vmx_vmcs_alloc(&r->b) ?: hull_owner_get();
	if (ret)
		free_regions(r);
	else
		test->priv = r;
	return ret;
}

static void regions_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	free_regions(test->priv);
	hull_owner_put();
}

/* Both active here, the second one current; interrupts off afterwards. */
static struct two_regions *load_both(struct kunit *test)
{
	struct two_regions *r = test->priv;

	preempt_disable();
	KUNIT_EXPECT_TRUE(test, vmx_vmcs_load(&r->a));
	KUNIT_EXPECT_TRUE(test, vmx_vmcs_load(&r->b));
	KUNIT_EXPECT_EQ(test, vmptrst(), r->b.pa);
	r->a.launched = true;
	r->b.launched = true;
	local_irq_disable();
	return r;
}

static void unload_both(void)
{
	vmx_vmcs_clear_all_but(NULL);
	local_irq_enable();
	preempt_enable();
}

static void expect_clear(struct kunit *test, const struct vmx_vmcs *vmcs)
{
	KUNIT_EXPECT_EQ(test, vmcs->cpu, -1);
	KUNIT_EXPECT_FALSE(test, vmcs->launched);
	KUNIT_EXPECT_TRUE(test, list_empty(&vmcs->active));
	KUNIT_EXPECT_FALSE(test, vmx_vmcs_is_current(vmcs));
}

static void clear_all(struct kunit *test)
{
	struct two_regions *r = load_both(test);

	vmx_vmcs_clear_all_but(NULL);
	expect_clear(test, &r->a);
	expect_clear(test, &r->b);
	KUNIT_EXPECT_EQ(test, vmptrst(), ~0ULL);
	unload_both();
}

static void clear_all_but_current(struct kunit *test)
{
	struct two_regions *r = load_both(test);

	vmx_vmcs_clear_all_but(&r->b);
	expect_clear(test, &r->a);
	KUNIT_EXPECT_EQ(test, r->b.cpu, smp_processor_id());
	KUNIT_EXPECT_TRUE(test, r->b.launched);
	KUNIT_EXPECT_TRUE(test, vmx_vmcs_is_current(&r->b));
	KUNIT_EXPECT_EQ(test, vmptrst(), r->b.pa);
	unload_both();
}

/* VMCLEAR of the current region leaves none current, so that it shows for each. */
static void clear_all_emergency(struct kunit *test)
{
	struct two_regions *r = load_both(test);

	vmx_vmcs_clear_all_emergency();
	KUNIT_EXPECT_EQ(test, vmptrst(), ~0ULL);
	KUNIT_EXPECT_TRUE(test, vmx_vmptrld(r->a.pa));
	vmx_vmcs_clear_all_emergency();
	KUNIT_EXPECT_EQ(test, vmptrst(), ~0ULL);
	unload_both();
}

/* The NMI has come in the middle of a change of the list. */
static void clear_emergency_in_change(struct kunit *test)
{
	load_both(test);
	this_cpu_write(vmx_active_regions.changing, true);
	vmx_vmcs_clear_all_emergency();
	this_cpu_write(vmx_active_regions.changing, false);
	KUNIT_EXPECT_EQ(test, vmptrst(), ~0ULL);
	unload_both();
}

static bool vmxe(void)
{
	return cr4_read_shadow() & X86_CR4_VMXE && __read_cr4() & X86_CR4_VMXE;
}

/* The next kernel finds CR4 as the first one did. */
static void emergency(struct kunit *test)
{
	load_both(test);
	KUNIT_EXPECT_TRUE(test, vmxe());
	backend_cpu_emergency();
	KUNIT_EXPECT_FALSE(test, vmxe());
	KUNIT_EXPECT_EQ(test, backend_cpu_enable(), 0);
	KUNIT_EXPECT_TRUE(test, vmxe());
	unload_both();
}

static struct kunit_case region_cases[] = {
	KUNIT_CASE(clear_all),
	KUNIT_CASE(clear_all_but_current),
	KUNIT_CASE(clear_all_emergency),
	KUNIT_CASE(clear_emergency_in_change),
	KUNIT_CASE(emergency),
	{}
};

static struct kunit_suite region_suite = {
	.name = "hull_vmx_regions",
	.init = regions_init,
	.exit = regions_exit,
	.test_cases = region_cases,
};

static void look(void *result)
{
	*(bool *)result = vmxe();
}

static void expect_vmxe(struct kunit *test, bool want)
{
	bool is;
	int cpu;

	for_each_online_cpu(cpu) {
		is = !want;
		KUNIT_EXPECT_EQ(test, smp_call_function_single(cpu, look, &is, true), 0);
		KUNIT_EXPECT_EQ_MSG(test, is, want, "CPU %d", cpu);
	}
}

static void on_while_vms_live(struct kunit *test)
{
	if (hull_backend != &hull_vmx_backend)
		kunit_skip(test, "needs VMX");
	expect_vmxe(test, false);
	KUNIT_ASSERT_EQ(test, hull_owner_get(), 0);
	expect_vmxe(test, true);
	KUNIT_EXPECT_EQ(test, hull_owner_get(), 0);
	hull_owner_put();
	expect_vmxe(test, true);
	hull_owner_put();
	expect_vmxe(test, false);
}

static struct kunit_case on_cases[] = {
	KUNIT_CASE(on_while_vms_live),
	{}
};

static struct kunit_suite on_suite = {
	.name = "hull_vmx_on",
	.test_cases = on_cases,
};

kunit_test_suites(&region_suite, &on_suite);
