// SPDX-License-Identifier: GPL-2.0-only
/* x87, SSE and extended state, from outside and as the guest sees it. */
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "guest.h"
#include "thread.h"

PAYLOAD(fpu);
PAYLOAD(xcr);
PAYLOAD(avx_count);
PAYLOAD(in_use);
PAYLOAD(xsave);
PAYLOAD(xsaves);

static void fill(struct kvm_fpu *fpu)
{
	unsigned int i, j;

	memset(fpu, 0, sizeof(*fpu));
	for (i = 0; i < 8; i++)
		for (j = 0; j < 10; j++)
			fpu->fpr[i][j] = i * 16 + j;
	for (i = 0; i < 16; i++)
		for (j = 0; j < 16; j++)
			fpu->xmm[i][j] = 0x80 + i * 7 + j;
	fpu->fcw = 0x27f;	/* double precision */
	fpu->ftwx = 0xff;	/* all registers in use */
}

static void test_vcpu_get_fpu(void)
{
	/* Pi rounded to the 64-bit significand of the extended format */
	static const uint8_t pi[] = {
		0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40,
	};
	struct kvm_fpu set, got;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, fpu);
	guest_sync(&g, 0);
	fill(&set);
	OK(hull_vcpu_set_fpu(g.vcpu, &set));
	guest_sync(&g, 1);
	OK(hull_vcpu_get_fpu(g.vcpu, &got));
	for (i = 0; i < 16; i++)
		CHECK_EQ(got.xmm[3][i], 0xff);
	CHECK(!memcmp(got.xmm[4], set.xmm[4], 16));
	CHECK(!memcmp(got.fpr[0], pi, 10));
	CHECK_EQ(got.ftwx, 0xff);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_GET_FPU, NULL) == -1 && errno == EFAULT);
}

static void test_vcpu_set_fpu(void)
{
	struct kvm_fpu set, got;
	struct guest g;

	GUEST(&g, LONG64, fpu);
	guest_sync(&g, 0);
	fill(&set);
	OK(hull_vcpu_set_fpu(g.vcpu, &set));
	OK(hull_vcpu_get_fpu(g.vcpu, &got));
	CHECK(!memcmp(set.fpr, got.fpr, sizeof(set.fpr)));
	CHECK(!memcmp(set.xmm, got.xmm, sizeof(set.xmm)));
	CHECK_EQ(got.fcw, set.fcw);
	CHECK_EQ(got.ftwx, set.ftwx);
	guest_sync(&g, 1);
	CHECK(!memcmp(g.ram + DATA_BASE, set.xmm[0], 16));
	CHECK(!memcmp(g.ram + DATA_BASE + 0x10, set.xmm[15], 16));
	CHECK_EQ(load32(&g, DATA_BASE + 0x24) & 0xffff, 0x27f);
	CHECK(!memcmp(g.ram + DATA_BASE + 0x30, set.fpr[0], 10));
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_SET_FPU, NULL) == -1 && errno == EFAULT);
}

/* FXRSTOR would refuse reserved bits of MXCSR. KVM's call leaves MXCSR alone. */
static void test_set_fpu_bad_mxcsr(void)
{
	static const unsigned int reserved[] = { 16, 18, 31 };
	struct kvm_fpu set, bad, got;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, fpu);
	if (is_in_tree_kvm(&g))
		SKIP("KVM_SET_FPU of in-tree KVM does not set MXCSR");
	fill(&set);
	set.mxcsr = 0x1fa0;
	OK(hull_vcpu_set_fpu(g.vcpu, &set));
	for (i = 0; i < ARRAY_SIZE(reserved); i++) {
		memset(&bad, 0, sizeof(bad));
		bad.mxcsr = 0x1f80 | 1U << reserved[i];
		CHECK_RET(hull_vcpu_set_fpu(g.vcpu, &bad), -EINVAL);
		OK(hull_vcpu_get_fpu(g.vcpu, &got));
		CHECK(!memcmp(&got, &set, sizeof(set)));
	}
}

/* SDM vol. 1, XSAVE Area: MXCSR at 24, header at 512, YMM upper halves at 576 */
#define XSAVE_MXCSR	24
#define XSAVE_XMM	160
#define XSAVE_HEADER	512
#define XSAVE_YMM	576

