// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions on RFLAGS itself.
 */
#include "op.h"

/* CMC, CLC, STC, CLD, STD. */
EMUL_FN(emul_op_flag)
{
	u64 *rflags = &e->work.rflags;

	switch (e->insn.opcode) {
	case 0xf5:
		*rflags ^= X86_EFLAGS_CF;
		break;
	case 0xf8:
		*rflags &= ~X86_EFLAGS_CF;
		break;
	case 0xf9:
		*rflags |= X86_EFLAGS_CF;
		break;
	case 0xfc:
		*rflags &= ~X86_EFLAGS_DF;
		break;
	default:
		*rflags |= X86_EFLAGS_DF;
		break;
	}
	return HULL_EMUL_OK;
}

static unsigned int iopl(const struct hull_emul *e)
{
	return (e->rflags & X86_EFLAGS_IOPL) >> 12;
}

/*
 * May interrupts be masked here?  The virtual interrupt flags of CR4.VME and
 * CR4.PVI are not emulated.
 */
static enum hull_emul_result check_interrupt_flag(struct hull_emul *e)
{
	bool vm86 = e->mode == HULL_EMUL_VM86;

	if (e->mode == HULL_EMUL_REAL || iopl(e) == 3)
		return HULL_EMUL_OK;
	if (!vm86 && e->cpl <= iopl(e))
		return HULL_EMUL_OK;
	if (e->cr4 & (vm86 ? X86_CR4_VME : X86_CR4_PVI))
		return HULL_EMUL_UNHANDLED;
	return emul_fault_error(e, X86_TRAP_GP, 0);
}

EMUL_FN(emul_op_cli)
{
	enum hull_emul_result res = check_interrupt_flag(e);

	if (!res)
		e->work.rflags &= ~X86_EFLAGS_IF;
	return res;
}

EMUL_FN(emul_op_sti)
{
	enum hull_emul_result res = check_interrupt_flag(e);

	if (res)
		return res;
	if (!(e->rflags & X86_EFLAGS_IF))
		e->shadow = HULL_SHADOW_STI;
	e->work.rflags |= X86_EFLAGS_IF;
	return HULL_EMUL_OK;
}

#define AH_FLAGS (X86_EFLAGS_SF | X86_EFLAGS_ZF | X86_EFLAGS_AF | \
		  X86_EFLAGS_PF | X86_EFLAGS_CF)

static void stage_ah(struct hull_emul *e, u8 val)
{
	emul_stage_reg(e, HULL_RAX, 2, (u8)e->gpr[HULL_RAX] | val << 8);
}

EMUL_FN(emul_op_lahf)
{
	stage_ah(e, (e->rflags & AH_FLAGS) | X86_EFLAGS_FIXED);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_sahf)
{
	emul_set_flags(e, AH_FLAGS, e->gpr[HULL_RAX] >> 8);
	return HULL_EMUL_OK;
}

/* PUSHF and POPF in virtual-8086 mode need IOPL 3. */
static enum hull_emul_result check_flags_access(struct hull_emul *e)
{
	if (e->mode != HULL_EMUL_VM86 || iopl(e) == 3)
		return HULL_EMUL_OK;
	if (e->cr4 & X86_CR4_VME)
		return HULL_EMUL_UNHANDLED;
	return emul_fault_error(e, X86_TRAP_GP, 0);
}

EMUL_FN(emul_op_pushf)
{
	enum hull_emul_result res = check_flags_access(e);

	if (res)
		return res;
	return emul_push(e, e->rflags & ~(X86_EFLAGS_VM | X86_EFLAGS_RF),
			 e->insn.op_bytes);
}

/* What POPF may change at this privilege level. */
static u64 popf_mask(const struct hull_emul *e)
{
	u64 mask = EMUL_ARITH_FLAGS | X86_EFLAGS_TF | X86_EFLAGS_DF |
		   X86_EFLAGS_NT | X86_EFLAGS_AC | X86_EFLAGS_ID;

	if (e->mode == HULL_EMUL_REAL || e->cpl == 0)
		mask |= X86_EFLAGS_IOPL | X86_EFLAGS_IF;
	else if (e->cpl <= iopl(e))
		mask |= X86_EFLAGS_IF;
	return mask & emul_mask(e->insn.op_bytes);
}

EMUL_FN(emul_op_popf)
{
	enum hull_emul_result res = check_flags_access(e);
	u64 val;

	if (res)
		return res;
	res = emul_pop(e, &val, e->insn.op_bytes);
	if (!res)
		emul_set_flags(e, popf_mask(e), val);
	return res;
}
