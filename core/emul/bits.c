// SPDX-License-Identifier: GPL-2.0
/*
 * Single bits: test and modify, scan, count; byte swap; CRC32.
 */
#include <linux/bitops.h>
#include <linux/log2.h>
#include <linux/swab.h>
#include "op.h"

/*
 * With the bit offset in a register a memory operand is a bit string: the
 * signed offset selects the operand-sized unit, too.
 */
static void select_unit(struct hull_emul *e, u64 offset)
{
	struct hull_insn *insn = &e->insn;
	unsigned int len = insn->op_bytes;
	s64 unit = (s64)emul_sign_extend(offset, len) >> (ilog2(len) + 3);

	insn->ea = (insn->ea + unit * len) & emul_mask(insn->addr_bytes);
}

/* hull_op.arg: 0 BT, 1 BTS, 2 BTR, 3 BTC. */
EMUL_FN(emul_op_bt)
{
	bool immediate = (e->insn.op->flags & OP_IMM_MASK) == OP_IB;
	struct hull_emul_work *w = &e->work;
	unsigned int len = e->insn.op_bytes, action = e->insn.op->arg;
	u64 offset = immediate ? e->insn.imm : w->src, bit;
	enum hull_emul_result res;

	if (!immediate && e->insn.is_mem)
		select_unit(e, offset);
	res = emul_load_rm(e, &w->dst, len,
			   action ? HULL_ACCESS_RMW : HULL_ACCESS_READ);
	if (res)
		return res;
	bit = 1ULL << (offset & (8 * len - 1));
	emul_set_flags(e, X86_EFLAGS_CF, w->dst & bit ? X86_EFLAGS_CF : 0);
	if (action == 1)
		w->dst |= bit;
	else if (action == 2)
		w->dst &= ~bit;
	else
		w->dst ^= bit;
	return HULL_EMUL_OK;
}

/* BSF and BSR: of zero they set ZF and do not write the destination. */
static void scan(struct hull_emul *e, bool reverse)
{
	struct hull_emul_work *w = &e->work;

	emul_set_flags(e, X86_EFLAGS_ZF, w->src ? 0 : X86_EFLAGS_ZF);
	if (w->src)
		w->dst = reverse ? __fls(w->src) : __ffs(w->src);
	w->dst_unchanged = !w->src;
}

/* TZCNT and LZCNT: of zero they set CF and count all bits. */
static void count_zeros(struct hull_emul *e, bool leading)
{
	struct hull_emul_work *w = &e->work;
	unsigned int bits = 8 * e->insn.op_bytes;

	if (!w->src)
		w->dst = bits;
	else
		w->dst = leading ? bits - 1 - __fls(w->src) : __ffs(w->src);
	emul_set_flags(e, X86_EFLAGS_CF | X86_EFLAGS_ZF,
		       (w->src ? 0 : X86_EFLAGS_CF) |
		       (w->dst ? 0 : X86_EFLAGS_ZF));
}

/* hull_op.arg: 0 BSF, 1 BSR, 2 TZCNT, 3 LZCNT. */
EMUL_FN(emul_op_scan)
{
	unsigned int arg = e->insn.op->arg;

	if (arg & 2)
		count_zeros(e, arg & 1);
	else
		scan(e, arg & 1);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_popcnt)
{
	e->work.dst = hweight64(e->work.src);
	emul_set_flags(e, EMUL_ARITH_FLAGS,
		       e->work.src ? 0 : X86_EFLAGS_ZF);
	return HULL_EMUL_OK;
}

/* Of a 16-bit register the result is undefined; CPUs clear it. */
EMUL_FN(emul_op_bswap)
{
	u64 val = e->work.dst;

	if (e->insn.op_bytes == 2)
		val = 0;
	else
		val = swab64(val) >> (64 - 8 * e->insn.op_bytes);
	e->work.dst = val;
	return HULL_EMUL_OK;
}

#define CRC32C_POLYNOMIAL 0x82f63b78	/* lowest power in the highest bit */

/* Whatever the size of the source is, of the destination 32 bits count. */
EMUL_FN(emul_op_crc32)
{
	u32 crc = e->gpr[e->insn.reg];
	unsigned int i;

	for (i = 0; i < 8 * e->insn.op_bytes; i++) {
		bool low = (crc ^ (e->work.src >> i)) & 1;

		crc = (crc >> 1) ^ (low ? CRC32C_POLYNOMIAL : 0);
	}
	emul_stage_reg(e, e->insn.reg, 4, crc);
	return HULL_EMUL_OK;
}
