// SPDX-License-Identifier: GPL-2.0-only
/* Running, and everything that ends a run from outside. */
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "host.h"
#include "log.h"
#include "poke.h"
#include "thread.h"
#include "trace.h"

PAYLOAD(run_in);
PAYLOAD(run_spin);
PAYLOAD(run_triple_fault);
PAYLOAD(run_count);

#define SIG_KICK	SIGUSR1

static void test_vcpu_run(void)
{
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, run_count);
	for (i = 1; i <= 100; i++) {
		struct kvm_regs regs;

		guest_sync(&g, 0);
		guest_get_regs(&g, &regs);
		CHECK_EQ(regs.rbx, i);
	}
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_RUN, 1) == -1 && errno == EINVAL);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_RUN, 0) == -1 && errno == ENOTTY);
}

static void test_set_immediate_exit(void)
{
	struct kvm_regs before, after;
	struct guest g;

	GUEST(&g, LONG64, run_in);
	/* Nothing of the guest runs. */
	guest_get_regs(&g, &before);
	hull_vcpu_set_immediate_exit(g.vcpu, true);
	CHECK_RET(hull_vcpu_run(g.vcpu), -EINTR);
	guest_get_regs(&g, &after);
	CHECK(!memcmp(&before, &after, sizeof(before)));
	hull_vcpu_set_immediate_exit(g.vcpu, false);

	CHECK_EQ(guest_run(&g), KVM_EXIT_IO);
	*((uint8_t *)g.run + g.run->io.data_offset) = 0x42;
	guest_complete_io(&g);
	guest_get_regs(&g, &after);
	CHECK_EQ(after.rax, 0xffffffffffffff42);
	CHECK_EQ(g.ram[after.rip], 0x90);	/* past the IN, at the NOP */
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 0xffffffffffffff42);
}

/* The thread that runs the vCPU counts the kicks it has seen. */
struct spinner {
	struct guest g;
	struct hull_kick kick;
	volatile unsigned long wanted;
	volatile unsigned long seen;
	volatile bool ready;
	pthread_t thread;
};

static void *spinner_main(void *opaque)
{
	struct spinner *s = opaque;
	unsigned long wanted;
	int ret;

	hull_vcpu_signal_handle(s->g.vcpu, SIG_KICK, &s->kick);
	__atomic_store_n(&s->ready, true, __ATOMIC_SEQ_CST);
	for (;;) {
		ret = hull_vcpu_run(s->g.vcpu);
		if (ret != -EINTR)
			FAIL("KVM_RUN: %d, not EINTR", ret);
		hull_vcpu_set_immediate_exit(s->g.vcpu, false);
		wanted = __atomic_load_n(&s->wanted, __ATOMIC_SEQ_CST);
		__atomic_store_n(&s->seen, wanted, __ATOMIC_SEQ_CST);
		if (wanted == -1UL)
			return NULL;
	}
}

/* With interrupts off, which must not keep the host from its own */
static void spinner_start(struct spinner *s)
{
	memset(s, 0, sizeof(*s));
	OK(hull_kick_install(SIG_KICK));
	GUEST(&s->g, LONG64, run_spin);
	guest_allow_host_interrupts(&s->g, 0);
	guest_sync(&s->g, 0);
	CHECK(!pthread_create(&s->thread, NULL, spinner_main, s));
	while (!__atomic_load_n(&s->ready, __ATOMIC_SEQ_CST))
		sched_yield();
}

static void wait_seen(struct spinner *s, unsigned long wanted)
{
	uint64_t deadline = now_us() + 20000000;

	while (__atomic_load_n(&s->seen, __ATOMIC_SEQ_CST) != wanted) {
		if (now_us() > deadline)
			FAIL("kick %lu was lost", wanted);
		sched_yield();
	}
}

static void kick_and_wait(struct spinner *s, unsigned long number)
{
	__atomic_store_n(&s->wanted, number, __ATOMIC_SEQ_CST);
	OK(hull_kick(&s->kick));
	wait_seen(s, number);
}

