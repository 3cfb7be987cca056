// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_RUN: the way of a vCPU into the guest and back.
 *
 *   hull_vcpu_run        user's request, once per ioctl
 *     run_loop           until something is for user space
 *       enter_stretch    preemption and interrupts off
 *         backend_enter  one stay in the guest
 *
 * Each step of entering has its mirror in leaving, in reverse order.  Preemption
 * is off until something is to be done that may sleep: hull_vcpu_preemptible().
 */
#include <linux/entry-kvm.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/vtime.h>
#include <asm/processor-flags.h>
#include "backend.h"
#include "compat/kvm_abi.h"
#include "compat/nospec.h"
#include "cpu/debug.h"
#include "cpu/regs.h"
#include "cpu/step.h"
#include "cpu/xstate.h"
#include "run.h"
#include "sync_regs.h"
#include "trace.h"
#include "vcpu.h"

/* May KVM_INTERRUPT be called with success now? */
static bool ready_for_injection(struct hull_vcpu *vcpu)
{
	return hull_interrupt_allowed(vcpu);
}

/* Is what user space waits for already so?  NMIs go in before it is asked. */
static bool window_open(struct hull_vcpu *vcpu)
{
	return vcpu->run->request_interrupt_window && ready_for_injection(vcpu) &&
	       !hull_nmi_ready(vcpu);
}

/*
 * Serve the requests.  HULL_RUN_USER or _ERROR when one of them ends KVM_RUN.
 * The vCPU is loaded.
 */
static enum hull_run serve_requests(struct hull_vcpu *vcpu)
{
	struct srcu_struct *srcu = &vcpu->vm->mem.srcu;

	if (!READ_ONCE(vcpu->requests))
		return HULL_RUN_RESUME;
	if (hull_take_request(vcpu, HULL_REQ_VM_DEAD)) {
		vcpu->run_error = -EIO;
		return HULL_RUN_ERROR;
	}
	hull_take_request(vcpu, HULL_REQ_KICK);
	if (hull_take_request(vcpu, HULL_REQ_SLOTS)) {
		srcu_read_unlock(srcu, vcpu->srcu_idx);
		vcpu->srcu_idx = srcu_read_lock(srcu);
	}
	if (hull_take_request(vcpu, HULL_REQ_EVENT_INSN)) {
		hull_vcpu_preemptible(vcpu);
		hull_find_event_insn(vcpu);
	}
	preempt_disable();
	if (hull_take_request(vcpu, HULL_REQ_SET_ROOT))
		backend_set_s2_root(vcpu);
	if (hull_take_request(vcpu, HULL_REQ_FLUSH_TLB))
		backend_flush_tlb(vcpu);
	if (hull_take_request(vcpu, HULL_REQ_TSC))
		backend_write_tsc(vcpu);
	preempt_enable();
	return HULL_RUN_RESUME;
}

/* What was in delivery either arrived with the entry or came back with the exit. */
static void settle_events(struct hull_vcpu *vcpu)
{
	/* Nothing was delivered when the hardware refused to enter. */
	if (unlikely(vcpu->exit.kind == HULL_EXIT_FAIL_ENTRY))
		return;
	hull_clear_injected(&vcpu->ev);
	if (unlikely(vcpu->exit.vectoring.type != HULL_EVENT_NONE))
		hull_requeue_event(vcpu, &vcpu->exit.vectoring);
}

static bool must_leave(struct hull_vcpu *vcpu)
{
	return READ_ONCE(vcpu->requests) || xfer_to_guest_mode_work_pending();
}

/*
 * One entry and exit.  False: nothing was entered, there is work to do first.
 */
static bool enter_once(struct hull_vcpu *vcpu)
{
	/* The full barrier of the transition orders it before the requests. */
	if (hull_vcpu_transition(&vcpu->state, HULL_VCPU_READY, HULL_VCPU_RUNNING))
		return false;
	if (must_leave(vcpu)) {
		/* Cannot fail: this thread alone leaves RUNNING. */
		(void)!hull_vcpu_transition(&vcpu->state, HULL_VCPU_RUNNING,
					    HULL_VCPU_READY);
		return false;
	}
	if (vcpu->ev.any || vcpu->run->request_interrupt_window)
		hull_inject_events(vcpu);
	trace_hull_entry(vcpu);
	hull_debug_enter(vcpu);
	vcpu->has_run = true;
	backend_enter(vcpu);
	hull_debug_leave(vcpu);
	(void)!hull_vcpu_transition(&vcpu->state, HULL_VCPU_RUNNING, HULL_VCPU_READY);
	settle_events(vcpu);
	vcpu->stats.exits[vcpu->exit.kind]++;
	trace_hull_exit(vcpu);
	return true;
}

