/* SPDX-License-Identifier: GPL-2.0 */
/*
 * #AC has two causes (SDM vol. 3, Alignment Check Exception).  Alignment checks are
 * the guest's own affair.  Split-lock detection, which the host may have on, raises
 * #AC in guests that know nothing of it, at every privilege level.
 */
#ifndef HULL_CORE_CPU_SPLIT_LOCK_H
#define HULL_CORE_CPU_SPLIT_LOCK_H

#include <linux/types.h>
#include <asm/processor-flags.h>

/**
 * hull_is_split_lock - is an #AC of a guest the host's?
 * @detection: the host has split-lock detection on
 * @cpl: privilege level of the guest
 * @cr0: its CR0
 * @rflags: its RFLAGS
 *
 * With alignment checks on in the guest the two look alike, and its handler is there
 * for it.
 */
static inline bool hull_is_split_lock(bool detection, int cpl, u64 cr0, u64 rflags)
{
	return detection && !(cpl == 3 && cr0 & X86_CR0_AM && rflags & X86_EFLAGS_AC);
}

#endif
