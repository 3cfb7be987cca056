/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The architecture's own vocabulary: general registers, segments, faults.
 *
 * Shared by every part of hull, the instruction emulator's user-space build
 * included, and therefore free of anything but fixed-width types.  The order
 * of registers and segments is the one instruction encodings use, so that a
 * decoded field indexes the arrays directly.
 */
#ifndef HULL_CORE_X86_H
#define HULL_CORE_X86_H

#include <linux/types.h>

/* General registers, in encoding order (APM vol. 3, ModRM and SIB Bytes). */
enum hull_gpr {
	HULL_RAX, HULL_RCX, HULL_RDX, HULL_RBX,
	HULL_RSP, HULL_RBP, HULL_RSI, HULL_RDI,
	HULL_R8, HULL_R9, HULL_R10, HULL_R11,
	HULL_R12, HULL_R13, HULL_R14, HULL_R15,
	HULL_NR_GPRS,
};

/* Segment registers, the first six in encoding order. */
enum hull_seg {
	HULL_SEG_ES, HULL_SEG_CS, HULL_SEG_SS,
	HULL_SEG_DS, HULL_SEG_FS, HULL_SEG_GS,
	HULL_SEG_TR, HULL_SEG_LDTR,
	HULL_NR_SEGS,
};

/*
 * Segment attributes: bits 47:40 and 55:52 of a descriptor put side by side,
 * which is the form SVM stores.  VMX converts.  UNUSABLE is ours: a segment
 * register loaded with a null selector in protected mode.
 */
#define HULL_ATTR_TYPE		0x000f
#define HULL_ATTR_S		0x0010	/* 1: code or data, 0: system */
#define HULL_ATTR_DPL_SHIFT	5
#define HULL_ATTR_DPL		0x0060
#define HULL_ATTR_P		0x0080
#define HULL_ATTR_AVL		0x0100
#define HULL_ATTR_L		0x0200
#define HULL_ATTR_DB		0x0400
#define HULL_ATTR_G		0x0800
#define HULL_ATTR_UNUSABLE	0x8000

/* Bits of the type field of code and data descriptors. */
#define HULL_TYPE_ACCESSED	0x1
#define HULL_TYPE_WRITE		0x2	/* data: writable; code: readable */
#define HULL_TYPE_DOWN		0x4	/* data: expand down; code: conforming */
#define HULL_TYPE_CODE		0x8

/**
 * struct hull_segment - a segment register with its hidden part
 * @base: linear base
 * @limit: last valid offset, in bytes, granularity already applied
 * @selector: visible selector
 * @attr: HULL_ATTR_* bits
 */
struct hull_segment {
	u64 base;
	u32 limit;
	u16 selector;
	u16 attr;
};

/**
 * struct hull_fault - an exception on its way into the guest
 * @vector: 0 to 31
 * @has_error: the vector pushes @error
 * @error: error code
 * @has_payload: @payload is valid: CR2 for #PF, the DR6 bits for #DB
 * @payload: what the exception leaves in a register beside the stack
 * @insn_len: length of the INT3, INTO or INT1 that is its cause, behind which
 *	the handler returns while RIP still is at it; 0: anything else
 */
struct hull_fault {
	u8 vector;
	bool has_error;
	bool has_payload;
	u8 insn_len;
	u32 error;
	u64 payload;
};

#endif
