// SPDX-License-Identifier: GPL-2.0
/*
 * Decimal adjustment; invalid in 64-bit mode.
 */
#include "op.h"

static void stage_al(struct hull_emul *e, u8 al)
{
	emul_stage_reg(e, HULL_RAX, 1, al);
}

static void set_result_flags(struct hull_emul *e, u8 al, u64 carries)
{
	emul_set_flags(e, EMUL_ARITH_FLAGS,
		       emul_result_flags(al, 1) | carries);
}

/* DAA and, with hull_op.arg, DAS.  OF is undefined. */
EMUL_FN(emul_op_daa)
{
	u8 old = e->gpr[HULL_RAX], al = old, adjust = 0;
	u64 carries = 0;

	if ((old & 15) > 9 || (e->rflags & X86_EFLAGS_AF)) {
		adjust = 0x06;
		carries = X86_EFLAGS_AF;
		/* DAS alone can borrow out of this step. */
		if (e->insn.op->arg && old < 0x06)
			carries |= X86_EFLAGS_CF;
	}
	if (old > 0x99 || (e->rflags & X86_EFLAGS_CF)) {
		adjust += 0x60;
		carries |= X86_EFLAGS_CF;
	}
	al = e->insn.op->arg ? old - adjust : old + adjust;
	stage_al(e, al);
	set_result_flags(e, al, carries);
	return HULL_EMUL_OK;
}

/* AAA and, with hull_op.arg, AAS.  OF, SF, ZF and PF are undefined. */
EMUL_FN(emul_op_aaa)
{
	u16 ax = e->gpr[HULL_RAX];
	u64 carries = 0;

	if ((ax & 15) > 9 || (e->rflags & X86_EFLAGS_AF)) {
		ax = e->insn.op->arg ? ax - 0x106 : ax + 0x106;
		carries = X86_EFLAGS_AF | X86_EFLAGS_CF;
	}
	ax &= 0xff0f;
	emul_stage_reg(e, HULL_RAX, 2, ax);
	set_result_flags(e, ax, carries);
	return HULL_EMUL_OK;
}

/* OF, AF and CF are undefined. */
EMUL_FN(emul_op_aam)
{
	u8 al = e->gpr[HULL_RAX], base = e->work.src;

	if (!base)
		return emul_fault(e, X86_TRAP_DE);
	emul_stage_reg(e, HULL_RAX, 2, (al / base) << 8 | al % base);
	set_result_flags(e, al % base, 0);
	return HULL_EMUL_OK;
}

/* OF, AF and CF are undefined. */
EMUL_FN(emul_op_aad)
{
	u16 ax = e->gpr[HULL_RAX];
	u8 al = ax + (ax >> 8) * e->work.src;

	emul_stage_reg(e, HULL_RAX, 2, al);
	set_result_flags(e, al, 0);
	return HULL_EMUL_OK;
}
