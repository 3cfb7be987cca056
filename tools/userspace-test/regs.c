// SPDX-License-Identifier: GPL-2.0-only
/* General and system registers. */
#include <stdlib.h>
#include <sys/ioctl.h>

#include "guest.h"

PAYLOAD(all_gprs);
PAYLOAD(tables);

static void distinct(struct kvm_regs *regs)
{
	uint64_t *r = (uint64_t *)regs;
	unsigned int i;

	for (i = 0; i < 16; i++)
		r[i] = 0x1111111111111111ULL * (i + 1) ^ i;
	regs->rip = CODE_BASE;
	regs->rflags = 0xad7 & ~0x200;	/* all status flags and DF; IF clear */
}

/* By their numbers, in which the payload stores and loads them. */
static void in_order(const struct kvm_regs *r, uint64_t gprs[16])
{
	const uint64_t values[] = {
		r->rax, r->rcx, r->rdx, r->rbx, r->rsp, r->rbp, r->rsi, r->rdi,
		r->r8, r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15,
	};

	memcpy(gprs, values, sizeof(values));
}

static void check_stored(struct guest *g, const struct kvm_regs *r)
{
	uint64_t gprs[16];
	unsigned int i;

	in_order(r, gprs);
	for (i = 0; i < 16; i++)
		CHECK_EQ(load64(g, DATA_BASE + i * 8), gprs[i]);
	CHECK_EQ(load64(g, DATA_BASE + 0x80), r->rflags);
}

static void test_vcpu_set_regs(void)
{
	struct kvm_regs set, got;
	struct guest g;

	GUEST(&g, LONG64, all_gprs);
	distinct(&set);
	guest_set_regs(&g, &set);
	guest_get_regs(&g, &got);
	CHECK(!memcmp(&set, &got, sizeof(set)));
	guest_sync(&g, 1);
	check_stored(&g, &set);
}

static void test_vcpu_get_regs(void)
{
	uint64_t gprs[16];
	struct kvm_regs r;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, all_gprs);
	guest_sync(&g, 1);
	guest_complete_io(&g);
	guest_get_regs(&g, &r);
	in_order(&r, gprs);
	for (i = 0; i < 16; i++)
		CHECK_EQ(gprs[i], 0x0101010101010101 * (i + 1));
	CHECK_EQ(r.rflags, 3);	/* STC */
	/* At the next OUT */
	CHECK_EQ(g.ram[r.rip], 0xe6);
	CHECK_EQ(g.ram[r.rip + 1], PORT_SYNC + 2);
	guest_sync(&g, 2);
}

static void test_vcpu_set_gpr(void)
{
	struct kvm_regs r;
	struct guest g;
	int i;

	GUEST(&g, LONG64, all_gprs);
	for (i = 0; i < HULL_NR_GPRS; i++)
		OK(hull_vcpu_set_gpr(g.vcpu, i, 0x1000 + i));
	CHECK_RET(hull_vcpu_set_gpr(g.vcpu, HULL_NR_GPRS, 0), -EINVAL);
	guest_get_regs(&g, &r);
	CHECK_EQ(r.rax, 0x1000);
	CHECK_EQ(r.rcx, 0x1001);
	CHECK_EQ(r.rsp, 0x1004);
	guest_sync(&g, 1);
	for (i = 0; i < HULL_NR_GPRS; i++)
		CHECK_EQ(load64(&g, DATA_BASE + i * 8), 0x1000 + i);
}

static void test_vcpu_set_entry(void)
{
	struct kvm_regs before, after;
	struct guest g;

	GUEST(&g, LONG64, all_gprs);
	guest_load(&g, CODE_BASE + 0x1000, pl_tables, pl_tables_end - pl_tables);
	guest_get_regs(&g, &before);
	OK(hull_vcpu_set_entry(g.vcpu, CODE_BASE + 0x1000));
	guest_get_regs(&g, &after);
	CHECK_EQ(after.rip, CODE_BASE + 0x1000);
	after.rip = before.rip;
	CHECK(!memcmp(&before, &after, sizeof(before)));
	guest_sync(&g, 1);
	guest_sync(&g, 2);
}

static void check_reset_segments(const struct kvm_sregs *s)
{
	CHECK_EQ(s->cs.selector, 0xf000);
	CHECK_EQ(s->cs.base, 0xffff0000);
	CHECK_EQ(s->cs.limit, 0xffff);
	CHECK_EQ(s->ds.base, 0);
	CHECK_EQ(s->ds.limit, 0xffff);
	CHECK_EQ(s->gdt.limit, 0xffff);
	CHECK_EQ(s->idt.limit, 0xffff);
	CHECK_EQ(s->cr0, 0x60000010);
	CHECK_EQ(s->cr2, 0);
	CHECK_EQ(s->cr3, 0);
	CHECK_EQ(s->cr4, 0);
	CHECK_EQ(s->cr8, 0);
	CHECK_EQ(s->efer, 0);
	CHECK_EQ(s->apic_base, 0xfee00900);
}

