// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID of one guest: the entries user space gave it, looked up at each CPUID
 * exit, and the limits on control registers and MSRs that follow from them.
 *
 * A few bits are not constants but follow the guest's state: OSXSAVE and
 * OSPKE show CR4, the APIC bit shows IA32_APIC_BASE, and leaf 0xD the size of
 * what XCR0 enables.  They are kept current in the entries themselves.
 */
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include "../backend.h"
#include "../vcpu.h"
#include "cpuid.h"
#include "msr.h"
#include "xstate.h"

#define B(name)	BIT(X86_FEATURE_##name & 31)

/* Physical addresses of a CPU that has no leaf 0x80000008. */
#define DEFAULT_PHYS_BITS	36

/* CPUID vendor strings, as EBX, EDX, ECX of leaf 0. */
static const struct {
	u32 ebx, edx, ecx;
	bool intel;
} vendors[] = {
	{ 0x756e6547, 0x49656e69, 0x6c65746e, true },	/* GenuineIntel */
	{ 0x68747541, 0x69746e65, 0x444d4163, false },	/* AuthenticAMD */
	{ 0x6f677948, 0x6e65476e, 0x656e6975, false },	/* HygonGenuine */
};

bool hull_guest_has(const struct hull_vcpu *vcpu, enum hull_feature f)
{
	return test_bit(f, vcpu->cpuid.features);
}

void hull_cpuid_index(struct hull_cpuid *c)
{
	u32 i;

	memset(c->heads, 0, sizeof(c->heads));
	/* From the last, so that each chain is in user space's order. */
	for (i = c->nent; i; i--) {
		u16 *head = &c->heads[hash_32(c->entries[i - 1].function,
					      HULL_CPUID_HASH_BITS)];

		c->next[i - 1] = *head;
		*head = i;
	}
}

struct kvm_cpuid_entry2 *hull_cpuid_find(const struct hull_cpuid *c, u32 leaf,
					 u32 subleaf)
{
	struct kvm_cpuid_entry2 *e;
	u32 i;

	for (i = c->heads[hash_32(leaf, HULL_CPUID_HASH_BITS)]; i; i = c->next[i - 1]) {
		e = &c->entries[i - 1];
		if (e->function == leaf &&
		    (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) ||
		     e->index == subleaf))
			return e;
	}
	return NULL;
}

/*
 * A leaf above the highest of its range reads, on Intel, as the highest basic
 * leaf (SDM vol. 2, CPUID); elsewhere as zero.
 */
static struct kvm_cpuid_entry2 *
fallback(const struct hull_cpuid *c, u32 leaf, u32 subleaf)
{
	struct kvm_cpuid_entry2 *basic = hull_cpuid_find(c, 0, 0);
	struct kvm_cpuid_entry2 *range;

	if (!basic || c->amd)
		return NULL;
	if (leaf >= 0x40000000 && leaf <= 0x4fffffff)
		range = hull_cpuid_find(c, leaf & 0xffffff00, 0);
	else if (leaf >= 0xc0000000)
		range = hull_cpuid_find(c, 0xc0000000, 0);
	else
		range = hull_cpuid_find(c, leaf & 0x80000000, 0);
	if (range && leaf <= range->eax)
		return NULL;
	return hull_cpuid_find(c, basic->eax, subleaf);
}

static void give(u32 out[4], u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	out[0] = eax;
	out[1] = ebx;
	out[2] = ecx;
	out[3] = edx;
}

void hull_cpuid_lookup(const struct hull_cpuid *c, u32 leaf, u32 subleaf, u32 out[4])
{
	const struct kvm_cpuid_entry2 *e = hull_cpuid_find(c, leaf, subleaf);

	if (!e)
		e = fallback(c, leaf, subleaf);
	if (e) {
		give(out, e->eax, e->ebx, e->ecx, e->edx);
		return;
	}
	give(out, 0, 0, 0, 0);
	/*
	 * Invalid subleaves of the topology leaves still show the subleaf and
	 * the x2APIC ID (SDM vol. 2, CPUID).
	 */
	if (leaf == 0xb || leaf == 0x1f) {
		e = hull_cpuid_find(c, leaf, 1);
		if (e)
			give(out, 0, 0, subleaf & 0xff, e->edx);
	}
}

static void set_results(struct hull_vcpu *vcpu, u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	hull_set_gpr(vcpu, HULL_RAX, eax);
	hull_set_gpr(vcpu, HULL_RBX, ebx);
	hull_set_gpr(vcpu, HULL_RCX, ecx);
	hull_set_gpr(vcpu, HULL_RDX, edx);
}

