// SPDX-License-Identifier: GPL-2.0
/*
 * Memory accesses of the emulator: paging faults, segment checks, and the
 * order and repetition of device accesses on which the run loop relies.
 */
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "emul_mock.h"

#define PF_PRESENT	1
#define PF_WRITE	2
#define PF_FETCH	16

static u64 page(unsigned int n)
{
	return MOCK_BASE + n * MOCK_PAGE;
}

/* Nothing but what the instruction is for may change. */
static void expect_unchanged(struct kunit *test, struct emul_mock *m,
			     const u64 *gpr, u64 rip, u64 rflags)
{
	KUNIT_EXPECT_EQ(test, memcmp(m->gpr, gpr, sizeof(m->gpr)), 0);
	KUNIT_EXPECT_EQ(test, m->emul.rip, rip);
	KUNIT_EXPECT_EQ(test, m->emul.rflags, rflags);
}

/* A write into a missing page faults there, and nothing has been written. */
static void emul_write_crosses_page(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	u64 gpr[HULL_NR_GPRS];
	enum hull_emul_result res;

	m->page[2] = MOCK_ABSENT;
	m->gpr[HULL_RAX] = 0x1122334455667788;
	m->gpr[HULL_RDI] = page(2) - 4;
	memcpy(gpr, m->gpr, sizeof(gpr));
	res = emul_mock_run(m, 0x48, 0x89, 0x07);	/* mov [rdi],rax */
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, PF_WRITE);
	KUNIT_EXPECT_TRUE(test, m->emul.fault.has_payload);
	KUNIT_EXPECT_EQ(test, m->emul.fault.payload, page(2));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, page(2) - 4, 4), 0ULL);
	expect_unchanged(test, m, gpr, page(0) + MOCK_CODE, X86_EFLAGS_FIXED);

	m->page[2] = MOCK_RW;
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, page(2) - 4, 8),
			0x1122334455667788ULL);
}

/* The read of a read-modify-write faults as a write. */
static void emul_rmw_faults_as_write(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->page[1] = MOCK_RO;
	m->gpr[HULL_RDI] = page(1);
	res = emul_mock_run(m, 0xff, 0x07);		/* inc dword [rdi] */
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, PF_PRESENT | PF_WRITE);
	res = emul_mock_run(m, 0x39, 0x07);		/* cmp [rdi],eax */
	EXPECT_OK(test, res);
	m->page[1] = MOCK_ABSENT;
	res = emul_mock_run(m, 0x39, 0x07);
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, 0);
}

/* The next page is fetched only by an instruction that goes on there. */
static void emul_fetch_crosses_page(struct kunit *test)
{
	static const u8 code[] = { 0xb0, 0x55 };	/* mov al,0x55 */
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->page[1] = MOCK_ABSENT;
	memcpy(m->mem + MOCK_PAGE - 2, code, 2);
	m->emul.rip = page(1) - 2;
	hull_emul_begin(&m->emul);
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x55ULL);

	memcpy(m->mem + MOCK_PAGE - 1, code, 2);
	m->emul.rip = page(1) - 1;
	hull_emul_begin(&m->emul);
	res = emul_mock_again(m);
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, PF_FETCH);
	KUNIT_EXPECT_EQ(test, m->emul.fault.payload, page(1));

	m->page[1] = MOCK_RW;
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_EQ(test, m->emul.rip, page(1) + 1);
}

/* A device read waits for user space; the same instruction runs again. */
static void emul_device_read_restarts(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	u64 gpr[HULL_NR_GPRS];

	m->page[3] = MOCK_DEVICE;
	m->gpr[HULL_RAX] = 0xffffffffffffffff;
	m->gpr[HULL_RSI] = page(3) + 8;
	memcpy(gpr, m->gpr, sizeof(gpr));
	KUNIT_EXPECT_EQ(test, (int)emul_mock_run(m, 0x8b, 0x06),
			HULL_EMUL_EXIT);		/* mov eax,[rsi] */
	expect_unchanged(test, m, gpr, page(0) + MOCK_CODE, X86_EFLAGS_FIXED);

	/* Other code at the same place is not looked at. */
	m->mem[MOCK_CODE] = 0xf4;
	m->answers[m->nr_answers++] = 0x12345678;
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0x12345678ULL);
	KUNIT_EXPECT_EQ(test, m->commits, 1U);
}

