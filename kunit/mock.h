/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A backend without hardware: each entry plays the next exit of a script.
 *
 * The registers that a vendor would keep in its control block are in mock.hw,
 * and leave the vcpu's cache with every exit, so that core/ has to ask for them
 * again.  There is one VM with one vCPU at a time.
 */
#ifndef HULL_KUNIT_MOCK_H
#define HULL_KUNIT_MOCK_H

#include <kunit/test.h>
#include <asm/desc_defs.h>
#include "../core/backend.h"
#include "../core/vcpu.h"

/**
 * struct mock_exit - one entry and what comes back from it
 * @exit: as the hardware would tell it
 * @rip, @rflags, @cr8: set in the guest during the stay, unless 0
 */
struct mock_exit {
	struct hull_exit exit;
	u64 rip;
	u64 rflags;
	u64 cr8;
};

#define MOCK_MAX_ENTRIES	8

/**
 * struct mock - the machine
 * @script: exits to play
 * @length: of the script
 * @entries: entries so far; one beyond the script fails the test
 * @injected: what was handed over for each entry
 * @fpu: vcpu->fpu_loaded at each entry
 * @pending: handed over for the next entry
 * @hw: registers of the hardware
 * @debugctl: value of the MSR
 * @flushes, @roots, @dumps: calls of flush_tlb, set_s2_root, dump
 * @irq_window, @nmi_window: open
 * @loads: calls of vcpu_load
 * @seen: what held at the last look at a segment: vcpu->lock, a CPU
 */
struct mock {
	const struct mock_exit *script;
	unsigned int length;
	unsigned int entries;
	struct hull_event injected[MOCK_MAX_ENTRIES];
	bool fpu[MOCK_MAX_ENTRIES];
	struct hull_event pending;
	struct {
		u64 rsp, rip, rflags, cr0, cr3, cr4, cr8;
	} hw;
	u64 debugctl;
	struct hull_segment segments[HULL_NR_SEGS];
	struct desc_ptr tables[2];
	u32 shadow;
	bool nmi_mask;
	bool irq_window;
	bool nmi_window;
	unsigned int flushes;
	unsigned int roots;
	unsigned int dumps;
	unsigned int loads;
	struct {
		bool locked;
		bool loaded;
	} seen;
};

extern struct mock mock;
/* As mock_init() leaves them the hardware has no lazy FPU. */
extern struct hull_caps mock_caps;

/* Suite init and exit: a VM with vCPU 0 on the mock, in place of the vendor. */
int mock_init(struct kunit *test);
void mock_exit(struct kunit *test);
struct hull_vcpu *mock_vcpu(struct kunit *test);

/* KVM_RUN with this script; its result. */
int mock_run(struct kunit *test, const struct mock_exit *script, unsigned int length);
#define MOCK_RUN(test, script) mock_run(test, script, ARRAY_SIZE(script))

#endif
