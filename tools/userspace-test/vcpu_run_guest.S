/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

BEGIN(run_in)
	mov $-1, %rax
	in $0x60, %al
	nop
	SYNC(1)
END(run_in)

BEGIN(run_spin)
	SYNC(0)
1:	inc %rbx
	jmp 1b
END(run_spin)

BEGIN(run_triple_fault)
	SYNC(0)
	lidt 2f(%rip)
	ud2
2:	.word 0
	.quad 0
END(run_triple_fault)

BEGIN(run_count)
1:	inc %rbx
	SYNC(0)
	jmp 1b
END(run_count)
