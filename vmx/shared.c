// SPDX-License-Identifier: GPL-2.0
/*
 * A CPU that KVM uses too.
 *
 * KVM remembers for each CPU which VMCS it made current there and does not look
 * again.  hull may therefore change the current VMCS only inside its own
 * preemption-off windows from load to put, and has to bring KVM's back.
 *
 * Inside the window KVM may take its VMCS away: another CPU, because it is to run
 * there or is to be freed, has it cleared here by a function call.  Such a VMCS
 * must not become current here again, when it may be active elsewhere by now and
 * its page be somebody else's (SDM vol. 3, "Software Use of Virtual-Machine
 * Control Structures").  KVM's own variable, which that call sets to NULL, is all
 * that tells.  It is not exported: it is looked up among the symbols of KVM's
 * vendor module, and without it nothing is shared.
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include "vmx.h"

/* KVM's: the VMCS that it made current, by its address, or NULL. */
static void * __percpu *kvm_current;

#ifdef CONFIG_KALLSYMS
static unsigned long symbol_value(struct module *mod, const char *name)
{
	unsigned long value = 0;
	const struct mod_kallsyms *table;
	unsigned int i;

	preempt_disable();
	table = rcu_dereference_sched(mod->kallsyms);
	for (i = 0; i < table->num_symtab && !value; i++)
		if (!strcmp(table->strtab + table->symtab[i].st_name, name))
			value = table->symtab[i].st_value;
	preempt_enable();
	return value;
}
#else
static unsigned long symbol_value(struct module *mod, const char *name)
{
	return 0;
}
#endif

int vmx_share(struct module *kvm)
{
	kvm_current = (void * __percpu *)symbol_value(kvm, "current_vmcs");
	if (kvm_current)
		return 0;
	pr_notice_once("%s does not tell which VMCS it has made current\n", kvm->name);
	return -EOPNOTSUPP;
}

void vmx_shared_leave(struct vmx_vmcs *vmcs)
{
	unsigned long flags;
	void *kvms;

	local_irq_save(flags);
	/* KVM may turn the CPU off, or panic in its own way, at any time. */
	vmx_vmcs_clear_here(vmcs);
	kvms = this_cpu_read(*kvm_current);
	if (kvms)
		vmx_vmptrld(__pa(kvms));
	local_irq_restore(flags);
}
