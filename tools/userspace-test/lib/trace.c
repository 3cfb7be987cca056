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

static FILE *open_trace(void)
{
	FILE *file = fopen(TRACING "trace", "r");

	CHECK(file);
	return file;
}

unsigned int trace_count(const char *one, const char *other)
{
	FILE *file = open_trace();
	unsigned int n = 0;
	char line[512];

	while (fgets(line, sizeof(line), file))
		if (strstr(line, one) && strstr(line, other))
			n++;
	fclose(file);
	return n;
}

bool trace_has(const char *one, const char *other)
{
	return trace_count(one, other);
}

unsigned int trace_vm(const char *event, unsigned int vcpu)
{
	FILE *file = open_trace();
	unsigned int vm = 0, v;
	const char *fields;
	char line[512];

	while (!vm && fgets(line, sizeof(line), file)) {
		fields = strstr(line, event);
		if (fields &&
		    (sscanf(fields + strlen(event), ": vm %u vcpu %u", &vm, &v) != 2 || v != vcpu))
			vm = 0;
	}
	fclose(file);
	return vm;
}
