// SPDX-License-Identifier: GPL-2.0
/*
 * XSAVES in a guest, on VMX, where a control decides (SDM vol. 3, Changes to
 * Instruction Behavior in VMX Non-Root Operation).  The kernels of the rig's machines
 * have no use for XSAVES, and hull offers it on no such host.  The processor has it: the
 * control and the guest's feature are lent for the tests.
 */
#include <kunit/test.h>
#include <linux/kvm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/trapnr.h>
#include "../core/compat/kvm_abi.h"
#include "../core/cpu/cpuid.h"
#include "../core/cpu/xstate.h"
#include "../core/mem/mem.h"
#include "../vmx/vmx.h"
#include "test_vm.h"
#include "xsaves_guest.h"

#define GUEST_BASE	(SZ_4G - PAGE_SIZE)	/* with the reset vector in it */
#define RESET_OFFSET	0xff0
#define XCOMP_BV	520			/* in the area */

/* jmp to the start of the page */
static const u8 reset_code[] = { 0xe9, 0x0d, 0xf0 };

struct xsaves_test {
	struct test_vm vm;
	struct vmx_caps caps;
	bool offered;
	u8 __user *memory;
};

static int add_page(struct xsaves_test *x, u32 slot, u64 gpa)
{
	const struct kvm_userspace_memory_region2 region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = PAGE_SIZE,
		.userspace_addr = (unsigned long)x->memory,
	};

	return hull_set_memory_region(x->vm.vm, &region);
}

