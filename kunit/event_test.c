// SPDX-License-Identifier: GPL-2.0
/* Priorities and combinations of events, on the mock backend (core/event.c). */
#include <linux/kvm.h>
#include <asm/debugreg.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "mock.h"

#define HLT_EXIT	{ .exit = { .kind = HULL_EXIT_HLT, .insn_len = 1 } }
#define CPUID_EXIT	{ .exit = { .kind = HULL_EXIT_CPUID, .insn_len = 2 } }
#define WBINVD_EXIT	{ .exit = { .kind = HULL_EXIT_WBINVD, .insn_len = 2 } }

static const struct mock_exit halted[] = { HLT_EXIT };

static void expect_injected(struct kunit *test, int entry, u8 type, u8 vector)
{
	KUNIT_EXPECT_EQ(test, mock.injected[entry].type, type);
	if (type != HULL_EVENT_NONE)
		KUNIT_EXPECT_EQ(test, mock.injected[entry].vector, vector);
}

/* SDM vol. 3, Priority Among Concurrent Events: fault, NMI, interrupt. */
static void priority(struct kunit *test)
{
	static const struct mock_exit script[] = { WBINVD_EXIT, WBINVD_EXIT, HLT_EXIT };
	struct hull_vcpu *vcpu = mock_vcpu(test);

	KUNIT_ASSERT_EQ(test, hull_vcpu_nmi(vcpu), 0);
	hull_queue_exception(vcpu, X86_TRAP_UD);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	expect_injected(test, 0, HULL_EVENT_EXCEPTION, X86_TRAP_UD);
	expect_injected(test, 1, HULL_EVENT_NMI, X86_TRAP_NMI);
	expect_injected(test, 2, HULL_EVENT_NONE, 0);
}

static void interrupt_once(struct kunit *test)
{
	static const struct mock_exit script[] = { CPUID_EXIT, HLT_EXIT };
	struct hull_vcpu *vcpu = mock_vcpu(test);

	hull_set_raw_rflags(vcpu, X86_EFLAGS_FIXED | X86_EFLAGS_IF);
	KUNIT_EXPECT_EQ(test, hull_vcpu_interrupt(vcpu, 0x31), 0);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	expect_injected(test, 0, HULL_EVENT_INTERRUPT, 0x31);
	expect_injected(test, 1, HULL_EVENT_NONE, 0);
}

/* A fault of the instruction that was finished after the interrupt was accepted. */
static void interrupt_after_fault(struct kunit *test)
{
	static const struct mock_exit script[] = { WBINVD_EXIT, HLT_EXIT };
	struct hull_vcpu *vcpu = mock_vcpu(test);

	hull_set_raw_rflags(vcpu, X86_EFLAGS_FIXED | X86_EFLAGS_IF);
	KUNIT_EXPECT_EQ(test, hull_vcpu_interrupt(vcpu, 0x31), 0);
	hull_queue_exception(vcpu, X86_TRAP_DE);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	expect_injected(test, 0, HULL_EVENT_EXCEPTION, X86_TRAP_DE);
	expect_injected(test, 1, HULL_EVENT_INTERRUPT, 0x31);
}

static void interrupt_waits_for_if(struct kunit *test)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_IRQ_WINDOW },
		  .rflags = X86_EFLAGS_FIXED | X86_EFLAGS_IF },
		HLT_EXIT,
	};
	struct hull_vcpu *vcpu = mock_vcpu(test);

	hull_set_raw_rflags(vcpu, X86_EFLAGS_FIXED);
	KUNIT_EXPECT_EQ(test, hull_vcpu_interrupt(vcpu, 0x31), 0);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	expect_injected(test, 0, HULL_EVENT_NONE, 0);
	expect_injected(test, 1, HULL_EVENT_INTERRUPT, 0x31);
}

static void interrupt_vectors(struct kunit *test)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);

	KUNIT_EXPECT_EQ(test, hull_vcpu_interrupt(vcpu, 256), -EINVAL);
	KUNIT_EXPECT_FALSE(test, vcpu->ev.irq_pending);
	KUNIT_EXPECT_EQ(test, hull_vcpu_interrupt(vcpu, 255), 0);
}

