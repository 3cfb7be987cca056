// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of an entry on guest state (vmx/check.c), each violated in a state that
 * is else valid.  SDM vol. 3, Checks on the Guest State Area.
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

static struct vmx_guest_state long_mode(void)
{
	struct vmx_guest_state g = {
		.cr0 = X86_CR0_PE | X86_CR0_PG | X86_CR0_NE,
		.cr3 = 0x1000,
		.cr4 = X86_CR4_PAE | vmx_caps.cr4_fixed,
		.efer = EFER_LME | EFER_LMA,
		.rflags = X86_EFLAGS_FIXED,
		.rip = 0x1000,
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

static struct kunit_case check_cases[] = {
	KUNIT_CASE(valid_states),
	KUNIT_CASE(refused_rip),
	KUNIT_CASE(refused_pdptes),
	KUNIT_CASE(refused_nmi),
	KUNIT_CASE(refused_nmi_after_sti),
	KUNIT_CASE(refused_interrupt),
	KUNIT_CASE(refused_segments),
	{}
};

static struct kunit_suite check_suite = {
	.name = "hull_check",
	.test_cases = check_cases,
};

kunit_test_suite(check_suite);
