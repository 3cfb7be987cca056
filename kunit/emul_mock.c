// SPDX-License-Identifier: GPL-2.0
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "emul_mock.h"

#define ERROR_PRESENT	1
#define ERROR_WRITE	2
#define ERROR_USER	4
#define ERROR_FETCH	16

#define DATA (HULL_ATTR_P | HULL_ATTR_S | HULL_TYPE_WRITE | HULL_TYPE_ACCESSED)
#define CODE (DATA | HULL_TYPE_CODE)

static struct emul_mock *mock(struct hull_emul *e)
{
	return container_of(e, struct emul_mock, emul);
}

static void mock_get_segment(struct hull_emul *e, enum hull_seg seg,
			     struct hull_segment *out)
{
	*out = mock(e)->seg[seg];
}

static enum hull_emul_result mock_load_segment(struct hull_emul *e,
					       enum hull_seg seg, u16 selector)
{
	mock(e)->loaded_seg = seg;
	mock(e)->loaded_selector = selector;
	return HULL_EMUL_OK;
}

static enum emul_mock_page page_of(struct emul_mock *m, u64 linear)
{
	u64 n = (linear - MOCK_BASE) / MOCK_PAGE;

	return linear >= MOCK_BASE && n < MOCK_PAGES ? m->page[n] :
						       MOCK_ABSENT;
}

/* Error codes: APM vol. 2, Page-Fault Error Code. */
static enum hull_emul_result mock_page_fault(struct hull_emul *e, u64 linear,
					     enum hull_emul_access access)
{
	u32 error = e->cpl == 3 ? ERROR_USER : 0;

	if (page_of(mock(e), linear) != MOCK_ABSENT)
		error |= ERROR_PRESENT;
	if (access == HULL_ACCESS_WRITE || access == HULL_ACCESS_RMW)
		error |= ERROR_WRITE;
	if (access == HULL_ACCESS_FETCH)
		error |= ERROR_FETCH;
	e->fault = (struct hull_fault) {
		.vector = X86_TRAP_PF, .has_error = true, .error = error,
		.has_payload = true, .payload = linear,
	};
	return HULL_EMUL_FAULT;
}

static enum hull_emul_result check(struct hull_emul *e, u64 linear,
				   unsigned int len,
				   enum hull_emul_access access)
{
	bool write = access == HULL_ACCESS_WRITE || access == HULL_ACCESS_RMW;
	enum emul_mock_page page;
	unsigned int i;

	for (i = 0; i < len; i++) {
		page = page_of(mock(e), linear + i);
		if (page == MOCK_ABSENT || (write && page == MOCK_RO))
			return mock_page_fault(e, linear + i, access);
	}
	return HULL_EMUL_OK;
}

static u8 *at(struct emul_mock *m, u64 linear)
{
	return m->mem + (linear - MOCK_BASE);
}

/* Replay the next answer, or ask for one. */
static enum hull_emul_result answer(struct emul_mock *m, void *buf,
				    unsigned int len)
{
	if (m->used == m->nr_answers)
		return HULL_EMUL_EXIT;
	memcpy(buf, &m->answers[m->used++], min(len, 8U));
	return HULL_EMUL_OK;
}

static void record(struct emul_mock *m, u64 where, const void *buf,
		   unsigned int len)
{
	if (m->nr_written == MOCK_LOG)
		return;
	m->written[m->nr_written] = where;
	m->value[m->nr_written] = 0;
	memcpy(&m->value[m->nr_written++], buf, min(len, 8U));
}

static enum hull_emul_result mock_fetch(struct hull_emul *e, u64 linear,
					void *buf, unsigned int len)
{
	enum hull_emul_result res = check(e, linear, len, HULL_ACCESS_FETCH);

	if (!res)
		memcpy(buf, at(mock(e), linear), len);
	return res;
}

static enum hull_emul_result mock_read(struct hull_emul *e, u64 linear,
				       void *buf, unsigned int len,
				       enum hull_emul_access access)
{
	enum hull_emul_result res = check(e, linear, len, access);

	if (res)
		return res;
	if (page_of(mock(e), linear) == MOCK_DEVICE)
		return answer(mock(e), buf, len);
	memcpy(buf, at(mock(e), linear), len);
	return HULL_EMUL_OK;
}

static enum hull_emul_result mock_write(struct hull_emul *e, u64 linear,
					const void *buf, unsigned int len)
{
	enum hull_emul_result res = check(e, linear, len, HULL_ACCESS_WRITE);

	if (res)
		return res;
	if (page_of(mock(e), linear) == MOCK_DEVICE)
		record(mock(e), linear, buf, len);
	else
		memcpy(at(mock(e), linear), buf, len);
	return HULL_EMUL_OK;
}

static enum hull_emul_result mock_cmpxchg(struct hull_emul *e, u64 linear,
					  const void *old, const void *new,
					  unsigned int len)
{
	enum hull_emul_result res = check(e, linear, len, HULL_ACCESS_WRITE);
	struct emul_mock *m = mock(e);

	if (res)
		return res;
	m->locked = true;
	if (page_of(m, linear) == MOCK_DEVICE) {
		record(m, linear, new, len);
		return HULL_EMUL_OK;
	}
	if (m->race)
		++*at(m, linear);
	m->race = false;
	if (memcmp(at(m, linear), old, len))
		return HULL_EMUL_RETRY;
	memcpy(at(m, linear), new, len);
	return HULL_EMUL_OK;
}

