// SPDX-License-Identifier: GPL-2.0
/*
 * The instruction decoder (core/emul/decode.c and its tables).  Lengths and
 * operands follow from APM vol. 3, Instruction Encoding and Opcode Maps.
 */
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "emul_mock.h"

struct length_row {
	enum hull_emul_code code;
	u8 len;
	u8 bytes[HULL_INSN_MAX];
};

static const struct length_row lengths[] = {
	{ HULL_CODE16, 2, { 0x8b, 0x07 } },
	{ HULL_CODE16, 4, { 0x8b, 0x0e, 0x34, 0x12 } },
	{ HULL_CODE16, 3, { 0x8b, 0x47, 0x05 } },
	{ HULL_CODE16, 4, { 0x8b, 0x87, 0x05, 0x01 } },
	{ HULL_CODE16, 5, { 0x67, 0x8b, 0x44, 0x24, 0x04 } },
	{ HULL_CODE16, 8, { 0x67, 0x8b, 0x04, 0x25, 0x00, 0x00, 0x00, 0x00 } },
	{ HULL_CODE16, 3, { 0xb8, 0x34, 0x12 } },
	{ HULL_CODE16, 6, { 0x66, 0xb8, 0x78, 0x56, 0x34, 0x12 } },
	{ HULL_CODE16, 5, { 0xea, 0x00, 0x00, 0x00, 0xf0 } },
	{ HULL_CODE16, 8, { 0x66, 0xea, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00 } },
	{ HULL_CODE16, 3, { 0xa1, 0x34, 0x12 } },
	{ HULL_CODE16, 6, { 0x67, 0xa1, 0x78, 0x56, 0x34, 0x12 } },
	{ HULL_CODE16, 3, { 0xe8, 0x00, 0x00 } },
	{ HULL_CODE16, 4, { 0xc5, 0x06, 0x34, 0x12 } },
	{ HULL_CODE16, 1, { 0x6c } },
	{ HULL_CODE16, 2, { 0xf3, 0x6d } },
	{ HULL_CODE16, 4, { 0x0f, 0x84, 0x00, 0x01 } },
	{ HULL_CODE16, 4, { 0xc8, 0x10, 0x00, 0x01 } },
	{ HULL_CODE32, 6, { 0x8b, 0x0d, 0x78, 0x56, 0x34, 0x12 } },
	{ HULL_CODE32, 4, { 0x8b, 0x4c, 0x24, 0x08 } },
	{ HULL_CODE32, 7, { 0x8b, 0x04, 0x25, 0x00, 0x00, 0x00, 0x00 } },
	{ HULL_CODE32, 6, { 0x8b, 0x85, 0x00, 0x01, 0x00, 0x00 } },
	{ HULL_CODE32, 4, { 0x67, 0x8b, 0x46, 0x02 } },
	{ HULL_CODE32, 5, { 0x67, 0x8b, 0x0e, 0x34, 0x12 } },
	{ HULL_CODE32, 5, { 0xb8, 0x78, 0x56, 0x34, 0x12 } },
	{ HULL_CODE32, 4, { 0x66, 0xb8, 0x34, 0x12 } },
	{ HULL_CODE32, 7, { 0xea, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00 } },
	{ HULL_CODE32, 1, { 0x40 } },
	{ HULL_CODE32, 6, { 0xc4, 0x05, 0x00, 0x00, 0x00, 0x00 } },
	{ HULL_CODE32, 3, { 0xf6, 0x00, 0xff } },
	{ HULL_CODE32, 2, { 0xf6, 0x10 } },
	{ HULL_CODE32, 10,
	  { 0xf7, 0x05, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00 } },
	{ HULL_CODE32, 5, { 0x66, 0xf7, 0x00, 0x01, 0x00 } },
	{ HULL_CODE32, 2, { 0xf7, 0x10 } },
	{ HULL_CODE32, 2, { 0xd9, 0x00 } },
	{ HULL_CODE32, 3, { 0xc5, 0xf8, 0x77 } },
	{ HULL_CODE32, 3, { 0x0f, 0x01, 0xd9 } },
	{ HULL_CODE64, 1, { 0x90 } },
	{ HULL_CODE64, 1, { 0xf4 } },
	{ HULL_CODE64, 2, { 0x0f, 0xa2 } },
	{ HULL_CODE64, 2, { 0x0f, 0x32 } },
	{ HULL_CODE64, 2, { 0x0f, 0x30 } },
	{ HULL_CODE64, 2, { 0x0f, 0x31 } },
	{ HULL_CODE64, 3, { 0x0f, 0x01, 0xd9 } },
	{ HULL_CODE64, 3, { 0x0f, 0x01, 0xf9 } },
	{ HULL_CODE64, 2, { 0x0f, 0x0b } },
	{ HULL_CODE64, 2, { 0xcd, 0x80 } },
	{ HULL_CODE64, 2, { 0xf3, 0x90 } },
	{ HULL_CODE64, 7, { 0x48, 0x8b, 0x05, 0x78, 0x56, 0x34, 0x12 } },
	{ HULL_CODE64, 10,
	  { 0x48, 0xb8, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 } },
	{ HULL_CODE64, 9,
	  { 0xa1, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 } },
	{ HULL_CODE64, 6, { 0x67, 0xa1, 0x44, 0x33, 0x22, 0x11 } },
	{ HULL_CODE64, 4, { 0x66, 0xb8, 0x34, 0x12 } },
	{ HULL_CODE64, 11,
	  { 0x48, 0xc7, 0x05, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
	    0x00 } },
	{ HULL_CODE64, 5, { 0x66, 0xc7, 0x00, 0x34, 0x12 } },
	{ HULL_CODE64, 3, { 0x0f, 0x20, 0xc0 } },
	{ HULL_CODE64, 4, { 0x44, 0x0f, 0x22, 0xc0 } },
	{ HULL_CODE64, 3, { 0x0f, 0x22, 0x00 } },
	{ HULL_CODE64, 3, { 0x0f, 0x23, 0x45 } },
	{ HULL_CODE64, 3, { 0x0f, 0x01, 0x38 } },
	{ HULL_CODE64, 5, { 0x0f, 0x01, 0x7c, 0x24, 0x08 } },
	{ HULL_CODE64, 3, { 0xf3, 0x48, 0xa5 } },
	{ HULL_CODE64, 4, { 0x40, 0x0f, 0xb6, 0x07 } },
	{ HULL_CODE64, 4, { 0x0f, 0xba, 0x20, 0x07 } },
	{ HULL_CODE64, 4, { 0x41, 0x0f, 0xc7, 0x0f } },
	{ HULL_CODE64, 5, { 0x66, 0x0f, 0x38, 0xf1, 0x07 } },
	{ HULL_CODE64, 5, { 0x0f, 0x3a, 0x0f, 0xc1, 0x08 } },
	{ HULL_CODE64, 4, { 0x66, 0x0f, 0x6f, 0x07 } },
	{ HULL_CODE64, 4, { 0xc5, 0xfe, 0x6f, 0x07 } },
	{ HULL_CODE64, 9,
	  { 0xc5, 0xfd, 0x7f, 0x04, 0x25, 0x00, 0x00, 0x00, 0x00 } },
	{ HULL_CODE64, 5, { 0xc4, 0xe1, 0x7e, 0x7f, 0x07 } },
	{ HULL_CODE64, 6, { 0xc4, 0xe3, 0x7d, 0x39, 0xc1, 0x01 } },
	{ HULL_CODE64, 3, { 0xc5, 0xf8, 0x77 } },
	{ HULL_CODE64, 3, { 0x0f, 0xae, 0x38 } },
	{ HULL_CODE64, 3, { 0x0f, 0x18, 0x08 } },
	{ HULL_CODE64, 3, { 0xdd, 0x40, 0x10 } },
	{ HULL_CODE64, 4, { 0x0f, 0x0f, 0xc1, 0x9e } },
	{ HULL_CODE64, 4, { 0xc8, 0x10, 0x00, 0x01 } },
	{ HULL_CODE64, 5, { 0xe8, 0x00, 0x00, 0x00, 0x00 } },
	{ HULL_CODE64, 6, { 0x0f, 0x8f, 0x00, 0x00, 0x00, 0x00 } },
	{ HULL_CODE64, 2, { 0xeb, 0xfe } },
	{ HULL_CODE64, 5, { 0x2e, 0x36, 0x3e, 0x26, 0x90 } },
	{ HULL_CODE64, 15,
	  { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	    0x66, 0x66, 0x66, 0x66, 0x90 } },
};

