/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Surroundings for the emulator's tests: four pages of linear memory, each of
 * which can be taken away, made read-only or turned into a device.
 */
#ifndef HULL_KUNIT_EMUL_MOCK_H
#define HULL_KUNIT_EMUL_MOCK_H

#include <kunit/test.h>
#include "../core/emul/emul.h"

#define MOCK_BASE	0x10000		/* linear address of page 0 */
#define MOCK_PAGE	0x1000
#define MOCK_PAGES	4
#define MOCK_CODE	0x100		/* where instructions are put, in page 0 */
#define MOCK_LOG	16

enum emul_mock_page {
	MOCK_RW,
	MOCK_RO,
	MOCK_ABSENT,
	MOCK_DEVICE,
};

/**
 * struct emul_mock - one vCPU and what it touches
 * @emul: context under test
 * @gpr: its registers
 * @seg: its segment registers
 * @mem: its memory, from MOCK_BASE
 * @page: what each page is
 * @answers: values that device and port reads give, in order
 * @nr_answers: how many are there; a read beyond them answers EXIT
 * @used: how many have been taken since the last commit
 * @written: addresses of device writes, or ports of port writes
 * @value: values written there
 * @nr_written: how many
 * @loaded_seg: last segment loaded
 * @loaded_selector: and its selector
 * @vec: vector registers
 * @race: change memory right before a compare-and-exchange
 * @stop_after: commits after which a string instruction is stopped, 0: never
 * @commits: calls of @committed
 * @locked: a compare-and-exchange was made
 * @io: data of INS and OUTS
 * @io_max: most elements of one port access seen
 */
struct emul_mock {
	struct hull_emul emul;
	u64 gpr[HULL_NR_GPRS];
	struct hull_segment seg[HULL_NR_SEGS];
	u8 mem[MOCK_PAGES * MOCK_PAGE];
	enum emul_mock_page page[MOCK_PAGES];
	u64 answers[MOCK_LOG];
	unsigned int nr_answers;
	unsigned int used;
	u64 written[MOCK_LOG];
	u64 value[MOCK_LOG];
	unsigned int nr_written;
	int loaded_seg;
	u16 loaded_selector;
	u8 vec[16][32];
	bool race;
	unsigned int stop_after;
	unsigned int commits;
	bool locked;
	u8 io[64];
	unsigned int io_max;
};

/* The modes of the tests: what CR0, EFER, RFLAGS and CS.attr make of it. */
enum emul_mock_mode {
	MOCK_REAL,
	MOCK_VM86,
	MOCK_PROT16,
	MOCK_PROT32,
	MOCK_LONG,
};

struct emul_mock *emul_mock_new(struct kunit *test, enum emul_mock_mode mode);
void emul_mock_put(struct emul_mock *m, const u8 *code, unsigned int len);
enum hull_emul_result emul_mock_again(struct emul_mock *m);
u64 emul_mock_load(struct emul_mock *m, u64 linear, unsigned int len);
void emul_mock_store(struct emul_mock *m, u64 linear, u64 val,
		     unsigned int len);

/* Put these bytes at MOCK_CODE and begin. */
#define emul_mock_code(m, ...) do {				\
	static const u8 code_[] = { __VA_ARGS__ };		\
								\
	emul_mock_put(m, code_, sizeof(code_));			\
} while (0)

/* Put and execute. */
#define emul_mock_run(m, ...) ({				\
	emul_mock_code(m, __VA_ARGS__);				\
	emul_mock_again(m);					\
})

#define EXPECT_OK(test, res) KUNIT_EXPECT_EQ(test, (int)(res), HULL_EMUL_OK)

#define EXPECT_FAULT(test, m, res, _vector, _error) do {		\
	KUNIT_EXPECT_EQ(test, (int)(res), HULL_EMUL_FAULT);		\
	KUNIT_EXPECT_EQ(test, (int)(m)->emul.fault.vector, (int)(_vector)); \
	KUNIT_EXPECT_EQ(test, (m)->emul.fault.error, (u32)(_error));	\
} while (0)

#endif
