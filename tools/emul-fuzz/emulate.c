// SPDX-License-Identifier: GPL-2.0
/*
 * The emulator's side: ops over an array, which now and then answer EXIT to a
 * read, so that instructions are executed again.
 */
#include <asm/msr-index.h>
#include "fuzz.h"

#define ERROR_PRESENT	1
#define ERROR_WRITE	2
#define ERROR_USER	4
#define ERROR_FETCH	16
#define USER_END	0x7ffffffff000

struct fuzz_machine {
	struct hull_emul emul;
	const struct fuzz_case *c;
	struct fuzz_regs regs;
	unsigned int exits;
	u8 io[64];
};

static struct fuzz_machine *machine(struct hull_emul *e)
{
	return (struct fuzz_machine *)((char *)e -
				       offsetof(struct fuzz_machine, emul));
}

static void get_segment(struct hull_emul *e, enum hull_seg seg,
			struct hull_segment *out)
{
	const struct fuzz_case *c = machine(e)->c;

	*out = *segment_hidden(c->selector[seg]);
	/* The base of GS is set apart from its selector in 64-bit mode. */
	if (c->mode == FUZZ_LONG && seg == HULL_SEG_GS)
		out->base = FUZZ_BASE;
}

static enum hull_emul_result page_fault(struct hull_emul *e, u64 linear,
					enum hull_emul_access access)
{
	u32 error = ERROR_USER;

	if (access == HULL_ACCESS_WRITE || access == HULL_ACCESS_RMW)
		error |= ERROR_WRITE;
	if (access == HULL_ACCESS_FETCH)
		error |= ERROR_FETCH;
	/* Linux says so of all kernel addresses. */
	if (memory_page(linear) != PAGE_NONE || linear >= USER_END)
		error |= ERROR_PRESENT;
	e->fault = (struct hull_fault) {
		.vector = X86_TRAP_PF,
		.has_error = true,
		.error = error,
		.has_payload = true,
		.payload = linear,
	};
	return HULL_EMUL_FAULT;
}

static u64 wrap(const struct hull_emul *e, u64 linear)
{
	return e->mode == HULL_EMUL_LONG ? linear : (u32)linear;
}

static enum hull_emul_result check(struct hull_emul *e, u64 linear,
				   unsigned int len,
				   enum hull_emul_access access)
{
	bool write = access == HULL_ACCESS_WRITE || access == HULL_ACCESS_RMW;
	unsigned int i = 0;
	u64 at;

	while (i < len) {
		at = wrap(e, linear + i);
		if (memory_page(at) < (write ? PAGE_WRITE : PAGE_READ))
			return page_fault(e, at, access);
		i += PAGE_BYTES - (at & (PAGE_BYTES - 1));
	}
	return HULL_EMUL_OK;
}

static enum hull_emul_result fetch(struct hull_emul *e, u64 linear, void *buf,
				   unsigned int len)
{
	enum hull_emul_result res = check(e, linear, len, HULL_ACCESS_FETCH);

	if (!res)
		memcpy(buf, emulated_memory + linear - FUZZ_BASE, len);
	return res;
}

static enum hull_emul_result read_memory(struct hull_emul *e, u64 linear,
					 void *buf, unsigned int len,
					 enum hull_emul_access access)
{
	enum hull_emul_result res = check(e, linear, len, access);
	struct fuzz_machine *m = machine(e);

	if (res)
		return res;
	if (m->exits) {
		m->exits--;
		return HULL_EMUL_EXIT;
	}
	memcpy(buf, emulated_memory + linear - FUZZ_BASE, len);
	return HULL_EMUL_OK;
}

static enum hull_emul_result write_memory(struct hull_emul *e, u64 linear,
					  const void *buf, unsigned int len)
{
	enum hull_emul_result res = check(e, linear, len, HULL_ACCESS_WRITE);

	if (!res)
		memcpy(emulated_memory + linear - FUZZ_BASE, buf, len);
	return res;
}

