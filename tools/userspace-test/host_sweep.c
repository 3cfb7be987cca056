// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's state when KVM_RUN is preempted, at one instant after another of its way
 * in, its stay in the guest and its way out.
 *
 * Two threads share a CPU. One sets a timer and calls KVM_RUN at once; the other, of
 * real-time priority, waits for the timer, which comes a little later in each turn.
 * Woken, it looks at its own registers, runs a guest of its own, or sends the first to
 * another CPU. Both have different values in all of their registers, and both guests
 * change them all, so that whatever is left behind on either side shows.
 *
 * In Bochs, and in QEMU when it counts instructions, the clock goes by instructions:
 * there the turns are a sweep. Elsewhere they come where they come. What was hit is
 * counted either way, by how far the guest was, and by what the kernel says of the
 * thread's stack.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "host.h"
#include "thread.h"

#define PREEMPT_FILE	"/sys/kernel/debug/sched/preempt"
#define MAX_PLACES	4096
#define MAX_PASSES	20

enum where {
	BEFORE, WAY_IN, IN_GUEST, WAY_OUT, AFTER, NR_WHERE
};

/* Each thread's own state */
struct side {
	struct guest g;
	struct host_seen seen;
	struct host_msrs msrs[2];	/* on either CPU */
	unsigned int salt;		/* of the vector registers */
	volatile uint64_t watched;	/* written once in each turn */
	uint64_t written;
	int watch;			/* counts that, or -1 */
};

struct sweep {
	struct side a, b;	/* who is preempted, who preempts */
	int msr[2];
	unsigned int cpus;
	bool segments;		/* A has selectors of its LDT, and no RDTSC */
	bool faults;		/* A's guest has a page fault of second stage in each turn */
	pid_t tid;		/* of A */
	int stack;
	int timer;
	bool preemptible;
	pthread_barrier_t ready;

	/* Between the threads */
	enum where phase;	/* of A: BEFORE, AFTER, or WAY_IN for all between */
	unsigned int turn, done;
	bool stop;

	uint64_t delay;		/* of this turn's timer */
	struct {
		unsigned int hits;
		uint64_t first, last;	/* delays, in ns */
	} at[NR_WHERE];
	uint64_t places[MAX_PLACES];
	unsigned int nr_places;
};

/* Not by the vDSO: RDTSC may be forbidden. */
static uint64_t now_ns(void)
{
	struct timespec ts;

	SYS(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts));
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void set_timer(struct sweep *s, uint64_t ns)
{
	struct itimerspec at = {
		.it_value = { ns / 1000000000, ns % 1000000000 },
	};

	SYS(timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &at, NULL));
}

/* --- where it was ----------------------------------------------------------- */

/* FNV-1a */
static uint64_t hash(const char *text, const char *end)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; text < end; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3;
	return h;
}

/*
 * The thread's stack, from where it was interrupted to the first function of a module
 * that runs guests.
 */
static void note_place(struct sweep *s)
{
	char text[4096], *module;
	unsigned int i;
	uint64_t place;
	ssize_t size;

	if (s->stack < 0)
		return;
	size = SYS(pread(s->stack, text, sizeof(text) - 1, 0));
	text[size] = '\0';
	module = strstr(text, is_in_tree_kvm(&s->a.g) ? "[kvm" : "[hull]");
	if (!module || s->nr_places == MAX_PLACES)
		return;
	place = hash(text, module);
	for (i = 0; i < s->nr_places; i++)
		if (s->places[i] == place)
			return;
	s->places[s->nr_places++] = place;
	if (getenv("HULL_TEST_VERBOSE")) {
		*module = '\0';
		tap_diag("%s", text);
	}
}

static void note(struct sweep *s)
{
	enum where where = __atomic_load_n(&s->phase, __ATOMIC_ACQUIRE);

	if (where == WAY_IN)
		where += load32(&s->a.g, HOST_STAGE);
	if (!s->at[where].hits++)
		s->at[where].first = s->at[where].last = s->delay;
	if (s->delay < s->at[where].first)
		s->at[where].first = s->delay;
	if (s->delay > s->at[where].last)
		s->at[where].last = s->delay;
	if (where != BEFORE && where != AFTER)
		note_place(s);
}

