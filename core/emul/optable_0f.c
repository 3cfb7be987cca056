// SPDX-License-Identifier: GPL-2.0
/*
 * The opcode maps behind the escapes 0F, 0F 38 and 0F 3A (APM vol. 3, Opcode
 * Maps).
 */
#include "op.h"

#define RM_REG	(OP_MODRM | OP_DST_RM | OP_SRC_REG)
#define REG_RM	(OP_MODRM | OP_DST_REG | OP_SRC_RM)

#define SSE	(OP_MODRM | OP_VEX)

static const struct hull_op group8[8] = {
	[4] = ROW_ARG(emul_op_bt, 0, OP_MODRM | OP_IB | OP_DST_RM),
	[5] = ROW_ARG(emul_op_bt, 1,
		      OP_MODRM | OP_IB | OP_DST_RM | OP_DST_WRITE | OP_LOCK),
	[6] = ROW_ARG(emul_op_bt, 2,
		      OP_MODRM | OP_IB | OP_DST_RM | OP_DST_WRITE | OP_LOCK),
	[7] = ROW_ARG(emul_op_bt, 3,
		      OP_MODRM | OP_IB | OP_DST_RM | OP_DST_WRITE | OP_LOCK),
};

static const struct hull_op group9[8] = {
	[1] = ROW(emul_op_cmpxchg8b, OP_MODRM | OP_MEM | OP_LOCK),
	[3 ... 7] = ROW_DECODE(OP_MODRM),	/* XSAVEC, VMX, RDRAND, ... */
};

static const struct hull_op opcode_ae_6[NR_MP] = {
	[MP_NONE] = ROW_DECODE(OP_MODRM),		/* XSAVEOPT */
	[MP_66] = ROW(emul_op_clflush, OP_MODRM | OP_MEM),	/* CLWB */
};

static const struct hull_op opcode_ae_7[NR_MP] = {
	[MP_NONE] = ROW(emul_op_clflush, OP_MODRM),	/* CLFLUSH, SFENCE */
	[MP_66] = ROW(emul_op_clflush, OP_MODRM | OP_MEM), /* CLFLUSHOPT */
};

/* FXSAVE to XSAVEOPT decode alone. */
static const struct hull_op group15[8] = {
	[0 ... 5] = ROW_DECODE(OP_MODRM | OP_VEX),
	[6] = ROW_PREFIX(opcode_ae_6),
	[7] = ROW_PREFIX(opcode_ae_7),
};

static const struct hull_op opcode_b8[NR_MP] = {
	[MP_F3] = ROW(emul_op_popcnt, REG_RM | OP_DST_WRITE),
};

static const struct hull_op opcode_bc[NR_MP] = {
	[MP_NONE] = ROW_ARG(emul_op_scan, 0, REG_RM | OP_DST_WRITE),
	[MP_66] = ROW_ARG(emul_op_scan, 0, REG_RM | OP_DST_WRITE),
	[MP_F3] = ROW_ARG(emul_op_scan, 2, REG_RM | OP_DST_WRITE),
	[MP_F2] = ROW_ARG(emul_op_scan, 0, REG_RM | OP_DST_WRITE),
};

static const struct hull_op opcode_bd[NR_MP] = {
	[MP_NONE] = ROW_ARG(emul_op_scan, 1, REG_RM | OP_DST_WRITE),
	[MP_66] = ROW_ARG(emul_op_scan, 1, REG_RM | OP_DST_WRITE),
	[MP_F3] = ROW_ARG(emul_op_scan, 3, REG_RM | OP_DST_WRITE),
	[MP_F2] = ROW_ARG(emul_op_scan, 1, REG_RM | OP_DST_WRITE),
};

