// SPDX-License-Identifier: GPL-2.0
/*
 * Extended state of a vCPU, kept by the kernel's guest-FPU API.
 *
 * Where the guest's registers are:
 *  - outside KVM_RUN in vcpu->fpu.fpstate;
 *  - from hull_fpu_load() to hull_fpu_leave() the thread's current FPU state
 *    is the guest's: in the CPU, or, after a context switch or a kernel use of
 *    the FPU, in the same fpstate with TIF_NEED_FPU_LOAD set.
 *
 * Lazily: most exits to user space are a device access, before and behind which
 * the guest touches no vector register, and swapping the state in and out costs
 * as much as the exit itself.  Where the backend can trap the guest's first use
 * (caps->lazy_fpu), KVM_RUN begins without it.  A guest that needs its state in
 * a few KVM_RUNs in a row gets it at their start, for as long as fpu_runs takes
 * to wrap round; then it is asked again.
 *
 * Intel's processors forward registers speculatively from behind CR0.TS (LazyFP,
 * CVE-2018-3665). There the thread's state is saved and the registers cleared
 * before such an entry; the kernel loads the thread's again on the way to user
 * mode.  That is half of what a swap costs.
 *
 * XGETBV with ECX = 1 tells which components are in use, and CR0.TS does not stop
 * it.  For a guest that knows of it those components hold some constant then,
 * which the processor takes for state in use.
 *
 * XCR0, XSS and PKRU are not part of that switch.  The host's are in force
 * until hull_xstate_enter(), right before the entry with interrupts off, and
 * again after hull_xstate_leave(), so that every XSAVE of the kernel runs with
 * its own XCR0.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/special_insns.h>
#include "../backend.h"
#include "../compat/fpu.h"
#include "../vcpu.h"
#include "cpuid.h"
#include "xstate.h"

#define FPU_CONTROL_INIT	0x37f

/* The fixed part of KVM_GET_XSAVE, of struct kvm_xsave. */
#define XSAVE_ABI_SIZE	sizeof(struct kvm_xsave)

static struct {
	u64 xcr0;
	u64 xss;
	size_t uabi_size;
} host __ro_after_init;

/*
 * An XSAVE area, in the standard format, of components that are in use and say
 * nothing.
 */
static struct {
	struct fxregs_state fx;
	struct xstate_header header;
	u8 extended[PAGE_SIZE - 576];
} in_use __ro_after_init __aligned(64);

bool hull_host_is_tcg __ro_after_init;

/*
 * QEMU's emulated SVM, which
 *  - ignores the intercept of XSETBV: the guest's XCR0 then changes without an
 *    exit and has to be read back from the CPU;
 *  - lets XSAVE and its kin pass when CR0.TS is set: a guest with CR4.OSXSAVE
 *    needs its FPU state from the start.
 */
static bool is_tcg(void)
{
	u32 eax, sig[3];

	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR))
		return false;
	cpuid(0x40000000, &eax, &sig[0], &sig[1], &sig[2]);
	return !memcmp(sig, "TCGTCGTCGTCG", sizeof(sig));
}

static void make_in_use(void)
{
	static_assert(sizeof(in_use) == PAGE_SIZE);

	memset(&in_use.fx.st_space, 1, sizeof(in_use.fx.st_space));
	memset(&in_use.fx.xmm_space, 1, sizeof(in_use.fx.xmm_space));
	memset(in_use.extended, 1, sizeof(in_use.extended));
	in_use.fx.cwd = FPU_CONTROL_INIT;
	in_use.fx.twd = 0xff;
	in_use.fx.mxcsr = MXCSR_DEFAULT;
	in_use.header.xfeatures = host.xcr0 & (XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM |
					       XFEATURE_MASK_AVX512);
}

int hull_xstate_setup(void)
{
	struct fpu_guest probe = { };

	if (boot_cpu_has(X86_FEATURE_XSAVE))
		host.xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	if (boot_cpu_has(X86_FEATURE_XSAVES))
		rdmsrl(MSR_IA32_XSS, host.xss);
	if (!fpu_alloc_guest_fpstate(&probe))
		return -ENOMEM;
	host.uabi_size = probe.uabi_size;
	make_in_use();
	hull_host_is_tcg = is_tcg();
	fpu_free_guest_fpstate(&probe);
	return 0;
}

u64 hull_host_xcr0(void)
{
	return host.xcr0;
}

int hull_fpu_init(struct hull_vcpu *vcpu)
{
	if (!fpu_alloc_guest_fpstate(&vcpu->fpu))
		return -ENOMEM;
	vcpu->xcr0 = XFEATURE_MASK_FP;
	return 0;
}

void hull_fpu_reset(struct hull_vcpu *vcpu, bool init)
{
	/*
	 * INIT leaves x87, SSE and AVX state and XCR0 alone (SDM vol. 3,
	 * Processor State After Reset).  At power-up the state is that of
	 * hull_fpu_init(), which is what FNINIT leaves.
	 */
	if (init)
		return;
	vcpu->xcr0 = XFEATURE_MASK_FP;
	vcpu->xss = 0;
	vcpu->pkru = 0;
}

