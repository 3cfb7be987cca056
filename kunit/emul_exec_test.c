// SPDX-License-Identifier: GPL-2.0
/*
 * What instructions do (core/emul): results and flags with values from the
 * manuals' definitions, the stack, flags and their privileges, vector moves.
 */
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "emul_mock.h"

#define CF X86_EFLAGS_CF
#define PF X86_EFLAGS_PF
#define AF X86_EFLAGS_AF
#define ZF X86_EFLAGS_ZF
#define SF X86_EFLAGS_SF
#define OF X86_EFLAGS_OF
#define ARITH (CF | PF | AF | ZF | SF | OF)

#define DATA	(MOCK_BASE + MOCK_PAGE)
#define STACK	(MOCK_BASE + 2 * MOCK_PAGE)

/**
 * struct arith_row - EAX and ECX before, EAX and flags after
 * @code: instruction
 * @len: its length
 * @eax: EAX before
 * @ecx: ECX before
 * @flags_in: flags before
 * @result: EAX after
 * @defined: the flags that the instruction defines
 * @flags: what they are
 */
struct arith_row {
	u8 code[6];
	u8 len;
	u32 eax;
	u32 ecx;
	u32 flags_in;
	u32 result;
	u32 defined;
	u32 flags;
};

static const struct arith_row arith_rows[] = {
	/* add al,cl: 7F + 1 overflows, FF + 1 carries. */
	{ { 0x00, 0xc8 }, 2, 0x7f, 1, 0, 0x80, ARITH, SF | OF | AF },
	{ { 0x00, 0xc8 }, 2, 0xff, 1, 0, 0x00, ARITH, ZF | PF | CF | AF },
	/* add eax,ecx */
	{ { 0x01, 0xc8 }, 2, 0x80000000, 0x80000000, 0, 0, ARITH,
	  ZF | PF | CF | OF },
	/* adc eax,ecx */
	{ { 0x11, 0xc8 }, 2, 1, 1, CF, 3, ARITH, PF },
	{ { 0x11, 0xc8 }, 2, 0xffffffff, 0, CF, 0, ARITH, ZF | PF | CF | AF },
	/* sub eax,ecx */
	{ { 0x29, 0xc8 }, 2, 0, 1, 0, 0xffffffff, ARITH, SF | PF | CF | AF },
	{ { 0x29, 0xc8 }, 2, 0x80000000, 1, 0, 0x7fffffff, ARITH,
	  OF | PF | AF },
	/* sbb eax,ecx */
	{ { 0x19, 0xc8 }, 2, 5, 5, CF, 0xffffffff, ARITH, SF | PF | CF | AF },
	/* cmp eax,ecx leaves EAX */
	{ { 0x39, 0xc8 }, 2, 7, 7, 0, 7, ARITH, ZF | PF },
	/* and, or, xor: CF and OF cleared; AF undefined */
	{ { 0x21, 0xc8 }, 2, 0xf0, 0x0f, CF | OF, 0, ARITH & ~AF, ZF | PF },
	{ { 0x09, 0xc8 }, 2, 0x80000000, 1, CF, 0x80000001, ARITH & ~AF, SF },
	{ { 0x31, 0xc0 }, 2, 0x1234, 0, OF, 0, ARITH & ~AF, ZF | PF },
	/* inc and dec leave CF */
	{ { 0xff, 0xc0 }, 2, 0xffffffff, 0, CF, 0, ARITH, ZF | PF | AF | CF },
	{ { 0xff, 0xc8 }, 2, 0x80000000, 0, 0, 0x7fffffff, ARITH,
	  OF | PF | AF },
	/* neg: CF unless zero; not: no flags */
	{ { 0xf7, 0xd8 }, 2, 0, 0, CF, 0, ARITH, ZF | PF },
	{ { 0xf7, 0xd8 }, 2, 1, 0, 0, 0xffffffff, ARITH, SF | PF | CF | AF },
	{ { 0xf7, 0xd0 }, 2, 0x0f, 0, ARITH, 0xfffffff0, ARITH, ARITH },
	/* shl, shr, sar by one; by zero nothing changes */
	{ { 0xd1, 0xe0 }, 2, 0x80000001, 0, 0, 2, ARITH & ~AF, CF | OF },
	{ { 0xd1, 0xe8 }, 2, 0x80000001, 0, 0, 0x40000000, ARITH & ~AF,
	  CF | OF | PF },
	{ { 0xd1, 0xf8 }, 2, 0x80000001, 0, 0, 0xc0000000, ARITH & ~AF,
	  CF | SF | PF },
	{ { 0xd3, 0xe0 }, 2, 0x1234, 32, ARITH, 0x1234, ARITH, ARITH },
	/* rol, ror, rcl, rcr */
	{ { 0xd1, 0xc0 }, 2, 0x80000000, 0, 0, 1, CF | OF, CF | OF },
	{ { 0xd1, 0xc8 }, 2, 1, 0, 0, 0x80000000, CF | OF, CF | OF },
	{ { 0xd1, 0xd0 }, 2, 0x80000000, 0, CF, 1, CF | OF, CF | OF },
	{ { 0xd1, 0xd8 }, 2, 0, 0, CF, 0x80000000, CF | OF, OF },
	/* rol al,cl by 8: the value stays, CF is its lowest bit */
	{ { 0xd2, 0xc0 }, 2, 0x81, 8, 0, 0x81, CF, CF },
	/* shld eax,ecx,4; shrd eax,ecx,4 */
	{ { 0x0f, 0xa4, 0xc8, 4 }, 4, 0x12345678, 0xabcdef01, 0, 0x2345678a,
	  CF | ZF | SF, CF },
	{ { 0x0f, 0xac, 0xc8, 4 }, 4, 0x12345678, 0xabcdef01, 0, 0x11234567,
	  CF | ZF | SF, CF },
	/* imul eax,ecx */
	{ { 0x0f, 0xaf, 0xc1 }, 3, 0x10000, 0x10000, 0, 0, CF | OF, CF | OF },
	{ { 0x0f, 0xaf, 0xc1 }, 3, 0xffffffff, 5, CF | OF, 0xfffffffb, CF | OF,
	  0 },
	/* mul cl: AX; imul cl */
	{ { 0xf6, 0xe1 }, 2, 0x10, 0x10, 0, 0x100, CF | OF, CF | OF },
	{ { 0xf6, 0xe9 }, 2, 0xff, 2, CF | OF, 0xfffe, CF | OF, 0 },
	/* div cl: AL quotient, AH remainder; idiv cl */
	{ { 0xf6, 0xf1 }, 2, 0x0064, 7, 0, 0x020e, 0, 0 },
	{ { 0xf6, 0xf9 }, 2, 0xff9c, 7, 0, 0xfef2, 0, 0 },
	/* bsf, bsr, popcnt, tzcnt, lzcnt eax,ecx */
	{ { 0x0f, 0xbc, 0xc1 }, 3, 0, 0x80, 0, 7, ZF, 0 },
	{ { 0x0f, 0xbd, 0xc1 }, 3, 0, 0x81, 0, 7, ZF, 0 },
	{ { 0xf3, 0x0f, 0xb8, 0xc1 }, 4, 0, 0xff01, ARITH, 9, ARITH, 0 },
	{ { 0xf3, 0x0f, 0xbc, 0xc1 }, 4, 0, 0, 0, 32, CF | ZF, CF },
	{ { 0xf3, 0x0f, 0xbd, 0xc1 }, 4, 0, 0x80000000, 0, 0, CF | ZF, ZF },
	/* bt, bts, btr, btc eax,ecx: the offset is taken modulo 32 */
	{ { 0x0f, 0xa3, 0xc8 }, 3, 0x10, 36, 0, 0x10, CF, CF },
	{ { 0x0f, 0xab, 0xc8 }, 3, 0, 33, CF, 2, CF, 0 },
	{ { 0x0f, 0xb3, 0xc8 }, 3, 2, 1, 0, 0, CF, CF },
	{ { 0x0f, 0xbb, 0xc8 }, 3, 2, 1, 0, 0, CF, CF },
	/* xadd eax,ecx; cmpxchg ecx,ecx; bswap eax; cwde; setc al; cmovz */
	{ { 0x0f, 0xc1, 0xc8 }, 3, 5, 6, 0, 11, ARITH, 0 },
	{ { 0x0f, 0xc8 }, 2, 0x12345678, 0, 0, 0x78563412, 0, 0 },
	{ { 0x98 }, 1, 0x8000, 0, 0, 0xffff8000, 0, 0 },
	{ { 0x0f, 0x92, 0xc0 }, 3, 0xff, 0, CF, 1, CF, CF },
	{ { 0x0f, 0x44, 0xc1 }, 3, 1, 2, ZF, 2, ZF, ZF },
	{ { 0x0f, 0x44, 0xc1 }, 3, 1, 2, 0, 1, ZF, 0 },
	/* movzx eax,cl; movsx eax,cl */
	{ { 0x0f, 0xb6, 0xc1 }, 3, 0, 0x1280, 0, 0x80, 0, 0 },
	{ { 0x0f, 0xbe, 0xc1 }, 3, 0, 0x1280, 0, 0xffffff80, 0, 0 },
	/* adcx, adox eax,ecx: one flag is the carry, no other changes */
	{ { 0x66, 0x0f, 0x38, 0xf6, 0xc1 }, 5, 0xffffffff, 0, CF | OF, 0, ARITH,
	  CF | OF },
	{ { 0x66, 0x0f, 0x38, 0xf6, 0xc1 }, 5, 1, 1, CF | ZF, 3, ARITH, ZF },
	{ { 0xf3, 0x0f, 0x38, 0xf6, 0xc1 }, 5, 0xffffffff, 1, CF, 0, ARITH,
	  CF | OF },
	{ { 0xf3, 0x0f, 0x38, 0xf6, 0xc1 }, 5, 1, 1, CF | OF, 3, ARITH, CF },
	/* andn eax,ecx,eax; bextr, bzhi eax,eax,ecx */
	{ { 0xc4, 0xe2, 0x70, 0xf2, 0xc0 }, 5, 0xf0f0, 0xff00, CF | OF, 0xf0,
	  CF | ZF | SF | OF, 0 },
	{ { 0xc4, 0xe2, 0x70, 0xf7, 0xc0 }, 5, 0x12345678, 0x0804, CF | OF,
	  0x67, CF | ZF | OF, 0 },
	{ { 0xc4, 0xe2, 0x70, 0xf7, 0xc0 }, 5, 0x12345678, 0xff40, 0, 0,
	  CF | ZF | OF, ZF },
	{ { 0xc4, 0xe2, 0x70, 0xf5, 0xc0 }, 5, 0xffffffff, 4, CF | OF, 0xf,
	  CF | ZF | SF | OF, 0 },
	{ { 0xc4, 0xe2, 0x70, 0xf5, 0xc0 }, 5, 0xffffffff, 32, 0, 0xffffffff,
	  CF | ZF | SF | OF, CF | SF },
	/* blsr, blsmsk, blsi eax,ecx: CF of no bit, and the other way round */
	{ { 0xc4, 0xe2, 0x78, 0xf3, 0xc9 }, 5, 0, 0x18, CF | OF, 0x10,
	  CF | ZF | SF | OF, 0 },
	{ { 0xc4, 0xe2, 0x78, 0xf3, 0xc9 }, 5, 1, 0, 0, 0, CF | ZF | SF | OF,
	  CF | ZF },
	{ { 0xc4, 0xe2, 0x78, 0xf3, 0xd1 }, 5, 0, 0x18, CF | OF, 0x0f,
	  CF | ZF | SF | OF, 0 },
	{ { 0xc4, 0xe2, 0x78, 0xf3, 0xd1 }, 5, 0, 0, ZF, 0xffffffff,
	  CF | ZF | SF | OF, CF | SF },
	{ { 0xc4, 0xe2, 0x78, 0xf3, 0xd9 }, 5, 0, 0x18, OF, 8,
	  CF | ZF | SF | OF, CF },
	{ { 0xc4, 0xe2, 0x78, 0xf3, 0xd9 }, 5, 1, 0, CF, 0,
	  CF | ZF | SF | OF, ZF },
	/* pdep, pext eax,ecx,eax */
	{ { 0xc4, 0xe2, 0x73, 0xf5, 0xc0 }, 5, 0xf0f0, 0x5ab, ARITH, 0xa0b0,
	  ARITH, ARITH },
	{ { 0xc4, 0xe2, 0x72, 0xf5, 0xc0 }, 5, 0xf0f0, 0xa5b5, ARITH, 0xab,
	  ARITH, ARITH },
	/* shlx, sarx, shrx eax,eax,ecx; rorx eax,ecx,4 */
	{ { 0xc4, 0xe2, 0x71, 0xf7, 0xc0 }, 5, 0x81, 33, ARITH, 0x102,
	  ARITH, ARITH },
	{ { 0xc4, 0xe2, 0x72, 0xf7, 0xc0 }, 5, 0x80000000, 4, ARITH, 0xf8000000,
	  ARITH, ARITH },
	{ { 0xc4, 0xe2, 0x73, 0xf7, 0xc0 }, 5, 0x80000000, 4, ARITH, 0x08000000,
	  ARITH, ARITH },
	{ { 0xc4, 0xe3, 0x7b, 0xf0, 0xc1, 4 }, 6, 0, 0x12345678, ARITH,
	  0x81234567, ARITH, ARITH },
	/* SDM vol. 2, DAA and DAS: the examples given there */
	{ { 0x27 }, 1, 0xae, 0, 0, 0x14, ARITH & ~OF, CF | AF | PF },
	{ { 0x2f }, 1, 0xee, 0, CF | AF, 0x88, ARITH & ~OF, SF | AF | PF | CF },
	/* aaa: 0x0f is 5 and a carry; aam: 35 is 3 and 5; aad back again */
	{ { 0x37 }, 1, 0x000f, 0, 0, 0x0105, CF | AF, CF | AF },
	{ { 0xd4, 0x0a }, 2, 35, 0, 0, 0x0305, ZF | SF | PF, PF },
	{ { 0xd5, 0x0a }, 2, 0x0305, 0, 0, 35, ZF | SF | PF, 0 },
};

