// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of an entry on guest state (vmx/check.c) and on host state
 * (vmx/check_host.c), each violated in a state that is else valid.  SDM vol. 3,
 * Checks on the Guest State Area, Checks on VMX Controls and Host-State Area.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include "../vmx/check.h"
#include "../vmx/vmx.h"

#define CODE64	0xa09b
#define CODE32	0xc09b
#define DATA	0xc093
#define TSS	0x008b
#define LDT	0x0082

#define PAT_RESET	0x0007040600070406ull
#define ALL_STATES	0xf

/* A CPU that has all. */
static const struct vmx_caps cpu = {
	.cr0_fixed = X86_CR0_PE | X86_CR0_PG | X86_CR0_NE,
	.cr0_allowed = 0xffffffff,
	.cr4_fixed = X86_CR4_VMXE,
	.cr4_allowed = X86_CR4_VMXE | X86_CR4_PAE | X86_CR4_PCIDE | X86_CR4_CET,
	.activities = ALL_STATES,
};

/* One that cannot wait for a SIPI. */
static const struct vmx_caps cpu_without_wait = {
	.cr0_fixed = X86_CR0_NE,
	.cr0_allowed = 0xffffffff,
	.cr4_allowed = ~0ull,
	.activities = ALL_STATES & ~BIT(VMX_ACTIVITY_WAIT_FOR_SIPI),
};

static struct vmx_guest_state long_mode(void)
{
	struct vmx_guest_state g = {
		.cr0 = X86_CR0_PE | X86_CR0_PG | X86_CR0_NE,
		.cr3 = 0x1000,
		.cr4 = X86_CR4_PAE | X86_CR4_VMXE,
		.efer = EFER_LME | EFER_LMA,
		.rflags = X86_EFLAGS_FIXED,
		.rip = 0x1000,
		.pat = PAT_RESET,
		.gdtr_limit = 0xffff,
		.idtr_limit = 0xffff,
		.link = ~0ull,
		.caps = &cpu,
		.sgx = true,
		.rtm = true,
		.bus_lock = true,
		.entry = VMX_ENTRY_IA32E,
		.ia32e = true,
		.virtual_nmi = true,
		.seg = {
			[HULL_SEG_CS] = { .limit = ~0u, .rights = CODE64, .selector = 8 },
			[HULL_SEG_TR] = { .limit = 0x67, .rights = TSS, .selector = 16 },
			[HULL_SEG_LDTR] = { .limit = 0xf, .rights = LDT, .selector = 24 },
		},
	};
	int i;

	for (i = HULL_SEG_ES; i <= HULL_SEG_GS; i++) {
		if (i == HULL_SEG_CS)
			continue;
		g.seg[i].limit = ~0u;
		g.seg[i].rights = DATA;
	}
	return g;
}

/* In PAE paging without long mode, where PDPTEs count. */
static struct vmx_guest_state pae(void)
{
	struct vmx_guest_state g = long_mode();

	g.efer = 0;
	g.entry = 0;
	g.ia32e = false;
	g.seg[HULL_SEG_CS].rights = CODE32;
	g.pdpte[0] = 0x2001;
	return g;
}

static struct vmx_guest_state v86(void)
{
	struct vmx_guest_state g = pae();
	int i;

	g.v86 = true;
	g.rflags |= X86_EFLAGS_VM;
	for (i = HULL_SEG_ES; i <= HULL_SEG_GS; i++) {
		g.seg[i].selector = 0x100 * i;
		g.seg[i].base = 0x1000 * i;
		g.seg[i].limit = 0xffff;
		g.seg[i].rights = 0xf3;
	}
	return g;
}

/* Name of the rule that the change of a valid state violates, "": none. */
#define AFTER(state, change)						\
({									\
	struct vmx_guest_state g = state();				\
	const char *rule;						\
									\
	change;								\
	rule = vmx_guest_state_rule(&g);				\
	rule ?: "";							\
})

