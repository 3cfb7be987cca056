// SPDX-License-Identifier: GPL-2.0
/*
 * Addition, subtraction and logic with their flags (APM vol. 3, the pages of
 * the instructions; vol. 1, rFLAGS Register).
 */
#include "op.h"

static u64 parity_flag(u8 val)
{
	/* Bit n: n has an even number of ones. */
	return (0x9669 >> ((val ^ (val >> 4)) & 15)) & 1 ? X86_EFLAGS_PF : 0;
}

/* SF, ZF and PF. */
u64 emul_result_flags(u64 result, unsigned int len)
{
	u64 flags = parity_flag(result);

	if (!(result & emul_mask(len)))
		flags |= X86_EFLAGS_ZF;
	if (result & emul_sign(len))
		flags |= X86_EFLAGS_SF;
	return flags;
}

void emul_set_flags(struct hull_emul *e, u64 mask, u64 flags)
{
	e->work.rflags = (e->work.rflags & ~mask) | (flags & mask);
}

/*
 * CF, AF and OF from the carry out of each bit position: the carry into a
 * position is what makes the sum differ from the exclusive or of the terms.
 */
static u64 carry_flags(u64 carries, u64 overflow, unsigned int len)
{
	u64 flags = 0;

	if (carries & emul_sign(len))
		flags |= X86_EFLAGS_CF;
	if (carries & 0x8)
		flags |= X86_EFLAGS_AF;
	if (overflow & emul_sign(len))
		flags |= X86_EFLAGS_OF;
	return flags;
}

u64 emul_add(struct hull_emul *e, u64 a, u64 b, unsigned int carry)
{
	unsigned int len = e->insn.op_bytes;
	u64 r = (a + b + carry) & emul_mask(len);

	emul_set_flags(e, EMUL_ARITH_FLAGS,
		       emul_result_flags(r, len) |
		       carry_flags((a & b) | ((a | b) & ~r),
				   (a ^ r) & (b ^ r), len));
	return r;
}

u64 emul_sub(struct hull_emul *e, u64 a, u64 b, unsigned int borrow)
{
	unsigned int len = e->insn.op_bytes;
	u64 r = (a - b - borrow) & emul_mask(len);

	emul_set_flags(e, EMUL_ARITH_FLAGS,
		       emul_result_flags(r, len) |
		       carry_flags((~a & b) | ((~a | b) & r),
				   (a ^ b) & (a ^ r), len));
	return r;
}

/* The conditions of Jcc, SETcc and CMOVcc, by the low bits of the opcode. */
bool emul_condition(u64 rflags, unsigned int code)
{
	bool less = !(rflags & X86_EFLAGS_SF) != !(rflags & X86_EFLAGS_OF);
	bool cond;

	switch ((code >> 1) & 7) {
	case 0:
		cond = rflags & X86_EFLAGS_OF;
		break;
	case 1:
		cond = rflags & X86_EFLAGS_CF;
		break;
	case 2:
		cond = rflags & X86_EFLAGS_ZF;
		break;
	case 3:
		cond = rflags & (X86_EFLAGS_CF | X86_EFLAGS_ZF);
		break;
	case 4:
		cond = rflags & X86_EFLAGS_SF;
		break;
	case 5:
		cond = rflags & X86_EFLAGS_PF;
		break;
	case 6:
		cond = less;
		break;
	default:
		cond = less || (rflags & X86_EFLAGS_ZF);
		break;
	}
	return cond != (code & 1);
}

static unsigned int carry_in(const struct hull_emul *e)
{
	return e->rflags & X86_EFLAGS_CF ? 1 : 0;
}

EMUL_FN(emul_op_add)
{
	e->work.dst = emul_add(e, e->work.dst, e->work.src, 0);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_adc)
{
	e->work.dst = emul_add(e, e->work.dst, e->work.src, carry_in(e));
	return HULL_EMUL_OK;
}

/* Also CMP, whose row does not store the result. */
EMUL_FN(emul_op_sub)
{
	e->work.dst = emul_sub(e, e->work.dst, e->work.src, 0);
	return HULL_EMUL_OK;
}

/* ADCX and ADOX; hull_op.arg: the flag that is the carry, in and out. */
EMUL_FN(emul_op_adcx)
{
	struct hull_emul_work *w = &e->work;
	u64 flag = e->insn.op->arg, sum;
	bool carry = e->rflags & flag;

	sum = (w->dst + w->src + carry) & emul_mask(e->insn.op_bytes);
	carry = sum < w->src || (carry && sum == w->src);
	emul_set_flags(e, flag, carry ? flag : 0);
	w->dst = sum;
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_sbb)
{
	e->work.dst = emul_sub(e, e->work.dst, e->work.src, carry_in(e));
	return HULL_EMUL_OK;
}

