/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two boot protocols share: the layout of low guest memory, copying
 * into it, ELF files and the memory map.
 */
#ifndef HULL_BOOT_H
#define HULL_BOOT_H

#include "internal.h"

/* All below 640 KiB, where no kernel image is loaded. */
#define BOOT_GDT	0x500
#define BOOT_PVH_INFO	0x6000
#define BOOT_PARAMS	0x7000
#define BOOT_PML4	0x9000
#define BOOT_PDPT	0xa000
#define BOOT_PD		0xb000	/* four tables: 4 GiB */
#define BOOT_CMDLINE	0x20000
#define BOOT_LOW_END	0x9fc00
#define BOOT_HIGH_START	0x100000

#define BOOT_CMDLINE_MAX	0x10000

/* Descriptors of flat code segments */
#define BOOT_CODE64	0x00af9b000000ffff
#define BOOT_CODE32	0x00cf9b000000ffff

#define BOOT_MAX_RANGES	64

/* RAM as the kernel is told of it: [start, end) */
struct boot_range {
	uint64_t start;
	uint64_t end;
};

struct boot_elf {
	uint64_t entry;		/* e_entry */
	uint64_t end;		/* first address past the segments */
	uint32_t pvh_entry;	/* PHYS32_ENTRY note, or 0 */
};

int hull_boot_copy(const struct hull_vm *vm, uint64_t gpa, const void *from,
		   uint64_t size);
int hull_boot_gdt(const struct hull_vm *vm, uint64_t code);
int hull_boot_cmdline(const struct hull_vm *vm, const struct hull_boot_config *config);
int hull_boot_ranges(const struct hull_vm *vm, struct boot_range *ranges);
int hull_boot_place_initrd(const struct hull_vm *vm,
			   const struct hull_boot_config *config, uint64_t lowest,
			   uint64_t limit, uint64_t *gpa);
int hull_boot_load_elf(const struct hull_vm *vm, const struct hull_boot_config *config,
		       struct boot_elf *elf);

#endif /* HULL_BOOT_H */
