/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libhull: a thin C library over /dev/hull.
 *
 * Conventions, for every function that returns int unless it says otherwise:
 * zero or a non-negative result is success, a negative one is an errno value
 * with its sign changed. Each ioctl's own errors are passed through; the
 * "Return" paragraphs name those a caller is likely to act on. Addresses and
 * sizes are in bytes, frequencies in kHz, time-stamp counters in ticks.
 *
 * Handles own one descriptor each. They may be closed in any order: the kernel
 * keeps what is still referenced. A handle has no lock; use one vCPU's handle
 * from one thread at a time, except where a function says otherwise.
 *
 * "Source" names the interface that defines the behaviour: the ioctl of the
 * KVM API documentation (Documentation/virt/kvm/api.rst in the kernel source),
 * a system call, or a manual. A function without one is the library's own: it asks
 * nothing of the kernel, and its description is all that defines it.
 */
#ifndef HULL_LIBHULL_H
#define HULL_LIBHULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/kvm.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Kernel headers before 6.8 lack the second form of the memory-region call.
 * The numbers are the ABI's.
 */
#ifndef KVM_SET_USER_MEMORY_REGION2
struct kvm_userspace_memory_region2 {
	__u32 slot;
	__u32 flags;
	__u64 guest_phys_addr;
	__u64 memory_size;
	__u64 userspace_addr;
	__u64 guest_memfd_offset;
	__u32 guest_memfd;
	__u32 pad1;
	__u64 pad2[14];
};
#define KVM_SET_USER_MEMORY_REGION2 \
	_IOW(KVMIO, 0x49, struct kvm_userspace_memory_region2)
#define KVM_CAP_USER_MEMORY2	231
#endif

/* Device opened when neither an argument nor the environment names one. */
#define HULL_DEFAULT_DEVICE	"/dev/hull"

/* Most MSRs that one KVM_GET_MSRS or KVM_SET_MSRS takes. */
#define HULL_MSR_CHUNK		255

/* Frequencies closer than this, in parts per million, need no scaling. */
#define HULL_TSC_TOLERANCE_PPM	250

struct hull_sys;
struct hull_vm;
struct hull_vcpu;
struct hull_bus;

/* ---- The system: sys.c ------------------------------------------------- */

/**
 * hull_open - open the device
 * @device: path, or NULL for $HULL_DEVICE, or without it HULL_DEFAULT_DEVICE
 * @out: the handle, to be closed with hull_close()
 *
 * Return: 0; -ENOTSUP when the API version is not 12; open(2)'s errors.
 * Source: KVM_GET_API_VERSION
 */
int hull_open(const char *device, struct hull_sys **out);

/**
 * hull_close - close the device
 * @sys: handle, or NULL
 *
 * VMs created through @sys live on.
 *
 * Source: close(2)
 */
void hull_close(struct hull_sys *sys);

/**
 * hull_sys_fd - descriptor of a handle
 * @sys: system handle, which keeps owning the descriptor
 *
 * Return: the descriptor.
 */
int hull_sys_fd(const struct hull_sys *sys);

/**
 * hull_get_api_version - version of the ABI
 * @sys: system handle
 *
 * Return: 12.
 * Source: KVM_GET_API_VERSION
 */
int hull_get_api_version(const struct hull_sys *sys);

/**
 * hull_check_capability - ask for a capability of the device
 * @sys: system handle
 * @cap: KVM_CAP_*
 *
 * Return: 0 when absent or unknown, else 1 or the capability's own value.
 * Source: KVM_CHECK_EXTENSION
 */
int hull_check_capability(const struct hull_sys *sys, unsigned int cap);

/**
 * hull_get_vcpu_mmap_size - size of a vCPU's shared area
 * @sys: system handle
 *
 * Return: bytes, a multiple of the page size.
 * Source: KVM_GET_VCPU_MMAP_SIZE
 */
int hull_get_vcpu_mmap_size(const struct hull_sys *sys);

/**
 * hull_get_supported_cpuid - CPUID entries that the device can present
 * @sys: system handle
 * @out: the list, to be freed with hull_free()
 *
 * Return: 0; -ENOMEM.
 * Source: KVM_GET_SUPPORTED_CPUID
 */
int hull_get_supported_cpuid(const struct hull_sys *sys, struct kvm_cpuid2 **out);

/**
 * hull_get_emulated_cpuid - CPUID features served by emulation alone
 * @sys: system handle
 * @out: the list, to be freed with hull_free()
 *
 * Return: 0; -ENOMEM.
 * Source: KVM_GET_EMULATED_CPUID
 */
int hull_get_emulated_cpuid(const struct hull_sys *sys, struct kvm_cpuid2 **out);

/**
 * hull_cpuid_find - look an entry up in a list
 * @list: list
 * @function: leaf
 * @index: subleaf, ignored for leaves without any
 *
 * Return: the entry, or NULL.
 * Source: KVM_SET_CPUID2, KVM_CPUID_FLAG_SIGNIFCANT_INDEX
 */
const struct kvm_cpuid_entry2 *hull_cpuid_find(const struct kvm_cpuid2 *list,
					       uint32_t function, uint32_t index);

/**
 * hull_get_guest_phys_addr_bits - width of guest-physical addresses
 * @sys: system handle
 *
 * Return: bits.
 * Source: AMD APM vol. 3, CPUID Fn8000_0008_EAX
 */
int hull_get_guest_phys_addr_bits(const struct hull_sys *sys);

/**
 * hull_get_msr_index_list - MSRs that make up a vCPU's state
 * @sys: system handle
 * @out: the list, to be freed with hull_free()
 *
 * Return: 0; -ENOMEM.
 * Source: KVM_GET_MSR_INDEX_LIST
 */
int hull_get_msr_index_list(const struct hull_sys *sys, struct kvm_msr_list **out);

/**
 * hull_get_msr_feature_index_list - MSRs that describe features of the host
 * @sys: system handle
 * @out: the list, to be freed with hull_free()
 *
 * Return: 0; -ENOMEM.
 * Source: KVM_GET_MSR_FEATURE_INDEX_LIST
 */
int hull_get_msr_feature_index_list(const struct hull_sys *sys,
				    struct kvm_msr_list **out);

/**
 * hull_get_feature_msr - read a feature MSR
 * @sys: system handle
 * @index: MSR number
 * @value: its value
 *
 * Return: 0; -ENOENT when the device does not serve @index.
 * Source: KVM_GET_MSRS on the system descriptor
 */
int hull_get_feature_msr(const struct hull_sys *sys, uint32_t index, uint64_t *value);

/**
 * hull_free - free a list that libhull allocated
 * @list: list, or NULL
 */
void hull_free(void *list);

/* ---- Virtual machines: vm.c -------------------------------------------- */

/**
 * hull_vm_create - create a VM
 * @sys: system handle
 * @out: the handle, to be closed with hull_vm_close()
 *
 * The VM belongs to the calling process's address space; calls from another
 * one answer -EIO.
 *
 * Return: 0; -ENOMEM; -EBUSY when another hypervisor holds the CPU.
 * Source: KVM_CREATE_VM
 */
