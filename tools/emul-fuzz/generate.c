// SPDX-License-Identifier: GPL-2.0
/*
 * Random instructions, and registers that make them touch the memory there is.
 */
#include "fuzz.h"

struct bytes {
	u8 *b;
	unsigned int n;
};

static void put(struct bytes *out, u64 val, unsigned int len)
{
	while (len-- && out->n < 16) {
		out->b[out->n++] = val;
		val >>= 8;
	}
}

enum hull_emul_code fuzz_code(enum fuzz_mode mode)
{
	static const enum hull_emul_code codes[] = {
		[FUZZ_LONG] = HULL_CODE64,
		[FUZZ_COMPAT32] = HULL_CODE32,
		[FUZZ_COMPAT16] = HULL_CODE16,
	};

	return codes[mode];
}

/* A place in memory: mostly inside, often across the end of a page. */
static u64 random_place(void)
{
	switch (random_below(16)) {
	case 0 ... 7:
		return FUZZ_BASE + random_below(2 * PAGE_BYTES - 64);
	case 8 ... 11:
		return FUZZ_BASE + (1 + random_below(3)) * PAGE_BYTES -
		       random_below(34);
	case 12:
		return FUZZ_BASE + 2 * PAGE_BYTES + random_below(PAGE_BYTES);
	case 13:
		return FUZZ_BASE + random_below(8 * PAGE_BYTES);
	default:
		return FUZZ_BASE + (random_below(2 * PAGE_BYTES) & ~31UL);
	}
}

/* An offset within @seg, of such a place; now and then wild. */
static u64 random_offset(const struct fuzz_case *c, enum hull_seg seg)
{
	u64 base = segment_hidden(c->selector[seg])->base;

	if (c->mode == FUZZ_LONG)
		base = seg == HULL_SEG_GS ? FUZZ_BASE : 0;
	if (one_in(40))
		return one_in(2) ? 0x8000000000000000 - random_below(32) :
				   0x0000800000000000 - random_below(32);
	return random_place() - base;
}

static u64 random_value(void)
{
	switch (random_below(8)) {
	case 0:
		return random_below(4);
	case 1:
		return -(u64)random_below(4);
	case 2:
		return 0x8080808080808080 >> random_below(64);
	case 3:
		return 0x7f7f7f7f7f7f7f7f;
	case 4:
		return random_u64() & 0xff;
	default:
		return random_u64();
	}
}

static void put_prefixes(struct fuzz_case *c, struct bytes *out, bool string,
			 bool vex)
{
	static const u8 segments[] = { 0x26, 0x2e, 0x36, 0x3e, 0x65 };
	unsigned int again = one_in(50) ? random_below(16) : 1;
	/* VEX forbids the others. */
	bool all = !vex || one_in(8);

	while (again--) {
		if (one_in(10))
			put(out, 0x67, 1);
		if (one_in(10))
			put(out, segments[random_below(5)], 1);
		if (!all)
			continue;
		if (one_in(6))
			put(out, 0x66, 1);
		if (one_in(string ? 2 : 8))
			put(out, 0xf2 + random_below(2), 1);
		if (one_in(12))
			put(out, 0xf0, 1);
		if (c->mode == FUZZ_LONG && one_in(2))
			put(out, 0x40 + random_below(16), 1);
	}
}

/* The displacement of an address without registers has to hit memory. */
static u64 random_disp(const struct fuzz_case *c, bool absolute)
{
	if (!absolute)
		return random_value();
	if (c->mode == FUZZ_LONG && one_in(2))
		return random_place() - c->in.rip - 7;
	return random_offset(c, HULL_SEG_DS);
}

static void put_modrm(struct fuzz_case *c, struct bytes *out)
{
	u8 modrm = random_u64(), sib = random_u64();

	if (one_in(3))
		modrm |= 0xc0;
	put(out, modrm, 1);
	if (modrm >= 0xc0)
		return;
	if ((modrm & 7) == 4 && c->mode != FUZZ_COMPAT16)
		put(out, sib, 1);
	put(out, random_disp(c, !(modrm & 0xc0)),
	    c->mode == FUZZ_COMPAT16 ? 2 : 4);
}

