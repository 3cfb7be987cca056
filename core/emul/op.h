/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside the emulator: rows of the opcode tables, and the helpers with which
 * their functions are written.
 *
 * A row says how its instruction is decoded, which operands it has, and which
 * function does its work.  The executor loads the operands into work.src and
 * work.dst, zero-extended, calls the function, and stores work.dst.  Whatever
 * a function has to change beyond that, it stages: registers, one memory
 * write, one vector register, flags, RIP.  Only the executor commits.
 */
#ifndef HULL_CORE_EMUL_OP_H
#define HULL_CORE_EMUL_OP_H

#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "emul.h"

typedef enum hull_emul_result (*emul_fn)(struct hull_emul *e);

/**
 * struct hull_op - one row of an opcode table
 * @fn: executes the instruction; NULL: known to the decoder alone
 * @sub: table that decides further, with OP_GROUP, OP_PREFIX and OP_BYMODE
 * @flags: OP_* bits
 * @arg: parameter of @fn
 */
struct hull_op {
	emul_fn fn;
	const struct hull_op *sub;
	u32 flags;
	u16 arg;
};

/* Decoding */
#define OP_VALID	BIT(0)	/* the row is filled */
#define OP_MODRM	BIT(1)
#define OP_BYTE		BIT(2)	/* operand size is one byte */
#define OP_D64		BIT(3)	/* 64-bit operands by default in 64-bit mode */
#define OP_BRANCH	BIT(4)	/* near branch: 66 differs by vendor */
#define OP_NEAR		(OP_BRANCH | OP_D64)
#define OP_NO64		BIT(5)	/* #UD in 64-bit mode */
#define OP_LOCK		BIT(6)	/* LOCK allowed with a memory destination */
#define OP_ALT_LOCK	BIT(7)	/* LOCK means something else: CR8 */
#define OP_MEM		BIT(8)	/* ModRM.mod = 3 is #UD */
#define OP_REG		BIT(9)	/* ModRM.mod is ignored and taken as 3 */
#define OP_GROUP	BIT(10)	/* @sub is indexed by ModRM.reg */
#define OP_PREFIX	BIT(11)	/* @sub is indexed by the mandatory prefix */
#define OP_BYMODE	BIT(12)	/* @sub is {others, 64-bit mode} */
#define OP_VEX		BIT(13)	/* also VEX-encoded */

/* Operands */
#define OP_DST_READ	BIT(14)
#define OP_DST_WRITE	BIT(15)
#define OP_DST_RW	(OP_DST_READ | OP_DST_WRITE)

#define OP_IMM_SHIFT	16
#define OP_IMM_MASK	(15U << OP_IMM_SHIFT)
#define OP_DST_SHIFT	20
#define OP_DST_MASK	(7U << OP_DST_SHIFT)
#define OP_SRC_SHIFT	23
#define OP_SRC_MASK	(15U << OP_SRC_SHIFT)

#define OP_SWAPS	BIT(27)	/* locked even without LOCK: XCHG */
#define OP_STRING	BIT(28)	/* @fn is one iteration of a string instruction */

#define OP_Y		BIT(29)	/* operands have 32 bits, or 64 with W; 66 is none */
#define OP_VEX_ONLY	BIT(30)	/* with OP_VEX: only so encoded, and VEX.L = 0 */

/* Immediates, in the manuals' letters */
#define OP_IMM(n)	((n) << OP_IMM_SHIFT)
#define OP_IB		OP_IMM(1U)	/* byte, sign-extended */
#define OP_IW		OP_IMM(2U)	/* word, zero-extended */
#define OP_IZ		OP_IMM(3U)	/* word or doubleword, sign-extended */
#define OP_IV		OP_IMM(4U)	/* as large as the operand */
#define OP_MOFFS	OP_IMM(5U)	/* address, as large as addresses */
#define OP_IWIB		OP_IMM(6U)	/* ENTER */
#define OP_FAR		OP_IMM(7U)	/* offset and selector */