int hull_vm_create(const struct hull_sys *sys, struct hull_vm **out);

/**
 * hull_vm_try_clone - a second handle on the same VM
 * @vm: VM
 * @out: the new handle, which shares the table of memory regions
 *
 * Return: 0; -EMFILE; -ENOMEM.
 * Source: fcntl(2), F_DUPFD_CLOEXEC
 */
int hull_vm_try_clone(const struct hull_vm *vm, struct hull_vm **out);

/**
 * hull_vm_close - close a handle
 * @vm: handle, or NULL
 *
 * The VM goes with the last of its handles, vCPUs and mappings. Memory behind
 * the slots is the caller's and stays.
 *
 * Source: close(2)
 */
void hull_vm_close(struct hull_vm *vm);

/**
 * hull_vm_fd - descriptor of a handle
 * @vm: VM handle, which keeps owning the descriptor
 *
 * Return: the descriptor.
 */
int hull_vm_fd(const struct hull_vm *vm);

/**
 * hull_vm_check_capability - ask for a capability of this VM
 * @vm: VM
 * @cap: KVM_CAP_*
 *
 * Return: 0 when absent or unknown, else 1 or the capability's own value.
 * Source: KVM_CHECK_EXTENSION
 */
int hull_vm_check_capability(const struct hull_vm *vm, unsigned int cap);

/**
 * hull_vm_enable_capability - switch a capability on
 * @vm: VM
 * @cap: KVM_CAP_*
 * @flags: must be 0 unless the capability says otherwise
 * @args: its four arguments, or NULL for zeros
 *
 * Return: 0; -EINVAL for an unknown capability or argument.
 * Source: KVM_ENABLE_CAP
 */
int hull_vm_enable_capability(const struct hull_vm *vm, uint32_t cap, uint32_t flags,
			      const uint64_t args[4]);

/**
 * hull_vm_set_tss_addr - reserve three pages for a task-state segment
 * @vm: VM
 * @gpa: guest-physical address below 4 GiB, free of memory regions
 *
 * Return: 0; -EINVAL when the pages would pass 4 GiB.
 * Source: KVM_SET_TSS_ADDR
 */
int hull_vm_set_tss_addr(const struct hull_vm *vm, uint32_t gpa);

/**
 * hull_vm_set_identity_map_addr - reserve a page for an identity map
 * @vm: VM
 * @gpa: guest-physical address, or 0 for the default
 *
 * Return: 0; -EINVAL once a vCPU exists.
 * Source: KVM_SET_IDENTITY_MAP_ADDR
 */
int hull_vm_set_identity_map_addr(const struct hull_vm *vm, uint64_t gpa);

/**
 * hull_vm_set_boot_cpu_id - choose the bootstrap processor
 * @vm: VM without vCPUs
 * @id: id of the vCPU whose APIC base will say so
 *
 * Return: 0; -EBUSY once a vCPU exists; -EINVAL above KVM_CAP_MAX_VCPU_ID's value.
 * Source: KVM_SET_BOOT_CPU_ID
 */
int hull_vm_set_boot_cpu_id(const struct hull_vm *vm, uint32_t id);

/**
 * hull_vm_get_tsc_khz - TSC frequency of vCPUs that are created next
 * @vm: VM
 *
 * Return: kHz.
 * Source: KVM_GET_TSC_KHZ on a VM
 */
int hull_vm_get_tsc_khz(const struct hull_vm *vm);

/**
 * hull_vm_set_tsc_khz - set the TSC frequency of vCPUs that are created next
 * @vm: VM with KVM_CAP_VM_TSC_CONTROL
 * @khz: frequency, or 0 for the host's
 *
 * Return: 0; -EINVAL when the CPU cannot scale that far.
 * Source: KVM_SET_TSC_KHZ on a VM
 */
int hull_vm_set_tsc_khz(const struct hull_vm *vm, uint32_t khz);

/* ---- Guest memory: mem.c ----------------------------------------------- */

/**
 * struct hull_region - a memory region of a VM
 * @slot: slot number
 * @flags: KVM_MEM_*
 * @gpa: first guest-physical address
 * @size: size
 * @hva: address in this process
 */
struct hull_region {
	uint32_t slot;
	uint32_t flags;
	uint64_t gpa;
	uint64_t size;
	void *hva;
};

/**
 * hull_vm_set_user_memory_region - the bare call
 * @vm: VM
 * @region: slot, flags, addresses and size
 *
 * Regions set this way are unknown to the functions that take a slot number
 * below and to hull_vm_get_memory().
 *
 * Return: 0; -EINVAL; -EEXIST when the range overlaps another slot's.
 * Source: KVM_SET_USER_MEMORY_REGION
 */
int hull_vm_set_user_memory_region(const struct hull_vm *vm,
				   const struct kvm_userspace_memory_region *region);

/**
 * hull_vm_set_user_memory_region2 - the bare call in its extended form
 * @vm: VM
 * @region: as above, and a guest memory file where the flags say so
 *
 * Return: as hull_vm_set_user_memory_region(); -ENOTTY where KVM lacks it.
 * Source: KVM_SET_USER_MEMORY_REGION2
 */
int hull_vm_set_user_memory_region2(const struct hull_vm *vm,
				    const struct kvm_userspace_memory_region2 *region);

/**
 * hull_vm_add_memory_region - give the guest memory
 * @vm: VM
 * @gpa: guest-physical address, page-aligned
 * @hva: page-aligned mapping of this process; it stays the caller's
 * @size: size, a multiple of the page size, not 0
 * @flags: KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY or 0
 *
 * Return: the slot number; -EINVAL; -EEXIST when the range overlaps.
 * Source: KVM_SET_USER_MEMORY_REGION
 */
int hull_vm_add_memory_region(const struct hull_vm *vm, uint64_t gpa, void *hva,
			      uint64_t size, uint32_t flags);

/**
 * hull_vm_remove_memory_region - take memory away
 * @vm: VM
 * @slot: slot number from hull_vm_add_memory_region()
 *
 * From the return on, an access of any vCPU is an MMIO exit.
 *
 * Return: 0; -ENOENT when there is no such slot.
 * Source: KVM_SET_USER_MEMORY_REGION, size 0
 */
int hull_vm_remove_memory_region(const struct hull_vm *vm, uint32_t slot);

/**
 * hull_vm_set_memory_region_flags - change the flags of a live region
 * @vm: VM
 * @slot: slot number
 * @flags: the new flags
 *
 * Return: 0; -ENOENT; -EINVAL when KVM_MEM_READONLY would change.
 * Source: KVM_SET_USER_MEMORY_REGION
 */
int hull_vm_set_memory_region_flags(const struct hull_vm *vm, uint32_t slot,
				    uint32_t flags);

/**
 * hull_vm_get_memory - list the regions
 * @vm: VM
 * @regions: room for @max regions
 * @max: number of regions that fit
 *
 * Return: the number of regions, of which at most @max were written.
 */
