/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Control registers, the part that is core/cpu's own: validity rules that the
 * guest's writes and KVM_SET_SREGS share, and unchecked setters.
 */
#ifndef HULL_CORE_CPU_CR_H
#define HULL_CORE_CPU_CR_H

#include <asm/processor-flags.h>
#include "../backend.h"
#include "../vcpu.h"

/* Every bit of CR0 that has a meaning (SDM vol. 3, Control Registers). */
#define HULL_CR0_DEFINED						\
	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | X86_CR0_ET | \
	 X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | X86_CR0_NW | X86_CR0_CD | \
	 X86_CR0_PG)

/* Bits of EFER that a guest can be given on this host. */
u64 hull_supported_efer(void);

/* Pure of effects: would the register take this value? */
bool hull_cr0_valid(u64 cr0);
bool hull_cr3_valid(struct hull_vcpu *vcpu, u64 cr3);
bool hull_cr4_valid(struct hull_vcpu *vcpu, u64 cr4);
bool hull_efer_valid(struct hull_vcpu *vcpu, u64 efer, bool host);

/* Set and project, no check. */
static inline void hull_set_cr0(struct hull_vcpu *vcpu, u64 value)
{
	vcpu->cr0 = value;
	vcpu->regs_avail |= HULL_REG_CR0;
	backend_set_cr0(vcpu);
}

static inline void hull_set_cr3(struct hull_vcpu *vcpu, u64 value)
{
	vcpu->cr3 = value;
	vcpu->regs_avail |= HULL_REG_CR3;
	backend_set_cr3(vcpu);
}

static inline void hull_set_cr4(struct hull_vcpu *vcpu, u64 value)
{
	vcpu->cr4 = value;
	vcpu->regs_avail |= HULL_REG_CR4;
	backend_set_cr4(vcpu);
}

#endif
