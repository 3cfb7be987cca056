// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life cycles in great number, and that nothing is left of them.
 *
 * Leaks are looked for in two equal batches after a warm-up. Caches, per-CPU
 * lists and deferred frees make the counts noisy, but their noise does not grow
 * with the number of VMs: what counts is growth in both batches. A page lost
 * per VM is twice the tolerance, an object lost per VM in some slab cache too.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "poke.h"
#include "thread.h"

#define MAX_CACHES	512

struct cache {
	char name[48];
	long objects;
};

struct memory {
	long kernel_kb;		/* what neither users nor caches of files hold */
	char meminfo[8192];
	unsigned int nr;
	struct cache caches[MAX_CACHES];
};

static long meminfo(const char *text, const char *field)
{
	const char *at = strstr(text, field);

	return at ? strtol(at + strlen(field), NULL, 10) : 0;
}

static void read_slabinfo(struct memory *m)
{
	char line[512];
	FILE *file = fopen("/proc/slabinfo", "r");

	m->nr = 0;
	if (!file)
		return;
	while (m->nr < MAX_CACHES && fgets(line, sizeof(line), file))
		if (sscanf(line, "%47s %ld", m->caches[m->nr].name,
			   &m->caches[m->nr].objects) == 2)
			m->nr++;
	fclose(file);
}