static int load_guest(struct kunit *test, struct xsaves_test *x)
{
	x->memory = (u8 __user *)kunit_vm_mmap(test, NULL, 0, PAGE_SIZE,
					       PROT_READ | PROT_WRITE,
					       MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (copy_to_user(x->memory, xsaves_code, xsaves_code_end - xsaves_code) ||
	    copy_to_user(x->memory + RESET_OFFSET, reset_code, sizeof(reset_code)))
		return -EFAULT;
	return add_page(x, 0, GUEST_BASE) ?: add_page(x, 1, XSAVES_PAGE);
}

static int xsaves_init(struct kunit *test)
{
	struct xsaves_test *x;
	u64 controls;
	int r;

	if (hull_backend != &hull_vmx_backend)
		kunit_skip(test, "needs VMX");
	rdmsrl(MSR_IA32_VMX_PROCBASED_CTLS2, controls);
	if (!(controls >> 32 & VMX_CPU2_XSAVES) || !boot_cpu_has(X86_FEATURE_XSAVE))
		kunit_skip(test, "this CPU has no XSAVES");
	x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	if (!x)
		return -ENOMEM;
	x->caps = vmx_caps;
	x->offered = vmx_hull_caps.xsaves;
	vmx_caps.xsaves = true;
	vmx_caps.control[VMX_CONTROL_CPU2].may |= VMX_CPU2_XSAVES;
	r = test_vm_create(test, &x->vm);
	if (r) {
		vmx_caps = x->caps;
		return r;
	}
	test->priv = x;
	return load_guest(test, x);
}

static void xsaves_exit(struct kunit *test)
{
	struct xsaves_test *x = test->priv;

	if (!x)
		return;
	test_vm_destroy(&x->vm);
	vmx_caps = x->caps;
}

/* A guest that has XSAVE, and XSAVES or not. */
static void set_features(struct kunit *test, struct hull_vcpu *vcpu, bool xsaves)
{
	const struct kvm_cpuid_entry2 entries[] = {
		{ .function = 0, .eax = 1 },
		{ .function = 1, .ecx = BIT(X86_FEATURE_XSAVE & 31) },
	};
	const struct kvm_cpuid2 head = { .nent = ARRAY_SIZE(entries) };
	void __user *user = (void __user *)kunit_vm_mmap(test, NULL, 0, PAGE_SIZE,
							 PROT_READ | PROT_WRITE,
							 MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_EQ(test, copy_to_user(user, entries, sizeof(entries)), 0);
	mutex_lock(&vcpu->lock);
	hull_vcpu_load(vcpu);
	hull_vcpu_preemptible(vcpu);
	KUNIT_EXPECT_EQ(test, hull_set_cpuid2(vcpu, &head, user), 0);
	assign_bit(HULL_FEAT_XSAVES, vcpu->cpuid.features, xsaves);
	backend_update_intercepts(vcpu);
	hull_vcpu_put(vcpu);
	mutex_unlock(&vcpu->lock);
}

static void offered(struct kunit *test)
{
	struct xsaves_test *x = test->priv;
	u64 format = 0;

	set_features(test, x->vm.vcpu, true);
	KUNIT_EXPECT_EQ(test, test_vm_run(x->vm.vcpu), 0);
	KUNIT_EXPECT_EQ(test, x->vm.vcpu->run->exit_reason, KVM_EXIT_HLT);
	KUNIT_ASSERT_EQ(test, copy_from_user(&format, x->memory + XSAVES_AREA + XCOMP_BV,
					     sizeof(format)), 0);
	KUNIT_EXPECT_EQ(test, format, BIT_ULL(63) | BIT_ULL(0));
}

/* #UD, for which this guest has no table: its delivery cannot be finished. */
static void hidden(struct kunit *test)
{
	struct xsaves_test *x = test->priv;
	struct hull_vcpu *vcpu = x->vm.vcpu;

	set_features(test, vcpu, false);
	KUNIT_EXPECT_EQ(test, test_vm_run(vcpu), 0);
	KUNIT_EXPECT_EQ(test, vcpu->run->exit_reason, KVM_EXIT_INTERNAL_ERROR);
	KUNIT_EXPECT_EQ(test, vcpu->run->internal.suberror, KVM_INTERNAL_ERROR_DELIVERY_EV);
	KUNIT_EXPECT_EQ(test, vcpu->exit.vectoring.vector, X86_TRAP_UD);
}

#define XSS_CET_USER	BIT_ULL(11)

/* IA32_XSS is the guest's in the guest, and the host's otherwise. */
static void xss_switched(struct kunit *test)
{
	struct xsaves_test *x = test->priv;
	struct hull_vcpu *vcpu = x->vm.vcpu;
	u64 host, inside, after;

	rdmsrl(MSR_IA32_XSS, host);
	if (wrmsrl_safe(MSR_IA32_XSS, host ^ XSS_CET_USER))
		kunit_skip(test, "this CPU has one value of IA32_XSS");
	wrmsrl(MSR_IA32_XSS, host);
	set_features(test, vcpu, true);
	mutex_lock(&vcpu->lock);
	hull_vcpu_load(vcpu);
	hull_vcpu_preemptible(vcpu);
	vcpu->cr4 |= X86_CR4_OSXSAVE;
	vcpu->xss = host ^ XSS_CET_USER;
	vmx_hull_caps.xsaves = true;
	local_irq_disable();
	hull_xcr_load_guest(vcpu);
	rdmsrl(MSR_IA32_XSS, inside);
	hull_xcr_load_host(vcpu);
	rdmsrl(MSR_IA32_XSS, after);
	local_irq_enable();
	vmx_hull_caps.xsaves = x->offered;
	hull_vcpu_put(vcpu);
	mutex_unlock(&vcpu->lock);
	KUNIT_EXPECT_EQ(test, inside, host ^ XSS_CET_USER);
	KUNIT_EXPECT_EQ(test, after, host);
}

static struct kunit_case xsaves_cases[] = {
	KUNIT_CASE(xss_switched),
	KUNIT_CASE(offered),
	KUNIT_CASE(hidden),
	{ }
};

static struct kunit_suite xsaves_suite = {
	.name = "hull-xsaves",
	.init = xsaves_init,
	.exit = xsaves_exit,
	.test_cases = xsaves_cases,
};
kunit_test_suite(xsaves_suite);
