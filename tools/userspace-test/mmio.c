// SPDX-License-Identifier: GPL-2.0-only
/* Accesses to addresses without memory, as user space sees and answers them. */
#include <stdlib.h>
#include <sys/mman.h>

#include "guest.h"

PAYLOAD(mmio_forms);
PAYLOAD(mmio_rmw);
PAYLOAD(mmio_string);
PAYLOAD(mmio_sse);
PAYLOAD(mmio_bits);
PAYLOAD(mmio_cross);

#define DEVICE_SIZE	0x2000

/* A device that is memory and counts. */
struct device {
	uint8_t bytes[DEVICE_SIZE];
	unsigned int reads;
	unsigned int writes;
};

static int device_access(void *opaque, const struct hull_access *access)
{
	struct device *dev = opaque;
	uint64_t at = access->address - MMIO_BASE;

	CHECK(access->size >= 1 && access->size <= 8);
	CHECK(at + access->size <= DEVICE_SIZE);
	if (access->write) {
		memcpy(dev->bytes + at, access->data, access->size);
		dev->writes++;
	} else {
		memcpy(access->data, dev->bytes + at, access->size);
		dev->reads++;
	}
	return 0;
}

static void serve(struct guest *g, struct device *dev, unsigned int milestone)
{
	dev->reads = dev->writes = 0;
	while (guest_run(g) == KVM_EXIT_MMIO)
		OK(hull_vcpu_handle_mmio(g->vcpu, device_access, dev));
	if (g->run->exit_reason != KVM_EXIT_IO || g->run->io.port != PORT_SYNC + milestone) {
		struct kvm_regs regs;

		guest_get_regs(g, &regs);
		FAIL("milestone %u expected, not %s; rip 0x%llx", milestone,
		     exit_name(g->run), regs.rip);
	}
}

static void expect_write(struct guest *g, uint64_t gpa, unsigned int len, uint64_t value)
{
	uint64_t data = 0;

	if (guest_run(g) != KVM_EXIT_MMIO)
		FAIL("MMIO expected, not %s", exit_name(g->run));
	CHECK_EQ(g->run->mmio.is_write, 1);
	CHECK_EQ(g->run->mmio.phys_addr, gpa);
	CHECK_EQ(g->run->mmio.len, len);
	memcpy(&data, g->run->mmio.data, len);
	CHECK_EQ(data, value);
}

static uint64_t read_result(struct guest *g, struct device *dev, unsigned int milestone)
{
	serve(g, dev, milestone);
	CHECK_EQ(dev->reads, 1);
	CHECK_EQ(dev->writes, 0);
	return guest_rax(g);
}

static void test_vcpu_handle_mmio(void)
{
	static struct device dev;
	struct guest g;

	GUEST(&g, LONG64, mmio_forms);
	guest_sync(&g, 0);
	CHECK_RET(hull_vcpu_handle_mmio(g.vcpu, device_access, &dev), -EINVAL);
	expect_write(&g, MMIO_BASE, 1, 0x88);
	expect_write(&g, MMIO_BASE, 2, 0x7788);
	expect_write(&g, MMIO_BASE, 4, 0x55667788);
	expect_write(&g, MMIO_BASE, 8, 0x1122334455667788);
	expect_write(&g, MMIO_BASE + 1, 1, 0x5a);
	expect_write(&g, MMIO_BASE + 4, 4, 0xfffffffe);
	expect_write(&g, MMIO_BASE + 8, 8, 0xfffffffffffffffe);
	guest_sync(&g, 1);
	memcpy(dev.bytes, "\x81\x92\xa3\xb4\xc5\xd6\xe7\xf8", 8);
	CHECK_EQ(read_result(&g, &dev, 2), 0xffffffffffffff81);
	CHECK_EQ(read_result(&g, &dev, 3), 0xffffffffffff9281);
	CHECK_EQ(read_result(&g, &dev, 4), 0xb4a39281);
	CHECK_EQ(read_result(&g, &dev, 5), 0xf8e7d6c5b4a39281);
	CHECK_EQ(read_result(&g, &dev, 6), 0x81);
	CHECK_EQ(read_result(&g, &dev, 7), 0xffffffffffffff81);
	CHECK_EQ(read_result(&g, &dev, 8), 0xffff9281);
}

