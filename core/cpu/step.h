/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single-stepping for user space that the guest cannot see (cpu/step.c).
 */
#ifndef HULL_CORE_CPU_STEP_H
#define HULL_CORE_CPU_STEP_H

#include <linux/types.h>
#include "../run.h"

struct hull_vcpu;

/*
 * Before an entry, while vcpu->dbg.forced_tf is set.  RESUME: enter; USER: the
 * step was made here, KVM_EXIT_DEBUG is filled; ERROR as ever.  Process
 * context, inside srcu, the vCPU loaded.
 */
enum hull_run __must_check hull_step_prepare(struct hull_vcpu *vcpu);
/* The step is complete: take our TF out of what the instruction saved of it. */
void hull_step_finish(struct hull_vcpu *vcpu);

/**
 * enum hull_step_class - what an instruction does with TF
 * @HULL_STEP_PLAIN: nothing
 * @HULL_STEP_PUSHES: PUSHF: it is in the word on the stack
 * @HULL_STEP_LOADS: POPF, IRET, SYSRET: TF afterwards is the guest's
 * @HULL_STEP_SYSCALL: SYSCALL: it is in R11, and may be masked
 * @HULL_STEP_INT: INT n, INT3, INTO: delivers an event
 * @HULL_STEP_INT1: INT1: delivers one that no gate's privilege stops
 */
enum hull_step_class {
	HULL_STEP_PLAIN,
	HULL_STEP_PUSHES,
	HULL_STEP_LOADS,
	HULL_STEP_SYSCALL,
	HULL_STEP_INT,
	HULL_STEP_INT1,
};

/**
 * struct hull_step_insn - result of hull_step_classify()
 * @kind: enum hull_step_class
 * @vector: of INT
 * @is_int_n: INT n, else INT3 or INTO
 * @len: bytes, of INT, INT1 and SYSCALL; else 0
 */
struct hull_step_insn {
	u8 kind;
	u8 vector;
	bool is_int_n;
	u8 len;
};

/* The instruction at RIP; PLAIN when its bytes are out of reach.  As above. */
struct hull_step_insn hull_step_insn_at_rip(struct hull_vcpu *vcpu);

/* Pure: classify the instruction in @bytes, of which @n are known. */
struct hull_step_insn hull_step_classify(const u8 *bytes, unsigned int n, bool is_64bit);

#endif
