// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's own backend, where no program can see what it did: how it makes its
 * control block and what it asks of the processor.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/kvm.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/msr-index.h>
#include <asm/msr-trace.h>
#include <asm/segment.h>
#include <asm/trapnr.h>
#include "../core/backend.h"
#include "../core/barrier.h"
#include "../core/compat/kvm_abi.h"
#include "../core/cpu/cpuid.h"
#include "../core/cpu/debug.h"
#include "../core/cpu/msr.h"
#include "../core/cpu/regs.h"
#include "../core/mem/mem.h"
#include "../core/owner.h"
#include "../core/run.h"
#include "../svm/svm.h"
#include "../vmx/arch.h"
#include "../vmx/reasons.h"
#include "../vmx/vmx.h"
#include "test_vm.h"
#include "vmptrst.h"

#define GUEST_BASE	(SZ_4G - PAGE_SIZE)	/* with the reset vector in it */
#define POISON		0xa5
#define INSN_HLT	0xf4

/* A guest that is all HLT. */
static void run_to_hlt(struct kunit *test, struct test_vm *t)
{
	const struct kvm_userspace_memory_region2 region = {
		.guest_phys_addr = GUEST_BASE,
		.memory_size = PAGE_SIZE,
		.userspace_addr = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE,
						PROT_READ | PROT_WRITE,
						MAP_ANONYMOUS | MAP_PRIVATE, 0),
	};
	u8 *code = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, code);
	memset(code, INSN_HLT, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, copy_to_user((void __user *)region.userspace_addr, code,
					   PAGE_SIZE), 0);
	KUNIT_ASSERT_EQ(test, hull_set_memory_region(t->vm, &region), 0);
	KUNIT_EXPECT_EQ(test, test_vm_run(t->vcpu), 0);
	KUNIT_EXPECT_EQ(test, t->vcpu->run->exit_reason, KVM_EXIT_HLT);
}

static u64 read_msr(struct kunit *test, struct hull_vcpu *vcpu, u32 index)
{
	u64 value = ~0ULL;

	KUNIT_EXPECT_EQ(test, hull_read_msr(vcpu, index, &value, true), 0);
	return value;
}

static void need_vmx(struct kunit *test)
{
	if (hull_backend != &hull_vmx_backend)
		kunit_skip(test, "needs VMX");
}

static void load(struct hull_vcpu *vcpu)
{
	mutex_lock(&vcpu->lock);
	hull_vcpu_load(vcpu);
	hull_vcpu_preemptible(vcpu);
}

static void put(struct hull_vcpu *vcpu)
{
	hull_vcpu_put(vcpu);
	mutex_unlock(&vcpu->lock);
}

/*
 * Nothing is to depend on what memory held when it became a VMCS region: VMCLEAR
 * makes its state, and every field the processor uses is written.
 */
static void poisoned_region(struct kunit *test)
{
	struct test_vm *t = test->priv;
	struct vmx_vmcs *vmcs;

	need_vmx(test);
	vmcs = &to_vmx(t->vcpu)->vmcs;
	mutex_lock(&t->vcpu->lock);
	vmx_vmcs_free(vmcs);
	KUNIT_ASSERT_EQ(test, vmx_vmcs_alloc(vmcs), 0);
	memset(vmcs->region + sizeof(u32), POISON, PAGE_SIZE - sizeof(u32));
	mutex_unlock(&t->vcpu->lock);

	load(t->vcpu);
	hull_vcpu_reset(t->vcpu, false);
	KUNIT_EXPECT_EQ(test, read_msr(test, t->vcpu, MSR_IA32_CR_PAT),
			0x0007040600070406ULL);
	KUNIT_EXPECT_EQ(test, read_msr(test, t->vcpu, MSR_IA32_SYSENTER_CS), 0);
	KUNIT_EXPECT_EQ(test, read_msr(test, t->vcpu, MSR_IA32_SYSENTER_ESP), 0);
	KUNIT_EXPECT_EQ(test, read_msr(test, t->vcpu, MSR_IA32_SYSENTER_EIP), 0);
	KUNIT_EXPECT_EQ(test, read_msr(test, t->vcpu, MSR_IA32_DEBUGCTLMSR), 0);
	put(t->vcpu);
	run_to_hlt(test, t);
}

