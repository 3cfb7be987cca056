/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The differential fuzzer: one random instruction at a time is executed by
 * the emulator, on a copy of the memory, and by the CPU, and what the two
 * leave behind is compared.
 */
#ifndef EMUL_FUZZ_H
#define EMUL_FUZZ_H

#include "op.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define PAGE_BYTES	4096
#define FUZZ_PAGES	6	/* pages that exist */
#define FUZZ_BASE	0x10000000UL
#define FUZZ_CODE	0x4000	/* offset of the code pages */

/*
 * What the instruction under test sees, from FUZZ_BASE on:
 *   pages 0, 1: read and write; 2: read-only; 3: not present;
 *   4, 5: code, writable; nothing from there on.
 */
enum fuzz_page {
	PAGE_NONE,
	PAGE_READ,
	PAGE_WRITE,
};

enum fuzz_mode {
	FUZZ_LONG,
	FUZZ_COMPAT32,
	FUZZ_COMPAT16,
	FUZZ_NR_MODES,
};

/* Registers before and after. */
struct fuzz_regs {
	u64 gpr[HULL_NR_GPRS];
	u64 rip;
	u64 rflags;
	u8 ymm[16][32];
	u8 mmx[8][8];
};

/**
 * struct fuzz_case - one case
 * @number: with the seed it says all about the case
 * @mode: mode of the code segment
 * @bytes: instruction, then filling
 * @insn: decoded
 * @decoded: how that went
 * @selector: segment registers
 * @in: registers before
 * @to_end: run all iterations of a string instruction, not one
 * @vectors: vector registers take part
 */
struct fuzz_case {
	u64 number;
	enum fuzz_mode mode;
	u8 bytes[16];
	struct hull_insn insn;
	enum emul_decode decoded;
	u16 selector[HULL_SEG_GS + 1];
	struct fuzz_regs in;
	bool to_end;
	bool vectors;
};

/**
 * struct fuzz_outcome - what an execution left
 * @fault: it ended in an exception
 * @vector: which
 * @error: error code
 * @cr2: address, of #PF
 * @regs: registers after
 */
struct fuzz_outcome {
	bool fault;
	u8 vector;
	u32 error;
	u64 cr2;
	struct fuzz_regs regs;
};

/* random.c */
void random_seed(u64 seed, u64 number);
u64 random_u64(void);
unsigned int random_below(unsigned int n);
bool one_in(unsigned int n);

/* segments.c */
struct fuzz_segment {
	u16 selector;
	struct hull_segment hidden;
};

bool segments_init(void);
bool segments_available(enum fuzz_mode mode);
const struct hull_segment *segment_hidden(u16 selector);
void segments_choose(struct fuzz_case *c);

/* generate.c: false if the bytes are nothing that may be run */
bool generate(struct fuzz_case *c, u64 number, unsigned int modes);
enum hull_emul_code fuzz_code(enum fuzz_mode mode);

/* memory.c */
extern u8 *native_memory;
extern u8 emulated_memory[FUZZ_PAGES * PAGE_BYTES];
bool memory_init(void);
void memory_fill(const struct fuzz_case *c);
enum fuzz_page memory_page(u64 linear);

/* emulate.c */
enum hull_emul_result emulate(const struct fuzz_case *c,
			      struct fuzz_outcome *out);

/* native.c */
typedef bool (*native_next)(struct fuzz_case *c,
			    const struct fuzz_outcome *got);
bool native_init(void);
void native_run(native_next next);

/* compare.c */
bool outcomes_equal(const struct fuzz_case *c,
		    const struct fuzz_outcome *want,
		    const struct fuzz_outcome *got, bool report);

/* bytes.c */
int random_bytes(u64 seed, u64 count);

#endif