static void valid_states(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (void)0), "");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, (void)0), "");
	KUNIT_EXPECT_STREQ(test, AFTER(v86, (void)0), "");
}

static void refused_cr0(struct kunit *test)
{
	const char *rule = "CR0 fixed bits, PG without PE";

	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.cr0 &= ~X86_CR0_PE), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.cr0 &= ~X86_CR0_NE), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.cr0 |= BIT_ULL(32)), rule);
	/* Unrestricted guest; and caches are no matter of an entry. */
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.cr0 &= ~X86_CR0_PG), "");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.cr0 &= ~(X86_CR0_PG | X86_CR0_PE)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.cr0 |= X86_CR0_CD | X86_CR0_NW), "");
}

static void refused_cr4(struct kunit *test)
{
	const char *rule = "CR4 fixed bits, PCIDE outside long mode, CET without WP";

	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.cr4 &= ~X86_CR4_VMXE), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.cr4 |= X86_CR4_UMIP), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.cr4 |= BIT_ULL(63)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.cr4 |= X86_CR4_PCIDE), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.cr4 |= X86_CR4_PCIDE), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.cr4 |= X86_CR4_CET), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.cr4 |= X86_CR4_CET,
						   g.cr0 |= X86_CR0_WP)), "");
}

static void refused_cr3(struct kunit *test)
{
	const char *rule = "CR3 beyond the physical address width";
	u8 bits = boot_cpu_data.x86_phys_bits;

	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.cr3 = BIT_ULL(bits)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.cr3 = BIT_ULL(63)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.cr3 = BIT_ULL(bits - 1)), "");
}

static void refused_long_mode(struct kunit *test)
{
	const char *rule = "long mode needs CR0.PG and CR4.PAE";

	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.cr0 &= ~X86_CR0_PG), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.cr4 &= ~X86_CR4_PAE), rule);
}

static void refused_efer(struct kunit *test)
{
	const char *rule = "EFER reserved bits, LMA and LME";

	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.efer |= BIT(1)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.efer |= BIT_ULL(63)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.efer = 0), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.efer &= ~EFER_LME), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.efer = EFER_LME), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, (g.efer = EFER_LME, g.cr0 &= ~X86_CR0_PG)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.efer |= EFER_SCE | EFER_NX), "");
}

static void refused_debug(struct kunit *test)
{
	const char *rule = "DR7 bits 63:32, DEBUGCTL reserved bits";

	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.dr7 = BIT_ULL(32)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.dr7 = 0xffffffff), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.debugctl = BIT(3)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.debugctl = BIT(16)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.debugctl = DEBUGCTLMSR_BTF), "");
}

static void refused_msrs(struct kunit *test)
{
	const char *sysenter = "SYSENTER_ESP or SYSENTER_EIP not canonical";
	u64 address = BIT_ULL(62);
	int i;

	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.sysenter_esp = address), sysenter);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.sysenter_eip = address), sysenter);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.sysenter_eip = ~0xfffull), "");
	for (i = 0; i < 64; i += 8) {
		KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.pat |= 0xffull << i),
				   "PAT memory types");
		KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.pat = 2ull << i),
				   "PAT memory types");
		KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.pat = 5ull << i), "");
	}
}

static void refused_rip(struct kunit *test)
{
	const char *rule = "RIP beyond the linear-address width";
	u8 bits = boot_cpu_data.x86_virt_bits;

	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.rip = BIT_ULL(bits)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.rip = BIT_ULL(62)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.rip = ~BIT_ULL(bits)), rule);
	/* The check ends above the sign bit: there a guest can be led by itself. */
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.rip = BIT_ULL(bits - 1)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.rip = ~0ull), "");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.rip = BIT_ULL(32)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.rip = ~0ull), rule);
}

