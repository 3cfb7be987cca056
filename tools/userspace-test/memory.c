// SPDX-License-Identifier: GPL-2.0-only
/* Memory slots: adding, removing, moving, and what is refused. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "poke.h"

#define EXTRA_BASE	0x1000000	/* past RAM_SIZE */
#define EXTRA_SIZE	0x10000

static void *anonymous(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* A read that must leave the guest as MMIO of that address. */
static void expect_mmio_read(struct guest *g, unsigned int vcpu, uint64_t gpa)
{
	const struct kvm_run *run = hull_vcpu_run_area(g->vcpus[vcpu]);
	uint64_t value = 0;

	CHECK_RET(poke_on(g, vcpu, POKE_READ64, gpa, &value), KVM_EXIT_MMIO);
	CHECK_EQ(run->mmio.phys_addr, gpa);
	CHECK_EQ(run->mmio.is_write, 0);
	CHECK_RET(poke_on(g, vcpu, POKE_OPS, 0, &value), 0);
}

static void test_vm_add_memory_region(void)
{
	struct guest g;
	uint64_t *extra = anonymous(EXTRA_SIZE);

	poke_create(&g);
	expect_mmio_read(&g, 0, EXTRA_BASE);
	extra[0] = 0x1122334455667788;
	OK(hull_vm_add_memory_region(g.vm, EXTRA_BASE, extra, EXTRA_SIZE, 0));
	CHECK_EQ(poke_read(&g, EXTRA_BASE), 0x1122334455667788);
	poke_write(&g, EXTRA_BASE + EXTRA_SIZE - 8, 42);
	CHECK_EQ(extra[EXTRA_SIZE / 8 - 1], 42);
	expect_mmio_read(&g, 0, EXTRA_BASE + EXTRA_SIZE);
	expect_mmio_read(&g, 0, EXTRA_BASE - 8);
}

static void test_vm_remove_memory_region(void)
{
	struct guest g;
	int slot;

	poke_create(&g);
	guest_add_vcpu(&g, 1);
	poke_vcpu_start(&g, 1);
	slot = OK(hull_vm_add_memory_region(g.vm, EXTRA_BASE, anonymous(EXTRA_SIZE),
					    EXTRA_SIZE, 0));
	poke_write(&g, EXTRA_BASE, 1);
	CHECK_RET(poke_on(&g, 1, POKE_WRITE8, EXTRA_BASE + 8, &(uint64_t){ 2 }), 0);
	OK(hull_vm_remove_memory_region(g.vm, slot));
	expect_mmio_read(&g, 0, EXTRA_BASE);
	expect_mmio_read(&g, 1, EXTRA_BASE);
	CHECK_RET(hull_vm_remove_memory_region(g.vm, slot), -ENOENT);
}

static int set_region(struct guest *g, uint32_t slot, uint32_t flags, uint64_t gpa,
		      uint64_t size, void *hva)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .flags = flags, .guest_phys_addr = gpa,
		.memory_size = size, .userspace_addr = (uintptr_t)hva,
	};

	return hull_vm_set_user_memory_region(g->vm, &region);
}

static void test_move_region(void)
{
	uint64_t *extra = anonymous(EXTRA_SIZE);
	struct guest g;

	poke_create(&g);
	OK(set_region(&g, 7, 0, EXTRA_BASE, EXTRA_SIZE, extra));
	poke_write(&g, EXTRA_BASE, 0xabc);
	OK(set_region(&g, 7, 0, EXTRA_BASE * 2, EXTRA_SIZE, extra));
	expect_mmio_read(&g, 0, EXTRA_BASE);
	CHECK_EQ(poke_read(&g, EXTRA_BASE * 2), 0xabc);
	/* Moving onto another slot is refused and moves nothing. */
	CHECK_RET(set_region(&g, 7, 0, RAM_SIZE - 0x1000, EXTRA_SIZE, extra), -EEXIST);
	CHECK_EQ(poke_read(&g, EXTRA_BASE * 2), 0xabc);
}