static noinline void execute_missing(struct hull_vcpu *vcpu, u32 leaf, u32 subleaf)
{
	u32 out[4];

	hull_cpuid_lookup(&vcpu->cpuid, leaf, subleaf, out);
	set_results(vcpu, out[0], out[1], out[2], out[3]);
}

void hull_execute_cpuid(struct hull_vcpu *vcpu)
{
	u32 leaf = hull_gpr(vcpu, HULL_RAX), subleaf = hull_gpr(vcpu, HULL_RCX);
	const struct kvm_cpuid_entry2 *e;

	if (leaf == 0xd)
		hull_xcr_sync(vcpu);
	e = hull_cpuid_find(&vcpu->cpuid, leaf, subleaf);
	if (likely(e))
		set_results(vcpu, e->eax, e->ebx, e->ecx, e->edx);
	else
		execute_missing(vcpu, leaf, subleaf);
}

static void assign(u32 *reg, u32 bit, bool on)
{
	*reg = on ? *reg | bit : *reg & ~bit;
}

/* Bring the bits of @c that follow the vCPU's state up to date. */
static void refresh(struct hull_vcpu *vcpu, struct hull_cpuid *c)
{
	struct kvm_cpuid_entry2 *e;

	e = hull_cpuid_find(c, 1, 0);
	if (e) {
		assign(&e->ecx, B(OSXSAVE), hull_cr4(vcpu) & X86_CR4_OSXSAVE);
		assign(&e->edx, B(APIC),
		       vcpu->apic_base & MSR_IA32_APICBASE_ENABLE);
	}
	e = hull_cpuid_find(c, 7, 0);
	if (e)
		assign(&e->ecx, B(OSPKE), hull_cr4(vcpu) & X86_CR4_PKE);
	e = hull_cpuid_find(c, 0xd, 0);
	if (e)
		e->ebx = hull_xsave_area_size(vcpu->xcr0, false);
	e = hull_cpuid_find(c, 0xd, 1);
	if (e && (e->eax & (B(XSAVES) | B(XSAVEC))))
		e->ebx = hull_xsave_area_size(vcpu->xcr0 | vcpu->xss, true);
}

void hull_cpuid_refresh(struct hull_vcpu *vcpu)
{
	refresh(vcpu, &vcpu->cpuid);
}

static u8 phys_bits(const struct hull_cpuid *c)
{
	const struct kvm_cpuid_entry2 *e = hull_cpuid_find(c, 0x80000000, 0);

	if (e && e->eax >= 0x80000008) {
		e = hull_cpuid_find(c, 0x80000008, 0);
		if (e)
			return e->eax & 0xff;
	}
	return DEFAULT_PHYS_BITS;
}

static void eval_vendor(struct hull_cpuid *c)
{
	const struct kvm_cpuid_entry2 *e = hull_cpuid_find(c, 0, 0);
	unsigned int i;

	for (i = 0; e && i < ARRAY_SIZE(vendors); i++)
		if (e->ebx == vendors[i].ebx && e->ecx == vendors[i].ecx &&
		    e->edx == vendors[i].edx) {
			c->intel = vendors[i].intel;
			c->amd = !vendors[i].intel;
		}
}

/* Derive everything that is not an entry. */
static void evaluate(struct hull_cpuid *c)
{
	const struct kvm_cpuid_entry2 *e;

	c->phys_bits = phys_bits(c);
	c->reserved_gpa = c->phys_bits < 64 ? GENMASK_ULL(63, c->phys_bits) : 0;
	eval_vendor(c);
	hull_cpuid_features(c->entries, c->nent, c->features);
	c->cr4_allowed = hull_cr4_of_features(c->features) & hull_supported_cr4();

	e = hull_cpuid_find(c, 0xd, 0);
	if (e)
		c->xcr0_allowed = (e->eax | (u64)e->edx << 32) &
				  hull_supported_xcr0();
	e = hull_cpuid_find(c, 0xd, 1);
	if (e)
		c->xss_allowed = (e->ecx | (u64)e->edx << 32) &
				 hull_supported_xss();
}

int hull_cpuid_init(struct hull_vcpu *vcpu)
{
	struct hull_cpuid *c = &vcpu->cpuid;

	memset(c, 0, sizeof(*c));
	evaluate(c);
	/* User space may prepare control registers before it sets CPUID. */
	c->cr4_allowed = hull_supported_cr4();
	return 0;
}

