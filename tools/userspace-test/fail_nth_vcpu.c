// SPDX-License-Identifier: GPL-2.0-only
/* Calls of a vCPU, and its stay in the guest, with each allocation and copy failing once. */
#include <sys/mman.h>

#include "fault.h"

static int vcpu_ioctl(struct scene *s, unsigned long request, void *arg)
{
	return fault_ioctl(hull_vcpu_fd(s->g.vcpu), request, arg);
}

static void prepare_cpuid(struct scene *s)
{
	struct kvm_cpuid2 *cpuid;

	guest_create_vm(&s->g, RAM_SIZE);
	guest_add_vcpu(&s->g, 0);
	OK(hull_get_supported_cpuid(s->g.sys, &cpuid));
	CHECK(sizeof(*cpuid) + cpuid->nent * sizeof(cpuid->entries[0]) < sizeof(s->u));
	memcpy(&s->u.cpuid, cpuid, sizeof(*cpuid) + cpuid->nent * sizeof(cpuid->entries[0]));
	hull_free(cpuid);
	s->u.cpuid.nent = 3;
}

static uint32_t cpuid_entries(struct scene *s)
{
	struct kvm_cpuid2 *cpuid;
	uint32_t nent;

	OK(hull_vcpu_get_cpuid(s->g.vcpu, &cpuid));
	nent = cpuid->nent;
	hull_free(cpuid);
	return nent;
}

static int call_set_cpuid(struct scene *s)
{
	return vcpu_ioctl(s, KVM_SET_CPUID2, &s->u);
}

static void old_cpuid(struct scene *s)
{
	CHECK(cpuid_entries(s) > 3);
}

static void new_cpuid(struct scene *s)
{
	CHECK_EQ(cpuid_entries(s), 3);
}

static void prepare_msrs(struct scene *s)
{
	prepare_guest(s);
	s->u.msrs.nmsrs = 1;
	s->u.msrs.entries[0].index = 0xc0000082;	/* LSTAR */
	s->u.msrs.entries[0].data = 0x123000;
}

static int call_set_msrs(struct scene *s)
{
	return vcpu_ioctl(s, KVM_SET_MSRS, &s->u);
}

static int call_get_msrs(struct scene *s)
{
	return vcpu_ioctl(s, KVM_GET_MSRS, &s->u);
}

static uint64_t lstar(struct scene *s)
{
	uint64_t value;

	OK(hull_vcpu_get_msr(s->g.vcpu, 0xc0000082, &value));
	return value;
}

static void lstar_unset(struct scene *s)
{
	CHECK_EQ(lstar(s), 0);
}

static void lstar_set(struct scene *s)
{
	CHECK_EQ(lstar(s), 0x123000);
}

/* Its value was asked for; LSTAR is 0 in a new guest. */
static void lstar_read(struct scene *s)
{
	CHECK_EQ(s->u.msrs.entries[0].data, 0);
}

static void prepare_regs(struct scene *s)
{
	prepare_guest(s);
	guest_get_regs(&s->g, &s->u.regs);
	s->value = s->u.regs.r15;
	s->u.regs.r15 = 0xfeed;
}

static int call_set_regs(struct scene *s)
{
	return vcpu_ioctl(s, KVM_SET_REGS, &s->u);
}

static void regs_unset(struct scene *s)
{
	struct kvm_regs regs;

	guest_get_regs(&s->g, &regs);
	CHECK_EQ(regs.r15, s->value);
}

static void regs_set(struct scene *s)
{
	struct kvm_regs regs;

	guest_get_regs(&s->g, &regs);
	CHECK_EQ(regs.r15, 0xfeed);
	still_runs(s);
}

static void prepare_sregs(struct scene *s)
{
	prepare_guest(s);
	OK(hull_vcpu_get_sregs(s->g.vcpu, &s->u.sregs));
	s->u.sregs.cr2 = 0xbad000;
}

static int call_set_sregs(struct scene *s)
{
	return vcpu_ioctl(s, KVM_SET_SREGS, &s->u);
}

static void check_cr2(struct scene *s, uint64_t cr2)
{
	struct kvm_sregs sregs;

	OK(hull_vcpu_get_sregs(s->g.vcpu, &sregs));
	CHECK_EQ(sregs.cr2, cr2);
	still_runs(s);
}

static void cr2_unset(struct scene *s)
{
	check_cr2(s, 0);
}

static void cr2_set(struct scene *s)
{
	check_cr2(s, 0xbad000);
}

static int call_get_xsave(struct scene *s)
{
	return vcpu_ioctl(s, KVM_GET_XSAVE, &s->u);
}

static int call_set_xsave(struct scene *s)
{
	return vcpu_ioctl(s, KVM_SET_XSAVE, &s->u);
}

static void prepare_xsave(struct scene *s)
{
	prepare_guest(s);
	CHECK_RET(call_get_xsave(s), 0);
}

