/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* In: cl = operation, rbx = address, rax = value. Out: rax = value. */
BEGIN(poke)
top:
	SYNC(0)
	movzx %cl, %rcx
	lea table(%rip), %rdx
	movzwq (%rdx, %rcx, 2), %rcx
	add %rcx, %rdx
	jmp *%rdx

table:
	.word r8 - table, r16 - table, r32 - table, r64 - table
	.word w8 - table, w16 - table, w32 - table, w64 - table
	.word a64 - table, exec - table

r8:	movzbq (%rbx), %rax
	jmp top
r16:	movzwq (%rbx), %rax
	jmp top
r32:	mov (%rbx), %eax
	jmp top
r64:	mov (%rbx), %rax
	jmp top
w8:	mov %al, (%rbx)
	jmp top
w16:	mov %ax, (%rbx)
	jmp top
w32:	mov %eax, (%rbx)
	jmp top
w64:	mov %rax, (%rbx)
	jmp top
a64:	add %rax, (%rbx)
	jmp top
exec:	call *%rbx
	jmp top
END(poke)
