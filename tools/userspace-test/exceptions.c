// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions that stay inside the guest. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

PAYLOAD(exceptions);
PAYLOAD(no_page_tables);
PAYLOAD(page_faults);
PAYLOAD(user_mode);
PAYLOAD(delivery);
PAYLOAD(delivery_int);
PAYLOAD(delivery_int1);
PAYLOAD(int1);

static uint64_t rbx(struct guest *g)
{
	struct kvm_regs regs;

	guest_get_regs(g, &regs);
	return regs.rbx;
}

/* A fault: the saved RIP is that of the instruction, before the next milestone. */
static void expect_fault(struct guest *g, unsigned int vector, uint64_t error,
			 unsigned int milestone)
{
	struct frame f;

	guest_exception(g, vector, &f);
	if (f.error != error)
		FAIL("vector %u: error code 0x%llx, not 0x%llx", vector,
		     (unsigned long long)f.error, (unsigned long long)error);
	CHECK(f.rip < rbx(g));
	guest_resume_at(g, rbx(g));
	guest_sync(g, milestone);
}

/* A trap: the saved RIP is that of the milestone. */
static void expect_trap(struct guest *g, unsigned int vector, unsigned int milestone)
{
	struct frame f;

	guest_exception(g, vector, &f);
	CHECK_EQ(f.rip, rbx(g));
	CHECK_EQ(f.error, 0);
	guest_sync(g, milestone);
}

/* APM vol. 2, Exceptions and Interrupts */
static void test_exceptions(void)
{
	struct kvm_sregs sregs;
	struct guest g;

	GUEST(&g, LONG64, exceptions);
	store64(&g, GDT_BASE + SEL_SPARE, 0x00cf13000000ffff);
	expect_fault(&g, 0, 0, 0);
	expect_trap(&g, 3, 1);
	expect_fault(&g, 6, 0, 2);
	/* The table ends at 0xff: selector 0xf8 is inside it, and empty. */
	expect_fault(&g, 13, 0xf8, 3);
	expect_fault(&g, 11, SEL_SPARE, 4);
	expect_fault(&g, 13, 0, 5);
	expect_fault(&g, 12, SEL_SPARE, 6);
	expect_trap(&g, 0x80, 7);
	expect_fault(&g, 7, 0, 8);
	expect_fault(&g, 13, 0, 9);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr0 & 8, 0);
	expect_fault(&g, 16, 0, 10);
}

/* Without page tables not even a handler can be reached. */
static void test_no_page_tables(void)
{
	struct guest g;

	need_triple_fault();
	GUEST(&g, LONG64, no_page_tables);
	guest_sync(&g, 0);
	CHECK_EQ(guest_run(&g), KVM_EXIT_SHUTDOWN);
}

/*
 * SVM leaves nothing of the guest's that could be relied on: the vCPU is as after
 * INIT.  It can be used again on both.
 */
static void test_after_shutdown(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct guest g;

	need_triple_fault();
	GUEST(&g, LONG64, no_page_tables);
	guest_sync(&g, 0);
	CHECK_EQ(guest_run(&g), KVM_EXIT_SHUTDOWN);
	if (host_is_amd()) {
		guest_get_regs(&g, &regs);
		CHECK_EQ(regs.rip, 0xfff0);
		CHECK_EQ(regs.rflags, 2);
		CHECK_EQ(regs.rsp, 0);
		OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
		CHECK_EQ(sregs.cs.selector, 0xf000);
		CHECK_EQ(sregs.cs.base, 0xffff0000);
		CHECK_EQ(sregs.cr0 & ~0x60000000ULL, 0x10);
		CHECK_EQ(sregs.cr3, 0);
		CHECK_EQ(sregs.cr4, 0);
		CHECK_EQ(sregs.efer, 0);
		CHECK_EQ(sregs.idt.limit, 0xffff);
	}
	guest_vcpu_start(&g, 0, CODE_BASE);
	guest_sync(&g, 0);
}

static uint64_t cr2(struct guest *g)
{
	struct kvm_sregs sregs;

	OK(hull_vcpu_get_sregs(g->vcpu, &sregs));
	return sregs.cr2;
}

