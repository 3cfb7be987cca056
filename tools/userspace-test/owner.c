// SPDX-License-Identifier: GPL-2.0-only
/* The guest's memory follows its owner's address space: guest at rest. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "poke.h"

#define EXTRA_BASE	0x1000000
#define EXTRA_SIZE	0x10000

struct extra {
	struct guest g;
	uint8_t *memory;
	int slot;
};

static void extra_create(struct extra *e, int flags)
{
	poke_create(&e->g);
	e->memory = mmap(NULL, EXTRA_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags,
			 -1, 0);
	CHECK(e->memory != MAP_FAILED);
	e->slot = OK(hull_vm_add_memory_region(e->g.vm, EXTRA_BASE, e->memory, EXTRA_SIZE,
					       0));
}

static uint64_t *word(struct extra *e, uint64_t offset)
{
	return (uint64_t *)(e->memory + offset);
}

static int new_file(size_t size, uint64_t fill)
{
	int fd = SYS(memfd_create("hull-test", 0));
	size_t at;

	SYS(ftruncate(fd, size));
	for (at = 0; at < size; at += 4096)
		SYS(pwrite(fd, &fill, sizeof(fill), at));
	return fd;
}

static void check_removed(int flags)
{
	struct extra e;

	extra_create(&e, flags);
	poke_write(&e.g, EXTRA_BASE, 1);
	poke_write(&e.g, EXTRA_BASE + 0x3000, 2);
	OK(hull_vm_madvise_remove_memory_region(e.g.vm, e.slot, 0, 0x2000));
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE), 0);
	CHECK_EQ(*word(&e, 0), 0);
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE + 0x3000), 2);
	/* From here on both see the new page. */
	poke_write(&e.g, EXTRA_BASE, 3);
	CHECK_EQ(*word(&e, 0), 3);
	*word(&e, 8) = 4;
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE + 8), 4);
	CHECK_RET(hull_vm_madvise_remove_memory_region(e.g.vm, e.slot, 0, EXTRA_SIZE + 1),
		  -EINVAL);
}

static void test_vm_madvise_remove_memory_region(void)
{
	check_removed(MAP_PRIVATE);
	check_removed(MAP_SHARED);
}

static void test_vm_add_fd_mapping(void)
{
	int fd = new_file(0x4000, 0xf11e);
	uint64_t value;
	struct extra e;

	extra_create(&e, MAP_PRIVATE);
	poke_write(&e.g, EXTRA_BASE + 0x2000, 1);
	OK(hull_vm_add_fd_mapping(e.g.vm, e.slot, 0x2000, 0x2000, fd, 0x1000,
				  PROT_READ | PROT_WRITE));
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE + 0x2000), 0xf11e);
	poke_write(&e.g, EXTRA_BASE + 0x2008, 0xabc);
	SYS(pread(fd, &value, sizeof(value), 0x1008));
	CHECK_EQ(value, 0xabc);
	value = 0xdef;
	SYS(pwrite(fd, &value, sizeof(value), 0x2000));
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE + 0x3000), 0xdef);
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE + 0x4000), 0);
	CHECK_RET(hull_vm_add_fd_mapping(e.g.vm, e.slot, EXTRA_SIZE, 0x1000, fd, 0,
					 PROT_READ), -EINVAL);
}

static void test_vm_remove_mapping(void)
{
	uint64_t value = 0;
	struct extra e;

	extra_create(&e, MAP_PRIVATE);
	poke_write(&e.g, EXTRA_BASE + 0x2000, 1);
	OK(hull_vm_remove_mapping(e.g.vm, e.slot, 0x2000, 0x1000));
	CHECK_RET(poke_on(&e.g, 0, POKE_READ64, EXTRA_BASE + 0x2000, &value), -EFAULT);
	/* The guest goes on once there is memory again. */
	OK(hull_vm_add_fd_mapping(e.g.vm, e.slot, 0x2000, 0x1000, new_file(0x1000, 7), 0,
				  PROT_READ | PROT_WRITE));
	CHECK_RET(poke_on(&e.g, 0, POKE_OPS, 0, &value), 0);
	CHECK_EQ(value, 7);
}