static enum hull_emul_result mock_probe(struct hull_emul *e, u64 linear,
					unsigned int len,
					enum hull_emul_access access,
					bool *device)
{
	unsigned int i;

	*device = false;
	for (i = 0; i < len; i++)
		*device |= page_of(mock(e), linear + i) == MOCK_DEVICE;
	return check(e, linear, len, access);
}

static enum hull_emul_result mock_pio_in(struct hull_emul *e, u16 port,
					 unsigned int size, void *buf,
					 unsigned int count)
{
	struct emul_mock *m = mock(e);
	enum hull_emul_result res;
	unsigned int i;

	m->io_max = max(m->io_max, count);
	for (i = 0; i < count; i++) {
		res = answer(m, buf + i * size, size);
		if (res)
			return res;
	}
	return HULL_EMUL_OK;
}

static enum hull_emul_result mock_pio_out(struct hull_emul *e, u16 port,
					  unsigned int size, const void *buf,
					  unsigned int count)
{
	struct emul_mock *m = mock(e);
	unsigned int i;

	m->io_max = max(m->io_max, count);
	for (i = 0; i < count; i++)
		record(m, port, buf + i * size, size);
	return HULL_EMUL_OK;
}

static enum hull_emul_result mock_read_vec(struct hull_emul *e,
					   enum hull_emul_vec kind,
					   unsigned int reg, void *buf,
					   unsigned int len)
{
	memcpy(buf, mock(e)->vec[reg], len);
	return HULL_EMUL_OK;
}

static enum hull_emul_result mock_write_vec(struct hull_emul *e,
					    enum hull_emul_vec kind,
					    unsigned int reg, const void *buf,
					    unsigned int len)
{
	u8 *vec = mock(e)->vec[reg];

	if (kind == HULL_VEC_AVX)
		memset(vec, 0, sizeof(mock(e)->vec[reg]));
	memcpy(vec, buf, len);
	return HULL_EMUL_OK;
}

static bool mock_committed(struct hull_emul *e)
{
	struct emul_mock *m = mock(e);

	m->used = 0;
	m->nr_answers = 0;
	return ++m->commits != m->stop_after;
}

static const struct hull_emul_ops mock_ops = {
	.get_segment = mock_get_segment,
	.load_segment = mock_load_segment,
	.fetch = mock_fetch,
	.read = mock_read,
	.write = mock_write,
	.cmpxchg = mock_cmpxchg,
	.probe = mock_probe,
	.pio_in = mock_pio_in,
	.pio_out = mock_pio_out,
	.read_vec = mock_read_vec,
	.write_vec = mock_write_vec,
	.committed = mock_committed,
};

/* Segments of 64 KB at MOCK_BASE, or flat ones. */
static void set_segments(struct emul_mock *m, enum emul_mock_mode mode)
{
	bool flat = mode == MOCK_PROT32 || mode == MOCK_LONG;
	u16 big = flat ? HULL_ATTR_DB | HULL_ATTR_G : 0;
	unsigned int seg;

	for (seg = 0; seg <= HULL_SEG_GS; seg++)
		m->seg[seg] = (struct hull_segment) {
			.base = flat ? 0 : MOCK_BASE,
			.limit = flat ? 0xffffffff : 0xffff,
			.selector = flat ? 0x10 + seg * 8 : MOCK_BASE >> 4,
			.attr = DATA | big,
		};
	m->seg[HULL_SEG_CS].attr = CODE | big;
	if (mode == MOCK_LONG)
		m->seg[HULL_SEG_CS].attr = CODE | HULL_ATTR_G | HULL_ATTR_L;
}

struct emul_mock *emul_mock_new(struct kunit *test, enum emul_mock_mode mode)
{
	struct emul_mock *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct hull_emul *e;

	KUNIT_ASSERT_NOT_NULL(test, m);
	e = &m->emul;
	e->ops = &mock_ops;
	e->gpr = m->gpr;
	e->rflags = X86_EFLAGS_FIXED;
	e->cr0 = mode == MOCK_REAL ? 0 : X86_CR0_PE;
	e->cr4 = X86_CR4_OSFXSR | X86_CR4_OSXSAVE;
	e->xcr0 = 7;
	e->io_data = m->io;
	e->io_size = sizeof(m->io);
	if (mode == MOCK_LONG)
		e->efer = EFER_LMA | EFER_LME;
	if (mode == MOCK_VM86) {
		e->rflags |= X86_EFLAGS_VM;
		e->cpl = 3;
	}
	m->loaded_seg = -1;
	set_segments(m, mode);
	return m;
}

void emul_mock_put(struct emul_mock *m, const u8 *code, unsigned int len)
{
	memcpy(m->mem + MOCK_CODE, code, len);
	m->emul.rip = MOCK_BASE + MOCK_CODE - m->seg[HULL_SEG_CS].base;
	hull_emul_begin(&m->emul);
}

enum hull_emul_result emul_mock_again(struct emul_mock *m)
{
	return hull_emul_execute(&m->emul, 1000);
}

u64 emul_mock_load(struct emul_mock *m, u64 linear, unsigned int len)
{
	u64 val = 0;

	memcpy(&val, at(m, linear), len);
	return val;
}

void emul_mock_store(struct emul_mock *m, u64 linear, u64 val,
		     unsigned int len)
{
	memcpy(at(m, linear), &val, len);
}
