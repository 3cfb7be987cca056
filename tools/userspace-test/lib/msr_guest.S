/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* In: ecx = MSR, rax = value, ebx = 1 to write, 2 for RDTSC. Out: rax. */
BEGIN(msr)
1:	SYNC(0)
	cmp $1, %ebx
	je 2f
	ja 3f
	rdmsr
	jmp 4f
2:	mov %rax, %rdx
	shr $32, %rdx
	wrmsr
	jmp 1b
3:	rdtsc
4:	mov %eax, %eax
	shl $32, %rdx
	or %rdx, %rax
	jmp 1b
END(msr)
