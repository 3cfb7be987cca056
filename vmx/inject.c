// SPDX-License-Identifier: GPL-2.0
/*
 * Events on their way into the guest, and what holds them back: shadows, NMI
 * blocking, windows.
 *
 * Without virtual NMIs nothing tells when the guest's NMI handler has returned.
 * hull then takes the first moment after the injection at which the guest can
 * take an interrupt for the end of the handler: handlers run with interrupts
 * off and return with IRET, which restores them. A second NMI in a stretch with
 * interrupts off waits for its end.
 */
#include <linux/bitfield.h>
#include <asm/kvm.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "vmx.h"

static const u8 event_types[] = {
	[HULL_EVENT_INTERRUPT] = VMX_EVENT_EXTERNAL,
	[HULL_EVENT_NMI] = VMX_EVENT_NMI,
	[HULL_EVENT_EXCEPTION] = VMX_EVENT_HARD_EXCEPTION,
	[HULL_EVENT_SOFT_INTERRUPT] = VMX_EVENT_SOFT_INTERRUPT,
	[HULL_EVENT_SOFT_EXCEPTION] = VMX_EVENT_SOFT_EXCEPTION,
};

void vmx_inject(struct hull_vcpu *vcpu, const struct hull_event *event)
{
	u32 type = event_types[event->type];
	u32 info = VMX_EVENT_VALID | event->vector;

	if (type == VMX_EVENT_SOFT_EXCEPTION && event->vector == X86_TRAP_DB)
		type = VMX_EVENT_PRIV_EXCEPTION;
	info |= FIELD_PREP(VMX_EVENT_TYPE, type);
	if (event->has_error) {
		info |= VMX_EVENT_ERROR;
		/* User space can ask for more than the entry checks take. */
		vmcs_write32(ENTRY_EVENT_ERROR, (u16)event->error);
	}
	if (event->insn_len)
		vmcs_write32(ENTRY_INSN_LEN, event->insn_len);
	vmcs_write32(ENTRY_EVENT, info);
	/* User space may have said that NMIs are blocked as well. */
	if (type == VMX_EVENT_NMI)
		vmx_set_nmi_mask(vcpu, false);
	to_vmx(vcpu)->injecting_nmi = type == VMX_EVENT_NMI;
}

/* The event whose delivery an exit interrupted, to be injected again. */
void vmx_decode_vectoring(struct vmx_vcpu *vmx, u32 info, struct hull_event *event)
{
	*event = (struct hull_event) { .vector = info & VMX_EVENT_VECTOR };

	switch (FIELD_GET(VMX_EVENT_TYPE, info)) {
	case VMX_EVENT_EXTERNAL:
		event->type = HULL_EVENT_INTERRUPT;
		break;
	case VMX_EVENT_NMI:
		event->type = HULL_EVENT_NMI;
		break;
	case VMX_EVENT_HARD_EXCEPTION:
		event->type = HULL_EVENT_EXCEPTION;
		break;
	case VMX_EVENT_SOFT_INTERRUPT:
		event->type = HULL_EVENT_SOFT_INTERRUPT;
		event->insn_len = vmcs_read32(EXIT_INSN_LEN);
		break;
	case VMX_EVENT_PRIV_EXCEPTION:
	case VMX_EVENT_SOFT_EXCEPTION:
		event->type = HULL_EVENT_SOFT_EXCEPTION;
		event->insn_len = vmcs_read32(EXIT_INSN_LEN);
		break;
	default:
		return;
	}
	if (info & VMX_EVENT_ERROR) {
		event->has_error = true;
		event->error = vmcs_read32(VECTORING_EVENT_ERROR);
	}
}

void vmx_set_shadow(struct hull_vcpu *vcpu, u32 shadow)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	u32 old = vmcs_read32(GUEST_INTERRUPTIBILITY);
	u32 new = old & ~VMX_BLOCKED_SHADOW;

	/* The entry checks allow one of the two; MOV SS blocks more. */
	if (shadow & KVM_X86_SHADOW_INT_MOV_SS)
		new |= VMX_BLOCKED_BY_MOV_SS;
	else if (shadow & KVM_X86_SHADOW_INT_STI)
		new |= VMX_BLOCKED_BY_STI;
	if (new == old)
		return;
	vmcs_write32(GUEST_INTERRUPTIBILITY, new);
	vmx->shadow_changed = true;
}

/*
 * With a shadow, the single-step trap that TF asks for is pending, and the
 * entry checks want it said (SDM vol. 3, Checks on Guest Non-Register State).
 * Without one, the CPU raises it by itself.  Called before an entry when the
 * shadow, RFLAGS or DEBUGCTL is not as the last exit left it.
 */
