/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instruction emulator: what the rest of hull sees of it.
 *
 * It has two jobs.  It executes an instruction that the hardware could not
 * complete because it touches device memory, a read-only slot or a port with
 * a string instruction; and it decodes the length and the operands of an
 * instruction when the CPU has no decode assists.  It is pure: all that it
 * knows of the guest comes through struct hull_emul, and the same sources
 * build as a user-space library.
 *
 * Invariants on which callers rely:
 *
 * - An instruction changes registers, flags and RIP all at once, after its
 *   last access has succeeded.  Whatever the outcome other than OK, nothing
 *   of the instruction (of the current iteration, with a REP prefix) has
 *   happened, and hull_emul_execute() may simply be called again.
 * - Accesses of one instruction are issued in the same order every time.  An
 *   @read or @pio_in that has to ask user space answers EXIT; once the answer
 *   is there, the instruction is executed from its start again and the ops
 *   replay the reads already answered, in order, until @committed says that
 *   they have been used up.
 * - A memory write, a port write or a segment load is the last access of its
 *   instruction, so that it need not be undone and may be posted.
 * - The bytes of an instruction, once fetched, are kept until the next
 *   hull_emul_begin(): what is executed again is the same instruction even if
 *   the guest rewrites it meanwhile.
 *
 * Context: any; nothing here sleeps by itself, allocates, or takes a lock.
 */
#ifndef HULL_CORE_EMUL_EMUL_H
#define HULL_CORE_EMUL_EMUL_H

#include <linux/types.h>
#include "../x86.h"

struct hull_emul;
struct hull_op;

/**
 * enum hull_emul_result - outcome of the emulator and of its ops
 * @HULL_EMUL_OK: done
 * @HULL_EMUL_FAULT: the guest gets the exception in hull_emul.fault
 * @HULL_EMUL_EXIT: user space has to answer a read first; then execute again
 * @HULL_EMUL_RETRY: the guest's memory changed under a locked access, or the
 *	op wants the guest to try by itself; resume the guest or execute again
 * @HULL_EMUL_UNHANDLED: the emulator lacks this instruction; hull_emul.bytes
 *	and .nr_bytes are what was fetched of it
 */
enum hull_emul_result {
	HULL_EMUL_OK,
	HULL_EMUL_FAULT,
	HULL_EMUL_EXIT,
	HULL_EMUL_RETRY,
	HULL_EMUL_UNHANDLED,
};

/**
 * enum hull_emul_mode - operating mode, as far as instructions differ by it
 * @HULL_EMUL_REAL: CR0.PE clear
 * @HULL_EMUL_VM86: virtual-8086 mode
 * @HULL_EMUL_PROT: protected mode, and compatibility mode of long mode
 * @HULL_EMUL_LONG: 64-bit mode
 */
enum hull_emul_mode {
	HULL_EMUL_REAL,
	HULL_EMUL_VM86,
	HULL_EMUL_PROT,
	HULL_EMUL_LONG,
};

/**
 * enum hull_emul_code - the code segment's default sizes (its D and L bits)
 * @HULL_CODE16: 16-bit operands and addresses
 * @HULL_CODE32: 32-bit operands and addresses
 * @HULL_CODE64: 64-bit mode
 */
enum hull_emul_code {
	HULL_CODE16,
	HULL_CODE32,
	HULL_CODE64,
};

/**
 * enum hull_emul_access - what an access is for
 * @HULL_ACCESS_READ: data read
 * @HULL_ACCESS_WRITE: data write
 * @HULL_ACCESS_RMW: data read whose destination is written afterwards; faults
 *	as a write does
 * @HULL_ACCESS_FETCH: instruction fetch
 */
enum hull_emul_access {
	HULL_ACCESS_READ,
	HULL_ACCESS_WRITE,
	HULL_ACCESS_RMW,
	HULL_ACCESS_FETCH,
};

/**
 * enum hull_emul_vec - kind of a vector register access
 * @HULL_VEC_MMX: MM0 to MM7, 8 bytes; a write also sets the x87 tag word to
 *	valid and TOP to 0, as every MMX instruction does
 * @HULL_VEC_SSE: XMM, 16 bytes; a write keeps the bits above
 * @HULL_VEC_AVX: XMM or YMM, 16 or 32 bytes; a write clears the bits above
 */
enum hull_emul_vec {
	HULL_VEC_MMX,
	HULL_VEC_SSE,
	HULL_VEC_AVX,
};

/**
 * enum hull_emul_shadow - interrupt shadow left behind by an instruction
 * @HULL_SHADOW_NONE: none
 * @HULL_SHADOW_STI: STI that set IF
 * @HULL_SHADOW_MOV_SS: load of SS, which also holds back debug exceptions
 */
