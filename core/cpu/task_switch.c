// SPDX-License-Identifier: GPL-2.0
/*
 * Hardware task switch, which neither SVM nor VMX does.
 *
 * The order is that of SDM vol. 3, Task Switching.  Faults before the commit
 * point are the old task's, and have changed nothing but the busy bits that
 * are put right first; from the commit point on they are the new task's, with
 * its EIP, and are queued here.
 *
 *  1. find and check the new TSS
 *  2. clear the busy bit of the old one (JMP, IRET)
 *  3. save the old task's registers
 *  4. link back (CALL, interrupt) and mark the new TSS busy
 *  -- commit: load TR, CR3, general registers, EFLAGS --
 *  5. load LDTR and the segment registers, with their checks
 *  6. push the error code of the exception that switched
 *  7. debug trap if the new TSS asks for it
 */
#include <linux/errno.h>
#include <linux/srcu.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <asm/debugreg.h>
#include <asm/desc_defs.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "../backend.h"
#include "../event.h"
#include "../mem/mem.h"
#include "../vcpu.h"
#include "cr.h"
#include "regs.h"
#include "segment.h"

/* 32-bit and 16-bit TSS (SDM vol. 3, Task-State Segment and 16-Bit TSS). */
struct tss32 {
	u32 link;
	u32 stack[6];
	u32 cr3;
	u32 eip;
	u32 eflags;
	u32 gpr[8];		/* in encoding order, as enum hull_gpr */
	u32 seg[6];		/* in encoding order, as enum hull_seg */
	u32 ldt;
	u16 trap;
	u16 io_map;
} __packed;

struct tss16 {
	u16 link;
	u16 stack[6];
	u16 ip;
	u16 flags;
	u16 gpr[8];
	u16 seg[4];
	u16 ldt;
} __packed;

static_assert(sizeof(struct tss32) == 104);
static_assert(offsetof(struct tss32, eip) == 0x20);
static_assert(offsetof(struct tss32, ldt) == 0x60);
static_assert(sizeof(struct tss16) == 44);
static_assert(offsetof(struct tss16, ip) == 14);
static_assert(offsetof(struct tss16, ldt) == 42);

#define TSS_TRAP	BIT(0)
/* Bits of EFLAGS that exist: ID to CF, without the reserved ones. */
#define EFLAGS_DEFINED	0x003f7fd5u

/* A task's registers, independent of the width of its TSS. */
struct task {
	u32 cr3;
	u32 eip;
	u32 eflags;
	u32 gpr[8];
	u16 seg[6];
	u16 ldt;
	bool trap;
	bool wide;		/* from a 32-bit TSS */
};

static int ts_fault(struct hull_fault *fault, u16 selector)
{
	*fault = (struct hull_fault) {
		.vector = X86_TRAP_TS,
		.has_error = true,
		.error = HULL_SEL_ERROR(selector),
	};
	return 1;
}

static bool is_wide(const struct hull_segment *tss)
{
	return hull_seg_type(tss) & (HULL_SYS_TSS32 & ~HULL_SYS_TSS16);
}

/* Smallest limit of a TSS that can be switched to. */
static u32 min_limit(const struct hull_segment *tss)
{
	return (is_wide(tss) ? sizeof(struct tss32) : sizeof(struct tss16)) - 1;
}

static bool is_busy(const struct hull_segment *tss)
{
	return hull_seg_type(tss) & HULL_SYS_BUSY;
}

/* Step 1: the descriptor of the new TSS. */
static int find_tss(struct hull_vcpu *vcpu, u16 selector,
		    enum hull_task_reason reason, struct hull_desc *desc,
		    struct hull_fault *fault)
{
	enum hull_desc_user user = reason == HULL_TASK_IRET ? HULL_DESC_TASK :
							      HULL_DESC_INSN;
	u8 type;
	int r;

