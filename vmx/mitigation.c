// SPDX-License-Identifier: GPL-2.0
/*
 * Mitigations outside the entry code, as the host's own settings say.
 *
 * L1TF: the guest could read the L1 data cache through EPT entries; it is
 * flushed before each entry, unless the host's mitigation is off.  MMIO stale
 * data: hull's guests may have device memory, so that the CPU buffers are
 * cleared where the host knows of the defect.  Branch predictors: a barrier
 * when the vCPU that ran before was another one.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/processor.h>
#include "owner.h"
#include "vmx.h"

/* Larger than any L1 data cache, for CPUs that cannot be told to flush it. */
#define FLUSH_ORDER	4
#define FLUSH_SIZE	(PAGE_SIZE << FLUSH_ORDER)
#define CACHE_LINE	64

DEFINE_STATIC_KEY_FALSE(vmx_flushes_l1d);
static u8 *flush_buffer;

int vmx_mitigation_setup(void)
{
	u64 cap = 0;

	if (!boot_cpu_has_bug(X86_BUG_L1TF) || l1tf_mitigation == L1TF_MITIGATION_OFF)
		return 0;
	if (boot_cpu_has(X86_FEATURE_ARCH_CAPABILITIES))
		rdmsrl(MSR_IA32_ARCH_CAPABILITIES, cap);
	if (cap & ARCH_CAP_SKIP_VMENTRY_L1DFLUSH)
		return 0;
	if (!boot_cpu_has(X86_FEATURE_FLUSH_L1D)) {
		flush_buffer = (u8 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
						      FLUSH_ORDER);
		if (!flush_buffer)
			return -ENOMEM;
	}
	static_branch_enable(&vmx_flushes_l1d);
	return 0;
}

void vmx_mitigation_teardown(void)
{
	static_branch_disable(&vmx_flushes_l1d);
	free_pages((unsigned long)flush_buffer, FLUSH_ORDER);
	flush_buffer = NULL;
}

static void fill_cache(void)
{
	unsigned long i;

	/* Translations first, so that no page walk comes in between. */
	for (i = 0; i < FLUSH_SIZE; i += PAGE_SIZE)
		READ_ONCE(flush_buffer[i]);
	/* The walks come before the second pass, on every CPU that has L1TF. */
	mb();
	for (i = 0; i < FLUSH_SIZE; i += CACHE_LINE)
		READ_ONCE(flush_buffer[i]);
	/* The flush is complete before the entry begins. */
	mb();
}

void vmx_flush_l1d(void)
{
	if (flush_buffer)
		fill_cache();
	else
		wrmsrl(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
}

void vmx_clear_cpu_buffers(void)
{
	static const u16 selector = __KERNEL_DS;

	/* Only the form with a memory operand clears them. */
	asm volatile("verw %[selector]" : : [selector] "m" (selector) : "cc");
}
