/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own files: short texts in /proc, /sys and their like. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>

/*
 * @text in place of what was there.  False with errno set unless the file, which
 * must exist, has taken all of it.
 */
bool write_text(const char *path, const char *text);

#endif /* FILE_H */
