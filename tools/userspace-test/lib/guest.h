/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small guest: memory, tables for its mode, a payload, and what tests ask of
 * it most often. Every function here ends the test when something fails.
 */
#ifndef GUEST_H
#define GUEST_H

#include <string.h>

#include <hull/libhull.h>

#include "layout.h"
#include "tap.h"

#define MAX_VCPUS	8

enum mode {
	REAL16,
	PROT32,		/* without paging */
	LONG64,
};

struct guest {
	struct hull_sys *sys;
	struct hull_vm *vm;
	struct hull_vcpu *vcpu;		/* vCPU 0 */
	struct hull_vcpu *vcpus[MAX_VCPUS];
	struct kvm_run *run;		/* of vCPU 0 */
	enum mode mode;
	uint8_t *ram;
	uint64_t ram_size;
	int slot;
};

/* What the CPU pushed, widened to 64 bits; rsp and ss in long mode only. */
struct frame {
	uint64_t vector;
	uint64_t error;
	uint64_t rip;
	uint64_t cs;
	uint64_t rflags;
	uint64_t rsp;
	uint64_t ss;
};

#define PAYLOAD(name) \
	extern const uint8_t pl_##name[], pl_##name##_end[]

/* Guest with one vCPU, at the start of payload pl_name. */
#define GUEST(g, mode, name) \
	do { \
		guest_create(g, mode); \
		guest_load(g, CODE_BASE, pl_##name, pl_##name##_end - pl_##name); \
	} while (0)

struct hull_sys *sys_open(void);
void guest_create(struct guest *g, enum mode mode);
void guest_create_vm(struct guest *g, uint64_t ram_size);
void guest_destroy(struct guest *g);
void guest_load(struct guest *g, uint64_t gpa, const void *code, size_t size);
void guest_tables(struct guest *g, enum mode mode);
void guest_sregs(struct guest *g, enum mode mode, struct kvm_sregs *sregs);
void guest_vcpu_start(struct guest *g, unsigned int i, uint64_t rip);
void guest_add_vcpu(struct guest *g, unsigned int i);
void guest_reset(struct guest *g);

/* Exit reason of vCPU 0's next exit; signals do not show. */
int guest_run(struct guest *g);
/* Runs until the payload's milestone n, and fails on anything else. */
void guest_sync(struct guest *g, unsigned int n);
void guest_sync_on(struct guest *g, unsigned int vcpu, unsigned int n);
/* The same, running on for as long as memory is away, where faults is true. */
void guest_sync_through_faults(struct guest *g, unsigned int vcpu, unsigned int n,
			       bool faults);
/* Runs until an exception or interrupt arrives in the guest. */
void guest_exception(struct guest *g, unsigned int vector, struct frame *frame);
/* Makes the handler return to rip when the guest runs on. */
void guest_resume_at(struct guest *g, uint64_t rip);
void guest_halt(struct guest *g);
/* Completes pending I/O without running the guest. */
void guest_complete_io(struct guest *g);

/* An address behind which nothing can be read or written; 64 kB before it can. */
uint8_t *end_of_memory(void);

/* Calls @fn in a child, a process of its own; how that ended, as of wait(). */
int guest_in_child(void (*fn)(struct guest *g), struct guest *g);

void guest_get_regs(struct guest *g, struct kvm_regs *regs);
void guest_set_regs(struct guest *g, const struct kvm_regs *regs);
uint64_t guest_rax(struct guest *g);

/* What the last exit of a vCPU was, in words; in a static buffer. */
const char *exit_name(const struct kvm_run *run);

bool host_is_amd(void);
/* Whether the machine's CPU is QEMU's emulated one, which has gaps of its own. */
bool host_is_tcg(void);
/*
 * Whether an event's frame is one too deep because QEMU's emulated SVM delivered the
 * event a second time, which it does rarely, when its thread is woken at that moment.
 * No more than ten times in a program: hull would do it every time.
 */
bool tcg_delivered_twice(uint64_t rsp, uint64_t expected);
/* Whether it is Bochs' emulated CPU, and that with SVM. */
bool host_is_bochs(void);
bool host_is_bochs_svm(void);
/*
 * Sets IF where a vCPU that spins is left by the host's interrupts with IF alone:
 * Bochs' SVM looks at the guest's IF in spite of V_INTR_MASKING.
 */
void guest_allow_host_interrupts(struct guest *g, unsigned int vcpu);
/* Skips the test where a guest's triple fault ends the emulator. */
void need_triple_fault(void);
/* Skips the test where an injected INT3 or INTO does not return behind itself. */
void need_injected_int3(void);
/* Whether the device under test is KVM itself, for what is beyond KVM. */
bool is_in_tree_kvm(struct guest *g);
bool guest_has_cpuid(struct guest *g, uint32_t leaf, uint32_t index, int reg, int bit);
enum { EAX, EBX, ECX, EDX };

/* Skips the test when the capability is 0. */
void need_capability(struct guest *g, unsigned int cap, const char *name);

static inline uint64_t load64(const struct guest *g, uint64_t gpa)
{
	uint64_t value;

	memcpy(&value, g->ram + gpa, sizeof(value));
	return value;
}

static inline uint32_t load32(const struct guest *g, uint64_t gpa)
{
	return (uint32_t)load64(g, gpa);
}

static inline void store64(struct guest *g, uint64_t gpa, uint64_t value)
{
	memcpy(g->ram + gpa, &value, sizeof(value));
}

#endif /* GUEST_H */
