// SPDX-License-Identifier: GPL-2.0
/*
 * Control registers, EFER and debug registers of the guest.
 *
 * CR0 and CR4 each have three fields.  A bit of the mask is host-owned: the
 * guest reads it from the shadow, and exits when it writes another value than
 * the shadow's.  All other bits are the guest's own, in the register itself.
 * The register has in addition what VMX operation or the host demands.
 */
#include <linux/sched.h>
#include <asm/debugreg.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/tlbflush.h>
#include <asm/trapnr.h>
#include "cpu/cpuid.h"
#include "cpu/debug.h"
#include "cpu/regs.h"
#include "vmx.h"

/* Changing these needs nothing from hull. */
#define CR0_OWNED	(X86_CR0_TS | X86_CR0_EM | X86_CR0_MP | X86_CR0_AM | \
			 X86_CR0_WP)
#define CR4_OWNED	(X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE | X86_CR4_PCE | \
			 X86_CR4_PGE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT |	\
			 X86_CR4_FSGSBASE)
static_assert(!(CR4_OWNED & (X86_CR4_OSXSAVE | X86_CR4_PKE)));	/* hull_cr4_xstate() */
/* Caches stay on, whatever the guest thinks of them. */
#define CR0_NEVER	(X86_CR0_CD | X86_CR0_NW)

/* Bits of CR0 that have to be set; unrestricted guest lets these two go. */
static u64 cr0_required(void)
{
	return vmx_caps.cr0_fixed & ~(u64)(X86_CR0_PE | X86_CR0_PG);
}

void vmx_set_cr0(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	/* MP, for FWAIT is a use too. */
	u64 closed = vmx->fpu_open ? 0 : X86_CR0_TS | X86_CR0_MP;
	u64 owned = vmx_caps.owned_bits ? CR0_OWNED & ~closed : 0;

	if (owned != vmx->cr0_owned) {
		vmx->cr0_owned = owned;
		vmcs_writen(CR0_MASK, ~owned);
	}
	vmcs_writen(CR0_SHADOW, vcpu->cr0);
	vmcs_writen(GUEST_CR0, (vcpu->cr0 & ~(u64)CR0_NEVER) | cr0_required() | closed);
	vcpu->regs_avail |= HULL_REG_CR0;
}

/* Of those that CPUID says there are. */
static u64 cr4_owned(const struct hull_vcpu *vcpu)
{
	return vmx_caps.owned_bits ? CR4_OWNED & vcpu->cpuid.cr4_allowed : 0;
}

void vmx_set_cr4(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	u64 owned = cr4_owned(vcpu);
	u64 value = vcpu->cr4 | vmx_caps.cr4_fixed;

	/* A machine check with MCE clear would stop the machine. */
	value |= cr4_read_shadow() & X86_CR4_MCE;
	if (owned != vmx->cr4_owned) {
		vmx->cr4_owned = owned;
		vmcs_writen(CR4_MASK, ~owned);
	}
	vmcs_writen(CR4_SHADOW, vcpu->cr4);
	vmcs_writen(GUEST_CR4, value);
	vcpu->regs_avail |= HULL_REG_CR4;
}

void vmx_set_cr3(struct hull_vcpu *vcpu)
{
	vmcs_writen(GUEST_CR3, vcpu->cr3);
	vcpu->regs_avail |= HULL_REG_CR3;
}

/* LMA is both in EFER and in the entry controls, and they have to agree. */
void vmx_set_efer(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	vmcs_write64(GUEST_EFER, vcpu->efer);
	vmx_control_update(&vmx->controls, VMX_CONTROL_ENTRY, VMX_ENTRY_IA32E,
			   vcpu->efer & EFER_LMA);
	vmx_uret_refresh(vmx);
}

void vmx_init_control_registers(struct vmx_vcpu *vmx)
{
	vmx->fpu_open = false;
	vmx->cr0_owned = 0;
	vmx->cr4_owned = 0;
	vmcs_writen(CR0_MASK, ~vmx->cr0_owned);
	vmcs_writen(CR4_MASK, ~vmx->cr4_owned);
}

static void cache_pdptrs(struct hull_vcpu *vcpu)
{
	/* The CPU loads them itself only in PAE paging. */
	if (!hull_is_pae(vcpu))
		return;
	vcpu->pdptr[0] = vmcs_read64(GUEST_PDPTE0);
	vcpu->pdptr[1] = vmcs_read64(GUEST_PDPTE1);
	vcpu->pdptr[2] = vmcs_read64(GUEST_PDPTE2);
	vcpu->pdptr[3] = vmcs_read64(GUEST_PDPTE3);
}

static void write_pdptrs(struct hull_vcpu *vcpu)
{
	vmcs_write64(GUEST_PDPTE0, vcpu->pdptr[0]);
	vmcs_write64(GUEST_PDPTE1, vcpu->pdptr[1]);
	vmcs_write64(GUEST_PDPTE2, vcpu->pdptr[2]);
	vmcs_write64(GUEST_PDPTE3, vcpu->pdptr[3]);
}

