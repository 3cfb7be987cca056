// SPDX-License-Identifier: GPL-2.0-only
/* MSRs from outside, singly and in lists, and as the guest sees them. */
#include <stdlib.h>
#include <sys/ioctl.h>

#include "msr.h"

/* SYSENTER's pointers have 32 bits on AMD. */
static const struct kvm_msr_entry values[] = {
	{ .index = MSR_SYSENTER_CS, .data = 0x10 },
	{ .index = MSR_SYSENTER_ESP, .data = 0x80001000 },
	{ .index = MSR_SYSENTER_EIP, .data = 0x80002000 },
	{ .index = MSR_STAR, .data = 0x0033001000000000 },
	{ .index = MSR_LSTAR, .data = 0xffff800000003000 },
	{ .index = MSR_CSTAR, .data = 0xffff800000004000 },
	{ .index = MSR_FMASK, .data = 0x47700 },
	{ .index = MSR_KERNEL_GS_BASE, .data = 0xffff800000005000 },
	{ .index = MSR_PAT, .data = 0x0007040600070406 },
};

static void test_vcpu_set_msr(void)
{
	uint64_t value;
	struct guest g;
	unsigned int i;

	msr_guest_create(&g);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		OK(hull_vcpu_set_msr(g.vcpu, values[i].index, values[i].data));
		OK(hull_vcpu_get_msr(g.vcpu, values[i].index, &value));
		CHECK_EQ(value, values[i].data);
	}
	for (i = 0; i < ARRAY_SIZE(values); i++)
		CHECK_EQ(msr_guest_read(&g, values[i].index), values[i].data);
}

static void test_vcpu_get_msr(void)
{
	uint64_t value;
	struct guest g;
	unsigned int i;

	msr_guest_create(&g);
	for (i = 0; i < ARRAY_SIZE(values); i++)
		msr_guest_write(&g, values[i].index, values[i].data);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		OK(hull_vcpu_get_msr(g.vcpu, values[i].index, &value));
		CHECK_EQ(value, values[i].data);
	}
	value = 5;
	CHECK_RET(hull_vcpu_get_msr(g.vcpu, 0xdeadbeef, &value), -ENOENT);
	CHECK_EQ(value, 5);
	CHECK_RET(hull_vcpu_set_msr(g.vcpu, 0xdeadbeef, 0), -ENOENT);
}

/* SDM vol. 3 and APM vol. 2, Processor State After Reset and Initialization State */
static void test_msr_reset(void)
{
	uint64_t value;
	struct guest g;
	unsigned int i;

	guest_create_vm(&g, RAM_SIZE);
	OK(hull_vcpu_create(g.vm, 0, &g.vcpu));
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		OK(hull_vcpu_get_msr(g.vcpu, values[i].index, &value));
		CHECK_EQ(value, values[i].index == MSR_PAT ? 0x0007040600070406 : 0);
	}
}

/*
 * WRMSR's #GP cases: unknown registers, bad memory types, reserved bits. Not
 * canonical addresses are left to the host's side here: guests write those
 * registers without an exit, and emulators are known to take anything.
 */
static void test_msr_refused(void)
{
	static const struct kvm_msr_entry bad[] = {
		{ .index = MSR_PAT, .data = 2 },
		{ .index = MSR_EFER, .data = 1ULL << 63 },
		{ .index = MSR_LSTAR, .data = 1ULL << 63 },
		{ .index = MSR_KERNEL_GS_BASE, .data = 1ULL << 63 },
		{ .index = MSR_FMASK, .data = 1ULL << 32 },
	};
	struct guest g;
	unsigned int i;

	msr_guest_create(&g);
	msr_guest_faults(&g, 0xdeadbeef, false, 0);
	msr_guest_faults(&g, 0xdeadbeef, true, 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (i < 2)
			msr_guest_faults(&g, bad[i].index, true, bad[i].data);
		/* In-tree KVM leaves it to the processor. */
		if (bad[i].index == MSR_FMASK && is_in_tree_kvm(&g))
			continue;
		CHECK_RET(hull_vcpu_set_msr(g.vcpu, bad[i].index, bad[i].data), -ENOENT);
	}
	/* Leaving long mode by EFER while paging is on */
	msr_guest_faults(&g, MSR_EFER, true, 0);
}

