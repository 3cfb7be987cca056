// SPDX-License-Identifier: GPL-2.0-only
/*
 * CR0 through its other instructions, whether the processor executes them
 * itself or, as with caching disabled on SVM, exits.
 */
#include "guest.h"

PAYLOAD(machine_status);
PAYLOAD(user_smsw);
PAYLOAD(task_switched);
PAYLOAD(fwait);

#define CR0_MP		(1u << 1)
#define CR0_EM		(1u << 2)
#define CR0_TS		(1u << 3)
#define CR0_CD		(1u << 30)
#define CR0_BASE	0x80000031u	/* PG, NE, ET, PE */

/* SDM and APM vol. 3, SMSW, LMSW, CLTS */
static void check_machine_status(uint32_t cr0)
{
	struct guest g;

	GUEST(&g, LONG64, machine_status);
	store64(&g, DATA_BASE, cr0);
	memset(g.ram + DATA_BASE + 0x10, 0xff, 0x10);
	guest_sync(&g, 0);
	CHECK_EQ(guest_rax(&g), cr0);
	/* 16 bits leave the rest of the register alone, 32 clear the upper half. */
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 0xffffffffffff0000 | (cr0 & 0xffff));
	guest_sync(&g, 2);
	CHECK_EQ(guest_rax(&g), cr0);
	guest_sync(&g, 3);
	CHECK_EQ(guest_rax(&g), cr0);
	/* To memory it is 16 bits, whatever the operand size. */
	guest_sync(&g, 4);
	CHECK_EQ(load64(&g, DATA_BASE + 0x10), 0xffffffffffff0000 | (cr0 & 0xffff));
	/* LMSW sets TS and MP, and cannot clear PE. */
	guest_sync(&g, 5);
	CHECK_EQ(guest_rax(&g), (cr0 | CR0_TS | CR0_MP) & ~CR0_EM);
	guest_sync(&g, 6);
	CHECK_EQ(guest_rax(&g), (cr0 | CR0_MP) & ~(CR0_EM | CR0_TS));
	guest_halt(&g);
}

static void test_smsw_lmsw_clts(void)
{
	check_machine_status(CR0_BASE);
	check_machine_status(CR0_BASE | CR0_TS);
}

static void test_smsw_lmsw_clts_uncached(void)
{
	check_machine_status(CR0_BASE | CR0_CD);
	check_machine_status(CR0_BASE | CR0_CD | CR0_TS | CR0_MP);
}

/* SMSW is not privileged; its store obeys the page tables. */
static void check_user_smsw(uint32_t cr0)
{
	struct frame frame;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, user_smsw);
	store64(&g, DATA_BASE, cr0);
	/* User mode may use the first 2 MB and no more. */
	store64(&g, PML4_BASE, load64(&g, PML4_BASE) | 4);
	store64(&g, PDPT_BASE, load64(&g, PDPT_BASE) | 4);
	store64(&g, PD_BASE, load64(&g, PD_BASE) | 4);
	for (i = 1; i < 4; i++)
		store64(&g, PD_BASE + 8 * i, load64(&g, PD_BASE + 8 * i) & ~4ull);
	guest_exception(&g, 14, &frame);
	CHECK_EQ(frame.error, 7);		/* user, write, present */
	CHECK_EQ(frame.cs, SEL_USER_CODE);
	CHECK_EQ(load64(&g, DATA_BASE + 0x10) & 0xffff, cr0 & 0xffff);
	CHECK_EQ(load64(&g, 0x200000), 0);
}

static void test_smsw_user_mode(void)
{
	check_user_smsw(CR0_BASE);
	check_user_smsw(CR0_BASE | CR0_CD);
}

/*
 * The FPU belongs to the guest as far as its own TS says, whoever else makes
 * use of that bit; what it computes survives exits to user space between.
 */
static void test_task_switched(void)
{
	struct kvm_sregs sregs;
	struct frame frame;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, task_switched);
	guest_sync(&g, 0);
	CHECK_EQ(guest_rax(&g) & CR0_TS, 0);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr0 & CR0_TS, 0);
	/* FLD1 three times, each after exits without use of the FPU. */
	for (i = 1; i <= 3; i++) {
		guest_sync(&g, 1);
		guest_sync(&g, 2);
		guest_sync(&g, 3);
		CHECK_EQ(guest_rax(&g) & CR0_TS, 0);
	}
	guest_sync(&g, 4);
	CHECK_EQ(load64(&g, DATA_BASE + 0x20), 3);
	/* With its own TS set, the same instruction is the guest's #NM. */
	guest_exception(&g, 7, &frame);
	guest_resume_at(&g, frame.rip + 2);
	guest_sync(&g, 5);
	CHECK_EQ(guest_rax(&g) & CR0_TS, CR0_TS);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr0 & CR0_TS, CR0_TS);
	guest_sync(&g, 6);
	CHECK_EQ(load64(&g, DATA_BASE + 0x20), 4);
	guest_halt(&g);
}

/* User space sets TS behind the back of a guest that uses the FPU. */
static void test_task_switched_from_outside(void)
{
	struct kvm_sregs sregs;
	struct frame frame;
	struct guest g;

	GUEST(&g, LONG64, task_switched);
	guest_sync(&g, 0);
	guest_sync(&g, 1);
	guest_sync(&g, 2);
	guest_complete_io(&g);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.cr0 |= CR0_TS;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	guest_exception(&g, 7, &frame);
	guest_complete_io(&g);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr0 & CR0_TS, CR0_TS);
	sregs.cr0 &= ~CR0_TS;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	guest_resume_at(&g, frame.rip);
	guest_sync(&g, 3);
	guest_destroy(&g);
}

/*
 * FWAIT faults on TS only with MP, and on what an earlier instruction left pending
 * always, also when that was some KVM_RUNs ago (SDM and APM, WAIT/FWAIT).
 */
static void test_fwait(void)
{
	struct frame frame;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, fwait);
	for (i = 0; i < 3; i++)
		guest_sync(&g, i);
	CHECK_EQ(guest_rax(&g) & (CR0_MP | CR0_TS), 0);
	guest_exception(&g, 16, &frame);
	guest_resume_at(&g, frame.rip + 1);
	guest_sync(&g, 3);
	guest_halt(&g);
}

static const struct test tests[] = {
	{ "smsw_lmsw_clts", test_smsw_lmsw_clts },
	{ "smsw_lmsw_clts_uncached", test_smsw_lmsw_clts_uncached },
	{ "smsw_user_mode", test_smsw_user_mode },
	{ "task_switched", test_task_switched },
	{ "task_switched_from_outside", test_task_switched_from_outside },
	{ "fwait", test_fwait },
};

TAP_MAIN(tests)