static bool has_avx(struct guest *g)
{
	return guest_has_cpuid(g, 1, 0, ECX, 28);
}

/* OSXSAVE on, and XCR0 with x87, SSE and, where there is, AVX. */
static void enable_xsave(struct guest *g, unsigned int vcpu)
{
	struct kvm_sregs sregs;

	OK(hull_vcpu_get_sregs(g->vcpus[vcpu], &sregs));
	sregs.cr4 |= 1 << 18;
	OK(hull_vcpu_set_sregs(g->vcpus[vcpu], &sregs));
	OK(hull_vcpu_set_xcr(g->vcpus[vcpu], 0, has_avx(g) ? 7 : 3));
}

static void need_xsave(struct guest *g)
{
	if (!guest_has_cpuid(g, 1, 0, ECX, 26))
		SKIP("this CPU has no XSAVE");
}

static void test_vcpu_get_xcrs(void)
{
	struct kvm_xcrs xcrs;
	struct guest g;

	GUEST(&g, LONG64, xcr);
	need_xsave(&g);
	OK(hull_vcpu_get_xcrs(g.vcpu, &xcrs));
	CHECK_EQ(xcrs.nr_xcrs, 1);
	CHECK_EQ(xcrs.flags, 0);
	CHECK_EQ(xcrs.xcrs[0].xcr, 0);
	CHECK_EQ(xcrs.xcrs[0].value, 1);	/* reset value */
	enable_xsave(&g, 0);
	OK(hull_vcpu_get_xcrs(g.vcpu, &xcrs));
	CHECK_EQ(xcrs.xcrs[0].value, has_avx(&g) ? 7 : 3);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_GET_XCRS, NULL) == -1 && errno == EFAULT);
}

/* XSETBV's conditions, SDM vol. 2; the value in force stays, as the guest sees. */
static void test_vcpu_set_xcr(void)
{
	static const uint64_t bad[] = {
		0,			/* x87 cannot be off */
		2, 5,			/* AVX without SSE */
		1ULL << 63 | 3, 1ULL << 62 | 3,
	};
	struct kvm_xcrs xcrs;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, xcr);
	need_xsave(&g);
	enable_xsave(&g, 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_RET(hull_vcpu_set_xcr(g.vcpu, 0, bad[i]), -EINVAL);
	OK(hull_vcpu_get_xcrs(g.vcpu, &xcrs));
	CHECK_EQ(xcrs.xcrs[0].value, has_avx(&g) ? 7 : 3);
	xcrs.nr_xcrs = KVM_MAX_XCRS + 1;
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_SET_XCRS, &xcrs) == -1 && errno == EINVAL);
	xcrs.nr_xcrs = 1;
	xcrs.flags = 1;
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_SET_XCRS, &xcrs) == -1 && errno == EINVAL);
	CHECK(ioctl(hull_vcpu_fd(g.vcpu), KVM_SET_XCRS, NULL) == -1 && errno == EFAULT);
	guest_sync(&g, 1);
	CHECK_EQ(guest_rax(&g), has_avx(&g) ? 7 : 3);
}

static void create_with_avx(struct guest *g)
{
	GUEST(g, LONG64, xcr);
	need_xsave(g);
	if (!has_avx(g))
		SKIP("this CPU has no AVX");
	enable_xsave(g, 0);
}

static uint8_t *xsave_buffer(struct guest *g, size_t *size)
{
	uint8_t *buffer;

	*size = hull_vm_xsave_size(g->vm);
	buffer = calloc(1, *size);
	CHECK(buffer);
	OK(hull_vcpu_get_xsave(g->vcpu, buffer, *size));
	return buffer;
}

static void set_components(uint8_t *xsave, uint64_t bits)
{
	memcpy(xsave + XSAVE_HEADER, &bits, sizeof(bits));
}

