/* SPDX-License-Identifier: GPL-2.0 */
/* The dirty log, for mem/slot.c. */
#ifndef HULL_CORE_MEM_DIRTY_H
#define HULL_CORE_MEM_DIRTY_H

#include "mem.h"

/* Bitmap of a slot whose logging begins; NULL: no memory.  Freed by kvfree(). */
unsigned long *hull_dirty_alloc(struct hull_vm *vm, const struct hull_slot *slot);
/* @slot is published with a new bitmap, or without its old one. */
void hull_dirty_start(struct hull_vm *vm, const struct hull_slot *slot);
void hull_dirty_stop(struct hull_vm *vm, const struct hull_slot *slot);

#endif
