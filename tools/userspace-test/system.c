// SPDX-License-Identifier: GPL-2.0-only
/* The system descriptor: version, capabilities and lists. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guest.h"

static void test_get_api_version(void)
{
	struct hull_sys *sys = sys_open();

	CHECK_RET(hull_get_api_version(sys), 12);
	CHECK(ioctl(hull_sys_fd(sys), KVM_GET_API_VERSION, 1) == -1 && errno == EINVAL);
}

static void test_capability_unknown(void)
{
	struct hull_sys *sys = sys_open();

	CHECK_RET(hull_check_capability(sys, 696969), 0);
	CHECK_RET(hull_check_capability(sys, 0xffffffff), 0);
	CHECK_RET(hull_check_capability(sys, 0x7fffffff), 0);
}

/* What an unmodified VMM with user-space interrupt controllers cannot do without. */
static void test_capability_mandatory(void)
{
	static const struct {
		unsigned int cap;
		int at_least;
		const char *name;
	} rows[] = {
		{ KVM_CAP_USER_MEMORY, 1, "USER_MEMORY" },
		{ KVM_CAP_DESTROY_MEMORY_REGION_WORKS, 1, "DESTROY_MEMORY_REGION_WORKS" },
		{ KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, 1, "JOIN_MEMORY_REGIONS_WORKS" },
		{ KVM_CAP_SET_TSS_ADDR, 1, "SET_TSS_ADDR" },
		{ KVM_CAP_EXT_CPUID, 1, "EXT_CPUID" },
		{ KVM_CAP_MP_STATE, 1, "MP_STATE" },
		{ KVM_CAP_IRQ_ROUTING, 1, "IRQ_ROUTING" },
		{ KVM_CAP_IMMEDIATE_EXIT, 1, "IMMEDIATE_EXIT" },
		{ KVM_CAP_NR_MEMSLOTS, 32, "NR_MEMSLOTS" },
		{ KVM_CAP_NR_VCPUS, 1, "NR_VCPUS" },
		{ KVM_CAP_MAX_VCPUS, 4, "MAX_VCPUS" },
		{ KVM_CAP_MAX_VCPU_ID, 4, "MAX_VCPU_ID" },
		{ KVM_CAP_SYNC_MMU, 1, "SYNC_MMU" },
		{ KVM_CAP_READONLY_MEM, 1, "READONLY_MEM" },
		{ KVM_CAP_XSAVE, 1, "XSAVE" },
		{ KVM_CAP_XCRS, 1, "XCRS" },
		{ KVM_CAP_XSAVE2, sizeof(struct kvm_xsave), "XSAVE2" },
		{ KVM_CAP_VCPU_EVENTS, 1, "VCPU_EVENTS" },
		{ KVM_CAP_DEBUGREGS, 1, "DEBUGREGS" },
		{ KVM_CAP_USER_NMI, 1, "USER_NMI" },
		{ KVM_CAP_SET_GUEST_DEBUG, 1, "SET_GUEST_DEBUG" },
		{ KVM_CAP_X86_ROBUST_SINGLESTEP, 1, "X86_ROBUST_SINGLESTEP" },
		{ KVM_CAP_GET_TSC_KHZ, 1, "GET_TSC_KHZ" },
		{ KVM_CAP_CHECK_EXTENSION_VM, 1, "CHECK_EXTENSION_VM" },
		{ KVM_CAP_SYNC_REGS, KVM_SYNC_X86_VALID_FIELDS, "SYNC_REGS" },
	};
	struct hull_sys *sys = sys_open();
	unsigned int i;
	int value;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		value = hull_check_capability(sys, rows[i].cap);
		if (value < rows[i].at_least)
			FAIL("KVM_CAP_%s is %d, at least %d is needed", rows[i].name,
			     value, rows[i].at_least);
	}
}

enum descriptor { SYSTEM, VM, VCPU };

/*
 * What an unknown ioctl answers: ENOTTY from a VM, EINVAL from the others. A
 * known one finds fault with the address first.
 */
static bool ioctl_known(int fd, enum descriptor on, unsigned long request)
{
	if (ioctl(fd, request, 8) >= 0)
		return true;
	return errno != ENOTTY && (on == VM || errno != EINVAL);
}