static void expect_page_fault(struct guest *g, uint64_t address, uint64_t error,
			      unsigned int milestone)
{
	struct frame f;

	guest_exception(g, 14, &f);
	CHECK_EQ(cr2(g), address);
	CHECK_EQ(f.error, error);
	guest_resume_at(g, rbx(g));
	guest_sync(g, milestone);
}

#define PF_P	1
#define PF_W	2
#define PF_U	4
#define PF_I	16

/* 1 GiB: absent; +2 MiB: read-only; +4 MiB: not executable. */
static void test_page_faults(void)
{
	struct kvm_sregs sregs;
	struct guest g;

	GUEST(&g, LONG64, page_faults);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.cr0 |= 1 << 16;		/* WP */
	sregs.efer |= 1 << 11;		/* NXE */
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	store64(&g, PD_BASE + 512 * 8, 0);
	store64(&g, PD_BASE + 513 * 8, 0x200000 | 0x85);
	store64(&g, PD_BASE + 514 * 8, 0x200000 | 0x87 | 1ULL << 63);
	expect_page_fault(&g, 0x40000123, 0, 0);
	expect_page_fault(&g, 0x40000123, PF_W, 1);
	guest_sync(&g, 2);		/* reading is allowed */
	expect_page_fault(&g, 0x40200456, PF_P | PF_W, 3);
	expect_page_fault(&g, 0x40400000, PF_P | PF_I, 4);
	guest_sync(&g, 5);
}

/* The first 2 MiB stay the user's but for one 4 KiB page. */
static void protect_data(struct guest *g)
{
	unsigned int i;

	for (i = 0; i < 512; i++)
		store64(g, PT_BASE + i * 8, i << 12 | (i << 12 == DATA_BASE ? 3 : 7));
	store64(g, PD_BASE, PT_BASE | 7);
}

static void test_user_mode(void)
{
	struct frame f;
	struct guest g;

	GUEST(&g, LONG64, user_mode);
	protect_data(&g);
	guest_exception(&g, 14, &f);
	CHECK_EQ(f.error, PF_P | PF_U);
	CHECK_EQ(f.cs, SEL_USER_CODE);
	CHECK_EQ(f.ss, SEL_USER_DATA);
	CHECK_EQ(f.rsp, DATA_BASE + 0x10000);
	CHECK_EQ(cr2(&g), DATA_BASE);
	guest_resume_at(&g, f.rip + 2);
	guest_exception(&g, 13, &f);
	CHECK_EQ(f.error, 0);
	CHECK_EQ(g.ram[f.rip], 0xfa);
	guest_resume_at(&g, f.rip + 1);
	guest_exception(&g, 13, &f);
	CHECK_EQ(g.ram[f.rip], 0xf4);
}

static void need_int1(void)
{
	if (host_is_tcg())
		SKIP("QEMU's emulated CPU does not know INT1");
}

static void expect_int1(struct guest *g, uint16_t cs)
{
	struct kvm_debugregs regs;
	struct frame f;

	guest_exception(g, 1, &f);
	CHECK_EQ(f.cs, cs);
	CHECK_EQ(g->ram[f.rip - 1], 0xf1);
	CHECK_EQ(f.rflags & 0x10000, 0);	/* RF */
	OK(hull_vcpu_get_debugregs(g->vcpu, &regs));
	CHECK_EQ(regs.dr6, 0xffff0ff0);
}

/* Handled once, and its handler returns behind it. */
static void test_int1(void)
{
	struct frame f;
	struct guest g;

	need_int1();
	GUEST(&g, LONG64, int1);
	protect_data(&g);
	guest_sync(&g, 0);
	expect_int1(&g, SEL_CODE);
	guest_sync(&g, 1);
	expect_int1(&g, SEL_USER_CODE);
	guest_exception(&g, 13, &f);
	CHECK_EQ(g.ram[f.rip], 0xfa);
}

/*
 * A page fault, delivered once and on the stack of #DF: its way is in the
 * second-stage tables from now on. QEMU's emulated SVM combines two faults only
 * when no exit comes between.
 */
static void create_faulting(struct guest *g)
{
	struct kvm_regs regs;

	GUEST(g, LONG64, page_faults);
	store64(g, PD_BASE + 512 * 8, 0);
	guest_get_regs(g, &regs);
	regs.rsp = IST_TOP;
	guest_set_regs(g, &regs);
	guest_exception(g, 14, NULL);
	guest_vcpu_start(g, 0, CODE_BASE);
}

