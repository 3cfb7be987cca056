// SPDX-License-Identifier: GPL-2.0
/*
 * Near branches.
 */
#include "op.h"

/* Set the next RIP, cut to the operand size. */
static enum hull_emul_result jump(struct hull_emul *e, u64 target)
{
	bool ok;

	target &= emul_mask(e->insn.op_bytes);
	if (e->mode == HULL_EMUL_LONG)
		ok = emul_canonical(e, target);
	else
		ok = target <= emul_segment(e, HULL_SEG_CS)->limit;
	if (!ok)
		return emul_fault_error(e, X86_TRAP_GP, 0);
	e->work.rip = target;
	return HULL_EMUL_OK;
}

static enum hull_emul_result jump_relative(struct hull_emul *e, bool taken)
{
	if (!taken)
		return HULL_EMUL_OK;
	return jump(e, e->work.rip + e->insn.imm);
}

EMUL_FN(emul_op_jcc)
{
	return jump_relative(e, emul_condition(e->rflags, e->insn.opcode));
}

EMUL_FN(emul_op_jmp_rel)
{
	return jump_relative(e, true);
}

EMUL_FN(emul_op_jmp)
{
	return jump(e, e->work.src);
}

/* Of two faults, that of the stack comes before that of the target. */
static enum hull_emul_result call(struct hull_emul *e, u64 target)
{
	struct hull_emul_work *w = &e->work;
	enum hull_emul_result res;
	bool device;

	res = emul_push(e, w->rip, e->insn.op_bytes);
	if (res || !jump(e, target))
		return res;
	res = e->ops->probe(e, w->write_linear, w->write_len,
			    HULL_ACCESS_WRITE, &device);
	return res ? res : jump(e, target);
}

EMUL_FN(emul_op_call_rel)
{
	return call(e, e->work.rip + e->insn.imm);
}

EMUL_FN(emul_op_call)
{
	return call(e, e->work.src);
}

/* The immediate of C2 releases arguments; emul_pop() has staged RSP. */
EMUL_FN(emul_op_ret)
{
	enum hull_emul_result res;
	u64 target;

	res = emul_pop(e, &target, e->insn.op_bytes);
	if (res)
		return res;
	emul_release_stack(e, e->insn.op_bytes + e->insn.imm);
	return jump(e, target);
}

/* LOOPNE, LOOPE, LOOP: the count is as wide as addresses. */
EMUL_FN(emul_op_loop)
{
	u64 count = e->gpr[HULL_RCX] - 1;
	bool taken = count & emul_mask(e->insn.addr_bytes);
	bool zero = e->rflags & X86_EFLAGS_ZF;

	if (e->insn.opcode == 0xe0)
		taken = taken && !zero;
	else if (e->insn.opcode == 0xe1)
		taken = taken && zero;
	emul_stage_addr_reg(e, HULL_RCX, count);
	return jump_relative(e, taken);
}

EMUL_FN(emul_op_jcxz)
{
	return jump_relative(e, !emul_reg(e, HULL_RCX, e->insn.addr_bytes));
}
