/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x87, SSE, AVX and beyond: vcpu->fpu through the kernel's guest-FPU API.
 *
 * The registers hold the guest's state from hull_fpu_load() to the end of the
 * same KVM_RUN; the context switch keeps them.  XCR0 and PKRU are switched
 * around each entry, with preemption off.
 */
#ifndef HULL_CORE_CPU_XSTATE_H
#define HULL_CORE_CPU_XSTATE_H

#include <linux/kvm.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <asm/fpu/api.h>
#include <asm/processor-flags.h>
#include "../backend.h"
#include "../vcpu.h"

/* Once, at load: what the host has. */
int hull_xstate_setup(void);
u64 hull_host_xcr0(void);
/* The CPU is QEMU's emulated one. */
extern bool hull_host_is_tcg;
/* Pure: would XSETBV take @value where @allowed bits exist? */
bool hull_xcr0_valid(u64 value, u64 allowed);

int hull_fpu_init(struct hull_vcpu *vcpu);
void hull_fpu_reset(struct hull_vcpu *vcpu, bool init);
void hull_fpu_free(struct hull_vcpu *vcpu);
/* The guest needs its registers now; interrupts on. */
void hull_fpu_load(struct hull_vcpu *vcpu);
/* Would the guest's first use of an FPU that is not loaded exit? */
static inline bool hull_fpu_traps(struct hull_vcpu *vcpu)
{
	return hull_backend->caps->lazy_fpu &&
	       !(hull_host_is_tcg && hull_cr4_xstate(vcpu) & X86_CR4_OSXSAVE);
}

/* Around a KVM_RUN: load what will be needed, put back the thread's own. */
void hull_fpu_unload(struct hull_vcpu *vcpu);

/* KVM_RUNs that trapped the first use, before it is foreseen. */
#define HULL_FPU_LAZY_RUNS	5

static inline void hull_fpu_enter(struct hull_vcpu *vcpu)
{
	if (vcpu->fpu_runs > HULL_FPU_LAZY_RUNS || !hull_fpu_traps(vcpu))
		hull_fpu_load(vcpu);
}

static inline void hull_fpu_leave(struct hull_vcpu *vcpu)
{
	if (vcpu->fpu_loaded)
		hull_fpu_unload(vcpu);
	else
		vcpu->fpu_runs = 0;
}

/* The loaded state went to memory in a context switch: bring it back. */
static inline void hull_fpu_restore(void)
{
	if (unlikely(test_thread_flag(TIF_NEED_FPU_LOAD)))
		switch_fpu_return();
}

static inline bool hull_uses_xcr(struct hull_vcpu *vcpu)
{
	return hull_cr4_xstate(vcpu);
}

void hull_xcr_load_guest(struct hull_vcpu *vcpu);
void hull_xcr_load_host(struct hull_vcpu *vcpu);

/* Can the guest ask which of its registers are in use, without using them? */
static inline bool hull_fpu_shows_use(struct hull_vcpu *vcpu)
{
	return hull_cr4_xstate(vcpu) & X86_CR4_OSXSAVE &&
	       hull_guest_has(vcpu, HULL_FEAT_XGETBV1);
}

/* Leave nobody's registers to a guest whose own are not loaded; interrupts off. */
void hull_fpu_clear(struct hull_vcpu *vcpu);

/* FPU, XCR0, XSS, PKRU: right before the entry, interrupts off. */
static inline void hull_xstate_enter(struct hull_vcpu *vcpu)
{
	if (vcpu->fpu_loaded)
		hull_fpu_restore();
	else if (hull_backend->caps->clear_fpu || hull_fpu_shows_use(vcpu))
		hull_fpu_clear(vcpu);
	if (hull_uses_xcr(vcpu))
		hull_xcr_load_guest(vcpu);
}

/* And right after the exit.  CR4 is what it was at the entry. */
static inline void hull_xstate_leave(struct hull_vcpu *vcpu)
{
	if (vcpu->xcr_loaded)
		hull_xcr_load_host(vcpu);
}

/* vcpu->xcr0 is about to be looked at; irqs off, or outside the two above. */
void hull_xcr_sync(struct hull_vcpu *vcpu);

int hull_get_fpu(struct hull_vcpu *vcpu, struct kvm_fpu *fpu);
int hull_set_fpu(struct hull_vcpu *vcpu, const struct kvm_fpu *fpu);
/* @size: sizeof(struct kvm_xsave), or the size that KVM_CAP_XSAVE2 tells. */
int hull_get_xsave(struct hull_vcpu *vcpu, void __user *user, size_t size);
int hull_set_xsave(struct hull_vcpu *vcpu, const void __user *user);
size_t hull_xsave_size(struct hull_vcpu *vcpu);	/* NULL: of the host */
int hull_get_xcrs(struct hull_vcpu *vcpu, struct kvm_xcrs *xcrs);
int hull_set_xcrs(struct hull_vcpu *vcpu, const struct kvm_xcrs *xcrs);
/* XSETBV: 0, or 1 for #GP(0). */
int hull_write_xcr(struct hull_vcpu *vcpu, u32 index, u64 value);

/* Vector registers for the emulator; after hull_fpu_load(). */
void hull_read_vec(int kind, unsigned int reg, void *buf, unsigned int len);
void hull_write_vec(int kind, unsigned int reg, const void *buf, unsigned int len);

#endif