	if (HULL_SEL_NULL(selector) || (selector & HULL_SEL_TI))
		goto invalid;
	r = hull_desc_read(vcpu, selector, true, user, desc, fault);
	if (r)
		return r;
	type = hull_seg_type(&desc->seg) & ~HULL_SYS_BUSY;
	if ((desc->seg.attr & HULL_ATTR_S) ||
	    (type != HULL_SYS_TSS16 && type != HULL_SYS_TSS32))
		goto invalid;
	/* IRET returns to a task that waits, the others start one that does not. */
	if (is_busy(&desc->seg) != (reason == HULL_TASK_IRET))
		goto invalid;

	if (reason == HULL_TASK_CALL || reason == HULL_TASK_JMP) {
		u8 dpl = hull_seg_dpl(&desc->seg);

		if (dpl < backend_get_cpl(vcpu) || dpl < (selector & HULL_SEL_RPL))
			goto invalid;
	}
	if (!(desc->seg.attr & HULL_ATTR_P)) {
		*fault = (struct hull_fault) {
			.vector = X86_TRAP_NP,
			.has_error = true,
			.error = HULL_SEL_ERROR(selector),
		};
		return 1;
	}
	if (desc->seg.limit < min_limit(&desc->seg))
		return ts_fault(fault, selector);
	return 0;

invalid:
	ts_fault(fault, selector);
	if (user == HULL_DESC_INSN)
		fault->vector = X86_TRAP_GP;
	return 1;
}

/* Step 3.  Of the 32-bit TSS only EIP up to GS are written. */
static int save_task(struct hull_vcpu *vcpu, const struct hull_segment *tss,
		     u64 rip, u32 eflags, struct hull_fault *fault)
{
	struct hull_segment seg;
	struct tss32 t32 = { };
	struct tss16 t16 = { };
	int i;

	t32.eip = rip;
	t16.ip = rip;
	t32.eflags = eflags;
	t16.flags = eflags;
	for (i = 0; i < 8; i++) {
		t32.gpr[i] = hull_gpr(vcpu, i);
		t16.gpr[i] = hull_gpr(vcpu, i);
	}
	for (i = HULL_SEG_ES; i <= HULL_SEG_GS; i++) {
		backend_get_segment(vcpu, i, &seg);
		t32.seg[i] = seg.selector;
		if (i <= HULL_SEG_DS)
			t16.seg[i] = seg.selector;
	}
	if (is_wide(tss))
		return hull_gva_write(vcpu, tss->base + offsetof(struct tss32, eip),
				      &t32.eip,
				      offsetof(struct tss32, ldt) -
				      offsetof(struct tss32, eip),
				      HULL_ACC_WRITE | HULL_ACC_IMPLICIT, fault);
	return hull_gva_write(vcpu, tss->base + offsetof(struct tss16, ip),
			      &t16.ip,
			      offsetof(struct tss16, ldt) -
			      offsetof(struct tss16, ip),
			      HULL_ACC_WRITE | HULL_ACC_IMPLICIT, fault);
}

static int read_task(struct hull_vcpu *vcpu, const struct hull_segment *tss,
		     struct task *task, struct hull_fault *fault)
{
	struct tss32 t32;
	struct tss16 t16;
	int i, r;

	memset(task, 0, sizeof(*task));
	task->wide = is_wide(tss);
	if (task->wide) {
		r = hull_gva_read(vcpu, tss->base, &t32, sizeof(t32),
				  HULL_ACC_READ | HULL_ACC_IMPLICIT, fault);
		if (r)
			return r;
		task->cr3 = t32.cr3;
		task->eip = t32.eip;
		task->eflags = t32.eflags;
		memcpy(task->gpr, t32.gpr, sizeof(task->gpr));
		for (i = 0; i < 6; i++)
			task->seg[i] = t32.seg[i];
		task->ldt = t32.ldt;
		task->trap = t32.trap & TSS_TRAP;
		return 0;
	}

	r = hull_gva_read(vcpu, tss->base, &t16, sizeof(t16),
			  HULL_ACC_READ | HULL_ACC_IMPLICIT, fault);
	if (r)
		return r;
	task->eip = t16.ip;
	task->eflags = t16.flags;
	/* The upper halves of the registers are set (SDM vol. 3, 16-Bit TSS). */
	for (i = 0; i < 8; i++)
		task->gpr[i] = t16.gpr[i] | 0xffff0000;
	for (i = 0; i < 4; i++)
		task->seg[i] = t16.seg[i];
	task->ldt = t16.ldt;
	return 0;
}