static void emul_arithmetic(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_PROT32);
	const struct arith_row *row;

	for (row = arith_rows; row < arith_rows + ARRAY_SIZE(arith_rows);
	     row++) {
		m->gpr[HULL_RAX] = row->eax;
		m->gpr[HULL_RCX] = row->ecx;
		m->emul.rflags = X86_EFLAGS_FIXED | row->flags_in;
		emul_mock_put(m, row->code, sizeof(row->code));
		EXPECT_OK(test, emul_mock_again(m));
		KUNIT_EXPECT_EQ_MSG(test, m->gpr[HULL_RAX], (u64)row->result,
				    "%*ph", row->len, row->code);
		KUNIT_EXPECT_EQ_MSG(test, m->emul.rflags & row->defined,
				    (u64)row->flags, "%*ph", row->len,
				    row->code);
		KUNIT_EXPECT_EQ(test, (int)m->emul.insn.len, (int)row->len);
	}
}

/* 8 and 16-bit results keep the rest of the register, 32-bit ones clear it. */
static void emul_register_width(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RAX] = 0x1111111111111111;
	EXPECT_OK(test, emul_mock_run(m, 0xb4, 0xff));		/* mov ah */
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x111111111111ff11ULL);
	EXPECT_OK(test, emul_mock_run(m, 0x66, 0xb8, 0x22, 0x22));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x1111111111112222ULL);
	EXPECT_OK(test, emul_mock_run(m, 0xb8, 0x33, 0x33, 0x33, 0x33));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x33333333ULL);
	/* With REX number 4 is SPL. */
	m->gpr[HULL_RSP] = 0x1111111111111111;
	EXPECT_OK(test, emul_mock_run(m, 0x40, 0xb4, 0xee));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], 0x11111111111111eeULL);
	/* 90 is no exchange and clears nothing; XCHG EAX, EAX by ModRM does. */
	m->gpr[HULL_RAX] = 0x1111111111111111;
	EXPECT_OK(test, emul_mock_run(m, 0x90));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x1111111111111111ULL);
	EXPECT_OK(test, emul_mock_run(m, 0x87, 0xc0));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x11111111ULL);
}

