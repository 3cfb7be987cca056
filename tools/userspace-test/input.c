// SPDX-License-Identifier: GPL-2.0-only
/* Bad input, for every call: KVM's errno, and nothing changed. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "poke.h"

struct call {
	unsigned long request;
	const char *name;
};

#define CALL(r)	{ r, #r }

/* Each of these reads or writes memory at its argument before all else. */
static const struct call vcpu_pointers[] = {
	CALL(KVM_GET_REGS), CALL(KVM_SET_REGS), CALL(KVM_GET_SREGS), CALL(KVM_SET_SREGS),
	CALL(KVM_GET_FPU), CALL(KVM_SET_FPU), CALL(KVM_GET_MSRS), CALL(KVM_SET_MSRS),
	CALL(KVM_SET_CPUID2), CALL(KVM_GET_CPUID2), CALL(KVM_GET_MP_STATE),
	CALL(KVM_SET_MP_STATE), CALL(KVM_GET_VCPU_EVENTS), CALL(KVM_SET_VCPU_EVENTS),
	CALL(KVM_GET_DEBUGREGS), CALL(KVM_SET_DEBUGREGS), CALL(KVM_GET_XSAVE),
	CALL(KVM_SET_XSAVE), CALL(KVM_GET_XSAVE2), CALL(KVM_GET_XCRS), CALL(KVM_SET_XCRS),
	CALL(KVM_SET_GUEST_DEBUG), CALL(KVM_TRANSLATE), CALL(KVM_INTERRUPT),
	CALL(KVM_ENABLE_CAP), CALL(KVM_GET_DEVICE_ATTR), CALL(KVM_SET_DEVICE_ATTR),
	CALL(KVM_HAS_DEVICE_ATTR), CALL(KVM_SET_SIGNAL_MASK), CALL(KVM_SET_CPUID),
};

static const struct call vm_pointers[] = {
	CALL(KVM_SET_USER_MEMORY_REGION), CALL(KVM_GET_DIRTY_LOG), CALL(KVM_ENABLE_CAP),
	CALL(KVM_CLEAR_DIRTY_LOG), CALL(KVM_SET_IDENTITY_MAP_ADDR),
};

/* An odd low one, a kernel's, one that is not canonical, the last of all. */
static const unsigned long bad_addresses[] = {
	8, 0xffffffff80000000, 0x8000000000000000, -16UL,
};

static void sweep(int fd, const struct call *calls, unsigned int nr)
{
	unsigned int i, j;
	int ret;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < ARRAY_SIZE(bad_addresses); j++) {
			ret = ioctl(fd, calls[i].request, bad_addresses[j]);
			if (ret != -1 || errno != EFAULT)
				FAIL("%s(0x%lx): %d, errno %d, not EFAULT", calls[i].name,
				     bad_addresses[j], ret, ret ? errno : 0);
		}
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
};

static void take(struct guest *g, struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
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
	sweep(hull_vcpu_fd(g.vcpu), vcpu_pointers, ARRAY_SIZE(vcpu_pointers));
	take(&g, &after);
	CHECK(!memcmp(&before, &after, sizeof(before)));
	poke_write(&g, DATA_BASE, 1);
}

static void test_bad_pointers_vm(void)
{
	struct guest g;

	poke_create(&g);
	sweep(hull_vm_fd(g.vm), vm_pointers, ARRAY_SIZE(vm_pointers));
	poke_write(&g, DATA_BASE, 1);
}

/* A structure whose second half lies past the end of the mapping */
static void test_half_mapped(void)
{
	long page = sysconf(_SC_PAGESIZE);
	struct kvm_regs regs;
	struct guest g;
	char *p;

	poke_create(&g);
	guest_get_regs(&g, &regs);
	p = sbrk(0);
	CHECK(p != (void *)-1);
	p = (char *)(((uintptr_t)p + page - 1) & ~(page - 1));
	CHECK(!brk(p + page));
	memset(p, 0xff, page);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_SET_REGS, p + page - sizeof(regs) / 2) == -1);
	CHECK_EQ(errno, EFAULT);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_GET_REGS, p + page - sizeof(regs) / 2) == -1);
	CHECK_EQ(errno, EFAULT);
	poke_write(&g, DATA_BASE, 1);
}

