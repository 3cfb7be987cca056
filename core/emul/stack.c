// SPDX-License-Identifier: GPL-2.0
/*
 * The stack: RSP is as wide as the stack segment says, whatever the operand
 * and address sizes are.
 */
#include "op.h"

/* Width of the stack pointer in bytes. */
static unsigned int stack_bytes(struct hull_emul *e)
{
	if (e->mode == HULL_EMUL_LONG)
		return 8;
	return emul_segment(e, HULL_SEG_SS)->attr & HULL_ATTR_DB ? 4 : 2;
}

static u64 stack_mask(struct hull_emul *e)
{
	return emul_mask(stack_bytes(e));
}

static void stage_sp(struct hull_emul *e, u64 sp)
{
	emul_stage_reg(e, HULL_RSP, stack_bytes(e), sp);
}

enum hull_emul_result emul_push(struct hull_emul *e, u64 val, unsigned int len)
{
	u64 sp = (e->gpr[HULL_RSP] - len) & stack_mask(e);

	stage_sp(e, sp);
	return emul_stage_write(e, HULL_SEG_SS, sp, &val, len);
}

enum hull_emul_result emul_pop(struct hull_emul *e, u64 *val, unsigned int len)
{
	u64 sp = e->gpr[HULL_RSP] & stack_mask(e);

	*val = 0;
	stage_sp(e, sp + len);
	return emul_read(e, HULL_SEG_SS, sp, val, len);
}

/* Stage RSP @bytes up from where it is now. */
void emul_release_stack(struct hull_emul *e, unsigned int bytes)
{
	stage_sp(e, e->gpr[HULL_RSP] + bytes);
}

EMUL_FN(emul_op_push)
{
	return emul_push(e, e->work.src, e->insn.op_bytes);
}

/* hull_op.arg: the segment register. */
EMUL_FN(emul_op_push_seg)
{
	return emul_push(e, emul_segment(e, e->insn.op->arg)->selector,
			 e->insn.op_bytes);
}

EMUL_FN(emul_op_pop)
{
	return emul_pop(e, &e->work.dst, e->insn.op_bytes);
}

/* The address of the destination is computed with RSP already moved. */
EMUL_FN(emul_op_pop_mem)
{
	struct hull_insn *insn = &e->insn;

	if (insn->is_mem && insn->base == HULL_RSP)
		insn->ea = (insn->ea + insn->op_bytes) &
			   emul_mask(insn->addr_bytes);
	return emul_pop(e, &e->work.dst, insn->op_bytes);
}

EMUL_FN(emul_op_pop_seg)
{
	unsigned int seg = e->insn.op->arg;
	enum hull_emul_result res;
	u64 selector;

	if (!e->ops->load_segment)
		return HULL_EMUL_UNHANDLED;
	res = emul_pop(e, &selector, e->insn.op_bytes);
	if (res)
		return res;
	if (seg == HULL_SEG_SS)
		e->shadow = HULL_SHADOW_MOV_SS;
	return e->ops->load_segment(e, seg, selector);
}

/*
 * A block of stack elements that are written at once.  Blocks that wrap around
 * the end of the stack segment are not supported.
 */
static bool block_wraps(struct hull_emul *e, u64 sp, unsigned int bytes)
{
	return bytes - 1 > stack_mask(e) - sp;
}

/* Check one push of many before any of them happens. */
static enum hull_emul_result check_push(struct hull_emul *e, u64 sp)
{
	unsigned int len = e->insn.op_bytes;
	enum hull_emul_result res;
	bool device;

	res = emul_address(e, HULL_SEG_SS, sp, len, HULL_ACCESS_WRITE,
			   &e->work.write_linear);
	if (res)
		return res;
	return e->ops->probe(e, e->work.write_linear, len, HULL_ACCESS_WRITE,
			     &device);
}

