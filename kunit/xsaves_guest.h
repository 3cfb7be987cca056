/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HULL_KUNIT_XSAVES_GUEST_H
#define HULL_KUNIT_XSAVES_GUEST_H

/* The page of the reset vector is here, too, where a real-mode segment reaches it. */
#define XSAVES_PAGE	0xff000
#define XSAVES_AREA	0x400	/* in the page */

#ifndef __ASSEMBLER__

#include <linux/types.h>

extern const u8 xsaves_code[], xsaves_code_end[];

#endif

#endif
