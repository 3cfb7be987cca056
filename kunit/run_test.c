// SPDX-License-Identifier: GPL-2.0
/* The run loop on the mock backend (core/run.c, core/exit.c). */
#include <linux/kvm.h>
#include <linux/mman.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "../core/compat/kvm_abi.h"
#include "../core/cpu/xstate.h"
#include "../core/mem/mem.h"
#include "mock.h"

#define CPUID_EXIT	{ .exit = { .kind = HULL_EXIT_CPUID, .insn_len = 2 } }
#define HLT_EXIT	{ .exit = { .kind = HULL_EXIT_HLT, .insn_len = 1 } }

static struct kvm_run *run_of(struct kunit *test)
{
	return mock_vcpu(test)->run;
}

static void set_rip(struct kunit *test, u64 rip)
{
	hull_set_rip(mock_vcpu(test), rip);
}

static void exits_in_kernel(struct kunit *test)
{
	static const struct mock_exit script[] = { CPUID_EXIT, CPUID_EXIT, HLT_EXIT };
	struct hull_vcpu *vcpu = mock_vcpu(test);

	set_rip(test, 0x1000);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, run_of(test)->exit_reason, KVM_EXIT_HLT);
	KUNIT_EXPECT_EQ(test, mock.entries, 3);
	KUNIT_EXPECT_TRUE(test, vcpu->has_run);
	/* Two of CPUID's two bytes, and HLT's one. */
	KUNIT_EXPECT_EQ(test, hull_rip(vcpu), 0x1005);
	KUNIT_EXPECT_EQ(test, vcpu->stats.exits[HULL_EXIT_CPUID], 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&vcpu->state), HULL_VCPU_FREE);
}

/* EIP wraps at 4 GB outside 64-bit mode. */
static void rip_wraps(struct kunit *test)
{
	static const struct mock_exit script[] = { HLT_EXIT };

	set_rip(test, 0xffffffff);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, hull_rip(mock_vcpu(test)), 0);
}

/* From load to put, and not longer, a CPU knows its vCPU. */
static void current_vcpu(struct kunit *test)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);

	KUNIT_EXPECT_NULL(test, hull_current_vcpu());
	mutex_lock(&vcpu->lock);
	hull_vcpu_load(vcpu);
	KUNIT_EXPECT_PTR_EQ(test, hull_current_vcpu(), vcpu);
	KUNIT_EXPECT_EQ(test, vcpu->cpu, smp_processor_id());
	hull_vcpu_put(vcpu);
	KUNIT_EXPECT_NULL(test, hull_current_vcpu());
	KUNIT_EXPECT_EQ(test, vcpu->cpu, -1);
	mutex_unlock(&vcpu->lock);
}

/* Preemption takes the vCPU from its CPU and brings it back. */
static void current_vcpu_preempted(struct kunit *test)
{
	struct hull_vcpu *vcpu = mock_vcpu(test);

	mutex_lock(&vcpu->lock);
	hull_vcpu_load(vcpu);
	hull_vcpu_preemptible(vcpu);
	schedule_timeout_uninterruptible(1);
	preempt_disable();
	KUNIT_EXPECT_PTR_EQ(test, hull_current_vcpu(), vcpu);
	KUNIT_EXPECT_EQ(test, vcpu->cpu, smp_processor_id());
	preempt_enable();
	hull_vcpu_put(vcpu);
	mutex_unlock(&vcpu->lock);
}

static void immediate_exit(struct kunit *test)
{
	static const struct mock_exit script[] = { HLT_EXIT };

	HULL_RUN_IMMEDIATE_EXIT(run_of(test)) = 1;
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), -EINTR);
	KUNIT_EXPECT_EQ(test, mock.entries, 0);
	/* CPUID can still be changed. */
	KUNIT_EXPECT_FALSE(test, mock_vcpu(test)->has_run);
}

#define FPU_EXIT	{ .exit = { .kind = HULL_EXIT_EXCEPTION,		\
				    .exception = { .vector = X86_TRAP_NM } } }

static void fpu_always_loaded(struct kunit *test)
{
	static const struct mock_exit script[] = { HLT_EXIT };

	KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_TRUE(test, mock.fpu[0]);
	KUNIT_EXPECT_FALSE(test, mock_vcpu(test)->fpu_loaded);
}