/* What is only read may lie in memory that cannot be written, and nothing else. */
static void test_read_only_argument(void)
{
	static const struct call reads[] = {
		CALL(KVM_GET_REGS), CALL(KVM_GET_SREGS), CALL(KVM_GET_FPU),
		CALL(KVM_GET_MP_STATE), CALL(KVM_GET_VCPU_EVENTS), CALL(KVM_GET_DEBUGREGS),
		CALL(KVM_GET_XSAVE), CALL(KVM_GET_XCRS), CALL(KVM_TRANSLATE),
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
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_SET_BOOT_CPU_ID, 0) == -1);
	CHECK_EQ(errno, EBUSY);
	if (hull_vm_check_capability(g.vm, KVM_CAP_MAX_VCPU_ID) > 0) {
		CHECK(ioctl(hull_vm_fd(g.vm), KVM_ENABLE_CAP, &cap) == -1);
		CHECK_EQ(errno, EINVAL);
	}
	poke_write(&g, DATA_BASE, 1);
}

static const struct call vcpu_only[] = {
	CALL(KVM_GET_REGS), CALL(KVM_SET_REGS), CALL(KVM_GET_SREGS), CALL(KVM_SET_SREGS),
	CALL(KVM_GET_MSRS), CALL(KVM_SET_MSRS), CALL(KVM_SET_CPUID2), CALL(KVM_TRANSLATE),
	CALL(KVM_INTERRUPT), CALL(KVM_NMI), CALL(KVM_GET_FPU), CALL(KVM_GET_VCPU_EVENTS),
	CALL(KVM_SET_GUEST_DEBUG), CALL(KVM_RUN),
};

static const struct call vm_only[] = {
	CALL(KVM_SET_USER_MEMORY_REGION), CALL(KVM_GET_DIRTY_LOG), CALL(KVM_CREATE_VCPU),
	CALL(KVM_SET_TSS_ADDR), CALL(KVM_SET_IDENTITY_MAP_ADDR),
};

static const struct call system_only[] = {
	CALL(KVM_GET_API_VERSION), CALL(KVM_CREATE_VM), CALL(KVM_GET_VCPU_MMAP_SIZE),
	CALL(KVM_GET_SUPPORTED_CPUID), CALL(KVM_GET_MSR_INDEX_LIST),
};

static void unknown_on(int fd, int want, const struct call *calls, unsigned int nr)
{
	char buffer[4096] = { 0 };
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (ioctl(fd, calls[i].request, buffer) != -1 || errno != want)
			FAIL("%s on another descriptor: errno %d, not %d", calls[i].name,
			     errno, want);
}

static void test_wrong_descriptor(void)
{
	struct guest g;
	int sys, vm, vcpu;

	poke_create(&g);
	sys = hull_sys_fd(g.sys);
	vm = hull_vm_fd(g.vm);
	vcpu = hull_vcpu_fd(g.vcpu);
	unknown_on(vm, ENOTTY, vcpu_only, ARRAY_SIZE(vcpu_only));
	unknown_on(vm, ENOTTY, system_only, ARRAY_SIZE(system_only));
	unknown_on(sys, EINVAL, vm_only, ARRAY_SIZE(vm_only));
	unknown_on(vcpu, EINVAL, vm_only, ARRAY_SIZE(vm_only));
	unknown_on(vcpu, EINVAL, system_only, ARRAY_SIZE(system_only));
	poke_write(&g, DATA_BASE, 1);
}

/* The size is a part of the number: a structure of another size is unknown. */
static void test_wrong_size(void)
{
	char buffer[16384] = { 0 };
	struct guest g;
	unsigned int i;

	poke_create(&g);
	for (i = 0; i < ARRAY_SIZE(vcpu_only) - 1; i++) {
		unsigned long request = vcpu_only[i].request + (8 << _IOC_SIZESHIFT);

		if (ioctl(hull_vcpu_fd(g.vcpu), request, buffer) != -1 || errno != EINVAL)
			FAIL("%s of another size: errno %d, not EINVAL", vcpu_only[i].name,
			     errno);
	}
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_SET_USER_MEMORY_REGION + (8 << _IOC_SIZESHIFT),
		    buffer) == -1 && errno == ENOTTY);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_GET_DIRTY_LOG + (8 << _IOC_SIZESHIFT),
		    buffer) == -1 && errno == ENOTTY);
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

