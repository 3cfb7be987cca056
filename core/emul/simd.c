// SPDX-License-Identifier: GPL-2.0
/*
 * Loads and stores of vector registers, which drivers use for wide device
 * accesses, and the moves between registers that share their encodings.
 */
#include "op.h"

#define XCR0_SSE_AVX 0x6

static bool is_vex(const struct hull_emul *e)
{
	return e->insn.prefix & HULL_PREFIX_VEX;
}

static enum hull_emul_vec vector_kind(const struct hull_emul *e)
{
	if (e->insn.op->arg & VM_MMX)
		return HULL_VEC_MMX;
	return is_vex(e) ? HULL_VEC_AVX : HULL_VEC_SSE;
}

static unsigned int register_bytes(const struct hull_emul *e)
{
	if (e->insn.op->arg & VM_MMX)
		return 8;
	return e->insn.vex_256 ? 32 : 16;
}

/* There are eight MMX registers, and eight others outside 64-bit mode. */
static unsigned int vector_reg(const struct hull_emul *e, unsigned int reg)
{
	if ((e->insn.op->arg & VM_MMX) || e->mode != HULL_EMUL_LONG)
		return reg & 7;
	return reg;
}

/* Are instructions of this kind enabled? */
static bool vector_enabled(const struct hull_emul *e)
{
	switch (vector_kind(e)) {
	case HULL_VEC_MMX:
		return !(e->cr0 & X86_CR0_EM);
	case HULL_VEC_SSE:
		return !(e->cr0 & X86_CR0_EM) && (e->cr4 & X86_CR4_OSFXSR);
	default:
		return (e->cr4 & X86_CR4_OSXSAVE) &&
		       (e->xcr0 & XCR0_SSE_AVX) == XCR0_SSE_AVX;
	}
}

static enum hull_emul_result check_vector(struct hull_emul *e)
{
	if (!e->ops->read_vec || !e->ops->write_vec)
		return HULL_EMUL_UNHANDLED;
	if (!vector_enabled(e))
		return emul_fault(e, X86_TRAP_UD);
	if (e->cr0 & X86_CR0_TS)
		return emul_fault(e, X86_TRAP_NM);
	return HULL_EMUL_OK;
}

static enum hull_emul_result read_vector(struct hull_emul *e, unsigned int reg,
					 u8 *buf)
{
	return e->ops->read_vec(e, vector_kind(e), vector_reg(e, reg), buf,
				register_bytes(e));
}

/* Stage a write of work.data to a vector register. */
static enum hull_emul_result stage_vector(struct hull_emul *e,
					  unsigned int reg)
{
	struct hull_emul_work *w = &e->work;

	w->vec_kind = vector_kind(e);
	w->vec_reg = vector_reg(e, reg);
	w->vec_len = register_bytes(e);
	return HULL_EMUL_OK;
}

static enum hull_emul_result vector_address(struct hull_emul *e,
					    unsigned int len,
					    enum hull_emul_access access,
					    u64 *linear)
{
	if ((e->insn.op->arg & VM_ALIGN) && (e->insn.linear & (len - 1)))
		return emul_fault_error(e, X86_TRAP_GP, 0);
	return hull_emul_linear(e, len, access, linear);
}

static enum hull_emul_result load_vector(struct hull_emul *e, u8 *data,
					 unsigned int len)
{
	enum hull_emul_result res;
	u64 linear;

	res = vector_address(e, len, HULL_ACCESS_READ, &linear);
	if (res)
		return res;
	return e->ops->read(e, linear, data, len, HULL_ACCESS_READ);
}

static enum hull_emul_result store_vector(struct hull_emul *e, const u8 *data,
					  unsigned int len)
{
	struct hull_emul_work *w = &e->work;
	enum hull_emul_result res;

	res = vector_address(e, len, HULL_ACCESS_WRITE, &w->write_linear);
	if (res)
		return res;
	memcpy(w->data, data, len);
	w->write_len = len;
	return HULL_EMUL_OK;
}

/*
 * Register to register: @len bytes of @from and zeros, except that MOVSS and
 * MOVSD keep the rest of the destination or, VEX-encoded, of another register.
 */
