/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

#define WHERE(name, label)	.quad AT(name, label)

/* The table lists where single-stepping stops, in order; 0 ends it. */
BEGIN(step)
	SYNC(0)
	nop
s1:	mov $0xc0000080, %ecx
s2:	cli
s3:	sti
s4:	nop
s5:	push %rcx
s6:	cpuid
s7:	pop %rcx
s8:	mov %ss, %edx
s9:	mov %edx, %ss
	nop			/* MOV SS delays the trap by one instruction */
s10:	rdmsr
s11:	jmp s12
	ud2
s12:	call s14
s13:	jmp s15
s14:	ret
s15:	in $0x60, %al
s16:	nop
s17:	SYNC(1)
	.balign 8
	.globl pl_step_stops
pl_step_stops:
	WHERE(step, s1); WHERE(step, s2); WHERE(step, s3); WHERE(step, s4)
	WHERE(step, s5); WHERE(step, s6); WHERE(step, s7); WHERE(step, s8)
	WHERE(step, s9); WHERE(step, s10); WHERE(step, s11); WHERE(step, s12)
	WHERE(step, s14); WHERE(step, s13); WHERE(step, s15); WHERE(step, s16)
	WHERE(step, s17)
	.quad 0
END(step)

/* The guest steps itself, from behind POPF on, over both kinds of shadow. */
BEGIN(step_shadows)
	SYNC(0)
	mov %ss, %edx
	push $0x102
	popfq
	sti
	.globl pl_step_shadows_sti
pl_step_shadows_sti:
	nop
	mov %edx, %ss
	nop			/* MOV SS delays the trap by one instruction */
	.globl pl_step_shadows_mov_ss
pl_step_shadows_mov_ss:
	nop
	sti
	nop
	SYNC(1)
END(step_shadows)

BEGIN(step_rep)
	mov $DATA_BASE, %esi
	mov $(DATA_BASE + 0x100), %edi
	mov $5, %ecx
	SYNC(0)
	rep movsb
	SYNC(1)
END(step_rep)

BEGIN(step_hidden)
	SYNC(0)
	pushfq
	pop %rax
	SYNC(1)
	push $2
	popfq
	pushfq
	pop %rax
	SYNC(2)
	ud2
	SYNC(3)
	syscall
	nop
	SYNC(4)
END(step_hidden)

/* The guest steps itself over MOV SS from a device; then user space steps. */
BEGIN(step_device)
	mov $MMIO_BASE, %ebx
	SYNC(0)
	mov (%rbx), %ax
	push $0x102
	popfq
	mov (%rbx), %ss
	nop
	.globl pl_step_device_own
pl_step_device_own:
	nop
	push $2
	popfq
	SYNC(1)
	mov (%rbx), %ss
	nop
	.globl pl_step_device_users
pl_step_device_users:
	nop
	mov %ebx, %edi
	mov $3, %ecx
	SYNC(2)
	rep stosb
	SYNC(3)
END(step_device)

/* Whatever delivers an event by itself. */
BEGIN(step_events)
	SYNC(0)
	int3
	SYNC(1)
	int $0x90
	SYNC(2)
	.byte 0xf1		/* INT1 */
	mov $0x40000123, %eax
	SYNC(3)
	mov (%rax), %cl
	SYNC(4)
	nop
	nop
	SYNC(5)
	int $0x91
END(step_events)

BEGIN(watch)
	SYNC(0)
	mov DATA_BASE, %rax
w1:	movq $1, DATA_BASE
w2:	movb $1, DATA_BASE + 4
w3:	SYNC(1)
	.balign 8
	.globl pl_watch_stops
pl_watch_stops:
	WHERE(watch, w1); WHERE(watch, w2); WHERE(watch, w3)
END(watch)

BEGIN(soft)
	SYNC(0)
	int3
	SYNC(1)
END(soft)

	.code32
BEGIN(into)
	SYNC(0)
	into
	SYNC(1)
END(into)
	.code64

/* The guest's own watchpoint, and its own single step. */
BEGIN(own_debug)
	mov $DATA_BASE, %eax
	mov %rax, %dr0
	mov $0x10002, %eax	/* G0, a byte written */
	mov %rax, %dr7
	movb $1, DATA_BASE
	mov %dr6, %rax
	SYNC(1)
	xor %eax, %eax
	mov %rax, %dr7
	mov %rax, %dr6
	movq $0x102, -8(%rsp)
	sub $8, %rsp
	popfq
	nop
	movq $2, -8(%rsp)
	sub $8, %rsp
	popfq
	SYNC(2)
END(own_debug)

BEGIN(read_dr)
	mov %dr0, %rax
	mov %rax, DATA_BASE
	mov %dr1, %rax
	mov %rax, DATA_BASE + 8
	mov %dr2, %rax
	mov %rax, DATA_BASE + 16
	mov %dr3, %rax
	mov %rax, DATA_BASE + 24
	mov %dr6, %rax
	mov %rax, DATA_BASE + 32
	mov %dr7, %rax
	mov %rax, DATA_BASE + 40
	SYNC(1)
END(read_dr)
