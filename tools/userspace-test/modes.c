// SPDX-License-Identifier: GPL-2.0-only
/* The ways between a guest's modes. */
#include <stdlib.h>

#include "guest.h"

PAYLOAD(round_trip);
PAYLOAD(pae);
PAYLOAD(pae_pointers);
PAYLOAD(activate);
PAYLOAD(task_switch);
PAYLOAD(nmi_task);
extern const uint8_t pl_task_two[], pl_activate_fault[], pl_nmi_task_handler[];

static void test_mode_round_trip(void)
{
	struct kvm_sregs sregs;
	struct guest g;

	/* A vCPU that has never been in another mode than real mode */
	guest_create_vm(&g, RAM_SIZE);
	guest_add_vcpu(&g, 0);
	guest_tables(&g, LONG64);
	guest_load(&g, CODE_BASE, pl_round_trip, pl_round_trip_end - pl_round_trip);
	store64(&g, GDT_BASE + SEL_SPARE, 0x00009b000000ffff);		/* 16-bit code */
	store64(&g, GDT_BASE + SEL_SPARE + 8, 0x000093000000ffff);	/* 16-bit data */
	g.mode = REAL16;
	guest_vcpu_start(&g, 0, CODE_BASE);
	guest_sync(&g, 1);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr0 & 0x80000001, 1);
	CHECK_EQ(sregs.cs.db, 1);
	guest_sync(&g, 2);
	CHECK_EQ(guest_rax(&g), 0x1122334455667788);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.efer & 0x500, 0x500);
	CHECK_EQ(sregs.cs.l, 1);
	guest_sync(&g, 3);
	CHECK_EQ(guest_rax(&g), 0x1234);
	guest_sync(&g, 4);
	CHECK_EQ(guest_rax(&g) & 0xffff, 0x55);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr0 & 0x80000001, 0);
	CHECK_EQ(sregs.efer & 0x500, 0);
	guest_halt(&g);
}

static void test_pae_paging(void)
{
	struct guest g;
	unsigned int i;

	GUEST(&g, PROT32, pae);
	store64(&g, PML4_BASE, PDPT_BASE | 1);
	store64(&g, PML4_BASE + 8, (PDPT_BASE + 0x1000) | 1);
	for (i = 0; i < 4; i++) {
		store64(&g, PDPT_BASE + i * 8, (uint64_t)i << 21 | 0x83);
		store64(&g, PDPT_BASE + 0x1000 + i * 8, (uint64_t)i << 21 | 0x83);
	}
	store64(&g, DATA_BASE, 0x1234);
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 0x1234);
	guest_sync(&g, 2);
	CHECK_EQ(load32(&g, DATA_BASE + 4), 0x5678);
}

/* QEMU's emulated CPU sets an accessed bit in them, which they do not have. */
static void get_pointers(struct guest *g, struct kvm_sregs2 *sregs)
{
	unsigned int i;

	OK(hull_vcpu_get_sregs2(g->vcpu, sregs));
	CHECK_EQ(sregs->flags, KVM_SREGS2_FLAGS_PDPTRS_VALID);
	for (i = 0; host_is_tcg() && i < 4; i++)
		sregs->pdptrs[i] &= ~0x20ull;
}

