/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest does.  Every routine repeats one operation RSI times and ends
 * with an OUT to BENCH_PORT_DONE.  64-bit mode, identity mapping; position
 * independent, for it is copied to BENCH_CODE.
 */
#include "bench.h"

#define ROUTINE(name)	.globl guest_##name; guest_##name

	.section .rodata
	.globl guest_start, guest_end
guest_start:

/* The loop alone, to be subtracted. */
ROUTINE(empty):
1:	dec	%rsi
	jnz	1b
	jmp	done

ROUTINE(cpuid):
1:	xor	%eax, %eax
	cpuid
	dec	%rsi
	jnz	1b
	jmp	done

/* A number that no hypervisor of the KVM family serves. */
ROUTINE(vmmcall):
1:	mov	$0x7fff, %eax
	vmmcall
	dec	%rsi
	jnz	1b
	jmp	done

ROUTINE(vmcall):
1:	mov	$0x7fff, %eax
	vmcall
	dec	%rsi
	jnz	1b
	jmp	done

ROUTINE(rdmsr):
	mov	$0x1b, %ecx		/* IA32_APIC_BASE */
1:	rdmsr
	dec	%rsi
	jnz	1b
	jmp	done

ROUTINE(wrmsr):
	mov	$0x3b, %ecx		/* IA32_TSC_ADJUST */
	xor	%eax, %eax
	xor	%edx, %edx
1:	wrmsr
	dec	%rsi
	jnz	1b
	jmp	done

ROUTINE(cr0):
	mov	%cr0, %rax
1:	xor	$1 << 18, %rax		/* AM */
	mov	%rax, %cr0
	dec	%rsi
	jnz	1b
	jmp	done

ROUTINE(out):
	mov	$BENCH_PORT, %edx
1:	out	%al, (%dx)
	dec	%rsi
	jnz	1b
	jmp	done

ROUTINE(mmio_write):
1:	mov	%eax, (%rdi)
	dec	%rsi
	jnz	1b
	jmp	done

ROUTINE(mmio_read):
1:	mov	(%rdi), %eax
	dec	%rsi
	jnz	1b
	jmp	done

/* The interrupt of BENCH_VECTOR ends each halt. */
ROUTINE(halt):
1:	sti
	hlt
	dec	%rsi
	jnz	1b
	cli
	jmp	done

ROUTINE(handler):
	iretq

/* Write to every page from RDI on. */
ROUTINE(touch):
1:	mov	%al, (%rdi)
	add	$4096, %rdi
	dec	%rsi
	jnz	1b
	jmp	done

done:
	mov	$BENCH_PORT_DONE, %edx
	out	%al, (%dx)
1:	hlt
	jmp	1b
guest_end:

	.section .note.GNU-stack, "", @progbits
