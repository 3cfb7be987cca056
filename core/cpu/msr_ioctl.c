// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_GET_MSRS, KVM_SET_MSRS and the lists of what there is.
 */
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../vcpu.h"
#include "msr.h"
#include "msr_table.h"

/* A batch has fewer entries than this (KVM API document, KVM_GET_MSRS). */
#define MAX_BATCH	256

static bool in_list(const struct hull_msr_row *row, u8 list)
{
	if (!(row->flags & list))
		return false;
	if (list == MSR_LISTED && (row->flags & MSR_NEEDS_HOST))
		return hull_host_can(row->feature) ||
		       (row->feature2 && hull_host_can(row->feature2));
	return true;
}

/* Indices of all rows in @list; how many.  @out may be NULL to count. */
static u32 collect(u8 list, u32 *out)
{
	unsigned int i;
	u32 j, n = 0;

	for (i = 0; i < hull_msr_table_size; i++) {
		const struct hull_msr_row *row = &hull_msr_table[i];

		if (!in_list(row, list))
			continue;
		for (j = 0; j < hull_msr_count(row); j++, n++)
			if (out)
				out[n] = row->first + j;
	}
	return n;
}

static int give_list(struct kvm_msr_list __user *user, u8 list)
{
	u32 room, n = collect(list, NULL);
	u32 *indices;
	int r = 0;

	if (get_user(room, &user->nmsrs) || put_user(n, &user->nmsrs))
		return -EFAULT;
	if (room < n)
		return -E2BIG;
	indices = kmalloc_array(n, sizeof(*indices), GFP_KERNEL);
	if (!indices)
		return -ENOMEM;
	collect(list, indices);
	if (copy_to_user(user->indices, indices, n * sizeof(*indices)))
		r = -EFAULT;
	kfree(indices);
	return r;
}

int hull_get_msr_index_list(struct kvm_msr_list __user *user)
{
	return give_list(user, MSR_LISTED);
}

int hull_get_msr_feature_index_list(struct kvm_msr_list __user *user)
{
	return give_list(user, MSR_FEATURE);
}

static int get_one(struct hull_vcpu *vcpu, struct kvm_msr_entry *e)
{
	return hull_read_msr(vcpu, e->index, &e->data, true);
}

static int set_one(struct hull_vcpu *vcpu, struct kvm_msr_entry *e)
{
	return hull_write_msr(vcpu, e->index, e->data, true);
}

static int get_feature(struct hull_vcpu *vcpu, struct kvm_msr_entry *e)
{
	const struct hull_msr_row *row = hull_msr_find(e->index);

	if (!row || !in_list(row, MSR_FEATURE))
		return 1;
	e->data = hull_msr_initial(row);
	return 0;
}

/*
 * Apply @fn to the entries in order until one fails.  The number of those
 * before it, or -errno when none was touched.
 */
static int batch(struct hull_vcpu *vcpu, struct kvm_msrs __user *user,
		 int (*fn)(struct hull_vcpu *vcpu, struct kvm_msr_entry *e),
		 bool write_back)
{
	struct kvm_msr_entry *entries;
	struct kvm_msrs head;
	u32 n;
	int r;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	if (head.nmsrs >= MAX_BATCH)
		return -E2BIG;
	if (!head.nmsrs)
		return 0;
	entries = memdup_user(user->entries, head.nmsrs * sizeof(*entries));
	if (IS_ERR(entries))
		return PTR_ERR(entries);

	for (n = 0; n < head.nmsrs; n++)
		if (fn(vcpu, &entries[n]))
			break;
	r = n;
	if (write_back &&
	    copy_to_user(user->entries, entries, head.nmsrs * sizeof(*entries)))
		r = -EFAULT;
	kfree(entries);
	return r;
}

int hull_get_msrs(struct hull_vcpu *vcpu, struct kvm_msrs __user *user)
{
	return batch(vcpu, user, get_one, true);
}

int hull_set_msrs(struct hull_vcpu *vcpu, struct kvm_msrs __user *user)
{
	return batch(vcpu, user, set_one, false);
}

int hull_get_feature_msrs(struct kvm_msrs __user *user)
{
	return batch(NULL, user, get_feature, true);
}
