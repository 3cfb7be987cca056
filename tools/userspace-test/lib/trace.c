// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "tap.h"
#include "trace.h"

#define TRACING		"/sys/kernel/tracing/"

static const char *enable_file(const char *event)
{
	static char path[256];

	snprintf(path, sizeof(path), TRACING "events/hull/%s/enable", event);
	return path;
}

bool trace_start(const char *event)
{
	if (access(enable_file(event), W_OK))
		return false;
	CHECK(write_text(TRACING "trace", ""));
	CHECK(write_text(enable_file(event), "1"));
	return true;
}

void trace_stop(const char *event)
{
	CHECK(write_text(enable_file(event), "0"));
}

bool trace_has(const char *one, const char *other)
{
	FILE *file = fopen(TRACING "trace", "r");
	bool found = false;
	char line[512];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (strstr(line, one) && strstr(line, other))
			found = true;
	fclose(file);
	return found;
}
