/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two vCPUs that write to a region all the time while the owner changes what is
 * behind it.
 *
 * Each vCPU has every other page. It counts in the first word and checks that
 * it finds what it last wrote, or 0 where the owner may have dropped the page;
 * it repeats the second word in the third, by which the host sees that both
 * look at the same memory.
 */
#ifndef OWNER_H
#define OWNER_H

#include "thread.h"

#define OWNED_BASE	0x1000000
#define OWNED_PAGES	512
#define OWNED_SIZE	(OWNED_PAGES * 4096UL)
#define OWNED_VCPUS	2

struct owned {
	struct guest g;
	uint8_t *memory;
	int slot;
	struct runner runners[OWNED_VCPUS];
	uint64_t token;
};

/* Memory of OWNED_SIZE at a multiple of 2 MiB, mapped with these flags. */
uint8_t *owned_map(int flags);
void owned_create(struct owned *o, uint8_t *memory);
void owned_start(struct owned *o, bool faults);
/* Fails unless guest and host see the same page, within ten seconds. */
void owned_coherent(struct owned *o, unsigned int page);
void owned_all_coherent(struct owned *o);
/* Ends the writers, and checks that nothing of what they wrote is lost. */
void owned_stop(struct owned *o);
void owned_check(const struct owned *o);
uint64_t owned_count(const struct owned *o, unsigned int page);

#endif /* OWNER_H */
