// SPDX-License-Identifier: GPL-2.0
/*
 * What this processor's SVM can do (APM vol. 2, Enabling SVM; CPUID
 * Fn8000_000A).  Every optional feature has a parameter that switches it off,
 * so that its fallback can be tested where the feature is there.
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/cpu.h>
#include <linux/mem_encrypt.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include "svm.h"

#define VM_CR_SVMDIS		BIT_ULL(4)

#define LEAF_SVM		0x8000000a
#define LEAF_SVM_NP		BIT(0)
#define LEAF_SVM_LBR		BIT(1)
#define LEAF_SVM_NRIPS		BIT(3)
#define LEAF_SVM_TSC_RATE	BIT(4)
#define LEAF_SVM_CLEAN		BIT(5)
#define LEAF_SVM_FLUSH_ASID	BIT(6)
#define LEAF_SVM_DECODE		BIT(7)
#define LEAF_SVM_PAUSE_FILTER	BIT(10)
#define LEAF_SVM_SPEC_CTRL	BIT(20)

/* TSC ratio: 8 bits of integer, 32 of fraction. */
#define TSC_RATIO_FRACTION	32
#define TSC_RATIO_MAX		GENMASK_ULL(39, 0)

struct svm_features svm_features;
struct hull_caps svm_caps;

#define SVM_PARAM(name, text)						\
	static bool name##_param = true;				\
	module_param_named(svm_##name, name##_param, bool, 0444);	\
	MODULE_PARM_DESC(svm_##name, "Use SVM " text " where there is (default: on)")

SVM_PARAM(nrips, "next-RIP save");
SVM_PARAM(decode_assists, "decode assists");
SVM_PARAM(flush_by_asid, "flush by ASID");
SVM_PARAM(clean, "VMCB clean bits");
SVM_PARAM(tsc_scale, "TSC scaling");
SVM_PARAM(lbr, "LBR virtualisation");
SVM_PARAM(pause_filter, "pause filter");
SVM_PARAM(v_spec_ctrl, "virtual SPEC_CTRL");
SVM_PARAM(npt_1g, "1G pages of nested paging");

static bool lazy_fpu_param = true;
module_param_named(svm_lazy_fpu, lazy_fpu_param, bool, 0444);
MODULE_PARM_DESC(svm_lazy_fpu, "Load the guest's FPU state at its first use (default: on)");

/* Optional features, one row each. */
static const struct {
	u32 bit;
	const bool *param;
	bool *feature;
} optional[] = {
	{ LEAF_SVM_NRIPS, &nrips_param, &svm_features.nrips },
	{ LEAF_SVM_DECODE, &decode_assists_param, &svm_features.decode_assists },
	{ LEAF_SVM_FLUSH_ASID, &flush_by_asid_param, &svm_features.flush_by_asid },
	{ LEAF_SVM_CLEAN, &clean_param, &svm_features.clean },
	{ LEAF_SVM_TSC_RATE, &tsc_scale_param, &svm_features.tsc_scale },
	{ LEAF_SVM_LBR, &lbr_param, &svm_features.lbr },
	{ LEAF_SVM_PAUSE_FILTER, &pause_filter_param, &svm_features.pause_filter },
	{ LEAF_SVM_SPEC_CTRL, &v_spec_ctrl_param, &svm_features.v_spec_ctrl },
};

/* The first required feature that is missing, or NULL. */
static const char *missing_feature(void)
{
	u64 vm_cr;

	if (!boot_cpu_has(X86_FEATURE_SVM))
		return "SVM (secure virtual machine mode)";
	if (rdmsrl_safe(MSR_VM_CR, &vm_cr) || vm_cr & VM_CR_SVMDIS)
		return "SVM, which the firmware has disabled (VM_CR.SVMDIS)";
	if (boot_cpu_data.extended_cpuid_level < LEAF_SVM ||
	    !(cpuid_edx(LEAF_SVM) & LEAF_SVM_NP))
		return "SVM nested paging";
	if (!boot_cpu_has(X86_FEATURE_NX))
		return "no-execute pages";
	/* Second-stage entries do not carry the encryption bit. */
	if (sme_me_mask)
		return "host memory without encryption (SME is on)";
	return NULL;
}

static void fill_caps(void)
{
	if (svm_features.tsc_scale) {
		svm_caps.tsc_ratio_bits = TSC_RATIO_FRACTION;
		svm_caps.tsc_ratio_max = TSC_RATIO_MAX;
	}
	svm_caps.virtual_nmi = false;
	svm_caps.state_in_memory = true;
	svm_caps.lazy_fpu = lazy_fpu_param;
	svm_caps.insn_len = svm_features.nrips;
	/* NPT is walked in the host's own paging mode. */
	svm_caps.s2_levels = pgtable_l5_enabled() ? 5 : 4;
	svm_caps.s2_page_sizes = BIT(0) | BIT(1);
	if (boot_cpu_has(X86_FEATURE_GBPAGES) && npt_1g_param)
		svm_caps.s2_page_sizes |= BIT(2);
	svm_caps.xsaves = boot_cpu_has(X86_FEATURE_XSAVES);
	svm_caps.rdtscp = boot_cpu_has(X86_FEATURE_RDTSCP);
	svm_caps.invpcid = boot_cpu_has(X86_FEATURE_INVPCID);
	svm_caps.pku = boot_cpu_has(X86_FEATURE_OSPKE);
	svm_caps.umip = boot_cpu_has(X86_FEATURE_UMIP);
	svm_caps.amd = true;
}

int svm_probe(void)
{
	const char *missing = missing_feature();
	u32 eax, ebx, ecx, edx;
	size_t i;

	if (missing) {
		pr_err("this CPU lacks %s\n", missing);
		return -EOPNOTSUPP;
	}

	cpuid(LEAF_SVM, &eax, &ebx, &ecx, &edx);
	/* One for the host, one for the entry that flushes, one for guests. */
	if (ebx < 3) {
		pr_err("this CPU lacks address-space identifiers for guests (it has %u)\n",
		       ebx);
		return -EOPNOTSUPP;
	}
	svm_features.nr_asids = ebx;
	for (i = 0; i < ARRAY_SIZE(optional); i++)
		*optional[i].feature = (edx & optional[i].bit) && *optional[i].param;
	fill_caps();
	return 0;
}
