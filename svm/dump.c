// SPDX-License-Identifier: GPL-2.0
/*
 * The VMCB by field names, for a report of something hull did not expect.
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/printk.h>
#include <linux/ratelimit.h>
#include "svm.h"

static const struct {
	const char *name;
	u16 offset;
} fields[] = {
#define CONTROL(field) { #field, offsetof(struct svm_vmcb, control.field) }
#define SAVE(field) { #field, offsetof(struct svm_vmcb, save.field) }
	CONTROL(exit_code), CONTROL(exit_info_1), CONTROL(exit_info_2),
	CONTROL(exit_int_info), CONTROL(event_inj), CONTROL(vintr),
	CONTROL(interrupt_state), CONTROL(tsc_offset), CONTROL(iopm_base_pa),
	CONTROL(msrpm_base_pa), CONTROL(nested_ctl), CONTROL(n_cr3),
	CONTROL(virt_ext), CONTROL(next_rip),
	SAVE(rip), SAVE(rsp), SAVE(rax), SAVE(rflags), SAVE(efer),
	SAVE(cr0), SAVE(cr2), SAVE(cr3), SAVE(cr4), SAVE(dr6), SAVE(dr7),
	SAVE(g_pat), SAVE(star), SAVE(lstar), SAVE(cstar), SAVE(sfmask),
	SAVE(kernel_gs_base), SAVE(sysenter_cs), SAVE(sysenter_esp),
	SAVE(sysenter_eip), SAVE(debugctl),
#undef CONTROL
#undef SAVE
};

static const struct {
	const char *name;
	u16 offset;
} segments[] = {
#define SEGMENT(field) { #field, offsetof(struct svm_save, field) }
	SEGMENT(es), SEGMENT(cs), SEGMENT(ss), SEGMENT(ds), SEGMENT(fs),
	SEGMENT(gs), SEGMENT(gdtr), SEGMENT(ldtr), SEGMENT(idtr), SEGMENT(tr),
#undef SEGMENT
};

void svm_dump(struct hull_vcpu *vcpu)
{
	static DEFINE_RATELIMIT_STATE(limit, 60 * HZ, 1);
	const struct svm_vcpu *svm = to_svm(vcpu);
	const struct svm_control *control = &svm->vmcb->control;
	const struct svm_segment *s;
	size_t i;

	if (!__ratelimit(&limit))
		return;

	pr_err("VMCB of vCPU %u, last entered on CPU %d:\n", vcpu->id, svm->cpu);
	for (i = 0; i < SVM_INTERCEPT_WORDS; i++)
		pr_err("  intercept[%zu]      %08x\n", i, control->intercept[i]);
	pr_err("  asid              %08x tlb_control %02x clean %08x cpl %u\n",
	       control->asid, control->tlb_control, control->clean,
	       svm->vmcb->save.cpl);
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		pr_err("  %-16s  %016llx\n", fields[i].name,
		       *(const u64 *)((const void *)svm->vmcb + fields[i].offset));
	for (i = 0; i < ARRAY_SIZE(segments); i++) {
		s = (const void *)&svm->vmcb->save + segments[i].offset;
		pr_err("  %-4s  selector %04x attr %04x limit %08x base %016llx\n",
		       segments[i].name, s->selector, s->attr, s->limit, s->base);
	}
}
