// SPDX-License-Identifier: GPL-2.0-only
/* Parts common to the boot protocols: see boot.h. */
#include <elf.h>
#include <string.h>

#include "boot.h"

#define XEN_ELFNOTE_PHYS32_ENTRY	18

int hull_boot_copy(const struct hull_vm *vm, uint64_t gpa, const void *from,
		   uint64_t size)
{
	void *to;

	if (!size)
		return 0;
	to = hull_vm_gpa_to_hva(vm, gpa, size);
	if (!to)
		return -ENOMEM;
	memcpy(to, from, size);
	return 0;
}

/*
 * The start state has flat segments; a guest may reload them from here. Selectors
 * 0x10 and 0x18 are what Linux' boot protocol calls for, and PVH has no wishes.
 */
int hull_boot_gdt(const struct hull_vm *vm, uint64_t code)
{
	const uint64_t gdt[] = {
		0,
		0,
		code,			/* 0x10 */
		0x00cf93000000ffff,	/* 0x18: data */
		0x00008b0000000067,	/* 0x20: busy TSS */
	};

	return hull_boot_copy(vm, BOOT_GDT, gdt, sizeof(gdt));
}

int hull_boot_cmdline(const struct hull_vm *vm, const struct hull_boot_config *config)
{
	const char *cmdline = config->cmdline ? config->cmdline : "";
	size_t len = strlen(cmdline) + 1;

	if (len > BOOT_CMDLINE_MAX)
		return -E2BIG;
	return hull_boot_copy(vm, BOOT_CMDLINE, cmdline, len);
}

static int by_start(const void *a, const void *b)
{
	const struct boot_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/*
 * Writable regions, sorted, without the hole between conventional memory and
 * 1 MiB where PCs have their video memory and ROMs. Returns how many.
 */
int hull_boot_ranges(const struct hull_vm *vm, struct boot_range *ranges)
{
	struct hull_region regions[BOOT_MAX_RANGES / 2];
	int nr, i, n = 0;

	nr = hull_vm_get_memory(vm, regions, ARRAY_SIZE(regions));
	if (nr > (int)ARRAY_SIZE(regions))
		return -E2BIG;
	for (i = 0; i < nr; i++) {
		uint64_t start = regions[i].gpa;
		uint64_t end = start + regions[i].size;

		if (regions[i].flags & KVM_MEM_READONLY)
			continue;
		if (start < BOOT_LOW_END)
			ranges[n++] = (struct boot_range) {
				start, end < BOOT_LOW_END ? end : BOOT_LOW_END,
			};
		if (end > BOOT_HIGH_START)
			ranges[n++] = (struct boot_range) {
				start > BOOT_HIGH_START ? start : BOOT_HIGH_START, end,
			};
	}
	qsort(ranges, n, sizeof(*ranges), by_start);
	return n;
}

/* As high as @limit allows, above @lowest. */
int hull_boot_place_initrd(const struct hull_vm *vm,
			   const struct hull_boot_config *config, uint64_t lowest,
			   uint64_t limit, uint64_t *gpa)
{
	struct boot_range ranges[BOOT_MAX_RANGES];
	uint64_t end, at;
	int nr, i;

	*gpa = 0;
	if (!config->initrd_size)
		return 0;
	nr = hull_boot_ranges(vm, ranges);
	if (nr < 0)
		return nr;
	for (i = nr - 1; i >= 0; i--) {
		end = ranges[i].end < limit ? ranges[i].end : limit;
		if (end < config->initrd_size)
			continue;
		at = (end - config->initrd_size) & ~0xfffULL;
		if (at < ranges[i].start || at < lowest)
			continue;
		*gpa = at;
		return hull_boot_copy(vm, at, config->initrd, config->initrd_size);
	}
	return -ENOMEM;
}

static bool inside(const struct hull_boot_config *config, uint64_t offset, uint64_t size)
{
	return offset <= config->kernel_size && size <= config->kernel_size - offset;
}

static uint64_t align_up(uint64_t value, uint64_t alignment)
{
	return (value + alignment - 1) & ~(alignment - 1);
}

/* Names and descriptors of notes are padded to four bytes each. */
static void find_pvh_note(const struct hull_boot_config *config, const Elf64_Phdr *ph,
			  struct boot_elf *elf)
{
	const uint8_t *base = (const uint8_t *)config->kernel + ph->p_offset;
	uint64_t at = 0, name, desc;
	Elf64_Nhdr note;

	while (at + sizeof(note) <= ph->p_filesz) {
		memcpy(&note, base + at, sizeof(note));
		name = at + sizeof(note);
		desc = name + align_up(note.n_namesz, 4);
		at = desc + align_up(note.n_descsz, 4);
		if (at > ph->p_filesz)
			return;
		if (note.n_type != XEN_ELFNOTE_PHYS32_ENTRY ||
		    note.n_namesz != sizeof("Xen") ||
		    memcmp(base + name, "Xen", sizeof("Xen")) || note.n_descsz < 4)
			continue;
		memcpy(&elf->pvh_entry, base + desc, sizeof(elf->pvh_entry));
		return;
	}
}

static int load_segment(const struct hull_vm *vm, const struct hull_boot_config *config,
			const Elf64_Phdr *ph, struct boot_elf *elf)
{
	char *to;

	if (ph->p_filesz > ph->p_memsz)
		return -ENOEXEC;
	if (!ph->p_memsz)
		return 0;
	to = hull_vm_gpa_to_hva(vm, ph->p_paddr, ph->p_memsz);
	if (!to)
		return -ENOMEM;
	memcpy(to, (const char *)config->kernel + ph->p_offset, ph->p_filesz);
	memset(to + ph->p_filesz, 0, ph->p_memsz - ph->p_filesz);
	if (ph->p_paddr + ph->p_memsz > elf->end)
		elf->end = ph->p_paddr + ph->p_memsz;
	return 0;
}

int hull_boot_load_elf(const struct hull_vm *vm, const struct hull_boot_config *config,
		       struct boot_elf *elf)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	unsigned int i;
	int ret;

	memset(elf, 0, sizeof(*elf));
	if (!inside(config, 0, sizeof(eh)))
		return -ENOEXEC;
	memcpy(&eh, config->kernel, sizeof(eh));
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh.e_machine != EM_X86_64 || eh.e_phentsize != sizeof(ph))
		return -ENOEXEC;
	elf->entry = eh.e_entry;
	for (i = 0; i < eh.e_phnum; i++) {
		uint64_t at = eh.e_phoff + (uint64_t)i * sizeof(ph);

		if (!inside(config, at, sizeof(ph)))
			return -ENOEXEC;
		memcpy(&ph, (const char *)config->kernel + at, sizeof(ph));
		if (ph.p_type != PT_LOAD && ph.p_type != PT_NOTE)
			continue;
		if (!inside(config, ph.p_offset, ph.p_filesz))
			return -ENOEXEC;
		if (ph.p_type == PT_NOTE) {
			find_pvh_note(config, &ph, elf);
			continue;
		}
		ret = load_segment(vm, config, &ph, elf);
		if (ret)
			return ret;
	}
	return elf->end ? 0 : -ENOEXEC;
}

