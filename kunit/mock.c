// SPDX-License-Identifier: GPL-2.0
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include "../core/ioctl.h"
#include "mock.h"
#include "test_vm.h"

struct mock mock;

static const struct hull_backend *vendor;

/* The machine. */

static int mock_probe(void) { return 0; }
static void mock_teardown(void) { }
static int mock_cpu_enable(void) { return 0; }
static void mock_cpu_disable(void) { }
static int mock_vcpu_init(struct hull_vcpu *vcpu) { return 0; }
static void mock_nothing(struct hull_vcpu *vcpu) { }
static void mock_vcpu_load(struct hull_vcpu *vcpu, int cpu) { mock.loads++; }

static void write_back(struct hull_vcpu *vcpu)
{
	if (vcpu->regs_dirty & HULL_REG_RSP)
		mock.hw.rsp = vcpu->gpr[HULL_RSP];
	if (vcpu->regs_dirty & HULL_REG_RIP)
		mock.hw.rip = vcpu->rip;
	if (vcpu->regs_dirty & HULL_REG_RFLAGS)
		mock.hw.rflags = vcpu->rflags;
	if (vcpu->regs_dirty & HULL_REG_CR8)
		mock.hw.cr8 = vcpu->cr8;
	vcpu->regs_dirty = 0;
}

/* What no script foresees. */
static const struct mock_exit beyond = {
	.exit = { .kind = HULL_EXIT_UNKNOWN, .hw_reason = ~0 },
};

static void mock_enter(struct hull_vcpu *vcpu)
{
	const struct mock_exit *step = &beyond;

	write_back(vcpu);
	if (mock.entries < mock.length)
		step = &mock.script[mock.entries];
	if (mock.entries < MOCK_MAX_ENTRIES) {
		mock.injected[mock.entries] = mock.pending;
		mock.fpu[mock.entries] = vcpu->fpu_loaded;
	}
	mock.entries++;
	memset(&mock.pending, 0, sizeof(mock.pending));

	if (step->rip)
		mock.hw.rip = step->rip;
	if (step->rflags)
		mock.hw.rflags = step->rflags;
	if (step->cr8)
		mock.hw.cr8 = step->cr8;
	vcpu->cr8 = mock.hw.cr8;
	vcpu->regs_avail = 0;
	vcpu->exit = step->exit;
}

static void mock_cache_regs(struct hull_vcpu *vcpu, u32 mask)
{
	if (mask & HULL_REG_RSP)
		vcpu->gpr[HULL_RSP] = mock.hw.rsp;
	if (mask & HULL_REG_RIP)
		vcpu->rip = mock.hw.rip;
	if (mask & HULL_REG_RFLAGS)
		vcpu->rflags = mock.hw.rflags;
	if (mask & HULL_REG_CR0)
		vcpu->cr0 = mock.hw.cr0;
	if (mask & HULL_REG_CR3)
		vcpu->cr3 = mock.hw.cr3;
	if (mask & HULL_REG_CR4)
		vcpu->cr4 = mock.hw.cr4;
	if (mask & HULL_REG_SHADOW)
		vcpu->shadow = mock.shadow;
}

/* State. */

static void mock_get_segment(struct hull_vcpu *vcpu, int seg, struct hull_segment *s)
{
	mock.seen.locked = mutex_is_locked(&vcpu->lock);
	mock.seen.loaded = vcpu->cpu >= 0;
	*s = mock.segments[seg];
}

static void mock_set_segment(struct hull_vcpu *vcpu, int seg, const struct hull_segment *s)
{
	mock.segments[seg] = *s;
}

static int mock_get_cpl(struct hull_vcpu *vcpu)
{
	return (mock.segments[HULL_SEG_SS].attr & HULL_ATTR_DPL) >> HULL_ATTR_DPL_SHIFT;
}

static void mock_get_table(struct hull_vcpu *vcpu, int table, struct desc_ptr *d)
{
	*d = mock.tables[table];
}

static void mock_set_table(struct hull_vcpu *vcpu, int table, const struct desc_ptr *d)
{
	mock.tables[table] = *d;
}

static void mock_set_cr0(struct hull_vcpu *vcpu) { mock.hw.cr0 = vcpu->cr0; }
static void mock_set_cr3(struct hull_vcpu *vcpu) { mock.hw.cr3 = vcpu->cr3; }
static void mock_set_cr4(struct hull_vcpu *vcpu) { mock.hw.cr4 = vcpu->cr4; }

static void mock_pass_msr(struct hull_vcpu *vcpu, u32 index, bool read, bool write) { }

static int mock_read_msr(struct hull_vcpu *vcpu, u32 index, u64 *value)
{
	*value = index == MSR_IA32_DEBUGCTLMSR ? mock.debugctl : 0;
	return 0;
}