/* The length, and none as long as a single byte is missing. */
static void emul_length(struct kunit *test)
{
	const struct length_row *row;
	unsigned int n;

	for (row = lengths; row < lengths + ARRAY_SIZE(lengths); row++) {
		KUNIT_EXPECT_EQ_MSG(test,
				    hull_emul_insn_length(row->code, row->bytes,
							  HULL_INSN_MAX),
				    (unsigned int)row->len, "%*ph", row->len,
				    row->bytes);
		for (n = 0; n < row->len; n++)
			KUNIT_EXPECT_EQ_MSG(test,
					    hull_emul_insn_length(row->code,
								  row->bytes,
								  n),
					    0U, "%u of %*ph", n, row->len,
					    row->bytes);
	}
}

static void emul_length_unknown(struct kunit *test)
{
	static const u8 evex[15] = { 0x62, 0xf1, 0x7c, 0x48, 0x10, 0x00 };
	static const u8 push_es[15] = { 0x06 };
	static const u8 none[15] = { 0x0f, 0x04 };

	KUNIT_EXPECT_EQ(test, hull_emul_insn_length(HULL_CODE64, evex, 15), 0U);
	KUNIT_EXPECT_EQ(test, hull_emul_insn_length(HULL_CODE64, none, 15), 0U);
	/* Invalid in 64-bit mode alone. */
	KUNIT_EXPECT_EQ(test, hull_emul_insn_length(HULL_CODE64, push_es, 15),
			0U);
	KUNIT_EXPECT_EQ(test, hull_emul_insn_length(HULL_CODE32, push_es, 15),
			1U);
}

