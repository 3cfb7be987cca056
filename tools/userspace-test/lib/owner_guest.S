/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/*
 * In: rbx = memory, rcx = number of pages, rdx = stride in bytes,
 * rsi = table of expected values, rdi = stop flag's address.
 * In each page: [0] counts up, and must be what was last written or 0;
 * [16] repeats what the host put in [8].
 */
BEGIN(owner_writer)
again:	xor %r8, %r8
	mov %rbx, %r9
page:	mov (%r9), %rax
	cmp (%rsi, %r8, 8), %rax
	je 1f
	test %rax, %rax
	jne stale
1:	inc %rax
	mov %rax, (%rsi, %r8, 8)
	mov %rax, (%r9)
	mov 8(%r9), %rax
	mov %rax, 16(%r9)
	add %rdx, %r9
	inc %r8
	cmp %rcx, %r8
	jne page
	cmpb $0, (%rdi)
	je again
	SYNC(1)
stale:	SYNC(2)
END(owner_writer)
