// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and writing MSRs by the table.
 *
 * One pair of functions serves the guest's RDMSR and WRMSR and user space's
 * batches; @host tells them apart.  User space is not bound by the guest's
 * CPUID and may write back whatever it reads.
 */
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <asm/msr-index.h>
#include "../backend.h"
#include "../vcpu.h"
#include "msr.h"
#include "msr_table.h"
#include "regs.h"

/**
 * struct hull_msrs - values of the STORED rows
 * @value: by first_slot[row] + offset in the row
 */
struct hull_msrs {
	DECLARE_FLEX_ARRAY(u64, value);
};

/* Slot of each row's first MSR in struct hull_msrs; other rows have none. */
static u16 *first_slot __ro_after_init;
static unsigned int nr_slots __ro_after_init;

const struct hull_msr_row *hull_msr_find(u32 index)
{
	unsigned int low = 0, high = hull_msr_table_size;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		const struct hull_msr_row *row = &hull_msr_table[mid];

		if (index < row->first)
			high = mid;
		else if (index - row->first >= hull_msr_count(row))
			low = mid + 1;
		else
			return row;
	}
	return NULL;
}

static u64 *slot(struct hull_vcpu *vcpu, const struct hull_msr_row *row, u32 index)
{
	u32 offset = array_index_nospec(index - row->first, hull_msr_count(row));

	return &vcpu->msrs->value[first_slot[row - hull_msr_table] + offset];
}

u64 *hull_msr_slot(struct hull_vcpu *vcpu, u32 index)
{
	return slot(vcpu, hull_msr_find(index), index);
}

int hull_msr_setup(void)
{
	unsigned int i;

	first_slot = kcalloc(hull_msr_table_size, sizeof(*first_slot), GFP_KERNEL);
	if (!first_slot)
		return -ENOMEM;
	nr_slots = 0;
	for (i = 0; i < hull_msr_table_size; i++) {
		if (hull_msr_table[i].kind != HULL_MSR_STORED)
			continue;
		first_slot[i] = nr_slots;
		nr_slots += hull_msr_count(&hull_msr_table[i]);
	}
	return 0;
}

void hull_msr_teardown(void)
{
	kfree(first_slot);
}

int hull_msrs_init(struct hull_vcpu *vcpu)
{
	vcpu->msrs = kcalloc(nr_slots, sizeof(u64), GFP_KERNEL_ACCOUNT);
	if (!vcpu->msrs)
		return -ENOMEM;
	hull_msrs_reset(vcpu, false);
	return 0;
}

void hull_msrs_free(struct hull_vcpu *vcpu)
{
	kfree(vcpu->msrs);
	vcpu->msrs = NULL;
}

void hull_msrs_reset(struct hull_vcpu *vcpu, bool init)
{
	unsigned int i, j;

	/* INIT leaves MSRs alone (SDM vol. 3, Processor State After Reset). */
	if (init)
		return;
	for (i = 0; i < hull_msr_table_size; i++) {
		const struct hull_msr_row *row = &hull_msr_table[i];

		if (row->kind != HULL_MSR_STORED)
			continue;
		for (j = 0; j < hull_msr_count(row); j++)
			*slot(vcpu, row, row->first + j) = hull_msr_initial(row);
	}
}

static bool guest_has_msr(struct hull_vcpu *vcpu, const struct hull_msr_row *row)
{
	if (row->flags & MSR_HOST_ONLY)
		return false;
	if (!row->guarded || hull_guest_has(vcpu, row->feature))
		return true;
	return row->feature2 && hull_guest_has(vcpu, row->feature2);
}

int hull_read_msr(struct hull_vcpu *vcpu, u32 index, u64 *value, bool host)
{
	const struct hull_msr_row *row = hull_msr_find(index);

	if (!row || (!host && !guest_has_msr(vcpu, row)))
		return 1;
	switch (row->kind) {
	case HULL_MSR_STORED:
		*value = *slot(vcpu, row, index);
		return 0;
	case HULL_MSR_HELD:
		return backend_read_msr(vcpu, index, value);
	case HULL_MSR_FUNCTION:
		return row->read(vcpu, value);
	default:
		*value = row->reset;
		return 0;
	}
}

/* Would a STORED or HELD row take @value? */
static bool value_valid(struct hull_vcpu *vcpu, const struct hull_msr_row *row,
			u32 index, u64 value, bool host)
{
	if (row->mask && (value & ~row->mask))
		return false;
	if ((row->flags & MSR_CANONICAL) && !hull_is_canonical(vcpu, value))
		return false;
	return !row->valid || row->valid(vcpu, index, value, host);
}

int hull_write_msr(struct hull_vcpu *vcpu, u32 index, u64 value, bool host)
{
	const struct hull_msr_row *row = hull_msr_find(index);

	if (!row)
		return 1;
	if (!host) {
		if (!guest_has_msr(vcpu, row) || (row->flags & MSR_GUEST_RO))
			return 1;
		if (row->flags & MSR_IGNORE)
			return 0;
	}
	if (row->write)
		return row->write(vcpu, value, host);

	switch (row->kind) {
	case HULL_MSR_STORED:
		if (!value_valid(vcpu, row, index, value, host))
			return 1;
		*slot(vcpu, row, index) = value;
		return 0;
	case HULL_MSR_HELD:
		if (!value_valid(vcpu, row, index, value, host))
			return 1;
		return backend_write_msr(vcpu, index, value);
	default:
		/* CONSTANT: user space may restore what it saved. */
		return !host || value != row->reset;
	}
}

void hull_pass_msrs(hull_msr_fn *fn, struct hull_vcpu *vcpu)
{
	unsigned int i, j;

	for (i = 0; i < hull_msr_table_size; i++) {
		const struct hull_msr_row *row = &hull_msr_table[i];

		if (!(row->flags & MSR_PASS))
			continue;
		for (j = 0; j < hull_msr_count(row); j++)
			fn(vcpu, row->first + j, true, true);
	}
}
