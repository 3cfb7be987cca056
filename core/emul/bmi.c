// SPDX-License-Identifier: GPL-2.0
/*
 * Bit fields: the VEX-encoded logic of BMI1 and BMI2 (APM vol. 3, the pages of
 * the instructions).  AF and PF, and SF after BEXTR, are undefined.
 */
#include "op.h"

static enum hull_emul_result give(struct hull_emul *e, u64 result, bool carry)
{
	e->work.dst = result;
	emul_set_flags(e, EMUL_ARITH_FLAGS & ~X86_EFLAGS_AF,
		       emul_result_flags(result, e->insn.op_bytes) |
		       (carry ? X86_EFLAGS_CF : 0));
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_andn)
{
	return give(e, ~emul_vex_value(e) & e->work.src, false);
}

/* The first @n bits of @val; @n may be more than there are. */
static u64 low_bits(u64 val, unsigned int n)
{
	return n < 64 ? val & ((1ULL << n) - 1) : val;
}

EMUL_FN(emul_op_bextr)
{
	unsigned int start = emul_vex_value(e) & 0xff;
	unsigned int len = (emul_vex_value(e) >> 8) & 0xff;
	u64 val = start < 64 ? e->work.src >> start : 0;

	return give(e, low_bits(val, len), false);
}

EMUL_FN(emul_op_bzhi)
{
	unsigned int n = emul_vex_value(e) & 0xff;

	return give(e, low_bits(e->work.src, n), n >= 8 * e->insn.op_bytes);
}

EMUL_FN(emul_op_blsr)
{
	u64 src = e->work.src;

	return give(e, src & (src - 1), !src);
}

EMUL_FN(emul_op_blsmsk)
{
	u64 src = e->work.src;

	return give(e, src ^ (src - 1), !src);
}

EMUL_FN(emul_op_blsi)
{
	u64 src = e->work.src;

	return give(e, src & -src, src);
}

EMUL_FN(emul_op_pdep)
{
	u64 val = emul_vex_value(e), mask = e->work.src;

	for (e->work.dst = 0; mask; mask &= mask - 1, val >>= 1)
		if (val & 1)
			e->work.dst |= mask & -mask;
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_pext)
{
	u64 val = emul_vex_value(e), mask = e->work.src, bit = 1;

	for (e->work.dst = 0; mask; mask &= mask - 1, bit <<= 1)
		if (val & mask & -mask)
			e->work.dst |= bit;
	return HULL_EMUL_OK;
}
