/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HULL_CORE_MCE_H
#define HULL_CORE_MCE_H

#include <linux/kconfig.h>
#include <asm/mce.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>
#include <asm/segment.h>

/*
 * The host's handler, for a machine check that an exit has consumed.  Interrupts
 * off.  As if it came from user mode: no kernel code was interrupted, and an error
 * in the guest's memory is the end of its process, not of the host.
 */
static inline void hull_host_machine_check(void)
{
	struct pt_regs regs = {
		.cs = __USER_CS,
		.flags = X86_EFLAGS_IF,
	};

	if (IS_ENABLED(CONFIG_X86_MCE))
		do_machine_check(&regs);
}

#endif
