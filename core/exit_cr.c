// SPDX-License-Identifier: GPL-2.0
/*
 * Exits of instructions that read or write control and debug registers
 * (SDM vol. 2 and APM vol. 3: MOV CRn, CLTS, LMSW, SMSW, MOV DRn).
 */
#include <linux/kvm.h>
#include <asm/processor-flags.h>
#include "backend.h"
#include "cpu/debug.h"
#include "cpu/regs.h"
#include "cpu/xstate.h"
#include "exit_cr.h"
#include "vcpu.h"

#define OPCODE_CLTS	0x06
#define OPCODE_GROUP7	0x01	/* /4: SMSW, /6: LMSW */
#define GROUP7_SMSW	4
#define OPCODE_READ_CR	0x20
#define OPCODE_WRITE_CR	0x22
#define OPCODE_WRITE_DR	0x23

/* Source operand of LMSW.  0, 1: it faults, with the emulator's fault; -EFAULT. */
static int read_lmsw_operand(struct hull_vcpu *vcpu, u16 *value)
{
	struct hull_emul *e = &vcpu->emul;
	u64 linear;

	if (!e->insn.is_mem) {
		*value = hull_gpr(vcpu, e->insn.rm);
		return 0;
	}
	if (hull_emul_linear(e, sizeof(*value), HULL_ACCESS_READ, &linear) != HULL_EMUL_OK)
		return 1;
	return hull_gva_read(vcpu, linear, value, sizeof(*value), HULL_ACC_READ, &e->fault);
}

/*
 * SMSW: to memory always 16 bits, to a register as many of CR0 as the operand
 * has.  Unlike MOV from CR0 it is for every privilege level, unless UMIP.
 */
static enum hull_run store_msw(struct hull_vcpu *vcpu)
{
	struct hull_emul *e = &vcpu->emul;
	u64 cr0 = hull_cr0(vcpu), linear;
	u16 msw = cr0;
	int r;

	if (hull_cr4(vcpu) & X86_CR4_UMIP && backend_get_cpl(vcpu))
		return hull_general_protection(vcpu);
	if (!e->insn.is_mem) {
		if (e->insn.op_bytes == 2)
			cr0 = (hull_gpr(vcpu, e->insn.rm) & ~0xffffull) | msw;
		else if (e->insn.op_bytes == 4)
			cr0 = (u32)cr0;
		hull_set_gpr(vcpu, e->insn.rm, cr0);
		return hull_skip_insn(vcpu);
	}
	if (hull_emul_linear(e, sizeof(msw), HULL_ACCESS_WRITE, &linear) != HULL_EMUL_OK)
		return hull_decode_failed(vcpu, 1);
	r = hull_gva_write(vcpu, linear, &msw, sizeof(msw),
			   HULL_ACC_WRITE | (e->cpl == 3 ? HULL_ACC_USER : 0), &e->fault);
	return r ? hull_decode_failed(vcpu, r) : hull_skip_insn(vcpu);
}

/* Fill in what hardware without decode assists leaves out.  As hull_decode_insn(). */
static int decode_cr(struct hull_vcpu *vcpu)
{
	const struct hull_insn *insn = &vcpu->emul.insn;
	struct hull_exit *x = &vcpu->exit;
	int err = hull_decode_insn(vcpu);

	if (err)
		return err;
	x->cr.cr = insn->reg;
	x->cr.gpr = insn->rm;
	switch (insn->opcode) {
	case OPCODE_READ_CR:
		x->cr.op = HULL_CR_READ;
		break;
	case OPCODE_WRITE_CR:
		x->cr.op = HULL_CR_WRITE;
		break;
	case OPCODE_CLTS:
		x->cr.op = HULL_CR_CLTS;
		break;
	case OPCODE_GROUP7:
		if ((insn->reg & 7) == GROUP7_SMSW) {
			x->cr.op = HULL_CR_SMSW;
			return 0;
		}
		x->cr.op = HULL_CR_LMSW;
		return read_lmsw_operand(vcpu, &x->cr.value);
	default:
		return -EFAULT;
	}
	return 0;
}

static int write_cr(struct hull_vcpu *vcpu, int cr, u64 value)
{
	switch (cr) {
	case 0:
		return hull_write_cr0(vcpu, value);
	case 3:
		return hull_write_cr3(vcpu, value);
	case 4:
		return hull_write_cr4(vcpu, value);
	default:
		return 1;
	}
}

/*
 * A task priority below the one that user space knows may let an interrupt
 * through that it holds.  Where the hardware looks for that itself, writes do
 * not exit (HULL_EXIT_TPR).
 */
