/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/*
 * In: rbx = memory, rcx = number of pages less one (a power of two less one),
 * rdi = offset in each page, rsi = seed, rdx = stop flag's address.
 * Writes a counter to pages in pseudo-random order until told to stop.
 */
BEGIN(dirty_random)
	xor %r8, %r8
1:	imul $1103515245, %rsi, %rsi
	add $12345, %rsi
	mov %rsi, %rax
	shr $16, %rax
	and %rcx, %rax
	shl $12, %rax
	add %rbx, %rax
	inc %r8
	mov %r8, (%rax, %rdi)
	cmpb $0, (%rdx)
	je 1b
	SYNC(1)
END(dirty_random)

/* Written by whoever emulates the instruction. */
BEGIN(dirty_insb)
	mov %rbx, %rdi
	mov $0x60, %edx
	insb
	SYNC(1)
END(dirty_insb)