enum hull_emul_shadow {
	HULL_SHADOW_NONE,
	HULL_SHADOW_STI,
	HULL_SHADOW_MOV_SS,
};

/**
 * struct hull_emul_ops - what the emulator needs of its surroundings
 *
 * Addresses are linear; outside long mode they are already cut to 32 bits.
 * Segmentation, canonical form and alignment have been checked; paging, page
 * crossing, device memory and the wrap of a 32-bit address are the op's.  An
 * access is made at the current privilege level.  An op that answers FAULT
 * has filled hull_emul.fault.  Optional ops may be NULL.
 *
 * @get_segment: read a segment register with its hidden part
 * @load_segment: load @selector into ES, SS, DS, FS or GS with all checks of
 *	the current mode.  Last access of its instruction.  Optional: without
 *	it such instructions are UNHANDLED.
 * @fetch: read @len instruction bytes; never crosses a page
 * @read: read @len bytes of memory, @access being READ or RMW.  @len
 *	is 1 to 256, or up to hull_emul.io_size of memory that @probe has
 *	declared plain.
 * @write: write @len bytes, likewise.  May be posted.
 * @cmpxchg: write @new if memory still holds @old, atomically; RETRY if it
 *	does not.  @len is 1, 2, 4, 8 or 16.  On device memory a plain write.
 * @probe: check that @len bytes may be accessed without accessing them, and
 *	store in @device whether any of them is device memory
 * @check_port: may @len ports from @port be accessed, when CPL is above IOPL
 *	or in virtual-8086 mode: the I/O permission bitmap of the TSS.
 *	Optional: without it the answer is #GP(0).
 * @pio_in: read @count times @size bytes from @port into @buf
 * @pio_out: write @count times @size bytes from @buf to @port; may be posted
 * @read_vec: read vector register @reg, @len bytes.  Optional, as @write_vec:
 *	without them instructions with vector operands are UNHANDLED.
 * @write_vec: write it.  Last access of its instruction.
 * @committed: registers reflect all reads so far, the log of them may go.
 *	Called after each instruction and each iteration of a string
 *	instruction.  Return false to stop a string instruction here (a posted
 *	write wants to be seen, an interrupt is due).  Optional.
 */
struct hull_emul_ops {
	void (*get_segment)(struct hull_emul *e, enum hull_seg seg,
			    struct hull_segment *out);
	enum hull_emul_result (*load_segment)(struct hull_emul *e,
					      enum hull_seg seg, u16 selector);
	enum hull_emul_result (*fetch)(struct hull_emul *e, u64 linear,
				       void *buf, unsigned int len);
	enum hull_emul_result (*read)(struct hull_emul *e, u64 linear,
				      void *buf, unsigned int len,
				      enum hull_emul_access access);
	enum hull_emul_result (*write)(struct hull_emul *e, u64 linear,
				       const void *buf, unsigned int len);
	enum hull_emul_result (*cmpxchg)(struct hull_emul *e, u64 linear,
					 const void *old, const void *new,
					 unsigned int len);
	enum hull_emul_result (*probe)(struct hull_emul *e, u64 linear,
				       unsigned int len,
				       enum hull_emul_access access,
				       bool *device);
	enum hull_emul_result (*check_port)(struct hull_emul *e, u16 port,
					    unsigned int len);
	enum hull_emul_result (*pio_in)(struct hull_emul *e, u16 port,
					unsigned int size, void *buf,
					unsigned int count);
	enum hull_emul_result (*pio_out)(struct hull_emul *e, u16 port,
					 unsigned int size, const void *buf,
					 unsigned int count);
	enum hull_emul_result (*read_vec)(struct hull_emul *e,
					  enum hull_emul_vec kind,
					  unsigned int reg, void *buf,
					  unsigned int len);
	enum hull_emul_result (*write_vec)(struct hull_emul *e,
					   enum hull_emul_vec kind,
					   unsigned int reg, const void *buf,
					   unsigned int len);
	bool (*committed)(struct hull_emul *e);
};

/* hull_insn.map: which opcode table hull_insn.opcode belongs to. */
enum hull_insn_map {
	HULL_MAP_ONE,		/* opcode */
	HULL_MAP_0F,		/* 0F opcode */
	HULL_MAP_0F38,		/* 0F 38 opcode */
	HULL_MAP_0F3A,		/* 0F 3A opcode */
	HULL_NR_MAPS,
};