static void test_signal_handle(void)
{
	const unsigned long tries = tap_env("HULL_TEST_KICKS", 2000);
	struct spinner s;
	uint64_t deadline;
	unsigned long i;

	spinner_start(&s);
	for (i = 1; i <= tries; i++)
		kick_and_wait(&s, i);
	kick_and_wait(&s, -1UL);
	pthread_join(s.thread, NULL);
	/* The kernel may need a moment more until the thread has no id. */
	deadline = now_us() + 20000000;
	while (!hull_kick(&s.kick) && now_us() < deadline)
		sched_yield();
	CHECK_RET(hull_kick(&s.kick), -ESRCH);
}

static struct spinner *alarmed;
static volatile unsigned int alarms;

static void on_alarm(int signo)
{
	(void)signo;
	alarms++;
	__atomic_fetch_add(&alarmed->wanted, 1, __ATOMIC_SEQ_CST);
	hull_kick(&alarmed->kick);
}

/* From a signal handler, on whichever thread it runs */
static void test_kick_from_signal_handler(void)
{
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } }, never = { 0 };
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct spinner s;

	spinner_start(&s);
	alarmed = &s;
	SYS(sigaction(SIGVTALRM, &action, NULL));
	SYS(setitimer(ITIMER_VIRTUAL, &every, NULL));
	while (alarms < 100)
		;	/* burns the CPU time that the timer counts */
	SYS(setitimer(ITIMER_VIRTUAL, &never, NULL));
	usleep(10000);
	wait_seen(&s, s.wanted);
	kick_and_wait(&s, -1UL);
	pthread_join(s.thread, NULL);
}

static uint64_t bit(int signo)
{
	return 1ULL << (signo - 1);
}

/* Blocked for the thread, open for the run: it ends the run, stays pending. */
static void test_set_signal_mask(void)
{
	struct timespec none = { 0 };
	struct guest g;
	uint64_t mask;
	sigset_t set;

	OK(hull_kick_install(SIG_KICK));
	GUEST(&g, LONG64, run_count);
	sigemptyset(&set);
	sigaddset(&set, SIG_KICK);
	CHECK(!pthread_sigmask(SIG_BLOCK, &set, NULL));
	mask = ~bit(SIG_KICK);
	OK(hull_vcpu_set_signal_mask(g.vcpu, &mask));
	guest_sync(&g, 0);
	raise(SIG_KICK);
	CHECK_RET(hull_vcpu_run(g.vcpu), -EINTR);
	CHECK_EQ(g.run->exit_reason, KVM_EXIT_INTR);
	CHECK_RET(hull_vcpu_run(g.vcpu), -EINTR);
	CHECK_EQ(sigtimedwait(&set, NULL, &none), SIG_KICK);
	guest_sync(&g, 0);
	/* Blocked for both: the run does not notice. */
	mask = bit(SIG_KICK);
	OK(hull_vcpu_set_signal_mask(g.vcpu, &mask));
	raise(SIG_KICK);
	guest_sync(&g, 0);
	OK(hull_vcpu_set_signal_mask(g.vcpu, NULL));
	guest_sync(&g, 0);
	CHECK_EQ(sigtimedwait(&set, NULL, &none), SIG_KICK);
}

static void test_signal_mask_bad_input(void)
{
	struct kvm_signal_mask short_mask = { .len = 4 };
	const uint64_t mask = ~bit(SIG_KICK);
	struct guest g;
	sigset_t set;
	int fd;

	OK(hull_kick_install(SIG_KICK));
	GUEST(&g, LONG64, run_count);
	sigemptyset(&set);
	sigaddset(&set, SIG_KICK);
	CHECK(!pthread_sigmask(SIG_BLOCK, &set, NULL));
	OK(hull_vcpu_set_signal_mask(g.vcpu, &mask));
	fd = hull_vcpu_fd(g.vcpu);
	CHECK(ioctl(fd, KVM_SET_SIGNAL_MASK, &short_mask) == -1 && errno == EINVAL);
	CHECK(ioctl(fd, KVM_SET_SIGNAL_MASK, 8) == -1 && errno == EFAULT);
	/* The mask of before is in force: the signal is open for the run alone. */
	guest_sync(&g, 0);
	raise(SIG_KICK);
	CHECK_RET(hull_vcpu_run(g.vcpu), -EINTR);
}

