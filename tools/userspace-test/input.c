// SPDX-License-Identifier: GPL-2.0-only
/* Bad input, for every call: KVM's errno, and nothing changed. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "msr.h"
#include "poke.h"

enum descriptor { SYS, VM, VCPU, NR_DESCRIPTORS };

/* On @on, a mask of descriptors; @memory: uses what its argument points to. */
struct call {
	unsigned long request;
	const char *name;
	unsigned int on;
	bool memory;
};

#define ON_SYS	(1 << SYS)
#define ON_VM	(1 << VM)
#define ON_VCPU	(1 << VCPU)

#define VALUE(on, r)	{ r, #r, on, false }
#define MEMORY(on, r)	{ r, #r, on, true }

/* All calls: tools/check/style compares this with the module's tables. */
static const struct call calls[] = {
	VALUE(ON_SYS, KVM_GET_API_VERSION),
	VALUE(ON_SYS, KVM_CREATE_VM),
	VALUE(ON_SYS | ON_VM, KVM_CHECK_EXTENSION),
	VALUE(ON_SYS, KVM_GET_VCPU_MMAP_SIZE),
	MEMORY(ON_SYS, KVM_GET_SUPPORTED_CPUID),
	MEMORY(ON_SYS, KVM_GET_EMULATED_CPUID),
	MEMORY(ON_SYS, KVM_GET_MSR_INDEX_LIST),
	MEMORY(ON_SYS, KVM_GET_MSR_FEATURE_INDEX_LIST),
	MEMORY(ON_SYS | ON_VCPU, KVM_GET_MSRS),
	VALUE(ON_VM, KVM_CREATE_VCPU),
	MEMORY(ON_VM, KVM_SET_USER_MEMORY_REGION),
	MEMORY(ON_VM, KVM_SET_USER_MEMORY_REGION2),
	MEMORY(ON_VM, KVM_GET_DIRTY_LOG),
	MEMORY(ON_VM, KVM_CLEAR_DIRTY_LOG),
	VALUE(ON_VM, KVM_SET_TSS_ADDR),
	MEMORY(ON_VM, KVM_SET_IDENTITY_MAP_ADDR),
	VALUE(ON_VM, KVM_SET_BOOT_CPU_ID),
	MEMORY(ON_VM, KVM_SET_GSI_ROUTING),
	MEMORY(ON_VM | ON_VCPU, KVM_ENABLE_CAP),
	VALUE(ON_VM | ON_VCPU, KVM_GET_TSC_KHZ),
	VALUE(ON_VM | ON_VCPU, KVM_SET_TSC_KHZ),
	VALUE(ON_VCPU, KVM_RUN),
	MEMORY(ON_VCPU, KVM_GET_REGS),
	MEMORY(ON_VCPU, KVM_SET_REGS),
	MEMORY(ON_VCPU, KVM_GET_SREGS),
	MEMORY(ON_VCPU, KVM_SET_SREGS),
	MEMORY(ON_VCPU, KVM_GET_SREGS2),
	MEMORY(ON_VCPU, KVM_SET_SREGS2),
	MEMORY(ON_VCPU, KVM_GET_FPU),
	MEMORY(ON_VCPU, KVM_SET_FPU),
	MEMORY(ON_VCPU, KVM_GET_XSAVE),
	MEMORY(ON_VCPU, KVM_GET_XSAVE2),
	MEMORY(ON_VCPU, KVM_SET_XSAVE),
	MEMORY(ON_VCPU, KVM_GET_XCRS),
	MEMORY(ON_VCPU, KVM_SET_XCRS),
	MEMORY(ON_VCPU, KVM_GET_DEBUGREGS),
	MEMORY(ON_VCPU, KVM_SET_DEBUGREGS),
	MEMORY(ON_VCPU, KVM_SET_MSRS),
	MEMORY(ON_VCPU, KVM_SET_CPUID),
	MEMORY(ON_VCPU, KVM_GET_CPUID2),
	MEMORY(ON_VCPU, KVM_SET_CPUID2),
	MEMORY(ON_VCPU, KVM_GET_MP_STATE),
	MEMORY(ON_VCPU, KVM_SET_MP_STATE),
	MEMORY(ON_VCPU, KVM_GET_VCPU_EVENTS),
	MEMORY(ON_VCPU, KVM_SET_VCPU_EVENTS),
	MEMORY(ON_VCPU, KVM_SET_GUEST_DEBUG),
	MEMORY(ON_VCPU, KVM_TRANSLATE),
	MEMORY(ON_VCPU, KVM_INTERRUPT),
	VALUE(ON_VCPU, KVM_NMI),
	MEMORY(ON_VCPU, KVM_SET_SIGNAL_MASK),
	MEMORY(ON_VCPU, KVM_GET_NESTED_STATE),
	MEMORY(ON_VCPU, KVM_SET_NESTED_STATE),
	MEMORY(ON_VCPU, KVM_HAS_DEVICE_ATTR),
	MEMORY(ON_VCPU, KVM_GET_DEVICE_ATTR),
	MEMORY(ON_VCPU, KVM_SET_DEVICE_ATTR),
};

