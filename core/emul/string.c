// SPDX-License-Identifier: GPL-2.0
/*
 * String instructions.  Each iteration is committed by itself, so that a
 * fault, a wait for user space or a stop loses nothing that was done.  INS
 * and OUTS move as many elements at once as lie in one page of plain memory.
 *
 * work.batch is the number of elements that an iteration may do, and then the
 * number that it has done.
 */
#include "op.h"

#define PAGE_BYTES 4096U

static bool backwards(const struct hull_emul *e)
{
	return e->rflags & X86_EFLAGS_DF;
}

/* Element size; there is no 64-bit port access. */
static unsigned int element(const struct hull_emul *e, unsigned int max)
{
	return min_t(unsigned int, e->insn.op_bytes, max);
}

static u64 pointer(const struct hull_emul *e, enum hull_gpr reg)
{
	return emul_reg(e, reg, e->insn.addr_bytes);
}

static void advance(struct hull_emul *e, enum hull_gpr reg, unsigned int bytes)
{
	u64 step = bytes;

	emul_stage_addr_reg(e, reg,
			    e->gpr[reg] + (backwards(e) ? -step : step));
}

static enum hull_emul_result read_source(struct hull_emul *e, u64 *val)
{
	*val = 0;
	return emul_read(e, emul_data_segment(e), pointer(e, HULL_RSI), val,
			 e->insn.op_bytes);
}

static enum hull_emul_result write_destination(struct hull_emul *e, u64 val)
{
	return emul_stage_write(e, HULL_SEG_ES, pointer(e, HULL_RDI), &val,
				e->insn.op_bytes);
}

static enum hull_emul_result read_destination(struct hull_emul *e, u64 *val)
{
	*val = 0;
	return emul_read(e, HULL_SEG_ES, pointer(e, HULL_RDI), val,
			 e->insn.op_bytes);
}

EMUL_FN(emul_op_movs)
{
	enum hull_emul_result res;
	u64 val;

	e->work.batch = 1;
	res = read_source(e, &val);
	if (!res)
		res = write_destination(e, val);
	advance(e, HULL_RSI, e->insn.op_bytes);
	advance(e, HULL_RDI, e->insn.op_bytes);
	return res;
}

EMUL_FN(emul_op_cmps)
{
	enum hull_emul_result res;
	u64 a, b;

	e->work.batch = 1;
	res = read_destination(e, &b);
	if (!res)
		res = read_source(e, &a);
	if (res)
		return res;
	emul_sub(e, a, b, 0);
	advance(e, HULL_RSI, e->insn.op_bytes);
	advance(e, HULL_RDI, e->insn.op_bytes);
	return HULL_EMUL_OK;
}

EMUL_FN(emul_op_stos)
{
	e->work.batch = 1;
	advance(e, HULL_RDI, e->insn.op_bytes);
	return write_destination(e, e->gpr[HULL_RAX]);
}

EMUL_FN(emul_op_lods)
{
	enum hull_emul_result res;
	u64 val;

	e->work.batch = 1;
	res = read_source(e, &val);
	emul_stage_reg(e, HULL_RAX, e->insn.op_bytes, val);
	advance(e, HULL_RSI, e->insn.op_bytes);
	return res;
}

EMUL_FN(emul_op_scas)
{
	unsigned int len = e->insn.op_bytes;
	enum hull_emul_result res;
	u64 val;

	e->work.batch = 1;
	res = read_destination(e, &val);
	if (res)
		return res;
	emul_sub(e, emul_reg(e, HULL_RAX, len), val, 0);
	advance(e, HULL_RDI, len);
	return HULL_EMUL_OK;
}

/* How many elements at @linear can go at once. */
static unsigned int batch_size(const struct hull_emul *e, u64 ea, u64 linear,
			       unsigned int len)
{
	unsigned int in_page = PAGE_BYTES - (linear & (PAGE_BYTES - 1));
	u64 to_wrap = emul_mask(e->insn.addr_bytes) - ea;
	unsigned int n;

	if (backwards(e) || emul_alignment_checked(e))
		return 1;
	n = min(in_page, e->io_size) / len;
	n = min_t(u64, n, to_wrap / len);
	return clamp(n, 1U, e->work.batch);
}

/*
 * Check the memory side of INS or OUTS and settle the batch: one element if
 * not all of it is accessible plain memory.
 */