/* APM vol. 2, Processor Initialization State */
static void test_reset_state(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct guest g;

	guest_create_vm(&g, RAM_SIZE);
	OK(hull_vcpu_create(g.vm, 0, &g.vcpu));
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	check_reset_segments(&sregs);
	OK(hull_vcpu_get_regs(g.vcpu, &regs));
	CHECK_EQ(regs.rip, 0xfff0);
	CHECK_EQ(regs.rflags, 2);
	CHECK_EQ(regs.rax, 0);
	CHECK_EQ(regs.rsp, 0);
}

static void test_vcpu_set_sregs(void)
{
	struct kvm_sregs set, got;
	struct guest g;

	GUEST(&g, LONG64, tables);
	OK(hull_vcpu_get_sregs(g.vcpu, &set));
	set.fs.base = DATA_BASE + 0x100;
	set.gs.base = DATA_BASE + 0x200;
	set.cr8 = 3;
	set.cr2 = 0xdead000;
	store64(&g, DATA_BASE + 0x100, 0xf5);
	store64(&g, DATA_BASE + 0x208, 0x65);
	OK(hull_vcpu_set_sregs(g.vcpu, &set));
	OK(hull_vcpu_get_sregs(g.vcpu, &got));
	CHECK(!memcmp(&set, &got, sizeof(set)));
	/* Without an in-kernel local APIC the shared area's CR8 is the one that counts. */
	g.run->cr8 = 3;
	guest_sync(&g, 1);
	CHECK_EQ(load64(&g, DATA_BASE) & 0xffff, 0xff);
	CHECK_EQ(load64(&g, DATA_BASE + 2), GDT_BASE);
	CHECK_EQ(load64(&g, DATA_BASE + 0x10) & 0xffff, 0xfff);
	CHECK_EQ(load64(&g, DATA_BASE + 0x12), IDT_BASE);
	CHECK_EQ(load64(&g, DATA_BASE + 0x20), set.cr0);
	CHECK_EQ(load64(&g, DATA_BASE + 0x28), PML4_BASE);
	CHECK_EQ(load64(&g, DATA_BASE + 0x30), set.cr4);
	CHECK_EQ(load64(&g, DATA_BASE + 0x38), 3);
	CHECK_EQ(load32(&g, DATA_BASE + 0x40), set.efer);
	CHECK_EQ(load32(&g, DATA_BASE + 0x48), SEL_CODE << 16 | SEL_TSS);
	CHECK_EQ(load64(&g, DATA_BASE + 0x50), 0xf5);
	CHECK_EQ(load64(&g, DATA_BASE + 0x58), 0x65);
}

/*
 * A segment that is in use has been accessed: SDM vol. 3, Checks on Guest Segment
 * Registers, wants it said, and user space may not know.
 */
static void test_set_sregs_not_accessed(void)
{
	struct kvm_sregs set, got;
	struct guest g;

	GUEST(&g, LONG64, tables);
	OK(hull_vcpu_get_sregs(g.vcpu, &set));
	set.cs.type = 10;
	set.ss.type = 2;
	set.ds.type = 2;
	set.es.type = 2;
	set.fs.type = 0;
	set.gs.type = 6;
	set.ldt = (struct kvm_segment) { .limit = 0xffff, .type = 2, .present = 1 };
	OK(hull_vcpu_set_sregs(g.vcpu, &set));
	OK(hull_vcpu_get_sregs(g.vcpu, &got));
	CHECK_EQ(got.ds.type, 3);
	CHECK_EQ(got.es.type, 3);
	CHECK_EQ(got.fs.type, 1);
	CHECK_EQ(got.gs.type, 7);
	CHECK_EQ(got.ldt.type, 2);
	guest_sync(&g, 1);
	/* One that cannot be used has none of it. */
	set.fs = (struct kvm_segment) { .unusable = 1 };
	OK(hull_vcpu_set_sregs(g.vcpu, &set));
	OK(hull_vcpu_get_sregs(g.vcpu, &got));
	CHECK_EQ(got.fs.unusable, 1);
}

/* Without an in-kernel local APIC, writing CR8 is announced to user space. */
static void test_vcpu_get_sregs(void)
{
	struct kvm_sregs sregs;
	struct guest g;

	GUEST(&g, LONG64, tables);
	guest_sync(&g, 1);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr8, 0);
	CHECK_EQ(sregs.cs.selector, SEL_CODE);
	CHECK_EQ(sregs.cs.l, 1);
	/*
	 * The exit is due when the priority falls; it may also come when it
	 * rises, as the ABI leaves open.
	 */
	if (guest_run(&g) == KVM_EXIT_SET_TPR) {
		CHECK_EQ(g.run->cr8, 5);
		guest_run(&g);
	}
	CHECK_EQ(g.run->exit_reason, KVM_EXIT_IO);
	CHECK_EQ(g.run->io.port, PORT_SYNC + 2);
	CHECK_EQ(g.run->cr8, 5);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr8, 5);
}

