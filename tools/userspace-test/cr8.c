// SPDX-License-Identifier: GPL-2.0-only
/*
 * CR8, the task priority, which without an in-kernel local APIC is user space's to
 * know: whether the processor serves it or each access exits.
 */
#include <stdio.h>

#include "guest.h"
#include "trace.h"

PAYLOAD(raise);
PAYLOAD(script);
PAYLOAD(lower);
PAYLOAD(step_own);
PAYLOAD(reserved);
extern const uint8_t pl_lower_done[], pl_step_own_done[], pl_reserved_fault[];

#define AT(name, label)	(CODE_BASE + (uint64_t)(label - pl_##name))
#define DR6_BS		0x4000

static uint64_t sregs_cr8(struct guest *g)
{
	struct kvm_sregs sregs;

	OK(hull_vcpu_get_sregs(g->vcpu, &sregs));
	return sregs.cr8;
}

static void expect_set_tpr(struct guest *g, unsigned int cr8)
{
	if (guest_run(g) != KVM_EXIT_SET_TPR)
		FAIL("CR8 = %u is to be told, not %s", cr8, exit_name(g->run));
	CHECK_EQ(g->run->cr8, cr8);
	CHECK_EQ(sregs_cr8(g), cr8);
}

/* SDM vol. 3, Task Priority in IA-32e Mode; APM vol. 2, CR8 (Task Priority Register) */
static void test_every_value(void)
{
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, raise);
	/* Nothing of it is below what user space knows. */
	guest_sync(&g, 0);
	for (i = 0; i < 16; i++)
		CHECK_EQ(g.ram[DATA_BASE + i], i);
	CHECK_EQ(g.run->cr8, 15);
	CHECK_EQ(sregs_cr8(&g), 15);
	/* What user space writes is what the guest reads. */
	g.run->cr8 = 9;
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 9);
	CHECK_EQ(g.run->cr8, 9);
	guest_halt(&g);
}

/* KVM's API, kvm_run: cr8 is read and written; KVM_EXIT_SET_TPR when it falls. */
static void test_told_when_it_falls(void)
{
	static const uint8_t values[] = { 5, 7, 5, 4, 9, 4, 3, 0, 0, 8, 0xff };
	uint64_t first, second;
	struct guest g;
	int tries = 5;

	/*
	 * A KVM_RUN that the kernel restarts after work of the thread has shown the 7
	 * or the 9 in kvm_run: then the 5 or the second 4 is rightly told.  That does
	 * not happen every time.
	 */
	for (;;) {
		GUEST(&g, LONG64, script);
		memcpy(g.ram + DATA_BASE, values, sizeof(values));
		guest_sync(&g, 0);
		g.run->cr8 = 5;
		CHECK_EQ(guest_run(&g), KVM_EXIT_SET_TPR);
		first = g.run->cr8;
		CHECK_EQ(sregs_cr8(&g), first);
		CHECK_EQ(guest_run(&g), KVM_EXIT_SET_TPR);
		second = g.run->cr8;
		if ((first == 4 && second == 3) || !--tries)
			break;
		guest_destroy(&g);
	}
	if (!tries && is_in_tree_kvm(&g))
		SKIP("in-tree KVM tells also of a value that was only raised before");
	CHECK_EQ(first, 4);
	CHECK_EQ(second, 3);
	expect_set_tpr(&g, 0);
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 8);
	CHECK_EQ(g.run->cr8, 8);
	guest_halt(&g);
}

/* Whatever happened in between, user space knows what it saw last. */
static void test_told_of_what_it_knows(void)
{
	static const uint8_t first[] = { 6, 0xff };
	struct guest g;

	GUEST(&g, LONG64, script);
	memcpy(g.ram + DATA_BASE, first, sizeof(first));
	guest_sync(&g, 0);
	guest_sync(&g, 1);
	CHECK_EQ(g.run->cr8, 6);
	guest_complete_io(&g);
	g.ram[DATA_BASE] = 5;
	guest_vcpu_start(&g, 0, CODE_BASE);
	guest_sync(&g, 0);
	expect_set_tpr(&g, 5);
	guest_sync(&g, 1);
	guest_halt(&g);
}

static void test_restored(void)
{
	struct hull_vcpu_state state;
	struct guest from, to;

	GUEST(&from, LONG64, raise);
	guest_sync(&from, 0);
	guest_complete_io(&from);
	OK(hull_vcpu_save_state(from.sys, from.vm, from.vcpu, &state));
	GUEST(&to, LONG64, raise);
	/* In-tree KVM lists MSRs that a VM without its local APIC cannot have. */
	state.nr_msrs = 0;
	OK(hull_vcpu_restore_state(to.vcpu, &state));
	guest_sync(&to, 1);
	CHECK_EQ(guest_rax(&to), 15);
	hull_vcpu_state_release(&state);
}

/* The interrupt that user space held comes before the next instruction. */
static void test_interrupt_let_through(void)
{
	struct frame frame;
	struct guest g;

	GUEST(&g, LONG64, lower);
	guest_sync(&g, 0);
	g.run->cr8 = 3;
	expect_set_tpr(&g, 2);
	CHECK(hull_vcpu_ready_for_interrupt(g.vcpu));
	OK(hull_vcpu_interrupt(g.vcpu, 0x31));
	guest_exception(&g, 0x31, &frame);
	CHECK_EQ(frame.rip, AT(lower, pl_lower_done));
	guest_sync(&g, 1);
	CHECK_EQ(g.run->cr8, 2);
	guest_halt(&g);
}

