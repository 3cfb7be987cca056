/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's own registers, as far as a program sees them, and a guest that changes
 * all it can of them.
 */
#ifndef HOST_H
#define HOST_H

#include "layout.h"

/* How far the guest is: 1 from the first instruction of a round, 2 before the milestone */
#define HOST_STAGE	(DATA_BASE + 0x2000)
/* A page of its own, which the guest writes to in each round */
#define HOST_TOUCH	(DATA_BASE + 0x100000)

#ifndef __ASSEMBLER__

#include "guest.h"
#include "msr.h"

PAYLOAD(host);

#define MSR_SPEC_CTRL	0x48
#define MSR_DEBUGCTL	0x1d9
#define MSR_XSS		0xda0
#define MSR_FS_BASE	0xc0000100
#define MSR_GS_BASE	0xc0000101
#define MSR_TSC_AUX	0xc0000103

#define NO_MSR		0xdeadbeefdeadbeef

/* MSRs that a guest has values of its own for */
enum { HOST_NR_MSRS = 16 };

struct host_msrs {
	uint64_t value[HOST_NR_MSRS];
};

/* By the msr driver, of one CPU; the test is skipped where there is none. */
int host_msr_open(unsigned int cpu, int flags);
/* NO_MSR where there is none. */
uint64_t host_msr_read(int fd, uint32_t index);
/* Whether the MSR took the value. */
bool host_msr_try(int fd, uint32_t index, uint64_t value);
void host_msrs_read(int fd, struct host_msrs *msrs);
void host_msrs_compare(int fd, const struct host_msrs *before);

/*
 * Before the first VM: give the CPU of @fd values of its own, by @number (0 or 1), in
 * the MSRs that the host can do without for a moment, until the process ends. Not
 * with in-tree KVM, which reads some of them once, at load.
 */
void host_plant_sentinels(int fd, unsigned int number);

/* What the thread sees of itself. */
struct host_seen {
	uint64_t xcr0;
	uint32_t pkru;
	uint32_t mxcsr;
	uint16_t fcw;
	uint16_t ds, es, fs, gs;
	uint64_t cell;		/* at the beginning of GS */
	uint64_t fs_base;
	uint64_t gs_base;
};

void host_look(struct host_seen *seen);
void host_compare(const struct host_seen *before);

/*
 * Values of the thread's own. A word in memory, with which GS begins: by the base
 * alone, or with a segment of a local descriptor table in DS, ES and GS. The table is
 * the process's and has room for one word.
 */
void host_own_base(uint64_t *cell);
void host_own_segments(uint64_t value);
/* A selector in FS, and the base that it had. */
void host_own_fs(void);
void host_own_pkru(uint32_t value);
void host_own_fpu(uint32_t mxcsr, uint16_t fcw);

/*
 * Counts the thread's writes to up to 8 bytes by a debug register: a descriptor to read
 * a 64-bit number from, or -1.
 */
int host_watch(volatile void *at, unsigned int len);

/* Whether RDTSC ends in SIGSEGV, as prctl() can ask for (CR4.TSD). */
bool host_rdtsc_faults(void);
/* The same of IN. */
bool host_in_faults(uint16_t port);

/*
 * A system call with numbers made of @salt in the vector registers, which must be
 * the same after it; its result, -errno when it failed.
 */
long host_syscall_with_vectors(unsigned int salt, long nr, long a, long b, long c);

void host_on_cpu(unsigned int cpu);

/*
 * A guest at the start of payload host, whose values of MSRs are made of @address;
 * it reaches milestone 0 after @rounds.
 */
void host_guest_create(struct guest *g, unsigned int rounds, uint64_t address);
/* Fails unless the guest's MSRs are what it has written. */
void host_guest_compare(struct guest *g);

#endif /* __ASSEMBLER__ */

#endif /* HOST_H */
