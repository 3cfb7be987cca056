/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* In: eax, ecx. Out: eax, ebx, ecx, edx at DATA_BASE. */
BEGIN(cpuid)
	SYNC(0)
1:	cpuid
	mov %eax, DATA_BASE
	mov %ebx, DATA_BASE + 4
	mov %ecx, DATA_BASE + 8
	mov %edx, DATA_BASE + 12
	SYNC(1)
	jmp 1b
END(cpuid)
