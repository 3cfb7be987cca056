// SPDX-License-Identifier: GPL-2.0
/*
 * The rows of the MSR table, in ascending order of index, and the rules that
 * are particular to one MSR.
 *
 * An index that has no row does not exist: the guest gets #GP, user space's
 * batch ends there.  Rows that only read as zero are for MSRs that operating
 * systems touch unconditionally on CPUs of some model; each such access would
 * otherwise end in a panic of theirs.
 *
 * References: SDM vol. 4, Model-Specific Registers; APM vol. 2, MSR
 * Cross-Reference; processor programming references for the K7 to K10 rows.
 */
#include <linux/kernel.h>
#include <linux/kvm_para.h>
#include <asm/cpufeature.h>
#include <asm/kvm_para.h>
#include <asm/msr.h>
#include <asm/msr-index.h>
#include <asm/mtrr.h>
#include <asm/nospec-branch.h>
#include <asm/tsc.h>
#include "../backend.h"
#include "../vcpu.h"
#include "apic_base.h"
#include "msr.h"
#include "msr_table.h"
#include "regs.h"
#include "tsc.h"

#define VARIABLE_MTRRS		8
#define MTRR_CAP		(VARIABLE_MTRRS | BIT(8) | BIT(10)) /* FIX, WC */
#define MTRR_DEF_TYPE_MASK	0xcffull
#define MCE_BANKS		32
#define MSRS_PER_BANK		4

/* Memory types an MTRR, and those an entry of PAT may hold. */
#define MTRR_TYPES		(BIT(0) | BIT(1) | BIT(4) | BIT(5) | BIT(6))
#define PAT_TYPES		(MTRR_TYPES | BIT(7))

#define HWCR_IGNORED		(BIT_ULL(3) | BIT_ULL(6) | BIT_ULL(8))
#define HWCR_MC_STATUS_WR_EN	BIT_ULL(18)
#define HWCR_TSC_FREQ_SEL	BIT_ULL(24)

#define BBL_CR_CTL3_VALUE	0xbe702111ull	/* an L2 cache that is on */
#define INTEL_UCODE_REV		0x100000000ull
#define AMD_UCODE_REV		0x01000065ull
#define DE_CFG_LFENCE		BIT_ULL(1)	/* LFENCE serialises */
/* A status a driver divides by: bus ratio 4, 1000 ticks. */
#define PERF_STATUS_VALUE	(1000ull | 4ull << 40)

#define MISC_ENABLE_RESET	(MSR_IA32_MISC_ENABLE_FAST_STRING |	\
				 MSR_IA32_MISC_ENABLE_BTS_UNAVAIL |	\
				 MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL)
#define MISC_ENABLE_GUEST_RO	(MSR_IA32_MISC_ENABLE_EMON |		\
				 MSR_IA32_MISC_ENABLE_BTS_UNAVAIL |	\
				 MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL)

/* Facts about the CPU that stay true in a guest; none that names a control. */
#define ARCH_CAP_PASSED							\
	(ARCH_CAP_RDCL_NO | ARCH_CAP_IBRS_ALL | ARCH_CAP_RSBA |		\
	 ARCH_CAP_SKIP_VMENTRY_L1DFLUSH | ARCH_CAP_SSB_NO |		\
	 ARCH_CAP_MDS_NO | ARCH_CAP_PSCHANGE_MC_NO | ARCH_CAP_TAA_NO |	\
	 ARCH_CAP_SBDR_SSDP_NO | ARCH_CAP_FBSDP_NO | ARCH_CAP_PSDP_NO |	\
	 ARCH_CAP_FB_CLEAR | ARCH_CAP_RRSBA | ARCH_CAP_BHI_NO |		\
	 ARCH_CAP_PBRSB_NO | ARCH_CAP_GDS_NO | ARCH_CAP_RFDS_NO |	\
	 ARCH_CAP_RFDS_CLEAR | ARCH_CAP_ITS_NO)

