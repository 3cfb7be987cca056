/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segment descriptors as the guest's tables hold them.
 *
 * Shared by the loads that instructions make and by the task switch, which
 * differ in the vector of their faults and in the privilege they compare with.
 */
#ifndef HULL_CORE_CPU_SEGMENT_H
#define HULL_CORE_CPU_SEGMENT_H

#include <linux/types.h>
#include "../x86.h"

struct hull_vcpu;

/* Bits of a selector. */
#define HULL_SEL_RPL	0x3
#define HULL_SEL_TI	0x4
#define HULL_SEL_NULL(sel)	(!((sel) & ~HULL_SEL_RPL))
/* Error code of a fault that names a selector: RPL gives way to EXT and IDT. */
#define HULL_SEL_ERROR(sel)	((sel) & ~HULL_SEL_RPL)

/* Types of system descriptors (SDM vol. 3, System Descriptor Types). */
#define HULL_SYS_TSS16		0x1
#define HULL_SYS_LDT		0x2
#define HULL_SYS_TASK_GATE	0x5
#define HULL_SYS_TSS32		0x9
#define HULL_SYS_BUSY		0x2	/* in the type of a TSS */

/**
 * struct hull_desc - a descriptor found in GDT or LDT
 * @seg: what it says, with the selector it was looked up for
 * @gva: where it is
 * @raw: its first eight bytes
 * @valid_high: in long mode, for a system descriptor: upper half is well formed
 */
struct hull_desc {
	struct hull_segment seg;
	u64 gva;
	u64 raw;
	bool valid_high;
};

/**
 * enum hull_desc_user - who loads a segment
 * @HULL_DESC_INSN: an instruction; invalid selectors give #GP
 * @HULL_DESC_TASK: the task switch; they give #TS
 */
enum hull_desc_user {
	HULL_DESC_INSN,
	HULL_DESC_TASK,
};

/* Pure: split the eight bytes of a descriptor. */
void hull_desc_unpack(u64 raw, struct hull_segment *seg);

static inline u8 hull_seg_dpl(const struct hull_segment *s)
{
	return (s->attr & HULL_ATTR_DPL) >> HULL_ATTR_DPL_SHIFT;
}

static inline u8 hull_seg_type(const struct hull_segment *s)
{
	return s->attr & HULL_ATTR_TYPE;
}

/*
 * Find the descriptor of a selector that is not null.  @system: 16 bytes in
 * long mode, in the GDT only.  0, 1: @fault, -EFAULT.
 */
int hull_desc_read(struct hull_vcpu *vcpu, u16 selector, bool system,
		   enum hull_desc_user user, struct hull_desc *desc,
		   struct hull_fault *fault);
/*
 * Set or clear bits of the type field of a descriptor in memory, atomically.
 * 0, 1: @fault, -EFAULT.
 */
int hull_desc_mark(struct hull_vcpu *vcpu, struct hull_desc *desc, u8 set,
		   u8 clear, struct hull_fault *fault);

/*
 * Check and load a segment register at privilege @cpl, CS excepted.  Results
 * as hull_desc_read().
 */
int hull_segment_load(struct hull_vcpu *vcpu, int seg, u16 selector, u8 cpl,
		      enum hull_desc_user user, struct hull_fault *fault);
/* CS for a task switch: privilege is the selector's RPL. */
int hull_segment_load_task_cs(struct hull_vcpu *vcpu, u16 selector,
			      struct hull_fault *fault);
/* Load as real-address and virtual-8086 mode do. */
void hull_segment_load_real(struct hull_vcpu *vcpu, int seg, u16 selector,
			    bool vm86);

#endif