/* The pointers are the guest's own: it moves CR3 without an exit, on SVM. */
static void test_pae_pointers(void)
{
	const uint64_t second = PML5_BASE + 0x20;
	struct kvm_sregs2 sregs;
	struct guest g;

	GUEST(&g, PROT32, pae_pointers);
	need_capability(&g, KVM_CAP_SREGS2, "KVM_CAP_SREGS2");
	store64(&g, PML4_BASE, PDPT_BASE | 1);
	store64(&g, PML4_BASE + 8, (PDPT_BASE + 0x1000) | 1);
	store64(&g, second, PDPT_BASE | 1);
	store64(&g, second + 24, (PDPT_BASE + 0x2000) | 1);
	store64(&g, PDPT_BASE, 0x83);
	guest_sync(&g, 1);
	get_pointers(&g, &sregs);
	CHECK_EQ(sregs.pdptrs[0], PDPT_BASE | 1);
	CHECK_EQ(sregs.pdptrs[1], (PDPT_BASE + 0x1000) | 1);
	CHECK_EQ(sregs.pdptrs[3], 0);
	guest_sync(&g, 2);
	get_pointers(&g, &sregs);
	CHECK_EQ(sregs.cr3, second);
	CHECK_EQ(sregs.pdptrs[0], PDPT_BASE | 1);
	CHECK_EQ(sregs.pdptrs[1], 0);
	CHECK_EQ(sregs.pdptrs[3], (PDPT_BASE + 0x2000) | 1);
	/* What is set is what is read, and after running on what is in memory. */
	sregs.pdptrs[2] = PDPT_BASE | 1;
	OK(hull_vcpu_set_sregs2(g.vcpu, &sregs));
	get_pointers(&g, &sregs);
	CHECK_EQ(sregs.pdptrs[2], PDPT_BASE | 1);
	guest_sync(&g, 3);
	get_pointers(&g, &sregs);
	CHECK_EQ(sregs.cr3, PML4_BASE);
	CHECK_EQ(sregs.pdptrs[1], (PDPT_BASE + 0x1000) | 1);
	CHECK_EQ(sregs.pdptrs[2], 0);
}

#define CODE32		0x00cf9b000000ffffull
#define CODE32_L	0x00ef9b000000ffffull	/* L counts for nothing outside long mode */
#define CR0_PG		0x80000000u
#define CR0_CD		0x40000000u

/* Caching disabled: hull decides on SVM as well. */
static void refuses_long_mode(uint64_t code, unsigned int tss_type, uint64_t cr0)
{
	struct kvm_sregs sregs;
	struct frame frame;
	struct guest g;

	GUEST(&g, PROT32, activate);
	store64(&g, GDT_BASE + SEL_SPARE, code);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.tr.type = tss_type;
	sregs.cr0 |= cr0;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	guest_sync(&g, 0);
	guest_exception(&g, 13, &frame);
	CHECK_EQ(frame.error, 0);
	CHECK_EQ(frame.rip, CODE_BASE + (pl_activate_fault - pl_activate));
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr0 & CR0_PG, 0);
	CHECK_EQ(sregs.efer & 0x500, 0x100);
	guest_destroy(&g);
}

/* SDM vol. 3, Initializing IA-32e Mode: CS.L and a 16-bit TSS are #GP. */
static void test_long_mode_refused(void)
{
	/* QEMU's emulated CPU looks at neither when it executes the write itself. */
	bool native = !host_is_tcg();

	refuses_long_mode(CODE32, 3, CR0_CD);
	if (native)
		refuses_long_mode(CODE32, 3, 0);
	/* Bochs' VMRUN refuses such a CS outside long mode, too. */
	if (host_is_bochs_svm())
		return;
	refuses_long_mode(CODE32_L, 0xb, CR0_CD);
	if (native)
		refuses_long_mode(CODE32_L, 0xb, 0);
}

#define TSS2_BASE	0x1900

/* Offsets of a 32-bit TSS: SDM vol. 3, 32-Bit Task-State Segment */
#define TSS_LINK	0
#define TSS_EIP		32
#define TSS_EFLAGS	36
#define TSS_EAX		40
#define TSS_ESP		56
#define TSS_ES		72	/* es, cs, ss, ds, fs, gs */

static void store32(struct guest *g, uint64_t gpa, uint32_t value)
{
	memcpy(g->ram + gpa, &value, sizeof(value));
}

static unsigned int descriptor_type(struct guest *g, unsigned int selector)
{
	return g->ram[GDT_BASE + selector + 5] & 0xf;
}

static void second_task(struct guest *g, uint32_t eip)
{
	unsigned int i;

	store64(g, GDT_BASE + SEL_SPARE, 0x0000890000000067 | (uint64_t)TSS2_BASE << 16);
	memset(g->ram + TSS2_BASE, 0, 0x68);
	store32(g, TSS2_BASE + TSS_EIP, eip);
	store32(g, TSS2_BASE + TSS_EFLAGS, 2);
	store32(g, TSS2_BASE + TSS_EAX, 0x2222);
	store32(g, TSS2_BASE + TSS_ESP, STACK_TOP - 0x1000);
	for (i = 0; i < 6; i++)
		store32(g, TSS2_BASE + TSS_ES + i * 4, SEL_DATA);
	store32(g, TSS2_BASE + TSS_ES + 4, SEL_CODE);
}

