/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* rax counts instructions, so that the host sees where an exit came. */
BEGIN(sti_window)
	xor %eax, %eax
	SYNC(0)
	inc %eax
	sti
	inc %eax		/* in STI's shadow */
	inc %eax
	inc %eax
	SYNC(1)
	cli
	SYNC(2)
END(sti_window)

/* The instruction in the shadow is the one that exits. */
BEGIN(shadow_exits)
	SYNC(0)
	in $0x60, %al		/* IF = 0 */
	sti
	in $0x61, %al		/* STI's shadow */
	in $0x62, %al		/* IF = 1, no shadow */
	mov %ss, %ecx
	mov %ecx, %ss
	in $0x63, %al		/* MOV SS's shadow */
	in $0x64, %al
	SYNC(1)
END(shadow_exits)

BEGIN(mov_ss_window)
	sti
	xor %eax, %eax
	mov %ss, %ecx
	SYNC(0)
	mov %ecx, %ss
	inc %eax		/* in MOV SS's shadow */
	inc %eax
	SYNC(1)
END(mov_ss_window)

/* What comes after an interrupt was accepted: a fault of the read that was begun. */
BEGIN(fault_after_read)
	xor %edx, %edx
	mov $1, %eax
	mov $MMIO_BASE, %edi
	sti
	nop
	divl (%rdi)
	SYNC(1)
END(fault_after_read)

/* ... a shadow. */
BEGIN(shadow_after_read)
	xor %eax, %eax
	mov $MMIO_BASE, %edi
	sti
	nop
	mov (%rdi), %ss
	inc %eax
	inc %eax
	SYNC(1)
END(shadow_after_read)

/* ... IF clear. */
BEGIN(if_clear_after_read)
	sti
	nop
	mov $MMIO_BASE, %esp
	popf
	mov $STACK_TOP, %esp
	nop
	SYNC(1)
	sti
	nop
	SYNC(2)
END(if_clear_after_read)

BEGIN(spin)
	sti
	SYNC(0)
1:	inc %rbx
	jmp 1b
END(spin)

BEGIN(milestones)
	SYNC(0)
	nop
	SYNC(1)
	nop
	SYNC(2)
	nop
	SYNC(3)
END(milestones)

BEGIN(halt)
	sti
	hlt
	SYNC(1)
	cli
	hlt
	SYNC(2)
END(halt)