/* Read, wait, modify, post the write: each once. */
static void emul_device_rmw(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->page[3] = MOCK_DEVICE;
	m->gpr[HULL_RSI] = page(3);
	m->gpr[HULL_RCX] = 0x0f;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_run(m, 0x09, 0x0e),
			HULL_EMUL_EXIT);		/* or [rsi],ecx */
	KUNIT_EXPECT_EQ(test, m->nr_written, 0U);
	m->answers[m->nr_answers++] = 0xf0;
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_EQ(test, m->nr_written, 1U);
	KUNIT_EXPECT_EQ(test, m->written[0], page(3));
	KUNIT_EXPECT_EQ(test, m->value[0], 0xffULL);
}

/* Two reads of one instruction: each is asked for once, in order. */
static void emul_device_two_reads(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->page[3] = MOCK_DEVICE;
	m->gpr[HULL_RSI] = page(3);
	m->gpr[HULL_RDI] = page(3) + 4;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_run(m, 0xa7), HULL_EMUL_EXIT);
	m->answers[m->nr_answers++] = 7;
	m->used = 0;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_again(m), HULL_EMUL_EXIT);
	m->answers[m->nr_answers++] = 7;
	m->used = 0;
	EXPECT_OK(test, emul_mock_again(m));		/* cmpsd */
	KUNIT_EXPECT_TRUE(test, m->emul.rflags & X86_EFLAGS_ZF);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSI], page(3) + 4);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RDI], page(3) + 8);
}

/* The write that follows a device read faults: the registers stay. */
static void emul_device_push(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->page[2] = MOCK_ABSENT;
	m->page[3] = MOCK_DEVICE;
	m->gpr[HULL_RAX] = page(3);
	m->gpr[HULL_RSP] = page(3);
	m->answers[m->nr_answers++] = 0x42;
	res = emul_mock_run(m, 0xff, 0x30);		/* push [rax] */
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, PF_WRITE);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], page(3));
	KUNIT_EXPECT_EQ(test, m->commits, 0U);
}

/* A locked access that lost a race is tried again, not half done. */
static void emul_locked_race(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RDI] = page(1);
	m->gpr[HULL_RAX] = 5;
	m->race = true;
	KUNIT_EXPECT_EQ(test, (int)emul_mock_run(m, 0xf0, 0x01, 0x07),
			HULL_EMUL_RETRY);		/* lock add [rdi],eax */
	KUNIT_EXPECT_EQ(test, m->emul.rip, page(0) + MOCK_CODE);
	EXPECT_OK(test, emul_mock_again(m));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, page(1), 4), 6ULL);
}

/* XCHG with memory is locked by itself, MOV is not, ADD only if it says so. */
static void emul_locked_or_not(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);

	m->gpr[HULL_RDI] = page(1);
	EXPECT_OK(test, emul_mock_run(m, 0x01, 0x07));
	KUNIT_EXPECT_FALSE(test, m->locked);
	EXPECT_OK(test, emul_mock_run(m, 0x89, 0x07));
	KUNIT_EXPECT_FALSE(test, m->locked);
	EXPECT_OK(test, emul_mock_run(m, 0x87, 0x07));
	KUNIT_EXPECT_TRUE(test, m->locked);
}

/* APM vol. 2, Data Limit Checks in 64-bit mode: canonical form alone. */
static void emul_canonical(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->gpr[HULL_RAX] = 0x0000800000000000;
	res = emul_mock_run(m, 0x8b, 0x08);		/* mov ecx,[rax] */
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	m->gpr[HULL_RAX] = 0x00007ffffffffffe;		/* the last byte is not */
	res = emul_mock_run(m, 0x8b, 0x08);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	m->gpr[HULL_RBP] = 0x0000800000000000;
	res = emul_mock_run(m, 0x8b, 0x4d, 0x00);	/* mov ecx,[rbp] */
	EXPECT_FAULT(test, m, res, X86_TRAP_SS, 0);

	/* With 57 bits it is an address like others, and not mapped. */
	m->emul.cr4 |= X86_CR4_LA57;
	m->gpr[HULL_RAX] = 0x0000800000000000;
	res = emul_mock_run(m, 0x8b, 0x08);
	EXPECT_FAULT(test, m, res, X86_TRAP_PF, 0);
}

