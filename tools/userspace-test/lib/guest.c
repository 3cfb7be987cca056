// SPDX-License-Identifier: GPL-2.0-only
/* Builds and runs small guests: see guest.h. */
#include "guest.h"

#include <cpuid.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

struct hull_sys *sys_open(void)
{
	struct hull_sys *sys;
	int ret = hull_open(NULL, &sys);

	if (ret)
		FAIL("cannot open the device ($HULL_DEVICE or %s): %s",
		     HULL_DEFAULT_DEVICE, strerror(-ret));
	return sys;
}

void guest_create_vm(struct guest *g, uint64_t ram_size)
{
	memset(g, 0, sizeof(*g));
	g->sys = sys_open();
	OK(hull_vm_create(g->sys, &g->vm));
	g->ram_size = ram_size;
	g->slot = -1;
	if (!ram_size)
		return;
	g->ram = mmap(NULL, ram_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(g->ram != MAP_FAILED);
	g->slot = OK(hull_vm_add_memory_region(g->vm, 0, g->ram, ram_size, 0));
}

void guest_add_vcpu(struct guest *g, unsigned int i)
{
	struct kvm_cpuid2 *cpuid;

	OK(hull_vcpu_create(g->vm, i, &g->vcpus[i]));
	OK(hull_get_supported_cpuid(g->sys, &cpuid));
	OK(hull_vcpu_set_cpuid(g->vcpus[i], cpuid));
	hull_free(cpuid);
	if (i)
		return;
	g->vcpu = g->vcpus[0];
	g->run = hull_vcpu_run_area(g->vcpu);
}

void guest_create(struct guest *g, enum mode mode)
{
	guest_create_vm(g, RAM_SIZE);
	guest_add_vcpu(g, 0);
	guest_tables(g, mode);
	guest_vcpu_start(g, 0, CODE_BASE);
}

void guest_destroy(struct guest *g)
{
	unsigned int i;

	for (i = 0; i < MAX_VCPUS; i++)
		hull_vcpu_close(g->vcpus[i]);
	hull_vm_close(g->vm);
	hull_close(g->sys);
	if (g->ram)
		munmap(g->ram, g->ram_size);
}

void guest_load(struct guest *g, uint64_t gpa, const void *code, size_t size)
{
	CHECK(gpa + size <= g->ram_size);
	memcpy(g->ram + gpa, code, size);
}

/*
 * Entry point of a vector: a zero where the CPU pushes no error code, the
 * vector, and a jump to the common part. The encodings are the same in 32-bit
 * and in 64-bit mode.
 */
static void write_stub(uint8_t *ram, unsigned int vector)
{
	static const uint32_t with_error = 1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 |
					   1 << 13 | 1 << 14 | 1 << 17 | 1 << 21;
	uint32_t at = STUB_BASE + vector * 16;
	uint8_t *p = ram + at;
	uint32_t jump;

	if (vector > 31 || !(with_error & 1U << vector)) {
		*p++ = 0x6a;	/* push $0 */
		*p++ = 0;
	}
	*p++ = 0x68;		/* push $vector */
	memcpy(p, &vector, 4);
	p += 4;
	*p++ = 0xe9;		/* jmp */
	jump = COMMON_BASE - (uint32_t)(p + 4 - ram);
	memcpy(p, &jump, 4);
}

static void write_handlers(struct guest *g, enum mode mode)
{
	static const uint8_t common64[] = {
		0xe6, PORT_EXCEPTION,	/* out %al, $PORT_EXCEPTION */
		0x48, 0x83, 0xc4, 16,	/* add $16, %rsp */
		0x48, 0xcf,		/* iretq */
	};
	static const uint8_t common32[] = {
		0xe6, PORT_EXCEPTION,	/* out %al, $PORT_EXCEPTION */
		0x83, 0xc4, 8,		/* add $8, %esp */
		0xcf,			/* iret */
	};
	uint64_t offset;
	unsigned int v;

	for (v = 0; v < 256; v++) {
		write_stub(g->ram, v);
		offset = STUB_BASE + v * 16;
		if (mode == LONG64) {
			store64(g, IDT_BASE + v * 16,
				offset | (uint64_t)SEL_CODE << 16 | 0x8e00ULL << 32 |
				(v == 8 ? 1ULL << 32 : 0));	/* #DF on IST 1 */
			store64(g, IDT_BASE + v * 16 + 8, 0);
		} else {
			store64(g, IDT_BASE + v * 8,
				offset | (uint64_t)SEL_CODE << 16 | 0x8e00ULL << 32);
		}
	}
	memcpy(g->ram + COMMON_BASE, mode == LONG64 ? common64 : common32,
	       mode == LONG64 ? sizeof(common64) : sizeof(common32));
}

static void write_page_tables(struct guest *g)
{
	unsigned int i;

	store64(g, PML5_BASE, PML4_BASE | 7);
	store64(g, PML4_BASE, PDPT_BASE | 7);
	for (i = 0; i < 4; i++)
		store64(g, PDPT_BASE + i * 8, (PD_BASE + i * 0x1000) | 7);
	for (i = 0; i < 4 * 512; i++)
		store64(g, PD_BASE + i * 8, (uint64_t)i << 21 | 0x87);
}

/* Tables for the mode; real mode has an empty vector table instead. */
void guest_tables(struct guest *g, enum mode mode)
{
	const uint64_t code = mode == LONG64 ? 0x00af9b000000ffff : 0x00cf9b000000ffff;

	g->mode = mode;
	if (mode == REAL16)
		return;
	store64(g, GDT_BASE + SEL_CODE, code);
	store64(g, GDT_BASE + SEL_DATA, 0x00cf93000000ffff);
	store64(g, GDT_BASE + SEL_CODE32, 0x00cf9b000000ffff);
	store64(g, GDT_BASE + SEL_TSS, 0x00008b0000000067 | (uint64_t)TSS_BASE << 16);
	store64(g, GDT_BASE + SEL_TSS + 8, 0);
	store64(g, GDT_BASE + (SEL_USER32 & ~7), 0x00cffb000000ffff);
	store64(g, GDT_BASE + (SEL_USER_DATA & ~7), 0x00cff3000000ffff);
	store64(g, GDT_BASE + (SEL_USER_CODE & ~7), 0x00affb000000ffff);
	if (mode == LONG64) {
		store64(g, TSS_BASE + 4, STACK_TOP - 0x800);	/* RSP0 */
		store64(g, TSS_BASE + 36, IST_TOP);		/* IST1 */
		write_page_tables(g);
	} else {
		store64(g, TSS_BASE + 4, STACK_TOP - 0x800);	/* ESP0 */
		store64(g, TSS_BASE + 8, SEL_DATA);		/* SS0 */
	}
	store64(g, TSS_BASE + 0x60, 0x0068000000000000);	/* no I/O map */
	write_handlers(g, mode);
}

static void segment(struct kvm_segment *s, uint16_t selector, unsigned int type,
		    bool db, bool l)
{
	*s = (struct kvm_segment) {
		.selector = selector, .limit = 0xffffffff, .type = type,
		.present = 1, .s = 1, .db = db, .l = l, .g = 1,
	};
}

static void real_segment(struct kvm_segment *s, unsigned int type)
{
	*s = (struct kvm_segment) {
		.limit = 0xffff, .type = type, .present = 1, .s = 1,
	};
}

static void real_sregs(struct kvm_sregs *sregs)
{
	real_segment(&sregs->cs, 0xb);
	real_segment(&sregs->ds, 3);
	sregs->es = sregs->fs = sregs->gs = sregs->ss = sregs->ds;
	sregs->gdt = (struct kvm_dtable) { .limit = 0xffff };
	sregs->idt = (struct kvm_dtable) { .limit = 0xffff };
}

/* Changes sregs, which must hold a vCPU's reset state, to that of the mode. */
void guest_sregs(struct guest *g, enum mode mode, struct kvm_sregs *sregs)
{
	(void)g;
	if (mode == REAL16) {
		real_sregs(sregs);
		return;
	}
	segment(&sregs->cs, SEL_CODE, 0xb, mode == PROT32, mode == LONG64);
	segment(&sregs->ds, SEL_DATA, 3, true, false);
	sregs->es = sregs->fs = sregs->gs = sregs->ss = sregs->ds;
	sregs->tr = (struct kvm_segment) {
		.selector = SEL_TSS, .base = TSS_BASE, .limit = 0x67, .type = 0xb,
		.present = 1,
	};
	sregs->ldt = (struct kvm_segment) { .type = 2, .unusable = 1 };
	sregs->gdt = (struct kvm_dtable) { .base = GDT_BASE, .limit = 0xff };
	sregs->idt = (struct kvm_dtable) { .base = IDT_BASE, .limit = 0xfff };
	sregs->cr0 = 0x11;			/* ET, PE */
	sregs->cr4 = 0x600;			/* OSFXSR, OSXMMEXCPT */
	if (mode != LONG64)
		return;
	sregs->cr0 |= 0x80000020;		/* PG, NE */
	sregs->cr3 = PML4_BASE;
	sregs->cr4 |= 0x20;			/* PAE */
	sregs->efer = 0x500;			/* LMA, LME */
}

void guest_vcpu_start(struct guest *g, unsigned int i, uint64_t rip)
{
	struct kvm_regs regs = { .rip = rip, .rflags = 2 };
	struct kvm_sregs sregs;

	regs.rsp = g->mode == REAL16 ? 0x7000 : STACK_TOP - i * 0x2000;
	OK(hull_vcpu_get_sregs(g->vcpus[i], &sregs));
	guest_sregs(g, g->mode, &sregs);
	OK(hull_vcpu_set_sregs(g->vcpus[i], &sregs));
	OK(hull_vcpu_set_regs(g->vcpus[i], &regs));
}

void guest_reset(struct guest *g)
{
	guest_complete_io(g);
	guest_vcpu_start(g, 0, CODE_BASE);
}

static int run_vcpu(struct hull_vcpu *vcpu, bool faults)
{
	int ret;

	do {
		ret = hull_vcpu_run(vcpu);
	} while (ret == -EINTR || ret == -EAGAIN || (faults && ret == -EFAULT));
	return ret;
}

int guest_run(struct guest *g)
{
	int ret = run_vcpu(g->vcpu, false);

	if (ret < 0)
		FAIL("KVM_RUN: %s", strerror(-ret));
	return ret;
}

static void expect_out(struct hull_vcpu *vcpu, uint16_t port, const char *what,
		       bool faults)
{
	const struct kvm_run *run = hull_vcpu_run_area(vcpu);
	struct kvm_regs regs;
	int ret = run_vcpu(vcpu, faults);

	if (ret == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_OUT &&
	    run->io.port == port)
		return;
	hull_vcpu_get_regs(vcpu, &regs);
	if (ret < 0)
		FAIL("%s expected, but KVM_RUN failed: %s; rip 0x%llx", what,
		     strerror(-ret), regs.rip);
	FAIL("%s expected, not %s; rip 0x%llx rsp 0x%llx", what, exit_name(run),
	     regs.rip, regs.rsp);
}

void guest_sync_through_faults(struct guest *g, unsigned int vcpu, unsigned int n,
			       bool faults)
{
	char what[32];

	snprintf(what, sizeof(what), "milestone %u", n);
	expect_out(g->vcpus[vcpu], PORT_SYNC + n, what, faults);
}

void guest_sync_on(struct guest *g, unsigned int vcpu, unsigned int n)
{
	guest_sync_through_faults(g, vcpu, n, false);
}

void guest_sync(struct guest *g, unsigned int n)
{
	guest_sync_on(g, 0, n);
}

static uint64_t frame_word(struct guest *g, uint64_t rsp, unsigned int i)
{
	if (g->mode == LONG64)
		return load64(g, rsp + i * 8);
	return load32(g, rsp + i * 4);
}

void guest_exception(struct guest *g, unsigned int vector, struct frame *frame)
{
	struct frame local;
	struct kvm_regs regs;
	char what[32];
	uint64_t *word;
	unsigned int i;

	if (!frame)
		frame = &local;
	snprintf(what, sizeof(what), "vector %u in the guest", vector);
	expect_out(g->vcpu, PORT_EXCEPTION, what, false);
	guest_get_regs(g, &regs);
	CHECK(regs.rsp < g->ram_size);
	memset(frame, 0, sizeof(*frame));
	word = &frame->vector;
	for (i = 0; i < (g->mode == LONG64 ? 7 : 5); i++)
		word[i] = frame_word(g, regs.rsp, i);
	if (frame->vector != vector)
		FAIL("vector %u expected, not %llu, error 0x%llx at rip 0x%llx", vector,
		     (unsigned long long)frame->vector, (unsigned long long)frame->error,
		     (unsigned long long)frame->rip);
}

void guest_resume_at(struct guest *g, uint64_t rip)
{
	struct kvm_regs regs;

	guest_get_regs(g, &regs);
	if (g->mode == LONG64)
		store64(g, regs.rsp + 2 * 8, rip);
	else
		memcpy(g->ram + regs.rsp + 2 * 4, &rip, 4);
}

void guest_halt(struct guest *g)
{
	if (guest_run(g) != KVM_EXIT_HLT)
		FAIL("HLT expected, not %s", exit_name(g->run));
}

void guest_complete_io(struct guest *g)
{
	hull_vcpu_set_immediate_exit(g->vcpu, true);
	CHECK_RET(hull_vcpu_run(g->vcpu), -EINTR);
	hull_vcpu_set_immediate_exit(g->vcpu, false);
}

uint8_t *end_of_memory(void)
{
	const size_t size = 65536;
	uint8_t *p = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	SYS(mprotect(p + size, 4096, PROT_NONE));
	return p + size;
}

int guest_in_child(void (*fn)(struct guest *g), struct guest *g)
{
	int status;
	pid_t pid = SYS(fork());

	if (!pid) {
		fn(g);
		_exit(0);
	}
	SYS(waitpid(pid, &status, 0));
	return status;
}

void guest_get_regs(struct guest *g, struct kvm_regs *regs)
{
	OK(hull_vcpu_get_regs(g->vcpu, regs));
}

void guest_set_regs(struct guest *g, const struct kvm_regs *regs)
{
	OK(hull_vcpu_set_regs(g->vcpu, regs));
}

uint64_t guest_rax(struct guest *g)
{
	struct kvm_regs regs;

	guest_get_regs(g, &regs);
	return regs.rax;
}

const char *exit_name(const struct kvm_run *run)
{
	static const char *const names[] = {
		[KVM_EXIT_UNKNOWN] = "unknown", [KVM_EXIT_EXCEPTION] = "exception",
		[KVM_EXIT_IO] = "io", [KVM_EXIT_HYPERCALL] = "hypercall",
		[KVM_EXIT_DEBUG] = "debug", [KVM_EXIT_HLT] = "hlt",
		[KVM_EXIT_MMIO] = "mmio", [KVM_EXIT_IRQ_WINDOW_OPEN] = "irq window",
		[KVM_EXIT_SHUTDOWN] = "shutdown", [KVM_EXIT_FAIL_ENTRY] = "fail entry",
		[KVM_EXIT_INTR] = "intr", [KVM_EXIT_SET_TPR] = "set tpr",
		[KVM_EXIT_NMI] = "nmi", [KVM_EXIT_INTERNAL_ERROR] = "internal error",
	};
	static char text[160];
	uint32_t reason = run->exit_reason;
	const char *name = "?";

	if (reason < ARRAY_SIZE(names) && names[reason])
		name = names[reason];
	if (reason == KVM_EXIT_IO)
		snprintf(text, sizeof(text), "io %s port 0x%x size %u count %u",
			 run->io.direction == KVM_EXIT_IO_OUT ? "out" : "in",
			 run->io.port, run->io.size, run->io.count);
	else if (reason == KVM_EXIT_MMIO)
		snprintf(text, sizeof(text), "mmio %s 0x%llx len %u",
			 run->mmio.is_write ? "write" : "read",
			 (unsigned long long)run->mmio.phys_addr, run->mmio.len);
	else if (reason == KVM_EXIT_INTERNAL_ERROR)
		snprintf(text, sizeof(text), "internal error %u, %u words: %llx %llx %llx",
			 run->internal.suberror, run->internal.ndata,
			 run->internal.data[0], run->internal.data[1],
			 run->internal.data[2]);
	else if (reason == KVM_EXIT_FAIL_ENTRY)
		snprintf(text, sizeof(text), "fail entry, reason 0x%llx",
			 run->fail_entry.hardware_entry_failure_reason);
	else
		snprintf(text, sizeof(text), "exit %u (%s)", reason, name);
	return text;
}

bool host_is_amd(void)
{
	unsigned int eax, ebx, ecx, edx;

	__cpuid(0, eax, ebx, ecx, edx);
	return ebx == signature_AMD_ebx;
}

bool host_is_tcg(void)
{
	unsigned int eax, sig[3];

	__cpuid(1, eax, sig[0], sig[1], sig[2]);
	if (!(sig[1] >> 31))
		return false;
	__cpuid(0x40000000, eax, sig[0], sig[1], sig[2]);
	return !memcmp(sig, "TCGTCGTCGTCG", 12);
}

/* Nothing in its CPUID says so; the rig does. */
static bool machine_is(const char *name)
{
	const char *machine = getenv("HULL_MACHINE");

	return machine && !strcmp(machine, name);
}

bool host_is_bochs_svm(void)
{
	return machine_is("svm-bochs");
}

bool host_is_bochs(void)
{
	return machine_is("svm-bochs") || machine_is("vmx");
}

void guest_allow_host_interrupts(struct guest *g, unsigned int vcpu)
{
	struct kvm_regs regs;

	if (!host_is_bochs_svm())
		return;
	OK(hull_vcpu_get_regs(g->vcpus[vcpu], &regs));
	regs.rflags |= 0x200;
	OK(hull_vcpu_set_regs(g->vcpus[vcpu], &regs));
}

void need_triple_fault(void)
{
	if (host_is_bochs_svm())
		SKIP("Bochs 2.7 ends itself at a triple fault before it looks for "
		     "SVM's intercept of the shutdown");
}

void need_injected_int3(void)
{
	FILE *file;
	int value;

	if (!host_is_bochs_svm())
		return;
	file = fopen("/sys/module/hull/parameters/svm_nrips", "r");
	value = file ? getc(file) : 'Y';
	if (file)
		fclose(file);
	if (value != 'N')
		SKIP("Bochs 2.7 injects INT3 and INTO without a look at the next RIP");
}

bool tcg_delivered_twice(uint64_t rsp, uint64_t expected)
{
	static unsigned int count;
	uint64_t depth = expected - rsp;

	/* Five words, and one more where the stack was not aligned. */
	return host_is_tcg() && (depth == 40 || depth == 48) && ++count <= 10;
}

bool is_in_tree_kvm(struct guest *g)
{
	char path[64], name[256] = { 0 };
	struct stat st;

	SYS(fstat(hull_sys_fd(g->sys), &st));
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	if (readlink(path, name, sizeof(name) - 1) < 0)
		return false;
	/* hull may have taken KVM's name, but only where KVM is not. */
	return strstr(name, "misc/kvm") && !access("/sys/module/kvm", F_OK);
}

bool guest_has_cpuid(struct guest *g, uint32_t leaf, uint32_t index, int reg, int bit)
{
	const struct kvm_cpuid_entry2 *e;
	struct kvm_cpuid2 *cpuid;
	uint32_t value;

	OK(hull_get_supported_cpuid(g->sys, &cpuid));
	e = hull_cpuid_find(cpuid, leaf, index);
	value = e ? (&e->eax)[reg] : 0;
	hull_free(cpuid);
	return value >> bit & 1;
}

void need_capability(struct guest *g, unsigned int cap, const char *name)
{
	if (hull_check_capability(g->sys, cap) <= 0)
		SKIP("no %s", name);
}