#define MSR_DEBUGCTL	0x1d9

/*
 * Nothing in CPUID says which functions there are, and guests write without
 * asking: what is missing takes the write and reads 0. Undefined bits are #GP.
 */
static void test_msr_debugctl(void)
{
	/* LBR, BTF; AMD's older processors have the use of four pins here. */
	const uint64_t functions = 3, pins = host_is_amd() ? 0x3c : 0;
	struct guest g;
	uint64_t bits, value;

	msr_guest_create(&g);
	for (bits = 1; bits < 0x40; bits <<= 1) {
		if (!(bits & (functions | pins)))
			continue;
		msr_guest_write(&g, MSR_DEBUGCTL, bits);
		CHECK_EQ(msr_guest_read(&g, MSR_DEBUGCTL) & ~(bits & functions), 0);
	}
	msr_guest_write(&g, MSR_DEBUGCTL, functions | pins);
	value = msr_guest_read(&g, MSR_DEBUGCTL);
	OK(hull_vcpu_get_msr(g.vcpu, MSR_DEBUGCTL, &bits));
	CHECK_EQ(bits, value);
	OK(hull_vcpu_set_msr(g.vcpu, MSR_DEBUGCTL, value));
	msr_guest_write(&g, MSR_DEBUGCTL, 0);
	CHECK_EQ(msr_guest_read(&g, MSR_DEBUGCTL), 0);
	/* In-tree KVM takes any value where the processor has no branch records. */
	if (!is_in_tree_kvm(&g))
		msr_guest_faults(&g, MSR_DEBUGCTL, true, 1ull << 63);
}

#define MSR_XSS		0xda0

/* SDM vol. 1, Enabling the XSAVE Feature Set: states of user mode are not in it. */
static void test_msr_xss(void)
{
	uint64_t value;
	struct guest g;

	msr_guest_create(&g);
	if (!guest_has_cpuid(&g, 0xd, 1, EAX, 3)) {
		msr_guest_faults(&g, MSR_XSS, false, 0);
		msr_guest_faults(&g, MSR_XSS, true, 0);
		return;
	}
	CHECK_EQ(msr_guest_read(&g, MSR_XSS), 0);
	msr_guest_write(&g, MSR_XSS, 0);
	msr_guest_faults(&g, MSR_XSS, true, 1);
	msr_guest_faults(&g, MSR_XSS, true, 1ULL << 63);
	OK(hull_vcpu_set_msr(g.vcpu, MSR_XSS, 0));
	CHECK_RET(hull_vcpu_set_msr(g.vcpu, MSR_XSS, 4), -ENOENT);
	OK(hull_vcpu_get_msr(g.vcpu, MSR_XSS, &value));
	CHECK_EQ(value, 0);
}

#define MSR_PRED_CMD	0x49

/* A guest writes the commands that CPUID offers without a look at what comes of it. */
static void test_msr_pred_cmd(void)
{
	const uint64_t commands[] = { 1, 1 << 1, 1 << 7, 1ull << 63 };
	const struct kvm_cpuid_entry2 *e;
	struct kvm_cpuid2 *cpuid;
	uint64_t offered = 0;
	struct guest g;
	unsigned int i;

	msr_guest_create(&g);
	OK(hull_vcpu_get_cpuid(g.vcpu, &cpuid));
	e = hull_cpuid_find(cpuid, 7, 0);
	if (e && e->edx & 1 << 26)
		offered |= 1;		/* IBPB */
	e = hull_cpuid_find(cpuid, 0x80000008, 0);
	if (e && e->ebx & 1 << 12)
		offered |= 1;
	e = hull_cpuid_find(cpuid, 0x80000021, 0);
	if (e && e->eax & 1 << 27)
		offered |= 1 << 7;	/* SBPB */
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!(commands[i] & offered)) {
			msr_guest_faults(&g, MSR_PRED_CMD, true, commands[i]);
			continue;
		}
		msr_guest_write(&g, MSR_PRED_CMD, commands[i]);
		OK(hull_vcpu_set_msr(g.vcpu, MSR_PRED_CMD, commands[i]));
	}
	if (offered)
		msr_guest_write(&g, MSR_PRED_CMD, 0);
	msr_guest_faults(&g, MSR_PRED_CMD, false, 0);
}