/* EVEX is unknown, which is not invalid; outside 64-bit mode 62 is BOUND too. */
static void emul_evex(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->gpr[HULL_RAX] = MOCK_BASE + MOCK_PAGE;
	res = emul_mock_run(m, 0x62, 0xf1, 0x7c, 0x48, 0x11, 0x00);
	KUNIT_EXPECT_EQ(test, (int)res, HULL_EMUL_UNHANDLED);
	KUNIT_EXPECT_EQ(test, (int)m->emul.bytes[0], 0x62);
	KUNIT_EXPECT_EQ(test, m->emul.rip, MOCK_BASE + MOCK_CODE + 0ULL);
	/* Opcode and ModRM are on the next page. */
	memcpy(m->mem + MOCK_PAGE - 4, m->mem + MOCK_CODE, 6);
	m->emul.rip = MOCK_BASE + MOCK_PAGE - 4;
	hull_emul_begin(&m->emul);
	KUNIT_EXPECT_EQ(test, (int)emul_mock_again(m), HULL_EMUL_UNHANDLED);
	KUNIT_EXPECT_GE(test, (int)m->emul.nr_bytes, 6);
	KUNIT_EXPECT_EQ(test, (int)m->emul.bytes[4], 0x11);

	m = emul_mock_new(test, MOCK_PROT32);
	res = emul_mock_run(m, 0x62, 0xf1, 0x7c, 0x48, 0x11, 0x00);
	KUNIT_EXPECT_EQ(test, (int)res, HULL_EMUL_UNHANDLED);
	emul_mock_code(m, 0x62, 0x48, 0x04);		/* bound ecx,[eax+4] */
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, (int)m->emul.insn.len, 3);
	KUNIT_EXPECT_TRUE(test, m->emul.insn.is_mem);

	m = emul_mock_new(test, MOCK_REAL);
	res = emul_mock_run(m, 0x62, 0xf1, 0x7c, 0x48, 0x11, 0x00);
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
	m = emul_mock_new(test, MOCK_VM86);
	res = emul_mock_run(m, 0x62, 0xf1, 0x7c, 0x48, 0x11, 0x00);
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
}