/* Mostly any opcode of the maps that are full, else one of these. */
static u8 random_opcode(unsigned int *map)
{
	static const u8 maps[] = {
		HULL_MAP_ONE, HULL_MAP_ONE, HULL_MAP_ONE, HULL_MAP_ONE,
		HULL_MAP_0F, HULL_MAP_0F, HULL_MAP_0F,
	};
	static const struct {
		u8 map;
		u8 opcode;
	} chosen[] = {
		{ HULL_MAP_0F, 0xb8 }, { HULL_MAP_0F38, 0x2a },
		{ HULL_MAP_0F38, 0xf0 }, { HULL_MAP_0F38, 0xf1 },
		{ HULL_MAP_0F38, 0xf2 }, { HULL_MAP_0F38, 0xf3 },
		{ HULL_MAP_0F38, 0xf3 }, { HULL_MAP_0F38, 0xf5 },
		{ HULL_MAP_0F38, 0xf6 }, { HULL_MAP_0F38, 0xf7 },
		{ HULL_MAP_0F38, 0xf8 }, { HULL_MAP_0F38, 0xf9 },
		{ HULL_MAP_0F3A, 0xf0 },
	};
	unsigned int i;

	if (one_in(4)) {
		i = random_below(ARRAY_SIZE(chosen));
		*map = chosen[i].map;
		return chosen[i].opcode;
	}
	*map = maps[random_below(sizeof(maps))];
	return random_u64();
}

static void put_vex(struct bytes *out, u8 map)
{
	/* Of map 0F few have an operand in vvvv, of the others most and L = 0. */
	bool few = map == HULL_MAP_0F, rare = one_in(6);
	u8 pp_l = random_below(few || rare ? 8 : 4);
	u8 vvvv = few == rare ? random_below(16) : 15;

	if (map == HULL_MAP_0F && one_in(2)) {
		put(out, 0xc5, 1);
		put(out, (random_u64() & 0x80) | vvvv << 3 | pp_l, 1);
		return;
	}
	put(out, 0xc4, 1);
	put(out, (random_u64() & 0xe0) | map, 1);
	put(out, (random_u64() & 0x80) | vvvv << 3 | pp_l, 1);
}

static void put_instruction(struct fuzz_case *c)
{
	struct bytes out = { .b = c->bytes };
	unsigned int map, i;
	u8 opcode = random_opcode(&map);
	bool vex = map != HULL_MAP_ONE && one_in(map == HULL_MAP_0F ? 4 : 2);

	put_prefixes(c, &out, map == HULL_MAP_ONE && (opcode & 0xf0) == 0xa0,
		     vex);
	if (vex) {
		put_vex(&out, map);
	} else {
		if (map != HULL_MAP_ONE)
			put(&out, 0x0f, 1);
		if (map > HULL_MAP_0F)
			put(&out, map == HULL_MAP_0F38 ? 0x38 : 0x3a, 1);
	}
	put(&out, opcode, 1);
	if (opcode >= 0xa0 && opcode <= 0xa3 && map == HULL_MAP_ONE)
		put(&out, random_offset(c, HULL_SEG_DS), 8);
	else
		put_modrm(c, &out);
	for (i = out.n; i < 16; i++)
		c->bytes[i] = one_in(2) ? random_value() : random_u64();
}

/* Somewhere in the code pages; now and then across the end of one. */
static void choose_rip(struct fuzz_case *c)
{
	u64 base = segment_hidden(c->selector[HULL_SEG_CS])->base;
	u64 at = FUZZ_CODE + random_below(PAGE_BYTES - 16);

	if (one_in(20))
		at = FUZZ_CODE + (1 + random_below(2)) * PAGE_BYTES -
		     random_below(16) - 1;
	c->in.rip = FUZZ_BASE + at - base;
}

static void set_address(struct fuzz_case *c)
{
	const struct hull_insn *insn = &c->insn;
	u64 *gpr = c->in.gpr, offset;

	if (!insn->is_mem)
		return;
	offset = random_offset(c, insn->seg) - insn->disp;
	if (insn->base < HULL_NR_GPRS) {
		if (insn->index != HULL_NO_REG && insn->index != insn->base)
			offset -= gpr[insn->index] << insn->scale;
		if (insn->index == insn->base)
			offset /= 1 + (1 << insn->scale);
		gpr[insn->base] = offset;
	} else if (insn->index != HULL_NO_REG) {
		gpr[insn->index] = offset >> insn->scale;
	}
}

