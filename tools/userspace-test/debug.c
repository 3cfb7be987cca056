// SPDX-License-Identifier: GPL-2.0-only
/* Debugging the guest from outside, and the guest's own debug registers. */
#include <stdlib.h>
#include <sys/ioctl.h>

#include "msr.h"

PAYLOAD(step);
PAYLOAD(step_rep);
PAYLOAD(step_shadows);
PAYLOAD(step_hidden);
PAYLOAD(step_events);
PAYLOAD(step_device);
PAYLOAD(watch);
PAYLOAD(soft);
PAYLOAD(into);
PAYLOAD(own_debug);
PAYLOAD(read_dr);
extern const uint8_t pl_step_stops[], pl_watch_stops[];
extern const uint8_t pl_step_shadows_sti[], pl_step_shadows_mov_ss[];
extern const uint8_t pl_step_device_own[], pl_step_device_users[];

#define DR6_FIXED	0xffff0ff0
#define DR6_BS		0x4000

static void step(struct guest *g, uint32_t control)
{
	OK(hull_vcpu_set_guest_debug(g->vcpu, NULL, 0, control));
}

static void need_steps(void)
{
	if (host_is_bochs_svm())
		SKIP("Bochs 2.7 takes the trap of a step over what exits in the host, "
		     "before the host has its state back");
}

static void set_step(struct guest *g, bool on)
{
	need_steps();
	step(g, on ? KVM_GUESTDBG_SINGLESTEP : 0);
}

static void expect_debug(struct guest *g, unsigned int vector, uint64_t pc, uint64_t dr6)
{
	const struct kvm_debug_exit_arch *d = &g->run->debug.arch;
	struct kvm_regs regs;

	if (guest_run(g) != KVM_EXIT_DEBUG)
		FAIL("a stop at 0x%llx expected, not %s", (unsigned long long)pc,
		     exit_name(g->run));
	if (d->pc != pc)
		FAIL("stopped at 0x%llx, not at 0x%llx", (unsigned long long)d->pc,
		     (unsigned long long)pc);
	CHECK_EQ(d->exception, vector);
	if (vector == 1)
		CHECK_EQ(d->dr6, dr6);
	guest_get_regs(g, &regs);
	CHECK_EQ(regs.rip, pc);
	CHECK_EQ(regs.rflags & 0x100, 0);	/* TF is ours, not the guest's */
}

static void begin(struct guest *g)
{
	guest_sync(g, 0);
	guest_complete_io(g);
}

static void test_single_step(void)
{
	struct guest g;
	uint64_t stop;
	unsigned int i;

	GUEST(&g, LONG64, step);
	begin(&g);
	set_step(&g, true);
	for (i = 0;; i++) {
		memcpy(&stop, pl_step_stops + i * 8, 8);
		if (!stop)
			break;
		/* The IN leaves first; completing it is the step. */
		if (g.ram[g.run->debug.arch.pc] == 0xe4 && i) {
			CHECK_EQ(guest_run(&g), KVM_EXIT_IO);
			CHECK_EQ(g.run->io.port, 0x60);
		}
		/* QEMU's emulated CPU takes no trap between STI and the next instruction. */
		if (host_is_tcg() && g.ram[stop - 1] == 0xfb)
			continue;
		expect_debug(&g, 1, stop, DR6_FIXED | DR6_BS);
	}
	set_step(&g, false);
	guest_sync(&g, 1);
}

/* Setting registers, TF among them, leaves the stepping as it was. */
static void test_single_step_set_regs(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, step);
	need_capability(&g, KVM_CAP_X86_ROBUST_SINGLESTEP, "KVM_CAP_X86_ROBUST_SINGLESTEP");
	begin(&g);
	set_step(&g, true);
	for (i = 0; i < 2; i++) {
		guest_get_regs(&g, &regs);
		regs.rflags &= ~0x100ull;
		guest_set_regs(&g, &regs);
		OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
		OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
		CHECK_EQ(guest_run(&g), KVM_EXIT_DEBUG);
		CHECK_EQ(g.run->debug.arch.exception, 1);
		guest_get_regs(&g, &regs);
		CHECK_EQ(regs.rflags & 0x100, 0);
	}
	set_step(&g, false);
}