/* The first use exits and is no exception of the guest's. */
static void run_with_fpu(struct kunit *test)
{
	static const struct mock_exit script[] = { FPU_EXIT, HLT_EXIT };

	KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_FALSE(test, mock.fpu[0]);
	KUNIT_EXPECT_TRUE(test, mock.fpu[1]);
	KUNIT_EXPECT_EQ(test, mock.injected[1].type, HULL_EVENT_NONE);
	KUNIT_EXPECT_FALSE(test, mock_vcpu(test)->fpu_loaded);
}

static void fpu_loaded_when_used(struct kunit *test)
{
	static const struct mock_exit script[] = { HLT_EXIT };
	int i;

	mock_caps.lazy_fpu = true;
	for (i = 0; i <= HULL_FPU_LAZY_RUNS; i++)
		run_with_fpu(test);
	/* From now on it is foreseen, for as long as an eight-bit count lasts. */
	for (; i < 256; i++) {
		KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
		KUNIT_ASSERT_TRUE(test, mock.fpu[0]);
	}
	run_with_fpu(test);
}

/* A run without the FPU starts the count again. */
static void fpu_forgotten_when_unused(struct kunit *test)
{
	static const struct mock_exit script[] = { HLT_EXIT };
	int i;

	mock_caps.lazy_fpu = true;
	for (i = 0; i < HULL_FPU_LAZY_RUNS; i++)
		run_with_fpu(test);
	KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_FALSE(test, mock.fpu[0]);
	for (i = 0; i <= HULL_FPU_LAZY_RUNS; i++)
		run_with_fpu(test);
}

/* With the state loaded, #NM is the guest's own. */
static void fpu_fault_of_the_guest(struct kunit *test)
{
	static const struct mock_exit script[] = { FPU_EXIT, FPU_EXIT, HLT_EXIT };

	mock_caps.lazy_fpu = true;
	KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, mock.injected[1].type, HULL_EVENT_NONE);
	KUNIT_EXPECT_EQ(test, mock.injected[2].type, HULL_EVENT_EXCEPTION);
	KUNIT_EXPECT_EQ(test, mock.injected[2].vector, X86_TRAP_NM);
}

static void port_out(struct kunit *test)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_PIO, .insn_len = 1,
			    .pio = { .port = 0x3f8, .size = 2 } } },
	};
	static const struct mock_exit then[] = { HLT_EXIT };
	struct hull_vcpu *vcpu = mock_vcpu(test);
	struct kvm_run *run = vcpu->run;

	set_rip(test, 0x2000);
	vcpu->gpr[HULL_RAX] = 0x12345678;
	KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_ASSERT_EQ(test, run->exit_reason, KVM_EXIT_IO);
	KUNIT_EXPECT_EQ(test, run->io.direction, KVM_EXIT_IO_OUT);
	KUNIT_EXPECT_EQ(test, run->io.port, 0x3f8);
	KUNIT_EXPECT_EQ(test, run->io.size, 2);
	KUNIT_EXPECT_EQ(test, run->io.count, 1);
	KUNIT_EXPECT_EQ(test, run->io.data_offset, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, *(u16 *)vcpu->pio_data, 0x5678);

	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, then), 0);
	KUNIT_EXPECT_EQ(test, hull_rip(vcpu), 0x2002);
}

/* IN AL leaves the rest of RAX alone; IN EAX clears its upper half. */
static void port_in(struct kunit *test)
{
	static const struct {
		u8 size;
		u64 rax;
	} cases[] = {
		{ 1, 0xffffffffffffff11 },
		{ 2, 0xffffffffffff2211 },
		{ 4, 0x44332211 },
	};
	static const struct mock_exit then[] = { HLT_EXIT };
	struct hull_vcpu *vcpu = mock_vcpu(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct mock_exit script[] = {
			{ .exit = { .kind = HULL_EXIT_PIO, .insn_len = 1,
				    .pio = { .port = 0x60, .size = cases[i].size,
					     .in = true } } },
		};

		vcpu->gpr[HULL_RAX] = ~0ull;
		KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
		KUNIT_ASSERT_EQ(test, run_of(test)->exit_reason, KVM_EXIT_IO);
		KUNIT_EXPECT_EQ(test, run_of(test)->io.direction, KVM_EXIT_IO_IN);
		*(u32 *)vcpu->pio_data = 0x44332211;
		KUNIT_ASSERT_EQ(test, MOCK_RUN(test, then), 0);
		KUNIT_EXPECT_EQ(test, vcpu->gpr[HULL_RAX], cases[i].rax);
	}
}

