// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts, NMIs, their shadows and windows; pending events as state. */
#include <stdlib.h>
#include <sys/ioctl.h>

#include "guest.h"

PAYLOAD(sti_window);
PAYLOAD(shadow_exits);
PAYLOAD(mov_ss_window);
PAYLOAD(fault_after_read);
PAYLOAD(shadow_after_read);
PAYLOAD(if_clear_after_read);
PAYLOAD(spin);
PAYLOAD(milestones);
PAYLOAD(halt);

static void expect_window(struct guest *g)
{
	if (guest_run(g) != KVM_EXIT_IRQ_WINDOW_OPEN)
		FAIL("interrupt window expected, not %s", exit_name(g->run));
	CHECK(hull_vcpu_ready_for_interrupt(g->vcpu));
}

static void test_set_interrupt_window_requested(void)
{
	struct guest g;

	GUEST(&g, LONG64, sti_window);
	guest_sync(&g, 0);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, true);
	expect_window(&g);
	CHECK_EQ(guest_rax(&g), 2);	/* past the shadow, and not one further */
	/* It stays open until IF is clear again or nobody asks. */
	expect_window(&g);
	CHECK_EQ(guest_rax(&g), 2);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, false);
	guest_sync(&g, 1);
	guest_sync(&g, 2);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, true);
	CHECK(!hull_vcpu_ready_for_interrupt(g.vcpu));
}

static void expect_in(struct guest *g, uint16_t port, bool if_flag, bool ready)
{
	if (guest_run(g) != KVM_EXIT_IO || g->run->io.port != port)
		FAIL("port 0x%x expected, not %s", port, exit_name(g->run));
	if (g->run->if_flag != if_flag)
		FAIL("port 0x%x: if_flag is %u", port, g->run->if_flag);
	if (hull_vcpu_ready_for_interrupt(g->vcpu) != ready)
		FAIL("port 0x%x: %sready for an interrupt", port, ready ? "not " : "");
}

static void test_ready_for_interrupt(void)
{
	struct guest g;

	GUEST(&g, LONG64, shadow_exits);
	guest_sync(&g, 0);
	expect_in(&g, 0x60, false, false);
	expect_in(&g, 0x61, true, false);
	expect_in(&g, 0x62, true, true);
	expect_in(&g, 0x63, true, false);
	expect_in(&g, 0x64, true, true);
}

/* With what was begun completed, and no entry, IF is set; what the guest has then. */
static void set_if(struct guest *g, struct kvm_regs *regs)
{
	guest_complete_io(g);
	guest_get_regs(g, regs);
	regs->rflags |= 0x200;
	guest_set_regs(g, regs);
}

/* IF set, no shadow, and user space is told that what it has asked for comes first. */
static void expect_pending(struct guest *g)
{
	guest_complete_io(g);
	CHECK_EQ(g->run->if_flag, 1);
	CHECK(!hull_vcpu_ready_for_interrupt(g->vcpu));
}

static void inject_state(struct guest *g, const struct kvm_vcpu_events *events)
{
	OK(hull_vcpu_set_interrupt_state(g->vcpu, events));
	expect_pending(g);
}

static void test_not_ready_while_pending(void)
{
	const struct kvm_vcpu_events exception = {
		.exception = { .injected = 1, .nr = 13, .has_error_code = 1 },
	};
	const struct kvm_vcpu_events nmi = { .nmi = { .injected = 1 } };
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, LONG64, milestones);
	guest_sync(&g, 0);
	set_if(&g, &regs);
	guest_complete_io(&g);
	CHECK(hull_vcpu_ready_for_interrupt(g.vcpu));
	/* Nor is a window what comes first. */
	hull_vcpu_set_interrupt_window_requested(g.vcpu, true);
	OK(hull_vcpu_interrupt(g.vcpu, 0x30));
	expect_pending(&g);
	guest_exception(&g, 0x30, NULL);
	expect_window(&g);
	inject_state(&g, &exception);
	guest_exception(&g, 13, NULL);
	expect_window(&g);
	inject_state(&g, &nmi);
	guest_exception(&g, 2, NULL);
	expect_window(&g);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, false);
	guest_sync(&g, 1);
}

