/* SPDX-License-Identifier: GPL-2.0-only */
/* hull's tracepoints, for what shows nowhere else. */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>

/* False when the event cannot be traced here. */
bool trace_start(const char *event);
void trace_stop(const char *event);
/* Whether a line of the trace has both texts. */
bool trace_has(const char *one, const char *other);

#endif /* TRACE_H */
