// SPDX-License-Identifier: GPL-2.0
/*
 * The walk of a guest's page tables (core/mem/walk_core.h) over tables in a
 * small array that stands for guest memory.  Expected values: SDM vol. 3,
 * "Paging", and APM vol. 2, "Page Translation and Protection".
 */
#include <kunit/test.h>
#include "../core/mem/walk_core.h"

#define NR_PAGES	8

struct memory {
	u8 bytes[NR_PAGES * 4096];
	unsigned int changes;		/* let that many updates fail */
};

static int memory_read(void *ctx, u64 gpa, int size, u64 *entry)
{
	struct memory *m = ctx;

	if (gpa + size > sizeof(m->bytes))
		return -EFAULT;
	*entry = 0;
	memcpy(entry, &m->bytes[gpa], size);
	return 0;
}

static int memory_update(void *ctx, u64 gpa, int size, u64 old, u64 new)
{
	struct memory *m = ctx;

	if (m->changes) {
		m->changes--;
		return 1;
	}
	memcpy(&m->bytes[gpa], &new, size);
	return 0;
}

static const struct walk_memory memory_ops = {
	.read = memory_read,
	.update = memory_update,
};

static void put8(struct memory *m, u64 gpa, u64 value)
{
	memcpy(&m->bytes[gpa], &value, 8);
}

static void put4(struct memory *m, u64 gpa, u32 value)
{
	memcpy(&m->bytes[gpa], &value, 4);
}

static u64 get8(struct memory *m, u64 gpa)
{
	u64 value;

	memcpy(&value, &m->bytes[gpa], 8);
	return value;
}

/* Address whose entries are number 1 of each of four tables, offset 0x123. */
#define GVA4	(1ull << 39 | 1ull << 30 | 1ull << 21 | 1ull << 12 | 0x123)

static const struct walk_mode long_mode = {
	.format = WALK_LONG, .levels = 4, .nx = true, .wp = true,
	.gbpages = true, .phys_bits = 40, .root = 0x1000,
};

/* Tables at 0x1000, 0x2000, 0x3000, 0x4000; the page at 0x7000. */
static struct memory *long_tables(struct kunit *test, u64 leaf_bits)
{
	struct memory *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	put8(m, 0x1008, 0x2000 | 7);
	put8(m, 0x2008, 0x3000 | 7);
	put8(m, 0x3008, 0x4000 | 7);
	put8(m, 0x4008, 0x7000 | leaf_bits);
	return m;
}

static int run(const struct walk_mode *mode, struct memory *m, u64 gva, u8 access,
	       struct hull_walk *w, struct hull_fault *fault)
{
	struct walk_path path;

	return walk_once(mode, &memory_ops, m, gva, access, false, w, &path, fault);
}

/* Expect #PF with this error code. */
static void expect_fault(struct kunit *test, const struct walk_mode *mode, struct memory *m,
			 u64 gva, u8 access, u32 error)
{
	struct hull_fault fault = {};
	struct hull_walk w;

	KUNIT_ASSERT_EQ(test, run(mode, m, gva, access, &w, &fault), 1);
	KUNIT_EXPECT_EQ(test, fault.vector, 14);
	KUNIT_EXPECT_TRUE(test, fault.has_error);
	KUNIT_EXPECT_EQ(test, fault.error, error);
	KUNIT_EXPECT_TRUE(test, fault.has_payload);
	KUNIT_EXPECT_EQ(test, fault.payload, gva);
}

static void walk_long_4k(struct kunit *test)
{
	struct memory *m = long_tables(test, 7);
	struct hull_walk w;
	struct hull_fault fault;

	KUNIT_ASSERT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
	KUNIT_EXPECT_EQ(test, w.gpa, 0x7123ull);
	KUNIT_EXPECT_EQ(test, w.page_size, 0x1000ull);
	KUNIT_EXPECT_TRUE(test, w.writable);
	KUNIT_EXPECT_TRUE(test, w.user);
	/* Accessed everywhere, dirty nowhere. */
	KUNIT_EXPECT_EQ(test, get8(m, 0x1008), 0x2027ull);
	KUNIT_EXPECT_EQ(test, get8(m, 0x4008), 0x7027ull);

	KUNIT_ASSERT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_WRITE, &w, &fault), 0);
	KUNIT_EXPECT_EQ(test, get8(m, 0x3008), 0x4027ull);
	KUNIT_EXPECT_EQ(test, get8(m, 0x4008), 0x7067ull);
}