static void test_triple_fault(void)
{
	struct guest g;

	need_triple_fault();
	GUEST(&g, LONG64, run_triple_fault);
	guest_sync(&g, 0);
	CHECK_EQ(guest_run(&g), KVM_EXIT_SHUTDOWN);
	/* As after a reset button: the vCPU can be set up afresh. */
	guest_vcpu_start(&g, 0, CODE_BASE);
	guest_sync(&g, 0);
}

/* Code where there is no memory cannot even be fetched. */
static void test_no_code(void)
{
	struct kvm_regs regs;
	struct guest g;

	poke_create(&g);
	CHECK_RET(poke_on(&g, 0, POKE_EXEC, MMIO_BASE, &(uint64_t){ 0 }),
		  KVM_EXIT_INTERNAL_ERROR);
	CHECK_EQ(g.run->internal.suberror, KVM_INTERNAL_ERROR_EMULATION);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rip, MMIO_BASE);
}

static void test_no_memory(void)
{
	struct guest g;

	guest_create_vm(&g, 0);
	guest_add_vcpu(&g, 0);
	CHECK_EQ(guest_run(&g), KVM_EXIT_INTERNAL_ERROR);
}

static void test_sync_regs(void)
{
	struct kvm_regs regs;
	struct guest g;
	int cap;

	GUEST(&g, LONG64, run_count);
	cap = hull_vm_check_capability(g.vm, KVM_CAP_SYNC_REGS);
	CHECK_EQ(cap & KVM_SYNC_X86_VALID_FIELDS, KVM_SYNC_X86_VALID_FIELDS);
	g.run->kvm_valid_regs = KVM_SYNC_X86_VALID_FIELDS;
	guest_sync(&g, 0);
	guest_get_regs(&g, &regs);
	CHECK(!memcmp(&regs, &g.run->s.regs.regs, sizeof(regs)));
	CHECK_EQ(g.run->s.regs.sregs.cr3, PML4_BASE);
	g.run->s.regs.regs.rbx = 0x1000;
	g.run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
	guest_sync(&g, 0);
	CHECK_EQ(g.run->s.regs.regs.rbx, 0x1001);
	CHECK_EQ(g.run->kvm_dirty_regs, 0);
	/* Not marked as changed: not taken. */
	g.run->s.regs.regs.rbx = 0x5000;
	guest_sync(&g, 0);
	CHECK_EQ(g.run->s.regs.regs.rbx, 0x1002);
	/* Not asked for: not written. */
	g.run->kvm_valid_regs = 0;
	g.run->s.regs.regs.rbx = 0x77;
	guest_sync(&g, 0);
	CHECK_EQ(g.run->s.regs.regs.rbx, 0x77);
}

static void test_sync_regs_bad_input(void)
{
	struct kvm_regs before, after;
	struct guest g;

	GUEST(&g, LONG64, run_count);
	guest_get_regs(&g, &before);
	g.run->kvm_valid_regs = 1U << 31;
	CHECK_RET(hull_vcpu_run(g.vcpu), -EINVAL);
	g.run->kvm_valid_regs = KVM_SYNC_X86_VALID_FIELDS + 1;
	CHECK_RET(hull_vcpu_run(g.vcpu), -EINVAL);
	g.run->kvm_valid_regs = 0;
	g.run->kvm_dirty_regs = 1U << 31;
	CHECK_RET(hull_vcpu_run(g.vcpu), -EINVAL);
	/* Values that the plain call refuses, too */
	g.run->kvm_valid_regs = KVM_SYNC_X86_SREGS;
	g.run->kvm_dirty_regs = 0;
	guest_sync(&g, 0);
	g.run->s.regs.sregs.cr0 |= 1ULL << 63;
	g.run->kvm_dirty_regs = KVM_SYNC_X86_SREGS;
	CHECK_RET(hull_vcpu_run(g.vcpu), -EINVAL);
	g.run->kvm_dirty_regs = 0;
	guest_complete_io(&g);
	guest_get_regs(&g, &after);
	CHECK_EQ(after.rbx, before.rbx + 1);
}

