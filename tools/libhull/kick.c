// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kicking a vCPU out of the guest, from any thread or signal handler.
 *
 * The flag is set before the signal is sent. A vCPU thread that has not yet
 * entered the kernel finds the flag there; one that is inside is brought out
 * by the signal. Between the two there is no gap, and the flag stays until the
 * vCPU thread clears it, so no kick is lost.
 */
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

static void no_op(int signo)
{
	(void)signo;
}

HULL_PUBLIC int hull_kick_install(int signo)
{
	struct sigaction action = { .sa_handler = no_op };

	sigemptyset(&action.sa_mask);
	return sigaction(signo, &action, NULL) ? -errno : 0;
}

HULL_PUBLIC void hull_vcpu_signal_handle(const struct hull_vcpu *vcpu, int signo,
					 struct hull_kick *kick)
{
	kick->immediate_exit = &vcpu->run->immediate_exit;
	kick->pid = getpid();
	kick->tid = (pid_t)syscall(SYS_gettid);
	kick->signo = signo;
}

HULL_PUBLIC int hull_kick(const struct hull_kick *kick)
{
	int saved = errno;
	int ret;

	__atomic_store_n(kick->immediate_exit, 1, __ATOMIC_SEQ_CST);
	ret = syscall(SYS_tgkill, kick->pid, kick->tid, kick->signo) ? -errno : 0;
	errno = saved;
	return ret;
}