static void test_vcpu_get_xsave(void)
{
	struct guest g;
	uint8_t *xsave, *again;
	unsigned int i;
	size_t size;

	create_with_avx(&g);
	guest_sync(&g, 1);
	guest_sync(&g, 2);
	xsave = xsave_buffer(&g, &size);
	for (i = 0; i < 16; i++) {
		CHECK_EQ(xsave[XSAVE_XMM + 2 * 16 + i], 0xff);
		CHECK_EQ(xsave[XSAVE_YMM + 2 * 16 + i], 0xff);
	}
	/* Back and forth without loss */
	OK(hull_vcpu_set_xsave(g.vcpu, xsave, size));
	again = xsave_buffer(&g, &size);
	CHECK(!memcmp(xsave, again, size));
	/* The short form is the start of the long one. */
	OK(hull_vcpu_get_xsave(g.vcpu, again, sizeof(struct kvm_xsave)));
	CHECK(!memcmp(xsave, again, 512));
}

static void test_vcpu_set_xsave(void)
{
	struct guest g;
	uint8_t *xsave;
	unsigned int i;
	size_t size;

	create_with_avx(&g);
	xsave = xsave_buffer(&g, &size);
	set_components(xsave, 7);
	for (i = 0; i < 256; i++) {
		xsave[XSAVE_XMM + i] = i;
		xsave[XSAVE_YMM + i] = 255 - i;
	}
	OK(hull_vcpu_set_xsave(g.vcpu, xsave, size));
	guest_sync(&g, 1);
	guest_sync(&g, 2);
	CHECK(!memcmp(g.ram + DATA_BASE, xsave + XSAVE_XMM + 16, 16));
	CHECK(!memcmp(g.ram + DATA_BASE + 0x10, xsave + XSAVE_YMM + 16, 16));
	CHECK(!memcmp(g.ram + DATA_BASE + 0x20, xsave + XSAVE_XMM + 14 * 16, 16));
	CHECK(!memcmp(g.ram + DATA_BASE + 0x30, xsave + XSAVE_YMM + 14 * 16, 16));
}

/*
 * SDM vol. 2, XGETBV: with ECX = 1 the components in use, whether or not the guest has
 * touched one since it was entered.  What is in use is never missing.
 */
static void test_xgetbv_in_use(void)
{
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, in_use);
	need_xsave(&g);
	if (!has_avx(&g))
		SKIP("this CPU has no AVX");
	if (!guest_has_cpuid(&g, 0xd, 1, EAX, 2))
		SKIP("this CPU's XGETBV takes no ECX = 1");
	enable_xsave(&g, 0);
	guest_sync(&g, 1);
	/* KVM_RUNs that need no register */
	for (i = 0; i < 3; i++)
		guest_complete_io(&g);
	guest_sync(&g, 2);
	CHECK_EQ(guest_rax(&g) & 6, 6);
	guest_sync(&g, 3);
	guest_sync(&g, 4);
	CHECK_EQ(guest_rax(&g) & ~7ull, 0);
}

/* Where payload xsave stores all components, and where it loads others from */
#define XSAVE_SEEN	(DATA_BASE + 0x10000)
#define XSAVE_NEXT	(DATA_BASE + 0x20000)

enum { X87 = 0, SSE = 1, PKRU = 9 };

/* Components of user state that the kernel has names for: SDM vol. 1, XSAVE */
static const char * const components[] = {
	"x87", "SSE", "AVX", NULL, NULL, "opmask", "ZMM_Hi256", "Hi16_ZMM", NULL, "PKRU",
};

struct range {
	unsigned int offset, size;
};

/* What of component i can have any value; the rest is control and reserved. */
static struct range component_range(struct guest *g, unsigned int i)
{
	const struct kvm_cpuid_entry2 *e;
	struct kvm_cpuid2 *cpuid;
	struct range r;

	if (i == X87)
		return (struct range) { 32, 128 };
	if (i == SSE)
		return (struct range) { XSAVE_XMM, 256 };
	OK(hull_get_supported_cpuid(g->sys, &cpuid));
	e = hull_cpuid_find(cpuid, 0xd, i);
	CHECK(e);
	r = (struct range) { e->ebx, i == PKRU ? 4 : e->eax };
	hull_free(cpuid);
	return r;
}

