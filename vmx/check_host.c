// SPDX-License-Identifier: GPL-2.0
/*
 * The entry checks on the host state (SDM vol. 3, Checks on Host Control Registers,
 * MSRs and SSP, and the sections after it), in software, as in check.c.
 */
#include <linux/kernel.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include "check.h"
#include "cpu/msr.h"
#include "vmx.h"

#define RPL_TI		0x7
/* Never checked, for an exit does not load them. */
#define CR0_NOT_LOADED	(X86_CR0_NW | X86_CR0_CD)
#define EFER_DEFINED	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX)

static void read_state(struct vmx_host_state *h)
{
	*h = (struct vmx_host_state) {
		.cr0 = vmcs_readn(HOST_CR0),
		.cr3 = vmcs_readn(HOST_CR3),
		.cr4 = vmcs_readn(HOST_CR4),
		.efer = vmcs_read64(HOST_EFER),
		.pat = vmcs_read64(HOST_PAT),
		.cs = vmcs_read16(HOST_CS_SELECTOR),
		.tr = vmcs_read16(HOST_TR_SELECTOR),
		.selectors = vmcs_read16(HOST_CS_SELECTOR) | vmcs_read16(HOST_SS_SELECTOR) |
			     vmcs_read16(HOST_DS_SELECTOR) | vmcs_read16(HOST_ES_SELECTOR) |
			     vmcs_read16(HOST_FS_SELECTOR) | vmcs_read16(HOST_GS_SELECTOR) |
			     vmcs_read16(HOST_TR_SELECTOR),
		.addresses = {
			vmcs_readn(HOST_FS_BASE), vmcs_readn(HOST_GS_BASE),
			vmcs_readn(HOST_TR_BASE), vmcs_readn(HOST_GDTR_BASE),
			vmcs_readn(HOST_IDTR_BASE), vmcs_readn(HOST_SYSENTER_ESP),
			vmcs_readn(HOST_SYSENTER_EIP), vmcs_readn(HOST_RIP),
		},
		.exit = vmcs_read32(EXIT_CONTROLS),
		.caps = &vmx_caps,
	};
}

static bool bad_cr0(const struct vmx_host_state *h)
{
	u64 must = h->caps->cr0_fixed & ~(u64)CR0_NOT_LOADED;

	return (h->cr0 & must) != must || h->cr0 & ~(h->caps->cr0_allowed | CR0_NOT_LOADED);
}

static bool bad_cr4(const struct vmx_host_state *h)
{
	u64 must = h->caps->cr4_fixed | X86_CR4_PAE;

	return (h->cr4 & must) != must || h->cr4 & ~h->caps->cr4_allowed ||
	       (h->cr4 & X86_CR4_CET && !(h->cr0 & X86_CR0_WP));
}

static bool bad_cr3(const struct vmx_host_state *h)
{
	return h->cr3 >> boot_cpu_data.x86_phys_bits;
}

/* The host is one of 64 bits. */
static bool bad_efer(const struct vmx_host_state *h)
{
	return h->efer & ~(u64)EFER_DEFINED || !(h->efer & EFER_LMA) ||
	       !(h->efer & EFER_LME) || !(h->exit & VMX_EXIT_HOST_64);
}

static bool bad_pat(const struct vmx_host_state *h)
{
	return !hull_pat_valid(h->pat);
}

static bool bad_selector(const struct vmx_host_state *h)
{
	return !h->cs || !h->tr || h->selectors & RPL_TI;
}

static bool bad_address(const struct vmx_host_state *h)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(h->addresses); i++)
		if (!__is_canonical_address(h->addresses[i], boot_cpu_data.x86_virt_bits))
			return true;
	return false;
}

static const struct {
	const char *name;
	bool (*violated)(const struct vmx_host_state *h);
} rules[] = {
	{ "host CR0 fixed bits", bad_cr0 },
	{ "host CR4 fixed bits, PAE, CET without WP", bad_cr4 },
	{ "host CR3 beyond the physical address width", bad_cr3 },
	{ "host EFER reserved bits, LMA and LME", bad_efer },
	{ "host PAT memory types", bad_pat },
	{ "host selector", bad_selector },
	{ "host base, SYSENTER address or RIP not canonical", bad_address },
};

const char *vmx_host_state_rule(const struct vmx_host_state *h)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].violated(h))
			return rules[i].name;
	return NULL;
}

const char *vmx_check_host_state(void)
{
	struct vmx_host_state h;

	read_state(&h);
	return vmx_host_state_rule(&h);
}
