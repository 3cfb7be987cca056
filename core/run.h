/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HULL_CORE_RUN_H
#define HULL_CORE_RUN_H

#include "exit.h"

struct hull_vcpu;

/* Outcome of an exit handler. */
enum hull_run {
	HULL_RUN_RESUME,	/* back into the guest */
	HULL_RUN_USER,		/* vcpu->run is filled, KVM_RUN returns 0 */
	HULL_RUN_ERROR,		/* KVM_RUN returns vcpu->run_error */
	HULL_RUN_LATER,		/* nothing was done: hull_handle_exit() has to */
};

/* KVM_RUN.  0 or -errno. */
int hull_vcpu_run(struct hull_vcpu *vcpu);

/* Handle vcpu->exit (core/exit.c). */
enum hull_run hull_handle_exit(struct hull_vcpu *vcpu);
/* The same with interrupts off, without sleeping.  HULL_RUN_LATER if it would. */
enum hull_run hull_handle_exit_fast(struct hull_vcpu *vcpu);

/* Emulate the instruction at RIP (core/emulate.c). */
enum hull_run hull_emulate(struct hull_vcpu *vcpu);
/* Finish what user space was asked to do.  HULL_RUN_RESUME: go on. */
enum hull_run hull_complete_io(struct hull_vcpu *vcpu);
/*
 * Decode the instruction at RIP into vcpu->emul.insn and vcpu->exit.insn_len,
 * without executing it.  0; 1: it faults, with vcpu->emul.fault; -EFAULT: its
 * bytes are out of reach or not known.
 */
int __must_check hull_decode_insn(struct hull_vcpu *vcpu);
/* The same for the length alone; cheaper. */
int __must_check hull_decode_length(struct hull_vcpu *vcpu);
/*
 * What to do when they did not answer 0.  The guest may have taken the page
 * away since the processor fetched from it: then it gets the fault.
 */
enum hull_run hull_decode_failed(struct hull_vcpu *vcpu, int err);

/* #GP(0) for the guest. */
enum hull_run hull_general_protection(struct hull_vcpu *vcpu);

/*
 * Fill vcpu->run for KVM_EXIT_INTERNAL_ERROR: with the instruction's bytes for
 * KVM_INTERNAL_ERROR_EMULATION, else with the hardware's exit information.
 */
enum hull_run hull_internal_error(struct hull_vcpu *vcpu, u32 suberror);

#endif
