/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own files: short texts in /proc, /sys and their like. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>

/* False with errno set unless all of @text was taken by the file, which must exist. */
bool write_text(const char *path, const char *text);

#endif /* FILE_H */
