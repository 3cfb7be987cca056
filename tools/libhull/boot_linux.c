// SPDX-License-Identifier: GPL-2.0-only
/*
 * The 64-bit boot protocol of Linux, for bzImage and vmlinux.
 *
 * The guest starts with paging on and the first 4 GiB mapped one to one by
 * 2 MiB pages.
 */
#include <string.h>

#include <asm/bootparam.h>

#include "boot.h"

#define SETUP_HEADER	0x1f1
#define HEADER_MAGIC	0x53726448	/* "HdrS" */
#define PROTOCOL_MIN	0x020c		/* the first with xloadflags */
#define ENTRY64		0x200		/* from the start of the 64-bit kernel */

#define PTE_PRESENT	0x01
#define PTE_WRITE	0x02
#define PTE_LARGE	0x80

static int write_page_tables(const struct hull_vm *vm)
{
	uint64_t *pml4 = hull_vm_gpa_to_hva(vm, BOOT_PML4, 0x6000);
	uint64_t *pdpt, *pd;
	unsigned int i;

	if (!pml4)
		return -ENOMEM;
	pdpt = pml4 + (BOOT_PDPT - BOOT_PML4) / sizeof(*pml4);
	pd = pml4 + (BOOT_PD - BOOT_PML4) / sizeof(*pml4);
	memset(pml4, 0, 0x6000);
	pml4[0] = BOOT_PDPT | PTE_PRESENT | PTE_WRITE;
	for (i = 0; i < 4; i++)
		pdpt[i] = (BOOT_PD + i * 0x1000) | PTE_PRESENT | PTE_WRITE;
	for (i = 0; i < 4 * 512; i++)
		pd[i] = (uint64_t)i << 21 | PTE_PRESENT | PTE_WRITE | PTE_LARGE;
	return 0;
}

static int fill_e820(const struct hull_vm *vm, struct boot_params *bp)
{
	struct boot_range ranges[BOOT_MAX_RANGES];
	int nr, i;

	nr = hull_boot_ranges(vm, ranges);
	if (nr < 0)
		return nr;
	for (i = 0; i < nr; i++)
		bp->e820_table[i] = (struct boot_e820_entry) {
			.addr = ranges[i].start,
			.size = ranges[i].end - ranges[i].start,
			.type = 1,	/* RAM */
		};
	bp->e820_entries = nr;
	return 0;
}

/* Loads the protected-mode part; @entry and @end are its start and its end. */
static int load_bzimage(const struct hull_vm *vm, const struct hull_boot_config *config,
			struct boot_params *bp, uint64_t *entry, uint64_t *end)
{
	const uint8_t *file = config->kernel;
	struct setup_header *hdr = &bp->hdr;
	size_t setup, hdr_size;
	uint64_t at;
	int ret;

	/* The header ends where the jump at 0x200 says. */
	hdr_size = file[0x201] + 0x202 - SETUP_HEADER;
	if (hdr_size > sizeof(*hdr))
		hdr_size = sizeof(*hdr);
	memcpy(hdr, file + SETUP_HEADER, hdr_size);
	if (hdr->version < PROTOCOL_MIN || !(hdr->xloadflags & XLF_KERNEL_64))
		return -ENOEXEC;
	setup = ((hdr->setup_sects ? hdr->setup_sects : 4) + 1) * 512;
	if (setup >= config->kernel_size)
		return -ENOEXEC;

	at = hdr->pref_address;
	if (hdr->relocatable_kernel && !hull_vm_gpa_to_hva(vm, at, hdr->init_size))
		at = BOOT_HIGH_START;
	*end = at + hdr->init_size;
	if (!hull_vm_gpa_to_hva(vm, at, hdr->init_size))
		return -ENOMEM;
	ret = hull_boot_copy(vm, at, file + setup, config->kernel_size - setup);
	*entry = at + ENTRY64;
	hdr->code32_start = at;
	return ret;
}

static bool is_bzimage(const struct hull_boot_config *config)
{
	const uint8_t *file = config->kernel;
	uint32_t magic;

	if (config->kernel_size < 0x1000)
		return false;
	memcpy(&magic, file + 0x202, sizeof(magic));
	return magic == HEADER_MAGIC;
}

static int load_vmlinux(const struct hull_vm *vm, const struct hull_boot_config *config,
			struct boot_params *bp, uint64_t *entry, uint64_t *end)
{
	struct boot_elf elf;
	int ret;

	ret = hull_boot_load_elf(vm, config, &elf);
	if (ret)
		return ret;
	bp->hdr.boot_flag = 0xaa55;
	bp->hdr.header = HEADER_MAGIC;
	bp->hdr.version = PROTOCOL_MIN;
	bp->hdr.kernel_alignment = 0x1000000;
	bp->hdr.initrd_addr_max = 0x7fffffff;
	*entry = elf.entry;
	*end = elf.end;
	return 0;
}

HULL_PUBLIC int hull_vm_load_linux(const struct hull_vm *vm,
				   const struct hull_boot_config *config,
				   struct hull_boot_entry *entry)
{
	struct boot_params bp = { 0 };
	uint64_t start, end, initrd;
	int ret;

	if (is_bzimage(config))
		ret = load_bzimage(vm, config, &bp, &start, &end);
	else
		ret = load_vmlinux(vm, config, &bp, &start, &end);
	if (!ret)
		ret = hull_boot_place_initrd(vm, config, end,
					     (uint64_t)bp.hdr.initrd_addr_max + 1,
					     &initrd);
	if (!ret)
		ret = fill_e820(vm, &bp);
	if (!ret)
		ret = hull_boot_cmdline(vm, config);
	if (ret)
		return ret;

	bp.hdr.type_of_loader = 0xff;	/* undefined */
	bp.hdr.loadflags |= LOADED_HIGH;
	bp.hdr.cmd_line_ptr = BOOT_CMDLINE;
	bp.hdr.ramdisk_image = initrd;
	bp.hdr.ramdisk_size = initrd ? config->initrd_size : 0;
	ret = hull_boot_copy(vm, BOOT_PARAMS, &bp, sizeof(bp));
	if (!ret)
		ret = hull_boot_gdt(vm, BOOT_CODE64);
	if (!ret)
		ret = write_page_tables(vm);
	if (ret)
		return ret;
	*entry = (struct hull_boot_entry) {
		.protocol = HULL_BOOT_LINUX64, .entry = start, .info = BOOT_PARAMS,
	};
	return 0;
}