static enum hull_emul_result copy_vector(struct hull_emul *e, unsigned int to,
					 unsigned int from, unsigned int len)
{
	enum hull_emul_result res = HULL_EMUL_OK;
	u8 *data = e->work.data;
	u8 src[32];

	memset(data, 0, sizeof(src));
	if (e->insn.op->arg & VM_SCALAR) {
		e->insn.vex_256 = false;
		res = read_vector(e, is_vex(e) ? e->insn.vex_reg : to, data);
	}
	if (!res)
		res = read_vector(e, from, src);
	if (res)
		return res;
	memcpy(data, src, len);
	return stage_vector(e, to);
}

static enum hull_emul_result move_memory(struct hull_emul *e, unsigned int len)
{
	enum hull_emul_result res;
	u8 buf[32];

	if (e->insn.op->arg & VM_STORE) {
		res = read_vector(e, e->insn.reg, buf);
		return res ? res : store_vector(e, buf, len);
	}
	memset(e->work.data, 0, sizeof(buf));
	res = load_vector(e, e->work.data, len);
	return res ? res : stage_vector(e, e->insn.reg);
}

/* MOVUPS and all that move a register, or its low part, as it is. */
EMUL_FN(emul_op_vmove)
{
	const struct hull_insn *insn = &e->insn;
	unsigned int arg = insn->op->arg, len = arg & VM_BYTES;
	bool scalar_copy = (arg & VM_SCALAR) && !insn->is_mem;
	enum hull_emul_result res;

	res = check_vector(e);
	if (res)
		return res;
	if (insn->vex_reg && !scalar_copy)
		return emul_fault(e, X86_TRAP_UD);
	if (len == VM_FULL) {
		len = register_bytes(e);
	} else {
		/* VEX.L is ignored by MOVSS and MOVSD, else it has to be 0. */
		if (insn->vex_256 && !(arg & VM_SCALAR))
			return emul_fault(e, X86_TRAP_UD);
		e->insn.vex_256 = false;
	}
	if (insn->is_mem)
		return move_memory(e, len);
	if (arg & VM_STORE)
		return copy_vector(e, insn->rm, insn->reg, len);
	return copy_vector(e, insn->reg, insn->rm, len);
}

/* MOVD and MOVQ between a vector register and a general one or memory. */
EMUL_FN(emul_op_vmovd)
{
	const struct hull_insn *insn = &e->insn;
	unsigned int len = insn->rex & HULL_REX_W ? 8 : 4;
	enum hull_emul_result res;
	u8 buf[32];
	u64 val;

	res = check_vector(e);
	if (res)
		return res;
	if (insn->vex_reg || insn->vex_256)
		return emul_fault(e, X86_TRAP_UD);
	if (!(insn->op->arg & VM_STORE)) {
		res = emul_load_rm(e, &val, len, HULL_ACCESS_READ);
		if (res)
			return res;
		memset(e->work.data, 0, 16);
		memcpy(e->work.data, &val, len);
		return stage_vector(e, insn->reg);
	}
	res = read_vector(e, insn->reg, buf);
	if (res)
		return res;
	if (insn->is_mem)
		return emul_stage_mem(e, buf, len);
	memcpy(&val, buf, sizeof(val));
	emul_stage_reg(e, insn->rm, len, val);
	return HULL_EMUL_OK;
}

/*
 * MOVLPS, MOVHPS and their kind: half of a register.  Of the register form
 * the source is the other half: MOVHLPS, MOVLHPS.
 */
EMUL_FN(emul_op_vhalf)
{
	const struct hull_insn *insn = &e->insn;
	unsigned int half = insn->op->arg & VM_HIGH ? 8 : 0;
	u8 *data = e->work.data;
	enum hull_emul_result res;
	u8 buf[32];

	res = check_vector(e);
	if (res)
		return res;
	if (insn->vex_256)
		return emul_fault(e, X86_TRAP_UD);
	if (insn->op->arg & VM_STORE) {
		if (insn->vex_reg)
			return emul_fault(e, X86_TRAP_UD);
		res = read_vector(e, insn->reg, buf);
		return res ? res : store_vector(e, buf + half, 8);
	}
	res = read_vector(e, is_vex(e) ? insn->vex_reg : insn->reg, data);
	if (!res && insn->is_mem)
		res = load_vector(e, buf + 8 - half, 8);
	else if (!res)
		res = read_vector(e, insn->rm, buf);
	if (res)
		return res;
	memcpy(data + half, buf + 8 - half, 8);
	return stage_vector(e, insn->reg);
}