int hull_vm_get_memory(const struct hull_vm *vm, struct hull_region *regions,
		       unsigned int max);

/**
 * hull_vm_gpa_to_hva - where guest memory lies in this process
 * @vm: VM
 * @gpa: guest-physical address
 * @size: bytes that must lie in the same region
 *
 * Return: the address, or NULL.
 */
void *hull_vm_gpa_to_hva(const struct hull_vm *vm, uint64_t gpa, uint64_t size);

/**
 * hull_vm_get_dirty_log - pages written since the last call
 * @vm: VM
 * @slot: slot with KVM_MEM_LOG_DIRTY_PAGES
 * @bitmap: one bit per page, rounded up to 64 bits
 *
 * Return: 0; -ENOENT when the slot is absent or not logged.
 * Source: KVM_GET_DIRTY_LOG
 */
int hull_vm_get_dirty_log(const struct hull_vm *vm, uint32_t slot, void *bitmap);

/**
 * hull_vm_clear_dirty_log - protect pages again after reading the log
 * @vm: VM with KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 enabled
 * @slot: slot
 * @first_page: first page, a multiple of 64
 * @num_pages: pages, a multiple of 64 unless they end the slot
 * @bitmap: the bits to clear
 *
 * Return: 0; -EINVAL; -ENOENT.
 * Source: KVM_CLEAR_DIRTY_LOG
 */
int hull_vm_clear_dirty_log(const struct hull_vm *vm, uint32_t slot,
			    uint64_t first_page, uint32_t num_pages, void *bitmap);

/**
 * hull_vm_msync_memory_region - write file-backed memory to its file
 * @vm: VM
 * @slot: slot number
 * @offset: offset in the slot, page-aligned
 * @size: bytes
 *
 * Return: 0; -ENOENT; -EINVAL when the range leaves the slot; msync(2)'s.
 * Source: msync(2), MS_SYNC
 */
int hull_vm_msync_memory_region(const struct hull_vm *vm, uint32_t slot,
				uint64_t offset, uint64_t size);

/**
 * hull_vm_madvise_pageout_memory_region - page memory out
 * @vm: VM
 * @slot: slot number
 * @offset: offset in the slot, page-aligned
 * @size: bytes
 *
 * Return: 0; -ENOENT; -EINVAL; madvise(2)'s.
 * Source: madvise(2), MADV_PAGEOUT
 */
int hull_vm_madvise_pageout_memory_region(const struct hull_vm *vm, uint32_t slot,
					  uint64_t offset, uint64_t size);

/**
 * hull_vm_madvise_remove_memory_region - free memory and what it holds
 * @vm: VM
 * @slot: slot number
 * @offset: offset in the slot, page-aligned
 * @size: bytes
 *
 * Anonymous and shared memory reads as zeros afterwards.
 *
 * Return: 0; -ENOENT; -EINVAL; madvise(2)'s.
 * Source: madvise(2), MADV_REMOVE, and MADV_DONTNEED for private memory
 */
int hull_vm_madvise_remove_memory_region(const struct hull_vm *vm, uint32_t slot,
					 uint64_t offset, uint64_t size);

/**
 * hull_vm_add_fd_mapping - map a file over a part of a region
 * @vm: VM
 * @slot: slot number
 * @offset: offset in the slot, page-aligned
 * @size: bytes
 * @fd: file
 * @fd_offset: offset in the file, page-aligned
 * @prot: PROT_* of mmap(2)
 *
 * Return: 0; -ENOENT; -EINVAL; mmap(2)'s.
 * Source: mmap(2), MAP_FIXED
 */
int hull_vm_add_fd_mapping(const struct hull_vm *vm, uint32_t slot, uint64_t offset,
			   uint64_t size, int fd, uint64_t fd_offset, int prot);

/**
 * hull_vm_remove_mapping - take the mapping behind a part of a region away
 * @vm: VM
 * @slot: slot number
 * @offset: offset in the slot, page-aligned
 * @size: bytes
 *
 * The addresses stay reserved. A guest access there makes hull_vcpu_run()
 * answer -EFAULT.
 *
 * Return: 0; -ENOENT; -EINVAL; mmap(2)'s.
 * Source: mmap(2), PROT_NONE and MAP_FIXED
 */
int hull_vm_remove_mapping(const struct hull_vm *vm, uint32_t slot, uint64_t offset,
			   uint64_t size);

/**
 * enum hull_balloon_event - what a balloon did
 * @HULL_BALLOON_INFLATE: the guest gave pages up
 * @HULL_BALLOON_DEFLATE: the guest takes pages back
 */
enum hull_balloon_event {
	HULL_BALLOON_INFLATE,
	HULL_BALLOON_DEFLATE,
};

/**
 * hull_vm_handle_balloon_event - follow a balloon
 * @vm: VM
 * @event: what it did
 * @gpa: first guest-physical address, page-aligned
 * @size: bytes, within one region
 *
 * Inflated pages go back to the host at once; deflated ones hold zeros.
 *
 * Return: 0; -EFAULT when the range is not in one region; madvise(2)'s.
 * Source: madvise(2)
 */
int hull_vm_handle_balloon_event(const struct hull_vm *vm,
				 enum hull_balloon_event event, uint64_t gpa,
				 uint64_t size);

/**
 * hull_vm_handle_io_events - serve registered I/O events
 * @vm: VM
 *
 * They are signalled by the kernel without leaving it, so that there is never
 * anything to do. For code written against an interface that asks for it.
 *
 * Return: 0.
 */
static inline int hull_vm_handle_io_events(const struct hull_vm *vm)
{
	(void)vm;
	return 0;
}

/* ---- vCPUs: vcpu.c ----------------------------------------------------- */

/**
 * hull_vcpu_create - create a vCPU and map its shared area
 * @vm: VM
 * @id: number of the vCPU, its APIC id
 * @out: the handle, to be closed with hull_vcpu_close()
 *
 * Return: 0; -EEXIST for a duplicate id; -EINVAL for one too large.
 * Source: KVM_CREATE_VCPU
 */
int hull_vcpu_create(const struct hull_vm *vm, uint32_t id, struct hull_vcpu **out);

/**
 * hull_vcpu_close - close a handle
 * @vcpu: handle, or NULL
 *
 * Source: close(2), munmap(2)
 */
void hull_vcpu_close(struct hull_vcpu *vcpu);

/**
 * hull_vcpu_fd - descriptor of a handle
 * @vcpu: vCPU handle, which keeps owning the descriptor
 *
 * Return: the descriptor.
 */
int hull_vcpu_fd(const struct hull_vcpu *vcpu);

/**
 * hull_vcpu_id - number of a vCPU
 * @vcpu: vCPU
 *
 * Return: the id given to hull_vcpu_create().
 */
uint32_t hull_vcpu_id(const struct hull_vcpu *vcpu);

/**
 * hull_vcpu_run_area - the area shared with the kernel
 * @vcpu: vCPU
 *
 * Return: the area, valid until hull_vcpu_close().
 * Source: struct kvm_run
 */