static bool shows_nothing(const struct vmx_vmcs *vmcs)
{
	return vmcs->cpu == -1 && !vmx_vmcs_is_current(vmcs) && vmptrst() == ~0ULL;
}

/* The callback of a crash is KVM's, which does not know hull's regions. */
static void put_beside_kvm(struct kunit *test)
{
	struct test_vm *t = test->priv;
	struct vmx_vmcs *vmcs;

	need_vmx(test);
	if (hull_owner_beside_kvm())
		kunit_skip(test, "KVM is loaded");
	vmcs = &to_vmx(t->vcpu)->vmcs;
	run_to_hlt(test, t);
	migrate_disable();
	load(t->vcpu);
	put(t->vcpu);
	KUNIT_EXPECT_EQ(test, vmcs->cpu, smp_processor_id());
	hull_owner_kvm_loaded = true;
	load(t->vcpu);
	put(t->vcpu);
	KUNIT_EXPECT_TRUE(test, shows_nothing(vmcs));
	KUNIT_EXPECT_EQ(test, test_vm_run(t->vcpu), 0);
	KUNIT_EXPECT_EQ(test, t->vcpu->run->exit_reason, KVM_EXIT_HLT);
	KUNIT_EXPECT_TRUE(test, shows_nothing(vmcs));
	hull_owner_kvm_loaded = false;
	migrate_enable();
	KUNIT_EXPECT_EQ(test, test_vm_run(t->vcpu), 0);
}

static void write_back(void)
{
	unsigned long flags;

	local_irq_save(flags);
	hull_backend->write_back();
	local_irq_restore(flags);
}

/* KVM comes while there are vCPUs: the one that is loaded keeps its VMCS. */
static void written_back(struct kunit *test)
{
	struct test_vm *t = test->priv, other;
	struct vmx_vmcs *idle, *loaded;

	need_vmx(test);
	KUNIT_ASSERT_EQ(test, test_vm_create(test, &other), 0);
	idle = &to_vmx(t->vcpu)->vmcs;
	loaded = &to_vmx(other.vcpu)->vmcs;
	migrate_disable();
	load(t->vcpu);
	put(t->vcpu);
	load(other.vcpu);
	write_back();
	KUNIT_EXPECT_EQ(test, idle->cpu, -1);
	KUNIT_EXPECT_EQ(test, loaded->cpu, smp_processor_id());
	KUNIT_EXPECT_EQ(test, vmptrst(), loaded->pa);
	put(other.vcpu);
	write_back();
	KUNIT_EXPECT_TRUE(test, shows_nothing(loaded));
	migrate_enable();
	test_vm_destroy(&other);
	run_to_hlt(test, t);
}

/* A region that cannot be made current: nothing runs on another vCPU's instead. */
static void region_refused(struct kunit *test)
{
	struct test_vm *t = test->priv, other;
	struct vmx_vmcs *vmcs;
	u32 *revision;

	need_vmx(test);
	KUNIT_ASSERT_EQ(test, test_vm_create(test, &other), 0);
	vmcs = &to_vmx(other.vcpu)->vmcs;
	vmx_vmcs_clear(vmcs);
	revision = vmcs->region;
	migrate_disable();
	load(t->vcpu);
	put(t->vcpu);
	(*revision)++;
	KUNIT_EXPECT_EQ(test, test_vm_run(other.vcpu), -EIO);
	(*revision)--;
	KUNIT_EXPECT_TRUE(test, other.vm->dead);
	KUNIT_EXPECT_EQ(test, vmptrst(), ~0ULL);
	migrate_enable();
	test_vm_destroy(&other);
	KUNIT_EXPECT_FALSE(test, t->vm->dead);
	run_to_hlt(test, t);
}