static u64 arch_capabilities(void)
{
	u64 value = 0;

	if (boot_cpu_has(X86_FEATURE_ARCH_CAPABILITIES))
		rdmsrl(MSR_IA32_ARCH_CAPABILITIES, value);
	value &= ARCH_CAP_PASSED;
	if (!boot_cpu_has_bug(X86_BUG_CPU_MELTDOWN))
		value |= ARCH_CAP_RDCL_NO;
	if (!boot_cpu_has_bug(X86_BUG_SPEC_STORE_BYPASS))
		value |= ARCH_CAP_SSB_NO;
	if (!boot_cpu_has_bug(X86_BUG_MDS))
		value |= ARCH_CAP_MDS_NO;
	/* With RTM off the guest knows without being told. */
	if (!boot_cpu_has(X86_FEATURE_RTM))
		value &= ~ARCH_CAP_TAA_NO;
	return value;
}

static u64 ucode_rev(void)
{
	return hull_backend->caps->amd ? AMD_UCODE_REV : INTEL_UCODE_REV;
}

static u64 de_cfg(void)
{
	return hull_backend->caps->amd &&
	       boot_cpu_has(X86_FEATURE_LFENCE_RDTSC) ? DE_CFG_LFENCE : 0;
}

/* TSC, APIC base, EFER, XSS: state that has a home of its own. */

static int read_tsc(struct hull_vcpu *vcpu, u64 *value)
{
	*value = hull_guest_tsc(vcpu, rdtsc());
	return 0;
}

static int write_tsc(struct hull_vcpu *vcpu, u64 value, bool host)
{
	if (host)
		hull_host_write_tsc(vcpu, value);
	else
		hull_guest_write_tsc(vcpu, value);
	return 0;
}

static int read_tsc_adjust(struct hull_vcpu *vcpu, u64 *value)
{
	*value = vcpu->tsc.adjust;
	return 0;
}

static int write_tsc_adjust(struct hull_vcpu *vcpu, u64 value, bool host)
{
	hull_write_tsc_adjust(vcpu, value, host);
	return 0;
}

static int read_apic_base(struct hull_vcpu *vcpu, u64 *value)
{
	*value = vcpu->apic_base;
	return 0;
}

static int write_apic_base(struct hull_vcpu *vcpu, u64 value, bool host)
{
	if (!hull_apic_base_valid(vcpu, value, host))
		return 1;
	vcpu->apic_base = value;
	hull_cpuid_refresh(vcpu);
	return 0;
}

static int read_efer(struct hull_vcpu *vcpu, u64 *value)
{
	*value = vcpu->efer;
	return 0;
}

static int read_xss(struct hull_vcpu *vcpu, u64 *value)
{
	*value = vcpu->xss;
	return 0;
}

static int write_xss(struct hull_vcpu *vcpu, u64 value, bool host)
{
	u64 allowed = host ? hull_supported_xss() : vcpu->cpuid.xss_allowed;

	if (value & ~allowed)
		return 1;
	vcpu->xss = value;
	hull_cpuid_refresh(vcpu);
	return 0;
}

/* Commands: write-only. */

static int read_command(struct hull_vcpu *vcpu, u64 *value)
{
	return 1;
}

static int write_pred_cmd(struct hull_vcpu *vcpu, u64 value, bool host)
{
	u64 allowed = 0;

	if (host ? hull_host_can(HULL_FEAT_IBPB) : hull_guest_has(vcpu, HULL_FEAT_IBPB))
		allowed |= PRED_CMD_IBPB;
	if (host ? hull_host_can(HULL_FEAT_SBPB) : hull_guest_has(vcpu, HULL_FEAT_SBPB))
		allowed |= PRED_CMD_SBPB;
	if (value & ~allowed)
		return 1;
	if (value)
		wrmsrl(MSR_IA32_PRED_CMD, value);
	return 0;
}

