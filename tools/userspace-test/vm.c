// SPDX-License-Identifier: GPL-2.0-only
/* VM and vCPU descriptors: creation, life time, identity and ownership. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "poke.h"

static void test_vm_create(void)
{
	struct hull_sys *sys = sys_open();
	struct hull_vm *a, *b;

	OK(hull_vm_create(sys, &a));
	OK(hull_vm_create(sys, &b));
	CHECK(hull_vm_fd(a) != hull_vm_fd(b));
	hull_vm_close(a);
	CHECK_RET(hull_vm_check_capability(b, KVM_CAP_USER_MEMORY), 1);
	hull_close(sys);
	CHECK_RET(hull_vm_check_capability(b, KVM_CAP_USER_MEMORY), 1);
	hull_vm_close(b);
}

/* The VM lives until the last descriptor, vCPU or mapping goes. */
static void test_vm_try_clone(void)
{
	struct hull_region region;
	struct hull_vm *clone;
	struct guest g;
	void *run;
	int fd;

	poke_create(&g);
	OK(hull_vm_try_clone(g.vm, &clone));
	CHECK(hull_vm_fd(clone) != hull_vm_fd(g.vm));
	hull_vm_close(g.vm);
	CHECK_RET(hull_vm_get_memory(clone, &region, 1), 1);
	CHECK_EQ(region.size, RAM_SIZE);
	poke_write(&g, DATA_BASE, 0x1234);
	hull_vm_close(clone);
	hull_close(g.sys);
	poke_write(&g, DATA_BASE + 8, 0x5678);
	CHECK_EQ(load64(&g, DATA_BASE), 0x1234);
	CHECK_EQ(load64(&g, DATA_BASE + 8), 0x5678);

	fd = SYS(dup(hull_vcpu_fd(g.vcpu)));
	run = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(run != MAP_FAILED);
	close(fd);
	hull_vcpu_close(g.vcpu);
	CHECK_EQ(((struct kvm_run *)run)->exit_reason, KVM_EXIT_IO);
	munmap(run, 4096);
}

static void test_vm_get_memory(void)
{
	struct hull_region regions[2];
	struct guest g;

	guest_create(&g, LONG64);
	CHECK_RET(hull_vm_get_memory(g.vm, regions, 2), 1);
	CHECK_EQ(regions[0].gpa, 0);
	CHECK_EQ(regions[0].size, RAM_SIZE);
	CHECK(regions[0].hva == g.ram);
	CHECK(hull_vm_gpa_to_hva(g.vm, 0x1234, 4) == g.ram + 0x1234);
	CHECK(!hull_vm_gpa_to_hva(g.vm, RAM_SIZE - 2, 4));
	CHECK(!hull_vm_gpa_to_hva(g.vm, MMIO_BASE, 1));
}

static void test_vm_set_tss_addr(void)
{
	struct guest g;

	guest_create_vm(&g, 0);
	CHECK_RET(hull_vm_set_tss_addr(g.vm, 0xfffbd000), 0);
	CHECK_RET(hull_vm_set_tss_addr(g.vm, 0xfeffd000), 0);
	CHECK_RET(hull_vm_set_tss_addr(g.vm, 0xfffff000), -EINVAL);
}

static void test_vm_set_identity_map_addr(void)
{
	struct guest g;

	guest_create_vm(&g, 0);
	CHECK_RET(hull_vm_set_identity_map_addr(g.vm, 0xfeffc000), 0);
	CHECK_RET(hull_vm_set_identity_map_addr(g.vm, 0), 0);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_SET_IDENTITY_MAP_ADDR, NULL) == -1);
	CHECK_EQ(errno, EFAULT);
	guest_add_vcpu(&g, 0);
	CHECK_RET(hull_vm_set_identity_map_addr(g.vm, 0xfeffc000), -EINVAL);
}

static void test_vcpu_new(void)
{
	struct hull_vcpu *vcpu;
	struct guest g;
	int max;

	guest_create_vm(&g, RAM_SIZE);
	max = OK(hull_vm_check_capability(g.vm, KVM_CAP_MAX_VCPU_ID));
	guest_add_vcpu(&g, 0);
	CHECK_RET(hull_vcpu_create(g.vm, 0, &vcpu), -EEXIST);
	CHECK_RET(hull_vcpu_create(g.vm, max, &vcpu), -EINVAL);
	CHECK_RET(hull_vcpu_create(g.vm, 65537, &vcpu), -EINVAL);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_CREATE_VCPU, 1UL << 32) == -1);
	CHECK_RET(hull_vcpu_create(g.vm, max - 1, &vcpu), 0);
	CHECK_EQ(hull_vcpu_id(vcpu), max - 1);
	/* A failed call leaves the ids that it named free. */
	CHECK_RET(hull_vcpu_create(g.vm, 1, &vcpu), 0);
}

