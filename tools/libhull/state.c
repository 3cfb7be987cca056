// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole state of a vCPU, saved and restored through KVM's calls.
 *
 * Order matters in three places. Pending events are read first: until then the
 * kernel may still hold an exception that belongs to them. CPUID is restored
 * first because it decides which other values are valid. Among the MSRs the
 * TSC deadline comes last, for it is compared with the TSC. CR8 is what the run
 * structure says at the next run.
 */
#include <string.h>

#include "internal.h"

#define MSR_IA32_TSC_DEADLINE	0x6e0

static void deadline_last(struct kvm_msr_entry *msrs, unsigned int nr)
{
	struct kvm_msr_entry last;
	unsigned int i;

	for (i = 0; i + 1 < nr; i++) {
		if (msrs[i].index != MSR_IA32_TSC_DEADLINE)
			continue;
		last = msrs[i];
		msrs[i] = msrs[nr - 1];
		msrs[nr - 1] = last;
	}
}

static int save_msrs(const struct hull_sys *sys, const struct hull_vcpu *vcpu,
		     struct hull_vcpu_state *state)
{
	struct kvm_msr_list *list;
	unsigned int i;
	int ret;

	ret = hull_get_msr_index_list(sys, &list);
	if (ret)
		return ret;
	state->msrs = calloc(list->nmsrs, sizeof(*state->msrs));
	if (!state->msrs && list->nmsrs) {
		hull_free(list);
		return -ENOMEM;
	}
	state->nr_msrs = list->nmsrs;
	for (i = 0; i < list->nmsrs; i++)
		state->msrs[i].index = list->indices[i];
	hull_free(list);
	return hull_vcpu_get_msrs(vcpu, state->msrs, state->nr_msrs, NULL);
}

static int save_registers(const struct hull_vcpu *vcpu, struct hull_vcpu_state *state)
{
	int ret;

	ret = hull_vcpu_get_interrupt_state(vcpu, &state->events);
	if (!ret)
		ret = hull_vcpu_get_mp_state(vcpu, &state->mp_state);
	if (!ret)
		ret = hull_vcpu_get_regs(vcpu, &state->regs);
	if (!ret)
		ret = hull_vcpu_get_sregs(vcpu, &state->sregs);
	if (!ret)
		ret = hull_vcpu_get_xsave(vcpu, state->xsave, state->xsave_size);
	if (!ret)
		ret = hull_vcpu_get_xcrs(vcpu, &state->xcrs);
	if (!ret)
		ret = hull_vcpu_get_debugregs(vcpu, &state->debugregs);
	return ret;
}

HULL_PUBLIC int hull_vcpu_save_state(const struct hull_sys *sys,
				     const struct hull_vm *vm,
				     const struct hull_vcpu *vcpu,
				     struct hull_vcpu_state *state)
{
	int ret;

	memset(state, 0, sizeof(*state));
	state->xsave_size = hull_vm_xsave_size(vm);
	state->xsave = calloc(1, state->xsave_size);
	if (!state->xsave)
		return -ENOMEM;
	ret = save_registers(vcpu, state);
	if (!ret)
		ret = hull_vcpu_get_cpuid(vcpu, &state->cpuid);
	if (!ret)
		ret = save_msrs(sys, vcpu, state);
	if (ret) {
		hull_vcpu_state_release(state);
		return ret;
	}
	/* A host without a stable TSC has no frequency to report. */
	ret = hull_vcpu_get_tsc_khz(vcpu);
	state->tsc_khz = ret > 0 ? ret : 0;
	return 0;
}

HULL_PUBLIC int hull_vcpu_restore_state(const struct hull_vcpu *vcpu,
					const struct hull_vcpu_state *state)
{
	struct kvm_msr_entry *msrs;
	int ret;

	msrs = calloc(state->nr_msrs ? state->nr_msrs : 1, sizeof(*msrs));
	if (!msrs)
		return -ENOMEM;
	memcpy(msrs, state->msrs, state->nr_msrs * sizeof(*msrs));
	deadline_last(msrs, state->nr_msrs);

	ret = hull_vcpu_set_cpuid(vcpu, state->cpuid);
	if (!ret && state->tsc_khz &&
	    hull_vcpu_is_tsc_scaling_required(vcpu, state->tsc_khz) == 1)
		ret = hull_vcpu_set_tsc_khz(vcpu, state->tsc_khz);
	if (!ret)
		ret = hull_vcpu_set_mp_state(vcpu, state->mp_state);
	if (!ret)
		ret = hull_vcpu_set_sregs(vcpu, &state->sregs);
	if (!ret) {
		vcpu->run->cr8 = state->sregs.cr8;
		ret = hull_vcpu_set_msrs(vcpu, msrs, state->nr_msrs, NULL);
	}
	/* A host without XSAVE has none, and does not know the call. */
	if (!ret && state->xcrs.nr_xcrs)
		ret = hull_ioctl(vcpu->fd, KVM_SET_XCRS, (void *)&state->xcrs);
	if (!ret)
		ret = hull_vcpu_set_xsave(vcpu, state->xsave, state->xsave_size);
	if (!ret)
		ret = hull_vcpu_set_debugregs(vcpu, &state->debugregs);
	if (!ret)
		ret = hull_vcpu_set_regs(vcpu, &state->regs);
	if (!ret)
		ret = hull_vcpu_set_interrupt_state(vcpu, &state->events);
	free(msrs);
	return ret;
}

HULL_PUBLIC void hull_vcpu_state_release(struct hull_vcpu_state *state)
{
	free(state->xsave);
	free(state->msrs);
	hull_free(state->cpuid);
	memset(state, 0, sizeof(*state));
}

/* A register that the list names but that refuses to be read is left out. */
HULL_PUBLIC int hull_vcpu_dump_cpu_config(const struct hull_sys *sys,
					  const struct hull_vcpu *vcpu,
					  struct hull_cpu_config *config)
{
	struct kvm_msr_list *list;
	unsigned int i;
	int ret;

	memset(config, 0, sizeof(*config));
	ret = hull_vcpu_get_cpuid(vcpu, &config->cpuid);
	if (ret)
		return ret;
	ret = hull_get_msr_index_list(sys, &list);
	if (ret)
		goto err;
	config->msrs = calloc(list->nmsrs ? list->nmsrs : 1, sizeof(*config->msrs));
	if (!config->msrs) {
		ret = -ENOMEM;
		goto err_list;
	}
	for (i = 0; i < list->nmsrs; i++) {
		struct kvm_msr_entry *entry = &config->msrs[config->nr_msrs];

		entry->index = list->indices[i];
		ret = hull_vcpu_get_msr(vcpu, entry->index, (uint64_t *)&entry->data);
		if (!ret)
			config->nr_msrs++;
		else if (ret != -ENOENT)
			goto err_list;
	}
	hull_free(list);
	return 0;

err_list:
	hull_free(list);
err:
	hull_cpu_config_release(config);
	return ret;
}

HULL_PUBLIC void hull_cpu_config_release(struct hull_cpu_config *config)
{
	hull_free(config->cpuid);
	free(config->msrs);
	memset(config, 0, sizeof(*config));
}