/* Translations that the processor would not drop are no longer to be used. */
static void flush_refused(struct kunit *test)
{
	struct test_vm *t = test->priv;
	struct hull_s2 *s2;

	need_vmx(test);
	if (!(vmx_caps.ept_vpid & VMX_EPT_INVEPT_CONTEXT))
		kunit_skip(test, "the other type takes any EPTP");
	s2 = &t->vm->mem.s2;
	load(t->vcpu);
	preempt_disable();
	backend_flush_tlb(t->vcpu);
	KUNIT_EXPECT_FALSE(test, t->vm->dead);
	s2->root |= BIT(8);	/* reserved in an EPTP */
	backend_flush_tlb(t->vcpu);
	s2->root &= ~(u64)BIT(8);
	preempt_enable();
	put(t->vcpu);
	KUNIT_EXPECT_TRUE(test, t->vm->dead);
	KUNIT_EXPECT_EQ(test, test_vm_run(t->vcpu), -EIO);
}

/* Without one a vCPU runs all the same. */
static void vpids_exhausted(struct kunit *test)
{
	unsigned long *taken;
	struct test_vm other;

	need_vmx(test);
	if (!vmx_caps.vpid)
		kunit_skip(test, "needs VPIDs");
	taken = kunit_kcalloc(test, BITS_TO_LONGS(VMX_NR_VPIDS), sizeof(long), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, taken);
	bitmap_copy(taken, vmx_vpids, VMX_NR_VPIDS);
	bitmap_fill(vmx_vpids, VMX_NR_VPIDS);
	if (!test_vm_create(test, &other)) {
		KUNIT_EXPECT_EQ(test, to_vmx(other.vcpu)->vpid, 0);
		run_to_hlt(test, &other);
		test_vm_destroy(&other);
	}
	KUNIT_EXPECT_TRUE(test, bitmap_full(vmx_vpids, VMX_NR_VPIDS));
	/* All but the last */
	clear_bit(VMX_NR_VPIDS - 1, vmx_vpids);
	if (!test_vm_create(test, &other)) {
		KUNIT_EXPECT_EQ(test, to_vmx(other.vcpu)->vpid, VMX_NR_VPIDS - 1);
		run_to_hlt(test, &other);
		test_vm_destroy(&other);
	}
	bitmap_copy(vmx_vpids, taken, VMX_NR_VPIDS);
	KUNIT_ASSERT_EQ(test, test_vm_create(test, &other), 0);
	KUNIT_EXPECT_NE(test, to_vmx(other.vcpu)->vpid, 0);
	test_vm_destroy(&other);
}

/* SDM vol. 3, Loading MSRs: FS_BASE cannot be in the list. */
static void msr_load_refused(struct kunit *test)
{
	struct test_vm *t = test->priv;
	struct vmx_vcpu *vmx;

	need_vmx(test);
	vmx = to_vmx(t->vcpu);
	if (!vmx->perf)
		vmx->perf = kzalloc(sizeof(*vmx->perf), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vmx->perf);
	vmx->perf->guest[0] = (struct vmx_msr_entry){ .index = MSR_FS_BASE, .value = 0x1234 };
	load(t->vcpu);
	preempt_disable();
	vmx_perf_init(vmx);
	vmcs_write32(ENTRY_MSR_LOAD_COUNT, 1);
	preempt_enable();
	put(t->vcpu);
	KUNIT_EXPECT_EQ(test, test_vm_run(t->vcpu), 0);
	KUNIT_EXPECT_EQ(test, t->vcpu->run->exit_reason, KVM_EXIT_FAIL_ENTRY);
	KUNIT_EXPECT_EQ(test, t->vcpu->run->fail_entry.hardware_entry_failure_reason,
			VMX_REASON_FAILED | VMX_REASON_BAD_MSR_LOAD);
	KUNIT_EXPECT_EQ(test, t->vcpu->exit.hw_info[0], 1);
	KUNIT_EXPECT_STREQ(test, t->vcpu->exit.fail_entry.rule, "MSR-load list of the entry");
	load(t->vcpu);
	preempt_disable();
	vmx_perf_init(vmx);
	preempt_enable();
	put(t->vcpu);
	run_to_hlt(test, t);
}