/* AF is undefined after logic; CPUs clear it. */
static enum hull_emul_result logic(struct hull_emul *e, u64 result)
{
	e->work.dst = result;
	emul_set_flags(e, EMUL_ARITH_FLAGS,
		       emul_result_flags(result, e->insn.op_bytes));
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_or)
{
	return logic(e, e->work.dst | e->work.src);
}

/* Also TEST, whose row does not store the result. */
EMUL_FN(emul_op_and)
{
	return logic(e, e->work.dst & e->work.src);
}

EMUL_FN(emul_op_xor)
{
	return logic(e, e->work.dst ^ e->work.src);
}

/* INC and DEC leave CF alone. */
static void keep_carry(struct hull_emul *e)
{
	emul_set_flags(e, X86_EFLAGS_CF, e->rflags);
}

EMUL_FN(emul_op_inc)
{
	e->work.dst = emul_add(e, e->work.dst, 1, 0);
	keep_carry(e);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_dec)
{
	e->work.dst = emul_sub(e, e->work.dst, 1, 0);
	keep_carry(e);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_not)
{
	e->work.dst = ~e->work.dst;
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_neg)
{
	e->work.dst = emul_sub(e, 0, e->work.dst, 0);
	return HULL_EMUL_OK;
}

/* The register is written first: with both the same, the sum stays. */
EMUL_FN(emul_op_xadd)
{
	u64 old = e->work.dst;

	e->work.dst = emul_add(e, old, e->work.src, 0);
	emul_stage_reg(e, e->insn.reg, e->insn.op_bytes, old);
	return HULL_EMUL_OK;
}

/* If they differ memory is written all the same, but a register is not. */
EMUL_FN(emul_op_cmpxchg)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = e->insn.op_bytes;
	u64 acc = emul_reg(e, HULL_RAX, len);

	emul_sub(e, acc, w->dst, 0);
	if (acc == w->dst) {
		w->dst = w->src;
	} else {
		emul_stage_reg(e, HULL_RAX, len, w->dst);
		w->dst_unchanged = true;
	}
	return HULL_EMUL_OK;
}

/*
 * CMPccXADD, of 64-bit mode alone and locked without LOCK: the comparison of
 * memory with a register decides whether another is added.
 */
EMUL_FN(emul_op_cmpccxadd)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = e->insn.op_bytes;
	enum hull_emul_result res;
	u64 old;

	if (e->mode != HULL_EMUL_LONG)
		return emul_fault(e, X86_TRAP_UD);
	if (e->insn.linear & (len - 1))
		return emul_fault_error(e, X86_TRAP_GP, 0);
	res = emul_load_rm(e, &old, len, HULL_ACCESS_RMW);
	if (res)
		return res;
	emul_sub(e, old, emul_reg(e, e->insn.reg, len), 0);
	w->dst = old;
	if (emul_condition(w->rflags, e->insn.opcode))
		w->dst += emul_vex_value(e);
	emul_stage_reg(e, e->insn.reg, len, old);
	return HULL_EMUL_OK;
}

/* CMPXCHG8B and, with 64-bit operands, CMPXCHG16B. */
EMUL_FN(emul_op_cmpxchg8b)
{
	unsigned int half = e->insn.op_bytes == 8 ? 8 : 4;
	struct hull_emul_work *w = &e->work;
	enum hull_emul_result res;
	u64 val[2] = {};
	u64 linear;
	bool equal;

	if (half == 8 && (e->insn.linear & 15))
		return emul_fault_error(e, X86_TRAP_GP, 0);
	res = emul_address(e, e->insn.seg, e->insn.ea, 2 * half,
			   HULL_ACCESS_RMW, &linear);
	if (res)
		return res;
	res = e->ops->read(e, linear, w->old, 2 * half, HULL_ACCESS_RMW);
	if (res)
		return res;
	memcpy(&val[0], w->old, half);
	memcpy(&val[1], w->old + half, half);
	equal = val[0] == emul_reg(e, HULL_RAX, half) &&
		val[1] == emul_reg(e, HULL_RDX, half);
	emul_set_flags(e, X86_EFLAGS_ZF, equal ? X86_EFLAGS_ZF : 0);
	if (equal) {
		val[0] = e->gpr[HULL_RBX];
		val[1] = e->gpr[HULL_RCX];
	} else {
		emul_stage_reg(e, HULL_RAX, half, val[0]);
		emul_stage_reg(e, HULL_RDX, half, val[1]);
	}
	memcpy(w->data, &val[0], half);
	memcpy(w->data + half, &val[1], half);
	w->write_linear = linear;
	w->write_len = 2 * half;
	w->write_locked = e->insn.prefix & HULL_PREFIX_LOCK;
	return HULL_EMUL_OK;
}