static int mock_write_msr(struct hull_vcpu *vcpu, u32 index, u64 value)
{
	if (index == MSR_IA32_DEBUGCTLMSR)
		mock.debugctl = value;
	return 0;
}

/* Events. */

static void mock_inject(struct hull_vcpu *vcpu, const struct hull_event *event)
{
	mock.pending = *event;
}

static void mock_set_shadow(struct hull_vcpu *vcpu, u32 shadow) { mock.shadow = shadow; }
static bool mock_get_nmi_mask(struct hull_vcpu *vcpu) { return mock.nmi_mask; }

static void mock_set_nmi_mask(struct hull_vcpu *vcpu, bool masked)
{
	mock.nmi_mask = masked;
}

static void mock_irq_window(struct hull_vcpu *vcpu, bool on) { mock.irq_window = on; }
static void mock_nmi_window(struct hull_vcpu *vcpu, bool on) { mock.nmi_window = on; }

/* Translations. */

static void mock_flush_tlb(struct hull_vcpu *vcpu) { mock.flushes++; }
static void mock_set_s2_root(struct hull_vcpu *vcpu) { mock.roots++; }
static void mock_patch_hypercall(u8 insn[3]) { }
static void mock_dump(struct hull_vcpu *vcpu) { mock.dumps++; }

struct hull_caps mock_caps = {
	.virtual_nmi = true,
	.insn_len = true,
	.s2_levels = 4,
	.s2_page_sizes = 1,
	.amd = true,
};

static struct hull_backend backend = {
	.name = "mock",
	.vcpu_size = sizeof(struct hull_vcpu),
	.probe = mock_probe,
	.setup = mock_probe,
	.teardown = mock_teardown,
	.caps = &mock_caps,
	.cpu_enable = mock_cpu_enable,
	.cpu_disable = mock_cpu_disable,
	.cpu_emergency = mock_cpu_disable,
	.vcpu_init = mock_vcpu_init,
	.vcpu_destroy = mock_nothing,
	.vcpu_reset = mock_nothing,
	.vcpu_load = mock_vcpu_load,
	.vcpu_put = mock_nothing,
	.host_save = mock_nothing,
	.enter = mock_enter,
	.after_exit = mock_nothing,
	.cache_regs = mock_cache_regs,
	.get_segment = mock_get_segment,
	.set_segment = mock_set_segment,
	.get_cpl = mock_get_cpl,
	.get_table = mock_get_table,
	.set_table = mock_set_table,
	.set_cr0 = mock_set_cr0,
	.set_cr3 = mock_set_cr3,
	.set_cr4 = mock_set_cr4,
	.set_efer = mock_nothing,
	.update_debug = mock_nothing,
	.read_dirty_debug = mock_nothing,
	.update_intercepts = mock_nothing,
	.pass_msr = mock_pass_msr,
	.read_msr = mock_read_msr,
	.write_msr = mock_write_msr,
	.write_tsc = mock_nothing,
	.inject = mock_inject,
	.set_shadow = mock_set_shadow,
	.get_nmi_mask = mock_get_nmi_mask,
	.set_nmi_mask = mock_set_nmi_mask,
	.irq_window = mock_irq_window,
	.nmi_window = mock_nmi_window,
	.flush_tlb = mock_flush_tlb,
	.set_s2_root = mock_set_s2_root,
	.patch_hypercall = mock_patch_hypercall,
	.dump = mock_dump,
};

/* The VM of a test. */

int mock_init(struct kunit *test)
{
	struct test_vm *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	int r;

	if (!t)
		return -ENOMEM;
	memset(&mock, 0, sizeof(mock));
	mock_caps.lazy_fpu = false;
	mock_caps.state_in_memory = false;
	vendor = hull_backend;
	backend.s2 = vendor->s2;
	hull_backend_install(&backend);
	r = test_vm_create(test, t);
	if (r)
		hull_backend_install(vendor);
	else
		test->priv = t;
	return r;
}

void mock_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	test_vm_destroy(test->priv);
	hull_backend_install(vendor);
}

struct hull_vcpu *mock_vcpu(struct kunit *test)
{
	return ((struct test_vm *)test->priv)->vcpu;
}

/*
 * Suites run in a kernel thread. Preempted, it does not get its FPU registers
 * back, as the thread of a user program does: nothing must preempt it.
 */
static int run_unpreempted(struct hull_vcpu *vcpu)
{
	int ret;

	sched_set_fifo(current);
	ret = hull_vcpu_ioctl_run(vcpu, 0);
	sched_set_normal(current, 0);
	return ret;
}

int mock_run(struct kunit *test, const struct mock_exit *script, unsigned int length)
{
	int ret;

	mock.script = script;
	mock.length = length;
	mock.entries = 0;
	memset(mock.injected, 0, sizeof(mock.injected));
	ret = run_unpreempted(mock_vcpu(test));
	KUNIT_EXPECT_LE_MSG(test, mock.entries, length, "more entries than the script has");
	return ret;
}