/* --- what either thread does ------------------------------------------------ */

static void side_begin(struct sweep *s, struct side *side)
{
	unsigned int i;

	for (i = s->cpus; i--; ) {
		host_on_cpu(i);
		host_msrs_read(s->msr[i], &side->msrs[i]);
	}
	host_look(&side->seen);
	side->watch = host_watch(&side->watched, 8);
	if (side->watch < 0)
		return;
	side->watched = 1;
	SYS(read(side->watch, &side->written, sizeof(side->written)));
	if (side->written == 1)
		return;
	close(side->watch);
	side->watch = -1;
}

static void side_compare(struct sweep *s, struct side *side)
{
	unsigned int cpu = sched_getcpu();

	CHECK(cpu < s->cpus);
	host_compare(&side->seen);
	host_msrs_compare(s->msr[cpu], &side->msrs[cpu]);
	side->watched = side->salt++;
	side->written++;
}

static void side_end(struct side *side)
{
	uint64_t count;

	if (side->watch < 0)
		return;
	SYS(read(side->watch, &count, sizeof(count)));
	CHECK_EQ(count, side->written);
}

static void send_away(struct sweep *s)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(1, &set);
	SYS(sched_setaffinity(s->tid, sizeof(set), &set));
}

static void *preempter(void *opaque)
{
	struct sched_param param = { .sched_priority = 10 };
	static uint64_t cell = 0x2222;
	struct sweep *s = opaque;
	uint64_t expired;
	unsigned int turn;

	SYS(prctl(PR_SET_TSC, PR_TSC_ENABLE));
	CHECK(!pthread_setschedparam(pthread_self(), SCHED_FIFO, &param));
	if (s->segments)
		host_own_base(&cell);
	else
		host_own_segments(0x3333);
	host_own_fpu(0x3f80, 0x077f);		/* both round down */
	side_begin(s, &s->b);
	pthread_barrier_wait(&s->ready);
	for (;;) {
		CHECK_EQ(host_syscall_with_vectors(s->b.salt, SYS_read, s->timer,
						   (long)&expired, sizeof(expired)), 8);
		if (s->stop)
			break;
		note(s);
		turn = s->turn;
		side_compare(s, &s->b);
		if (turn % 3) {
			guest_sync(&s->b.g, 0);
			side_compare(s, &s->b);
		}
		/* Outside KVM_RUN it relies on the CPU being the same. */
		if (s->cpus > 1 && turn % 4 && s->phase == WAY_IN)
			send_away(s);
		__atomic_store_n(&s->done, turn, __ATOMIC_RELEASE);
	}
	side_end(&s->b);
	host_guest_compare(&s->b.g);
	return NULL;
}

/* --- the sweep --------------------------------------------------------------- */

static void run_a(struct sweep *s)
{
	int fd = hull_vcpu_fd(s->a.g.vcpu);
	long ret;

	do {
		ret = host_syscall_with_vectors(s->a.salt, SYS_ioctl, fd, KVM_RUN, 0);
	} while (ret == -EINTR || ret == -EAGAIN);
	CHECK_EQ(ret, 0);
}

/*
 * A timer of the CPU's may count in units of many instructions, from when it is set.
 * A loop of three, which has no common measure with them, gets between.
 */
static void shift(unsigned int turn)
{
	unsigned int n = 1 + turn % 16;

	asm volatile("1: sub $1, %0\n\tnop\n\tjnz 1b" : "+r" (n) : : "cc");
}

