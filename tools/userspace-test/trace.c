// SPDX-License-Identifier: GPL-2.0-only
/*
 * hull's tracepoints: each comes where its thing happens, with the right fields.
 * hull_fail_entry is in vcpu_run.c, with the entries that fail.
 */
#include <stdarg.h>
#include <sys/mman.h>

#include "poke.h"
#include "trace.h"

PAYLOAD(trace);
PAYLOAD(trace_wait);
extern const uint8_t pl_trace_out[];

#define VCPU		1	/* not 0, by which no field could be told from another */
#define LOG_BASE	0x1000000
#define IN_VALUE	0x11223344
#define READ_VALUE	0xbeef

/* The VM's number in the trace, from the last start(). */
static unsigned int vm_number;

static void start(const char *event)
{
	if (!trace_start(event))
		SKIP("%s cannot be traced here", event);
	/* It comes whatever the guest does, and says which VM that is. */
	CHECK(trace_start("hull_entry"));
}

static void stop(const char *event)
{
	trace_stop(event);
	trace_stop("hull_entry");
	vm_number = trace_vm("hull_entry", VCPU);
	CHECK(vm_number);
}

static unsigned int lines(const char *event, const char *fmt, va_list args)
{
	char name[64], line[256];
	int n;

	snprintf(name, sizeof(name), " %s: ", event);
	n = snprintf(line, sizeof(line), ": vm %u vcpu %u ", vm_number, VCPU);
	vsnprintf(line + n, sizeof(line) - n, fmt, args);
	return trace_count(name, line);
}

/* Lines of this event, of the vCPU, whose fields begin with these. */
__attribute__((format(printf, 2, 3)))
static unsigned int count(const char *event, const char *fmt, ...)
{
	unsigned int n;
	va_list args;

	va_start(args, fmt);
	n = lines(event, fmt, args);
	va_end(args);
	return n;
}

