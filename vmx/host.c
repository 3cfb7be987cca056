// SPDX-License-Identifier: GPL-2.0
/*
 * The host's state across a stay in the guest.
 *
 * A VM exit loads most of it from the VMCS.  What never changes is written
 * once, what depends on the CPU when the vCPU comes to another CPU, what
 * depends on the thread before its first entry after a load, and CR3 and CR4
 * before a stretch of entries, when they are not what was written last.
 *
 * An exit cannot load a selector whose RPL or TI bits are set, and leaves LDTR
 * unusable, the limits of GDTR and TR at fixed values and DEBUGCTL clear.  The
 * kernel itself needs none of these, so that they are put back when the vCPU
 * leaves the CPU.
 */
#include <linux/percpu.h>
#include <linux/sched.h>
#include <asm/cpu_entry_area.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fsgsbase.h>
#include <asm/mmu_context.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/special_insns.h>
#include <asm/spec-ctrl.h>
#include <asm/tlbflush.h>
#include "vmx.h"

#define SELECTOR_RPL_TI		0x7
#define SELECTORS_RPL_TI	0x0007000700070007ull	/* of any of the four */

/* The selector an exit can load in place of @selector. */
static u16 loadable(u16 selector)
{
	return selector & SELECTOR_RPL_TI ? 0 : selector;
}

static void write_selectors(struct vmx_vcpu *vmx)
{
	const struct vmx_saved *saved = &vmx->saved;

	vmcs_write16(HOST_FS_SELECTOR, loadable(saved->fs));
	vmcs_write16(HOST_GS_SELECTOR, loadable(saved->gs));
	vmcs_write16(HOST_DS_SELECTOR, loadable(saved->ds));
	vmcs_write16(HOST_ES_SELECTOR, loadable(saved->es));
}

/* What is the same on all CPUs and for all threads. */
void vmx_host_init(struct vmx_vcpu *vmx)
{
	struct desc_ptr idt;

	vmx->host = (struct vmx_host) {};
	vmcs_writen(HOST_CR0, read_cr0() & ~X86_CR0_TS);
	vmcs_writen(HOST_CR3, 0);
	vmcs_writen(HOST_CR4, 0);
	vmcs_write16(HOST_CS_SELECTOR, __KERNEL_CS);
	vmcs_write16(HOST_SS_SELECTOR, __KERNEL_DS);
	write_selectors(vmx);
	vmcs_write16(HOST_TR_SELECTOR, GDT_ENTRY_TSS * 8);
	vmcs_writen(HOST_FS_BASE, 0);
	vmcs_writen(HOST_GS_BASE, 0);
	vmcs_writen(HOST_RSP, 0);
	vmcs_writen(HOST_RIP, (unsigned long)vmx_exit_entry);

	store_idt(&idt);
	vmcs_writen(HOST_IDTR_BASE, idt.address);
}