static u64 pending_step(struct vmx_vcpu *vmx)
{
	if (vmx->shadow_changed)
		vmx_sync_pending_debug(vmx);
	return vmcs_readn(GUEST_PENDING_DEBUG) & VMX_PENDING_BS;
}

/*
 * SDM vol. 3, Checks on Guest Non-Register State: in a shadow the trap of TF is
 * pending, unless BTF makes it one of branches.
 */
static void step_pending_in_shadow(struct kunit *test)
{
	struct test_vm *t = test->priv;
	struct vmx_vcpu *vmx;

	need_vmx(test);
	vmx = to_vmx(t->vcpu);
	load(t->vcpu);
	preempt_disable();
	hull_set_raw_rflags(t->vcpu, X86_EFLAGS_FIXED | X86_EFLAGS_TF);
	hull_set_shadow(t->vcpu, KVM_X86_SHADOW_INT_MOV_SS);
	KUNIT_EXPECT_EQ(test, pending_step(vmx), VMX_PENDING_BS);
	KUNIT_EXPECT_EQ(test, hull_write_msr(t->vcpu, MSR_IA32_DEBUGCTLMSR, DEBUGCTLMSR_BTF,
					     true), 0);
	KUNIT_EXPECT_EQ(test, pending_step(vmx), 0);
	hull_debug_clear_btf(t->vcpu);
	KUNIT_EXPECT_EQ(test, pending_step(vmx), VMX_PENDING_BS);
	preempt_enable();
	put(t->vcpu);
}

static void expect_windows(struct kunit *test, struct hull_vcpu *vcpu, u32 shadow,
			   u32 windows)
{
	struct vmx_vcpu *vmx = to_vmx(vcpu);

	hull_set_shadow(vcpu, shadow);
	backend_nmi_window(vcpu, true);
	KUNIT_EXPECT_EQ(test, vmx->controls.word[VMX_CONTROL_CPU] &
			(VMX_CPU_IRQ_WINDOW | VMX_CPU_NMI_WINDOW), windows);
}

/*
 * The NMI window may be open in the shadow of STI (SDM vol. 3, Other Causes of VM
 * Exits), in which hull injects none.
 */
static void nmi_window_in_shadow(struct kunit *test)
{
	struct test_vm *t = test->priv;
	u32 window = VMX_CPU_NMI_WINDOW;

	need_vmx(test);
	if (!vmx_caps.virtual_nmi)
		window = VMX_CPU_IRQ_WINDOW;
	load(t->vcpu);
	preempt_disable();
	expect_windows(test, t->vcpu, 0, window);
	expect_windows(test, t->vcpu, KVM_X86_SHADOW_INT_STI, VMX_CPU_IRQ_WINDOW);
	expect_windows(test, t->vcpu, KVM_X86_SHADOW_INT_MOV_SS, window);
	expect_windows(test, t->vcpu, 0, window);
	backend_nmi_window(t->vcpu, false);
	KUNIT_EXPECT_EQ(test, to_vmx(t->vcpu)->controls.word[VMX_CONTROL_CPU] &
			(VMX_CPU_IRQ_WINDOW | VMX_CPU_NMI_WINDOW), 0);
	preempt_enable();
	put(t->vcpu);
}

/* The next vCPU may get the address of one that is gone. */
static void barrier_after_destroy(struct kunit *test)
{
	struct test_vm other;
	const struct hull_vcpu *gone;
	int cpu;

	KUNIT_ASSERT_EQ(test, test_vm_create(test, &other), 0);
	migrate_disable();
	load(other.vcpu);
	gone = this_cpu_read(hull_last_vcpu);
	KUNIT_EXPECT_PTR_EQ(test, gone, other.vcpu);
	put(other.vcpu);
	migrate_enable();
	test_vm_destroy(&other);
	for_each_possible_cpu(cpu)
		KUNIT_EXPECT_PTR_NE(test, per_cpu(hull_last_vcpu, cpu), gone);
}