static int call_translate(struct scene *s)
{
	s->u.translation.linear_address = DATA_BASE;
	return vcpu_ioctl(s, KVM_TRANSLATE, &s->u);
}

static void translated(struct scene *s)
{
	CHECK(s->u.translation.valid);
	CHECK_EQ(s->u.translation.physical_address, DATA_BASE);
}

static int call_guest_debug(struct scene *s)
{
	s->u.debug.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
	return vcpu_ioctl(s, KVM_SET_GUEST_DEBUG, &s->u);
}

static void steps(struct scene *s)
{
	CHECK_RET(hull_vcpu_run(s->g.vcpu), KVM_EXIT_DEBUG);
}

static int call_signal_mask(struct scene *s)
{
	s->u.mask.len = 8;
	return vcpu_ioctl(s, KVM_SET_SIGNAL_MASK, &s->u);
}

static int call_mmap(struct scene *s)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, hull_vcpu_fd(s->g.vcpu), 0);
	int ret = p == MAP_FAILED ? -errno : 0;

	/* Also its page table may be refused, to the first access. */
	if (!ret)
		munmap(p, 4096);
	return ret;
}

static void test_set_cpuid(void)
{
	sweep(&(struct swept){ prepare_cpuid, call_set_cpuid, old_cpuid, new_cpuid });
}

static void test_set_msrs(void)
{
	sweep(&(struct swept){ prepare_msrs, call_set_msrs, lstar_unset, lstar_set });
}

static void test_get_msrs(void)
{
	sweep(&(struct swept){ prepare_msrs, call_get_msrs, NULL, lstar_read });
}

static void test_set_regs(void)
{
	sweep(&(struct swept){ prepare_regs, call_set_regs, regs_unset, regs_set });
}

static void test_set_sregs(void)
{
	sweep(&(struct swept){ prepare_sregs, call_set_sregs, cr2_unset, cr2_set });
}

static void test_get_xsave(void)
{
	sweep(&(struct swept){ prepare_guest, call_get_xsave, NULL, still_runs });
}

static void test_set_xsave(void)
{
	sweep(&(struct swept){ prepare_xsave, call_set_xsave, still_runs, still_runs });
}

static void test_translate(void)
{
	sweep(&(struct swept){ prepare_guest, call_translate, NULL, translated });
}

static void test_set_guest_debug(void)
{
	sweep(&(struct swept){ prepare_guest, call_guest_debug, still_runs, steps });
}

static void test_set_signal_mask(void)
{
	sweep(&(struct swept){ prepare_guest, call_signal_mask, NULL, still_runs });
}

static void test_mmap(void)
{
	sweep(&(struct swept){ prepare_guest, call_mmap, NULL, still_runs });
}

/* --- the guest's faults --- */

/* A write to memory that neither the host nor the guest has touched */
static void prepare_run(struct scene *s)
{
	struct kvm_regs regs;

	prepare_guest(s);
	guest_get_regs(&s->g, &regs);
	regs.rcx = POKE_WRITE64;
	regs.rbx = DATA_BASE + 0x300000;
	regs.rax = 0xcafe;
	OK(hull_vcpu_set_regs(s->g.vcpu, &regs));
}

static int call_run(struct scene *s)
{
	int ret = hull_vcpu_run(s->g.vcpu);

	return ret < 0 ? ret : 0;
}

static void not_written(struct scene *s)
{
	CHECK_EQ(load64(&s->g, DATA_BASE + 0x300000), 0);
}

static void written(struct scene *s)
{
	CHECK_EQ(s->g.run->exit_reason, KVM_EXIT_IO);
	CHECK_EQ(load64(&s->g, DATA_BASE + 0x300000), 0xcafe);
	still_runs(s);
}

static void test_run(void)
{
	sweep(&(struct swept){ prepare_run, call_run, not_written, written });
}

/* And from the very first entry on, where nothing is mapped */
static void prepare_first_run(struct scene *s)
{
	GUEST(&s->g, LONG64, poke);
}

static void test_first_run(void)
{
	sweep(&(struct swept){ prepare_first_run, call_run, NULL, still_runs });
}

static const struct test tests[] = {
	{ "set_cpuid", test_set_cpuid, 300 },
	{ "set_msrs", test_set_msrs, 300 },
	{ "get_msrs", test_get_msrs, 300 },
	{ "set_regs", test_set_regs, 300 },
	{ "set_sregs", test_set_sregs, 300 },
	{ "get_xsave", test_get_xsave, 300 },
	{ "set_xsave", test_set_xsave, 300 },
	{ "translate", test_translate, 300 },
	{ "set_guest_debug", test_set_guest_debug, 300 },
	{ "set_signal_mask", test_set_signal_mask, 300 },
	{ "mmap", test_mmap, 300 },
	{ "run", test_run, 600 },
	{ "first_run", test_first_run, 600 },
};

TAP_MAIN(tests)
