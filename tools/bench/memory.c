// SPDX-License-Identifier: GPL-2.0-only
/*
 * Second-stage faults, dirty logging and the deletion of a slot, on 96 MB of 4K
 * pages.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

#define SLOT		1
#define SLOT_SIZE	(96ul << 20)
#define SLOT_PAGES	(SLOT_SIZE / 4096)
#define SOME_PAGES	5000

static void *map_pages(int populate)
{
	void *memory = mmap(NULL, SLOT_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("memory");
	/* Without huge pages, so that pages can be counted. */
	madvise(memory, SLOT_SIZE, MADV_NOHUGEPAGE);
	if (populate)
		memset(memory, 1, SLOT_SIZE);
	return memory;
}

static double touch(struct vm *vm, uint64_t pages)
{
	return (double)vm_run(vm, guest_touch, pages, BENCH_PAGES) / pages;
}

static void bench_faults(void)
{
	static const char * const names[] = {
		"second-stage fault, host page absent",
		"second-stage fault, host page present",
	};
	void *memory;
	struct vm vm;
	int present;

	for (present = 1; present >= 0; present--) {
		vm_create(&vm);
		memory = map_pages(present);
		vm_set_slot(&vm, SLOT, BENCH_PAGES, SLOT_SIZE, memory, 0);
		vm_run(&vm, guest_empty, 1, 0);
		result(names[present], touch(&vm, SOME_PAGES));
		vm_destroy(&vm);
		munmap(memory, SLOT_SIZE);
	}
}

static double set_slot(struct vm *vm, size_t size, void *memory, uint32_t flags)
{
	uint64_t start = ticks();

	vm_set_slot(vm, SLOT, BENCH_PAGES, size, memory, flags);
	return ticks() - start;
}

static void bench_dirty_log(void)
{
	struct kvm_dirty_log log = { .slot = SLOT };
	void *memory = map_pages(1);
	uint64_t start;
	struct vm vm;

	log.dirty_bitmap = calloc(1, SLOT_PAGES / 8);
	if (!log.dirty_bitmap)
		die("bitmap");
	vm_create(&vm);
	vm_set_slot(&vm, SLOT, BENCH_PAGES, SLOT_SIZE, memory, 0);
	touch(&vm, SLOT_PAGES);

	result("dirty logging on, 96 MB populated",
	       set_slot(&vm, SLOT_SIZE, memory, KVM_MEM_LOG_DIRTY_PAGES));
	result("write fault of dirty logging, a page", touch(&vm, SOME_PAGES));
	start = ticks();
	CALL(vm.fd, KVM_GET_DIRTY_LOG, &log);
	result("KVM_GET_DIRTY_LOG, 5,000 pages", ticks() - start);
	if ((*(uint64_t *)log.dirty_bitmap & 0xffff) != 0xffff)
		die("dirty log lost a write");

	set_slot(&vm, SLOT_SIZE, memory, 0);
	touch(&vm, SLOT_PAGES);
	result("delete a populated 96 MB slot", set_slot(&vm, 0, memory, 0));

	vm_destroy(&vm);
	munmap(memory, SLOT_SIZE);
	free(log.dirty_bitmap);
}

void bench_memory(void)
{
	bench_faults();
	bench_dirty_log();
}
