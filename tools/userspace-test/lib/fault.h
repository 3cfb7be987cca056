/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every allocation and every copy from or to user space that a call makes fails
 * once: the call answers with an honest error and has changed nothing, and then
 * succeeds. Needs a kernel with fault injection (fault-injection.rst, fail-nth).
 *
 * What is lost on the way is for kmemleak to find.
 */
#ifndef FAULT_H
#define FAULT_H

#include "poke.h"

#define FAULT_MEMORY	0x100000	/* size of a scene's memory */

/* What a call works on, made anew for each fault. */
struct scene {
	struct guest g;
	int fd;			/* what the call made */
	void *memory;		/* of FAULT_MEMORY, or NULL */
	uint64_t value;
	uint64_t bitmap[FAULT_MEMORY / 4096 / 64];
	union {
		uint8_t bytes[16384];
		struct kvm_cpuid2 cpuid;
		struct kvm_msrs msrs;
		struct kvm_msr_list list;
		struct kvm_signal_mask mask;
		struct kvm_guest_debug debug;
		struct kvm_regs regs;
		struct kvm_sregs sregs;
		struct kvm_translation translation;
	} u;
};

/**
 * struct swept - a call to be swept
 * @prepare: makes the scene
 * @call: the system call; what it returns
 * @unchanged: checks after an error that nothing happened; may be NULL
 * @done: checks after success; may be NULL
 */
struct swept {
	void (*prepare)(struct scene *s);
	int (*call)(struct scene *s);
	void (*unchanged)(struct scene *s);
	void (*done)(struct scene *s);
};

/* Fails for every fault that the call does not answer for as it should. */
void sweep(const struct swept *swept);

/* ioctl() with a negative error. */
int fault_ioctl(int fd, unsigned long request, void *arg);
/* A poking guest in the scene, at rest; and that it works. */
void prepare_guest(struct scene *s);
void still_runs(struct scene *s);

#endif /* FAULT_H */
