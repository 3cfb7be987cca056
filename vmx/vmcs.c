// SPDX-License-Identifier: GPL-2.0
/*
 * VMCS regions: allocation, migration between CPUs, clearing.
 *
 * The list of active regions of a CPU is changed on that CPU alone, with
 * interrupts off: by the thread that loads, by the function call with which
 * another CPU asks for a region, and when the CPU leaves VMX operation.  The
 * NMI of a crash may come in the middle of a change, and walks the list only
 * when no change is under way.  Else the current region is all it can find.
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include "caps.h"
#include "vmcs.h"

DEFINE_PER_CPU(struct vmx_active_regions, vmx_active_regions);
DEFINE_PER_CPU(u64, vmx_current_vmcs);

void vmx_vmcs_init_cpu(int cpu)
{
	struct vmx_active_regions *active = per_cpu_ptr(&vmx_active_regions, cpu);

	INIT_LIST_HEAD(&active->list);
	per_cpu(vmx_current_vmcs, cpu) = ~0ULL;
}

void vmx_vmwrite_failed(u32 field, u64 value)
{
	pr_err_ratelimited("VMWRITE of %#llx to field %#x failed, error %llu\n",
			   value, field, vmx_vmread(VMX_INSN_ERROR));
}

int vmx_vmcs_alloc(struct vmx_vmcs *vmcs)
{
	u32 *region = (u32 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);

	if (!region)
		return -ENOMEM;
	*region = vmx_caps.revision;
	vmcs->region = region;
	vmcs->pa = __pa(region);
	vmcs->cpu = -1;
	vmcs->initialised = false;
	vmcs->launched = false;
	INIT_LIST_HEAD(&vmcs->active);
	return 0;
}

void vmx_vmcs_free(struct vmx_vmcs *vmcs)
{
	if (!vmcs->region)
		return;
	vmx_vmcs_clear(vmcs);
	free_page((unsigned long)vmcs->region);
	vmcs->region = NULL;
}

static void list_change_begin(struct vmx_active_regions *active)
{
	lockdep_assert_irqs_disabled();
	WRITE_ONCE(active->changing, true);
	barrier();
}

static void list_change_end(struct vmx_active_regions *active)
{
	barrier();
	WRITE_ONCE(active->changing, false);
}

void vmx_vmcs_clear_here(struct vmx_vmcs *vmcs)
{
	struct vmx_active_regions *active = this_cpu_ptr(&vmx_active_regions);

	vmx_vmclear(vmcs->pa);
	if (this_cpu_read(vmx_current_vmcs) == vmcs->pa)
		this_cpu_write(vmx_current_vmcs, ~0ULL);
	list_change_begin(active);
	list_del_init(&vmcs->active);
	list_change_end(active);
	vmcs->launched = false;
	/* Whoever sees the new value may load it elsewhere. */
	smp_store_release(&vmcs->cpu, -1);
}

static void clear_ipi(void *data)
{
	struct vmx_vmcs *vmcs = data;

	/* The CPU may have cleared it for reasons of its own in between. */
	if (vmcs->cpu == smp_processor_id())
		vmx_vmcs_clear_here(vmcs);
}

void vmx_vmcs_clear(struct vmx_vmcs *vmcs)
{
	/* Pairs with the release by whoever cleared it. */
	int cpu = smp_load_acquire(&vmcs->cpu);

	/* A CPU that went offline has cleared it on its way. */
	if (cpu >= 0)
		smp_call_function_single(cpu, clear_ipi, vmcs, true);
}

void vmx_vmcs_clear_all_but(const struct vmx_vmcs *one)
{
	struct vmx_active_regions *active = this_cpu_ptr(&vmx_active_regions);
	struct vmx_vmcs *vmcs, *next;

	list_for_each_entry_safe(vmcs, next, &active->list, active)
		if (vmcs != one)
			vmx_vmcs_clear_here(vmcs);
}

void vmx_vmcs_clear_all_emergency(void)
{
	struct vmx_active_regions *active = this_cpu_ptr(&vmx_active_regions);
	u64 current_pa = this_cpu_read(vmx_current_vmcs);
	struct vmx_vmcs *vmcs;

	if (READ_ONCE(active->changing)) {
		if (current_pa != ~0ULL)
			vmx_vmclear(current_pa);
		return;
	}
	list_for_each_entry(vmcs, &active->list, active)
		vmx_vmclear(vmcs->pa);
}

static void activate(struct vmx_vmcs *vmcs)
{
	struct vmx_active_regions *active = this_cpu_ptr(&vmx_active_regions);
	unsigned long flags;

	vmx_vmcs_clear(vmcs);
	/* SDM vol. 3, Software Use of Virtual-Machine Control Structures */
	if (!vmcs->initialised)
		vmcs->initialised = vmx_vmclear(vmcs->pa);
	local_irq_save(flags);
	list_change_begin(active);
	list_add(&vmcs->active, &active->list);
	list_change_end(active);
	vmcs->cpu = smp_processor_id();
	local_irq_restore(flags);
}

/*
 * VMPTRLD failed.  The region that is still current is another vCPU's, and not to
 * be taken for this one's.
 */
static noinline void load_failed(void)
{
	struct vmx_active_regions *active = this_cpu_ptr(&vmx_active_regions);
	struct vmx_vmcs *vmcs, *next;
	unsigned long flags;

	pr_err_ratelimited("VMPTRLD failed, error %llu\n", vmx_vmread(VMX_INSN_ERROR));
	local_irq_save(flags);
	list_for_each_entry_safe(vmcs, next, &active->list, active)
		if (vmx_vmcs_is_current(vmcs))
			vmx_vmcs_clear_here(vmcs);
	local_irq_restore(flags);
}

bool vmx_vmcs_load(struct vmx_vmcs *vmcs)
{
	if (vmcs->cpu != smp_processor_id())
		activate(vmcs);
	if (vmx_vmcs_is_current(vmcs))
		return true;
	if (!vmx_vmptrld(vmcs->pa)) {
		load_failed();
		return false;
	}
	this_cpu_write(vmx_current_vmcs, vmcs->pa);
	return true;
}
