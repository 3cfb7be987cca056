/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Life cycle of a vCPU.  hull_vcpu_transition() alone changes the state, by
 * compare-and-exchange, and refuses what is not an edge of this graph:
 *
 *   CREATED --set up--> FREE --KVM_RUN--> READY --enter--> RUNNING
 *                        ^                 | ^               |
 *                        +------leave------+ +-----exit------+
 *                                          | ^
 *                                        HLT wake
 *                                          v |
 *                                        BLOCKED --leave--> FREE
 *   any but RUNNING --destroy, VM dead--> INVALID
 */
#ifndef HULL_CORE_LIFECYCLE_H
#define HULL_CORE_LIFECYCLE_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/types.h>

enum hull_vcpu_state {
	HULL_VCPU_CREATED,	/* allocated, no complete state yet */
	HULL_VCPU_FREE,		/* complete, no thread in KVM_RUN */
	HULL_VCPU_READY,	/* a thread is in KVM_RUN, outside the guest */
	HULL_VCPU_RUNNING,	/* in the guest */
	HULL_VCPU_BLOCKED,	/* halted, its thread sleeps */
	HULL_VCPU_INVALID,	/* will never run again */
	HULL_NR_VCPU_STATES,
};

/* Edges: the states that can be reached from the one that is the index. */
static const u8 hull_vcpu_edges[HULL_NR_VCPU_STATES] = {
	[HULL_VCPU_CREATED] = BIT(HULL_VCPU_FREE) | BIT(HULL_VCPU_INVALID),
	[HULL_VCPU_FREE] = BIT(HULL_VCPU_READY) | BIT(HULL_VCPU_INVALID),
	[HULL_VCPU_READY] = BIT(HULL_VCPU_RUNNING) | BIT(HULL_VCPU_BLOCKED) |
			    BIT(HULL_VCPU_FREE) | BIT(HULL_VCPU_INVALID),
	[HULL_VCPU_RUNNING] = BIT(HULL_VCPU_READY),
	[HULL_VCPU_BLOCKED] = BIT(HULL_VCPU_READY) | BIT(HULL_VCPU_FREE) |
			      BIT(HULL_VCPU_INVALID),
	[HULL_VCPU_INVALID] = 0,
};

/* Is @from -> @to an edge? */
static __always_inline bool hull_vcpu_transition_allowed(enum hull_vcpu_state from,
							 enum hull_vcpu_state to)
{
	if (from >= HULL_NR_VCPU_STATES || to >= HULL_NR_VCPU_STATES)
		return false;
	return hull_vcpu_edges[from] & BIT(to);
}

/*
 * Change @state from @from to @to: 0, -EINVAL (no edge), -EBUSY (not in @from).
 * Inline, so that the check of constant states costs nothing at run time.
 */
static __always_inline int __must_check
hull_vcpu_transition(atomic_t *state, enum hull_vcpu_state from, enum hull_vcpu_state to)
{
	if (!hull_vcpu_transition_allowed(from, to))
		return -EINVAL;
	if (atomic_cmpxchg(state, from, to) != from)
		return -EBUSY;
	return 0;
}

const char *hull_vcpu_state_name(enum hull_vcpu_state state);

#endif
