/* SPDX-License-Identifier: GPL-2.0 */
/* What hull itself has no use for. */
#ifndef HULL_KUNIT_VMPTRST_H
#define HULL_KUNIT_VMPTRST_H

#include <linux/types.h>

/* Physical address of the current VMCS, ~0: there is none. */
static inline u64 vmptrst(void)
{
	u64 pa;

	asm volatile("vmptrst %0" : "=m" (pa) : : "cc");
	return pa;
}

#endif