/* What depends on the CPU. */
void vmx_host_move(struct vmx_vcpu *vmx, int cpu)
{
	u64 value;

	vmcs_writen(HOST_TR_BASE,
		    (unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss);
	vmcs_writen(HOST_GDTR_BASE, (unsigned long)get_cpu_gdt_ro(cpu));
	/* ESP is zero where the kernel runs no 32-bit programs. */
	rdmsrl(MSR_IA32_SYSENTER_CS, value);
	vmcs_write32(HOST_SYSENTER_CS, value);
	rdmsrl(MSR_IA32_SYSENTER_ESP, value);
	vmcs_writen(HOST_SYSENTER_ESP, value);
	rdmsrl(MSR_IA32_SYSENTER_EIP, value);
	vmcs_writen(HOST_SYSENTER_EIP, value);
	rdmsrl(MSR_IA32_CR_PAT, value);
	vmcs_write64(HOST_PAT, value);
	rdmsrl(MSR_EFER, value);
	vmcs_write64(HOST_EFER, value);
	vmx->host.gs_base = cpu_kernelmode_gs_base(cpu);
	vmcs_writen(HOST_GS_BASE, vmx->host.gs_base);
}

/*
 * What belongs to the thread.  The registers themselves are read: whoever is in
 * VMX root operation is no guest whose hypervisor would have to be asked.
 */
static void save_thread(struct vmx_vcpu *vmx)
{
	struct vmx_saved *saved = &vmx->saved;
	u64 selectors = saved->selectors;
	unsigned long fs_base;

	savesegment(fs, saved->fs);
	savesegment(gs, saved->gs);
	savesegment(ds, saved->ds);
	savesegment(es, saved->es);
	if (unlikely(saved->selectors != selectors))
		write_selectors(vmx);
	fs_base = static_cpu_has(X86_FEATURE_FSGSBASE) ? rdfsbase() :
							 __rdmsr(MSR_FS_BASE);
	if (vmx->host.fs_base != fs_base) {
		vmx->host.fs_base = fs_base;
		vmcs_writen(HOST_FS_BASE, fs_base);
	}
	store_ldt(saved->ldt);
	native_store_gdt(&saved->gdt);

	/* SWAPGS in the guest writes it without an exit. */
	saved->kernel_gs_base = __rdmsr(MSR_KERNEL_GS_BASE);
	if (saved->kernel_gs_base != vmx->kernel_gs_base)
		native_wrmsrl(MSR_KERNEL_GS_BASE, vmx->kernel_gs_base);
	vmx_uret_load(vmx);
	saved->loaded = true;
}

/* What interrupts may have changed since the last stretch. */
static void save_kernel(struct vmx_vcpu *vmx)
{
	unsigned long cr3 = __get_current_cr3_fast();
	unsigned long cr4 = cr4_read_shadow();

	if (unlikely(cr3 != vmx->host.cr3)) {
		vmcs_writen(HOST_CR3, cr3);
		vmx->host.cr3 = cr3;
	}
	if (unlikely(cr4 != vmx->host.cr4)) {
		vmcs_writen(HOST_CR4, cr4);
		vmx->host.cr4 = cr4;
	}
	vmx->saved.debugctl = __rdmsr(MSR_IA32_DEBUGCTLMSR);
	if (static_cpu_has(X86_FEATURE_MSR_SPEC_CTRL))
		vmx->sw.host_spec_ctrl = spec_ctrl_current();
}

void vmx_host_save(struct hull_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	if (!vmx->saved.loaded)
		save_thread(vmx);
	save_kernel(vmx);
}

static noinline void restore_selectors(const struct vmx_vcpu *vmx)
{
	const struct vmx_saved *saved = &vmx->saved;

	if (saved->gs & SELECTOR_RPL_TI)
		load_gs_index(saved->gs);
	if (saved->fs & SELECTOR_RPL_TI) {
		loadsegment(fs, saved->fs);
		/* A base that no descriptor has is the thread's all the same. */
		native_wrmsrl(MSR_FS_BASE, vmx->host.fs_base);
	}
	if (saved->ds & SELECTOR_RPL_TI)
		loadsegment(ds, saved->ds);
	if (saved->es & SELECTOR_RPL_TI)
		loadsegment(es, saved->es);
	/* The first has changed the inactive base. */
	native_wrmsrl(MSR_KERNEL_GS_BASE, saved->kernel_gs_base);
}

static noinline void reload_tss_limit(void)
{
	invalidate_tss_limit();
}

void vmx_host_restore(struct vmx_vcpu *vmx)
{
	struct vmx_saved *saved = &vmx->saved;

	if (!saved->loaded)
		return;
	saved->loaded = false;

	vmx->kernel_gs_base = __rdmsr(MSR_KERNEL_GS_BASE);
	if (unlikely(saved->ldt))
		asm volatile("lldt %0" : : "m" (saved->ldt));
	if (unlikely(saved->selectors & SELECTORS_RPL_TI))
		restore_selectors(vmx);
	else if (vmx->kernel_gs_base != saved->kernel_gs_base)
		native_wrmsrl(MSR_KERNEL_GS_BASE, saved->kernel_gs_base);
	/* The task's I/O bitmap lies behind the TSS limit of an exit. */
	if (unlikely(test_thread_flag(TIF_IO_BITMAP)))
		reload_tss_limit();
	else
		this_cpu_write(__tss_limit_invalid, true);
	native_load_gdt(&saved->gdt);
}
