// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_CHECK_EXTENSION: one row for each capability that is there.  What has no
 * row is not there and answers 0.
 */
#include <linux/kernel.h>
#include <linux/kvm.h>
#include "backend.h"
#include "compat/kvm_abi.h"
#include "cpu/debug.h"
#include "cpu/tsc.h"
#include "cpu/xstate.h"
#include "ioctl.h"
#include "vm.h"

/*
 * QEMU asks for GSI routing in every mode, also with all interrupt chips in
 * user space.  As with KVM the number says how long a table may be;
 * KVM_SET_GSI_ROUTING without a chip in the kernel answers EINVAL.
 */
#define MAX_GSI_ROUTES	4096

struct cap {
	unsigned int nr;
	int value;
	int (*fn)(void);
};

static int xsave2(void)
{
	return hull_xsave_size(NULL);
}

static int tsc_control(void)
{
	return hull_backend->caps->tsc_ratio_bits != 0;
}

static const struct cap caps[] = {
	{ KVM_CAP_USER_MEMORY, 1 },
	{ KVM_CAP_USER_MEMORY2, 1 },
	{ KVM_CAP_DESTROY_MEMORY_REGION_WORKS, 1 },
	{ KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, 1 },
	{ KVM_CAP_SYNC_MMU, 1 },
	{ KVM_CAP_READONLY_MEM, 1 },
	{ KVM_CAP_NR_MEMSLOTS, HULL_MAX_SLOTS },
	{ KVM_CAP_NR_VCPUS, 16 },
	{ KVM_CAP_MAX_VCPUS, HULL_MAX_VCPUS },
	{ KVM_CAP_MAX_VCPU_ID, HULL_MAX_VCPU_ID },
	{ KVM_CAP_SET_BOOT_CPU_ID, 1 },
	{ KVM_CAP_CHECK_EXTENSION_VM, 1 },
	{ KVM_CAP_ENABLE_CAP, 1 },
	{ KVM_CAP_ENABLE_CAP_VM, 1 },
	{ KVM_CAP_IRQ_ROUTING, MAX_GSI_ROUTES },
	{ KVM_CAP_SET_TSS_ADDR, 1 },
	{ KVM_CAP_SET_IDENTITY_MAP_ADDR, 1 },
	{ KVM_CAP_EXT_CPUID, 1 },
	{ KVM_CAP_EXT_EMUL_CPUID, 1 },
	{ KVM_CAP_MP_STATE, 1 },
	{ KVM_CAP_HLT, 1 },
	{ KVM_CAP_USER_NMI, 1 },
	{ KVM_CAP_IMMEDIATE_EXIT, 1 },
	{ KVM_CAP_VCPU_EVENTS, 1 },
	{ KVM_CAP_DEBUGREGS, 1 },
	{ KVM_CAP_XSAVE, 1 },
	{ KVM_CAP_XSAVE2, 0, xsave2 },
	{ KVM_CAP_XCRS, 1 },
	{ KVM_CAP_SREGS2, 1 },
	{ KVM_CAP_SYNC_REGS, KVM_SYNC_X86_VALID_FIELDS },
	{ KVM_CAP_SET_GUEST_DEBUG, 1 },
	{ KVM_CAP_SET_GUEST_DEBUG2, HULL_GUESTDBG_VALID },
	/* Steps go on when registers, and RFLAGS among them, are set. */
	{ KVM_CAP_X86_ROBUST_SINGLESTEP, 1 },
	{ KVM_CAP_GET_TSC_KHZ, 1 },
	{ KVM_CAP_TSC_CONTROL, 0, tsc_control },
	{ KVM_CAP_VM_TSC_CONTROL, 0, tsc_control },
	{ KVM_CAP_GET_MSR_FEATURES, 1 },
	{ KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
	  KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET },
	{ KVM_CAP_VCPU_ATTRIBUTES, 1 },
	{ KVM_CAP_INTERNAL_ERROR_DATA, 1 },
};

long hull_check_extension(unsigned long cap)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caps); i++)
		if (caps[i].nr == cap)
			return caps[i].fn ? caps[i].fn() : caps[i].value;
	return 0;
}