/* Where the destination is */
#define OP_DST(n)	((n) << OP_DST_SHIFT)
#define OP_DST_RM	OP_DST(1U)
#define OP_DST_REG	OP_DST(2U)
#define OP_DST_ACC	OP_DST(3U)
#define OP_DST_OPREG	OP_DST(4U)	/* low bits of the opcode */
#define OP_DST_VEX	OP_DST(5U)	/* VEX.vvvv */

/* Where the source is */
#define OP_SRC(n)	((n) << OP_SRC_SHIFT)
#define OP_SRC_RM	OP_SRC(1U)
#define OP_SRC_REG	OP_SRC(2U)
#define OP_SRC_ACC	OP_SRC(3U)
#define OP_SRC_OPREG	OP_SRC(4U)
#define OP_SRC_IMM	OP_SRC(5U)
#define OP_SRC_ONE	OP_SRC(6U)
#define OP_SRC_CL	OP_SRC(7U)
#define OP_SRC_RM8	OP_SRC(8U)
#define OP_SRC_RM16	OP_SRC(9U)
#define OP_SRC_RM32	OP_SRC(10U)

/* Indices of tables with OP_PREFIX */
enum emul_mandatory_prefix {
	MP_NONE, MP_66, MP_F3, MP_F2, NR_MP,
};

/* How rows are written. */
#define ROW(_fn, _flags) \
	{ .fn = (_fn), .flags = OP_VALID | (_flags) }
#define ROW_ARG(_fn, _arg, _flags) \
	{ .fn = (_fn), .arg = (_arg), .flags = OP_VALID | (_flags) }
/* Known to the decoder alone. */
#define ROW_DECODE(_flags) \
	{ .flags = OP_VALID | (_flags) }
#define ROW_GROUP(_table) \
	{ .sub = (_table), .flags = OP_VALID | OP_MODRM | OP_GROUP }
#define ROW_PREFIX(_table) \
	{ .sub = (_table), .flags = OP_VALID | OP_MODRM | OP_PREFIX }

extern const struct hull_op emul_map_one[256];
extern const struct hull_op emul_map_0f[256];
extern const struct hull_op emul_map_0f38[256];
extern const struct hull_op emul_map_0f3a[256];

/* decode.c */
enum emul_decode {
	EMUL_DECODE_OK,
	EMUL_DECODE_MORE,	/* the instruction goes on beyond the bytes */
	EMUL_DECODE_TOO_LONG,	/* beyond 15 bytes */
	EMUL_DECODE_INVALID,	/* #UD */
	EMUL_DECODE_UNKNOWN,
};

enum emul_decode emul_decode_bytes(struct hull_insn *insn,
				   enum hull_emul_code code,
				   const u8 *bytes, unsigned int n);

/* Sizes; @n is 1, 2, 4 or 8 bytes. */
static inline u64 emul_mask(unsigned int n)
{
	return ~0ULL >> (64 - 8 * n);
}

static inline u64 emul_sign(unsigned int n)
{
	return 1ULL << (8 * n - 1);
}

static inline u64 emul_sign_extend(u64 val, unsigned int n)
{
	unsigned int shift = 64 - 8 * n;

	return (u64)((s64)(val << shift) >> shift);
}

/* Faults: store one and say so. */
enum hull_emul_result emul_fault(struct hull_emul *e, u8 vector);
enum hull_emul_result emul_fault_error(struct hull_emul *e, u8 vector,
				       u32 error);

/* The segment of an implied operand such as DS:rSI. */
static inline enum hull_seg emul_data_segment(const struct hull_emul *e)
{
	return e->insn.prefix & HULL_PREFIX_SEG ? e->insn.seg : HULL_SEG_DS;
}

/* operand.c: segments, memory operands, registers */
const struct hull_segment *emul_segment(struct hull_emul *e, enum hull_seg seg);
bool emul_canonical(const struct hull_emul *e, u64 linear);
bool emul_alignment_checked(const struct hull_emul *e);
u64 emul_segment_linear(struct hull_emul *e, enum hull_seg seg, u64 ea);
enum hull_emul_result emul_check_segment(struct hull_emul *e,
					 enum hull_seg seg, u64 ea,
					 unsigned int len,
					 enum hull_emul_access access,
					 u64 *linear);
