/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Into the guest and back.
 *
 * An exit continues at vmx_exit_entry with RSP and the segments from the VMCS,
 * the general registers still the guest's, and all arithmetic flags clear.  A
 * VMLAUNCH or VMRESUME that fails goes on with the next instruction, with CF or
 * ZF set, and so comes to the same place: JBE tells the two apart.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include "fields.h"
#include "switch.h"

/* Offsets in hull_vcpu.gpr[], which is in encoding order. */
#define RAX	(0 * 8)
#define RCX	(1 * 8)
#define RDX	(2 * 8)
#define RBX	(3 * 8)
#define RBP	(5 * 8)
#define RSI	(6 * 8)
#define RDI	(7 * 8)
#define R8	(8 * 8)
#define R9	(9 * 8)
#define R10	(10 * 8)
#define R11	(11 * 8)
#define R12	(12 * 8)
#define R13	(13 * 8)
#define R14	(14 * 8)
#define R15	(15 * 8)

/* Write the value at \offset of struct vmx_switch (RDI) to IA32_SPEC_CTRL. */
.macro WRITE_SPEC_CTRL offset
	movl	$MSR_IA32_SPEC_CTRL, %ecx
	movl	\offset(%rdi), %eax
	movl	\offset+4(%rdi), %edx
	wrmsr
.endm

.section .noinstr.text, "ax"

/* int vmx_world_switch(struct vmx_switch *sw) */
SYM_FUNC_START(vmx_world_switch)
	push	%rbp
	mov	%rsp, %rbp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbx
	push	%rdi

	/* The stack an exit comes back to; it is nearly always the same. */
	mov	VMX_SWITCH_HOST_RSP(%rdi), %rax
	cmp	%rsp, (%rax)
	je	.Lrsp_done
	mov	%rsp, (%rax)
	movl	$VMX_FIELD_HOST_RSP, %ecx
.Lwrite_rsp:
	vmwrite	%rsp, %rcx
.Lrsp_done:

	/* No return and no indirect branch from here to the entry. */
	btl	$VMX_SWITCH_SPEC_CTRL, VMX_SWITCH_FLAGS(%rdi)
	jnc	.Lspec_ctrl_done
	WRITE_SPEC_CTRL VMX_SWITCH_GUEST_SPEC_CTRL
.Lspec_ctrl_done:

	mov	VMX_SWITCH_GPR(%rdi), %rax
	/* CF lives until the jump below. */
	btl	$VMX_SWITCH_LAUNCHED, VMX_SWITCH_FLAGS(%rdi)
	mov	RCX(%rax), %rcx
	mov	RDX(%rax), %rdx
	mov	RBX(%rax), %rbx
	mov	RBP(%rax), %rbp
	mov	RSI(%rax), %rsi
	mov	RDI(%rax), %rdi
	mov	R8(%rax), %r8
	mov	R9(%rax), %r9
	mov	R10(%rax), %r10
	mov	R11(%rax), %r11
	mov	R12(%rax), %r12
	mov	R13(%rax), %r13
	mov	R14(%rax), %r14
	mov	R15(%rax), %r15
	mov	RAX(%rax), %rax

	/* Drop what the CPU's buffers hold of the host's; changes ZF alone. */
	CLEAR_CPU_BUFFERS
	jnc	.Llaunch
.Lresume:
	vmresume
	jmp	vmx_exit_entry
.Llaunch:
	vmlaunch

SYM_INNER_LABEL(vmx_exit_entry, SYM_L_GLOBAL)
	ENDBR
	jbe	.Lfailed

	push	%rdi
	mov	8(%rsp), %rdi
	mov	VMX_SWITCH_GPR(%rdi), %rdi
	mov	%rax, RAX(%rdi)
	mov	%rcx, RCX(%rdi)
	mov	%rdx, RDX(%rdi)
	mov	%rbx, RBX(%rdi)
	mov	%rbp, RBP(%rdi)
	mov	%rsi, RSI(%rdi)
	pop	RDI(%rdi)
	mov	%r8, R8(%rdi)
	mov	%r9, R9(%rdi)
	mov	%r10, R10(%rdi)
	mov	%r11, R11(%rdi)
	mov	%r12, R12(%rdi)
	mov	%r13, R13(%rdi)
	mov	%r14, R14(%rdi)
	mov	%r15, R15(%rdi)
	xor	%ebx, %ebx

.Lhost:
	/*
	 * RBX is the result.  Clear whatever else the guest chose the value
	 * of, before anything can be speculated on it.
	 */
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%ebp, %ebp
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d

	/* Return predictions are the guest's until here: before the first RET. */
	FILL_RETURN_BUFFER %rcx, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT, \
			   X86_FEATURE_RSB_VMEXIT_LITE

	pop	%rdi
	btl	$VMX_SWITCH_SPEC_CTRL, VMX_SWITCH_FLAGS(%rdi)
	jnc	.Lhost_spec_ctrl_done
	WRITE_SPEC_CTRL VMX_SWITCH_HOST_SPEC_CTRL
.Lhost_spec_ctrl_done:
	/* Nothing runs ahead of the write, nor past the jump around it. */
	lfence
	CLEAR_BRANCH_HISTORY_VMEXIT

	mov	%ebx, %eax
	pop	%rbx
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	pop	%rbp
	RET

.Lfailed:
	movl	$1, %ebx
	jmp	.Lhost

	/* The CPU left VMX operation for good: a failure like others. */
	_ASM_EXTABLE(.Lwrite_rsp, .Lrsp_done)
	_ASM_EXTABLE(.Lresume, .Lfailed)
	_ASM_EXTABLE(.Llaunch, .Lfailed)
SYM_FUNC_END(vmx_world_switch)
