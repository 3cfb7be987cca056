// SPDX-License-Identifier: GPL-2.0
/*
 * The CPU's side.  A signal handler returns into the instruction under test
 * with TF set; the trap or fault that follows brings it back with all
 * registers.  Everything between two cases runs inside the handler, on its
 * own stack, because of the instruction's only the handler's return loads
 * all registers, CS and SS included.
 */
#include <asm/prctl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include "fuzz.h"

#define STACK_BYTES	(1 << 20)
#define XSTATE_BV	512
#define YMM_HIGH	576
#define MOST_STEPS	64

static const int signals[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE };

/* The context's registers, in encoding order. */
static const int gregs[HULL_NR_GPRS] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static enum { IDLE, RUNNING } state;
static native_next next_case;
static struct fuzz_case current;
static gregset_t home;
static unsigned int steps;

/* What a case can leave set and the handler must not run with. */
static void clear_flags(void)
{
	asm volatile("pushfq; andq %0, (%%rsp); popfq"
		     : : "i" (~(X86_EFLAGS_AC | X86_EFLAGS_NT | X86_EFLAGS_ID |
				X86_EFLAGS_DF)) : "cc", "memory");
}

static void put_vectors(ucontext_t *uc, const struct fuzz_regs *regs)
{
	u8 *area = (u8 *)uc->uc_mcontext.fpregs;
	struct _libc_fpstate *fp = uc->uc_mcontext.fpregs;
	unsigned int i;

	*(u64 *)(area + XSTATE_BV) |= 7;
	for (i = 0; i < 16; i++) {
		memcpy(&fp->_xmm[i], regs->ymm[i], 16);
		memcpy(area + YMM_HIGH + 16 * i, regs->ymm[i] + 16, 16);
	}
	fp->swd = 0;
	fp->cwd = 0x37f;
	fp->ftw = 0xff;
	for (i = 0; i < 8; i++)
		memcpy(&fp->_st[i], regs->mmx[i], 8);
}

static void get_vectors(const ucontext_t *uc, struct fuzz_regs *regs)
{
	const u8 *area = (const u8 *)uc->uc_mcontext.fpregs;
	const struct _libc_fpstate *fp = uc->uc_mcontext.fpregs;
	bool high = *(const u64 *)(area + XSTATE_BV) & 4;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		memcpy(regs->ymm[i], &fp->_xmm[i], 16);
		memset(regs->ymm[i] + 16, 0, 16);
		if (high)
			memcpy(regs->ymm[i] + 16, area + YMM_HIGH + 16 * i, 16);
	}
	for (i = 0; i < 8; i++)
		memcpy(regs->mmx[i], &fp->_st[i], 8);
}

static void load_data_segments(const struct fuzz_case *c)
{
	asm volatile("mov %0, %%ds" : : "r" (c->selector[HULL_SEG_DS]));
	asm volatile("mov %0, %%es" : : "r" (c->selector[HULL_SEG_ES]));
	asm volatile("mov %0, %%gs" : : "r" (c->selector[HULL_SEG_GS]));
	if (c->mode == FUZZ_LONG)
		syscall(SYS_arch_prctl, ARCH_SET_GS, FUZZ_BASE);
}

static void enter_case(ucontext_t *uc, const struct fuzz_case *c)
{
	greg_t *g = uc->uc_mcontext.gregs;
	unsigned int i;

	for (i = 0; i < HULL_NR_GPRS; i++)
		g[gregs[i]] = c->in.gpr[i];
	g[REG_RIP] = c->in.rip;
	g[REG_EFL] = c->in.rflags | X86_EFLAGS_TF;
	g[REG_CSGSFS] = (g[REG_CSGSFS] & 0x0000ffffffff0000) |
			c->selector[HULL_SEG_CS] |
			(u64)c->selector[HULL_SEG_SS] << 48;
	if (c->vectors)
		put_vectors(uc, &c->in);
	load_data_segments(c);
	steps = 0;
}

static void leave_case(const ucontext_t *uc, struct fuzz_outcome *out)
{
	const greg_t *g = uc->uc_mcontext.gregs;
	unsigned int i;

	out->fault = g[REG_TRAPNO] != X86_TRAP_DB;
	out->vector = g[REG_TRAPNO];
	out->error = g[REG_ERR];
	out->cr2 = g[REG_CR2];
	for (i = 0; i < HULL_NR_GPRS; i++)
		out->regs.gpr[i] = g[gregs[i]];
	out->regs.rip = g[REG_RIP];
	out->regs.rflags = g[REG_EFL];
	if (current.vectors)
		get_vectors(uc, &out->regs);
}

static bool step_again(const ucontext_t *uc)
{
	const greg_t *g = uc->uc_mcontext.gregs;

	return current.to_end && g[REG_TRAPNO] == X86_TRAP_DB &&
	       g[REG_RIP] == (greg_t)current.in.rip && ++steps < MOST_STEPS;
}

static void handler(int sig, siginfo_t *info, void *context)
{
	static struct fuzz_outcome out;
	ucontext_t *uc = context;

	clear_flags();
	if (state == IDLE) {
		memcpy(home, uc->uc_mcontext.gregs, sizeof(home));
		state = RUNNING;
	} else {
		if (step_again(uc))
			return;
		leave_case(uc, &out);
	}
	if (next_case(&current, &out)) {
		enter_case(uc, &current);
		return;
	}
	memcpy(uc->uc_mcontext.gregs, home, sizeof(home));
	state = IDLE;
}

bool native_init(void)
{
	static u8 memory[STACK_BYTES] __aligned(64);
	stack_t stack = { .ss_sp = memory, .ss_size = STACK_BYTES };
	struct sigaction action = {
		.sa_sigaction = handler,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	unsigned int i;

	if (sigaltstack(&stack, NULL))
		return false;
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		if (sigaction(signals[i], &action, NULL))
			return false;
	return true;
}

/* Ask @next for cases, giving it the outcome of the last, until it has none. */
void native_run(native_next next)
{
	next_case = next;
	asm volatile("int3" : : : "memory");
}