static void test_interrupt(void)
{
	struct kvm_regs regs;
	struct frame f;
	struct guest g;

	GUEST(&g, LONG64, sti_window);
	guest_sync(&g, 0);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, true);
	expect_window(&g);
	guest_get_regs(&g, &regs);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, false);
	OK(hull_vcpu_interrupt(g.vcpu, 0x30));
	guest_exception(&g, 0x30, &f);
	CHECK_EQ(f.rip, regs.rip);
	CHECK_EQ(f.rflags & 0x200, 0x200);
	CHECK_EQ(f.cs, SEL_CODE);
	CHECK_EQ(f.rsp, STACK_TOP);
	/* Once, and no more */
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 4);
	CHECK_RET(hull_vcpu_interrupt(g.vcpu, 256), -EINVAL);
	CHECK_RET(hull_vcpu_interrupt(g.vcpu, 0xffffffff), -EINVAL);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_INTERRUPT, NULL) == -1 && errno == EFAULT);
	guest_sync(&g, 2);
}

/* Many in a row, each of them once, in a guest that never leaves by itself. */
static void test_interrupt_exactly_once(void)
{
	struct frame f;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, spin);
	guest_sync(&g, 0);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, true);
	for (i = 0; i < 500; i++) {
		expect_window(&g);
		OK(hull_vcpu_interrupt(g.vcpu, 0x20 + i % 200));
		guest_exception(&g, 0x20 + i % 200, &f);
		if (tcg_delivered_twice(f.rsp, STACK_TOP))
			guest_exception(&g, 0x20 + i % 200, &f);
		CHECK_EQ(f.rsp, STACK_TOP);
		CHECK(f.rip >= CODE_BASE && f.rip < CODE_BASE + 16);
	}
}

/* @shadow put in place before the next instruction, with IF set. */
static void restore_shadow(struct guest *g, uint32_t shadow, struct kvm_regs *regs)
{
	struct kvm_vcpu_events events;

	set_if(g, regs);
	OK(hull_vcpu_get_interrupt_state(g->vcpu, &events));
	events.flags = KVM_VCPUEVENT_VALID_SHADOW;
	events.interrupt.shadow = shadow;
	OK(hull_vcpu_set_interrupt_state(g->vcpu, &events));
	OK(hull_vcpu_get_interrupt_state(g->vcpu, &events));
	CHECK(events.interrupt.shadow);
}

/* One that waits when the guest executes STI comes one instruction later. */
static void test_interrupt_after_sti(void)
{
	struct kvm_regs regs;
	struct frame f;
	struct guest g;

	GUEST(&g, LONG64, sti_window);
	guest_sync(&g, 0);
	guest_complete_io(&g);
	guest_get_regs(&g, &regs);
	OK(hull_vcpu_inject_interrupt(g.vcpu, 0x41));
	expect_window(&g);
	guest_exception(&g, 0x41, &f);
	CHECK_EQ(f.rip, regs.rip + 5);	/* INC EAX, STI, INC EAX */
	CHECK_EQ(guest_rax(&g), 2);
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 4);
}

static void need_restored_shadow(void)
{
	if (host_is_tcg())
		SKIP("QEMU's emulated VMRUN does not look at the VMCB's interrupt shadow");
	if (host_is_bochs_svm())
		SKIP("Bochs 2.7 delivers a virtual interrupt only once the guest has "
		     "changed IF");
}

static void test_interrupt_before_mov_ss(void)
{
	struct frame f;
	struct guest g;

	GUEST(&g, LONG64, mov_ss_window);
	guest_sync(&g, 0);
	/* Not yet complete: the OUT. The first boundary after it comes before MOV SS. */
	guest_complete_io(&g);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, true);
	expect_window(&g);
	CHECK_EQ(guest_rax(&g), 0);
	OK(hull_vcpu_interrupt(g.vcpu, 0x41));
	guest_exception(&g, 0x41, &f);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, false);
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 2);
}

/*
 * Behind MOV SS, with IF set all the time: the shadow, which the guest's own MOV SS
 * would have made, is restored, so that no boundary before it is open.
 */
static void test_interrupt_after_mov_ss(void)
{
	struct kvm_regs regs;
	struct frame f;
	struct guest g;

	need_restored_shadow();
	GUEST(&g, LONG64, mov_ss_window);
	guest_sync(&g, 0);
	guest_complete_io(&g);
	guest_get_regs(&g, &regs);
	CHECK_EQ(g.ram[regs.rip], 0x8e);	/* MOV SS */
	regs.rip += 2;
	guest_set_regs(&g, &regs);
	restore_shadow(&g, KVM_X86_SHADOW_INT_MOV_SS, &regs);
	guest_complete_io(&g);
	OK(hull_vcpu_inject_interrupt(g.vcpu, 0x41));
	expect_window(&g);
	guest_exception(&g, 0x41, &f);
	CHECK_EQ(f.rip, regs.rip + 2);	/* INC EAX */
	CHECK_EQ(guest_rax(&g), 1);
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 2);
}

