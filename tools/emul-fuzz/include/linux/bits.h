/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EMUL_FUZZ_LINUX_BITS_H
#define EMUL_FUZZ_LINUX_BITS_H

#define BIT(n) (1UL << (n))

#endif
