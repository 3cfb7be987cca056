/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Return-predictor untraining after an exit from a guest, for assembly: kernels
 * since 6.2 have a variant for this place, older ones only the common one.
 */
#ifndef HULL_CORE_COMPAT_NOSPEC_H
#define HULL_CORE_COMPAT_NOSPEC_H

#include <asm/nospec-branch.h>

#ifdef UNTRAIN_RET_VM
#define HULL_UNTRAIN_RET	UNTRAIN_RET_VM
#else
#define HULL_UNTRAIN_RET	UNTRAIN_RET
#endif

#endif
