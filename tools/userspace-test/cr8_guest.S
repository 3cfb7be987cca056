/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* Every value, raising, read back into the bytes at DATA_BASE. */
BEGIN(raise)
	mov $DATA_BASE, %ebx
	xor %ecx, %ecx
1:	mov %rcx, %cr8
	mov %cr8, %rax
	mov %al, (%rbx, %rcx)
	inc %ecx
	cmp $16, %ecx
	jne 1b
	SYNC(0)
	mov %cr8, %rax
	SYNC(1)
	hlt
END(raise)

/* The values at DATA_BASE, a byte each, until 0xff; the last one read is in RAX. */
BEGIN(script)
	mov $DATA_BASE, %ebx
	SYNC(0)
1:	movzbl (%rbx), %ecx
	inc %ebx
	cmp $0xff, %ecx
	je 2f
	mov %rcx, %cr8
	mov %cr8, %rax
	jmp 1b
2:	SYNC(1)
	hlt
END(script)

/* Lowers it once, with interrupts on. */
BEGIN(lower)
	SYNC(0)
	mov $2, %ecx
	sti
	nop
	mov %rcx, %cr8
	.globl pl_lower_done
pl_lower_done:
	nop
	SYNC(1)
	hlt
END(lower)

/* The same under TF. */
BEGIN(step_own)
	SYNC(0)
	mov $2, %ecx
	push $0x102
	popfq
	mov %rcx, %cr8
	.globl pl_step_own_done
pl_step_own_done:
	nop
	SYNC(1)
END(step_own)

BEGIN(reserved)
	mov $0x10, %ecx
	SYNC(0)
	.globl pl_reserved_fault
pl_reserved_fault:
	mov %rcx, %cr8
	SYNC(1)
END(reserved)