/* The handler of #PF is not present: a second contributory fault, so #DF. */
static void test_double_fault(void)
{
	struct kvm_regs regs;
	struct frame f;
	struct guest g;

	create_faulting(&g);
	store64(&g, IDT_BASE + 14 * 16, load64(&g, IDT_BASE + 14 * 16) & ~(1ULL << 47));
	guest_exception(&g, 8, &f);
	CHECK_EQ(f.error, 0);
	CHECK_EQ(cr2(&g), 0x40000123);
	/* On its own stack: the frame is at the top of IST 1. */
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rsp, IST_TOP - 7 * 8);
}

/* And without a handler for #DF either: shutdown. */
static void test_double_fault_without_handler(void)
{
	struct guest g;

	need_triple_fault();
	create_faulting(&g);
	store64(&g, IDT_BASE + 14 * 16, 0);
	store64(&g, IDT_BASE + 8 * 16, 0);
	CHECK_EQ(guest_run(&g), KVM_EXIT_SHUTDOWN);
}

#define AWAY_BASE	0x1000000

struct away {
	struct guest g;
	uint8_t *pages;		/* the vector table, then the stack */
};

/* Drops both pages from the owner's tables and so from the guest's. */
static void send_away(struct away *a)
{
	SYS(madvise(a->pages, 0x2000, MADV_DONTNEED));
}

static void away_create(struct away *a)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	int fd = SYS(memfd_create("hull-away", 0));

	SYS(ftruncate(fd, 0x2000));
	a->pages = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(a->pages != MAP_FAILED);
	GUEST(&a->g, LONG64, delivery);
	memcpy(a->pages, a->g.ram + IDT_BASE, 0x1000);
	OK(hull_vm_add_memory_region(a->g.vm, AWAY_BASE, a->pages, 0x2000, 0));
	OK(hull_vcpu_get_sregs(a->g.vcpu, &sregs));
	sregs.idt.base = AWAY_BASE;
	OK(hull_vcpu_set_sregs(a->g.vcpu, &sregs));
	guest_get_regs(&a->g, &regs);
	regs.rsp = AWAY_BASE + 0x2000;
	guest_set_regs(&a->g, &regs);
	store64(&a->g, PD_BASE + 512 * 8, 0);
	guest_sync(&a->g, 0);
}

static uint64_t handler_rsp(struct away *a, unsigned int vector)
{
	struct kvm_regs regs;

	if (guest_run(&a->g) != KVM_EXIT_IO || a->g.run->io.port != PORT_EXCEPTION)
		FAIL("vector %u expected, not %s", vector, exit_name(a->g.run));
	guest_get_regs(&a->g, &regs);
	return regs.rsp;
}

/* The frame lies in the region that goes away, not in ram. */
static void expect_away(struct away *a, unsigned int vector, struct frame *f)
{
	uint64_t rsp = handler_rsp(a, vector);

	if (tcg_delivered_twice(rsp, AWAY_BASE + 0x2000 - sizeof(*f)))
		rsp = handler_rsp(a, vector);
	CHECK_EQ(rsp, AWAY_BASE + 0x2000 - sizeof(*f));
	memcpy(f, a->pages + 0x2000 - sizeof(*f), sizeof(*f));
	CHECK_EQ(f->vector, vector);
	CHECK_EQ(f->rsp, AWAY_BASE + 0x2000);
}

static void skip_instruction(struct away *a, const struct frame *f, unsigned int length)
{
	uint64_t rip = f->rip + length;

	memcpy(a->pages + 0x2000 - sizeof(*f) + offsetof(struct frame, rip), &rip, 8);
}

/*
 * Delivery that faults in the second stage is taken up again: the same vector,
 * error code, CR2 and return address, once.
 */