enum hull_emul_result emul_address(struct hull_emul *e, enum hull_seg seg,
				   u64 ea, unsigned int len,
				   enum hull_emul_access access, u64 *linear);
enum hull_emul_result emul_read(struct hull_emul *e, enum hull_seg seg, u64 ea,
				void *buf, unsigned int len);
enum hull_emul_result emul_read_mem(struct hull_emul *e, void *buf,
				    unsigned int len);
enum hull_emul_result emul_stage_write(struct hull_emul *e, enum hull_seg seg,
				       u64 ea, const void *buf,
				       unsigned int len);
enum hull_emul_result emul_stage_mem(struct hull_emul *e, const void *buf,
				     unsigned int len);
void emul_address_operand(struct hull_emul *e);
u64 emul_reg(const struct hull_emul *e, unsigned int reg, unsigned int len);
unsigned int emul_vex_reg(const struct hull_emul *e);
u64 emul_vex_value(const struct hull_emul *e);
void emul_stage_reg(struct hull_emul *e, unsigned int reg, unsigned int len,
		    u64 val);
void emul_stage_addr_reg(struct hull_emul *e, unsigned int reg, u64 val);
enum hull_emul_result emul_load_rm(struct hull_emul *e, u64 *val,
				   unsigned int len,
				   enum hull_emul_access access);
enum hull_emul_result emul_load_operands(struct hull_emul *e);
enum hull_emul_result emul_store_operand(struct hull_emul *e);

/* exec.c */
void emul_stage_nothing(struct hull_emul *e);
enum hull_emul_result emul_commit(struct hull_emul *e);

/* string.c */
enum hull_emul_result emul_string(struct hull_emul *e, unsigned int max);

/* alu.c */
#define EMUL_ARITH_FLAGS (X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | \
			  X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_OF)

u64 emul_result_flags(u64 result, unsigned int len);
void emul_set_flags(struct hull_emul *e, u64 mask, u64 flags);
u64 emul_add(struct hull_emul *e, u64 a, u64 b, unsigned int carry);
u64 emul_sub(struct hull_emul *e, u64 a, u64 b, unsigned int borrow);
bool emul_condition(u64 rflags, unsigned int code);

/* Functions of rows, by file. */
#define EMUL_FN(name) enum hull_emul_result name(struct hull_emul *e)

/* alu.c; shift.c; muldiv.c; bits.c; bmi.c; bcd.c */
EMUL_FN(emul_op_add);
EMUL_FN(emul_op_or);
EMUL_FN(emul_op_adc);
EMUL_FN(emul_op_adcx);
EMUL_FN(emul_op_sbb);
EMUL_FN(emul_op_and);
EMUL_FN(emul_op_sub);
EMUL_FN(emul_op_xor);
EMUL_FN(emul_op_inc);
EMUL_FN(emul_op_dec);
EMUL_FN(emul_op_not);
EMUL_FN(emul_op_neg);
EMUL_FN(emul_op_xadd);
EMUL_FN(emul_op_cmpxchg);
EMUL_FN(emul_op_cmpccxadd);
EMUL_FN(emul_op_cmpxchg8b);
EMUL_FN(emul_op_rotate);
EMUL_FN(emul_op_shift);
EMUL_FN(emul_op_shld);
EMUL_FN(emul_op_shrd);
EMUL_FN(emul_op_shlx);
EMUL_FN(emul_op_shrx);
EMUL_FN(emul_op_sarx);
EMUL_FN(emul_op_rorx);
EMUL_FN(emul_op_mul);
EMUL_FN(emul_op_mulx);
EMUL_FN(emul_op_imul);
EMUL_FN(emul_op_imul2);
EMUL_FN(emul_op_imul3);
EMUL_FN(emul_op_div);
EMUL_FN(emul_op_idiv);
EMUL_FN(emul_op_bt);
EMUL_FN(emul_op_scan);
EMUL_FN(emul_op_popcnt);
EMUL_FN(emul_op_bswap);
EMUL_FN(emul_op_crc32);
EMUL_FN(emul_op_andn);
EMUL_FN(emul_op_bextr);
EMUL_FN(emul_op_bzhi);
EMUL_FN(emul_op_blsr);
EMUL_FN(emul_op_blsmsk);
EMUL_FN(emul_op_blsi);
EMUL_FN(emul_op_pdep);
EMUL_FN(emul_op_pext);
EMUL_FN(emul_op_daa);
EMUL_FN(emul_op_aaa);
EMUL_FN(emul_op_aam);
EMUL_FN(emul_op_aad);