#define ONCE(event, ...) \
	do { \
		unsigned int count_ = count(event, __VA_ARGS__); \
		if (count_ != 1) \
			FAIL("%u lines of %s with %s", count_, event, #__VA_ARGS__); \
	} while (0)

/* What may have to be tried again: a page is taken away, a delivery faults. */
#define SOME(event, ...) \
	do { \
		if (!count(event, __VA_ARGS__)) \
			FAIL("no line of %s with %s", event, #__VA_ARGS__); \
	} while (0)

/* Runs to an OUT to this port, and answers all reads on the way. */
static void run_to(struct guest *g, unsigned int port)
{
	struct hull_vcpu *vcpu = g->vcpus[VCPU];
	struct kvm_run *run = hull_vcpu_run_area(vcpu);
	const uint32_t in = IN_VALUE, read = READ_VALUE;
	int reason;

	for (;;) {
		reason = hull_vcpu_run(vcpu);
		if (reason == -EINTR || reason == -EAGAIN)
			continue;
		if (reason == KVM_EXIT_MMIO) {
			memcpy(run->mmio.data, &read, sizeof(read));
			continue;
		}
		if (reason != KVM_EXIT_IO)
			FAIL("I/O expected, not %s", exit_name(run));
		if (run->io.direction == KVM_EXIT_IO_IN)
			memcpy((uint8_t *)run + run->io.data_offset, &in, run->io.size);
		else if (run->io.port == port)
			return;
	}
}

static void create(struct guest *g)
{
	GUEST(g, LONG64, trace);
	guest_add_vcpu(g, VCPU);
	guest_vcpu_start(g, VCPU, CODE_BASE);
}

static void test_trace_entry_and_exit(void)
{
	const uint64_t out = CODE_BASE + (pl_trace_out - pl_trace);
	struct guest g;

	create(&g);
	start("hull_exit");
	run_to(&g, 0x80);
	run_to(&g, PORT_SYNC + 1);
	stop("hull_exit");
	SOME("hull_entry", "rip 0x%x\n", CODE_BASE);
	/* Its second byte is the port. */
	SOME("hull_entry", "rip 0x%llx\n", (unsigned long long)out + 2);
	/* SVM: VMEXIT_IOIO; VMX: I/O instruction. */
	ONCE("hull_exit", "rip 0x%llx pio reason 0x%x info ", (unsigned long long)out,
	     host_is_amd() ? 0x7b : 30);
}

static void test_trace_pio(void)
{
	struct guest g;

	create(&g);
	start("hull_pio");
	run_to(&g, PORT_SYNC + 1);
	stop("hull_pio");
	ONCE("hull_pio", "out port 0x80 size 1 count 1\n");
	ONCE("hull_pio", "in port 0x84 size 4 count 1\n");
	ONCE("hull_pio", "out port 0x84 size 1 count 5\n");
	ONCE("hull_pio", "out port 0x%x size 1 count 1\n", PORT_SYNC + 1);
}

static void test_trace_mmio(void)
{
	struct guest g;

	create(&g);
	start("hull_mmio");
	run_to(&g, PORT_SYNC + 2);
	stop("hull_mmio");
	ONCE("hull_mmio", "write gpa 0x%x len 4 value 0x12345678\n", MMIO_BASE + 0x10);
	ONCE("hull_mmio", "read gpa 0x%x len 2 value 0x%x\n", MMIO_BASE + 0x20,
	     READ_VALUE);
}

static void test_trace_msr(void)
{
	struct guest g;

	create(&g);
	start("hull_msr");
	run_to(&g, PORT_EXCEPTION);
	stop("hull_msr");
	ONCE("hull_msr", "wrmsr 0x2ff = 0x806\n");
	ONCE("hull_msr", "rdmsr 0x2ff = 0x806\n");
	ONCE("hull_msr", "rdmsr 0xdeadbeef = 0x0 #GP\n");
}

static void test_trace_inject(void)
{
	struct guest g;

	create(&g);
	start("hull_inject");
	run_to(&g, PORT_EXCEPTION);
	stop("hull_inject");
	SOME("hull_inject", "exception 13 error 1:0x0\n");

	GUEST(&g, LONG64, trace_wait);
	guest_add_vcpu(&g, VCPU);
	guest_vcpu_start(&g, VCPU, CODE_BASE);
	run_to(&g, PORT_SYNC + 1);
	start("hull_inject");
	OK(hull_vcpu_interrupt(g.vcpus[VCPU], 0x30));
	run_to(&g, PORT_EXCEPTION);
	OK(hull_vcpu_inject_nmi(g.vcpus[VCPU]));
	run_to(&g, PORT_EXCEPTION);
	stop("hull_inject");
	SOME("hull_inject", "interrupt 48 error 0:0x0\n");
	SOME("hull_inject", "nmi 2 error 0:0x0\n");
}

static void create_poke(struct guest *g, uint32_t flags, int *slot)
{
	void *memory = mmap(NULL, 0x10000, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	poke_create(g);
	guest_add_vcpu(g, VCPU);
	poke_vcpu_start(g, VCPU);
	*slot = OK(hull_vm_add_memory_region(g->vm, LOG_BASE, memory, 0x10000, flags));
}

static void poke(struct guest *g, enum poke_op op, uint64_t address, int reason)
{
	uint64_t value = 0x1234;

	CHECK_RET(poke_on(g, VCPU, op, address, &value), reason);
}

static void test_trace_page_fault(void)
{
	struct guest g;
	int slot;

	create_poke(&g, 0, &slot);
	start("hull_page_fault");
	poke(&g, POKE_READ8, LOG_BASE + 0x123, 0);
	poke(&g, POKE_WRITE8, LOG_BASE + 0x1234, 0);
	poke(&g, POKE_WRITE8, MMIO_BASE + 0x56, KVM_EXIT_MMIO);
	poke(&g, POKE_OPS, 0, 0);
	stop("hull_page_fault");
	SOME("hull_page_fault", "gpa 0x%x r-- mapped\n", LOG_BASE + 0x123);
	SOME("hull_page_fault", "gpa 0x%x -w- mapped\n", LOG_BASE + 0x1234);
	SOME("hull_page_fault", "gpa 0x%x -w- mmio\n", MMIO_BASE + 0x56);
}

static void test_trace_page_fault_readonly(void)
{
	struct guest g;
	int slot;

	create_poke(&g, KVM_MEM_READONLY, &slot);
	start("hull_page_fault");
	poke(&g, POKE_WRITE8, LOG_BASE + 0x123, KVM_EXIT_MMIO);
	stop("hull_page_fault");
	SOME("hull_page_fault", "gpa 0x%x -w- readonly\n", LOG_BASE + 0x123);
}

/*
 * Those that are finished at once, with interrupts off, come as well: the first
 * write after the log was taken. A processor that keeps the log faults at none.
 */
static void test_trace_page_fault_logged(void)
{
	uint64_t bitmap = 0;
	struct guest g;
	int slot;

	create_poke(&g, KVM_MEM_LOG_DIRTY_PAGES, &slot);
	poke(&g, POKE_WRITE8, LOG_BASE + 0x1234, 0);
	OK(hull_vm_get_dirty_log(g.vm, slot, &bitmap));
	CHECK_EQ(bitmap, 2);
	start("hull_page_fault");
	CHECK(trace_start("hull_exit"));
	poke(&g, POKE_WRITE8, LOG_BASE + 0x1238, 0);
	trace_stop("hull_exit");
	stop("hull_page_fault");
	OK(hull_vm_get_dirty_log(g.vm, slot, &bitmap));
	CHECK_EQ(bitmap, 2);
	CHECK_EQ(trace_count(" hull_page_fault: ", ""),
		 trace_count(" hull_exit: ", " s2_fault reason "));
	if (host_is_amd())
		SOME("hull_page_fault", "gpa 0x%x -w- mapped\n", LOG_BASE + 0x1238);
}

static const struct test tests[] = {
	{ "trace_entry_and_exit", test_trace_entry_and_exit },
	{ "trace_pio", test_trace_pio },
	{ "trace_mmio", test_trace_mmio },
	{ "trace_msr", test_trace_msr },
	{ "trace_inject", test_trace_inject },
	{ "trace_page_fault", test_trace_page_fault },
	{ "trace_page_fault_readonly", test_trace_page_fault_readonly },
	{ "trace_page_fault_logged", test_trace_page_fault_logged },
};

TAP_MAIN(tests)
