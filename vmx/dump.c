// SPDX-License-Identifier: GPL-2.0
/*
 * The VMCS by field names, for a report of something hull did not expect.
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/printk.h>
#include <linux/ratelimit.h>
#include "reasons.h"
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

/* SDM vol. 3, VM-Entry Failures: the qualification counts from 1. */
static void dump_msr_load(const struct vmx_vcpu *vmx)
{
	u64 i = vmx->vcpu.exit.hw_info[0] - 1;
	const struct vmx_msr_entry *msr;

	if (!vmx->perf || i >= ARRAY_SIZE(vmx->perf->guest))
		return;
	msr = &vmx->perf->guest[i];
	pr_err("entry %llu of the MSR-load list was %#llx for MSR %#x\n", i + 1, msr->value,
	       msr->index);
}

/* The event is no longer in its field. */
static void dump_failed_entry(const struct vmx_vcpu *vmx)
{
	const struct hull_exit *exit = &vmx->vcpu.exit;

	if (exit->fail_entry.rule)
		pr_err("the entry violated a rule: %s\n", exit->fail_entry.rule);
	if (exit->hw_reason == (VMX_REASON_FAILED | VMX_REASON_BAD_MSR_LOAD))
		dump_msr_load(vmx);
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
		dump_failed_entry(to_vmx(vcpu));
	preempt_disable();
	dump_group(VMX_GROUP_GUEST);
	dump_group(VMX_GROUP_CONTROL);
	dump_group(VMX_GROUP_EXIT);
	dump_group(VMX_GROUP_HOST);
	preempt_enable();
}
