// SPDX-License-Identifier: GPL-2.0
/*
 * The one-byte opcode map (APM vol. 3, Opcode Maps).
 */
#include "op.h"

#define RM_REG	(OP_MODRM | OP_DST_RM | OP_SRC_REG)
#define REG_RM	(OP_MODRM | OP_DST_REG | OP_SRC_RM)
#define RM_IMM	(OP_MODRM | OP_DST_RM | OP_SRC_IMM)
#define ACC_IMM	(OP_DST_ACC | OP_SRC_IMM)

/* The six regular encodings of a two-operand arithmetic instruction. */
#define ARITH(base, fn, access, lock)					\
	[(base) + 0] = ROW(fn, RM_REG | OP_BYTE | (access) | (lock)),	\
	[(base) + 1] = ROW(fn, RM_REG | (access) | (lock)),		\
	[(base) + 2] = ROW(fn, REG_RM | OP_BYTE | (access)),		\
	[(base) + 3] = ROW(fn, REG_RM | (access)),			\
	[(base) + 4] = ROW(fn, ACC_IMM | OP_BYTE | OP_IB | (access)),	\
	[(base) + 5] = ROW(fn, ACC_IMM | OP_IZ | (access))

#define GROUP1(flags) {							\
	ROW(emul_op_add, RM_IMM | OP_DST_RW | OP_LOCK | (flags)),	\
	ROW(emul_op_or, RM_IMM | OP_DST_RW | OP_LOCK | (flags)),	\
	ROW(emul_op_adc, RM_IMM | OP_DST_RW | OP_LOCK | (flags)),	\
	ROW(emul_op_sbb, RM_IMM | OP_DST_RW | OP_LOCK | (flags)),	\
	ROW(emul_op_and, RM_IMM | OP_DST_RW | OP_LOCK | (flags)),	\
	ROW(emul_op_sub, RM_IMM | OP_DST_RW | OP_LOCK | (flags)),	\
	ROW(emul_op_xor, RM_IMM | OP_DST_RW | OP_LOCK | (flags)),	\
	ROW(emul_op_sub, RM_IMM | OP_DST_READ | (flags)),		\
}

static const struct hull_op group1_eb_ib[8] = GROUP1(OP_BYTE | OP_IB);
static const struct hull_op group1_ev_iz[8] = GROUP1(OP_IZ);
static const struct hull_op group1_eb_ib_82[8] =
	GROUP1(OP_BYTE | OP_IB | OP_NO64);
static const struct hull_op group1_ev_ib[8] = GROUP1(OP_IB);

static const struct hull_op group1a[8] = {
	ROW(emul_op_pop_mem, OP_MODRM | OP_DST_RM | OP_DST_WRITE | OP_D64),
};

#define SHIFTS(flags) {							\
	[0 ... 3] = ROW(emul_op_rotate,					\
			OP_MODRM | OP_DST_RM | OP_DST_RW | (flags)),	\
	[4 ... 7] = ROW(emul_op_shift,					\
			OP_MODRM | OP_DST_RM | OP_DST_RW | (flags)),	\
}

static const struct hull_op group2_eb_ib[8] =
	SHIFTS(OP_BYTE | OP_IB | OP_SRC_IMM);
static const struct hull_op group2_ev_ib[8] = SHIFTS(OP_IB | OP_SRC_IMM);
static const struct hull_op group2_eb_1[8] = SHIFTS(OP_BYTE | OP_SRC_ONE);
static const struct hull_op group2_ev_1[8] = SHIFTS(OP_SRC_ONE);
static const struct hull_op group2_eb_cl[8] = SHIFTS(OP_BYTE | OP_SRC_CL);
static const struct hull_op group2_ev_cl[8] = SHIFTS(OP_SRC_CL);

#define GROUP3(size, imm) {						\
	[0 ... 1] = ROW(emul_op_and, RM_IMM | OP_DST_READ | (size) | (imm)), \
	[2] = ROW(emul_op_not, OP_MODRM | OP_DST_RM | OP_DST_RW |	\
			       OP_LOCK | (size)),			\
	[3] = ROW(emul_op_neg, OP_MODRM | OP_DST_RM | OP_DST_RW |	\
			       OP_LOCK | (size)),			\
	[4] = ROW(emul_op_mul, OP_MODRM | OP_SRC_RM | (size)),		\
	[5] = ROW(emul_op_imul, OP_MODRM | OP_SRC_RM | (size)),		\
	[6] = ROW(emul_op_div, OP_MODRM | OP_SRC_RM | (size)),		\
	[7] = ROW(emul_op_idiv, OP_MODRM | OP_SRC_RM | (size)),		\
}