/* The answer is taken also when the run itself must not start. */
static void port_in_immediate_exit(struct kunit *test)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_PIO, .insn_len = 1,
			    .pio = { .port = 0x60, .size = 1, .in = true } } },
	};
	struct hull_vcpu *vcpu = mock_vcpu(test);

	set_rip(test, 0x3000);
	KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
	*(u8 *)vcpu->pio_data = 0x5a;
	HULL_RUN_IMMEDIATE_EXIT(vcpu->run) = 1;
	KUNIT_EXPECT_EQ(test, mock_run(test, NULL, 0), -EINTR);
	KUNIT_EXPECT_EQ(test, vcpu->gpr[HULL_RAX] & 0xff, 0x5a);
	KUNIT_EXPECT_EQ(test, hull_rip(vcpu), 0x3001);
}

static void fail_entry(struct kunit *test)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_FAIL_ENTRY, .hw_reason = 0x80000021 } },
	};
	struct kvm_run *run = run_of(test);

	/* Whatever an earlier exit has left there */
	mock_vcpu(test)->exit_cpu = -1;
	migrate_disable();
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, run->fail_entry.cpu, smp_processor_id());
	migrate_enable();
	KUNIT_EXPECT_EQ(test, run->exit_reason, KVM_EXIT_FAIL_ENTRY);
	KUNIT_EXPECT_EQ(test, run->fail_entry.hardware_entry_failure_reason, 0x80000021);
	KUNIT_EXPECT_EQ(test, mock.dumps, 1);
}

static void unknown_exit(struct kunit *test)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_UNKNOWN, .hw_reason = 0x1234,
			    .hw_info = { 5, 6 } } },
	};
	struct kvm_run *run = run_of(test);

	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, run->exit_reason, KVM_EXIT_INTERNAL_ERROR);
	KUNIT_EXPECT_EQ(test, run->internal.suberror,
			KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON);
	KUNIT_EXPECT_EQ(test, run->internal.data[0], 0x1234);
	KUNIT_EXPECT_EQ(test, run->internal.data[1], 5);
}

static void triple_fault(struct kunit *test)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_TRIPLE_FAULT } },
	};

	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, run_of(test)->exit_reason, KVM_EXIT_SHUTDOWN);
}

static void requests(struct kunit *test)
{
	static const struct mock_exit script[] = { HLT_EXIT };
	struct hull_vcpu *vcpu = mock_vcpu(test);
	unsigned int flushes = mock.flushes, roots = mock.roots;

	hull_request(vcpu, HULL_REQ_FLUSH_TLB);
	hull_request(vcpu, HULL_REQ_SET_ROOT);
	hull_request(vcpu, HULL_REQ_KICK);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, mock.flushes, flushes + 1);
	KUNIT_EXPECT_EQ(test, mock.roots, roots + 1);
	KUNIT_EXPECT_EQ(test, vcpu->requests, 0ul);
}

static void dead_vm(struct kunit *test)
{
	static const struct mock_exit script[] = { HLT_EXIT };

	hull_request(mock_vcpu(test), HULL_REQ_VM_DEAD);
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), -EIO);
	KUNIT_EXPECT_EQ(test, mock.entries, 0);
}

/* As a backend does, right after an exit. */
static void killed_with_interrupts_off(struct kunit *test)
{
	static const struct mock_exit script[] = { HLT_EXIT };

	local_irq_disable();
	hull_vm_kill(mock_vcpu(test)->vm, "a contradiction", __func__);
	local_irq_enable();
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), -EIO);
	KUNIT_EXPECT_EQ(test, mock.entries, 0);
}

/* Not before the guest has set IF. */
static void interrupt_window(struct kunit *test)
{
	static const struct mock_exit script[] = {
		CPUID_EXIT,
		{ .exit = { .kind = HULL_EXIT_IRQ_WINDOW },
		  .rflags = X86_EFLAGS_FIXED | X86_EFLAGS_IF },
	};
	struct kvm_run *run = run_of(test);

	run->request_interrupt_window = 1;
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, run->exit_reason, KVM_EXIT_IRQ_WINDOW_OPEN);
	KUNIT_EXPECT_EQ(test, mock.entries, 2);
	KUNIT_EXPECT_EQ(test, run->if_flag, 1);
	KUNIT_EXPECT_EQ(test, run->ready_for_interrupt_injection, 1);
}