static void walk_long_large(struct kunit *test)
{
	struct memory *m = long_tables(test, 7);
	struct hull_walk w;
	struct hull_fault fault;

	put8(m, 0x3008, 0x40000000 | 0x87);
	KUNIT_ASSERT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
	KUNIT_EXPECT_EQ(test, w.gpa, 0x40001123ull);
	KUNIT_EXPECT_EQ(test, w.page_size, 0x200000ull);
	put8(m, 0x3008, 0x40002000 | 0x87);
	expect_fault(test, &long_mode, m, GVA4, HULL_ACC_READ, PF_PRESENT | PF_RESERVED);

	put8(m, 0x2008, 0x80000000ull | 0x87);
	KUNIT_ASSERT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
	KUNIT_EXPECT_EQ(test, w.gpa, 0x80201123ull);
	KUNIT_EXPECT_EQ(test, w.page_size, 0x40000000ull);
}

static void walk_five_levels(struct kunit *test)
{
	struct memory *m = long_tables(test, 7);
	struct walk_mode mode = long_mode;
	struct hull_walk w;
	struct hull_fault fault;

	mode.levels = 5;
	mode.root = 0x5000;
	put8(m, 0x5010, 0x1000 | 7);
	KUNIT_ASSERT_EQ(test, run(&mode, m, 2ull << 48 | GVA4, HULL_ACC_READ, &w, &fault), 0);
	KUNIT_EXPECT_EQ(test, w.gpa, 0x7123ull);
	expect_fault(test, &mode, m, 1ull << 48 | GVA4, HULL_ACC_READ, 0);
}

static void walk_not_present(struct kunit *test)
{
	struct memory *m = long_tables(test, 0);

	expect_fault(test, &long_mode, m, GVA4, HULL_ACC_READ, 0);
	expect_fault(test, &long_mode, m, GVA4, HULL_ACC_WRITE | HULL_ACC_USER,
		     PF_WRITE | PF_USER);
	expect_fault(test, &long_mode, m, GVA4, HULL_ACC_EXEC, PF_EXEC);
	/* A system access has no user bit whatever the CPL. */
	expect_fault(test, &long_mode, m, GVA4,
		     HULL_ACC_READ | HULL_ACC_USER | HULL_ACC_IMPLICIT, 0);
	/* No accessed bit is set by a walk that ends here. */
	KUNIT_EXPECT_EQ(test, get8(m, 0x1008), 0x2007ull);
}

static void walk_reserved_bits(struct kunit *test)
{
	struct memory *m = long_tables(test, 7);
	struct walk_mode mode = long_mode;
	struct hull_walk w;
	struct hull_fault fault;

	put8(m, 0x4008, 1ull << 40 | 0x7007);
	expect_fault(test, &mode, m, GVA4, HULL_ACC_READ, PF_PRESENT | PF_RESERVED);
	mode.phys_bits = 41;
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);

	/* XD is reserved while EFER.NXE is clear. */
	put8(m, 0x4008, GPTE_NX | 0x7007);
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
	mode.nx = false;
	expect_fault(test, &mode, m, GVA4, HULL_ACC_READ, PF_PRESENT | PF_RESERVED);

	/* No page that large; bit 8 on AMD's processors. */
	m = long_tables(test, 7);
	put8(m, 0x1008, 0x2087);
	expect_fault(test, &long_mode, m, GVA4, HULL_ACC_READ, PF_PRESENT | PF_RESERVED);
	put8(m, 0x1008, 0x2107);
	KUNIT_EXPECT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
	mode = long_mode;
	mode.amd = true;
	expect_fault(test, &mode, m, GVA4, HULL_ACC_READ, PF_PRESENT | PF_RESERVED);
	/* And that in the top tables alone. */
	m = long_tables(test, 7);
	put8(m, 0x2008, 0x3107);
	put8(m, 0x3008, 0x4107);
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
	mode.levels = 5;
	mode.root = 0x5000;
	put8(m, 0x5000, 0x1107);
	expect_fault(test, &mode, m, GVA4, HULL_ACC_READ, PF_PRESENT | PF_RESERVED);
}

static void walk_write_protect(struct kunit *test)
{
	struct memory *m = long_tables(test, 5);	/* present, user, read-only */
	struct walk_mode mode = long_mode;
	struct hull_walk w;
	struct hull_fault fault;

	expect_fault(test, &mode, m, GVA4, HULL_ACC_WRITE, PF_PRESENT | PF_WRITE);
	mode.wp = false;
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_WRITE, &w, &fault), 0);
	expect_fault(test, &mode, m, GVA4, HULL_ACC_WRITE | HULL_ACC_USER,
		     PF_PRESENT | PF_WRITE | PF_USER);
	/* One upper entry is enough to forbid. */
	m = long_tables(test, 7);
	put8(m, 0x2008, 0x3005);
	expect_fault(test, &long_mode, m, GVA4, HULL_ACC_WRITE, PF_PRESENT | PF_WRITE);
	KUNIT_ASSERT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
	KUNIT_EXPECT_FALSE(test, w.writable);
}