void hull_fpu_free(struct hull_vcpu *vcpu)
{
	if (vcpu->fpu.fpstate)
		fpu_free_guest_fpstate(&vcpu->fpu);
}

void hull_fpu_load(struct hull_vcpu *vcpu)
{
	if (vcpu->fpu_loaded)
		return;
	/* PKRU is switched by hull_xstate_enter() and must stay the host's. */
	fpu_swap_kvm_fpstate(&vcpu->fpu, true);
	vcpu->fpu_loaded = true;
	vcpu->fpu_runs++;
}

void hull_fpu_unload(struct hull_vcpu *vcpu)
{
	vcpu->fpu_loaded = false;
	fpu_swap_kvm_fpstate(&vcpu->fpu, false);
}

static __always_inline void xrstor(const void *area, u64 features)
{
	asm volatile("xrstor64 (%0)"
		     : : "r" (area), "a" ((u32)features), "d" ((u32)(features >> 32))
		     : "memory");
}

void hull_fpu_clear(struct hull_vcpu *vcpu)
{
	/* Nothing in it is in use, which is how FNINIT leaves the registers. */
	static const struct {
		struct fxregs_state fx;
		struct xstate_header header;
	} __aligned(64) init = {
		.fx.cwd = FPU_CONTROL_INIT,
		.fx.mxcsr = MXCSR_DEFAULT,
	};
	u64 features = host.xcr0 & ~(u64)XFEATURE_MASK_PKRU;
	u64 used = 0;

	if (hull_fpu_shows_use(vcpu))
		used = vcpu->fpu.fpstate->regs.xsave.header.xfeatures &
		       in_use.header.xfeatures;

	kernel_fpu_begin_mask(0);
	if (static_cpu_has(X86_FEATURE_XSAVE)) {
		xrstor(&init, features & ~used);
		if (used)
			xrstor(&in_use, used);
	} else {
		asm volatile("fxrstor64 %0" : : "m" (init.fx));
	}
	kernel_fpu_end();
}

static bool uses_pkru(struct hull_vcpu *vcpu)
{
	return cpu_feature_enabled(X86_FEATURE_OSPKE) &&
	       ((vcpu->xcr0 & XFEATURE_MASK_PKRU) ||
		(hull_cr4_xstate(vcpu) & X86_CR4_PKE));
}

static void load_xcr(struct hull_vcpu *vcpu, u64 xcr0, u64 xss)
{
	if (!(hull_cr4_xstate(vcpu) & X86_CR4_OSXSAVE))
		return;
	if (vcpu->xcr0 != host.xcr0)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, xcr0);
	if (hull_backend->caps->xsaves && vcpu->xss != host.xss)
		wrmsrl(MSR_IA32_XSS, xss);
}

void hull_xcr_load_guest(struct hull_vcpu *vcpu)
{
	load_xcr(vcpu, vcpu->xcr0, vcpu->xss);
	vcpu->xcr_loaded = true;
	if (!uses_pkru(vcpu))
		return;
	/* Not thread.pkru: that is current only when another thread runs. */
	vcpu->host_pkru = rdpkru();
	if (vcpu->pkru != vcpu->host_pkru)
		wrpkru(vcpu->pkru);
}

void hull_xcr_sync(struct hull_vcpu *vcpu)
{
	u64 xcr0;

	if (likely(!hull_host_is_tcg) || !vcpu->xcr_loaded ||
	    !(hull_cr4_xstate(vcpu) & X86_CR4_OSXSAVE))
		return;
	xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	if (xcr0 == vcpu->xcr0)
		return;
	vcpu->xcr0 = xcr0;
	hull_cpuid_refresh(vcpu);
}

void hull_xcr_load_host(struct hull_vcpu *vcpu)
{
	hull_xcr_sync(vcpu);
	vcpu->xcr_loaded = false;
	if (uses_pkru(vcpu)) {
		vcpu->pkru = rdpkru();
		if (vcpu->pkru != vcpu->host_pkru)
			wrpkru(vcpu->host_pkru);
	}
	load_xcr(vcpu, host.xcr0, host.xss);
}

/*
 * KVM_GET/SET_FPU: the FXSAVE image at the start of the XSAVE area, which is
 * the same in the standard and in the compacted format.
 */
int hull_get_fpu(struct hull_vcpu *vcpu, struct kvm_fpu *fpu)
{
	const struct fxregs_state *fx = &vcpu->fpu.fpstate->regs.fxsave;

	memset(fpu, 0, sizeof(*fpu));
	memcpy(fpu->fpr, fx->st_space, sizeof(fpu->fpr));
	fpu->fcw = fx->cwd;
	fpu->fsw = fx->swd;
	fpu->ftwx = fx->twd;
	fpu->last_opcode = fx->fop;
	fpu->last_ip = fx->rip;
	fpu->last_dp = fx->rdp;
	memcpy(fpu->xmm, fx->xmm_space, sizeof(fpu->xmm));
	fpu->mxcsr = fx->mxcsr;
	return 0;
}