/* An NMI that the guest holds back does not hold back interrupts. */
static void interrupt_window_nmi_masked(struct kunit *test)
{
	static const struct mock_exit script[] = { HLT_EXIT };
	struct kvm_run *run = run_of(test);

	hull_set_raw_rflags(mock_vcpu(test), X86_EFLAGS_FIXED | X86_EFLAGS_IF);
	KUNIT_ASSERT_EQ(test, hull_vcpu_nmi(mock_vcpu(test)), 0);
	mock.nmi_mask = true;
	run->request_interrupt_window = 1;
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, run->exit_reason, KVM_EXIT_IRQ_WINDOW_OPEN);
	KUNIT_EXPECT_EQ(test, mock.entries, 0);

	/* One that can go in does, before user space is asked. */
	mock.nmi_mask = false;
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, run->exit_reason, KVM_EXIT_HLT);
	KUNIT_EXPECT_EQ(test, mock.injected[0].type, HULL_EVENT_NMI);
}

/*
 * The guest has taken the page of its code away, and the processor still had
 * the translation: the fetch that hull repeats is a page fault of the guest's,
 * and the instruction has done nothing.
 */
static void fetch_fault(struct kunit *test)
{
	static const u8 kinds[] = { HULL_EXIT_CPUID, HULL_EXIT_HLT, HULL_EXIT_DR };
	struct hull_vcpu *vcpu = mock_vcpu(test);
	struct kvm_userspace_memory_region2 region = { .memory_size = PAGE_SIZE };
	int i;

	/* One page of zeros at gpa 0: a page directory without an entry. */
	region.userspace_addr = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
					      MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, region.userspace_addr, 0);
	KUNIT_ASSERT_EQ(test, hull_set_memory_region(vcpu->vm, &region), 0);
	vcpu->cr0 |= X86_CR0_PE | X86_CR0_PG;
	mock.hw.cr0 = vcpu->cr0;
	mock.segments[HULL_SEG_CS].base = 0;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct mock_exit script[] = { { .exit = { .kind = kinds[i] } }, HLT_EXIT };

		set_rip(test, 0x4000);
		vcpu->gpr[HULL_RAX] = 0x40000000;
		vcpu->cr2 = 0;
		KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
		KUNIT_EXPECT_EQ(test, mock.entries, 2);
		KUNIT_EXPECT_EQ(test, mock.injected[1].type, HULL_EVENT_EXCEPTION);
		KUNIT_EXPECT_EQ(test, mock.injected[1].vector, X86_TRAP_PF);
		/* SDM vol. 3, Page-Fault Exception: not present, a read by the system. */
		KUNIT_EXPECT_EQ(test, mock.injected[1].error, 0);
		KUNIT_EXPECT_EQ(test, vcpu->cr2, 0x4000);
		KUNIT_EXPECT_EQ(test, vcpu->gpr[HULL_RAX], 0x40000000);
		/* The HLT behind it is the handler's. */
		KUNIT_EXPECT_EQ(test, hull_rip(vcpu), 0x4001);
	}
}

/* RDMSR of an MSR that does not exist: #GP(0), and RIP stays. */
static void rdmsr_fault(struct kunit *test)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_MSR, .insn_len = 2 } },
		HLT_EXIT,
	};
	struct hull_vcpu *vcpu = mock_vcpu(test);

	set_rip(test, 0x4000);
	vcpu->cr0 |= X86_CR0_PE;
	mock.hw.cr0 = vcpu->cr0;
	vcpu->gpr[HULL_RCX] = 0x12345678;
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, mock.injected[1].type, HULL_EVENT_EXCEPTION);
	KUNIT_EXPECT_EQ(test, mock.injected[1].vector, X86_TRAP_GP);
	KUNIT_EXPECT_TRUE(test, mock.injected[1].has_error);
	KUNIT_EXPECT_EQ(test, mock.injected[1].error, 0);
	KUNIT_EXPECT_EQ(test, hull_rip(vcpu), 0x4001);
}

#define WRITE_CR8_EXIT	{ .exit = { .kind = HULL_EXIT_CR, .insn_len = 4,		\
				    .cr = { .op = HULL_CR_WRITE, .cr = 8,	\
					    .gpr = HULL_RSI, .known = true } } }

/*
 * User space is told of a priority below the one that it knows, not of one that was
 * only raised meanwhile.
 */
static void cr8_written(struct kunit *test)
{
	static const struct {
		u8 known, before, value;
		u32 reason;
	} cases[] = {
		{ 0, 0, 7, KVM_EXIT_HLT }, { 0, 7, 3, KVM_EXIT_HLT },
		{ 3, 3, 3, KVM_EXIT_HLT }, { 3, 7, 3, KVM_EXIT_HLT },
		{ 3, 3, 2, KVM_EXIT_SET_TPR }, { 3, 7, 0, KVM_EXIT_SET_TPR },
	};
	struct hull_vcpu *vcpu = mock_vcpu(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct mock_exit script[] = {
			{ .exit = { .kind = HULL_EXIT_CPUID, .insn_len = 2 },
			  .cr8 = cases[i].before },
			WRITE_CR8_EXIT, HLT_EXIT,
		};

		vcpu->run->cr8 = cases[i].known;
		vcpu->gpr[HULL_RSI] = cases[i].value;
		set_rip(test, 0x1000);
		KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
		KUNIT_EXPECT_EQ_MSG(test, run_of(test)->exit_reason, cases[i].reason,
				    "case %d", i);
		KUNIT_EXPECT_EQ(test, run_of(test)->cr8, cases[i].value);
	}
}

