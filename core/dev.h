/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HULL_CORE_DEV_H
#define HULL_CORE_DEV_H

/* Pages of the mapping of a vCPU descriptor: struct kvm_run, port I/O data. */
#define HULL_RUN_PAGES	2

int hull_dev_init(void);
void hull_dev_exit(void);

#endif
