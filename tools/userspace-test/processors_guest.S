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

/* The same by SYSCALL, which leads to the next instruction. */
BEGIN(processors_syscall)
	mov $0xc0000080, %ecx
	rdmsr
	or $1, %eax			/* EFER.SCE */
	wrmsr
	xor %eax, %eax
	mov $SEL_CODE, %edx
	mov $0xc0000081, %ecx		/* STAR */
	wrmsr
	xor %edx, %edx
	mov $0xc0000084, %ecx		/* FMASK */
	wrmsr
	mov $AT(processors_syscall, 2f), %eax
	mov $0xc0000082, %ecx		/* LSTAR */
	wrmsr
1:	syscall
2:	incq (%rbx)
	cmpb $0, (%rdi)
	je 1b
	SYNC(1)
END(processors_syscall)
