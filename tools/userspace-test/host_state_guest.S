/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* Changes all that a guest can change, and leaves it changed. */
BEGIN(host_state)
1:	mov $0xc0000100, %ecx		/* FS base */
	mov $0x1234000, %eax
	xor %edx, %edx
	wrmsr
	inc %ecx			/* GS base */
	wrmsr
	inc %ecx			/* kernel GS base */
	wrmsr
	mov $0xc0000081, %ecx		/* STAR */
	mov $0x00330010, %edx
	wrmsr
	inc %ecx			/* LSTAR */
	xor %edx, %edx
	wrmsr
	mov $0xc0000084, %ecx		/* SFMASK */
	wrmsr
	mov $0x174, %ecx		/* SYSENTER */
	wrmsr
	inc %ecx
	wrmsr
	inc %ecx
	wrmsr
	mov $0x277, %ecx		/* PAT */
	mov $0x00010406, %eax
	mov $0x05010406, %edx
	wrmsr
	mov $DATA_BASE, %eax
	mov %rax, %dr0
	mov %rax, %dr1
	mov %rax, %dr2
	mov %rax, %dr3
	mov $0x400, %eax
	mov %rax, %dr7
	mov %cr4, %rax
	xor $4, %rax			/* TSD */
	mov %rax, %cr4
	xor $4, %rax
	mov %rax, %cr4
	movl $0x7f80, DATA_BASE
	ldmxcsr DATA_BASE
	movw $0x0c7f, DATA_BASE
	fldcw DATA_BASE
	fldz
	pxor %xmm0, %xmm0
	movaps %xmm0, %xmm1
	movaps %xmm0, %xmm7
	movaps %xmm0, %xmm8
	movaps %xmm0, %xmm15
	mov $SEL_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	SYNC(0)
	jmp 1b
END(host_state)
