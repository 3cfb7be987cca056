/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ioctls as data.  Each kind of descriptor has one table; one dispatcher
 * looks the command up, copies the argument in, meets what must hold, calls,
 * and copies the argument out.
 */
#ifndef HULL_CORE_IOCTL_H
#define HULL_CORE_IOCTL_H

#include <linux/types.h>

/* What must hold when the function is called. */
#define HULL_IOC_RAW	0x01	/* no copying: the argument is the user's word */
#define HULL_IOC_ZERO	0x02	/* the argument is unused and must be 0 */
#define HULL_IOC_LOADED	0x04	/* vCPU: its state can be used, preemption on */
#define HULL_IOC_SRCU	0x08	/* vCPU: inside mem.srcu, slots may be used */
#define HULL_IOC_IN	0x10	/* nothing is copied out, though the number says so */

/**
 * struct hull_ioctl - one row
 * @cmd: command
 * @flags: HULL_IOC_*
 * @fn: @obj is the VM or the vCPU (NULL for the system descriptor), @arg the
 *	copied argument, or the user's word for RAW rows.  Its result is the
 *	ioctl's; the argument is copied out when it is not negative.
 */
struct hull_ioctl {
	unsigned int cmd;
	unsigned int flags;
	long (*fn)(void *obj, void *arg);
};

/**
 * struct hull_ioctl_table - the ioctls of one kind of descriptor
 * @rows: sorted by _IOC_NR
 * @nr: number of rows
 * @unknown: what an unknown command answers, as KVM does: -ENOTTY or -EINVAL
 * @enter: meet what @row asks for; 0 or the ioctl's result
 * @leave: undo @enter
 * @first: filled by hull_ioctl_index(): 1 + first row of each _IOC_NR
 */
struct hull_ioctl_table {
	const struct hull_ioctl *rows;
	unsigned int nr;
	int unknown;
	int (*enter)(void *obj, const struct hull_ioctl *row);
	void (*leave)(void *obj, const struct hull_ioctl *row);
	u8 first[256];
};

/* Largest argument that is copied by the dispatcher. */
#define HULL_IOCTL_MAX	512

int hull_ioctl_index(struct hull_ioctl_table *table);
const struct hull_ioctl *hull_ioctl_find(const struct hull_ioctl_table *table,
					 unsigned int cmd);
long hull_ioctl_dispatch(const struct hull_ioctl_table *table, void *obj,
			 unsigned int cmd, unsigned long arg);

extern struct hull_ioctl_table hull_system_ioctls;	/* dev.c */
extern struct hull_ioctl_table hull_vm_ioctls;		/* vm_ioctl.c */
extern struct hull_ioctl_table hull_vcpu_ioctls;	/* vcpu_ioctl.c */

/* KVM_RUN, which is in no table. */
struct hull_vcpu;
long hull_vcpu_ioctl_run(struct hull_vcpu *vcpu, unsigned long arg);

/* KVM_CHECK_EXTENSION (caps.c): the same answer on both descriptors. */
long hull_check_extension(unsigned long cap);

#endif