static void test_region_overlap(void)
{
	void *extra = anonymous(EXTRA_SIZE * 4);
	struct guest g;

	poke_create(&g);
	OK(set_region(&g, 7, 0, EXTRA_BASE, EXTRA_SIZE, extra));
	CHECK_RET(set_region(&g, 8, 0, EXTRA_BASE, EXTRA_SIZE, extra), -EEXIST);
	CHECK_RET(set_region(&g, 8, 0, EXTRA_BASE - 0x1000, 0x2000, extra), -EEXIST);
	CHECK_RET(set_region(&g, 8, 0, EXTRA_BASE + EXTRA_SIZE - 0x1000, 0x2000, extra),
		  -EEXIST);
	CHECK_RET(set_region(&g, 8, 0, EXTRA_BASE + 0x1000, 0x1000, extra), -EEXIST);
	CHECK_RET(set_region(&g, 8, 0, EXTRA_BASE - 0x1000, EXTRA_SIZE * 2, extra), -EEXIST);
	/* Neighbours on both sides are fine; the same host memory twice, too. */
	OK(set_region(&g, 8, 0, EXTRA_BASE - 0x1000, 0x1000, extra));
	OK(set_region(&g, 9, 0, EXTRA_BASE + EXTRA_SIZE, 0x1000, extra));
	poke_write(&g, EXTRA_BASE - 0x1000, 77);
	CHECK_EQ(poke_read(&g, EXTRA_BASE + EXTRA_SIZE), 77);
}

/* Each of these is EINVAL and leaves slot 7 as it is. */
static void test_region_bad_input(void)
{
	char *extra = anonymous(EXTRA_SIZE);
	struct guest g;
	int max;

	poke_create(&g);
	max = OK(hull_vm_check_capability(g.vm, KVM_CAP_NR_MEMSLOTS));
	OK(set_region(&g, 7, 0, EXTRA_BASE, EXTRA_SIZE, extra));
	poke_write(&g, EXTRA_BASE, 5);
#define REFUSED(...) CHECK_RET(set_region(&g, __VA_ARGS__), -EINVAL)
	REFUSED(8, 0, EXTRA_BASE * 2 + 1, 0x1000, extra);
	REFUSED(8, 0, EXTRA_BASE * 2, 0x1001, extra);
	REFUSED(8, 0, EXTRA_BASE * 2, 0x800, extra);
	REFUSED(8, 0, EXTRA_BASE * 2, 0x1000, extra + 1);
	REFUSED(8, 1 << 2, EXTRA_BASE * 2, 0x1000, extra);
	REFUSED(8, 1 << 3, EXTRA_BASE * 2, 0x1000, extra);
	REFUSED(8, 1 << 4, EXTRA_BASE * 2, 0x1000, extra);
	REFUSED(8, 1U << 31, EXTRA_BASE * 2, 0x1000, extra);
	REFUSED(8, 0, 0xfffffffffffff000, 0x2000, extra);
	REFUSED(8, 0, EXTRA_BASE * 2, 0x1000, (void *)0xffffffff80000000);
	REFUSED(8, 0, EXTRA_BASE * 2, 0x1000, (void *)0x8000000000000000);
	REFUSED(max, 0, EXTRA_BASE * 2, 0x1000, extra);
	REFUSED(8, 0, 0, 0, NULL);			/* delete what is not there */
	REFUSED(7, 0, EXTRA_BASE, EXTRA_SIZE * 2, extra);	/* resize */
	REFUSED(7, 0, EXTRA_BASE, EXTRA_SIZE, extra - 0x1000);	/* other memory */
	REFUSED(7, KVM_MEM_READONLY, EXTRA_BASE, EXTRA_SIZE, extra);
	REFUSED(7 | 7 << 16, 0, EXTRA_BASE * 2, 0x1000, extra);	/* address space 7 */
#undef REFUSED
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_SET_USER_MEMORY_REGION, NULL) == -1);
	CHECK_EQ(errno, EFAULT);
	CHECK_EQ(poke_read(&g, EXTRA_BASE), 5);
	expect_mmio_read(&g, 0, EXTRA_BASE * 2);
	OK(set_region(&g, max - 1, 0, EXTRA_BASE * 2, 0x1000, extra));
	CHECK_EQ(poke_read(&g, EXTRA_BASE * 2), 5);
}

