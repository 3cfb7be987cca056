// SPDX-License-Identifier: GPL-2.0-only
/* What the process sees of its own CPU state is untouched by guests. */
#include <asm/prctl.h>
#include <cpuid.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "thread.h"

PAYLOAD(host_state);

/* Control of the FPU, segments and their bases */
struct registers {
	uint32_t mxcsr;
	uint16_t fcw;
	uint64_t gs_base;
	uint64_t fs_base;
	uint16_t segments[4];
};

static bool have_avx(void)
{
	return __builtin_cpu_supports("avx");
}

/*
 * Loads the vector registers, runs the guest and stores them, with nothing of
 * the compiler's in between.
 */
#define EACH16(op) \
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) \
	op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)
#define LOAD_XMM(n)	"movups " #n "*16(%%rdi), %%xmm" #n "\n\t"
#define STORE_XMM(n)	"movups %%xmm" #n ", " #n "*16(%%rsi)\n\t"
#define LOAD_YMM(n)	"vmovups " #n "*32(%%rdi), %%ymm" #n "\n\t"
#define STORE_YMM(n)	"vmovups %%ymm" #n ", " #n "*32(%%rsi)\n\t"

#define RUN_BETWEEN(load, store) \
	"push %%rdi\n\tpush %%rsi\n\t" load \
	"mov %[fd], %%edi\n\tmov %[run], %%esi\n\txor %%edx, %%edx\n\t" \
	"mov %[nr], %%eax\n\tsyscall\n\tpop %%rsi\n\tpop %%rdi\n\t" store

static long run_with_xmm(int fd, const void *in, void *out)
{
	long ret;

	asm volatile("sub $128, %%rsp\n\t"
		     RUN_BETWEEN(EACH16(LOAD_XMM), EACH16(STORE_XMM))
		     "add $128, %%rsp"
		     : "=&a" (ret), "+D" (in), "+S" (out)
		     : [fd] "r" (fd), [run] "i" (KVM_RUN), [nr] "i" (SYS_ioctl)
		     : "rcx", "r11", "rdx", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3",
		       "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
		       "xmm12", "xmm13", "xmm14", "xmm15");
	return ret;
}

__attribute__((target("avx")))
static long run_with_ymm(int fd, const void *in, void *out)
{
	long ret;

	asm volatile("sub $128, %%rsp\n\t"
		     RUN_BETWEEN(EACH16(LOAD_YMM), EACH16(STORE_YMM))
		     "add $128, %%rsp"
		     : "=&a" (ret), "+D" (in), "+S" (out)
		     : [fd] "r" (fd), [run] "i" (KVM_RUN), [nr] "i" (SYS_ioctl)
		     : "rcx", "r11", "rdx", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3",
		       "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
		       "xmm12", "xmm13", "xmm14", "xmm15");
	return ret;
}

static void check_vectors(struct guest *g, unsigned int round)
{
	uint8_t in[16][32], out[16][32];
	unsigned int i, j;
	int fd = hull_vcpu_fd(g->vcpu);
	size_t size = have_avx() ? sizeof(in) : sizeof(in) / 2;
	long ret;

	for (i = 0; i < 16; i++)
		for (j = 0; j < 32; j++)
			in[i][j] = i * 17 + j + round;
	memset(out, 0, sizeof(out));
	do {
		ret = have_avx() ? run_with_ymm(fd, in, out) : run_with_xmm(fd, in, out);
	} while (ret == -EINTR || ret == -EAGAIN);
	CHECK_EQ(ret, 0);
	if (memcmp(in, out, size))
		FAIL("the vector registers changed across a run, round %u", round);
	CHECK_EQ(g->run->exit_reason, KVM_EXIT_IO);
}

/* A second thread on the same CPU makes the kernel switch between them. */
static void *busy(void *stop)
{
	volatile double x = 1.0;

	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED)) {
		x = x * 1.0000001 + 0.5;
		sched_yield();
	}
	return NULL;
}

static void on_one_cpu(void)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	SYS(sched_setaffinity(0, sizeof(cpu), &cpu));
}