/* The guest reads from a device; meanwhile an interrupt is accepted, and then answered. */
static void accept_in_read(struct guest *g, uint64_t answer)
{
	if (guest_run(g) != KVM_EXIT_MMIO || g->run->mmio.is_write)
		FAIL("a read of the device expected, not %s", exit_name(g->run));
	CHECK_EQ(g->run->if_flag, 1);
	CHECK(hull_vcpu_ready_for_interrupt(g->vcpu));
	memcpy(g->run->mmio.data, &answer, sizeof(answer));
	OK(hull_vcpu_interrupt(g->vcpu, 0x31));
}

/*
 * SDM vol. 3, Priority Among Concurrent Events: interrupts come between instructions.
 * A fault of the instruction that the read was for comes first, with its address, and
 * its handler runs with interrupts off.
 */
/* What is pending is saved, and set again. */
static void restore_accepted(struct guest *g, bool exception)
{
	struct kvm_vcpu_events events;

	guest_complete_io(g);
	OK(hull_vcpu_get_interrupt_state(g->vcpu, &events));
	CHECK_EQ(events.exception.injected, exception);
	CHECK_EQ(events.interrupt.injected, 1);
	CHECK_EQ(events.interrupt.nr, 0x31);
	OK(hull_vcpu_set_interrupt_state(g->vcpu, &events));
}

static void accepted_before_fault(bool restored)
{
	struct kvm_regs regs;
	struct frame f;
	struct guest g;

	GUEST(&g, LONG64, fault_after_read);
	accept_in_read(&g, 0);
	if (restored)
		restore_accepted(&g, true);
	guest_exception(&g, 0, &f);		/* #DE */
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rflags & 0x200, 0);
	if (restored)
		restore_accepted(&g, false);
	guest_resume_at(&g, f.rip + 2);
	guest_exception(&g, 0x31, &f);
	CHECK_EQ(f.rflags & 0x200, 0x200);
	guest_sync(&g, 1);
}

static void test_accepted_before_fault(void)
{
	accepted_before_fault(false);
}

static void test_accepted_restored(void)
{
	accepted_before_fault(true);
}

static void test_accepted_before_shadow(void)
{
	struct frame f;
	struct guest g;

	need_restored_shadow();
	GUEST(&g, LONG64, shadow_after_read);
	accept_in_read(&g, SEL_DATA);
	guest_exception(&g, 0x31, &f);
	/* Past the instruction behind MOV SS, and not one further */
	CHECK_EQ(guest_rax(&g), 1);
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 2);
}

static void test_accepted_before_if_clear(void)
{
	struct frame f;
	struct guest g;

	GUEST(&g, LONG64, if_clear_after_read);
	accept_in_read(&g, 2);
	guest_sync(&g, 1);
	guest_exception(&g, 0x31, &f);
	CHECK_EQ(f.rflags & 0x200, 0x200);
	guest_sync(&g, 2);
}

static void test_halt(void)
{
	struct kvm_regs regs;
	struct frame f;
	struct guest g;

	GUEST(&g, LONG64, halt);
	guest_halt(&g);
	guest_get_regs(&g, &regs);
	OK(hull_vcpu_interrupt(g.vcpu, 0x50));
	guest_exception(&g, 0x50, &f);
	CHECK_EQ(f.rip, regs.rip);
	CHECK_EQ(g.ram[f.rip - 1], 0xf4);
	guest_sync(&g, 1);
	/* With interrupts off only an NMI ends it. */
	guest_halt(&g);
	CHECK_EQ(g.run->if_flag, 0);
	OK(hull_vcpu_inject_nmi(g.vcpu));
	guest_exception(&g, 2, &f);
	CHECK_EQ(g.ram[f.rip - 1], 0xf4);
	guest_sync(&g, 2);
}

/*
 * VMX without virtual NMIs does not tell when a handler returns; hull and KVM can
 * know it by an interrupt window only.
 */
static bool nmis_are_tracked(void)
{
	static const char * const parameters[] = {
		"/sys/module/hull/parameters/vmx_vnmi",
		"/sys/module/kvm_intel/parameters/vnmi",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		FILE *file = fopen(parameters[i], "r");
		int value = file ? getc(file) : 'Y';

		if (file)
			fclose(file);
		if (value == 'N')
			return false;
	}
	return true;
}