/* The trap behind STI comes with interrupts still blocked. */
static void test_step_of_the_guest_over_shadows(void)
{
	uint64_t sti = CODE_BASE + (pl_step_shadows_sti - pl_step_shadows);
	uint64_t mov_ss = CODE_BASE + (pl_step_shadows_mov_ss - pl_step_shadows);
	struct frame frame;
	struct guest g;

	GUEST(&g, LONG64, step_shadows);
	guest_sync(&g, 0);
	/* QEMU's emulated CPU takes no trap between STI and the next instruction. */
	if (!host_is_tcg()) {
		guest_exception(&g, 1, &frame);
		CHECK_EQ(frame.rip, sti);
		CHECK_EQ(frame.rflags & 0x300, 0x300);
	}
	guest_exception(&g, 1, &frame);
	CHECK_EQ(frame.rip, sti + 1);
	guest_exception(&g, 1, &frame);
	CHECK_EQ(frame.rip, mov_ss);
	guest_exception(&g, 1, &frame);
	CHECK_EQ(frame.rip, mov_ss + 1);
}

static void test_single_step_rep(void)
{
	struct kvm_regs regs;
	unsigned int stops = 0;
	struct guest g;
	uint64_t start, left = 5;

	GUEST(&g, LONG64, step_rep);
	begin(&g);
	memcpy(g.ram + DATA_BASE, "abcde", 5);
	guest_get_regs(&g, &regs);
	start = regs.rip;
	set_step(&g, true);
	do {
		CHECK_EQ(guest_run(&g), KVM_EXIT_DEBUG);
		guest_get_regs(&g, &regs);
		/* One element at a time; the last stop may repeat the count. */
		CHECK(regs.rcx == left - 1 || (regs.rcx == 0 && left == 0));
		left = regs.rcx;
		CHECK(++stops < 10);
	} while (regs.rip == start);
	CHECK_EQ(regs.rip, start + 2);
	CHECK_EQ(regs.rcx, 0);
	CHECK(!memcmp(g.ram + DATA_BASE + 0x100, "abcde", 5));
	set_step(&g, false);
	guest_sync(&g, 1);
}

/* Steps until the milestone's OUT has left the guest. */
static void step_to(struct guest *g, unsigned int milestone)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		int reason = guest_run(g);

		if (reason == KVM_EXIT_IO && g->run->io.port == PORT_SYNC + milestone)
			return;
		if (reason != KVM_EXIT_DEBUG)
			FAIL("milestone %u expected, not %s", milestone, exit_name(g->run));
	}
	FAIL("milestone %u is never reached", milestone);
}

static void beyond_kvm(struct guest *g)
{
	if (is_in_tree_kvm(g))
		SKIP("in-tree KVM steps by the guest's own TF, which the guest can see");
}

static void test_single_step_invisible(void)
{
	struct guest g;

	GUEST(&g, LONG64, step_hidden);
	beyond_kvm(&g);
	begin(&g);
	set_step(&g, true);
	step_to(&g, 1);
	CHECK_EQ(guest_rax(&g) & 0x100, 0);
	/* POPF of an image without TF does not end the stepping. */
	step_to(&g, 2);
	CHECK_EQ(guest_rax(&g) & 0x100, 0);
}

/* The next stop is the handler's first instruction, and its frame is clean. */
static void check_handler_stop(struct guest *g, unsigned int vector, uint64_t rip)
{
	struct kvm_regs regs;
	bool error = vector >= 11 && vector <= 14;

	expect_debug(g, 1, STUB_BASE + vector * 16, DR6_FIXED | DR6_BS);
	guest_get_regs(g, &regs);
	CHECK_EQ(load64(g, regs.rsp + (error ? 8 : 0)), rip);
	CHECK_EQ(load64(g, regs.rsp + (error ? 24 : 16)) & 0x100, 0);
}