/* The guest's single step over an instruction that exits. */
static void trap_of_the_guest(struct kunit *test, u64 debugctl, u8 type)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_CPUID, .insn_len = 2 },
		  .rflags = X86_EFLAGS_FIXED | X86_EFLAGS_TF },
		{ .exit = { .kind = HULL_EXIT_HLT, .insn_len = 1 }, .rflags = X86_EFLAGS_FIXED },
	};

	mock.debugctl = debugctl;
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	expect_injected(test, 1, type, X86_TRAP_DB);
}

/* SDM vol. 3, Single-Stepping on Branches: with BTF other instructions do not trap. */
static void step_on_branches(struct kunit *test)
{
	trap_of_the_guest(test, 0, HULL_EVENT_EXCEPTION);
	trap_of_the_guest(test, DEBUGCTLMSR_BTF, HULL_EVENT_NONE);
}

/* ... and the processor clears BTF when it raises #DB. */
static void debug_clears_btf(struct kunit *test)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_EXCEPTION,
			    .exception = { .vector = X86_TRAP_DB, .has_payload = true,
					   .payload = DR_STEP } } },
		HLT_EXIT,
	};

	mock.debugctl = DEBUGCTLMSR_BTF | DEBUGCTLMSR_LBR;
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	expect_injected(test, 1, HULL_EVENT_EXCEPTION, X86_TRAP_DB);
	KUNIT_EXPECT_EQ(test, mock.debugctl, DEBUGCTLMSR_LBR);
}

/* What an exit cuts short in delivery goes in again, as it was. */
static void reinjection(struct kunit *test)
{
	static const struct hull_event events[] = {
		{ .type = HULL_EVENT_INTERRUPT, .vector = 0x44 },
		{ .type = HULL_EVENT_NMI, .vector = X86_TRAP_NMI },
		{ .type = HULL_EVENT_EXCEPTION, .vector = X86_TRAP_GP,
		  .has_error = true, .error = 0x18 },
		{ .type = HULL_EVENT_SOFT_INTERRUPT, .vector = 0x80, .insn_len = 2 },
		{ .type = HULL_EVENT_SOFT_EXCEPTION, .vector = X86_TRAP_BP, .insn_len = 1 },
	};
	int i;

	mock_vcpu(test)->cr0 |= X86_CR0_PE;
	mock.hw.cr0 |= X86_CR0_PE;
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		const struct mock_exit script[] = {
			{ .exit = { .kind = HULL_EXIT_EXTERNAL, .vectoring = events[i] } },
			HLT_EXIT,
		};

		mock.nmi_mask = false;
		KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
		expect_injected(test, 1, events[i].type, events[i].vector);
		KUNIT_EXPECT_EQ(test, mock.injected[1].error, events[i].error);
		KUNIT_EXPECT_EQ(test, mock.injected[1].has_error, events[i].has_error);
		KUNIT_EXPECT_EQ(test, mock.injected[1].insn_len, events[i].insn_len);
	}
}

/* Real mode pushes no error codes. */
static void no_error_code_in_real_mode(struct kunit *test)
{
	hull_queue_exception_error(mock_vcpu(test), X86_TRAP_GP, 0);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, halted), 0);
	expect_injected(test, 0, HULL_EVENT_EXCEPTION, X86_TRAP_GP);
	KUNIT_EXPECT_FALSE(test, mock.injected[0].has_error);
}