static void nmi_in_handler(bool interrupts_on)
{
	struct frame first, second;
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, LONG64, milestones);
	guest_sync(&g, 0);
	guest_complete_io(&g);
	guest_get_regs(&g, &regs);
	if (interrupts_on)
		regs.rflags |= 0x200;
	guest_set_regs(&g, &regs);
	OK(hull_vcpu_inject_nmi(g.vcpu));
	guest_exception(&g, 2, &first);
	/* In the handler: the first is held until IRET, the second is dropped. */
	OK(hull_vcpu_inject_nmi(g.vcpu));
	OK(hull_vcpu_inject_nmi(g.vcpu));
	guest_exception(&g, 2, &second);
	CHECK_EQ(second.rip, first.rip);
	CHECK_EQ(second.rsp, first.rsp);
	guest_sync(&g, 1);
	guest_sync(&g, 2);
	guest_destroy(&g);
}

static void test_inject_nmi(void)
{
	nmi_in_handler(true);
	if (nmis_are_tracked())
		nmi_in_handler(false);
}

/* An interrupt waits for IF; an NMI does not. */
static void test_nmi_before_interrupt(void)
{
	struct frame f;
	struct guest g;

	GUEST(&g, LONG64, spin);
	guest_sync(&g, 0);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, true);
	expect_window(&g);
	hull_vcpu_set_interrupt_window_requested(g.vcpu, false);
	OK(hull_vcpu_interrupt(g.vcpu, 0x60));
	OK(hull_vcpu_inject_nmi(g.vcpu));
	/* The interrupt was accepted first; the NMI comes on top of it, at once. */
	guest_exception(&g, 2, &f);
	CHECK_EQ(f.rip, STUB_BASE + 0x60 * 16);
	guest_exception(&g, 0x60, &f);
}

/* Runs on through windows and the first milestone to the next interrupt. */
static uint64_t next_vector(struct guest *g)
{
	struct kvm_regs regs;
	int reason;

	do {
		reason = guest_run(g);
	} while (reason == KVM_EXIT_IRQ_WINDOW_OPEN ||
		 (reason == KVM_EXIT_IO && g->run->io.port == PORT_SYNC));
	if (reason != KVM_EXIT_IO || g->run->io.port != PORT_EXCEPTION)
		FAIL("an interrupt expected, not %s", exit_name(g->run));
	guest_get_regs(g, &regs);
	return load64(g, regs.rsp);
}

static void test_inject_interrupt(void)
{
	struct guest g;

	GUEST(&g, LONG64, spin);
	OK(hull_vcpu_inject_interrupt(g.vcpu, 0x80));
	OK(hull_vcpu_inject_interrupt(g.vcpu, 0x40));
	OK(hull_vcpu_inject_interrupt(g.vcpu, 0xf0));
	OK(hull_vcpu_inject_interrupt(g.vcpu, 0x80));
	CHECK_RET(hull_vcpu_inject_interrupt(g.vcpu, 256), -EINVAL);
	/* The highest first; one that was queued twice comes once. */
	CHECK_EQ(next_vector(&g), 0xf0);
	CHECK_EQ(next_vector(&g), 0x80);
	CHECK_EQ(next_vector(&g), 0x40);
	OK(hull_vcpu_inject_interrupt(g.vcpu, 0x20));
	CHECK_EQ(next_vector(&g), 0x20);
}

static void test_get_interrupt_state(void)
{
	struct kvm_vcpu_events events;
	struct guest g;

	GUEST(&g, LONG64, shadow_exits);
	guest_sync(&g, 0);
	expect_in(&g, 0x60, false, false);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	CHECK_EQ(events.interrupt.shadow, 0);
	CHECK_EQ(events.interrupt.injected, 0);
	expect_in(&g, 0x61, true, false);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	CHECK(events.interrupt.shadow);
	CHECK(events.flags & KVM_VCPUEVENT_VALID_SHADOW);
	expect_in(&g, 0x62, true, true);
	guest_complete_io(&g);
	OK(hull_vcpu_interrupt(g.vcpu, 0x77));
	OK(hull_vcpu_inject_nmi(g.vcpu));
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	CHECK_EQ(events.interrupt.injected, 1);
	CHECK_EQ(events.interrupt.nr, 0x77);
	CHECK_EQ(events.interrupt.soft, 0);
	CHECK_EQ(events.nmi.pending, 1);
	CHECK_EQ(events.nmi.masked, 0);
	CHECK(events.flags & KVM_VCPUEVENT_VALID_NMI_PENDING);
	guest_exception(&g, 2, NULL);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	CHECK_EQ(events.nmi.masked, 1);
}