struct kvm_run *hull_vcpu_run_area(const struct hull_vcpu *vcpu);

/**
 * hull_vcpu_run - run the guest until something needs user space
 * @vcpu: vCPU
 *
 * Completes the I/O of the last exit first. Offers the next vector queued with
 * hull_vcpu_inject_interrupt() when the guest can take one.
 *
 * Return: KVM_EXIT_*; -EINTR after a signal or with immediate_exit set;
 * -EFAULT when memory behind a slot is gone.
 * Source: KVM_RUN
 */
int hull_vcpu_run(struct hull_vcpu *vcpu);

/**
 * hull_vcpu_set_immediate_exit - make the next hull_vcpu_run() return at once
 * @vcpu: vCPU; may be called from any thread
 * @on: whether to
 *
 * The I/O of the last exit is still completed.
 *
 * Source: kvm_run.immediate_exit
 */
void hull_vcpu_set_immediate_exit(struct hull_vcpu *vcpu, bool on);

/**
 * hull_vcpu_enable_raw_capability - switch a capability on, for one vCPU
 * @vcpu: vCPU
 * @cap: KVM_CAP_*
 * @flags: must be 0 unless the capability says otherwise
 * @args: its four arguments, or NULL for zeros
 *
 * Return: 0; -EINVAL for an unknown capability or argument.
 * Source: KVM_ENABLE_CAP
 */
int hull_vcpu_enable_raw_capability(const struct hull_vcpu *vcpu, uint32_t cap,
				    uint32_t flags, const uint64_t args[4]);

/**
 * struct hull_access - one access of the guest to a device
 * @address: guest-physical address or port number
 * @data: the bytes written, or room for those read
 * @size: number of bytes, 1 to 8
 * @write: direction
 */
struct hull_access {
	uint64_t address;
	void *data;
	uint32_t size;
	bool write;
};

/**
 * typedef hull_access_fn - answers an access
 * @opaque: as given along with the function
 * @access: the access; for a read, fill @access->data
 *
 * Return: 0, or a negative errno value, which ends the dispatch.
 */
typedef int hull_access_fn(void *opaque, const struct hull_access *access);

/**
 * hull_vcpu_handle_mmio - answer a KVM_EXIT_MMIO
 * @vcpu: vCPU whose last exit it was
 * @fn: called once
 * @opaque: passed to @fn
 *
 * Return: what @fn returned; -EINVAL when the last exit was another one.
 * Source: KVM_EXIT_MMIO
 */
int hull_vcpu_handle_mmio(struct hull_vcpu *vcpu, hull_access_fn *fn, void *opaque);

/**
 * hull_vcpu_handle_io - answer a KVM_EXIT_IO
 * @vcpu: vCPU whose last exit it was
 * @fn: called for each element of a string access, in order
 * @opaque: passed to @fn
 *
 * Return: 0; the first error of @fn; -EINVAL when the last exit was another.
 * Source: KVM_EXIT_IO
 */
int hull_vcpu_handle_io(struct hull_vcpu *vcpu, hull_access_fn *fn, void *opaque);

/**
 * hull_vcpu_set_pio_bus - choose the bus of hull_vcpu_dispatch_io()
 * @vcpu: vCPU
 * @bus: bus, which must outlive its use, or NULL
 */
void hull_vcpu_set_pio_bus(struct hull_vcpu *vcpu, struct hull_bus *bus);

/**
 * hull_vcpu_dispatch_io - answer a KVM_EXIT_IO from the port-I/O bus
 * @vcpu: vCPU whose last exit it was
 *
 * Return: 0; -ENODEV without a bus; -ENXIO when no range holds the port;
 * -EINVAL when the last exit was another one.
 * Source: KVM_EXIT_IO
 */
int hull_vcpu_dispatch_io(struct hull_vcpu *vcpu);

/**
 * hull_vcpu_get_mp_state - read the multiprocessing state
 * @vcpu: vCPU
 * @state: KVM_MP_STATE_*
 *
 * Return: 0.
 * Source: KVM_GET_MP_STATE
 */
int hull_vcpu_get_mp_state(const struct hull_vcpu *vcpu, uint32_t *state);

/**
 * hull_vcpu_set_mp_state - set the multiprocessing state
 * @vcpu: vCPU
 * @state: KVM_MP_STATE_*
 *
 * Return: 0; -EINVAL for states that need an in-kernel local APIC without it.
 * Source: KVM_SET_MP_STATE
 */
int hull_vcpu_set_mp_state(const struct hull_vcpu *vcpu, uint32_t state);

/**
 * hull_vcpu_translate - walk the guest's page tables
 * @vcpu: vCPU
 * @gva: guest-virtual address
 * @out: physical address and whether it is valid
 *
 * Return: 0, also when @gva is not mapped.
 * Source: KVM_TRANSLATE
 */
int hull_vcpu_translate(const struct hull_vcpu *vcpu, uint64_t gva,
			struct kvm_translation *out);

/**
 * hull_vcpu_set_signal_mask - signals blocked while the guest runs
 * @vcpu: vCPU
 * @mask: the kernel's 64-bit signal set, or NULL for the thread's own
 *
 * Return: 0.
 * Source: KVM_SET_SIGNAL_MASK
 */
int hull_vcpu_set_signal_mask(const struct hull_vcpu *vcpu, const uint64_t *mask);

/* ---- Kicking a vCPU: kick.c -------------------------------------------- */

/**
 * struct hull_kick - what it takes to kick a vCPU; no memory to free
 * @immediate_exit: flag in the vCPU's shared area
 * @pid: process
 * @tid: thread that runs the vCPU
 * @signo: signal sent to it
 */
struct hull_kick {
	volatile __u8 *immediate_exit;
	pid_t pid;
	pid_t tid;
	int signo;
};

/**
 * hull_kick_install - install an empty handler for the kick signal
 * @signo: signal that the process uses for nothing else
 *
 * Return: 0; -EINVAL.
 * Source: sigaction(2)
 */
int hull_kick_install(int signo);

/**
 * hull_vcpu_signal_handle - prepare kicks of a vCPU
 * @vcpu: vCPU
 * @signo: signal with a handler, not blocked in the calling thread
 * @kick: filled in
 *
 * To be called by the thread that runs the vCPU. @kick may be copied and is
 * valid until the vCPU is closed or the thread ends.
 *
 * Source: kvm_run.immediate_exit, gettid(2)
 */
void hull_vcpu_signal_handle(const struct hull_vcpu *vcpu, int signo,
			     struct hull_kick *kick);

/**
 * hull_kick - bring a vCPU out of the guest
 * @kick: from hull_vcpu_signal_handle()
 *
 * Async-signal-safe, from any thread of the process. The present or the next
 * hull_vcpu_run() answers -EINTR, until the vCPU's thread has called
 * hull_vcpu_set_immediate_exit(vcpu, false). Clear it before looking for the
 * reason of the kick, and none is lost.
 *
 * Return: 0; -ESRCH when the thread has ended.
 * Source: kvm_run.immediate_exit, tgkill(2)
 */