/* 14 prefixes and an opcode are the most; one more is #GP. */
static void emul_length_limit(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	memset(m->mem + MOCK_CODE, 0x66, 15);
	m->mem[MOCK_CODE + 14] = 0x90;
	m->emul.rip = MOCK_BASE + MOCK_CODE;
	hull_emul_begin(&m->emul);
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_EQ(test, m->emul.rip, MOCK_BASE + MOCK_CODE + 15ULL);

	m->mem[MOCK_CODE + 14] = 0x66;
	m->mem[MOCK_CODE + 15] = 0x90;
	m->emul.rip = MOCK_BASE + MOCK_CODE;
	hull_emul_begin(&m->emul);
	res = emul_mock_again(m);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
}

/* The eight forms of 16-bit addressing, as LEA AX computes them. */
static void emul_address16(struct kunit *test)
{
	static const struct {
		u16 ea;
		u8 seg;
	} forms[8] = {
		{ 0x1100, HULL_SEG_DS },	/* BX + SI */
		{ 0x1200, HULL_SEG_DS },	/* BX + DI */
		{ 0x2100, HULL_SEG_SS },	/* BP + SI */
		{ 0x2200, HULL_SEG_SS },	/* BP + DI */
		{ 0x0100, HULL_SEG_DS },	/* SI */
		{ 0x0200, HULL_SEG_DS },	/* DI */
		{ 0x2000, HULL_SEG_SS },	/* BP */
		{ 0x1000, HULL_SEG_DS },	/* BX */
	};
	struct emul_mock *m = emul_mock_new(test, MOCK_REAL);
	u8 code[3] = { 0x8b, 0, 0xfe };
	unsigned int rm;

	m->gpr[HULL_RBX] = 0x1000;
	m->gpr[HULL_RBP] = 0x2000;
	m->gpr[HULL_RSI] = 0x0100;
	m->gpr[HULL_RDI] = 0x0200;
	for (rm = 0; rm < 8; rm++) {
		code[1] = 0x40 | rm;		/* with an 8-bit displacement */
		emul_mock_put(m, code, sizeof(code));
		EXPECT_OK(test, hull_emul_decode(&m->emul));
		KUNIT_EXPECT_EQ(test, m->emul.insn.ea, forms[rm].ea - 2ULL);
		KUNIT_EXPECT_EQ(test, m->emul.insn.seg, forms[rm].seg);
		KUNIT_EXPECT_EQ(test, m->emul.insn.linear,
				MOCK_BASE + forms[rm].ea - 2ULL);
	}
}

/* Offsets wrap at the address size. */
static void emul_address_wrap(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RAX] = 0xffffffff;
	emul_mock_code(m, 0x67, 0x8b, 0x40, 0x02);	/* mov eax,[eax+2] */
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, m->emul.insn.ea, 1ULL);

	m = emul_mock_new(test, MOCK_REAL);
	m->gpr[HULL_RBX] = 0xffff;
	emul_mock_code(m, 0x8b, 0x47, 0x02);		/* mov ax,[bx+2] */
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, m->emul.insn.ea, 1ULL);
}

