/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code16

/* Real mode to protected, to long, to compatibility, and all the way back. */
BEGIN(round_trip)
	cli
	ENTER_PROTECTED_MODE round_trip
	SYNC(1)
	ENTER_LONG_MODE round_trip 0x20 PML4_BASE	/* PAE */
	movabs $0x1122334455667788, %rax
	push %rax
	xor %eax, %eax
	pop %rax
	SYNC(2)
	pushq $SEL_CODE32
	pushq $AT(round_trip, compat)
	lretq
	.code32
compat:	push $0x1234
	pop %eax
	SYNC(3)
	mov %cr0, %eax
	and $0x7fffffff, %eax
	mov %eax, %cr0
	mov $0xc0000080, %ecx
	rdmsr
	and $0xfffffeff, %eax
	wrmsr
	ljmpl $SEL_SPARE, $AT(round_trip, prot16)
	.code16
prot16:	mov $(SEL_SPARE + 8), %ax
	mov %ax, %ds
	mov %ax, %ss
	mov %cr0, %eax
	and $0xfffffffe, %eax
	mov %eax, %cr0
	ljmp $0, $AT(round_trip, real)
real:	xor %ax, %ax
	mov %ax, %ss
	mov $0x7000, %sp
	push $0x55
	pop %ax
	SYNC(4)
	hlt
gdtr:	.word 0xff
	.long GDT_BASE
END(round_trip)

	.code32

/* Three-level tables: the first is at PML4_BASE, 2 MiB pages below. */
BEGIN(pae)
	mov $PML4_BASE, %eax
	mov %eax, %cr3
	mov %cr4, %eax
	or $0x20, %eax
	mov %eax, %cr4
	mov %cr0, %eax
	or $0x80000000, %eax
	mov %eax, %cr0
	mov 0x40000000 + DATA_BASE, %eax
	SYNC(1)
	mov $0x5678, %eax
	mov %eax, 0x40000004 + DATA_BASE
	SYNC(2)
END(pae)

/* The same, from one first table to another, which need not be at a page's beginning. */
BEGIN(pae_pointers)
	fninit				/* on SVM, CR0 and CR3 are the guest's alone from here */
	mov $PML4_BASE, %ecx
	mov %ecx, %cr3
	mov %cr4, %eax
	or $0x20, %eax
	mov %eax, %cr4
	mov %cr0, %eax
	or $0x80000000, %eax
	mov %eax, %cr0
	SYNC(1)
	mov $(PML5_BASE + 0x20), %eax
	mov %eax, %cr3
	SYNC(2)
	mov %ecx, %cr3
	SYNC(3)
END(pae_pointers)

	.code32

/* Activates long mode, all of it prepared here but CS and TR. */
BEGIN(activate)
	SYNC(0)
	ljmp $SEL_SPARE, $AT(activate, 1f)
1:	mov $PML4_BASE, %eax
	mov %eax, %cr3
	mov %cr4, %eax
	or $0x20, %eax
	mov %eax, %cr4
	mov $0xc0000080, %ecx
	rdmsr
	or $0x100, %eax
	wrmsr
	mov %cr0, %eax
	or $0x80000000, %eax
	.globl pl_activate_fault
pl_activate_fault:
	mov %eax, %cr0
	SYNC(1)
END(activate)

BEGIN(task_switch)
	mov $0x1111, %eax
	ljmp $SEL_SPARE, $0
	/* Back here by the other task's jump */
	mov %eax, %ebx
	SYNC(2)
	lcall $SEL_SPARE, $0
	SYNC(4)
	hlt
/* The other task starts with eax = 0x2222 from its TSS. */
	.globl pl_task_two
pl_task_two:
	str %cx
	SYNC(1)
	ljmp $SEL_TSS, $0
	/* Called the second time */
	pushf
	pop %edx
	SYNC(3)
	iret
	hlt
END(task_switch)

/* The handler of NMIs is a task, which goes on where it was left. */
BEGIN(nmi_task)
	SYNC(0)
	nop
	SYNC(3)
	hlt
	.globl pl_nmi_task_handler
pl_nmi_task_handler:
	SYNC(1)
	nop
	SYNC(2)
	iret
	jmp pl_nmi_task_handler
END(nmi_task)