void vmx_cache_regs(struct hull_vcpu *vcpu, u32 mask)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	u64 owned;

	if (mask & HULL_REG_RSP)
		vcpu->gpr[HULL_RSP] = vmcs_readn(GUEST_RSP);
	if (mask & HULL_REG_RIP)
		vcpu->rip = vmcs_readn(GUEST_RIP);
	if (mask & HULL_REG_RFLAGS)
		vcpu->rflags = vmcs_readn(GUEST_RFLAGS);
	if (mask & HULL_REG_CR0) {
		owned = vmx->cr0_owned;
		vcpu->cr0 = (vcpu->cr0 & ~owned) | (vmcs_readn(GUEST_CR0) & owned);
	}
	if (mask & HULL_REG_CR3)
		vcpu->cr3 = vmcs_readn(GUEST_CR3);
	if (mask & HULL_REG_CR4) {
		owned = vmx->cr4_owned;
		vcpu->cr4 = (vcpu->cr4 & ~owned) | (vmcs_readn(GUEST_CR4) & owned);
	}
	if (mask & HULL_REG_PDPTR)
		cache_pdptrs(vcpu);
	if (mask & HULL_REG_SHADOW)
		vmx_read_shadow(vmx);
}

/* What core/ changed since the last exit, but for RIP.  Interrupts off. */
void vmx_write_dirty_regs(struct vmx_vcpu *vmx)
{
	struct hull_vcpu *vcpu = &vmx->vcpu;
	u32 dirty = vcpu->regs_dirty;

	if (dirty & HULL_REG_RSP)
		vmcs_writen(GUEST_RSP, vcpu->gpr[HULL_RSP]);
	if (dirty & HULL_REG_RFLAGS) {
		vmcs_writen(GUEST_RFLAGS, vcpu->rflags);
		vmx->shadow_changed = true;
	}
	if (dirty & HULL_REG_PDPTR)
		write_pdptrs(vcpu);
	if (dirty & HULL_REG_CR8)
		vmx_tpr_write(vmx);
	vcpu->regs_dirty = 0;
}

void vmx_update_debug(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	vmx_control_update(&vmx->controls, VMX_CONTROL_CPU, VMX_CPU_MOV_DR,
			   !vcpu->dbg.passthrough);
	vmcs_writen(GUEST_DR7, hull_effective_dr7(vcpu));
	vmx_update_intercepts(vcpu);
}

/* DR6 is neither saved nor loaded by an exit; core/ has read DR0-3. */
void vmx_read_dirty_debug(struct hull_vcpu *vcpu)
{
	get_debugreg(vcpu->dbg.dr6, 6);
	set_debugreg(DR6_RESERVED, 6);
	vcpu->dbg.dr7 = vmcs_readn(GUEST_DR7);
}

static void update_exceptions(struct vmx_vcpu *vmx)
{
	u32 exceptions = hull_exceptions_wanted(&vmx->vcpu, vmx->fpu_open);

	if (exceptions != vmx->exceptions) {
		vmx->exceptions = exceptions;
		vmcs_write32(EXCEPTION_BITMAP, exceptions);
	}
}

/* vcpu->fpu_loaded has changed: let the FPU's first use exit, or no longer. */
void vmx_open_fpu(struct vmx_vcpu *vmx)
{
	struct hull_vcpu *vcpu = &vmx->vcpu;

	hull_cr0(vcpu);		/* before the guest's own is overwritten */
	vmx->fpu_open = vcpu->fpu_loaded;
	vmx_set_cr0(vcpu);
	update_exceptions(vmx);
}

void vmx_update_intercepts(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	struct vmx_controls *controls = &vmx->controls;

	update_exceptions(vmx);
	if (vmx->cr4_owned != cr4_owned(vcpu)) {
		hull_cr4(vcpu);		/* before the guest's own is overwritten */
		vmx_set_cr4(vcpu);
	}
	/* Without the control, the instruction is undefined in the guest. */
	vmx_control_update(controls, VMX_CONTROL_CPU2, VMX_CPU2_RDTSCP,
			   hull_guest_has(vcpu, HULL_FEAT_RDTSCP) ||
			   hull_guest_has(vcpu, HULL_FEAT_RDPID));
	vmx_uret_refresh(vmx);
	vmx_control_update(controls, VMX_CONTROL_CPU2, VMX_CPU2_INVPCID,
			   hull_guest_has(vcpu, HULL_FEAT_INVPCID));
	vmx_control_update(controls, VMX_CONTROL_CPU2, VMX_CPU2_XSAVES,
			   hull_guest_has(vcpu, HULL_FEAT_XSAVES));
}

void vmx_write_tsc(struct hull_vcpu *vcpu)
{
	vmcs_write64(TSC_OFFSET, vcpu->tsc.offset);
	if (vmx_caps.tsc_scaling)
		vmcs_write64(TSC_MULTIPLIER, vcpu->tsc.ratio);
}