/* What an unknown call answers */
static const int unknown[] = { [SYS] = EINVAL, [VM] = ENOTTY, [VCPU] = EINVAL };

struct fds {
	int fd[NR_DESCRIPTORS];
};

static struct fds descriptors(struct guest *g)
{
	return (struct fds){ {
		[SYS] = hull_sys_fd(g->sys),
		[VM] = hull_vm_fd(g->vm),
		[VCPU] = hull_vcpu_fd(g->vcpu),
	} };
}

/* An odd low one, a kernel's, one that is not canonical, the last of all. */
static const unsigned long bad_addresses[] = {
	8, 0xffffffff80000000, 0x8000000000000000, -16UL,
};

/* In-tree KVM of Linux 6.1 lacks one of the calls. */
static bool is_missing(struct guest *g, const struct call *call)
{
	return call->request == KVM_SET_USER_MEMORY_REGION2 && is_in_tree_kvm(g) &&
	       hull_check_capability(g->sys, KVM_CAP_USER_MEMORY2) <= 0;
}

static void expect(int fd, const char *name, unsigned long request, unsigned long arg,
		   int error)
{
	int ret = ioctl(fd, request, arg);

	if (ret != -1 || errno != error)
		FAIL("%s(0x%lx): %d, errno %d, not %d", name, arg, ret, ret == -1 ? errno : 0,
		     error);
}

/* Bad addresses, and one whose structure is cut off in the middle */
static void sweep(struct guest *g, enum descriptor d, int fd)
{
	uint8_t *end = end_of_memory(), *half;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct call *call = &calls[i];

		if (!call->memory || !(call->on & 1 << d) || is_missing(g, call))
			continue;
		for (j = 0; j < ARRAY_SIZE(bad_addresses); j++)
			expect(fd, call->name, call->request, bad_addresses[j], EFAULT);
		half = end - _IOC_SIZE(call->request) / 2;
		memset(half, 0xff, end - half);
		expect(fd, call->name, call->request, (unsigned long)half, EFAULT);
	}
}

/* What the calls above could have changed. */
struct snapshot {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_fpu fpu;
	struct kvm_xcrs xcrs;
	struct kvm_debugregs debugregs;
	struct kvm_vcpu_events events;
	uint32_t mp_state;
	int tsc_khz;
	uint64_t sysenter_eip;
	uint32_t nr_leaves;
	struct kvm_cpuid_entry2 leaves[256];
};

static void take_cpuid(struct guest *g, struct snapshot *s)
{
	struct kvm_cpuid2 *cpuid;

	OK(hull_vcpu_get_cpuid(g->vcpu, &cpuid));
	CHECK(cpuid->nent <= ARRAY_SIZE(s->leaves));
	s->nr_leaves = cpuid->nent;
	memcpy(s->leaves, cpuid->entries, cpuid->nent * sizeof(s->leaves[0]));
	hull_free(cpuid);
}