static void test_region2(void)
{
	struct kvm_userspace_memory_region2 region = {
		.slot = 7, .guest_phys_addr = EXTRA_BASE, .memory_size = EXTRA_SIZE,
		.userspace_addr = (uintptr_t)anonymous(EXTRA_SIZE),
	};
	struct guest g;

	poke_create(&g);
	if (!hull_vm_check_capability(g.vm, KVM_CAP_USER_MEMORY2)) {
		CHECK_RET(hull_vm_set_user_memory_region2(g.vm, &region), -ENOTTY);
		SKIP("no KVM_CAP_USER_MEMORY2, and its ioctl is unknown");
	}
	OK(hull_vm_set_user_memory_region2(g.vm, &region));
	poke_write(&g, EXTRA_BASE, 11);
	CHECK_EQ(poke_read(&g, EXTRA_BASE), 11);
	region.slot = 8;
	CHECK_RET(hull_vm_set_user_memory_region2(g.vm, &region), -EEXIST);
	region.guest_phys_addr = EXTRA_BASE * 2;
	region.flags = 1 << 3;
	CHECK_RET(hull_vm_set_user_memory_region2(g.vm, &region), -EINVAL);
	region.flags = 1 << 2;	/* a guest memory file, of which there is none */
	CHECK_RET(hull_vm_set_user_memory_region2(g.vm, &region), -EINVAL);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_SET_USER_MEMORY_REGION2, NULL) == -1);
	CHECK_EQ(errno, EFAULT);
	region.slot = 7;
	region.flags = 0;
	region.memory_size = 0;
	OK(hull_vm_set_user_memory_region2(g.vm, &region));
	expect_mmio_read(&g, 0, EXTRA_BASE);
}

static void test_read_only_region(void)
{
	uint64_t *extra = anonymous(EXTRA_SIZE), value = 0xbad;
	struct guest g;

	poke_create(&g);
	extra[0] = 0x600d;
	OK(hull_vm_add_memory_region(g.vm, EXTRA_BASE, extra, EXTRA_SIZE,
				     KVM_MEM_READONLY));
	CHECK_EQ(poke_read(&g, EXTRA_BASE), 0x600d);
	CHECK_RET(poke_on(&g, 0, POKE_WRITE64, EXTRA_BASE, &value), KVM_EXIT_MMIO);
	CHECK_EQ(g.run->mmio.phys_addr, EXTRA_BASE);
	CHECK_EQ(g.run->mmio.is_write, 1);
	CHECK_EQ(g.run->mmio.len, 8);
	CHECK_EQ(*(uint64_t *)g.run->mmio.data, 0xbad);
	CHECK_RET(poke_on(&g, 0, POKE_OPS, 0, NULL), 0);
	CHECK_EQ(extra[0], 0x600d);
	CHECK_EQ(poke_read(&g, EXTRA_BASE), 0x600d);
	/* The owner may write; the guest sees it. */
	extra[0] = 0x600e;
	CHECK_EQ(poke_read(&g, EXTRA_BASE), 0x600e);
}

/* A mapping that the owner itself may only read serves a read-only slot. */
static void test_read_only_mapping(void)
{
	uint64_t *extra = mmap(NULL, EXTRA_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);
	struct guest g;

	CHECK(extra != MAP_FAILED);
	poke_create(&g);
	OK(hull_vm_add_memory_region(g.vm, EXTRA_BASE, extra, EXTRA_SIZE,
				     KVM_MEM_READONLY));
	CHECK_EQ(poke_read(&g, EXTRA_BASE), 0);
}

