// SPDX-License-Identifier: GPL-2.0-only
/* Calls of the system and of a VM, with each allocation and copy failing once. */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault.h"

#define LOG_BASE	0x1000000
#define LOG_SIZE	FAULT_MEMORY

/* --- system descriptor --- */

static void prepare_system(struct scene *s)
{
	s->g.sys = sys_open();
}

static void end_system(struct scene *s)
{
	hull_close(s->g.sys);
	s->g.sys = NULL;
}

static int call_create_vm(struct scene *s)
{
	s->fd = ioctl(hull_sys_fd(s->g.sys), KVM_CREATE_VM, 0);
	return s->fd < 0 ? -errno : 0;
}

static void done_create_vm(struct scene *s)
{
	CHECK(ioctl(s->fd, KVM_CREATE_VCPU, 0) >= 0);
	end_system(s);
}

static int call_supported_cpuid(struct scene *s)
{
	s->u.cpuid.nent = 256;
	return fault_ioctl(hull_sys_fd(s->g.sys), KVM_GET_SUPPORTED_CPUID, s->u.bytes);
}

static void done_supported_cpuid(struct scene *s)
{
	CHECK(s->u.cpuid.nent > 1 && s->u.cpuid.nent < 256);
	end_system(s);
}

static int call_msr_list(struct scene *s)
{
	s->u.list.nmsrs = 1024;
	return fault_ioctl(hull_sys_fd(s->g.sys), KVM_GET_MSR_INDEX_LIST, s->u.bytes);
}

static void test_create_vm(void)
{
	sweep(&(struct swept){ prepare_system, call_create_vm, NULL, done_create_vm });
}

static void test_get_supported_cpuid(void)
{
	sweep(&(struct swept){ prepare_system, call_supported_cpuid, NULL,
			       done_supported_cpuid });
}

static void test_get_msr_index_list(void)
{
	sweep(&(struct swept){ prepare_system, call_msr_list, NULL, end_system });
}

/* --- VM descriptor --- */

static int call_create_vcpu(struct scene *s)
{
	s->fd = ioctl(hull_vm_fd(s->g.vm), KVM_CREATE_VCPU, 1);
	return s->fd < 0 ? -errno : 0;
}

static void done_create_vcpu(struct scene *s)
{
	struct kvm_regs regs;

	CHECK(ioctl(hull_vm_fd(s->g.vm), KVM_CREATE_VCPU, 1) == -1 && errno == EEXIST);
	CHECK(!ioctl(s->fd, KVM_GET_REGS, &regs));
	still_runs(s);
}

static void prepare_memory(struct scene *s)
{
	prepare_guest(s);
	s->memory = mmap(NULL, LOG_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	CHECK(s->memory != MAP_FAILED);
}

static int set_region(struct scene *s, uint32_t flags, uint64_t gpa, uint64_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = 7,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)s->memory,
	};

	return fault_ioctl(hull_vm_fd(s->g.vm), KVM_SET_USER_MEMORY_REGION, &region);
}

static int call_add_slot(struct scene *s)
{
	return set_region(s, KVM_MEM_LOG_DIRTY_PAGES, LOG_BASE, LOG_SIZE);
}

static void no_slot(struct scene *s)
{
	uint64_t value = 1;

	CHECK_RET(poke_on(&s->g, 0, POKE_WRITE64, LOG_BASE, &value), KVM_EXIT_MMIO);
	CHECK_RET(poke_on(&s->g, 0, POKE_OPS, 0, NULL), 0);
	CHECK_EQ(*(uint64_t *)s->memory, 0);
}

static void slot_there(struct scene *s)
{
	poke_write(&s->g, LOG_BASE + 0x1000, 0x1234);
	CHECK_EQ(((uint64_t *)s->memory)[0x1000 / 8], 0x1234);
}

static void get_log(struct scene *s)
{
	struct kvm_dirty_log log = { .slot = 7, .dirty_bitmap = s->bitmap };

	CHECK(!ioctl(hull_vm_fd(s->g.vm), KVM_GET_DIRTY_LOG, &log));
}

static void slot_logged(struct scene *s)
{
	slot_there(s);
	get_log(s);
	CHECK_EQ(s->bitmap[0], 1 << 1);
}

static void prepare_slot(struct scene *s)
{
	prepare_memory(s);
	CHECK_RET(set_region(s, 0, LOG_BASE, LOG_SIZE), 0);
	poke_write(&s->g, LOG_BASE + 0x3000, 1);
}

static int call_delete_slot(struct scene *s)
{
	return set_region(s, 0, LOG_BASE, 0);
}