#define OWN_DR0		0x1111000ull
#define OWN_DR7		0x000d0402ull	/* G0: a write of four bytes */
#define USER_DR0	0x2222000ull
#define USER_DR7	0x00000455ull	/* L0 to L3: instructions */

/* DR7 as it is in the guest, from the control block */
static u64 block_dr7(struct hull_vcpu *vcpu)
{
	if (hull_backend == &hull_vmx_backend)
		return vmcs_readn(GUEST_DR7);
	return to_svm(vcpu)->vmcb->save.dr7;
}

static bool db_exits(struct hull_vcpu *vcpu)
{
	const u32 *words;

	if (hull_backend == &hull_vmx_backend)
		return vmcs_read32(EXCEPTION_BITMAP) & BIT(X86_TRAP_DB);
	words = to_svm(vcpu)->vmcb->control.intercept;
	return words[SVM_ICPT_EXCEPTION0 / 32] & BIT(X86_TRAP_DB);
}

/* Whether MOV to and from every debug register exits */
static bool mov_dr_exits(struct hull_vcpu *vcpu)
{
	if (hull_backend == &hull_vmx_backend)
		return to_vmx(vcpu)->controls.word[VMX_CONTROL_CPU] & VMX_CPU_MOV_DR;
	return to_svm(vcpu)->vmcb->control.intercept[SVM_ICPT_DR_READ0 / 32] ==
	       0x00ff00ff;
}

static void expect_debug(struct kunit *test, struct hull_vcpu *vcpu, u64 dr7)
{
	struct kvm_debugregs regs;

	preempt_disable();
	KUNIT_EXPECT_EQ(test, block_dr7(vcpu), dr7);
	KUNIT_EXPECT_TRUE(test, db_exits(vcpu));
	KUNIT_EXPECT_TRUE(test, mov_dr_exits(vcpu));
	preempt_enable();
	KUNIT_EXPECT_EQ(test, hull_get_debugregs(vcpu, &regs), 0);
	KUNIT_EXPECT_EQ(test, regs.db[0], OWN_DR0);
	KUNIT_EXPECT_EQ(test, regs.dr7, OWN_DR7);
}

static void guest_reads(struct kunit *test, struct hull_vcpu *vcpu, int dr, u64 want)
{
	struct hull_fault fault;
	u64 value = 0;

	KUNIT_EXPECT_EQ(test, hull_read_dr(vcpu, dr, &value, &fault), 0);
	KUNIT_EXPECT_EQ(test, value, want);
}

/* Breakpoints of user space are in force, and the guest sees its own. */
static void user_breakpoints(struct kunit *test)
{
	const struct kvm_debugregs guest = { .db[0] = OWN_DR0, .dr7 = OWN_DR7 };
	struct kvm_guest_debug user = {
		.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP,
		.arch.debugreg[0] = USER_DR0,
		.arch.debugreg[7] = USER_DR7,
	};
	struct test_vm *t = test->priv;

	load(t->vcpu);
	KUNIT_ASSERT_EQ(test, hull_set_debugregs(t->vcpu, &guest), 0);
	expect_debug(test, t->vcpu, OWN_DR7);
	KUNIT_ASSERT_EQ(test, hull_set_guest_debug(t->vcpu, &user), 0);
	expect_debug(test, t->vcpu, USER_DR7);
	KUNIT_EXPECT_EQ(test, hull_effective_dr(t->vcpu, 0), USER_DR0);
	/* What the guest reads must not let its later accesses pass. */
	guest_reads(test, t->vcpu, 0, OWN_DR0);
	guest_reads(test, t->vcpu, 7, OWN_DR7);
	expect_debug(test, t->vcpu, USER_DR7);
	put(t->vcpu);

	run_to_hlt(test, t);
	load(t->vcpu);
	expect_debug(test, t->vcpu, USER_DR7);
	user.control = 0;
	KUNIT_ASSERT_EQ(test, hull_set_guest_debug(t->vcpu, &user), 0);
	expect_debug(test, t->vcpu, OWN_DR7);
	put(t->vcpu);
}