static void take(struct guest *g, struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	take_cpuid(g, s);
	s->tsc_khz = OK(hull_vcpu_get_tsc_khz(g->vcpu));
	OK(hull_vcpu_get_msr(g->vcpu, MSR_SYSENTER_EIP, &s->sysenter_eip));
	OK(hull_vcpu_get_regs(g->vcpu, &s->regs));
	OK(hull_vcpu_get_sregs(g->vcpu, &s->sregs));
	OK(hull_vcpu_get_fpu(g->vcpu, &s->fpu));
	OK(hull_vcpu_get_xcrs(g->vcpu, &s->xcrs));
	OK(hull_vcpu_get_debugregs(g->vcpu, &s->debugregs));
	OK(hull_vcpu_get_interrupt_state(g->vcpu, &s->events));
	OK(hull_vcpu_get_mp_state(g->vcpu, &s->mp_state));
}

static void test_bad_pointers_vcpu(void)
{
	struct snapshot before, after;
	struct guest g;

	poke_create(&g);
	guest_complete_io(&g);
	take(&g, &before);
	sweep(&g, VCPU, hull_vcpu_fd(g.vcpu));
	take(&g, &after);
	CHECK(!memcmp(&before, &after, sizeof(before)));
	poke_write(&g, DATA_BASE, 1);
}

/* Before the first vCPU, after which some calls fail for another reason */
static void test_bad_pointers_system_and_vm(void)
{
	struct guest g;

	guest_create_vm(&g, RAM_SIZE);
	sweep(&g, SYS, hull_sys_fd(g.sys));
	sweep(&g, VM, hull_vm_fd(g.vm));
	guest_add_vcpu(&g, 0);
}

/* A call with a list: @head bytes, of which the first four say how long it is */
struct list_call {
	struct call call;
	uint32_t count;
	size_t head;
	size_t entry;
};