/* Vector loads and stores. */
#define LOAD(arg) ROW_ARG(emul_op_vmove, (arg), SSE)
#define STORE(arg) ROW_ARG(emul_op_vmove, VM_STORE | (arg), SSE)
#define STORE_MEM(arg) ROW_ARG(emul_op_vmove, VM_STORE | (arg), SSE | OP_MEM)
#define MMX_LOAD ROW_ARG(emul_op_vmove, VM_MMX | 8, OP_MODRM)
#define MMX_STORE(flags) \
	ROW_ARG(emul_op_vmove, VM_MMX | VM_STORE | 8, OP_MODRM | (flags))

static const struct hull_op opcode_10[NR_MP] = {
	[MP_NONE] = LOAD(VM_FULL),			/* MOVUPS */
	[MP_66] = LOAD(VM_FULL),			/* MOVUPD */
	[MP_F3] = LOAD(VM_SCALAR | 4),			/* MOVSS */
	[MP_F2] = LOAD(VM_SCALAR | 8),			/* MOVSD */
};

static const struct hull_op opcode_11[NR_MP] = {
	[MP_NONE] = STORE(VM_FULL),
	[MP_66] = STORE(VM_FULL),
	[MP_F3] = STORE(VM_SCALAR | 4),
	[MP_F2] = STORE(VM_SCALAR | 8),
};

static const struct hull_op opcode_12[NR_MP] = {
	[MP_NONE] = ROW_ARG(emul_op_vhalf, 0, SSE),	/* MOVLPS */
	[MP_66] = ROW_ARG(emul_op_vhalf, 0, SSE | OP_MEM),	/* MOVLPD */
	[MP_F3] = ROW_DECODE(SSE),			/* MOVSLDUP */
	[MP_F2] = ROW_DECODE(SSE),			/* MOVDDUP */
};

static const struct hull_op opcode_13[NR_MP] = {
	[MP_NONE] = ROW_ARG(emul_op_vhalf, VM_STORE, SSE | OP_MEM),
	[MP_66] = ROW_ARG(emul_op_vhalf, VM_STORE, SSE | OP_MEM),
};

static const struct hull_op opcode_16[NR_MP] = {
	[MP_NONE] = ROW_ARG(emul_op_vhalf, VM_HIGH, SSE),	/* MOVHPS */
	[MP_66] = ROW_ARG(emul_op_vhalf, VM_HIGH, SSE | OP_MEM),	/* MOVHPD */
	[MP_F3] = ROW_DECODE(SSE),			/* MOVSHDUP */
};

static const struct hull_op opcode_17[NR_MP] = {
	[MP_NONE] = ROW_ARG(emul_op_vhalf, VM_HIGH | VM_STORE, SSE | OP_MEM),
	[MP_66] = ROW_ARG(emul_op_vhalf, VM_HIGH | VM_STORE, SSE | OP_MEM),
};

static const struct hull_op opcode_28[NR_MP] = {
	[MP_NONE] = LOAD(VM_FULL | VM_ALIGN),		/* MOVAPS */
	[MP_66] = LOAD(VM_FULL | VM_ALIGN),		/* MOVAPD */
};

static const struct hull_op opcode_29[NR_MP] = {
	[MP_NONE] = STORE(VM_FULL | VM_ALIGN),
	[MP_66] = STORE(VM_FULL | VM_ALIGN),
};

static const struct hull_op opcode_2b[NR_MP] = {
	[MP_NONE] = STORE_MEM(VM_FULL | VM_ALIGN),	/* MOVNTPS */
	[MP_66] = STORE_MEM(VM_FULL | VM_ALIGN),	/* MOVNTPD */
	[MP_F3] = ROW_ARG(emul_op_vmove, VM_STORE | 4,	/* MOVNTSS */
			  OP_MODRM | OP_MEM),
	[MP_F2] = ROW_ARG(emul_op_vmove, VM_STORE | 8,	/* MOVNTSD */
			  OP_MODRM | OP_MEM),
};

static const struct hull_op opcode_6e[NR_MP] = {
	[MP_NONE] = ROW_ARG(emul_op_vmovd, VM_MMX, OP_MODRM),	/* MOVD */
	[MP_66] = ROW_ARG(emul_op_vmovd, 0, SSE),
};

