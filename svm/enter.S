/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world switch.
 *
 * From CLGI to STGI nothing can interrupt, not even an NMI, and so nobody sees
 * the CPU with the guest's segment bases, SPEC_CTRL or stack-unwinding state.
 * The order below is: everything of the guest, VMRUN, everything of the host;
 * in the middle of it no memory is touched but through %rsp, which VMRUN saves
 * and #VMEXIT restores, since per-CPU data hang on GS.
 *
 * Who switches what:
 *  VMRUN, #VMEXIT	RIP, RSP, RAX, RFLAGS, CS, SS, DS, ES, CR0, CR3, CR4,
 *			EFER, GDTR, IDTR; guest CR2, DR6, DR7
 *  VMLOAD, VMSAVE	FS, GS, TR, LDTR, KERNEL_GS_BASE, STAR, LSTAR, CSTAR,
 *			SFMASK, SYSENTER_*
 *  here		the other 14 general registers, SPEC_CTRL
 *
 * The instructions carry exception-table entries because SVM may have been
 * turned off under us by a restart of the machine.  They are then passed over,
 * and the exit code that the caller has put into the VMCB stays there.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include "../core/compat/nospec.h"

#define GPR(n)		((n) * 8)	/* offset in vcpu->gpr, encoding order */
#define RCX_		1
#define RDX_		2
#define RBX_		3
#define RBP_		5
#define RSI_		6
#define RDI_		7

/* Arguments kept on the stack over the guest. */
#define ARG_VMCB	0
#define ARG_GPR		8
#define ARG_HOST_SAVE	16
#define ARG_GUEST_SPEC	24
#define ARG_HOST_SPEC	32

.macro SVM_INSN insn:vararg
.Linsn_\@:
	\insn
.Lnext_\@:
	_ASM_EXTABLE(.Linsn_\@, .Lnext_\@)
.endm

/* Write SPEC_CTRL with the argument at \want when \have is another value. */
.macro SWITCH_SPEC_CTRL want:req have:req
	mov	\want(%rsp), %rax
	cmp	\have(%rsp), %rax
	je	.Lsame_\@
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	mov	%rax, %rdx
	shr	$32, %rdx
	wrmsr
.Lsame_\@:
.endm

.section .noinstr.text, "ax"

/*
 * void svm_world_switch(u64 *gpr, u64 vmcb_pa, u64 host_save_pa,
 *			 u64 guest_spec_ctrl, u64 host_spec_ctrl)
 */
SYM_FUNC_START(svm_world_switch)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%r8
	push	%rcx
	push	%rdx
	push	%rdi
	push	%rsi

	SVM_INSN clgi
	/*
	 * With V_INTR_MASKING it is the host's IF that lets physical
	 * interrupts end the stay in the guest; GIF still holds them here.
	 * Not right before VMRUN: the shadow of STI would become the guest's.
	 */
	sti
	SWITCH_SPEC_CTRL ARG_GUEST_SPEC, ARG_HOST_SPEC

	mov	GPR(RCX_)(%rdi), %rcx
	mov	GPR(RDX_)(%rdi), %rdx
	mov	GPR(RBX_)(%rdi), %rbx
	mov	GPR(RBP_)(%rdi), %rbp
	mov	GPR(RSI_)(%rdi), %rsi
	mov	GPR(8)(%rdi), %r8
	mov	GPR(9)(%rdi), %r9
	mov	GPR(10)(%rdi), %r10
	mov	GPR(11)(%rdi), %r11
	mov	GPR(12)(%rdi), %r12
	mov	GPR(13)(%rdi), %r13
	mov	GPR(14)(%rdi), %r14
	mov	GPR(15)(%rdi), %r15
	mov	GPR(RDI_)(%rdi), %rdi

	mov	ARG_VMCB(%rsp), %rax
	VM_CLEAR_CPU_BUFFERS
	SVM_INSN vmload %rax
	SVM_INSN vmrun %rax
	cli
	SVM_INSN vmsave %rax

	mov	ARG_GPR(%rsp), %rax
	mov	%rcx, GPR(RCX_)(%rax)
	mov	%rdx, GPR(RDX_)(%rax)
	mov	%rbx, GPR(RBX_)(%rax)
	mov	%rbp, GPR(RBP_)(%rax)
	mov	%rsi, GPR(RSI_)(%rax)
	mov	%rdi, GPR(RDI_)(%rax)
	mov	%r8, GPR(8)(%rax)
	mov	%r9, GPR(9)(%rax)
	mov	%r10, GPR(10)(%rax)
	mov	%r11, GPR(11)(%rax)
	mov	%r12, GPR(12)(%rax)
	mov	%r13, GPR(13)(%rax)
	mov	%r14, GPR(14)(%rax)
	mov	%r15, GPR(15)(%rax)

	/* Untraining and the MSR write use the host's GS and stack. */
	mov	ARG_HOST_SAVE(%rsp), %rax
	SVM_INSN vmload %rax

	/* Before the first RET: no return prediction of the guest's making. */
	FILL_RETURN_BUFFER %rax, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT
	SWITCH_SPEC_CTRL ARG_HOST_SPEC, ARG_GUEST_SPEC
	HULL_UNTRAIN_RET

	/* The guest's values are of no use to speculation from here on. */
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	SVM_INSN stgi

	add	$40, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	RET
SYM_FUNC_END(svm_world_switch)

/*
 * void svm_vmrun_once(u64 vmcb_pa): an entry of which nothing is wanted but
 * the side effects of VMRUN.  The guest executes no instruction, so that no
 * register changes and only what VMRUN switches itself is switched.
 */
SYM_FUNC_START(svm_vmrun_once)
	mov	%rdi, %rax
	SVM_INSN clgi
	SVM_INSN vmrun %rax
	SVM_INSN stgi
	RET
SYM_FUNC_END(svm_vmrun_once)
