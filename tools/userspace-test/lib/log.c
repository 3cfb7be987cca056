// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "tap.h"

unsigned int log_lines(const char *text)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unsigned int lines = 0;
	char record[8192];
	ssize_t len;

	if (fd < 0)
		SKIP("the kernel's log cannot be read");
	while ((len = read(fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		if (len <= 0)
			continue;
		record[len] = '\0';
		lines += !!strstr(record, text);
	}
	close(fd);
	return lines;
}