static void walk_user_and_nx(struct kunit *test)
{
	struct memory *m = long_tables(test, 3);	/* supervisor */
	struct hull_walk w;
	struct hull_fault fault;

	expect_fault(test, &long_mode, m, GVA4, HULL_ACC_READ | HULL_ACC_USER,
		     PF_PRESENT | PF_USER);
	KUNIT_EXPECT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_EXEC, &w, &fault), 0);
	KUNIT_EXPECT_FALSE(test, w.user);

	put8(m, 0x3008, GPTE_NX | 0x4007);
	expect_fault(test, &long_mode, m, GVA4, HULL_ACC_EXEC, PF_PRESENT | PF_EXEC);
	KUNIT_EXPECT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
}

static void walk_smep_smap(struct kunit *test)
{
	struct memory *m = long_tables(test, 7);
	struct walk_mode mode = long_mode;
	struct hull_walk w;
	struct hull_fault fault;

	mode.smep = true;
	mode.nx = false;
	expect_fault(test, &mode, m, GVA4, HULL_ACC_EXEC, PF_PRESENT | PF_EXEC);
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_EXEC | HULL_ACC_USER, &w, &fault), 0);

	mode = long_mode;
	mode.smap = true;
	expect_fault(test, &mode, m, GVA4, HULL_ACC_READ, PF_PRESENT);
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_EXEC, &w, &fault), 0);
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_READ | HULL_ACC_USER, &w, &fault), 0);
	mode.ac = true;
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
	/* RFLAGS.AC does not help a descriptor-table access. */
	expect_fault(test, &mode, m, GVA4, HULL_ACC_READ | HULL_ACC_IMPLICIT, PF_PRESENT);
}

static void walk_protection_keys(struct kunit *test)
{
	struct memory *m = long_tables(test, 5ull << GPTE_PKEY_SHIFT | 7);
	struct walk_mode mode = long_mode;
	struct hull_walk w;
	struct hull_fault fault;

	mode.pke = true;
	mode.pkru = 1u << 10;			/* key 5: no access */
	expect_fault(test, &mode, m, GVA4, HULL_ACC_READ, PF_PRESENT | PF_PKEY);
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_EXEC, &w, &fault), 0);
	mode.pkru = 2u << 10;			/* key 5: no writes */
	expect_fault(test, &mode, m, GVA4, HULL_ACC_WRITE | HULL_ACC_USER,
		     PF_PRESENT | PF_WRITE | PF_USER | PF_PKEY);
	KUNIT_ASSERT_EQ(test, run(&mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
	KUNIT_EXPECT_FALSE(test, w.writable);
	mode.wp = false;
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_WRITE, &w, &fault), 0);
	mode.pkru = ~(3u << 10);		/* all keys but 5 */
	KUNIT_EXPECT_EQ(test, run(&mode, m, GVA4, HULL_ACC_WRITE, &w, &fault), 0);
}

static void walk_32bit(struct kunit *test)
{
	struct walk_mode mode = {
		.format = WALK_32, .levels = 2, .wp = true, .phys_bits = 36, .root = 0x1018,
	};
	struct memory *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	u64 gva = 3u << 22 | 2u << 12 | 0x45;
	struct hull_walk w;
	struct hull_fault fault;

	KUNIT_ASSERT_NOT_NULL(test, m);
	put4(m, 0x100c, 0x2087);		/* bit 7 is ignored without PSE */
	put4(m, 0x2008, 0x5007);
	KUNIT_ASSERT_EQ(test, run(&mode, m, gva, HULL_ACC_READ, &w, &fault), 0);
	KUNIT_EXPECT_EQ(test, w.gpa, 0x5045ull);
	KUNIT_EXPECT_EQ(test, w.page_size, 0x1000ull);

	mode.pse = true;
	put4(m, 0x100c, 0x01c00087);
	KUNIT_ASSERT_EQ(test, run(&mode, m, gva, HULL_ACC_READ, &w, &fault), 0);
	KUNIT_EXPECT_EQ(test, w.gpa, 0x01c02045ull);
	KUNIT_EXPECT_EQ(test, w.page_size, 0x400000ull);

	/* Bits 16:13 are address bits 35:32 with PSE-36, reserved without. */
	put4(m, 0x100c, 0x01c0e087);
	expect_fault(test, &mode, m, gva, HULL_ACC_READ, PF_PRESENT | PF_RESERVED);
	mode.pse36 = true;
	KUNIT_ASSERT_EQ(test, run(&mode, m, gva, HULL_ACC_READ, &w, &fault), 0);
	KUNIT_EXPECT_EQ(test, w.gpa, 0x701c02045ull);
	put4(m, 0x100c, 0x01c20087);
	expect_fault(test, &mode, m, gva, HULL_ACC_READ, PF_PRESENT | PF_RESERVED);
	/* There is no execute permission to fault on. */
	put4(m, 0x100c, 0);
	mode.nx = true;
	expect_fault(test, &mode, m, gva, HULL_ACC_EXEC, 0);
}