static void test_single_step_exception(void)
{
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, LONG64, step_hidden);
	beyond_kvm(&g);
	begin(&g);
	guest_sync(&g, 1);
	guest_sync(&g, 2);
	guest_complete_io(&g);
	guest_get_regs(&g, &regs);
	set_step(&g, true);
	check_handler_stop(&g, 6, regs.rip);
	set_step(&g, false);
	guest_exception(&g, 6, NULL);
	guest_resume_at(&g, regs.rip + 2);
	guest_sync(&g, 3);
}

static void test_single_step_interrupt(void)
{
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, LONG64, step_hidden);
	beyond_kvm(&g);
	begin(&g);
	guest_get_regs(&g, &regs);
	regs.rflags |= 0x200;
	guest_set_regs(&g, &regs);
	set_step(&g, true);
	OK(hull_vcpu_interrupt(g.vcpu, 0x30));
	check_handler_stop(&g, 0x30, regs.rip);
	set_step(&g, false);
	guest_exception(&g, 0x30, NULL);
	guest_sync(&g, 1);
}

/* SYSCALL that masks TF is a step like any other; R11 holds no TF. */
static void test_single_step_syscall(void)
{
	const uint64_t target = CODE_BASE + 0x800;
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, LONG64, step_hidden);
	beyond_kvm(&g);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.efer |= 1;	/* SCE */
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	OK(hull_vcpu_set_msr(g.vcpu, MSR_STAR, (uint64_t)SEL_CODE << 32));
	OK(hull_vcpu_set_msr(g.vcpu, MSR_LSTAR, target));
	OK(hull_vcpu_set_msr(g.vcpu, MSR_FMASK, 0x700));
	guest_load(&g, target, "\x90\x90\xe6\x44", 4);	/* nop; nop; out to milestone 4 */
	begin(&g);
	guest_sync(&g, 1);
	guest_sync(&g, 2);
	guest_exception(&g, 6, NULL);
	guest_resume_at(&g, CODE_BASE + 15);
	guest_sync(&g, 3);
	guest_complete_io(&g);
	set_step(&g, true);
	expect_debug(&g, 1, target, DR6_FIXED | DR6_BS);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.r11 & 0x100, 0);
	expect_debug(&g, 1, target + 1, DR6_FIXED | DR6_BS);
	set_step(&g, false);
	guest_sync(&g, 4);
}

/* Steps through the handler, which is to return to rip. */
static void step_out(struct guest *g, uint64_t rip)
{
	struct kvm_regs regs;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		if (guest_run(g) == KVM_EXIT_IO) {
			CHECK_EQ(g->run->io.port, PORT_EXCEPTION);
			guest_resume_at(g, rip);
			continue;
		}
		CHECK_EQ(g->run->exit_reason, KVM_EXIT_DEBUG);
		guest_get_regs(g, &regs);
		CHECK_EQ(regs.rip, g->run->debug.arch.pc);
		CHECK_EQ(regs.rflags & 0x100, 0);
		if (regs.rip >= CODE_BASE)
			break;
	}
	CHECK_EQ(regs.rip, rip);
}

/* A step over an instruction that ends in a handler, and the steps back. */
static void step_event(struct guest *g, unsigned int milestone, unsigned int vector,
		       unsigned int saved, unsigned int next)
{
	struct kvm_regs regs;

	guest_sync(g, milestone);
	guest_complete_io(g);
	guest_get_regs(g, &regs);
	step(g, KVM_GUESTDBG_SINGLESTEP);
	check_handler_stop(g, vector, regs.rip + saved);
	if (host_is_bochs_svm()) {	/* see need_steps() */
		step(g, 0);
		guest_exception(g, vector, NULL);
		guest_resume_at(g, regs.rip + next);
		return;
	}
	step_out(g, regs.rip + next);
	step(g, 0);
}

static void test_single_step_int(void)
{
	struct guest g;

	GUEST(&g, LONG64, step_events);
	beyond_kvm(&g);
	step_event(&g, 0, 3, 1, 1);
	step_event(&g, 1, 0x90, 2, 2);
	step_event(&g, 2, 1, 1, 1);
	guest_sync(&g, 3);
}