static uint64_t offered_components(struct guest *g)
{
	const struct kvm_cpuid_entry2 *e;
	struct kvm_cpuid2 *cpuid;
	uint64_t offered;

	OK(hull_get_supported_cpuid(g->sys, &cpuid));
	e = hull_cpuid_find(cpuid, 0xd, 0);
	CHECK(e);
	offered = (uint64_t)e->edx << 32 | e->eax;
	hull_free(cpuid);
	return offered;
}

/* Numbers made of @salt in every component. */
static void fill_components(struct guest *g, uint8_t *area, uint64_t offered, unsigned int salt)
{
	unsigned int i, j;

	area[0] = 0x7f;		/* FCW: double precision */
	area[1] = 2;
	area[4] = 0xff;		/* all x87 registers in use */
	memcpy(area + XSAVE_MXCSR, &(uint32_t){ 0x1f80 }, 4);
	set_components(area, offered);
	for (i = 0; i < 64; i++) {
		struct range r;

		if (!(offered >> i & 1))
			continue;
		if (i >= ARRAY_SIZE(components) || !components[i])
			FAIL("component %u is offered, and no test knows it", i);
		r = component_range(g, i);
		for (j = 0; j < r.size; j++)
			area[r.offset + j] = salt + i * 31 + j * 7;
		/* Six bytes behind each of ten are reserved. */
		for (j = 0; i == X87 && j < 8; j++)
			memset(area + r.offset + j * 16 + 10, 0, 6);
		/* Key 0 is the guest's own memory's. */
		if (i == PKRU)
			area[r.offset] &= ~3;
	}
}

static void compare_components(struct guest *g, const uint8_t *got, const uint8_t *want,
			       uint64_t offered, const char *where)
{
	uint64_t present;
	unsigned int i;

	memcpy(&present, got + XSAVE_HEADER, sizeof(present));
	CHECK_EQ(present, offered);
	CHECK(!memcmp(got, want, 2));
	CHECK(!memcmp(got + XSAVE_MXCSR, want + XSAVE_MXCSR, 4));
	for (i = 0; i < ARRAY_SIZE(components); i++) {
		struct range r;

		if (!(offered >> i & 1))
			continue;
		r = component_range(g, i);
		if (memcmp(got + r.offset, want + r.offset, r.size))
			FAIL("%s: not what %s had", components[i], where);
	}
}

/* Every component that the guest is offered, by KVM_SET_XSAVE to it and back. */
static void test_xsave_components(void)
{
	struct kvm_sregs sregs;
	uint64_t offered;
	struct guest g;
	uint8_t *xsave;
	unsigned int i;
	size_t size;

	GUEST(&g, LONG64, xsave);
	need_xsave(&g);
	offered = offered_components(&g);
	for (i = 0; i < ARRAY_SIZE(components); i++)
		if (components[i] && !(offered >> i & 1))
			tap_diag("this machine has no %s", components[i]);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.cr4 |= 1 << 18;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	OK(hull_vcpu_set_xcr(g.vcpu, 0, offered));
	xsave = xsave_buffer(&g, &size);
	CHECK(size <= XSAVE_NEXT - XSAVE_SEEN);
	fill_components(&g, xsave, offered, 0x11);
	fill_components(&g, g.ram + XSAVE_NEXT, offered, 0x99);
	OK(hull_vcpu_set_xsave(g.vcpu, xsave, size));
	guest_sync(&g, 1);
	compare_components(&g, g.ram + XSAVE_SEEN, xsave, offered, "KVM_SET_XSAVE");
	guest_sync(&g, 2);
	OK(hull_vcpu_get_xsave(g.vcpu, xsave, size));
	compare_components(&g, xsave, g.ram + XSAVE_NEXT, offered, "the guest");
}

#define XSAVE_XCOMP_BV	520
#define XCOMP_COMPACTED	(1ULL << 63)

/*
 * From the standard format to the compacted one, or back: component after component
 * behind the header, some on a multiple of 64 (SDM vol. 1, Extended Region of an XSAVE
 * Area).
 */