static int configure_msrs(const struct hull_vcpu *vcpu)
{
	static const struct kvm_msr_entry msrs[] = {
		{ .index = 0x1a0, .data = 1 },		/* IA32_MISC_ENABLE: fast strings */
		{ .index = 0x2ff, .data = 0x806 },	/* MTRRdefType: on, write-back */
	};

	return hull_vcpu_set_msrs(vcpu, msrs, ARRAY_SIZE(msrs), NULL);
}

static void flat_segments(struct kvm_sregs *sregs, bool code64)
{
	const struct kvm_segment data = {
		.limit = 0xffffffff, .selector = 0x18, .type = 3, .present = 1,
		.db = 1, .s = 1, .g = 1,
	};

	sregs->cs = (struct kvm_segment) {
		.limit = 0xffffffff, .selector = 0x10, .type = 11, .present = 1,
		.db = !code64, .s = 1, .l = code64, .g = 1,
	};
	sregs->ds = sregs->es = sregs->ss = data;
	sregs->fs = sregs->gs = data;
	sregs->tr = (struct kvm_segment) {
		.limit = 0x67, .selector = 0x20, .type = 11, .present = 1,
	};
	sregs->gdt = (struct kvm_dtable) { .base = BOOT_GDT, .limit = 5 * 8 - 1 };
	sregs->idt = (struct kvm_dtable) { 0 };
}

HULL_PUBLIC int hull_vcpu_configure(const struct hull_vcpu *vcpu,
				    const struct hull_boot_entry *entry)
{
	const bool long_mode = entry->protocol == HULL_BOOT_LINUX64;
	struct kvm_fpu fpu = { .fcw = 0x37f, .mxcsr = 0x1f80 };
	struct kvm_regs regs = { .rip = entry->entry, .rflags = 2 };
	struct kvm_sregs sregs;
	int ret;

	ret = hull_vcpu_get_sregs(vcpu, &sregs);
	if (ret)
		return ret;
	flat_segments(&sregs, long_mode);
	if (long_mode) {
		sregs.cr3 = BOOT_PML4;
		sregs.cr4 = 0x20;		/* PAE */
		sregs.efer = 0x500;		/* LME, LMA */
		sregs.cr0 = 0x80000011;		/* PG, ET, PE */
		regs.rsi = entry->info;
	} else {
		sregs.cr4 = 0;
		sregs.efer = 0;
		sregs.cr0 = 0x11;		/* ET, PE */
		regs.rbx = entry->info;
	}
	ret = hull_vcpu_set_sregs(vcpu, &sregs);
	if (!ret)
		ret = hull_vcpu_set_regs(vcpu, &regs);
	if (!ret)
		ret = hull_vcpu_set_fpu(vcpu, &fpu);
	if (!ret)
		ret = configure_msrs(vcpu);
	return ret;
}