static int call_move_slot(struct scene *s)
{
	return set_region(s, 0, LOG_BASE + LOG_SIZE, LOG_SIZE);
}

static void moved(struct scene *s)
{
	no_slot(s);
	poke_write(&s->g, LOG_BASE + LOG_SIZE, 0x77);
	CHECK_EQ(*(uint64_t *)s->memory, 0x77);
}

static int call_log_slot(struct scene *s)
{
	return set_region(s, KVM_MEM_LOG_DIRTY_PAGES, LOG_BASE, LOG_SIZE);
}

static void not_logged(struct scene *s)
{
	struct kvm_dirty_log log = { .slot = 7, .dirty_bitmap = s->bitmap };

	slot_there(s);
	CHECK(ioctl(hull_vm_fd(s->g.vm), KVM_GET_DIRTY_LOG, &log) == -1);
	CHECK_EQ(errno, ENOENT);
}

static void test_create_vcpu(void)
{
	sweep(&(struct swept){ prepare_guest, call_create_vcpu, still_runs,
			       done_create_vcpu });
}

static void test_add_slot(void)
{
	sweep(&(struct swept){ prepare_memory, call_add_slot, no_slot, slot_logged });
}

static void test_delete_slot(void)
{
	sweep(&(struct swept){ prepare_slot, call_delete_slot, slot_there, NULL });
}

static void test_move_slot(void)
{
	sweep(&(struct swept){ prepare_slot, call_move_slot, slot_there, moved });
}

static void test_start_logging(void)
{
	sweep(&(struct swept){ prepare_slot, call_log_slot, not_logged, slot_logged });
}

/* --- dirty log --- */

static void prepare_log(struct scene *s)
{
	prepare_memory(s);
	CHECK_RET(call_add_slot(s), 0);
	poke_write(&s->g, LOG_BASE + 0x5000, 1);
	poke_write(&s->g, LOG_BASE + 0x9000, 1);
}

static int call_get_log(struct scene *s)
{
	struct kvm_dirty_log log = { .slot = 7, .dirty_bitmap = s->bitmap };

	return fault_ioctl(hull_vm_fd(s->g.vm), KVM_GET_DIRTY_LOG, &log);
}

static void both_told(struct scene *s)
{
	CHECK_EQ(s->bitmap[0], 1 << 5 | 1 << 9);
	poke_write(&s->g, LOG_BASE + 0x5000, 2);
	get_log(s);
	CHECK_EQ(s->bitmap[0], 1 << 5);
}

static void prepare_clear(struct scene *s)
{
	prepare_memory(s);
	need_capability(&s->g, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, "MANUAL_DIRTY_LOG_PROTECT2");
	OK(hull_vm_enable_capability(s->g.vm, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 0,
				     (const uint64_t[4]){ 1 }));
	CHECK_RET(call_add_slot(s), 0);
	poke_write(&s->g, LOG_BASE + 0x5000, 1);
	poke_write(&s->g, LOG_BASE + 0x9000, 1);
	s->value = 1 << 5;
}

static int call_clear_log(struct scene *s)
{
	struct kvm_clear_dirty_log log = {
		.slot = 7,
		.num_pages = 64,
		.dirty_bitmap = &s->value,
	};

	return fault_ioctl(hull_vm_fd(s->g.vm), KVM_CLEAR_DIRTY_LOG, &log);
}

static void none_cleared(struct scene *s)
{
	get_log(s);
	CHECK_EQ(s->bitmap[0], 1 << 5 | 1 << 9);
}

static void one_cleared(struct scene *s)
{
	get_log(s);
	CHECK_EQ(s->bitmap[0], 1 << 9);
}

static void test_get_dirty_log(void)
{
	sweep(&(struct swept){ prepare_log, call_get_log, NULL, both_told });
}

static void test_clear_dirty_log(void)
{
	sweep(&(struct swept){ prepare_clear, call_clear_log, none_cleared, one_cleared });
}

static const struct test tests[] = {
	{ "create_vm", test_create_vm, 300 },
	{ "get_supported_cpuid", test_get_supported_cpuid },
	{ "get_msr_index_list", test_get_msr_index_list },
	{ "create_vcpu", test_create_vcpu, 300 },
	{ "add_slot", test_add_slot, 300 },
	{ "delete_slot", test_delete_slot, 300 },
	{ "move_slot", test_move_slot, 300 },
	{ "start_logging", test_start_logging, 300 },
	{ "get_dirty_log", test_get_dirty_log, 300 },
	{ "clear_dirty_log", test_clear_dirty_log, 300 },
};

TAP_MAIN(tests)
