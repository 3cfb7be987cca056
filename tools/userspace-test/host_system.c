// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's system state after an exit is what it was before: MSRs (read by the
 * msr driver of the same CPU), XCR0, PKRU, LDT and selectors, debug registers, and
 * CR4 as far as a program can tell. What the host can do without for a moment is
 * given a value of its own first, so that a constant put there would show.
 */
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <cpuid.h>
#include <fcntl.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "msr.h"
#include "thread.h"

PAYLOAD(host_system);

#define MSR_DEBUGCTL	0x1d9
#define MSR_XSS		0xda0
#define MSR_FS_BASE	0xc0000100
#define MSR_GS_BASE	0xc0000101
#define MSR_TSC_AUX	0xc0000103

#define WITH_XCR0	1
#define WITH_PKRU	2

static const uint32_t watched_msrs[] = {
	MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_PAT, MSR_DEBUGCTL,
	MSR_XSS, MSR_EFER, MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_FMASK, MSR_FS_BASE,
	MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_TSC_AUX,
};

#define NR_MSRS		ARRAY_SIZE(watched_msrs)
#define NO_MSR		0xdeadbeefdeadbeef

static int msr_open(unsigned int cpu, int flags)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "/dev/cpu/%u/msr", cpu);
	fd = open(name, flags);
	if (fd < 0)
		SKIP("%s: %s", name, strerror(errno));
	return fd;
}

static uint64_t msr_read(int fd, uint32_t index)
{
	uint64_t value;

	return pread(fd, &value, sizeof(value), index) == sizeof(value) ? value : NO_MSR;
}

/* Whether the MSR took the value. */
static bool msr_try(int fd, uint32_t index, uint64_t value)
{
	return pwrite(fd, &value, sizeof(value), index) == sizeof(value) &&
	       msr_read(fd, index) == value;
}

static void read_msrs(int fd, uint64_t *values)
{
	unsigned int i;

	for (i = 0; i < NR_MSRS; i++)
		values[i] = msr_read(fd, watched_msrs[i]);
}

static void compare_msrs(int fd, const uint64_t *before)
{
	uint64_t after[NR_MSRS];
	unsigned int i;

	read_msrs(fd, after);
	for (i = 0; i < NR_MSRS; i++)
		if (after[i] != before[i])
			FAIL("the host's MSR 0x%x was 0x%llx and is 0x%llx", watched_msrs[i],
			     (unsigned long long)before[i], (unsigned long long)after[i]);
}

/* What the kernel does not use while no 32-bit program runs. */
static const struct {
	uint32_t index;
	uint64_t flip;
} sentinels[] = {
	{ MSR_SYSENTER_CS, 0x100 },
	{ MSR_SYSENTER_EIP, 0x10 },
	{ MSR_PAT, 1ULL << 48 },	/* entry 6, UC-, becomes WC or WP */
	{ MSR_STAR, 0x5a5a5a5a },	/* EIP of SYSCALL in legacy mode */
	{ MSR_CSTAR, 0x20 },
	{ MSR_FMASK, 1 << 21 },		/* ID */
	{ MSR_DEBUGCTL, 2 },		/* BTF: without TF no effect */
};

static struct {
	int fd;
	uint64_t old[ARRAY_SIZE(sentinels)];
} planted = { .fd = -1 };

static void remove_sentinels(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sentinels); i++)
		if (planted.old[i] != NO_MSR)
			msr_try(planted.fd, sentinels[i].index, planted.old[i]);
}

/* Of those that this CPU has. */
static void plant_sentinels(int fd)
{
	unsigned int i;

	planted.fd = fd;
	for (i = 0; i < ARRAY_SIZE(sentinels); i++)
		planted.old[i] = msr_read(fd, sentinels[i].index);
	atexit(remove_sentinels);
	for (i = 0; i < ARRAY_SIZE(sentinels); i++)
		if (planted.old[i] == NO_MSR ||
		    !msr_try(fd, sentinels[i].index, planted.old[i] ^ sentinels[i].flip))
			tap_diag("MSR 0x%x takes no other value here", sentinels[i].index);
}

static void on_cpu(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	SYS(sched_setaffinity(0, sizeof(set), &set));
}

static void add_msr(struct guest *g, unsigned int *nr, uint32_t index, uint64_t value)
{
	store64(g, DATA_BASE + *nr * 16, index);
	store64(g, DATA_BASE + *nr * 16 + 8, value);
	++*nr;
	store64(g, DATA_BASE + *nr * 16, 0);
}