/* Free pages on the lists of CPUs, which MemFree does not count. */
static long per_cpu_free_kb(void)
{
	long pages = 0, count;
	char line[256];
	FILE *file = fopen("/proc/zoneinfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " count: %ld", &count) == 1)
			pages += count;
	if (file)
		fclose(file);
	return pages * 4;
}

static void measure(struct memory *m)
{
	char *text = m->meminfo;
	int fd;

	/* Time for RCU and for work queues; then what is only cached goes. */
	usleep(1500000);
	if (!write_text("/proc/sys/vm/drop_caches", "3"))
		tap_diag("drop_caches: %s", strerror(errno));
	usleep(200000);
	memset(text, 0, sizeof(m->meminfo));
	fd = SYS(open("/proc/meminfo", O_RDONLY));
	SYS(read(fd, text, sizeof(m->meminfo) - 1));
	close(fd);
	m->kernel_kb = meminfo(text, "MemTotal:") - meminfo(text, "MemFree:") -
		       per_cpu_free_kb() -
		       meminfo(text, "Buffers:") - meminfo(text, "\nCached:") -
		       meminfo(text, "AnonPages:") - meminfo(text, "SReclaimable:") -
		       meminfo(text, "SwapCached:");
	read_slabinfo(m);
}

static long growth(const struct memory *from, const struct memory *to, const char *name)
{
	long before = 0, after = 0;
	unsigned int i;

	for (i = 0; i < from->nr; i++)
		if (!strcmp(from->caches[i].name, name))
			before = from->caches[i].objects;
	for (i = 0; i < to->nr; i++)
		if (!strcmp(to->caches[i].name, name))
			after = to->caches[i].objects;
	return after - before;
}

static void print_fields(const struct memory m[3])
{
	static const char *const fields[] = {
		"MemFree:", "\nCached:", "AnonPages:", "Slab:", "SReclaimable:", "KernelStack:",
		"PageTables:", "SecPageTables:", "VmallocUsed:", "Percpu:",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		tap_diag("%s %ld, %ld, %ld kB", fields[i] + (fields[i][0] == '\n'),
			 meminfo(m[0].meminfo, fields[i]), meminfo(m[1].meminfo, fields[i]),
			 meminfo(m[2].meminfo, fields[i]));
}

/* Address ranges of vmalloc() are given back in bulk, by design. */
static bool freed_in_bulk(const char *cache)
{
	return !strcmp(cache, "vmap_area");
}

static void compare(const struct memory m[3], long batch)
{
	long first = m[1].kernel_kb - m[0].kernel_kb, second = m[2].kernel_kb - m[1].kernel_kb;
	unsigned int i;

	if (first > batch * 2 && second > batch * 2) {
		print_fields(m);
		FAIL("%ld VMs left %ld kB, %ld more left %ld kB", batch, first, batch, second);
	}
	for (i = 0; i < m[2].nr; i++) {
		const char *name = m[2].caches[i].name;

		if (freed_in_bulk(name))
			continue;
		first = growth(&m[0], &m[1], name);
		second = growth(&m[1], &m[2], name);
		if (first > batch / 2 && second > batch / 2)
			FAIL("%ld VMs left %ld objects in %s, %ld more left %ld", batch, first,
			     name, batch, second);
	}
}

static bool freed_stays_for_a_while(void)
{
	char line[256];
	bool found = false;
	FILE *file = fopen("/proc/kallsyms", "r");

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, " kasan_quarantine_put\n");
	if (file)
		fclose(file);
	return found;
}

static void check_leaks(void (*life)(unsigned int), unsigned int batch)
{
	static struct memory m[3];
	unsigned int i, j;

	for (i = 0; i < 20; i++)
		life(i);
	measure(&m[0]);
	for (j = 1; j < 3; j++) {
		for (i = 0; i < batch; i++)
			life(i);
		measure(&m[j]);
	}
	tap_diag("%u times", 20 + 2 * batch);
	/* What is left of them is for kmemleak to find there. */
	if (freed_stays_for_a_while())
		tap_diag("KASAN keeps freed objects: they are not counted");
	else
		compare(m, batch);
}

static void one_life(unsigned int i)
{
	struct guest g;

	poke_create(&g);
	poke_write(&g, DATA_BASE + i % 16 * 4096, i);
	CHECK_EQ(poke_read(&g, DATA_BASE + i % 16 * 4096), i);
	guest_destroy(&g);
}

static unsigned int batch(void)
{
	return tap_env("HULL_TEST_VMS", tap_env("HULL_TEST_SHORT", 0) ? 100 : 500);
}

static void test_vms_in_a_row(void)
{
	check_leaks(one_life, batch());
}

static void test_64_vms_at_once(void)
{
	static struct guest g[64];
	unsigned int round, i;

	for (i = 0; i < 64; i++)
		poke_create(&g[i]);
	for (round = 0; round < 20; round++)
		for (i = 0; i < 64; i++)
			poke_write(&g[i], DATA_BASE, i * 100 + round);
	for (i = 0; i < 64; i++)
		CHECK_EQ(load64(&g[i], DATA_BASE), i * 100 + 19);
	/* Every other one goes; the rest live on. */
	for (i = 0; i < 64; i += 2)
		guest_destroy(&g[i]);
	for (i = 1; i < 64; i += 2)
		poke_write(&g[i], DATA_BASE, i);
	for (i = 1; i < 64; i += 2)
		guest_destroy(&g[i]);
}

/* VMs come and go, slots too, two vCPUs run; until the process is killed. */
static void restless(void)
{
	uint64_t value = 2;
	struct guest g;
	void *extra;
	int slot;

	for (;;) {
		poke_create(&g);
		guest_add_vcpu(&g, 1);
		poke_vcpu_start(&g, 1);
		extra = mmap(NULL, 0x10000, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		slot = OK(hull_vm_add_memory_region(g.vm, 0x1000000, extra, 0x10000,
						    KVM_MEM_LOG_DIRTY_PAGES));
		poke_write(&g, 0x1000000, 1);
		CHECK_RET(poke_on(&g, 1, POKE_WRITE64, 0x1000000, &value), 0);
		OK(hull_vm_remove_memory_region(g.vm, slot));
		munmap(extra, 0x10000);
		guest_destroy(&g);
	}
}

static void killed_life(unsigned int i)
{
	pid_t pid = SYS(fork());

	if (!pid) {
		restless();
		_exit(0);
	}
	usleep(1000 + i * 7919 % 30000);
	SYS(kill(pid, SIGKILL));
	SYS(waitpid(pid, NULL, 0));
}

static void test_killed_at_random(void)
{
	check_leaks(killed_life, batch() / 2);
	one_life(0);
}

/* Killed while vCPUs spin in threads */
static void test_killed_while_running(void)
{
	static const uint8_t spin[] = { 0xeb, 0xfe };	/* jmp . */
	unsigned int i, v;

	for (i = 0; i < 20; i++) {
		pid_t pid = SYS(fork());

		if (!pid) {
			struct runner runners[4];
			struct guest g;

			guest_create(&g, LONG64);
			guest_load(&g, CODE_BASE, spin, sizeof(spin));
			for (v = 1; v < 4; v++) {
				guest_add_vcpu(&g, v);
				guest_vcpu_start(&g, v, CODE_BASE);
			}
			for (v = 0; v < 4; v++)
				runner_start(&runners[v], &g, v, 1);
			for (;;)
				pause();
		}
		usleep(20000 + i * 3000);
		SYS(kill(pid, SIGKILL));
		SYS(waitpid(pid, NULL, 0));
	}
	one_life(0);
}

/* All orders of closing the device, the VM, the vCPU and its mapping */
static void test_closing_orders(void)
{
	unsigned int order;

	for (order = 0; order < 24; order++) {
		unsigned int left = 0xf, rest = order, n, i, pick;
		int fds[3];
		void *run;
		struct guest g;

		poke_create(&g);
		fds[0] = dup(hull_sys_fd(g.sys));
		fds[1] = dup(hull_vm_fd(g.vm));
		fds[2] = dup(hull_vcpu_fd(g.vcpu));
		run = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fds[2], 0);
		CHECK(run != MAP_FAILED);
		guest_destroy(&g);
		for (n = 4; n; n--) {
			pick = rest % n;
			rest /= n;
			for (i = 0; i < 4; i++)
				if (left >> i & 1 && !pick--)
					break;
			left &= ~(1U << i);
			if (i == 3)
				munmap(run, 4096);
			else
				close(fds[i]);
		}
	}
	one_life(0);
}

static const struct test tests[] = {
	{ "closing_orders", test_closing_orders },
	{ "64_vms_at_once", test_64_vms_at_once, 120 },
	{ "killed_while_running", test_killed_while_running, 120 },
	{ "vms_in_a_row", test_vms_in_a_row, 600 },
	{ "killed_at_random", test_killed_at_random, 600 },
};

TAP_MAIN(tests)
