// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID of hull and of one guest.
 *
 * What hull supports is computed once, at load, as a list of entries in the
 * order in which KVM_GET_SUPPORTED_CPUID gives them out.  Feature registers
 * come from cpuid_table.c; the leaf table below says what becomes of the other
 * registers of each leaf.  Leaves between the lowest and the highest of a range
 * that the table does not name are there, and zero.
 *
 * A guest's entries are user space's, in user space's order.  Lookup is by
 * binary search over an index beside them, since every CPUID exit makes one.
 */
#include <linux/errno.h>
#include <linux/kvm_para.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/fpu/types.h>
#include <asm/kvm_para.h>
#include <asm/msr-index.h>
#include <asm/processor.h>
#include <asm/processor-flags.h>
#include "../backend.h"
#include "../vcpu.h"
#include "cpuid.h"
#include "cpuid_table.h"
#include "cr.h"
#include "msr.h"
#include "xstate.h"

/* Highest leaves whose contents are known here. */
#define MAX_BASIC	0x1fu
#define MAX_EXTENDED	0x80000021u

/* Legacy area and header of an XSAVE image (SDM vol. 1, XSAVE Area). */
#define XSAVE_HEADER_END	(512 + 64)
#define XSAVE_ECX_SUPERVISOR	BIT(0)
#define XSAVE_ECX_ALIGNED	BIT(1)

#define XCR0_SUPPORTED	(XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM |	\
			 XFEATURE_MASK_AVX512 | XFEATURE_MASK_PKRU)

static struct {
	struct kvm_cpuid_entry2 *entries;
	unsigned int nent;
	u64 xcr0;
	u64 cr4;
	u64 efer;
	u32 xsave_size[64];		/* of each component */
	u32 xsave_offset[64];
	u32 xsave_flags[64];
} supported __ro_after_init;

static DECLARE_BITMAP(supported_features, HULL_NR_FEATURES);

/* Rows of CR4 whose bit exists with a feature only. */
static const struct {
	u32 cr4;
	enum hull_feature feature;
} cr4_features[] = {
	{ X86_CR4_PCIDE, HULL_FEAT_PCID },
	{ X86_CR4_OSXSAVE, HULL_FEAT_XSAVE },
	{ X86_CR4_FSGSBASE, HULL_FEAT_FSGSBASE },
	{ X86_CR4_SMEP, HULL_FEAT_SMEP },
	{ X86_CR4_SMAP, HULL_FEAT_SMAP },
	{ X86_CR4_UMIP, HULL_FEAT_UMIP },
	{ X86_CR4_PKE, HULL_FEAT_PKU },
	{ X86_CR4_LA57, HULL_FEAT_LA57 },
};

#define CR4_ALWAYS							\
	(X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE |		\
	 X86_CR4_PSE | X86_CR4_PAE | X86_CR4_MCE | X86_CR4_PGE |	\
	 X86_CR4_PCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT)