static void expect_refused(struct kunit *test, struct hull_vcpu *vcpu, u64 reason,
			   const char *rule)
{
	KUNIT_EXPECT_EQ(test, test_vm_run(vcpu), 0);
	KUNIT_EXPECT_EQ(test, vcpu->run->exit_reason, KVM_EXIT_FAIL_ENTRY);
	KUNIT_EXPECT_EQ(test, vcpu->run->fail_entry.hardware_entry_failure_reason, reason);
	KUNIT_EXPECT_STREQ(test, vcpu->exit.fail_entry.rule ?: "", rule);
}

/* Write a field, which is no state of the vCPU's, behind hull's back. */
#define BEHIND(t, write)						\
do {									\
	load((t)->vcpu);						\
	preempt_disable();						\
	write;								\
	preempt_enable();						\
	put((t)->vcpu);							\
} while (0)

/*
 * What no program can violate (SDM vol. 3, VM-Instruction Error Numbers: 8; Basic Exit
 * Reasons: 33).
 */
static void refused_entries(struct kunit *test)
{
	struct test_vm *t = test->priv;
	const u64 bad_guest = 0x80000021;

	need_vmx(test);
	run_to_hlt(test, t);
	BEHIND(t, vmcs_write16(HOST_TR_SELECTOR, 0));
	expect_refused(test, t->vcpu, 8, "host selector");
	BEHIND(t, vmcs_write16(HOST_TR_SELECTOR, GDT_ENTRY_TSS * 8));
	BEHIND(t, vmcs_write64(VMCS_LINK_POINTER, 1));
	expect_refused(test, t->vcpu, bad_guest, "VMCS link pointer");
	BEHIND(t, vmcs_write64(VMCS_LINK_POINTER, ~0ULL));
	BEHIND(t, vmcs_write32(GUEST_GDTR_LIMIT, 0x10000));
	expect_refused(test, t->vcpu, bad_guest, "limit of GDTR or IDTR");
	BEHIND(t, vmcs_write32(GUEST_GDTR_LIMIT, 0xffff));
	KUNIT_EXPECT_EQ(test, test_vm_run(t->vcpu), 0);
	KUNIT_EXPECT_EQ(test, t->vcpu->run->exit_reason, KVM_EXIT_HLT);
}

struct msr_writes {
	unsigned int index, nr;
	u64 last;
};

static void note_write(void *data, unsigned int index, u64 value, int failed)
{
	struct msr_writes *w = data;

	if (index != w->index)
		return;
	w->nr++;
	w->last = value;
}

/* An exit clears DEBUGCTL, of which the rig's processors keep nothing. */
static void debugctl_written_back(struct kunit *test)
{
	struct msr_writes w = { .index = MSR_IA32_DEBUGCTLMSR };
	struct test_vm *t = test->priv;

	need_vmx(test);
	run_to_hlt(test, t);
	KUNIT_ASSERT_EQ(test, register_trace_write_msr(note_write, &w), 0);
	load(t->vcpu);
	local_irq_disable();
	backend_host_save(t->vcpu);
	to_vmx(t->vcpu)->saved.debugctl = DEBUGCTLMSR_BTF;
	backend_enter(t->vcpu);
	local_irq_enable();
	put(t->vcpu);
	unregister_trace_write_msr(note_write, &w);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_EQ(test, t->vcpu->exit.kind, HULL_EXIT_HLT);
	KUNIT_EXPECT_EQ(test, w.nr, 1);
	KUNIT_EXPECT_EQ(test, w.last, DEBUGCTLMSR_BTF);
}

