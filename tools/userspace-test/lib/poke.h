/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that reads and writes where the host tells it to: one access, by one
 * instruction, per call.
 */
#ifndef POKE_H
#define POKE_H

#include "guest.h"

enum poke_op {
	POKE_READ8, POKE_READ16, POKE_READ32, POKE_READ64,
	POKE_WRITE8, POKE_WRITE16, POKE_WRITE32, POKE_WRITE64,
	POKE_ADD64,	/* read-modify-write */
	POKE_EXEC,	/* call the address */
	POKE_OPS,
};

PAYLOAD(poke);

/* Guest in long mode, at the top of the loop. */
void poke_create(struct guest *g);
/* Puts vCPU i, which exists, there too. */
void poke_vcpu_start(struct guest *g, unsigned int i);

/*
 * Starts an access on vCPU i. Returns 0 when it was done without an exit, else
 * KVM's exit reason or KVM_RUN's negative error; poke_on() again with POKE_OPS
 * goes on after such an exit.
 */
int poke_on(struct guest *g, unsigned int i, enum poke_op op, uint64_t address,
	    uint64_t *value);

/* On vCPU 0, to or from RAM: any exit ends the test. */
uint64_t poke_read(struct guest *g, uint64_t address);
void poke_write(struct guest *g, uint64_t address, uint64_t value);

#endif /* POKE_H */
