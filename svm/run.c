// SPDX-License-Identifier: GPL-2.0
/*
 * One stay in the guest: what comes before VMRUN and what comes after.
 *
 * The VMCB is the only place where SVM keeps guest registers, so that reading
 * them is an ordinary memory access: all that core/ usually wants is read after
 * every exit.  CR0 and CR3, which the guest writes without an exit, are read
 * on demand, and so are the PDPTRs, which are in the guest's memory alone.
 */
#include <linux/io.h>
#include <linux/percpu.h>
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/nospec-branch.h>
#include <asm/processor-flags.h>
#include <asm/spec-ctrl.h>
#include "barrier.h"
#include "compat/nospec.h"
#include "cpu/debug.h"
#include "mce.h"
#include "owner.h"
#include "svm.h"

void svm_vcpu_load(struct hull_vcpu *vcpu, int cpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	if (svm->cpu != cpu) {
		/* Cached state and ASID were the other CPU's. */
		svm->vmcb->control.clean = 0;
		svm->asid_generation = 0;
		svm->cpu = cpu;
	}
	svm->entered = false;
	if (hull_owner_shared())
		svm->flush = true;
	hull_branch_barrier(vcpu);
}

static void put_shared(struct svm_vcpu *svm)
{
	svm_asid_leave(svm);
	svm_tsc_put(svm);
	hull_branch_barrier_shared();
	if (hull_srso_reduces())
		svm_srso_restore();
}

void svm_vcpu_put(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	if (svm->host_saved && svm->reads_tsc_aux)
		svm_tsc_aux_put(svm);
	if (unlikely(hull_owner_shared()))
		put_shared(svm);
	svm->host_saved = false;
}

void svm_host_save(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	if (hull_srso_reduces() && hull_owner_shared())
		svm_srso_reduce();
	/* Nothing of the rest changes before the vCPU is put. */
	if (svm->host_saved)
		return;
	asm volatile("1: vmsave %0\n2:" _ASM_EXTABLE(1b, 2b)
		     : : "a" (virt_to_phys(this_cpu_read(svm_cpu.host_save)))
		     : "memory");
	if (svm_features.tsc_scale)
		svm_tsc_load(svm);
	if (svm->reads_tsc_aux)
		svm_tsc_aux_load(svm);
	svm->host_saved = true;
}

/* What core/ may have changed since the last exit. */
static void write_guest_state(struct svm_vcpu *svm)
{
	struct hull_vcpu *vcpu = &svm->vcpu;
	struct svm_save *save = &svm->vmcb->save;

	save->rax = vcpu->gpr[HULL_RAX];
	save->rsp = vcpu->gpr[HULL_RSP];
	save->rip = vcpu->rip;
	save->rflags = vcpu->rflags;
	if (vcpu->regs_dirty & HULL_REG_CR8)
		svm_write_tpr(svm);
	vcpu->regs_dirty = 0;

	if (unlikely(svm->fpu_open != vcpu->fpu_loaded))
		svm_open_fpu(svm);
	if (save->cr2 != vcpu->cr2) {
		save->cr2 = vcpu->cr2;
		svm_dirty(svm, SVM_CLEAN_CR2);
	}
	if (vcpu->dbg.passthrough && save->dr6 != vcpu->dbg.dr6) {
		save->dr6 = vcpu->dbg.dr6;
		svm_dirty(svm, SVM_CLEAN_DR);
	} else if (!vcpu->dbg.passthrough && save->dr6 != DR6_RESERVED) {
		/* #DB exits: what it reports is then told from older bits. */
		save->dr6 = DR6_RESERVED;
		svm_dirty(svm, SVM_CLEAN_DR);
	}
}

static void read_guest_state(struct svm_vcpu *svm)
{
	struct hull_vcpu *vcpu = &svm->vcpu;
	const struct svm_save *save = &svm->vmcb->save;

	vcpu->gpr[HULL_RAX] = save->rax;
	vcpu->gpr[HULL_RSP] = save->rsp;
	vcpu->rip = save->rip;
	vcpu->rflags = save->rflags;
	svm_read_shadow(svm);
	vcpu->cr2 = save->cr2;
	vcpu->cr8 = svm->vmcb->control.vintr & SVM_VINTR_TPR;
	/*
	 * The guest turns LMA on and off with CR0.PG.  It is told from there:
	 * Bochs changes EFER before the exit of the MOV that asks for it.
	 */
	vcpu->efer = save->efer & ~(EFER_SVME | EFER_LMA);
	if (save->cr0 & X86_CR0_PG && vcpu->efer & EFER_LME)
		vcpu->efer |= EFER_LMA;
	if (vcpu->dbg.passthrough) {
		vcpu->dbg.dr6 = save->dr6;
		vcpu->dbg.dr7 = save->dr7;
	}
	vcpu->regs_avail = ~(HULL_REG_CR0 | HULL_REG_CR3 | HULL_REG_PDPTR);
}

void svm_enter(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);
	struct svm_control *control = &svm->vmcb->control;
	u64 host_spec_ctrl = 0, guest_spec_ctrl = 0;

	write_guest_state(svm);
	if (unlikely(svm->nmi_window))
		svm_nmi_before_entry(svm);
	svm_asid_prepare(svm);
	if (static_cpu_has(X86_FEATURE_MSR_SPEC_CTRL) && !svm_features.v_spec_ctrl) {
		host_spec_ctrl = spec_ctrl_current();
		guest_spec_ctrl = svm->spec_ctrl;
	}
	control->exit_code = SVM_EXIT_INVALID;
	hull_clear_divider();

	svm_world_switch(vcpu->gpr, svm->vmcb_pa,
			 virt_to_phys(this_cpu_read(svm_cpu.host_save)),
			 guest_spec_ctrl, host_spec_ctrl);

	svm->entered = true;
	control->clean = svm_features.clean ? SVM_CLEAN_ALL : 0;
	read_guest_state(svm);
	if (unlikely(svm->stepping || svm->iret_started))
		svm_nmi_after_exit(svm);
	svm_decode_exit(svm);
}

/*
 * NMIs and interrupts were held by GIF and are taken after STGI by themselves.
 * A machine check is different: the intercept has consumed it.
 */
void svm_after_exit(struct hull_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm(vcpu);

	if (likely(!svm->mce_pending))
		return;
	svm->mce_pending = false;
	hull_host_machine_check();
}
