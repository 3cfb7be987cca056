/* SPDX-License-Identifier: GPL-2.0 */
/* Layout of struct vmx_switch, for enter.S; run.c asserts it. */
#ifndef HULL_VMX_SWITCH_H
#define HULL_VMX_SWITCH_H

#define VMX_SWITCH_GPR			0
#define VMX_SWITCH_HOST_RSP		8
#define VMX_SWITCH_GUEST_SPEC_CTRL	16
#define VMX_SWITCH_HOST_SPEC_CTRL	24
#define VMX_SWITCH_FLAGS		32

/* Bits of the flags. */
#define VMX_SWITCH_LAUNCHED		0	/* VMRESUME, not VMLAUNCH */
#define VMX_SWITCH_SPEC_CTRL		1	/* switch IA32_SPEC_CTRL */

#endif