/* hull_insn.prefix */
#define HULL_PREFIX_OPSIZE	0x01	/* 66 */
#define HULL_PREFIX_ADDRSIZE	0x02	/* 67 */
#define HULL_PREFIX_LOCK	0x04	/* F0 */
#define HULL_PREFIX_REPNE	0x08	/* F2, when the last of F2 and F3 */
#define HULL_PREFIX_REP		0x10	/* F3, when the last of F2 and F3 */
#define HULL_PREFIX_SEG		0x20	/* a segment override that counts */
#define HULL_PREFIX_VEX		0x40	/* C4, C5 or 62 */

/* hull_insn.rex: the bits of a REX prefix, and of VEX in the same meaning */
#define HULL_REX_B		0x01
#define HULL_REX_X		0x02
#define HULL_REX_R		0x04
#define HULL_REX_W		0x08
#define HULL_REX		0x40	/* there is a REX prefix */

/* hull_insn.base and .index */
#define HULL_NO_REG		0xff	/* none */
#define HULL_RIP_REG		0xfe	/* RIP-relative, base only */

/**
 * struct hull_insn - a decoded instruction
 * @op: row of the opcode table, never NULL after a successful decode
 * @imm: immediate, sign-extended; the offset of moffs and far pointers
 * @disp: displacement, sign-extended
 * @ea: effective address: offset within @seg; valid if @is_mem
 * @linear: linear address of the memory operand, not checked; if @is_mem
 * @imm2: second immediate: selector of a far pointer, level of ENTER
 * @len: length in bytes, 1 to 15
 * @map: enum hull_insn_map
 * @opcode: last opcode byte
 * @modrm: ModRM byte
 * @has_modrm: there is one
 * @is_mem: there is a memory operand (ModRM with mod below 3, or moffs)
 * @reg: ModRM.reg with its extension: a register number
 * @rm: ModRM.rm with its extension: a register number unless @is_mem
 * @op_bytes: operand size: 1, 2, 4 or 8
 * @addr_bytes: address size: 2, 4 or 8
 * @prefix: HULL_PREFIX_* seen
 * @rex: HULL_REX_* seen
 * @seg: enum hull_seg of the memory operand, overrides applied
 * @base: enum hull_gpr, HULL_RIP_REG or HULL_NO_REG
 * @index: enum hull_gpr or HULL_NO_REG
 * @scale: left shift of @index
 * @vex_reg: VEX.vvvv, as a register number
 * @vex_256: VEX.L
 */
struct hull_insn {
	const struct hull_op *op;
	u64 imm;
	s64 disp;
	u64 ea;
	u64 linear;
	u16 imm2;
	u8 len;
	u8 map;
	u8 opcode;
	u8 modrm;
	bool has_modrm;
	bool is_mem;
	u8 reg;
	u8 rm;
	u8 op_bytes;
	u8 addr_bytes;
	u8 prefix;
	u8 rex;
	u8 seg;
	u8 base;
	u8 index;
	u8 scale;
	u8 vex_reg;
	bool vex_256;
};

#define HULL_INSN_MAX	15U	/* bytes; APM vol. 3, Instruction Encoding */

/* Most registers that one instruction writes (POPA, and RSP). */
#define HULL_EMUL_MAX_STAGED	8
/* Most bytes that one instruction writes at once (ENTER with 31 levels). */
#define HULL_EMUL_MAX_WRITE	256

/**
 * struct hull_emul_work - an instruction under way; the emulator's own
 * @dst: destination operand, low @insn.op_bytes bytes valid
 * @src: source operand
 * @rip: next RIP
 * @rflags: flags to be
 * @regs: register writes to be, full 64-bit values
 * @write_linear: address of the memory write to be
 * @batch: elements of a string instruction done at once
 * @write_len: its length, 0: none
 * @vec_len: length of the vector register write to be, 0: none
 * @nr_regs: number of @regs
 * @reg_nr: which registers @regs are for
 * @write_checked: @write_linear is set, the operand was read for modification
 * @dst_unchanged: a register destination is not written at all, not even
 *	zero-extended
 * @write_locked: the write is a compare-and-exchange with @old
 * @vec_reg: vector register to be written
 * @vec_kind: enum hull_emul_vec of it
 * @segments: bit per enum hull_seg: @seg holds it
 * @seg: segment registers read so far
 * @old: what a locked write expects to find
 * @data: what is written to memory or to the vector register
 */