/*
 * What overwrites itself is another instruction from then on for the CPU, and
 * on purpose the same for the emulator.
 */
static bool may_hit_code(const struct fuzz_case *c)
{
	u64 base = segment_hidden(c->selector[HULL_SEG_ES])->base;
	u64 at = c->in.gpr[HULL_RDI] + base - FUZZ_BASE;

	if (c->insn.addr_bytes == 2)
		at = (u16)c->in.gpr[HULL_RDI] + base - FUZZ_BASE;
	return (u32)at + 64 > FUZZ_CODE;
}

static void set_string(struct fuzz_case *c)
{
	u64 *gpr = c->in.gpr;

	if (!(c->insn.op->flags & OP_STRING))
		return;
	gpr[HULL_RDI] = random_offset(c, HULL_SEG_ES);
	gpr[HULL_RSI] = random_offset(c, c->insn.prefix & HULL_PREFIX_SEG ?
					 c->insn.seg : HULL_SEG_DS);
	if (one_in(8))
		gpr[HULL_RSI] = gpr[HULL_RDI];
	gpr[HULL_RCX] = random_below(7);
	if (one_in(8))
		gpr[HULL_RCX] |= random_u64() << 32;
	if (one_in(8))
		gpr[HULL_RCX] = random_u64();
	c->to_end = gpr[HULL_RCX] < 8 && one_in(2) && !may_hit_code(c);
}

/* Make divisions that do not overflow, and comparisons that come out equal. */
static void set_operands(struct fuzz_case *c)
{
	u64 *gpr = c->in.gpr;

	if (one_in(3))
		gpr[HULL_RDX] = (s64)gpr[HULL_RAX] < 0 && one_in(2) ? -1 : 0;
	if (one_in(4))
		gpr[HULL_RAX] &= 0xff;
	if (one_in(6))
		gpr[HULL_RAX] = gpr[HULL_RDX] = 0;
}

static void set_registers(struct fuzz_case *c)
{
	u64 *gpr = c->in.gpr;
	unsigned int i;

	for (i = 0; i < HULL_NR_GPRS; i++)
		gpr[i] = random_value();
	set_operands(c);
	gpr[HULL_RSP] = random_offset(c, HULL_SEG_SS);
	gpr[HULL_RBX] = one_in(4) ? random_offset(c, HULL_SEG_DS) :
				    gpr[HULL_RBX];
	if (one_in(4))
		gpr[HULL_RBP] = gpr[HULL_RSP] + random_below(512);
	else if (one_in(2))
		gpr[HULL_RBP] = random_offset(c, HULL_SEG_SS);
	set_string(c);
	set_address(c);
	if (c->mode == FUZZ_LONG)
		return;
	/* Compatibility mode leaves the upper halves undefined. */
	for (i = 0; i < HULL_NR_GPRS; i++)
		gpr[i] = i < 8 ? (u32)gpr[i] : 0;
}

static void set_flags(struct fuzz_case *c)
{
	c->in.rflags = X86_EFLAGS_FIXED | X86_EFLAGS_IF |
		       (random_u64() & (EMUL_ARITH_FLAGS | X86_EFLAGS_DF));
	if (one_in(8))
		c->in.rflags |= X86_EFLAGS_AC;
}

static void set_vectors(struct fuzz_case *c)
{
	emul_fn fn = c->insn.op->fn;
	unsigned int i;

	c->vectors = fn == emul_op_vmove || fn == emul_op_vmovd ||
		     fn == emul_op_vhalf;
	if (!c->vectors)
		return;
	for (i = 0; i < sizeof(c->in.ymm) / 8; i++)
		((u64 *)c->in.ymm)[i] = random_u64();
	for (i = 0; i < sizeof(c->in.mmx) / 8; i++)
		((u64 *)c->in.mmx)[i] = random_u64();
}