int hull_kick(const struct hull_kick *kick);

/* ---- A bus of address ranges: bus.c ------------------------------------ */

/**
 * hull_bus_create - make an empty bus
 * @out: the bus, to be freed with hull_bus_destroy()
 *
 * Return: 0; -ENOMEM.
 */
int hull_bus_create(struct hull_bus **out);

/**
 * hull_bus_destroy - free a bus
 * @bus: bus, or NULL
 */
void hull_bus_destroy(struct hull_bus *bus);

/**
 * hull_bus_add - put a device on the bus
 * @bus: bus
 * @base: first address
 * @len: number of addresses, not 0
 * @fn: answers accesses that lie wholly inside
 * @opaque: passed to @fn
 *
 * Return: 0; -EINVAL; -EEXIST when the range overlaps another; -ENOMEM.
 */
int hull_bus_add(struct hull_bus *bus, uint64_t base, uint64_t len,
		 hull_access_fn *fn, void *opaque);

/**
 * hull_bus_remove - take a device off the bus
 * @bus: bus
 * @base: first address of its range
 *
 * Return: 0; -ENOENT.
 */
int hull_bus_remove(struct hull_bus *bus, uint64_t base);

/**
 * hull_bus_access - answer an access
 * @bus: bus
 * @access: the access
 *
 * Return: what the device's function returned; -ENXIO when no range holds all
 * of the access.
 */
int hull_bus_access(const struct hull_bus *bus, const struct hull_access *access);

/* ---- Registers: regs.c ------------------------------------------------- */

/**
 * hull_vcpu_get_regs - read the general registers, RIP and RFLAGS
 * @vcpu: vCPU
 * @regs: filled in
 *
 * Return: 0.
 * Source: KVM_GET_REGS
 */
int hull_vcpu_get_regs(const struct hull_vcpu *vcpu, struct kvm_regs *regs);

/**
 * hull_vcpu_set_regs - set the general registers, RIP and RFLAGS
 * @vcpu: vCPU
 * @regs: their values
 *
 * Return: 0.
 * Source: KVM_SET_REGS
 */
int hull_vcpu_set_regs(const struct hull_vcpu *vcpu, const struct kvm_regs *regs);

/**
 * hull_vcpu_set_entry - set where the guest goes on
 * @vcpu: vCPU
 * @rip: instruction pointer; the mode stays as it is
 *
 * Return: 0.
 * Source: KVM_GET_REGS, KVM_SET_REGS
 */
int hull_vcpu_set_entry(const struct hull_vcpu *vcpu, uint64_t rip);

/**
 * enum hull_gpr - general registers, in the order of the instruction encoding
 */
enum hull_gpr {
	HULL_GPR_RAX, HULL_GPR_RCX, HULL_GPR_RDX, HULL_GPR_RBX,
	HULL_GPR_RSP, HULL_GPR_RBP, HULL_GPR_RSI, HULL_GPR_RDI,
	HULL_GPR_R8, HULL_GPR_R9, HULL_GPR_R10, HULL_GPR_R11,
	HULL_GPR_R12, HULL_GPR_R13, HULL_GPR_R14, HULL_GPR_R15,
	HULL_NR_GPRS,
};

/**
 * hull_vcpu_set_gpr - set one general register
 * @vcpu: vCPU
 * @index: which
 * @value: its value
 *
 * Return: 0; -EINVAL for an unknown @index.
 * Source: KVM_GET_REGS, KVM_SET_REGS
 */
int hull_vcpu_set_gpr(const struct hull_vcpu *vcpu, enum hull_gpr index,
		      uint64_t value);

/**
 * hull_vcpu_get_sregs - read segments, tables and control registers
 * @vcpu: vCPU
 * @sregs: filled in
 *
 * Return: 0.
 * Source: KVM_GET_SREGS
 */
int hull_vcpu_get_sregs(const struct hull_vcpu *vcpu, struct kvm_sregs *sregs);

/**
 * hull_vcpu_set_sregs - set segments, tables and control registers
 * @vcpu: vCPU
 * @sregs: their values; CR8 counts with an in-kernel local APIC only, else the next
 *	run takes it from the run structure
 *
 * Return: 0; -EINVAL when they contradict one another, nothing being changed.
 * Source: KVM_SET_SREGS
 */
int hull_vcpu_set_sregs(const struct hull_vcpu *vcpu, const struct kvm_sregs *sregs);

/**
 * hull_vcpu_get_sregs2 - as hull_vcpu_get_sregs(), with the PAE pointers
 * @vcpu: vCPU
 * @sregs: filled in
 *
 * Return: 0.
 * Source: KVM_GET_SREGS2
 */
int hull_vcpu_get_sregs2(const struct hull_vcpu *vcpu, struct kvm_sregs2 *sregs);

/**
 * hull_vcpu_set_sregs2 - as hull_vcpu_set_sregs(), with the PAE pointers
 * @vcpu: vCPU
 * @sregs: values
 *
 * Return: 0; -EINVAL for contradictions and unknown flags.
 * Source: KVM_SET_SREGS2
 */
int hull_vcpu_set_sregs2(const struct hull_vcpu *vcpu, const struct kvm_sregs2 *sregs);

/**
 * hull_vcpu_get_fpu - read x87 and SSE state
 * @vcpu: vCPU
 * @fpu: filled in
 *
 * Return: 0.
 * Source: KVM_GET_FPU
 */
int hull_vcpu_get_fpu(const struct hull_vcpu *vcpu, struct kvm_fpu *fpu);

/**
 * hull_vcpu_set_fpu - set x87 and SSE state
 * @vcpu: vCPU
 * @fpu: values
 *
 * Return: 0; -EINVAL for bits of MXCSR that the host lacks, nothing being changed.
 * Source: KVM_SET_FPU
 */
int hull_vcpu_set_fpu(const struct hull_vcpu *vcpu, const struct kvm_fpu *fpu);

/**
 * hull_vcpu_get_xcrs - read the extended control registers
 * @vcpu: vCPU
 * @xcrs: filled in
 *
 * Return: 0; -EINVAL where the host has none.
 * Source: KVM_GET_XCRS
 */
int hull_vcpu_get_xcrs(const struct hull_vcpu *vcpu, struct kvm_xcrs *xcrs);

/**
 * hull_vcpu_set_xcr - set one extended control register
 * @vcpu: vCPU
 * @index: register number; 0 is XCR0
 * @value: its value
 *
 * Return: 0; -EINVAL for a value that XSETBV would refuse.
 * Source: KVM_SET_XCRS
 */
int hull_vcpu_set_xcr(const struct hull_vcpu *vcpu, uint32_t index, uint64_t value);

/**
 * hull_vm_xsave_size - size of the extended state of the VM's vCPUs
 * @vm: VM
 *
 * Return: bytes, at least sizeof(struct kvm_xsave).
 * Source: KVM_CAP_XSAVE2
 */