static void convert(struct guest *g, uint8_t *to, const uint8_t *from, uint64_t offered,
		    bool compact)
{
	const struct kvm_cpuid_entry2 *e;
	struct kvm_cpuid2 *cpuid;
	unsigned int i, packed = XSAVE_YMM;

	memcpy(to, from, XSAVE_YMM);
	offered |= XCOMP_COMPACTED;
	if (!compact)
		CHECK(!memcmp(from + XSAVE_XCOMP_BV, &offered, sizeof(offered)));
	offered &= compact ? ~0ULL : 0;
	memcpy(to + XSAVE_XCOMP_BV, &offered, sizeof(offered));
	OK(hull_get_supported_cpuid(g->sys, &cpuid));
	for (i = SSE + 1; i < ARRAY_SIZE(components); i++) {
		e = hull_cpuid_find(cpuid, 0xd, i);
		if (!e)
			continue;
		if (e->ecx & 2)
			packed = (packed + 63) & ~63u;
		if (compact)
			memcpy(to + packed, from + e->ebx, e->eax);
		else
			memcpy(to + e->ebx, from + packed, e->eax);
		packed += e->eax;
	}
	hull_free(cpuid);
}

static bool has_xsaves(struct guest *g)
{
	return guest_has_cpuid(g, 0xd, 1, EAX, 3);
}

static void test_xsaves(void)
{
	uint8_t *xsave, *standard;
	struct kvm_sregs sregs;
	uint64_t offered;
	struct guest g;
	size_t size;

	GUEST(&g, LONG64, xsaves);
	if (!has_xsaves(&g))
		SKIP("this CPU, or its kernel, has no XSAVES");
	offered = offered_components(&g);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.cr4 |= 1 << 18;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	OK(hull_vcpu_set_xcr(g.vcpu, 0, offered));
	xsave = xsave_buffer(&g, &size);
	standard = calloc(1, size);
	CHECK(standard);
	fill_components(&g, xsave, offered, 0x11);
	OK(hull_vcpu_set_xsave(g.vcpu, xsave, size));
	guest_sync(&g, 1);
	convert(&g, standard, g.ram + XSAVE_SEEN, offered, false);
	compare_components(&g, standard, xsave, offered, "KVM_SET_XSAVE");
	memset(standard, 0, size);
	fill_components(&g, standard, offered, 0x99);
	convert(&g, g.ram + XSAVE_NEXT, standard, offered, true);
	guest_sync(&g, 2);
	OK(hull_vcpu_get_xsave(g.vcpu, xsave, size));
	compare_components(&g, xsave, standard, offered, "the guest");
}

/* Undefined in a guest that is not told of it, whatever the CPU has. */
static void test_xsaves_hidden(void)
{
	struct kvm_cpuid2 *cpuid;
	struct kvm_sregs sregs;
	struct guest g;
	unsigned int i;

	if (host_is_amd())
		SKIP("SVM has no control for XSAVES");
	GUEST(&g, LONG64, xsaves);
	need_xsave(&g);
	OK(hull_get_supported_cpuid(g.sys, &cpuid));
	for (i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == 0xd && cpuid->entries[i].index == 1)
			cpuid->entries[i].eax &= ~(1u << 3);
	OK(hull_vcpu_set_cpuid(g.vcpu, cpuid));
	hull_free(cpuid);
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.cr4 |= 1 << 18;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	guest_exception(&g, 6, NULL);
}