/* What the guest owns of CR4 without KVM_SET_SREGS after KVM_SET_CPUID2 */
static void cr4_owned_by_cpuid(struct kunit *test)
{
	const struct kvm_cpuid2 none = { };
	struct test_vm *t = test->priv;
	struct vmx_vcpu *vmx;

	need_vmx(test);
	if (!(hull_supported_cr4() & X86_CR4_FSGSBASE))
		kunit_skip(test, "needs FSGSBASE");
	vmx = to_vmx(t->vcpu);
	load(t->vcpu);
	KUNIT_EXPECT_TRUE(test, vmx->cr4_owned & X86_CR4_FSGSBASE);
	KUNIT_EXPECT_EQ(test, hull_set_cpuid2(t->vcpu, &none, NULL), 0);
	preempt_disable();
	KUNIT_EXPECT_TRUE(test, vmcs_readn(CR4_MASK) & X86_CR4_FSGSBASE);
	KUNIT_EXPECT_FALSE(test, vmcs_readn(CR4_MASK) & X86_CR4_TSD);
	preempt_enable();
	put(t->vcpu);
}

/*
 * What the processor has, and the parameters leave, is in use.  Left out are windows,
 * and what a guest has by its CPUID.
 */
static void features_in_use(struct kunit *test)
{
	const u32 later[VMX_NR_CONTROLS] = {
		[VMX_CONTROL_CPU] = VMX_CPU_NMI_WINDOW,
		[VMX_CONTROL_CPU2] = VMX_CPU2_RDTSCP | VMX_CPU2_INVPCID | VMX_CPU2_XSAVES,
	};
	struct test_vm *t = test->priv;
	u32 word[VMX_NR_CONTROLS], want;
	u64 range, ept, eptp;
	int i;

	need_vmx(test);
	load(t->vcpu);
	preempt_disable();
	word[VMX_CONTROL_PIN] = vmcs_read32(PIN_CONTROLS);
	word[VMX_CONTROL_CPU] = vmcs_read32(CPU_CONTROLS);
	word[VMX_CONTROL_CPU2] = vmcs_read32(CPU2_CONTROLS);
	word[VMX_CONTROL_EXIT] = vmcs_read32(EXIT_CONTROLS);
	word[VMX_CONTROL_ENTRY] = vmcs_read32(ENTRY_CONTROLS);
	eptp = vmcs_read64(EPTP);
	preempt_enable();
	put(t->vcpu);
	for (i = 0; i < VMX_NR_CONTROLS; i++) {
		rdmsrl(vmx_control_info[i].msr, range);
		want = vmx_control_info[i].optional & ~later[i] &
		       vmx_control_range(range).may;
		KUNIT_EXPECT_EQ_MSG(test, word[i] & want, want, "%s",
				    vmx_control_info[i].name);
	}
	rdmsrl(MSR_IA32_VMX_EPT_VPID_CAP, ept);
	KUNIT_EXPECT_EQ(test, !!(eptp & VMX_EPTP_AD), !!(ept & VMX_EPT_AD));
	KUNIT_EXPECT_EQ(test, hull_backend->caps->s2_page_sizes,
			BIT(0) | (ept & VMX_EPT_2M ? BIT(1) : 0) |
			(ept & VMX_EPT_1G ? BIT(2) : 0));
}

static struct kunit_case backend_test_cases[] = {
	KUNIT_CASE(poisoned_region),
	KUNIT_CASE(put_beside_kvm),
	KUNIT_CASE(written_back),
	KUNIT_CASE(region_refused),
	KUNIT_CASE(flush_refused),
	KUNIT_CASE(vpids_exhausted),
	KUNIT_CASE(msr_load_refused),
	KUNIT_CASE(step_pending_in_shadow),
	KUNIT_CASE(nmi_window_in_shadow),
	KUNIT_CASE(barrier_after_destroy),
	KUNIT_CASE(user_breakpoints),
	KUNIT_CASE(refused_entries),
	KUNIT_CASE(debugctl_written_back),
	KUNIT_CASE(cr4_owned_by_cpuid),
	KUNIT_CASE(features_in_use),
	{ }
};

static struct kunit_suite backend_test_suite = {
	.name = "hull-backend",
	.init = test_vm_init,
	.exit = test_vm_exit,
	.test_cases = backend_test_cases,
};
kunit_test_suite(backend_test_suite);