size_t hull_vm_xsave_size(const struct hull_vm *vm);

/**
 * hull_vcpu_get_xsave - read the extended state
 * @vcpu: vCPU
 * @xsave: @size bytes, in XSAVE's standard format
 * @size: what hull_vm_xsave_size() says
 *
 * Return: 0; -EINVAL when @size is below sizeof(struct kvm_xsave).
 * Source: KVM_GET_XSAVE2, or KVM_GET_XSAVE where @size is that of kvm_xsave
 */
int hull_vcpu_get_xsave(const struct hull_vcpu *vcpu, void *xsave, size_t size);

/**
 * hull_vcpu_set_xsave - set the extended state
 * @vcpu: vCPU
 * @xsave: @size bytes
 * @size: what hull_vm_xsave_size() says
 *
 * Return: 0; -EINVAL for components or MXCSR bits the host lacks.
 * Source: KVM_SET_XSAVE
 */
int hull_vcpu_set_xsave(const struct hull_vcpu *vcpu, const void *xsave, size_t size);

/* ---- CPUID: cpuid.c ---------------------------------------------------- */

/**
 * hull_vcpu_set_cpuid - set what the guest's CPUID answers
 * @vcpu: vCPU
 * @cpuid: the entries
 *
 * Return: 0; -E2BIG above 256 entries; -EINVAL after the first run unless the
 * entries are those in force.
 * Source: KVM_SET_CPUID2
 */
int hull_vcpu_set_cpuid(const struct hull_vcpu *vcpu, const struct kvm_cpuid2 *cpuid);

/**
 * hull_vcpu_get_cpuid - read the entries in force
 * @vcpu: vCPU
 * @out: the list, to be freed with hull_free()
 *
 * Return: 0; -ENOMEM.
 * Source: KVM_GET_CPUID2
 */
int hull_vcpu_get_cpuid(const struct hull_vcpu *vcpu, struct kvm_cpuid2 **out);

/* ---- MSRs: msr.c ------------------------------------------------------- */

/**
 * hull_vcpu_get_msr - read one MSR
 * @vcpu: vCPU
 * @index: MSR number
 * @value: its value; untouched on error
 *
 * Return: 0; -ENOENT when it is not served.
 * Source: KVM_GET_MSRS
 */
int hull_vcpu_get_msr(const struct hull_vcpu *vcpu, uint32_t index, uint64_t *value);

/**
 * hull_vcpu_set_msr - set one MSR
 * @vcpu: vCPU
 * @index: MSR number
 * @value: its value
 *
 * Return: 0; -ENOENT when it is not served or refuses the value.
 * Source: KVM_SET_MSRS
 */
int hull_vcpu_set_msr(const struct hull_vcpu *vcpu, uint32_t index, uint64_t value);

/**
 * hull_vcpu_get_msr_chunk - read MSRs in one call
 * @vcpu: vCPU
 * @entries: their numbers in, their values out
 * @nr: how many, at most HULL_MSR_CHUNK
 *
 * Return: 0; -E2BIG; -ENOENT when not all were read.
 * Source: KVM_GET_MSRS
 */
int hull_vcpu_get_msr_chunk(const struct hull_vcpu *vcpu,
			    struct kvm_msr_entry *entries, unsigned int nr);

/**
 * hull_vcpu_get_msrs - read any number of MSRs
 * @vcpu: vCPU
 * @entries: their numbers in, their values out
 * @nr: how many
 * @done: how many were read, or NULL
 *
 * Stops at the first that is refused: entry @done.
 *
 * Return: 0; -ENOENT when not all were read.
 * Source: KVM_GET_MSRS
 */
int hull_vcpu_get_msrs(const struct hull_vcpu *vcpu, struct kvm_msr_entry *entries,
		       unsigned int nr, unsigned int *done);

/**
 * hull_vcpu_set_msrs - set any number of MSRs
 * @vcpu: vCPU
 * @entries: numbers and values
 * @nr: how many
 * @done: how many were set, or NULL
 *
 * Stops at the first that is refused: entry @done.
 *
 * Return: 0; -ENOENT when not all were set.
 * Source: KVM_SET_MSRS
 */
int hull_vcpu_set_msrs(const struct hull_vcpu *vcpu,
		       const struct kvm_msr_entry *entries, unsigned int nr,
		       unsigned int *done);

/* ---- Time: tsc.c ------------------------------------------------------- */

/**
 * hull_vcpu_get_tsc_offset - read the difference of guest and host TSC
 * @vcpu: vCPU
 * @offset: ticks, modulo 2^64, exactly as set
 *
 * Return: 0; -ENXIO where not served.
 * Source: KVM_GET_DEVICE_ATTR, KVM_VCPU_TSC_OFFSET
 */
int hull_vcpu_get_tsc_offset(const struct hull_vcpu *vcpu, uint64_t *offset);

/**
 * hull_vcpu_set_tsc_offset - set the difference of guest and host TSC
 * @vcpu: vCPU
 * @offset: ticks, modulo 2^64
 *
 * Return: 0; -ENXIO where not served.
 * Source: KVM_SET_DEVICE_ATTR, KVM_VCPU_TSC_OFFSET
 */
int hull_vcpu_set_tsc_offset(const struct hull_vcpu *vcpu, uint64_t offset);

/**
 * hull_vcpu_set_tsc_value - set the guest's TSC
 * @vcpu: vCPU
 * @value: ticks at the time of the call
 *
 * Return: 0.
 * Source: KVM_SET_MSRS, IA32_TIME_STAMP_COUNTER
 */
int hull_vcpu_set_tsc_value(const struct hull_vcpu *vcpu, uint64_t value);

/**
 * hull_vcpu_restore_timekeeping - put a vCPU back on its VM's time base
 * @vcpu: vCPU whose TSC is not scaled
 * @host_tsc_reference: a moment of this host, in ticks of its TSC
 * @tsc_offset: the guest's TSC at that moment is the sum of both
 *
 * With the same arguments for all vCPUs there is no skew between them, however
 * far apart the calls are.
 *
 * Return: 0; -EINVAL when the moment has not come yet on this host; -ENXIO.
 * Source: KVM_SET_DEVICE_ATTR, KVM_VCPU_TSC_OFFSET
 */
int hull_vcpu_restore_timekeeping(const struct hull_vcpu *vcpu,
				  uint64_t host_tsc_reference, uint64_t tsc_offset);

/**
 * hull_vcpu_get_tsc_khz - frequency of the guest's TSC
 * @vcpu: vCPU
 *
 * Return: kHz; -EIO where the host's TSC is not stable.
 * Source: KVM_GET_TSC_KHZ
 */
int hull_vcpu_get_tsc_khz(const struct hull_vcpu *vcpu);

/**
 * hull_vcpu_set_tsc_khz - set the frequency of the guest's TSC
 * @vcpu: vCPU
 * @khz: frequency
 *
 * Return: 0; -EINVAL when it differs from the host's by more than the
 * tolerance and the CPU cannot scale.
 * Source: KVM_SET_TSC_KHZ
 */
