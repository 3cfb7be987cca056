// SPDX-License-Identifier: GPL-2.0
/*
 * The decoder: bytes to struct hull_insn (APM vol. 3, Instruction Encoding).
 *
 * It knows the code segment's default sizes and nothing else of the guest,
 * and it never looks at more bytes than it is given: EMUL_DECODE_MORE asks
 * for another attempt with more of them, so that a fetch crosses into the next page
 * only if the instruction does.
 */
#include "op.h"

/**
 * struct cursor - bytes being consumed
 * @bytes: the instruction
 * @pos: next one
 * @n: how many there are, at most HULL_INSN_MAX
 * @error: EMUL_DECODE_OK until a byte was missing
 * @invalid: #UD once opcode and ModRM are there
 */
struct cursor {
	const u8 *bytes;
	unsigned int pos;
	unsigned int n;
	enum emul_decode error;
	bool invalid;
};

/* The next @len bytes, zero-extended. */
static u64 next_value(struct cursor *c, unsigned int len)
{
	u64 val = 0;
	unsigned int i;

	if (len > c->n - c->pos) {
		c->error = c->n == HULL_INSN_MAX ? EMUL_DECODE_TOO_LONG :
						   EMUL_DECODE_MORE;
		return 0;
	}
	for (i = 0; i < len; i++)
		val |= (u64)c->bytes[c->pos++] << (8 * i);
	return val;
}

static u8 next_byte(struct cursor *c)
{
	return next_value(c, 1);
}

static s64 next_signed(struct cursor *c, unsigned int len)
{
	return emul_sign_extend(next_value(c, len), len);
}

static bool decode_segment_prefix(struct hull_insn *insn, bool long_mode, u8 b)
{
	u8 seg;

	switch (b) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		seg = (b >> 3) & 3;
		/* Null prefixes in 64-bit mode. */
		if (long_mode)
			return true;
		break;
	case 0x64:
	case 0x65:
		seg = b & 7;
		break;
	default:
		return false;
	}
	insn->prefix |= HULL_PREFIX_SEG;
	insn->seg = seg;
	return true;
}

static bool decode_legacy_prefix(struct hull_insn *insn, bool long_mode, u8 b)
{
	switch (b) {
	case 0x66:
		insn->prefix |= HULL_PREFIX_OPSIZE;
		return true;
	case 0x67:
		insn->prefix |= HULL_PREFIX_ADDRSIZE;
		return true;
	case 0xf0:
		insn->prefix |= HULL_PREFIX_LOCK;
		return true;
	case 0xf2:
		insn->prefix |= HULL_PREFIX_REPNE;
		insn->prefix &= ~HULL_PREFIX_REP;
		return true;
	case 0xf3:
		insn->prefix |= HULL_PREFIX_REP;
		insn->prefix &= ~HULL_PREFIX_REPNE;
		return true;
	default:
		return decode_segment_prefix(insn, long_mode, b);
	}
}

/* Returns the first byte that is no prefix. */
static u8 decode_prefixes(struct hull_insn *insn, struct cursor *c,
			  bool long_mode)
{
	u8 b;

	for (;;) {
		b = next_byte(c);
		if (long_mode && (b & 0xf0) == 0x40) {
			insn->rex = b;
			continue;
		}
		/* Prefixes have no rows: most opcodes are done here. */
		if (c->error || emul_map_one[b].flags ||
		    !decode_legacy_prefix(insn, long_mode, b))
			return b;
		/* A REX prefix counts right before the opcode only. */
		insn->rex = 0;
	}
}

static bool may_be_vex(u8 b)
{
	return b == 0xc4 || b == 0xc5 || b == 0x62;
}

/*
 * C4, C5 and 62 (EVEX) are LES, LDS and BOUND outside 64-bit mode, unless what
 * would be their ModRM byte had no memory operand.
 */
static bool is_vex(const struct cursor *c, bool long_mode, u8 b)
{
	return may_be_vex(b) &&
	       (long_mode || (c->pos < c->n && c->bytes[c->pos] >= 0xc0));
}

