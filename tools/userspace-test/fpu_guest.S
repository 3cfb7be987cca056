/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.code64

/* Uses both kinds of registers first, so that none is in its initial state. */
BEGIN(fpu)
	pcmpeqd %xmm0, %xmm0
	fldz
	SYNC(0)
	movups %xmm0, DATA_BASE
	movups %xmm15, DATA_BASE + 0x10
	stmxcsr DATA_BASE + 0x20
	fnstcw DATA_BASE + 0x24
	fstpt DATA_BASE + 0x30
	pcmpeqd %xmm3, %xmm3
	fldpi
	SYNC(1)
END(fpu)

/* Out: rax = XCR0; then ymm registers stored and changed. */
BEGIN(xcr)
	xor %ecx, %ecx
	xgetbv
	shl $32, %rdx
	or %rdx, %rax
	SYNC(1)
	vmovups %ymm1, DATA_BASE
	vmovups %ymm14, DATA_BASE + 0x20
	vcmpps $15, %ymm2, %ymm2, %ymm2	/* always true: all ones */
	SYNC(2)
END(xcr)

/* Adds one to every lane of four registers, rbx times; stores them at rdi. */
BEGIN(avx_count)
	vpcmpeqd %ymm4, %ymm4, %ymm4
1:	vpsubd %ymm4, %ymm0, %ymm0
	vpsubd %ymm4, %ymm1, %ymm1
	vpsubd %ymm4, %ymm2, %ymm2
	vpsubd %ymm4, %ymm15, %ymm15
	dec %rbx
	jnz 1b
	vmovups %ymm0, (%rdi)
	vmovups %ymm1, 0x20(%rdi)
	vmovups %ymm2, 0x40(%rdi)
	vmovups %ymm15, 0x60(%rdi)
	SYNC(1)
END(avx_count)

/* Uses AVX, and then asks what is in use (rax), before it touches a register again. */
BEGIN(in_use)
	mov $1, %ecx
	vpcmpeqd %xmm3, %xmm3, %xmm3
	vinsertf128 $1, %xmm3, %ymm3, %ymm3
	SYNC(1)
	xgetbv
	SYNC(2)
	vzeroall
	fninit
	SYNC(3)
	xgetbv
	SYNC(4)
END(in_use)

/* Stores all components that are on, then loads others. */
BEGIN(xsave)
	mov $-1, %eax
	mov $-1, %edx
	xsave64 DATA_BASE + 0x10000
	SYNC(1)
	xrstor64 DATA_BASE + 0x20000
	SYNC(2)
END(xsave)

/* The same by XSAVES and XRSTORS, whose format is the compacted one. */
BEGIN(xsaves)
	mov $-1, %eax
	mov $-1, %edx
	xsaves64 DATA_BASE + 0x10000
	SYNC(1)
	xrstors64 DATA_BASE + 0x20000
	SYNC(2)
END(xsaves)
