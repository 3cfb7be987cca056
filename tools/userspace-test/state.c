// SPDX-License-Identifier: GPL-2.0-only
/* The whole state of a vCPU, out of one VM and into another. */
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "msr.h"

PAYLOAD(state_count);

static void check_step(struct guest *g, uint64_t count)
{
	struct kvm_regs regs;

	guest_sync(g, 0);
	guest_get_regs(g, &regs);
	CHECK_EQ(regs.rbx, count);
	CHECK_EQ(regs.rdi, count);	/* XMM */
	CHECK_EQ(regs.rsi, count);	/* x87 */
}

/* Save wants pending I/O completed. */
static void save(struct guest *g, struct hull_vcpu_state *state)
{
	guest_complete_io(g);
	OK(hull_vcpu_save_state(g->sys, g->vm, g->vcpu, state));
}

/* A VM with the same memory and a vCPU that has never been touched */
static void fresh(struct guest *g, const struct guest *from)
{
	guest_create_vm(g, from->ram_size);
	OK(hull_vcpu_create(g->vm, 0, &g->vcpus[0]));
	g->vcpu = g->vcpus[0];
	g->run = hull_vcpu_run_area(g->vcpu);
	g->mode = from->mode;
	memcpy(g->ram, from->ram, from->ram_size);
}

static void start(struct guest *g)
{
	unsigned int i;

	GUEST(g, LONG64, state_count);
	for (i = 1; i <= 10; i++)
		check_step(g, i);
}

static void test_save_state(void)
{
	struct hull_vcpu_state state;
	uint64_t value;
	unsigned int i;
	struct guest g;

	start(&g);
	save(&g, &state);
	CHECK_EQ(state.regs.rbx, 10);
	CHECK_EQ(state.sregs.cr3, PML4_BASE);
	CHECK_EQ(state.mp_state, KVM_MP_STATE_RUNNABLE);
	CHECK(state.xsave_size >= sizeof(struct kvm_xsave));
	CHECK(state.cpuid->nent > 0);
	for (i = 0; i < state.nr_msrs; i++) {
		if (state.msrs[i].index != MSR_KERNEL_GS_BASE)
			continue;
		CHECK_EQ(state.msrs[i].data, 10);
		break;
	}
	CHECK(i < state.nr_msrs);
	/* Saving disturbs nothing. */
	check_step(&g, 11);
	OK(hull_vcpu_get_msr(g.vcpu, MSR_KERNEL_GS_BASE, &value));
	CHECK_EQ(value, 11);
	hull_vcpu_state_release(&state);
	CHECK(!state.msrs && !state.xsave);
}

/* In-tree KVM refuses to write some of its own MSRs without an in-kernel APIC. */
static void drop_paravirtual(struct hull_vcpu_state *state)
{
	unsigned int i, kept = 0;

	for (i = 0; i < state->nr_msrs; i++)
		if (state->msrs[i].index >> 8 != 0x4b564d)
			state->msrs[kept++] = state->msrs[i];
	state->nr_msrs = kept;
}

static void shuffle(struct hull_vcpu_state *state)
{
	struct kvm_msr_entry swap;
	unsigned int i, j;

	srand(1);
	for (i = state->nr_msrs - 1; i > 0; i--) {
		j = rand() % (i + 1);
		swap = state->msrs[i];
		state->msrs[i] = state->msrs[j];
		state->msrs[j] = swap;
	}
}

/* The guest goes on in the new VM where it was in the old one. */
static void test_restore_state(void)
{
	struct hull_vcpu_state state;
	struct guest a, b;
	uint64_t value;
	unsigned int i;

	start(&a);
	save(&a, &state);
	drop_paravirtual(&state);
	shuffle(&state);
	fresh(&b, &a);
	OK(hull_vcpu_restore_state(b.vcpu, &state));
	for (i = 11; i <= 20; i++)
		check_step(&b, i);
	OK(hull_vcpu_get_msr(b.vcpu, MSR_KERNEL_GS_BASE, &value));
	CHECK_EQ(value, 20);
	/* The first one is not disturbed. */
	check_step(&a, 11);
	hull_vcpu_state_release(&state);
}