static void guest_msrs(struct guest *g)
{
	const uint64_t address = 0x1234000;
	unsigned int nr = 0;

	add_msr(g, &nr, MSR_FS_BASE, address);
	add_msr(g, &nr, MSR_GS_BASE, address + 8);
	add_msr(g, &nr, MSR_KERNEL_GS_BASE, address + 16);
	add_msr(g, &nr, MSR_STAR, 0x0033001000001234);
	add_msr(g, &nr, MSR_LSTAR, address + 24);
	add_msr(g, &nr, MSR_CSTAR, address + 32);
	add_msr(g, &nr, MSR_FMASK, 0x700);
	add_msr(g, &nr, MSR_SYSENTER_CS, 0x50);
	add_msr(g, &nr, MSR_SYSENTER_ESP, address + 40);
	add_msr(g, &nr, MSR_SYSENTER_EIP, address + 48);
	add_msr(g, &nr, MSR_PAT, 0x0501040600010406);
	add_msr(g, &nr, MSR_EFER, 0xd01);		/* NXE, LMA, LME, SCE */
	if (guest_has_cpuid(g, 0x80000001, 0, EDX, 27))
		add_msr(g, &nr, MSR_TSC_AUX, 0x5a5a);
	/* In-tree KVM takes it from the host alone, and says so in the log each time. */
	if (!is_in_tree_kvm(g) && !hull_vcpu_set_msr(g->vcpu, MSR_DEBUGCTL, 1))
		add_msr(g, &nr, MSR_DEBUGCTL, 1);	/* LBR */
}

static void guest_start(struct guest *g, unsigned int rounds)
{
	struct kvm_regs regs;
	struct kvm_sregs sregs;

	GUEST(g, LONG64, host_system);
	store64(g, GDT_BASE + SEL_SPARE, 0x000082000000000f | IDT_BASE << 16);	/* LDT */
	store64(g, GDT_BASE + SEL_SPARE + 8, 0);
	guest_msrs(g);
	OK(hull_vcpu_get_sregs(g->vcpu, &sregs));
	guest_get_regs(g, &regs);
	regs.rbx = rounds;
	regs.rbp = 0;
	/*
	 * Four watchpoints of a byte each. QEMU's emulated SVM leaves them behind at
	 * every exit, until it crashes: there they are not armed.
	 */
	regs.r14 = host_is_tcg() ? 0x11110700 : 0x111107ff;
	if (guest_has_cpuid(g, 1, 0, ECX, 26)) {
		sregs.cr4 |= 1 << 18;		/* OSXSAVE */
		regs.rbp |= WITH_XCR0;
	}
	if (guest_has_cpuid(g, 7, 0, ECX, 3)) {
		sregs.cr4 |= 1 << 22;		/* PKE */
		regs.rbp |= WITH_PKRU;
	}
	OK(hull_vcpu_set_sregs(g->vcpu, &sregs));
	guest_set_regs(g, &regs);
}

/* --- what a program sees of itself ---------------------------------------- */

static bool host_cpuid(unsigned int leaf, int reg, int bit)
{
	unsigned int r[4] = { 0 };

	__cpuid_count(leaf, 0, r[0], r[1], r[2], r[3]);
	return r[reg] >> bit & 1;
}

