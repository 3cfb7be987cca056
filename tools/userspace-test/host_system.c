// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's system state after an exit is what it was before: MSRs (read by the
 * msr driver of the same CPU), XCR0, PKRU, LDT and selectors, debug registers, and
 * CR4 as far as a program can tell. What the host can do without for a moment is
 * given a value of its own first, so that a constant put there would show.
 */
#include <fcntl.h>
#include <sys/io.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "thread.h"

static void test_host_msrs(void)
{
	struct host_msrs before;
	static uint64_t cell;
	struct guest g;
	unsigned int i;
	int fd;

	host_on_cpu(0);
	fd = host_msr_open(0, O_RDWR);
	host_plant_sentinels(fd, 0);
	host_own_base(&cell);
	host_guest_create(&g, 3, 0x1234000);
	host_msrs_read(fd, &before);
	CHECK_EQ(host_msr_read(fd, MSR_KERNEL_GS_BASE), (uintptr_t)&cell);
	for (i = 0; i < 100; i++) {
		guest_sync(&g, 0);
		host_msrs_compare(fd, &before);
	}
}

static void test_host_segments(void)
{
	struct host_seen before;
	struct guest g;
	unsigned int i;

	host_guest_create(&g, 3, 0x1234000);
	host_own_segments(0x6e6e6e6e);
	host_own_fs();
	host_own_pkru(0x44444440);
	host_look(&before);
	CHECK_EQ(before.gs, 7);
	CHECK_EQ(before.cell, 0x6e6e6e6e);
	for (i = 0; i < 100; i++) {
		guest_sync(&g, 0);
		host_compare(&before);
	}
}

#define PORT_OWN	0x80	/* POST codes: reading it does nothing */

/* The thread's ports are behind what an exit leaves of the TSS (VMX: 67H bytes). */
static void test_host_io_bitmap(void)
{
	struct guest g;
	unsigned int i;

	host_guest_create(&g, 3, 0x1234000);
	if (ioperm(PORT_OWN, 1, 1))
		SKIP("no ioperm: %s", strerror(errno));
	for (i = 0; i < 50; i++) {
		guest_sync(&g, 0);
		CHECK(!host_in_faults(PORT_OWN));
		CHECK(host_in_faults(PORT_OWN + 1));
	}
	SYS(ioperm(PORT_OWN, 1, 0));
	guest_sync(&g, 0);
	CHECK(host_in_faults(PORT_OWN));
}

/* CR4.TSD is the thread's: what was there at the first run will not do. */
static void test_host_cr4(void)
{
	struct guest g;
	unsigned int i;
	bool off;

	host_guest_create(&g, 3, 0x1234000);
	for (i = 0; i < 100; i++) {
		off = i % 3 == 1;
		SYS(prctl(PR_SET_TSC, off ? PR_TSC_SIGSEGV : PR_TSC_ENABLE));
		guest_sync(&g, 0);
		CHECK_EQ(host_rdtsc_faults(), off);
		guest_sync(&g, 0);
		CHECK_EQ(host_rdtsc_faults(), off);
	}
	SYS(prctl(PR_SET_TSC, PR_TSC_ENABLE));
}

static volatile uint64_t watched[4];

/* All four breakpoints of the process count their writes and no others. */
static void test_host_breakpoints(void)
{
	static const unsigned int lengths[4] = { 1, 2, 4, 8 };
	uint64_t count[4];
	struct guest g;
	unsigned int i, n;
	int fd[4];

	host_guest_create(&g, 3, 0x1234000);
	for (i = 0; i < 4; i++) {
		fd[i] = host_watch(&watched[i], lengths[i]);
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
 * The vCPU goes back and forth between two CPUs, each with its own values: what does
 * not differ by nature (as GS base, SYSENTER_ESP, TSC_AUX do) does by its sentinel.
 */
static void test_host_state_on_the_move(void)
{
	struct host_msrs before[2];
	struct host_seen seen;
	struct guest g;
	unsigned int i;
	int fd[2];

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP("needs two CPUs");
	for (i = 0; i < 2; i++) {
		fd[i] = host_msr_open(i, O_RDWR);
		host_plant_sentinels(fd[i], i);
	}
	host_guest_create(&g, 3, 0x1234000);
	host_own_segments(0x7b7b7b7b);
	for (i = 0; i < 2; i++) {
		host_on_cpu(i);
		host_msrs_read(fd[i], &before[i]);
	}
	host_look(&seen);
	for (i = 0; i < 100; i++) {
		host_on_cpu(i % 2);
		guest_sync(&g, 0);
		host_msrs_compare(fd[i % 2], &before[i % 2]);
		host_compare(&seen);
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
	struct host_msrs before;
	struct host_seen seen;

	CHECK(!pthread_setschedparam(pthread_self(), SCHED_FIFO, &param));
	host_own_base(&cell);
	host_msrs_read(o->fd, &before);
	host_look(&seen);
	CHECK_EQ(seen.cell, 0x2222);
	while (!__atomic_load_n(&o->stop, __ATOMIC_RELAXED)) {
		/*
		 * Of no common measure with a round of the guest's, and long enough
		 * to leave most of a slow machine's time to the others.
		 */
		pause_ns(20000 + o->rounds * 7919 % 180000 + 4000 * took);
		start = now_us();
		host_msrs_compare(o->fd, &before);
		host_compare(&seen);
		took = now_us() - start;
		o->rounds++;
	}
	return NULL;
}

static void test_host_state_preempted(void)
{
	struct observer o = { .stop = false };
	struct host_msrs before;
	unsigned int i, runs = tap_env("HULL_TEST_ROUNDS", 50);
	pthread_t thread;
	struct host_seen seen;
	struct guest g;

	host_on_cpu(0);
	o.fd = host_msr_open(0, O_RDWR);
	host_plant_sentinels(o.fd, 0);
	host_guest_create(&g, 50, 0x1234000);
	CHECK(!pthread_create(&thread, NULL, observe, &o));
	host_own_segments(0x1111);
	host_look(&seen);
	host_msrs_read(o.fd, &before);
	for (i = 0; i < runs; i++) {
		guest_sync(&g, 0);
		host_msrs_compare(o.fd, &before);
		host_compare(&seen);
	}
	__atomic_store_n(&o.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	CHECK(o.rounds >= runs / 10);
}

static const struct test tests[] = {
	{ "host_msrs", test_host_msrs },
	{ "host_segments", test_host_segments },
	{ "host_io_bitmap", test_host_io_bitmap },
	{ "host_cr4", test_host_cr4 },
	{ "host_breakpoints", test_host_breakpoints },
	{ "host_state_on_the_move", test_host_state_on_the_move },
	{ "host_state_preempted", test_host_state_preempted },
};

TAP_MAIN(tests)
