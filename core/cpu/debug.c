// SPDX-License-Identifier: GPL-2.0
/*
 * Debug registers and KVM_SET_GUEST_DEBUG.
 *
 * vcpu->dbg.dr[], dr6 and dr7 are what the guest believes to have.  What the
 * hardware has in the guest is hull_effective_dr() and hull_effective_dr7():
 * user space's breakpoints while it uses them, else the guest's.
 *
 * DR0-3 are neither in the VMCB nor in the VMCS.  hull_debug_enter() loads
 * them when a breakpoint is enabled or the guest has the registers to itself,
 * and hull_debug_leave() brings the host's own breakpoints back.
 *
 * Passing through: a guest that touches a debug register probably touches all
 * of them.  The first access exits; until the next exit the others do not.
 *
 * Single-stepping sets TF in the hardware's RFLAGS (forced_tf).  guest_tf is
 * the TF the guest would have by itself, which is what hull_get_rflags() shows;
 * cpu/step.c keeps the two apart in what the guest itself sees of RFLAGS.
 */
#include <linux/errno.h>
#include <linux/hw_breakpoint.h>
#include <asm/debugreg.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "../backend.h"
#include "../event.h"
#include "../vcpu.h"
#include "debug.h"
#include "regs.h"
#include "step.h"

/*
 * DR6 and DR7 as they are after reset (SDM vol. 3, Debug Registers).  The bits
 * of DR6 that read as one are those with inverted or no meaning.
 */
#define DR6_ONES		0xffff0ff0ull
#define DR6_WRITABLE		0x0000e00full
#define DR6_BD			0x00002000ull	/* GD caught an access */
#define DR7_ONE			0x00000400ull
#define DR7_RESERVED		0x0000d800ull
#define DR7_GD			0x00002000ull

void hull_debug_reset(struct hull_vcpu *vcpu)
{
	struct hull_debug *dbg = &vcpu->dbg;

	memset(dbg->dr, 0, sizeof(dbg->dr));
	dbg->dr6 = DR6_ONES;
	dbg->dr7 = DR7_ONE;
	dbg->passthrough = false;
	dbg->guest_tf = false;
	/* User space's debugging outlives a reset of the guest. */
	hull_set_rflags(vcpu, vcpu->rflags);
}

static bool user_breakpoints(const struct hull_debug *dbg)
{
	return dbg->flags & KVM_GUESTDBG_USE_HW_BP;
}

static bool stepping(const struct hull_debug *dbg)
{
	return dbg->flags & KVM_GUESTDBG_SINGLESTEP;
}

u64 hull_effective_dr(struct hull_vcpu *vcpu, int dr)
{
	const struct hull_debug *dbg = &vcpu->dbg;

	return user_breakpoints(dbg) ? dbg->user_dr[dr] : dbg->dr[dr];
}

u64 hull_effective_dr7(struct hull_vcpu *vcpu)
{
	const struct hull_debug *dbg = &vcpu->dbg;

	return user_breakpoints(dbg) ? dbg->user_dr7 | DR7_ONE : dbg->dr7;
}

/* RFLAGS: TF belongs to two. */

u64 hull_get_rflags(struct hull_vcpu *vcpu)
{
	u64 rflags = hull_raw_rflags(vcpu);

	if (!vcpu->dbg.forced_tf)
		return rflags;
	rflags &= ~(u64)X86_EFLAGS_TF;
	return vcpu->dbg.guest_tf ? rflags | X86_EFLAGS_TF : rflags;
}

void hull_set_rflags(struct hull_vcpu *vcpu, u64 rflags)
{
	struct hull_debug *dbg = &vcpu->dbg;

	dbg->guest_tf = rflags & X86_EFLAGS_TF;
	dbg->forced_tf = stepping(dbg);
	if (dbg->forced_tf)
		rflags |= X86_EFLAGS_TF;
	hull_set_raw_rflags(vcpu, rflags);
}

int hull_set_guest_debug(struct hull_vcpu *vcpu, const struct kvm_guest_debug *dbg)
{
	struct hull_debug *d = &vcpu->dbg;
	u64 rflags;
	int i;

	if (dbg->control & ~HULL_GUESTDBG_VALID)
		return -EINVAL;
	if (dbg->control & (KVM_GUESTDBG_INJECT_DB | KVM_GUESTDBG_INJECT_BP)) {
		if (vcpu->ev.exception_pending || vcpu->ev.triple_fault)
			return -EBUSY;
		if (dbg->control & KVM_GUESTDBG_INJECT_DB)
			hull_queue_exception(vcpu, X86_TRAP_DB);
		else
			hull_queue_exception(vcpu, X86_TRAP_BP);
		hull_request(vcpu, HULL_REQ_EVENT_INSN);
	}

	/* As the guest sees them, by the old settings. */
	rflags = hull_get_rflags(vcpu);
	d->flags = dbg->control & KVM_GUESTDBG_ENABLE ? dbg->control : 0;
	if (user_breakpoints(d)) {
		for (i = 0; i < ARRAY_SIZE(d->user_dr); i++)
			d->user_dr[i] = dbg->arch.debugreg[i];
		d->user_dr7 = dbg->arch.debugreg[7] & ~(DR7_GD | DR7_RESERVED);
	}
	d->passthrough = false;
	hull_set_rflags(vcpu, rflags);
	backend_update_debug(vcpu);
	backend_update_intercepts(vcpu);
	return 0;
}