static enum hull_run write_cr8(struct hull_vcpu *vcpu, u64 value)
{
	enum hull_run r;

	if (hull_write_cr8(vcpu, value))
		return hull_general_protection(vcpu);
	r = hull_skip_insn(vcpu);
	if (r != HULL_RUN_RESUME || value >= vcpu->user_cr8)
		return r;
	vcpu->run->exit_reason = KVM_EXIT_SET_TPR;
	return HULL_RUN_USER;
}

/* The exit came instead of the trap of single-stepping the instruction. */
enum hull_run hull_handle_tpr(struct hull_vcpu *vcpu)
{
	if (hull_raw_rflags(vcpu) & X86_EFLAGS_TF && hull_debug_step(vcpu))
		return HULL_RUN_USER;
	vcpu->run->exit_reason = KVM_EXIT_SET_TPR;
	return HULL_RUN_USER;
}

static void read_cr(struct hull_vcpu *vcpu)
{
	struct hull_exit *x = &vcpu->exit;
	u64 value = hull_read_cr(vcpu, x->cr.cr);

	hull_set_gpr(vcpu, x->cr.gpr, hull_is_64bit(vcpu) ? value : (u32)value);
}

/* The operand of MOV to a control or debug register: all of it in 64-bit mode. */
static u64 mov_operand(struct hull_vcpu *vcpu, u8 gpr)
{
	u64 value = hull_gpr(vcpu, gpr);

	return hull_is_64bit(vcpu) ? value : (u32)value;
}

enum hull_run hull_handle_cr(struct hull_vcpu *vcpu)
{
	struct hull_exit *x = &vcpu->exit;
	u64 cr0;
	int r = 0;

	/* Likely for the sake of TS alone: try again with the FPU open. */
	if (x->cr.cr == 0 && !vcpu->fpu_loaded) {
		hull_fpu_load(vcpu);
		return HULL_RUN_RESUME;
	}
	if (!x->cr.known)
		r = decode_cr(vcpu);
	if (r)
		return hull_decode_failed(vcpu, r);

	switch (x->cr.op) {
	case HULL_CR_READ:
		read_cr(vcpu);
		break;
	case HULL_CR_WRITE:
		if (x->cr.cr == 8)
			return write_cr8(vcpu, mov_operand(vcpu, x->cr.gpr));
		r = write_cr(vcpu, x->cr.cr, mov_operand(vcpu, x->cr.gpr));
		break;
	case HULL_CR_CLTS:
		r = hull_write_cr0(vcpu, hull_cr0(vcpu) & ~(u64)X86_CR0_TS);
		break;
	case HULL_CR_LMSW:
		/* PE can be set by it and not cleared. */
		cr0 = hull_cr0(vcpu) & ~(u64)(X86_CR0_MP | X86_CR0_EM | X86_CR0_TS);
		r = hull_write_cr0(vcpu, cr0 | (x->cr.value & 0xf));
		break;
	case HULL_CR_SMSW:
		return store_msw(vcpu);
	}
	if (r)
		return hull_general_protection(vcpu);
	/* CR4 has a say in it. */
	if (!hull_fpu_traps(vcpu))
		hull_fpu_load(vcpu);
	return hull_skip_insn(vcpu);
}

static int decode_dr(struct hull_vcpu *vcpu)
{
	const struct hull_insn *insn = &vcpu->emul.insn;
	struct hull_exit *x = &vcpu->exit;
	int err = hull_decode_insn(vcpu);

	if (err)
		return err;
	x->dr.dr = insn->reg;
	x->dr.gpr = insn->rm;
	x->dr.write = insn->opcode == OPCODE_WRITE_DR;
	return 0;
}

enum hull_run hull_handle_dr(struct hull_vcpu *vcpu)
{
	struct hull_exit *x = &vcpu->exit;
	struct hull_fault fault;
	u64 value;
	int r = 0;

	if (!x->dr.known)
		r = decode_dr(vcpu);
	if (r)
		return hull_decode_failed(vcpu, r);
	if (x->dr.write) {
		value = mov_operand(vcpu, x->dr.gpr);
		r = hull_write_dr(vcpu, x->dr.dr, value, &fault);
	} else {
		r = hull_read_dr(vcpu, x->dr.dr, &value, &fault);
		if (!r)
			hull_set_gpr(vcpu, x->dr.gpr, value);
	}
	if (r) {
		hull_queue_fault(vcpu, &fault);
		return HULL_RUN_RESUME;
	}
	return hull_skip_insn(vcpu);
}