static const struct hull_op opcode_6f[NR_MP] = {
	[MP_NONE] = MMX_LOAD,				/* MOVQ */
	[MP_66] = LOAD(VM_FULL | VM_ALIGN),		/* MOVDQA */
	[MP_F3] = LOAD(VM_FULL),			/* MOVDQU */
};

/* VMREAD; EXTRQ and INSERTQ with two immediates. */
static const struct hull_op opcode_78[NR_MP] = {
	[MP_NONE] = ROW_DECODE(OP_MODRM),
	[MP_66] = ROW_DECODE(OP_MODRM | OP_IW),
	[MP_F2] = ROW_DECODE(OP_MODRM | OP_IW),
};

static const struct hull_op opcode_7e[NR_MP] = {
	[MP_NONE] = ROW_ARG(emul_op_vmovd, VM_MMX | VM_STORE, OP_MODRM),
	[MP_66] = ROW_ARG(emul_op_vmovd, VM_STORE, SSE),
	[MP_F3] = LOAD(8),				/* MOVQ */
};

static const struct hull_op opcode_7f[NR_MP] = {
	[MP_NONE] = MMX_STORE(0),
	[MP_66] = STORE(VM_FULL | VM_ALIGN),
	[MP_F3] = STORE(VM_FULL),
};

static const struct hull_op opcode_c3[NR_MP] = {
	[MP_NONE] = ROW(emul_op_mov, RM_REG | OP_MEM | OP_DST_WRITE | OP_Y),
};

static const struct hull_op opcode_d6[NR_MP] = {
	[MP_66] = STORE(8),				/* MOVQ */
	[MP_F3] = ROW_DECODE(OP_MODRM),			/* MOVQ2DQ */
	[MP_F2] = ROW_DECODE(OP_MODRM),			/* MOVDQ2Q */
};

static const struct hull_op opcode_e7[NR_MP] = {
	[MP_NONE] = MMX_STORE(OP_MEM),			/* MOVNTQ */
	[MP_66] = STORE_MEM(VM_FULL | VM_ALIGN),	/* MOVNTDQ */
};

static const struct hull_op opcode_f0[NR_MP] = {
	[MP_F2] = ROW_ARG(emul_op_vmove, VM_FULL, SSE | OP_MEM), /* LDDQU */
};