static void emul_divide_error(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->gpr[HULL_RAX] = 1;
	res = emul_mock_run(m, 0xf7, 0xf1);			/* div ecx */
	EXPECT_FAULT(test, m, res, X86_TRAP_DE, 0);
	KUNIT_EXPECT_FALSE(test, m->emul.fault.has_error);
	/* -2^63 / -1 does not fit. */
	m->gpr[HULL_RAX] = 0x8000000000000000;
	m->gpr[HULL_RDX] = 0xffffffffffffffff;
	m->gpr[HULL_RCX] = 0xffffffffffffffff;
	res = emul_mock_run(m, 0x48, 0xf7, 0xf9);		/* idiv rcx */
	EXPECT_FAULT(test, m, res, X86_TRAP_DE, 0);
	m->gpr[HULL_RCX] = 1;
	EXPECT_OK(test, emul_mock_run(m, 0x48, 0xf7, 0xf9));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x8000000000000000ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RDX], 0ULL);
}

/* With the offset in a register memory is a bit string. */
static void emul_bit_string(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RDI] = DATA + 8;
	m->gpr[HULL_RCX] = (u32)-33;
	EXPECT_OK(test, emul_mock_run(m, 0x0f, 0xab, 0x0f)); /* bts [rdi],ecx */
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA, 8), 0x80000000ULL);
	m->gpr[HULL_RCX] = 65;
	EXPECT_OK(test, emul_mock_run(m, 0x48, 0x0f, 0xab, 0x0f));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA + 16, 8), 2ULL);
	/* An immediate stays within the operand. */
	EXPECT_OK(test, emul_mock_run(m, 0x0f, 0xba, 0x2f, 0x21));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA + 8, 8), 2ULL);
}