static void set_mandatory_prefix(struct hull_insn *insn, u8 pp)
{
	static const u8 prefixes[] = {
		0, HULL_PREFIX_OPSIZE, HULL_PREFIX_REP, HULL_PREFIX_REPNE,
	};

	insn->prefix |= prefixes[pp];
}

/* APM vol. 3, VEX and XOP Prefixes; register bits are stored inverted. */
static enum emul_decode decode_vex(struct hull_insn *insn, struct cursor *c,
				   bool long_mode, u8 first)
{
	u8 map = HULL_MAP_0F, b;

	c->invalid = insn->rex ||
		     (insn->prefix & (HULL_PREFIX_OPSIZE | HULL_PREFIX_LOCK |
				      HULL_PREFIX_REP | HULL_PREFIX_REPNE));
	insn->rex = 0;
	insn->prefix |= HULL_PREFIX_VEX;
	if (first == 0x62) {
		/* With opcode and ModRM the bytes say what is unknown. */
		next_value(c, 5);
		return c->error ? c->error : EMUL_DECODE_UNKNOWN;
	}
	b = next_byte(c);
	if (!(b & 0x80))
		insn->rex |= HULL_REX_R;
	if (first == 0xc4) {
		if (!(b & 0x40))
			insn->rex |= HULL_REX_X;
		if (!(b & 0x20))
			insn->rex |= HULL_REX_B;
		map = b & 0x1f;
		b = next_byte(c);
		if (b & 0x80)
			insn->rex |= HULL_REX_W;
	}
	if (c->error)
		return c->error;
	if (map < HULL_MAP_0F || map > HULL_MAP_0F3A)
		return EMUL_DECODE_UNKNOWN;
	insn->map = map;
	insn->vex_reg = (~b >> 3) & 15;
	insn->vex_256 = b & 4;
	set_mandatory_prefix(insn, b & 3);
	if (!long_mode)
		insn->rex = 0;
	insn->opcode = next_byte(c);
	return c->error;
}

static void decode_escape(struct hull_insn *insn, struct cursor *c, u8 b)
{
	insn->map = HULL_MAP_ONE;
	if (b == 0x0f) {
		b = next_byte(c);
		insn->map = HULL_MAP_0F;
		if (b == 0x38 || b == 0x3a) {
			insn->map = b == 0x38 ? HULL_MAP_0F38 : HULL_MAP_0F3A;
			b = next_byte(c);
		}
	}
	insn->opcode = b;
}

static unsigned int mandatory_prefix(const struct hull_insn *insn)
{
	if (insn->prefix & HULL_PREFIX_REP)
		return MP_F3;
	if (insn->prefix & HULL_PREFIX_REPNE)
		return MP_F2;
	return insn->prefix & HULL_PREFIX_OPSIZE ? MP_66 : MP_NONE;
}

static const struct hull_op *find_row(struct hull_insn *insn, bool long_mode)
{
	static const struct hull_op *const maps[HULL_NR_MAPS] = {
		[HULL_MAP_ONE] = emul_map_one,
		[HULL_MAP_0F] = emul_map_0f,
		[HULL_MAP_0F38] = emul_map_0f38,
		[HULL_MAP_0F3A] = emul_map_0f3a,
	};

	const struct hull_op *op = &maps[insn->map][insn->opcode];

	return op->flags & OP_BYMODE ? &op->sub[long_mode] : op;
}

static const struct hull_op *resolve_row(const struct hull_insn *insn,
					 const struct hull_op *op)
{
	while (op->flags & (OP_GROUP | OP_PREFIX)) {
		if (op->flags & OP_GROUP)
			op = &op->sub[(insn->modrm >> 3) & 7];
		else
			op = &op->sub[mandatory_prefix(insn)];
	}
	return op;
}

static void decode_sizes(struct hull_insn *insn, enum hull_emul_code code)
{
	bool opsize = insn->prefix & HULL_PREFIX_OPSIZE;
	bool addrsize = insn->prefix & HULL_PREFIX_ADDRSIZE;
	u32 flags = insn->op->flags;

	if (code == HULL_CODE64) {
		insn->addr_bytes = addrsize ? 4 : 8;
		if (insn->rex & HULL_REX_W)
			insn->op_bytes = 8;
		else if (opsize)
			insn->op_bytes = 2;
		else
			insn->op_bytes = flags & OP_D64 ? 8 : 4;
	} else {
		insn->addr_bytes = addrsize == (code == HULL_CODE16) ? 4 : 2;
		insn->op_bytes = opsize == (code == HULL_CODE16) ? 4 : 2;
	}
	if (flags & OP_BYTE)
		insn->op_bytes = 1;
	else if (flags & OP_Y)
		insn->op_bytes = insn->rex & HULL_REX_W ? 8 : 4;
}

