// SPDX-License-Identifier: GPL-2.0
/*
 * Are the two outcomes the same?  Left out is only what the manuals leave
 * undefined: flags, instruction by instruction (APM vol. 3 and SDM vol. 2,
 * the pages of the instructions), and the upper halves of registers outside
 * 64-bit mode.
 */
#include <stdio.h>
#include "fuzz.h"

/* All that user mode can see, without RF, which a fault sets in its frame. */
#define VISIBLE_FLAGS	(EMUL_ARITH_FLAGS | X86_EFLAGS_TF | X86_EFLAGS_IF | \
			 X86_EFLAGS_DF | X86_EFLAGS_IOPL | X86_EFLAGS_NT | \
			 X86_EFLAGS_AC | X86_EFLAGS_ID)

#define F(name) X86_EFLAGS_##name

static const struct {
	emul_fn fn;
	u64 flags;
} undefined_flags[] = {
	{ emul_op_or, F(AF) },
	{ emul_op_and, F(AF) },
	{ emul_op_xor, F(AF) },
	{ emul_op_mul, F(SF) | F(ZF) | F(AF) | F(PF) },
	{ emul_op_imul, F(SF) | F(ZF) | F(AF) | F(PF) },
	{ emul_op_imul2, F(SF) | F(ZF) | F(AF) | F(PF) },
	{ emul_op_imul3, F(SF) | F(ZF) | F(AF) | F(PF) },
	{ emul_op_div, EMUL_ARITH_FLAGS },
	{ emul_op_idiv, EMUL_ARITH_FLAGS },
	{ emul_op_bt, F(OF) | F(SF) | F(AF) | F(PF) },
	{ emul_op_andn, F(AF) | F(PF) },
	{ emul_op_bextr, F(SF) | F(AF) | F(PF) },
	{ emul_op_bzhi, F(AF) | F(PF) },
	{ emul_op_blsr, F(AF) | F(PF) },
	{ emul_op_blsmsk, F(AF) | F(PF) },
	{ emul_op_blsi, F(AF) | F(PF) },
	{ emul_op_daa, F(OF) },
	{ emul_op_aaa, F(OF) | F(SF) | F(ZF) | F(PF) },
	{ emul_op_aam, F(OF) | F(AF) | F(CF) },
	{ emul_op_aad, F(OF) | F(AF) | F(CF) },
};

static unsigned int shift_count(const struct fuzz_case *c)
{
	const struct hull_insn *insn = &c->insn;
	u64 count = c->in.gpr[HULL_RCX];

	if (insn->op->flags & OP_IB)
		count = insn->imm;
	else if ((insn->op->flags & OP_SRC_MASK) == OP_SRC_ONE)
		count = 1;
	return count & (insn->op_bytes == 8 ? 63 : 31);
}

static u64 shift_flags(const struct fuzz_case *c)
{
	unsigned int count = shift_count(c), bits = 8 * c->insn.op_bytes;
	u64 flags = count == 1 ? 0 : F(OF);

	if (!count)
		return 0;
	if (c->insn.op->fn == emul_op_rotate)
		return flags;
	/* SAR goes on shifting in the sign, the others run out of bits. */
	if (count >= bits && (c->insn.modrm & 0x38) != 0x38)
		flags |= F(CF);
	return flags | F(AF);
}

static bool is_double_shift(const struct fuzz_case *c)
{
	return c->insn.op->fn == emul_op_shld || c->insn.op->fn == emul_op_shrd;
}

static u64 undefined(const struct fuzz_case *c)
{
	emul_fn fn = c->insn.op->fn;
	unsigned int i;

	if (fn == emul_op_rotate || fn == emul_op_shift || is_double_shift(c))
		return shift_flags(c);
	if (fn == emul_op_scan)
		return c->insn.op->arg & 2 ? F(OF) | F(SF) | F(AF) | F(PF) :
					     EMUL_ARITH_FLAGS & ~F(ZF);
	for (i = 0; i < ARRAY_SIZE(undefined_flags); i++)
		if (undefined_flags[i].fn == fn)
			return undefined_flags[i].flags;
	return 0;
}

/* Results, too, are undefined for these. */
static bool undefined_result(const struct fuzz_case *c)
{
	return is_double_shift(c) && c->insn.op_bytes == 2 &&
	       shift_count(c) > 16;
}

