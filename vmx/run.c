// SPDX-License-Identifier: GPL-2.0
/*
 * One stay in the guest: what comes before the entry and what comes after.
 */
#include <linux/bitfield.h>
#include <linux/sched.h>
#include <asm/debugreg.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/spec-ctrl.h>
#include <asm/trapnr.h>
#include "mce.h"
#include "reasons.h"
#include "vmx.h"

static_assert(offsetof(struct vmx_switch, gpr) == VMX_SWITCH_GPR);
static_assert(offsetof(struct vmx_switch, host_rsp) == VMX_SWITCH_HOST_RSP);
static_assert(offsetof(struct vmx_switch, guest_spec_ctrl) == VMX_SWITCH_GUEST_SPEC_CTRL);
static_assert(offsetof(struct vmx_switch, host_spec_ctrl) == VMX_SWITCH_HOST_SPEC_CTRL);
static_assert(offsetof(struct vmx_switch, flags) == VMX_SWITCH_FLAGS);

static u64 switch_flags(const struct vmx_vcpu *vmx)
{
	u64 flags = vmx->vmcs.launched ? BIT(VMX_SWITCH_LAUNCHED) : 0;

	/* IBRS as a barrier works by being written. */
	if (static_cpu_has(X86_FEATURE_MSR_SPEC_CTRL) &&
	    (static_cpu_has(X86_FEATURE_KERNEL_IBRS) ||
	     vmx->sw.guest_spec_ctrl != vmx->sw.host_spec_ctrl))
		flags |= BIT(VMX_SWITCH_SPEC_CTRL);
	return flags;
}

static void load_guest_values(struct vmx_vcpu *vmx)
{
	struct hull_vcpu *vcpu = &vmx->vcpu;

	if (vcpu->regs_dirty & HULL_REG_RIP) {
		vmcs_writen(GUEST_RIP, vcpu->rip);
		vcpu->regs_dirty &= ~(u32)HULL_REG_RIP;
	}
	if (vcpu->regs_dirty)
		vmx_write_dirty_regs(vmx);
	if (unlikely(vmx->fpu_open != vcpu->fpu_loaded))
		vmx_open_fpu(vmx);
	if (vmx->shadow_changed)
		vmx_sync_pending_debug(vmx);
	if (native_read_cr2() != vcpu->cr2)
		native_write_cr2(vcpu->cr2);
	if (unlikely(vcpu->dbg.passthrough))
		set_debugreg(vcpu->dbg.dr6, 6);
}

/*
 * An NMI or a machine check ended the stay, and the exit has consumed it.
 * NMIs are blocked until the IRET of the host's handler: it is called before
 * anything else can execute one.
 */
static void deliver_host_exception(struct vmx_vcpu *vmx)
{
	u32 reason = vmx->reason & VMX_REASON_BASIC;
	u32 info;

	if (unlikely(reason == VMX_REASON_MACHINE_CHECK)) {
		hull_host_machine_check();
		return;
	}
	if (reason != VMX_REASON_EXCEPTION_NMI || vmx->reason & VMX_REASON_FAILED)
		return;
	info = vmcs_read32(EXIT_EVENT);
	if (FIELD_GET(VMX_EVENT_TYPE, info) == VMX_EVENT_NMI)
		asm volatile("int %0" : : "i" (X86_TRAP_NMI));
	else if ((info & VMX_EVENT_VECTOR) == X86_TRAP_MC)
		hull_host_machine_check();
}

static void forget_cached(struct vmx_vcpu *vmx)
{
	struct hull_vcpu *vcpu = &vmx->vcpu;

	if (vmx->virtual_apic)
		vcpu->cr8 = vmx_tpr_read(vmx);
	vcpu->regs_avail = 0;
	vmx->segments_avail = 0;
}

/* The instruction failed; nothing of the guest's has changed. */
static void report_failed_instruction(struct vmx_vcpu *vmx)
{
	struct hull_exit *exit = &vmx->vcpu.exit;
	u32 error = vmcs_read32(INSN_ERROR);

	*exit = (struct hull_exit) {
		.kind = HULL_EXIT_FAIL_ENTRY,
		.hw_reason = error,
		.hw_info[1] = vmcs_read32(ENTRY_EVENT),
		.fail_entry.rule = vmx_check_failed_instruction(vmx, error),
	};
	vmcs_write32(ENTRY_EVENT, 0);
}

void vmx_enter(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	int failed;

	load_guest_values(vmx);
	vmx->sw.flags = switch_flags(vmx);
	vmx_perf_entry(vmx);
	vmx_mitigate_entry();
	vmx->injecting_nmi = false;

	failed = vmx_world_switch(&vmx->sw);

	vcpu->cr2 = native_read_cr2();
	if (unlikely(vmx->timer_is_0)) {
		vmcs_write32(GUEST_TIMER, vmx_caps.timer_value);
		vmx->timer_is_0 = false;
	}
	if (unlikely(vmx->saved.debugctl))
		update_debugctlmsr(vmx->saved.debugctl);
	if (unlikely(failed)) {
		report_failed_instruction(vmx);
		return;
	}
	vmx->reason = vmcs_read32(EXIT_REASON);
	deliver_host_exception(vmx);
	if (unlikely(vmx->reason & VMX_REASON_FAILED)) {
		vmx_decode_failed_entry(vmx);
		vmcs_write32(ENTRY_EVENT, 0);
		return;
	}
	vmx->vmcs.launched = true;
	forget_cached(vmx);
	vmx_pml_drain(vmx);
	vmx_decode_exit(vmx);
}

/* Interrupts are still pending in the APIC and are taken when they are enabled. */
void vmx_after_exit(struct hull_vcpu *vcpu)
{
}
