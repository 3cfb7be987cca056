/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

/* The 64-bit entry of a bzImage, 0x200 into its protected-mode part. */
	.code64
BEGIN(entry64)
	mov 0x202(%rsi), %eax		/* magic of the setup header */
	movzbl 0x1e8(%rsi), %ebx	/* entries of the memory map */
	mov 0x228(%rsi), %ecx		/* command line */
	mov (%rcx), %rdx
	mov 0x218(%rsi), %edi		/* initial RAM disk */
	mov 0x21c(%rsi), %r8d
	mov (%rdi), %r9
	mov %cs, %r10d
	mov %ds, %r11d
	lea 1f(%rip), %r12
1:	SYNC(1)
	hlt
END(entry64)

	.code32
BEGIN(entry_pvh)
	mov (%ebx), %eax		/* magic of the start info */
	mov 4(%ebx), %ecx		/* version */
	mov 24(%ebx), %esi
	mov (%esi), %edx		/* command line */
	mov 48(%ebx), %edi		/* entries of the memory map */
	mov 16(%ebx), %esi
	mov 8(%esi), %ebp		/* size of the first module */
	SYNC(1)
	hlt
END(entry_pvh)