/* SDM vol. 3, Interrupt 8: which pairs of exceptions are a double fault. */
static void double_faults(struct kunit *test)
{
	static const u8 vectors[] = {
		X86_TRAP_UD,					/* benign */
		X86_TRAP_DE, X86_TRAP_TS, X86_TRAP_NP,		/* contributory */
		X86_TRAP_SS, X86_TRAP_GP,
		X86_TRAP_PF,					/* page fault */
	};
	struct hull_vcpu *vcpu = mock_vcpu(test);
	int i, j;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		for (j = 0; j < ARRAY_SIZE(vectors); j++) {
			bool first_contributes = i >= 1 && i <= 5;
			bool second_contributes = j >= 1 && j <= 5;
			bool first_pf = i == 6, second_pf = j == 6;
			bool df = (first_contributes && second_contributes) ||
				  (first_pf && (second_contributes || second_pf));

			memset(&vcpu->ev, 0, sizeof(vcpu->ev));
			hull_queue_exception(vcpu, vectors[i]);
			hull_queue_exception(vcpu, vectors[j]);
			KUNIT_EXPECT_EQ_MSG(test, vcpu->ev.exception.vector,
					    df ? X86_TRAP_DF : vectors[j],
					    "%d then %d", vectors[i], vectors[j]);
			KUNIT_EXPECT_FALSE(test, vcpu->ev.triple_fault);
		}
	}
}

/* A contributory exception or page fault after #DF ends in shutdown. */
static void shutdown(struct kunit *test)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);

	hull_queue_exception(vcpu, X86_TRAP_DF);
	hull_queue_exception_error(vcpu, X86_TRAP_GP, 0);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, halted), 0);
	KUNIT_EXPECT_EQ(test, vcpu->run->exit_reason, KVM_EXIT_SHUTDOWN);
	KUNIT_EXPECT_EQ(test, mock.entries, 0);
}

/* CR2 changes with the delivery, not before. */
static void page_fault_address(struct kunit *test)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);

	vcpu->cr2 = 0x1111;
	hull_queue_fault(vcpu, &(struct hull_fault) {
		.vector = X86_TRAP_PF, .has_error = true, .error = 2,
		.has_payload = true, .payload = 0xdead000,
	});
	KUNIT_EXPECT_EQ(test, vcpu->cr2, 0x1111ull);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, halted), 0);
	KUNIT_EXPECT_EQ(test, vcpu->cr2, 0xdead000ull);
}

/* One in service, one held; a third is dropped. */
static void nmi_limit(struct kunit *test)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);
	int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, hull_vcpu_nmi(vcpu), 0);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, halted), 0);
	expect_injected(test, 0, HULL_EVENT_NMI, X86_TRAP_NMI);
	KUNIT_EXPECT_EQ(test, vcpu->ev.nmi_pending, 1);
	KUNIT_EXPECT_TRUE(test, mock.nmi_window);

	KUNIT_EXPECT_EQ(test, hull_vcpu_nmi(vcpu), 0);
	KUNIT_EXPECT_EQ(test, vcpu->ev.nmi_pending, 1);
}

/* Masked until IRET. */
static void nmi_masked(struct kunit *test)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);

	mock.nmi_mask = true;
	KUNIT_EXPECT_EQ(test, hull_vcpu_nmi(vcpu), 0);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, halted), 0);
	expect_injected(test, 0, HULL_EVENT_NONE, 0);
	KUNIT_EXPECT_TRUE(test, mock.nmi_window);
}

/* ready_for_interrupt_injection. */
static void interrupt_allowed(struct kunit *test)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);

	hull_set_raw_rflags(vcpu, X86_EFLAGS_FIXED);
	KUNIT_EXPECT_FALSE(test, hull_interrupt_allowed(vcpu));
	hull_set_raw_rflags(vcpu, X86_EFLAGS_FIXED | X86_EFLAGS_IF);
	KUNIT_EXPECT_TRUE(test, hull_interrupt_allowed(vcpu));
	hull_set_shadow(vcpu, KVM_X86_SHADOW_INT_STI);
	KUNIT_EXPECT_FALSE(test, hull_interrupt_allowed(vcpu));
	hull_set_shadow(vcpu, KVM_X86_SHADOW_INT_MOV_SS);
	KUNIT_EXPECT_FALSE(test, hull_interrupt_allowed(vcpu));
	hull_set_shadow(vcpu, 0);
	KUNIT_EXPECT_TRUE(test, hull_interrupt_allowed(vcpu));
	hull_queue_exception(vcpu, X86_TRAP_UD);
	KUNIT_EXPECT_FALSE(test, hull_interrupt_allowed(vcpu));
}