static void test_host_vector_registers(void)
{
	bool stop = false;
	pthread_t thread;
	struct guest g;
	unsigned int i;

	on_one_cpu();
	GUEST(&g, LONG64, host_state);
	CHECK(!pthread_create(&thread, NULL, busy, &stop));
	for (i = 0; i < 500; i++)
		check_vectors(&g, i);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

static void read_control(struct registers *r)
{
	memset(r, 0, sizeof(*r));
	asm volatile("stmxcsr %0" : "=m" (r->mxcsr));
	asm volatile("fnstcw %0" : "=m" (r->fcw));
	asm volatile("mov %%ds, %0" : "=r" (r->segments[0]));
	asm volatile("mov %%es, %0" : "=r" (r->segments[1]));
	asm volatile("mov %%fs, %0" : "=r" (r->segments[2]));
	asm volatile("mov %%gs, %0" : "=r" (r->segments[3]));
	SYS(syscall(SYS_arch_prctl, ARCH_GET_GS, &r->gs_base));
	SYS(syscall(SYS_arch_prctl, ARCH_GET_FS, &r->fs_base));
}

/* FPU control, segments and their bases: read through the CPU itself, too. */
static void test_host_control_registers(void)
{
	static uint64_t cell = 0x6e6e6e6e;
	struct registers before, after;
	uint32_t mxcsr = 0x5f80;	/* round up */
	uint16_t fcw = 0x0b7f;
	uint64_t seen;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, host_state);
	SYS(syscall(SYS_arch_prctl, ARCH_SET_GS, &cell));
	asm volatile("ldmxcsr %0" : : "m" (mxcsr));
	asm volatile("fldcw %0" : : "m" (fcw));
	read_control(&before);
	CHECK_EQ(before.mxcsr & 0xe000, 0x4000);
	CHECK_EQ(before.fcw, 0x0b7f);
	for (i = 0; i < 200; i++) {
		guest_sync(&g, 0);
		asm volatile("mov %%gs:0, %0" : "=r" (seen));
		CHECK_EQ(seen, 0x6e6e6e6e);
		read_control(&after);
		before.mxcsr |= after.mxcsr & 0x3f;	/* sticky flags */
		CHECK(!memcmp(&before, &after, sizeof(before)));
	}
}

/* TSC_AUX, in which Linux has the number of the CPU */
static void test_host_cpu_number(void)
{
	unsigned int aux, i, cpu, eax, ebx, ecx, edx;
	struct guest g;

	__cpuid(0x80000001, eax, ebx, ecx, edx);
	if (!(edx >> 27 & 1))
		SKIP("this CPU has no RDTSCP");
	on_one_cpu();
	GUEST(&g, LONG64, host_state);
	for (i = 0; i < 100; i++) {
		guest_sync(&g, 0);
		asm volatile("rdtscp" : "=c" (aux) : : "rax", "rdx");
		SYS(syscall(SYS_getcpu, &cpu, NULL, NULL));
		CHECK_EQ(aux & 0xfff, cpu);
	}
}

static volatile uint64_t watched;

static int watch_writes(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (uintptr_t)&watched,
		.bp_len = HW_BREAKPOINT_LEN_8,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

/* The process's own watchpoint still hits, and only where it should. */
static void test_host_debug_registers(void)
{
	uint64_t count = 0;
	struct guest g;
	unsigned int i;
	int fd;

	GUEST(&g, LONG64, host_state);
	fd = watch_writes();
	if (fd < 0)
		SKIP("no hardware breakpoints: %s", strerror(errno));
	for (i = 0; i < 10; i++)
		watched = i;
	SYS(read(fd, &count, sizeof(count)));
	if (count != 10)
		SKIP("this machine's watchpoints count %llu of 10 writes",
		     (unsigned long long)count);
	for (i = 0; i < 100; i++) {
		guest_sync(&g, 0);
		watched = i;
	}
	SYS(read(fd, &count, sizeof(count)));
	CHECK_EQ(count, 110);
	close(fd);
}

static const struct test tests[] = {
	{ "host_vector_registers", test_host_vector_registers },
	{ "host_control_registers", test_host_control_registers },
	{ "host_cpu_number", test_host_cpu_number },
	{ "host_debug_registers", test_host_debug_registers },
};

TAP_MAIN(tests)
