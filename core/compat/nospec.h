/* SPDX-License-Identifier: GPL-2.0 */
/* Mitigations that kernels have from some version on. */
#ifndef HULL_CORE_COMPAT_NOSPEC_H
#define HULL_CORE_COMPAT_NOSPEC_H

#include <asm/nospec-branch.h>

/*
 * Return-predictor untraining after an exit from a guest, for assembly: kernels
 * since 6.2 have a variant for this place.  The common one of older kernels
 * knows the barrier for every entry into the kernel (ENTRY_IBPB), not the one
 * for exits alone; where the kernel has set both, one is enough.
 */
#ifdef __ASSEMBLY__
.macro HULL_UNTRAIN_RET
#if defined(UNTRAIN_RET_VM)
	UNTRAIN_RET_VM
#elif defined(X86_FEATURE_IBPB_ON_VMEXIT) && defined(CONFIG_CPU_IBPB_ENTRY)
	UNTRAIN_RET
	ALTERNATIVE_2 "", "call entry_ibpb", X86_FEATURE_IBPB_ON_VMEXIT, "", X86_FEATURE_ENTRY_IBPB
#else
	UNTRAIN_RET
#endif
.endm
#endif

#ifndef __ASSEMBLY__

#include <linux/bits.h>
#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>

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

/*
 * Return stack overflow: on CPUs where only guests can make the host's returns
 * go wrong, the kernel may have chosen to reduce speculation, and leaves it to
 * whoever enters guests to do so: hull_srso_reduces().
 */
#ifdef X86_FEATURE_SRSO_BP_SPEC_REDUCE
#define HULL_BP_SPEC_REDUCE	BIT_ULL(MSR_ZEN4_BP_CFG_BP_SPEC_REDUCE_BIT)

static inline bool hull_srso_reduces(void)
{
	return cpu_feature_enabled(X86_FEATURE_SRSO_BP_SPEC_REDUCE);
}

/* True: speculation is reduced now, and was not before. */
static inline bool hull_srso_reduce(void)
{
	u64 cfg;

	if (rdmsrl_safe(MSR_ZEN4_BP_CFG, &cfg) || cfg & HULL_BP_SPEC_REDUCE)
		return false;
	return !wrmsrl_safe(MSR_ZEN4_BP_CFG, cfg | HULL_BP_SPEC_REDUCE);
}

static inline void hull_srso_restore(void)
{
	u64 cfg;

	if (!rdmsrl_safe(MSR_ZEN4_BP_CFG, &cfg))
		wrmsrl_safe(MSR_ZEN4_BP_CFG, cfg & ~HULL_BP_SPEC_REDUCE);
}
#else
static inline bool hull_srso_reduces(void)
{
	return false;
}

static inline bool hull_srso_reduce(void)
{
	return false;
}

static inline void hull_srso_restore(void)
{
}
#endif

/*
 * On Zen 1 a division by zero lets speculation see the quotient of an earlier
 * one: have the earlier one be that of 0 by 1.
 */
#ifdef X86_BUG_DIV0
static inline void hull_clear_divider(void)
{
	amd_clear_divider();
}
#else
static inline void hull_clear_divider(void)
{
}
#endif

#endif

#endif