const struct hull_op emul_map_0f[256] = {
	/* SLDT to VERW; SGDT to INVLPG; LAR, LSL. */
	[0x00 ... 0x03] = ROW_DECODE(OP_MODRM),
	/* SYSCALL, CLTS, SYSRET, INVD, WBINVD. */
	[0x05 ... 0x09] = ROW_DECODE(0),
	[0x0b] = ROW(emul_op_ud, 0),
	[0x0d] = ROW(emul_op_nop, OP_MODRM | OP_MEM),	/* PREFETCH */
	[0x0e] = ROW_DECODE(0),				/* FEMMS */
	[0x0f] = ROW_DECODE(OP_MODRM | OP_IB),		/* 3DNow! */
	[0x10] = ROW_PREFIX(opcode_10),
	[0x11] = ROW_PREFIX(opcode_11),
	[0x12] = ROW_PREFIX(opcode_12),
	[0x13] = ROW_PREFIX(opcode_13),
	[0x14 ... 0x15] = ROW_DECODE(SSE),
	[0x16] = ROW_PREFIX(opcode_16),
	[0x17] = ROW_PREFIX(opcode_17),
	[0x18 ... 0x1f] = ROW(emul_op_nop, OP_MODRM),	/* PREFETCHh, NOP */
	/* MOV with control and debug registers. */
	[0x20 ... 0x23] = ROW_DECODE(OP_MODRM | OP_REG | OP_ALT_LOCK),
	[0x28] = ROW_PREFIX(opcode_28),
	[0x29] = ROW_PREFIX(opcode_29),
	[0x2a] = ROW_DECODE(SSE),
	[0x2b] = ROW_PREFIX(opcode_2b),
	[0x2c ... 0x2f] = ROW_DECODE(SSE),
	/* WRMSR, RDTSC, RDMSR, RDPMC, SYSENTER, SYSEXIT. */
	[0x30 ... 0x35] = ROW_DECODE(0),
	[0x37] = ROW_DECODE(0),				/* GETSEC */
	[0x40 ... 0x4f] = ROW(emul_op_cmov, REG_RM | OP_DST_RW),
	[0x50 ... 0x6d] = ROW_DECODE(SSE),
	[0x6e] = ROW_PREFIX(opcode_6e),
	[0x6f] = ROW_PREFIX(opcode_6f),
	[0x70 ... 0x73] = ROW_DECODE(SSE | OP_IB),
	[0x74 ... 0x76] = ROW_DECODE(SSE),
	[0x77] = ROW_DECODE(OP_VEX),			/* EMMS, VZEROUPPER */
	[0x78] = ROW_PREFIX(opcode_78),
	[0x79] = ROW_DECODE(OP_MODRM),			/* VMWRITE */
	[0x7c ... 0x7d] = ROW_DECODE(SSE),
	[0x7e] = ROW_PREFIX(opcode_7e),
	[0x7f] = ROW_PREFIX(opcode_7f),
	[0x80 ... 0x8f] = ROW(emul_op_jcc, OP_IZ | OP_NEAR),
	[0x90 ... 0x9f] = ROW(emul_op_setcc, OP_MODRM | OP_BYTE | OP_DST_RM |
					     OP_DST_WRITE),
	[0xa0] = ROW_ARG(emul_op_push_seg, HULL_SEG_FS, OP_D64),
	[0xa1] = ROW_ARG(emul_op_pop_seg, HULL_SEG_FS, OP_D64),
	[0xa2] = ROW_DECODE(0),				/* CPUID */
	[0xa3] = ROW_ARG(emul_op_bt, 0, RM_REG),
	[0xa4] = ROW(emul_op_shld, RM_REG | OP_DST_RW | OP_IB),
	[0xa5] = ROW(emul_op_shld, RM_REG | OP_DST_RW),
	[0xa8] = ROW_ARG(emul_op_push_seg, HULL_SEG_GS, OP_D64),
	[0xa9] = ROW_ARG(emul_op_pop_seg, HULL_SEG_GS, OP_D64),
	[0xaa] = ROW_DECODE(0),				/* RSM */
	[0xab] = ROW_ARG(emul_op_bt, 1, RM_REG | OP_DST_WRITE | OP_LOCK),
	[0xac] = ROW(emul_op_shrd, RM_REG | OP_DST_RW | OP_IB),
	[0xad] = ROW(emul_op_shrd, RM_REG | OP_DST_RW),
	[0xae] = ROW_GROUP(group15),
	[0xaf] = ROW(emul_op_imul2, REG_RM | OP_DST_RW),
	[0xb0] = ROW(emul_op_cmpxchg, RM_REG | OP_BYTE | OP_DST_RW | OP_LOCK),
	[0xb1] = ROW(emul_op_cmpxchg, RM_REG | OP_DST_RW | OP_LOCK),
	[0xb2] = ROW_ARG(emul_op_load_far, HULL_SEG_SS, OP_MODRM | OP_MEM),
	[0xb3] = ROW_ARG(emul_op_bt, 2, RM_REG | OP_DST_WRITE | OP_LOCK),
	[0xb4] = ROW_ARG(emul_op_load_far, HULL_SEG_FS, OP_MODRM | OP_MEM),
	[0xb5] = ROW_ARG(emul_op_load_far, HULL_SEG_GS, OP_MODRM | OP_MEM),
	[0xb6] = ROW(emul_op_mov, OP_MODRM | OP_DST_REG | OP_DST_WRITE |
				  OP_SRC_RM8),
	[0xb7] = ROW(emul_op_mov, OP_MODRM | OP_DST_REG | OP_DST_WRITE |
				  OP_SRC_RM16),
	[0xb8] = ROW_PREFIX(opcode_b8),
	[0xb9] = ROW(emul_op_ud, 0),			/* UD1 */
	[0xba] = ROW_GROUP(group8),
	[0xbb] = ROW_ARG(emul_op_bt, 3, RM_REG | OP_DST_WRITE | OP_LOCK),
	[0xbc] = ROW_PREFIX(opcode_bc),
	[0xbd] = ROW_PREFIX(opcode_bd),
	[0xbe] = ROW_ARG(emul_op_movsx, 1, OP_MODRM | OP_DST_REG |
					   OP_DST_WRITE | OP_SRC_RM8),
	[0xbf] = ROW_ARG(emul_op_movsx, 2, OP_MODRM | OP_DST_REG |
					   OP_DST_WRITE | OP_SRC_RM16),
	[0xc0] = ROW(emul_op_xadd, RM_REG | OP_BYTE | OP_DST_RW | OP_LOCK),
	[0xc1] = ROW(emul_op_xadd, RM_REG | OP_DST_RW | OP_LOCK),
	[0xc2] = ROW_DECODE(SSE | OP_IB),
	[0xc3] = ROW_PREFIX(opcode_c3),			/* MOVNTI */
	[0xc4 ... 0xc6] = ROW_DECODE(SSE | OP_IB),
	[0xc7] = ROW_GROUP(group9),
	[0xc8 ... 0xcf] = ROW(emul_op_bswap, OP_DST_OPREG | OP_DST_RW),
	[0xd0 ... 0xd5] = ROW_DECODE(SSE),
	[0xd6] = ROW_PREFIX(opcode_d6),
	[0xd7 ... 0xe6] = ROW_DECODE(SSE),
	[0xe7] = ROW_PREFIX(opcode_e7),
	[0xe8 ... 0xef] = ROW_DECODE(SSE),
	[0xf0] = ROW_PREFIX(opcode_f0),
	[0xf1 ... 0xfe] = ROW_DECODE(SSE),
	[0xff] = ROW(emul_op_ud, 0),			/* UD0 */
};

