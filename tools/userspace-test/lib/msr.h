/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest that reads and writes MSRs, and the TSC, as told. */
#ifndef MSR_H
#define MSR_H

#include "guest.h"

#define MSR_TSC			0x10
#define MSR_TSC_ADJUST		0x3b
#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176
#define MSR_PAT			0x277
#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_FMASK		0xc0000084
#define MSR_KERNEL_GS_BASE	0xc0000102

PAYLOAD(msr);

void msr_guest_create(struct guest *g);
uint64_t msr_guest_read(struct guest *g, uint32_t index);
void msr_guest_write(struct guest *g, uint32_t index, uint64_t value);
/* Starts a read or write that must end in #GP, and returns past it. */
void msr_guest_faults(struct guest *g, uint32_t index, bool write, uint64_t value);
uint64_t msr_guest_rdtsc(struct guest *g);

#endif /* MSR_H */