static void test_fault_during_delivery(void)
{
	struct frame f;
	struct away a;

	away_create(&a);
	send_away(&a);
	expect_away(&a, 3, &f);
	CHECK_EQ(a.g.ram[f.rip - 1], 0xcc);
	guest_sync(&a.g, 1);
	send_away(&a);
	expect_away(&a, 6, &f);
	CHECK_EQ(a.g.ram[f.rip], 0x0f);
	skip_instruction(&a, &f, 2);
	guest_sync(&a.g, 2);
	send_away(&a);
	expect_away(&a, 14, &f);
	CHECK_EQ(f.error, 0);
	CHECK_EQ(cr2(&a.g), 0x40000123);
	skip_instruction(&a, &f, 2);
	guest_sync(&a.g, 3);
}

/* A breakpoint that user space has put there, as INT3's own. */
static void test_fault_during_given_back_int3(void)
{
	struct kvm_vcpu_events events;
	struct frame f;
	struct away a;

	need_injected_int3();
	away_create(&a);
	guest_complete_io(&a.g);
	send_away(&a);
	OK(hull_vcpu_get_interrupt_state(a.g.vcpu, &events));
	events.exception.injected = 1;
	events.exception.nr = 3;
	OK(hull_vcpu_set_interrupt_state(a.g.vcpu, &events));
	expect_away(&a, 3, &f);
	CHECK_EQ(a.g.ram[f.rip - 1], 0xcc);
	guest_sync(&a.g, 1);
}

static void test_fault_during_int_n(void)
{
	struct frame f;
	struct away a;

	if (host_is_bochs_svm())
		SKIP("Bochs 2.7 reports the exception before it in place of INT n");
	away_create(&a);
	/* The same milestone at the start */
	guest_load(&a.g, CODE_BASE, pl_delivery_int, pl_delivery_int_end - pl_delivery_int);
	send_away(&a);
	expect_away(&a, 0x90, &f);
	CHECK_EQ(a.g.ram[f.rip - 2], 0xcd);
	guest_sync(&a.g, 1);
}

static void test_fault_during_int1(void)
{
	struct frame f;
	struct away a;

	need_int1();
	away_create(&a);
	guest_load(&a.g, CODE_BASE, pl_delivery_int1,
		   pl_delivery_int1_end - pl_delivery_int1);
	send_away(&a);
	expect_away(&a, 1, &f);
	CHECK_EQ(a.g.ram[f.rip - 1], 0xf1);
	guest_sync(&a.g, 1);
}

static void test_fault_during_interrupt_delivery(void)
{
	struct kvm_regs regs;
	struct frame f;
	struct away a;
	unsigned int i;

	away_create(&a);
	guest_complete_io(&a.g);
	OK(hull_vcpu_set_entry(a.g.vcpu, CODE_BASE + (pl_delivery_end - pl_delivery) - 3));
	guest_get_regs(&a.g, &regs);
	regs.rflags |= 0x200;
	guest_set_regs(&a.g, &regs);
	hull_vcpu_set_interrupt_window_requested(a.g.vcpu, true);
	for (i = 0; i < 50; i++) {
		CHECK_EQ(guest_run(&a.g), KVM_EXIT_IRQ_WINDOW_OPEN);
		send_away(&a);
		OK(hull_vcpu_interrupt(a.g.vcpu, 0x20 + i));
		expect_away(&a, 0x20 + i, &f);
		/* On the way back: an NMI, twice */
		CHECK_EQ(guest_run(&a.g), KVM_EXIT_IRQ_WINDOW_OPEN);
		send_away(&a);
		OK(hull_vcpu_inject_nmi(a.g.vcpu));
		expect_away(&a, 2, &f);
	}
}

static const struct test tests[] = {
	{ "exceptions", test_exceptions },
	{ "no_page_tables", test_no_page_tables },
	{ "after_shutdown", test_after_shutdown },
	{ "page_faults", test_page_faults },
	{ "user_mode", test_user_mode },
	{ "int1", test_int1 },
	{ "double_fault", test_double_fault },
	{ "double_fault_without_handler", test_double_fault_without_handler },
	{ "fault_during_delivery", test_fault_during_delivery },
	{ "fault_during_given_back_int3", test_fault_during_given_back_int3 },
	{ "fault_during_int_n", test_fault_during_int_n },
	{ "fault_during_int1", test_fault_during_int1 },
	{ "fault_during_interrupt_delivery", test_fault_during_interrupt_delivery },
};

TAP_MAIN(tests)
