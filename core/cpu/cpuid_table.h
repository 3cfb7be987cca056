/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The CPUID table: what hull can let a guest see of each register.
 *
 * Names of bits are the kernel's X86_FEATURE_*, of which only the position in
 * the register is used here.
 */
#ifndef HULL_CORE_CPU_CPUID_TABLE_H
#define HULL_CORE_CPU_CPUID_TABLE_H

#include <linux/bits.h>
#include <linux/types.h>

enum hull_cpuid_reg {
	HULL_CPUID_EAX, HULL_CPUID_EBX, HULL_CPUID_ECX, HULL_CPUID_EDX,
};

/**
 * struct hull_cpuid_row - bits of one register of one leaf
 * @leaf: EAX of CPUID
 * @subleaf: ECX
 * @reg: which of the four registers
 * @host: supported where the host has it, both as CPUID says and as the
 *	kernel left it enabled
 * @raw: supported where CPUID says so, even if the kernel does without
 * @kernel: supported where the kernel says so, which knows of some CPUs better than CPUID
 * @always: supported on any host: hull provides it
 * @word: word of boot_cpu_data.x86_capability with the same layout, or -1
 */
struct hull_cpuid_row {
	u32 leaf;
	u32 subleaf;
	u8 reg;
	s8 word;
	u32 host;
	u32 raw;
	u32 kernel;
	u32 always;
};

extern const struct hull_cpuid_row hull_cpuid_table[];
extern const unsigned int hull_cpuid_table_size;

/* Pure: the bits of @row that a host with @raw, of which @enabled, gives. */
u32 hull_cpuid_mask(const struct hull_cpuid_row *row, u32 raw, u32 enabled);

#endif
