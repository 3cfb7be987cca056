// SPDX-License-Identifier: GPL-2.0
/*
 * IN and OUT (their string forms are in string.c).
 */
#include "op.h"

/* APM vol. 2, I/O-Permission Bitmap; SDM vol. 1, I/O Permission Bit Map. */
enum hull_emul_result emul_check_port(struct hull_emul *e, u16 port,
				      unsigned int len)
{
	unsigned int iopl = (e->rflags & X86_EFLAGS_IOPL) >> 12;

	if (e->mode == HULL_EMUL_REAL)
		return HULL_EMUL_OK;
	if (e->mode != HULL_EMUL_VM86 && e->cpl <= iopl)
		return HULL_EMUL_OK;
	if (e->ops->check_port)
		return e->ops->check_port(e, port, len);
	return emul_fault_error(e, X86_TRAP_GP, 0);
}

/* hull_op.arg: the port is an immediate. */
static u16 port_number(const struct hull_emul *e)
{
	return e->insn.op->arg ? (u8)e->insn.imm : (u16)e->gpr[HULL_RDX];
}

EMUL_FN(emul_op_in)
{
	unsigned int len = min_t(unsigned int, e->insn.op_bytes, 4);
	u16 port = port_number(e);
	enum hull_emul_result res;
	u32 val = 0;

	res = emul_check_port(e, port, len);
	if (!res)
		res = e->ops->pio_in(e, port, len, &val, 1);
	if (!res)
		emul_stage_reg(e, HULL_RAX, len, val);
	return res;
}

EMUL_FN(emul_op_out)
{
	unsigned int len = min_t(unsigned int, e->insn.op_bytes, 4);
	u16 port = port_number(e);
	enum hull_emul_result res;
	u32 val = e->gpr[HULL_RAX];

	res = emul_check_port(e, port, len);
	if (res)
		return res;
	return e->ops->pio_out(e, port, len, &val, 1);
}
