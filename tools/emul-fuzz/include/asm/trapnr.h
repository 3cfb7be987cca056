/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EMUL_FUZZ_ASM_TRAPNR_H
#define EMUL_FUZZ_ASM_TRAPNR_H

#define X86_TRAP_DE 0
#define X86_TRAP_DB 1
#define X86_TRAP_UD 6
#define X86_TRAP_NM 7
#define X86_TRAP_SS 12
#define X86_TRAP_GP 13
#define X86_TRAP_PF 14
#define X86_TRAP_AC 17

#endif
