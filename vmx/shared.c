// SPDX-License-Identifier: GPL-2.0
/*
 * A CPU that KVM uses too.
 *
 * KVM remembers which VMCS it made current and does not look again.  hull may
 * therefore change the current VMCS only inside its own preemption-off windows
 * from load to put, and has to bring KVM's back.
 *
 * Inside the window KVM may take its VMCS away: from another CPU, by a function
 * call to this one, it clears the VMCS and then frees its page.  Making such a
 * VMCS current again would leave this CPU with cached state of a page that
 * belongs to somebody else.  A reference on the page keeps it from being used
 * again, and tells: when ours is the last one, KVM has freed the page, and the
 * VMCS is cleared instead of being brought back.  The reference is kept beyond
 * the window, until the next one, because the VMCS may have been cleared
 * before put and freed only after it.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include "vmx.h"

/**
 * struct shared_cpu - one processor
 * @page: page of KVM's VMCS that was current when hull came, referenced
 * @pa: its physical address
 */
struct shared_cpu {
	struct page *page;
	u64 pa;
};

static DEFINE_PER_CPU(struct shared_cpu, shared_cpu);

/* Let go of the page.  True: KVM still has it. */
static bool drop_reference(struct shared_cpu *cpu)
{
	bool alive = page_count(cpu->page) > 1;

	if (!alive)
		vmx_vmclear(cpu->pa);
	put_page(cpu->page);
	cpu->page = NULL;
	return alive;
}

void vmx_shared_forget(void)
{
	struct shared_cpu *cpu = this_cpu_ptr(&shared_cpu);

	if (cpu->page)
		drop_reference(cpu);
}

void vmx_shared_enter(void)
{
	struct shared_cpu *cpu = this_cpu_ptr(&shared_cpu);
	unsigned long flags;

	local_irq_save(flags);
	vmx_shared_forget();
	cpu->pa = vmx_vmptrst();
	if (cpu->pa != ~0ULL && pfn_valid(PHYS_PFN(cpu->pa))) {
		cpu->page = pfn_to_page(PHYS_PFN(cpu->pa));
		get_page(cpu->page);
	}
	local_irq_restore(flags);
}

void vmx_shared_leave(struct vmx_vmcs *vmcs)
{
	struct shared_cpu *cpu = this_cpu_ptr(&shared_cpu);
	unsigned long flags;

	local_irq_save(flags);
	/* KVM may turn the CPU off, or panic in its own way, at any time. */
	vmx_vmcs_clear_here(vmcs);
	if (cpu->page) {
		if (page_count(cpu->page) > 1)
			vmx_vmptrld(cpu->pa);
		else
			vmx_shared_forget();
	}
	local_irq_restore(flags);
}
