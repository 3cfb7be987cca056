// SPDX-License-Identifier: GPL-2.0
#include <linux/build_bug.h>
#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "ioctl.h"

/*
 * Fill the index.  -EINVAL when the table is not sorted or an argument does
 * not fit; then the module does not load.
 */
int hull_ioctl_index(struct hull_ioctl_table *table)
{
	unsigned int i, nr, last = 0;

	if (table->nr >= 255)
		return -EINVAL;
	memset(table->first, 0, sizeof(table->first));
	for (i = 0; i < table->nr; i++) {
		nr = _IOC_NR(table->rows[i].cmd);
		if (nr < last || _IOC_TYPE(table->rows[i].cmd) != KVMIO)
			return -EINVAL;
		if (!(table->rows[i].flags & HULL_IOC_RAW) &&
		    _IOC_SIZE(table->rows[i].cmd) > HULL_IOCTL_MAX)
			return -EINVAL;
		if (!table->first[nr])
			table->first[nr] = i + 1;
		last = nr;
	}
	return 0;
}

const struct hull_ioctl *hull_ioctl_find(const struct hull_ioctl_table *table,
					 unsigned int cmd)
{
	unsigned int nr = array_index_nospec(_IOC_NR(cmd), 256);
	unsigned int i = table->first[nr];

	if (!i)
		return NULL;
	for (i--; i < table->nr && _IOC_NR(table->rows[i].cmd) == nr; i++)
		if (table->rows[i].cmd == cmd)
			return &table->rows[i];
	return NULL;
}

static long call(const struct hull_ioctl_table *table, const struct hull_ioctl *row,
		 void *obj, void *param)
{
	long r = table->enter ? table->enter(obj, row) : 0;

	if (r)
		return r;
	r = row->fn(obj, param);
	if (table->leave)
		table->leave(obj, row);
	return r;
}

/* Apart from the others, which would clear this buffer for nothing. */
static noinline long call_with_copy(const struct hull_ioctl_table *table,
				    const struct hull_ioctl *row, void *obj,
				    void __user *user)
{
	size_t size = _IOC_SIZE(row->cmd);
	u64 buf[HULL_IOCTL_MAX / sizeof(u64)];
	long r;

	if (!(_IOC_DIR(row->cmd) & _IOC_WRITE))
		memset(buf, 0, size);
	else if (copy_from_user(buf, user, size))
		return -EFAULT;
	r = call(table, row, obj, buf);
	if (r < 0 || row->flags & HULL_IOC_IN || !(_IOC_DIR(row->cmd) & _IOC_READ))
		return r;
	if (copy_to_user(user, buf, size))
		return -EFAULT;
	return r;
}

long hull_ioctl_dispatch(const struct hull_ioctl_table *table, void *obj,
			 unsigned int cmd, unsigned long arg)
{
	const struct hull_ioctl *row = hull_ioctl_find(table, cmd);

	if (!row)
		return table->unknown;
	if (row->flags & HULL_IOC_ZERO && arg)
		return -EINVAL;
	if (row->flags & (HULL_IOC_RAW | HULL_IOC_ZERO))
		return call(table, row, obj, (void *)arg);
	return call_with_copy(table, row, obj, (void __user *)arg);
}
