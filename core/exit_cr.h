/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HULL_CORE_EXIT_CR_H
#define HULL_CORE_EXIT_CR_H

#include "run.h"

/* Handlers of HULL_EXIT_CR, _DR and _TPR, in the table of core/exit.c. */
enum hull_run hull_handle_cr(struct hull_vcpu *vcpu);
enum hull_run hull_handle_dr(struct hull_vcpu *vcpu);
enum hull_run hull_handle_tpr(struct hull_vcpu *vcpu);

#endif