static void test_xsave_bad_input(void)
{
	const uint32_t mxcsr = 0xffffffff;
	struct guest g;
	uint8_t *xsave, *before;
	size_t size;
	int fd;

	GUEST(&g, LONG64, xcr);
	need_xsave(&g);
	enable_xsave(&g, 0);
	before = xsave_buffer(&g, &size);
	xsave = xsave_buffer(&g, &size);
	set_components(xsave, 1ULL << 62 | 3);
	CHECK_RET(hull_vcpu_set_xsave(g.vcpu, xsave, size), -EINVAL);
	memcpy(xsave, before, size);
	memcpy(xsave + XSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
	set_components(xsave, 3);
	CHECK_RET(hull_vcpu_set_xsave(g.vcpu, xsave, size), -EINVAL);
	OK(hull_vcpu_get_xsave(g.vcpu, xsave, size));
	CHECK(!memcmp(xsave, before, size));
	/* A valid MXCSR sticks: the contract's validation goes both ways. */
	set_components(xsave, 3);
	memcpy(xsave + XSAVE_MXCSR, &(uint32_t){ 0x1fa0 }, 4);
	OK(hull_vcpu_set_xsave(g.vcpu, xsave, size));
	OK(hull_vcpu_get_xsave(g.vcpu, xsave, size));
	CHECK(!memcmp(xsave + XSAVE_MXCSR, &(uint32_t){ 0x1fa0 }, 4));
	fd = hull_vcpu_fd(g.vcpu);
	CHECK(ioctl(fd, KVM_GET_XSAVE, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(fd, KVM_SET_XSAVE, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(fd, KVM_GET_XSAVE2, NULL) == -1 && errno == EFAULT);
}

static void start_counter(struct guest *g, unsigned int i, uint64_t rounds)
{
	struct kvm_regs regs;
	uint8_t *xsave;
	unsigned int x;
	size_t size;

	if (i) {
		guest_add_vcpu(g, i);
		guest_vcpu_start(g, i, CODE_BASE);
	}
	enable_xsave(g, i);
	xsave = xsave_buffer(g, &size);
	set_components(xsave, 7);
	for (x = 0; x < 16; x++) {
		memset(xsave + XSAVE_XMM + x * 16, x + i * 16, 16);
		memset(xsave + XSAVE_YMM + x * 16, 0, 16);
	}
	OK(hull_vcpu_set_xsave(g->vcpus[i], xsave, size));
	OK(hull_vcpu_get_regs(g->vcpus[i], &regs));
	regs.rbx = rounds;
	regs.rdi = DATA_BASE + i * 0x1000;
	OK(hull_vcpu_set_regs(g->vcpus[i], &regs));
}

/* Lanes of 32 bits, each of which has counted the rounds. */
static void check_counter(struct guest *g, unsigned int i, uint64_t rounds)
{
	static const unsigned int registers[] = { 0, 1, 2, 15 };
	unsigned int r, lane;
	uint32_t start;

	for (r = 0; r < 4; r++) {
		memset(&start, registers[r] + i * 16, 4);
		for (lane = 0; lane < 8; lane++)
			CHECK_EQ(load32(g, DATA_BASE + i * 0x1000 + r * 32 + lane * 4),
				 (uint32_t)((lane < 4 ? start : 0) + rounds));
	}
}

/* Two guests and the host share one CPU's registers, and none sees another's. */
static void test_avx_two_vcpus_one_cpu(void)
{
	const uint64_t rounds = tap_env("HULL_TEST_ROUNDS", 100) * 100000;
	struct runner runners[2];
	struct guest g;
	cpu_set_t cpu;
	unsigned int i;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	SYS(sched_setaffinity(0, sizeof(cpu), &cpu));
	GUEST(&g, LONG64, avx_count);
	need_xsave(&g);
	if (!guest_has_cpuid(&g, 7, 0, EBX, 5))
		SKIP("this CPU has no AVX2");
	for (i = 0; i < 2; i++)
		start_counter(&g, i, rounds + i);
	for (i = 0; i < 2; i++)
		runner_start(&runners[i], &g, i, 1);
	for (i = 0; i < 2; i++)
		runner_join(&runners[i]);
	for (i = 0; i < 2; i++)
		check_counter(&g, i, rounds + i);
}

static const struct test tests[] = {
	{ "vcpu_get_fpu", test_vcpu_get_fpu },
	{ "vcpu_set_fpu", test_vcpu_set_fpu },
	{ "set_fpu_bad_mxcsr", test_set_fpu_bad_mxcsr },
	{ "vcpu_get_xcrs", test_vcpu_get_xcrs },
	{ "vcpu_set_xcr", test_vcpu_set_xcr },
	{ "vcpu_get_xsave", test_vcpu_get_xsave },
	{ "vcpu_set_xsave", test_vcpu_set_xsave },
	{ "xgetbv_in_use", test_xgetbv_in_use },
	{ "xsave_components", test_xsave_components },
	{ "xsave_bad_input", test_xsave_bad_input },
	{ "xsaves", test_xsaves },
	{ "xsaves_hidden", test_xsaves_hidden },
	{ "avx_two_vcpus_one_cpu", test_avx_two_vcpus_one_cpu },
};

TAP_MAIN(tests)
