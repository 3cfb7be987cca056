/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HULL_CORE_STATS_H
#define HULL_CORE_STATS_H

#include "exit.h"

/* Counters of one vCPU: written by its own thread alone, read by anybody. */
struct hull_vcpu_stats {
	u64 exits[HULL_NR_EXIT_KINDS];
	u64 injections;
	u64 emulations;
	u64 halts;
};

/* Counters of one VM: written under mem.s2.lock. */
struct hull_vm_stats {
	u64 tlb_flushes;
};

#endif