/* Where each enum hull_feature stands in CPUID. */
#define F(feat, l, s, r, b)						\
	{ .feature = HULL_FEAT_##feat, .leaf = l, .subleaf = s,		\
	  .reg = HULL_CPUID_##r, .bits = b }
#define B(name)	BIT(X86_FEATURE_##name & 31)

static const struct {
	u32 leaf;
	u32 subleaf;
	u8 reg;
	u8 feature;
	u32 bits;			/* any of them */
} feature_bits[] = {
	F(TSC, 1, 0, EDX, B(TSC)),
	F(MSR, 1, 0, EDX, B(MSR)),
	F(PSE36, 1, 0, EDX, B(PSE36)),
	F(MCE, 1, 0, EDX, B(MCE)),
	F(MTRR, 1, 0, EDX, B(MTRR)),
	F(PAT, 1, 0, EDX, B(PAT)),
	F(XSAVE, 1, 0, ECX, B(XSAVE)),
	F(OSXSAVE_ALLOWED, 1, 0, ECX, B(XSAVE)),
	F(PCID, 1, 0, ECX, B(PCID)),
	F(X2APIC, 1, 0, ECX, B(X2APIC)),
	F(MONITOR, 1, 0, ECX, B(MWAIT)),
	F(VMX_SVM, 1, 0, ECX, B(VMX)),
	F(FSGSBASE, 7, 0, EBX, B(FSGSBASE)),
	F(TSC_ADJUST, 7, 0, EBX, B(TSC_ADJUST)),
	F(SMEP, 7, 0, EBX, B(SMEP)),
	F(SMAP, 7, 0, EBX, B(SMAP)),
	F(INVPCID, 7, 0, EBX, B(INVPCID)),
	F(RTM, 7, 0, EBX, B(RTM)),
	F(UMIP, 7, 0, ECX, B(UMIP)),
	F(PKU, 7, 0, ECX, B(PKU)),
	F(LA57, 7, 0, ECX, B(LA57)),
	F(RDPID, 7, 0, ECX, B(RDPID)),
	F(SPEC_CTRL, 7, 0, EDX, B(SPEC_CTRL) | B(INTEL_STIBP) | B(SPEC_CTRL_SSBD)),
	F(IBPB, 7, 0, EDX, B(SPEC_CTRL)),
	F(FLUSH_L1D, 7, 0, EDX, B(FLUSH_L1D)),
	F(ARCH_CAPS, 7, 0, EDX, B(ARCH_CAPABILITIES)),
	F(XSAVEC, 0xd, 1, EAX, B(XSAVEC)),
	F(XGETBV1, 0xd, 1, EAX, B(XGETBV1)),
	F(XSAVES, 0xd, 1, EAX, B(XSAVES)),
	F(OSVW, 0x80000001, 0, ECX, B(OSVW)),
	F(VMX_SVM, 0x80000001, 0, ECX, B(SVM)),
	F(SYSCALL, 0x80000001, 0, EDX, B(SYSCALL)),
	F(NX, 0x80000001, 0, EDX, B(NX)),
	F(FFXSR, 0x80000001, 0, EDX, B(FXSR_OPT)),
	F(GBPAGES, 0x80000001, 0, EDX, B(GBPAGES)),
	F(RDTSCP, 0x80000001, 0, EDX, B(RDTSCP)),
	F(LM, 0x80000001, 0, EDX, B(LM)),
	F(SPEC_CTRL, 0x80000008, 0, EBX, B(AMD_IBRS) | B(AMD_STIBP) | B(AMD_SSBD)),
	F(IBPB, 0x80000008, 0, EBX, B(AMD_IBPB)),
	F(SBPB, 0x80000021, 0, EAX, B(SBPB)),
};

static u32 *entry_reg(struct kvm_cpuid_entry2 *e, unsigned int reg)
{
	return &e->eax + reg;
}

static_assert(offsetof(struct kvm_cpuid_entry2, edx) ==
	      offsetof(struct kvm_cpuid_entry2, eax) + 3 * sizeof(u32));

static const struct kvm_cpuid_entry2 *
find_entry(const struct kvm_cpuid_entry2 *e, unsigned int n, u32 leaf, u32 subleaf)
{
	for (; n; n--, e++)
		if (e->function == leaf &&
		    (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) ||
		     e->index == subleaf))
			return e;
	return NULL;
}

/* What hull supports. */

/* Registers of a leaf that are the host's as they are. */
#define PASS_EAX	BIT(HULL_CPUID_EAX)
#define PASS_EBX	BIT(HULL_CPUID_EBX)
#define PASS_ECX	BIT(HULL_CPUID_ECX)
#define PASS_EDX	BIT(HULL_CPUID_EDX)
#define PASS_ALL	0xf

static void fill_0(struct kvm_cpuid_entry2 *e)
{
	e->eax = min(cpuid_eax(0), MAX_BASIC);
}

static void fill_1(struct kvm_cpuid_entry2 *e)
{
	/* CLFLUSH line size; the rest is this CPU's place in the host. */
	e->ebx = cpuid_ebx(1) & 0xff00;
}

static void fill_7(struct kvm_cpuid_entry2 *e)
{
	/* Highest subleaf in the first, features in the others. */
	e->eax = e->index ? 0 : min(e->eax, 1u);
}

static void fill_ext_0(struct kvm_cpuid_entry2 *e)
{
	e->eax = min(cpuid_eax(0x80000000), MAX_EXTENDED);
}

/* Address widths: the second stage may reach less far than the CPU. */
static void fill_ext_8(struct kvm_cpuid_entry2 *e)
{
	u32 eax = cpuid_eax(0x80000008);
	u32 phys = eax & 0xff, virt = max((eax >> 8) & 0xff, 48u);
	u32 reach = hull_backend->caps->s2_levels == 4 ? 48 : 57;

	e->eax = phys | virt << 8 | min(phys, reach) << 16;
}

