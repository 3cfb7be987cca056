// SPDX-License-Identifier: GPL-2.0-only
/* Running vCPUs in threads: see thread.h. */
#include "thread.h"

#include <sys/rseq.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *runner_main(void *opaque)
{
	struct runner *r = opaque;

	guest_sync_through_faults(r->g, r->vcpu, r->milestone, r->faults);
	return NULL;
}

void runner_start(struct runner *r, struct guest *g, unsigned int vcpu,
		  unsigned int milestone)
{
	int ret;

	r->g = g;
	r->vcpu = vcpu;
	r->milestone = milestone;
	guest_allow_host_interrupts(g, vcpu);
	ret = pthread_create(&r->thread, NULL, runner_main, r);
	if (ret)
		FAIL("pthread_create: %s", strerror(ret));
}

void runner_join(struct runner *r)
{
	pthread_join(r->thread, NULL);
}

void thread_stays_in_kernel(void)
{
	uint8_t *thread = __builtin_thread_pointer();

	if (__rseq_size)
		SYS(syscall(SYS_rseq, thread + __rseq_offset, sizeof(struct rseq),
			    RSEQ_FLAG_UNREGISTER, RSEQ_SIG));
}

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}
