/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/*
 * Count in RBX, through pages of memory and vector registers: stores the count
 * at DATA_BASE + (count % 256) * 4096, and shows every 512th.
 */
BEGIN(coexist_count)
	pxor %xmm0, %xmm0
1:	inc %rbx
	movq %rbx, %xmm1
	paddq %xmm1, %xmm0
	movzbl %bl, %eax
	shl $12, %eax
	mov %rbx, DATA_BASE(%rax)
	test $0x1ff, %ebx
	jnz 1b
	movq %xmm0, %rdx
	SYNC(0)
	jmp 1b
END(coexist_count)