static uint32_t dev32(const struct device *dev)
{
	uint32_t value;

	memcpy(&value, dev->bytes, 4);
	return value;
}

#define CF	0x01
#define ZF	0x40
#define SF	0x80

static void after(struct guest *g, struct device *dev, unsigned int milestone,
		  uint32_t value, uint32_t flags)
{
	struct kvm_regs regs;

	serve(g, dev, milestone);
	CHECK_EQ(dev32(dev), value);
	guest_get_regs(g, &regs);
	CHECK_EQ(regs.rflags & (CF | ZF | SF), flags);
}

static void test_mmio_read_modify_write(void)
{
	static struct device dev;
	struct guest g;

	GUEST(&g, LONG64, mmio_rmw);
	memcpy(dev.bytes, "\x0f\x00\x01\x00", 4);
	after(&g, &dev, 0, 0x1010f, 0);
	CHECK_EQ(dev.reads, 1);
	CHECK_EQ(dev.writes, 1);
	after(&g, &dev, 1, 0x10110, 0);
	after(&g, &dev, 2, 0x10010, 0);
	after(&g, &dev, 3, 0x10011, 0);
	after(&g, &dev, 4, 0xfffeffef, CF | SF);
	after(&g, &dev, 5, 0xfffeffff, SF);	/* BTS: ZF and SF stay, CF = old bit */
	serve(&g, &dev, 6);
	CHECK_EQ(dev32(&dev), 7);
	CHECK_EQ(guest_rax(&g), 0xfffeffff);
	after(&g, &dev, 7, 9, ZF);
	serve(&g, &dev, 8);
	CHECK_EQ(dev32(&dev), 10);
	CHECK_EQ(guest_rax(&g), 9);
	after(&g, &dev, 9, 10, ZF);
	CHECK_EQ(dev.writes, 0);
	after(&g, &dev, 10, 10, ZF);
	serve(&g, &dev, 11);
	CHECK_EQ(guest_rax(&g), 10);
}

static void set_string(struct guest *g, uint64_t rsi, uint64_t rdi, uint64_t rcx)
{
	struct kvm_regs regs;

	guest_complete_io(g);
	guest_get_regs(g, &regs);
	regs.rsi = rsi;
	regs.rdi = rdi;
	regs.rcx = rcx;
	guest_set_regs(g, &regs);
}

static void test_mmio_string(void)
{
	static struct device dev;
	struct kvm_regs regs;
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, mmio_string);
	for (i = 0; i < 256; i++)
		g.ram[DATA_BASE + i] = i ^ 0x5a;
	guest_sync(&g, 0);
	set_string(&g, DATA_BASE, MMIO_BASE + 3, 100);
	serve(&g, &dev, 1);
	CHECK(!memcmp(dev.bytes + 3, g.ram + DATA_BASE, 100));
	set_string(&g, MMIO_BASE + 4, DATA_BASE + 0x1000, 8);
	serve(&g, &dev, 2);
	CHECK(!memcmp(g.ram + DATA_BASE + 0x1000, dev.bytes + 4, 32));
	set_string(&g, 0, MMIO_BASE + 0x200, 5);
	serve(&g, &dev, 3);
	for (i = 0; i < 5; i++)
		CHECK(!memcmp(dev.bytes + 0x200 + i * 2, "\xab\x00", 2));
	CHECK_EQ(dev.bytes[0x20a], 0);
	set_string(&g, MMIO_BASE + 0x1ff, 0, 1);
	serve(&g, &dev, 4);
	CHECK_EQ(guest_rax(&g), 0xab00ab00ab00ab00);
	/* From device to device, backwards */
	set_string(&g, MMIO_BASE + 6, MMIO_BASE + 0x306, 3);
	serve(&g, &dev, 5);
	CHECK(!memcmp(dev.bytes + 0x304, dev.bytes + 4, 3));
	CHECK_EQ(dev.bytes[0x303], 0);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rsi, MMIO_BASE + 3);
	CHECK_EQ(regs.rdi, MMIO_BASE + 0x303);
	CHECK_EQ(regs.rcx, 0);
}