static bool moves_by_itself(uint32_t index)
{
	return index == MSR_TSC || index >> 8 == 0x4b564d || index == 0x11 || index == 0x12 ||
	       index == 0x6e0 || (index >= 0x40000000 && index < 0x40001000);
}

/* Restored and saved again, it is the same but for what time changes. */
static void test_restored_equals_saved(void)
{
	struct hull_vcpu_state first, second;
	struct kvm_regs regs;
	struct guest a, b;
	unsigned int i;

	start(&a);
	guest_complete_io(&a);
	/* VMX refuses to enter with an interrupt and IF clear. */
	OK(hull_vcpu_get_regs(a.vcpu, &regs));
	regs.rflags |= 1 << 9;
	OK(hull_vcpu_set_regs(a.vcpu, &regs));
	OK(hull_vcpu_interrupt(a.vcpu, 0x55));
	OK(hull_vcpu_save_state(a.sys, a.vm, a.vcpu, &first));
	drop_paravirtual(&first);
	fresh(&b, &a);
	OK(hull_vcpu_restore_state(b.vcpu, &first));
	OK(hull_vcpu_save_state(b.sys, b.vm, b.vcpu, &second));
	drop_paravirtual(&second);
	CHECK(!memcmp(&first.regs, &second.regs, sizeof(first.regs)));
	CHECK(!memcmp(&first.sregs, &second.sregs, sizeof(first.sregs)));
	CHECK(!memcmp(&first.debugregs, &second.debugregs, sizeof(first.debugregs)));
	CHECK(!memcmp(&first.events, &second.events, sizeof(first.events)));
	CHECK_EQ(second.events.interrupt.nr, 0x55);
	CHECK(!memcmp(&first.xcrs, &second.xcrs, sizeof(first.xcrs)));
	CHECK_EQ(first.xsave_size, second.xsave_size);
	CHECK(!memcmp(first.xsave, second.xsave, first.xsave_size));
	CHECK_EQ(first.cpuid->nent, second.cpuid->nent);
	CHECK(!memcmp(first.cpuid->entries, second.cpuid->entries,
		      first.cpuid->nent * sizeof(first.cpuid->entries[0])));
	CHECK_EQ(first.nr_msrs, second.nr_msrs);
	for (i = 0; i < first.nr_msrs; i++)
		if (!moves_by_itself(first.msrs[i].index) &&
		    first.msrs[i].data != second.msrs[i].data)
			FAIL("MSR 0x%x: 0x%llx became 0x%llx", first.msrs[i].index,
			     (unsigned long long)first.msrs[i].data,
			     (unsigned long long)second.msrs[i].data);
	guest_exception(&b, 0x55, NULL);
	check_step(&b, 11);
}

static void test_dump_cpu_config(void)
{
	struct hull_cpu_config config;
	struct kvm_msr_list *list;
	struct guest g;
	unsigned int i;

	start(&g);
	OK(hull_vcpu_dump_cpu_config(g.sys, g.vcpu, &config));
	CHECK(hull_cpuid_find(config.cpuid, 1, 0));
	OK(hull_get_msr_index_list(g.sys, &list));
	CHECK_EQ(config.nr_msrs, list->nmsrs);
	for (i = 0; i < config.nr_msrs; i++)
		if (config.msrs[i].index == MSR_KERNEL_GS_BASE)
			break;
	CHECK(i < config.nr_msrs);
	CHECK_EQ(config.msrs[i].data, 10);
	hull_cpu_config_release(&config);
	CHECK(!config.cpuid);
}