int hull_get_debugregs(struct hull_vcpu *vcpu, struct kvm_debugregs *regs)
{
	memset(regs, 0, sizeof(*regs));
	memcpy(regs->db, vcpu->dbg.dr, sizeof(regs->db));
	regs->dr6 = vcpu->dbg.dr6;
	regs->dr7 = vcpu->dbg.dr7;
	return 0;
}

int hull_set_debugregs(struct hull_vcpu *vcpu, const struct kvm_debugregs *regs)
{
	if (regs->flags || upper_32_bits(regs->dr6) || upper_32_bits(regs->dr7))
		return -EINVAL;
	memcpy(vcpu->dbg.dr, regs->db, sizeof(vcpu->dbg.dr));
	vcpu->dbg.dr6 = regs->dr6 | DR6_ONES;
	vcpu->dbg.dr7 = (regs->dr7 & ~DR7_RESERVED) | DR7_ONE;
	backend_update_debug(vcpu);
	return 0;
}

static int debug_fault(struct hull_fault *fault, u8 vector)
{
	*fault = (struct hull_fault) {
		.vector = vector,
		.has_error = vector == X86_TRAP_GP,
	};
	return 1;
}

/*
 * What every access to a debug register checks first, and the register that
 * DR4 and DR5 stand for.  0, or 1 with @fault.
 */
static int access_dr(struct hull_vcpu *vcpu, int *dr, struct hull_fault *fault)
{
	if (*dr == 4 || *dr == 5) {
		if (hull_cr4(vcpu) & X86_CR4_DE)
			return debug_fault(fault, X86_TRAP_UD);
		*dr += 2;
	}
	if (backend_get_cpl(vcpu))
		return debug_fault(fault, X86_TRAP_GP);
	if (vcpu->dbg.dr7 & DR7_GD) {
		debug_fault(fault, X86_TRAP_DB);
		fault->has_payload = true;
		fault->payload = DR6_BD;
		return 1;
	}
	return 0;
}

/* The next accesses need not exit, unless user space has the registers. */
static void pass_through(struct hull_vcpu *vcpu)
{
	if (vcpu->dbg.flags || (vcpu->dbg.dr7 & DR7_GD))
		return;
	vcpu->dbg.passthrough = true;
}

int hull_read_dr(struct hull_vcpu *vcpu, int dr, u64 *value, struct hull_fault *fault)
{
	if (access_dr(vcpu, &dr, fault))
		return 1;
	switch (dr) {
	case 6:
		*value = vcpu->dbg.dr6;
		break;
	case 7:
		*value = vcpu->dbg.dr7;
		break;
	default:
		*value = vcpu->dbg.dr[dr & 3];
	}
	pass_through(vcpu);
	backend_update_debug(vcpu);
	return 0;
}

int hull_write_dr(struct hull_vcpu *vcpu, int dr, u64 value, struct hull_fault *fault)
{
	if (access_dr(vcpu, &dr, fault))
		return 1;
	switch (dr) {
	case 6:
		if (upper_32_bits(value))
			return debug_fault(fault, X86_TRAP_GP);
		vcpu->dbg.dr6 = (value & DR6_WRITABLE) | DR6_ONES;
		break;
	case 7:
		if (upper_32_bits(value))
			return debug_fault(fault, X86_TRAP_GP);
		vcpu->dbg.dr7 = (value & ~DR7_RESERVED) | DR7_ONE;
		break;
	default:
		vcpu->dbg.dr[dr & 3] = value;
	}
	pass_through(vcpu);
	backend_update_debug(vcpu);
	return 0;
}

void hull_debug_load(struct hull_vcpu *vcpu)
{
	if (!vcpu->dbg.passthrough && !(hull_effective_dr7(vcpu) & HULL_DR7_ENABLES))
		return;
	/* No host breakpoint may hit on the guest's addresses. */
	set_debugreg(0, 7);
	set_debugreg(hull_effective_dr(vcpu, 0), 0);
	set_debugreg(hull_effective_dr(vcpu, 1), 1);
	set_debugreg(hull_effective_dr(vcpu, 2), 2);
	set_debugreg(hull_effective_dr(vcpu, 3), 3);
}

