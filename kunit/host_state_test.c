// SPDX-License-Identifier: GPL-2.0
/*
 * The host's control, debug, table and segment registers across KVM_RUN, with the
 * backend of this machine and a guest that changes each of them.  What a program
 * can see by itself is compared in tools/userspace-test.
 */
#include <kunit/test.h>
#include <linux/kvm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>
#include "../core/backend.h"
#include "../core/compat/kvm_abi.h"
#include "../core/mem/mem.h"
#include "../core/run.h"
#include "host_state_guest.h"
#include "test_vm.h"

/* The last 16 KiB below 4 GiB, where a vCPU starts. */
#define GUEST_SIZE	(4 * PAGE_SIZE)
#define GUEST_BASE	(SZ_4G - GUEST_SIZE)
#define CODE_IP		0xc000
#define RESET_IP	0xfff0

/* jmp to CODE_IP */
static const u8 reset_code[] = { 0xe9, 0x0d, 0xc0 };

struct host_state {
	unsigned long cr0, cr3, cr4, cr8, dr7, tr, ldt;
	u64 efer, fs_base, gs_base, xcr0;
	struct desc_ptr gdt, idt;
	u16 cs, ss, ds, es, fs, gs;
};

static void read_host(struct host_state *s)
{
	memset(s, 0, sizeof(*s));
	preempt_disable();
	s->cr0 = native_read_cr0();
	s->cr3 = __native_read_cr3() & CR3_ADDR_MASK;
	s->cr4 = native_read_cr4();
	asm volatile("mov %%cr8, %0" : "=r" (s->cr8));
	get_debugreg(s->dr7, 7);
	store_tr(s->tr);
	store_ldt(s->ldt);
	native_store_gdt(&s->gdt);
	store_idt(&s->idt);
	rdmsrl(MSR_EFER, s->efer);
	rdmsrl(MSR_FS_BASE, s->fs_base);
	rdmsrl(MSR_GS_BASE, s->gs_base);
	if (s->cr4 & X86_CR4_OSXSAVE)
		s->xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	savesegment(cs, s->cs);
	savesegment(ss, s->ss);
	savesegment(ds, s->ds);
	savesegment(es, s->es);
	savesegment(fs, s->fs);
	savesegment(gs, s->gs);
	preempt_enable();
}

#define EXPECT_SAME(field) KUNIT_EXPECT_EQ(test, after->field, before->field)

static void compare_host(struct kunit *test, const struct host_state *before,
			 const struct host_state *after)
{
	EXPECT_SAME(cr0);
	EXPECT_SAME(cr3);
	EXPECT_SAME(cr4);
	EXPECT_SAME(cr8);
	EXPECT_SAME(dr7);
	EXPECT_SAME(tr);
	EXPECT_SAME(ldt);
	EXPECT_SAME(gdt.address);
	EXPECT_SAME(gdt.size);
	EXPECT_SAME(idt.address);
	/*
	 * VMX sets it to FFFFH (SDM vol. 3, Loading Host Segment and Descriptor-Table
	 * Registers), which gives the host no more than the 256 vectors it has.
	 */
	if (hull_backend->caps->amd || after->idt.size != 0xffff)
		EXPECT_SAME(idt.size);
	EXPECT_SAME(efer);
	EXPECT_SAME(fs_base);
	EXPECT_SAME(gs_base);
	EXPECT_SAME(xcr0);
	EXPECT_SAME(cs);
	EXPECT_SAME(ss);
	EXPECT_SAME(ds);
	EXPECT_SAME(es);
	EXPECT_SAME(fs);
	EXPECT_SAME(gs);
}

static int load_guest(struct kunit *test, struct hull_vm *vm)
{
	const struct kvm_userspace_memory_region2 region = {
		.guest_phys_addr = GUEST_BASE,
		.memory_size = GUEST_SIZE,
		.userspace_addr = kunit_vm_mmap(test, NULL, 0, GUEST_SIZE,
						PROT_READ | PROT_WRITE,
						MAP_ANONYMOUS | MAP_PRIVATE, 0),
	};
	u8 __user *memory = (u8 __user *)region.userspace_addr;

	if (copy_to_user(memory, host_state_code, host_state_code_end - host_state_code) ||
	    copy_to_user(memory + RESET_IP - CODE_IP, reset_code, sizeof(reset_code)))
		return -EFAULT;
	return hull_set_memory_region(vm, &region);
}

static int real_init(struct kunit *test)
{
	struct test_vm *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	int r;

	if (!t)
		return -ENOMEM;
	r = test_vm_create(test, t);
	if (r)
		return r;
	test->priv = t;
	return load_guest(test, t->vm);
}

static void real_exit(struct kunit *test)
{
	if (test->priv)
		test_vm_destroy(test->priv);
}

static void run_guest(struct kunit *test, struct hull_vcpu *vcpu, bool first)
{
	mutex_lock(&vcpu->lock);
	if (!first)
		hull_set_rip(vcpu, CODE_IP);
	hull_set_gpr(vcpu, HULL_RBX, X86_CR0_WP | X86_CR0_AM | X86_CR0_NE);
	hull_set_gpr(vcpu, HULL_RBP, X86_CR4_DE | X86_CR4_TSD | X86_CR4_PSE | X86_CR4_PCE);
	mutex_unlock(&vcpu->lock);
	KUNIT_EXPECT_EQ(test, test_vm_run(vcpu), 0);
	KUNIT_EXPECT_EQ(test, vcpu->run->exit_reason, KVM_EXIT_HLT);
}

/* On one CPU, since its tables and bases are compared. */
static void host_registers(struct kunit *test)
{
	struct test_vm *t = test->priv;
	struct host_state before, after;
	unsigned int i;

	migrate_disable();
	for (i = 0; i < 20; i++) {
		/* Nothing in the kernel depends on DE, which it leaves clear. */
		if (i % 3 == 1)
			cr4_set_bits(X86_CR4_DE);
		read_host(&before);
		KUNIT_EXPECT_EQ(test, !!(before.cr4 & X86_CR4_DE), i % 3 == 1);
		run_guest(test, t->vcpu, i == 0);
		read_host(&after);
		compare_host(test, &before, &after);
		cr4_clear_bits(X86_CR4_DE);
	}
	migrate_enable();
}

static struct kunit_case host_state_cases[] = {
	KUNIT_CASE(host_registers),
	{ }
};

static struct kunit_suite host_state_suite = {
	.name = "hull-host-state",
	.init = real_init,
	.exit = real_exit,
	.test_cases = host_state_cases,
};
kunit_test_suite(host_state_suite);