static enum hull_emul_result cmpxchg_memory(struct hull_emul *e, u64 linear,
					    const void *old, const void *new,
					    unsigned int len)
{
	enum hull_emul_result res = check(e, linear, len, HULL_ACCESS_WRITE);
	u8 *at = emulated_memory + linear - FUZZ_BASE;

	if (res)
		return res;
	if (memcmp(at, old, len))
		return HULL_EMUL_RETRY;
	memcpy(at, new, len);
	return HULL_EMUL_OK;
}

static enum hull_emul_result probe(struct hull_emul *e, u64 linear,
				   unsigned int len,
				   enum hull_emul_access access, bool *device)
{
	*device = false;
	return check(e, linear, len, access);
}

static enum hull_emul_result pio_in(struct hull_emul *e, u16 port,
				    unsigned int size, void *buf,
				    unsigned int count)
{
	return HULL_EMUL_UNHANDLED;
}

static enum hull_emul_result pio_out(struct hull_emul *e, u16 port,
				     unsigned int size, const void *buf,
				     unsigned int count)
{
	return HULL_EMUL_UNHANDLED;
}

static enum hull_emul_result read_vec(struct hull_emul *e,
				      enum hull_emul_vec kind,
				      unsigned int reg, void *buf,
				      unsigned int len)
{
	struct fuzz_regs *regs = &machine(e)->regs;

	memcpy(buf, kind == HULL_VEC_MMX ? regs->mmx[reg] : regs->ymm[reg],
	       len);
	return HULL_EMUL_OK;
}

static enum hull_emul_result write_vec(struct hull_emul *e,
				       enum hull_emul_vec kind,
				       unsigned int reg, const void *buf,
				       unsigned int len)
{
	struct fuzz_regs *regs = &machine(e)->regs;

	if (kind == HULL_VEC_AVX)
		memset(regs->ymm[reg], 0, sizeof(regs->ymm[reg]));
	memcpy(kind == HULL_VEC_MMX ? regs->mmx[reg] : regs->ymm[reg], buf,
	       len);
	return HULL_EMUL_OK;
}

static const struct hull_emul_ops ops = {
	.get_segment = get_segment,
	.fetch = fetch,
	.read = read_memory,
	.write = write_memory,
	.cmpxchg = cmpxchg_memory,
	.probe = probe,
	.pio_in = pio_in,
	.pio_out = pio_out,
	.read_vec = read_vec,
	.write_vec = write_vec,
};

static void setup(struct fuzz_machine *m, const struct fuzz_case *c)
{
	struct hull_emul *e = &m->emul;

	m->c = c;
	m->regs = c->in;
	m->exits = one_in(4) ? random_below(3) : 0;
	e->ops = &ops;
	e->gpr = m->regs.gpr;
	e->rip = c->in.rip;
	/* The CPU single-steps, except over all of a string instruction. */
	e->rflags = c->in.rflags | (c->to_end ? 0 : X86_EFLAGS_TF);
	e->cr0 = X86_CR0_PE | X86_CR0_PG | X86_CR0_AM;
	e->cr4 = X86_CR4_OSFXSR | X86_CR4_OSXSAVE;
	e->efer = EFER_LMA;
	e->xcr0 = 7;
	e->cpl = 3;
	e->io_data = m->io;
	e->io_size = sizeof(m->io);
}

enum hull_emul_result emulate(const struct fuzz_case *c,
			      struct fuzz_outcome *out)
{
	static struct fuzz_machine m;
	struct hull_emul *e = &m.emul;
	enum hull_emul_result res;

	setup(&m, c);
	hull_emul_begin(e);
	do {
		res = hull_emul_execute(e, 1 + random_below(4));
	} while (res == HULL_EMUL_EXIT || (!res && c->to_end && e->unfinished));

	m.regs.rip = e->rip;
	m.regs.rflags = e->rflags;
	*out = (struct fuzz_outcome) { .regs = m.regs };
	if (res == HULL_EMUL_FAULT) {
		out->fault = true;
		out->vector = e->fault.vector;
		out->error = e->fault.has_error ? e->fault.error : 0;
		out->cr2 = e->fault.payload;
	}
	return res;
}