/* Without an in-kernel interrupt controller these have nothing to work on. */
static void test_wrong_order(void)
{
	static const struct {
		unsigned long request;
		int error;
		const char *name;
	} rows[] = {
		{ KVM_GET_IRQCHIP, ENXIO, "KVM_GET_IRQCHIP" },
		{ KVM_SET_IRQCHIP, ENXIO, "KVM_SET_IRQCHIP" },
		{ KVM_IRQ_LINE, ENXIO, "KVM_IRQ_LINE" },
		{ KVM_GET_PIT2, ENXIO, "KVM_GET_PIT2" },
	};
	char buffer[4096] = { 0 };
	struct guest g;
	unsigned int i;

	poke_create(&g);
	need_capability(&g, KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP");
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (ioctl(hull_vm_fd(g.vm), rows[i].request, buffer) != -1 ||
		    errno != rows[i].error)
			FAIL("%s: errno %d, not %d", rows[i].name, errno, rows[i].error);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_GET_LAPIC, buffer) == -1 && errno == EINVAL);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_CREATE_IRQCHIP, 0) == -1 && errno == EINVAL);
}

/* Reads and writes are not for these descriptors; seeks and truncation neither. */
static void test_other_system_calls(void)
{
	struct guest g;
	char c = 0;
	int fds[3];
	unsigned int i;

	poke_create(&g);
	fds[0] = hull_sys_fd(g.sys);
	fds[1] = hull_vm_fd(g.vm);
	fds[2] = hull_vcpu_fd(g.vcpu);
	for (i = 0; i < 3; i++) {
		CHECK(read(fds[i], &c, 1) == -1 && errno == EINVAL);
		CHECK(write(fds[i], &c, 1) == -1 && errno == EINVAL);
		CHECK(ftruncate(fds[i], 4096) == -1);
	}
	poke_write(&g, DATA_BASE, 1);
}

/* Random numbers and arguments: whatever they answer, the VM goes on. */
static void test_random_calls(void)
{
	static char buffer[65536];
	const unsigned int calls = tap_env("HULL_TEST_ROUNDS", 200) * 100;
	struct kvm_sregs sregs;
	struct guest g, other;
	uint64_t seed = 12345;
	unsigned int i, j, nr;
	int fds[3];

	poke_create(&g);
	poke_create(&other);
	fds[0] = hull_sys_fd(g.sys);
	fds[1] = hull_vm_fd(g.vm);
	fds[2] = hull_vcpu_fd(g.vcpu);
	for (i = 0; i < calls; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		nr = seed >> 33 & 0xff;
		/* Those that would block, run the guest or hand out descriptors */
		if (nr == 0x80 || nr == 0x01 || nr == 0x41 || nr == 0xce)
			continue;
		for (j = 0; j < 64; j++)
			buffer[j] = seed >> (j % 57);
		ioctl(fds[seed >> 41 & 1 ? 2 : 1],
		      _IOC(seed >> 43 & 3, KVMIO, nr, seed >> 45 & 0x7ff),
		      seed >> 57 & 1 ? (unsigned long)buffer : seed);
	}
	CHECK(ioctl(fds[0], KVM_GET_API_VERSION, 0) == 12);
	hull_vcpu_get_sregs(g.vcpu, &sregs);
	poke_write(&other, DATA_BASE, 1);
	CHECK_EQ(load64(&other, DATA_BASE), 1);
}

static const struct test tests[] = {
	{ "bad_pointers_vcpu", test_bad_pointers_vcpu },
	{ "bad_pointers_vm", test_bad_pointers_vm },
	{ "half_mapped_structure", test_half_mapped },
	{ "read_only_argument", test_read_only_argument },
	{ "after_the_first_vcpu", test_after_the_first_vcpu },
	{ "wrong_descriptor", test_wrong_descriptor },
	{ "wrong_size", test_wrong_size },
	{ "unknown_numbers", test_unknown_numbers },
	{ "wrong_order", test_wrong_order },
	{ "other_system_calls", test_other_system_calls },
	{ "random_calls", test_random_calls },
};

TAP_MAIN(tests)
