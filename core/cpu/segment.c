// SPDX-License-Identifier: GPL-2.0
/*
 * Loading segment registers with selectors.
 *
 * The hardware does this by itself for nearly everything that a guest
 * executes; software does it for instructions that are emulated because an
 * operand is device memory, and for hardware task switches, which SVM and VMX
 * leave to the hypervisor.  Checks and vectors follow SDM vol. 2, MOV and
 * LDS/LES/LFS/LGS/LSS, and vol. 3, Segment Descriptors and Task Switching.
 *
 * A load writes two things: the accessed (or busy) bit in memory and, last,
 * the register.  A fault at any point before leaves the register unchanged.
 */
#include <linux/errno.h>
#include <asm/desc_defs.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "../backend.h"
#include "../mem/mem.h"
#include "../vcpu.h"
#include "regs.h"
#include "segment.h"

/* Attempts at a descriptor that other vCPUs keep changing under our feet. */
#define MARK_ATTEMPTS	8

void hull_segment_to_kvm(const struct hull_segment *s, struct kvm_segment *k)
{
	*k = (struct kvm_segment) {
		.base = s->base,
		.limit = s->limit,
		.selector = s->selector,
		.type = hull_seg_type(s),
		.present = !!(s->attr & HULL_ATTR_P),
		.dpl = hull_seg_dpl(s),
		.db = !!(s->attr & HULL_ATTR_DB),
		.s = !!(s->attr & HULL_ATTR_S),
		.l = !!(s->attr & HULL_ATTR_L),
		.g = !!(s->attr & HULL_ATTR_G),
		.avl = !!(s->attr & HULL_ATTR_AVL),
		.unusable = (s->attr & HULL_ATTR_UNUSABLE) ||
			    !(s->attr & HULL_ATTR_P),
	};
}

void hull_segment_from_kvm(const struct kvm_segment *k, struct hull_segment *s)
{
	u16 attr = k->type & HULL_ATTR_TYPE;

	attr |= (k->dpl << HULL_ATTR_DPL_SHIFT) & HULL_ATTR_DPL;
	attr |= k->s & 1 ? HULL_ATTR_S : 0;
	attr |= k->avl & 1 ? HULL_ATTR_AVL : 0;
	attr |= k->l & 1 ? HULL_ATTR_L : 0;
	attr |= k->db & 1 ? HULL_ATTR_DB : 0;
	attr |= k->g & 1 ? HULL_ATTR_G : 0;
	if (k->unusable)
		attr |= HULL_ATTR_UNUSABLE;
	else if (k->present & 1)
		attr |= HULL_ATTR_P;
	/* To be in use it was loaded, which sets the bit; VMX insists on it. */
	if (attr & HULL_ATTR_P && attr & HULL_ATTR_S)
		attr |= HULL_TYPE_ACCESSED;

	*s = (struct hull_segment) {
		.base = k->base,
		.limit = k->limit,
		.selector = k->selector,
		.attr = attr,
	};
}

void hull_desc_unpack(u64 raw, struct hull_segment *seg)
{
	u32 limit = (raw & 0xffff) | ((raw >> 32) & 0xf0000);

	seg->base = ((raw >> 16) & 0xffffff) | ((raw >> 32) & 0xff000000);
	/* Bits 47:40 and 55:52; bits 51:48 between them are of the limit. */
	seg->attr = ((raw >> 40) & 0xff) | ((raw >> 44) & 0xf00);
	seg->limit = seg->attr & HULL_ATTR_G ? limit << 12 | 0xfff : limit;
}

static int selector_fault(enum hull_desc_user user, u16 selector,
			  struct hull_fault *fault)
{
	*fault = (struct hull_fault) {
		.vector = user == HULL_DESC_TASK ? X86_TRAP_TS : X86_TRAP_GP,
		.has_error = true,
		.error = HULL_SEL_ERROR(selector),
	};
	return 1;
}

static int not_present_fault(int seg, u16 selector, struct hull_fault *fault)
{
	*fault = (struct hull_fault) {
		.vector = seg == HULL_SEG_SS ? X86_TRAP_SS : X86_TRAP_NP,
		.has_error = true,
		.error = HULL_SEL_ERROR(selector),
	};
	return 1;
}

/* Base and limit of the table that @selector indexes; false: no such table. */
static bool selector_table(struct hull_vcpu *vcpu, u16 selector, bool system,
			   u64 *base, u32 *limit)
{
	struct hull_segment ldt;
	struct desc_ptr gdt;

	if (!(selector & HULL_SEL_TI)) {
		backend_get_table(vcpu, HULL_TABLE_GDT, &gdt);
		*base = gdt.address;
		*limit = gdt.size;
		return true;
	}
	/* TSS and LDT descriptors live in the GDT only. */
	if (system)
		return false;
	backend_get_segment(vcpu, HULL_SEG_LDTR, &ldt);
	if ((ldt.attr & HULL_ATTR_UNUSABLE) || !(ldt.attr & HULL_ATTR_P))
		return false;
	*base = ldt.base;
	*limit = ldt.limit;
	return true;
}

