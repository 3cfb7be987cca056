/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* What leaves the guest, in the order in which trace.c expects it. */
BEGIN(trace)
	mov $0xa5, %eax
	.globl pl_trace_out
pl_trace_out:
	out %al, $0x80
	mov $0x84, %edx
	in (%dx), %eax
	mov $(DATA_BASE), %esi
	mov $5, %ecx
	rep outsb
	SYNC(1)
	mov $MMIO_BASE, %ebx
	movl $0x12345678, 0x10(%rbx)
	mov 0x20(%rbx), %ax
	SYNC(2)
	mov $0x2ff, %ecx		/* MTRRdefType */
	mov $0x806, %eax
	xor %edx, %edx
	wrmsr
	rdmsr
	SYNC(3)
	mov $0xdeadbeef, %ecx
	rdmsr
END(trace)

BEGIN(trace_wait)
	sti
1:	SYNC(1)
	jmp 1b
END(trace_wait)