/* An interrupt accepted by one VM arrives in another. */
static void test_set_interrupt_state(void)
{
	struct kvm_vcpu_events events;
	struct kvm_regs regs;
	struct guest a, b;
	struct frame f;

	GUEST(&a, LONG64, milestones);
	GUEST(&b, LONG64, milestones);
	guest_sync(&a, 0);
	guest_complete_io(&a);
	guest_get_regs(&a, &regs);
	regs.rflags |= 0x200;
	guest_set_regs(&b, &regs);
	OK(hull_vcpu_interrupt(a.vcpu, 0x99));
	OK(hull_vcpu_get_interrupt_state(a.vcpu, &events));
	OK(hull_vcpu_set_interrupt_state(b.vcpu, &events));
	guest_exception(&b, 0x99, &f);
	CHECK_EQ(f.rip, regs.rip);
	guest_sync(&b, 1);

	/* An exception with its error code */
	memset(&events, 0, sizeof(events));
	events.exception.injected = 1;
	events.exception.nr = 13;
	events.exception.has_error_code = 1;
	events.exception.error_code = 0x58;
	OK(hull_vcpu_set_interrupt_state(b.vcpu, &events));
	guest_exception(&b, 13, &f);
	CHECK_EQ(f.error, 0x58);
	guest_sync(&b, 2);

	/* An NMI that waits while another is being served */
	OK(hull_vcpu_get_interrupt_state(b.vcpu, &events));
	events.flags = KVM_VCPUEVENT_VALID_NMI_PENDING;
	events.nmi.pending = 1;
	OK(hull_vcpu_set_interrupt_state(b.vcpu, &events));
	guest_exception(&b, 2, NULL);
	guest_sync(&b, 3);
}

/*
 * VMX enters with error codes of 16 bits alone (SDM vol. 3, Checks on VM-Entry Control
 * Fields), SVM pushes what it is given; Bochs 2.7 has 16 bits for it.
 */
static void test_wide_error_code(void)
{
	struct kvm_vcpu_events events = {
		.exception = {
			.injected = 1, .nr = 13, .has_error_code = 1, .error_code = 0x10058,
		},
	};
	struct frame f;
	struct guest g;

	GUEST(&g, LONG64, milestones);
	OK(hull_vcpu_set_interrupt_state(g.vcpu, &events));
	guest_exception(&g, 13, &f);
	CHECK_EQ(f.error, host_is_amd() && !host_is_bochs_svm() ? 0x10058 : 0x58);
	guest_sync(&g, 0);
}

/* In delivery, and what it blocks blocked already. */
static void test_nmi_injected_and_masked(void)
{
	struct kvm_vcpu_events events;
	struct guest g;

	GUEST(&g, LONG64, milestones);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	events.nmi.injected = 1;
	events.nmi.masked = 1;
	OK(hull_vcpu_set_interrupt_state(g.vcpu, &events));
	guest_exception(&g, 2, NULL);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	CHECK_EQ(events.nmi.injected, 0);
	CHECK_EQ(events.nmi.masked, 1);
	guest_sync(&g, 0);
}

/*
 * A shadow put in place by user space closes the window for one instruction of the
 * guest, and no more.
 */
static void shadow_restored(uint32_t shadow)
{
	struct kvm_regs regs, after;
	struct guest g;

	GUEST(&g, LONG64, sti_window);
	guest_sync(&g, 0);
	restore_shadow(&g, shadow, &regs);
	guest_complete_io(&g);
	CHECK_EQ(g.run->if_flag, 1);
	CHECK(!hull_vcpu_ready_for_interrupt(g.vcpu));
	if (!host_is_bochs_svm()) {
		hull_vcpu_set_interrupt_window_requested(g.vcpu, true);
		expect_window(&g);
	}
	if (!host_is_bochs_svm() && !host_is_tcg()) {
		guest_get_regs(&g, &after);
		CHECK_EQ(after.rax, 1);
		CHECK_EQ(after.rip, regs.rip + 2);	/* INC EAX */
	}
	guest_destroy(&g);
}

static void test_shadow_restored(void)
{
	shadow_restored(KVM_X86_SHADOW_INT_STI);
	shadow_restored(KVM_X86_SHADOW_INT_MOV_SS);
	/* Where it has opened is not told. */
	need_restored_shadow();
}

