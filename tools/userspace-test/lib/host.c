// SPDX-License-Identifier: GPL-2.0-only
/* What the host's registers hold: see host.h. */
#include "host.h"

#include <asm/hwcap2.h>
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <cpuid.h>
#include <fcntl.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define WITH_XCR0	1
#define WITH_PKRU	2

/* --- MSRs ------------------------------------------------------------------ */

static const uint32_t watched_msrs[HOST_NR_MSRS] = {
	MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_PAT, MSR_DEBUGCTL,
	MSR_XSS, MSR_EFER, MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_FMASK, MSR_FS_BASE,
	MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_TSC_AUX, MSR_SPEC_CTRL,
};

int host_msr_open(unsigned int cpu, int flags)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "/dev/cpu/%u/msr", cpu);
	fd = open(name, flags);
	if (fd < 0)
		SKIP("%s: %s", name, strerror(errno));
	return fd;
}

uint64_t host_msr_read(int fd, uint32_t index)
{
	uint64_t value;

	return pread(fd, &value, sizeof(value), index) == sizeof(value) ? value : NO_MSR;
}

bool host_msr_try(int fd, uint32_t index, uint64_t value)
{
	return pwrite(fd, &value, sizeof(value), index) == sizeof(value) &&
	       host_msr_read(fd, index) == value;
}

void host_msrs_read(int fd, struct host_msrs *msrs)
{
	unsigned int i;

	for (i = 0; i < HOST_NR_MSRS; i++)
		msrs->value[i] = host_msr_read(fd, watched_msrs[i]);
}

void host_msrs_compare(int fd, const struct host_msrs *before)
{
	struct host_msrs after;
	unsigned int i;

	host_msrs_read(fd, &after);
	for (i = 0; i < HOST_NR_MSRS; i++)
		if (after.value[i] != before->value[i])
			FAIL("the host's MSR 0x%x was 0x%llx and is 0x%llx", watched_msrs[i],
			     (unsigned long long)before->value[i],
			     (unsigned long long)after.value[i]);
}

/*
 * What the kernel does not use while no 32-bit program runs. XCR0 and XSS are not
 * among them: the msr driver has no XCR0, and processes keep state by both.
 */
static const struct {
	uint32_t index;
	uint64_t flip[2];
} sentinels[] = {
	{ MSR_SYSENTER_CS, { 0x100, 0x200 } },
	{ MSR_SYSENTER_EIP, { 0x10, 0x20 } },
	{ MSR_PAT, { 1ULL << 48, 3ULL << 48 } },	/* entry 6, which Linux does not use */
	{ MSR_STAR, { 0x5a5a5a5a, 0x3c3c3c3c } },	/* EIP of SYSCALL in legacy mode */
	{ MSR_CSTAR, { 0x20, 0x40 } },
	{ MSR_FMASK, { 1 << 21, 1 << 20 } },		/* ID, VIP */
	{ MSR_DEBUGCTL, { 2, 2 } },			/* BTF: without TF no effect */
};

static struct {
	int fd;
	uint64_t old[ARRAY_SIZE(sentinels)];
} planted[2] = { { .fd = -1 }, { .fd = -1 } };

static void remove_sentinels(void)
{
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(planted); n++)
		for (i = 0; planted[n].fd >= 0 && i < ARRAY_SIZE(sentinels); i++)
			if (planted[n].old[i] != NO_MSR)
				host_msr_try(planted[n].fd, sentinels[i].index,
					     planted[n].old[i]);
}

void host_plant_sentinels(int fd, unsigned int number)
{
	uint64_t *old = planted[number].old;
	struct guest g;
	unsigned int i;
	bool kvm;

	guest_create_vm(&g, 0);
	kvm = is_in_tree_kvm(&g);
	guest_destroy(&g);
	if (kvm)
		return;
	for (i = 0; i < ARRAY_SIZE(sentinels); i++)
		old[i] = host_msr_read(fd, sentinels[i].index);
	planted[number].fd = fd;
	if (!number)
		atexit(remove_sentinels);
	/* Of those that this CPU has. */
	for (i = 0; i < ARRAY_SIZE(sentinels); i++)
		if (old[i] == NO_MSR ||
		    !host_msr_try(fd, sentinels[i].index,
				  old[i] ^ sentinels[i].flip[number]))
			tap_diag("MSR 0x%x takes no other value here", sentinels[i].index);
}

/* --- what a thread sees of itself ------------------------------------------- */

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

