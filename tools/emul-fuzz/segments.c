// SPDX-License-Identifier: GPL-2.0
/*
 * Segments for compatibility mode: the kernel's flat ones, and a local
 * descriptor table with limits of all kinds.
 */
#include <asm/ldt.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "fuzz.h"

#define LDT(n)		((n) << 3 | 7)
#define USER32_CS	0x23
#define USER_DS		0x2b
#define USER_CS		0x33

#define ATTR(type)	(HULL_ATTR_P | HULL_ATTR_DPL | HULL_ATTR_S | \
			 HULL_TYPE_ACCESSED | (type))
#define DATA		ATTR(HULL_TYPE_WRITE)
#define DATA_DOWN	ATTR(HULL_TYPE_WRITE | HULL_TYPE_DOWN)
#define DATA_READ	ATTR(0)
#define CODE		ATTR(HULL_TYPE_CODE | HULL_TYPE_WRITE)
#define FLAT		(HULL_ATTR_DB | HULL_ATTR_G)

#define SEGMENT(_sel, _base, _limit, _attr) {			\
	.selector = (_sel),					\
	.hidden = {						\
		.base = (_base), .limit = (_limit),		\
		.selector = (_sel), .attr = (_attr),		\
	},							\
}

enum {
	S_CODE16, S_CODE32, S_DATA16, S_DATA32, S_DOWN32, S_DOWN16, S_READ,
	S_SHORT16, S_READ_CODE, S_NR_LDT,
	S_FLAT = S_NR_LDT, S_FLAT_CODE32, S_CODE64, S_NULL, S_NR,
};

static const struct fuzz_segment segments[S_NR] = {
	[S_CODE16] = SEGMENT(LDT(S_CODE16), FUZZ_BASE + FUZZ_CODE, 0x1fff,
			     CODE),
	[S_CODE32] = SEGMENT(LDT(S_CODE32), FUZZ_BASE + FUZZ_CODE, 0x1fff,
			     CODE | HULL_ATTR_DB),
	[S_DATA16] = SEGMENT(LDT(S_DATA16), FUZZ_BASE, 0xffff, DATA),
	[S_DATA32] = SEGMENT(LDT(S_DATA32), FUZZ_BASE, 0x2ffe,
			     DATA | HULL_ATTR_DB),
	[S_DOWN32] = SEGMENT(LDT(S_DOWN32), FUZZ_BASE, 0xfff,
			     DATA_DOWN | HULL_ATTR_DB),
	[S_DOWN16] = SEGMENT(LDT(S_DOWN16), FUZZ_BASE, 0x7ff, DATA_DOWN),
	[S_READ] = SEGMENT(LDT(S_READ), FUZZ_BASE, 0x3fff,
			   DATA_READ | HULL_ATTR_DB),
	[S_SHORT16] = SEGMENT(LDT(S_SHORT16), FUZZ_BASE + 0x800, 0x1fff, DATA),
	[S_READ_CODE] = SEGMENT(LDT(S_READ_CODE), FUZZ_BASE, 0x3fff,
				CODE | HULL_ATTR_DB),
	[S_FLAT] = SEGMENT(USER_DS, 0, 0xffffffff, DATA | FLAT),
	[S_FLAT_CODE32] = SEGMENT(USER32_CS, 0, 0xffffffff, CODE | FLAT),
	[S_CODE64] = SEGMENT(USER_CS, 0, 0xffffffff,
			     CODE | HULL_ATTR_L | HULL_ATTR_G),
	[S_NULL] = SEGMENT(0, 0, 0, HULL_ATTR_UNUSABLE),
};

static bool have_ldt;

static bool install(unsigned int n)
{
	const struct hull_segment *s = &segments[n].hidden;
	struct user_desc desc = {
		.entry_number = n,
		.base_addr = s->base,
		.limit = s->limit,
		.seg_32bit = !!(s->attr & HULL_ATTR_DB),
		.contents = (s->attr & (HULL_TYPE_CODE | HULL_TYPE_DOWN)) >> 2,
		.read_exec_only = !(s->attr & HULL_TYPE_WRITE),
		.useable = 1,
	};

	return !syscall(SYS_modify_ldt, 1, &desc, sizeof(desc));
}

bool segments_init(void)
{
	unsigned int n;

	have_ldt = true;
	for (n = 0; n < S_NR_LDT; n++)
		have_ldt = have_ldt && install(n);
	return have_ldt;
}

bool segments_available(enum fuzz_mode mode)
{
	return mode != FUZZ_COMPAT16 || have_ldt;
}

const struct hull_segment *segment_hidden(u16 selector)
{
	unsigned int n;

	for (n = 0; n < S_NR; n++)
		if (segments[n].selector == selector)
			return &segments[n].hidden;
	return &segments[S_NULL].hidden;
}

static u16 choose(const u8 *from, unsigned int n)
{
	return segments[from[random_below(n)]].selector;
}

static void choose_long(struct fuzz_case *c)
{
	unsigned int seg;

	for (seg = 0; seg <= HULL_SEG_GS; seg++)
		c->selector[seg] = 0;
	c->selector[HULL_SEG_CS] = USER_CS;
	c->selector[HULL_SEG_SS] = USER_DS;
}

void segments_choose(struct fuzz_case *c)
{
	static const u8 stacks[] = {
		S_FLAT, S_DATA16, S_DATA32, S_DOWN32, S_DOWN16, S_SHORT16,
	};
	static const u8 data[] = {
		S_FLAT, S_DATA16, S_DATA32, S_DOWN32, S_DOWN16, S_SHORT16,
		S_READ, S_READ_CODE, S_NULL,
	};
	unsigned int seg;

	if (c->mode == FUZZ_LONG) {
		choose_long(c);
		return;
	}
	for (seg = 0; seg <= HULL_SEG_GS; seg++)
		c->selector[seg] = USER_DS;
	if (c->mode == FUZZ_COMPAT16)
		c->selector[HULL_SEG_CS] = segments[S_CODE16].selector;
	else
		c->selector[HULL_SEG_CS] = have_ldt && one_in(2) ?
			segments[S_CODE32].selector : USER32_CS;
	/* The thread's own FS base must stay. */
	c->selector[HULL_SEG_FS] = 0;
	if (!have_ldt || one_in(3))
		return;
	c->selector[HULL_SEG_SS] = choose(stacks, sizeof(stacks));
	c->selector[HULL_SEG_DS] = choose(data, sizeof(data));
	c->selector[HULL_SEG_ES] = choose(data, sizeof(data));
	c->selector[HULL_SEG_GS] = choose(data, sizeof(data));
}