static void vcpu_events_round_trip(struct kunit *test)
{
	struct kvm_vcpu_events in = {
		.exception = { .injected = 1, .nr = X86_TRAP_GP, .has_error_code = 1,
			       .error_code = 8 },
		.interrupt = { .injected = 1, .nr = 0x55, .shadow = KVM_X86_SHADOW_INT_STI },
		.nmi = { .pending = 1, .masked = 1 },
		.flags = KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW,
	}, out;
	struct hull_vcpu *vcpu = mock_vcpu(test);

	KUNIT_ASSERT_EQ(test, hull_set_vcpu_events(vcpu, &in), 0);
	hull_get_vcpu_events(vcpu, &out);
	KUNIT_EXPECT_MEMEQ(test, &out, &in, sizeof(in));

	in.exception.nr = 32;
	KUNIT_EXPECT_EQ(test, hull_set_vcpu_events(vcpu, &in), -EINVAL);
	in.exception.nr = X86_TRAP_NMI;
	KUNIT_EXPECT_EQ(test, hull_set_vcpu_events(vcpu, &in), -EINVAL);
	in.exception.nr = X86_TRAP_GP;
	in.flags |= 1u << 31;
	KUNIT_EXPECT_EQ(test, hull_set_vcpu_events(vcpu, &in), -EINVAL);
}

/*
 * The exit of a task switch cuts the NMI's delivery short, but the switch completes it:
 * NMIs are blocked.  IRET unblocks them, even one that fails (SDM vol. 3, Handling
 * Multiple NMIs), as both switches do here: there is no memory for a GDT.
 */
static void nmi_task_gate(struct kunit *test)
{
	static const struct mock_exit gate[] = {
		{ .exit = { .kind = HULL_EXIT_TASK_SWITCH,
			    .vectoring = { HULL_EVENT_NMI, X86_TRAP_NMI },
			    .task = { .selector = 0x48, .reason = HULL_TASK_GATE } } },
		HLT_EXIT,
	};
	static const struct mock_exit iret[] = {
		{ .exit = { .kind = HULL_EXIT_TASK_SWITCH, .insn_len = 1,
			    .task = { .selector = 0x20, .reason = HULL_TASK_IRET } } },
		HLT_EXIT,
	};

	KUNIT_ASSERT_EQ(test, hull_vcpu_nmi(mock_vcpu(test)), 0);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, gate), 0);
	expect_injected(test, 0, HULL_EVENT_NMI, X86_TRAP_NMI);
	KUNIT_EXPECT_TRUE(test, mock.nmi_mask);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, iret), 0);
	KUNIT_EXPECT_FALSE(test, mock.nmi_mask);
}

static struct kunit_case event_cases[] = {
	KUNIT_CASE(priority),
	KUNIT_CASE(interrupt_once),
	KUNIT_CASE(step_on_branches),
	KUNIT_CASE(debug_clears_btf),
	KUNIT_CASE(interrupt_after_fault),
	KUNIT_CASE(interrupt_waits_for_if),
	KUNIT_CASE(interrupt_vectors),
	KUNIT_CASE(reinjection),
	KUNIT_CASE(no_error_code_in_real_mode),
	KUNIT_CASE(double_faults),
	KUNIT_CASE(shutdown),
	KUNIT_CASE(page_fault_address),
	KUNIT_CASE(nmi_limit),
	KUNIT_CASE(nmi_masked),
	KUNIT_CASE(nmi_task_gate),
	KUNIT_CASE(interrupt_allowed),
	KUNIT_CASE(vcpu_events_round_trip),
	{ }
};

static struct kunit_suite event_suite = {
	.name = "hull-event",
	.init = mock_init,
	.exit = mock_exit,
	.test_cases = event_cases,
};
kunit_test_suite(event_suite);