void host_look(struct host_seen *s)
{
	memset(s, 0, sizeof(*s));
	if (host_cpuid(1, ECX, 27))
		s->xcr0 = xcr0();
	if (host_cpuid(7, ECX, 4))
		s->pkru = pkru();
	asm volatile("stmxcsr %0" : "=m" (s->mxcsr));
	asm volatile("fnstcw %0" : "=m" (s->fcw));
	asm volatile("mov %%ds, %0" : "=r" (s->ds));
	asm volatile("mov %%es, %0" : "=r" (s->es));
	asm volatile("mov %%fs, %0" : "=r" (s->fs));
	asm volatile("mov %%gs, %0" : "=r" (s->gs));
	asm volatile("mov %%gs:0, %0" : "=r" (s->cell));
	SYS(syscall(SYS_arch_prctl, ARCH_GET_FS, &s->fs_base));
	SYS(syscall(SYS_arch_prctl, ARCH_GET_GS, &s->gs_base));
}

void host_compare(const struct host_seen *before)
{
	struct host_seen after;

	host_look(&after);
	CHECK_EQ(after.xcr0, before->xcr0);
	CHECK_EQ(after.pkru, before->pkru);
	CHECK_EQ(after.mxcsr & ~0x3f, before->mxcsr & ~0x3f);	/* without flags */
	CHECK_EQ(after.fcw, before->fcw);
	CHECK_EQ(after.ds, before->ds);
	CHECK_EQ(after.es, before->es);
	CHECK_EQ(after.fs, before->fs);
	CHECK_EQ(after.gs, before->gs);
	CHECK_EQ(after.cell, before->cell);
	CHECK_EQ(after.fs_base, before->fs_base);
	CHECK_EQ(after.gs_base, before->gs_base);
}

void host_own_base(uint64_t *cell)
{
	SYS(syscall(SYS_arch_prctl, ARCH_SET_GS, cell));
}

/*
 * QEMU's emulated SVM hangs after an exit, in-tree KVM's too, when DS or ES then has
 * a base: there they get the kernel's flat segment for programs.
 */
void host_own_segments(uint64_t value)
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

void host_own_fs(void)
{
	uint64_t base;

	if (!(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE)) {
		tap_diag("this CPU has no WRFSBASE");
		return;
	}
	asm volatile("rdfsbase %0; mov %1, %%fs; wrfsbase %0" : "=&r" (base) : "r" (0x2b));
}

void host_own_pkru(uint32_t value)
{
	if (host_cpuid(7, ECX, 4))
		asm volatile("wrpkru" : : "a" (value), "c" (0), "d" (0));
}

void host_own_fpu(uint32_t mxcsr, uint16_t fcw)
{
	asm volatile("ldmxcsr %0" : : "m" (mxcsr));
	asm volatile("fldcw %0" : : "m" (fcw));
}

int host_watch(volatile void *at, unsigned int len)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (uintptr_t)at,
		.bp_len = len,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

#define RDTSC_SIZE	2
#define IN_SIZE		1	/* by DX */

static volatile unsigned int fault_size;
static volatile bool faulted;

/* Skips the instruction; all registers come back with the return. */
static void on_segv(int sig, siginfo_t *info, void *opaque)
{
	ucontext_t *context = opaque;

	(void)sig;
	(void)info;
	context->uc_mcontext.gregs[REG_RIP] += fault_size;
	faulted = true;
}

static void expect_faults(unsigned int size, struct sigaction *old)
{
	struct sigaction action = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };

	fault_size = size;
	faulted = false;
	SYS(sigaction(SIGSEGV, &action, old));
}

bool host_rdtsc_faults(void)
{
	struct sigaction old;

	expect_faults(RDTSC_SIZE, &old);
	asm volatile("rdtsc" : : : "rax", "rdx");
	SYS(sigaction(SIGSEGV, &old, NULL));
	return faulted;
}

bool host_in_faults(uint16_t port)
{
	struct sigaction old;

	expect_faults(IN_SIZE, &old);
	asm volatile("in %%dx, %%al" : : "d" (port) : "rax");
	SYS(sigaction(SIGSEGV, &old, NULL));
	return faulted;
}

/* --- vector registers ------------------------------------------------------- */

/*
 * Loads them, makes the system call and stores them, with nothing of the compiler's
 * in between.
 */
#define EACH16(op) \
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) \
	op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)
#define LOAD_XMM(n)	"movups " #n "*32(%%r8), %%xmm" #n "\n\t"
#define STORE_XMM(n)	"movups %%xmm" #n ", " #n "*32(%%r9)\n\t"
#define LOAD_YMM(n)	"vmovups " #n "*32(%%r8), %%ymm" #n "\n\t"
#define STORE_YMM(n)	"vmovups %%ymm" #n ", " #n "*32(%%r9)\n\t"

