// SPDX-License-Identifier: GPL-2.0
/* Life of VMX's half of a vCPU. */
#include <linux/mm.h>
#include <linux/slab.h>
#include "barrier.h"
#include "cpu/cpuid.h"
#include "cpu/msr.h"
#include "owner.h"
#include "vmx.h"

#define LOOP_GAP		128	/* cycles between two PAUSEs of one loop */
#define LOOP_WINDOW	4096	/* cycles in a loop that are too many */

int vmx_vcpu_init(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);
	int ret;

	ret = vmx_vmcs_alloc(&vmx->vmcs);
	if (!ret)
		ret = vmx_msr_bitmap_alloc(vmx);
	if (!ret)
		ret = vmx_pml_alloc(vmx);
	if (!ret)
		ret = vmx_tpr_alloc(vmx);
	if (!ret)
		ret = vmx_perf_alloc(vmx);
	if (ret) {
		vmx_vcpu_destroy(vcpu);
		return ret;
	}
	vmx_vpid_alloc(vmx);
	vmx->left_cpu = -1;
	vmx->sw.gpr = vcpu->gpr;
	vmx->sw.host_rsp = &vmx->host.rsp;
	return 0;
}

/* Also of one that vmx_vcpu_init() did not finish. */
void vmx_vcpu_destroy(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	vmx_vmcs_free(&vmx->vmcs);
	vmx_vpid_free(vmx);
	free_page((unsigned long)vmx->msr_bitmap);
	free_page((unsigned long)vmx->pml);
	free_page((unsigned long)vmx->virtual_apic);
	kfree(vmx->perf);
	vmx->msr_bitmap = NULL;
	vmx->pml = NULL;
	vmx->virtual_apic = NULL;
	vmx->perf = NULL;
}

static void init_control_fields(struct vmx_vcpu *vmx)
{
	vmx_controls_init(&vmx->controls);
	vmx_control_update(&vmx->controls, VMX_CONTROL_CPU2, VMX_CPU2_VPID,
			   vmx->vpid);
	if (vmx->vpid)
		vmcs_write16(VPID, vmx->vpid);
	vmcs_write64(MSR_BITMAP, __pa(vmx->msr_bitmap));
	vmcs_write32(PF_ERROR_MASK, 0);
	vmcs_write32(PF_ERROR_MATCH, 0);
	vmcs_write32(CR3_TARGET_COUNT, 0);
	vmcs_write32(EXIT_MSR_STORE_COUNT, 0);
	vmcs_write32(ENTRY_EVENT, 0);
	if (vmx_caps.xsaves)
		vmcs_write64(XSS_EXIT_BITMAP, 0);
	if (vmx_control_has(VMX_CONTROL_CPU2, VMX_CPU2_ENCLS))
		vmcs_write64(ENCLS_EXIT_BITMAP, ~0ULL);
	if (vmx_caps.ple) {
		vmcs_write32(PLE_GAP, LOOP_GAP);
		vmcs_write32(PLE_WINDOW, LOOP_WINDOW);
	}
	if (vmx_caps.timer)
		vmcs_write32(GUEST_TIMER, vmx_caps.timer_value);
	vmx->exceptions = 0;
	vmcs_write32(EXCEPTION_BITMAP, 0);
	vmx_pml_init(vmx);
	vmx_perf_init(vmx);
	vmx_tpr_init(vmx);
}

/* What core/ does not set after a reset itself. */
static void init_guest_fields(struct vmx_vcpu *vmx)
{
	vmcs_write64(VMCS_LINK_POINTER, ~0ULL);
	vmcs_write32(GUEST_ACTIVITY, VMX_ACTIVITY_ACTIVE);
	vmcs_write32(GUEST_INTERRUPTIBILITY, 0);
	vmcs_writen(GUEST_PENDING_DEBUG, 0);
	vmcs_write64(GUEST_DEBUGCTL, 0);
	vmcs_write64(GUEST_PAT, HULL_PAT_RESET);
	vmcs_write32(GUEST_SYSENTER_CS, 0);
	vmcs_writen(GUEST_SYSENTER_ESP, 0);
	vmcs_writen(GUEST_SYSENTER_EIP, 0);
	vmx->soft_nmi_blocked = false;
	vmx->nmi_by_irq_window = false;
	vmx->irq_window = false;
	vmx->segments_avail = 0;
	vmx_init_control_registers(vmx);
}

void vmx_vcpu_reset(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	/* Between two vCPUs of one thread the host state is that thread's. */
	preempt_disable();
	vmx_host_init(vmx);
	vmx_host_move(vmx, smp_processor_id());
	init_control_fields(vmx);
	init_guest_fields(vmx);
	vmx_set_s2_root(vcpu);
	preempt_enable();
}

static noinline void load_after_another(struct vmx_vcpu *vmx, int cpu)
{
	bool moved = vmx->vmcs.cpu != cpu && vmx->left_cpu != cpu;

	/* This thread is being pushed off a CPU that goes offline. */
	if (unlikely(!hull_owner_cpu_on()))
		return;
	vmx->left_cpu = -1;
	if (unlikely(!vmx_vmcs_load(&vmx->vmcs))) {
		hull_vm_kill(vmx->vcpu.vm, "VMPTRLD failed", __func__);
		return;
	}
	if (moved) {
		vmx_host_move(vmx, cpu);
		vmx_uret_move();
		/* What was flushed elsewhere meanwhile was not flushed here. */
		vmx_flush_tlb(&vmx->vcpu);
	}
	hull_branch_barrier(&vmx->vcpu);
}

void vmx_vcpu_load(struct hull_vcpu *vcpu, int cpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	if (!vmx_vmcs_is_current(&vmx->vmcs) || unlikely(hull_owner_shared()))
		load_after_another(vmx, cpu);
}

static void put_shared(struct vmx_vcpu *vmx)
{
	vmx_uret_put();
	hull_branch_barrier_shared();
	/* Somewhere else: it could not be loaded here. */
	if (vmx->vmcs.cpu != smp_processor_id())
		return;
	/* KVM may give this VPID to a guest of its own. */
	vmx_flush_vpid(vmx);
	vmx_shared_leave(&vmx->vmcs);
}

/* The callback of a crash is KVM's, and does not know this VMCS (core/owner.c). */
static void put_clear(struct vmx_vcpu *vmx)
{
	int cpu = smp_processor_id();
	unsigned long flags;

	local_irq_save(flags);
	if (vmx->vmcs.cpu == cpu) {
		vmx_vmcs_clear_here(&vmx->vmcs);
		vmx->left_cpu = cpu;
	}
	local_irq_restore(flags);
}

static noinline void put_beside_kvm(struct vmx_vcpu *vmx)
{
	if (hull_owner_shared())
		put_shared(vmx);
	else
		put_clear(vmx);
}

void vmx_vcpu_put(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	vmx_host_restore(vmx);
	if (unlikely(hull_owner_beside_kvm()))
		put_beside_kvm(vmx);
}
