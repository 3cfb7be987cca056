/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* One instruction each, between milestones; rbx points to the device. */
BEGIN(mmio_forms)
	mov $MMIO_BASE, %ebx
	SYNC(0)
	mov $0x1122334455667788, %rax
	mov %al, (%rbx)
	mov %ax, (%rbx)
	mov %eax, (%rbx)
	mov %rax, (%rbx)
	movb $0x5a, 1(%rbx)
	movl $-2, 4(%rbx)
	movq $-2, 8(%rbx)
	SYNC(1)
	mov $-1, %rax
	mov (%rbx), %al
	SYNC(2)
	mov $-1, %rax
	mov (%rbx), %ax
	SYNC(3)
	mov $-1, %rax
	mov (%rbx), %eax
	SYNC(4)
	mov (%rbx), %rax
	SYNC(5)
	movzbl (%rbx), %eax
	SYNC(6)
	movsbq (%rbx), %rax
	SYNC(7)
	movswl (%rbx), %eax
	SYNC(8)
END(mmio_forms)

/* Read-modify-write: the device holds a value, the flags must be right. */
BEGIN(mmio_rmw)
	mov $MMIO_BASE, %ebx
	orl $0x100, (%rbx)
	SYNC(0)
	addb $1, (%rbx)
	SYNC(1)
	andw $0xff, (%rbx)
	SYNC(2)
	incl (%rbx)
	SYNC(3)
	negl (%rbx)
	SYNC(4)
	btsl $4, (%rbx)
	SYNC(5)
	mov $7, %ecx
	xchg %ecx, (%rbx)
	mov %ecx, %eax
	SYNC(6)
	mov $7, %eax
	mov $9, %edx
	lock cmpxchg %edx, (%rbx)
	SYNC(7)
	mov $1, %eax
	lock xadd %eax, (%rbx)
	SYNC(8)
	cmpl $10, (%rbx)
	SYNC(9)
	testb $1, (%rbx)
	SYNC(10)
	push (%rbx)
	pop %rax
	SYNC(11)
END(mmio_rmw)

/* In: rsi, rdi, rcx. */
BEGIN(mmio_string)
	SYNC(0)
	rep movsb
	SYNC(1)
	rep movsl
	SYNC(2)
	mov $0xab, %eax
	rep stosw
	SYNC(3)
	lodsq
	SYNC(4)
	std
	rep movsb
	cld
	SYNC(5)
END(mmio_string)

BEGIN(mmio_sse)
	mov $MMIO_BASE, %ebx
	movdqu DATA_BASE, %xmm0
	movdqa %xmm0, (%rbx)
	SYNC(0)
	movups (%rbx), %xmm1
	movdqu %xmm1, DATA_BASE + 0x10
	SYNC(1)
	mov $0x12345678, %eax
	movnti %eax, (%rbx)
	SYNC(2)
	movbe %eax, (%rbx)
	SYNC(3)
END(mmio_sse)

/* CRC32, ADX, BMI1 and BMI2 with the device as their source. */
BEGIN(mmio_bits)
	mov $MMIO_BASE, %ebx
	mov $0xffffffff, %eax
	crc32q (%rbx), %rax
	SYNC(0)
	mov $1, %eax
	stc
	adcx (%rbx), %rax
	SYNC(1)
	mov $0xff, %ecx
	andn (%rbx), %rcx, %rax
	SYNC(2)
	mov $-1, %rdx
	mulx (%rbx), %rcx, %rax
	SYNC(3)
END(mmio_bits)

/* In: rbx just below the end of a page. */
BEGIN(mmio_cross)
	SYNC(0)
	mov $0x1122334455667788, %rax
	mov %rax, (%rbx)
	SYNC(1)
	xor %eax, %eax
	mov (%rbx), %rax
	SYNC(2)
END(mmio_cross)
