// SPDX-License-Identifier: GPL-2.0-only
/* Port I/O: sizes, string forms, and how user space answers. */
#include "guest.h"

PAYLOAD(pio_simple);
PAYLOAD(pio_string);
PAYLOAD(pio_real);
PAYLOAD(pio_moved);

/* What the guest wrote, in order; what it is to read, in order. */
struct device {
	uint8_t out[65536];
	unsigned int written;
	uint8_t next;		/* reads count up from here */
	uint16_t port;
	uint32_t size;
};

static int device_access(void *opaque, const struct hull_access *access)
{
	struct device *dev = opaque;
	uint8_t *data = access->data;
	uint32_t i;

	CHECK_EQ(access->address, dev->port);
	CHECK_EQ(access->size, dev->size);
	for (i = 0; i < access->size; i++) {
		if (access->write) {
			CHECK(dev->written < sizeof(dev->out));
			dev->out[dev->written++] = data[i];
		} else {
			data[i] = dev->next++;
		}
	}
	return 0;
}

/* Serves exits of the device's port until the milestone. */
static void serve(struct guest *g, struct device *dev, unsigned int milestone)
{
	while (guest_run(g) == KVM_EXIT_IO && g->run->io.port == dev->port)
		OK(hull_vcpu_handle_io(g->vcpu, device_access, dev));
	if (g->run->exit_reason != KVM_EXIT_IO || g->run->io.port != PORT_SYNC + milestone)
		FAIL("milestone %u expected, not %s", milestone, exit_name(g->run));
}

static void expect_io(struct guest *g, bool out, uint16_t port, unsigned int size)
{
	if (guest_run(g) != KVM_EXIT_IO)
		FAIL("port I/O expected, not %s", exit_name(g->run));
	CHECK_EQ(g->run->io.direction, out ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN);
	CHECK_EQ(g->run->io.port, port);
	CHECK_EQ(g->run->io.size, size);
	CHECK_EQ(g->run->io.count, 1);
}

static void *io_data(struct guest *g)
{
	return (char *)g->run + g->run->io.data_offset;
}

/* IN and OUT of 1, 2 and 4 bytes; narrow reads leave the rest of RAX alone. */
static void test_vcpu_handle_io(void)
{
	struct guest g;

	GUEST(&g, LONG64, pio_simple);
	expect_io(&g, true, 0x80, 1);
	CHECK_EQ(*(uint8_t *)io_data(&g), 0x88);
	expect_io(&g, true, 0x80, 2);
	CHECK_EQ(*(uint16_t *)io_data(&g), 0x7788);
	expect_io(&g, true, 0x80, 4);
	CHECK_EQ(*(uint32_t *)io_data(&g), 0x55667788);
	expect_io(&g, true, 0xfff8, 4);
	expect_io(&g, false, 0x80, 1);
	*(uint8_t *)io_data(&g) = 0x5a;
	expect_io(&g, false, 0x80, 2);
	*(uint16_t *)io_data(&g) = 0x6b5a;
	expect_io(&g, false, 0xfff8, 4);
	*(uint32_t *)io_data(&g) = 0x9c7b6b5a;
	guest_sync(&g, 1);
	CHECK_EQ(load64(&g, DATA_BASE), 0xffffffffffffff5a);
	CHECK_EQ(load64(&g, DATA_BASE + 8), 0xffffffffffff6b5a);
	CHECK_EQ(load64(&g, DATA_BASE + 16), 0x9c7b6b5a);
}

static void set_string(struct guest *g, struct device *dev, uint64_t address,
		       uint64_t count, unsigned int size)
{
	struct kvm_regs regs;

	guest_complete_io(g);
	guest_get_regs(g, &regs);
	regs.rsi = regs.rdi = address;
	regs.rcx = count;
	regs.rdx = dev->port;
	guest_set_regs(g, &regs);
	dev->size = size;
	dev->written = 0;
	dev->next = 1;
}

static void check_regs(struct guest *g, uint64_t rsi, uint64_t rdi, uint64_t rcx)
{
	struct kvm_regs regs;

	guest_get_regs(g, &regs);
	CHECK_EQ(regs.rsi, rsi);
	CHECK_EQ(regs.rdi, rdi);
	CHECK_EQ(regs.rcx, rcx);
}

