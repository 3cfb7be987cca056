/* SPDX-License-Identifier: GPL-2.0 */
/* Mitigations that kernels have from some version on. */
#ifndef HULL_CORE_COMPAT_NOSPEC_H
#define HULL_CORE_COMPAT_NOSPEC_H

#include <asm/nospec-branch.h>

/*
 * Return-predictor untraining after an exit from a guest, for assembly: kernels
 * since 6.2 have a variant for this place, older ones only the common one.
 */
#ifdef UNTRAIN_RET_VM
#define HULL_UNTRAIN_RET	UNTRAIN_RET_VM
#else
#define HULL_UNTRAIN_RET	UNTRAIN_RET
#endif

#ifndef __ASSEMBLY__

#include <linux/percpu.h>
#include <asm/cpufeature.h>

/*
 * A guest ran on this CPU: the kernel is to drop its branch predictions before
 * user mode, if it knows of VMSCAPE and the CPU has it.  Interrupts off.
 */
#ifdef X86_FEATURE_IBPB_EXIT_TO_USER
static inline void hull_ibpb_before_user(void)
{
	if (cpu_feature_enabled(X86_FEATURE_IBPB_EXIT_TO_USER))
		this_cpu_write(x86_ibpb_exit_to_user, true);
}
#else
static inline void hull_ibpb_before_user(void)
{
}
#endif

#endif

#endif