/*
 * Enter again and again, as long as the exits can be finished with interrupts
 * off.  HULL_RUN_LATER: vcpu->exit waits for hull_handle_exit().
 */
static enum hull_run enter_stretch(struct hull_vcpu *vcpu)
{
	enum hull_run r = HULL_RUN_RESUME;

	preempt_disable();
	local_irq_disable();
	backend_host_save(vcpu);
	vtime_account_guest_enter();
	hull_xstate_enter(vcpu);

	while (enter_once(vcpu)) {
		r = hull_handle_exit_fast(vcpu);
		/* Stepping looks at each instruction before it is entered. */
		if (r != HULL_RUN_RESUME || unlikely(vcpu->dbg.forced_tf))
			break;
	}

	hull_xstate_leave(vcpu);
	hull_ibpb_before_user();
	if (r == HULL_RUN_LATER) {
		/* By the time it is handled the thread may be somewhere else. */
		vcpu->exit_cpu = vcpu->cpu;
		backend_after_exit(vcpu);
	}
	/*
	 * The interrupt that ended the stay is taken here, while the time is
	 * still accounted as the guest's: the tick came in the guest.
	 */
	local_irq_enable();
	/* One instruction for STI's shadow to end. */
	asm volatile("nop");
	local_irq_disable();
	vtime_account_guest_exit();
	local_irq_enable();
	preempt_enable();
	return r;
}

/*
 * Signals, rescheduling, and what the kernel wants done before user mode.
 *
 * xfer_to_guest_mode_handle_work() does all of it, but writes to KVM's own
 * structure when a signal is there. So what can only be done at the border to
 * user mode (restartable sequences, task work) is done by going there: the
 * ioctl is restarted at once, unless a signal handler runs on the way.
 */
static enum hull_run host_work(struct hull_vcpu *vcpu)
{
	struct srcu_struct *srcu = &vcpu->vm->mem.srcu;

	/*
	 * A guest that is left by host interrupts alone never gets to where RCU
	 * would see that this CPU holds nothing of it.
	 */
	if (vcpu->exit.kind == HULL_EXIT_EXTERNAL) {
		hull_vcpu_preemptible(vcpu);
		local_irq_disable();
		rcu_note_context_switch(false);
		local_irq_enable();
	}
	if (!__xfer_to_guest_mode_work_pending())
		return HULL_RUN_RESUME;
	if (task_sigpending(current)) {
		vcpu->run->exit_reason = KVM_EXIT_INTR;
		vcpu->run_error = -EINTR;
		return HULL_RUN_ERROR;
	}
	hull_vcpu_preemptible(vcpu);
	if (need_resched()) {
		srcu_read_unlock(srcu, vcpu->srcu_idx);
		schedule();
		vcpu->srcu_idx = srcu_read_lock(srcu);
	}
	if (!(read_thread_flags() & (_TIF_NOTIFY_RESUME | _TIF_NOTIFY_SIGNAL)))
		return HULL_RUN_RESUME;
	/* Without it nobody would look at the restart. */
	set_thread_flag(TIF_NOTIFY_SIGNAL);
	vcpu->run_error = -ERESTARTNOHAND;
	return HULL_RUN_ERROR;
}

static enum hull_run run_loop(struct hull_vcpu *vcpu)
{
	enum hull_run r;

