/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* Counts in a general register, in an XMM register and in x87, all in step. */
BEGIN(state_count)
	xor %ebx, %ebx
	pxor %xmm5, %xmm5
	pcmpeqd %xmm6, %xmm6
	fldz
	mov $0xc0000102, %ecx
1:	inc %rbx
	psubq %xmm6, %xmm5
	fld1
	faddp
	mov %rbx, %rax
	xor %edx, %edx
	wrmsr
	movq %xmm5, %rdi
	fistl DATA_BASE
	mov DATA_BASE, %esi
	SYNC(0)
	jmp 1b
END(state_count)
