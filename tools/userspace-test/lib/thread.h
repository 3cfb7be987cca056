/* SPDX-License-Identifier: GPL-2.0-only */
/* Running vCPUs in threads of their own. */
#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>

#include "guest.h"

/* A vCPU that runs in a thread until its payload's milestone. */
struct runner {
	struct guest *g;
	unsigned int vcpu;
	unsigned int milestone;
	bool faults;	/* memory may be away for a while: run again on EFAULT */
	pthread_t thread;
};

void runner_start(struct runner *r, struct guest *g, unsigned int vcpu,
		  unsigned int milestone);
void runner_join(struct runner *r);

/*
 * Without restartable sequences, for which the kernel takes a thread to the border of
 * user mode at every preemption: a KVM_RUN that is preempted goes on in the kernel.
 */
void thread_stays_in_kernel(void);

/* Microseconds of the monotonic clock. */
uint64_t now_us(void);

#endif /* THREAD_H */
