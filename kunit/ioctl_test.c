// SPDX-License-Identifier: GPL-2.0
/* The tables of ioctls and their dispatcher (core/ioctl.c). */
#include <kunit/test.h>
#include <linux/kvm.h>
#include "../core/compat/kvm_abi.h"
#include "../core/ioctl.h"

static struct hull_ioctl_table * const tables[] = {
	&hull_system_ioctls, &hull_vm_ioctls, &hull_vcpu_ioctls,
};

static void every_row_is_found(struct kunit *test)
{
	const struct hull_ioctl *row;
	unsigned int t, i;

	for (t = 0; t < ARRAY_SIZE(tables); t++) {
		KUNIT_EXPECT_GT(test, tables[t]->nr, 0);
		for (i = 0; i < tables[t]->nr; i++) {
			row = &tables[t]->rows[i];
			KUNIT_EXPECT_PTR_EQ(test, hull_ioctl_find(tables[t], row->cmd), row);
			KUNIT_EXPECT_NOT_NULL(test, row->fn);
		}
	}
}

/* A row's number with another size, direction or type is another command. */
static void neighbours_are_not_found(struct kunit *test)
{
	const struct hull_ioctl *row;
	unsigned int t, i, cmd;

	for (t = 0; t < ARRAY_SIZE(tables); t++) {
		for (i = 0; i < tables[t]->nr; i++) {
			row = &tables[t]->rows[i];
			cmd = row->cmd ^ _IOC(0, 0, 0, 0x1000);
			KUNIT_EXPECT_NULL(test, hull_ioctl_find(tables[t], cmd));
			cmd = row->cmd ^ _IOC(0, 0x10, 0, 0);
			KUNIT_EXPECT_NULL(test, hull_ioctl_find(tables[t], cmd));
		}
	}
}

/* What QEMU 7.2 and the kvm-ioctls style of use call, on the right descriptor. */
static void clients_find_theirs(struct kunit *test)
{
	static const unsigned int system[] = {
		KVM_GET_API_VERSION, KVM_CREATE_VM, KVM_CHECK_EXTENSION,
		KVM_GET_VCPU_MMAP_SIZE, KVM_GET_SUPPORTED_CPUID,
		KVM_GET_EMULATED_CPUID, KVM_GET_MSR_INDEX_LIST,
		KVM_GET_MSR_FEATURE_INDEX_LIST, KVM_GET_MSRS,
	};
	static const unsigned int vm[] = {
		KVM_CHECK_EXTENSION, KVM_ENABLE_CAP, KVM_SET_USER_MEMORY_REGION,
		KVM_SET_USER_MEMORY_REGION2, KVM_CREATE_VCPU, KVM_SET_TSS_ADDR,
		KVM_SET_IDENTITY_MAP_ADDR, KVM_GET_DIRTY_LOG, KVM_CLEAR_DIRTY_LOG,
		KVM_SET_GSI_ROUTING, KVM_SET_BOOT_CPU_ID, KVM_GET_TSC_KHZ,
		KVM_SET_TSC_KHZ,
	};
	static const unsigned int vcpu[] = {
		KVM_GET_REGS, KVM_SET_REGS, KVM_GET_SREGS, KVM_SET_SREGS,
		KVM_GET_SREGS2, KVM_SET_SREGS2, KVM_GET_FPU, KVM_SET_FPU,
		KVM_GET_XSAVE, KVM_SET_XSAVE, KVM_GET_XSAVE2, KVM_GET_XCRS,
		KVM_SET_XCRS, KVM_GET_MSRS, KVM_SET_MSRS, KVM_SET_CPUID2,
		KVM_GET_CPUID2, KVM_GET_MP_STATE, KVM_SET_MP_STATE,
		KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS, KVM_GET_DEBUGREGS,
		KVM_SET_DEBUGREGS, KVM_SET_GUEST_DEBUG, KVM_TRANSLATE,
		KVM_INTERRUPT, KVM_NMI, KVM_SET_SIGNAL_MASK, KVM_GET_TSC_KHZ,
		KVM_SET_TSC_KHZ, KVM_HAS_DEVICE_ATTR, KVM_GET_DEVICE_ATTR,
		KVM_SET_DEVICE_ATTR, KVM_ENABLE_CAP, KVM_SET_CPUID,
		KVM_GET_NESTED_STATE, KVM_SET_NESTED_STATE,
	};
	static const struct {
		struct hull_ioctl_table *table;
		const unsigned int *cmds;
		size_t nr;
	} cases[] = {
		{ &hull_system_ioctls, system, ARRAY_SIZE(system) },
		{ &hull_vm_ioctls, vm, ARRAY_SIZE(vm) },
		{ &hull_vcpu_ioctls, vcpu, ARRAY_SIZE(vcpu) },
	};
	size_t c, i;

	for (c = 0; c < ARRAY_SIZE(cases); c++)
		for (i = 0; i < cases[c].nr; i++)
			KUNIT_EXPECT_NOT_NULL_MSG(test,
						  hull_ioctl_find(cases[c].table, cases[c].cmds[i]),
						  "table %zu, command %#x", c,
						  cases[c].cmds[i]);
}

/* A table of its own for the dispatcher. */

#define TEST_NONE	_IO(KVMIO, 0x01)
#define TEST_WORD	_IO(KVMIO, 0x02)
#define TEST_WRITE	_IOW(KVMIO, 0x03, u64)

static unsigned int calls;

static long test_fn(void *obj, void *arg)
{
	calls++;
	return (long)(unsigned long)arg;
}

static long test_none(void *obj, void *arg)
{
	calls++;
	return 7;
}

