// SPDX-License-Identifier: GPL-2.0-only
/* The guest's TSC: offset, value, adjustment and frequency. */
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include "msr.h"

/* Guest TSC less host TSC, which lies between the two bounds. */
static void check_offset(struct guest *g, uint64_t offset)
{
	uint64_t before = __rdtsc(), guest = msr_guest_rdtsc(g), after = __rdtsc();

	if (guest - offset < before || guest - offset > after)
		FAIL("guest TSC 0x%llx with offset 0x%llx, host TSC 0x%llx to 0x%llx",
		     (unsigned long long)guest, (unsigned long long)offset,
		     (unsigned long long)before, (unsigned long long)after);
}

static void need_offset(struct guest *g)
{
	uint64_t offset;

	if (hull_vcpu_get_tsc_offset(g->vcpu, &offset) == -ENXIO)
		SKIP("this kernel's KVM has no KVM_VCPU_TSC_OFFSET");
}

static void test_vcpu_set_tsc_offset(void)
{
	static const uint64_t offsets[] = {
		0, 1, 0x123456789abcdef, -1ULL, -0x123456789abULL, 1ULL << 62,
	};
	struct guest g;
	unsigned int i;
	uint64_t got;

	msr_guest_create(&g);
	need_offset(&g);
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		OK(hull_vcpu_set_tsc_offset(g.vcpu, offsets[i]));
		OK(hull_vcpu_get_tsc_offset(g.vcpu, &got));
		CHECK_EQ(got, offsets[i]);
		if ((int64_t)offsets[i] >= 0)
			check_offset(&g, offsets[i]);
		OK(hull_vcpu_get_tsc_offset(g.vcpu, &got));
		CHECK_EQ(got, offsets[i]);
	}
}

static void test_vcpu_get_tsc_offset(void)
{
	struct kvm_device_attr attr = { .group = KVM_VCPU_TSC_CTRL };
	uint64_t offset;
	struct guest g;
	int fd;

	msr_guest_create(&g);
	need_offset(&g);
	OK(hull_vcpu_get_tsc_offset(g.vcpu, &offset));
	check_offset(&g, offset);
	fd = hull_vcpu_fd(g.vcpu);
	attr.attr = KVM_VCPU_TSC_OFFSET;
	CHECK_EQ(ioctl(fd, KVM_HAS_DEVICE_ATTR, &attr), 0);
	CHECK(ioctl(fd, KVM_GET_DEVICE_ATTR, &attr) == -1 && errno == EFAULT);
	CHECK(ioctl(fd, KVM_SET_DEVICE_ATTR, &attr) == -1 && errno == EFAULT);
	CHECK(ioctl(fd, KVM_GET_DEVICE_ATTR, NULL) == -1 && errno == EFAULT);
}

/* An unknown attribute, and the known one's number in a group that is not its own */
static void test_tsc_unknown_attributes(void)
{
	static const unsigned long requests[] = {
		KVM_HAS_DEVICE_ATTR, KVM_GET_DEVICE_ATTR, KVM_SET_DEVICE_ATTR,
	};
	uint64_t offset = 0x1234, before, after;
	struct kvm_device_attr attr = { .addr = (uintptr_t)&offset };
	struct guest g;
	unsigned int i;

	msr_guest_create(&g);
	need_offset(&g);
	OK(hull_vcpu_get_tsc_offset(g.vcpu, &before));
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		attr.group = KVM_VCPU_TSC_CTRL;
		attr.attr = 77;
		CHECK(ioctl(hull_vcpu_fd(g.vcpu), requests[i], &attr) == -1 && errno == ENXIO);
		attr.group = 77;
		attr.attr = KVM_VCPU_TSC_OFFSET;
		CHECK(ioctl(hull_vcpu_fd(g.vcpu), requests[i], &attr) == -1 && errno == ENXIO);
	}
	CHECK_EQ(offset, 0x1234);
	OK(hull_vcpu_get_tsc_offset(g.vcpu, &after));
	CHECK_EQ(after, before);
}

/* A second, in ticks, stands for "about": no test step takes longer. */
static void check_near(struct guest *g, uint64_t got, uint64_t want)
{
	uint64_t second = hull_vcpu_get_tsc_khz(g->vcpu) * 1000ULL;

	if (got - want > second)
		FAIL("TSC 0x%llx is not within a second after 0x%llx",
		     (unsigned long long)got, (unsigned long long)want);
}

static uint64_t host_read(struct guest *g, uint32_t index)
{
	uint64_t value;

	OK(hull_vcpu_get_msr(g->vcpu, index, &value));
	return value;
}

static void test_vcpu_set_tsc_value(void)
{
	const uint64_t value = 1ULL << 50;
	struct guest g;

	msr_guest_create(&g);
	check_near(&g, msr_guest_rdtsc(&g), 0);	/* starts at 0 */
	CHECK_EQ(msr_guest_read(&g, MSR_TSC_ADJUST), 0);
	OK(hull_vcpu_set_tsc_value(g.vcpu, value));
	check_near(&g, msr_guest_rdtsc(&g), value);
	check_near(&g, host_read(&g, MSR_TSC), value);
	/* The host's write is not an adjustment. */
	CHECK_EQ(msr_guest_read(&g, MSR_TSC_ADJUST), 0);
}

