// SPDX-License-Identifier: GPL-2.0
/*
 * Moves of all kinds between registers, memory and segment registers.
 */
#include <linux/swab.h>
#include "op.h"

EMUL_FN(emul_op_nop)
{
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_ud)
{
	return emul_fault(e, X86_TRAP_UD);
}

/* Also MOVZX: the source is zero-extended as loaded. */
EMUL_FN(emul_op_mov)
{
	e->work.dst = e->work.src;
	return HULL_EMUL_OK;
}

/* hull_op.arg: size of the source. */
EMUL_FN(emul_op_movsx)
{
	e->work.dst = emul_sign_extend(e->work.src, e->insn.op->arg);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_movbe)
{
	e->work.dst = swab64(e->work.src) >> (64 - 8 * e->insn.op_bytes);
	return HULL_EMUL_OK;
}

/* 64 bytes from memory to where a register points in ES, aligned. */
EMUL_FN(emul_op_movdir64b)
{
	u64 to = emul_reg(e, e->insn.reg, e->insn.addr_bytes);
	enum hull_emul_result res;
	u8 buf[64];

	if (emul_segment_linear(e, HULL_SEG_ES, to) & (sizeof(buf) - 1))
		return emul_fault_error(e, X86_TRAP_GP, 0);
	res = emul_read_mem(e, buf, sizeof(buf));
	if (res)
		return res;
	return emul_stage_write(e, HULL_SEG_ES, to, buf, sizeof(buf));
}

/* To memory always 16 bits, to a register zero-extended. */
EMUL_FN(emul_op_mov_from_seg)
{
	unsigned int seg = e->insn.reg & 7;
	u16 selector;

	if (seg > HULL_SEG_GS)
		return emul_fault(e, X86_TRAP_UD);
	selector = emul_segment(e, seg)->selector;
	if (e->insn.is_mem)
		return emul_stage_mem(e, &selector, sizeof(selector));
	emul_stage_reg(e, e->insn.rm, e->insn.op_bytes, selector);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_mov_to_seg)
{
	unsigned int seg = e->insn.reg & 7;
	enum hull_emul_result res;
	u64 selector;

	if (seg > HULL_SEG_GS || seg == HULL_SEG_CS)
		return emul_fault(e, X86_TRAP_UD);
	if (!e->ops->load_segment)
		return HULL_EMUL_UNHANDLED;
	res = emul_load_rm(e, &selector, 2, HULL_ACCESS_READ);
	if (res)
		return res;
	if (seg == HULL_SEG_SS)
		e->shadow = HULL_SHADOW_MOV_SS;
	return e->ops->load_segment(e, seg, selector);
}

/* LES, LDS, LSS, LFS, LGS; hull_op.arg: the segment register. */
EMUL_FN(emul_op_load_far)
{
	unsigned int len = e->insn.op_bytes;
	enum hull_emul_result res;
	u8 pointer[10];
	u64 offset = 0;
	u16 selector;

	if (!e->ops->load_segment)
		return HULL_EMUL_UNHANDLED;
	res = emul_read_mem(e, pointer, len + 2);
	if (res)
		return res;
	memcpy(&offset, pointer, len);
	memcpy(&selector, pointer + len, sizeof(selector));
	emul_stage_reg(e, e->insn.reg, len, offset);
	return e->ops->load_segment(e, e->insn.op->arg, selector);
}

EMUL_FN(emul_op_lea)
{
	e->work.dst = e->insn.ea;
	return HULL_EMUL_OK;
}

/* The register is written first: XCHG AL, AH stages RAX twice. */
EMUL_FN(emul_op_xchg)
{
	unsigned int reg = e->insn.has_modrm ? e->insn.reg : HULL_RAX;
	u64 old = e->work.dst;

	e->work.dst = e->work.src;
	emul_stage_reg(e, reg, e->insn.op_bytes, old);
	return HULL_EMUL_OK;
}

/* 90 is NOP, and does not clear the upper half of RAX; with REX.B it is not. */
EMUL_FN(emul_op_nop_xchg)
{
	unsigned int len = e->insn.op_bytes;

	if (!(e->insn.rex & HULL_REX_B))
		return HULL_EMUL_OK;
	emul_stage_reg(e, HULL_RAX, len, e->gpr[HULL_R8]);
	emul_stage_reg(e, HULL_R8, len, e->work.src);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_xlat)
{
	u64 ea = e->gpr[HULL_RBX] + (u8)e->gpr[HULL_RAX];
	enum hull_emul_result res;
	u8 val;

	ea &= emul_mask(e->insn.addr_bytes);
	res = emul_read(e, emul_data_segment(e), ea, &val, 1);
	if (!res)
		emul_stage_reg(e, HULL_RAX, 1, val);
	return res;
}

/* CBW, CWDE, CDQE. */
EMUL_FN(emul_op_cbw)
{
	unsigned int len = e->insn.op_bytes;

	emul_stage_reg(e, HULL_RAX, len,
		       emul_sign_extend(e->gpr[HULL_RAX], len / 2));
	return HULL_EMUL_OK;
}

/* CWD, CDQ, CQO. */
EMUL_FN(emul_op_cwd)
{
	unsigned int len = e->insn.op_bytes;

	emul_stage_reg(e, HULL_RDX, len,
		       e->gpr[HULL_RAX] & emul_sign(len) ? ~0ULL : 0);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_cmov)
{
	if (emul_condition(e->rflags, e->insn.opcode))
		e->work.dst = e->work.src;
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_setcc)
{
	e->work.dst = emul_condition(e->rflags, e->insn.opcode);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_salc)
{
	emul_stage_reg(e, HULL_RAX, 1, e->rflags & X86_EFLAGS_CF ? 0xff : 0);
	return HULL_EMUL_OK;
}

/* CLFLUSH and its kind fault as a byte read does; SFENCE has no operand. */
EMUL_FN(emul_op_clflush)
{
	enum hull_emul_result res;
	bool device;
	u64 linear;

	if (!e->insn.is_mem)
		return HULL_EMUL_OK;
	res = hull_emul_linear(e, 1, HULL_ACCESS_READ, &linear);
	if (res)
		return res;
	return e->ops->probe(e, linear, 1, HULL_ACCESS_READ, &device);
}
