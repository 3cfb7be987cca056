/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest TSC = (host TSC x ratio) + offset, per vCPU, one time base per VM.
 */
#ifndef HULL_CORE_CPU_TSC_H
#define HULL_CORE_CPU_TSC_H

#include <linux/kvm.h>
#include <linux/types.h>

struct hull_vcpu;
struct hull_vm;

/*
 * Pure halves, for KUnit.  @frac_bits: fraction bits of @ratio, 0: no scaling.
 */
u64 hull_tsc_scale(u64 host_tsc, u64 ratio, u8 frac_bits);
u64 hull_tsc_ratio(u32 guest_khz, u32 host_khz, u8 frac_bits);
bool hull_tsc_within_tolerance(u32 guest_khz, u32 host_khz);
/* Is @value within a second of where @base_value is after @elapsed_ns? */
bool hull_tsc_same_base(u64 value, u64 base_value, u64 elapsed_ns, u32 khz);

void hull_tsc_vm_init(struct hull_vm *vm);
void hull_tsc_vcpu_init(struct hull_vcpu *vcpu);

u64 hull_guest_tsc(struct hull_vcpu *vcpu, u64 host_tsc);
/* User space writes IA32_TSC: the offset moves. */
void hull_host_write_tsc(struct hull_vcpu *vcpu, u64 value);
/* The guest writes IA32_TSC: offset and IA32_TSC_ADJUST move. */
void hull_guest_write_tsc(struct hull_vcpu *vcpu, u64 value);
/* Write of IA32_TSC_ADJUST; by the guest it moves the TSC. */
void hull_write_tsc_adjust(struct hull_vcpu *vcpu, u64 value, bool host);
void hull_set_tsc_offset(struct hull_vcpu *vcpu, u64 offset);
/* The host's TSC went back by @ticks.  Nothing else runs on the machine. */
void hull_tsc_host_lost(struct hull_vm *vm, u64 ticks);

/* KVM_SET_TSC_KHZ on a vCPU, on a VM; KVM_GET_TSC_KHZ. */
int hull_set_tsc_khz(struct hull_vcpu *vcpu, u32 khz);
int hull_vm_set_tsc_khz(struct hull_vm *vm, u32 khz);
u32 hull_host_tsc_khz(void);

/* KVM_HAS/GET/SET_DEVICE_ATTR on a vCPU: KVM_VCPU_TSC_CTRL. */
int hull_vcpu_has_attr(struct hull_vcpu *vcpu, const struct kvm_device_attr *attr);
int hull_vcpu_get_attr(struct hull_vcpu *vcpu, const struct kvm_device_attr *attr);
int hull_vcpu_set_attr(struct hull_vcpu *vcpu, const struct kvm_device_attr *attr);

#endif