static void test_vm_handle_balloon_event(void)
{
	unsigned char resident[2];
	struct extra e;

	extra_create(&e, MAP_PRIVATE);
	poke_write(&e.g, EXTRA_BASE, 1);
	poke_write(&e.g, EXTRA_BASE + 0x1000, 1);
	OK(hull_vm_handle_balloon_event(e.g.vm, HULL_BALLOON_INFLATE, EXTRA_BASE, 0x2000));
	SYS(mincore(e.memory, 0x2000, resident));
	CHECK(!(resident[0] & 1) && !(resident[1] & 1));
	OK(hull_vm_handle_balloon_event(e.g.vm, HULL_BALLOON_DEFLATE, EXTRA_BASE, 0x2000));
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE), 0);
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE + 0x1000), 0);
	CHECK_RET(hull_vm_handle_balloon_event(e.g.vm, HULL_BALLOON_INFLATE, MMIO_BASE,
					       0x1000), -EFAULT);
}

static void test_munmap(void)
{
	uint64_t value = 0;
	struct extra e;

	extra_create(&e, MAP_PRIVATE);
	poke_write(&e.g, EXTRA_BASE, 1);
	SYS(munmap(e.memory, EXTRA_SIZE));
	CHECK_RET(poke_on(&e.g, 0, POKE_READ64, EXTRA_BASE, &value), -EFAULT);
	/* The instruction has not been skipped: it is repeated on the new memory. */
	CHECK(mmap(e.memory, EXTRA_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == e.memory);
	*word(&e, 0) = 9;
	CHECK_RET(poke_on(&e.g, 0, POKE_OPS, 0, &value), 0);
	CHECK_EQ(value, 9);
}

static void test_mprotect(void)
{
	uint64_t value = 2;
	struct extra e;

	extra_create(&e, MAP_PRIVATE);
	poke_write(&e.g, EXTRA_BASE, 1);
	SYS(mprotect(e.memory, EXTRA_SIZE, PROT_READ));
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE), 1);
	CHECK_RET(poke_on(&e.g, 0, POKE_WRITE64, EXTRA_BASE, &value), -EFAULT);
	CHECK_EQ(*word(&e, 0), 1);
	SYS(mprotect(e.memory, EXTRA_SIZE, PROT_READ | PROT_WRITE));
	CHECK_RET(poke_on(&e.g, 0, POKE_OPS, 0, NULL), 0);
	CHECK_EQ(*word(&e, 0), 2);
	SYS(mprotect(e.memory, EXTRA_SIZE, PROT_NONE));
	CHECK_RET(poke_on(&e.g, 0, POKE_READ64, EXTRA_BASE, &value), -EFAULT);
	SYS(mprotect(e.memory, EXTRA_SIZE, PROT_READ | PROT_WRITE));
	CHECK_RET(poke_on(&e.g, 0, POKE_OPS, 0, &value), 0);
	CHECK_EQ(value, 2);
}

/* A read of untouched private memory must not pin the page of zeros. */
static void test_zero_page(void)
{
	struct extra e;

	extra_create(&e, MAP_PRIVATE);
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE), 0);
	*word(&e, 0) = 5;	/* breaks copy-on-write in the host */
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE), 5);
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE + 0x1000), 0);
	poke_write(&e.g, EXTRA_BASE + 0x1000, 6);
	CHECK_EQ(*word(&e, 0x1000), 6);
}

/* A private file mapping: the file never sees the guest's writes. */
static void test_private_file(void)
{
	int fd = new_file(EXTRA_SIZE, 0xf11e);
	uint64_t value;
	struct extra e;

	extra_create(&e, MAP_PRIVATE);
	CHECK(mmap(e.memory, EXTRA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
		   fd, 0) == e.memory);
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE), 0xf11e);
	poke_write(&e.g, EXTRA_BASE, 1);
	CHECK_EQ(*word(&e, 0), 1);
	SYS(pread(fd, &value, sizeof(value), 0));
	CHECK_EQ(value, 0xf11e);
}

/* Past the end of its file a mapping has no pages. */
static void test_truncated_file(void)
{
	int fd = new_file(EXTRA_SIZE, 3);
	uint64_t value = 0;
	struct extra e;

	extra_create(&e, MAP_PRIVATE);
	OK(hull_vm_add_fd_mapping(e.g.vm, e.slot, 0, EXTRA_SIZE, fd, 0,
				  PROT_READ | PROT_WRITE));
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE + 0x5000), 3);
	SYS(ftruncate(fd, 0x1000));
	CHECK_RET(poke_on(&e.g, 0, POKE_READ64, EXTRA_BASE + 0x5000, &value), -EFAULT);
	SYS(ftruncate(fd, EXTRA_SIZE));
	CHECK_RET(poke_on(&e.g, 0, POKE_OPS, 0, &value), 0);
	CHECK_EQ(value, 0);
}