#define LIST(on, r, count, type, member) \
	{ { r, #r, on, true }, count, sizeof(type), sizeof(((type *)0)->member[0]) }

static const struct list_call list_calls[] = {
	LIST(ON_SYS, KVM_GET_SUPPORTED_CPUID, 256, struct kvm_cpuid2, entries),
	LIST(ON_SYS, KVM_GET_EMULATED_CPUID, 256, struct kvm_cpuid2, entries),
	LIST(ON_SYS, KVM_GET_MSR_INDEX_LIST, 4096, struct kvm_msr_list, indices),
	LIST(ON_SYS, KVM_GET_MSR_FEATURE_INDEX_LIST, 4096, struct kvm_msr_list, indices),
	LIST(ON_SYS | ON_VCPU, KVM_GET_MSRS, 2, struct kvm_msrs, entries),
	LIST(ON_VCPU, KVM_SET_MSRS, 2, struct kvm_msrs, entries),
	LIST(ON_VCPU, KVM_SET_CPUID, 2, struct kvm_cpuid, entries),
	LIST(ON_VCPU, KVM_SET_CPUID2, 2, struct kvm_cpuid2, entries),
	LIST(ON_VCPU, KVM_GET_CPUID2, 256, struct kvm_cpuid2, entries),
	/* Its length is in bytes. */
	LIST(ON_VCPU, KVM_SET_SIGNAL_MASK, 8, struct kvm_signal_mask, sigset),
};

static void expect_cut_off(int fd, const struct list_call *list)
{
	/* The first entry is one of an MSR, too. */
	const struct kvm_msr_entry entry = { .index = MSR_SYSENTER_EIP, .data = 0x1234 };
	uint8_t *at = end_of_memory() - list->entry / 2;

	at -= list->entry;
	memset(at, 0, list->entry);
	memcpy(at, &entry, list->entry < sizeof(entry) ? list->entry : sizeof(entry));
	at -= list->head;
	memset(at, 0, list->head);
	memcpy(at, &list->count, sizeof(list->count));
	expect(fd, list->call.name, list->call.request, (unsigned long)at, EFAULT);
}

/* Lists whose second half, from the middle of an entry on, is not there */
static void test_lists_cut_off(void)
{
	struct snapshot before, after;
	struct guest g;
	enum descriptor d;
	unsigned int i;

	guest_create(&g, LONG64);
	take(&g, &before);
	for (i = 0; i < ARRAY_SIZE(list_calls); i++) {
		/* There the padding is read first, and what fails is EINVAL. */
		if (list_calls[i].call.request == KVM_GET_EMULATED_CPUID && is_in_tree_kvm(&g))
			continue;
		for (d = SYS; d < NR_DESCRIPTORS; d++)
			if (list_calls[i].call.on & 1 << d)
				expect_cut_off(descriptors(&g).fd[d], &list_calls[i]);
	}
	take(&g, &after);
	CHECK(!memcmp(&before, &after, sizeof(before)));
}

/* What is only read may lie in memory that cannot be written, and nothing else. */
static void test_read_only_argument(void)
{
	static const struct call reads[] = {
		MEMORY(ON_VCPU, KVM_GET_REGS), MEMORY(ON_VCPU, KVM_GET_SREGS),
		MEMORY(ON_VCPU, KVM_GET_SREGS2), MEMORY(ON_VCPU, KVM_GET_FPU),
		MEMORY(ON_VCPU, KVM_GET_MP_STATE), MEMORY(ON_VCPU, KVM_GET_VCPU_EVENTS),
		MEMORY(ON_VCPU, KVM_GET_DEBUGREGS), MEMORY(ON_VCPU, KVM_GET_XSAVE),
		MEMORY(ON_VCPU, KVM_GET_XSAVE2), MEMORY(ON_VCPU, KVM_GET_XCRS),
		MEMORY(ON_VCPU, KVM_TRANSLATE),
	};
	struct kvm_clear_dirty_log *log;
	struct kvm_regs *regs;
	void *extra, *page;
	struct guest g;
	unsigned int i;
	int slot;

	poke_create(&g);
	guest_complete_io(&g);
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	SYS(mprotect(page, 8192, PROT_READ));
	for (i = 0; i < ARRAY_SIZE(reads); i++)
		if (ioctl(hull_vcpu_fd(g.vcpu), reads[i].request, page) != -1 || errno != EFAULT)
			FAIL("%s to read-only memory: errno %d, not EFAULT", reads[i].name, errno);

	SYS(mprotect(page, 8192, PROT_READ | PROT_WRITE));
	regs = page;
	guest_get_regs(&g, regs);
	regs->r15 = 0x1234;
	SYS(mprotect(page, 8192, PROT_READ));
	SYS(ioctl(hull_vcpu_fd(g.vcpu), KVM_SET_REGS, regs));

	need_capability(&g, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, "MANUAL_DIRTY_LOG_PROTECT2");
	extra = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(extra != MAP_FAILED);
	slot = OK(hull_vm_add_memory_region(g.vm, 0x1000000, extra, 65536,
					    KVM_MEM_LOG_DIRTY_PAGES));
	SYS(mprotect(page, 8192, PROT_READ | PROT_WRITE));
	log = page;
	memset(log, 0, sizeof(*log));
	log->slot = slot;
	log->num_pages = 16;
	log->dirty_bitmap = (uint8_t *)page + 4096;
	SYS(mprotect(page, 8192, PROT_READ));
	SYS(ioctl(hull_vm_fd(g.vm), KVM_CLEAR_DIRTY_LOG, log));
}

/* What is decided before the first vCPU cannot be decided after it. */
static void test_after_the_first_vcpu(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_MAX_VCPU_ID, .args = { 2 } };
	uint64_t address = 0xfffbc000;
	struct guest g;

	poke_create(&g);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_SET_IDENTITY_MAP_ADDR, &address) == -1);
	CHECK_EQ(errno, EINVAL);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_SET_IDENTITY_MAP_ADDR, NULL) == -1);
	CHECK_EQ(errno, EINVAL);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_SET_BOOT_CPU_ID, 0) == -1);
	CHECK_EQ(errno, EBUSY);
	if (hull_vm_check_capability(g.vm, KVM_CAP_MAX_VCPU_ID) > 0) {
		CHECK(ioctl(hull_vm_fd(g.vm), KVM_ENABLE_CAP, &cap) == -1);
		CHECK_EQ(errno, EINVAL);
	}
	poke_write(&g, DATA_BASE, 1);
}

/* In-tree KVM has attributes on all three descriptors. */
static bool is_known(struct guest *g, const struct call *call, enum descriptor d)
{
	if (call->on & 1 << d)
		return true;
	return _IOC_NR(call->request) >= _IOC_NR(KVM_SET_DEVICE_ATTR) &&
	       _IOC_NR(call->request) <= _IOC_NR(KVM_HAS_DEVICE_ATTR) && is_in_tree_kvm(g);
}

