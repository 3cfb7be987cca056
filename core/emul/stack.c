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
 * Address @count elements of @len bytes from @sp upwards as one access.  A
 * block that wraps around the end of the stack segment is not supported.
 */
static enum hull_emul_result stack_block(struct hull_emul *e, u64 sp,
					 unsigned int count, unsigned int len,
					 enum hull_emul_access access,
					 u64 *linear)
{
	enum hull_emul_result res;

	if (count * len - 1 > stack_mask(e) - sp)
		return HULL_EMUL_UNHANDLED;
	res = emul_address(e, HULL_SEG_SS, sp, len, access, linear);
	if (res)
		return res;
	return emul_check_segment(e, HULL_SEG_SS, sp, count * len, access,
				  linear);
}

EMUL_FN(emul_op_pusha)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = e->insn.op_bytes, i;
	u64 sp = (e->gpr[HULL_RSP] - 8 * len) & stack_mask(e);
	enum hull_emul_result res;

	res = stack_block(e, sp, 8, len, HULL_ACCESS_WRITE, &w->write_linear);
	if (res)
		return res;
	/* RAX is pushed first and so ends on top; RSP as it was before. */
	for (i = 0; i < 8; i++)
		memcpy(w->data + (7 - i) * len, &e->gpr[i], len);
	w->write_len = 8 * len;
	stage_sp(e, sp);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_popa)
{
	unsigned int len = e->insn.op_bytes, i;
	u64 sp = e->gpr[HULL_RSP] & stack_mask(e), linear, val = 0;
	enum hull_emul_result res;
	u8 data[8 * 4];

	res = stack_block(e, sp, 8, len, HULL_ACCESS_READ, &linear);
	if (!res)
		res = e->ops->read(e, linear, data, 8 * len, HULL_ACCESS_READ);
	if (res)
		return res;
	for (i = 0; i < 8; i++) {
		if (i == HULL_RSP)
			continue;
		memcpy(&val, data + (7 - i) * len, len);
		emul_stage_reg(e, i, len, val);
	}
	stage_sp(e, sp + 8 * len);
	return HULL_EMUL_OK;
}

/*
 * Copy the @count frame pointers below RBP, into @data.  They are read before
 * anything is pushed, hence refuse if pushing to [@sp, @end) changed them.
 */
static enum hull_emul_result read_display(struct hull_emul *e, u8 *data,
					  unsigned int count, u64 sp, u64 end)
{
	unsigned int len = e->insn.op_bytes;
	u64 bp = (e->gpr[HULL_RBP] - count * len) & stack_mask(e), linear;
	enum hull_emul_result res;

	if (!count)
		return HULL_EMUL_OK;
	if (bp < end && sp < bp + count * len)
		return HULL_EMUL_UNHANDLED;
	res = stack_block(e, bp, count, len, HULL_ACCESS_READ, &linear);
	if (res)
		return res;
	return e->ops->read(e, linear, data, count * len, HULL_ACCESS_READ);
}

/* From the top: RBP, the display, and with a level the new frame pointer. */
EMUL_FN(emul_op_enter)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = e->insn.op_bytes, level = e->insn.imm2 & 31;
	unsigned int pushes = level ? level + 1 : 1;
	u64 top = e->gpr[HULL_RSP] & stack_mask(e);
	u64 frame = (top - len) & stack_mask(e);
	u64 sp = (top - pushes * len) & stack_mask(e);
	enum hull_emul_result res;

	res = stack_block(e, sp, pushes, len, HULL_ACCESS_WRITE,
			  &w->write_linear);
	if (!res && level)
		res = read_display(e, w->data + len, level - 1, sp,
				   sp + pushes * len);
	if (res)
		return res;
	if (level)
		memcpy(w->data, &frame, len);
	memcpy(w->data + (pushes - 1) * len, &e->gpr[HULL_RBP], len);
	w->write_len = pushes * len;
	emul_stage_reg(e, HULL_RBP, len, frame);
	stage_sp(e, sp - e->insn.imm);
	return HULL_EMUL_OK;
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