static void test_task_switch(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, PROT32, task_switch);
	second_task(&g, CODE_BASE + (pl_task_two - pl_task_switch));
	guest_sync(&g, 1);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rax, 0x2222);
	CHECK_EQ(regs.rcx & 0xffff, SEL_SPARE);
	CHECK_EQ(regs.rsp, STACK_TOP - 0x1000);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.tr.selector, SEL_SPARE);
	CHECK_EQ(sregs.tr.base, TSS2_BASE);
	/*
	 * QEMU's emulated SVM switches tasks without an exit, and sets a TS that
	 * is hull's already while the guest's FPU state is not loaded.
	 */
	if (!host_is_tcg())
		CHECK_EQ(sregs.cr0 & 8, 8);		/* TS */
	CHECK_EQ(load32(&g, TSS_BASE + TSS_EAX), 0x1111);
	CHECK_EQ(load32(&g, TSS_BASE + TSS_ESP), STACK_TOP);
	CHECK_EQ(descriptor_type(&g, SEL_TSS), 9);	/* available */
	CHECK_EQ(descriptor_type(&g, SEL_SPARE), 0xb);	/* busy */

	guest_sync(&g, 2);				/* jumped back */
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rbx, 0x1111);
	CHECK_EQ(descriptor_type(&g, SEL_TSS), 0xb);
	CHECK_EQ(descriptor_type(&g, SEL_SPARE), 9);

	guest_sync(&g, 3);				/* called */
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rdx & 0x4000, 0x4000);		/* NT */
	CHECK_EQ(load32(&g, TSS2_BASE + TSS_LINK) & 0xffff, SEL_TSS);
	CHECK_EQ(descriptor_type(&g, SEL_TSS), 0xb);
	CHECK_EQ(descriptor_type(&g, SEL_SPARE), 0xb);

	guest_sync(&g, 4);				/* and returned */
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rflags & 0x4000, 0);
	CHECK_EQ(descriptor_type(&g, SEL_SPARE), 9);
	guest_halt(&g);
}

static unsigned int nmi_masked(struct guest *g)
{
	struct kvm_vcpu_events events;

	OK(hull_vcpu_get_interrupt_state(g->vcpu, &events));
	return events.nmi.masked;
}

/* SDM vol. 3, Handling Multiple NMIs: a task that handles one blocks others, too. */
static void test_nmi_task_gate(void)
{
	struct guest g;

	if (host_is_tcg())
		SKIP("QEMU's emulated SVM switches tasks without an exit");
	GUEST(&g, PROT32, nmi_task);
	second_task(&g, CODE_BASE + (pl_nmi_task_handler - pl_nmi_task));
	store64(&g, IDT_BASE + 2 * 8, 0x0000850000000000 | SEL_SPARE << 16);
	guest_sync(&g, 0);
	OK(hull_vcpu_inject_nmi(g.vcpu));
	guest_sync(&g, 1);
	CHECK_EQ(nmi_masked(&g), 1);
	OK(hull_vcpu_inject_nmi(g.vcpu));
	guest_sync(&g, 2);
	/* The task's IRET lets the second one in. */
	guest_sync(&g, 1);
	CHECK_EQ(nmi_masked(&g), 1);
	guest_sync(&g, 2);
	guest_sync(&g, 3);
	CHECK_EQ(nmi_masked(&g), 0);
	CHECK_EQ(descriptor_type(&g, SEL_SPARE), 9);
	guest_halt(&g);
}

static const struct test tests[] = {
	{ "mode_round_trip", test_mode_round_trip },
	{ "pae_paging", test_pae_paging },
	{ "pae_pointers", test_pae_pointers },
	{ "long_mode_refused", test_long_mode_refused },
	{ "task_switch", test_task_switch },
	{ "nmi_task_gate", test_nmi_task_gate },
};

TAP_MAIN(tests)