static void test_hugetlb(void)
{
	const size_t size = 2UL << 20;
	struct extra e;
	void *huge;

	if (!write_text("/proc/sys/vm/nr_hugepages", "4"))
		tap_diag("nr_hugepages: %s", strerror(errno));
	huge = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (huge == MAP_FAILED)
		SKIP("no huge pages: %s", strerror(errno));
	poke_create(&e.g);
	OK(hull_vm_add_memory_region(e.g.vm, EXTRA_BASE, huge, size, 0));
	poke_write(&e.g, EXTRA_BASE, 1);
	poke_write(&e.g, EXTRA_BASE + size - 8, 2);
	CHECK_EQ(*(uint64_t *)huge, 1);
	CHECK_EQ(((uint64_t *)huge)[size / 8 - 1], 2);
	SYS(madvise(huge, size, MADV_DONTNEED));
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE), 0);
	poke_write(&e.g, EXTRA_BASE, 4);
	CHECK_EQ(*(uint64_t *)huge, 4);
}

static unsigned long read_number(const char *path)
{
	unsigned long number = 0;
	FILE *file = fopen(path, "r");

	if (file && fscanf(file, "%lu", &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

#define KSM	"/sys/kernel/mm/ksm/"

/* Pages merged by the kernel are the guest's own again when it writes. */
static void test_merged_pages(void)
{
	unsigned int i, tries = 0;
	struct extra e;

	extra_create(&e, MAP_PRIVATE);
	for (i = 0; i < EXTRA_SIZE / 4096; i++) {
		memset(e.memory + i * 4096, 0x5a, 4096);
		CHECK_EQ(poke_read(&e.g, EXTRA_BASE + i * 4096), 0x5a5a5a5a5a5a5a5a);
		poke_write(&e.g, EXTRA_BASE + i * 4096, 0x5a5a5a5a5a5a5a5a);
	}
	if (madvise(e.memory, EXTRA_SIZE, MADV_MERGEABLE) ||
	    !write_text(KSM "pages_to_scan", "1000") ||
	    !write_text(KSM "sleep_millisecs", "5") || !write_text(KSM "run", "1"))
		SKIP("no merging of pages: %s", strerror(errno));
	while (read_number(KSM "pages_sharing") < EXTRA_SIZE / 4096 / 2 && tries++ < 1000)
		usleep(10000);
	write_text(KSM "run", "0");
	if (tries >= 1000)
		SKIP("the kernel merged nothing");
	poke_write(&e.g, EXTRA_BASE + 0x3000, 7);
	for (i = 0; i < EXTRA_SIZE / 4096; i++)
		CHECK_EQ(poke_read(&e.g, EXTRA_BASE + i * 4096),
			 i == 3 ? 7 : 0x5a5a5a5a5a5a5a5a);
	CHECK_EQ(*word(&e, 0x3000), 7);
	*word(&e, 0x4000) = 8;
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE + 0x4000), 8);
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE + 0x5000), 0x5a5a5a5a5a5a5a5a);
}

/* A mapping that moves leaves nothing behind. */
static void test_mremap(void)
{
	uint64_t value = 0;
	struct extra e;
	uint8_t *moved;

	extra_create(&e, MAP_PRIVATE);
	poke_write(&e.g, EXTRA_BASE, 1);
	moved = mremap(e.memory, EXTRA_SIZE, EXTRA_SIZE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
		       NULL);
	CHECK(moved != MAP_FAILED && moved != e.memory);
	CHECK_EQ(poke_read(&e.g, EXTRA_BASE), 0);
	poke_write(&e.g, EXTRA_BASE, 2);
	CHECK_EQ(*(uint64_t *)moved, 1);
	CHECK_EQ(*word(&e, 0), 2);
	SYS(munmap(e.memory, EXTRA_SIZE));
	CHECK(mremap(moved, EXTRA_SIZE, EXTRA_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
		     e.memory) == e.memory);
	CHECK_RET(poke_on(&e.g, 0, POKE_READ64, EXTRA_BASE, &value), 0);
	CHECK_EQ(value, 1);
}

static const struct test tests[] = {
	{ "vm_madvise_remove_memory_region", test_vm_madvise_remove_memory_region },
	{ "vm_add_fd_mapping", test_vm_add_fd_mapping },
	{ "vm_remove_mapping", test_vm_remove_mapping },
	{ "vm_handle_balloon_event", test_vm_handle_balloon_event },
	{ "munmap", test_munmap },
	{ "mprotect", test_mprotect },
	{ "zero_page", test_zero_page },
	{ "private_file", test_private_file },
	{ "truncated_file", test_truncated_file },
	{ "hugetlb", test_hugetlb },
	{ "merged_pages", test_merged_pages },
	{ "mremap", test_mremap },
};

TAP_MAIN(tests)