static void free_entries(struct hull_cpuid *c)
{
	kvfree(c->entries);
	kvfree(c->next);
}

void hull_cpuid_free(struct hull_vcpu *vcpu)
{
	free_entries(&vcpu->cpuid);
	memset(&vcpu->cpuid, 0, sizeof(vcpu->cpuid));
}

static bool virtual_width_valid(const struct hull_cpuid *c)
{
	const struct kvm_cpuid_entry2 *e = hull_cpuid_find(c, 0x80000008, 0);
	u8 width = e ? e->eax >> 8 : 0;

	return !width || width == 48 || width == 57;
}

static bool same_entries(const struct hull_cpuid *a, const struct hull_cpuid *b)
{
	u32 i;

	if (a->nent != b->nent)
		return false;
	for (i = 0; i < a->nent; i++) {
		const struct kvm_cpuid_entry2 *x = &a->entries[i];
		const struct kvm_cpuid_entry2 *y = &b->entries[i];

		/* Padding does not count. */
		if (memcmp(x, y, offsetof(struct kvm_cpuid_entry2, padding)))
			return false;
	}
	return true;
}

/* Take over @new, whose entries are complete.  Frees them on failure. */
static int set_entries(struct hull_vcpu *vcpu, struct hull_cpuid *new)
{
	int r = 0;

	if (new->nent) {
		new->next = kvmalloc_array(new->nent, sizeof(new->next[0]),
					   GFP_KERNEL_ACCOUNT);
		if (!new->next) {
			r = -ENOMEM;
			goto fail;
		}
	}
	hull_cpuid_index(new);
	refresh(vcpu, new);
	if (!virtual_width_valid(new)) {
		r = -EINVAL;
		goto fail;
	}
	/*
	 * Translations and the guest's own knowledge were made with the CPUID
	 * of the first run: from then on only the same again is accepted.
	 */
	if (vcpu->has_run) {
		r = same_entries(&vcpu->cpuid, new) ? 0 : -EINVAL;
		goto fail;
	}

	evaluate(new);
	free_entries(&vcpu->cpuid);
	vcpu->cpuid = *new;
	backend_update_intercepts(vcpu);
	hull_pass_msrs(backend_pass_msr, vcpu);
	return 0;
fail:
	free_entries(new);
	return r;
}

int hull_set_cpuid2(struct hull_vcpu *vcpu, const struct kvm_cpuid2 *head,
		    const struct kvm_cpuid_entry2 __user *user)
{
	struct hull_cpuid new = { .nent = head->nent };

	if (head->nent > HULL_MAX_CPUID_ENTRIES)
		return -E2BIG;
	if (head->nent) {
		new.entries = vmemdup_user(user, head->nent * sizeof(*user));
		if (IS_ERR(new.entries))
			return PTR_ERR(new.entries);
	}
	return set_entries(vcpu, &new);
}

int hull_set_cpuid(struct hull_vcpu *vcpu, const struct kvm_cpuid *head,
		   const struct kvm_cpuid_entry __user *user)
{
	struct hull_cpuid new = { .nent = head->nent };
	struct kvm_cpuid_entry *old;
	u32 i;

	if (head->nent > HULL_MAX_CPUID_ENTRIES)
		return -E2BIG;
	if (!head->nent)
		return set_entries(vcpu, &new);

	old = vmemdup_user(user, head->nent * sizeof(*user));
	if (IS_ERR(old))
		return PTR_ERR(old);
	new.entries = kvcalloc(head->nent, sizeof(*new.entries),
			       GFP_KERNEL_ACCOUNT);
	if (!new.entries) {
		kvfree(old);
		return -ENOMEM;
	}
	for (i = 0; i < head->nent; i++)
		new.entries[i] = (struct kvm_cpuid_entry2) {
			.function = old[i].function,
			.eax = old[i].eax, .ebx = old[i].ebx,
			.ecx = old[i].ecx, .edx = old[i].edx,
		};
	kvfree(old);
	return set_entries(vcpu, &new);
}

int hull_get_cpuid2(struct hull_vcpu *vcpu, struct kvm_cpuid2 *head,
		    struct kvm_cpuid_entry2 __user *user)
{
	const struct hull_cpuid *c = &vcpu->cpuid;

	if (head->nent < c->nent)
		return -E2BIG;
	if (c->nent &&
	    copy_to_user(user, c->entries, c->nent * sizeof(*user)))
		return -EFAULT;
	head->nent = c->nent;
	return 0;
}