/* Both halves; the high one, if both go to one register. */
static void emul_mulx(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->emul.rflags |= ARITH;
	m->gpr[HULL_RDI] = DATA;
	m->gpr[HULL_RDX] = 0x8000000000000001;
	emul_mock_store(m, DATA, 6, 8);
	/* mulx rax,rcx,[rdi] */
	EXPECT_OK(test, emul_mock_run(m, 0xc4, 0xe2, 0xf3, 0xf6, 0x07));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 3ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 6ULL);
	KUNIT_EXPECT_EQ(test, m->emul.rflags & ARITH, (u64)ARITH);
	/* mulx rax,rax,[rdi] */
	EXPECT_OK(test, emul_mock_run(m, 0xc4, 0xe2, 0xfb, 0xf6, 0x07));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 3ULL);
}

/* The check value of CRC-32C, that of the digits 1 to 9. */
static void emul_crc32(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RDI] = DATA;
	emul_mock_store(m, DATA, 0x3837363534333231, 8);
	m->gpr[HULL_RAX] = ~0ULL;
	/* crc32 rax,[rdi] */
	EXPECT_OK(test, emul_mock_run(m, 0xf2, 0x48, 0x0f, 0x38, 0xf1, 0x07));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX] >> 32, 0ULL);
	m->gpr[HULL_RCX] = 0x3900;
	/* crc32 eax,ch */
	EXPECT_OK(test, emul_mock_run(m, 0xf2, 0x0f, 0x38, 0xf0, 0xc5));
	KUNIT_EXPECT_EQ(test, (u32)~m->gpr[HULL_RAX], 0xe3069283U);

	/* In steps of 1, 4, 2 and 2 bytes. */
	m->gpr[HULL_RAX] = ~0ULL;
	emul_mock_store(m, DATA + 8, 0x39, 1);
	EXPECT_OK(test, emul_mock_run(m, 0xf2, 0x0f, 0x38, 0xf0, 0x07));
	EXPECT_OK(test, emul_mock_run(m, 0xf2, 0x0f, 0x38, 0xf1, 0x47, 0x01));
	EXPECT_OK(test, emul_mock_run(m, 0x66, 0xf2, 0x0f, 0x38, 0xf1, 0x47,
				      0x05));
	EXPECT_OK(test, emul_mock_run(m, 0x66, 0xf2, 0x0f, 0x38, 0xf1, 0x47,
				      0x07));
	KUNIT_EXPECT_EQ(test, (u32)~m->gpr[HULL_RAX], 0xe3069283U);
}

