// SPDX-License-Identifier: GPL-2.0
/*
 * The probe: what VMX offers here, what hull cannot do without, and what the
 * module's parameters leave of the rest.
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/tsc.h>
#include "arch.h"
#include "caps.h"

struct vmx_caps vmx_caps;
struct hull_caps vmx_hull_caps;
struct hull_s2_format vmx_s2_format;

#define VMX_PARAM(name, text)						\
	static bool name = true;					\
	module_param_named(vmx_##name, name, bool, 0444);		\
	MODULE_PARM_DESC(vmx_##name, "VMX: use " text " where the CPU has it (default: on)")

VMX_PARAM(vpid, "virtual-processor identifiers");
VMX_PARAM(ept_ad, "accessed and dirty bits of EPT");
VMX_PARAM(ept_2m, "2M pages of EPT");
VMX_PARAM(ept_1g, "1G pages of EPT");
VMX_PARAM(ept_5level, "5-level EPT");
VMX_PARAM(invept_context, "INVEPT of a single context");
VMX_PARAM(invvpid_context, "INVVPID of a single context");
VMX_PARAM(pml, "page-modification logging");
VMX_PARAM(tsc_scaling, "TSC scaling");
VMX_PARAM(xsaves, "XSAVES in guests");
VMX_PARAM(invpcid, "INVPCID in guests");
VMX_PARAM(rdtscp, "RDTSCP in guests");
VMX_PARAM(vnmi, "virtual NMIs");
VMX_PARAM(ple, "PAUSE-loop exiting");
VMX_PARAM(preemption_timer, "the preemption timer");
VMX_PARAM(tpr_shadow, "the TPR shadow and its virtual-APIC page");
VMX_PARAM(lazy_fpu, "the guest's own FPU state from its first use on, not before,");
VMX_PARAM(owned_bits, "guest-owned bits of CR0 and CR4");

/* A bit of a control word goes with a parameter. */
static const struct {
	const bool *param;
	u8 control;
	u32 bit;
} control_params[] = {
	{ &vpid,	VMX_CONTROL_CPU2, VMX_CPU2_VPID },
	{ &pml,		VMX_CONTROL_CPU2, VMX_CPU2_PML },
	{ &tsc_scaling,	VMX_CONTROL_CPU2, VMX_CPU2_TSC_SCALING },
	{ &xsaves,	VMX_CONTROL_CPU2, VMX_CPU2_XSAVES },
	{ &invpcid,	VMX_CONTROL_CPU2, VMX_CPU2_INVPCID },
	{ &rdtscp,	VMX_CONTROL_CPU2, VMX_CPU2_RDTSCP },
	{ &ple,		VMX_CONTROL_CPU2, VMX_CPU2_PLE },
	{ &tpr_shadow,	VMX_CONTROL_CPU,  VMX_CPU_TPR_SHADOW },
	{ &vnmi,	VMX_CONTROL_PIN,  VMX_PIN_VIRTUAL_NMI },
	{ &preemption_timer, VMX_CONTROL_PIN, VMX_PIN_TIMER },
};

/* The same for IA32_VMX_EPT_VPID_CAP. */
static const struct {
	const bool *param;
	u64 bit;
} ept_params[] = {
	{ &ept_ad,		VMX_EPT_AD },
	{ &ept_2m,		VMX_EPT_2M },
	{ &ept_1g,		VMX_EPT_1G },
	{ &ept_5level,		VMX_EPT_WALK_5 },
	{ &invept_context,	VMX_EPT_INVEPT_CONTEXT },
	{ &invvpid_context,	VMX_VPID_CONTEXT },
};

/* SDM vol. 3, Flexible Return and Event Delivery; the headers of Linux 6.1 lack it. */
#define CR4_FRED	BIT_ULL(32)

static u64 read_msr(u32 index)
{
	u64 value;

	return rdmsrl_safe(index, &value) ? 0 : value;
}

static void read_msrs(struct vmx_cap_msrs *msrs)
{
	int i;

	msrs->basic = read_msr(MSR_IA32_VMX_BASIC);
	for (i = 0; i < VMX_NR_CONTROLS; i++)
		msrs->control[i] = read_msr(vmx_control_info[i].msr);
	msrs->ept_vpid = read_msr(MSR_IA32_VMX_EPT_VPID_CAP);
	msrs->cr0_fixed[0] = read_msr(MSR_IA32_VMX_CR0_FIXED0);
	msrs->cr0_fixed[1] = read_msr(MSR_IA32_VMX_CR0_FIXED1);
	msrs->cr4_fixed[0] = read_msr(MSR_IA32_VMX_CR4_FIXED0);
	msrs->cr4_fixed[1] = read_msr(MSR_IA32_VMX_CR4_FIXED1);
	msrs->misc = read_msr(MSR_IA32_VMX_MISC);
}