/* Everything from CS to GS in the order of the manual; SS decides nothing. */
static int load_segments(struct hull_vcpu *vcpu, const struct task *task,
			 struct hull_fault *fault)
{
	static const u8 order[] = {
		HULL_SEG_SS, HULL_SEG_DS, HULL_SEG_ES, HULL_SEG_FS, HULL_SEG_GS,
	};
	u8 cpl = task->seg[HULL_SEG_CS] & HULL_SEL_RPL;
	int i, r;

	if (task->eflags & X86_EFLAGS_VM) {
		for (i = HULL_SEG_ES; i <= HULL_SEG_GS; i++)
			hull_segment_load_real(vcpu, i, task->seg[i], true);
		return hull_segment_load(vcpu, HULL_SEG_LDTR, task->ldt, 3,
					 HULL_DESC_TASK, fault);
	}
	r = hull_segment_load(vcpu, HULL_SEG_LDTR, task->ldt, cpl,
			      HULL_DESC_TASK, fault);
	if (r)
		return r;
	r = hull_segment_load_task_cs(vcpu, task->seg[HULL_SEG_CS], fault);
	for (i = 0; !r && i < ARRAY_SIZE(order); i++)
		r = hull_segment_load(vcpu, order[i], task->seg[order[i]], cpl,
				      HULL_DESC_TASK, fault);
	return r;
}

/*
 * Until its descriptor has been checked a segment register of the new task
 * holds the selector alone.
 */
static void set_selectors(struct hull_vcpu *vcpu, const struct task *task)
{
	struct hull_segment seg;
	int i;

	for (i = HULL_SEG_ES; i <= HULL_SEG_GS; i++) {
		backend_get_segment(vcpu, i, &seg);
		seg.selector = task->seg[i];
		backend_set_segment(vcpu, i, &seg);
	}
	backend_get_segment(vcpu, HULL_SEG_LDTR, &seg);
	seg.selector = task->ldt;
	seg.attr |= HULL_ATTR_UNUSABLE;
	seg.attr &= ~HULL_ATTR_P;
	backend_set_segment(vcpu, HULL_SEG_LDTR, &seg);
}

/* Commit, but for the segments.  0, or 1 with the new task's @fault. */
static int load_registers(struct hull_vcpu *vcpu, const struct task *task,
			  struct hull_fault *fault)
{
	int i;

	hull_set_rip(vcpu, task->eip);
	hull_set_rflags(vcpu, (task->eflags & EFLAGS_DEFINED) | X86_EFLAGS_FIXED);
	for (i = 0; i < 8; i++)
		hull_set_gpr(vcpu, i, task->gpr[i]);
	set_selectors(vcpu, task);
	hull_set_cr0(vcpu, hull_cr0(vcpu) | X86_CR0_TS);
	vcpu->dbg.dr7 &= ~(u64)DR_LOCAL_ENABLE_MASK;
	backend_update_debug(vcpu);

	if (task->wide && hull_is_paging(vcpu) && hull_write_cr3(vcpu, task->cr3)) {
		*fault = (struct hull_fault) {
			.vector = X86_TRAP_GP, .has_error = true,
		};
		return 1;
	}
	return 0;
}

/* Step 6. */
static int push_error(struct hull_vcpu *vcpu, bool wide, u32 error,
		      struct hull_fault *fault)
{
	unsigned int len = wide ? 4 : 2;
	struct hull_segment ss;
	u32 mask, sp;

	backend_get_segment(vcpu, HULL_SEG_SS, &ss);
	mask = ss.attr & HULL_ATTR_DB ? 0xffffffff : 0xffff;
	sp = (hull_gpr(vcpu, HULL_RSP) - len) & mask;
	if (hull_seg_type(&ss) & HULL_TYPE_DOWN ? sp <= ss.limit :
	    (u64)sp + len - 1 > ss.limit) {
		*fault = (struct hull_fault) {
			.vector = X86_TRAP_SS, .has_error = true,
		};
		return 1;
	}
	hull_set_gpr(vcpu, HULL_RSP, (hull_gpr(vcpu, HULL_RSP) & ~(u64)mask) | sp);
	return hull_gva_write(vcpu, (u32)(ss.base + sp), &error, len,
			      HULL_ACC_WRITE, fault);
}

