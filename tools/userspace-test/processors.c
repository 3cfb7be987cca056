// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processors that come, go and sleep while VMs live: hot-plug and suspend.
 *
 * After a suspend that went as far as the devices, file systems over virtio may
 * be gone for good: these tests lock themselves in memory, and have to be the
 * last that the machine runs.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <linux/reboot.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "file.h"
#include "poke.h"
#include "thread.h"

PAYLOAD(processors_count);
PAYLOAD(processors_syscall);

#define COUNTERS	DATA_BASE
#define STOP_FLAG	(DATA_BASE + 0x1000)
#define MSR_EFER	0xc0000080
#define EFER_SVME	(1 << 12)

static bool plug(bool online)
{
	return write_text("/sys/devices/system/cpu/cpu1/online", online ? "1" : "0");
}

static void need_second_processor(void)
{
	if (sysconf(_SC_NPROCESSORS_CONF) < 2)
		SKIP("needs two processors");
	if (!plug(true))
		SKIP("the second processor cannot be plugged: %s", strerror(errno));
}

static void move_to(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	SYS(sched_setaffinity(0, sizeof(set), &set));
}

static bool read_efer(unsigned int cpu, uint64_t *efer)
{
	char path[32];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "/dev/cpu/%u/msr", cpu);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	done = pread(fd, efer, sizeof(*efer), MSR_EFER) == sizeof(*efer);
	close(fd);
	return done;
}

/* EFER.SVME is hull's alone, and can be read. */
static bool svm_shows(void)
{
	uint64_t efer;

	return host_is_amd() && access("/dev/kvm", F_OK) &&
	       (read_efer(0, &efer) ||
		(!system("modprobe msr 2>/dev/null") && read_efer(0, &efer)));
}

static void check_svm(unsigned int cpu, bool on)
{
	uint64_t efer;

	if (!svm_shows())
		return;
	CHECK(read_efer(cpu, &efer));
	if (!!(efer & EFER_SVME) != on)
		FAIL("SVM is %s on CPU %u", on ? "off" : "on", cpu);
}

static void check_svm_everywhere(bool on)
{
	unsigned int cpu, cpus = sysconf(_SC_NPROCESSORS_ONLN);

	for (cpu = 0; cpu < cpus; cpu++)
		check_svm(cpu, on);
}

static void test_on_while_vms_live(void)
{
	struct guest g, other;

	if (!svm_shows())
		SKIP("needs EFER of an AMD processor that hull does not share");
	check_svm_everywhere(false);
	poke_create(&g);
	poke_create(&other);
	guest_destroy(&g);
	check_svm_everywhere(true);
	guest_destroy(&other);
	check_svm_everywhere(false);
}

static void test_plugged_without_vms(void)
{
	struct guest g;

	need_second_processor();
	CHECK(plug(false));
	CHECK(plug(true));
	check_svm(1, false);
	poke_create(&g);
	move_to(1);
	poke_write(&g, DATA_BASE, 1);
}

/* A VM older than the processor runs there, and one that was made meanwhile. */
static void test_plugged_with_vms(void)
{
	struct guest old, young;

	need_second_processor();
	poke_create(&old);
	CHECK(plug(false));
	poke_create(&young);
	CHECK(plug(true));
	check_svm(1, true);
	move_to(1);
	poke_write(&old, DATA_BASE, 1);
	poke_write(&young, DATA_BASE, 2);
	guest_destroy(&old);
	guest_destroy(&young);
	check_svm(1, false);
}

/* The last VM goes while the processor is away. */
static void test_unplugged_at_the_end(void)
{
	struct guest g;

	need_second_processor();
	poke_create(&g);
	move_to(1);
	poke_write(&g, DATA_BASE, 1);
	CHECK(plug(false));
	guest_destroy(&g);
	CHECK(plug(true));
	check_svm(1, false);
	poke_create(&g);
	move_to(1);
	poke_write(&g, DATA_BASE, 1);
}

