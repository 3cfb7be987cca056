// SPDX-License-Identifier: GPL-2.0
/*
 * Operands: from segment and offset to a checked linear address, from a
 * register number to its bits, and back (APM vol. 2, Segmentation; Canonical
 * Address Form; Data-Access Checks by segment type and limit).
 */
#include <linux/log2.h>
#include "op.h"

enum hull_emul_result emul_fault(struct hull_emul *e, u8 vector)
{
	e->fault = (struct hull_fault) { .vector = vector };
	return HULL_EMUL_FAULT;
}

/* Real mode pushes no error codes. */
enum hull_emul_result emul_fault_error(struct hull_emul *e, u8 vector,
				       u32 error)
{
	e->fault = (struct hull_fault) {
		.vector = vector,
		.has_error = e->mode != HULL_EMUL_REAL,
		.error = error,
	};
	return HULL_EMUL_FAULT;
}

/* Read at most once per instruction: a vendor's accessor may be slow. */
const struct hull_segment *emul_segment(struct hull_emul *e, enum hull_seg seg)
{
	struct hull_emul_work *w = &e->work;

	if (!(w->segments & BIT(seg))) {
		e->ops->get_segment(e, seg, &w->seg[seg]);
		w->segments |= BIT(seg);
	}
	return &w->seg[seg];
}

bool emul_canonical(const struct hull_emul *e, u64 linear)
{
	unsigned int shift = e->cr4 & X86_CR4_LA57 ? 64 - 57 : 64 - 48;

	return (u64)((s64)(linear << shift) >> shift) == linear;
}

bool emul_alignment_checked(const struct hull_emul *e)
{
	return e->cpl == 3 && (e->rflags & X86_EFLAGS_AC) &&
	       (e->cr0 & X86_CR0_AM);
}

/* No checks.  Of all segments FS and GS alone have a base in 64-bit mode. */
u64 emul_segment_linear(struct hull_emul *e, enum hull_seg seg, u64 ea)
{
	if (e->mode == HULL_EMUL_LONG)
		return seg < HULL_SEG_FS ? ea : ea + emul_segment(e, seg)->base;
	return (u32)(ea + emul_segment(e, seg)->base);
}

static bool within_limit(const struct hull_segment *s, bool down, u64 ea,
			 u64 last)
{
	if (!down)
		return last <= s->limit;
	return ea > s->limit &&
	       last <= (s->attr & HULL_ATTR_DB ? 0xffffffff : 0xffff);
}

/* Protected mode: does the type of the segment allow it? */
static bool type_allows(const struct hull_segment *s,
			enum hull_emul_access access)
{
	u16 type = s->attr & HULL_ATTR_TYPE;

	if (s->attr & HULL_ATTR_UNUSABLE)
		return false;
	if (access == HULL_ACCESS_READ)
		return !(type & HULL_TYPE_CODE) || (type & HULL_TYPE_WRITE);
	return !(type & HULL_TYPE_CODE) && (type & HULL_TYPE_WRITE);
}

static bool legacy_access_ok(const struct hull_emul *e,
			     const struct hull_segment *s, u64 ea, u64 last,
			     enum hull_emul_access access)
{
	u16 type = s->attr & HULL_ATTR_TYPE;
	bool down = false;

	if (e->mode == HULL_EMUL_PROT) {
		if (!type_allows(s, access))
			return false;
		down = (type & (HULL_TYPE_CODE | HULL_TYPE_DOWN)) ==
		       HULL_TYPE_DOWN;
	}
	return within_limit(s, down, ea, last);
}

/* Segment type, limit and canonical form; not alignment. */
enum hull_emul_result emul_check_segment(struct hull_emul *e,
					 enum hull_seg seg, u64 ea,
					 unsigned int len,
					 enum hull_emul_access access,
					 u64 *linear)
{
	bool ok;

	*linear = emul_segment_linear(e, seg, ea);
	if (e->mode == HULL_EMUL_LONG)
		ok = emul_canonical(e, *linear) &&
		     emul_canonical(e, *linear + len - 1);
	else
		ok = legacy_access_ok(e, emul_segment(e, seg), ea,
				      ea + len - 1, access);
	if (ok)
		return HULL_EMUL_OK;
	return emul_fault_error(e, seg == HULL_SEG_SS ? X86_TRAP_SS :
							X86_TRAP_GP, 0);
}

/* Operands of 32 bytes need 16-byte alignment only. */
enum hull_emul_result emul_address(struct hull_emul *e, enum hull_seg seg,
				   u64 ea, unsigned int len,
				   enum hull_emul_access access, u64 *linear)
{
	enum hull_emul_result res;