static void refuse(struct guest *g, const struct kvm_sregs *bad, const char *what)
{
	struct kvm_sregs before, after;
	int ret;

	OK(hull_vcpu_get_sregs(g->vcpu, &before));
	ret = hull_vcpu_set_sregs(g->vcpu, bad);
	if (ret != -EINVAL)
		FAIL("%s: %d, not EINVAL", what, ret);
	OK(hull_vcpu_get_sregs(g->vcpu, &after));
	if (memcmp(&before, &after, sizeof(before)))
		FAIL("%s: refused, yet the state changed", what);
}

#define REFUSE(change) \
	do { \
		struct kvm_sregs s = good; \
		change; \
		refuse(&g, &s, #change); \
	} while (0)

/* APM vol. 2, Canonicalization and Consistency Checks; MOV CRn's #GP cases */
static void test_set_sregs_inconsistent(void)
{
	struct kvm_sregs good;
	struct guest g;

	guest_create(&g, LONG64);
	OK(hull_vcpu_get_sregs(g.vcpu, &good));
	REFUSE(s.cr0 |= 1ULL << 32);
	REFUSE(s.cr0 |= 1ULL << 63);
	REFUSE(s.cr0 |= 1ULL << 29);			/* NW without CD */
	REFUSE(s.cr0 &= ~1ULL);				/* PG without PE */
	REFUSE(s.cr4 &= ~0x20ULL);			/* long mode without PAE */
	REFUSE(s.efer &= ~0x400ULL);			/* PG and LME without LMA */
	REFUSE(s.cr4 |= 1ULL << 31);
	REFUSE(s.cr4 |= 1ULL << 63);
	REFUSE(s.cr3 |= 1ULL << 62);
	REFUSE(s.apic_base = 1 << 10);			/* x2APIC without APIC */
	REFUSE(s.apic_base |= 1ULL << 63);
	REFUSE((s.efer = 0, s.cr0 &= ~(1ULL << 31)));	/* CS.L outside long mode */
	good.apic_base = 1 << 11;
	OK(hull_vcpu_set_sregs(g.vcpu, &good));
}

static void test_set_sregs_bad_input(void)
{
	struct kvm_sregs sregs;
	struct guest g;
	int fd;

	guest_create(&g, LONG64);
	fd = hull_vcpu_fd(g.vcpu);
	CHECK(ioctl(fd, KVM_SET_SREGS, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(fd, KVM_GET_SREGS, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(fd, KVM_SET_REGS, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(fd, KVM_GET_REGS, NULL) == -1 && errno == EFAULT);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	/* More than one external interrupt cannot be pending. */
	sregs.interrupt_bitmap[0] = 1ULL << 33;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.interrupt_bitmap[0], 1ULL << 33);
}

static void test_sregs2(void)
{
	struct kvm_sregs2 sregs, again, before;
	struct guest g;

	guest_create(&g, LONG64);
	need_capability(&g, KVM_CAP_SREGS2, "KVM_CAP_SREGS2");
	OK(hull_vcpu_get_sregs2(g.vcpu, &sregs));
	CHECK_EQ(sregs.flags, 0);	/* no PAE paging, no pointers */
	CHECK_EQ(sregs.cr3, PML4_BASE);
	sregs.fs.base = 0x1234;
	OK(hull_vcpu_set_sregs2(g.vcpu, &sregs));
	OK(hull_vcpu_get_sregs2(g.vcpu, &again));
	CHECK(!memcmp(&sregs, &again, sizeof(sregs)));
	before = sregs;
	sregs.fs.base = 0x5678;
	sregs.flags = 1ULL << 63;
	CHECK_RET(hull_vcpu_set_sregs2(g.vcpu, &sregs), -EINVAL);
	/* Pointers outside PAE paging contradict the mode. */
	sregs.flags = KVM_SREGS2_FLAGS_PDPTRS_VALID;
	CHECK_RET(hull_vcpu_set_sregs2(g.vcpu, &sregs), -EINVAL);
	sregs.flags = 0;
	sregs.cr0 |= 1ULL << 63;
	CHECK_RET(hull_vcpu_set_sregs2(g.vcpu, &sregs), -EINVAL);
	OK(hull_vcpu_get_sregs2(g.vcpu, &again));
	CHECK(!memcmp(&before, &again, sizeof(before)));
}

static const struct test tests[] = {
	{ "vcpu_get_regs", test_vcpu_get_regs },
	{ "vcpu_set_regs", test_vcpu_set_regs },
	{ "vcpu_set_gpr", test_vcpu_set_gpr },
	{ "vcpu_set_entry", test_vcpu_set_entry },
	{ "reset_state", test_reset_state },
	{ "vcpu_get_sregs", test_vcpu_get_sregs },
	{ "vcpu_set_sregs", test_vcpu_set_sregs },
	{ "set_sregs_not_accessed", test_set_sregs_not_accessed },
	{ "set_sregs_inconsistent", test_set_sregs_inconsistent },
	{ "set_sregs_bad_input", test_set_sregs_bad_input },
	{ "sregs2", test_sregs2 },
};

TAP_MAIN(tests)
