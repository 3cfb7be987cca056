// SPDX-License-Identifier: GPL-2.0
/*
 * Vector registers of the running guest, for the emulator.
 *
 * Between hull_fpu_load() and hull_fpu_leave() they are in the CPU, or can be
 * put there; fpregs_lock() keeps them there for the moment of the access.
 * A register number cannot be an operand, so each access is a table of
 * sixteen instructions made by the macros below.
 *
 * MMX goes through an FXSAVE image instead: unlike MOVQ, FXSAVE and FXRSTOR do
 * not raise a pending x87 exception, which here would be one in the host.
 */
#include <linux/string.h>
#include <linux/thread_info.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include "../emul/emul.h"
#include "xstate.h"

#define FOR_EACH_REG(X)							\
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)				\
	X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

#define READ_CASE(insn, file, n)					\
	case n:								\
		asm volatile(insn " %%" file #n ", %0" : "=m" (*to));	\
		break;
#define WRITE_CASE(insn, file, n)					\
	case n:								\
		asm volatile(insn " %0, %%" file #n : : "m" (*from));	\
		break;

struct vec128 {
	u8 byte[16];
};

struct vec256 {
	u8 byte[32];
};

static void read_xmm(unsigned int reg, struct vec128 *to)
{
	switch (reg) {
#define CASE(n) READ_CASE("movdqu", "xmm", n)
	FOR_EACH_REG(CASE)
#undef CASE
	}
}

static void write_xmm(unsigned int reg, const struct vec128 *from)
{
	switch (reg) {
#define CASE(n) WRITE_CASE("movdqu", "xmm", n)
	FOR_EACH_REG(CASE)
#undef CASE
	}
}

static void read_ymm(unsigned int reg, struct vec256 *to)
{
	switch (reg) {
#define CASE(n) READ_CASE("vmovdqu", "ymm", n)
	FOR_EACH_REG(CASE)
#undef CASE
	}
}

static void write_ymm(unsigned int reg, const struct vec256 *from)
{
	switch (reg) {
#define CASE(n) WRITE_CASE("vmovdqu", "ymm", n)
	FOR_EACH_REG(CASE)
#undef CASE
	}
}

static void read_mmx(unsigned int reg, void *buf)
{
	struct fxregs_state fx __aligned(16);

	asm volatile("fxsaveq %0" : "=m" (fx));
	/* MMn is the mantissa of physical register n; TOP turns the order. */
	reg = (reg - (fx.swd >> 11)) & 7;
	memcpy(buf, &fx.st_space[reg * 4], sizeof(u64));
}

static void write_mmx(unsigned int reg, const void *buf)
{
	struct fxregs_state fx __aligned(16);
	u32 regs[ARRAY_SIZE(fx.st_space)];
	unsigned int i, top;

	asm volatile("fxsaveq %0" : "=m" (fx));
	/* An MMX instruction sets TOP to 0, all tags to valid, bits 79:64 to ones. */
	top = (fx.swd >> 11) & 7;
	for (i = 0; i < 8; i++)
		memcpy(&regs[i * 4], &fx.st_space[((i - top) & 7) * 4], 16);
	memcpy(&regs[reg * 4], buf, sizeof(u64));
	regs[reg * 4 + 2] |= 0xffff;
	memcpy(fx.st_space, regs, sizeof(regs));
	fx.swd &= ~(7 << 11);
	fx.twd = 0xff;
	asm volatile("fxrstorq %0" : : "m" (fx));
}

/* Lock the guest's registers into the CPU. */
static void get_fpregs(void)
{
	fpregs_lock();
	fpregs_assert_state_consistent();
	if (test_thread_flag(TIF_NEED_FPU_LOAD))
		switch_fpu_return();
}

void hull_read_vec(int kind, unsigned int reg, void *buf, unsigned int len)
{
	struct vec256 v = { };

	get_fpregs();
	if (kind == HULL_VEC_MMX)
		read_mmx(reg & 7, &v);
	else if (len <= sizeof(struct vec128))
		read_xmm(reg & 15, (struct vec128 *)&v);
	else if (boot_cpu_has(X86_FEATURE_AVX))
		read_ymm(reg & 15, &v);
	fpregs_unlock();
	memcpy(buf, &v, min_t(unsigned int, len, sizeof(v)));
}

void hull_write_vec(int kind, unsigned int reg, const void *buf, unsigned int len)
{
	struct vec256 v = { };

	memcpy(&v, buf, min_t(unsigned int, len, sizeof(v)));
	get_fpregs();
	if (kind == HULL_VEC_MMX)
		write_mmx(reg & 7, &v);
	else if (kind == HULL_VEC_SSE)
		write_xmm(reg & 15, (struct vec128 *)&v);
	else if (boot_cpu_has(X86_FEATURE_AVX))
		write_ymm(reg & 15, &v);	/* bits above @len are zero in v */
	fpregs_unlock();
}