int hull_set_fpu(struct hull_vcpu *vcpu, const struct kvm_fpu *fpu)
{
	struct fxregs_state *fx = &vcpu->fpu.fpstate->regs.fxsave;

	/* A reserved bit of MXCSR would make FXRSTOR fault in the host. */
	if (fpu->mxcsr & ~mxcsr_feature_mask)
		return -EINVAL;

	memcpy(fx->st_space, fpu->fpr, sizeof(fpu->fpr));
	fx->cwd = fpu->fcw;
	fx->swd = fpu->fsw;
	fx->twd = fpu->ftwx;
	fx->fop = fpu->last_opcode;
	fx->rip = fpu->last_ip;
	fx->rdp = fpu->last_dp;
	memcpy(fx->xmm_space, fpu->xmm, sizeof(fpu->xmm));
	fx->mxcsr = fpu->mxcsr;
	if (cpu_feature_enabled(X86_FEATURE_XSAVE))
		vcpu->fpu.fpstate->regs.xsave.header.xfeatures |=
			XFEATURE_MASK_FPSSE;
	return 0;
}

size_t hull_xsave_size(struct hull_vcpu *vcpu)
{
	size_t size = vcpu ? vcpu->fpu.uabi_size : host.uabi_size;

	return max(size, XSAVE_ABI_SIZE);
}

/* What is saved: all that the vCPU could be given, and FP and SSE always. */
static u64 saved_features(struct hull_vcpu *vcpu)
{
	return hull_supported_xcr0() | XFEATURE_MASK_FPSSE;
}

int hull_get_xsave(struct hull_vcpu *vcpu, void __user *user, size_t size)
{
	void *buf = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	int r = 0;

	if (!buf)
		return -ENOMEM;
	fpu_copy_guest_fpstate_to_uabi(&vcpu->fpu, buf, size,
				       saved_features(vcpu), vcpu->pkru);
	if (copy_to_user(user, buf, size))
		r = -EFAULT;
	kvfree(buf);
	return r;
}

int hull_set_xsave(struct hull_vcpu *vcpu, const void __user *user)
{
	size_t size = hull_xsave_size(vcpu);
	u32 pkru = vcpu->pkru;
	void *buf;
	int r;

	/*
	 * Only the fixed part is there for sure: beyond it user space has as
	 * much as KVM_CAP_XSAVE2 told it.
	 */
	buf = vmemdup_user(user, size);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	r = fpu_copy_uabi_to_guest_fpstate(&vcpu->fpu, buf,
					   hull_supported_xcr0(), &pkru);
	if (!r)
		vcpu->pkru = pkru;
	kvfree(buf);
	return r;
}

int hull_get_xcrs(struct hull_vcpu *vcpu, struct kvm_xcrs *xcrs)
{
	memset(xcrs, 0, sizeof(*xcrs));
	if (!boot_cpu_has(X86_FEATURE_XSAVE))
		return 0;
	xcrs->nr_xcrs = 1;
	xcrs->xcrs[0].xcr = XCR_XFEATURE_ENABLED_MASK;
	xcrs->xcrs[0].value = vcpu->xcr0;
	return 0;
}

bool hull_xcr0_valid(u64 value, u64 allowed)
{
	const u64 avx512 = XFEATURE_MASK_AVX512;
	const u64 bound = XFEATURE_MASK_BNDREGS | XFEATURE_MASK_BNDCSR;

	if (!(value & XFEATURE_MASK_FP) || (value & ~allowed))
		return false;
	if ((value & XFEATURE_MASK_YMM) && !(value & XFEATURE_MASK_SSE))
		return false;
	if ((value & bound) && (value & bound) != bound)
		return false;
	/* AVX-512 state comes whole, and on top of AVX. */
	if (value & avx512)
		return (value & avx512) == avx512 && (value & XFEATURE_MASK_YMM);
	return true;
}

static int set_xcr0(struct hull_vcpu *vcpu, u64 value)
{
	/* FP is always settable: it is what a CPU without CPUID has. */
	if (!hull_xcr0_valid(value, vcpu->cpuid.xcr0_allowed | XFEATURE_MASK_FP))
		return 1;
	if (vcpu->xcr0 == value)
		return 0;
	vcpu->xcr0 = value;
	hull_cpuid_refresh(vcpu);
	return 0;
}

int hull_set_xcrs(struct hull_vcpu *vcpu, const struct kvm_xcrs *xcrs)
{
	u32 i;

	if (!boot_cpu_has(X86_FEATURE_XSAVE))
		return -EINVAL;
	if (xcrs->nr_xcrs > KVM_MAX_XCRS || xcrs->flags)
		return -EINVAL;
	for (i = 0; i < xcrs->nr_xcrs; i++)
		if (xcrs->xcrs[i].xcr == XCR_XFEATURE_ENABLED_MASK)
			return set_xcr0(vcpu, xcrs->xcrs[i].value) ? -EINVAL : 0;
	return 0;
}

int hull_write_xcr(struct hull_vcpu *vcpu, u32 index, u64 value)
{
	if (index != XCR_XFEATURE_ENABLED_MASK || backend_get_cpl(vcpu))
		return 1;
	return set_xcr0(vcpu, value);
}