/* SDM vol. 3, IA32_TSC_ADJUST: each write of one moves the other by as much. */
static void test_tsc_adjust(void)
{
	const uint64_t step = 1ULL << 50;
	struct guest g;
	uint64_t adjust;

	msr_guest_create(&g);
	if (!guest_has_cpuid(&g, 7, 0, EBX, 1))
		SKIP("the guest's CPU has no TSC_ADJUST");
	msr_guest_write(&g, MSR_TSC, step);
	check_near(&g, msr_guest_rdtsc(&g), step);
	adjust = msr_guest_read(&g, MSR_TSC_ADJUST);
	check_near(&g, step, adjust);
	CHECK_EQ(host_read(&g, MSR_TSC_ADJUST), adjust);
	msr_guest_write(&g, MSR_TSC_ADJUST, adjust + step);
	check_near(&g, msr_guest_rdtsc(&g), 2 * step);
	CHECK_EQ(msr_guest_read(&g, MSR_TSC_ADJUST), adjust + step);
	/* The host's write of the adjustment restores it and moves nothing. */
	OK(hull_vcpu_set_msr(g.vcpu, MSR_TSC_ADJUST, 0));
	check_near(&g, msr_guest_rdtsc(&g), 2 * step);
	CHECK_EQ(msr_guest_read(&g, MSR_TSC_ADJUST), 0);
}

static void test_vcpu_restore_timekeeping(void)
{
	uint64_t reference = __rdtsc(), a, b;
	struct guest g;

	msr_guest_create(&g);
	need_offset(&g);
	guest_add_vcpu(&g, 1);
	OK(hull_vcpu_restore_timekeeping(g.vcpus[0], reference, 12345));
	while (__rdtsc() - reference < 1000000)
		;
	OK(hull_vcpu_restore_timekeeping(g.vcpus[1], reference, 12345));
	OK(hull_vcpu_get_tsc_offset(g.vcpus[0], &a));
	OK(hull_vcpu_get_tsc_offset(g.vcpus[1], &b));
	CHECK_EQ(a, 12345);
	CHECK_EQ(a, b);
	check_offset(&g, 12345);
	CHECK_RET(hull_vcpu_restore_timekeeping(g.vcpu, reference + (1ULL << 60), 0), -EINVAL);
}

/* The guest's TSC, which was read between two times of the host's */
struct reading {
	uint64_t before, guest, after;
};

/* The closest of a few: what else the machine does lies in between, too. */
static struct reading read_both(struct guest *g)
{
	struct reading r, best = { .after = ~0ULL };
	unsigned int i;

	for (i = 0; i < 16; i++) {
		r.before = __rdtsc();
		r.guest = msr_guest_rdtsc(g);
		r.after = __rdtsc();
		if (r.after - r.before < best.after - best.before)
			best = r;
	}
	return best;
}

/*
 * The guest's TSC advances by khz for each host_khz of the host's. Between two readings
 * the host's have advanced by no less than what lies between them, and no more than
 * what lies around them; the ratio has 32 bits or more behind the point.
 */
static void check_frequency(struct guest *g, uint64_t khz, uint64_t host_khz)
{
	struct reading first = read_both(g), second;
	unsigned __int128 least, most;
	uint64_t advance;

	while (__rdtsc() - first.after < host_khz * 100)
		;
	second = read_both(g);
	advance = second.guest - first.guest;
	least = (unsigned __int128)(second.before - first.after) * khz / host_khz;
	most = (unsigned __int128)(second.after - first.before) * khz / host_khz;
	if (advance + (advance >> 30) + 2 < least || advance > most + (most >> 30) + 2)
		FAIL("%llu ticks of the guest, not %llu to %llu",
		     (unsigned long long)advance, (unsigned long long)least,
		     (unsigned long long)most);
}

/* What the host's kernel counts as its TSC's frequency, from a page of perf's; or 0. */
static uint64_t host_tsc_khz(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1,
	};
	struct perf_event_mmap_page *page;
	uint64_t khz = 0;
	int fd;

	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (fd < 0)
		return 0;
	page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, fd, 0);
	if (page != MAP_FAILED && page->cap_user_time)
		khz = ((unsigned __int128)1000000 << page->time_shift) / page->time_mult;
	close(fd);
	return khz;
}

static void test_vcpu_get_tsc_khz(void)
{
	struct guest g;
	uint64_t khz, host;

	msr_guest_create(&g);
	khz = OK(hull_vcpu_get_tsc_khz(g.vcpu));
	CHECK(khz);
	check_frequency(&g, khz, khz);
	host = host_tsc_khz();
	if (!host)
		tap_diag("this kernel does not tell user space its TSC's frequency");
	else if (khz < host - 2 || khz > host + 2)
		FAIL("%llu kHz, but the host's TSC has %llu", (unsigned long long)khz,
		     (unsigned long long)host);
}

