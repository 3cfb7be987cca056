// SPDX-License-Identifier: GPL-2.0
/*
 * Guest segments and descriptor tables.
 *
 * The access rights of a VMCS (SDM vol. 3, Guest Register State) have bits 7:0
 * of core's attributes at the same place, the four above at bit 12, and the
 * unusable bit at 16.
 */
#include <asm/desc_defs.h>
#include "vmx.h"

/* The four fields of each segment register. */
static const struct segment_fields {
	u16 selector;
	u16 base;
	u16 limit;
	u16 rights;
} segment_fields[HULL_NR_SEGS] = {
#define SEGMENT(name)							\
	[HULL_SEG_##name] = {						\
		.selector = VMX_FIELD_OF(GUEST_##name##_SELECTOR, 16),	\
		.base = VMX_FIELD_OF(GUEST_##name##_BASE, N),		\
		.limit = VMX_FIELD_OF(GUEST_##name##_LIMIT, 32),	\
		.rights = VMX_FIELD_OF(GUEST_##name##_RIGHTS, 32),	\
	}
	SEGMENT(ES), SEGMENT(CS), SEGMENT(SS), SEGMENT(DS),
	SEGMENT(FS), SEGMENT(GS), SEGMENT(TR), SEGMENT(LDTR),
#undef SEGMENT
};

#define TYPE_BUSY	0x2	/* of a TSS */

u16 vmx_rights_to_attr(u32 rights)
{
	u16 attr = rights & VMX_RIGHTS_LOW;

	attr |= (rights & VMX_RIGHTS_HIGH) >> VMX_RIGHTS_HIGH_SHIFT;
	if (rights & VMX_RIGHTS_UNUSABLE)
		attr |= HULL_ATTR_UNUSABLE;
	return attr;
}

/* A segment that is not present cannot be used, and the entry checks say so. */
u32 vmx_attr_to_rights(u16 attr)
{
	u32 rights = attr & VMX_RIGHTS_LOW;

	rights |= (attr << VMX_RIGHTS_HIGH_SHIFT) & VMX_RIGHTS_HIGH;
	if (attr & HULL_ATTR_UNUSABLE || !(attr & HULL_ATTR_P))
		rights |= VMX_RIGHTS_UNUSABLE;
	return rights;
}

void vmx_get_segment(struct hull_vcpu *vcpu, int seg, struct hull_segment *s)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	const struct segment_fields *f = &segment_fields[seg];
	struct hull_segment *cached = &vmx->segments[seg];

	if (!(vmx->segments_avail & BIT(seg))) {
		cached->selector = vmx_vmread(f->selector);
		cached->base = vmx_vmread(f->base);
		cached->limit = vmx_vmread(f->limit);
		cached->attr = vmx_rights_to_attr(vmx_vmread(f->rights));
		vmx->segments_avail |= BIT(seg);
	}
	*s = *cached;
}

void vmx_set_segment(struct hull_vcpu *vcpu, int seg, const struct hull_segment *s)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	const struct segment_fields *f = &segment_fields[seg];
	struct hull_segment *cached = &vmx->segments[seg];

	*cached = *s;
	/* A TSS that is loaded is busy; SVM's users need not say so. */
	if (seg == HULL_SEG_TR)
		cached->attr |= TYPE_BUSY;
	vmx->segments_avail |= BIT(seg);
	vmx_vmwrite(f->selector, cached->selector);
	vmx_vmwrite(f->base, cached->base);
	vmx_vmwrite(f->limit, cached->limit);
	vmx_vmwrite(f->rights, vmx_attr_to_rights(cached->attr));
}

/* The DPL of SS is the CPL in every mode (SDM vol. 3, VM-Entry Checks). */
int vmx_get_cpl(struct hull_vcpu *vcpu)
{
	struct hull_segment ss;

	vmx_get_segment(vcpu, HULL_SEG_SS, &ss);
	return (ss.attr & HULL_ATTR_DPL) >> HULL_ATTR_DPL_SHIFT;
}

void vmx_get_table(struct hull_vcpu *vcpu, int table, struct desc_ptr *d)
{
	if (table == HULL_TABLE_GDT) {
		d->address = vmcs_readn(GUEST_GDTR_BASE);
		d->size = vmcs_read32(GUEST_GDTR_LIMIT);
	} else {
		d->address = vmcs_readn(GUEST_IDTR_BASE);
		d->size = vmcs_read32(GUEST_IDTR_LIMIT);
	}
}

void vmx_set_table(struct hull_vcpu *vcpu, int table, const struct desc_ptr *d)
{
	if (table == HULL_TABLE_GDT) {
		vmcs_writen(GUEST_GDTR_BASE, d->address);
		vmcs_write32(GUEST_GDTR_LIMIT, d->size);
	} else {
		vmcs_writen(GUEST_IDTR_BASE, d->address);
		vmcs_write32(GUEST_IDTR_LIMIT, d->size);
	}
}