/* INT n whose gate is not there */
static void test_single_step_fault_of_int(void)
{
	struct guest g;

	GUEST(&g, LONG64, step_events);
	beyond_kvm(&g);
	store64(&g, IDT_BASE + 0x91 * 16, load64(&g, IDT_BASE + 0x91 * 16) & ~(1ULL << 47));
	OK(hull_vcpu_set_entry(g.vcpu, CODE_BASE + (pl_step_events_end - pl_step_events) - 4));
	step_event(&g, 5, 11, 0, 2);
}

static void test_single_step_page_fault(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct guest g;

	need_steps();
	GUEST(&g, LONG64, step_events);
	beyond_kvm(&g);
	store64(&g, PD_BASE + 512 * 8, 0);
	OK(hull_vcpu_set_entry(g.vcpu, CODE_BASE + (pl_step_events_end - pl_step_events) - 17));
	step_event(&g, 3, 14, 0, 2);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr2, 0x40000123);
	guest_get_regs(&g, &regs);
	CHECK_EQ(load64(&g, regs.rsp - 6 * 8), 0);	/* the error code */
	guest_sync(&g, 4);
}

static void test_single_step_nmi(void)
{
	struct kvm_vcpu_events events;
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, LONG64, step_hidden);
	beyond_kvm(&g);
	begin(&g);
	guest_get_regs(&g, &regs);
	regs.rflags |= 0x200;
	guest_set_regs(&g, &regs);
	set_step(&g, true);
	OK(hull_vcpu_inject_nmi(g.vcpu));
	check_handler_stop(&g, 2, regs.rip);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	CHECK_EQ(events.nmi.masked, 1);
	/* The second comes when the handler of the first has returned. */
	OK(hull_vcpu_inject_nmi(g.vcpu));
	step_out(&g, regs.rip);
	check_handler_stop(&g, 2, regs.rip);
	step_out(&g, regs.rip);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	CHECK_EQ(events.nmi.masked, 0);
	CHECK_EQ(events.nmi.pending, 0);
	set_step(&g, false);
	guest_sync(&g, 1);
}

/* Interrupts are held back, stepping or not; an exception is not. */
static void test_block_interrupts(void)
{
	struct kvm_vcpu_events events;
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, LONG64, step_events);
	CHECK(hull_check_capability(g.sys, KVM_CAP_SET_GUEST_DEBUG2) &
	      KVM_GUESTDBG_BLOCKIRQ);
	begin(&g);
	OK(hull_vcpu_inject_nmi(g.vcpu));
	step(&g, KVM_GUESTDBG_BLOCKIRQ);
	guest_exception(&g, 3, NULL);
	guest_sync(&g, 1);
	guest_complete_io(&g);
	guest_get_regs(&g, &regs);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	CHECK_EQ(events.nmi.pending, 1);
	if (!is_in_tree_kvm(&g)) {
		step(&g, KVM_GUESTDBG_BLOCKIRQ | KVM_GUESTDBG_SINGLESTEP);
		check_handler_stop(&g, 0x90, regs.rip + 2);
	}
	step(&g, 0);
	guest_exception(&g, 2, NULL);
	guest_exception(&g, 0x90, NULL);
	guest_sync(&g, 2);
}

static void need_breakpoints(void)
{
	if (host_is_tcg())
		SKIP("QEMU's emulated SVM does not arm breakpoints from the VMCB's DR7");
	if (host_is_bochs_svm())
		SKIP("Bochs 2.7 exits on #DB before it writes to DR6 what happened");
}

static void test_hardware_breakpoints(void)
{
	static const unsigned int at[] = { 0, 4, 9, 12 };
	struct hull_watch watches[4];
	struct guest g;
	unsigned int i;

	need_breakpoints();
	GUEST(&g, LONG64, step);
	begin(&g);
	for (i = 0; i < 4; i++) {
		watches[i].kind = HULL_BREAK_EXEC;
		memcpy(&watches[i].address, pl_step_stops + at[i] * 8, 8);
	}
	for (i = 0; i < 4; i++) {
		OK(hull_vcpu_set_guest_debug(g.vcpu, watches, 4, 0));
		expect_debug(&g, 1, watches[i].address, DR6_FIXED | 1 << i);
		/* It is a fault: without stepping past it would hit again. */
		watches[i].address = 0;
	}
	OK(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0, 0));
	CHECK_EQ(guest_run(&g), KVM_EXIT_IO);
	guest_sync(&g, 1);
	CHECK_RET(hull_vcpu_set_guest_debug(g.vcpu, watches, 5, 0), -ENOSPC);
}

