/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HULL_CORE_EMULATE_H
#define HULL_CORE_EMULATE_H

struct hull_vcpu;

/* Connect vcpu->emul with its surroundings.  Once, at creation. */
void hull_emulate_init(struct hull_vcpu *vcpu);

/*
 * User space has moved the vCPU to another CS: the instruction that waits for its
 * answer is not the one at RIP.  Another RIP is noticed when the answer is taken.
 */
void hull_io_moved(struct hull_vcpu *vcpu);

#endif
