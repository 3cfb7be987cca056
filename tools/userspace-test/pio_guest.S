/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

BEGIN(pio_simple)
	mov $0x1122334455667788, %rax
	out %al, $0x80
	out %ax, $0x80
	out %eax, $0x80
	mov $0xfff8, %dx
	out %eax, %dx
	mov $-1, %rax
	in $0x80, %al
	mov %rax, DATA_BASE
	mov $-1, %rax
	in $0x80, %ax
	mov %rax, DATA_BASE + 8
	mov $-1, %rax
	in (%dx), %eax
	mov %rax, DATA_BASE + 16
	SYNC(1)
END(pio_simple)

/* In: rsi, rdi, rcx, dx, flags as each part wants them. */
BEGIN(pio_string)
	SYNC(0)
	outsb
	SYNC(1)
	rep outsb
	SYNC(2)
	rep outsw
	SYNC(3)
	std
	rep outsl
	cld
	SYNC(4)
	insb
	SYNC(5)
	rep insw
	SYNC(6)
	std
	rep insl
	cld
	SYNC(7)
	xor %ecx, %ecx
	rep insb
	rep outsb
	SYNC(8)
END(pio_string)

	.code16

BEGIN(pio_moved)
	in $0x60, %al
	SYNC(1)
END(pio_moved)

BEGIN(pio_real)
	mov $0x1234, %ax
	mov $0x3f8, %dx
	out %ax, (%dx)
	mov $0x1000, %bx
	mov %bx, %ds
	mov %bx, %es
	mov $4, %si
	mov $3, %cx
	rep outsb
	mov $0xfffe, %di
	mov $2, %cx
	rep insb
	SYNC(1)
END(pio_real)
