/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Model-specific registers: one table, from which the index list, the save
 * set, the intercepts and the guest's RDMSR and WRMSR all come.
 *
 * A row is STORED (value in struct hull_msrs, checked on write), HELD (in the
 * backend's control block or the CPU: backend_read_msr(), backend_write_msr()),
 * FUNCTION (own read and write function) or CONSTANT.
 */
#ifndef HULL_CORE_CPU_MSR_H
#define HULL_CORE_CPU_MSR_H

#include <linux/kvm.h>
#include <linux/types.h>

/* PAT after power-up (APM vol. 2, Page-Attribute Table Mechanism). */
#define HULL_PAT_RESET	0x0007040600070406ULL

struct hull_vcpu;
struct hull_msrs;

int hull_msrs_init(struct hull_vcpu *vcpu);	/* allocates vcpu->msrs, reset values */
void hull_msrs_reset(struct hull_vcpu *vcpu, bool init);
void hull_msrs_free(struct hull_vcpu *vcpu);

/*
 * Read or write one MSR for the guest (@host false: guest's features, reserved
 * bits and read-only rules) or for user space (@host true).  0, or 1: no such
 * MSR or value refused, the guest gets #GP(0).
 */
int hull_read_msr(struct hull_vcpu *vcpu, u32 index, u64 *value, bool host);
int hull_write_msr(struct hull_vcpu *vcpu, u32 index, u64 value, bool host);

/* Call @fn for every MSR that a guest uses without exits (for the bitmaps). */
typedef void hull_msr_fn(struct hull_vcpu *vcpu, u32 index, bool read, bool write);
void hull_pass_msrs(hull_msr_fn *fn, struct hull_vcpu *vcpu);

/* Ioctls.  @user is the user's struct; results as in KVM's API document. */
int hull_get_msr_index_list(struct kvm_msr_list __user *user);
int hull_get_msr_feature_index_list(struct kvm_msr_list __user *user);
int hull_get_msrs(struct hull_vcpu *vcpu, struct kvm_msrs __user *user);
int hull_set_msrs(struct hull_vcpu *vcpu, struct kvm_msrs __user *user);
int hull_get_feature_msrs(struct kvm_msrs __user *user);

/* Pure rules on values. */
bool hull_pat_valid(u64 value);
bool hull_mtrr_valid(u32 index, u64 value, u64 reserved_gpa);

int hull_msr_setup(void);	/* once, after the probe */
void hull_msr_teardown(void);

#endif
