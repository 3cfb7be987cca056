/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest of host_state_test.c, in real mode: changes the registers that the host has
 * too, and halts.  In: bits of CR4 and of CR0 to flip in ebp and ebx.  No breakpoint
 * is armed.
 */
#include <linux/linkage.h>

	.section .rodata, "a"
	.code16
SYM_DATA_START(host_state_code)
	mov	%cr4, %eax
	xor	%ebp, %eax
	mov	%eax, %cr4
	mov	%cr0, %eax
	xor	%ebx, %eax
	mov	%eax, %cr0
	mov	$0x1000, %eax
	mov	%eax, %dr0
	mov	%eax, %dr1
	mov	%eax, %dr2
	mov	%eax, %dr3
	mov	$0x11110700, %eax
	mov	%eax, %dr7
	lgdtl	%cs:0xd000
	lidtl	%cs:0xd000
	mov	$0x1230, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %fs
	mov	%ax, %gs
	mov	%ax, %ss
	hlt
SYM_DATA_END_LABEL(host_state_code, SYM_L_GLOBAL, host_state_code_end)