static void emul_address_sib(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RAX] = 0x100;
	m->gpr[HULL_RSP] = 0x2000;
	m->gpr[HULL_R12] = 0x30000;
	m->gpr[HULL_R13] = 0x400000;

	emul_mock_code(m, 0x8b, 0x44, 0xc4, 0x10);	/* [rsp+rax*8+0x10] */
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, m->emul.insn.ea, 0x2810ULL);
	KUNIT_EXPECT_EQ(test, (int)m->emul.insn.seg, HULL_SEG_SS);

	emul_mock_code(m, 0x41, 0x8b, 0x04, 0x24);	/* [r12], no index */
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, m->emul.insn.ea, 0x30000ULL);
	KUNIT_EXPECT_EQ(test, (int)m->emul.insn.seg, HULL_SEG_DS);

	emul_mock_code(m, 0x43, 0x8b, 0x44, 0x65, 0xff); /* [r13+r12*2-1] */
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, m->emul.insn.ea, 0x45ffffULL);

	/* RIP-relative: from the end of the instruction, immediate included. */
	emul_mock_code(m, 0x80, 0x3d, 0x10, 0x00, 0x00, 0x00, 0x05);
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, m->emul.insn.ea, MOCK_BASE + MOCK_CODE + 0x17ULL);
}

/* FS and GS count in 64-bit mode, the other overrides do not. */
static void emul_segment_override(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->seg[HULL_SEG_GS].base = 0x123456789000;
	m->seg[HULL_SEG_ES].base = 0x5000;
	m->gpr[HULL_RAX] = 8;
	emul_mock_code(m, 0x65, 0x48, 0x8b, 0x00);
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, m->emul.insn.linear, 0x123456789008ULL);

	emul_mock_code(m, 0x26, 0x8b, 0x00);
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, m->emul.insn.linear, 8ULL);

	/* A REX prefix before another prefix does not count. */
	emul_mock_code(m, 0x48, 0x65, 0x8b, 0x00);
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, (int)m->emul.insn.op_bytes, 4);
}

/* What vendor code asks for when it has no decode assists. */
static void emul_decode_operands(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	struct hull_insn *insn = &m->emul.insn;

	emul_mock_code(m, 0x41, 0x0f, 0x22, 0xdb);	/* mov cr3,r11 */
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, (int)insn->map, HULL_MAP_0F);
	KUNIT_EXPECT_EQ(test, (int)insn->opcode, 0x22);
	KUNIT_EXPECT_EQ(test, (int)insn->reg, 3);
	KUNIT_EXPECT_EQ(test, (int)insn->rm, HULL_R11);
	KUNIT_EXPECT_FALSE(test, insn->is_mem);

	emul_mock_code(m, 0x44, 0x0f, 0x20, 0xc0);	/* mov rax,cr8 */
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, (int)insn->reg, 8);

	/* LOCK MOV CR0 is CR8 where there is no REX. */
	emul_mock_code(m, 0xf0, 0x0f, 0x20, 0xc0);
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_TRUE(test, insn->prefix & HULL_PREFIX_LOCK);

	m->gpr[HULL_RCX] = 0x7000;
	emul_mock_code(m, 0x0f, 0x01, 0x79, 0x10);	/* invlpg [rcx+0x10] */
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_TRUE(test, insn->is_mem);
	KUNIT_EXPECT_EQ(test, (int)insn->reg, 7);
	KUNIT_EXPECT_EQ(test, insn->linear, 0x7010ULL);

	emul_mock_code(m, 0x0f, 0x01, 0xf6);		/* lmsw si */
	EXPECT_OK(test, hull_emul_decode(&m->emul));
	KUNIT_EXPECT_EQ(test, (int)insn->reg, 6);
	KUNIT_EXPECT_EQ(test, (int)insn->rm, HULL_RSI);

	/* Decoded, but not for the emulator to execute. */
	KUNIT_EXPECT_EQ(test, (int)emul_mock_again(m), HULL_EMUL_UNHANDLED);
}