static const struct hull_op opcode_38_2a[NR_MP] = {
	[MP_66] = ROW_ARG(emul_op_vmove, VM_FULL | VM_ALIGN, SSE | OP_MEM),
};

static const struct hull_op opcode_38_ex[NR_MP] = {
	[MP_66] = ROW(emul_op_cmpccxadd,
		      OP_MODRM | OP_MEM | OP_VEX | OP_VEX_ONLY | OP_Y |
		      OP_DST_RM | OP_DST_WRITE | OP_SWAPS),
};

static const struct hull_op opcode_38_f0[NR_MP] = {
	[MP_NONE] = ROW(emul_op_movbe, REG_RM | OP_MEM | OP_DST_WRITE),
	[MP_66] = ROW(emul_op_movbe, REG_RM | OP_MEM | OP_DST_WRITE),
	[MP_F2] = ROW(emul_op_crc32, OP_MODRM | OP_BYTE | OP_SRC_RM),
};

static const struct hull_op opcode_38_f1[NR_MP] = {
	[MP_NONE] = ROW(emul_op_movbe, RM_REG | OP_MEM | OP_DST_WRITE),
	[MP_66] = ROW(emul_op_movbe, RM_REG | OP_MEM | OP_DST_WRITE),
	[MP_F2] = ROW(emul_op_crc32, OP_MODRM | OP_SRC_RM),
};

/* BMI1 and BMI2: general registers, VEX-encoded. */
#define BMI	(OP_MODRM | OP_SRC_RM | OP_VEX | OP_VEX_ONLY | OP_Y)
#define BMI_REG	(BMI | OP_DST_REG | OP_DST_WRITE)
#define BMI_VEX	(BMI | OP_DST_VEX | OP_DST_WRITE)