	for (;;) {
		r = host_work(vcpu);
		if (r != HULL_RUN_RESUME)
			return r;
		r = serve_requests(vcpu);
		if (r != HULL_RUN_RESUME)
			return r;
		if (unlikely(vcpu->dbg.forced_tf)) {
			hull_vcpu_preemptible(vcpu);
			r = hull_step_prepare(vcpu);
			if (r != HULL_RUN_RESUME)
				return r;
		}
		if (unlikely(vcpu->ev.triple_fault)) {
			vcpu->ev.triple_fault = false;
			vcpu->run->exit_reason = KVM_EXIT_SHUTDOWN;
			return HULL_RUN_USER;
		}

		if (window_open(vcpu)) {
			vcpu->run->exit_reason = KVM_EXIT_IRQ_WINDOW_OPEN;
			return HULL_RUN_USER;
		}

		r = enter_stretch(vcpu);
		if (r == HULL_RUN_LATER) {
			hull_vcpu_preemptible(vcpu);
			r = hull_handle_exit(vcpu);
		}
		if (r != HULL_RUN_RESUME)
			return r;
	}
}

/* What user space wrote into the run structure. */
static int take_run_fields(struct hull_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	u64 dirty = READ_ONCE(run->kvm_dirty_regs);
	u64 cr8;

	if ((READ_ONCE(run->kvm_valid_regs) | dirty) & ~KVM_SYNC_X86_VALID_FIELDS)
		return -EINVAL;
	if (dirty) {
		hull_vcpu_preemptible(vcpu);
		if (hull_take_sync_regs(vcpu))
			return -EINVAL;
	}
	/* The local APIC is user space's, and with it the task priority. */
	cr8 = READ_ONCE(run->cr8);
	if (cr8 == vcpu->cr8 && cr8 == vcpu->user_cr8)
		return 0;
	if (hull_write_cr8(vcpu, cr8))
		return -EINVAL;
	vcpu->user_cr8 = cr8;
	return 0;
}

static void give_run_fields(struct hull_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	run->if_flag = !!(hull_raw_rflags(vcpu) & X86_EFLAGS_IF);
	run->ready_for_interrupt_injection = ready_for_injection(vcpu);
	run->cr8 = vcpu->cr8;
	run->apic_base = vcpu->apic_base;
	if (run->kvm_valid_regs)
		hull_give_sync_regs(vcpu);
}

static enum hull_run run_inside(struct hull_vcpu *vcpu)
{
	enum hull_run r;

	if (vcpu->pending_io != HULL_IO_NONE) {
		r = hull_complete_io(vcpu);
		if (r != HULL_RUN_RESUME)
			return r;
	}
	if (READ_ONCE(HULL_RUN_IMMEDIATE_EXIT(vcpu->run))) {
		vcpu->run_error = -EINTR;
		return HULL_RUN_ERROR;
	}
	return run_loop(vcpu);
}

static void sigmask_enter(struct hull_vcpu *vcpu)
{
	if (vcpu->has_sigmask)
		sigprocmask(SIG_SETMASK, &vcpu->sigmask, &current->real_blocked);
}

static void sigmask_leave(struct hull_vcpu *vcpu)
{
	if (!vcpu->has_sigmask)
		return;
	sigprocmask(SIG_SETMASK, &current->real_blocked, NULL);
	sigemptyset(&current->real_blocked);
}

int hull_vcpu_run(struct hull_vcpu *vcpu)
{
	struct srcu_struct *srcu = &vcpu->vm->mem.srcu;
	enum hull_run r;
	int err;

	if (hull_vcpu_transition(&vcpu->state, HULL_VCPU_FREE, HULL_VCPU_READY))
		return -EIO;
	vcpu->run->flags = 0;
	sigmask_enter(vcpu);
	hull_vcpu_load(vcpu);
	hull_fpu_enter(vcpu);
	vcpu->srcu_idx = srcu_read_lock(srcu);

	err = take_run_fields(vcpu);
	if (!err) {
		vcpu->run->exit_reason = KVM_EXIT_UNKNOWN;
		r = run_inside(vcpu);
		err = r == HULL_RUN_ERROR ? vcpu->run_error : 0;
	}
	give_run_fields(vcpu);

	srcu_read_unlock(srcu, vcpu->srcu_idx);
	hull_fpu_leave(vcpu);
	hull_vcpu_put(vcpu);
	sigmask_leave(vcpu);
	(void)!hull_vcpu_transition(&vcpu->state, HULL_VCPU_READY, HULL_VCPU_FREE);
	return err;
}