static void refused_pdptes(struct kunit *test)
{
	const char *rule = "PDPTEs reserved bits";

	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.pdpte[0] |= BIT(1)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.pdpte[3] = 1 | BIT(8)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.pdpte[2] = 1 | BIT_ULL(63)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.pdpte[1] = 1 |
				       BIT_ULL(boot_cpu_data.x86_phys_bits)), rule);
	/* Of one that is not present all bits are free, as without PAE paging. */
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.pdpte[1] = BIT(1) | BIT_ULL(63)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, (g.pdpte[0] = ~0ull, g.cr0 &= ~X86_CR0_PG)),
			   "");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, (g.pdpte[0] = ~0ull, g.cr4 &= ~X86_CR4_PAE)),
			   "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.pdpte[0] = ~0ull), "");
}

#define INJECT(kind)	(g.event = VMX_EVENT_VALID | VMX_EVENT_##kind << 8 | 2)
#define BLOCKED(by)	(g.interruptibility = VMX_BLOCKED_BY_##by)

static void refused_nmi(struct kunit *test)
{
	const char *rule = "injection of an NMI that is blocked";

	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, INJECT(NMI)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (INJECT(NMI), BLOCKED(MOV_SS))), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (INJECT(NMI), BLOCKED(NMI))), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, BLOCKED(NMI)), "");
	/* What blocks NMIs is the host's without virtual NMIs. */
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (INJECT(NMI), BLOCKED(NMI),
						   g.virtual_nmi = false)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (INJECT(HARD_EXCEPTION), BLOCKED(MOV_SS))),
			   "");
}

/* Processors differ; those that mind have a qualification for it. */
static void refused_nmi_after_sti(struct kunit *test)
{
	struct vmx_guest_state g = long_mode();

	g.rflags |= X86_EFLAGS_IF;
	INJECT(NMI);
	BLOCKED(STI);
	KUNIT_EXPECT_NULL(test, vmx_guest_state_rule(&g));
	g.qualification = 3;
	KUNIT_EXPECT_STREQ(test, vmx_guest_state_rule(&g),
			   "injection of an NMI that is blocked");
}

static void refused_interrupt(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (INJECT(EXTERNAL),
						   g.rflags |= X86_EFLAGS_IF)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, INJECT(EXTERNAL)),
			   "RFLAGS reserved bits, VM, IF for an interrupt");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (INJECT(EXTERNAL), BLOCKED(STI),
						   g.rflags |= X86_EFLAGS_IF)),
			   "interruptibility state");
}

static void refused_segments(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_DS].rights = 0xc092),
			   "DS, ES, FS or GS");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_SS].rights = 0xc092),
			   "SS");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_CS].rights = 0xa09a),
			   "CS");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_TR].rights = 0x89), "TR");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_LDTR].rights = 0x83),
			   "LDTR");
}

/* A data segment there is one of real mode; SS has the privilege level. */
static void refused_code(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_CS].rights = DATA), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_CS].rights = DATA | 0x60),
			   "CS");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_CS].rights |= 0x60), "CS");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_CS].rights |= 0x4000), "CS");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_CS].rights |= BIT(8)), "CS");
	/* Not usable is no reason, and no excuse. */
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_CS].rights |= BIT(16)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_CS].rights =
				       BIT(16) | 0x001b), "CS");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.seg[HULL_SEG_CS].rights |= BIT(16),
						   g.seg[HULL_SEG_CS].limit = 0)),
			   "granularity and limit of a segment");
}

static void refused_v86(struct kunit *test)
{
	const char *rule = "virtual-8086 segments";

	KUNIT_EXPECT_STREQ(test, AFTER(v86, g.seg[HULL_SEG_ES].base++), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(v86, g.seg[HULL_SEG_GS].limit = 0xfffff), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(v86, g.seg[HULL_SEG_CS].rights = CODE32), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(v86, g.cr0 &= ~(X86_CR0_PE | X86_CR0_PG)),
			   "RFLAGS reserved bits, VM, IF for an interrupt");
	/* TR is what it is in any mode. */
	KUNIT_EXPECT_STREQ(test, AFTER(v86, g.seg[HULL_SEG_TR].limit = 0x100000),
			   "granularity and limit of a segment");
}