	res = emul_check_segment(e, seg, ea, len, access, linear);
	if (res)
		return res;
	if (is_power_of_2(len) && (*linear & (min(len, 16U) - 1)) &&
	    emul_alignment_checked(e))
		return emul_fault_error(e, X86_TRAP_AC, 0);
	return HULL_EMUL_OK;
}

enum hull_emul_result hull_emul_linear(struct hull_emul *e, unsigned int len,
				       enum hull_emul_access access,
				       u64 *linear)
{
	return emul_address(e, e->insn.seg, e->insn.ea, len, access, linear);
}

enum hull_emul_result emul_read(struct hull_emul *e, enum hull_seg seg, u64 ea,
				void *buf, unsigned int len)
{
	enum hull_emul_result res;
	u64 linear;

	res = emul_address(e, seg, ea, len, HULL_ACCESS_READ, &linear);
	if (res)
		return res;
	return e->ops->read(e, linear, buf, len, HULL_ACCESS_READ);
}

/* The memory operand, for functions that load it themselves. */
enum hull_emul_result emul_read_mem(struct hull_emul *e, void *buf,
				    unsigned int len)
{
	return emul_read(e, e->insn.seg, e->insn.ea, buf, len);
}

enum hull_emul_result emul_stage_write(struct hull_emul *e, enum hull_seg seg,
				       u64 ea, const void *buf,
				       unsigned int len)
{
	struct hull_emul_work *w = &e->work;
	enum hull_emul_result res;

	res = emul_address(e, seg, ea, len, HULL_ACCESS_WRITE,
			   &w->write_linear);
	if (res)
		return res;
	memcpy(w->data, buf, len);
	w->write_len = len;
	return HULL_EMUL_OK;
}

enum hull_emul_result emul_stage_mem(struct hull_emul *e, const void *buf,
				     unsigned int len)
{
	return emul_stage_write(e, e->insn.seg, e->insn.ea, buf, len);
}

/* Compute the memory operand's address from the registers as they are. */
void emul_address_operand(struct hull_emul *e)
{
	struct hull_insn *insn = &e->insn;
	u64 ea = insn->disp;

	if (insn->base == HULL_RIP_REG)
		ea += e->rip + insn->len;
	else if (insn->base != HULL_NO_REG)
		ea += e->gpr[insn->base];
	if (insn->index != HULL_NO_REG)
		ea += e->gpr[insn->index] << insn->scale;
	insn->ea = ea & emul_mask(insn->addr_bytes);
	insn->linear = emul_segment_linear(e, insn->seg, insn->ea);
}

/* AH, CH, DH, BH: numbers 4 to 7 of a byte operand without REX. */
static bool is_high_byte(const struct hull_emul *e, unsigned int reg,
			 unsigned int len)
{
	return len == 1 && (reg & ~3) == 4 && !e->insn.rex;
}

u64 emul_reg(const struct hull_emul *e, unsigned int reg, unsigned int len)
{
	if (is_high_byte(e, reg, len))
		return (e->gpr[reg & 3] >> 8) & 0xff;
	return e->gpr[reg] & emul_mask(len);
}

/* Outside 64-bit mode there are eight registers, and a bit of vvvv is ignored. */
unsigned int emul_vex_reg(const struct hull_emul *e)
{
	return e->insn.vex_reg & (e->mode == HULL_EMUL_LONG ? 15 : 7);
}

u64 emul_vex_value(const struct hull_emul *e)
{
	return emul_reg(e, emul_vex_reg(e), e->insn.op_bytes);
}

/* The slot for a register's new value, which starts as its old one. */
static u64 *staged_slot(struct hull_emul *e, unsigned int reg)
{
	struct hull_emul_work *w = &e->work;
	unsigned int i;

	for (i = 0; i < w->nr_regs; i++)
		if (w->reg_nr[i] == reg)
			return &w->regs[i];
	w->reg_nr[i] = reg;
	w->regs[i] = e->gpr[reg];
	w->nr_regs = i + 1;
	return &w->regs[i];
}

static u64 merge(u64 old, u64 val, u64 mask)
{
	return (old & ~mask) | (val & mask);
}

/* A 4-byte write clears the upper half, smaller ones keep what is above. */
void emul_stage_reg(struct hull_emul *e, unsigned int reg, unsigned int len,
		    u64 val)
{
	u64 *slot;

	if (is_high_byte(e, reg, len)) {
		slot = staged_slot(e, reg & 3);
		*slot = merge(*slot, val << 8, 0xff00);
		return;
	}
	slot = staged_slot(e, reg);
	*slot = len == 4 ? (u32)val : merge(*slot, val, emul_mask(len));
}

/* A register used as an address or a count, of address size. */
void emul_stage_addr_reg(struct hull_emul *e, unsigned int reg, u64 val)
{
	emul_stage_reg(e, reg, e->insn.addr_bytes, val);
}