static uint64_t watch_stop(unsigned int i)
{
	uint64_t stop;

	memcpy(&stop, pl_watch_stops + i * 8, 8);
	return stop;
}

static void test_watchpoints(void)
{
	struct hull_watch write = { DATA_BASE, 8, HULL_WATCH_WRITE };
	struct hull_watch access = { DATA_BASE, 4, HULL_WATCH_ACCESS };
	struct hull_watch bad = { DATA_BASE, 3, HULL_WATCH_ACCESS };
	struct guest g;

	need_breakpoints();
	GUEST(&g, LONG64, watch);
	begin(&g);
	CHECK_RET(hull_vcpu_set_guest_debug(g.vcpu, &bad, 1, 0), -EINVAL);
	OK(hull_vcpu_set_guest_debug(g.vcpu, &write, 1, 0));
	expect_debug(&g, 1, watch_stop(1), DR6_FIXED | 1);
	expect_debug(&g, 1, watch_stop(2), DR6_FIXED | 1);
	guest_sync(&g, 1);

	guest_reset(&g);
	begin(&g);
	OK(hull_vcpu_set_guest_debug(g.vcpu, &access, 1, 0));
	expect_debug(&g, 1, watch_stop(0), DR6_FIXED | 1);
	expect_debug(&g, 1, watch_stop(1), DR6_FIXED | 1);
	guest_sync(&g, 1);	/* the byte at +4 is outside the four bytes */
}

static void test_set_guest_debug(void)
{
	struct kvm_regs regs;
	struct guest g;

	if (host_is_tcg())
		SKIP("QEMU's emulated SVM does not intercept INT3 as #BP");
	GUEST(&g, LONG64, soft);
	begin(&g);
	guest_get_regs(&g, &regs);
	OK(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0, KVM_GUESTDBG_USE_SW_BP));
	expect_debug(&g, 3, regs.rip, 0);
	/* Not asked for: the guest's own business. */
	OK(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0, 0));
	guest_exception(&g, 3, NULL);
	guest_sync(&g, 1);
}

static void test_inject_breakpoint(void)
{
	struct guest g;

	GUEST(&g, LONG64, watch);
	begin(&g);
	OK(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0, KVM_GUESTDBG_INJECT_BP));
	OK(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0, 0));
	guest_exception(&g, 3, NULL);
	guest_sync(&g, 1);
}

static void test_inject_debug_exception(void)
{
	struct kvm_debugregs before, after;
	struct kvm_regs regs;
	struct frame frame;
	struct guest g;

	GUEST(&g, LONG64, watch);
	begin(&g);
	guest_get_regs(&g, &regs);
	OK(hull_vcpu_get_debugregs(g.vcpu, &before));
	step(&g, KVM_GUESTDBG_INJECT_DB);
	step(&g, 0);
	guest_exception(&g, 1, &frame);
	CHECK_EQ(frame.rip, regs.rip);
	CHECK_EQ(frame.rflags, regs.rflags);
	OK(hull_vcpu_get_debugregs(g.vcpu, &after));
	CHECK_EQ(after.dr6, before.dr6);
	guest_sync(&g, 1);
}