static void refused_limits(struct kunit *test)
{
	const char *rule = "granularity and limit of a segment";

	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.seg[HULL_SEG_DS].limit = 0xffff0fff), "");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.seg[HULL_SEG_DS].limit = 0xffff0ffe), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.seg[HULL_SEG_LDTR].limit = 0x100000), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(pae, (g.seg[HULL_SEG_LDTR].limit = 0x100000,
					     g.seg[HULL_SEG_LDTR].rights = BIT(16))), "");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.gdtr_limit = 0x10000), "limit of GDTR or IDTR");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.idtr_limit = ~0u), "limit of GDTR or IDTR");
}

static void refused_system_segments(struct kunit *test)
{
	u32 bit;

	for (bit = BIT(8); bit; bit <<= 1) {
		if (!(bit & (GENMASK(11, 8) | GENMASK(31, 17))))
			continue;
		KUNIT_EXPECT_STREQ(test, AFTER(pae, g.seg[HULL_SEG_TR].rights |= bit), "TR");
		KUNIT_EXPECT_STREQ(test, AFTER(pae, g.seg[HULL_SEG_LDTR].rights |= bit),
				   "LDTR");
	}
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.seg[HULL_SEG_TR].rights = 0x83), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.seg[HULL_SEG_TR].rights = 0x83), "TR");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.seg[HULL_SEG_TR].rights |= BIT(16)), "TR");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.seg[HULL_SEG_TR].selector |= 4), "TR");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.seg[HULL_SEG_LDTR].selector |= 4), "LDTR");
	KUNIT_EXPECT_STREQ(test, AFTER(pae, g.seg[HULL_SEG_LDTR].rights = BIT(16) | BIT(8)),
			   "");
}

#define ASLEEP(state)	(g.activity = VMX_ACTIVITY_##state)

static void refused_activity(struct kunit *test)
{
	const char *rule = "activity state";

	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, ASLEEP(HLT)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, ASLEEP(SHUTDOWN)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, ASLEEP(WAIT_FOR_SIPI)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.activity = 4), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.activity = 0x21), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (ASLEEP(WAIT_FOR_SIPI),
						   g.caps = &cpu_without_wait)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (ASLEEP(HLT),
						   g.caps = &cpu_without_wait)), "");
	/* HLT is privileged, and a shadow ends before it. */
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (ASLEEP(HLT),
						   g.seg[HULL_SEG_CS].rights |= 0x60,
						   g.seg[HULL_SEG_SS].rights |= 0x60)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (ASLEEP(HLT), BLOCKED(MOV_SS))), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (ASLEEP(SHUTDOWN), BLOCKED(STI),
						   g.rflags |= X86_EFLAGS_IF)), rule);
}