/* A capability is there exactly when its ioctl is known. */
static void test_capability_honest(void)
{
	static const struct {
		unsigned int cap;
		enum descriptor on;
		unsigned long request;
		const char *name;
	} rows[] = {
		{ KVM_CAP_GET_MSR_FEATURES, SYSTEM, KVM_GET_MSR_FEATURE_INDEX_LIST, "GET_MSR_FEATURES" },
		{ KVM_CAP_EXT_EMUL_CPUID, SYSTEM, KVM_GET_EMULATED_CPUID, "EXT_EMUL_CPUID" },
		{ KVM_CAP_IRQCHIP, VM, KVM_CREATE_IRQCHIP, "IRQCHIP" },
		{ KVM_CAP_PIT2, VM, KVM_CREATE_PIT2, "PIT2" },
		{ KVM_CAP_IRQFD, VM, KVM_IRQFD, "IRQFD" },
		{ KVM_CAP_IOEVENTFD, VM, KVM_IOEVENTFD, "IOEVENTFD" },
		{ KVM_CAP_COALESCED_MMIO, VM, KVM_REGISTER_COALESCED_MMIO, "COALESCED_MMIO" },
		{ KVM_CAP_SIGNAL_MSI, VM, KVM_SIGNAL_MSI, "SIGNAL_MSI" },
		{ KVM_CAP_ADJUST_CLOCK, VM, KVM_GET_CLOCK, "ADJUST_CLOCK" },
		{ KVM_CAP_DEVICE_CTRL, VM, KVM_CREATE_DEVICE, "DEVICE_CTRL" },
		{ KVM_CAP_X86_MSR_FILTER, VM, KVM_X86_SET_MSR_FILTER, "X86_MSR_FILTER" },
		{ KVM_CAP_BINARY_STATS_FD, VM, KVM_GET_STATS_FD, "BINARY_STATS_FD" },
		{ KVM_CAP_DIRTY_LOG_RING, VM, KVM_RESET_DIRTY_RINGS, "DIRTY_LOG_RING" },
		{ KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, VM, KVM_CLEAR_DIRTY_LOG, "MANUAL_DIRTY_LOG_PROTECT2" },
		{ KVM_CAP_USER_MEMORY2, VM, KVM_SET_USER_MEMORY_REGION2, "USER_MEMORY2" },
		{ KVM_CAP_VCPU_ATTRIBUTES, VCPU, KVM_HAS_DEVICE_ATTR, "VCPU_ATTRIBUTES" },
		{ KVM_CAP_XSAVE2, VCPU, KVM_GET_XSAVE2, "XSAVE2" },
		{ KVM_CAP_SREGS2, VCPU, KVM_GET_SREGS2, "SREGS2" },
		{ KVM_CAP_VCPU_EVENTS, VCPU, KVM_GET_VCPU_EVENTS, "VCPU_EVENTS" },
		{ KVM_CAP_DEBUGREGS, VCPU, KVM_GET_DEBUGREGS, "DEBUGREGS" },
		{ KVM_CAP_XCRS, VCPU, KVM_GET_XCRS, "XCRS" },
		{ KVM_CAP_MP_STATE, VCPU, KVM_GET_MP_STATE, "MP_STATE" },
		{ KVM_CAP_BINARY_STATS_FD, VCPU, KVM_GET_STATS_FD, "BINARY_STATS_FD" },
	};
	struct guest g;
	unsigned int i;
	int fds[3];
	bool known;
	int cap;

	guest_create(&g, LONG64);
	fds[SYSTEM] = hull_sys_fd(g.sys);
	fds[VM] = hull_vm_fd(g.vm);
	fds[VCPU] = hull_vcpu_fd(g.vcpu);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		cap = OK(hull_vm_check_capability(g.vm, rows[i].cap));
		known = ioctl_known(fds[rows[i].on], rows[i].on, rows[i].request);
		if (known != (cap > 0))
			FAIL("KVM_CAP_%s is %d, yet its ioctl is %s", rows[i].name, cap,
			     known ? "known" : "unknown");
	}
}

