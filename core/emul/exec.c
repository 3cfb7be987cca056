// SPDX-License-Identifier: GPL-2.0
/*
 * The way of one instruction: fetch, decode, load, compute, store, commit.
 */
#include <asm/msr-index.h>
#include "op.h"

#define PAGE_BYTES 4096U

static u8 derive_mode(const struct hull_emul *e, const struct hull_segment *cs)
{
	if (!(e->cr0 & X86_CR0_PE))
		return HULL_EMUL_REAL;
	if ((e->efer & EFER_LMA) && (cs->attr & HULL_ATTR_L))
		return HULL_EMUL_LONG;
	/* RFLAGS.VM means nothing in long mode. */
	if ((e->rflags & X86_EFLAGS_VM) && !(e->efer & EFER_LMA))
		return HULL_EMUL_VM86;
	return HULL_EMUL_PROT;
}

void hull_emul_begin(struct hull_emul *e)
{
	const struct hull_segment *cs;

	e->work.segments = 0;
	e->nr_bytes = 0;
	e->insn.len = 0;
	cs = emul_segment(e, HULL_SEG_CS);
	e->mode = derive_mode(e, cs);
	if (e->mode == HULL_EMUL_LONG)
		e->code = HULL_CODE64;
	else
		e->code = cs->attr & HULL_ATTR_DB ? HULL_CODE32 : HULL_CODE16;
}

/* How much of @want bytes at @ip the code segment has; 0: none. */
static unsigned int fetch_limit(struct hull_emul *e, u64 ip, unsigned int want)
{
	const struct hull_segment *cs = emul_segment(e, HULL_SEG_CS);

	if (e->mode == HULL_EMUL_LONG)
		return emul_canonical(e, ip) ? want : 0;
	if (ip > cs->limit)
		return 0;
	return min_t(u64, want, cs->limit - ip + 1);
}

/* As many more bytes as there may be without crossing into the next page. */
static enum hull_emul_result fetch_more(struct hull_emul *e)
{
	u64 ip = e->rip + e->nr_bytes, linear;
	enum hull_emul_result res;
	unsigned int n;

	linear = emul_segment_linear(e, HULL_SEG_CS, ip);
	n = min(HULL_INSN_MAX - e->nr_bytes,
		PAGE_BYTES - ((unsigned int)linear & (PAGE_BYTES - 1)));
	n = fetch_limit(e, ip, n);
	if (!n)
		return emul_fault_error(e, X86_TRAP_GP, 0);
	res = e->ops->fetch(e, linear, e->bytes + e->nr_bytes, n);
	if (!res)
		e->nr_bytes += n;
	return res;
}

static enum emul_decode decode_bytes(struct hull_emul *e)
{
	enum emul_decode res;

	res = emul_decode_bytes(&e->insn, e->code, e->bytes, e->nr_bytes);
	/* APM vol. 3, VEX and XOP Prefixes: protected mode alone has them. */
	if ((res == EMUL_DECODE_OK || res == EMUL_DECODE_UNKNOWN) &&
	    (e->insn.prefix & HULL_PREFIX_VEX) &&
	    (e->mode == HULL_EMUL_REAL || e->mode == HULL_EMUL_VM86))
		return EMUL_DECODE_INVALID;
	return res;
}

static enum hull_emul_result decode(struct hull_emul *e)
{
	enum hull_emul_result res = HULL_EMUL_OK;

	if (!e->nr_bytes)
		res = fetch_more(e);
	while (!res) {
		switch (decode_bytes(e)) {
		case EMUL_DECODE_OK:
			return HULL_EMUL_OK;
		case EMUL_DECODE_MORE:
			res = fetch_more(e);
			break;
		case EMUL_DECODE_TOO_LONG:
			return emul_fault_error(e, X86_TRAP_GP, 0);
		case EMUL_DECODE_INVALID:
			return emul_fault(e, X86_TRAP_UD);
		case EMUL_DECODE_UNKNOWN:
			return HULL_EMUL_UNHANDLED;
		}
	}
	return res;
}

enum hull_emul_result hull_emul_decode(struct hull_emul *e)
{
	enum hull_emul_result res;

	if (!e->insn.len) {
		res = decode(e);
		if (res) {
			e->insn.len = 0;
			return res;
		}
	}
	if (e->insn.is_mem)
		emul_address_operand(e);
	return HULL_EMUL_OK;
}

static enum hull_emul_result commit_memory(struct hull_emul *e)
{
	struct hull_emul_work *w = &e->work;

	if (w->vec_len)
		return e->ops->write_vec(e, w->vec_kind, w->vec_reg, w->data,
					 w->vec_len);
	if (!w->write_len)
		return HULL_EMUL_OK;
	if (w->write_locked)
		return e->ops->cmpxchg(e, w->write_linear, w->old, w->data,
				       w->write_len);
	return e->ops->write(e, w->write_linear, w->data, w->write_len);
}

/* Make everything staged true.  All or nothing. */
enum hull_emul_result emul_commit(struct hull_emul *e)
{
	struct hull_emul_work *w = &e->work;
	enum hull_emul_result res;
	unsigned int i;

	res = commit_memory(e);
	if (res)
		return res;
	for (i = 0; i < w->nr_regs; i++)
		e->gpr[w->reg_nr[i]] = w->regs[i];
	e->rip = w->rip;
	e->rflags = w->rflags;
	return HULL_EMUL_OK;
}

static enum hull_emul_result run(struct hull_emul *e)
{
	enum hull_emul_result res;

	res = emul_load_operands(e);
	if (!res)
		res = e->insn.op->fn(e);
	if (!res)
		res = emul_store_operand(e);
	if (!res)
		res = emul_commit(e);
	if (!res && e->ops->committed)
		e->ops->committed(e);
	return res;
}

/* RIP keeps 32 bits outside 64-bit mode. */
static u64 next_rip(const struct hull_emul *e)
{
	u64 rip = e->rip + e->insn.len;

	return e->mode == HULL_EMUL_LONG ? rip : (u32)rip;
}

void emul_stage_nothing(struct hull_emul *e)
{
	struct hull_emul_work *w = &e->work;

	w->rip = next_rip(e);
	w->rflags = e->rflags & ~X86_EFLAGS_RF;
	w->nr_regs = 0;
	w->write_len = 0;
	w->vec_len = 0;
	w->write_checked = false;
	w->dst_unchanged = false;
	w->write_locked = false;
}

enum hull_emul_result hull_emul_execute(struct hull_emul *e,
					unsigned int max_iterations)
{
	bool single_step = e->single_step || e->rflags & X86_EFLAGS_TF;
	enum hull_emul_result res;

	e->work.segments = 0;
	e->shadow = HULL_SHADOW_NONE;
	e->trap = false;
	e->unfinished = false;
	res = hull_emul_decode(e);
	if (res)
		return res;
	if (!e->insn.op->fn)
		return HULL_EMUL_UNHANDLED;

	emul_stage_nothing(e);
	if (e->insn.op->flags & OP_STRING)
		res = emul_string(e, single_step ? 1 : max_iterations);
	else
		res = run(e);
	if (res)
		return res;
	/* Loading SS holds back the single-step trap too. */
	e->trap = single_step && e->shadow != HULL_SHADOW_MOV_SS;
	return HULL_EMUL_OK;
}