/* The emulator goes by what the host has, and asks nobody. */
static bool cpu_has(const struct hull_insn *insn)
{
	u8 repeat = insn->prefix & (HULL_PREFIX_REP | HULL_PREFIX_REPNE);
	emul_fn fn = insn->op->fn;

	if (insn->op->flags & OP_VEX_ONLY)
		return __builtin_cpu_supports("bmi") &&
		       __builtin_cpu_supports("bmi2");
	if (insn->prefix & HULL_PREFIX_VEX)
		return __builtin_cpu_supports("avx2");
	if (fn == emul_op_adcx)
		return __builtin_cpu_supports("adx");
	if (fn == emul_op_crc32)
		return __builtin_cpu_supports("sse4.2");
	if (fn == emul_op_popcnt)
		return __builtin_cpu_supports("popcnt");
	if (fn == emul_op_scan && (insn->op->arg & 2))
		return __builtin_cpu_supports("bmi") &&
		       __builtin_cpu_supports("lzcnt");
	if (fn == emul_op_movdir64b)
		return __builtin_cpu_supports("movdir64b");
	if (fn == emul_op_mov && insn->map == HULL_MAP_0F38)
		return __builtin_cpu_supports("movdiri");
	if (fn == emul_op_clflush && insn->prefix & HULL_PREFIX_OPSIZE)
		return __builtin_cpu_supports("clflushopt") &&
		       __builtin_cpu_supports("clwb");
	if (fn == emul_op_movbe)
		return __builtin_cpu_supports("movbe");
	if (fn == emul_op_vmove && insn->opcode == 0x2b && repeat)
		return __builtin_cpu_supports("sse4a");
	if (insn->map == HULL_MAP_0F38)
		return __builtin_cpu_supports("sse4.1");
	return true;
}

static bool may_not_end(const struct fuzz_case *c)
{
	u64 base = segment_hidden(c->selector[HULL_SEG_CS])->base;
	bool many_prefixes = (c->bytes[1] & ~1) != 0xc4;

	return many_prefixes || base + c->in.rip + HULL_INSN_MAX >=
	       FUZZ_BASE + FUZZ_PAGES * PAGE_BYTES;
}

/*
 * May the CPU execute it?  Not what the emulator merely decodes: among that
 * are system calls.  Loads of segment registers would upset the C library,
 * and those of SS hold back the single-step trap.
 */
static bool may_run(const struct fuzz_case *c)
{
	emul_fn fn;

	/*
	 * Prefixes that VEX forbids, on an instruction that is too long or
	 * crosses into nowhere: either fault may win.
	 */
	if ((c->insn.prefix & HULL_PREFIX_VEX) &&
	    (c->decoded == EMUL_DECODE_TOO_LONG ||
	     (c->decoded == EMUL_DECODE_INVALID && may_not_end(c))))
		return false;
	if (c->decoded == EMUL_DECODE_TOO_LONG)
		return true;
	if (c->decoded == EMUL_DECODE_INVALID && c->insn.op->fn && one_in(8))
		return true;
	if (c->decoded != EMUL_DECODE_OK)
		return false;
	/* FS is the C library's. */
	if (c->mode == FUZZ_LONG && c->insn.seg == HULL_SEG_FS)
		return false;
	if (!cpu_has(&c->insn))
		return false;
	fn = c->insn.op->fn;
	/* Reserved, and not ignored: on AMD F2 and F3 choose the condition. */
	if (fn == emul_op_loop &&
	    (c->insn.prefix & (HULL_PREFIX_REP | HULL_PREFIX_REPNE)))
		return false;
	return fn && fn != emul_op_mov_to_seg && fn != emul_op_pop_seg &&
	       fn != emul_op_load_far;
}

bool generate(struct fuzz_case *c, u64 number, unsigned int modes)
{
	c->number = number;
	do {
		c->mode = random_below(FUZZ_NR_MODES);
	} while (!(modes & BIT(c->mode)));
	c->to_end = false;
	c->vectors = false;
	segments_choose(c);
	choose_rip(c);
	put_instruction(c);
	c->decoded = emul_decode_bytes(&c->insn, fuzz_code(c->mode), c->bytes,
				       HULL_INSN_MAX);
	if (!may_run(c))
		return false;
	if (c->decoded != EMUL_DECODE_OK)
		c->insn.op = emul_map_one;
	set_registers(c);
	set_flags(c);
	set_vectors(c);
	return true;
}