static void test_mp_state(void)
{
	struct guest g;
	uint32_t state;
	int fd;

	GUEST(&g, LONG64, run_count);
	OK(hull_vcpu_get_mp_state(g.vcpu, &state));
	CHECK_EQ(state, KVM_MP_STATE_RUNNABLE);
	OK(hull_vcpu_set_mp_state(g.vcpu, KVM_MP_STATE_RUNNABLE));
	CHECK_RET(hull_vcpu_set_mp_state(g.vcpu, KVM_MP_STATE_HALTED), -EINVAL);
	CHECK_RET(hull_vcpu_set_mp_state(g.vcpu, 99), -EINVAL);
	OK(hull_vcpu_get_mp_state(g.vcpu, &state));
	CHECK_EQ(state, KVM_MP_STATE_RUNNABLE);
	fd = hull_vcpu_fd(g.vcpu);
	CHECK(ioctl(fd, KVM_GET_MP_STATE, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(fd, KVM_SET_MP_STATE, NULL) == -1 && errno == EFAULT);
	guest_sync(&g, 0);
}

static void test_translate(void)
{
	struct kvm_translation t;
	struct guest g, real;

	guest_create(&g, LONG64);
	OK(hull_vcpu_translate(g.vcpu, DATA_BASE + 5, &t));
	CHECK_EQ(t.valid, 1);
	CHECK_EQ(t.physical_address, DATA_BASE + 5);
	store64(&g, PD_BASE + 512 * 8, 0x87 | 0x200000);
	OK(hull_vcpu_translate(g.vcpu, 0x40012345, &t));
	CHECK_EQ(t.valid, 1);
	CHECK_EQ(t.physical_address, 0x212345);
	OK(hull_vcpu_translate(g.vcpu, 0x100000000, &t));
	CHECK_EQ(t.valid, 0);
	guest_create(&real, REAL16);
	OK(hull_vcpu_translate(real.vcpu, 0x1234, &t));
	CHECK_EQ(t.valid, 1);
	CHECK_EQ(t.physical_address, 0x1234);
	/* The address as it is, also beyond what the guest's registers hold. */
	OK(hull_vcpu_translate(real.vcpu, 0x100001234, &t));
	CHECK_EQ(t.valid, 1);
	CHECK_EQ(t.physical_address, 0x100001234);
	OK(hull_vcpu_translate(real.vcpu, ~0ull, &t));
	CHECK_EQ(t.valid, 0);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_TRANSLATE, NULL) == -1 && errno == EFAULT);
}

/*
 * Expects that the entry fails for guest state, by this rule; name is the case's.
 * SVM has one exit code for all of it and names no rule.
 */
static void expect_refused(struct guest *g, const char *name, const char *rule)
{
	bool traced = trace_start("hull_fail_entry");

	CHECK_EQ(guest_run(g), KVM_EXIT_FAIL_ENTRY);
	CHECK_EQ(g->run->fail_entry.hardware_entry_failure_reason,
		 host_is_amd() ? 0xffffffff : 0x80000021);
	if (!traced) {
		tap_diag("%s: the rule is not seen, for nothing is traced here", name);
		return;
	}
	trace_stop("hull_fail_entry");
	if (!trace_has("hull_fail_entry:", rule))
		FAIL("%s: not named as «%s»", name, rule);
}

#define NOT_CANONICAL	(1ull << 62)
#define REFUSED(name, change, text) \
	static void name(struct kvm_sregs *s) { change; }
#define REFUSED_CASES(X) \
	X(ldt_type, s->ldt.type = 3, "LDTR") \
	X(tss_16bit, s->tr.type = 3, "TR") \
	X(data_type, s->ds.type = 9, "DS, ES, FS or GS") \
	X(code_type, s->cs.type = 7, "CS") \
	X(limit, s->es.limit = 0xf00, "granularity and limit of a segment") \
	X(fs_base, s->fs.base = NOT_CANONICAL, "base of a segment") \
	X(ds_base, s->ds.base = 1ull << 32, "base of a segment") \
	X(gdt_base, s->gdt.base = NOT_CANONICAL, "base of GDTR or IDTR") \
	X(idt_base, s->idt.base = NOT_CANONICAL, "base of GDTR or IDTR")