static void default_segment(struct hull_insn *insn, u8 seg)
{
	if (!(insn->prefix & HULL_PREFIX_SEG))
		insn->seg = seg;
}

/* APM vol. 3, 16-Bit Addressing. */
static void decode_address16(struct hull_insn *insn, struct cursor *c)
{
	static const u8 base[8] = {
		HULL_RBX, HULL_RBX, HULL_RBP, HULL_RBP,
		HULL_RSI, HULL_RDI, HULL_RBP, HULL_RBX,
	};
	static const u8 index[4] = {
		HULL_RSI, HULL_RDI, HULL_RSI, HULL_RDI,
	};
	unsigned int mod = insn->modrm >> 6, rm = insn->modrm & 7;

	if (mod == 0 && rm == 6) {
		insn->disp = next_signed(c, 2);
		default_segment(insn, HULL_SEG_DS);
		return;
	}
	insn->base = base[rm];
	if (rm < 4)
		insn->index = index[rm];
	if (mod)
		insn->disp = next_signed(c, mod);
	default_segment(insn, insn->base == HULL_RBP ? HULL_SEG_SS :
						       HULL_SEG_DS);
}

/* APM vol. 3, SIB Byte Format. */
static void decode_sib(struct hull_insn *insn, struct cursor *c)
{
	u8 sib = next_byte(c);
	u8 index = ((sib >> 3) & 7) | (insn->rex & HULL_REX_X ? 8 : 0);
	u8 base = sib & 7;

	insn->scale = sib >> 6;
	if (index != HULL_RSP)
		insn->index = index;
	if (base == 5 && !(insn->modrm & 0xc0))
		insn->disp = next_signed(c, 4);
	else
		insn->base = base | (insn->rex & HULL_REX_B ? 8 : 0);
}

static void decode_address32(struct hull_insn *insn, struct cursor *c,
			     bool long_mode)
{
	unsigned int mod = insn->modrm >> 6, rm = insn->modrm & 7;

	if (rm == 4) {
		decode_sib(insn, c);
	} else if (mod == 0 && rm == 5) {
		insn->base = long_mode ? HULL_RIP_REG : HULL_NO_REG;
		insn->disp = next_signed(c, 4);
	} else {
		insn->base = rm | (insn->rex & HULL_REX_B ? 8 : 0);
	}
	if (mod)
		insn->disp = next_signed(c, mod == 1 ? 1 : 4);
	default_segment(insn, insn->base == HULL_RSP || insn->base == HULL_RBP ?
			      HULL_SEG_SS : HULL_SEG_DS);
}

static void decode_modrm(struct hull_insn *insn, struct cursor *c,
			 bool long_mode)
{
	insn->reg = ((insn->modrm >> 3) & 7) | (insn->rex & HULL_REX_R ? 8 : 0);
	insn->rm = (insn->modrm & 7) | (insn->rex & HULL_REX_B ? 8 : 0);
	if (insn->modrm >= 0xc0 || (insn->op->flags & OP_REG))
		return;
	insn->is_mem = true;
	if (insn->addr_bytes == 2)
		decode_address16(insn, c);
	else
		decode_address32(insn, c, long_mode);
}

static void decode_immediate(struct hull_insn *insn, struct cursor *c)
{
	unsigned int len = insn->op_bytes;

	switch (insn->op->flags & OP_IMM_MASK) {
	case OP_IB:
		insn->imm = next_signed(c, 1);
		break;
	case OP_IW:
		insn->imm = next_value(c, 2);
		break;
	case OP_IZ:
		insn->imm = next_signed(c, min(len, 4U));
		break;
	case OP_IV:
		insn->imm = next_signed(c, len);
		break;
	case OP_MOFFS:
		insn->disp = next_value(c, insn->addr_bytes);
		insn->is_mem = true;
		default_segment(insn, HULL_SEG_DS);
		break;
	case OP_IWIB:
		insn->imm = next_value(c, 2);
		insn->imm2 = next_byte(c);
		break;
	case OP_FAR:
		insn->imm = next_value(c, len);
		insn->imm2 = next_value(c, 2);
		break;
	}
}

