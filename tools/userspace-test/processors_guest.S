/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/*
 * In: rbx = address of a counter, rdi = address of a stop flag. Counts, in memory
 * and in a register, which must agree.
 */
BEGIN(processors_count)
	xor %eax, %eax
1:	inc %rax
	incq (%rbx)
	cmp %rax, (%rbx)
	jne 2f
	cmpb $0, (%rdi)
	je 1b
	SYNC(1)
2:	SYNC(2)
END(processors_count)
