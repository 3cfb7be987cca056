/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EMUL_FUZZ_LINUX_BITOPS_H
#define EMUL_FUZZ_LINUX_BITOPS_H

#define __ffs(val) ((unsigned long)__builtin_ctzll(val))
#define __fls(val) ((unsigned long)(63 - __builtin_clzll(val)))
#define hweight64(val) ((unsigned long)__builtin_popcountll(val))

#endif