static void fill_signature(struct kvm_cpuid_entry2 *e)
{
	static const u32 signature[3] = { 0x4b4d564b, 0x564b4d56, 0x4d };

	e->eax = KVM_CPUID_FEATURES;
	e->ebx = signature[0];
	e->ecx = signature[1];
	e->edx = signature[2];
}

static void fill_features(struct kvm_cpuid_entry2 *e)
{
	e->eax = BIT(KVM_FEATURE_NOP_IO_DELAY);
}

/* Subleaves that end with one whose type field is zero. */
static bool more_caches(const struct kvm_cpuid_entry2 *e)
{
	return e->eax & 0x1f;
}

static bool more_7(const struct kvm_cpuid_entry2 *e)
{
	return e->index == 0 && e->eax >= 1;
}

/**
 * struct leaf - policy of one leaf
 * @leaf: which
 * @pass: PASS_* registers
 * @fill: computes what is neither passed nor in the feature table
 * @more: the leaf has subleaves: does another follow this one?
 */
struct leaf {
	u32 leaf;
	u8 pass;
	void (*fill)(struct kvm_cpuid_entry2 *e);
	bool (*more)(const struct kvm_cpuid_entry2 *e);
};

static const struct leaf leaves[] = {
	{ 0, PASS_EBX | PASS_ECX | PASS_EDX, fill_0 },
	{ 1, PASS_EAX, fill_1 },
	{ 2, PASS_ALL },
	{ 4, PASS_ALL, NULL, more_caches },
	{ 7, PASS_EAX, fill_7, more_7 },
	{ KVM_CPUID_SIGNATURE, 0, fill_signature },
	{ KVM_CPUID_FEATURES, 0, fill_features },
	{ 0x80000000, PASS_EBX | PASS_ECX | PASS_EDX, fill_ext_0 },
	{ 0x80000001, PASS_EAX },
	{ 0x80000002, PASS_ALL },
	{ 0x80000003, PASS_ALL },
	{ 0x80000004, PASS_ALL },
	{ 0x80000005, PASS_ALL },
	{ 0x80000006, PASS_ALL },
	{ 0x80000008, 0, fill_ext_8 },
	{ 0x80000019, PASS_ALL },
	{ 0x8000001a, PASS_ALL },
	{ 0x8000001d, PASS_ALL, NULL, more_caches },
};

static const struct leaf *find_leaf(u32 leaf)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++)
		if (leaves[i].leaf == leaf)
			return &leaves[i];
	return NULL;
}

u32 hull_cpuid_mask(const struct hull_cpuid_row *row, u32 raw, u32 enabled)
{
	return (raw & enabled & row->host) | (raw & row->raw) | (enabled & row->kernel) |
	       row->always;
}

/* Feature registers of the table. */
static void mask_entry(struct kvm_cpuid_entry2 *e, const u32 raw[4])
{
	unsigned int i;

	for (i = 0; i < hull_cpuid_table_size; i++) {
		const struct hull_cpuid_row *row = &hull_cpuid_table[i];
		u32 enabled = ~0;

		if (row->leaf != e->function || row->subleaf != e->index)
			continue;
		if (row->word >= 0)
			enabled = boot_cpu_data.x86_capability[row->word];
		*entry_reg(e, row->reg) |=
			hull_cpuid_mask(row, raw[row->reg], enabled);
	}
}

/* Features for which the backend has to do something. */
static void mask_by_caps(struct kvm_cpuid_entry2 *e)
{
	const struct hull_caps *caps = hull_backend->caps;

	if (e->function == 7 && e->index == 0) {
		if (!caps->invpcid)
			e->ebx &= ~B(INVPCID);
		if (!caps->pku)
			e->ecx &= ~B(PKU);
		if (!caps->rdtscp)
			e->ecx &= ~B(RDPID);
		e->ecx &= ~B(UMIP);
		if (caps->umip)
			e->ecx |= B(UMIP);
		if (!(supported.xcr0 & XFEATURE_MASK_PKRU))
			e->ecx &= ~B(PKU);
	}
	if (e->function == 0xd && e->index == 1 && !caps->xsaves)
		e->eax &= ~B(XSAVES);
	if (e->function == 0x80000001 && !caps->rdtscp)
		e->edx &= ~B(RDTSCP);
}

