/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HULL_KUNIT_HOST_STATE_GUEST_H
#define HULL_KUNIT_HOST_STATE_GUEST_H

#include <linux/types.h>

extern const u8 host_state_code[], host_state_code_end[];

#endif