struct limit_row {
	const char *name;
	u32 limit;
	u16 attr;
	u32 offset;
	bool write;
	bool ok;
};

#define DATA (HULL_ATTR_P | HULL_ATTR_S | HULL_TYPE_WRITE)
#define DOWN (DATA | HULL_TYPE_DOWN)

/* Word accesses through DS; APM vol. 2, Determining Limit Violations. */
static const struct limit_row limit_rows[] = {
	{ "last word", 0x1fff, DATA, 0x1ffe, false, true },
	{ "second byte beyond", 0x1fff, DATA, 0x1fff, false, false },
	{ "beyond", 0x1fff, DATA, 0x2000, true, false },
	{ "first above, down", 0x0fff, DOWN, 0x1000, true, true },
	{ "at limit, down", 0x0fff, DOWN, 0x0fff, true, false },
	{ "below, down", 0x0fff, DOWN, 0x0000, false, false },
	{ "16-bit top, down", 0x0fff, DOWN, 0xfffe, false, true },
	{ "beyond 16-bit top, down", 0x0fff, DOWN, 0xffff, false, false },
	{ "32-bit top, down", 0x0fff, DOWN | HULL_ATTR_DB, 0xffff, false,
	  true },
	{ "read-only, read", 0xffff, DATA & ~HULL_TYPE_WRITE, 0, false, true },
	{ "read-only, write", 0xffff, DATA & ~HULL_TYPE_WRITE, 0, true, false },
	{ "readable code, read", 0xffff, DATA | HULL_TYPE_CODE, 0, false,
	  true },
	{ "readable code, write", 0xffff, DATA | HULL_TYPE_CODE, 0, true,
	  false },
	{ "execute-only, read", 0xffff,
	  (DATA | HULL_TYPE_CODE) & ~HULL_TYPE_WRITE, 0, false, false },
	{ "null", 0xffffffff, DATA | HULL_ATTR_UNUSABLE, 0, false, false },
};

static void emul_segment_limit(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_PROT32);
	enum hull_emul_result res;
	const struct limit_row *row;

	for (row = limit_rows; row < limit_rows + ARRAY_SIZE(limit_rows);
	     row++) {
		m->seg[HULL_SEG_DS].base = MOCK_BASE;
		m->seg[HULL_SEG_DS].limit = row->limit;
		m->seg[HULL_SEG_DS].attr = row->attr;
		m->gpr[HULL_RBX] = row->offset;
		if (row->write)
			res = emul_mock_run(m, 0x66, 0x89, 0x03);
		else
			res = emul_mock_run(m, 0x66, 0x8b, 0x03);
		/* Beyond the memory there is #PF: the segment let it through. */
		if (res == HULL_EMUL_FAULT && row->ok &&
		    m->emul.fault.vector == X86_TRAP_PF)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, (int)res, row->ok ? HULL_EMUL_OK :
				    HULL_EMUL_FAULT, "%s", row->name);
		if (!row->ok)
			KUNIT_EXPECT_EQ_MSG(test, (int)m->emul.fault.vector,
					    X86_TRAP_GP, "%s", row->name);
	}
}

/* The stack segment raises #SS, of whatever instruction. */
static void emul_stack_limit(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_PROT16);
	enum hull_emul_result res;

	m->seg[HULL_SEG_SS].limit = 0x1fff;
	m->gpr[HULL_RSP] = 0x2002;
	res = emul_mock_run(m, 0x50);			/* push ax */
	EXPECT_FAULT(test, m, res, X86_TRAP_SS, 0);
	KUNIT_EXPECT_TRUE(test, m->emul.fault.has_error);
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RSP], 0x2002ULL);
	m->gpr[HULL_RBP] = 0x2000;
	res = emul_mock_run(m, 0x8b, 0x46, 0x00);	/* mov ax,[bp] */
	EXPECT_FAULT(test, m, res, X86_TRAP_SS, 0);
	/* An override takes another segment and its fault. */
	m->seg[HULL_SEG_ES].limit = 0x1fff;
	res = emul_mock_run(m, 0x26, 0x8b, 0x46, 0x00);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
}