static void expect_unknown(struct guest *g, const struct call *call, unsigned long request,
			   enum descriptor d)
{
	static char buffer[16384];

	if (ioctl(descriptors(g).fd[d], request, buffer) != -1 || errno != unknown[d])
		FAIL("%s, request 0x%lx, descriptor %d: errno %d, not %d", call->name,
		     request, d, errno, unknown[d]);
}

static void test_wrong_descriptor(void)
{
	enum descriptor d;
	struct guest g;
	unsigned int i;

	poke_create(&g);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		for (d = SYS; d < NR_DESCRIPTORS; d++)
			if (!is_known(&g, &calls[i], d))
				expect_unknown(&g, &calls[i], calls[i].request, d);
	poke_write(&g, DATA_BASE, 1);
}

/* The size is a part of the number: a structure of another size is unknown. */
static void test_wrong_size(void)
{
	enum descriptor d;
	struct guest g;
	unsigned int i;

	poke_create(&g);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		for (d = SYS; d < NR_DESCRIPTORS; d++)
			expect_unknown(&g, &calls[i],
				       calls[i].request + (8 << _IOC_SIZESHIFT), d);
	poke_write(&g, DATA_BASE, 1);
}

static void test_unknown_numbers(void)
{
	struct guest g;
	unsigned int nr;

	poke_create(&g);
	for (nr = 0xf0; nr <= 0xff; nr++) {
		CHECK(ioctl(hull_vm_fd(g.vm), _IO(KVMIO, nr), 0) == -1 && errno == ENOTTY);
		CHECK(ioctl(hull_vcpu_fd(g.vcpu), _IO(KVMIO, nr), 0) == -1);
		CHECK_EQ(errno, EINVAL);
	}
	/* Another driver's type altogether */
	CHECK(ioctl(hull_vm_fd(g.vm), _IO(0x12, 1), 0) == -1 && errno == ENOTTY);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), _IO(0x12, 1), 0) == -1);
	CHECK(errno == ENOTTY || errno == EINVAL);
}

/*
 * XCR0 allows what CPUID has, and nothing yet before there is one; CR4 too, but
 * before that all that the host has. CPUID is fixed by the first run.
 */
static void test_wrong_order(void)
{
	const struct kvm_cpuid none = { .nent = 0 };
	struct kvm_sregs sregs, after;
	struct hull_vcpu *vcpu;
	struct guest g;

	poke_create(&g);
	expect(hull_vcpu_fd(g.vcpu), "KVM_SET_CPUID", KVM_SET_CPUID, (unsigned long)&none,
	       EINVAL);
	OK(hull_vcpu_create(g.vm, 1, &vcpu));
	if (guest_has_cpuid(&g, 1, 0, ECX, 26))
		CHECK_RET(hull_vcpu_set_xcr(vcpu, 0, 3), -EINVAL);
	SYS(ioctl(hull_vcpu_fd(vcpu), KVM_SET_CPUID, &none));
	OK(hull_vcpu_get_sregs(vcpu, &sregs));
	sregs.cr4 |= 1 << 18;			/* OSXSAVE */
	CHECK_RET(hull_vcpu_set_sregs(vcpu, &sregs), -EINVAL);
	OK(hull_vcpu_get_sregs(vcpu, &after));
	CHECK_EQ(after.cr4, 0);
	poke_write(&g, DATA_BASE, 1);
}

static void foreign_calls(struct guest *g)
{
	static uint64_t buffer[2048];
	const struct fds fds = descriptors(g);
	enum descriptor d;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		for (d = VM; d < NR_DESCRIPTORS; d++)
			if (calls[i].on & 1 << d)
				expect(fds.fd[d], calls[i].name, calls[i].request,
				       calls[i].memory ? (unsigned long)buffer : 0, EIO);
	/* The device is everybody's. */
	CHECK_RET(hull_get_api_version(g->sys), 12);
}

