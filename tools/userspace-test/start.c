// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways a guest is started, each with a little to compute: the result leaves by a
 * port and is found in memory.
 */
#include <sys/mman.h>

#include "guest.h"

PAYLOAD(reset_vector);
PAYLOAD(after_reset);
PAYLOAD(odd_segment);
PAYLOAD(start32);
PAYLOAD(start64);
PAYLOAD(levels);
PAYLOAD(to_levels);

#define PORT_VALUE	0x90

/* Fibonacci numbers */
#define F20		6765ULL
#define F40		102334155ULL
#define F90		2880067194370816120ULL

static void expect_value(struct guest *g, unsigned int size, uint32_t value)
{
	uint32_t got = 0;

	if (guest_run(g) != KVM_EXIT_IO || g->run->io.port != PORT_VALUE ||
	    g->run->io.size != size || g->run->io.count != 1)
		FAIL("a value of %u bytes expected, not %s", size, exit_name(g->run));
	memcpy(&got, (uint8_t *)g->run + g->run->io.data_offset, size);
	CHECK_EQ(got, value);
}

/* As firmware is started: no register is set from outside. */
static void test_reset_vector(void)
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
	expect_value(&g, 2, F20);
	guest_halt(&g);
	CHECK_EQ(load32(&g, 0x500), F20);
}

static void test_odd_segment(void)
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
	expect_value(&g, 2, F20);
	guest_halt(&g);
	CHECK_EQ(load32(&g, 0x10500), F20);
}

/* 32-bit protected mode without paging, as PVH kernels are entered. */
static void test_protected_mode(void)
{
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, PROT32, start32);
	expect_value(&g, 4, F40);
	guest_sync(&g, 1);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rbx, F40);
	CHECK_EQ(regs.rsp, STACK_TOP - 4);
	guest_halt(&g);
	CHECK_EQ(load64(&g, DATA_BASE), F40);
}

/* 64-bit mode with paging, on tables that the program has made. */
static void test_long_mode(void)
{
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, LONG64, start64);
	expect_value(&g, 4, (uint32_t)F90);
	guest_sync(&g, 1);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rbx, F90);
	CHECK_EQ(regs.rsp, STACK_TOP);
	guest_halt(&g);
	CHECK_EQ(load64(&g, DATA_BASE), F90);
}

#define CR4_LA57	(1 << 12)
#define BORDER		(16ULL << 48)
#define UPPER_HALF	0xff00000000000000
#define LAST_PAGE	0x300000
#define TABLES		0x18000		/* of the page below the border */

static void need_five_levels(struct guest *g)
{
	if (!guest_has_cpuid(g, 7, 0, ECX, 16))
		SKIP("this CPU has no five-level paging");
}

/*
 * The last page below the border is of its own at every level, the first one above
 * it is page 0.
 */
static void five_levels(struct guest *g)
{
	unsigned int i;

	store64(g, PML5_BASE + 15 * 8, TABLES | 7);
	for (i = 0; i < 3; i++)
		store64(g, TABLES + i * 0x1000 + 511 * 8, (TABLES + (i + 1) * 0x1000) | 7);
	store64(g, TABLES + 3 * 0x1000 + 511 * 8, LAST_PAGE | 7);
	store64(g, PML5_BASE + 16 * 8, PML4_BASE | 7);
	store64(g, PML5_BASE + 256 * 8, PML4_BASE | 7);
	store64(g, DATA_BASE, 0x57575757);
}

static void expect_translation(struct guest *g, uint64_t gva, uint64_t gpa)
{
	struct kvm_translation t;

	OK(hull_vcpu_translate(g->vcpu, gva, &t));
	CHECK_EQ(t.valid, 1);
	CHECK_EQ(t.physical_address, gpa);
}

static void expect_levels(struct guest *g)
{
	const uint64_t value = 0x1122334455667788;
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct frame f;

	guest_sync(g, 1);
	guest_get_regs(g, &regs);
	CHECK_EQ(regs.rcx, value);
	CHECK_EQ(load32(g, LAST_PAGE + 0xffc), value & 0xffffffff);
	CHECK_EQ(load32(g, 0), value >> 32);
	guest_sync(g, 2);
	guest_get_regs(g, &regs);
	CHECK_EQ(regs.rcx, 0x57575757);
	CHECK_EQ(load64(g, DATA_BASE + 8), value);
	guest_exception(g, 13, &f);
	CHECK_EQ(f.error, 0);
	OK(hull_vcpu_get_sregs(g->vcpu, &sregs));
	CHECK_EQ(sregs.cr4 & CR4_LA57, CR4_LA57);
	CHECK_EQ(sregs.cr3, PML5_BASE);
	expect_translation(g, BORDER - 1, LAST_PAGE + 0xfff);
	expect_translation(g, BORDER, 0);
	expect_translation(g, UPPER_HALF + DATA_BASE, DATA_BASE);
}

static void test_five_levels(void)
{
	struct kvm_sregs sregs;
	struct guest g;

	GUEST(&g, LONG64, levels);
	need_five_levels(&g);
	five_levels(&g);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.cr4 |= CR4_LA57;
	sregs.cr3 = PML5_BASE;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	expect_levels(&g);
}

/* A vCPU out of reset that makes its way there by itself. */
static void test_five_levels_from_real_mode(void)
{
	const uint64_t work = CODE_BASE + 0x400;
	struct guest g;

	guest_create_vm(&g, RAM_SIZE);
	guest_add_vcpu(&g, 0);
	need_five_levels(&g);
	guest_tables(&g, LONG64);
	five_levels(&g);
	guest_load(&g, CODE_BASE, pl_to_levels, pl_to_levels_end - pl_to_levels);
	guest_load(&g, work, pl_levels, pl_levels_end - pl_levels);
	g.mode = REAL16;
	guest_vcpu_start(&g, 0, CODE_BASE);
	OK(hull_vcpu_set_gpr(g.vcpu, HULL_GPR_RDI, work));
	g.mode = LONG64;	/* of the frames that it will push */
	expect_levels(&g);
}

static const struct test tests[] = {
	{ "start_reset_vector", test_reset_vector },
	{ "start_odd_segment", test_odd_segment },
	{ "start_protected_mode", test_protected_mode },
	{ "start_long_mode", test_long_mode },
	{ "start_five_levels", test_five_levels },
	{ "five_levels_from_real_mode", test_five_levels_from_real_mode },
};

TAP_MAIN(tests)