/* One that waits is in the way; one in delivery is not. */
static void test_inject_busy(void)
{
	static const uint32_t inject[] = { KVM_GUESTDBG_INJECT_DB, KVM_GUESTDBG_INJECT_BP };
	struct kvm_vcpu_events events;
	struct guest g;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(inject); i++) {
		GUEST(&g, LONG64, watch);
		begin(&g);
		step(&g, inject[i]);
		CHECK_RET(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0, inject[0]), -EBUSY);
		CHECK_RET(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0, inject[1]), -EBUSY);
		guest_exception(&g, i ? 3 : 1, NULL);
		OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
		events.exception.injected = 1;
		events.exception.nr = 6;
		OK(hull_vcpu_set_interrupt_state(g.vcpu, &events));
		step(&g, inject[i]);
		guest_exception(&g, i ? 3 : 1, NULL);
		guest_sync(&g, 1);
		guest_destroy(&g);
	}
}

static void test_set_guest_debug_bad_input(void)
{
	const uint32_t known = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP |
			       KVM_GUESTDBG_USE_SW_BP | KVM_GUESTDBG_USE_HW_BP |
			       KVM_GUESTDBG_INJECT_DB | KVM_GUESTDBG_INJECT_BP |
			       KVM_GUESTDBG_BLOCKIRQ;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, watch);
	if (is_in_tree_kvm(&g))
		SKIP("in-tree KVM ignores what it does not know");
	CHECK_EQ(hull_check_capability(g.sys, KVM_CAP_SET_GUEST_DEBUG2), known);
	begin(&g);
	for (i = 0; i < 32; i++)
		if (!(known & 1U << i))
			CHECK_RET(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0,
				  KVM_GUESTDBG_INJECT_BP | 1U << i), -EINVAL);
	guest_sync(&g, 1);
}

/* A device gives the selector that the guest loads into SS. */
static void give_ss(struct guest *g)
{
	uint16_t selector = SEL_DATA;

	if (guest_run(g) != KVM_EXIT_MMIO)
		FAIL("a read of the device expected, not %s", exit_name(g->run));
	CHECK_EQ(g->run->mmio.len, 2);
	CHECK_EQ(g->run->mmio.is_write, 0);
	memcpy(g->run->mmio.data, &selector, sizeof(selector));
}

/* What hull emulates steps as what the CPU executes. */
static void test_step_over_device(void)
{
	const uint64_t own = CODE_BASE + (pl_step_device_own - pl_step_device);
	const uint64_t users = CODE_BASE + (pl_step_device_users - pl_step_device);
	static const unsigned int steps[] = { 0, 1, 3, 4 };
	struct frame frame;
	struct kvm_regs regs;
	struct guest g;
	unsigned int i;

	need_steps();
	GUEST(&g, LONG64, step_device);
	guest_sync(&g, 0);
	/*
	 * All that the access needs in the second stage is there from now on: Bochs 2.7
	 * takes the trap of an instruction that a VM exit has cut short.
	 */
	give_ss(&g);
	give_ss(&g);
	/* MOV SS delays the trap by one instruction. */
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		guest_exception(&g, 1, &frame);
		CHECK_EQ(frame.rip, own + steps[i]);
	}
	guest_sync(&g, 1);
	guest_complete_io(&g);
	set_step(&g, true);
	give_ss(&g);
	expect_debug(&g, 1, users, DR6_FIXED | DR6_BS);
	set_step(&g, false);
	guest_sync(&g, 2);
	guest_complete_io(&g);
	guest_get_regs(&g, &regs);
	set_step(&g, true);
	for (i = 3; i--;) {
		CHECK_EQ(guest_run(&g), KVM_EXIT_MMIO);
		expect_debug(&g, 1, regs.rip + (i ? 0 : 2), DR6_FIXED | DR6_BS);
		guest_get_regs(&g, &regs);
		CHECK_EQ(regs.rcx, i);
	}
	set_step(&g, false);
	guest_sync(&g, 3);
}

/* How user space gives the guest a breakpoint that is not its own. */
static void give_back(struct guest *g, unsigned int vector, bool by_events)
{
	struct kvm_vcpu_events events;

	if (!by_events) {
		OK(hull_vcpu_set_guest_debug(g->vcpu, NULL, 0, KVM_GUESTDBG_USE_SW_BP |
					     KVM_GUESTDBG_INJECT_BP));
		return;
	}
	OK(hull_vcpu_get_interrupt_state(g->vcpu, &events));
	events.exception.injected = 1;
	events.exception.nr = vector;
	events.exception.has_error_code = 0;
	OK(hull_vcpu_set_interrupt_state(g->vcpu, &events));
}

