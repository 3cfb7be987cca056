/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest of xsaves_test.c, in real mode: saves its x87 state by XSAVES into the page
 * that the code is in, and halts.
 */
#include <linux/linkage.h>
#include <asm/processor-flags.h>
#include "xsaves_guest.h"

	.section .rodata, "a"
	.code16
SYM_DATA_START(xsaves_code)
	mov	%cr4, %eax
	or	$X86_CR4_OSXSAVE, %eax
	mov	%eax, %cr4
	mov	$(XSAVES_PAGE >> 4), %ax
	mov	%ax, %ds
	xor	%edx, %edx
	mov	$1, %eax
	xsaves	XSAVES_AREA
	hlt
SYM_DATA_END_LABEL(xsaves_code, SYM_L_GLOBAL, xsaves_code_end)
