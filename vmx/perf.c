// SPDX-License-Identifier: GPL-2.0
/*
 * The host's performance counters while a guest runs.
 *
 * perf tells which of its MSRs need another value in a guest: counters that are not
 * to count there, and PEBS, which writes its records to a linear address of the
 * host's, by the page tables in use.  The entry loads the guest's values and the exit
 * the host's, so that an NMI of perf's in between finds its own.
 */
#include <linux/perf_event.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <asm/perf_event.h>
#include "vmx.h"

/*
 * Irqs or preemption off.  perf looks into a struct kvm_pmu for what the guest's own
 * counters are set to.  A page of zeros, which is more than that is long, says that
 * there are none.
 */
static const struct perf_guest_switch_msr *ask_perf(int *nr)
{
	return perf_guest_get_msrs(nr, empty_zero_page);
}

/* Whether it has an answer depends on its driver for the processor alone. */
static bool perf_answers(void)
{
	bool answers;
	int nr = 0;

	preempt_disable();
	answers = ask_perf(&nr);
	preempt_enable();
	return answers;
}

int vmx_perf_alloc(struct vmx_vcpu *vmx)
{
	if (!perf_answers())
		return 0;
	/* The processor wants lists aligned; kmalloc() does so for powers of two. */
	BUILD_BUG_ON_NOT_POWER_OF_2(sizeof(*vmx->perf));
	vmx->perf = kzalloc(sizeof(*vmx->perf), GFP_KERNEL_ACCOUNT);
	return vmx->perf ? 0 : -ENOMEM;
}

void vmx_perf_init(struct vmx_vcpu *vmx)
{
	vmx->perf_count = 0;
	vmcs_write32(ENTRY_MSR_LOAD_COUNT, 0);
	vmcs_write32(EXIT_MSR_LOAD_COUNT, 0);
	if (!vmx->perf)
		return;
	vmcs_write64(ENTRY_MSR_LOAD_ADDR, __pa(vmx->perf->guest));
	vmcs_write64(EXIT_MSR_LOAD_ADDR, __pa(vmx->perf->host));
}

unsigned int vmx_perf_list(struct vmx_perf *perf, const struct perf_guest_switch_msr *msrs,
			   unsigned int nr)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++) {
		if (msrs[i].host == msrs[i].guest)
			continue;
		if (WARN_ON_ONCE(n == ARRAY_SIZE(perf->host)))
			break;
		perf->guest[n] = (struct vmx_msr_entry){ msrs[i].msr, 0, msrs[i].guest };
		perf->host[n] = (struct vmx_msr_entry){ msrs[i].msr, 0, msrs[i].host };
		n++;
	}
	return n;
}

void __vmx_perf_entry(struct vmx_vcpu *vmx)
{
	const struct perf_guest_switch_msr *msrs;
	unsigned int i, n;
	int nr = 0;

	msrs = ask_perf(&nr);
	n = vmx_perf_list(vmx->perf, msrs, nr);
	/* A record under way is written before the entry only if PEBS ends before it. */
	for (i = 0; i < n; i++)
		if (vmx->perf->guest[i].index == MSR_IA32_PEBS_ENABLE)
			wrmsrl(MSR_IA32_PEBS_ENABLE, 0);
	if (n == vmx->perf_count)
		return;
	vmcs_write32(ENTRY_MSR_LOAD_COUNT, n);
	vmcs_write32(EXIT_MSR_LOAD_COUNT, n);
	vmx->perf_count = n;
}
