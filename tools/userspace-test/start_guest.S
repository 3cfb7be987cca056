/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

/* The 20th Fibonacci number, 6765, in ax, the 40th in eax, the 90th in rax */
.macro FIBONACCI n:req a:req b:req
	xor	\a, \a
	mov	$1, \b
	mov	$\n, %cx
.Lnext_\@:
	xadd	\b, \a
	dec	%cx
	jnz	.Lnext_\@
.endm

#define PORT_VALUE	0x90

/* Where the border between two entries of the fifth level is used. */
#define BORDER		(16 << 48)

	.code16

/* The last 16 bytes below 4 GiB. */
BEGIN(reset_vector)
	mov $0x1234, %ax
	mov %ax, %bx
	SYNC(1)
	ljmp $0xf000, $0xe000
	.org pl_reset_vector + 16
END(reset_vector)

/* At f000:e000, below 1 MiB. */
BEGIN(after_reset)
	mov %cs, %ax
	SYNC(2)
	FIBONACCI 20 %ax %dx
	out %ax, $PORT_VALUE
	mov %ax, 0x500
	hlt
END(after_reset)

/* At 1000:0200, with its own stack and a vector of its own. */
BEGIN(odd_segment)
	mov %cs, %ax
	mov %ax, %ds
	mov %ax, %ss
	mov $0x8000, %sp
	xor %bx, %bx
	mov %bx, %es
	movw $(1f - pl_odd_segment + 0x200), %es:(0x21 * 4)
	mov %ax, %es:(0x21 * 4 + 2)
	push $0x77
	int $0x21
	pop %cx
	SYNC(1)
	FIBONACCI 20 %ax %dx
	out %ax, $PORT_VALUE
	mov %ax, 0x500			/* in the segment */
	hlt
1:	mov $0x1234, %dx
	iret
END(odd_segment)

	.code32

BEGIN(start32)
	FIBONACCI 40 %eax %ebx
	push %eax
	out %eax, $PORT_VALUE
	mov %eax, DATA_BASE
	mov (%esp), %ebx
	SYNC(1)
	hlt
END(start32)

	.code64

BEGIN(start64)
	FIBONACCI 90 %rax %rbx
	push %rax
	out %eax, $PORT_VALUE
	mov %rax, DATA_BASE
	pop %rbx
	SYNC(1)
	hlt
END(start64)

/* Works under the fifth level, as it finds it or after the way below. */
BEGIN(levels)
	movabs $0x1122334455667788, %rax
	movabs $(BORDER - 4), %rbx
	mov %rax, (%rbx)		/* four bytes on either side */
	mov (%rbx), %rcx
	SYNC(1)
	movabs $(0xff00000000000000 + DATA_BASE), %rbx
	mov (%rbx), %rcx		/* the upper half begins here */
	mov %rax, 8(%rbx)
	SYNC(2)
	movabs $(0x0100000000000000 + DATA_BASE), %rbx
	mov (%rbx), %rcx		/* 58 bits: not canonical */
	hlt
END(levels)

/* From real mode to five levels; goes on at rdi, in 64-bit mode. */
	.code16
BEGIN(to_levels)
	ENTER_PROTECTED_MODE to_levels
	ENTER_LONG_MODE to_levels 0x1020 PML5_BASE	/* LA57, PAE */
	lidt idtr(%rip)
	jmp *%rdi
gdtr:	.word 0xff
	.long GDT_BASE
idtr:	.word 0xfff
	.quad IDT_BASE
END(to_levels)