REFUSED_CASES(REFUSED)
REFUSED(code_64_and_32, s->cs.db = 1, "CS")

/*
 * SDM vol. 3, Checks on the Guest State Area: the entry fails for invalid guest state
 * (basic reason 33, bit 31), the vCPU can be used again, and hull names the rule in
 * its trace.  APM vol. 2, Canonicalization and Consistency Checks: VMRUN looks at few
 * segments, but CS must not be of 64 and of 32 bits in long mode.
 */
static void test_fail_entry(void)
{
	static const struct refused_case {
		const char *name;
		void (*change)(struct kvm_sregs *sregs);
		const char *rule;
	} vmx[] = {
#define REFUSED_ROW(name, change, text) { #name, name, "rule: " text },
		REFUSED_CASES(REFUSED_ROW)
	}, svm[] = {
		{ "code_64_and_32", code_64_and_32, "rule: not known" },
	};
	const struct refused_case *cases = host_is_amd() ? svm : vmx;
	unsigned int i, nr = host_is_amd() ? ARRAY_SIZE(svm) : ARRAY_SIZE(vmx);
	struct kvm_sregs good, bad;
	struct guest g;

	GUEST(&g, LONG64, run_count);
	OK(hull_vcpu_get_sregs(g.vcpu, &good));
	good.ldt = (struct kvm_segment) { .limit = 0xffff, .type = 2, .present = 1 };
	for (i = 0; i < nr; i++) {
		bad = good;
		cases[i].change(&bad);
		OK(hull_vcpu_set_sregs(g.vcpu, &bad));
		expect_refused(&g, cases[i].name, cases[i].rule);
	}
	/* Bochs' VMRUN has put the host's state into the VMCB by then. */
	if (host_is_amd())
		guest_vcpu_start(&g, 0, CODE_BASE);
	else
		OK(hull_vcpu_set_sregs(g.vcpu, &good));
	guest_sync(&g, 0);
}

/*
 * The report of what was refused, by the names of the fields: of the first or, where
 * some other test has just had one, of that, and no second one within a minute.
 */
static void test_fail_entry_dump(void)
{
	const char *head = host_is_amd() ? "hull: VMCB of vCPU" : "hull: VMCS of vm";
	const char *field = host_is_amd() ? "hull:   rip " : "hull:   GUEST_RIP ";
	uint64_t end = now_us() + 50000000;
	unsigned int i, heads, fields;
	struct kvm_sregs sregs;
	struct guest g;

	GUEST(&g, LONG64, run_count);
	if (is_in_tree_kvm(&g))
		SKIP("KVM's log is its own business");
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	code_64_and_32(&sregs);
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	CHECK_EQ(guest_run(&g), KVM_EXIT_FAIL_ENTRY);
	heads = log_lines(head);
	fields = log_lines(field);
	CHECK(heads && fields >= heads);
	for (i = 1; i < 10; i++) {
		OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
		CHECK_EQ(guest_run(&g), KVM_EXIT_FAIL_ENTRY);
	}
	if (now_us() > end)
		SKIP("ten took a minute");
	CHECK_EQ(log_lines(head), heads);
	CHECK_EQ(log_lines(field), fields);
}

/* User space is told where it was, also of a vCPU's first run. */
static void test_fail_entry_cpu(void)
{
	struct kvm_sregs sregs;
	struct guest g;
	unsigned int i;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP("needs two CPUs");
	host_on_cpu(0);
	GUEST(&g, LONG64, run_count);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	code_64_and_32(&sregs);
	for (i = 1; i < 5; i++) {
		OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
		host_on_cpu(i % 2);
		CHECK_EQ(guest_run(&g), KVM_EXIT_FAIL_ENTRY);
		CHECK_EQ(g.run->fail_entry.cpu, i % 2);
	}
}

