// SPDX-License-Identifier: GPL-2.0
/*
 * Rotates and shifts.  OF is defined after a count of one alone and AF never;
 * here OF follows the rule for one at every count, and AF is cleared.
 */
#include "op.h"

static unsigned int masked_count(const struct hull_emul *e, u64 count)
{
	return count & (e->insn.op_bytes == 8 ? 63 : 31);
}

static u64 rotate_left(u64 val, unsigned int n, unsigned int bits)
{
	n %= bits;
	if (!n)
		return val;
	return ((val << n) | (val >> (bits - n))) & emul_mask(bits / 8);
}

/* Rotate left through carry by one. */
static u64 step_left(u64 val, u64 sign, bool *carry)
{
	bool out = val & sign;

	val = (val << 1) | *carry;
	*carry = out;
	return val & (sign | (sign - 1));
}

static u64 rotate_carry(u64 val, unsigned int n, u64 sign, bool *carry)
{
	while (n--)
		val = step_left(val, sign, carry);
	return val;
}

EMUL_FN(emul_op_rotate)
{
	struct hull_emul_work *w = &e->work;
	unsigned int bits = e->insn.op_bytes * 8;
	unsigned int n = masked_count(e, w->src);
	u64 sign = emul_sign(e->insn.op_bytes);
	bool carry = e->rflags & X86_EFLAGS_CF;
	bool right = e->insn.modrm & 0x08, top, below;

	if (!n)
		return HULL_EMUL_OK;
	/* To the right by n is to the left by the rest of the circle. */
	if (e->insn.modrm & 0x10) {
		n %= bits + 1;
		w->dst = rotate_carry(w->dst, right ? bits + 1 - n : n, sign,
				      &carry);
	} else {
		n %= bits;
		w->dst = rotate_left(w->dst, right ? bits - n : n, bits);
		carry = w->dst & (right ? sign : 1);
	}
	top = w->dst & sign;
	below = w->dst & (sign >> 1);
	emul_set_flags(e, X86_EFLAGS_CF | X86_EFLAGS_OF,
		       (carry ? X86_EFLAGS_CF : 0) |
		       (top != (right ? below : carry) ? X86_EFLAGS_OF : 0));
	return HULL_EMUL_OK;
}

static void set_shift_flags(struct hull_emul *e, bool carry, bool overflow)
{
	unsigned int len = e->insn.op_bytes;

	emul_set_flags(e, EMUL_ARITH_FLAGS,
		       emul_result_flags(e->work.dst, len) |
		       (carry ? X86_EFLAGS_CF : 0) |
		       (overflow ? X86_EFLAGS_OF : 0));
}

static void shift_left(struct hull_emul *e, unsigned int n)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = e->insn.op_bytes;
	u64 wide = w->dst << (n - 1);
	bool carry = wide & emul_sign(len);

	w->dst = (wide << 1) & emul_mask(len);
	set_shift_flags(e, carry, carry != !!(w->dst & emul_sign(len)));
}

static void shift_right(struct hull_emul *e, unsigned int n, bool arithmetic)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = e->insn.op_bytes;
	bool sign = w->dst & emul_sign(len);
	u64 wide = w->dst;

	if (arithmetic) {
		wide = (u64)((s64)emul_sign_extend(wide, len) >> (n - 1));
		w->dst = (u64)((s64)wide >> 1) & emul_mask(len);
		sign = false;
	} else {
		wide >>= n - 1;
		w->dst = wide >> 1;
	}
	set_shift_flags(e, wide & 1, sign);
}

/* ModRM.reg: 4 SHL, 5 SHR, 6 SHL again, 7 SAR. */
EMUL_FN(emul_op_shift)
{
	unsigned int n = masked_count(e, e->work.src);

	if (!n)
		return HULL_EMUL_OK;
	if (e->insn.modrm & 0x08)
		shift_right(e, n, e->insn.modrm & 0x10);
	else
		shift_left(e, n);
	return HULL_EMUL_OK;
}

static unsigned int double_count(const struct hull_emul *e)
{
	bool immediate = (e->insn.op->flags & OP_IMM_MASK) == OP_IB;

	return masked_count(e, immediate ? e->insn.imm : e->gpr[HULL_RCX]);
}

/*
 * Counts above 16 with 16-bit operands leave everything undefined; they shift
 * in the destination again after the source.
 */
EMUL_FN(emul_op_shld)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = e->insn.op_bytes, n = double_count(e);
	u64 old = w->dst;
	bool carry;

	if (!n)
		return HULL_EMUL_OK;
	if (len == 2) {
		u64 wide = (old << 32) | (w->src << 16) | old;

		carry = (wide >> (48 - n)) & 1;
		w->dst = (wide >> (32 - n)) & 0xffff;
	} else {
		carry = (old >> (8 * len - n)) & 1;
		w->dst = (old << n) | (w->src >> (8 * len - n));
	}
	set_shift_flags(e, carry, (old ^ w->dst) & emul_sign(len));
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_shrd)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = e->insn.op_bytes, n = double_count(e);
	u64 old = w->dst, wide;

	if (!n)
		return HULL_EMUL_OK;
	if (len == 2) {
		wide = (old << 32) | (w->src << 16) | old;
		w->dst = (wide >> n) & 0xffff;
	} else {
		wide = old;
		w->dst = (old >> n) | (w->src << (8 * len - n));
	}
	set_shift_flags(e, (wide >> (n - 1)) & 1,
			(old ^ w->dst) & emul_sign(len));
	return HULL_EMUL_OK;
}

/* BMI2: the count is register VEX.vvvv, and no flag changes. */
static unsigned int vex_count(const struct hull_emul *e)
{
	return masked_count(e, emul_vex_value(e));
}

EMUL_FN(emul_op_shlx)
{
	e->work.dst = e->work.src << vex_count(e);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_shrx)
{
	e->work.dst = e->work.src >> vex_count(e);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_sarx)
{
	s64 val = emul_sign_extend(e->work.src, e->insn.op_bytes);

	e->work.dst = val >> vex_count(e);
	return HULL_EMUL_OK;
}

/* The count is immediate: VEX.vvvv has no use here and has to be 1111. */
EMUL_FN(emul_op_rorx)
{
	unsigned int len = e->insn.op_bytes;
	enum hull_emul_result res;
	u64 val;

	if (e->insn.vex_reg)
		return emul_fault(e, X86_TRAP_UD);
	res = emul_load_rm(e, &val, len, HULL_ACCESS_READ);
	if (!res)
		e->work.dst = rotate_left(val,
					  8 * len - masked_count(e, e->insn.imm),
					  8 * len);
	return res;
}
