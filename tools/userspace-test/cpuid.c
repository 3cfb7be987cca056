// SPDX-License-Identifier: GPL-2.0-only
/* What CPUID answers in the guest is what user space set. */
#include <stdlib.h>
#include <sys/ioctl.h>

#include "guest.h"

PAYLOAD(cpuid);

/* What depends on the vCPU's present state, not on the list alone, is taken out. */
static struct kvm_cpuid_entry2 without_state(struct kvm_cpuid_entry2 e)
{
	if (e.function == 1) {
		e.ecx &= ~(1 << 27 | 1 << 3);	/* OSXSAVE, MONITOR */
		e.edx &= ~(1 << 9);		/* APIC */
	} else if (e.function == 7 && !e.index) {
		e.ecx &= ~(1 << 4);		/* OSPKE */
	} else if (e.function == 0xd && e.index <= 1) {
		e.ebx = 0;			/* size in use */
	}
	return e;
}

static void expect_same(const struct kvm_cpuid_entry2 *a, const struct kvm_cpuid_entry2 *b)
{
	const struct kvm_cpuid_entry2 want = without_state(*a), got = without_state(*b);

	if (memcmp(&want, &got, sizeof(want)))
		FAIL("leaf 0x%x.%u: %x %x %x %x, not %x %x %x %x", want.function, want.index,
		     got.eax, got.ebx, got.ecx, got.edx, want.eax, want.ebx, want.ecx,
		     want.edx);
}

static void ask(struct guest *g, uint32_t leaf, uint32_t index, uint32_t out[4])
{
	struct kvm_regs regs;

	guest_complete_io(g);
	guest_get_regs(g, &regs);
	regs.rax = leaf;
	regs.rcx = index;
	guest_set_regs(g, &regs);
	guest_sync(g, 1);
	memcpy(out, g->ram + DATA_BASE, 16);
}

static void test_vcpu_set_cpuid(void)
{
	struct kvm_cpuid_entry2 answer;
	struct kvm_cpuid2 *cpuid;
	struct guest g;
	uint32_t out[4];
	unsigned int i;

	GUEST(&g, LONG64, cpuid);
	guest_sync(&g, 0);
	OK(hull_vcpu_get_cpuid(g.vcpu, &cpuid));
	for (i = 0; i < cpuid->nent; i++) {
		answer = cpuid->entries[i];
		ask(&g, answer.function, answer.index, out);
		memcpy(&answer.eax, out, sizeof(out));
		expect_same(&cpuid->entries[i], &answer);
	}
}

static void make_list(struct kvm_cpuid2 *list, const struct kvm_cpuid_entry2 *entries,
		      unsigned int nr)
{
	memset(list, 0, sizeof(*list));
	list->nent = nr;
	memcpy(list->entries, entries, nr * sizeof(*entries));
}

/* Any vendor, invented leaves; what is absent reads 0 below the basic maximum. */
static void test_cpuid_invented(void)
{
	static const struct kvm_cpuid_entry2 entries[] = {
		{ .function = 0, .eax = 5, .ebx = 0x11111111, .ecx = 2, .edx = 3 },
		{ .function = 4, .index = 0, .eax = 40,
		  .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX },
		{ .function = 4, .index = 1, .eax = 41,
		  .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX },
		{ .function = 0x40000000, .eax = 0x40000000, .ebx = 0x4c4c5548 },
		{ .function = 0x80000000, .eax = 0x80000001 },
		{ .function = 0x80000001, .edx = 1 << 29 },
	};
	struct kvm_cpuid2 *list = calloc(1, 4096);
	struct guest g;
	uint32_t out[4];

	guest_create_vm(&g, RAM_SIZE);
	OK(hull_vcpu_create(g.vm, 0, &g.vcpus[0]));
	g.vcpu = g.vcpus[0];
	g.run = hull_vcpu_run_area(g.vcpu);
	make_list(list, entries, ARRAY_SIZE(entries));
	OK(hull_vcpu_set_cpuid(g.vcpu, list));
	guest_tables(&g, LONG64);
	guest_vcpu_start(&g, 0, CODE_BASE);
	guest_load(&g, CODE_BASE, pl_cpuid, pl_cpuid_end - pl_cpuid);
	guest_sync(&g, 0);
	ask(&g, 0, 0, out);
	CHECK_EQ(out[0], 5);
	CHECK_EQ(out[1], 0x11111111);
	ask(&g, 4, 1, out);
	CHECK_EQ(out[0], 41);
	ask(&g, 4, 0, out);
	CHECK_EQ(out[0], 40);
	ask(&g, 4, 2, out);
	CHECK_EQ(out[0] | out[1] | out[2] | out[3], 0);
	ask(&g, 2, 0, out);
	CHECK_EQ(out[0] | out[1] | out[2] | out[3], 0);
	ask(&g, 0x40000000, 0, out);
	CHECK_EQ(out[1], 0x4c4c5548);
}

static void test_vcpu_get_cpuid(void)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[256];
	} list;
	struct kvm_cpuid2 *supported, *got;
	struct guest g;
	unsigned int i;

	guest_create(&g, LONG64);
	OK(hull_get_supported_cpuid(g.sys, &supported));
	OK(hull_vcpu_get_cpuid(g.vcpu, &got));
	CHECK_EQ(got->nent, supported->nent);
	for (i = 0; i < got->nent; i++)
		expect_same(&supported->entries[i], &got->entries[i]);
	list.head.nent = got->nent - 1;
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_GET_CPUID2, &list) == -1 && errno == E2BIG);
	list.head.nent = 256;
	SYS(ioctl(hull_vcpu_fd(g.vcpu), KVM_GET_CPUID2, &list));
	CHECK_EQ(list.head.nent, got->nent);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_GET_CPUID2, NULL) == -1 && errno == EFAULT);
}

