// SPDX-License-Identifier: GPL-2.0-only
/*
 * hull and in-tree KVM on the same processors. Needs both devices; which kernels
 * let the two share is a property of the kernel (Documentation/design.rst).
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "guest.h"
#include "thread.h"

PAYLOAD(coexist_count);

#define STEP	512
#define PAGES	256

static void use(const char *device)
{
	SYS(setenv("HULL_DEVICE", device, 1));
}

static void need_both(void)
{
	if (access("/dev/kvm", F_OK) || access("/dev/hull", F_OK))
		SKIP("needs /dev/kvm and /dev/hull");
}

/* Linux 6.12 is the first whose KVM counts its users. */
static bool kernel_shares(void)
{
	int major = 0, minor = 0;
	struct utsname name;

	SYS(uname(&name));
	sscanf(name.release, "%d.%d", &major, &minor);
	return major > 6 || (major == 6 && minor >= 12);
}

struct counter {
	struct guest g;
	uint64_t steps;
};

static void counter_start(struct counter *c, const char *device)
{
	use(device);
	GUEST(&c->g, LONG64, coexist_count);
	c->steps = 0;
}

/* One more step; all that the guest computed must be right. */
static void counter_step(struct counter *c)
{
	uint64_t count = ++c->steps * STEP, i;
	struct kvm_regs regs;

	guest_sync(&c->g, 0);
	guest_get_regs(&c->g, &regs);
	CHECK_EQ(regs.rbx, count);
	CHECK_EQ(regs.rdx, count * (count + 1) / 2);
	for (i = count - PAGES + 1; i <= count; i++)
		CHECK_EQ(load64(&c->g, DATA_BASE + i % PAGES * 4096), i);
}

static const char * const devices[] = { "/dev/kvm", "/dev/hull" };

struct worker {
	struct counter counter;
	pthread_t thread;
	uint64_t until;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	while (now_us() < w->until)
		counter_step(&w->counter);
	return NULL;
}

/*
 * Each of the threads by itself to CPU 0 or 1, where one may preempt the other; not to
 * the last moment, when there is no thread any more.
 */
static void move_about(const struct worker *workers)
{
	uint64_t until = workers[0].until - 500000;
	unsigned int i, where;
	cpu_set_t set;

	for (where = 0; now_us() < until; where++) {
		for (i = 0; i < ARRAY_SIZE(devices); i++) {
			CPU_ZERO(&set);
			CPU_SET(where >> i & 1, &set);
			CHECK(!pthread_setaffinity_np(workers[i].thread, sizeof(set), &set));
		}
		usleep(300 + where * 7 % 100);
	}
}

static void at_once(bool moved)
{
	uint64_t until = now_us() + tap_env("HULL_TEST_SECONDS", 20) * 1000000ULL;
	struct worker workers[ARRAY_SIZE(devices)];
	unsigned int i;

	need_both();
	if (!kernel_shares())
		SKIP("KVM of this kernel does not share the processors");
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		counter_start(&workers[i].counter, devices[i]);
		workers[i].until = until;
	}
	for (i = 0; i < ARRAY_SIZE(devices); i++)
		CHECK(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	if (moved)
		move_about(workers);
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		pthread_join(workers[i].thread, NULL);
		CHECK(workers[i].counter.steps > 1);
		guest_destroy(&workers[i].counter.g);
	}
}

static void test_at_once(void)
{
	at_once(false);
}

static void test_at_once_moved(void)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP("needs two CPUs");
	at_once(true);
}

/* The first to come has the processors, and the other is told so. */
static void one_owner(const char *first, const char *second)
{
	struct counter c;
	struct hull_sys *sys;
	struct hull_vm *vm;

	counter_start(&c, first);
	use(second);
	sys = sys_open();
	CHECK_RET(hull_vm_create(sys, &vm), -EBUSY);
	counter_step(&c);
	guest_destroy(&c.g);
	OK(hull_vm_create(sys, &vm));
	hull_vm_close(vm);
	hull_close(sys);
}

static void test_one_owner(void)
{
	need_both();
	if (kernel_shares())
		SKIP("KVM of this kernel shares the processors");
	one_owner("/dev/kvm", "/dev/hull");
	one_owner("/dev/hull", "/dev/kvm");
}

static const struct test tests[] = {
	{ "kvm_and_hull_at_once", test_at_once, 300 },
	{ "kvm_and_hull_at_once_moved", test_at_once_moved, 300 },
	{ "one_owner_at_a_time", test_one_owner },
};

TAP_MAIN(tests)