int hull_desc_read(struct hull_vcpu *vcpu, u16 selector, bool system,
		   enum hull_desc_user user, struct hull_desc *desc,
		   struct hull_fault *fault)
{
	unsigned int len = system && hull_is_long_mode(vcpu) ? 16 : 8;
	u16 offset = selector & ~(HULL_SEL_TI | HULL_SEL_RPL);
	u64 words[2] = { };
	u64 base;
	u32 limit;
	int r;

	if (!selector_table(vcpu, selector, system, &base, &limit) ||
	    offset + len - 1 > limit)
		return selector_fault(user, selector, fault);

	desc->gva = base + offset;
	if (!hull_is_long_mode(vcpu))
		desc->gva = (u32)desc->gva;
	r = hull_gva_read(vcpu, desc->gva, words, len,
			  HULL_ACC_READ | HULL_ACC_IMPLICIT, fault);
	if (r)
		return r;

	desc->raw = words[0];
	hull_desc_unpack(words[0], &desc->seg);
	desc->seg.selector = selector;
	desc->valid_high = true;
	if (len == 16) {
		desc->seg.base |= words[1] << 32;
		/*
		 * The type field of the upper half must be zero (SDM vol. 3,
		 * Segment Descriptor Tables in IA-32e Mode).
		 */
		desc->valid_high = !(words[1] & GENMASK_ULL(44, 40));
	}
	return 0;
}

int hull_desc_mark(struct hull_vcpu *vcpu, struct hull_desc *desc, u8 set,
		   u8 clear, struct hull_fault *fault)
{
	struct hull_walk walk;
	int attempt, r;

	/* The type is in the low bits of the sixth byte. */
	r = hull_walk(vcpu, desc->gva + 5, HULL_ACC_WRITE | HULL_ACC_IMPLICIT,
		      &walk, fault);
	if (r)
		return r;
	for (attempt = 0; attempt < MARK_ATTEMPTS; attempt++) {
		u8 old = desc->raw >> 40;
		u8 new = (old | set) & ~clear;

		if (old == new)
			break;
		r = hull_gpa_cmpxchg(vcpu->vm, walk.gpa, &old, &new, 1);
		if (r < 0)
			return r;
		if (!r) {
			desc->raw &= ~GENMASK_ULL(47, 40);
			desc->raw |= (u64)new << 40;
			break;
		}
		r = hull_gpa_read(vcpu->vm, walk.gpa, &old, 1);
		if (r)
			return r;
		desc->raw &= ~GENMASK_ULL(47, 40);
		desc->raw |= (u64)old << 40;
	}
	desc->seg.attr = (desc->seg.attr | set) & ~(u16)clear;
	return 0;
}

void hull_segment_load_real(struct hull_vcpu *vcpu, int seg, u16 selector,
			    bool vm86)
{
	struct hull_segment s;

	backend_get_segment(vcpu, seg, &s);
	s.selector = selector;
	s.base = (u64)selector << 4;
	if (vm86) {
		s.limit = 0xffff;
		s.attr = HULL_ATTR_P | HULL_ATTR_DPL | HULL_ATTR_S |
			 HULL_TYPE_WRITE | HULL_TYPE_ACCESSED;
	}
	backend_set_segment(vcpu, seg, &s);
}

/* A null selector: allowed in all but TR and, outside 64-bit kernels, SS. */
static int load_null(struct hull_vcpu *vcpu, int seg, u16 selector, u8 cpl,
		     enum hull_desc_user user, struct hull_fault *fault)
{
	struct hull_segment s = {
		.selector = selector,
		.attr = HULL_ATTR_UNUSABLE,
	};

	if (seg == HULL_SEG_TR)
		return selector_fault(user, selector, fault);
	if (seg == HULL_SEG_SS) {
		if (!hull_is_64bit(vcpu) || cpl == 3 ||
		    (selector & HULL_SEL_RPL) != cpl)
			return selector_fault(user, selector, fault);
		/* The privilege level lives in SS.DPL even so. */
		s.attr |= cpl << HULL_ATTR_DPL_SHIFT;
	}
	backend_set_segment(vcpu, seg, &s);
	return 0;
}

static bool stack_allowed(const struct hull_segment *s, u8 cpl)
{
	u8 type = hull_seg_type(s);

	return (s->attr & HULL_ATTR_S) && !(type & HULL_TYPE_CODE) &&
	       (type & HULL_TYPE_WRITE) &&
	       (s->selector & HULL_SEL_RPL) == cpl && hull_seg_dpl(s) == cpl;
}