/* Ids are left, and still there is a limit to the number of vCPUs. */
static void test_max_vcpus(void)
{
	struct rlimit limit = { 0 };
	struct guest g;
	int max, i;

	guest_create_vm(&g, 0);
	max = OK(hull_vm_check_capability(g.vm, KVM_CAP_MAX_VCPUS));
	limit.rlim_cur = limit.rlim_max = max + 64;
	SYS(setrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < max; i++)
		SYS(ioctl(hull_vm_fd(g.vm), KVM_CREATE_VCPU, i));
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_CREATE_VCPU, max) == -1);
	CHECK_EQ(errno, EINVAL);
}

static void test_vcpu_id(void)
{
	struct guest g;

	guest_create_vm(&g, RAM_SIZE);
	guest_add_vcpu(&g, 3);
	CHECK_EQ(hull_vcpu_id(g.vcpus[3]), 3);
}

static void test_vm_enable_capability(void)
{
	static const uint64_t args[4];
	struct guest g;

	guest_create_vm(&g, 0);
	CHECK_RET(hull_vm_enable_capability(g.vm, 696969, 0, args), -EINVAL);
	CHECK_RET(hull_vm_enable_capability(g.vm, 0, 0, args), -EINVAL);
	CHECK_RET(hull_vm_enable_capability(g.vm, KVM_CAP_MAX_VCPU_ID, 1, args), -EINVAL);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_ENABLE_CAP, NULL) == -1 && errno == EFAULT);
}

static void test_vcpu_enable_raw_capability(void)
{
	static const uint64_t args[4];
	struct guest g;

	guest_create(&g, LONG64);
	CHECK_RET(hull_vcpu_enable_raw_capability(g.vcpu, 696969, 0, args), -EINVAL);
	CHECK_RET(hull_vcpu_enable_raw_capability(g.vcpu, 0, 0, args), -EINVAL);
	CHECK_RET(hull_vcpu_enable_raw_capability(g.vcpu, KVM_CAP_MP_STATE, 1, args),
		  -EINVAL);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_ENABLE_CAP, NULL) == -1 && errno == EFAULT);
}

static void test_vm_check_capability(void)
{
	struct guest g;

	guest_create_vm(&g, 0);
	CHECK_RET(hull_vm_check_capability(g.vm, KVM_CAP_USER_MEMORY), 1);
	CHECK_RET(hull_vm_check_capability(g.vm, 696969), 0);
	CHECK_RET(hull_vm_check_capability(g.vm, KVM_CAP_XSAVE2),
		  hull_check_capability(g.sys, KVM_CAP_XSAVE2));
	CHECK_RET(hull_vm_check_capability(g.vm, KVM_CAP_NR_MEMSLOTS),
		  hull_check_capability(g.sys, KVM_CAP_NR_MEMSLOTS));
}

/* The largest id can be lowered once, before the first vCPU. */
static void test_max_vcpu_id(void)
{
	struct hull_vcpu *vcpu;
	struct guest g;
	uint64_t args[4] = { 0 };
	int max;

	guest_create_vm(&g, RAM_SIZE);
	max = OK(hull_vm_check_capability(g.vm, KVM_CAP_MAX_VCPU_ID));
	args[0] = max + 1;
	CHECK_RET(hull_vm_enable_capability(g.vm, KVM_CAP_MAX_VCPU_ID, 0, args), -EINVAL);
	args[0] = 8;
	CHECK_RET(hull_vm_enable_capability(g.vm, KVM_CAP_MAX_VCPU_ID, 0, args), 0);
	CHECK_RET(hull_vm_enable_capability(g.vm, KVM_CAP_MAX_VCPU_ID, 0, args), 0);
	args[0] = 4;
	CHECK_RET(hull_vm_enable_capability(g.vm, KVM_CAP_MAX_VCPU_ID, 0, args), -EINVAL);
	CHECK_RET(hull_vcpu_create(g.vm, 8, &vcpu), -EINVAL);
	CHECK_RET(hull_vcpu_create(g.vm, 7, &vcpu), 0);
}

static bool is_bootstrap(struct hull_vcpu *vcpu)
{
	struct kvm_sregs sregs;

	OK(hull_vcpu_get_sregs(vcpu, &sregs));
	return sregs.apic_base >> 8 & 1;	/* SDM vol. 3, Local APIC Status and Location */
}