static void test_step(void)
{
	struct guest g;
	unsigned int i;
	struct kvm_regs regs;

	if (host_is_bochs_svm())
		SKIP("Bochs 2.7 takes the trap of a step over what exits in the host, "
		     "before the host has its state back");
	GUEST(&g, LONG64, lower);
	if (is_in_tree_kvm(&g))
		SKIP("in-tree KVM tells of CR8 instead of stopping behind the step");
	guest_sync(&g, 0);
	g.run->cr8 = 3;
	guest_complete_io(&g);
	OK(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0, KVM_GUESTDBG_SINGLESTEP));
	for (i = 0; i < 10; i++) {
		CHECK_EQ(guest_run(&g), KVM_EXIT_DEBUG);
		guest_get_regs(&g, &regs);
		if (regs.rip >= AT(lower, pl_lower_done))
			break;
		CHECK_EQ(g.run->cr8, 3);
	}
	CHECK_EQ(regs.rip, AT(lower, pl_lower_done));
	CHECK_EQ(g.run->cr8, 2);
	CHECK_EQ(guest_run(&g), KVM_EXIT_DEBUG);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rip, AT(lower, pl_lower_done) + 1);
	OK(hull_vcpu_set_guest_debug(g.vcpu, NULL, 0, 0));
	guest_sync(&g, 1);
	guest_halt(&g);
}

/* The trap of the guest's own TF: not lost, and not a second time. */
static void test_step_of_the_guest(void)
{
	struct kvm_debugregs debugregs;
	struct frame frame;
	struct guest g;

	if (host_is_bochs_svm())
		SKIP("Bochs 2.7 takes the trap of a step over what exits in the host, "
		     "before the host has its state back");
	GUEST(&g, LONG64, step_own);
	guest_sync(&g, 0);
	g.run->cr8 = 3;
	expect_set_tpr(&g, 2);
	CHECK_EQ(hull_vcpu_ready_for_interrupt(g.vcpu), false);
	guest_exception(&g, 1, &frame);
	CHECK_EQ(frame.rip, AT(step_own, pl_step_own_done));
	OK(hull_vcpu_get_debugregs(g.vcpu, &debugregs));
	CHECK_EQ(debugregs.dr6 & DR6_BS, DR6_BS);
	guest_exception(&g, 1, &frame);
	CHECK_EQ(frame.rip, AT(step_own, pl_step_own_done) + 1);
}

/* SDM vol. 2 and APM vol. 3, MOV CR8: a reserved bit is #GP(0). */
static void check_reserved(unsigned int cr8)
{
	struct frame frame;
	struct guest g;

	GUEST(&g, LONG64, reserved);
	guest_sync(&g, 0);
	g.run->cr8 = cr8;
	guest_exception(&g, 13, &frame);
	CHECK_EQ(frame.error, 0);
	CHECK_EQ(frame.rip, AT(reserved, pl_reserved_fault));
	CHECK_EQ(g.run->cr8, cr8);
	CHECK_EQ(sregs_cr8(&g), cr8);
	guest_destroy(&g);
}

static void test_reserved_bits(void)
{
	check_reserved(1);
	check_reserved(0);
}

static void test_bad_value(void)
{
	struct guest g;

	GUEST(&g, LONG64, script);
	g.ram[DATA_BASE] = 0xff;
	guest_sync(&g, 0);
	g.run->cr8 = 16;
	CHECK_EQ(hull_vcpu_run(g.vcpu), -EINVAL);
	CHECK_EQ(g.run->cr8, 0);
	guest_sync(&g, 1);
	guest_halt(&g);
}

/* Whether a file has a line with the word in it. */
static bool file_has(const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	bool found = false;
	char line[4096];

	while (!found && file && fgets(line, sizeof(line), file))
		found = strstr(line, word);
	if (file)
		fclose(file);
	return found;
}

/*
 * SVM always keeps the register, but in QEMU's emulated CPU its writes have to exit;
 * VMX where it has the TPR shadow.
 */
static bool processor_serves_it(void)
{
	return (host_is_amd() && !host_is_tcg()) ||
	       (file_has("/sys/module/hull/parameters/vmx_tpr_shadow", "Y") &&
		file_has("/proc/cpuinfo", " tpr_shadow"));
}

static void test_without_exits(void)
{
	struct guest g;

	GUEST(&g, LONG64, raise);
	if (!trace_start("hull_exit"))
		SKIP("hull's exits cannot be traced here");
	guest_sync(&g, 0);
	trace_stop("hull_exit");
	CHECK_EQ(trace_has("hull_exit:", " cr reason"), !processor_serves_it());
	CHECK(trace_has("hull_exit:", " pio reason"));
	guest_sync(&g, 1);
	guest_halt(&g);
}

static const struct test tests[] = {
	{ "every_value", test_every_value },
	{ "told_when_it_falls", test_told_when_it_falls },
	{ "told_of_what_it_knows", test_told_of_what_it_knows },
	{ "restored", test_restored },
	{ "interrupt_let_through", test_interrupt_let_through },
	{ "step", test_step },
	{ "step_of_the_guest", test_step_of_the_guest },
	{ "reserved_bits", test_reserved_bits },
	{ "bad_value", test_bad_value },
	{ "without_exits", test_without_exits },
};

TAP_MAIN(tests)