/* move.c */
EMUL_FN(emul_op_nop);
EMUL_FN(emul_op_ud);
EMUL_FN(emul_op_mov);
EMUL_FN(emul_op_movsx);
EMUL_FN(emul_op_movbe);
EMUL_FN(emul_op_movdir64b);
EMUL_FN(emul_op_mov_from_seg);
EMUL_FN(emul_op_mov_to_seg);
EMUL_FN(emul_op_load_far);
EMUL_FN(emul_op_lea);
EMUL_FN(emul_op_xchg);
EMUL_FN(emul_op_nop_xchg);
EMUL_FN(emul_op_xlat);
EMUL_FN(emul_op_cbw);
EMUL_FN(emul_op_cwd);
EMUL_FN(emul_op_cmov);
EMUL_FN(emul_op_setcc);
EMUL_FN(emul_op_salc);
EMUL_FN(emul_op_clflush);

/* flags.c */
EMUL_FN(emul_op_flag);
EMUL_FN(emul_op_cli);
EMUL_FN(emul_op_sti);
EMUL_FN(emul_op_lahf);
EMUL_FN(emul_op_sahf);
EMUL_FN(emul_op_pushf);
EMUL_FN(emul_op_popf);

/* stack.c */
enum hull_emul_result emul_push(struct hull_emul *e, u64 val,
				unsigned int len);
enum hull_emul_result emul_pop(struct hull_emul *e, u64 *val,
			       unsigned int len);
void emul_release_stack(struct hull_emul *e, unsigned int bytes);
EMUL_FN(emul_op_push);
EMUL_FN(emul_op_push_seg);
EMUL_FN(emul_op_pop);
EMUL_FN(emul_op_pop_mem);
EMUL_FN(emul_op_pop_seg);
EMUL_FN(emul_op_pusha);
EMUL_FN(emul_op_popa);
EMUL_FN(emul_op_enter);
EMUL_FN(emul_op_leave);

/* branch.c */
EMUL_FN(emul_op_jcc);
EMUL_FN(emul_op_jmp_rel);
EMUL_FN(emul_op_jmp);
EMUL_FN(emul_op_call_rel);
EMUL_FN(emul_op_call);
EMUL_FN(emul_op_ret);
EMUL_FN(emul_op_loop);
EMUL_FN(emul_op_jcxz);

/* port.c */
enum hull_emul_result emul_check_port(struct hull_emul *e, u16 port,
				      unsigned int len);
EMUL_FN(emul_op_in);
EMUL_FN(emul_op_out);

/* string.c: one iteration each */
EMUL_FN(emul_op_movs);
EMUL_FN(emul_op_cmps);
EMUL_FN(emul_op_stos);
EMUL_FN(emul_op_lods);
EMUL_FN(emul_op_scas);
EMUL_FN(emul_op_ins);
EMUL_FN(emul_op_outs);

/* simd.c */
EMUL_FN(emul_op_vmove);
EMUL_FN(emul_op_vmovd);
EMUL_FN(emul_op_vhalf);

/* hull_op.arg of emul_op_vmove, _vmovd and _vhalf */
#define VM_BYTES	0x3f	/* 4, 8, 16; the whole register: VM_FULL */
#define VM_FULL		0
#define VM_STORE	0x40	/* register to memory */
#define VM_ALIGN	0x80	/* #GP unless aligned */
#define VM_MMX		0x100	/* MMX register */
#define VM_HIGH		0x200	/* the high half, emul_op_vhalf */
#define VM_SCALAR	0x400	/* reg, reg merges: MOVSS, MOVSD */

#endif