static const char *basic_lacks(u64 basic)
{
	if (!basic)
		return "capability MSRs";
	if (!(basic & VMX_BASIC_INFO_TRUE_CTLS))
		return "true control MSRs";
	if (FIELD_GET(VMX_BASIC_INFO_SIZE, basic) > PAGE_SIZE)
		return "VMCS of one page";
	if (FIELD_GET(VMX_BASIC_INFO_MEM_TYPE, basic) != VMX_MEM_TYPE_WB)
		return "write-back VMCS";
	if (basic & VMX_BASIC_INFO_32BIT_PA)
		return "64-bit VMCS addresses";
	return NULL;
}

static bool controls_lack(const struct vmx_cap_msrs *msrs, char what[VMX_LACK_SIZE])
{
	const struct vmx_control_info *info;
	const char *name;
	u32 lack;
	int i;

	for (i = 0; i < VMX_NR_CONTROLS; i++) {
		info = &vmx_control_info[i];
		lack = vmx_control_missing(vmx_control_range(msrs->control[i]),
					   info->required);
		if (!lack)
			continue;
		lack &= -lack;
		name = vmx_control_bit_name(i, lack);
		scnprintf(what, VMX_LACK_SIZE, "%s (%s control %#x)",
			  name ?: "a control", info->name, lack);
		return true;
	}
	return false;
}

static const char *ept_lacks(u64 cap)
{
	if (!(cap & VMX_EPT_WALK_4))
		return "4-level EPT";
	if (!(cap & VMX_EPT_TYPE_WB))
		return "write-back EPT tables";
	if (!(cap & VMX_EPT_INVEPT) || !(cap & VMX_EPT_INVEPT_ALL))
		return "INVEPT";
	return NULL;
}

/* CR4 has VMXE only while VMX is on. */
static const char *fixed_bits_lack(const struct vmx_cap_msrs *msrs, u64 cr0, u64 cr4)
{
	u64 must = msrs->cr0_fixed[0];

	if ((cr0 & must) != must || cr0 & ~msrs->cr0_fixed[1])
		return "support for the host's CR0";
	if (cr4 & ~msrs->cr4_fixed[1])
		return "support for the host's CR4";
	return NULL;
}

bool vmx_caps_lack(const struct vmx_cap_msrs *msrs, u64 cr0, u64 cr4,
		   char what[VMX_LACK_SIZE])
{
	const char *lack = basic_lacks(msrs->basic);

	if (!lack && controls_lack(msrs, what))
		return true;
	if (!lack)
		lack = ept_lacks(msrs->ept_vpid);
	if (!lack)
		lack = fixed_bits_lack(msrs, cr0, cr4);
	if (lack)
		strscpy(what, lack, VMX_LACK_SIZE);
	return lack;
}

/* The bits that hull looks at. */
#define EPT_USED							\
	(VMX_EPT_WALK_4 | VMX_EPT_WALK_5 | VMX_EPT_TYPE_WB | VMX_EPT_2M | \
	 VMX_EPT_1G | VMX_EPT_INVEPT | VMX_EPT_AD | VMX_EPT_INVEPT_CONTEXT | \
	 VMX_EPT_INVEPT_ALL | VMX_VPID_INVVPID | VMX_VPID_CONTEXT | VMX_VPID_ALL)

/* Could a control word that hull makes for @caps be refused? */
static bool control_differs(const struct vmx_caps *caps, int control, u64 msr)
{
	const struct vmx_control_info *info = &vmx_control_info[control];
	struct vmx_control_range range = vmx_control_range(msr);
	u32 most = vmx_control_word(caps->control[control], info->required | info->optional);

	return range.must & ~caps->control[control].must || most & ~range.may;
}

