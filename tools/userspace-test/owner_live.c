// SPDX-License-Identifier: GPL-2.0-only
/* The guest's memory follows its owner while two vCPUs write to it. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "owner.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

static unsigned int rounds(void)
{
	return tap_env("HULL_TEST_ROUNDS", 30);
}

static void begin(struct owned *o, int flags)
{
	owned_create(o, owned_map(flags));
	owned_start(o, false);
	owned_all_coherent(o);
}

static void test_madvise_dontneed(void)
{
	struct owned o;
	unsigned int i;

	begin(&o, MAP_PRIVATE);
	for (i = 0; i < rounds(); i++) {
		SYS(madvise(o.memory + i % 7 * 8192, OWNED_SIZE / 2, MADV_DONTNEED));
		owned_coherent(&o, i % OWNED_PAGES);
	}
	owned_all_coherent(&o);
	owned_stop(&o);
}

static void test_mmap_over(void)
{
	struct owned o;
	unsigned int i;
	void *at;

	begin(&o, MAP_PRIVATE);
	for (i = 0; i < rounds(); i++) {
		at = o.memory + i % 64 * 8192;
		CHECK(mmap(at, 64 * 4096, PROT_READ | PROT_WRITE,
			   (i & 1 ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_FIXED,
			   -1, 0) == at);
		owned_coherent(&o, (i % 64) * 2 + 5);
	}
	owned_all_coherent(&o);
	owned_stop(&o);
}

/* Gone for a while: KVM_RUN answers EFAULT, and then finds the new memory. */
static void test_munmap_and_back(void)
{
	struct owned o;
	unsigned int i;
	void *at;

	owned_create(&o, owned_map(MAP_PRIVATE));
	owned_start(&o, true);
	owned_all_coherent(&o);
	for (i = 0; i < rounds(); i++) {
		at = o.memory + i % 64 * 8192;
		SYS(munmap(at, 64 * 4096));
		usleep(500);
		CHECK(mmap(at, 64 * 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
		owned_coherent(&o, (i % 64) * 2 + 5);
	}
	owned_all_coherent(&o);
	owned_stop(&o);
}

/*
 * While a page is read-only its count stands still, and nothing written before
 * is lost. KVM_RUN answers EFAULT for as long.
 */
static void test_mprotect_and_back(void)
{
	uint64_t before;
	struct owned o;
	unsigned int i;

	owned_create(&o, owned_map(MAP_PRIVATE));
	owned_start(&o, true);
	owned_all_coherent(&o);
	for (i = 0; i < rounds(); i++) {
		SYS(mprotect(o.memory, OWNED_SIZE, PROT_READ));
		before = owned_count(&o, i);
		usleep(1000);
		CHECK_EQ(owned_count(&o, i), before);
		SYS(mprotect(o.memory, OWNED_SIZE, PROT_READ | PROT_WRITE));
		owned_coherent(&o, i % OWNED_PAGES);
		CHECK(owned_count(&o, i) >= before);
	}
	owned_all_coherent(&o);
	owned_stop(&o);
}

/* The child's copy stands still; the guest goes on in the owner's. */
static void watch_copy(const struct owned *o)
{
	uint64_t first[OWNED_PAGES];
	unsigned int i;

	for (i = 0; i < OWNED_PAGES; i++)
		first[i] = owned_count(o, i);
	usleep(20000);
	for (i = 0; i < OWNED_PAGES; i++)
		if (owned_count(o, i) != first[i])
			_exit(1);
	_exit(0);
}

static void test_fork_of_the_owner(void)
{
	const unsigned int forks = rounds() / 5 + 1;
	struct owned o;
	unsigned int i;
	int status;
	pid_t pid;

	begin(&o, MAP_PRIVATE);
	for (i = 0; i < forks; i++) {
		pid = SYS(fork());
		if (!pid)
			watch_copy(&o);
		owned_all_coherent(&o);
		SYS(waitpid(pid, &status, 0));
		if (status)
			FAIL("the guest wrote to the child's copy");
	}
	owned_all_coherent(&o);
	owned_stop(&o);
}

/* Memory that no guest has seen: what the kernel refuses here it refuses to all. */
static bool collapses_without_guest(void)
{
	uint8_t *memory = mmap(NULL, OWNED_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	memset(memory, 1, OWNED_SIZE);
	return !madvise(memory, OWNED_SIZE, MADV_COLLAPSE);
}

static void test_huge_collapse_and_split(void)
{
	struct owned o;
	unsigned int i, collapsed = 0;

	begin(&o, MAP_PRIVATE);
	if (madvise(o.memory, OWNED_SIZE, MADV_HUGEPAGE))
		SKIP("no transparent huge pages: %s", strerror(errno));
	for (i = 0; i < rounds(); i++) {
		if (!madvise(o.memory, OWNED_SIZE, MADV_COLLAPSE))
			collapsed++;
		owned_coherent(&o, i * 7 % OWNED_PAGES);
		/* Splits the mapping; the counts must survive. */
		SYS(mprotect(o.memory + 4096 * (i % 100), 4096, PROT_READ | PROT_WRITE));
		SYS(madvise(o.memory + 4096 * 101, 4096, MADV_DONTNEED));
		owned_coherent(&o, i * 11 % OWNED_PAGES);
	}
	owned_all_coherent(&o);
	owned_stop(&o);
	if (!collapsed) {
		if (collapses_without_guest())
			FAIL("the kernel collapsed nothing of what a guest uses");
		SKIP("the kernel collapses nothing: %s", strerror(errno));
	}
}

/* A RAM disk of the kernel's zram module, where there is one. */
static bool zram_disk(char *device, size_t size)
{
	char path[96], id[16] = { 0 };
	int fd;

	if (system("modprobe zram 2>/dev/null"))
		return false;
	fd = open("/sys/class/zram-control/hot_add", O_RDONLY);
	if (fd < 0)
		return false;
	if (read(fd, id, sizeof(id) - 1) <= 0)
		id[0] = '\0';
	close(fd);
	snprintf(path, sizeof(path), "/sys/block/zram%d/disksize", atoi(id));
	snprintf(device, size, "/dev/zram%d", atoi(id));
	return id[0] && write_text(path, "64M");
}

/* The device that is now a swap area: what the rig gave the machine for this, or zram. */
static const char *add_swap(void)
{
	static char device[64] = "/dev/rig-swap";
	char header[4096] = { 0 };
	uint32_t *info = (uint32_t *)(header + 1024);
	bool written;
	int fd;

	if (access(device, W_OK) && !zram_disk(device, sizeof(device)))
		return NULL;
	info[0] = 1;				/* version */
	info[1] = (64 << 20) / 4096 - 1;	/* last page */
	memcpy(header + 4096 - 10, "SWAPSPACE2", 10);
	fd = open(device, O_WRONLY);
	if (fd < 0)
		return NULL;
	written = write(fd, header, sizeof(header)) == sizeof(header) && !fsync(fd);
	close(fd);
	return written && !swapon(device, 0) ? device : NULL;
}

static bool swapped_out(const uint8_t *memory)
{
	uint64_t entry = 0;
	int fd = SYS(open("/proc/self/pagemap", O_RDONLY));

	SYS(pread(fd, &entry, sizeof(entry), (uintptr_t)memory / 4096 * 8));
	close(fd);
	return entry >> 62 & 1;
}

/* Referenced pages may stay the first time. */
static bool pages_out(uint8_t *memory)
{
	unsigned int try, i;

	for (try = 0; try < 3; try++) {
		SYS(madvise(memory, OWNED_SIZE, MADV_PAGEOUT));
		for (i = 0; i < OWNED_PAGES; i++)
			if (swapped_out(memory + i * 4096))
				return true;
	}
	return false;
}

static bool pages_out_without_guest(void)
{
	uint8_t *memory = mmap(NULL, OWNED_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	memset(memory, 1, OWNED_SIZE);
	return pages_out(memory);
}

static void test_vm_madvise_pageout_memory_region(void)
{
	const char *swap = add_swap();
	bool out, others;
	struct owned o;
	unsigned int i;

	if (!swap)
		SKIP("no swap could be added: %s", strerror(errno));
	begin(&o, MAP_PRIVATE);
	for (i = 0; i < rounds(); i++) {
		OK(hull_vm_madvise_pageout_memory_region(o.g.vm, o.slot, 0, OWNED_SIZE));
		owned_coherent(&o, i * 13 % OWNED_PAGES);
	}
	owned_all_coherent(&o);
	owned_stop(&o);

	/* And at rest, where it can be seen that the pages were really out */
	out = pages_out(o.memory);
	others = out || pages_out_without_guest();
	swapoff(swap);
	owned_check(&o);
	if (!out) {
		if (others)
			FAIL("the kernel paged nothing out of what a guest uses");
		SKIP("the kernel pages nothing out");
	}
}

static unsigned long pages_swapped_out(void)
{
	unsigned long pages = 0;
	char line[128];
	FILE *file = fopen("/proc/vmstat", "r");

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "pswpout %lu", &pages) == 1)
			break;
	fclose(file);
	return pages;
}

#define CGROUP	"/sys/fs/cgroup/hull-test"

/* Reclaim picks pages by their age, as under pressure, in a group of its own. */
static void test_reclaim(void)
{
	const char *swap = add_swap();
	unsigned long before;
	struct owned o;
	unsigned int i;

	if (!swap)
		SKIP("no swap could be added: %s", strerror(errno));
	if (tap_env("HULL_TEST_SHORT", 0) > 1) {
		swapoff(swap);
		SKIP("takes many minutes on a slow machine");
	}
	if (!write_text("/sys/fs/cgroup/cgroup.subtree_control", "+memory") ||
	    (mkdir(CGROUP, 0755) && errno != EEXIST) ||
	    access(CGROUP "/memory.reclaim", W_OK)) {
		swapoff(swap);
		SKIP("no memory.reclaim: %s", strerror(errno));
	}
	CHECK(write_text(CGROUP "/cgroup.procs", "0"));
	before = pages_swapped_out();
	begin(&o, MAP_PRIVATE);
	for (i = 0; i < rounds(); i++) {
		/* It fails when less can be reclaimed than was asked for. */
		write_text(CGROUP "/memory.reclaim", "1M");
		owned_coherent(&o, i * 13 % OWNED_PAGES);
	}
	owned_all_coherent(&o);
	owned_stop(&o);
	tap_diag("%lu pages went to swap", pages_swapped_out() - before);
	CHECK(pages_swapped_out() > before);
	CHECK(write_text("/sys/fs/cgroup/cgroup.procs", "0"));
	swapoff(swap);
	rmdir(CGROUP);
}

static const struct test tests[] = {
	{ "live_madvise_dontneed", test_madvise_dontneed, 120 },
	{ "live_mmap_over", test_mmap_over, 120 },
	{ "live_munmap_and_back", test_munmap_and_back, 120 },
	{ "live_mprotect_and_back", test_mprotect_and_back, 120 },
	{ "live_fork_of_the_owner", test_fork_of_the_owner, 120 },
	{ "live_huge_collapse_and_split", test_huge_collapse_and_split, 120 },
	{ "vm_madvise_pageout_memory_region", test_vm_madvise_pageout_memory_region, 120 },
	{ "live_reclaim", test_reclaim, 120 },
};

TAP_MAIN(tests)