/*
 * FSRM without ERMS exists where the host has switched fast strings off and kept FSRM.
 * Linux does not look for ERMS where it finds FSRM: 6.1's memmove never ends then.
 */
static void mask_orphans(struct kvm_cpuid_entry2 *e)
{
	if (e->function == 7 && e->index == 0 && !(e->ebx & B(ERMS)))
		e->edx &= ~B(FSRM);
}

static struct kvm_cpuid_entry2 *new_entry(u32 leaf, u32 subleaf, bool indexed)
{
	struct kvm_cpuid_entry2 *e;

	if (supported.nent == HULL_MAX_CPUID_ENTRIES)
		return NULL;
	e = &supported.entries[supported.nent++];
	e->function = leaf;
	e->index = subleaf;
	e->flags = indexed ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0;
	return e;
}

/* One subleaf; false: the list is full, or it was the last. */
static bool add_subleaf(const struct leaf *policy, u32 leaf, u32 subleaf)
{
	bool indexed = (policy && policy->more) || leaf == 0xb || leaf == 0xd ||
		       leaf == 0x1f;
	struct kvm_cpuid_entry2 *e = new_entry(leaf, subleaf, indexed);
	u32 raw[4];
	int reg;

	if (!e)
		return false;
	cpuid_count(leaf, subleaf, &raw[0], &raw[1], &raw[2], &raw[3]);
	for (reg = 0; reg < 4; reg++)
		if (policy && (policy->pass & BIT(reg)))
			*entry_reg(e, reg) = raw[reg];
	if (policy && policy->fill)
		policy->fill(e);
	mask_entry(e, raw);
	mask_by_caps(e);
	mask_orphans(e);
	return policy && policy->more && policy->more(e);
}

static u64 xsave_all(void)
{
	return supported.xcr0 | hull_supported_xss();
}

u32 hull_xsave_area_size(u64 features, bool compacted)
{
	u32 size = XSAVE_HEADER_END;
	int i;

	for (i = 2; i < 64; i++) {
		if (!(features & BIT_ULL(i)))
			continue;
		if (!compacted) {
			size = max(size, supported.xsave_offset[i] +
					 supported.xsave_size[i]);
			continue;
		}
		if (supported.xsave_flags[i] & XSAVE_ECX_ALIGNED)
			size = ALIGN(size, 64);
		size += supported.xsave_size[i];
	}
	return size;
}

/* Leaf 0xD: sizes and offsets of extended state. */
static void add_xsave_leaves(void)
{
	struct kvm_cpuid_entry2 *e;
	int i;

	e = new_entry(0xd, 0, true);
	if (!e || !supported.xcr0)
		return;
	e->eax = lower_32_bits(supported.xcr0);
	e->edx = upper_32_bits(supported.xcr0);
	e->ebx = e->ecx = hull_xsave_area_size(supported.xcr0, false);

	add_subleaf(NULL, 0xd, 1);
	e = &supported.entries[supported.nent - 1];
	if (e->eax & (B(XSAVES) | B(XSAVEC)))
		e->ebx = hull_xsave_area_size(xsave_all(), true);

	for (i = 2; i < 64; i++) {
		if (!(xsave_all() & BIT_ULL(i)))
			continue;
		e = new_entry(0xd, i, true);
		if (!e)
			return;
		e->eax = supported.xsave_size[i];
		e->ebx = supported.xsave_offset[i];
		e->ecx = supported.xsave_flags[i] &
			 (XSAVE_ECX_SUPERVISOR | XSAVE_ECX_ALIGNED);
	}
}

static void add_leaf(u32 leaf)
{
	const struct leaf *policy = find_leaf(leaf);
	u32 subleaf = 0;

	if (leaf == 0xd) {
		add_xsave_leaves();
		return;
	}
	while (add_subleaf(policy, leaf, subleaf))
		subleaf++;
}

static void add_leaves(u32 first)
{
	u32 leaf, last;

	add_leaf(first);
	last = supported.entries[supported.nent - 1].eax;
	for (leaf = first + 1; leaf <= last; leaf++)
		add_leaf(leaf);
}

