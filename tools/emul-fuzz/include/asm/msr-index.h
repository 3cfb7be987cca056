/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EMUL_FUZZ_ASM_MSR_INDEX_H
#define EMUL_FUZZ_ASM_MSR_INDEX_H

#define EFER_LMA (1 << 10)

#endif