static void test_mmio_sse(void)
{
	static struct device dev;
	struct guest g;

	GUEST(&g, LONG64, mmio_sse);
	memcpy(g.ram + DATA_BASE, "0123456789abcdef", 16);
	serve(&g, &dev, 0);
	CHECK(!memcmp(dev.bytes, "0123456789abcdef", 16));
	memcpy(dev.bytes, "ghijklmnopqrstuv", 16);
	serve(&g, &dev, 1);
	CHECK(!memcmp(g.ram + DATA_BASE + 0x10, "ghijklmnopqrstuv", 16));
	serve(&g, &dev, 2);
	CHECK_EQ(dev32(&dev), 0x12345678);
	if (!guest_has_cpuid(&g, 1, 0, ECX, 22))
		return;
	serve(&g, &dev, 3);
	CHECK_EQ(dev32(&dev), 0x78563412);
}

static void test_mmio_bits(void)
{
	static struct device dev;
	struct guest g;

	GUEST(&g, LONG64, mmio_bits);
	if (is_in_tree_kvm(&g))
		SKIP("KVM does not emulate them");
	if (!guest_has_cpuid(&g, 1, 0, ECX, 20) || !guest_has_cpuid(&g, 7, 0, EBX, 3) ||
	    !guest_has_cpuid(&g, 7, 0, EBX, 8) || !guest_has_cpuid(&g, 7, 0, EBX, 19))
		SKIP("no SSE4.2, BMI1, BMI2 or ADX");
	memcpy(dev.bytes, "12345678", 8);
	CHECK_EQ(read_result(&g, &dev, 0), 0x9f787f65);
	CHECK_EQ(read_result(&g, &dev, 1), 0x3837363534333233);
	CHECK_EQ(read_result(&g, &dev, 2), 0x3837363534333200);
	/* The high half of the product with 2^64 - 1. */
	CHECK_EQ(read_result(&g, &dev, 3), 0x3837363534333230);
}

static void set_rbx(struct guest *g, uint64_t rbx)
{
	guest_sync(g, 0);
	OK(hull_vcpu_set_gpr(g->vcpu, HULL_GPR_RBX, rbx));
}

/* Across two pages of the device: parts in order, none of them lost. */
static void test_mmio_page_crossing(void)
{
	static struct device dev;
	struct guest g;

	GUEST(&g, LONG64, mmio_cross);
	set_rbx(&g, MMIO_BASE + 0xffd);
	serve(&g, &dev, 1);
	CHECK(!memcmp(dev.bytes + 0xffd, "\x88\x77\x66\x55\x44\x33\x22\x11", 8));
	CHECK_EQ(dev.writes, 2);
	serve(&g, &dev, 2);
	CHECK_EQ(dev.reads, 2);
	CHECK_EQ(guest_rax(&g), 0x1122334455667788);
}

/* Memory on the first page, the device on the second. */
static void test_mmio_half_ram(void)
{
	static struct device dev;
	struct guest g;
	uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED);
	GUEST(&g, LONG64, mmio_cross);
	OK(hull_vm_add_memory_region(g.vm, MMIO_BASE - 0x1000, page, 0x1000, 0));
	set_rbx(&g, MMIO_BASE - 3);
	serve(&g, &dev, 1);
	CHECK(!memcmp(page + 0xffd, "\x88\x77\x66", 3));
	CHECK(!memcmp(dev.bytes, "\x55\x44\x33\x22\x11", 5));
	dev.bytes[4] = 0x99;
	serve(&g, &dev, 2);
	CHECK_EQ(guest_rax(&g), 0x9922334455667788);
}

static const struct test tests[] = {
	{ "vcpu_handle_mmio", test_vcpu_handle_mmio },
	{ "mmio_read_modify_write", test_mmio_read_modify_write },
	{ "mmio_string", test_mmio_string },
	{ "mmio_sse", test_mmio_sse },
	{ "mmio_bits", test_mmio_bits },
	{ "mmio_page_crossing", test_mmio_page_crossing },
	{ "mmio_half_ram", test_mmio_half_ram },
};

TAP_MAIN(tests)