/* The hardware looked for it, and the write is complete. */
static void cr8_below(struct kunit *test)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_TPR }, .rip = 0x1004, .cr8 = 2 },
	};

	run_of(test)->cr8 = 3;
	KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, mock_vcpu(test)->user_cr8, 3);
	KUNIT_EXPECT_EQ(test, run_of(test)->exit_reason, KVM_EXIT_SET_TPR);
	KUNIT_EXPECT_EQ(test, run_of(test)->cr8, 2);
	KUNIT_EXPECT_EQ(test, hull_rip(mock_vcpu(test)), 0x1004);
}

/* The guest's own single step over the write is still due. */
static void cr8_below_stepped(struct kunit *test)
{
	static const struct mock_exit script[] = {
		{ .exit = { .kind = HULL_EXIT_TPR }, .cr8 = 2,
		  .rflags = X86_EFLAGS_FIXED | X86_EFLAGS_IF | X86_EFLAGS_TF },
	};
	static const struct mock_exit then[] = { HLT_EXIT };

	run_of(test)->cr8 = 3;
	KUNIT_ASSERT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, run_of(test)->exit_reason, KVM_EXIT_SET_TPR);
	/* The trap comes before any interrupt. */
	KUNIT_EXPECT_EQ(test, run_of(test)->ready_for_interrupt_injection, 0);
	hull_set_raw_rflags(mock_vcpu(test), X86_EFLAGS_FIXED);
	KUNIT_ASSERT_EQ(test, MOCK_RUN(test, then), 0);
	KUNIT_EXPECT_EQ(test, mock.injected[0].type, HULL_EVENT_EXCEPTION);
	KUNIT_EXPECT_EQ(test, mock.injected[0].vector, X86_TRAP_DB);
	KUNIT_EXPECT_EQ(test, mock_vcpu(test)->dbg.dr6 & DR_STEP, DR_STEP);
}

static void cr8_of_user_space(struct kunit *test)
{
	static const struct mock_exit script[] = { HLT_EXIT };

	run_of(test)->cr8 = 16;
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), -EINVAL);
	KUNIT_EXPECT_EQ(test, mock.entries, 0);
	run_of(test)->cr8 = 15;
	KUNIT_EXPECT_EQ(test, MOCK_RUN(test, script), 0);
	KUNIT_EXPECT_EQ(test, mock.hw.cr8, 15);
}

static struct kunit_case run_cases[] = {
	KUNIT_CASE(exits_in_kernel),
	KUNIT_CASE(rip_wraps),
	KUNIT_CASE(current_vcpu),
	KUNIT_CASE(current_vcpu_preempted),
	KUNIT_CASE(immediate_exit),
	KUNIT_CASE(fpu_always_loaded),
	KUNIT_CASE(fpu_loaded_when_used),
	KUNIT_CASE(fpu_forgotten_when_unused),
	KUNIT_CASE(fpu_fault_of_the_guest),
	KUNIT_CASE(port_out),
	KUNIT_CASE(port_in),
	KUNIT_CASE(port_in_immediate_exit),
	KUNIT_CASE(fail_entry),
	KUNIT_CASE(unknown_exit),
	KUNIT_CASE(triple_fault),
	KUNIT_CASE(requests),
	KUNIT_CASE(dead_vm),
	KUNIT_CASE(killed_with_interrupts_off),
	KUNIT_CASE(interrupt_window),
	KUNIT_CASE(interrupt_window_nmi_masked),
	KUNIT_CASE(fetch_fault),
	KUNIT_CASE(rdmsr_fault),
	KUNIT_CASE(cr8_written),
	KUNIT_CASE(cr8_below),
	KUNIT_CASE(cr8_below_stepped),
	KUNIT_CASE(cr8_of_user_space),
	{ }
};

static struct kunit_suite run_suite = {
	.name = "hull-run",
	.init = mock_init,
	.exit = mock_exit,
	.test_cases = run_cases,
};
kunit_test_suite(run_suite);