/* Each step on another CPU: registers of every kind come along. */
static void test_bind(void)
{
	const unsigned long steps = tap_env("HULL_TEST_MIGRATIONS", 2000);
	cpu_set_t all, one;
	unsigned int cpu = 0;
	uint64_t value;
	struct guest g;
	unsigned long i;

	SYS(sched_getaffinity(0, sizeof(all), &all));
	if (CPU_COUNT(&all) < 2)
		SKIP("this machine has one CPU");
	GUEST(&g, LONG64, state_count);
	for (i = 1; i <= steps; i++) {
		do {
			cpu = (cpu + 1) % CPU_SETSIZE;
		} while (!CPU_ISSET(cpu, &all));
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		SYS(sched_setaffinity(0, sizeof(one), &one));
		check_step(&g, i);
		if (i % 16)
			continue;
		OK(hull_vcpu_get_msr(g.vcpu, MSR_KERNEL_GS_BASE, &value));
		CHECK_EQ(value, i);
	}
}

/* A guest that is no hypervisor has a header and nothing behind it. */
static void test_get_nested_state(void)
{
	struct kvm_nested_state state = { .size = sizeof(state) };
	struct guest g;

	guest_create(&g, LONG64);
	OK(hull_vcpu_get_nested_state(g.vcpu, &state));
	CHECK_EQ(state.size, sizeof(state));
	CHECK_EQ(state.flags & KVM_STATE_NESTED_GUEST_MODE, 0);
	if (host_is_amd()) {
		CHECK_EQ(state.format, KVM_STATE_NESTED_FORMAT_SVM);
		CHECK_EQ(state.flags, KVM_STATE_NESTED_GIF_SET);
	} else {
		CHECK_EQ(state.format, KVM_STATE_NESTED_FORMAT_VMX);
		CHECK_EQ(state.flags, 0);
		CHECK_EQ(state.hdr.vmx.vmxon_pa, -1ULL);
		CHECK_EQ(state.hdr.vmx.vmcs12_pa, -1ULL);
	}
	state = (struct kvm_nested_state) { .size = sizeof(state) - 1, .flags = 0x5555 };
	CHECK_RET(hull_vcpu_get_nested_state(g.vcpu, &state), -E2BIG);
	CHECK_EQ(state.size, sizeof(state));
	CHECK_EQ(state.flags, 0x5555);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_GET_NESTED_STATE, NULL) == -1);
	CHECK_EQ(errno, EFAULT);
}

static void test_set_nested_state(void)
{
	struct kvm_nested_state good = { .size = sizeof(good) }, bad, after;
	struct guest g;

	GUEST(&g, LONG64, state_count);
	OK(hull_vcpu_get_nested_state(g.vcpu, &good));
	OK(hull_vcpu_set_nested_state(g.vcpu, &good));
#define REFUSED(change) \
	do { \
		bad = good; \
		change; \
		CHECK_RET(hull_vcpu_set_nested_state(g.vcpu, &bad), -EINVAL); \
	} while (0)
	REFUSED(bad.size = sizeof(bad) - 1);
	REFUSED(bad.size = 0);
	REFUSED(bad.format ^= 1);
	REFUSED(bad.format = 7);
	REFUSED(bad.flags |= 1 << 15);
	REFUSED(bad.flags |= KVM_STATE_NESTED_GUEST_MODE);
	REFUSED(bad.flags |= KVM_STATE_NESTED_RUN_PENDING);
	if (!host_is_amd())
		REFUSED(bad.hdr.vmx.vmcs12_pa = 0x1000);
#undef REFUSED
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_SET_NESTED_STATE, NULL) == -1);
	CHECK_EQ(errno, EFAULT);
	after = (struct kvm_nested_state) { .size = sizeof(after) };
	OK(hull_vcpu_get_nested_state(g.vcpu, &after));
	CHECK(!memcmp(&good, &after, sizeof(good)));
	check_step(&g, 1);
}

static const struct test tests[] = {
	{ "vcpu_save_state", test_save_state },
	{ "vcpu_restore_state", test_restore_state },
	{ "restored_equals_saved", test_restored_equals_saved },
	{ "vcpu_dump_cpu_config", test_dump_cpu_config },
	{ "vcpu_get_nested_state", test_get_nested_state },
	{ "vcpu_set_nested_state", test_set_nested_state },
	{ "vcpu_bind", test_bind, 600 },
};

TAP_MAIN(tests)
