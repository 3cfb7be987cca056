/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMCS regions and access to the fields of the current one.
 *
 * A region is *active* on the CPU on which it was last made current, which may
 * keep parts of it in caches of its own, until VMCLEAR there.  vmcs->cpu is
 * that CPU, and the region is on that CPU's list, so that the CPU can clear
 * all of them before it leaves VMX operation.
 */
#ifndef HULL_VMX_VMCS_H
#define HULL_VMX_VMCS_H

#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/asm.h>
#include "fields.h"

/**
 * struct vmx_vmcs - a VMCS region and where it is
 * @region: the region, one page
 * @pa: its physical address
 * @cpu: CPU on which it is active, -1: none, it is clear
 * @initialised: VMCLEAR has made a VMCS of what was in memory
 * @launched: VMLAUNCH succeeded since the last VMCLEAR: VMRESUME from now on
 * @active: node in the CPU's list of active regions; changed on that CPU with
 *	interrupts off
 */
struct vmx_vmcs {
	void *region;
	u64 pa;
	int cpu;
	bool initialised;
	bool launched;
	struct list_head active;
};

/**
 * struct vmx_active_regions - of one CPU
 * @list: vmx_vmcs.active
 * @changing: @list is being changed
 */
struct vmx_active_regions {
	struct list_head list;
	bool changing;
};

DECLARE_PER_CPU(struct vmx_active_regions, vmx_active_regions);

/* Physical address of the region that was made current here, ~0: none. */
DECLARE_PER_CPU(u64, vmx_current_vmcs);

/* Then it is active here too, and no other one was loaded since.  Preemption off. */
static inline bool vmx_vmcs_is_current(const struct vmx_vmcs *vmcs)
{
	return this_cpu_read(vmx_current_vmcs) == vmcs->pa;
}

int vmx_vmcs_alloc(struct vmx_vmcs *vmcs);
void vmx_vmcs_free(struct vmx_vmcs *vmcs);
/* Make it current on this CPU; false: none is.  Preemption off, interrupts on. */
bool __must_check vmx_vmcs_load(struct vmx_vmcs *vmcs);
/* VMCLEAR it, on whatever CPU it is active.  Process context. */
void vmx_vmcs_clear(struct vmx_vmcs *vmcs);
/* VMCLEAR it; it is active on this CPU.  Interrupts off. */
void vmx_vmcs_clear_here(struct vmx_vmcs *vmcs);
/* VMCLEAR all that are active on this CPU but @one, NULL: all.  Interrupts off. */
void vmx_vmcs_clear_all_but(const struct vmx_vmcs *one);
/* The same from NMI context, on a CPU that does nothing else any more. */
void vmx_vmcs_clear_all_emergency(void);
void vmx_vmcs_init_cpu(int cpu);

/* One rate-limited line: VMWRITE of @field failed. */
void vmx_vmwrite_failed(u32 field, u64 value);

/*
 * A VMREAD that fails or faults yields 0: the CPU has no current VMCS, because
 * it was taken out of VMX operation for good.
 */
static __always_inline u64 vmx_vmread(u32 field)
{
	u64 value = 0;

	asm volatile("1: vmread %[field], %[value]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [value] "+r" (value)
		     : [field] "r" ((u64)field)
		     : "cc");
	return value;
}

static __always_inline void vmx_vmwrite(u32 field, u64 value)
{
	asm goto("1: vmwrite %[value], %[field]\n"
		 "   jna %l[fail]\n"
		 _ASM_EXTABLE(1b, %l[fault])
		 : : [field] "r" ((u64)field), [value] "rm" (value)
		 : "cc" : fail, fault);
	return;
fail:
	vmx_vmwrite_failed(field, value);
fault:
	return;
}

/*
 * Access by the width of the field.  Using the wrong width for a field does
 * not compile.  The two above are for encodings that a table holds.
 */
#define VMX_ASSERT_WIDTH(name, width)					\
	BUILD_BUG_ON_MSG(VMX_FIELD_WIDTH(VMX_##name) != VMX_WIDTH_##width, \
			 "VMCS field " #name " does not have this width")

#define VMX_ASSERT_WRITABLE(name)					\
	BUILD_BUG_ON_MSG(VMX_FIELD_GROUP(VMX_##name) == VMX_GROUP_EXIT,	\
			 "VMCS field " #name " is read-only")

#define VMX_READ(name, width, type)					\
({									\
	VMX_ASSERT_WIDTH(name, width);					\
	(type)vmx_vmread(VMX_##name);					\
})

#define VMX_WRITE(name, width, type, value)				\
do {									\
	VMX_ASSERT_WIDTH(name, width);					\
	VMX_ASSERT_WRITABLE(name);					\
	vmx_vmwrite(VMX_##name, (type)(value));				\
} while (0)

#define vmcs_read16(name)	VMX_READ(name, 16, u16)
#define vmcs_read32(name)	VMX_READ(name, 32, u32)
#define vmcs_read64(name)	VMX_READ(name, 64, u64)
#define vmcs_readn(name)	VMX_READ(name, N, unsigned long)
#define vmcs_write16(name, v)	VMX_WRITE(name, 16, u16, v)
#define vmcs_write32(name, v)	VMX_WRITE(name, 32, u32, v)
#define vmcs_write64(name, v)	VMX_WRITE(name, 64, u64, v)
#define vmcs_writen(name, v)	VMX_WRITE(name, N, unsigned long, v)

/*
 * The encoding, for a table of fields that is used at run time.  A width that the field
 * does not have does not compile here either.
 */
#define VMX_FIELD_OF(name, width)					\
	((u16)VMX_##name +						\
	 BUILD_BUG_ON_ZERO(VMX_FIELD_WIDTH(VMX_##name) != VMX_WIDTH_##width))

/* Instructions on regions: true when they succeeded. */
static __always_inline bool vmx_vmclear(u64 pa)
{
	asm goto("1: vmclear %[pa]\n"
		 "   jna %l[fail]\n"
		 _ASM_EXTABLE(1b, %l[fail])
		 : : [pa] "m" (pa) : "cc", "memory" : fail);
	return true;
fail:
	return false;
}

static __always_inline bool vmx_vmptrld(u64 pa)
{
	asm goto("1: vmptrld %[pa]\n"
		 "   jna %l[fail]\n"
		 _ASM_EXTABLE(1b, %l[fail])
		 : : [pa] "m" (pa) : "cc", "memory" : fail);
	return true;
fail:
	return false;
}

static __always_inline bool vmx_vmxon(u64 pa)
{
	asm goto("1: vmxon %[pa]\n"
		 "   jna %l[fail]\n"
		 _ASM_EXTABLE(1b, %l[fail])
		 : : [pa] "m" (pa) : "cc", "memory" : fail);
	return true;
fail:
	return false;
}

static __always_inline void vmx_vmxoff(void)
{
	asm volatile("1: vmxoff\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : : "cc", "memory");
}

#endif
