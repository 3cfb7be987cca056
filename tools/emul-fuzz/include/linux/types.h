/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel types for the emulator in user space. */
#ifndef EMUL_FUZZ_LINUX_TYPES_H
#define EMUL_FUZZ_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#define __must_check __attribute__((__warn_unused_result__))
#define __aligned(n) __attribute__((__aligned__(n)))

#endif
