/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One virtual CPU.
 *
 * core/ owns the architectural state in this structure; a backend's vCPU
 * begins with it.  vcpu->lock is held over every ioctl, KVM_RUN included, so
 * that whoever runs a vCPU owns its state.  Fields that others touch:
 * [a] atomic, [R] requests protocol below, [I] set at creation; all others
 * belong to the holder of vcpu->lock.
 *
 * Requests.  Another thread sets a bit in vcpu->requests and kicks.  The vCPU
 * becomes RUNNING with interrupts off and looks at the requests afterwards,
 * with a full barrier between; the kicker sets the bit first and looks at the
 * state afterwards, likewise.  One of the two therefore sees the other: either
 * the entry is given up, or an interrupt ends the stay.
 */
#ifndef HULL_CORE_VCPU_H
#define HULL_CORE_VCPU_H

#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include "backend.h"
#include "event.h"
#include "exit.h"
#include "lifecycle.h"
#include "run.h"
#include "stats.h"
#include "vm.h"
#include "x86.h"
#include "cpu/cpuid.h"
#include "emul/emul.h"

/* Bits of vcpu->requests. */
enum hull_request {
	HULL_REQ_FLUSH_TLB,	/* second stage changed: drop translations */
	HULL_REQ_SET_ROOT,	/* root of the second stage changed */
	HULL_REQ_TSC,		/* offset or ratio changed: write_tsc */
	HULL_REQ_EVENT_INSN,	/* find the instruction of an exception */
	HULL_REQ_SLOTS,		/* let go of the old set of slots */
	HULL_REQ_VM_DEAD,
	HULL_REQ_KICK,		/* leave the guest, nothing else */
};

/* Registers that a backend reads from the hardware only when asked. */
#define HULL_REG_RSP	0x01	/* in gpr[] */
#define HULL_REG_RIP	0x02
#define HULL_REG_RFLAGS	0x04
#define HULL_REG_CR0	0x08	/* guest-owned bits may have changed */
#define HULL_REG_CR3	0x10
#define HULL_REG_CR4	0x20
#define HULL_REG_PDPTR	0x40
#define HULL_REG_CR8	0x80	/* regs_dirty alone: always available */
#define HULL_REG_SHADOW	0x100	/* never dirty: written by hull_set_shadow() */

/* What KVM_RUN has to do first, for the exit that user space was given. */
enum hull_pending_io {
	HULL_IO_NONE,
	HULL_IO_PIO_IN,		/* IN: put the answer into RAX and skip */
	HULL_IO_PIO_OUT,	/* OUT: skip */
	HULL_IO_PIO_EMUL,	/* INS, or IN in the emulator: execute again */
	HULL_IO_EMULATED_OUT,	/* OUTS: nothing but the single step */
	HULL_IO_MMIO_READ,	/* take the answer, execute again */
	HULL_IO_MMIO_WRITE,	/* the next posted write, if any */
};

/* Device accesses one instruction can make: 64 bytes across a page, twice. */
#define HULL_MMIO_MAX_FRAGMENTS	20

/**
 * struct hull_mmio_fragment - up to eight bytes of one device access
 * @gpa: address
 * @len: 1, 2, 4 or 8
 * @data: bytes read or to be written
 */
struct hull_mmio_fragment {
	u64 gpa;
	u32 len;
	u8 data[8];
};

/**
 * struct hull_mmio - the device accesses of the instruction in emulation
 * @reads: log of completed reads; replayed when the instruction is emulated
 *	again (emul/emul.h)
 * @nr_reads: how many are complete
 * @next_read: replay position
 * @writes: posted writes, in order
 * @nr_writes: how many
 * @next_write: first not yet shown to user space
 */
struct hull_mmio {
	struct hull_mmio_fragment reads[HULL_MMIO_MAX_FRAGMENTS];
	struct hull_mmio_fragment writes[HULL_MMIO_MAX_FRAGMENTS];
	u8 nr_reads;
	u8 next_read;
	u8 nr_writes;
	u8 next_write;
};

/**
 * struct hull_pio - the port access that user space is working on
 * @port: port number
 * @size: bytes each, 1, 2 or 4
 * @count: how many
 * @ready: user space has answered; the emulator may take the data
 * @posted: an OUTS has left its data for user space
 * @rip: RIP of an IN or OUT, to notice that user space moved on
 */
struct hull_pio {
	u16 port;
	u8 size;
	bool ready;
	bool posted;
	u32 count;
	u64 rip;
};

/* Debug state (cpu/debug.c). */
struct hull_debug {
	u64 dr[4];		/* the guest's DR0-3 */
	u64 dr6;
	u64 dr7;
	u32 flags;		/* KVM_GUESTDBG_*, of user space */
	u64 user_dr[4];
	u64 user_dr7;
	u8 step_class;		/* enum hull_step_class */
	bool passthrough;	/* guest uses its debug registers without exits */
	bool forced_tf;		/* TF in the hardware is ours, not the guest's */
	bool guest_tf;		/* what TF would be without us */
};

