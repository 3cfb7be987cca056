/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* The value for CR0 is at DATA_BASE. */
BEGIN(machine_status)
	mov $DATA_BASE, %ebx
	mov (%rbx), %rax
	mov %rax, %cr0
	xor %eax, %eax
	mov %cr0, %rax
	SYNC(0)
	mov $-1, %rax
	smsw %ax
	SYNC(1)
	mov $-1, %rax
	smsw %eax
	SYNC(2)
	xor %r9d, %r9d
	smsw %r9
	mov %r9, %rax
	SYNC(3)
	rex.w smsw 0x10(%rbx)
	SYNC(4)
	mov $0xa, %ecx		/* TS, MP, and no PE */
	lmsw %cx
	mov %cr0, %rax
	SYNC(5)
	clts
	mov %cr0, %rax
	SYNC(6)
	hlt
END(machine_status)

BEGIN(user_smsw)
	mov $DATA_BASE, %ebx
	mov (%rbx), %rax
	mov %rax, %cr0
	push $SEL_USER_DATA
	push $STACK_TOP
	push $2
	push $SEL_USER_CODE
	lea 1f(%rip), %rax
	push %rax
	iretq
1:	smsw 0x10(%rbx)
	smsw 0x200000
	hlt
END(user_smsw)

BEGIN(task_switched)
	mov %cr0, %rax
	SYNC(0)
	mov $3, %ecx
	mov $DATA_BASE, %ebx
1:	SYNC(1)
	SYNC(2)
	fld1
	mov %cr0, %rax
	SYNC(3)
	loop 1b
	faddp
	faddp
	fld %st(0)
	fistpll 0x20(%rbx)
	SYNC(4)
	mov %cr0, %rax
	or $8, %eax
	mov %rax, %cr0
	fld1			/* two bytes, #NM */
	mov %cr0, %rax
	SYNC(5)
	clts
	fld1
	faddp
	fistpll 0x20(%rbx)
	SYNC(6)
	hlt
END(task_switched)

/* 1 / 0, unmasked: pending until the next instruction that looks. */
BEGIN(fwait)
	mov %cr0, %rax
	and $~0xa, %rax		/* no MP, no TS */
	or $0x20, %rax		/* NE */
	mov %rax, %cr0
	fninit
	movw $0x37b, DATA_BASE
	fldcw DATA_BASE
	fld1
	fldz
	fdivrp
	SYNC(0)
	SYNC(1)
	mov %cr0, %rax
	SYNC(2)
	fwait			/* one byte, #MF */
	fnclex
	fwait
	SYNC(3)
	hlt
END(fwait)
