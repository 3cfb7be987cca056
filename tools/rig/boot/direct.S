/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a bzImage starts instead of its own decompressor: the kernel lies behind
 * this, decompressed, and only has to be moved to where it is linked to run.
 * An emulator that interprets spends minutes on decompression.
 *
 * Entered as the Linux/x86 boot protocol defines for the 32-bit entry point: at
 * LOAD_ADDRESS, flat segments, interrupts off, %esi the boot parameters.  Leaves
 * by the 64-bit entry point: identity-mapped, %rsi the boot parameters.
 *
 * Symbols given by the assembler's command line:
 *	KERNEL_SIZE	of the kernel behind this, in 4-byte units
 *	KERNEL_ADDRESS	physical address at which it must lie
 *	KERNEL_ENTRY	physical address of its 64-bit entry point
 */
	.set	LOAD_ADDRESS, 0x100000
	.set	PAGE, 4096
	.set	LARGE_PAGE, 0x83		/* present, writable, 2M */
	.set	TABLE, 0x03			/* present, writable */
	.set	GIGABYTES, 4			/* mapped */

	.text
	.code32
	.globl	_start
_start:
	movl	%esi, %ebp

	/* Upwards, and the two may overlap: copy from the end. */
	std
	movl	$kernel + (KERNEL_SIZE - 1) * 4, %esi
	movl	$KERNEL_ADDRESS + (KERNEL_SIZE - 1) * 4, %edi
	movl	$KERNEL_SIZE, %ecx
	rep movsl
	cld

	/* Page directories: 2M pages, one after the other. */
	movl	$directories, %edi
	movl	$LARGE_PAGE, %eax
1:	movl	%eax, (%edi)
	movl	$0, 4(%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	cmpl	$directories + GIGABYTES * PAGE, %edi
	jb	1b

	movl	$directories + TABLE, %eax
	movl	$pointers, %edi
	movl	$GIGABYTES, %ecx
2:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$PAGE, %eax
	loop	2b
	movl	$pointers + TABLE, top

	movl	$0x20, %eax			/* CR4.PAE */
	movl	%eax, %cr4
	movl	$top, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx		/* EFER.LME */
	rdmsr
	btsl	$8, %eax
	wrmsr
	movl	%cr0, %eax
	btsl	$31, %eax			/* CR0.PG */
	movl	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$0x10, $long_mode

	.code64
long_mode:
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%ebp, %esi
	movl	$KERNEL_ENTRY, %eax
	jmp	*%rax

	/* Selectors as the boot protocol wants them: code 0x10, data 0x18. */
	.balign	8
gdt:	.quad	0, 0
	.quad	0x00af9a000000ffff
	.quad	0x00cf92000000ffff
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.balign	PAGE
top:	.fill	PAGE, 1, 0
pointers:
	.fill	PAGE, 1, 0
directories:
	.fill	GIGABYTES * PAGE, 1, 0
kernel:
