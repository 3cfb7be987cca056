/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's memory, for the host side and for payloads in assembly.
 *
 * All payloads run from CODE_BASE with flat segments, in real mode with CS = 0.
 * The long-mode page tables map the first 4 GiB one to one with 2 MiB pages.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#define GDT_BASE	0x1000
#define TSS_BASE	0x1800
#define IDT_BASE	0x2000
#define STUB_BASE	0x3000	/* 256 entry points of 16 bytes */
#define COMMON_BASE	0x4000	/* where they all lead */
#define CODE_BASE	0x8000
#define PML4_BASE	0x10000
#define PDPT_BASE	0x11000
#define PD_BASE		0x12000	/* four of them */
#define PML5_BASE	0x16000
#define PT_BASE		0x17000	/* for tests that split a large page */
#define IST_TOP		0x20000
#define STACK_TOP	0x40000	/* of vCPU 0; each next one 0x2000 lower */
#define DATA_BASE	0x100000
#define RAM_SIZE	0x800000
#define MMIO_BASE	0xd0000000	/* never RAM */

#define PORT_SYNC	0x40	/* to 0x7f: payload's milestones */
#define PORT_EXCEPTION	0xe1

#define SEL_CODE	0x08
#define SEL_DATA	0x10
#define SEL_CODE32	0x18
#define SEL_TSS		0x20
#define SEL_USER32	0x33
#define SEL_USER_DATA	0x3b
#define SEL_USER_CODE	0x43
#define SEL_SPARE	0x48	/* free for tests, up to 0xf8 */

#ifdef __ASSEMBLER__

/* A payload is the bytes between these two. */
#define BEGIN(name) \
	.section .rodata; .balign 16; .globl pl_##name; pl_##name:
#define END(name) \
	.globl pl_##name##_end; pl_##name##_end:; .byte 0

/* Guest address of a label of the payload. */
#define AT(name, label)	(label - pl_##name + CODE_BASE)

/* Tells the host that milestone n is reached; changes no register. */
#define SYNC(n)	out %al, $(PORT_SYNC + (n))

/* From real mode to 32-bit protected mode; the payload has the GDTR's image at gdtr. */
.macro ENTER_PROTECTED_MODE payload:req
	xor %ax, %ax
	mov %ax, %ds
	lgdtl gdtr - pl_\payload + CODE_BASE
	mov %cr0, %eax
	or $1, %eax
	mov %eax, %cr0
	ljmpl $SEL_CODE32, $(.Lprotected\@ - pl_\payload + CODE_BASE)
	.code32
.Lprotected\@:
	mov $SEL_DATA, %eax
	mov %eax, %ds
	mov %eax, %ss
	mov $STACK_TOP, %esp
.endm

/* And on to 64-bit mode, with these bits of CR4 and this table. */
.macro ENTER_LONG_MODE payload:req, cr4:req, table:req
	mov %cr4, %eax
	or $\cr4, %eax
	mov %eax, %cr4
	mov $\table, %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx
	rdmsr
	or $0x100, %eax			/* EFER.LME */
	wrmsr
	mov %cr0, %eax
	or $0x80000000, %eax
	mov %eax, %cr0
	ljmpl $SEL_CODE, $(.Llong\@ - pl_\payload + CODE_BASE)
	.code64
.Llong\@:
.endm

#endif /* __ASSEMBLER__ */

#endif /* LAYOUT_H */
