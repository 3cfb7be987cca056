// SPDX-License-Identifier: GPL-2.0
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "lifecycle.h"

/* Edges: the states that can be reached from the one that is the index. */
static const u8 edges[HULL_NR_VCPU_STATES] = {
	[HULL_VCPU_CREATED] = BIT(HULL_VCPU_FREE) | BIT(HULL_VCPU_INVALID),
	[HULL_VCPU_FREE] = BIT(HULL_VCPU_READY) | BIT(HULL_VCPU_INVALID),
	[HULL_VCPU_READY] = BIT(HULL_VCPU_RUNNING) | BIT(HULL_VCPU_BLOCKED) |
			    BIT(HULL_VCPU_FREE) | BIT(HULL_VCPU_INVALID),
	[HULL_VCPU_RUNNING] = BIT(HULL_VCPU_READY),
	[HULL_VCPU_BLOCKED] = BIT(HULL_VCPU_READY) | BIT(HULL_VCPU_FREE) |
			      BIT(HULL_VCPU_INVALID),
	[HULL_VCPU_INVALID] = 0,
};

static const char * const names[HULL_NR_VCPU_STATES] = {
	[HULL_VCPU_CREATED] = "created",
	[HULL_VCPU_FREE] = "free",
	[HULL_VCPU_READY] = "ready",
	[HULL_VCPU_RUNNING] = "running",
	[HULL_VCPU_BLOCKED] = "blocked",
	[HULL_VCPU_INVALID] = "invalid",
};

bool hull_vcpu_transition_allowed(enum hull_vcpu_state from, enum hull_vcpu_state to)
{
	if (from >= HULL_NR_VCPU_STATES || to >= HULL_NR_VCPU_STATES)
		return false;
	return edges[from] & BIT(to);
}

int hull_vcpu_transition(atomic_t *state, enum hull_vcpu_state from,
			 enum hull_vcpu_state to)
{
	if (!hull_vcpu_transition_allowed(from, to))
		return -EINVAL;
	if (atomic_cmpxchg(state, from, to) != from)
		return -EBUSY;
	return 0;
}

const char *hull_vcpu_state_name(enum hull_vcpu_state state)
{
	return state < HULL_NR_VCPU_STATES ? names[state] : "?";
}