void vmx_sync_pending_debug(struct vmx_vcpu *vmx)
{
	u32 state = vmcs_read32(GUEST_INTERRUPTIBILITY);
	u64 pending = vmcs_readn(GUEST_PENDING_DEBUG);
	u64 old = pending;

	pending &= ~(u64)VMX_PENDING_BS;
	if (state & VMX_BLOCKED_SHADOW &&
	    hull_raw_rflags(&vmx->vcpu) & X86_EFLAGS_TF &&
	    !(vmcs_read64(GUEST_DEBUGCTL) & DEBUGCTLMSR_BTF))
		pending |= VMX_PENDING_BS;
	if (pending != old)
		vmcs_writen(GUEST_PENDING_DEBUG, pending);
	vmx->shadow_changed = false;
}

bool vmx_get_nmi_mask(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	if (!vmx_caps.virtual_nmi) {
		/* The handler's end, as far as it can be told, may be now. */
		if (vmx->soft_nmi_blocked && hull_interrupt_allowed(vcpu))
			vmx->soft_nmi_blocked = false;
		return vmx->soft_nmi_blocked;
	}
	return vmcs_read32(GUEST_INTERRUPTIBILITY) & VMX_BLOCKED_BY_NMI;
}

void vmx_set_nmi_mask(struct hull_vcpu *vcpu, bool masked)
{
	u32 old, new;

	if (!vmx_caps.virtual_nmi) {
		to_vmx(vcpu)->soft_nmi_blocked = masked;
		return;
	}
	/* The entry that injects an NMI sets the blocking, and wants it clear. */
	if (masked && to_vmx(vcpu)->injecting_nmi)
		return;
	old = vmcs_read32(GUEST_INTERRUPTIBILITY);
	new = masked ? old | VMX_BLOCKED_BY_NMI : old & ~VMX_BLOCKED_BY_NMI;
	if (new != old)
		vmcs_write32(GUEST_INTERRUPTIBILITY, new);
}

/*
 * IRET ended the blocking by NMI and then faulted.  It will be executed again,
 * and until then NMIs are to stay blocked.
 */
void vmx_nmi_unblocked_by_iret(struct vmx_vcpu *vmx)
{
	if (vmx_caps.virtual_nmi)
		vmx_set_nmi_mask(&vmx->vcpu, true);
}

static void update_irq_window(struct vmx_vcpu *vmx)
{
	vmx_control_update(&vmx->controls, VMX_CONTROL_CPU, VMX_CPU_IRQ_WINDOW,
			   vmx->irq_window || vmx->nmi_by_irq_window);
}

void vmx_irq_window(struct hull_vcpu *vcpu, bool on)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	vmx->irq_window = on;
	update_irq_window(vmx);
}

/*
 * An NMI that nothing blocks waits for no more than the event that goes in first:
 * at 0 the preemption timer ends the stay when that has been delivered, before an
 * instruction (SDM vol. 3, VMX-Preemption Timer).
 */
static void exit_after_delivery(struct vmx_vcpu *vmx)
{
	if (!vmx_caps.timer || vmx->soft_nmi_blocked ||
	    !(vmcs_read32(ENTRY_EVENT) & VMX_EVENT_VALID))
		return;
	vmcs_write32(GUEST_TIMER, 0);
	vmx->timer_is_0 = true;
}

/*
 * The entry begins in the shadow of STI, and not with a delivery, which ends it.
 * Whether that shadow closes the NMI window is up to the CPU (SDM vol. 3, Other
 * Causes of VM Exits). In it NMIs do not go in, so that an open window would be one
 * exit after the other. IF is set, and the shadow ends with the instruction.
 */
static bool in_sti_shadow(struct hull_vcpu *vcpu)
{
	return hull_shadow(vcpu) & KVM_X86_SHADOW_INT_STI &&
	       !(vmcs_read32(ENTRY_EVENT) & VMX_EVENT_VALID);
}

void vmx_nmi_window(struct hull_vcpu *vcpu, bool on)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	vmx->nmi_by_irq_window = on && (!vmx_caps.virtual_nmi || in_sti_shadow(vcpu));
	update_irq_window(vmx);
	vmx_control_update(&vmx->controls, VMX_CONTROL_CPU, VMX_CPU_NMI_WINDOW,
			   on && !vmx->nmi_by_irq_window);
	if (on && !vmx_caps.virtual_nmi)
		exit_after_delivery(vmx);
}

/*
 * An interrupt window opened.  True when an NMI was waiting for it and no
 * interrupt was.
 */
bool vmx_irq_window_opened(struct vmx_vcpu *vmx)
{
	if (!vmx->nmi_by_irq_window)
		return false;
	vmx->soft_nmi_blocked = false;
	if (vmx->irq_window)
		return false;
	return true;
}