static void test_get_vcpu_mmap_size(void)
{
	struct hull_sys *sys = sys_open();
	int size = OK(hull_get_vcpu_mmap_size(sys));

	CHECK(size >= (int)sizeof(struct kvm_run));
	CHECK_EQ(size % 4096, 0);
	CHECK(ioctl(hull_sys_fd(sys), KVM_GET_VCPU_MMAP_SIZE, 1) == -1 && errno == EINVAL);
}

static void check_short_cpuid(struct hull_sys *sys, unsigned long request,
			      const struct kvm_cpuid2 *full, unsigned int spare)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[256];
	} list = { .head.nent = full->nent - 1 };

	CHECK(ioctl(hull_sys_fd(sys), request, &list) == -1);
	CHECK_EQ(errno, E2BIG);
	list.head.nent = 0;
	CHECK(ioctl(hull_sys_fd(sys), request, &list) == -1);
	CHECK_EQ(errno, E2BIG);
	list.head.nent = full->nent + spare;
	SYS(ioctl(hull_sys_fd(sys), request, &list));
	CHECK_EQ(list.head.nent, full->nent);
}

static void test_get_supported_cpuid(void)
{
	struct hull_sys *sys = sys_open();
	const struct kvm_cpuid_entry2 *e;
	struct kvm_cpuid2 *cpuid;
	unsigned int i, j;

	OK(hull_get_supported_cpuid(sys, &cpuid));
	CHECK(cpuid->nent >= 1 && cpuid->nent <= 100);
	for (i = 0; i < cpuid->nent; i++)
		for (j = 0; j < i; j++)
			CHECK(cpuid->entries[i].function != cpuid->entries[j].function ||
			      cpuid->entries[i].index != cpuid->entries[j].index);
	CHECK(hull_cpuid_find(cpuid, 0, 0));
	CHECK(hull_cpuid_find(cpuid, 1, 0));
	CHECK(hull_cpuid_find(cpuid, 7, 0));
	e = hull_cpuid_find(cpuid, 0x40000000, 0);
	CHECK(e);
	CHECK_EQ(e->eax, 0x40000001);
	e = hull_cpuid_find(cpuid, 0x80000008, 0);
	CHECK(e);
	CHECK((e->eax >> 8 & 0xff) == 48 || (e->eax >> 8 & 0xff) == 57);
	e = hull_cpuid_find(cpuid, 0xd, 0);
	if (e)
		CHECK(e->ecx <= (unsigned int)hull_check_capability(sys, KVM_CAP_XSAVE2));
	check_short_cpuid(sys, KVM_GET_SUPPORTED_CPUID, cpuid, 0);
}

/* Guests take short moves that are fast (FSRM) for a promise of ERMS. */
static void test_supported_cpuid_string_moves(void)
{
	const struct kvm_cpuid_entry2 *e;
	struct kvm_cpuid2 *cpuid;

	OK(hull_get_supported_cpuid(sys_open(), &cpuid));
	e = hull_cpuid_find(cpuid, 7, 0);
	CHECK(e);
	CHECK(e->ebx & 1 << 9 || !(e->edx & 1 << 4));
}

static void test_get_emulated_cpuid(void)
{
	struct hull_sys *sys = sys_open();
	struct kvm_cpuid2 *cpuid;

	OK(hull_get_emulated_cpuid(sys, &cpuid));
	CHECK(cpuid->nent >= 1);
	/* KVM asks for room for one entry more than it fills in. */
	check_short_cpuid(sys, KVM_GET_EMULATED_CPUID, cpuid, 1);
}

static void test_get_guest_phys_addr_bits(void)
{
	int bits = OK(hull_get_guest_phys_addr_bits(sys_open()));

	CHECK(bits >= 32 && bits <= 52);
}

static bool in_list(const struct kvm_msr_list *list, uint32_t index)
{
	unsigned int i;

	for (i = 0; i < list->nmsrs; i++)
		if (list->indices[i] == index)
			return true;
	return false;
}

static void check_short_msr_list(struct hull_sys *sys, unsigned long request,
				 unsigned int full)
{
	struct {
		struct kvm_msr_list head;
		uint32_t indices[4096];
	} list = { .head.nmsrs = 0 };

	CHECK(ioctl(hull_sys_fd(sys), request, &list) == -1 && errno == E2BIG);
	CHECK_EQ(list.head.nmsrs, full);
	list.head.nmsrs = full - 1;
	CHECK(ioctl(hull_sys_fd(sys), request, &list) == -1 && errno == E2BIG);
	CHECK_EQ(list.head.nmsrs, full);
	list.head.nmsrs = ARRAY_SIZE(list.indices);
	SYS(ioctl(hull_sys_fd(sys), request, &list));
	CHECK_EQ(list.head.nmsrs, full);
}