static void breakpoint_given_back(bool stop, bool by_events)
{
	struct kvm_regs regs;
	struct frame frame;
	struct guest g;

	GUEST(&g, LONG64, soft);
	begin(&g);
	guest_get_regs(&g, &regs);
	if (stop) {
		OK(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0, KVM_GUESTDBG_USE_SW_BP));
		expect_debug(&g, 3, regs.rip, 0);
	}
	give_back(&g, 3, by_events);
	guest_exception(&g, 3, &frame);
	CHECK_EQ(frame.rip, regs.rip + 1);
	guest_sync(&g, 1);
	guest_destroy(&g);
}

/* The handler of the guest's own INT3 returns behind it. */
static void test_breakpoint_given_back(void)
{
	need_injected_int3();
	breakpoint_given_back(false, false);
	breakpoint_given_back(false, true);
	if (host_is_tcg())	/* it does not intercept INT3 */
		return;
	breakpoint_given_back(true, false);
	breakpoint_given_back(true, true);
}

/* So does that of INTO. */
static void test_overflow_given_back(void)
{
	struct kvm_regs regs;
	struct frame frame;
	struct guest g;

	need_injected_int3();
	GUEST(&g, PROT32, into);
	begin(&g);
	guest_get_regs(&g, &regs);
	give_back(&g, 4, true);
	guest_exception(&g, 4, &frame);
	CHECK_EQ(frame.rip, regs.rip + 1);
	guest_sync(&g, 1);
}

/* Without such an instruction it is a trap at RIP. */
static void test_breakpoint_out_of_nowhere(void)
{
	struct kvm_regs regs;
	struct frame frame;
	struct guest g;

	GUEST(&g, LONG64, watch);
	begin(&g);
	guest_get_regs(&g, &regs);
	give_back(&g, 3, true);
	guest_exception(&g, 3, &frame);
	CHECK_EQ(frame.rip, regs.rip);
	guest_sync(&g, 1);
}

static void test_guest_owned_debug(void)
{
	struct kvm_debugregs regs;
	struct frame f;
	struct guest g;

	need_breakpoints();	/* after any exit between arming and the access */
	GUEST(&g, LONG64, own_debug);
	guest_exception(&g, 1, &f);
	CHECK_EQ(g.ram[DATA_BASE], 1);	/* a trap */
	OK(hull_vcpu_get_debugregs(g.vcpu, &regs));
	CHECK_EQ(regs.db[0], DATA_BASE);
	CHECK_EQ(regs.dr6, DR6_FIXED | 1);
	CHECK_EQ(regs.dr7 & 0xffff0003, 0x10002);
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), DR6_FIXED | 1);
	/* One trap after POPF's next instruction, two more until TF is clear again */
	guest_exception(&g, 1, &f);
	CHECK_EQ(g.ram[f.rip - 1], 0x90);
	CHECK_EQ(f.rflags & 0x100, 0x100);
	OK(hull_vcpu_get_debugregs(g.vcpu, &regs));
	CHECK_EQ(regs.dr6 & DR6_BS, DR6_BS);
	guest_exception(&g, 1, &f);
	guest_exception(&g, 1, &f);
	guest_exception(&g, 1, &f);
	CHECK_EQ(f.rflags & 0x100, 0);
	guest_sync(&g, 2);
}

static void test_get_debugregs(void)
{
	struct kvm_debugregs set = {
		.db = { 0x1000, 0xffff800000002000, 3, 0x4000 },
		.dr6 = DR6_FIXED | 0x2,
		.dr7 = 0x400,
	}, got;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, read_dr);
	OK(hull_vcpu_get_debugregs(g.vcpu, &got));
	CHECK_EQ(got.dr6, DR6_FIXED);
	CHECK_EQ(got.dr7, 0x400);
	OK(hull_vcpu_set_debugregs(g.vcpu, &set));
	OK(hull_vcpu_get_debugregs(g.vcpu, &got));
	CHECK(!memcmp(set.db, got.db, sizeof(set.db)));
	CHECK_EQ(got.dr6, set.dr6);
	CHECK_EQ(got.dr7, set.dr7);
	guest_sync(&g, 1);
	for (i = 0; i < 4; i++)
		CHECK_EQ(load64(&g, DATA_BASE + i * 8), set.db[i]);
	CHECK_EQ(load64(&g, DATA_BASE + 32), set.dr6);
	CHECK_EQ(load64(&g, DATA_BASE + 40), set.dr7);
}