/* SDM vol. 3, Checks on Guest Non-Register State: what wakes from which state. */
static void refused_while_asleep(struct kunit *test)
{
	static const struct {
		u8 type, vector;
		u8 states;	/* in which it is allowed */
	} cases[] = {
		{ VMX_EVENT_EXTERNAL, 0x20, BIT(VMX_ACTIVITY_ACTIVE) | BIT(VMX_ACTIVITY_HLT) },
		{ VMX_EVENT_NMI, 2, BIT(VMX_ACTIVITY_ACTIVE) | BIT(VMX_ACTIVITY_HLT) |
				    BIT(VMX_ACTIVITY_SHUTDOWN) },
		{ VMX_EVENT_HARD_EXCEPTION, 1, BIT(VMX_ACTIVITY_ACTIVE) | BIT(VMX_ACTIVITY_HLT) },
		{ VMX_EVENT_HARD_EXCEPTION, 18, BIT(VMX_ACTIVITY_ACTIVE) |
						BIT(VMX_ACTIVITY_HLT) |
						BIT(VMX_ACTIVITY_SHUTDOWN) },
		{ VMX_EVENT_HARD_EXCEPTION, 14, BIT(VMX_ACTIVITY_ACTIVE) },
		{ VMX_EVENT_SOFT_INTERRUPT, 18, BIT(VMX_ACTIVITY_ACTIVE) },
		{ VMX_EVENT_OTHER, 0, BIT(VMX_ACTIVITY_ACTIVE) | BIT(VMX_ACTIVITY_HLT) },
	};
	int i, state;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (state = VMX_ACTIVITY_ACTIVE; state <= VMX_ACTIVITY_WAIT_FOR_SIPI; state++) {
			struct vmx_guest_state g = long_mode();
			const char *rule, *expected;

			g.rflags |= X86_EFLAGS_IF;
			g.activity = state;
			g.event = VMX_EVENT_VALID | cases[i].type << 8 | cases[i].vector;
			rule = vmx_guest_state_rule(&g);
			expected = "activity state";
			if (cases[i].states & BIT(state))
				expected = "";
			KUNIT_EXPECT_STREQ_MSG(test, rule ?: "", expected, "case %d, state %d",
					       i, state);
		}
	}
}

static void refused_interruptibility(struct kunit *test)
{
	const char *rule = "interruptibility state";
	int bit;

	for (bit = 5; bit < 32; bit++)
		KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.interruptibility = BIT(bit)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, BLOCKED(SMI)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, BLOCKED(STI)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.interruptibility = VMX_BLOCKED_SHADOW,
						   g.rflags |= X86_EFLAGS_IF)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.interruptibility = VMX_BLOCKED_ENCLAVE), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.interruptibility = VMX_BLOCKED_ENCLAVE,
						   g.sgx = false)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.interruptibility =
				       VMX_BLOCKED_ENCLAVE | VMX_BLOCKED_BY_MOV_SS), rule);
}

static void refused_pending_bits(struct kunit *test)
{
	const char *rule = "pending debug exceptions, reserved bits and RTM";
	u64 rtm = VMX_PENDING_RTM | VMX_PENDING_BREAKPOINT;
	int bit;

	for (bit = 0; bit < 64; bit++)
		KUNIT_EXPECT_STREQ_MSG(test, AFTER(long_mode, g.pending = BIT_ULL(bit)),
				       BIT_ULL(bit) & 0x580f ? "" : rule, "bit %d", bit);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.pending = VMX_PENDING_BUS_LOCK,
						   g.bus_lock = false)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.pending = rtm), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.pending = rtm | 1), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.pending = rtm, g.rtm = false)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.pending = rtm, BLOCKED(MOV_SS))), rule);
}

/* What a shadow or HLT holds back has to be said; else the CPU raises it by itself. */
static void refused_pending_debug(struct kunit *test)
{
	const char *rule = "pending debug exceptions against TF, shadow and HLT";

	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.rflags |= X86_EFLAGS_TF), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.rflags |= X86_EFLAGS_TF,
						   BLOCKED(MOV_SS))), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.rflags |= X86_EFLAGS_TF, ASLEEP(HLT))),
			   rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.rflags |= X86_EFLAGS_TF, ASLEEP(HLT),
						   g.pending = VMX_PENDING_BS)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.rflags |= X86_EFLAGS_TF, BLOCKED(MOV_SS),
						   g.debugctl = DEBUGCTLMSR_BTF)), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.pending = VMX_PENDING_BS,
						   BLOCKED(MOV_SS))), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.pending = VMX_PENDING_BS,
						   ASLEEP(HLT))), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.pending = VMX_PENDING_BS), "");
}

static void refused_link(struct kunit *test)
{
	const char *rule = "VMCS link pointer";

	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.link = 0x1001), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.link = BIT_ULL(63)), rule);
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, g.link = 0x1000), "");
	KUNIT_EXPECT_STREQ(test, AFTER(long_mode, (g.link = 0x1000, g.qualification = 4)),
			   rule);
}