/* VMs and vCPUs are their creator's alone. */
static void test_other_address_space(void)
{
	struct snapshot before, after;
	struct guest g;

	poke_create(&g);
	guest_complete_io(&g);
	take(&g, &before);
	CHECK_EQ(guest_in_child(foreign_calls, &g), 0);
	take(&g, &after);
	CHECK(!memcmp(&before, &after, sizeof(before)));
	poke_write(&g, DATA_BASE, 99);
	CHECK_EQ(load64(&g, DATA_BASE), 99);
}

static void test_closed_descriptors(void)
{
	enum descriptor d;
	struct guest g;
	unsigned int i;
	int fd;

	poke_create(&g);
	for (d = SYS; d < NR_DESCRIPTORS; d++) {
		fd = SYS(dup(descriptors(&g).fd[d]));
		SYS(close(fd));
		for (i = 0; i < ARRAY_SIZE(calls); i++)
			if (calls[i].on & 1 << d)
				expect(fd, calls[i].name, calls[i].request, 0, EBADF);
	}
	poke_write(&g, DATA_BASE, 1);
}

/* Reads and writes are not for these descriptors; seeks and truncation neither. */
static void test_other_system_calls(void)
{
	enum descriptor d;
	struct guest g;
	struct fds fds;
	char c = 0;

	poke_create(&g);
	fds = descriptors(&g);
	for (d = SYS; d < NR_DESCRIPTORS; d++) {
		CHECK(read(fds.fd[d], &c, 1) == -1 && errno == EINVAL);
		CHECK(write(fds.fd[d], &c, 1) == -1 && errno == EINVAL);
		CHECK(ftruncate(fds.fd[d], 4096) == -1);
	}
	poke_write(&g, DATA_BASE, 1);
}

/* A call of the table as often as a random number */
static unsigned long random_request(uint64_t seed)
{
	if (seed >> 32 & 1)
		return calls[(seed >> 33) % ARRAY_SIZE(calls)].request;
	return _IOC(seed >> 43 & 3, KVMIO, seed >> 33 & 0xff, seed >> 45 & 0x7ff);
}

/* Those that would block, run the guest or hand out descriptors */
static bool is_left_out(unsigned long request)
{
	const unsigned int nr = _IOC_NR(request);

	return nr == 0x80 || nr == 0x01 || nr == 0x41 || nr == 0xce;
}

/* Random calls and arguments: whatever they answer, the host and other VMs go on. */
static void test_random_calls(void)
{
	static uint64_t buffer[8192];
	const unsigned int rounds = tap_env("HULL_TEST_ROUNDS", 200) * 100;
	unsigned long request;
	struct guest g, other;
	uint64_t seed = 12345;
	unsigned int i, j;
	struct fds fds;

	poke_create(&g);
	poke_create(&other);
	fds = descriptors(&g);
	for (i = 0; i < rounds; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		request = random_request(seed);
		if (is_left_out(request))
			continue;
		for (j = 0; j < 16; j++)
			buffer[j] = seed >> (j % 57);
		/* Where many structures have a count or flags */
		if (seed >> 58 & 1)
			buffer[0] = seed >> 59 & 7;
		ioctl(fds.fd[seed >> 41 & 1 ? VCPU : VM], request,
		      seed >> 57 & 1 ? (unsigned long)buffer : seed);
	}
	CHECK(ioctl(fds.fd[SYS], KVM_GET_API_VERSION, 0) == 12);
	poke_write(&other, DATA_BASE, 1);
	CHECK_EQ(load64(&other, DATA_BASE), 1);
}

static const struct test tests[] = {
	{ "bad_pointers_vcpu", test_bad_pointers_vcpu },
	{ "bad_pointers_system_and_vm", test_bad_pointers_system_and_vm },
	{ "lists_cut_off", test_lists_cut_off },
	{ "read_only_argument", test_read_only_argument },
	{ "after_the_first_vcpu", test_after_the_first_vcpu },
	{ "wrong_descriptor", test_wrong_descriptor },
	{ "wrong_size", test_wrong_size },
	{ "unknown_numbers", test_unknown_numbers },
	{ "wrong_order", test_wrong_order },
	{ "other_address_space", test_other_address_space },
	{ "closed_descriptors", test_closed_descriptors },
	{ "other_system_calls", test_other_system_calls },
	{ "random_calls", test_random_calls },
};

TAP_MAIN(tests)
