/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUID: what hull can offer, and what one guest was given.
 *
 * cpuid.c holds one table {leaf, subleaf, register, supported mask, policy}.
 * KVM_GET_SUPPORTED_CPUID, the guest's view and the features that core/ and the
 * backends ask about all come from it.
 */
#ifndef HULL_CORE_CPU_CPUID_H
#define HULL_CORE_CPU_CPUID_H

#include <linux/kvm.h>
#include <linux/types.h>

struct hull_vcpu;

#define HULL_MAX_CPUID_ENTRIES	256
#define HULL_CPUID_HASH_BITS	6

/* Guest features that hull's own behaviour depends on. */
enum hull_feature {
	HULL_FEAT_TSC, HULL_FEAT_MSR, HULL_FEAT_PSE36, HULL_FEAT_XSAVE,
	HULL_FEAT_OSXSAVE_ALLOWED, HULL_FEAT_PCID, HULL_FEAT_X2APIC,
	HULL_FEAT_FSGSBASE, HULL_FEAT_SMEP, HULL_FEAT_SMAP, HULL_FEAT_UMIP,
	HULL_FEAT_PKU, HULL_FEAT_LA57, HULL_FEAT_INVPCID, HULL_FEAT_NX,
	HULL_FEAT_LM, HULL_FEAT_RDTSCP, HULL_FEAT_RDPID, HULL_FEAT_GBPAGES,
	HULL_FEAT_XSAVES, HULL_FEAT_XSAVEC, HULL_FEAT_XGETBV1, HULL_FEAT_TSC_ADJUST,
	HULL_FEAT_MONITOR, HULL_FEAT_FFXSR, HULL_FEAT_SYSCALL, HULL_FEAT_RTM,
	HULL_FEAT_SPEC_CTRL, HULL_FEAT_IBPB, HULL_FEAT_SBPB, HULL_FEAT_ARCH_CAPS,
	HULL_FEAT_MCE, HULL_FEAT_MTRR, HULL_FEAT_PAT, HULL_FEAT_VMX_SVM,
	HULL_FEAT_FLUSH_L1D, HULL_FEAT_OSVW,
	HULL_NR_FEATURES,
};

/**
 * struct hull_cpuid - CPUID of one vCPU
 * @nent: entries
 * @entries: as KVM_SET_CPUID2 gave them, in user space's order.  Dynamic bits
 *	(OSXSAVE, 0xD sizes) are current.
 * @heads: index for lookup: for each hash of a leaf the first entry that has it,
 *	counted from 1; 0: none
 * @next: for each entry the next one with the same hash, likewise
 * @features: bitmap of enum hull_feature, evaluated when the entries are set
 * @phys_bits: guest MAXPHYADDR
 * @reserved_gpa: bits of a guest page-table entry above it
 * @cr4_allowed: bits of CR4 the guest may set
 * @xcr0_allowed: bits of XCR0
 * @xss_allowed: bits of IA32_XSS
 * @intel: vendor string is Intel's
 * @amd: vendor string is AMD's or Hygon's
 */
struct hull_cpuid {
	u32 nent;
	struct kvm_cpuid_entry2 *entries;
	u16 heads[1 << HULL_CPUID_HASH_BITS];
	u16 *next;
	DECLARE_BITMAP(features, HULL_NR_FEATURES);
	u8 phys_bits;
	u64 reserved_gpa;
	u64 cr4_allowed;
	u64 xcr0_allowed;
	u64 xss_allowed;
	bool intel;
	bool amd;
};

bool hull_guest_has(const struct hull_vcpu *vcpu, enum hull_feature f);

/* Build the supported table, once, after the backend's probe. */
int hull_cpuid_setup(void);
void hull_cpuid_teardown(void);
/* Bits of CR4 and XCR0, XSS that hull supports on this host at all. */
u64 hull_supported_cr4(void);
u64 hull_supported_xcr0(void);
u64 hull_supported_xss(void);
/* hull supports the feature on this host. */
bool hull_host_can(enum hull_feature f);
/* Features that @entries show and the host has; bits of CR4 they bring. */
void hull_cpuid_features(const struct kvm_cpuid_entry2 *entries, u32 nent,
			 unsigned long *features);
u64 hull_cr4_of_features(const unsigned long *features);
/* Bytes of an XSAVE image with @features, in standard or compacted format. */
u32 hull_xsave_area_size(u64 features, bool compacted);

/* KVM_GET_SUPPORTED_CPUID, KVM_GET_EMULATED_CPUID: @user is struct kvm_cpuid2. */
int hull_get_supported_cpuid(struct kvm_cpuid2 __user *user);
int hull_get_emulated_cpuid(struct kvm_cpuid2 __user *user);

int hull_cpuid_init(struct hull_vcpu *vcpu);	/* none set: what reset gives */
void hull_cpuid_free(struct hull_vcpu *vcpu);
int hull_set_cpuid2(struct hull_vcpu *vcpu, const struct kvm_cpuid2 *head,
		    const struct kvm_cpuid_entry2 __user *user);
int hull_set_cpuid(struct hull_vcpu *vcpu, const struct kvm_cpuid *head,
		   const struct kvm_cpuid_entry __user *user);
int hull_get_cpuid2(struct hull_vcpu *vcpu, struct kvm_cpuid2 *head,
		    struct kvm_cpuid_entry2 __user *user);
/* CR4, XCR0 or XSS changed: refresh the dynamic bits. */
void hull_cpuid_refresh(struct hull_vcpu *vcpu);

/* Execute CPUID with EAX and ECX of the guest; writes the four registers. */
void hull_execute_cpuid(struct hull_vcpu *vcpu);

/*
 * Pure half, for KUnit: build the index; find an entry; result of
 * CPUID(@leaf, @subleaf) with these entries, with the fall-back to the highest
 * basic leaf that Intel CPUs have.
 */
void hull_cpuid_index(struct hull_cpuid *c);
struct kvm_cpuid_entry2 *hull_cpuid_find(const struct hull_cpuid *c, u32 leaf,
					 u32 subleaf);
void hull_cpuid_lookup(const struct hull_cpuid *c, u32 leaf, u32 subleaf, u32 out[4]);

#endif
