/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The MSR table, shared by its users: access (msr.c), rows (msr_table.c) and
 * lists and ioctls (msr_ioctl.c).
 */
#ifndef HULL_CORE_CPU_MSR_TABLE_H
#define HULL_CORE_CPU_MSR_TABLE_H

#include <linux/types.h>
#include "cpuid.h"

struct hull_vcpu;
struct hull_msr_row;

enum hull_msr_kind {
	HULL_MSR_STORED,	/* in struct hull_msrs */
	HULL_MSR_HELD,		/* in the backend */
	HULL_MSR_FUNCTION,	/* own read and write */
	HULL_MSR_CONSTANT,	/* reads as @reset */
};

/* Flags of a row. */
#define MSR_LISTED	0x01	/* in KVM_GET_MSR_INDEX_LIST */
#define MSR_FEATURE	0x02	/* in KVM_GET_MSR_FEATURE_INDEX_LIST */
#define MSR_HOST_ONLY	0x04	/* the guest does not have it */
#define MSR_GUEST_RO	0x08	/* the guest's write is #GP */
#define MSR_IGNORE	0x10	/* writes change nothing and do not fault */
#define MSR_CANONICAL	0x20	/* holds a linear address */
#define MSR_PASS	0x40	/* the guest may have it without exits */
#define MSR_NEEDS_HOST	0x80	/* listed only if the host has the feature */

#define MSR_NO_FEATURE	HULL_NR_FEATURES

/**
 * struct hull_msr_row - one MSR, or several of one kind
 * @first: index
 * @count: how many from there on, 0 means 1
 * @kind: enum hull_msr_kind
 * @flags: MSR_*
 * @guarded: the guest has it only with @feature or @feature2
 * @feature: enum hull_feature
 * @feature2: another that brings it, or 0 (TSC) for none
 * @reset: value at power-up
 * @mask: STORED, HELD: bits that may be set, 0 means all
 * @valid: STORED, HELD: further condition on a written value
 * @read: FUNCTION; 0 or 1
 * @write: FUNCTION, or STORED with a special rule; 0 or 1
 * @init: STORED, CONSTANT: computes the power-up value, in place of @reset
 */
struct hull_msr_row {
	u32 first;
	u16 count;
	u8 kind;
	u8 flags;
	bool guarded;
	u8 feature;
	u8 feature2;
	u64 reset;
	u64 mask;
	bool (*valid)(struct hull_vcpu *vcpu, u32 index, u64 value, bool host);
	int (*read)(struct hull_vcpu *vcpu, u64 *value);
	int (*write)(struct hull_vcpu *vcpu, u64 value, bool host);
	u64 (*init)(void);
};

extern const struct hull_msr_row hull_msr_table[];
extern const unsigned int hull_msr_table_size;

/* Row of @index, or NULL.  Pure. */
const struct hull_msr_row *hull_msr_find(u32 index);

static inline u32 hull_msr_count(const struct hull_msr_row *row)
{
	return row->count ? row->count : 1;
}

/* Value at power-up. */
static inline u64 hull_msr_initial(const struct hull_msr_row *row)
{
	return row->init ? row->init() : row->reset;
}

/* The stored value of a STORED MSR. */
u64 *hull_msr_slot(struct hull_vcpu *vcpu, u32 index);

#endif