#define SYSCALL_BETWEEN(load, store) \
	asm volatile(EACH16(load) "syscall\n\t" EACH16(store) \
		     : "+a" (nr) \
		     : "D" (a), "S" (b), "d" (c), "r" (r8), "r" (r9) \
		     : "rcx", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", \
		       "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", \
		       "xmm12", "xmm13", "xmm14", "xmm15")

static long syscall_with_xmm(long nr, long a, long b, long c, const void *in, void *out)
{
	register const void *r8 asm("r8") = in;
	register void *r9 asm("r9") = out;

	SYSCALL_BETWEEN(LOAD_XMM, STORE_XMM);
	return nr;
}

__attribute__((target("avx")))
static long syscall_with_ymm(long nr, long a, long b, long c, const void *in, void *out)
{
	register const void *r8 asm("r8") = in;
	register void *r9 asm("r9") = out;

	SYSCALL_BETWEEN(LOAD_YMM, STORE_YMM);
	return nr;
}

long host_syscall_with_vectors(unsigned int salt, long nr, long a, long b, long c)
{
	bool avx = __builtin_cpu_supports("avx");
	uint8_t in[16][32], out[16][32];
	unsigned int i, j;
	long ret;

	for (i = 0; i < 16; i++)
		for (j = 0; j < 32; j++)
			in[i][j] = avx || j < 16 ? i * 17 + j + salt : 0;
	memset(out, 0, sizeof(out));
	ret = avx ? syscall_with_ymm(nr, a, b, c, in, out) :
		    syscall_with_xmm(nr, a, b, c, in, out);
	for (i = 0; i < 16; i++)
		if (memcmp(in[i], out[i], sizeof(in[i])))
			FAIL("vector register %u changed", i);
	return ret;
}

/* --- CPUs, and the guest ---------------------------------------------------- */

void host_on_cpu(unsigned int cpu)
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

/* Where it does not, the write is taken and the bit stays 0. */
static bool records_branches(struct guest *g)
{
	uint64_t value;

	OK(hull_vcpu_set_msr(g->vcpu, MSR_DEBUGCTL, 1));
	OK(hull_vcpu_get_msr(g->vcpu, MSR_DEBUGCTL, &value));
	return value;
}

static void add_msrs(struct guest *g, uint64_t address)
{
	unsigned int nr = 0;

	add_msr(g, &nr, MSR_FS_BASE, address);
	add_msr(g, &nr, MSR_GS_BASE, address + 8);
	add_msr(g, &nr, MSR_KERNEL_GS_BASE, address + 16);
	add_msr(g, &nr, MSR_STAR, 0x0033001000000000 | (uint32_t)address);
	add_msr(g, &nr, MSR_LSTAR, address + 24);
	add_msr(g, &nr, MSR_CSTAR, address + 32);
	add_msr(g, &nr, MSR_FMASK, 0x700);
	add_msr(g, &nr, MSR_SYSENTER_CS, 0x50);
	add_msr(g, &nr, MSR_SYSENTER_ESP, address + 40);
	add_msr(g, &nr, MSR_SYSENTER_EIP, address + 48);
	add_msr(g, &nr, MSR_PAT, 0x0501040600010406);
	add_msr(g, &nr, MSR_EFER, 0xd01);		/* NXE, LMA, LME, SCE */
	if (guest_has_cpuid(g, 0x80000001, 0, EDX, 27))
		add_msr(g, &nr, MSR_TSC_AUX, (uint16_t)address);
	/* Without IBRS, with SSBD: the kernel has it the other way round, or neither. */
	if (guest_has_cpuid(g, 7, 0, EDX, 31) || guest_has_cpuid(g, 0x80000008, 0, EBX, 24))
		add_msr(g, &nr, MSR_SPEC_CTRL, 4);
	/* In-tree KVM takes it from the host alone, and says so in the log each time. */
	if (!is_in_tree_kvm(g) && records_branches(g))
		add_msr(g, &nr, MSR_DEBUGCTL, 1);	/* LBR */
}

void host_guest_create(struct guest *g, unsigned int rounds, uint64_t address)
{
	struct kvm_regs regs;
	struct kvm_sregs sregs;

	GUEST(g, LONG64, host);
	store64(g, GDT_BASE + SEL_SPARE, 0x000082000000000f | IDT_BASE << 16);	/* LDT */
	store64(g, GDT_BASE + SEL_SPARE + 8, 0);
	add_msrs(g, address);
	OK(hull_vcpu_get_sregs(g->vcpu, &sregs));
	guest_get_regs(g, &regs);
	regs.rbx = rounds;
	regs.rbp = 0;
	regs.r15 = HOST_TOUCH;
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

/*
 * All but the bases of FS and GS, which the guest loads by selectors in the end.
 */
void host_guest_compare(struct guest *g)
{
	uint64_t entry = DATA_BASE + 2 * 16;
	uint64_t value;

	for (; load64(g, entry); entry += 16) {
		OK(hull_vcpu_get_msr(g->vcpu, load32(g, entry), &value));
		if (value != load64(g, entry + 8))
			FAIL("the guest's MSR 0x%x is 0x%llx, not 0x%llx", load32(g, entry),
			     (unsigned long long)value,
			     (unsigned long long)load64(g, entry + 8));
	}
}