static int write_flush_cmd(struct hull_vcpu *vcpu, u64 value, bool host)
{
	if (value & ~L1D_FLUSH)
		return 1;
	if (!hull_host_can(HULL_FEAT_FLUSH_L1D))
		return value != 0;
	if (value)
		wrmsrl(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
	return 0;
}

/* Rules on values. */

static bool spec_ctrl_valid(struct hull_vcpu *vcpu, u32 index, u64 value, bool host)
{
	u64 mask = 0;

	if (boot_cpu_has(X86_FEATURE_SPEC_CTRL) || boot_cpu_has(X86_FEATURE_AMD_IBRS))
		mask |= SPEC_CTRL_IBRS;
	if (boot_cpu_has(X86_FEATURE_INTEL_STIBP) || boot_cpu_has(X86_FEATURE_AMD_STIBP))
		mask |= SPEC_CTRL_STIBP;
	if (boot_cpu_has(X86_FEATURE_SPEC_CTRL_SSBD) || boot_cpu_has(X86_FEATURE_AMD_SSBD))
		mask |= SPEC_CTRL_SSBD;
	return !(value & ~mask);
}

/* Each of the eight bytes of @value is a type of the set. */
static bool types_valid(u64 value, u32 types)
{
	int i;

	for (i = 0; i < 8; i++, value >>= 8)
		if ((value & 0xff) > 7 || !(types & BIT(value & 0xff)))
			return false;
	return true;
}

bool hull_pat_valid(u64 value)
{
	return types_valid(value, PAT_TYPES);
}

static bool pat_valid(struct hull_vcpu *vcpu, u32 index, u64 value, bool host)
{
	return hull_pat_valid(value);
}

bool hull_mtrr_valid(u32 index, u64 value, u64 reserved_gpa)
{
	if (index == MSR_MTRRdefType)
		return !(value & ~MTRR_DEF_TYPE_MASK) &&
		       types_valid(value & 0xff, MTRR_TYPES);
	if (index >= MSR_MTRRfix64K_00000)
		return types_valid(value, MTRR_TYPES);
	if (index & 1)
		return !(value & (reserved_gpa | 0x7ff));
	return types_valid(value & 0xff, MTRR_TYPES) &&
	       !(value & (reserved_gpa | 0xf00));
}

static bool mtrr_valid(struct hull_vcpu *vcpu, u32 index, u64 value, bool host)
{
	return hull_mtrr_valid(index, value, vcpu->cpuid.reserved_gpa);
}

static bool misc_enable_valid(struct hull_vcpu *vcpu, u32 index, u64 value, bool host)
{
	return host || !((value ^ *hull_msr_slot(vcpu, index)) & MISC_ENABLE_GUEST_RO);
}

static bool mcg_ctl_valid(struct hull_vcpu *vcpu, u32 index, u64 value, bool host)
{
	return !value || value == ~0ull;
}

static bool mc_bank_valid(struct hull_vcpu *vcpu, u32 index, u64 value, bool host)
{
	switch ((index - MSR_IA32_MC0_CTL) % MSRS_PER_BANK) {
	case 0:
		/*
		 * Enables of all errors or of none; Linux leaves out bit 10 of
		 * bank 4 and bit 0 of bank 0 on CPUs where they misfire.
		 */
		return !value || (value | BIT_ULL(10) | BIT_ULL(0)) == ~0ull;
	case 1:
		return host || !value ||
		       (*hull_msr_slot(vcpu, MSR_K7_HWCR) & HWCR_MC_STATUS_WR_EN);
	default:
		return true;
	}
}

static int write_hwcr(struct hull_vcpu *vcpu, u64 value, bool host)
{
	value &= ~HWCR_IGNORED;
	if (value & ~(HWCR_MC_STATUS_WR_EN | HWCR_TSC_FREQ_SEL))
		return 1;
	*hull_msr_slot(vcpu, MSR_K7_HWCR) = value;
	return 0;
}

#define NEEDS(feat)	.guarded = true, .feature = HULL_FEAT_##feat

#define STORED(i, ...)	{ .first = i, .kind = HULL_MSR_STORED, __VA_ARGS__ }
#define HELD(i, ...)	{ .first = i, .kind = HULL_MSR_HELD, __VA_ARGS__ }
#define FUNCTION(i, r, w, ...)						\
	{ .first = i, .kind = HULL_MSR_FUNCTION, .read = r, .write = w, __VA_ARGS__ }
#define CONSTANT(i, v, ...)						\
	{ .first = i, .kind = HULL_MSR_CONSTANT, .reset = v, __VA_ARGS__ }

const struct hull_msr_row hull_msr_table[] = {
	FUNCTION(MSR_IA32_TSC, read_tsc, write_tsc, .flags = MSR_LISTED),
	STORED(MSR_KVM_WALL_CLOCK, .count = 2, .flags = MSR_HOST_ONLY),
	CONSTANT(MSR_IA32_PLATFORM_ID, 0),
	FUNCTION(MSR_IA32_APICBASE, read_apic_base, write_apic_base),
	CONSTANT(MSR_IA32_EBL_CR_POWERON, 0),
	STORED(MSR_SMI_COUNT, .flags = MSR_LISTED | MSR_GUEST_RO),
	FUNCTION(MSR_IA32_TSC_ADJUST, read_tsc_adjust, write_tsc_adjust,
		 .flags = MSR_LISTED, NEEDS(TSC_ADJUST)),
	HELD(MSR_IA32_SPEC_CTRL, .flags = MSR_LISTED | MSR_NEEDS_HOST,
	     .valid = spec_ctrl_valid, NEEDS(SPEC_CTRL)),
	FUNCTION(MSR_IA32_PRED_CMD, read_command, write_pred_cmd,
		 NEEDS(IBPB), .feature2 = HULL_FEAT_SBPB),
	CONSTANT(MSR_IA32_UCODE_WRITE, 0, .flags = MSR_IGNORE),
	STORED(MSR_IA32_UCODE_REV, .flags = MSR_LISTED | MSR_FEATURE | MSR_IGNORE,
	       .init = ucode_rev),
	CONSTANT(MSR_IA32_PERFCTR0, 0, .count = 2, .flags = MSR_IGNORE),
	CONSTANT(MSR_PLATFORM_INFO, 0, .flags = MSR_LISTED),
	CONSTANT(MSR_MTRRcap, MTRR_CAP, NEEDS(MTRR)),
	STORED(MSR_IA32_ARCH_CAPABILITIES, .init = arch_capabilities,
	       .flags = MSR_LISTED | MSR_FEATURE | MSR_GUEST_RO,
	       NEEDS(ARCH_CAPS)),
	FUNCTION(MSR_IA32_FLUSH_CMD, read_command, write_flush_cmd,
		 NEEDS(FLUSH_L1D)),
	CONSTANT(MSR_IA32_BBL_CR_CTL3, BBL_CR_CTL3_VALUE),
	CONSTANT(MSR_MISC_FEATURES_ENABLES, 0, .flags = MSR_LISTED),
	HELD(MSR_IA32_SYSENTER_CS, .flags = MSR_LISTED | MSR_PASS),
	HELD(MSR_IA32_SYSENTER_ESP, .count = 2,
	     .flags = MSR_LISTED | MSR_PASS | MSR_CANONICAL),
	CONSTANT(MSR_IA32_MCG_CAP, MCE_BANKS),
	STORED(MSR_IA32_MCG_STATUS, .flags = MSR_LISTED),
	/* There is no MCG_CTL_P in MCG_CAP. */
	STORED(MSR_IA32_MCG_CTL, .flags = MSR_LISTED | MSR_HOST_ONLY,
	       .valid = mcg_ctl_valid),
	CONSTANT(MSR_P6_EVNTSEL0, 0, .count = 2, .flags = MSR_IGNORE),
	CONSTANT(MSR_IA32_PERF_STATUS, PERF_STATUS_VALUE),
	CONSTANT(MSR_IA32_PERF_CTL, 0),
	STORED(MSR_IA32_MISC_ENABLE, .flags = MSR_LISTED,
	       .reset = MISC_ENABLE_RESET, .valid = misc_enable_valid),
	HELD(MSR_IA32_DEBUGCTLMSR),
	HELD(MSR_IA32_LASTBRANCHFROMIP, .count = 4, .flags = MSR_GUEST_RO),
	STORED(MSR_IA32_POWER_CTL, .flags = MSR_LISTED, NEEDS(MONITOR)),
	STORED(MTRRphysBase_MSR(0), .count = 2 * VARIABLE_MTRRS,
	       .flags = MSR_LISTED, .valid = mtrr_valid, NEEDS(MTRR)),
	STORED(MSR_MTRRfix64K_00000, .flags = MSR_LISTED, .valid = mtrr_valid,
	       NEEDS(MTRR)),
	STORED(MSR_MTRRfix16K_80000, .count = 2, .flags = MSR_LISTED,
	       .valid = mtrr_valid, NEEDS(MTRR)),
	STORED(MSR_MTRRfix4K_C0000, .count = 8, .flags = MSR_LISTED,
	       .valid = mtrr_valid, NEEDS(MTRR)),
	HELD(MSR_IA32_CR_PAT, .flags = MSR_LISTED, .valid = pat_valid),
	STORED(MSR_MTRRdefType, .flags = MSR_LISTED, .valid = mtrr_valid,
	       NEEDS(MTRR)),
	/* No performance monitoring: no capability. */
	CONSTANT(MSR_IA32_PERF_CAPABILITIES, 0,
		 .flags = MSR_LISTED | MSR_FEATURE | MSR_HOST_ONLY),
	STORED(MSR_IA32_MC0_CTL, .count = MCE_BANKS * MSRS_PER_BANK,
	       .valid = mc_bank_valid),
	FUNCTION(MSR_IA32_XSS, read_xss, write_xss,
		 .flags = MSR_LISTED | MSR_NEEDS_HOST, NEEDS(XSAVES)),
	STORED(MSR_KVM_WALL_CLOCK_NEW, .count = 2, .flags = MSR_HOST_ONLY),
	FUNCTION(MSR_EFER, read_efer, hull_write_efer),
	HELD(MSR_STAR, .flags = MSR_LISTED | MSR_PASS),
	HELD(MSR_LSTAR, .count = 2,
	     .flags = MSR_LISTED | MSR_PASS | MSR_CANONICAL),
	HELD(MSR_SYSCALL_MASK, .flags = MSR_LISTED | MSR_PASS, .mask = U32_MAX),
	HELD(MSR_FS_BASE, .count = 2, .flags = MSR_PASS | MSR_CANONICAL),
	HELD(MSR_KERNEL_GS_BASE,
	     .flags = MSR_LISTED | MSR_PASS | MSR_CANONICAL),
	HELD(MSR_TSC_AUX, .flags = MSR_LISTED | MSR_NEEDS_HOST,
	     .mask = U32_MAX, NEEDS(RDTSCP), .feature2 = HULL_FEAT_RDPID),
	CONSTANT(MSR_K7_EVNTSEL0, 0, .count = 8, .flags = MSR_IGNORE),
	CONSTANT(MSR_AMD64_SYSCFG, 0),
	STORED(MSR_K7_HWCR, .flags = MSR_LISTED, .write = write_hwcr),
	CONSTANT(MSR_AMD64_NB_CFG, 0, .flags = MSR_IGNORE),
	CONSTANT(MSR_AMD64_PATCH_LOADER, 0, .flags = MSR_IGNORE),
	CONSTANT(MSR_K8_INT_PENDING_MSG, 0),
	CONSTANT(MSR_FAM10H_MMIO_CONF_BASE, 0),
	CONSTANT(MSR_K8_TSEG_ADDR, 0, .count = 2),
	CONSTANT(MSR_VM_CR, 0),
	CONSTANT(MSR_VM_HSAVE_PA, 0, .flags = MSR_IGNORE),
	STORED(MSR_AMD64_OSVW_ID_LENGTH, .count = 2, .flags = MSR_GUEST_RO,
	       NEEDS(OSVW)),
	CONSTANT(MSR_AMD64_DC_CFG, 0, .count = 2, .flags = MSR_IGNORE), /* TW_CFG */
	STORED(MSR_AMD64_DE_CFG, .flags = MSR_FEATURE, .mask = DE_CFG_LFENCE,
	       .init = de_cfg),
	CONSTANT(MSR_AMD64_BU_CFG2, 0, .flags = MSR_IGNORE),
	CONSTANT(MSR_F15H_EX_CFG, 0, .flags = MSR_IGNORE),
};

const unsigned int hull_msr_table_size = ARRAY_SIZE(hull_msr_table);