static bool data_allowed(const struct hull_segment *s, u8 cpl)
{
	u8 type = hull_seg_type(s), dpl = hull_seg_dpl(s);

	if (!(s->attr & HULL_ATTR_S))
		return false;
	if (type & HULL_TYPE_CODE) {
		if (!(type & HULL_TYPE_WRITE))
			return false;	/* execute-only */
		if (type & HULL_TYPE_DOWN)
			return true;	/* conforming */
	}
	return (s->selector & HULL_SEL_RPL) <= dpl && cpl <= dpl;
}

static bool ldt_allowed(const struct hull_segment *s)
{
	return !(s->attr & HULL_ATTR_S) && hull_seg_type(s) == HULL_SYS_LDT;
}

static bool tss_allowed(struct hull_vcpu *vcpu, const struct hull_segment *s)
{
	if (s->attr & HULL_ATTR_S)
		return false;
	if (hull_seg_type(s) == HULL_SYS_TSS16)
		return !hull_is_long_mode(vcpu);
	return hull_seg_type(s) == HULL_SYS_TSS32;
}

static bool segment_allowed(struct hull_vcpu *vcpu, int seg,
			    const struct hull_segment *s, u8 cpl)
{
	switch (seg) {
	case HULL_SEG_SS:
		return stack_allowed(s, cpl);
	case HULL_SEG_LDTR:
		return ldt_allowed(s);
	case HULL_SEG_TR:
		return tss_allowed(vcpu, s);
	default:
		return data_allowed(s, cpl);
	}
}

int hull_segment_load(struct hull_vcpu *vcpu, int seg, u16 selector, u8 cpl,
		      enum hull_desc_user user, struct hull_fault *fault)
{
	bool system = seg == HULL_SEG_TR || seg == HULL_SEG_LDTR;
	struct hull_desc desc;
	u8 mark = 0;
	int r;

	if (HULL_SEL_NULL(selector))
		return load_null(vcpu, seg, selector, cpl, user, fault);

	r = hull_desc_read(vcpu, selector, system, user, &desc, fault);
	if (r)
		return r;
	if (!segment_allowed(vcpu, seg, &desc.seg, cpl) || !desc.valid_high)
		return selector_fault(user, selector, fault);
	if (!(desc.seg.attr & HULL_ATTR_P)) {
		/* An LDT that is missing in a new task is an invalid TSS. */
		if (user == HULL_DESC_TASK && seg == HULL_SEG_LDTR)
			return selector_fault(user, selector, fault);
		return not_present_fault(seg, selector, fault);
	}
	if (system && !hull_is_canonical(vcpu, desc.seg.base))
		return selector_fault(user, selector, fault);

	if (!system)
		mark = HULL_TYPE_ACCESSED;
	else if (seg == HULL_SEG_TR)
		mark = HULL_SYS_BUSY;
	if (mark & ~hull_seg_type(&desc.seg)) {
		r = hull_desc_mark(vcpu, &desc, mark, 0, fault);
		if (r)
			return r;
	}
	backend_set_segment(vcpu, seg, &desc.seg);
	return 0;
}

int hull_segment_load_task_cs(struct hull_vcpu *vcpu, u16 selector,
			      struct hull_fault *fault)
{
	u8 rpl = selector & HULL_SEL_RPL;
	struct hull_desc desc;
	u8 type, dpl;
	int r;

	if (HULL_SEL_NULL(selector))
		return selector_fault(HULL_DESC_TASK, selector, fault);
	r = hull_desc_read(vcpu, selector, false, HULL_DESC_TASK, &desc, fault);
	if (r)
		return r;
	type = hull_seg_type(&desc.seg);
	dpl = hull_seg_dpl(&desc.seg);
	if (!(desc.seg.attr & HULL_ATTR_S) || !(type & HULL_TYPE_CODE) ||
	    (type & HULL_TYPE_DOWN ? dpl > rpl : dpl != rpl))
		return selector_fault(HULL_DESC_TASK, selector, fault);
	if (!(desc.seg.attr & HULL_ATTR_P))
		return not_present_fault(HULL_SEG_CS, selector, fault);
	if (!(type & HULL_TYPE_ACCESSED)) {
		r = hull_desc_mark(vcpu, &desc, HULL_TYPE_ACCESSED, 0, fault);
		if (r)
			return r;
	}
	backend_set_segment(vcpu, HULL_SEG_CS, &desc.seg);
	return 0;
}

int hull_load_segment(struct hull_vcpu *vcpu, int seg, u16 selector,
		      struct hull_fault *fault)
{
	bool vm86 = hull_raw_rflags(vcpu) & X86_EFLAGS_VM;

	if (!(hull_cr0(vcpu) & X86_CR0_PE) || vm86) {
		hull_segment_load_real(vcpu, seg, selector, vm86);
		return 0;
	}
	return hull_segment_load(vcpu, seg, selector, backend_get_cpl(vcpu),
				 HULL_DESC_INSN, fault);
}