/* Steps 2 to 4: memory of both tasks.  0, 1, -EFAULT. */
static int switch_tss(struct hull_vcpu *vcpu, struct hull_desc *new,
		      const struct hull_segment *old, const struct hull_exit *exit,
		      u64 rip, struct hull_fault *fault)
{
	enum hull_task_reason reason = exit->task.reason;
	bool nested = reason == HULL_TASK_CALL || reason == HULL_TASK_GATE;
	u32 eflags = hull_get_rflags(vcpu);
	struct hull_desc old_desc;
	u32 link = old->selector;
	int r;

	if (!nested) {
		r = hull_desc_read(vcpu, old->selector, true, HULL_DESC_TASK,
				   &old_desc, fault);
		if (!r)
			r = hull_desc_mark(vcpu, &old_desc, 0, HULL_SYS_BUSY, fault);
		if (r)
			return r;
	}
	if (reason == HULL_TASK_IRET)
		eflags &= ~X86_EFLAGS_NT;
	r = save_task(vcpu, old, rip, eflags, fault);
	if (!r && nested)
		r = hull_gva_write(vcpu, new->seg.base, &link, 2,
				   HULL_ACC_WRITE | HULL_ACC_IMPLICIT, fault);
	if (!r && reason != HULL_TASK_IRET)
		r = hull_desc_mark(vcpu, new, HULL_SYS_BUSY, 0, fault);
	return r;
}

/* From the commit point on: faults of the new task. */
static int enter_task(struct hull_vcpu *vcpu, struct hull_desc *new,
		      struct task *task, const struct hull_exit *exit,
		      struct hull_fault *fault)
{
	enum hull_task_reason reason = exit->task.reason;
	int r;

	if (reason == HULL_TASK_CALL || reason == HULL_TASK_GATE)
		task->eflags |= X86_EFLAGS_NT;
	new->seg.attr |= HULL_SYS_BUSY;
	backend_set_segment(vcpu, HULL_SEG_TR, &new->seg);
	r = load_registers(vcpu, task, fault);
	if (!r)
		r = load_segments(vcpu, task, fault);
	if (!r && reason == HULL_TASK_GATE && exit->vectoring.has_error)
		r = push_error(vcpu, task->wide, exit->vectoring.error, fault);
	if (r < 0)
		return r;
	if (r)
		hull_queue_fault(vcpu, fault);
	else if (task->trap)
		hull_queue_debug(vcpu, DR_SWITCH);
	return 0;
}

/*
 * Where the old task goes on: behind the instruction, but at it when an
 * exception or external interrupt came through a task gate.
 */
static u64 old_rip(struct hull_vcpu *vcpu, const struct hull_exit *exit)
{
	bool by_insn = exit->task.reason != HULL_TASK_GATE ||
		       exit->vectoring.type == HULL_EVENT_SOFT_INTERRUPT ||
		       exit->vectoring.type == HULL_EVENT_SOFT_EXCEPTION;

	return hull_rip(vcpu) + (by_insn ? exit->insn_len : 0);
}

int hull_task_switch(struct hull_vcpu *vcpu, const struct hull_exit *exit,
		     struct hull_fault *fault)
{
	struct hull_segment old;
	struct hull_desc new;
	struct task task;
	int r;

	r = find_tss(vcpu, exit->task.selector, exit->task.reason, &new, fault);
	if (r)
		return r;
	/* The new task is read before anything is written. */
	r = read_task(vcpu, &new.seg, &task, fault);
	if (r)
		return r;
	backend_get_segment(vcpu, HULL_SEG_TR, &old);
	r = switch_tss(vcpu, &new, &old, exit, old_rip(vcpu, exit), fault);
	if (r)
		return r;
	return enter_task(vcpu, &new, &task, exit, fault);
}
