/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EMUL_FUZZ_LINUX_LOG2_H
#define EMUL_FUZZ_LINUX_LOG2_H

#define ilog2(n) (31 - __builtin_clz(n))
#define is_power_of_2(n) ((n) && !((n) & ((n) - 1)))

#endif
