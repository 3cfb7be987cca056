/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's log. */
#ifndef LOG_H
#define LOG_H

/* How many of its lines have the text; the test is skipped where it cannot be read. */
unsigned int log_lines(const char *text);

#endif /* LOG_H */