static void test_vcpu_is_tsc_scaling_required(void)
{
	struct guest g;
	int khz;

	msr_guest_create(&g);
	khz = OK(hull_vcpu_get_tsc_khz(g.vcpu));
	CHECK_RET(hull_vcpu_is_tsc_scaling_required(g.vcpu, khz), 0);
	CHECK_RET(hull_vcpu_is_tsc_scaling_required(g.vcpu, khz + khz / 5000), 0);
	CHECK_RET(hull_vcpu_is_tsc_scaling_required(g.vcpu, khz - khz / 5000), 0);
	CHECK_RET(hull_vcpu_is_tsc_scaling_required(g.vcpu, khz + khz / 3000), 1);
	CHECK_RET(hull_vcpu_is_tsc_scaling_required(g.vcpu, khz - khz / 3000), 1);
}

/* More than KVM_GET_TSC_KHZ, an int, can tell */
#define IMPOSSIBLE_KHZ	0x80000000

static void test_vcpu_set_tsc_khz(void)
{
	struct guest g;
	int khz;

	msr_guest_create(&g);
	khz = OK(hull_vcpu_get_tsc_khz(g.vcpu));
	OK(hull_vcpu_set_tsc_khz(g.vcpu, khz));
	CHECK_RET(hull_vcpu_get_tsc_khz(g.vcpu), khz);
	OK(hull_vcpu_set_tsc_khz(g.vcpu, khz + khz / 10000));
	if (!hull_check_capability(g.sys, KVM_CAP_TSC_CONTROL)) {
		CHECK_RET(hull_vcpu_set_tsc_khz(g.vcpu, khz / 2), -EINVAL);
		/* KVM tells the refused frequency from then on. */
		if (!is_in_tree_kvm(&g))
			CHECK_RET(hull_vcpu_get_tsc_khz(g.vcpu), khz + khz / 10000);
		return;
	}
	OK(hull_vcpu_set_tsc_khz(g.vcpu, khz / 2));
	CHECK_RET(hull_vcpu_set_tsc_khz(g.vcpu, IMPOSSIBLE_KHZ), -EINVAL);
	CHECK_RET(hull_vcpu_get_tsc_khz(g.vcpu), khz / 2);
	check_frequency(&g, khz / 2, khz);
	OK(hull_vcpu_set_tsc_khz(g.vcpu, khz * 2));
	check_frequency(&g, khz * 2, khz);
}

/* Without scaling the frequency of a VM is the host's, as that of a vCPU is. */
static void test_vm_get_tsc_khz(void)
{
	struct guest g;

	msr_guest_create(&g);
	CHECK_RET(hull_vm_get_tsc_khz(g.vm), hull_vcpu_get_tsc_khz(g.vcpu));
}

/* It is that of vCPUs that come later. */
static void test_vm_set_tsc_khz(void)
{
	struct guest g;
	int khz;

	msr_guest_create(&g);
	khz = OK(hull_vm_get_tsc_khz(g.vm));
	OK(hull_vm_set_tsc_khz(g.vm, khz));
	CHECK_RET(hull_vm_get_tsc_khz(g.vm), khz);
	need_capability(&g, KVM_CAP_VM_TSC_CONTROL, "KVM_CAP_VM_TSC_CONTROL");
	OK(hull_vm_set_tsc_khz(g.vm, khz / 2));
	CHECK_RET(hull_vm_set_tsc_khz(g.vm, IMPOSSIBLE_KHZ), -EINVAL);
	CHECK_RET(hull_vm_get_tsc_khz(g.vm), khz / 2);
	guest_add_vcpu(&g, 1);
	CHECK_RET(hull_vcpu_get_tsc_khz(g.vcpus[1]), khz / 2);
	CHECK_RET(hull_vcpu_get_tsc_khz(g.vcpu), khz);
	OK(hull_vm_set_tsc_khz(g.vm, 0));
	CHECK_RET(hull_vm_get_tsc_khz(g.vm), khz);
}

static const struct test tests[] = {
	{ "vcpu_get_tsc_offset", test_vcpu_get_tsc_offset },
	{ "tsc_unknown_attributes", test_tsc_unknown_attributes },
	{ "vcpu_set_tsc_offset", test_vcpu_set_tsc_offset },
	{ "vcpu_set_tsc_value", test_vcpu_set_tsc_value },
	{ "tsc_adjust", test_tsc_adjust },
	{ "vcpu_restore_timekeeping", test_vcpu_restore_timekeeping },
	{ "vcpu_get_tsc_khz", test_vcpu_get_tsc_khz },
	{ "vcpu_set_tsc_khz", test_vcpu_set_tsc_khz },
	{ "vm_get_tsc_khz", test_vm_get_tsc_khz },
	{ "vm_set_tsc_khz", test_vm_set_tsc_khz },
	{ "vcpu_is_tsc_scaling_required", test_vcpu_is_tsc_scaling_required },
};

TAP_MAIN(tests)
