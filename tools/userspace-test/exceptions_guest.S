/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* The host resumes after each fault at the next SYNC, which rbx points to. */
#define CASE(n, ...) \
	lea 9f(%rip), %rbx; \
	__VA_ARGS__; \
9:	SYNC(n)

BEGIN(exceptions)
	CASE(0, xor %ecx, %ecx; div %ecx)
	CASE(1, int3)
	CASE(2, ud2)
	CASE(3, mov $0xf8, %ecx; mov %ecx, %ds)		/* beyond the table */
	CASE(4, mov $SEL_SPARE, %ecx; mov %ecx, %ds)	/* not present */
	CASE(5, movabs $0x8000000000000000, %rcx; mov (%rcx), %al)
	CASE(6, mov $SEL_SPARE, %ecx; mov %ecx, %ss)
	CASE(7, int $0x80)
	CASE(8, mov %cr0, %rax; or $8, %rax; mov %rax, %cr0; fldz)
	CASE(9, mov %cr0, %rax; and $-9, %rax; mov %rax, %cr0; mov $0x80000000, %ecx; wrmsr)
	CASE(10, fninit; movw $0x37b, -2(%rsp); fldcw -2(%rsp); fld1; fldz; fdivrp; fwait)
END(exceptions)

BEGIN(no_page_tables)
	SYNC(0)
	xor %eax, %eax
	mov %rax, %cr3
	hlt
END(no_page_tables)

BEGIN(page_faults)
	CASE(0, mov $0x40000123, %eax; mov (%rax), %cl)
	CASE(1, movb $1, (%rax))
	CASE(2, mov $0x40200456, %eax; mov (%rax), %cl)
	CASE(3, movb $1, (%rax))
	CASE(4, mov $0x40400000, %eax; jmp *%rax)
	CASE(5, nop)
END(page_faults)

/* Goes to user mode, and does there what it must not. */
BEGIN(user_mode)
	push $SEL_USER_DATA
	push $(DATA_BASE + 0x10000)
	push $2
	push $SEL_USER_CODE
	lea 1f(%rip), %rax
	push %rax
	iretq
1:	mov $DATA_BASE, %eax
	mov (%rax), %cl		/* supervisor page: #PF, user */
	cli			/* #GP */
	hlt
END(user_mode)

/* To user mode as above: INT1 asks for no privilege. */
BEGIN(int1)
	SYNC(0)
	.byte 0xf1
	SYNC(1)
	push $SEL_USER_DATA
	push $(DATA_BASE + 0x10000)
	push $2
	push $SEL_USER_CODE
	lea 1f(%rip), %rax
	push %rax
	iretq
1:	.byte 0xf1
	cli			/* #GP */
END(int1)

/* Vectors are delivered through tables whose page may be away. */
BEGIN(delivery)
	SYNC(0)
	int3
	SYNC(1)
	ud2
	SYNC(2)
	mov $0x40000123, %eax
	mov (%rax), %cl
	SYNC(3)
	sti
	nop
	nop
	SYNC(4)
1:	nop
	jmp 1b
END(delivery)

BEGIN(delivery_int)
	SYNC(0)
	int $0x90
	SYNC(1)
END(delivery_int)

BEGIN(delivery_int1)
	SYNC(0)
	.byte 0xf1
	SYNC(1)
END(delivery_int1)