/* The prefix of BMI1 and BMI2, and a device as the source. */
static void emul_vex_general(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->page[1] = MOCK_DEVICE;
	m->gpr[HULL_RDI] = DATA;
	m->gpr[HULL_R9] = 0x00000000ffffffff;
	/* andn r10,r9,[rdi] */
	res = emul_mock_run(m, 0xc4, 0x62, 0xb0, 0xf2, 0x17);
	KUNIT_EXPECT_EQ(test, (int)res, HULL_EMUL_EXIT);
	m->answers[0] = 0x123456789abcdef0;
	m->nr_answers = 1;
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_R10], 0x1234567800000000ULL);

	/* VEX.L has to be 0; VEX.vvvv 1111 where RORX does not use it. */
	m->gpr[HULL_RDI] = 0;
	res = emul_mock_run(m, 0xc4, 0x62, 0xb4, 0xf2, 0x17);
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
	res = emul_mock_run(m, 0xc4, 0xe3, 0x73, 0xf0, 0x07, 0x04);
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
	res = emul_mock_run(m, 0xc4, 0xe3, 0x7b, 0xf0, 0x07, 0x04);
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, 0);
	/* VEX is the only encoding. */
	KUNIT_EXPECT_EQ(test, (int)emul_mock_run(m, 0x0f, 0x38, 0xf2, 0xc0),
			HULL_EMUL_UNHANDLED);

	/* W and the highest bit of vvvv are ignored: andn eax,ecx,eax. */
	m = emul_mock_new(test, MOCK_PROT16);
	m->gpr[HULL_RAX] = 0xf0f0f0f0;
	m->gpr[HULL_RCX] = 0xff00ff00;
	EXPECT_OK(test, emul_mock_run(m, 0xc4, 0xe2, 0xb0, 0xf2, 0xc0));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x00f000f0ULL);

	m = emul_mock_new(test, MOCK_REAL);
	res = emul_mock_run(m, 0xc4, 0xe2, 0x70, 0xf2, 0xc0);
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
	m = emul_mock_new(test, MOCK_VM86);
	res = emul_mock_run(m, 0xc4, 0xe2, 0x70, 0xf2, 0xc0);
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
}

static void emul_cmpxchg16b(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->gpr[HULL_RDI] = DATA;
	m->gpr[HULL_RAX] = 1;
	m->gpr[HULL_RDX] = 2;
	m->gpr[HULL_RBX] = 3;
	m->gpr[HULL_RCX] = 4;
	emul_mock_store(m, DATA, 1, 8);
	emul_mock_store(m, DATA + 8, 2, 8);
	EXPECT_OK(test, emul_mock_run(m, 0xf0, 0x48, 0x0f, 0xc7, 0x0f));
	KUNIT_EXPECT_TRUE(test, m->emul.rflags & ZF);
	KUNIT_EXPECT_TRUE(test, m->locked);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA, 8), 3ULL);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA + 8, 8), 4ULL);
	/* Unequal: memory to the registers. */
	EXPECT_OK(test, emul_mock_run(m, 0x48, 0x0f, 0xc7, 0x0f));
	KUNIT_EXPECT_FALSE(test, m->emul.rflags & ZF);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 3ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RDX], 4ULL);
	m->gpr[HULL_RDI] = DATA + 8;
	res = emul_mock_run(m, 0x48, 0x0f, 0xc7, 0x0f);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
}

/* The sum is written if the comparison of memory says so. */
static void emul_cmpccxadd(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->gpr[HULL_RDI] = DATA;
	m->gpr[HULL_RAX] = 7;
	m->gpr[HULL_RCX] = 0x100;
	emul_mock_store(m, DATA, 5, 8);
	/* cmpbxadd [rdi],rax,rcx */
	EXPECT_OK(test, emul_mock_run(m, 0xc4, 0xe2, 0xf1, 0xe2, 0x07));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA, 8), 0x105ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 5ULL);
	KUNIT_EXPECT_EQ(test, m->emul.rflags & ARITH, (u64)(CF | AF | SF));
	KUNIT_EXPECT_TRUE(test, m->locked);
	/* 0x105 is not below 5; of a 32-bit form the rest stays. */
	emul_mock_store(m, DATA + 4, 1, 4);
	EXPECT_OK(test, emul_mock_run(m, 0xc4, 0xe2, 0x71, 0xe2, 0x07));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA, 8), 0x100000105ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x105ULL);
	KUNIT_EXPECT_EQ(test, m->emul.rflags & ARITH, (u64)PF);

	m->gpr[HULL_RDI] = DATA + 4;
	res = emul_mock_run(m, 0xc4, 0xe2, 0xf1, 0xe2, 0x07);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	m = emul_mock_new(test, MOCK_PROT32);
	m->gpr[HULL_RDI] = DATA;
	res = emul_mock_run(m, 0xc4, 0xe2, 0x71, 0xe2, 0x07);
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
}

static void emul_stack(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RSP] = STACK;
	EXPECT_OK(test, emul_mock_run(m, 0x54));		/* push rsp */
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 8, 8), STACK + 0ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], STACK - 8ULL);
	EXPECT_OK(test, emul_mock_run(m, 0x6a, 0xff));		/* push -1 */
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 16, 8), ~0ULL);
	/* pop [rsp]: the address is computed after RSP has moved. */
	EXPECT_OK(test, emul_mock_run(m, 0x8f, 0x04, 0x24));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 8, 8), ~0ULL);
	/* pop rsp takes the value, not the sum. */
	EXPECT_OK(test, emul_mock_run(m, 0x5c));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], ~0ULL);
}