static const struct hull_op group3_eb[8] = GROUP3(OP_BYTE, OP_IB);
static const struct hull_op group3_ev[8] = GROUP3(0, OP_IZ);

#define INC_DEC(fn, size) \
	ROW(fn, OP_MODRM | OP_DST_RM | OP_DST_RW | OP_LOCK | (size))

static const struct hull_op group4[8] = {
	[0] = INC_DEC(emul_op_inc, OP_BYTE),
	[1] = INC_DEC(emul_op_dec, OP_BYTE),
};

static const struct hull_op group5[8] = {
	[0] = INC_DEC(emul_op_inc, 0),
	[1] = INC_DEC(emul_op_dec, 0),
	[2] = ROW(emul_op_call, OP_MODRM | OP_SRC_RM | OP_NEAR),
	[3] = ROW_DECODE(OP_MODRM | OP_MEM),	/* CALL far */
	[4] = ROW(emul_op_jmp, OP_MODRM | OP_SRC_RM | OP_NEAR),
	[5] = ROW_DECODE(OP_MODRM | OP_MEM),	/* JMP far */
	[6] = ROW(emul_op_push, OP_MODRM | OP_SRC_RM | OP_D64),
};

static const struct hull_op group11_eb[8] = {
	ROW(emul_op_mov, RM_IMM | OP_BYTE | OP_IB | OP_DST_WRITE),
};

static const struct hull_op group11_ev[8] = {
	ROW(emul_op_mov, RM_IMM | OP_IZ | OP_DST_WRITE),
};

static const struct hull_op opcode_63[2] = {
	ROW_DECODE(OP_MODRM),			/* ARPL */
	ROW_ARG(emul_op_movsx, 4,
		OP_MODRM | OP_DST_REG | OP_DST_WRITE | OP_SRC_RM32),
};

#define STRING(fn, size) ROW(fn, OP_STRING | (size))