static void walk_pae(struct kunit *test)
{
	static const u64 pdptr[4] = { 0, 0, 0x2001, 0 };
	struct walk_mode mode = {
		.format = WALK_PAE, .levels = 3, .wp = true, .nx = true,
		.phys_bits = 36, .root = 0x1020,
	};
	struct memory *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	u64 gva = 2ull << 30 | 1ull << 21 | 1ull << 12 | 4;
	struct hull_walk w;
	struct hull_fault fault;

	KUNIT_ASSERT_NOT_NULL(test, m);
	put8(m, 0x1030, 0x2001);		/* the table is aligned to 32 bytes */
	put8(m, 0x2008, 0x3007);
	put8(m, 0x3008, 0x6007);
	KUNIT_ASSERT_EQ(test, run(&mode, m, gva, HULL_ACC_WRITE | HULL_ACC_USER, &w, &fault), 0);
	KUNIT_EXPECT_EQ(test, w.gpa, 0x6004ull);
	/* The top entry has no rights and no accessed bit. */
	KUNIT_EXPECT_EQ(test, get8(m, 0x1030), 0x2001ull);
	KUNIT_EXPECT_EQ(test, get8(m, 0x3008), 0x6067ull);

	put8(m, 0x1030, 0x2003);
	expect_fault(test, &mode, m, gva, HULL_ACC_READ, PF_PRESENT | PF_RESERVED);
	mode.use_pdptr = true;
	mode.pdptr = pdptr;
	KUNIT_EXPECT_EQ(test, run(&mode, m, gva, HULL_ACC_READ, &w, &fault), 0);

	/* Bits 62:52 are ignored in long mode only. */
	put8(m, 0x3008, 1ull << 52 | 0x6007);
	expect_fault(test, &mode, m, gva, HULL_ACC_READ, PF_PRESENT | PF_RESERVED);
}

static void walk_changed_tables(struct kunit *test)
{
	struct memory *m = long_tables(test, 7);
	struct hull_walk w;
	struct hull_fault fault;

	m->changes = 1;
	KUNIT_EXPECT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_READ, &w, &fault), 2);
	KUNIT_EXPECT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_READ, &w, &fault), 0);
	/* A table that is not memory. */
	put8(m, 0x2008, 0x1000000 | 7);
	KUNIT_EXPECT_EQ(test, run(&long_mode, m, GVA4, HULL_ACC_READ, &w, &fault), -EFAULT);
}

static void walk_debug_changes_nothing(struct kunit *test)
{
	struct memory *m = long_tables(test, 1);
	struct walk_path path;
	struct hull_walk w;

	KUNIT_ASSERT_EQ(test, walk_once(&long_mode, &memory_ops, m, GVA4, HULL_ACC_WRITE,
					true, &w, &path, NULL), 0);
	KUNIT_EXPECT_EQ(test, w.gpa, 0x7123ull);
	KUNIT_EXPECT_FALSE(test, w.writable);
	KUNIT_EXPECT_EQ(test, get8(m, 0x4008), 0x7001ull);
}

static struct kunit_case walk_cases[] = {
	KUNIT_CASE(walk_long_4k),
	KUNIT_CASE(walk_long_large),
	KUNIT_CASE(walk_five_levels),
	KUNIT_CASE(walk_not_present),
	KUNIT_CASE(walk_reserved_bits),
	KUNIT_CASE(walk_write_protect),
	KUNIT_CASE(walk_user_and_nx),
	KUNIT_CASE(walk_smep_smap),
	KUNIT_CASE(walk_protection_keys),
	KUNIT_CASE(walk_32bit),
	KUNIT_CASE(walk_pae),
	KUNIT_CASE(walk_changed_tables),
	KUNIT_CASE(walk_debug_changes_nothing),
	{}
};

static struct kunit_suite walk_suite = {
	.name = "hull-walk",
	.test_cases = walk_cases,
};
kunit_test_suite(walk_suite);
