// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the vector state of one CPU kept apart from that of the others?
 *
 * One process per CPU, bound to it, holds a pattern of its own in all of XMM
 * or YMM 0-15, the x87 stack and MXCSR, spins, and looks whether it is still
 * there.  Prints "vectors: N rounds on M CPUs" and fails at the first loss.
 *
 *	vectors SECONDS
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NR_REGS	16
#define SPINS	20000

struct vectors {
	uint8_t reg[NR_REGS][32];
	uint64_t x87;
	uint32_t mxcsr;
};

/*
 * Load everything, spin with it, store everything.  REG is the name of a vector
 * register without its number, MOV the move that takes it.
 */
#define HOLD(MOV, REG)							\
	asm volatile("ldmxcsr %2\n\t"					\
		     "fildll %3\n\t"					\
		     ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"	\
		     MOV " \\n*32(%0), %%" REG "\\n\n\t"		\
		     ".endr\n"						\
		     "1: dec %1\n\t"					\
		     "jnz 1b\n\t"					\
		     ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"	\
		     MOV " %%" REG "\\n, \\n*32(%4)\n\t"		\
		     ".endr\n\t"					\
		     "fistpll %5\n\t"					\
		     "stmxcsr %6"					\
		     : "+r"(in), "+r"(spins)				\
		     : "m"(in->mxcsr), "m"(in->x87), "r"(out),		\
		       "m"(out->x87), "m"(out->mxcsr)			\
		     : "memory", "cc",					\
		       "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",	\
		       "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", \
		       "xmm12", "xmm13", "xmm14", "xmm15")

static void hold_sse(const struct vectors *in, struct vectors *out)
{
	unsigned long spins = SPINS;

	HOLD("movups", "xmm");
}

static void hold_avx(const struct vectors *in, struct vectors *out)
{
	unsigned long spins = SPINS;

	HOLD("vmovups", "ymm");
	asm volatile("vzeroupper" ::: "memory");
}

static void fill(struct vectors *v, unsigned int cpu, unsigned int round, int avx)
{
	unsigned int reg, i;

	memset(v, 0, sizeof(*v));
	for (reg = 0; reg < NR_REGS; reg++)
		for (i = 0; i < (avx ? 32 : 16); i++)
			v->reg[reg][i] = cpu * 101 + round * 7 + reg * 13 + i;
	v->x87 = ((uint64_t)round << 32) + cpu + 1;
	/* All exceptions masked; rounding control from the round. */
	v->mxcsr = 0x1f80 | (round + cpu) % 4 << 13;
}

static int compute(unsigned int cpu, int seconds, unsigned int *rounds)
{
	int avx = __builtin_cpu_supports("avx");
	struct vectors in, out;
	time_t end = time(NULL) + seconds;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return 1;

	for (*rounds = 0; time(NULL) < end; ++*rounds) {
		fill(&in, cpu, *rounds, avx);
		memset(&out, 0, sizeof(out));
		if (avx)
			hold_avx(&in, &out);
		else
			hold_sse(&in, &out);
		if (memcmp(&in, &out, sizeof(in))) {
			printf("vectors: CPU %u lost its state in round %u\n",
			       cpu, *rounds);
			return 1;
		}
	}
	printf("vectors: %u rounds on CPU %u, %s\n", *rounds, cpu,
	       avx ? "AVX" : "SSE");
	return *rounds == 0;
}

int main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : 1;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int rounds;
	int status, ret = 0;
	long cpu;

	for (cpu = 0; cpu < cpus; cpu++) {
		if (fork() == 0)
			exit(compute(cpu, seconds, &rounds));
	}
	while (wait(&status) > 0)
		ret |= status;
	return ret != 0;
}