const struct hull_op emul_map_one[256] = {
	ARITH(0x00, emul_op_add, OP_DST_RW, OP_LOCK),
	[0x06] = ROW_ARG(emul_op_push_seg, HULL_SEG_ES, OP_NO64),
	[0x07] = ROW_ARG(emul_op_pop_seg, HULL_SEG_ES, OP_NO64),
	ARITH(0x08, emul_op_or, OP_DST_RW, OP_LOCK),
	[0x0e] = ROW_ARG(emul_op_push_seg, HULL_SEG_CS, OP_NO64),
	ARITH(0x10, emul_op_adc, OP_DST_RW, OP_LOCK),
	[0x16] = ROW_ARG(emul_op_push_seg, HULL_SEG_SS, OP_NO64),
	[0x17] = ROW_ARG(emul_op_pop_seg, HULL_SEG_SS, OP_NO64),
	ARITH(0x18, emul_op_sbb, OP_DST_RW, OP_LOCK),
	[0x1e] = ROW_ARG(emul_op_push_seg, HULL_SEG_DS, OP_NO64),
	[0x1f] = ROW_ARG(emul_op_pop_seg, HULL_SEG_DS, OP_NO64),
	ARITH(0x20, emul_op_and, OP_DST_RW, OP_LOCK),
	[0x27] = ROW_ARG(emul_op_daa, 0, OP_NO64),
	ARITH(0x28, emul_op_sub, OP_DST_RW, OP_LOCK),
	[0x2f] = ROW_ARG(emul_op_daa, 1, OP_NO64),
	ARITH(0x30, emul_op_xor, OP_DST_RW, OP_LOCK),
	[0x37] = ROW_ARG(emul_op_aaa, 0, OP_NO64),
	ARITH(0x38, emul_op_sub, OP_DST_READ, 0),
	[0x3f] = ROW_ARG(emul_op_aaa, 1, OP_NO64),
	[0x40 ... 0x47] = ROW(emul_op_inc, OP_DST_OPREG | OP_DST_RW),
	[0x48 ... 0x4f] = ROW(emul_op_dec, OP_DST_OPREG | OP_DST_RW),
	[0x50 ... 0x57] = ROW(emul_op_push, OP_SRC_OPREG | OP_D64),
	[0x58 ... 0x5f] = ROW(emul_op_pop,
			      OP_DST_OPREG | OP_DST_WRITE | OP_D64),
	[0x60] = ROW(emul_op_pusha, OP_NO64),
	[0x61] = ROW(emul_op_popa, OP_NO64),
	[0x62] = ROW_DECODE(OP_MODRM | OP_MEM | OP_NO64),	/* BOUND */
	[0x63] = { .sub = opcode_63, .flags = OP_BYMODE },
	[0x68] = ROW(emul_op_push, OP_SRC_IMM | OP_IZ | OP_D64),
	[0x69] = ROW(emul_op_imul3, REG_RM | OP_DST_WRITE | OP_IZ),
	[0x6a] = ROW(emul_op_push, OP_SRC_IMM | OP_IB | OP_D64),
	[0x6b] = ROW(emul_op_imul3, REG_RM | OP_DST_WRITE | OP_IB),
	[0x6c] = STRING(emul_op_ins, OP_BYTE),
	[0x6d] = STRING(emul_op_ins, 0),
	[0x6e] = STRING(emul_op_outs, OP_BYTE),
	[0x6f] = STRING(emul_op_outs, 0),
	[0x70 ... 0x7f] = ROW(emul_op_jcc, OP_IB | OP_NEAR),
	[0x80] = ROW_GROUP(group1_eb_ib),
	[0x81] = ROW_GROUP(group1_ev_iz),
	[0x82] = ROW_GROUP(group1_eb_ib_82),
	[0x83] = ROW_GROUP(group1_ev_ib),
	[0x84] = ROW(emul_op_and, RM_REG | OP_BYTE | OP_DST_READ),
	[0x85] = ROW(emul_op_and, RM_REG | OP_DST_READ),
	[0x86] = ROW(emul_op_xchg,
		     RM_REG | OP_BYTE | OP_DST_RW | OP_LOCK | OP_SWAPS),
	[0x87] = ROW(emul_op_xchg, RM_REG | OP_DST_RW | OP_LOCK | OP_SWAPS),
	[0x88] = ROW(emul_op_mov, RM_REG | OP_BYTE | OP_DST_WRITE),
	[0x89] = ROW(emul_op_mov, RM_REG | OP_DST_WRITE),
	[0x8a] = ROW(emul_op_mov, REG_RM | OP_BYTE | OP_DST_WRITE),
	[0x8b] = ROW(emul_op_mov, REG_RM | OP_DST_WRITE),
	[0x8c] = ROW(emul_op_mov_from_seg, OP_MODRM),
	[0x8d] = ROW(emul_op_lea,
		     OP_MODRM | OP_MEM | OP_DST_REG | OP_DST_WRITE),
	[0x8e] = ROW(emul_op_mov_to_seg, OP_MODRM),
	[0x8f] = ROW_GROUP(group1a),
	[0x90] = ROW(emul_op_nop_xchg, OP_SRC_ACC),
	[0x91 ... 0x97] = ROW(emul_op_xchg,
			      OP_DST_OPREG | OP_SRC_ACC | OP_DST_RW),
	[0x98] = ROW(emul_op_cbw, 0),
	[0x99] = ROW(emul_op_cwd, 0),
	[0x9a] = ROW_DECODE(OP_FAR | OP_NO64),		/* CALL far */
	[0x9b] = ROW_DECODE(0),				/* FWAIT */
	[0x9c] = ROW(emul_op_pushf, OP_D64),
	[0x9d] = ROW(emul_op_popf, OP_D64),
	[0x9e] = ROW(emul_op_sahf, 0),
	[0x9f] = ROW(emul_op_lahf, 0),
	[0xa0] = ROW(emul_op_mov, OP_MOFFS | OP_BYTE | OP_DST_ACC |
				  OP_SRC_RM | OP_DST_WRITE),
	[0xa1] = ROW(emul_op_mov, OP_MOFFS | OP_DST_ACC | OP_SRC_RM |
				  OP_DST_WRITE),
	[0xa2] = ROW(emul_op_mov, OP_MOFFS | OP_BYTE | OP_DST_RM |
				  OP_SRC_ACC | OP_DST_WRITE),
	[0xa3] = ROW(emul_op_mov, OP_MOFFS | OP_DST_RM | OP_SRC_ACC |
				  OP_DST_WRITE),
	[0xa4] = STRING(emul_op_movs, OP_BYTE),
	[0xa5] = STRING(emul_op_movs, 0),
	[0xa6] = STRING(emul_op_cmps, OP_BYTE),
	[0xa7] = STRING(emul_op_cmps, 0),
	[0xa8] = ROW(emul_op_and, ACC_IMM | OP_BYTE | OP_IB | OP_DST_READ),
	[0xa9] = ROW(emul_op_and, ACC_IMM | OP_IZ | OP_DST_READ),
	[0xaa] = STRING(emul_op_stos, OP_BYTE),
	[0xab] = STRING(emul_op_stos, 0),
	[0xac] = STRING(emul_op_lods, OP_BYTE),
	[0xad] = STRING(emul_op_lods, 0),
	[0xae] = STRING(emul_op_scas, OP_BYTE),
	[0xaf] = STRING(emul_op_scas, 0),
	[0xb0 ... 0xb7] = ROW(emul_op_mov, OP_BYTE | OP_IB | OP_SRC_IMM |
					   OP_DST_OPREG | OP_DST_WRITE),
	[0xb8 ... 0xbf] = ROW(emul_op_mov, OP_IV | OP_SRC_IMM | OP_DST_OPREG |
					   OP_DST_WRITE),
	[0xc0] = ROW_GROUP(group2_eb_ib),
	[0xc1] = ROW_GROUP(group2_ev_ib),
	[0xc2] = ROW(emul_op_ret, OP_IW | OP_NEAR),
	[0xc3] = ROW(emul_op_ret, OP_NEAR),
	[0xc4] = ROW_ARG(emul_op_load_far, HULL_SEG_ES,
			 OP_MODRM | OP_MEM | OP_NO64),
	[0xc5] = ROW_ARG(emul_op_load_far, HULL_SEG_DS,
			 OP_MODRM | OP_MEM | OP_NO64),
	[0xc6] = ROW_GROUP(group11_eb),
	[0xc7] = ROW_GROUP(group11_ev),
	[0xc8] = ROW(emul_op_enter, OP_IWIB | OP_D64),
	[0xc9] = ROW(emul_op_leave, OP_D64),
	[0xca] = ROW_DECODE(OP_IW),			/* RET far */
	[0xcb] = ROW_DECODE(0),
	[0xcc] = ROW_DECODE(0),				/* INT3 */
	[0xcd] = ROW_DECODE(OP_IB),			/* INT */
	[0xce] = ROW_DECODE(OP_NO64),			/* INTO */
	[0xcf] = ROW_DECODE(0),				/* IRET */
	[0xd0] = ROW_GROUP(group2_eb_1),
	[0xd1] = ROW_GROUP(group2_ev_1),
	[0xd2] = ROW_GROUP(group2_eb_cl),
	[0xd3] = ROW_GROUP(group2_ev_cl),
	[0xd4] = ROW(emul_op_aam, OP_BYTE | OP_IB | OP_SRC_IMM | OP_NO64),
	[0xd5] = ROW(emul_op_aad, OP_BYTE | OP_IB | OP_SRC_IMM | OP_NO64),
	[0xd6] = ROW(emul_op_salc, OP_BYTE | OP_NO64),
	[0xd7] = ROW(emul_op_xlat, OP_BYTE),
	[0xd8 ... 0xdf] = ROW_DECODE(OP_MODRM),		/* x87 */
	[0xe0 ... 0xe2] = ROW(emul_op_loop, OP_IB | OP_NEAR),
	[0xe3] = ROW(emul_op_jcxz, OP_IB | OP_NEAR),
	[0xe4] = ROW_ARG(emul_op_in, 1, OP_BYTE | OP_IB),
	[0xe5] = ROW_ARG(emul_op_in, 1, OP_IB),
	[0xe6] = ROW_ARG(emul_op_out, 1, OP_BYTE | OP_IB),
	[0xe7] = ROW_ARG(emul_op_out, 1, OP_IB),
	[0xe8] = ROW(emul_op_call_rel, OP_IZ | OP_NEAR),
	[0xe9] = ROW(emul_op_jmp_rel, OP_IZ | OP_NEAR),
	[0xea] = ROW_DECODE(OP_FAR | OP_NO64),		/* JMP far */
	[0xeb] = ROW(emul_op_jmp_rel, OP_IB | OP_NEAR),
	[0xec] = ROW(emul_op_in, OP_BYTE),
	[0xed] = ROW(emul_op_in, 0),
	[0xee] = ROW(emul_op_out, OP_BYTE),
	[0xef] = ROW(emul_op_out, 0),
	[0xf1] = ROW_DECODE(0),				/* INT1 */
	[0xf4] = ROW_DECODE(0),				/* HLT */
	[0xf5] = ROW(emul_op_flag, 0),
	[0xf6] = ROW_GROUP(group3_eb),
	[0xf7] = ROW_GROUP(group3_ev),
	[0xf8 ... 0xf9] = ROW(emul_op_flag, 0),
	[0xfa] = ROW(emul_op_cli, 0),
	[0xfb] = ROW(emul_op_sti, 0),
	[0xfc ... 0xfd] = ROW(emul_op_flag, 0),
	[0xfe] = ROW_GROUP(group4),
	[0xff] = ROW_GROUP(group5),
};