/* The width of SP is the stack segment's. */
static void emul_stack_width(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_PROT32);

	m->seg[HULL_SEG_SS].attr &= ~HULL_ATTR_DB;
	m->seg[HULL_SEG_SS].base = MOCK_BASE;
	m->gpr[HULL_RSP] = 0xabcd2000;
	m->gpr[HULL_RAX] = 0x12345678;
	EXPECT_OK(test, emul_mock_run(m, 0x50));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], 0xabcd1ffcULL);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 4, 4), 0x12345678ULL);
}

static void emul_pusha(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_REAL);
	unsigned int i;

	for (i = 0; i < 8; i++)
		m->gpr[i] = 0x1111 * i;
	m->gpr[HULL_RSP] = 0x2000;
	EXPECT_OK(test, emul_mock_run(m, 0x60));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], 0x1ff0ULL);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 2 - 2 * i, 2),
				i == HULL_RSP ? 0x2000ULL : 0x1111ULL * i);
	for (i = 0; i < 8; i++)
		if (i != HULL_RSP)
			m->gpr[i] = 0;
	EXPECT_OK(test, emul_mock_run(m, 0x61));
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, m->gpr[i],
				i == HULL_RSP ? 0x2000ULL : 0x1111ULL * i);
}

/* SDM vol. 2, ENTER: nesting level 2 copies one frame pointer. */
static void emul_enter_leave(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	u64 outer = STACK + 0x100;

	m->gpr[HULL_RSP] = STACK;
	m->gpr[HULL_RBP] = outer;
	emul_mock_store(m, outer - 8, 0xf00d, 8);
	EXPECT_OK(test, emul_mock_run(m, 0xc8, 0x20, 0x00, 0x02));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 8, 8), outer);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 16, 8), 0xf00dULL);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 24, 8), STACK - 8ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RBP], STACK - 8ULL);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], STACK - 24 - 0x20ULL);
	EXPECT_OK(test, emul_mock_run(m, 0xc9));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RBP], outer);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], STACK + 0ULL);
}

static void emul_branches(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	u64 rip = MOCK_BASE + MOCK_CODE;
	enum hull_emul_result res;

	EXPECT_OK(test, emul_mock_run(m, 0xeb, 0xfe));
	KUNIT_EXPECT_EQ(test, m->emul.rip, rip);
	m->gpr[HULL_RSP] = STACK;
	EXPECT_OK(test, emul_mock_run(m, 0xe8, 0x00, 0x01, 0x00, 0x00));
	KUNIT_EXPECT_EQ(test, m->emul.rip, rip + 5 + 0x100);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 8, 8), rip + 5);
	EXPECT_OK(test, emul_mock_run(m, 0xc2, 0x10, 0x00));	/* ret 16 */
	KUNIT_EXPECT_EQ(test, m->emul.rip, rip + 5);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], STACK + 16ULL);
	m->gpr[HULL_RCX] = 1;
	EXPECT_OK(test, emul_mock_run(m, 0xe2, 0x10));		/* loop */
	KUNIT_EXPECT_EQ(test, m->emul.rip, rip + 2);
	EXPECT_OK(test, emul_mock_run(m, 0xe3, 0x10));		/* jrcxz */
	KUNIT_EXPECT_EQ(test, m->emul.rip, rip + 0x12);

	/* Beyond the code segment's limit, with nothing pushed. */
	m = emul_mock_new(test, MOCK_REAL);
	m->seg[HULL_SEG_CS].limit = 0x1fff;
	m->gpr[HULL_RSP] = 0x2000;
	res = emul_mock_run(m, 0xe8, 0x00, 0x20);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], 0x2000ULL);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 2, 2), 0ULL);
}

/* STI shadows only if it sets IF, a load of SS always and the trap too. */
static void emul_shadow(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_REAL);

	EXPECT_OK(test, emul_mock_run(m, 0xfb));
	KUNIT_EXPECT_EQ(test, (int)m->emul.shadow, HULL_SHADOW_STI);
	EXPECT_OK(test, emul_mock_run(m, 0xfb));
	KUNIT_EXPECT_EQ(test, (int)m->emul.shadow, HULL_SHADOW_NONE);

	m->emul.rflags |= X86_EFLAGS_TF;
	m->gpr[HULL_RAX] = 0x2000;
	EXPECT_OK(test, emul_mock_run(m, 0x8e, 0xd0));		/* mov ss,ax */
	KUNIT_EXPECT_EQ(test, (int)m->emul.shadow, HULL_SHADOW_MOV_SS);
	KUNIT_EXPECT_FALSE(test, m->emul.trap);
	KUNIT_EXPECT_EQ(test, m->loaded_seg, (int)HULL_SEG_SS);
	KUNIT_EXPECT_EQ(test, (int)m->loaded_selector, 0x2000);
	EXPECT_OK(test, emul_mock_run(m, 0x8e, 0xd8));		/* mov ds,ax */
	KUNIT_EXPECT_EQ(test, (int)m->emul.shadow, HULL_SHADOW_NONE);
	KUNIT_EXPECT_TRUE(test, m->emul.trap);
}