static bool regs_equal(const struct fuzz_case *c, const struct fuzz_regs *want,
		       const struct fuzz_regs *got, bool fault)
{
	u64 mask = c->mode == FUZZ_LONG ? ~0ULL : 0xffffffff;
	u64 flags = VISIBLE_FLAGS & ~(fault ? 0 : undefined(c));
	/* POPA that faults halfway may have popped something. */
	bool popped = fault && c->insn.op->fn == emul_op_popa;
	unsigned int i;

	if (c->to_end)
		flags &= ~F(TF);
	for (i = 0; i < HULL_NR_GPRS; i++)
		if (((want->gpr[i] ^ got->gpr[i]) & mask) &&
		    !(popped && i != HULL_RSP))
			return false;
	if (((want->rflags ^ got->rflags) & flags) || want->rip != got->rip)
		return false;
	return !c->vectors ||
	       (!memcmp(want->ymm, got->ymm, sizeof(want->ymm)) &&
		!memcmp(want->mmx, got->mmx, sizeof(want->mmx)));
}

static bool is_memory_fault(const struct fuzz_outcome *o)
{
	return o->vector == X86_TRAP_SS || o->vector == X86_TRAP_GP ||
	       o->vector == X86_TRAP_PF || o->vector == X86_TRAP_AC;
}

static bool faults_equal(const struct fuzz_case *c,
			 const struct fuzz_outcome *want,
			 const struct fuzz_outcome *got)
{
	if (want->fault != got->fault)
		return false;
	if (!want->fault)
		return true;
	/* Of two bad operands either may be read first. */
	if (c->insn.op->fn == emul_op_cmps && is_memory_fault(want) &&
	    is_memory_fault(got))
		return true;
	if (want->vector != got->vector || want->error != got->error)
		return false;
	return want->vector != X86_TRAP_PF || want->cr2 == got->cr2;
}

static void print_outcome(const char *name, const struct fuzz_outcome *o)
{
	unsigned int i;

	printf("#  %s:", name);
	if (o->fault)
		printf(" vector %u error %#x cr2 %#llx", o->vector, o->error,
		       o->cr2);
	printf(" rip %llx rflags %llx\n#   ", o->regs.rip, o->regs.rflags);
	for (i = 0; i < HULL_NR_GPRS; i++)
		printf(" %llx", o->regs.gpr[i]);
	printf("\n");
}

static void print_vectors(const struct fuzz_case *c,
			  const struct fuzz_outcome *want,
			  const struct fuzz_outcome *got)
{
	unsigned int i, j;

	for (i = 0; c->vectors && i < 16; i++) {
		if (!memcmp(want->regs.ymm[i], got->regs.ymm[i], 32))
			continue;
		printf("#  ymm%u:", i);
		for (j = 0; j < 32; j++)
			printf(" %02x/%02x", want->regs.ymm[i][j],
			       got->regs.ymm[i][j]);
		printf("\n");
	}
}

static void print_memory(void)
{
	unsigned int i, shown = 0;

	for (i = 0; i < sizeof(emulated_memory) && shown < 16; i++) {
		if (emulated_memory[i] == native_memory[i])
			continue;
		printf("#  memory %#lx: emulator %02x cpu %02x\n",
		       FUZZ_BASE + i, emulated_memory[i], native_memory[i]);
		shown++;
	}
}

static void print_case(const struct fuzz_case *c)
{
	static const char *const modes[] = { "64", "32", "16" };
	struct fuzz_outcome in = { .regs = c->in };
	unsigned int i;

	printf("# difference in case %llu: %s-bit,", c->number,
	       modes[c->mode]);
	for (i = 0; i < HULL_INSN_MAX; i++)
		printf("%s%02x", i == c->insn.len ? " | " : " ", c->bytes[i]);
	printf("\n#  es, cs, ss, ds, fs, gs:");
	for (i = 0; i <= HULL_SEG_GS; i++)
		printf(" %x", c->selector[i]);
	printf("%s\n", c->to_end ? "  to the end" : "");
	print_outcome("before", &in);
}

/* What faults halfway may have pushed something. */
static bool memory_equal(const struct fuzz_case *c, bool fault)
{
	emul_fn fn = c->insn.op->fn;

	if (fault && (fn == emul_op_enter || fn == emul_op_pusha))
		return true;
	return !memcmp(emulated_memory, native_memory,
		       sizeof(emulated_memory));
}

bool outcomes_equal(const struct fuzz_case *c, const struct fuzz_outcome *want,
		    const struct fuzz_outcome *got, bool report)
{
	if (faults_equal(c, want, got) && undefined_result(c))
		return true;
	if (faults_equal(c, want, got) &&
	    regs_equal(c, &want->regs, &got->regs, want->fault) &&
	    memory_equal(c, want->fault))
		return true;
	if (report) {
		print_case(c);
		print_outcome("emulator", want);
		print_outcome("cpu", got);
		print_vectors(c, want, got);
		print_memory();
	}
	return false;
}
