// SPDX-License-Identifier: GPL-2.0
/*
 * Multiplication and division.  SF, ZF, AF and PF are undefined after a
 * multiplication and all six after a division; they stay as they were.
 */
#include "op.h"

/* Two halves in AH:AL, DX:AX, EDX:EAX or RDX:RAX. */
static void stage_pair(struct hull_emul *e, u64 high, u64 low)
{
	unsigned int len = e->insn.op_bytes;

	if (len == 1) {
		emul_stage_reg(e, HULL_RAX, 2, (u8)low | (u8)high << 8);
		return;
	}
	emul_stage_reg(e, HULL_RAX, len, low);
	emul_stage_reg(e, HULL_RDX, len, high);
}

/* CF and OF: the high half says more than the low half's sign or zeros. */
static void set_product_flags(struct hull_emul *e, bool significant)
{
	emul_set_flags(e, X86_EFLAGS_CF | X86_EFLAGS_OF,
		       significant ? X86_EFLAGS_CF | X86_EFLAGS_OF : 0);
}

static __int128_t signed_product(const struct hull_emul *e, u64 a, u64 b)
{
	unsigned int len = e->insn.op_bytes;

	return (__int128_t)(s64)emul_sign_extend(a, len) *
	       (s64)emul_sign_extend(b, len);
}

EMUL_FN(emul_op_mul)
{
	unsigned int len = e->insn.op_bytes;
	__uint128_t product = emul_reg(e, HULL_RAX, len);
	u64 high;

	product *= e->work.src;
	high = product >> (8 * len);
	stage_pair(e, high, product);
	set_product_flags(e, high);
	return HULL_EMUL_OK;
}

/* Both halves to registers of choice, if to one the high half; no flags. */
EMUL_FN(emul_op_mulx)
{
	unsigned int len = e->insn.op_bytes;
	__uint128_t product = emul_reg(e, HULL_RDX, len);

	product *= e->work.src;
	emul_stage_reg(e, emul_vex_reg(e), len, product);
	e->work.dst = product >> (8 * len);
	return HULL_EMUL_OK;
}

static bool fits_signed(__int128_t val, unsigned int len)
{
	return val == (s64)emul_sign_extend(val, len);
}

EMUL_FN(emul_op_imul)
{
	unsigned int len = e->insn.op_bytes;
	__int128_t product = signed_product(e, e->gpr[HULL_RAX], e->work.src);

	stage_pair(e, product >> (8 * len), product);
	set_product_flags(e, !fits_signed(product, len));
	return HULL_EMUL_OK;
}

static enum hull_emul_result imul(struct hull_emul *e, u64 a, u64 b)
{
	__int128_t product = signed_product(e, a, b);

	e->work.dst = product;
	set_product_flags(e, !fits_signed(product, e->insn.op_bytes));
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_imul2)
{
	return imul(e, e->work.dst, e->work.src);
}

EMUL_FN(emul_op_imul3)
{
	return imul(e, e->work.src, e->insn.imm);
}

/* The dividend, zero-extended. */
static __uint128_t dividend(const struct hull_emul *e)
{
	unsigned int len = e->insn.op_bytes;

	if (len == 1)
		return emul_reg(e, HULL_RAX, 2);
	return (__uint128_t)emul_reg(e, HULL_RDX, len) << (8 * len) |
	       emul_reg(e, HULL_RAX, len);
}

/* The C library function for 128-bit division does not exist in the kernel. */
static bool divide(__uint128_t num, u64 den, u64 *quot, u64 *rem)
{
	u64 high = num >> 64, low = num;

	if (high >= den)
		return false;
	asm("divq %4" : "=a" (*quot), "=d" (*rem)
		      : "0" (low), "1" (high), "rm" (den) : "cc");
	return true;
}

EMUL_FN(emul_op_div)
{
	u64 quot, rem;

	if (!divide(dividend(e), e->work.src, &quot, &rem) ||
	    quot > emul_mask(e->insn.op_bytes))
		return emul_fault(e, X86_TRAP_DE);
	stage_pair(e, rem, quot);
	return HULL_EMUL_OK;
}

/* Of magnitudes; the remainder has the sign of the dividend. */
EMUL_FN(emul_op_idiv)
{
	unsigned int len = e->insn.op_bytes, top = 16 * len - 1;
	__uint128_t num = dividend(e);
	u64 den = emul_sign_extend(e->work.src, len);
	bool num_negative = (num >> top) & 1;
	bool negative = num_negative != ((s64)den < 0);
	u64 quot, rem;

	if (num_negative)
		num = ((__uint128_t)2 << top) - num;
	if ((s64)den < 0)
		den = -den;
	if (!divide(num, den, &quot, &rem) ||
	    quot > emul_sign(len) - !negative)
		return emul_fault(e, X86_TRAP_DE);
	stage_pair(e, num_negative ? -rem : rem, negative ? -quot : quot);
	return HULL_EMUL_OK;
}