static void emul_flags_clear_rf(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->emul.rflags |= X86_EFLAGS_RF;
	res = emul_mock_run(m, 0x8b, 0x00);			/* faults */
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, 0);
	KUNIT_EXPECT_TRUE(test, m->emul.rflags & X86_EFLAGS_RF);
	EXPECT_OK(test, emul_mock_run(m, 0x90));
	KUNIT_EXPECT_FALSE(test, m->emul.rflags & X86_EFLAGS_RF);
}

/* What POPF changes depends on CPL and IOPL. */
static void emul_popf(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_PROT32);
	const u64 all = X86_EFLAGS_IOPL | X86_EFLAGS_IF;

	m->gpr[HULL_RSP] = STACK;
	emul_mock_store(m, STACK, all | X86_EFLAGS_FIXED, 4);
	EXPECT_OK(test, emul_mock_run(m, 0x9d));
	KUNIT_EXPECT_EQ(test, m->emul.rflags & all, all);

	m->emul.rflags = X86_EFLAGS_FIXED;
	m->emul.cpl = 3;
	m->gpr[HULL_RSP] = STACK;
	EXPECT_OK(test, emul_mock_run(m, 0x9d));
	KUNIT_EXPECT_EQ(test, m->emul.rflags & all, 0ULL);

	/* At IOPL 3 IF, but never IOPL. */
	m->emul.rflags = X86_EFLAGS_FIXED | X86_EFLAGS_IOPL;
	emul_mock_store(m, STACK, X86_EFLAGS_IF | X86_EFLAGS_FIXED, 4);
	m->gpr[HULL_RSP] = STACK;
	EXPECT_OK(test, emul_mock_run(m, 0x9d));
	KUNIT_EXPECT_EQ(test, m->emul.rflags & all, all);
}

/* APM vol. 2, Virtual-8086 mode: IOPL-sensitive instructions. */
static void emul_vm86_iopl(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_VM86);
	enum hull_emul_result res;

	m->gpr[HULL_RSP] = 0x2000;
	res = emul_mock_run(m, 0x9c);				/* pushf */
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	KUNIT_EXPECT_TRUE(test, m->emul.fault.has_error);
	res = emul_mock_run(m, 0xfa);				/* cli */
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	m->emul.rflags |= X86_EFLAGS_IOPL | X86_EFLAGS_IF;
	EXPECT_OK(test, emul_mock_run(m, 0xfa));
	KUNIT_EXPECT_FALSE(test, m->emul.rflags & X86_EFLAGS_IF);
	EXPECT_OK(test, emul_mock_run(m, 0x9c));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK - 2, 2), 0x3002ULL);
}

static void fill_vector(u8 *vec, u8 first)
{
	unsigned int i;

	for (i = 0; i < 32; i++)
		vec[i] = first + i;
}

static void emul_vector_moves(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	unsigned int i;

	m->gpr[HULL_RDI] = DATA;
	fill_vector(m->vec[1], 1);
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0x0f, 0x7f, 0x0f)); /* movdqu */
	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_EQ(test, m->mem[MOCK_PAGE + i], i + 1);
	KUNIT_EXPECT_EQ(test, m->mem[MOCK_PAGE + 16], 0);

	/* SSE loads keep the upper half of YMM, AVX ones clear it. */
	fill_vector(m->vec[2], 0x80);
	EXPECT_OK(test, emul_mock_run(m, 0x0f, 0x28, 0x17));	/* movaps */
	KUNIT_EXPECT_EQ(test, m->vec[2][15], 16);
	KUNIT_EXPECT_EQ(test, m->vec[2][16], 0x90);
	EXPECT_OK(test, emul_mock_run(m, 0xc5, 0xf8, 0x28, 0x17));
	KUNIT_EXPECT_EQ(test, m->vec[2][15], 16);
	KUNIT_EXPECT_EQ(test, m->vec[2][16], 0);

	/* MOVSS loads clear the rest of XMM. */
	fill_vector(m->vec[2], 0x80);
	EXPECT_OK(test, emul_mock_run(m, 0xf3, 0x0f, 0x10, 0x17));
	KUNIT_EXPECT_EQ(test, m->vec[2][3], 4);
	KUNIT_EXPECT_EQ(test, m->vec[2][4], 0);
	KUNIT_EXPECT_EQ(test, m->vec[2][15], 0);
	KUNIT_EXPECT_EQ(test, m->vec[2][16], 0x90);

	/* 32 bytes at once. */
	fill_vector(m->vec[3], 0x40);
	EXPECT_OK(test, emul_mock_run(m, 0xc5, 0xfe, 0x7f, 0x1f));
	KUNIT_EXPECT_EQ(test, m->mem[MOCK_PAGE + 31], 0x5f);
}

static void emul_vector_faults(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->gpr[HULL_RDI] = DATA + 8;
	res = emul_mock_run(m, 0x0f, 0x29, 0x0f);		/* movaps */
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	EXPECT_OK(test, emul_mock_run(m, 0x0f, 0x11, 0x0f));	/* movups */
	m->emul.cr0 |= X86_CR0_TS;
	res = emul_mock_run(m, 0x0f, 0x11, 0x0f);
	EXPECT_FAULT(test, m, res, X86_TRAP_NM, 0);
	m->emul.cr4 &= ~X86_CR4_OSFXSR;
	res = emul_mock_run(m, 0x0f, 0x11, 0x0f);
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
	m->emul.cr0 &= ~X86_CR0_TS;
	m->emul.xcr0 = 3;
	res = emul_mock_run(m, 0xc5, 0xf8, 0x11, 0x0f);		/* vmovups */
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
	m->emul.xcr0 = 7;
	EXPECT_OK(test, emul_mock_run(m, 0xc5, 0xf8, 0x11, 0x0f));
	/* VEX.vvvv has to be 1111 where there is no such operand. */
	res = emul_mock_run(m, 0xc5, 0xf0, 0x11, 0x0f);
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
}

