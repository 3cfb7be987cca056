// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../backend.h"
#include "../vcpu.h"
#include "nested.h"

#define NO_ADDRESS	(~0ull)

/* Outside of nested guests, and with nothing set up for one. */
static void empty_state(struct kvm_nested_state *state)
{
	memset(state, 0, sizeof(*state));
	state->size = sizeof(*state);
	if (hull_backend->caps->amd) {
		state->format = KVM_STATE_NESTED_FORMAT_SVM;
		/* The global interrupt flag is 1 at reset, APM vol. 2, Global Interrupt Flag. */
		state->flags = KVM_STATE_NESTED_GIF_SET;
	} else {
		state->format = KVM_STATE_NESTED_FORMAT_VMX;
		state->hdr.vmx.vmxon_pa = NO_ADDRESS;
		state->hdr.vmx.vmcs12_pa = NO_ADDRESS;
	}
}

int hull_get_nested_state(struct hull_vcpu *vcpu, struct kvm_nested_state __user *user)
{
	struct kvm_nested_state state;
	u32 room;

	empty_state(&state);
	if (get_user(room, &user->size))
		return -EFAULT;
	if (room < sizeof(state))
		return put_user(state.size, &user->size) ? -EFAULT : -E2BIG;
	return copy_to_user(user, &state, sizeof(state)) ? -EFAULT : 0;
}

/* Only what says that there is none is a state of such a guest. */
int hull_set_nested_state(struct hull_vcpu *vcpu, const struct kvm_nested_state *state)
{
	struct kvm_nested_state empty;

	empty_state(&empty);
	if (state->size < sizeof(*state) || state->format != empty.format ||
	    state->flags != empty.flags)
		return -EINVAL;
	if (hull_backend->caps->amd)
		return 0;
	if (state->hdr.vmx.vmxon_pa != NO_ADDRESS ||
	    state->hdr.vmx.vmcs12_pa != NO_ADDRESS || state->hdr.vmx.smm.flags ||
	    state->hdr.vmx.flags & ~KVM_STATE_VMX_PREEMPTION_TIMER_DEADLINE)
		return -EINVAL;
	return 0;
}
