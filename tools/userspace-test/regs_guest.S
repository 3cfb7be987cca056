/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* Stores all that came in at DATA_BASE, then loads other values. */
BEGIN(all_gprs)
	mov %rax, DATA_BASE + 0x00
	mov %rcx, DATA_BASE + 0x08
	mov %rdx, DATA_BASE + 0x10
	mov %rbx, DATA_BASE + 0x18
	mov %rsp, DATA_BASE + 0x20
	mov %rbp, DATA_BASE + 0x28
	mov %rsi, DATA_BASE + 0x30
	mov %rdi, DATA_BASE + 0x38
	mov %r8, DATA_BASE + 0x40
	mov %r9, DATA_BASE + 0x48
	mov %r10, DATA_BASE + 0x50
	mov %r11, DATA_BASE + 0x58
	mov %r12, DATA_BASE + 0x60
	mov %r13, DATA_BASE + 0x68
	mov %r14, DATA_BASE + 0x70
	mov %r15, DATA_BASE + 0x78
	mov $STACK_TOP, %rsp
	pushfq
	popq DATA_BASE + 0x80
	movabs $0x0101010101010101, %rax
	lea (%rax, %rax), %rcx
	lea (%rax, %rcx), %rdx
	lea (%rax, %rdx), %rbx
	lea (%rax, %rbx), %rsp
	lea (%rsp, %rax), %rbp
	lea (%rax, %rbp), %rsi
	lea (%rax, %rsi), %rdi
	lea (%rax, %rdi), %r8
	lea (%rax, %r8), %r9
	lea (%rax, %r9), %r10
	lea (%rax, %r10), %r11
	lea (%rax, %r11), %r12
	lea (%rax, %r12), %r13
	lea (%rax, %r13), %r14
	lea (%rax, %r14), %r15
	stc
	SYNC(1)
	SYNC(2)
END(all_gprs)

/* What the guest itself sees of tables and control registers. */
BEGIN(tables)
	sgdt DATA_BASE
	sidt DATA_BASE + 0x10
	mov %cr0, %rax
	mov %rax, DATA_BASE + 0x20
	mov %cr3, %rax
	mov %rax, DATA_BASE + 0x28
	mov %cr4, %rax
	mov %rax, DATA_BASE + 0x30
	mov %cr8, %rax
	mov %rax, DATA_BASE + 0x38
	mov $0xc0000080, %ecx
	rdmsr
	mov %eax, DATA_BASE + 0x40
	str DATA_BASE + 0x48
	mov %cs, DATA_BASE + 0x4a
	mov %fs, DATA_BASE + 0x4c
	mov %fs:0, %rax
	mov %rax, DATA_BASE + 0x50
	mov %gs:8, %rax
	mov %rax, DATA_BASE + 0x58
	SYNC(1)
	mov $5, %eax
	mov %rax, %cr8
	SYNC(2)
END(tables)
