/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HULL_CORE_SYNC_REGS_H
#define HULL_CORE_SYNC_REGS_H

struct hull_vcpu;

/* Take what run->kvm_dirty_regs names: 0 or -EINVAL. */
int hull_take_sync_regs(struct hull_vcpu *vcpu);
/* Fill what run->kvm_valid_regs names. */
void hull_give_sync_regs(struct hull_vcpu *vcpu);

#endif