const char *vmx_caps_differ(const struct vmx_caps *caps, const struct vmx_cap_msrs *here)
{
	int i;

	if (basic_lacks(here->basic) ||
	    FIELD_GET(VMX_BASIC_INFO_REVISION, here->basic) != caps->revision)
		return "IA32_VMX_BASIC";
	for (i = 0; i < VMX_NR_CONTROLS; i++)
		if (control_differs(caps, i, here->control[i]))
			return vmx_control_info[i].msr_name;
	if (caps->ept_vpid & EPT_USED & ~here->ept_vpid)
		return "IA32_VMX_EPT_VPID_CAP";
	if (here->cr0_fixed[0] & ~caps->cr0_fixed)
		return "IA32_VMX_CR0_FIXED0";
	if (caps->cr0_allowed & ~here->cr0_fixed[1])
		return "IA32_VMX_CR0_FIXED1";
	if (here->cr4_fixed[0] & ~caps->cr4_fixed)
		return "IA32_VMX_CR4_FIXED0";
	if (caps->cr4_allowed & ~here->cr4_fixed[1])
		return "IA32_VMX_CR4_FIXED1";
	if (caps->timer && FIELD_GET(VMX_MISC_TIMER_BIT, here->misc) != caps->timer_bit)
		return "IA32_VMX_MISC";
	return NULL;
}

const char *vmx_caps_differ_here(void)
{
	struct vmx_cap_msrs here;

	read_msrs(&here);
	return vmx_caps_differ(&vmx_caps, &here);
}

static void choose_controls(const struct vmx_cap_msrs *msrs)
{
	int i;

	for (i = 0; i < VMX_NR_CONTROLS; i++)
		vmx_caps.control[i] = vmx_control_range(msrs->control[i]);
	for (i = 0; i < ARRAY_SIZE(control_params); i++)
		if (!*control_params[i].param)
			vmx_caps.control[control_params[i].control].may &=
				~control_params[i].bit;
	/* Guests use XSAVES through the host's own IA32_XSS handling. */
	if (!boot_cpu_has(X86_FEATURE_XSAVES))
		vmx_caps.control[VMX_CONTROL_CPU2].may &= ~VMX_CPU2_XSAVES;
}

static void choose_ept(u64 cap)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(ept_params); i++)
		if (!*ept_params[i].param)
			cap &= ~ept_params[i].bit;
	/* A VPID that cannot be flushed is of no use. */
	if (!(cap & VMX_VPID_INVVPID) || !(cap & VMX_VPID_ALL))
		vmx_caps.control[VMX_CONTROL_CPU2].may &= ~VMX_CPU2_VPID;
	vmx_caps.ept_vpid = cap;
}

/*
 * A stay in the guest ends after a tick's time at the latest, whether or not
 * an interrupt gets through to the CPU.  Hardware delivers it whatever the
 * guest's IF; an emulated CPU may not, and would be lost to a guest that spins
 * with interrupts off.
 */
static void choose_timer(u64 misc)
{
	if (!vmx_control_has(VMX_CONTROL_PIN, VMX_PIN_TIMER))
		return;
	vmx_caps.timer = true;
	vmx_caps.timer_bit = FIELD_GET(VMX_MISC_TIMER_BIT, misc);
	vmx_caps.timer_value = ((u64)tsc_khz * (MSEC_PER_SEC / HZ)) >>
			       vmx_caps.timer_bit;
}

static void choose_features(const struct vmx_cap_msrs *msrs)
{
	vmx_caps.revision = FIELD_GET(VMX_BASIC_INFO_REVISION, msrs->basic);
	vmx_caps.cr0_fixed = msrs->cr0_fixed[0];
	vmx_caps.cr0_allowed = msrs->cr0_fixed[1];
	vmx_caps.cr4_fixed = msrs->cr4_fixed[0];
	vmx_caps.cr4_allowed = msrs->cr4_fixed[1];
	vmx_caps.virtual_nmi = vmx_control_has(VMX_CONTROL_PIN, VMX_PIN_VIRTUAL_NMI) &&
			       vmx_control_has(VMX_CONTROL_CPU, VMX_CPU_NMI_WINDOW);
	vmx_caps.vpid = vmx_control_has(VMX_CONTROL_CPU2, VMX_CPU2_VPID);
	vmx_caps.ept_ad = vmx_caps.ept_vpid & VMX_EPT_AD;
	vmx_caps.pml = vmx_caps.ept_ad &&
		       vmx_control_has(VMX_CONTROL_CPU2, VMX_CPU2_PML);
	if (!vmx_caps.pml)
		vmx_caps.control[VMX_CONTROL_CPU2].may &= ~VMX_CPU2_PML;
	if (!vmx_caps.virtual_nmi)
		vmx_caps.control[VMX_CONTROL_PIN].may &= ~VMX_PIN_VIRTUAL_NMI;
	vmx_caps.tsc_scaling = vmx_control_has(VMX_CONTROL_CPU2, VMX_CPU2_TSC_SCALING);
	vmx_caps.xsaves = vmx_control_has(VMX_CONTROL_CPU2, VMX_CPU2_XSAVES);
	vmx_caps.invpcid = vmx_control_has(VMX_CONTROL_CPU2, VMX_CPU2_INVPCID);
	vmx_caps.rdtscp = vmx_control_has(VMX_CONTROL_CPU2, VMX_CPU2_RDTSCP);
	vmx_caps.ple = vmx_control_has(VMX_CONTROL_CPU2, VMX_CPU2_PLE);
	vmx_caps.tpr_shadow = vmx_control_has(VMX_CONTROL_CPU, VMX_CPU_TPR_SHADOW);
	if (vmx_caps.tpr_shadow)
		vmx_caps.control[VMX_CONTROL_CPU].may &=
			~(VMX_CPU_CR8_LOAD | VMX_CPU_CR8_STORE);
	vmx_caps.owned_bits = owned_bits;
	vmx_caps.activities = BIT(VMX_ACTIVITY_ACTIVE) |
			      FIELD_GET(VMX_MISC_ACTIVITY, msrs->misc) << VMX_ACTIVITY_HLT;
	choose_timer(msrs->misc);
}