static void string_out(struct guest *g, struct device *dev)
{
	const uint64_t at = DATA_BASE;

	set_string(g, dev, at, 9, 1);
	serve(g, dev, 1);
	CHECK_EQ(dev->written, 1);
	CHECK_EQ(dev->out[0], g->ram[at]);
	check_regs(g, at + 1, at, 9);

	/* More than a page, so that it takes several exits */
	set_string(g, dev, at, 10000, 1);
	serve(g, dev, 2);
	CHECK_EQ(dev->written, 10000);
	CHECK(!memcmp(dev->out, g->ram + at, 10000));
	check_regs(g, at + 10000, at, 0);

	/* Odd address, page-crossing elements */
	set_string(g, dev, at + 0xffd, 4, 2);
	serve(g, dev, 3);
	CHECK_EQ(dev->written, 8);
	CHECK(!memcmp(dev->out, g->ram + at + 0xffd, 8));
	check_regs(g, at + 0xffd + 8, at + 0xffd, 0);

	set_string(g, dev, at + 0x1004, 3, 4);
	serve(g, dev, 4);
	CHECK_EQ(dev->written, 12);
	CHECK(!memcmp(dev->out, g->ram + at + 0x1004, 4));
	CHECK(!memcmp(dev->out + 4, g->ram + at + 0x1000, 4));
	CHECK(!memcmp(dev->out + 8, g->ram + at + 0xffc, 4));
	check_regs(g, at + 0x1004 - 12, at + 0x1004, 0);
}

static void string_in(struct guest *g, struct device *dev)
{
	const uint64_t at = DATA_BASE;
	unsigned int i;

	set_string(g, dev, at, 9, 1);
	serve(g, dev, 5);
	CHECK_EQ(g->ram[at], 1);
	check_regs(g, at, at + 1, 9);

	set_string(g, dev, at + 0xfff, 3000, 2);
	serve(g, dev, 6);
	for (i = 0; i < 6000; i++)
		CHECK_EQ(g->ram[at + 0xfff + i], (uint8_t)(i + 1));
	check_regs(g, at + 0xfff, at + 0xfff + 6000, 0);

	set_string(g, dev, at + 0x1004, 3, 4);
	serve(g, dev, 7);
	CHECK_EQ(load32(g, at + 0x1004), 0x04030201);
	CHECK_EQ(load32(g, at + 0x1000), 0x08070605);
	CHECK_EQ(load32(g, at + 0xffc), 0x0c0b0a09);
	check_regs(g, at + 0x1004, at + 0x1004 - 12, 0);

	/* A count of 0 touches nothing. */
	set_string(g, dev, at, 0, 1);
	g->ram[at] = 0x77;
	serve(g, dev, 8);
	CHECK_EQ(dev->written, 0);
	CHECK_EQ(g->ram[at], 0x77);
	check_regs(g, at, at, 0);
}

static void test_string_io(void)
{
	static struct device dev = { .port = 0x1f0 };
	struct guest g;
	unsigned int i;

	GUEST(&g, LONG64, pio_string);
	for (i = 0; i < 16384; i++)
		g.ram[DATA_BASE + i] = i * 7 + (i >> 8);
	guest_sync(&g, 0);
	string_out(&g, &dev);
	string_in(&g, &dev);
}

/* Real mode, segments other than 0, DI at the very end of its segment. */
static void test_string_io_real_mode(void)
{
	static struct device dev = { .port = 0x3f8, .size = 1, .next = 0xc0 };
	struct guest g;

	GUEST(&g, REAL16, pio_real);
	memcpy(g.ram + 0x10004, "abc", 3);
	expect_io(&g, true, 0x3f8, 2);
	CHECK_EQ(*(uint16_t *)io_data(&g), 0x1234);
	serve(&g, &dev, 1);
	CHECK_EQ(dev.written, 3);
	CHECK(!memcmp(dev.out, "abc", 3));
	CHECK_EQ(g.ram[0x1fffe], 0xc0);
	CHECK_EQ(g.ram[0x1ffff], 0xc1);
}

