// SPDX-License-Identifier: GPL-2.0-only
/* The ways a guest is started, and the ways between its modes. */
#include <stdlib.h>
#include <sys/mman.h>

#include "guest.h"

PAYLOAD(reset_vector);
PAYLOAD(after_reset);
PAYLOAD(odd_segment);
PAYLOAD(round_trip);
PAYLOAD(pae);
PAYLOAD(la57);
PAYLOAD(task_switch);
extern const uint8_t pl_task_two[];

/* As firmware is started: no register is set from outside. */
static void test_start_reset_vector(void)
{
	struct kvm_sregs sregs;
	uint8_t *rom;
	struct guest g;

	guest_create_vm(&g, RAM_SIZE);
	guest_add_vcpu(&g, 0);
	rom = mmap(NULL, 0x10000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0);
	CHECK(rom != MAP_FAILED);
	memcpy(rom + 0xfff0, pl_reset_vector, 16);
	OK(hull_vm_add_memory_region(g.vm, 0xffff0000, rom, 0x10000, KVM_MEM_READONLY));
	guest_load(&g, 0xfe000, pl_after_reset, pl_after_reset_end - pl_after_reset);
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 0x1234);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cs.base, 0xffff0000);
	guest_sync(&g, 2);
	CHECK_EQ(guest_rax(&g), 0xf000);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cs.base, 0xf0000);
	guest_halt(&g);
}

static void test_start_odd_segment(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct guest g;

	guest_create(&g, REAL16);
	guest_load(&g, 0x10200, pl_odd_segment, pl_odd_segment_end - pl_odd_segment);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.cs.selector = 0x1000;
	sregs.cs.base = 0x10000;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	OK(hull_vcpu_set_entry(g.vcpu, 0x200));
	guest_sync(&g, 1);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rax & 0xffff, 0x1000);
	CHECK_EQ(regs.rcx & 0xffff, 0x77);
	CHECK_EQ(regs.rdx & 0xffff, 0x1234);
	CHECK_EQ(regs.rsp & 0xffff, 0x8000);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.ss.base, 0x10000);
	guest_halt(&g);
}

/* 32-bit protected mode without paging, as PVH kernels are entered. */
static void test_start_protected_mode(void)
{
	static const uint8_t code[] = {
		0xb8, 0x78, 0x56, 0x34, 0x12,		/* mov $0x12345678, %eax */
		0x50,					/* push %eax */
		0x8b, 0x1c, 0x24,			/* mov (%esp), %ebx */
		0xe6, PORT_SYNC + 1,
		0xf4,
	};
	struct kvm_regs regs;
	struct guest g;

	guest_create(&g, PROT32);
	guest_load(&g, CODE_BASE, code, sizeof(code));
	guest_sync(&g, 1);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rbx, 0x12345678);
	CHECK_EQ(regs.rsp, STACK_TOP - 4);
	guest_halt(&g);
}

static void test_start_long_mode(void)
{
	static const uint8_t code[] = {
		0x48, 0xb8, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
		0x50,					/* push %rax */
		0x5b,					/* pop %rbx */
		0xe6, PORT_SYNC + 1,
		0xf4,
	};
	struct kvm_regs regs;
	struct guest g;

	guest_create(&g, LONG64);
	guest_load(&g, CODE_BASE, code, sizeof(code));
	guest_sync(&g, 1);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rbx, 0x1122334455667788);
	guest_halt(&g);
}

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

/* A fifth level that maps an address only it can reach. */
static void test_la57(void)
{
	const uint64_t address = 1ULL << 52 | DATA_BASE;
	struct kvm_translation t;
	struct kvm_sregs sregs;
	struct guest g;

	GUEST(&g, LONG64, la57);
	if (!guest_has_cpuid(&g, 7, 0, ECX, 16))
		SKIP("this CPU has no five-level paging");
	store64(&g, PML5_BASE + 16 * 8, PML4_BASE | 7);
	store64(&g, DATA_BASE, 0x57575757);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.cr4 |= 1 << 12;
	sregs.cr3 = PML5_BASE;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	OK(hull_vcpu_set_gpr(g.vcpu, HULL_GPR_RBX, address));
	OK(hull_vcpu_translate(g.vcpu, address, &t));
	CHECK_EQ(t.valid, 1);
	CHECK_EQ(t.physical_address, DATA_BASE);
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), 0x57575757);
	guest_sync(&g, 2);
	CHECK_EQ(load64(&g, DATA_BASE + 8), 0x57575757);
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

static void second_task(struct guest *g)
{
	unsigned int i;

	store64(g, GDT_BASE + SEL_SPARE, 0x0000890000000067 | (uint64_t)TSS2_BASE << 16);
	memset(g->ram + TSS2_BASE, 0, 0x68);
	store32(g, TSS2_BASE + TSS_EIP, CODE_BASE + (pl_task_two - pl_task_switch));
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
	second_task(&g);
	guest_sync(&g, 1);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rax, 0x2222);
	CHECK_EQ(regs.rcx & 0xffff, SEL_SPARE);
	CHECK_EQ(regs.rsp, STACK_TOP - 0x1000);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.tr.selector, SEL_SPARE);
	CHECK_EQ(sregs.tr.base, TSS2_BASE);
	CHECK_EQ(sregs.cr0 & 8, 8);			/* TS */
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

static const struct test tests[] = {
	{ "start_reset_vector", test_start_reset_vector },
	{ "start_odd_segment", test_start_odd_segment },
	{ "start_protected_mode", test_start_protected_mode },
	{ "start_long_mode", test_start_long_mode },
	{ "mode_round_trip", test_mode_round_trip },
	{ "pae_paging", test_pae_paging },
	{ "la57", test_la57 },
	{ "task_switch", test_task_switch },
};

TAP_MAIN(tests)