static const struct hull_ioctl test_rows[] = {
	{ TEST_NONE, HULL_IOC_ZERO, test_none },
	{ TEST_WORD, HULL_IOC_RAW, test_fn },
	{ TEST_WRITE, 0, test_fn },
};

static struct hull_ioctl_table test_table = {
	.rows = test_rows,
	.nr = ARRAY_SIZE(test_rows),
	.unknown = -ENOTTY,
};

static void dispatch(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, hull_ioctl_index(&test_table), 0);
	calls = 0;
	KUNIT_EXPECT_EQ(test, hull_ioctl_dispatch(&test_table, NULL, TEST_NONE, 0), 7);
	KUNIT_EXPECT_EQ(test, hull_ioctl_dispatch(&test_table, NULL, TEST_WORD, 42), 42);
	KUNIT_EXPECT_EQ(test, calls, 2);

	KUNIT_EXPECT_EQ(test, hull_ioctl_dispatch(&test_table, NULL, TEST_NONE, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, hull_ioctl_dispatch(&test_table, NULL, _IO(KVMIO, 0xff), 0),
			-ENOTTY);
	/* Not an address of user space: nothing is called. */
	KUNIT_EXPECT_EQ(test, hull_ioctl_dispatch(&test_table, NULL, TEST_WRITE, ~0ul), -EFAULT);
	KUNIT_EXPECT_EQ(test, calls, 2);
}

/* The system descriptor's own table: arguments that are unused, and others. */
static void system_rows(struct kunit *test)
{
	static const unsigned int unused[] = { KVM_GET_API_VERSION, KVM_GET_VCPU_MMAP_SIZE };
	static const unsigned int pointers[] = {
		KVM_GET_SUPPORTED_CPUID, KVM_GET_EMULATED_CPUID, KVM_GET_MSR_INDEX_LIST,
		KVM_GET_MSR_FEATURE_INDEX_LIST, KVM_GET_MSRS,
	};
	struct hull_ioctl_table *t = &hull_system_ioctls;
	int i;

	KUNIT_EXPECT_EQ(test, hull_ioctl_dispatch(t, NULL, KVM_GET_API_VERSION, 0),
			KVM_API_VERSION);
	for (i = 0; i < ARRAY_SIZE(unused); i++)
		KUNIT_EXPECT_EQ(test, hull_ioctl_dispatch(t, NULL, unused[i], 1), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(pointers); i++)
		KUNIT_EXPECT_EQ(test, hull_ioctl_dispatch(t, NULL, pointers[i], ~0ul), -EFAULT);
	KUNIT_EXPECT_EQ(test, hull_ioctl_dispatch(t, NULL, KVM_CREATE_VM, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, hull_ioctl_dispatch(t, NULL, KVM_CREATE_VCPU, 0), -EINVAL);
}

/* What would make lookups wrong keeps the module from loading. */
static void bad_tables(struct kunit *test)
{
	static const struct hull_ioctl unsorted[] = {
		{ TEST_WORD, HULL_IOC_RAW, test_fn },
		{ TEST_NONE, HULL_IOC_ZERO, test_none },
	};
	static const struct hull_ioctl too_large[] = {
		{ _IOW(KVMIO, 1, char[HULL_IOCTL_MAX + 1]), 0, test_fn },
	};
	static struct hull_ioctl_table table;

	table = (struct hull_ioctl_table) { .rows = unsorted, .nr = ARRAY_SIZE(unsorted) };
	KUNIT_EXPECT_EQ(test, hull_ioctl_index(&table), -EINVAL);
	table = (struct hull_ioctl_table) { .rows = too_large, .nr = ARRAY_SIZE(too_large) };
	KUNIT_EXPECT_EQ(test, hull_ioctl_index(&table), -EINVAL);
}

/* Boolean capabilities are exactly 1, unknown ones 0. */
static void capabilities(struct kunit *test)
{
	static const unsigned long yes[] = {
		KVM_CAP_USER_MEMORY, KVM_CAP_DESTROY_MEMORY_REGION_WORKS,
		KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, KVM_CAP_SET_TSS_ADDR,
		KVM_CAP_EXT_CPUID, KVM_CAP_MP_STATE, KVM_CAP_HLT,
		KVM_CAP_IMMEDIATE_EXIT, KVM_CAP_READONLY_MEM,
		KVM_CAP_X86_ROBUST_SINGLESTEP,
	};
	static const unsigned long no[] = {
		KVM_CAP_IRQCHIP, KVM_CAP_MSI_DEVID, KVM_CAP_HYPERV, KVM_CAP_XEN_HVM,
		KVM_CAP_NESTED_STATE, KVM_CAP_X86_SMM, 696969,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(yes); i++)
		KUNIT_EXPECT_EQ_MSG(test, hull_check_extension(yes[i]), 1, "%lu", yes[i]);
	for (i = 0; i < ARRAY_SIZE(no); i++)
		KUNIT_EXPECT_EQ_MSG(test, hull_check_extension(no[i]), 0, "%lu", no[i]);
}

static struct kunit_case ioctl_cases[] = {
	KUNIT_CASE(every_row_is_found),
	KUNIT_CASE(neighbours_are_not_found),
	KUNIT_CASE(clients_find_theirs),
	KUNIT_CASE(dispatch),
	KUNIT_CASE(system_rows),
	KUNIT_CASE(bad_tables),
	KUNIT_CASE(capabilities),
	{ }
};

static struct kunit_suite ioctl_suite = {
	.name = "hull-ioctl",
	.test_cases = ioctl_cases,
};
kunit_test_suite(ioctl_suite);