static void test_get_msr_index_list(void)
{
	static const uint32_t needed[] = {
		0x10, 0x174, 0x175, 0x176, 0xc0000081, 0xc0000082, 0xc0000083,
		0xc0000084, 0xc0000102,
	};
	struct hull_sys *sys = sys_open();
	struct kvm_msr_list *list;
	unsigned int i;

	OK(hull_get_msr_index_list(sys, &list));
	CHECK(list->nmsrs > 0 && list->nmsrs < 256);
	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (!in_list(list, needed[i]))
			FAIL("MSR 0x%x is not listed", needed[i]);
	check_short_msr_list(sys, KVM_GET_MSR_INDEX_LIST, list->nmsrs);
}

static void test_get_msr_feature_index_list(void)
{
	struct hull_sys *sys = sys_open();
	struct kvm_msr_list *list;
	uint64_t value;
	unsigned int i;

	if (!hull_check_capability(sys, KVM_CAP_GET_MSR_FEATURES))
		SKIP("no KVM_CAP_GET_MSR_FEATURES");
	OK(hull_get_msr_feature_index_list(sys, &list));
	CHECK(list->nmsrs > 0);
	for (i = 0; i < list->nmsrs; i++)
		if (hull_get_feature_msr(sys, list->indices[i], &value))
			FAIL("feature MSR 0x%x cannot be read", list->indices[i]);
	CHECK_RET(hull_get_feature_msr(sys, 0xdeadbeef, &value), -ENOENT);
	check_short_msr_list(sys, KVM_GET_MSR_FEATURE_INDEX_LIST, list->nmsrs);
}

static void test_bad_input_system(void)
{
	static const unsigned long pointers[] = {
		KVM_GET_SUPPORTED_CPUID, KVM_GET_EMULATED_CPUID, KVM_GET_MSR_INDEX_LIST,
	};
	struct hull_sys *sys = sys_open();
	int fd = hull_sys_fd(sys);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pointers); i++) {
		CHECK(ioctl(fd, pointers[i], NULL) == -1);
		CHECK_EQ(errno, EFAULT);
		CHECK(ioctl(fd, pointers[i], 1UL << 63) == -1);
		CHECK_EQ(errno, EFAULT);
	}
	CHECK(ioctl(fd, KVM_CREATE_VM, 0xdeadUL) == -1 && errno == EINVAL);
	/* Unknown here: this descriptor answers EINVAL, not ENOTTY. */
	CHECK(ioctl(fd, KVM_RUN, 0) == -1 && errno == EINVAL);
	CHECK(ioctl(fd, KVM_CREATE_VCPU, 0) == -1 && errno == EINVAL);
	CHECK(ioctl(fd, _IO(KVMIO, 0xff), 0) == -1 && errno == EINVAL);
	/* Right number, wrong size */
	CHECK(ioctl(fd, _IOC(_IOC_READ, KVMIO, 0x00, 8), 0) == -1 && errno == EINVAL);
}

static const struct test tests[] = {
	{ "get_api_version", test_get_api_version },
	{ "check_capability_unknown", test_capability_unknown },
	{ "check_capability_mandatory", test_capability_mandatory },
	{ "check_capability_honest", test_capability_honest },
	{ "get_vcpu_mmap_size", test_get_vcpu_mmap_size },
	{ "get_supported_cpuid", test_get_supported_cpuid },
	{ "supported_cpuid_string_moves", test_supported_cpuid_string_moves },
	{ "get_emulated_cpuid", test_get_emulated_cpuid },
	{ "get_guest_phys_addr_bits", test_get_guest_phys_addr_bits },
	{ "get_msr_index_list", test_get_msr_index_list },
	{ "get_msr_feature_index_list", test_get_msr_feature_index_list },
	{ "bad_input_system", test_bad_input_system },
};

TAP_MAIN(tests)
