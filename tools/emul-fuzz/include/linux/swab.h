/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EMUL_FUZZ_LINUX_SWAB_H
#define EMUL_FUZZ_LINUX_SWAB_H

#define swab64(val) __builtin_bswap64(val)

#endif