static uint64_t xcr0(void)
{
	uint32_t low, high;

	asm volatile("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
	return low | (uint64_t)high << 32;
}

static uint32_t pkru(void)
{
	uint32_t low, high;

	asm volatile("rdpkru" : "=a" (low), "=d" (high) : "c" (0));
	return low;
}

struct seen {
	uint64_t xcr0;
	uint32_t pkru;
	uint16_t ds, es, gs;
	uint64_t cell;		/* at the beginning of GS */
	uint64_t gs_base;
};

static void look(struct seen *s)
{
	memset(s, 0, sizeof(*s));
	if (host_cpuid(1, ECX, 27))
		s->xcr0 = xcr0();
	if (host_cpuid(7, ECX, 4))
		s->pkru = pkru();
	asm volatile("mov %%ds, %0" : "=r" (s->ds));
	asm volatile("mov %%es, %0" : "=r" (s->es));
	asm volatile("mov %%gs, %0" : "=r" (s->gs));
	asm volatile("mov %%gs:0, %0" : "=r" (s->cell));
	SYS(syscall(SYS_arch_prctl, ARCH_GET_GS, &s->gs_base));
}

static void compare_seen(const struct seen *before)
{
	struct seen after;

	look(&after);
	CHECK_EQ(after.xcr0, before->xcr0);
	CHECK_EQ(after.pkru, before->pkru);
	CHECK_EQ(after.ds, before->ds);
	CHECK_EQ(after.es, before->es);
	CHECK_EQ(after.gs, before->gs);
	CHECK_EQ(after.cell, before->cell);
	CHECK_EQ(after.gs_base, before->gs_base);
}

static void own_pkru(uint32_t value)
{
	if (host_cpuid(7, ECX, 4))
		asm volatile("wrpkru" : : "a" (value), "c" (0), "d" (0));
}

/*
 * A local descriptor table with one segment in DS, ES and GS. QEMU's emulated SVM
 * hangs after an exit, in-tree KVM's too, when DS or ES then has a base: there they
 * get the kernel's flat segment for programs.
 */
static void own_segments(uint64_t value)
{
	struct user_desc desc = {
		.limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1, .useable = 1,
	};
	uint64_t *cell = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	uint16_t selector = 7;		/* entry 0 of the LDT, RPL 3 */
	uint16_t data = host_is_tcg() ? 0x2b : selector;

	CHECK(cell != MAP_FAILED);
	*cell = value;
	desc.base_addr = (uintptr_t)cell;
	if (syscall(SYS_modify_ldt, 0x11, &desc, sizeof(desc)))
		SKIP("no modify_ldt: %s", strerror(errno));
	asm volatile("mov %0, %%ds; mov %0, %%es; mov %1, %%gs" : : "r" (data), "r" (selector));
}

/* --- the tests ------------------------------------------------------------- */

static void test_host_msrs(void)
{
	uint64_t before[NR_MSRS];
	static uint64_t cell;
	struct guest g;
	unsigned int i;
	int fd;

	on_cpu(0);
	fd = msr_open(0, O_RDWR);
	guest_create_vm(&g, 0);
	if (!is_in_tree_kvm(&g))	/* which reads some of them once, at load */
		plant_sentinels(fd);
	guest_destroy(&g);
	SYS(syscall(SYS_arch_prctl, ARCH_SET_GS, &cell));
	guest_start(&g, 3);
	read_msrs(fd, before);
	CHECK(before[NR_MSRS - 2] == (uintptr_t)&cell);
	for (i = 0; i < 100; i++) {
		guest_sync(&g, 0);
		compare_msrs(fd, before);
	}
}

static void test_host_segments(void)
{
	struct seen before;
	struct guest g;
	unsigned int i;

	guest_start(&g, 3);
	own_segments(0x6e6e6e6e);
	own_pkru(0x44444440);
	look(&before);
	CHECK_EQ(before.gs, 7);
	CHECK_EQ(before.cell, 0x6e6e6e6e);
	for (i = 0; i < 100; i++) {
		guest_sync(&g, 0);
		compare_seen(&before);
	}
}

static sigjmp_buf no_rdtsc;

static void on_segv(int sig)
{
	(void)sig;
	siglongjmp(no_rdtsc, 1);
}

static bool rdtsc_faults(void)
{
	if (sigsetjmp(no_rdtsc, 1))
		return true;
	asm volatile("rdtsc" : : : "rax", "rdx");
	return false;
}

/* CR4.TSD is the thread's: what was there at the first run will not do. */
static void test_host_cr4(void)
{
	struct guest g;
	unsigned int i;
	bool off;

	guest_start(&g, 3);
	CHECK(signal(SIGSEGV, on_segv) != SIG_ERR);
	for (i = 0; i < 100; i++) {
		off = i % 3 == 1;
		SYS(prctl(PR_SET_TSC, off ? PR_TSC_SIGSEGV : PR_TSC_ENABLE));
		guest_sync(&g, 0);
		CHECK_EQ(rdtsc_faults(), off);
		guest_sync(&g, 0);
		CHECK_EQ(rdtsc_faults(), off);
	}
	SYS(prctl(PR_SET_TSC, PR_TSC_ENABLE));
}

static volatile uint64_t watched[4];

static int watch(unsigned int i, unsigned int len)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (uintptr_t)&watched[i],
		.bp_len = len,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

/* All four breakpoints of the process count their writes and no others. */
static void test_host_breakpoints(void)
{
	static const unsigned int lengths[4] = { 1, 2, 4, 8 };
	uint64_t count[4];
	struct guest g;
	unsigned int i, n;
	int fd[4];

	guest_start(&g, 3);
	for (i = 0; i < 4; i++) {
		fd[i] = watch(i, lengths[i]);
		if (fd[i] < 0)
			SKIP("no four hardware breakpoints: %s", strerror(errno));
		watched[i] = 1;
		SYS(read(fd[i], &count[i], sizeof(count[i])));
		if (count[i] != 1)
			SKIP("this machine's watchpoints do not count");
	}
	for (n = 0; n < 60; n++) {
		guest_sync(&g, 0);
		for (i = 0; i <= n % 4; i++)
			watched[i] = n;
	}
	for (i = 0; i < 4; i++) {
		SYS(read(fd[i], &count[i], sizeof(count[i])));
		CHECK_EQ(count[i], 1 + 15 * (4 - i));
	}
}

/*
 * The vCPU goes back and forth between two CPUs, each with its own values. Some
 * of them (GS base, SYSENTER_ESP, TSC_AUX) differ by nature.
 */
static void test_host_state_on_the_move(void)
{
	uint64_t before[2][NR_MSRS];
	struct seen seen;
	struct guest g;
	unsigned int i;
	int fd[2];

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP("needs two CPUs");
	guest_start(&g, 3);
	own_segments(0x7b7b7b7b);
	for (i = 0; i < 2; i++) {
		fd[i] = msr_open(i, O_RDONLY);
		on_cpu(i);
		read_msrs(fd[i], before[i]);
	}
	look(&seen);
	for (i = 0; i < 100; i++) {
		on_cpu(i % 2);
		guest_sync(&g, 0);
		compare_msrs(fd[i % 2], before[i % 2]);
		compare_seen(&seen);
	}
}

static void pause_ns(uint64_t ns)
{
	struct timespec pause = { ns / 1000000000, ns % 1000000000 };

	nanosleep(&pause, NULL);
}

struct observer {
	int fd;
	unsigned int rounds;
	bool stop;
};

/*
 * Comes up in the middle of the other thread's KVM_RUN, anywhere in it, and sees
 * the host.
 */
static void *observe(void *opaque)
{
	struct sched_param param = { .sched_priority = 10 };
	struct observer *o = opaque;
	uint64_t start, took = 0;
	static uint64_t cell = 0x2222;
	uint64_t before[NR_MSRS];
	struct seen seen;

	CHECK(!pthread_setschedparam(pthread_self(), SCHED_FIFO, &param));
	SYS(syscall(SYS_arch_prctl, ARCH_SET_GS, &cell));
	read_msrs(o->fd, before);
	look(&seen);
	CHECK_EQ(seen.cell, 0x2222);
	while (!__atomic_load_n(&o->stop, __ATOMIC_RELAXED)) {
		/*
		 * Of no common measure with a round of the guest's, and long enough
		 * to leave most of a slow machine's time to the others.
		 */
		pause_ns(20000 + o->rounds * 7919 % 180000 + 4000 * took);
		start = now_us();
		compare_msrs(o->fd, before);
		compare_seen(&seen);
		took = now_us() - start;
		o->rounds++;
	}
	return NULL;
}

static void test_host_state_preempted(void)
{
	struct observer o = { .stop = false };
	uint64_t before[NR_MSRS];
	unsigned int i, runs = tap_env("HULL_TEST_ROUNDS", 50);
	pthread_t thread;
	struct seen seen;
	struct guest g;

	on_cpu(0);
	o.fd = msr_open(0, O_RDONLY);
	guest_start(&g, 50);
	CHECK(!pthread_create(&thread, NULL, observe, &o));
	own_segments(0x1111);
	look(&seen);
	read_msrs(o.fd, before);
	for (i = 0; i < runs; i++) {
		guest_sync(&g, 0);
		compare_msrs(o.fd, before);
		compare_seen(&seen);
	}
	__atomic_store_n(&o.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	CHECK(o.rounds >= runs / 10);
}

static const struct test tests[] = {
	{ "host_msrs", test_host_msrs },
	{ "host_segments", test_host_segments },
	{ "host_cr4", test_host_cr4 },
	{ "host_breakpoints", test_host_breakpoints },
	{ "host_state_on_the_move", test_host_state_on_the_move },
	{ "host_state_preempted", test_host_state_preempted },
};

TAP_MAIN(tests)