static void test_set_debugregs(void)
{
	struct kvm_debugregs good, bad, after;
	struct guest g;
	int fd;

	GUEST(&g, LONG64, read_dr);
	OK(hull_vcpu_get_debugregs(g.vcpu, &good));
	bad = good;
	bad.dr6 |= 1ULL << 32;
	CHECK_RET(hull_vcpu_set_debugregs(g.vcpu, &bad), -EINVAL);
	bad = good;
	bad.dr7 |= 1ULL << 63;
	CHECK_RET(hull_vcpu_set_debugregs(g.vcpu, &bad), -EINVAL);
	bad = good;
	bad.flags = 1;
	CHECK_RET(hull_vcpu_set_debugregs(g.vcpu, &bad), -EINVAL);
	OK(hull_vcpu_get_debugregs(g.vcpu, &after));
	CHECK(!memcmp(&good, &after, sizeof(good)));
	fd = hull_vcpu_fd(g.vcpu);
	CHECK(ioctl(fd, KVM_GET_DEBUGREGS, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(fd, KVM_SET_DEBUGREGS, NULL) == -1 && errno == EFAULT);
}

/* The debugger's registers do not show through to the guest. */
static void test_debugger_hides_registers(void)
{
	struct hull_watch watch = { DATA_BASE + 0x800, 8, HULL_WATCH_WRITE };
	struct guest g;

	GUEST(&g, LONG64, read_dr);
	OK(hull_vcpu_set_guest_debug(g.vcpu, &watch, 1, 0));
	guest_sync(&g, 1);
	CHECK_EQ(load64(&g, DATA_BASE), 0);
	CHECK_EQ(load64(&g, DATA_BASE + 40), 0x400);
}

static const struct test tests[] = {
	{ "vcpu_get_debugregs", test_get_debugregs },
	{ "vcpu_set_debugregs", test_set_debugregs },
	{ "vcpu_set_guest_debug", test_set_guest_debug },
	{ "single_step", test_single_step },
	{ "step_of_the_guest_over_shadows", test_step_of_the_guest_over_shadows },
	{ "single_step_set_regs", test_single_step_set_regs },
	{ "single_step_rep", test_single_step_rep },
	{ "single_step_invisible", test_single_step_invisible },
	{ "single_step_exception", test_single_step_exception },
	{ "single_step_interrupt", test_single_step_interrupt },
	{ "single_step_syscall", test_single_step_syscall },
	{ "single_step_int", test_single_step_int },
	{ "single_step_fault_of_int", test_single_step_fault_of_int },
	{ "single_step_page_fault", test_single_step_page_fault },
	{ "single_step_nmi", test_single_step_nmi },
	{ "step_over_device", test_step_over_device },
	{ "block_interrupts", test_block_interrupts },
	{ "hardware_breakpoints", test_hardware_breakpoints },
	{ "watchpoints", test_watchpoints },
	{ "inject_breakpoint", test_inject_breakpoint },
	{ "inject_debug_exception", test_inject_debug_exception },
	{ "inject_busy", test_inject_busy },
	{ "set_guest_debug_bad_input", test_set_guest_debug_bad_input },
	{ "breakpoint_given_back", test_breakpoint_given_back },
	{ "breakpoint_out_of_nowhere", test_breakpoint_out_of_nowhere },
	{ "overflow_given_back", test_overflow_given_back },
	{ "debugger_hides_registers", test_debugger_hides_registers },
	{ "guest_owned_debug", test_guest_owned_debug },
};

TAP_MAIN(tests)