struct hull_emul_work {
	u64 dst;
	u64 src;
	u64 rip;
	u64 rflags;
	u64 regs[HULL_EMUL_MAX_STAGED];
	u64 write_linear;
	u32 batch;
	u16 write_len;
	u8 vec_len;
	u8 nr_regs;
	u8 reg_nr[HULL_EMUL_MAX_STAGED];
	bool write_checked;
	bool dst_unchanged;
	bool write_locked;
	u8 vec_reg;
	u8 vec_kind;
	u8 segments;
	struct hull_segment seg[HULL_SEG_GS + 1];
	u8 old[16];
	u8 data[HULL_EMUL_MAX_WRITE];
};

/**
 * struct hull_emul - one vCPU as the emulator sees it
 *
 * Input, set by the caller before hull_emul_begin():
 * @ops: surroundings
 * @gpr: 16 registers indexed by enum hull_gpr; written on commit alone
 * @rip: RIP; moved on by a completed instruction
 * @rflags: RFLAGS; written on commit
 * @cr0: CR0
 * @cr4: CR4
 * @efer: EFER
 * @xcr0: XCR0
 * @cpl: current privilege level
 * @single_step: step even if RFLAGS.TF is clear
 * @io_data: buffer for the data of INS and OUTS; may be the page that is
 *	shared with user space
 * @io_size: its size in bytes, at least 8
 *
 * Derived by hull_emul_begin():
 * @mode: enum hull_emul_mode
 * @code: enum hull_emul_code
 *
 * Instruction:
 * @bytes: instruction bytes; the caller may put bytes here that the hardware
 *	has provided, after hull_emul_begin()
 * @nr_bytes: how many
 * @insn: the instruction, decoded
 *
 * Output:
 * @fault: the exception, after FAULT
 * @shadow: interrupt shadow left, after OK
 * @trap: the single step is complete, after OK; with RFLAGS.TF the caller
 *	raises #DB with DR6.BS
 * @unfinished: a string instruction has iterations left, RIP still points to
 *	it; after OK
 *
 * @work: private
 */
struct hull_emul {
	const struct hull_emul_ops *ops;
	u64 *gpr;
	u64 rip;
	u64 rflags;
	u64 cr0;
	u64 cr4;
	u64 efer;
	u64 xcr0;
	u8 *io_data;
	u32 io_size;
	u8 cpl;
	bool single_step;

	u8 mode;
	u8 code;

	u8 nr_bytes;
	u8 bytes[HULL_INSN_MAX];
	struct hull_insn insn;

	struct hull_fault fault;
	u8 shadow;
	bool trap;
	bool unfinished;

	struct hull_emul_work work;
};

/**
 * hull_emul_begin() - start on a new instruction
 * @e: context, its input filled
 *
 * Forgets the bytes of the previous instruction and derives the mode from the
 * control registers, RFLAGS.VM and CS.
 */
void hull_emul_begin(struct hull_emul *e);

/**
 * hull_emul_decode() - fetch and decode the instruction at CS:RIP
 * @e: context after hull_emul_begin()
 *
 * For instructions that the caller executes itself.  Changes nothing but
 * @e->bytes, @e->insn and @e->fault.  The memory operand's address is computed
 * but its segment is not checked.
 *
 * Return: OK, FAULT (#PF or #GP of the fetch, #UD of an invalid encoding),
 * EXIT and RETRY as @fetch gave them, UNHANDLED for an unknown opcode.
 */
enum hull_emul_result __must_check hull_emul_decode(struct hull_emul *e);

/**
 * hull_emul_execute() - execute the instruction at CS:RIP
 * @e: context after hull_emul_begin()
 * @max_iterations: iterations of a string instruction to do at most, at
 *	least 1; elements, for INS and OUTS
 *
 * After EXIT or RETRY call it again, without hull_emul_begin() before it.
 *
 * Return: any enum hull_emul_result.
 */
enum hull_emul_result __must_check
hull_emul_execute(struct hull_emul *e, unsigned int max_iterations);

/**
 * hull_emul_insn_length() - length of an instruction
 * @code: default sizes of its code segment
 * @bytes: its bytes
 * @n: how many of them are known
 *
 * Return: 1 to 15, or 0 if @n bytes do not hold a whole instruction or the
 * opcode is unknown or invalid.
 */
unsigned int hull_emul_insn_length(enum hull_emul_code code, const u8 *bytes,
				   unsigned int n);

/**
 * hull_emul_linear() - linear address of the decoded memory operand, checked
 * @e: context after hull_emul_decode()
 * @len: bytes to be accessed
 * @access: READ or WRITE
 * @linear: the address
 *
 * Return: OK, or FAULT with #GP, #SS or #AC as the access would raise it.
 */
enum hull_emul_result __must_check
hull_emul_linear(struct hull_emul *e, unsigned int len,
		 enum hull_emul_access access, u64 *linear);

#endif
