/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HULL_CORE_CPU_APIC_BASE_H
#define HULL_CORE_CPU_APIC_BASE_H

#include <asm/apicdef.h>
#include <asm/msr-index.h>
#include "../vcpu.h"
#include "cpuid.h"

/* Bits of IA32_APIC_BASE below the address that are always reserved. */
#define HULL_APIC_BASE_RESERVED	0x2ffull

/*
 * Would IA32_APIC_BASE take this value (SDM vol. 3, Local APIC Status and
 * Location; Enabling or Disabling the Local APIC; x2APIC State Transitions)?
 */
static inline bool hull_apic_base_valid(struct hull_vcpu *vcpu, u64 value,
					bool host)
{
	const u64 mode = MSR_IA32_APICBASE_ENABLE | X2APIC_ENABLE;
	u64 reserved = HULL_APIC_BASE_RESERVED | vcpu->cpuid.reserved_gpa;
	u64 old = vcpu->apic_base & mode, new = value & mode;

	if (!hull_guest_has(vcpu, HULL_FEAT_X2APIC))
		reserved |= X2APIC_ENABLE;
	if ((value & reserved) || new == X2APIC_ENABLE)
		return false;
	if (host)
		return true;
	/* x2APIC is entered from xAPIC only, and left to disabled only. */
	if (old == mode && new == MSR_IA32_APICBASE_ENABLE)
		return false;
	return old || new != mode;
}

#endif
