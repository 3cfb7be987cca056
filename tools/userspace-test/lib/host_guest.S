/* SPDX-License-Identifier: GPL-2.0-only */
#include "host.h"

	.code64

/*
 * Changes the state of the system that a guest can change, and leaves it changed.
 * In: ebp = what else there is (1 XCR0, 2 PKRU), r14 = DR7, rbx = rounds until the
 * milestone, each with an exit at its end; MSRs and their values at DATA_BASE, up to
 * an index of 0; r15 = address of a word to touch.
 * HOST_STAGE is 1 from the first instruction of a round, 2 before the milestone.
 */
BEGIN(host)
	mov %rbx, %r12
1:	movl $1, HOST_STAGE
	incl (%r15)
	mov $DATA_BASE, %esi
2:	mov (%rsi), %ecx
	test %ecx, %ecx
	jz 3f
	mov 8(%rsi), %eax
	mov 12(%rsi), %edx
	wrmsr
	add $16, %rsi
	jmp 2b
3:	test $1, %ebp
	jz 4f
	xor %ecx, %ecx
	mov $1, %eax			/* x87 alone */
	xor %edx, %edx
	xsetbv
4:	test $2, %ebp
	jz 5f
	xor %ecx, %ecx
	mov $0x55555550, %eax
	xor %edx, %edx
	wrpkru
5:	mov %cr0, %rax
	xor $0x50000, %rax		/* WP, AM */
	mov %rax, %cr0
	mov %cr4, %rax
	xor $0x104, %rax		/* TSD, PCE */
	mov %rax, %cr4
	mov $DATA_BASE + 0x1000, %eax
	mov %rax, %dr0
	inc %eax
	mov %rax, %dr1
	inc %eax
	mov %rax, %dr2
	inc %eax
	mov %rax, %dr3
	mov %r14, %dr7
	movl $0x7f80, HOST_STAGE + 8
	ldmxcsr HOST_STAGE + 8
	movw $0x0c7f, HOST_STAGE + 8
	fldcw HOST_STAGE + 8
	fldz
	pxor %xmm0, %xmm0
	movaps %xmm0, %xmm1
	movaps %xmm0, %xmm7
	movaps %xmm0, %xmm8
	movaps %xmm0, %xmm15
	mov $SEL_SPARE, %eax
	lldt %ax
	mov $SEL_USER_DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	lidt 7f(%rip)
	lgdt 8f(%rip)
	xor %eax, %eax
	mov %ebx, %r13d
	cpuid
	mov %r13d, %ebx
	dec %r12
	jnz 1b
	movl $2, HOST_STAGE
	SYNC(0)
	mov %rbx, %r12
	jmp 1b
7:	.word 0x7ff
	.quad IDT_BASE
8:	.word 0x7f
	.quad GDT_BASE
END(host)