static void test_nr_memslots(void)
{
	void *page = anonymous(0x1000);
	struct guest g;
	int i, max;

	poke_create(&g);
	max = OK(hull_vm_check_capability(g.vm, KVM_CAP_NR_MEMSLOTS));
	if (tap_env("HULL_TEST_SHORT", 0))
		SKIP("filling %d slots is for the long run", max);
	for (i = 1; i < max; i++)
		CHECK_RET(set_region(&g, i, 0, 0x100000000 + i * 0x1000ULL, 0x1000, page), 0);
	CHECK_RET(set_region(&g, max, 0, 0x200000000, 0x1000, page), -EINVAL);
	poke_write(&g, DATA_BASE, 3);
	CHECK_EQ(poke_read(&g, DATA_BASE), 3);
}

static void test_vm_msync_memory_region(void)
{
	char path[] = "/tmp/hull-msync-XXXXXX";
	uint64_t value = 0;
	struct guest g;
	int fd, slot;
	void *map;

	fd = SYS(mkstemp(path));
	unlink(path);
	SYS(ftruncate(fd, EXTRA_SIZE));
	map = mmap(NULL, EXTRA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	poke_create(&g);
	slot = OK(hull_vm_add_memory_region(g.vm, EXTRA_BASE, map, EXTRA_SIZE, 0));
	poke_write(&g, EXTRA_BASE + 0x2000, 0xf11e);
	OK(hull_vm_msync_memory_region(g.vm, slot, 0, EXTRA_SIZE));
	CHECK_EQ(SYS(pread(fd, &value, sizeof(value), 0x2000)), sizeof(value));
	CHECK_EQ(value, 0xf11e);
	/* After write-back the page is clean; the next write must make it dirty. */
	poke_write(&g, EXTRA_BASE + 0x2000, 0xf11f);
	OK(hull_vm_msync_memory_region(g.vm, slot, 0, EXTRA_SIZE));
	SYS(pread(fd, &value, sizeof(value), 0x2000));
	CHECK_EQ(value, 0xf11f);
	CHECK_RET(hull_vm_msync_memory_region(g.vm, slot, EXTRA_SIZE, 1), -EINVAL);
	CHECK_RET(hull_vm_msync_memory_region(g.vm, slot + 1, 0, 1), -ENOENT);
}

/* An address that no guest-physical address of this width can reach. */
static void test_vm_get_guest_phys_addr_bits(void)
{
	struct kvm_regs regs;
	struct guest g;
	struct frame f;
	int bits;

	poke_create(&g);
	bits = OK(hull_get_guest_phys_addr_bits(g.sys));
	if (bits > 51)
		SKIP("all %d bits of a page-table entry's address are valid", bits);
	/* Map 2 MiB at 1 GiB to the first address above: a reserved bit. */
	store64(&g, PD_BASE + 512 * 8, 1ULL << bits | 0x87);
	CHECK_RET(poke_on(&g, 0, POKE_READ64, 0x40000000, &(uint64_t){ 0 }), KVM_EXIT_IO);
	CHECK_EQ(g.run->io.port, PORT_EXCEPTION);
	guest_get_regs(&g, &regs);
	memcpy(&f, g.ram + regs.rsp, sizeof(f));
	CHECK_EQ(f.vector, 14);
	CHECK_EQ(f.error & 8, 8);	/* reserved bit; the P bit differs between emulators */
}

static const struct test tests[] = {
	{ "vm_add_memory_region", test_vm_add_memory_region },
	{ "vm_remove_memory_region", test_vm_remove_memory_region },
	{ "move_region", test_move_region },
	{ "region_overlap", test_region_overlap },
	{ "region_bad_input", test_region_bad_input },
	{ "region2", test_region2 },
	{ "read_only_region", test_read_only_region },
	{ "read_only_mapping", test_read_only_mapping },
	{ "vm_msync_memory_region", test_vm_msync_memory_region },
	{ "vm_get_guest_phys_addr_bits", test_vm_get_guest_phys_addr_bits },
	{ "nr_memslots", test_nr_memslots, 120 },
};

TAP_MAIN(tests)
