/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel exports this variable to modules, but no header of any version
 * that hull builds with declares it outside arch/x86/kernel/fpu.
 */
#ifndef HULL_CORE_COMPAT_FPU_H
#define HULL_CORE_COMPAT_FPU_H

/* Bits of MXCSR that this CPU does not reserve. */
extern unsigned int mxcsr_feature_mask;

#endif
