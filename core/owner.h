/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who has the CPUs' virtualisation: hull, in-tree KVM, or both.
 *
 * hull_owner_get() is called for every VM that is made and turns it on, on all
 * CPUs, for the first; hull_owner_put() turns it off after the last.  CPU
 * hot-plug, suspend, kexec and panic are followed in between.
 */
#ifndef HULL_CORE_OWNER_H
#define HULL_CORE_OWNER_H

#include <linux/compiler.h>
#include <linux/types.h>

int hull_owner_init(void);
void hull_owner_exit(void);
/* 0, -EBUSY (one log line says who has it), -EIO (a CPU refused). */
int hull_owner_get(void);
void hull_owner_put(void);

extern bool hull_owner_is_shared;

/* KVM uses the CPUs too: backends keep apart what both use. */
static inline bool hull_owner_shared(void)
{
	return READ_ONCE(hull_owner_is_shared);
}

extern bool hull_owner_kvm_loaded;

/* KVM's vendor module is loaded, and a crash is KVM's to clean up after. */
static inline bool hull_owner_beside_kvm(void)
{
	return READ_ONCE(hull_owner_kvm_loaded);
}

/*
 * This CPU's virtualisation is on.  Preemption off.  False only on a CPU that
 * goes offline or in a system that shuts down: the preempt notifiers of a
 * thread that is being pushed away may see it.
 */
bool hull_owner_cpu_on(void);
/* The machine restarts: virtualisation was turned off under what still runs. */
bool hull_owner_down(void);

#endif
