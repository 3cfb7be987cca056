// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery of an event through the guest's IDT, by software.
 *
 * The hardware does this; but it saves the RFLAGS that it runs with, and its
 * handlers start without TF.  Stepping by user space must neither show in the
 * one nor be lost by the other (cpu/step.c).
 *
 * References: SDM vol. 3, Exception- and Interrupt-Handler Procedures, 64-Bit
 * Mode Stack Frame, and Interrupt and Exception Handling in virtual-8086 mode;
 * vol. 2, INT n.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/desc_defs.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "../backend.h"
#include "../exit.h"
#include "../mem/mem.h"
#include "../vcpu.h"
#include "deliver.h"
#include "regs.h"
#include "segment.h"

/* Types of gates; bit 0 tells a trap gate from an interrupt gate. */
#define GATE_TASK	0x5
#define GATE_INT16	0x6
#define GATE_INT32	0xe
#define GATE_TRAP	0x1

/* Error code of a fault in delivery: an IDT entry, and not the program's own. */
#define ERROR_EXT	0x1
#define ERROR_IDT	0x2

#define IST_OFFSET	36		/* in a 64-bit TSS */
#define RSP0_OFFSET	4

/* SS, RSP, RFLAGS, CS, RIP, error code, and four segments of VM86. */
#define MAX_FRAME	10

struct gate {
	u64 offset;
	u16 selector;
	u8 type;
	u8 dpl;
	u8 ist;
	bool present;
};

/* One delivery under way. */
struct work {
	const struct hull_delivery *d;
	struct gate gate;
	struct hull_desc cs;
	struct hull_segment old_ss;
	u8 cpl;			/* of the handler */
	bool switch_stack;
	u8 width;		/* bytes of a word of the frame */
	u64 sp;			/* before the frame is pushed */
	u64 frame[MAX_FRAME];	/* in the order of pushing */
	u8 words;
};

static int gate_fault(const struct hull_delivery *d, u8 vector, struct hull_fault *fault)
{
	*fault = (struct hull_fault) {
		.vector = vector,
		.has_error = true,
		.error = d->vector * 8 | ERROR_IDT | (d->soft ? 0 : ERROR_EXT),
	};
	return 1;
}

/* A fault that names a segment, or nothing with @selector 0. */
static int segment_fault(const struct hull_delivery *d, u8 vector, u16 selector,
			 struct hull_fault *fault)
{
	*fault = (struct hull_fault) {
		.vector = vector,
		.has_error = true,
		.error = HULL_SEL_ERROR(selector) | (d->soft ? 0 : ERROR_EXT),
	};
	return 1;
}

/* Mark the fault of a helper as one of an event that no program asked for. */
static int external(const struct hull_delivery *d, int r, struct hull_fault *fault)
{
	if (r > 0 && !d->soft && fault->has_error && fault->vector != X86_TRAP_PF)
		fault->error |= ERROR_EXT;
	return r;
}

static int read_gate(struct hull_vcpu *vcpu, struct work *w, struct hull_fault *fault)
{
	bool wide = hull_is_long_mode(vcpu);
	unsigned int len = wide ? 16 : 8, offset = w->d->vector * len;
	struct gate *g = &w->gate;
	struct desc_ptr idt;
	u64 raw[2] = { };
	int r;

	backend_get_table(vcpu, HULL_TABLE_IDT, &idt);
	if (offset + len - 1 > idt.size)
		return gate_fault(w->d, X86_TRAP_GP, fault);
	r = hull_gva_read(vcpu, idt.address + offset, raw, len,
			  HULL_ACC_READ | HULL_ACC_IMPLICIT, fault);
	if (r)
		return r;

	g->offset = (raw[0] & 0xffff) | (raw[0] >> 32 & 0xffff0000) | raw[1] << 32;
	g->selector = raw[0] >> 16;
	g->ist = raw[0] >> 32 & 7;
	g->type = raw[0] >> 40 & 0x1f;
	g->dpl = raw[0] >> 45 & 3;
	g->present = raw[0] >> 47 & 1;
	switch (g->type & ~GATE_TRAP) {
	case GATE_TASK & ~GATE_TRAP:
		if (wide || g->type != GATE_TASK)
			return gate_fault(w->d, X86_TRAP_GP, fault);
		break;
	case GATE_INT16:
		if (wide)
			return gate_fault(w->d, X86_TRAP_GP, fault);
		g->offset &= 0xffff;
		break;
	case GATE_INT32:
		break;
	default:
		return gate_fault(w->d, X86_TRAP_GP, fault);
	}
	if (w->d->soft && g->dpl < backend_get_cpl(vcpu))
		return gate_fault(w->d, X86_TRAP_GP, fault);
	if (!g->present)
		return gate_fault(w->d, X86_TRAP_NP, fault);
	w->width = wide ? 8 : g->type & 8 ? 4 : 2;
	return 0;
}