/* Time (cpu/tsc.c).  All in guest ticks. */
struct hull_tsc {
	u64 offset;		/* guest = host * ratio + offset */
	u64 adjust;		/* IA32_TSC_ADJUST */
	u64 ratio;		/* in hull_backend->caps->tsc_ratio_bits */
	u32 khz;
	u32 generation;		/* of vm->tsc, to match writes of one time base */
};

struct hull_vcpu {
	struct hull_vm *vm;		/* [I] */
	u32 id;				/* [I] */
	struct mutex lock;
	atomic_t state;			/* [a] enum hull_vcpu_state */
	unsigned long requests;		/* [R] bitmap of hull_request */
	int cpu;			/* CPU it is loaded on, else -1 */
	int exit_cpu;			/* where the last exit came that was not finished at once */
	struct preempt_notifier preempt;
	bool preemptible;		/* @preempt follows the thread */
	int srcu_idx;			/* of vm->mem.srcu, while in KVM_RUN */

	/* Exit of the moment, decoded by the backend. */
	struct hull_exit exit;

	/* Registers; gpr first for the entry code. */
	u64 gpr[HULL_NR_GPRS];
	u64 rip;
	u64 rflags;
	u8 shadow;			/* KVM_X86_SHADOW_INT_* now in force */
	u32 regs_avail;			/* HULL_REG_* that are up to date here */
	u32 regs_dirty;			/* HULL_REG_* to be written before entry */

	u64 cr0, cr2, cr3, cr4, cr8;
	u64 user_cr8;			/* CR8 as user space knows it */
	u64 efer;
	u64 pdptr[4];			/* PAE, where the hardware wants them */
	u64 xcr0;
	u64 xss;
	u64 apic_base;
	u32 mp_state;			/* KVM_MP_STATE_* */

	struct hull_events ev;
	struct hull_debug dbg;
	struct hull_tsc tsc;
	struct hull_cpuid cpuid;
	struct hull_msrs *msrs;		/* values of the MSR table's stored rows */
	struct fpu_guest fpu;
	bool fpu_loaded;		/* the thread's FPU state is the guest's */
	u8 fpu_runs;			/* KVM_RUNs in a row that needed it; wraps */
	u64 pkru;			/* while the guest's FPU state is loaded */
	bool xcr_loaded;		/* XCR0, XSS and PKRU in the CPU are the guest's */
	u32 host_pkru;			/* the thread's, while the CPU has the guest's */

	/* Emulation and exits to user space. */
	struct hull_fetch_cache fetch;
	struct hull_emul emul;
	struct hull_mmio mmio;
	struct hull_pio pio;
	u8 pending_io;			/* enum hull_pending_io */
	bool step_pending;		/* an emulated instruction's trap is due */

	/* Shared with user space. */
	struct kvm_run *run;		/* one page */
	void *pio_data;			/* the page behind it */
	sigset_t sigmask;
	bool has_sigmask;
	int run_error;			/* errno of HULL_RUN_ERROR */
	bool has_run;			/* CPUID is frozen from then on */

	struct hull_vcpu_stats stats;
};

/* Make these registers available in the vcpu. */
void hull_cache_regs(struct hull_vcpu *vcpu, u32 mask);

static inline void hull_need_regs(struct hull_vcpu *vcpu, u32 mask)
{
	if (unlikely(~vcpu->regs_avail & mask))
		hull_cache_regs(vcpu, mask);
}

static inline u64 hull_rip(struct hull_vcpu *vcpu)
{
	hull_need_regs(vcpu, HULL_REG_RIP);
	return vcpu->rip;
}

static inline void hull_set_rip(struct hull_vcpu *vcpu, u64 rip)
{
	vcpu->rip = rip;
	vcpu->regs_avail |= HULL_REG_RIP;
	vcpu->regs_dirty |= HULL_REG_RIP;
}

/* RFLAGS as the hardware has them: TF may be ours, see hull_get_rflags(). */
static inline u64 hull_raw_rflags(struct hull_vcpu *vcpu)
{
	hull_need_regs(vcpu, HULL_REG_RFLAGS);
	return vcpu->rflags;
}

static inline void hull_set_raw_rflags(struct hull_vcpu *vcpu, u64 rflags)
{
	vcpu->rflags = rflags;
	vcpu->regs_avail |= HULL_REG_RFLAGS;
	vcpu->regs_dirty |= HULL_REG_RFLAGS;
}

static inline u64 hull_gpr(struct hull_vcpu *vcpu, int reg)
{
	if (reg == HULL_RSP)
		hull_need_regs(vcpu, HULL_REG_RSP);
	return vcpu->gpr[reg];
}