struct lock_row {
	bool valid;
	u8 bytes[4];
};

/* APM vol. 3, Lock Prefix. */
static const struct lock_row lock_rows[] = {
	{ true, { 0x01, 0x00 } },		/* add [rax],eax */
	{ false, { 0x01, 0xc0 } },		/* add eax,eax */
	{ false, { 0x03, 0x00 } },		/* add eax,[rax] */
	{ false, { 0x39, 0x00 } },		/* cmp [rax],eax */
	{ false, { 0x85, 0x00 } },		/* test [rax],eax */
	{ false, { 0x89, 0x00 } },		/* mov [rax],eax */
	{ true, { 0x87, 0x00 } },		/* xchg [rax],eax */
	{ true, { 0x83, 0x20, 0x01 } },		/* and dword [rax],1 */
	{ false, { 0x83, 0x38, 0x01 } },	/* cmp dword [rax],1 */
	{ true, { 0xf7, 0x10 } },		/* not dword [rax] */
	{ true, { 0xf7, 0x18 } },		/* neg dword [rax] */
	{ false, { 0xf7, 0x20 } },		/* mul dword [rax] */
	{ true, { 0xff, 0x00 } },		/* inc dword [rax] */
	{ false, { 0xff, 0x30 } },		/* push [rax] */
	{ false, { 0xd1, 0x20 } },		/* shl dword [rax],1 */
	{ true, { 0x0f, 0xb1, 0x08 } },		/* cmpxchg [rax],ecx */
	{ true, { 0x0f, 0xc1, 0x08 } },		/* xadd [rax],ecx */
	{ true, { 0x0f, 0xc7, 0x08 } },		/* cmpxchg8b [rax] */
	{ false, { 0x0f, 0xa3, 0x08 } },	/* bt [rax],ecx */
	{ true, { 0x0f, 0xab, 0x08 } },		/* bts [rax],ecx */
	{ false, { 0x0f, 0xba, 0x20, 0x01 } },	/* bt dword [rax],1 */
	{ true, { 0x0f, 0xba, 0x38, 0x01 } },	/* btc dword [rax],1 */
	{ false, { 0x90 } },
	{ false, { 0xa4 } },			/* movsb */
};

static void emul_lock(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	const struct lock_row *row;
	enum hull_emul_result res;
	u8 code[1 + sizeof(row->bytes)];

	for (row = lock_rows; row < lock_rows + ARRAY_SIZE(lock_rows); row++) {
		code[0] = 0xf0;
		memcpy(code + 1, row->bytes, sizeof(row->bytes));
		emul_mock_put(m, code, sizeof(code));
		res = hull_emul_decode(&m->emul);
		KUNIT_EXPECT_EQ_MSG(test, (int)res, row->valid ?
				    HULL_EMUL_OK : HULL_EMUL_FAULT, "%*ph",
				    (int)sizeof(row->bytes), row->bytes);
		if (!row->valid)
			KUNIT_EXPECT_EQ(test, (int)m->emul.fault.vector,
					X86_TRAP_UD);
	}
}

static struct kunit_case emul_decode_cases[] = {
	KUNIT_CASE(emul_length),
	KUNIT_CASE(emul_length_unknown),
	KUNIT_CASE(emul_evex),
	KUNIT_CASE(emul_length_limit),
	KUNIT_CASE(emul_address16),
	KUNIT_CASE(emul_address_wrap),
	KUNIT_CASE(emul_address_sib),
	KUNIT_CASE(emul_segment_override),
	KUNIT_CASE(emul_decode_operands),
	KUNIT_CASE(emul_lock),
	{}
};

static struct kunit_suite emul_decode_suite = {
	.name = "hull-emul-decode",
	.test_cases = emul_decode_cases,
};

kunit_test_suite(emul_decode_suite);