static int read_code(struct hull_vcpu *vcpu, struct work *w, struct hull_fault *fault)
{
	u8 cpl = backend_get_cpl(vcpu), dpl, type;
	u16 selector = w->gate.selector;
	const u16 mode = HULL_ATTR_L | HULL_ATTR_DB;
	int r;

	if (HULL_SEL_NULL(selector))
		return segment_fault(w->d, X86_TRAP_GP, 0, fault);
	r = hull_desc_read(vcpu, selector, false, HULL_DESC_INSN, &w->cs, fault);
	if (r)
		return external(w->d, r, fault);
	dpl = hull_seg_dpl(&w->cs.seg);
	type = hull_seg_type(&w->cs.seg);
	if (!(w->cs.seg.attr & HULL_ATTR_S) || !(type & HULL_TYPE_CODE) || dpl > cpl)
		return segment_fault(w->d, X86_TRAP_GP, selector, fault);
	if (hull_is_long_mode(vcpu) && (w->cs.seg.attr & mode) != HULL_ATTR_L)
		return segment_fault(w->d, X86_TRAP_GP, selector, fault);
	if (!(w->cs.seg.attr & HULL_ATTR_P))
		return segment_fault(w->d, X86_TRAP_NP, selector, fault);

	w->cpl = type & HULL_TYPE_DOWN ? cpl : dpl;
	w->switch_stack = w->cpl < cpl;
	/* Virtual-8086 mode is left for privilege level 0 only. */
	if ((w->d->rflags & X86_EFLAGS_VM) && w->cpl)
		return segment_fault(w->d, X86_TRAP_GP, selector, fault);
	w->cs.seg.selector = (selector & ~HULL_SEL_RPL) | w->cpl;
	return 0;
}

/* Stack of the handler from the TSS, outside long mode. */
static int switch_stack(struct hull_vcpu *vcpu, struct work *w, struct hull_fault *fault)
{
	struct hull_segment tr;
	u32 offset, len;
	u64 stack = 0;
	u16 selector;
	int r;

	backend_get_segment(vcpu, HULL_SEG_TR, &tr);
	len = hull_seg_type(&tr) & 8 ? 4 : 2;
	offset = len + w->cpl * 2 * len;
	if (offset + len + 2 - 1 > tr.limit)
		return segment_fault(w->d, X86_TRAP_TS, tr.selector, fault);
	r = hull_gva_read(vcpu, (u32)(tr.base + offset), &stack, len + 2,
			  HULL_ACC_READ | HULL_ACC_IMPLICIT, fault);
	if (r)
		return r;
	w->sp = len == 4 ? (u32)stack : (u16)stack;
	selector = stack >> (8 * len);
	if (HULL_SEL_NULL(selector))
		return segment_fault(w->d, X86_TRAP_TS, 0, fault);
	return external(w->d, hull_segment_load(vcpu, HULL_SEG_SS, selector, w->cpl,
						HULL_DESC_TASK, fault), fault);
}

/* The same in long mode: a null SS, and the interrupt stack table. */
static int switch_stack_64(struct hull_vcpu *vcpu, struct work *w, struct hull_fault *fault)
{
	struct hull_segment tr, ss = {
		.selector = w->cpl,
		.attr = HULL_ATTR_UNUSABLE | w->cpl << HULL_ATTR_DPL_SHIFT,
	};
	u32 offset;
	int r;

	if (w->switch_stack || w->gate.ist) {
		backend_get_segment(vcpu, HULL_SEG_TR, &tr);
		offset = w->gate.ist ? IST_OFFSET + 8 * (w->gate.ist - 1) :
				       RSP0_OFFSET + 8 * w->cpl;
		if (offset + 8 - 1 > tr.limit)
			return segment_fault(w->d, X86_TRAP_TS, tr.selector, fault);
		r = hull_gva_read(vcpu, tr.base + offset, &w->sp, 8,
				  HULL_ACC_READ | HULL_ACC_IMPLICIT, fault);
		if (r)
			return r;
		if (!hull_is_canonical(vcpu, w->sp))
			return segment_fault(w->d, X86_TRAP_SS, 0, fault);
	}
	if (w->switch_stack)
		backend_set_segment(vcpu, HULL_SEG_SS, &ss);
	w->sp &= ~0xfull;
	return 0;
}