/* Real mode checks limits, not types, and pushes no error code. */
static void emul_real_mode_limit(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_REAL);
	enum hull_emul_result res;

	m->gpr[HULL_RBX] = 0xffff;
	res = emul_mock_run(m, 0x8b, 0x07);		/* mov ax,[bx] */
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	KUNIT_EXPECT_FALSE(test, m->emul.fault.has_error);

	m->seg[HULL_SEG_DS].attr = HULL_ATTR_P | HULL_ATTR_S | HULL_TYPE_CODE;
	m->gpr[HULL_RBX] = 0x1000;
	m->gpr[HULL_RAX] = 0x5aa5;
	EXPECT_OK(test, emul_mock_run(m, 0x89, 0x07));
	KUNIT_EXPECT_EQ(test, emul_mock_load(m, page(1), 2), 0x5aa5ULL);
}

/* Outside long mode linear addresses wrap at 4 GB. */
static void emul_linear_wraps(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_PROT32);

	m->seg[HULL_SEG_DS].base = 0xfffff000;
	m->gpr[HULL_RBX] = page(1) + 0x1000;
	emul_mock_store(m, page(1), 0xcafe, 2);
	EXPECT_OK(test, emul_mock_run(m, 0x66, 0x8b, 0x03));
	KUNIT_EXPECT_EQ(test, m->gpr[HULL_RAX], 0xcafeULL);
}

/* APM vol. 2, #AC: CPL 3, CR0.AM and RFLAGS.AC. */
static void emul_alignment_check(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_LONG);
	enum hull_emul_result res;

	m->gpr[HULL_RBX] = page(1) + 2;
	m->emul.rflags |= X86_EFLAGS_AC;
	m->emul.cr0 |= X86_CR0_AM;
	EXPECT_OK(test, emul_mock_run(m, 0x8b, 0x03));
	m->emul.cpl = 3;
	res = emul_mock_run(m, 0x8b, 0x03);
	EXPECT_FAULT(test, m, res, X86_TRAP_AC, 0);
	EXPECT_OK(test, emul_mock_run(m, 0x66, 0x8b, 0x03));
	m->emul.cr0 &= ~X86_CR0_AM;
	EXPECT_OK(test, emul_mock_run(m, 0x8b, 0x03));
}

/* Instruction fetch obeys the limit of CS. */
static void emul_fetch_limit(struct kunit *test)
{
	struct emul_mock *m = emul_mock_new(test, MOCK_PROT16);
	enum hull_emul_result res;

	m->seg[HULL_SEG_CS].limit = MOCK_CODE;
	EXPECT_OK(test, emul_mock_run(m, 0x90));
	res = emul_mock_run(m, 0xb0, 0x01);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
	m->seg[HULL_SEG_CS].limit = MOCK_CODE - 1;
	res = emul_mock_run(m, 0x90);
	EXPECT_FAULT(test, m, res, X86_TRAP_GP, 0);
}

static struct kunit_case emul_access_cases[] = {
	KUNIT_CASE(emul_write_crosses_page),
	KUNIT_CASE(emul_rmw_faults_as_write),
	KUNIT_CASE(emul_fetch_crosses_page),
	KUNIT_CASE(emul_device_read_restarts),
	KUNIT_CASE(emul_device_rmw),
	KUNIT_CASE(emul_device_two_reads),
	KUNIT_CASE(emul_device_push),
	KUNIT_CASE(emul_locked_race),
	KUNIT_CASE(emul_locked_or_not),
	KUNIT_CASE(emul_canonical),
	KUNIT_CASE(emul_segment_limit),
	KUNIT_CASE(emul_stack_limit),
	KUNIT_CASE(emul_real_mode_limit),
	KUNIT_CASE(emul_linear_wraps),
	KUNIT_CASE(emul_alignment_check),
	KUNIT_CASE(emul_fetch_limit),
	{}
};

static struct kunit_suite emul_access_suite = {
	.name = "hull-emul-access",
	.test_cases = emul_access_cases,
};

kunit_test_suite(emul_access_suite);