int hull_vcpu_set_tsc_khz(const struct hull_vcpu *vcpu, uint32_t khz);

/**
 * hull_vcpu_is_tsc_scaling_required - whether a frequency needs scaling
 * @vcpu: vCPU
 * @khz: frequency that a saved guest had
 *
 * Return: 1 when it differs from the vCPU's by more than
 * HULL_TSC_TOLERANCE_PPM, else 0; the errors of hull_vcpu_get_tsc_khz().
 * Source: KVM_GET_TSC_KHZ
 */
int hull_vcpu_is_tsc_scaling_required(const struct hull_vcpu *vcpu, uint32_t khz);

/* ---- Interrupts and events: events.c ----------------------------------- */

/**
 * hull_vcpu_set_interrupt_window_requested - ask for an exit when possible
 * @vcpu: vCPU without an in-kernel local APIC
 * @requested: whether to exit as soon as the guest can take an interrupt
 *
 * Source: kvm_run.request_interrupt_window
 */
void hull_vcpu_set_interrupt_window_requested(struct hull_vcpu *vcpu, bool requested);

/**
 * hull_vcpu_ready_for_interrupt - whether the guest can take an interrupt now
 * @vcpu: vCPU, after an exit
 *
 * Return: false with IF clear, in an interrupt shadow, or while another event
 * waits.
 * Source: kvm_run.ready_for_interrupt_injection, kvm_run.if_flag
 */
bool hull_vcpu_ready_for_interrupt(const struct hull_vcpu *vcpu);

/**
 * hull_vcpu_interrupt - deliver an external interrupt
 * @vcpu: vCPU
 * @vector: 0 to 255
 *
 * To be called when hull_vcpu_ready_for_interrupt() says so: the guest takes it
 * at the next entry in any case.
 *
 * Return: 0; -EINVAL for a vector above 255; -EEXIST with a split interrupt
 * controller while one waits already; -ENXIO with an in-kernel one.
 * Source: KVM_INTERRUPT
 */
int hull_vcpu_interrupt(const struct hull_vcpu *vcpu, uint32_t vector);

/**
 * hull_vcpu_inject_interrupt - queue an external interrupt
 * @vcpu: vCPU; may be called from any thread and from signal handlers
 * @vector: 0 to 255; a vector already queued stays queued once
 *
 * Delivered by hull_vcpu_run() when the guest can take it, the highest vector
 * first. Follow with hull_kick() when the vCPU may be running. While vectors
 * wait, hull_vcpu_run() may answer KVM_EXIT_IRQ_WINDOW_OPEN: run again.
 *
 * Return: 0; -EINVAL for a vector above 255.
 * Source: KVM_INTERRUPT
 */
int hull_vcpu_inject_interrupt(struct hull_vcpu *vcpu, uint32_t vector);

/**
 * hull_vcpu_inject_nmi - deliver a non-maskable interrupt
 * @vcpu: vCPU
 *
 * Return: 0.
 * Source: KVM_NMI
 */
int hull_vcpu_inject_nmi(const struct hull_vcpu *vcpu);

/**
 * hull_vcpu_get_interrupt_state - read pending exceptions, interrupts, NMIs
 * @vcpu: vCPU
 * @events: filled in
 *
 * Return: 0.
 * Source: KVM_GET_VCPU_EVENTS
 */
int hull_vcpu_get_interrupt_state(const struct hull_vcpu *vcpu,
				  struct kvm_vcpu_events *events);

/**
 * hull_vcpu_set_interrupt_state - set pending exceptions, interrupts, NMIs
 * @vcpu: vCPU
 * @events: values, with flags that say which fields count
 *
 * Return: 0; -EINVAL for unknown flags.
 * Source: KVM_SET_VCPU_EVENTS
 */
int hull_vcpu_set_interrupt_state(const struct hull_vcpu *vcpu,
				  const struct kvm_vcpu_events *events);

/* ---- Debugging: debug.c ------------------------------------------------ */

/**
 * hull_vcpu_get_debugregs - read the guest's debug registers
 * @vcpu: vCPU
 * @regs: filled in
 *
 * Return: 0.
 * Source: KVM_GET_DEBUGREGS
 */
int hull_vcpu_get_debugregs(const struct hull_vcpu *vcpu, struct kvm_debugregs *regs);

/**
 * hull_vcpu_set_debugregs - set the guest's debug registers
 * @vcpu: vCPU
 * @regs: values
 *
 * Return: 0; -EINVAL for flags and for reserved upper halves of DR6 or DR7.
 * Source: KVM_SET_DEBUGREGS
 */
int hull_vcpu_set_debugregs(const struct hull_vcpu *vcpu,
			    const struct kvm_debugregs *regs);

/**
 * enum hull_watch_kind - what a hardware breakpoint waits for
 * @HULL_BREAK_EXEC: execution
 * @HULL_WATCH_WRITE: a data write
 * @HULL_WATCH_ACCESS: a data read or write
 *
 * The values are those of DR7's R/W fields.
 */
enum hull_watch_kind {
	HULL_BREAK_EXEC = 0,
	HULL_WATCH_WRITE = 1,
	HULL_WATCH_ACCESS = 3,
};

/**
 * struct hull_watch - a hardware breakpoint
 * @address: linear address, aligned to @size
 * @size: 1, 2, 4 or 8; ignored for HULL_BREAK_EXEC
 * @kind: what it waits for
 */
struct hull_watch {
	uint64_t address;
	uint32_t size;
	enum hull_watch_kind kind;
};

/**
 * hull_vcpu_set_guest_debug - debug the guest
 * @vcpu: vCPU
 * @watches: up to four hardware breakpoints
 * @nr: how many
 * @control: further KVM_GUESTDBG_* bits, as KVM_GUESTDBG_SINGLESTEP
 *
 * No watches and no bits end debugging. Hits are KVM_EXIT_DEBUG; the guest
 * sees nothing of it.
 *
 * Return: 0; -ENOSPC above four; -EINVAL for sizes and unknown bits.
 * Source: KVM_SET_GUEST_DEBUG
 */
int hull_vcpu_set_guest_debug(const struct hull_vcpu *vcpu,
			      const struct hull_watch *watches, unsigned int nr,
			      uint32_t control);

/* ---- Nested virtualisation: nested.c ----------------------------------- */

/**
 * hull_vcpu_get_nested_state - state of the guest as a hypervisor
 * @vcpu: vCPU
 * @state: filled in; its size member says how many bytes there are, and then
 *	how many are used or needed
 *
 * Return: 0; -E2BIG when they are too few.
 * Source: KVM_GET_NESTED_STATE
 */
int hull_vcpu_get_nested_state(const struct hull_vcpu *vcpu,
			       struct kvm_nested_state *state);

/**
 * hull_vcpu_set_nested_state - set the state of the guest as a hypervisor
 * @vcpu: vCPU
 * @state: from hull_vcpu_get_nested_state()
 *
 * Return: 0; -EINVAL for a state that the vCPU cannot be in.
 * Source: KVM_SET_NESTED_STATE
 */
