// SPDX-License-Identifier: GPL-2.0
#include "lifecycle.h"

static const char * const names[HULL_NR_VCPU_STATES] = {
	[HULL_VCPU_CREATED] = "created",
	[HULL_VCPU_FREE] = "free",
	[HULL_VCPU_READY] = "ready",
	[HULL_VCPU_RUNNING] = "running",
	[HULL_VCPU_BLOCKED] = "blocked",
	[HULL_VCPU_INVALID] = "invalid",
};

const char *hull_vcpu_state_name(enum hull_vcpu_state state)
{
	return state < HULL_NR_VCPU_STATES ? names[state] : "?";
}
