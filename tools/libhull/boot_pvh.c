// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PVH boot protocol: 32-bit protected mode without paging, EBX pointing to
 * a start-info structure. Layouts are those of Xen's public interface, "x86/HVM
 * direct boot ABI".
 */
#include <string.h>

#include "boot.h"

#define START_MAGIC	0x336ec578
#define MEMMAP_RAM	1

struct start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t nr_modules;
	uint64_t modlist_paddr;
	uint64_t cmdline_paddr;
	uint64_t rsdp_paddr;
	uint64_t memmap_paddr;
	uint32_t memmap_entries;
	uint32_t reserved;
};

struct module {
	uint64_t paddr;
	uint64_t size;
	uint64_t cmdline_paddr;
	uint64_t reserved;
};

struct memmap_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

struct pvh_page {
	struct start_info info;
	struct module initrd;
	struct memmap_entry memmap[BOOT_MAX_RANGES];
};

_Static_assert(sizeof(struct pvh_page) <= BOOT_PARAMS - BOOT_PVH_INFO, "one page");

static int fill_memmap(const struct hull_vm *vm, struct pvh_page *page)
{
	struct boot_range ranges[BOOT_MAX_RANGES];
	int nr, i;

	nr = hull_boot_ranges(vm, ranges);
	if (nr < 0)
		return nr;
	for (i = 0; i < nr; i++)
		page->memmap[i] = (struct memmap_entry) {
			.addr = ranges[i].start,
			.size = ranges[i].end - ranges[i].start,
			.type = MEMMAP_RAM,
		};
	page->info.memmap_entries = nr;
	return 0;
}

HULL_PUBLIC int hull_vm_load_pvh(const struct hull_vm *vm,
				 const struct hull_boot_config *config,
				 struct hull_boot_entry *entry)
{
	struct pvh_page page = {
		.info = {
			.magic = START_MAGIC,
			.version = 1,	/* the first with a memory map */
			.cmdline_paddr = BOOT_CMDLINE,
			.memmap_paddr = BOOT_PVH_INFO + offsetof(struct pvh_page, memmap),
		},
	};
	struct boot_elf elf;
	uint64_t initrd;
	int ret;

	ret = hull_boot_load_elf(vm, config, &elf);
	if (ret)
		return ret;
	if (!elf.pvh_entry)
		return -ENOEXEC;
	ret = hull_boot_place_initrd(vm, config, elf.end, 0x80000000, &initrd);
	if (!ret)
		ret = fill_memmap(vm, &page);
	if (!ret)
		ret = hull_boot_cmdline(vm, config);
	if (ret)
		return ret;
	if (initrd) {
		page.initrd.paddr = initrd;
		page.initrd.size = config->initrd_size;
		page.info.nr_modules = 1;
		page.info.modlist_paddr = BOOT_PVH_INFO + offsetof(struct pvh_page, initrd);
	}
	ret = hull_boot_copy(vm, BOOT_PVH_INFO, &page, sizeof(page));
	if (!ret)
		ret = hull_boot_gdt(vm, BOOT_CODE32);
	if (ret)
		return ret;
	*entry = (struct hull_boot_entry) {
		.protocol = HULL_BOOT_PVH, .entry = elf.pvh_entry, .info = BOOT_PVH_INFO,
	};
	return 0;
}