/* The number that KVM takes as the last is one more than that of the last vCPU. */
static void check_boot_cpu_id_limit(struct hull_vm *vm)
{
	const int max = OK(hull_vm_check_capability(vm, KVM_CAP_MAX_VCPU_ID));
	const uint64_t args[4] = { 4 };

	CHECK_RET(hull_vm_set_boot_cpu_id(vm, max + 1), -EINVAL);
	CHECK_RET(hull_vm_set_boot_cpu_id(vm, max), 0);
	/* The limit stays above the number that was chosen. */
	CHECK_RET(hull_vm_enable_capability(vm, KVM_CAP_MAX_VCPU_ID, 0, args), -EINVAL);
	CHECK_RET(hull_vm_set_boot_cpu_id(vm, 0), 0);
	CHECK_RET(hull_vm_enable_capability(vm, KVM_CAP_MAX_VCPU_ID, 0, args), 0);
	CHECK_RET(hull_vm_set_boot_cpu_id(vm, 5), -EINVAL);
	CHECK_RET(hull_vm_set_boot_cpu_id(vm, 4), 0);
}

static void test_vm_set_boot_cpu_id(void)
{
	struct hull_vcpu *vcpus[2];
	struct guest g;
	unsigned int i;

	guest_create_vm(&g, RAM_SIZE);
	need_capability(&g, KVM_CAP_SET_BOOT_CPU_ID, "KVM_CAP_SET_BOOT_CPU_ID");
	check_boot_cpu_id_limit(g.vm);
	OK(hull_vm_set_boot_cpu_id(g.vm, 1));
	for (i = 0; i < 2; i++)
		OK(hull_vcpu_create(g.vm, i, &vcpus[i]));
	CHECK(!is_bootstrap(vcpus[0]));
	CHECK(is_bootstrap(vcpus[1]));
	CHECK_RET(hull_vm_set_boot_cpu_id(g.vm, 0), -EBUSY);
}

/* Routes need an interrupt controller in the kernel, and here is none. */
static void test_no_gsi_routing(void)
{
	struct kvm_irq_routing none = { .nr = 0 };
	struct guest g;

	guest_create_vm(&g, 0);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_SET_GSI_ROUTING, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(hull_vm_fd(g.vm), KVM_SET_GSI_ROUTING, &none) == -1 && errno == EINVAL);
}

/* VM first, device next, vCPU last */
static void test_closing_order(void)
{
	struct kvm_regs regs;
	struct guest g;

	guest_create(&g, LONG64);
	hull_vm_close(g.vm);
	hull_close(g.sys);
	CHECK_RET(hull_vcpu_get_regs(g.vcpu, &regs), 0);
	hull_vcpu_close(g.vcpu);
}

static void touch_past_end(struct guest *g)
{
	int size = OK(hull_get_vcpu_mmap_size(g->sys));
	volatile char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, hull_vcpu_fd(g->vcpu),
				size + 0x10000);

	if (p == MAP_FAILED)
		_exit(0);
	_exit(*p ? 1 : 2);
}

/* Past the end there is nothing to see: no mapping, or SIGBUS at the access. */
static void test_vcpu_mmap(void)
{
	struct guest g;
	int status;

	guest_create(&g, LONG64);
	status = guest_in_child(touch_past_end, &g);
	CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS) ||
	      (WIFEXITED(status) && !WEXITSTATUS(status)));
}

/* Nothing to do in user space, whatever the VM's state. */
static void test_vm_handle_io_events(void)
{
	struct guest g;

	poke_create(&g);
	CHECK_RET(hull_vm_handle_io_events(g.vm), 0);
	poke_write(&g, DATA_BASE, 4);
	CHECK_EQ(load64(&g, DATA_BASE), 4);
}

static const struct test tests[] = {
	{ "vm_create", test_vm_create },
	{ "vm_try_clone", test_vm_try_clone },
	{ "vm_get_memory", test_vm_get_memory },
	{ "vm_check_capability", test_vm_check_capability },
	{ "vm_enable_capability", test_vm_enable_capability },
	{ "max_vcpu_id", test_max_vcpu_id },
	{ "vm_set_boot_cpu_id", test_vm_set_boot_cpu_id },
	{ "no_gsi_routing", test_no_gsi_routing },
	{ "vm_handle_io_events", test_vm_handle_io_events },
	{ "vm_set_tss_addr", test_vm_set_tss_addr },
	{ "vm_set_identity_map_addr", test_vm_set_identity_map_addr },
	{ "vcpu_new", test_vcpu_new },
	{ "max_vcpus", test_max_vcpus },
	{ "vcpu_id", test_vcpu_id },
	{ "vcpu_enable_raw_capability", test_vcpu_enable_raw_capability },
	{ "vcpu_mmap", test_vcpu_mmap },
	{ "closing_order", test_closing_order },
};

TAP_MAIN(tests)
