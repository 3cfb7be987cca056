// SPDX-License-Identifier: GPL-2.0
/*
 * VMX operation, per CPU.
 *
 * Alone, hull gives each CPU a VMXON region, sets CR4.VMXE and leaves both
 * again.  When KVM has the CPU in VMX operation already and shares it, there
 * is nothing to turn on, and nothing to turn off but our own VMCSs.
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <asm/msr.h>
#include <asm/perf_event.h>
#include <asm/tlbflush.h>
#include "owner.h"
#include "vmx.h"

/**
 * struct vmx_cpu - one processor
 * @region: VMXON region, one page
 * @in_vmx: hull executed VMXON here; changed with interrupts off
 */
struct vmx_cpu {
	void *region;
	bool in_vmx;
};

static DEFINE_PER_CPU(struct vmx_cpu, vmx_cpu);

static void free_regions(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		free_page((unsigned long)per_cpu(vmx_cpu.region, cpu));
		per_cpu(vmx_cpu.region, cpu) = NULL;
	}
}

int vmx_setup(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		u32 *region = (u32 *)get_zeroed_page(GFP_KERNEL);

		if (!region) {
			free_regions();
			return -ENOMEM;
		}
		*region = vmx_caps.revision;
		per_cpu(vmx_cpu.region, cpu) = region;
		vmx_vmcs_init_cpu(cpu);
	}
	if (vmx_mitigation_setup()) {
		free_regions();
		return -ENOMEM;
	}
	return 0;
}

void vmx_teardown(void)
{
	vmx_mitigation_teardown();
	free_regions();
}

static bool allowed_by_firmware(void)
{
	u64 control;

	if (rdmsrl_safe(MSR_IA32_FEAT_CTL, &control))
		return true;	/* a CPU without the MSR has no say in it */
	return vmx_feat_ctl_allows(control);
}

int vmx_cpu_enable(void)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);
	const char *differs = vmx_caps_differ_here();

	/* VMCSs move between CPUs, and are made for what was probed on one. */
	if (differs) {
		pr_err_ratelimited("CPU %d cannot do in VMX what hull has found on another: %s\n",
				   smp_processor_id(), differs);
		return -EIO;
	}
	if (cr4_read_shadow() & X86_CR4_VMXE) {
		if (!hull_owner_shared())
			return -EBUSY;
		vmx_flush_everything();
		return 0;
	}
	/* KVM was to have turned it on. */
	if (hull_owner_shared())
		return -EIO;
	if (!allowed_by_firmware()) {
		pr_err_ratelimited("the firmware forbids VMX on CPU %d\n",
				   smp_processor_id());
		return -EIO;
	}

	cr4_set_bits(X86_CR4_VMXE);
	/* VMXON ends traces of Intel PT on CPUs that cannot have both: perf must know. */
	intel_pt_handle_vmx(1);
	if (!vmx_vmxon(__pa(cpu->region))) {
		intel_pt_handle_vmx(0);
		cr4_clear_bits(X86_CR4_VMXE);
		pr_err_ratelimited("VMXON failed on CPU %d\n", smp_processor_id());
		return -EIO;
	}
	cpu->in_vmx = true;
	vmx_uret_forget();
	/* Translations of an earlier stay may still be there. */
	vmx_flush_everything();
	return 0;
}

void vmx_cpu_disable(void)
{
	struct vmx_cpu *cpu = this_cpu_ptr(&vmx_cpu);

	vmx_vmcs_clear_all_but(NULL);
	/* The kernel sets up these MSRs afresh when the CPU comes back. */
	vmx_uret_put();
	if (!cpu->in_vmx)
		return;
	cpu->in_vmx = false;
	vmx_vmxoff();
	intel_pt_handle_vmx(0);
	cr4_clear_bits(X86_CR4_VMXE);
}

/* KVM's module comes, which will not do it in a crash. */
void vmx_cpu_write_back(void)
{
	struct hull_vcpu *loaded = hull_current_vcpu();

	vmx_vmcs_clear_all_but(loaded ? &to_vmx(loaded)->vmcs : NULL);
}

/*
 * Panic or kexec.  The regions' cached parts must not be written to memory that
 * the next kernel uses, and INIT must get through to this CPU.
 */
void vmx_cpu_emergency(void)
{
	vmx_vmcs_clear_all_emergency();
	if (!this_cpu_read(vmx_cpu.in_vmx))
		return;
	vmx_vmxoff();
	/* As it was found. */
	cr4_clear_bits(X86_CR4_VMXE);
}
