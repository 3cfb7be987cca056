// SPDX-License-Identifier: GPL-2.0
/*
 * Processor state after power-up, RESET and INIT (SDM vol. 3, Processor State
 * After Reset; APM vol. 2, Processor Initialization State).
 */
#include <asm/desc_defs.h>
#include <asm/processor-flags.h>
#include <asm/apicdef.h>
#include <asm/msr-index.h>
#include "backend.h"
#include "cpu/cpuid.h"
#include "cpu/debug.h"
#include "cpu/msr.h"
#include "cpu/xstate.h"
#include "vcpu.h"

#define CODE_ATTR	(HULL_ATTR_P | HULL_ATTR_S | HULL_TYPE_CODE | \
			 HULL_TYPE_WRITE | HULL_TYPE_ACCESSED)
#define DATA_ATTR	(HULL_ATTR_P | HULL_ATTR_S | HULL_TYPE_WRITE | \
			 HULL_TYPE_ACCESSED)
#define TSS_ATTR	(HULL_ATTR_P | 0xb)	/* busy 32-bit TSS */
#define LDT_ATTR	(HULL_ATTR_P | 0x2)

static const struct hull_segment reset_segments[HULL_NR_SEGS] = {
	[HULL_SEG_CS] = { .base = 0xffff0000, .limit = 0xffff,
			  .selector = 0xf000, .attr = CODE_ATTR },
	[HULL_SEG_SS] = { .limit = 0xffff, .attr = DATA_ATTR },
	[HULL_SEG_DS] = { .limit = 0xffff, .attr = DATA_ATTR },
	[HULL_SEG_ES] = { .limit = 0xffff, .attr = DATA_ATTR },
	[HULL_SEG_FS] = { .limit = 0xffff, .attr = DATA_ATTR },
	[HULL_SEG_GS] = { .limit = 0xffff, .attr = DATA_ATTR },
	[HULL_SEG_TR] = { .limit = 0xffff, .attr = TSS_ATTR },
	[HULL_SEG_LDTR] = { .limit = 0xffff, .attr = LDT_ATTR },
};

/* RDX after reset is the processor's signature; before CPUID is set, a P6. */
static u32 signature(struct hull_vcpu *vcpu)
{
	u32 regs[4];

	hull_cpuid_lookup(&vcpu->cpuid, 1, 0, regs);
	return regs[0] ? regs[0] : 0x600;
}

static void reset_registers(struct hull_vcpu *vcpu, bool init)
{
	memset(vcpu->gpr, 0, sizeof(vcpu->gpr));
	vcpu->gpr[HULL_RDX] = signature(vcpu);
	vcpu->rip = 0xfff0;
	vcpu->rflags = X86_EFLAGS_FIXED;
	vcpu->shadow = 0;

	/* INIT leaves CD and NW as they are. */
	vcpu->cr0 = X86_CR0_ET | (init ? hull_cr0(vcpu) & (X86_CR0_CD | X86_CR0_NW) :
				  X86_CR0_CD | X86_CR0_NW);
	vcpu->cr2 = 0;
	vcpu->cr3 = 0;
	vcpu->cr4 = 0;
	vcpu->cr8 = 0;
	vcpu->user_cr8 = 0;
	vcpu->efer = 0;
	memset(vcpu->pdptr, 0, sizeof(vcpu->pdptr));
}

void hull_vcpu_reset(struct hull_vcpu *vcpu, bool init)
{
	const struct desc_ptr table = { .size = 0xffff };
	int seg;

	reset_registers(vcpu, init);
	vcpu->regs_avail = ~0;
	vcpu->regs_dirty = HULL_REG_RSP | HULL_REG_RIP | HULL_REG_RFLAGS |
			   HULL_REG_CR8;
	memset(&vcpu->ev, 0, sizeof(vcpu->ev));
	vcpu->pending_io = HULL_IO_NONE;
	vcpu->mp_state = KVM_MP_STATE_RUNNABLE;
	if (!init) {
		vcpu->xcr0 = XFEATURE_MASK_FP;
		vcpu->xss = 0;
		vcpu->pkru = 0;
		vcpu->apic_base = APIC_DEFAULT_PHYS_BASE | MSR_IA32_APICBASE_ENABLE |
				  (vcpu->id == vcpu->vm->bsp_id ?
				   MSR_IA32_APICBASE_BSP : 0);
	}
	hull_msrs_reset(vcpu, init);
	hull_fpu_reset(vcpu, init);
	hull_debug_reset(vcpu);

	backend_vcpu_reset(vcpu);
	for (seg = 0; seg < HULL_NR_SEGS; seg++)
		backend_set_segment(vcpu, seg, &reset_segments[seg]);
	backend_set_table(vcpu, HULL_TABLE_GDT, &table);
	backend_set_table(vcpu, HULL_TABLE_IDT, &table);
	backend_set_efer(vcpu);
	backend_set_cr0(vcpu);
	backend_set_cr4(vcpu);
	backend_set_cr3(vcpu);
	backend_update_debug(vcpu);
	backend_write_tsc(vcpu);
	backend_update_intercepts(vcpu);
	hull_pass_msrs(backend_pass_msr, vcpu);
	backend_flush_tlb(vcpu);
}