/* SDM vol. 3, Checks on Guest Page-Directory-Pointer-Table Entries */
static void test_fail_entry_pdptes(void)
{
	struct kvm_sregs2 good, bad;
	struct guest g;

	if (host_is_amd())
		SKIP("SVM reads them from memory");
	GUEST(&g, PROT32, run_count);
	need_capability(&g, KVM_CAP_SREGS2, "KVM_CAP_SREGS2");
	OK(hull_vcpu_get_sregs2(g.vcpu, &good));
	bad = good;
	bad.cr0 |= 1U << 31;
	bad.cr3 = PML4_BASE;
	bad.cr4 |= 0x20;
	bad.flags = KVM_SREGS2_FLAGS_PDPTRS_VALID;
	bad.pdptrs[1] = PDPT_BASE | 3;	/* bit 1 is reserved */
	OK(hull_vcpu_set_sregs2(g.vcpu, &bad));
	expect_refused(&g, "bit 1", "rule: PDPTEs reserved bits");
	OK(hull_vcpu_set_sregs2(g.vcpu, &good));
	guest_sync(&g, 0);
}

/* MOV SS holds an NMI back, and so the entry that would inject one. */
static void test_fail_entry_nmi(void)
{
	struct kvm_vcpu_events events;
	struct guest g;

	if (host_is_amd())
		SKIP("SVM injects past a shadow");
	GUEST(&g, LONG64, run_count);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	events.nmi.injected = 1;
	events.interrupt.shadow = KVM_X86_SHADOW_INT_MOV_SS;
	OK(hull_vcpu_set_interrupt_state(g.vcpu, &events));
	expect_refused(&g, "MOV SS", "rule: injection of an NMI that is blocked");
	events.interrupt.shadow = 0;
	OK(hull_vcpu_set_interrupt_state(g.vcpu, &events));
	guest_exception(&g, 2, NULL);
}

/*
 * SDM vol. 3, VM-Entry Control Fields: #UD has no error code.  The entry instruction
 * itself fails (VM-Instruction Error Numbers: 7).
 */
static void test_fail_entry_controls(void)
{
	struct kvm_vcpu_events events;
	struct guest g;
	bool traced;

	if (host_is_amd())
		SKIP("SVM pushes what error code it is given");
	GUEST(&g, LONG64, run_count);
	guest_sync(&g, 0);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	events.exception.injected = 1;
	events.exception.nr = 6;
	events.exception.has_error_code = 1;
	OK(hull_vcpu_set_interrupt_state(g.vcpu, &events));
	traced = trace_start("hull_fail_entry");
	CHECK_EQ(guest_run(&g), KVM_EXIT_FAIL_ENTRY);
	CHECK_EQ(g.run->fail_entry.hardware_entry_failure_reason, 7);
	if (traced) {
		trace_stop("hull_fail_entry");
		CHECK(trace_has("hull_fail_entry:", "rule: error code of the event"));
		/* Valid, with error code, hardware exception, #UD */
		CHECK(trace_has("hull_fail_entry:", "info 0x0 0x80000b06 "));
	} else {
		tap_diag("the rule is not seen, for nothing is traced here");
	}

	events.exception.has_error_code = 0;
	OK(hull_vcpu_set_interrupt_state(g.vcpu, &events));
	guest_exception(&g, 6, NULL);
}

static const struct test tests[] = {
	{ "vcpu_run", test_vcpu_run },
	{ "vcpu_set_immediate_exit", test_set_immediate_exit },
	{ "vcpu_signal_handle", test_signal_handle, 600 },
	{ "kick_from_signal_handler", test_kick_from_signal_handler },
	{ "vcpu_set_signal_mask", test_set_signal_mask },
	{ "signal_mask_bad_input", test_signal_mask_bad_input },
	{ "triple_fault", test_triple_fault },
	{ "no_code", test_no_code },
	{ "no_memory", test_no_memory },
	{ "fail_entry", test_fail_entry },
	{ "fail_entry_dump", test_fail_entry_dump },
	{ "fail_entry_cpu", test_fail_entry_cpu },
	{ "fail_entry_pdptes", test_fail_entry_pdptes },
	{ "fail_entry_nmi", test_fail_entry_nmi },
	{ "fail_entry_controls", test_fail_entry_controls },
	{ "sync_regs", test_sync_regs },
	{ "sync_regs_bad_input", test_sync_regs_bad_input },
	{ "vcpu_mp_state", test_mp_state },
	{ "vcpu_translate", test_translate },
};

TAP_MAIN(tests)
