/* SPDX-License-Identifier: GPL-2.0-only */
/* hull's tracepoints, for what shows nowhere else. */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>

/* Empties the trace.  False when the event cannot be traced here. */
bool trace_start(const char *event);
void trace_stop(const char *event);
/* How many lines of the trace have both texts, and whether any. */
unsigned int trace_count(const char *one, const char *other);
bool trace_has(const char *one, const char *other);
/* The VM of the first line of this event and vCPU; 0 without any. */
unsigned int trace_vm(const char *event, unsigned int vcpu);

#endif /* TRACE_H */