/* ModRM.rm as a value: zero-extended, @len 1 to 8. */
enum hull_emul_result emul_load_rm(struct hull_emul *e, u64 *val,
				   unsigned int len,
				   enum hull_emul_access access)
{
	struct hull_emul_work *w = &e->work;
	enum hull_emul_result res;
	u64 linear;

	if (!e->insn.is_mem) {
		*val = emul_reg(e, e->insn.rm, len);
		return HULL_EMUL_OK;
	}
	*val = 0;
	res = emul_address(e, e->insn.seg, e->insn.ea, len, access, &linear);
	if (!res)
		res = e->ops->read(e, linear, val, len, access);
	if (res || access == HULL_ACCESS_READ)
		return res;
	w->write_linear = linear;
	w->write_checked = true;
	memcpy(w->old, val, sizeof(*val));
	return HULL_EMUL_OK;
}

static unsigned int opcode_reg(const struct hull_insn *insn)
{
	return (insn->opcode & 7) | (insn->rex & HULL_REX_B ? 8 : 0);
}

static enum hull_emul_result load_src(struct hull_emul *e)
{
	const struct hull_insn *insn = &e->insn;
	u64 *src = &e->work.src;

	switch (insn->op->flags & OP_SRC_MASK) {
	case OP_SRC_RM:
		return emul_load_rm(e, src, insn->op_bytes, HULL_ACCESS_READ);
	case OP_SRC_REG:
		*src = emul_reg(e, insn->reg, insn->op_bytes);
		break;
	case OP_SRC_ACC:
		*src = emul_reg(e, HULL_RAX, insn->op_bytes);
		break;
	case OP_SRC_OPREG:
		*src = emul_reg(e, opcode_reg(insn), insn->op_bytes);
		break;
	case OP_SRC_IMM:
		*src = insn->imm & emul_mask(insn->op_bytes);
		break;
	case OP_SRC_ONE:
		*src = 1;
		break;
	case OP_SRC_CL:
		*src = (u8)e->gpr[HULL_RCX];
		break;
	case OP_SRC_RM8:
		return emul_load_rm(e, src, 1, HULL_ACCESS_READ);
	case OP_SRC_RM16:
		return emul_load_rm(e, src, 2, HULL_ACCESS_READ);
	case OP_SRC_RM32:
		return emul_load_rm(e, src, 4, HULL_ACCESS_READ);
	}
	return HULL_EMUL_OK;
}

static unsigned int dst_reg(const struct hull_emul *e)
{
	const struct hull_insn *insn = &e->insn;

	switch (insn->op->flags & OP_DST_MASK) {
	case OP_DST_REG:
		return insn->reg;
	case OP_DST_OPREG:
		return opcode_reg(insn);
	case OP_DST_RM:
		return insn->rm;
	case OP_DST_VEX:
		return emul_vex_reg(e);
	default:
		return HULL_RAX;
	}
}

static bool dst_is_memory(const struct hull_insn *insn)
{
	return insn->is_mem && (insn->op->flags & OP_DST_MASK) == OP_DST_RM;
}

enum hull_emul_result emul_load_operands(struct hull_emul *e)
{
	const struct hull_insn *insn = &e->insn;
	u32 flags = insn->op->flags;
	enum hull_emul_result res;

	res = load_src(e);
	if (res || !(flags & OP_DST_READ))
		return res;
	if (dst_is_memory(insn))
		return emul_load_rm(e, &e->work.dst, insn->op_bytes,
				    flags & OP_DST_WRITE ? HULL_ACCESS_RMW :
							   HULL_ACCESS_READ);
	e->work.dst = emul_reg(e, dst_reg(e), insn->op_bytes);
	return HULL_EMUL_OK;
}

enum hull_emul_result emul_store_operand(struct hull_emul *e)
{
	const struct hull_insn *insn = &e->insn;
	struct hull_emul_work *w = &e->work;

	if (!(insn->op->flags & OP_DST_WRITE))
		return HULL_EMUL_OK;
	if (!dst_is_memory(insn)) {
		if (!w->dst_unchanged)
			emul_stage_reg(e, dst_reg(e), insn->op_bytes, w->dst);
		return HULL_EMUL_OK;
	}
	if (!w->write_checked)
		return emul_stage_mem(e, &w->dst, insn->op_bytes);
	memcpy(w->data, &w->dst, sizeof(w->dst));
	w->write_len = insn->op_bytes;
	w->write_locked = (insn->prefix & HULL_PREFIX_LOCK) ||
			  (insn->op->flags & OP_SWAPS);
	return HULL_EMUL_OK;
}
