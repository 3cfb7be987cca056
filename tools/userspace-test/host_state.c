// SPDX-License-Identifier: GPL-2.0-only
/* What the process sees of its own CPU state is untouched by guests. */
#include <cpuid.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"
#include "thread.h"

PAYLOAD(host_state);

static void check_vectors(struct guest *g, unsigned int round)
{
	int fd = hull_vcpu_fd(g->vcpu);
	long ret;

	do {
		ret = host_syscall_with_vectors(round, SYS_ioctl, fd, KVM_RUN, 0);
	} while (ret == -EINTR || ret == -EAGAIN);
	CHECK_EQ(ret, 0);
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

static void test_host_vector_registers(void)
{
	bool stop = false;
	pthread_t thread;
	struct guest g;
	unsigned int i;

	host_on_cpu(0);
	GUEST(&g, LONG64, host_state);
	CHECK(!pthread_create(&thread, NULL, busy, &stop));
	for (i = 0; i < 500; i++)
		check_vectors(&g, i);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

/* FPU control, segments and their bases: read through the CPU itself, too. */
static void test_host_control_registers(void)
{
	static uint64_t cell = 0x6e6e6e6e;
	struct host_seen before;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, host_state);
	host_own_base(&cell);
	host_own_fpu(0x5f80, 0x0b7f);		/* both round up */
	host_look(&before);
	CHECK_EQ(before.mxcsr & 0xe000, 0x4000);
	CHECK_EQ(before.fcw, 0x0b7f);
	CHECK_EQ(before.cell, 0x6e6e6e6e);
	CHECK_EQ(before.gs_base, (uintptr_t)&cell);
	for (i = 0; i < 200; i++) {
		guest_sync(&g, 0);
		host_compare(&before);
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
	host_on_cpu(0);
	GUEST(&g, LONG64, host_state);
	for (i = 0; i < 100; i++) {
		guest_sync(&g, 0);
		asm volatile("rdtscp" : "=c" (aux) : : "rax", "rdx");
		SYS(syscall(SYS_getcpu, &cpu, NULL, NULL));
		CHECK_EQ(aux & 0xfff, cpu);
	}
}

static volatile uint64_t watched;

/* The process's own watchpoint still hits, and only where it should. */
static void test_host_debug_registers(void)
{
	uint64_t count = 0;
	struct guest g;
	unsigned int i;
	int fd;

	GUEST(&g, LONG64, host_state);
	fd = host_watch(&watched, 8);
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