/* After the first run only the very same list is taken. */
static void test_cpuid_after_run(void)
{
	struct kvm_cpuid2 *cpuid;
	struct guest g;
	uint32_t out[4];

	GUEST(&g, LONG64, cpuid);
	OK(hull_get_supported_cpuid(g.sys, &cpuid));
	OK(hull_vcpu_set_cpuid(g.vcpu, cpuid));
	/* KVM_RUN alone, without entering the guest, is none. */
	guest_complete_io(&g);
	cpuid->entries[0].edx ^= 1;
	OK(hull_vcpu_set_cpuid(g.vcpu, cpuid));
	guest_sync(&g, 0);
	OK(hull_vcpu_set_cpuid(g.vcpu, cpuid));
	cpuid->entries[0].edx ^= 1;
	CHECK_RET(hull_vcpu_set_cpuid(g.vcpu, cpuid), -EINVAL);
	cpuid->entries[0].edx ^= 1;
	cpuid->nent--;
	CHECK_RET(hull_vcpu_set_cpuid(g.vcpu, cpuid), -EINVAL);
	ask(&g, 0, 0, out);
	CHECK_EQ(out[3], cpuid->entries[0].edx);
}

static void test_cpuid_bad_input(void)
{
	struct kvm_cpuid2 *cpuid = calloc(1, 65536), *got;
	struct guest g;
	int fd;

	guest_create_vm(&g, RAM_SIZE);
	OK(hull_vcpu_create(g.vm, 0, &g.vcpu));
	fd = hull_vcpu_fd(g.vcpu);
	CHECK(ioctl(fd, KVM_SET_CPUID2, NULL) == -1 && errno == EFAULT);
	cpuid->nent = 0;
	CHECK_RET(hull_vcpu_set_cpuid(g.vcpu, cpuid), 0);
	cpuid->nent = 1;
	cpuid->entries[0] = (struct kvm_cpuid_entry2) { .function = 1, .eax = 0x600 };
	CHECK_RET(hull_vcpu_set_cpuid(g.vcpu, cpuid), 0);
	/* A width of linear addresses that no CPU has */
	cpuid->entries[0] = (struct kvm_cpuid_entry2) {
		.function = 0x80000008, .eax = 44 << 8 | 40,
	};
	CHECK_RET(hull_vcpu_set_cpuid(g.vcpu, cpuid), -EINVAL);
	cpuid->nent = 257;
	CHECK_RET(hull_vcpu_set_cpuid(g.vcpu, cpuid), -E2BIG);
	/* The list of before is in force. */
	OK(hull_vcpu_get_cpuid(g.vcpu, &got));
	CHECK_EQ(got->nent, 1);
	CHECK_EQ(got->entries[0].function, 1);
	CHECK_EQ(got->entries[0].eax, 0x600);
}

/* The older call's entries have no index. */
static void test_set_cpuid_without_index(void)
{
	struct {
		struct kvm_cpuid head;
		struct kvm_cpuid_entry entries[2];
	} list = {
		.head.nent = 2,
		.entries[0] = { .function = 0, .eax = 1, .ebx = 0x11111111 },
		.entries[1] = { .function = 1, .eax = 0x600 },
	};
	struct kvm_cpuid2 *got;
	struct guest g;
	int fd;

	guest_create_vm(&g, RAM_SIZE);
	OK(hull_vcpu_create(g.vm, 0, &g.vcpu));
	fd = hull_vcpu_fd(g.vcpu);
	SYS(ioctl(fd, KVM_SET_CPUID, &list));
	OK(hull_vcpu_get_cpuid(g.vcpu, &got));
	CHECK_EQ(got->nent, 2);
	CHECK_EQ(got->entries[0].ebx, 0x11111111);
	CHECK_EQ(got->entries[1].function, 1);
	CHECK_EQ(got->entries[1].eax, 0x600);
	CHECK_EQ(got->entries[1].index | got->entries[1].flags, 0);
	list.head.nent = 257;
	CHECK(ioctl(fd, KVM_SET_CPUID, &list) == -1 && errno == E2BIG);
	CHECK(ioctl(fd, KVM_SET_CPUID, NULL) == -1 && errno == EFAULT);
}

/* CPUID.1:ECX.OSXSAVE mirrors CR4.OSXSAVE. */
static void test_cpuid_follows_cr4(void)
{
	struct kvm_sregs sregs;
	struct guest g;
	uint32_t out[4];

	GUEST(&g, LONG64, cpuid);
	if (!guest_has_cpuid(&g, 1, 0, ECX, 26))
		SKIP("this CPU has no XSAVE");
	guest_sync(&g, 0);
	ask(&g, 1, 0, out);
	CHECK_EQ(out[2] >> 27 & 1, 0);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.cr4 |= 1 << 18;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	ask(&g, 1, 0, out);
	CHECK_EQ(out[2] >> 27 & 1, 1);
	sregs.cr4 &= ~(1 << 18);
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	ask(&g, 1, 0, out);
	CHECK_EQ(out[2] >> 27 & 1, 0);
}

static const struct test tests[] = {
	{ "vcpu_set_cpuid", test_vcpu_set_cpuid },
	{ "vcpu_get_cpuid", test_vcpu_get_cpuid },
	{ "cpuid_invented", test_cpuid_invented },
	{ "cpuid_after_run", test_cpuid_after_run },
	{ "cpuid_bad_input", test_cpuid_bad_input },
	{ "set_cpuid_without_index", test_set_cpuid_without_index },
	{ "cpuid_follows_cr4", test_cpuid_follows_cr4 },
};

TAP_MAIN(tests)