/* The count stops at the first that is refused; what follows is untouched. */
static void test_msr_count(void)
{
	struct kvm_msr_entry set[] = {
		{ .index = MSR_SYSENTER_CS, .data = 8 },
		{ .index = 0xdeadbeef, .data = 1 },
		{ .index = MSR_SYSENTER_ESP, .data = 0x1234 },
	};
	struct kvm_msr_entry get[] = {
		{ .index = MSR_SYSENTER_CS }, { .index = 0xdeadbeef },
		{ .index = MSR_SYSENTER_ESP, .data = 99 },
	};
	unsigned int done;
	uint64_t value;
	struct guest g;

	msr_guest_create(&g);
	CHECK_RET(hull_vcpu_set_msrs(g.vcpu, set, 3, &done), -ENOENT);
	CHECK_EQ(done, 1);
	OK(hull_vcpu_get_msr(g.vcpu, MSR_SYSENTER_CS, &value));
	CHECK_EQ(value, 8);
	OK(hull_vcpu_get_msr(g.vcpu, MSR_SYSENTER_ESP, &value));
	CHECK_EQ(value, 0);
	CHECK_RET(hull_vcpu_get_msrs(g.vcpu, get, 3, &done), -ENOENT);
	CHECK_EQ(done, 1);
	CHECK_EQ(get[0].data, 8);
	CHECK_EQ(get[2].data, 99);
}

static void test_msr_bad_input(void)
{
	static const unsigned long requests[] = { KVM_GET_MSRS, KVM_SET_MSRS };
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entries[256];
	} msrs = { .head.nmsrs = 0 };
	struct guest g;
	unsigned int i, j;
	int fd;

	msr_guest_create(&g);
	fd = hull_vcpu_fd(g.vcpu);
	for (j = 0; j < 256; j++)
		msrs.entries[j].index = MSR_SYSENTER_CS;
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		msrs.head.nmsrs = 0;
		CHECK_EQ(ioctl(fd, requests[i], &msrs), 0);
		msrs.head.nmsrs = 255;
		CHECK_EQ(ioctl(fd, requests[i], &msrs), 255);
		msrs.head.nmsrs = 256;
		CHECK(ioctl(fd, requests[i], &msrs) == -1 && errno == E2BIG);
		msrs.head.nmsrs = 0xffffffff;
		CHECK(ioctl(fd, requests[i], &msrs) == -1 && errno == E2BIG);
		CHECK(ioctl(fd, requests[i], NULL) == -1 && errno == EFAULT);
	}
}

static void test_vcpu_get_msr_chunk(void)
{
	struct kvm_msr_entry chunk[HULL_MSR_CHUNK + 1];
	struct guest g;
	unsigned int i;

	msr_guest_create(&g);
	OK(hull_vcpu_set_msr(g.vcpu, MSR_SYSENTER_EIP, 0x4321));
	for (i = 0; i <= HULL_MSR_CHUNK; i++)
		chunk[i].index = MSR_SYSENTER_EIP;
	OK(hull_vcpu_get_msr_chunk(g.vcpu, chunk, HULL_MSR_CHUNK));
	for (i = 0; i < HULL_MSR_CHUNK; i++)
		CHECK_EQ(chunk[i].data, 0x4321);
	CHECK_RET(hull_vcpu_get_msr_chunk(g.vcpu, chunk, HULL_MSR_CHUNK + 1), -E2BIG);
	CHECK_RET(hull_vcpu_get_msr_chunk(g.vcpu, chunk, 0), 0);
	chunk[3].index = 0xdeadbeef;
	CHECK_RET(hull_vcpu_get_msr_chunk(g.vcpu, chunk, 5), -ENOENT);
}