static const struct hull_op opcode_38_f2[NR_MP] = {
	[MP_NONE] = ROW(emul_op_andn, BMI_REG),
};

static const struct hull_op group17[8] = {
	[1] = ROW(emul_op_blsr, BMI_VEX),
	[2] = ROW(emul_op_blsmsk, BMI_VEX),
	[3] = ROW(emul_op_blsi, BMI_VEX),
};

static const struct hull_op opcode_38_f3[NR_MP] = {
	[MP_NONE] = ROW_GROUP(group17),
};

static const struct hull_op opcode_38_f5[NR_MP] = {
	[MP_NONE] = ROW(emul_op_bzhi, BMI_REG),
	[MP_F3] = ROW(emul_op_pext, BMI_REG),
	[MP_F2] = ROW(emul_op_pdep, BMI_REG),
};

static const struct hull_op opcode_38_f6[NR_MP] = {
	[MP_66] = ROW_ARG(emul_op_adcx, X86_EFLAGS_CF,
			  REG_RM | OP_DST_RW | OP_Y),
	[MP_F3] = ROW_ARG(emul_op_adcx, X86_EFLAGS_OF,	/* ADOX */
			  REG_RM | OP_DST_RW | OP_Y),
	[MP_F2] = ROW(emul_op_mulx, BMI_REG),
};

static const struct hull_op opcode_38_f7[NR_MP] = {
	[MP_NONE] = ROW(emul_op_bextr, BMI_REG),
	[MP_66] = ROW(emul_op_shlx, BMI_REG),
	[MP_F3] = ROW(emul_op_sarx, BMI_REG),
	[MP_F2] = ROW(emul_op_shrx, BMI_REG),
};

static const struct hull_op opcode_3a_f0[NR_MP] = {
	[MP_F2] = ROW(emul_op_rorx, OP_MODRM | OP_IB | OP_VEX | OP_VEX_ONLY |
				    OP_Y | OP_DST_REG | OP_DST_WRITE),
};

static const struct hull_op opcode_38_f8[NR_MP] = {
	[MP_66] = ROW(emul_op_movdir64b, OP_MODRM | OP_MEM),
};

static const struct hull_op opcode_38_f9[NR_MP] = {
	[MP_NONE] = ROW(emul_op_mov, RM_REG | OP_MEM | OP_DST_WRITE | OP_Y),
};

const struct hull_op emul_map_0f38[256] = {
	[0x00 ... 0x29] = ROW_DECODE(SSE),
	[0x2a] = ROW_PREFIX(opcode_38_2a),		/* MOVNTDQA */
	[0x2b ... 0xdf] = ROW_DECODE(SSE),
	[0xe0 ... 0xef] = ROW_PREFIX(opcode_38_ex),	/* CMPccXADD */
	[0xf0] = ROW_PREFIX(opcode_38_f0),
	[0xf1] = ROW_PREFIX(opcode_38_f1),
	[0xf2] = ROW_PREFIX(opcode_38_f2),
	[0xf3] = ROW_PREFIX(opcode_38_f3),
	[0xf4] = ROW_DECODE(SSE),
	[0xf5] = ROW_PREFIX(opcode_38_f5),
	[0xf6] = ROW_PREFIX(opcode_38_f6),
	[0xf7] = ROW_PREFIX(opcode_38_f7),
	[0xf8] = ROW_PREFIX(opcode_38_f8),		/* MOVDIR64B */
	[0xf9] = ROW_PREFIX(opcode_38_f9),		/* MOVDIRI */
	[0xfa ... 0xff] = ROW_DECODE(SSE),
};

const struct hull_op emul_map_0f3a[256] = {
	[0x00 ... 0xef] = ROW_DECODE(SSE | OP_IB),
	[0xf0] = ROW_PREFIX(opcode_3a_f0),
	[0xf1 ... 0xff] = ROW_DECODE(SSE | OP_IB),
};