static enum emul_decode check_row(const struct hull_insn *insn, bool long_mode)
{
	u32 flags = insn->op->flags;

	if (!(flags & OP_VALID))
		return EMUL_DECODE_UNKNOWN;
	/* Invalid before its pointer is fetched, unlike the others. */
	if (long_mode && (flags & OP_NO64) && (flags & OP_IMM_MASK) == OP_FAR)
		return EMUL_DECODE_INVALID;
	if (insn->prefix & HULL_PREFIX_VEX ? !(flags & OP_VEX) :
					     flags & OP_VEX_ONLY)
		return EMUL_DECODE_UNKNOWN;
	/*
	 * With 66 a near branch of 64-bit mode has a 16-bit displacement on
	 * AMD and a 32-bit one on Intel.
	 */
	if (long_mode && (flags & OP_BRANCH) && insn->op_bytes == 2)
		return EMUL_DECODE_UNKNOWN;
	return EMUL_DECODE_OK;
}

/* What is said only once all bytes are there. */
static enum emul_decode check_operand(const struct hull_insn *insn,
				      bool long_mode)
{
	u32 flags = insn->op->flags;

	if (long_mode && (flags & OP_NO64))
		return EMUL_DECODE_INVALID;
	if ((flags & OP_MEM) && !insn->is_mem)
		return EMUL_DECODE_INVALID;
	if ((flags & OP_VEX_ONLY) && insn->vex_256)
		return EMUL_DECODE_INVALID;
	if (!(insn->prefix & HULL_PREFIX_LOCK) || (flags & OP_ALT_LOCK))
		return EMUL_DECODE_OK;
	return (flags & OP_LOCK) && insn->is_mem ? EMUL_DECODE_OK :
						   EMUL_DECODE_INVALID;
}

enum emul_decode emul_decode_bytes(struct hull_insn *insn,
				   enum hull_emul_code code,
				   const u8 *bytes, unsigned int n)
{
	struct cursor c = { .bytes = bytes, .n = min(n, HULL_INSN_MAX) };
	bool long_mode = code == HULL_CODE64;
	enum emul_decode res;
	u8 b;

	*insn = (struct hull_insn) {
		.base = HULL_NO_REG, .index = HULL_NO_REG,
	};
	b = decode_prefixes(insn, &c, long_mode);
	/* One byte more decides between LDS, LES or BOUND and VEX. */
	if (!c.error && may_be_vex(b) && c.pos >= c.n)
		next_byte(&c);
	if (c.error)
		return c.error;
	if (is_vex(&c, long_mode, b)) {
		res = decode_vex(insn, &c, long_mode, b);
		if (res)
			return res;
	} else {
		decode_escape(insn, &c, b);
	}
	if (c.error)
		return c.error;

	insn->op = find_row(insn, long_mode);
	if (insn->op->flags & OP_MODRM) {
		insn->has_modrm = true;
		insn->modrm = next_byte(&c);
		if (c.error)
			return c.error;
	}
	insn->op = resolve_row(insn, insn->op);
	decode_sizes(insn, code);
	res = check_row(insn, long_mode);
	if (res)
		return res;
	if (c.invalid)
		return EMUL_DECODE_INVALID;
	if (insn->has_modrm)
		decode_modrm(insn, &c, long_mode);
	decode_immediate(insn, &c);
	if (c.error)
		return c.error;
	insn->len = c.pos;
	return check_operand(insn, long_mode);
}

unsigned int hull_emul_insn_length(enum hull_emul_code code, const u8 *bytes,
				   unsigned int n)
{
	struct hull_insn insn;

	if (emul_decode_bytes(&insn, code, bytes, n) != EMUL_DECODE_OK)
		return 0;
	return insn.len;
}