/* Longer than one call takes */
static void test_vcpu_get_msrs(void)
{
	struct kvm_msr_entry list[HULL_MSR_CHUNK * 2 + 10];
	const unsigned int nr = ARRAY_SIZE(list);
	unsigned int i, done;
	struct guest g;

	msr_guest_create(&g);
	OK(hull_vcpu_set_msr(g.vcpu, MSR_SYSENTER_EIP, 0x4321));
	for (i = 0; i < nr; i++)
		list[i] = (struct kvm_msr_entry) { .index = MSR_SYSENTER_EIP };
	OK(hull_vcpu_get_msrs(g.vcpu, list, nr, &done));
	CHECK_EQ(done, nr);
	CHECK_EQ(list[nr - 1].data, 0x4321);
	list[HULL_MSR_CHUNK + 5].index = 0xdeadbeef;
	CHECK_RET(hull_vcpu_get_msrs(g.vcpu, list, nr, &done), -ENOENT);
	CHECK_EQ(done, HULL_MSR_CHUNK + 5);
}

/* KVM's own; in-tree KVM refuses to write some without an in-kernel APIC. */
static bool is_paravirtual(uint32_t index)
{
	return index >> 8 == 0x4b564d;
}

/* Each listed MSR can be read, and takes back the value that was read. */
static void test_msr_index_list_served(void)
{
	struct kvm_msr_entry *entries;
	struct kvm_msr_list *list;
	unsigned int i, done;
	struct guest g;

	msr_guest_create(&g);
	OK(hull_get_msr_index_list(g.sys, &list));
	entries = calloc(list->nmsrs, sizeof(*entries));
	for (i = 0; i < list->nmsrs; i++)
		entries[i].index = list->indices[i];
	if (hull_vcpu_get_msrs(g.vcpu, entries, list->nmsrs, &done))
		FAIL("MSR 0x%x is listed, but cannot be read", entries[done].index);
	for (i = 0; i < list->nmsrs; i++)
		if (!is_paravirtual(entries[i].index) &&
		    hull_vcpu_set_msr(g.vcpu, entries[i].index, entries[i].data))
			FAIL("MSR 0x%x is listed, but does not take its value 0x%llx",
			     entries[i].index, (unsigned long long)entries[i].data);
}

/* What user-space firmware emulation writes without asking. */
static void test_msr_written_blind(void)
{
	uint64_t value;
	struct guest g;
	unsigned int i;

	msr_guest_create(&g);
	OK(hull_vcpu_set_msr(g.vcpu, 0x2ff, 0x806));
	OK(hull_vcpu_get_msr(g.vcpu, 0x2ff, &value));
	CHECK_EQ(value, 0x806);
	OK(hull_vcpu_set_msr(g.vcpu, 0x250, 0x0606060606060606));
	OK(hull_vcpu_set_msr(g.vcpu, 0x1a0, 1));
	for (i = 0; i < 8; i++) {
		OK(hull_vcpu_set_msr(g.vcpu, 0x200 + 2 * i, i << 20 | 6));
		OK(hull_vcpu_set_msr(g.vcpu, 0x201 + 2 * i, 0xfff00800));
		OK(hull_vcpu_get_msr(g.vcpu, 0x200 + 2 * i, &value));
		CHECK_EQ(value, i << 20 | 6);
	}
	OK(hull_vcpu_set_msr(g.vcpu, 0x11, 0));
	OK(hull_vcpu_set_msr(g.vcpu, 0x12, 0));
	OK(hull_vcpu_get_msr(g.vcpu, 0xfe, &value));
	CHECK_EQ(value & 0xff, 8);
}

static const struct test tests[] = {
	{ "vcpu_get_msr", test_vcpu_get_msr },
	{ "vcpu_set_msr", test_vcpu_set_msr },
	{ "vcpu_get_msr_chunk", test_vcpu_get_msr_chunk },
	{ "vcpu_get_msrs", test_vcpu_get_msrs },
	{ "msr_reset", test_msr_reset },
	{ "msr_refused", test_msr_refused },
	{ "msr_debugctl", test_msr_debugctl },
	{ "msr_xss", test_msr_xss },
	{ "msr_pred_cmd", test_msr_pred_cmd },
	{ "msr_count", test_msr_count },
	{ "msr_bad_input", test_msr_bad_input },
	{ "msr_index_list_served", test_msr_index_list_served },
	{ "msr_written_blind", test_msr_written_blind },
};

TAP_MAIN(tests)