/* MOVDIRI is as MOVNTI; MOVDIR64B writes to ES, wherever it reads. */
static void emul_direct_stores(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;
	unsigned int i;

	m->gpr[HULL_RDI] = DATA;
	m->gpr[HULL_RAX] = 0x1122334455667788;
	EXPECT_OK(test, emul_mock_run(m, 0x48, 0x0f, 0x38, 0xf9, 0x07));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA, 8),
			0x1122334455667788ULL);
	EXPECT_OK(test, emul_mock_run(m, 0x0f, 0x38, 0xf9, 0x47, 0x08));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA + 8, 8), 0x55667788ULL);

	m = emul_mock_new(test, MOCK_REAL);
	m->seg[HULL_SEG_DS].base = DATA;
	m->seg[HULL_SEG_ES].base = STACK;
	for (i = 0; i < 64; i++)
		m->mem[MOCK_PAGE + 3 + i] = i + 1;
	m->gpr[HULL_RSI] = 3;
	m->gpr[HULL_RAX] = 0xffff0040;
	/* movdir64b ax,[si]: the address has 16 bits. */
	EXPECT_OK(test, emul_mock_run(m, 0x66, 0x0f, 0x38, 0xf8, 0x04));
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ(test, m->mem[2 * MOCK_PAGE + 0x40 + i], i + 1);
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, STACK + 0x80, 8), 0ULL);
	m->gpr[HULL_RAX] = 0x20;
	res = emul_mock_run(m, 0x66, 0x0f, 0x38, 0xf8, 0x04);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	res = emul_mock_run(m, 0x66, 0x0f, 0x38, 0xf8, 0xc4);
	EXPECT_FAULT(test, m, res, X86_TRAP_UD, 0);
}

/* As a read of one byte. */
static void emul_clwb(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->page[1] = MOCK_RO;
	m->gpr[HULL_RDI] = DATA + MOCK_PAGE - 1;
	EXPECT_OK(test, emul_mock_run(m, 0x66, 0x0f, 0xae, 0x37));
	m->page[1] = MOCK_ABSENT;
	res = emul_mock_run(m, 0x66, 0x0f, 0xae, 0x37);
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, 0);
}

static void emul_movbe_movnti(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RDI] = DATA;
	m->gpr[HULL_RAX] = 0x1122334455667788;
	EXPECT_OK(test, emul_mock_run(m, 0x48, 0x0f, 0x38, 0xf1, 0x07));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA, 8),
			0x8877665544332211ULL);
	EXPECT_OK(test, emul_mock_run(m, 0x66, 0x0f, 0x38, 0xf0, 0x0f));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RCX], 0x1122ULL);
	EXPECT_OK(test, emul_mock_run(m, 0x0f, 0xc3, 0x07));	/* movnti */
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, DATA, 8),
			0x8877665555667788ULL);
}

/* What is not supported changes nothing and keeps its bytes. */
static void emul_unhandled(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RAX] = DATA;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_run(m, 0xd9, 0x18),
			HULL_EMUL_UNHANDLED);		/* fstp dword [rax] */
	KUNIT_EXPECT_EQ(test, (int)m->emul.bytes[0], 0xd9);
	KUNIT_EXPECT_GE(test, (int)m->emul.nr_bytes, 2);
	KUNIT_EXPECT_EQ(test, m->emul.rip, MOCK_BASE + MOCK_CODE + 0ULL);
}

static struct kunit_case emul_exec_cases[] = {
	KUNIT_CASE(emul_arithmetic),
	KUNIT_CASE(emul_register_width),
	KUNIT_CASE(emul_divide_error),
	KUNIT_CASE(emul_bit_string),
	KUNIT_CASE(emul_mulx),
	KUNIT_CASE(emul_crc32),
	KUNIT_CASE(emul_vex_general),
	KUNIT_CASE(emul_cmpxchg16b),
	KUNIT_CASE(emul_cmpccxadd),
	KUNIT_CASE(emul_stack),
	KUNIT_CASE(emul_stack_width),
	KUNIT_CASE(emul_pusha),
	KUNIT_CASE(emul_enter_leave),
	KUNIT_CASE(emul_branches),
	KUNIT_CASE(emul_shadow),
	KUNIT_CASE(emul_flags_clear_rf),
	KUNIT_CASE(emul_popf),
	KUNIT_CASE(emul_vm86_iopl),
	KUNIT_CASE(emul_vector_moves),
	KUNIT_CASE(emul_vector_faults),
	KUNIT_CASE(emul_direct_stores),
	KUNIT_CASE(emul_clwb),
	KUNIT_CASE(emul_movbe_movnti),
	KUNIT_CASE(emul_unhandled),
	{}
};

static struct kunit_suite emul_exec_suite = {
	.name = "hull-emul-exec",
	.test_cases = emul_exec_cases,
};

kunit_test_suite(emul_exec_suite);