static void add_word(struct work *w, u64 value)
{
	w->frame[w->words++] = value;
}

static void build_frame(struct hull_vcpu *vcpu, struct work *w)
{
	static const u8 vm86[] = { HULL_SEG_GS, HULL_SEG_FS, HULL_SEG_DS, HULL_SEG_ES };
	struct hull_segment seg;
	int i;

	if (w->d->rflags & X86_EFLAGS_VM)
		for (i = 0; i < ARRAY_SIZE(vm86); i++) {
			backend_get_segment(vcpu, vm86[i], &seg);
			add_word(w, seg.selector);
		}
	if (w->switch_stack || w->width == 8) {
		add_word(w, w->old_ss.selector);
		add_word(w, hull_gpr(vcpu, HULL_RSP));
	}
	backend_get_segment(vcpu, HULL_SEG_CS, &seg);
	add_word(w, w->d->rflags);
	add_word(w, seg.selector);
	add_word(w, w->d->rip);
	if (w->d->has_error)
		add_word(w, w->d->error);
}

static bool inside_stack(const struct hull_segment *ss, u64 first, u64 last)
{
	u32 top = ss->attr & HULL_ATTR_DB ? 0xffffffff : 0xffff;

	if (hull_seg_type(ss) & HULL_TYPE_DOWN)
		return first > ss->limit && last <= top;
	return last <= ss->limit;
}

/* Write the frame, as one block, and move RSP. */
static int push_frame(struct hull_vcpu *vcpu, struct work *w, struct hull_fault *fault)
{
	u8 block[MAX_FRAME * 8];
	unsigned int size = w->words * w->width, i;
	u64 mask = ~0ull, sp, address;
	struct hull_segment ss;
	int r;

	/* The word that is pushed first is the highest. */
	for (i = 0; i < w->words; i++)
		memcpy(block + size - (i + 1) * w->width, &w->frame[i], w->width);

	sp = w->sp - size;
	address = sp;
	if (w->width != 8) {
		backend_get_segment(vcpu, HULL_SEG_SS, &ss);
		mask = ss.attr & HULL_ATTR_DB ? 0xffffffff : 0xffff;
		sp &= mask;
		if (!inside_stack(&ss, sp, sp + size - 1))
			return segment_fault(w->d, X86_TRAP_SS,
					     w->switch_stack ? ss.selector : 0, fault);
		address = (u32)(ss.base + sp);
	} else if (!hull_is_canonical(vcpu, sp)) {
		return segment_fault(w->d, X86_TRAP_SS, 0, fault);
	}
	r = hull_gva_write(vcpu, address, block, size,
			   HULL_ACC_WRITE | (w->cpl == 3 ? HULL_ACC_USER : 0), fault);
	if (!r)
		hull_set_gpr(vcpu, HULL_RSP, (w->switch_stack ? 0 :
			     hull_gpr(vcpu, HULL_RSP) & ~mask) | sp);
	return r;
}

static void enter_handler(struct hull_vcpu *vcpu, struct work *w)
{
	static const u8 data[] = { HULL_SEG_ES, HULL_SEG_DS, HULL_SEG_FS, HULL_SEG_GS };
	const struct hull_segment null = { .attr = HULL_ATTR_UNUSABLE };
	u64 clear = X86_EFLAGS_TF | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_VM;
	int i;

	if (w->d->rflags & X86_EFLAGS_VM)
		for (i = 0; i < ARRAY_SIZE(data); i++)
			backend_set_segment(vcpu, data[i], &null);
	if (!(w->gate.type & GATE_TRAP))
		clear |= X86_EFLAGS_IF;
	backend_set_segment(vcpu, HULL_SEG_CS, &w->cs.seg);
	hull_set_rip(vcpu, w->gate.offset);
	hull_set_rflags(vcpu, hull_get_rflags(vcpu) & ~clear);
}