/* What a vCPU left on a processor that goes must come with it to another. */
static void test_vcpu_moves_away(void)
{
	unsigned int i, rounds = tap_env("HULL_TEST_ROUNDS", 20);
	struct guest g;

	need_second_processor();
	poke_create(&g);
	for (i = 1; i <= rounds; i++) {
		move_to(1);
		poke_write(&g, DATA_BASE, i);
		/* Takes this thread to the other processor. */
		CHECK(plug(false));
		CHECK_EQ(poke_read(&g, DATA_BASE), i);
		poke_write(&g, DATA_BASE + 8, i);
		CHECK(plug(true));
	}
}

struct counters {
	struct guest g;
	struct runner runners[2];
};

static volatile uint64_t *counter(struct guest *g, unsigned int vcpu)
{
	return (volatile uint64_t *)(g->ram + COUNTERS + vcpu * 64);
}

/* It goes on counting. */
static void wait_count(struct guest *g, unsigned int vcpu)
{
	uint64_t before = *counter(g, vcpu), deadline = now_us() + 20000000;

	while (*counter(g, vcpu) == before) {
		if (now_us() > deadline)
			FAIL("vCPU %u stands still", vcpu);
		usleep(1000);
	}
}

static void count_start(struct counters *c)
{
	struct kvm_regs regs;
	unsigned int i;

	GUEST(&c->g, LONG64, processors_count);
	guest_add_vcpu(&c->g, 1);
	guest_vcpu_start(&c->g, 1, CODE_BASE);
	memset(c->runners, 0, sizeof(c->runners));
	for (i = 0; i < 2; i++) {
		OK(hull_vcpu_get_regs(c->g.vcpus[i], &regs));
		regs.rbx = COUNTERS + i * 64;
		regs.rdi = STOP_FLAG;
		OK(hull_vcpu_set_regs(c->g.vcpus[i], &regs));
	}
	for (i = 0; i < 2; i++)
		runner_start(&c->runners[i], &c->g, i, 1);
}

/* Both go on counting. */
static void count_on(struct counters *c)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		wait_count(&c->g, i);
}

static void count_stop(struct counters *c)
{
	unsigned int i;

	__atomic_store_n(&c->g.ram[STOP_FLAG], 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < 2; i++)
		runner_join(&c->runners[i]);
	guest_destroy(&c->g);
}

static void test_plugged_while_running(void)
{
	unsigned int i, rounds = tap_env("HULL_TEST_ROUNDS", 20);
	struct counters c;

	need_second_processor();
	count_start(&c);
	for (i = 0; i < rounds; i++) {
		count_on(&c);
		CHECK(plug(false));
		count_on(&c);
		CHECK(plug(true));
	}
	count_on(&c);
	count_stop(&c);
}

/* At the border of user mode the thread's own MSRs would come back. */
static void *stay_in_kernel(void *opaque)
{
	thread_stays_in_kernel();
	guest_sync(opaque, 1);
	return NULL;
}

static void move_thread_to(pthread_t thread, unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CHECK_EQ(pthread_setaffinity_np(thread, sizeof(set), &set), 0);
}

/*
 * The kernel sets up the MSRs of SYSCALL when a processor comes.  The first vCPU
 * there was there before the processor went, and nobody was in user mode since.
 */