/* An NMI waits for the end of STI's shadow, one instruction on, and no longer. */
static void test_nmi_in_sti_shadow(void)
{
	struct kvm_vcpu_events events;
	struct kvm_regs regs;
	struct frame f;
	struct guest g;

	GUEST(&g, LONG64, sti_window);
	guest_sync(&g, 0);
	set_if(&g, &regs);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &events));
	events.flags = KVM_VCPUEVENT_VALID_SHADOW | KVM_VCPUEVENT_VALID_NMI_PENDING;
	events.interrupt.shadow = KVM_X86_SHADOW_INT_STI;
	events.nmi.pending = 1;
	OK(hull_vcpu_set_interrupt_state(g.vcpu, &events));
	guest_exception(&g, 2, &f);
	if (host_is_tcg() && f.rip == regs.rip)
		SKIP("an interrupt of the host came at the VMRUN, at which QEMU does not "
		     "look at the VMCB's interrupt shadow");
	CHECK_EQ(f.rip, regs.rip + 2);	/* INC EAX */
	guest_sync(&g, 1);
}

static void test_events_bad_input(void)
{
	struct kvm_vcpu_events good, bad, after;
	struct guest g;
	int fd;

	GUEST(&g, LONG64, milestones);
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &good));
#define REFUSED(change) \
	do { \
		bad = good; \
		change; \
		CHECK_RET(hull_vcpu_set_interrupt_state(g.vcpu, &bad), -EINVAL); \
	} while (0)
	REFUSED(bad.flags = 1U << 31);
	REFUSED(bad.flags = 1U << 12);
	/* Flags of what is to be enabled first, and is not */
	REFUSED(bad.flags |= KVM_VCPUEVENT_VALID_PAYLOAD);
	REFUSED(bad.flags |= KVM_VCPUEVENT_VALID_TRIPLE_FAULT);
	if (hull_check_capability(g.sys, KVM_CAP_X86_SMM) <= 0) {
		REFUSED((bad.flags |= KVM_VCPUEVENT_VALID_SMM, bad.smi.smm = 1));
		REFUSED((bad.flags |= KVM_VCPUEVENT_VALID_SMM, bad.smi.pending = 1));
		REFUSED((bad.flags |= KVM_VCPUEVENT_VALID_SMM, bad.smi.smm_inside_nmi = 1));
	}
	REFUSED((bad.exception.injected = 1, bad.exception.nr = 32));
	REFUSED((bad.exception.injected = 1, bad.exception.nr = 2));
#undef REFUSED
	OK(hull_vcpu_get_interrupt_state(g.vcpu, &after));
	CHECK(!memcmp(&good, &after, sizeof(good)));
	fd = hull_vcpu_fd(g.vcpu);
	CHECK(ioctl(fd, KVM_GET_VCPU_EVENTS, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(fd, KVM_SET_VCPU_EVENTS, NULL) == -1 && errno == EFAULT);
	guest_sync(&g, 0);
}

static const struct test tests[] = {
	{ "vcpu_set_interrupt_window_requested", test_set_interrupt_window_requested },
	{ "vcpu_ready_for_interrupt", test_ready_for_interrupt },
	{ "not_ready_while_pending", test_not_ready_while_pending },
	{ "vcpu_interrupt", test_interrupt },
	{ "interrupt_exactly_once", test_interrupt_exactly_once },
	{ "interrupt_after_sti", test_interrupt_after_sti },
	{ "interrupt_before_mov_ss", test_interrupt_before_mov_ss },
	{ "interrupt_after_mov_ss", test_interrupt_after_mov_ss },
	{ "accepted_before_fault", test_accepted_before_fault },
	{ "accepted_restored", test_accepted_restored },
	{ "accepted_before_shadow", test_accepted_before_shadow },
	{ "accepted_before_if_clear", test_accepted_before_if_clear },
	{ "halt", test_halt },
	{ "vcpu_inject_nmi", test_inject_nmi },
	{ "nmi_before_interrupt", test_nmi_before_interrupt },
	{ "vcpu_inject_interrupt", test_inject_interrupt },
	{ "vcpu_get_interrupt_state", test_get_interrupt_state },
	{ "vcpu_set_interrupt_state", test_set_interrupt_state },
	{ "wide_error_code", test_wide_error_code },
	{ "nmi_injected_and_masked", test_nmi_injected_and_masked },
	{ "shadow_restored", test_shadow_restored },
	{ "nmi_in_sti_shadow", test_nmi_in_sti_shadow },
	{ "events_bad_input", test_events_bad_input },
};

TAP_MAIN(tests)
