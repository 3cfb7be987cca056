// SPDX-License-Identifier: GPL-2.0
/*
 * The VMCS by field names, for a report of something hull did not expect.
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/printk.h>
#include <linux/ratelimit.h>
#include "vmx.h"

static const char * const group_names[] = {
	[VMX_GROUP_CONTROL] = "control",
	[VMX_GROUP_EXIT] = "exit",
	[VMX_GROUP_GUEST] = "guest",
	[VMX_GROUP_HOST] = "host",
};

/* Fields of features that the CPU does not have read as 0. */
static void dump_group(u8 group)
{
	unsigned int i;
	u64 value;

	pr_err("%s fields that are not 0:\n", group_names[group]);
	for (i = 0; i < vmx_nr_fields; i++) {
		if (vmx_fields[i].group != group)
			continue;
		value = vmx_vmread(vmx_fields[i].encoding);
		if (value)
			pr_err("  %-24s %#llx\n", vmx_fields[i].name, value);
	}
}

/* The event is no longer in its field. */
static void dump_failed_entry(const struct hull_exit *exit)
{
	if (exit->fail_entry.rule)
		pr_err("the entry violated a rule: %s\n", exit->fail_entry.rule);
	if (exit->hw_info[1])
		pr_err("the event to be injected was %#llx\n", exit->hw_info[1]);
}

void vmx_dump(struct hull_vcpu *vcpu)
{
	static DEFINE_RATELIMIT_STATE(limit, 60 * HZ, 1);

	ratelimit_set_flags(&limit, RATELIMIT_MSG_ON_RELEASE);
	if (!__ratelimit(&limit))
		return;
	pr_err("VMCS of vm %u vcpu %u\n", vcpu->vm->id, vcpu->id);
	if (vcpu->exit.kind == HULL_EXIT_FAIL_ENTRY)
		dump_failed_entry(&vcpu->exit);
	preempt_disable();
	dump_group(VMX_GROUP_GUEST);
	dump_group(VMX_GROUP_CONTROL);
	dump_group(VMX_GROUP_EXIT);
	dump_group(VMX_GROUP_HOST);
	preempt_enable();
}