static enum hull_emul_result prepare_batch(struct hull_emul *e,
					   enum hull_seg seg, u64 ea,
					   unsigned int len,
					   enum hull_emul_access access,
					   u64 *linear)
{
	enum hull_emul_result res;
	bool device = false;
	unsigned int n;

	res = emul_address(e, seg, ea, len, access, linear);
	if (res)
		return res;
	n = batch_size(e, ea, *linear, len);
	e->work.batch = n;
	if (n > 1 &&
	    !emul_check_segment(e, seg, ea, n * len, access, linear) &&
	    !e->ops->probe(e, *linear, n * len, access, &device) && !device)
		return HULL_EMUL_OK;
	e->work.batch = 1;
	return e->ops->probe(e, *linear, len, access, &device);
}

/* The destination is checked first: what has been read must find its place. */
EMUL_FN(emul_op_ins)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = element(e, 4);
	u16 port = e->gpr[HULL_RDX];
	enum hull_emul_result res;
	u64 linear;

	res = prepare_batch(e, HULL_SEG_ES, pointer(e, HULL_RDI), len,
			    HULL_ACCESS_WRITE, &linear);
	if (!res)
		res = e->ops->pio_in(e, port, len, e->io_data, w->batch);
	if (!res)
		res = e->ops->write(e, linear, e->io_data, w->batch * len);
	advance(e, HULL_RDI, w->batch * len);
	return res;
}

EMUL_FN(emul_op_outs)
{
	struct hull_emul_work *w = &e->work;
	unsigned int len = element(e, 4);
	u16 port = e->gpr[HULL_RDX];
	enum hull_emul_result res;
	u64 linear;

	res = prepare_batch(e, emul_data_segment(e), pointer(e, HULL_RSI), len,
			    HULL_ACCESS_READ, &linear);
	if (!res)
		res = e->ops->read(e, linear, e->io_data, w->batch * len,
				   HULL_ACCESS_READ);
	if (!res)
		res = e->ops->pio_out(e, port, len, e->io_data, w->batch);
	advance(e, HULL_RSI, w->batch * len);
	return res;
}

/* Do CMPS and SCAS end the repetition?  F3: when unequal, F2: when equal. */
static bool compare_ends(const struct hull_emul *e)
{
	bool equal = e->work.rflags & X86_EFLAGS_ZF;
	emul_fn fn = e->insn.op->fn;

	if (fn != emul_op_cmps && fn != emul_op_scas)
		return false;
	return e->insn.prefix & HULL_PREFIX_REP ? !equal : equal;
}

/* One iteration; @count is what is left in RCX, with a REP prefix. */
static enum hull_emul_result iterate(struct hull_emul *e, unsigned int max,
				     u64 *count, bool *done)
{
	struct hull_emul_work *w = &e->work;
	enum hull_emul_result res;

	emul_stage_nothing(e);
	w->batch = min_t(u64, max, *count);
	res = e->insn.op->fn(e);
	if (res)
		return res;
	*count -= w->batch;
	*done = !*count || compare_ends(e);
	if (e->insn.prefix & (HULL_PREFIX_REP | HULL_PREFIX_REPNE))
		emul_stage_addr_reg(e, HULL_RCX, *count);
	if (!*done) {
		/* Still the same instruction: breakpoints stay suppressed. */
		w->rip = e->rip;
		w->rflags |= e->rflags & X86_EFLAGS_RF;
	}
	return emul_commit(e);
}

/* INS and OUTS need the right to the port even if they repeat zero times. */
static enum hull_emul_result check_string(struct hull_emul *e)
{
	emul_fn fn = e->insn.op->fn;

	if (fn != emul_op_ins && fn != emul_op_outs)
		return HULL_EMUL_OK;
	return emul_check_port(e, e->gpr[HULL_RDX], element(e, 4));
}

enum hull_emul_result emul_string(struct hull_emul *e, unsigned int max)
{
	bool repeated = e->insn.prefix & (HULL_PREFIX_REP | HULL_PREFIX_REPNE);
	u64 count = repeated ? pointer(e, HULL_RCX) : 1;
	bool done = false, go_on;
	enum hull_emul_result res;

	res = check_string(e);
	if (res)
		return res;
	if (!count)
		return emul_commit(e);
	do {
		res = iterate(e, max, &count, &done);
		if (res)
			return res;
		max -= e->work.batch;
		go_on = !e->ops->committed || e->ops->committed(e);
	} while (!done && go_on && max);
	e->unfinished = !done;
	return HULL_EMUL_OK;
}