static void probe_xsave(void)
{
	u32 eax, ebx, ecx, edx;
	int i;

	supported.xcr0 = hull_host_xcr0() & XCR0_SUPPORTED;
	if (!hull_backend->caps->pku)
		supported.xcr0 &= ~(u64)XFEATURE_MASK_PKRU;
	for (i = 2; i < 64 && supported.xcr0; i++) {
		if (!(xsave_all() & BIT_ULL(i)))
			continue;
		cpuid_count(0xd, i, &eax, &ebx, &ecx, &edx);
		supported.xsave_size[i] = eax;
		supported.xsave_offset[i] = ebx;
		supported.xsave_flags[i] = ecx;
	}
}

static void shown_features(const struct kvm_cpuid_entry2 *entries, u32 nent,
			   unsigned long *features)
{
	unsigned int i;

	bitmap_zero(features, HULL_NR_FEATURES);
	for (i = 0; i < ARRAY_SIZE(feature_bits); i++) {
		const struct kvm_cpuid_entry2 *e =
			find_entry(entries, nent, feature_bits[i].leaf,
				   feature_bits[i].subleaf);

		if (e && ((&e->eax)[feature_bits[i].reg] & feature_bits[i].bits))
			__set_bit(feature_bits[i].feature, features);
	}
}

void hull_cpuid_features(const struct kvm_cpuid_entry2 *entries, u32 nent,
			 unsigned long *features)
{
	shown_features(entries, nent, features);
	bitmap_and(features, features, supported_features, HULL_NR_FEATURES);
}

u64 hull_cr4_of_features(const unsigned long *features)
{
	u64 cr4 = CR4_ALWAYS;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cr4_features); i++)
		if (test_bit(cr4_features[i].feature, features))
			cr4 |= cr4_features[i].cr4;
	return cr4;
}

int hull_cpuid_setup(void)
{
	int r;

	r = hull_xstate_setup();
	if (r)
		return r;
	supported.entries = kcalloc(HULL_MAX_CPUID_ENTRIES,
				    sizeof(*supported.entries), GFP_KERNEL);
	if (!supported.entries)
		return -ENOMEM;
	probe_xsave();
	add_leaves(0);
	add_leaf(KVM_CPUID_SIGNATURE);
	add_leaf(KVM_CPUID_FEATURES);
	add_leaves(0x80000000);

	shown_features(supported.entries, supported.nent, supported_features);
	supported.cr4 = hull_cr4_of_features(supported_features);
	supported.efer = EFER_SCE;
	if (test_bit(HULL_FEAT_LM, supported_features))
		supported.efer |= EFER_LME | EFER_LMA;
	if (test_bit(HULL_FEAT_NX, supported_features))
		supported.efer |= EFER_NX;
	if (test_bit(HULL_FEAT_FFXSR, supported_features))
		supported.efer |= EFER_FFXSR;
	return 0;
}

void hull_cpuid_teardown(void)
{
	kfree(supported.entries);
}

u64 hull_supported_cr4(void)
{
	return supported.cr4;
}

u64 hull_supported_xcr0(void)
{
	return supported.xcr0;
}

u64 hull_supported_xss(void)
{
	/* No supervisor state component is switched. */
	return 0;
}

u64 hull_supported_efer(void)
{
	return supported.efer;
}

bool hull_host_can(enum hull_feature f)
{
	return test_bit(f, supported_features);
}

static int give_entries(struct kvm_cpuid2 __user *user,
			const struct kvm_cpuid_entry2 *entries, u32 nent)
{
	u32 room;

	if (get_user(room, &user->nent))
		return -EFAULT;
	if (room < nent)
		return -E2BIG;
	if (copy_to_user(user->entries, entries, nent * sizeof(*entries)) ||
	    put_user(nent, &user->nent))
		return -EFAULT;
	return 0;
}

int hull_get_supported_cpuid(struct kvm_cpuid2 __user *user)
{
	return give_entries(user, supported.entries, supported.nent);
}

int hull_get_emulated_cpuid(struct kvm_cpuid2 __user *user)
{
	/*
	 * An instruction that the CPU lacks is #UD in the guest: there is no
	 * feature to show, but callers expect the leaves.
	 */
	static const struct kvm_cpuid_entry2 emulated[] = {
		{ .function = 0, .eax = 1 },
		{ .function = 1 },
	};

	return give_entries(user, emulated, ARRAY_SIZE(emulated));
}