int hull_vcpu_set_nested_state(const struct hull_vcpu *vcpu,
			       const struct kvm_nested_state *state);

/* ---- The state as a whole: state.c ------------------------------------- */

/**
 * struct hull_vcpu_state - all of a vCPU's state
 * @tsc_khz: frequency of its TSC, or 0 when unknown
 * @mp_state: KVM_MP_STATE_*
 * @regs: general registers
 * @sregs: segments, tables, control registers
 * @xcrs: extended control registers
 * @debugregs: debug registers
 * @events: pending events
 * @cpuid: CPUID entries
 * @nr_msrs: number of MSRs
 * @msrs: MSRs with their values
 * @xsave_size: size of the extended state
 * @xsave: the extended state
 */
struct hull_vcpu_state {
	uint32_t tsc_khz;
	uint32_t mp_state;
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_xcrs xcrs;
	struct kvm_debugregs debugregs;
	struct kvm_vcpu_events events;
	struct kvm_cpuid2 *cpuid;
	unsigned int nr_msrs;
	struct kvm_msr_entry *msrs;
	size_t xsave_size;
	void *xsave;
};

/**
 * hull_vcpu_save_state - save a vCPU
 * @sys: system handle
 * @vm: its VM
 * @vcpu: vCPU, not running
 * @state: filled in; release it with hull_vcpu_state_release()
 *
 * Complete pending I/O first: hull_vcpu_set_immediate_exit() and one
 * hull_vcpu_run().
 *
 * Return: 0; -ENOMEM; -ENOENT when an MSR could not be read.
 * Source: KVM's calls that get state
 */
int hull_vcpu_save_state(const struct hull_sys *sys, const struct hull_vm *vm,
			 const struct hull_vcpu *vcpu, struct hull_vcpu_state *state);

/**
 * hull_vcpu_restore_state - restore a vCPU
 * @vcpu: vCPU that has not run yet, or the one that was saved
 * @state: from hull_vcpu_save_state(); the order of its MSRs does not matter
 *
 * Return: 0; -ENOMEM; -ENOENT when an MSR was refused; -EINVAL.
 * Source: KVM's calls that set state
 */
int hull_vcpu_restore_state(const struct hull_vcpu *vcpu,
			    const struct hull_vcpu_state *state);

/**
 * hull_vcpu_state_release - free what a saved state holds
 * @state: state; zeroed
 */
void hull_vcpu_state_release(struct hull_vcpu_state *state);

/**
 * struct hull_cpu_config - what kind of CPU a vCPU is
 * @cpuid: CPUID entries
 * @nr_msrs: number of MSRs
 * @msrs: all readable MSRs with their values
 */
struct hull_cpu_config {
	struct kvm_cpuid2 *cpuid;
	unsigned int nr_msrs;
	struct kvm_msr_entry *msrs;
};

/**
 * hull_vcpu_dump_cpu_config - CPUID and all MSRs of a vCPU
 * @sys: system handle
 * @vcpu: vCPU
 * @config: filled in; release it with hull_cpu_config_release()
 *
 * Return: 0; -ENOMEM.
 * Source: KVM_GET_CPUID2, KVM_GET_MSR_INDEX_LIST, KVM_GET_MSRS
 */
int hull_vcpu_dump_cpu_config(const struct hull_sys *sys, const struct hull_vcpu *vcpu,
			      struct hull_cpu_config *config);

/**
 * hull_cpu_config_release - free what a dump holds
 * @config: dump; zeroed
 */
void hull_cpu_config_release(struct hull_cpu_config *config);

/* ---- Booting a kernel: boot.c, boot_linux.c, boot_pvh.c ---------------- */

/**
 * struct hull_boot_config - what to boot
 * @kernel: the kernel file's bytes: a bzImage or an x86-64 ELF vmlinux
 * @kernel_size: their number
 * @initrd: initial RAM disk, or NULL
 * @initrd_size: its size
 * @cmdline: command line, or NULL
 */
struct hull_boot_config {
	const void *kernel;
	size_t kernel_size;
	const void *initrd;
	size_t initrd_size;
	const char *cmdline;
};

/**
 * enum hull_boot_protocol - how the kernel is entered
 * @HULL_BOOT_LINUX64: 64-bit mode with paging, RSI = boot_params
 * @HULL_BOOT_PVH: 32-bit protected mode without paging, EBX = start info
 */
enum hull_boot_protocol {
	HULL_BOOT_LINUX64,
	HULL_BOOT_PVH,
};

/**
 * struct hull_boot_entry - where and how to start
 * @protocol: how
 * @entry: guest-physical address of the first instruction
 * @info: guest-physical address of boot_params or the start info
 */
struct hull_boot_entry {
	enum hull_boot_protocol protocol;
	uint64_t entry;
	uint64_t info;
};

/**
 * hull_vm_load_linux - load a kernel for the 64-bit boot protocol
 * @vm: VM with memory from address 0 on
 * @config: what to boot
 * @entry: filled in, for hull_vcpu_configure()
 *
 * Writes kernel, initrd, command line, boot_params with a memory map of the
 * VM's regions, page tables and GDT into guest memory.
 *
 * Return: 0; -ENOEXEC for a file that is neither a bzImage with a 64-bit entry
 * nor an x86-64 ELF executable; -ENOMEM when it does not fit; -E2BIG for the
 * command line.
 * Source: The Linux/x86 Boot Protocol, 64-bit Boot Protocol
 */
int hull_vm_load_linux(const struct hull_vm *vm, const struct hull_boot_config *config,
		       struct hull_boot_entry *entry);

/**
 * hull_vm_load_pvh - load a kernel for the PVH boot protocol
 * @vm: VM with memory from address 0 on
 * @config: what to boot; the kernel must be an ELF file
 * @entry: filled in, for hull_vcpu_configure()
 *
 * Return: 0; -ENOEXEC for a file without a PHYS32_ENTRY note; -ENOMEM;
 * -E2BIG.
 * Source: Xen's documentation, x86/HVM direct boot ABI (PVH)
 */
int hull_vm_load_pvh(const struct hull_vm *vm, const struct hull_boot_config *config,
		     struct hull_boot_entry *entry);

/**
 * hull_vcpu_configure - put a vCPU into a kernel's boot state
 * @vcpu: boot processor, with its CPUID set
 * @entry: from one of the loaders
 *
 * Sets general and system registers, x87 and SSE state, and the MSRs that
 * firmware would have left: fast strings on, memory write-back by default.
 *
 * Return: 0; -EINVAL; -ENOENT when an MSR was refused.
 * Source: as the loaders; KVM_SET_REGS, KVM_SET_SREGS, KVM_SET_FPU,
 * KVM_SET_MSRS
 */
int hull_vcpu_configure(const struct hull_vcpu *vcpu,
			const struct hull_boot_entry *entry);

#ifdef __cplusplus
}
#endif

#endif /* HULL_LIBHULL_H */
