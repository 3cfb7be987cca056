/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Delivery of events by software (cpu/deliver.c).
 */
#ifndef HULL_CORE_CPU_DELIVER_H
#define HULL_CORE_CPU_DELIVER_H

#include <linux/types.h>
#include "../x86.h"

struct hull_vcpu;

/**
 * struct hull_delivery - what goes through the IDT
 * @vector: vector
 * @soft: INT n, INT3 or INTO: the gate's privilege counts
 * @has_error: @error is pushed
 * @error: error code
 * @rip: saved RIP
 * @rflags: saved RFLAGS
 */
struct hull_delivery {
	u8 vector;
	bool soft;
	bool has_error;
	u32 error;
	u64 rip;
	u64 rflags;
};

/*
 * Make the guest's registers and stack what they are before the first
 * instruction of the handler.  Process context, inside srcu.
 * 0, 1: @fault came in the way and nothing is changed but accessed bits,
 * -EFAULT.
 */
int hull_deliver(struct hull_vcpu *vcpu, const struct hull_delivery *d,
		 struct hull_fault *fault);

#endif