static struct vmx_host_state host(void)
{
	struct vmx_host_state h = {
		.cr0 = X86_CR0_PE | X86_CR0_PG | X86_CR0_NE,
		.cr3 = 0x1000,
		.cr4 = X86_CR4_PAE | X86_CR4_VMXE,
		.efer = EFER_LME | EFER_LMA | EFER_SCE | EFER_NX,
		.pat = PAT_RESET,
		.cs = 0x10,
		.tr = 0x40,
		.selectors = 0x50,
		.exit = VMX_EXIT_HOST_64,
		.caps = &cpu,
	};

	return h;
}

#define HOST_AFTER(change)						\
({									\
	struct vmx_host_state h = host();				\
									\
	change;								\
	vmx_host_state_rule(&h) ?: "";					\
})

static void refused_host_registers(struct kunit *test)
{
	const char *cr0 = "host CR0 fixed bits";
	const char *cr4 = "host CR4 fixed bits, PAE, CET without WP";
	const char *efer = "host EFER reserved bits, LMA and LME";
	u8 bits = boot_cpu_data.x86_phys_bits;

	KUNIT_EXPECT_STREQ(test, HOST_AFTER((void)0), "");
	/* There is no unrestricted host. */
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.cr0 &= ~X86_CR0_PG), cr0);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.cr0 &= ~X86_CR0_NE), cr0);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.cr0 |= BIT_ULL(32)), cr0);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.cr0 |= X86_CR0_CD), "");
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.cr4 &= ~X86_CR4_VMXE), cr4);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.cr4 &= ~X86_CR4_PAE), cr4);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.cr4 |= X86_CR4_UMIP), cr4);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.cr4 |= X86_CR4_CET), cr4);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.cr3 |= BIT_ULL(bits)),
			   "host CR3 beyond the physical address width");
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.efer &= ~EFER_LMA), efer);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.efer &= ~EFER_LME), efer);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.efer |= BIT(9)), efer);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.exit = 0), efer);
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.pat = 2), "host PAT memory types");
}

static void refused_host_segments(struct kunit *test)
{
	int i;

	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.cs = 0), "host selector");
	KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.tr = 0), "host selector");
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.selectors |= BIT(i)), "host selector");
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.addresses[i] = BIT_ULL(62)),
				   "host base, SYSENTER address or RIP not canonical");
		KUNIT_EXPECT_STREQ(test, HOST_AFTER(h.addresses[i] = ~0xfffull), "");
	}
}

static struct kunit_case check_cases[] = {
	KUNIT_CASE(valid_states),
	KUNIT_CASE(refused_cr0),
	KUNIT_CASE(refused_cr4),
	KUNIT_CASE(refused_cr3),
	KUNIT_CASE(refused_long_mode),
	KUNIT_CASE(refused_efer),
	KUNIT_CASE(refused_debug),
	KUNIT_CASE(refused_msrs),
	KUNIT_CASE(refused_code),
	KUNIT_CASE(refused_v86),
	KUNIT_CASE(refused_limits),
	KUNIT_CASE(refused_system_segments),
	KUNIT_CASE(refused_activity),
	KUNIT_CASE(refused_while_asleep),
	KUNIT_CASE(refused_interruptibility),
	KUNIT_CASE(refused_pending_bits),
	KUNIT_CASE(refused_pending_debug),
	KUNIT_CASE(refused_link),
	KUNIT_CASE(refused_rip),
	KUNIT_CASE(refused_pdptes),
	KUNIT_CASE(refused_nmi),
	KUNIT_CASE(refused_nmi_after_sti),
	KUNIT_CASE(refused_interrupt),
	KUNIT_CASE(refused_segments),
	KUNIT_CASE(refused_host_registers),
	KUNIT_CASE(refused_host_segments),
	{}
};

static struct kunit_suite check_suite = {
	.name = "hull_check",
	.test_cases = check_cases,
};

kunit_test_suite(check_suite);