/* RAX is pushed first and so ends on top; RSP as it was before. */
EMUL_FN(emul_op_pusha)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = e->insn.op_bytes, i;
	u64 sp = (e->gpr[HULL_RSP] - 8 * len) & stack_mask(e);
	enum hull_emul_result res;

	if (block_wraps(e, sp, 8 * len))
		return HULL_EMUL_UNHANDLED;
	for (i = 8; i--; ) {
		res = check_push(e, sp + i * len);
		if (res)
			return res;
		memcpy(w->data + i * len, &e->gpr[7 - i], len);
	}
	w->write_len = 8 * len;
	stage_sp(e, sp);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_popa)
{
	unsigned int len = e->insn.op_bytes, i;
	u64 sp = e->gpr[HULL_RSP] & stack_mask(e), val = 0;
	enum hull_emul_result res;

	for (i = 8; i--; ) {
		res = emul_read(e, HULL_SEG_SS, sp, &val, len);
		if (res)
			return res;
		if (i != HULL_RSP)
			emul_stage_reg(e, i, len, val);
		sp = (sp + len) & stack_mask(e);
	}
	stage_sp(e, sp);
	return HULL_EMUL_OK;
}

/* Do the frame pointers below RBP lie where ENTER pushes? */
static bool display_overlaps(struct hull_emul *e, unsigned int bytes, u64 sp,
			     u64 end)
{
	u64 bp = (e->gpr[HULL_RBP] - bytes) & stack_mask(e);

	return bytes && bp < end && sp < bp + bytes;
}

/*
 * From the top: RBP, the @level - 1 frame pointers below the one that RBP
 * points to, and with a level the new frame pointer.
 */
static enum hull_emul_result build_frame(struct hull_emul *e, u64 sp,
					 unsigned int level)
{
	unsigned int len = e->insn.op_bytes, pushes = level ? level + 1 : 1;
	u64 bp = e->gpr[HULL_RBP], frame = sp + (pushes - 1) * len;
	u8 *at = e->work.data + (pushes - 1) * len;
	enum hull_emul_result res;
	unsigned int i;

	memcpy(at, &bp, len);
	for (i = 0; i < pushes; i++, at -= len) {
		if (i && i < level) {
			bp = (bp - len) & stack_mask(e);
			res = emul_read(e, HULL_SEG_SS, bp, at, len);
			if (res)
				return res;
		} else if (i) {
			memcpy(at, &frame, len);
		}
		res = check_push(e, sp + (pushes - 1 - i) * len);
		if (res)
			return res;
	}
	e->work.write_len = pushes * len;
	emul_stage_reg(e, HULL_RBP, len, frame);
	return HULL_EMUL_OK;
}

/* The new top of the stack has to be writable although it is not written. */
static enum hull_emul_result probe_final(struct hull_emul *e, u64 sp)
{
	u64 pushed = e->work.write_linear;
	enum hull_emul_result res;

	res = check_push(e, sp & stack_mask(e));
	e->work.write_linear = pushed;
	return res;
}

EMUL_FN(emul_op_enter)
{
	unsigned int len = e->insn.op_bytes, level = e->insn.imm2 & 31;
	unsigned int pushes = level ? level + 1 : 1;
	u64 sp = (e->gpr[HULL_RSP] - pushes * len) & stack_mask(e);
	enum hull_emul_result res;

	if (block_wraps(e, sp, pushes * len) ||
	    (level && display_overlaps(e, (level - 1) * len, sp,
				       sp + pushes * len)))
		return HULL_EMUL_UNHANDLED;
	res = build_frame(e, sp, level);
	stage_sp(e, sp - e->insn.imm);
	return res ? res : probe_final(e, sp - e->insn.imm);
}

EMUL_FN(emul_op_leave)
{
	unsigned int len = e->insn.op_bytes;
	u64 sp = e->gpr[HULL_RBP] & stack_mask(e), val = 0;
	enum hull_emul_result res;

	res = emul_read(e, HULL_SEG_SS, sp, &val, len);
	if (res)
		return res;
	emul_stage_reg(e, HULL_RBP, len, val);
	stage_sp(e, sp + len);
	return HULL_EMUL_OK;
}