/* The timer comes after @delay; results: when it was set, and when KVM_RUN ended. */
static void run_once(struct sweep *s, uint64_t delay, uint64_t *set, uint64_t *ended)
{
	struct guest *g = &s->a.g;
	uint64_t start;

	/* It takes long, and KVM_RUN is preemptible from there on. */
	if (s->faults)
		SYS(madvise(g->ram + HOST_TOUCH, 0x1000, MADV_DONTNEED));
	store64(g, HOST_STAGE, 0);
	s->phase = BEFORE;
	start = now_ns();
	set_timer(s, start + delay);
	*set = now_ns() - start;
	shift(s->turn);
	__atomic_store_n(&s->phase, WAY_IN, __ATOMIC_RELEASE);
	run_a(s);
	__atomic_store_n(&s->phase, AFTER, __ATOMIC_RELEASE);
	*ended = now_ns() - start;

	if (g->run->exit_reason != KVM_EXIT_IO || g->run->io.port != PORT_SYNC)
		FAIL("milestone 0 expected, not %s", exit_name(g->run));
	side_compare(s, &s->a);
	if (s->segments)
		CHECK(host_rdtsc_faults());
	host_guest_compare(g);
}

static void take_turn(struct sweep *s, uint64_t delay)
{
	uint64_t set, ended;

	s->turn++;
	s->delay = delay;
	run_once(s, delay, &set, &ended);
	while (__atomic_load_n(&s->done, __ATOMIC_ACQUIRE) != s->turn)
		;
	if (s->cpus > 1)
		host_on_cpu(0);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* How long it takes undisturbed: the middle of several times. */
static void measure(struct sweep *s, uint64_t *begin, uint64_t *end)
{
	uint64_t set[15], ended[15];
	unsigned int i;

	for (i = 0; i < 15; i++)
		run_once(s, 3600 * 1000000000ULL, &set[i], &ended[i]);
	qsort(set, 15, sizeof(set[0]), compare_u64);
	qsort(ended, 15, sizeof(ended[0]), compare_u64);
	*begin = set[7];
	*end = ended[7];
}

/* Whether every stretch was hit often enough, and not always at the same places. */
static bool enough(const struct sweep *s, unsigned int positions)
{
	unsigned int hits = positions / 8;
	unsigned int places = positions < 200 ? positions / 20 : 10;

	return s->at[WAY_IN].hits >= hits && s->at[IN_GUEST].hits >= hits &&
	       s->at[WAY_OUT].hits >= hits &&
	       (s->stack < 0 || !s->preemptible || !s->faults || s->nr_places >= places);
}

/* Positions at equal distances; in the next pass they lie between these. */
static void sweep_range(struct sweep *s, uint64_t from, uint64_t to,
			unsigned int positions, unsigned int pass)
{
	unsigned int i;

	/* The step before the first may be before the timer is set. */
	if (from > to)
		from = 0;
	for (i = 0; i < positions; i++)
		take_turn(s, from + (to - from) * (i * MAX_PASSES + pass) /
				    (positions * MAX_PASSES));
}

/* All of it, and the ways in and out, which are short, once more by themselves. */
static void sweep(struct sweep *s)
{
	static const char *const names[NR_WHERE] = {
		"before", "on the way in", "in the guest", "on the way out", "after",
	};
	unsigned int positions = tap_env("HULL_TEST_POSITIONS",
					 tap_env("HULL_TEST_SHORT", 0) ? 40 : 200);
	uint64_t begin, end, first, last, step;
	unsigned int pass = 0;
	enum where where;

	measure(s, &begin, &end);
	first = begin * 3 / 4;
	last = end + (end - begin) / 2;
	step = (last - first) / positions;
	do {
		sweep_range(s, first, last, positions, pass);
		for (where = WAY_IN; where <= WAY_OUT; where += WAY_OUT - WAY_IN)
			if (s->at[where].hits)
				sweep_range(s, s->at[where].first - step,
					    s->at[where].last + step, positions, pass);
	} while (++pass < MAX_PASSES && !enough(s, positions));
	tap_diag("passes: %u, places in the kernel: %u", pass, s->nr_places);
	for (where = BEFORE; where < NR_WHERE; where++)
		tap_diag("%s: %u times, %llu to %llu ns", names[where], s->at[where].hits,
			 (unsigned long long)s->at[where].first,
			 (unsigned long long)s->at[where].last);
	if (!enough(s, positions))
		FAIL("too few positions were hit");
}

/* --- set-up ------------------------------------------------------------------ */

static char preemption_before[16];

static void restore_preemption(void)
{
	write_text(PREEMPT_FILE, preemption_before);
}

/* Makes the kernel preemptible, where that can be chosen; whether it is. */
static bool make_preemptible(void)
{
	char text[64], *from, *to;
	struct utsname name;
	ssize_t size;
	int fd = open(PREEMPT_FILE, O_RDONLY);

	if (fd < 0) {
		SYS(uname(&name));
		return strstr(name.version, " PREEMPT ");
	}
	size = SYS(read(fd, text, sizeof(text) - 1));
	close(fd);
	text[size] = '\0';
	from = strchr(text, '(');
	to = strchr(text, ')');
	if (!from || !to || to - from > (ssize_t)sizeof(preemption_before))
		return false;
	memcpy(preemption_before, from + 1, to - from - 1);
	if (strcmp(preemption_before, "full")) {
		CHECK(write_text(PREEMPT_FILE, "full"));
		atexit(restore_preemption);
	}
	return true;
}

static void run_sweep(unsigned int cpus, bool segments, bool faults)
{
	static struct sweep s = { .a.salt = 3, .b.salt = 111 };
	static uint64_t cell = 0x1111;
	char path[64];
	pthread_t thread;
	unsigned int i;

	s.cpus = cpus;
	s.segments = segments;
	s.faults = faults;
	s.preemptible = make_preemptible();
	s.tid = syscall(SYS_gettid);
	snprintf(path, sizeof(path), "/proc/self/task/%d/stack", s.tid);
	s.stack = open(path, O_RDONLY);
	for (i = 0; i < cpus; i++) {
		s.msr[i] = host_msr_open(i, O_RDWR);
		host_plant_sentinels(s.msr[i], i);
	}
	s.timer = SYS(timerfd_create(CLOCK_MONOTONIC, 0));
	host_guest_create(&s.a.g, 1, 0x1234000);
	host_guest_create(&s.b.g, 1, 0x56789000);
	SYS(madvise(s.a.g.ram, s.a.g.ram_size, MADV_NOHUGEPAGE));
	host_on_cpu(0);
	CHECK(!pthread_barrier_init(&s.ready, NULL, 2));
	CHECK(!pthread_create(&thread, NULL, preempter, &s));

	if (segments) {
		host_own_segments(0x4444);
		SYS(prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
	} else {
		host_own_base(&cell);
	}
	host_own_fpu(0x5f80, 0x0b7f);		/* both round up */
	host_own_pkru(0x44444440);
	if (!segments)
		thread_stays_in_kernel();
	side_begin(&s, &s.a);
	pthread_barrier_wait(&s.ready);
	sweep(&s);

	side_end(&s.a);
	s.stop = true;
	set_timer(&s, 1);
	pthread_join(thread, NULL);
}

static void test_preempted_at_every_step(void)
{
	run_sweep(1, false, true);
}

/* KVM_RUN finds all it needs and sleeps nowhere. */
static void test_preempted_without_a_fault(void)
{
	run_sweep(1, false, false);
}

/* And by way of the border of user mode, where restartable sequences take it. */
static void test_preempted_with_segments(void)
{
	run_sweep(1, true, true);
}

static void test_moved_at_every_step(void)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP("needs two CPUs");
	run_sweep(2, false, true);
}

static const struct test tests[] = {
	{ "preempted_at_every_step", test_preempted_at_every_step },
	{ "preempted_without_a_fault", test_preempted_without_a_fault },
	{ "preempted_with_segments", test_preempted_with_segments },
	{ "moved_at_every_step", test_moved_at_every_step },
};

TAP_MAIN(tests)