void hull_debug_unload(struct hull_vcpu *vcpu)
{
	struct hull_debug *dbg = &vcpu->dbg;

	if (dbg->passthrough) {
		get_debugreg(dbg->dr[0], 0);
		get_debugreg(dbg->dr[1], 1);
		get_debugreg(dbg->dr[2], 2);
		get_debugreg(dbg->dr[3], 3);
		backend_read_dirty_debug(vcpu);
		dbg->passthrough = false;
		backend_update_debug(vcpu);
	}
	/* An exit disables all breakpoints in DR7. */
	if (hw_breakpoint_active())
		hw_breakpoint_restore();
}

void hull_debug_stop(struct hull_vcpu *vcpu, u8 vector, u64 dr6)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_DEBUG;
	run->debug.arch = (struct kvm_debug_exit_arch) {
		.exception = vector,
		.pc = hull_linear_rip(vcpu),
		.dr6 = dr6 | DR6_ONES,
		.dr7 = hull_effective_dr7(vcpu),
	};
}

bool hull_debug_wants(struct hull_vcpu *vcpu, u8 vector)
{
	const struct hull_debug *dbg = &vcpu->dbg;

	if (vector == X86_TRAP_DB)
		return stepping(dbg) || user_breakpoints(dbg);
	if (vector == X86_TRAP_BP)
		return dbg->flags & KVM_GUESTDBG_USE_SW_BP;
	/*
	 * While stepping, faults exit, so that their handlers are stepped into.
	 * INTO has been turned into its event.
	 */
	return stepping(dbg) && vector < X86_TRAP_IRET &&
	       vector != X86_TRAP_NMI && vector != X86_TRAP_OF &&
	       vector != X86_TRAP_MC;
}

/*
 * DR6 may name breakpoints that DR7 does not enable (SDM vol. 3, Debug Status
 * Register).  The registers may hold what another vCPU has left there.
 */
static u64 enabled_hits(struct hull_vcpu *vcpu, u64 dr6)
{
	u64 dr7 = hull_effective_dr7(vcpu), hits = 0;
	int i;

	for (i = 0; i < 4; i++)
		if (dr7 >> (2 * i) & 3)
			hits |= dr6 & BIT(i);
	return hits;
}

bool hull_debug_exception(struct hull_vcpu *vcpu, u8 vector, u64 dr6)
{
	struct hull_debug *dbg = &vcpu->dbg;
	u64 hits = enabled_hits(vcpu, dr6);
	u64 users = 0, guests;

	if (vector == X86_TRAP_BP) {
		if (!hull_debug_wants(vcpu, vector))
			return false;
		hull_debug_stop(vcpu, vector, 0);
		return true;
	}

	if (user_breakpoints(dbg))
		users |= hits;
	if (stepping(dbg) && (dr6 & DR_STEP)) {
		/* What the guest asked for as well comes next. */
		guests = dbg->guest_tf ? DR_STEP : 0;
		if (!user_breakpoints(dbg))
			guests |= hits;
		if (guests)
			hull_queue_debug(vcpu, guests);
		users |= DR_STEP;
		hull_step_finish(vcpu);
	}
	if (!users)
		return false;
	hull_debug_stop(vcpu, vector, users);
	return true;
}

/* SDM vol. 3, Single-Stepping on Branches; APM vol. 2, Single-Stepping. */
static bool steps_branches(struct hull_vcpu *vcpu)
{
	u64 debugctl;

	return !backend_read_msr(vcpu, MSR_IA32_DEBUGCTLMSR, &debugctl) &&
	       debugctl & DEBUGCTLMSR_BTF;
}

void hull_debug_clear_btf(struct hull_vcpu *vcpu)
{
	u64 debugctl;

	if (backend_read_msr(vcpu, MSR_IA32_DEBUGCTLMSR, &debugctl) ||
	    !(debugctl & DEBUGCTLMSR_BTF))
		return;
	/* The rest of the value was taken before. */
	(void)!backend_write_msr(vcpu, MSR_IA32_DEBUGCTLMSR, debugctl & ~DEBUGCTLMSR_BTF);
}

bool hull_debug_step(struct hull_vcpu *vcpu)
{
	struct hull_debug *dbg = &vcpu->dbg;
	bool guests = dbg->guest_tf || (!dbg->forced_tf &&
					(hull_raw_rflags(vcpu) & X86_EFLAGS_TF));

	/* What is skipped or emulated is no branch. */
	if (guests && !steps_branches(vcpu))
		hull_queue_debug(vcpu, DR_STEP);
	if (!dbg->forced_tf)
		return false;
	hull_debug_stop(vcpu, X86_TRAP_DB, DR_STEP);
	return true;
}