/* An answer is for the instruction that asked: it is lost on a vCPU moved elsewhere. */
static void moved(uint64_t cs_base, uint64_t rip)
{
	static const uint8_t code[] = { 0x90, 0x90, 0xe6, PORT_SYNC + 2 };
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, REAL16, pio_moved);
	expect_io(&g, false, 0x60, 1);
	*(uint8_t *)io_data(&g) = 0x55;
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	sregs.cs.base = cs_base;
	sregs.cs.selector = cs_base >> 4;
	OK(hull_vcpu_set_sregs(g.vcpu, &sregs));
	guest_get_regs(&g, &regs);
	regs.rax = 0x77;
	regs.rip = rip;
	guest_set_regs(&g, &regs);
	memcpy(g.ram + cs_base + rip, code, sizeof(code));
	guest_sync(&g, 2);
	CHECK_EQ(guest_rax(&g), 0x77);
	guest_destroy(&g);
}

static void test_moved_on(void)
{
	moved(0, 0x6000);
	moved(0x10000, CODE_BASE);
}

/* The device may change registers between two parts of one instruction. */
static void test_string_io_changed_count(void)
{
	static struct device dev = { .port = 0x1f0 };
	struct kvm_regs regs;
	struct guest g;

	GUEST(&g, LONG64, pio_string);
	guest_sync(&g, 0);
	set_string(&g, &dev, DATA_BASE, 1, 1);
	serve(&g, &dev, 1);
	set_string(&g, &dev, DATA_BASE, 20000, 1);
	CHECK_EQ(guest_run(&g), KVM_EXIT_IO);
	CHECK(g.run->io.count >= 1 && g.run->io.count < 20000);
	guest_complete_io(&g);
	guest_get_regs(&g, &regs);
	regs.rcx = 2;
	guest_set_regs(&g, &regs);
	dev.written = 0;
	serve(&g, &dev, 2);
	CHECK_EQ(dev.written, 2);
}

struct bus_device {
	uint64_t base;
	unsigned int hits;
};

static int count_hit(void *opaque, const struct hull_access *access)
{
	struct bus_device *dev = opaque;

	CHECK(access->address >= dev->base);
	dev->hits++;
	if (!access->write)
		memset(access->data, 0x33, access->size);
	return 0;
}

static void test_vcpu_set_pio_bus(void)
{
	struct bus_device a = { .base = 0x80 }, b = { .base = 0xfff0 };
	struct hull_bus *bus;
	struct guest g;
	int i;

	GUEST(&g, LONG64, pio_simple);
	OK(hull_bus_create(&bus));
	CHECK_RET(hull_vcpu_dispatch_io(g.vcpu), -ENODEV);
	hull_vcpu_set_pio_bus(g.vcpu, bus);
	OK(hull_bus_add(bus, 0x80, 4, count_hit, &a));
	OK(hull_bus_add(bus, 0xfff0, 12, count_hit, &b));
	CHECK_RET(hull_bus_add(bus, 0x83, 1, count_hit, &a), -EEXIST);
	CHECK_RET(hull_bus_add(bus, 0x7f, 2, count_hit, &a), -EEXIST);
	CHECK_RET(hull_bus_add(bus, 0, 0x10000, count_hit, &a), -EEXIST);
	CHECK_RET(hull_bus_add(bus, 0x100, 0, count_hit, &a), -EINVAL);
	CHECK_RET(hull_bus_add(bus, ~0ULL, 2, count_hit, &a), -EINVAL);
	for (i = 0; i < 7; i++) {
		CHECK_EQ(guest_run(&g), KVM_EXIT_IO);
		OK(hull_vcpu_dispatch_io(g.vcpu));
	}
	guest_sync(&g, 1);
	CHECK_RET(hull_vcpu_dispatch_io(g.vcpu), -ENXIO);
	CHECK_EQ(a.hits, 5);
	CHECK_EQ(b.hits, 2);
	CHECK_EQ(load64(&g, DATA_BASE + 16), 0x33333333);
	OK(hull_bus_remove(bus, 0x80));
	CHECK_RET(hull_bus_remove(bus, 0x80), -ENOENT);
	hull_bus_destroy(bus);
}

static const struct test tests[] = {
	{ "vcpu_handle_io", test_vcpu_handle_io },
	{ "string_io", test_string_io },
	{ "string_io_real_mode", test_string_io_real_mode },
	{ "string_io_changed_count", test_string_io_changed_count },
	{ "moved_on", test_moved_on },
	{ "vcpu_set_pio_bus", test_vcpu_set_pio_bus },
};

TAP_MAIN(tests)