static void fill_s2_format(void)
{
	vmx_s2_format = (struct hull_s2_format) {
		.present = VMX_EPTE_RWX,
		.read = VMX_EPTE_READ,
		.write = VMX_EPTE_WRITE,
		.exec = VMX_EPTE_EXEC,
		.accessed = vmx_caps.ept_ad ? VMX_EPTE_ACCESSED : 0,
		.dirty = vmx_caps.ept_ad ? VMX_EPTE_DIRTY : 0,
		.large = VMX_EPTE_LARGE,
		.table = VMX_EPTE_RWX,
		/* RAM is write-back whatever the guest's PAT says. */
		.leaf = VMX_EPTE_TYPE_WB | VMX_EPTE_IGNORE_PAT,
		/* Devices are uncached, or write-combining if the guest wants. */
		.leaf_uncached = VMX_EPTE_TYPE_UC,
		.sw = VMX_EPTE_SOFTWARE,
		.dirty_logged = vmx_caps.pml,
	};
}

static void fill_hull_caps(void)
{
	vmx_hull_caps = (struct hull_caps) {
		.tsc_ratio_bits = vmx_caps.tsc_scaling ? 48 : 0,
		.tsc_ratio_max = vmx_caps.tsc_scaling ? ~0ULL : 0,
		.virtual_nmi = vmx_caps.virtual_nmi,
		.lazy_fpu = lazy_fpu,
		.clear_fpu = true,
		.insn_len = true,
		.s2_levels = 4,
		.s2_page_sizes = BIT(0),
		.xsaves = vmx_caps.xsaves,
		.rdtscp = vmx_caps.rdtscp,
		.invpcid = vmx_caps.invpcid,
		.pku = boot_cpu_has(X86_FEATURE_OSPKE),
		.umip = boot_cpu_has(X86_FEATURE_UMIP),
	};
	/* Guest-physical addresses beyond 48 bits need the fifth level. */
	if (vmx_caps.ept_vpid & VMX_EPT_WALK_5 && boot_cpu_data.x86_phys_bits > 48)
		vmx_hull_caps.s2_levels = 5;
	if (vmx_caps.ept_vpid & VMX_EPT_2M)
		vmx_hull_caps.s2_page_sizes |= BIT(1);
	if (vmx_caps.ept_vpid & VMX_EPT_1G)
		vmx_hull_caps.s2_page_sizes |= BIT(2);
}

int vmx_probe(void)
{
	struct vmx_cap_msrs msrs;
	char what[VMX_LACK_SIZE];

	if (!boot_cpu_has(X86_FEATURE_VMX)) {
		pr_err("this CPU has no VMX, or the firmware disabled it\n");
		return -EOPNOTSUPP;
	}
	/* An NMI that ended a stay is raised again by INT 2, which FRED tells from it. */
	if (__read_cr4() & CR4_FRED) {
		pr_err("the kernel takes its events by FRED, which hull does not support: start it with fred=off\n");
		return -EOPNOTSUPP;
	}
	read_msrs(&msrs);
	if (vmx_caps_lack(&msrs, read_cr0(), __read_cr4(), what)) {
		pr_err("this CPU's VMX lacks %s, which hull needs\n", what);
		return -EOPNOTSUPP;
	}
	choose_controls(&msrs);
	choose_ept(msrs.ept_vpid);
	choose_features(&msrs);
	fill_s2_format();
	fill_hull_caps();
	return 0;
}