static inline void hull_set_gpr(struct hull_vcpu *vcpu, int reg, u64 value)
{
	vcpu->gpr[reg] = value;
	if (reg == HULL_RSP) {
		vcpu->regs_avail |= HULL_REG_RSP;
		vcpu->regs_dirty |= HULL_REG_RSP;
	}
}

static inline u64 hull_cr0(struct hull_vcpu *vcpu)
{
	hull_need_regs(vcpu, HULL_REG_CR0);
	return vcpu->cr0;
}

static inline u64 hull_cr3(struct hull_vcpu *vcpu)
{
	hull_need_regs(vcpu, HULL_REG_CR3);
	return vcpu->cr3;
}

static inline u64 hull_cr4(struct hull_vcpu *vcpu)
{
	hull_need_regs(vcpu, HULL_REG_CR4);
	return vcpu->cr4;
}

/* Those bits of CR4 that no guest changes without an exit: always known. */
static inline u64 hull_cr4_xstate(const struct hull_vcpu *vcpu)
{
	return vcpu->cr4 & (X86_CR4_OSXSAVE | X86_CR4_PKE);
}

/* What holds interrupts back for one instruction: KVM_X86_SHADOW_INT_*. */
static inline u8 hull_shadow(struct hull_vcpu *vcpu)
{
	hull_need_regs(vcpu, HULL_REG_SHADOW);
	return vcpu->shadow;
}

static inline void hull_set_shadow(struct hull_vcpu *vcpu, u8 shadow)
{
	backend_set_shadow(vcpu, shadow);
	/* Not every backend can tell the two apart. */
	vcpu->regs_avail &= ~(u32)HULL_REG_SHADOW;
}

/* IF is set, no shadow, nothing in delivery: KVM_INTERRUPT would be taken. */
static inline bool hull_interrupt_allowed(struct hull_vcpu *vcpu)
{
	const struct hull_events *ev = &vcpu->ev;

	return hull_raw_rflags(vcpu) & X86_EFLAGS_IF &&
	       !(ev->irq_injected | ev->irq_pending | ev->nmi_injected |
		 ev->exception_injected | ev->exception_pending) &&
	       !hull_shadow(vcpu);
}

/* Also to be called when user_cr8 has changed: backends may exit by it. */
static inline void hull_set_cr8(struct hull_vcpu *vcpu, u64 value)
{
	vcpu->cr8 = value;
	vcpu->regs_dirty |= HULL_REG_CR8;
}

static inline void hull_request(struct hull_vcpu *vcpu, enum hull_request req)
{
	set_bit(req, &vcpu->requests);
	/* Pairs with the transition to HULL_VCPU_RUNNING. */
	smp_mb__after_atomic();
}

static inline bool hull_take_request(struct hull_vcpu *vcpu, enum hull_request req)
{
	if (likely(!test_bit(req, &vcpu->requests)))
		return false;
	clear_bit(req, &vcpu->requests);
	/* What was changed before the request was made is seen after this. */
	smp_mb__after_atomic();
	return true;
}

/* Once, at load. */
int hull_vcpu_setup(void);
void hull_vcpu_teardown(void);

/* The vCPU that is loaded on this CPU, or NULL.  Preemption off. */
struct hull_vcpu *hull_current_vcpu(void);

/* Set @req on all vCPUs; return when none is in the guest with the old state. */
void hull_request_all(struct hull_vm *vm, enum hull_request req);

/* All vCPUs are to leave for good, without waiting for it: any context but NMI. */
void hull_vcpus_end(struct hull_vm *vm);

int hull_vcpu_create(struct hull_vm *vm, unsigned long id);
void hull_vcpu_destroy_all(struct hull_vm *vm);

/*
 * Load on this CPU and put again.  In between preemption is off until
 * hull_vcpu_preemptible(): most KVM_RUNs that end with a device access never get
 * to a point where they could sleep, and need no preempt notifier.
 */
void hull_vcpu_load(struct hull_vcpu *vcpu);
void hull_vcpu_put(struct hull_vcpu *vcpu);
void __hull_vcpu_preemptible(struct hull_vcpu *vcpu);

static inline void hull_vcpu_preemptible(struct hull_vcpu *vcpu)
{
	if (!vcpu->preemptible)
		__hull_vcpu_preemptible(vcpu);
}

/* Architectural reset: power-up or INIT state in the vcpu, and the backend's. */
void hull_vcpu_reset(struct hull_vcpu *vcpu, bool init);

/*
 * Advance RIP behind the instruction that exited, ending interrupt shadow and
 * RF, and raise the trap of single-stepping when it is due.  Not RESUME when an
 * exit to user space is prepared: a debug stop, or bytes nobody can decode.
 */
enum hull_run __must_check hull_skip_insn(struct hull_vcpu *vcpu);

#endif