static void test_syscall_after_plug(void)
{
	unsigned int i, rounds = tap_env("HULL_TEST_ROUNDS", 20);
	struct kvm_regs regs;
	pthread_t thread;
	struct guest g;

	need_second_processor();
	GUEST(&g, LONG64, processors_syscall);
	guest_get_regs(&g, &regs);
	regs.rbx = COUNTERS;
	regs.rdi = STOP_FLAG;
	guest_set_regs(&g, &regs);
	guest_allow_host_interrupts(&g, 0);
	move_to(0);
	CHECK_EQ(pthread_create(&thread, NULL, stay_in_kernel, &g), 0);
	for (i = 0; i < rounds; i++) {
		move_thread_to(thread, 1);
		wait_count(&g, 0);
		CHECK(plug(false));
		move_thread_to(thread, 0);
		wait_count(&g, 0);
		CHECK(plug(true));
	}
	move_thread_to(thread, 1);
	wait_count(&g, 0);
	__atomic_store_n(&g.ram[STOP_FLAG], 1, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
}

static bool set_alarm(void)
{
	return write_text("/sys/class/rtc/rtc0/wakealarm", "0") &&
	       write_text("/sys/class/rtc/rtc0/wakealarm", "+4");
}

/* The machine sleeps as far as pm_test lets it; an alarm wakes it from the rest. */
static void suspend_once(void)
{
	set_alarm();
	if (!write_text("/sys/power/state", "mem"))
		FAIL("/sys/power/state: %s", strerror(errno));
}

static uint64_t guest_tsc(struct guest *g)
{
	uint64_t value;

	OK(hull_vcpu_get_msr(g->vcpu, 0x10, &value));
	return value;
}

/* As far as @depth, then back, with a VM at rest and vCPUs running. */
static void suspend(const char *depth)
{
	struct counters c;
	struct guest g;
	unsigned int i;
	uint64_t tsc;

	if (!tap_env("HULL_TEST_SUSPEND", 0))
		SKIP("HULL_TEST_SUSPEND is not set: file systems may not survive it");
	check_svm_everywhere(false);
	SYS(mlockall(MCL_CURRENT | MCL_FUTURE));
	if (!write_text("/sys/power/pm_test", depth))
		SKIP("no /sys/power/pm_test with %s", depth);
	poke_create(&g);
	count_start(&c);
	for (i = 0; i < 2; i++) {
		count_on(&c);
		/* Later than any that the host's has after it began anew */
		OK(hull_vcpu_set_msr(g.vcpu, 0x10, 1ULL << 60));
		tsc = guest_tsc(&g);
		suspend_once();
		CHECK(guest_tsc(&g) > tsc);
		count_on(&c);
		poke_write(&g, DATA_BASE, i);
		check_svm_everywhere(true);
	}
	count_stop(&c);
	guest_destroy(&g);
	check_svm_everywhere(false);
	/* Suspend without VMs, and a VM after it */
	suspend_once();
	check_svm_everywhere(false);
	poke_create(&g);
	poke_write(&g, DATA_BASE, 1);
	guest_destroy(&g);
}

static void test_suspend_core(void)
{
	suspend("core");
}

static void test_suspend_to_memory(void)
{
	if (host_is_bochs() && sysconf(_SC_NPROCESSORS_CONF) > 1)
		SKIP("Bochs 2.7 may not run a second processor that its firmware "
		     "starts on the way back; with one processor it is tested");
	if (!set_alarm())
		SKIP("the clock cannot wake the machine: %s", strerror(errno));
	suspend("none");
}

/* With vCPUs running; what happens then is for the machine's log to tell. */
static void test_end_of_the_host(void)
{
	const char *how = getenv("HULL_TEST_END");
	struct counters c;

	if (!how)
		SKIP("HULL_TEST_END is not set: it ends the machine");
	SYS(mlockall(MCL_CURRENT | MCL_FUTURE));
	count_start(&c);
	count_on(&c);
	if (!strcmp(how, "panic") || !strcmp(how, "crash"))
		CHECK(write_text("/proc/sysrq-trigger", "c"));
	else if (!strcmp(how, "kexec"))
		SYS(reboot(LINUX_REBOOT_CMD_KEXEC));
	else
		SYS(reboot(LINUX_REBOOT_CMD_RESTART));
	FAIL("the host goes on");
}

static const struct test tests[] = {
	{ "on_while_vms_live", test_on_while_vms_live },
	{ "plugged_without_vms", test_plugged_without_vms },
	{ "plugged_with_vms", test_plugged_with_vms },
	{ "unplugged_at_the_end", test_unplugged_at_the_end },
	{ "vcpu_moves_away", test_vcpu_moves_away, 120 },
	{ "plugged_while_running", test_plugged_while_running, 120 },
	{ "syscall_after_plug", test_syscall_after_plug, 120 },
	{ "end_of_the_host", test_end_of_the_host },
	{ "suspend_core", test_suspend_core, 120 },
	{ "suspend_to_memory", test_suspend_to_memory, 120 },
};

TAP_MAIN(tests)