static int deliver_task(struct hull_vcpu *vcpu, const struct work *w,
			struct hull_fault *fault)
{
	struct hull_exit exit = {
		.vectoring = {
			/* An instruction's, which the task is not to return to? */
			.type = w->d->rip != hull_rip(vcpu) ? HULL_EVENT_SOFT_EXCEPTION :
							      HULL_EVENT_EXCEPTION,
			.vector = w->d->vector,
			.has_error = w->d->has_error,
			.error = w->d->error,
		},
		.insn_len = w->d->rip - hull_rip(vcpu),
		.task = { .selector = w->gate.selector, .reason = HULL_TASK_GATE },
	};

	return hull_task_switch(vcpu, &exit, fault);
}

static int deliver_protected(struct hull_vcpu *vcpu, const struct hull_delivery *d,
			     struct hull_fault *fault)
{
	struct work w = { .d = d, .sp = hull_gpr(vcpu, HULL_RSP) };
	int r;

	r = read_gate(vcpu, &w, fault);
	if (r)
		return r;
	if (w.gate.type == GATE_TASK)
		return deliver_task(vcpu, &w, fault);
	r = read_code(vcpu, &w, fault);
	if (r)
		return r;

	backend_get_segment(vcpu, HULL_SEG_SS, &w.old_ss);
	if (w.width == 8)
		r = switch_stack_64(vcpu, &w, fault);
	else if (w.switch_stack)
		r = switch_stack(vcpu, &w, fault);
	if (!r) {
		build_frame(vcpu, &w);
		r = push_frame(vcpu, &w, fault);
	}
	if (!r && !(hull_seg_type(&w.cs.seg) & HULL_TYPE_ACCESSED))
		r = hull_desc_mark(vcpu, &w.cs, HULL_TYPE_ACCESSED, 0, fault);
	if (r) {
		backend_set_segment(vcpu, HULL_SEG_SS, &w.old_ss);
		return r;
	}
	enter_handler(vcpu, &w);
	return 0;
}

/* Real-address mode: four bytes of the vector table, three words pushed. */
static int deliver_real(struct hull_vcpu *vcpu, const struct hull_delivery *d,
			struct hull_fault *fault)
{
	struct hull_segment ss, cs;
	struct desc_ptr idt;
	u16 vector[2], frame[3];
	u16 sp;
	int r;

	backend_get_table(vcpu, HULL_TABLE_IDT, &idt);
	if (d->vector * 4 + 3 > idt.size) {
		/* Without an error code, as everything in this mode. */
		*fault = (struct hull_fault) { .vector = X86_TRAP_GP };
		return 1;
	}
	r = hull_gva_read(vcpu, idt.address + d->vector * 4, vector, sizeof(vector),
			  HULL_ACC_READ | HULL_ACC_IMPLICIT, fault);
	if (r)
		return r;
	backend_get_segment(vcpu, HULL_SEG_SS, &ss);
	backend_get_segment(vcpu, HULL_SEG_CS, &cs);
	sp = hull_gpr(vcpu, HULL_RSP) - sizeof(frame);
	frame[0] = d->rip;
	frame[1] = cs.selector;
	frame[2] = d->rflags;
	r = hull_gva_write(vcpu, (u32)(ss.base + sp), frame, sizeof(frame),
			   HULL_ACC_WRITE, fault);
	if (r)
		return r;

	hull_set_gpr(vcpu, HULL_RSP, (hull_gpr(vcpu, HULL_RSP) & ~0xffffull) | sp);
	hull_segment_load_real(vcpu, HULL_SEG_CS, vector[1], false);
	hull_set_rip(vcpu, vector[0]);
	hull_set_rflags(vcpu, hull_get_rflags(vcpu) &
			~(u64)(X86_EFLAGS_IF | X86_EFLAGS_TF | X86_EFLAGS_AC | X86_EFLAGS_RF));
	return 0;
}

int hull_deliver(struct hull_vcpu *vcpu, const struct hull_delivery *d,
		 struct hull_fault *fault)
{
	if (hull_cr0(vcpu) & X86_CR0_PE)
		return deliver_protected(vcpu, d, fault);
	return deliver_real(vcpu, d, fault);
}
