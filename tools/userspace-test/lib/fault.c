// SPDX-License-Identifier: GPL-2.0-only
/* Failing each allocation and copy in turn: see fault.h. */
#include "fault.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"

#define MAX_FAULTS	2000

static int fail_nth_fd;

static void set_debugfs(const char *path, const char *value)
{
	if (!write_text(path, value))
		SKIP("%s: %s", path, strerror(errno));
}

/* Allocations that may sleep are among those that fail, and in silence. */
static void need_fault_injection(void)
{
	fail_nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fail_nth_fd < 0)
		SKIP("the kernel has no fault injection");
	set_debugfs("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	set_debugfs("/sys/kernel/debug/failslab/verbose", "0");
	set_debugfs("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	set_debugfs("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	set_debugfs("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	set_debugfs("/sys/kernel/debug/fail_usercopy/verbose", "0");
}

static void arm(unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	SYS(pwrite(fail_nth_fd, text, strlen(text), 0));
}

/* Whether the fault has happened. One that is still to come may hit the read. */
static bool disarm(void)
{
	char text[16] = "1";
	bool happened;

	happened = pread(fail_nth_fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;
	while (pwrite(fail_nth_fd, "0", 1, 0) < 0)
		;
	return happened;
}

static bool honest(int ret)
{
	return ret >= 0 || ret == -ENOMEM || ret == -EFAULT;
}

void sweep(const struct swept *swept)
{
	static struct scene s;
	unsigned int n, errors = 0;
	bool happened;
	int ret;

	need_fault_injection();
	for (n = 1; n <= MAX_FAULTS; n++) {
		memset(&s, 0, sizeof(s));
		s.fd = -1;
		swept->prepare(&s);
		arm(n);
		ret = swept->call(&s);
		happened = disarm();
		if (!honest(ret) || (!happened && ret < 0))
			FAIL("fault %u: %s", n, strerror(-ret));
		if (ret < 0) {
			errors++;
			if (swept->unchanged)
				swept->unchanged(&s);
			ret = swept->call(&s);
			if (ret < 0)
				FAIL("after fault %u: %s", n, strerror(-ret));
		}
		if (swept->done)
			swept->done(&s);
		if (s.fd >= 0)
			close(s.fd);
		if (s.g.sys)
			guest_destroy(&s.g);
		if (s.memory)
			munmap(s.memory, FAULT_MEMORY);
		if (!happened)
			break;
	}
	if (n > MAX_FAULTS)
		FAIL("still failing after %u faults", n);
	tap_diag("%u faults, %u errors", n - 1, errors);
	if (!errors)
		FAIL("no fault made the call fail");
}

int fault_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

void prepare_guest(struct scene *s)
{
	poke_create(&s->g);
	guest_complete_io(&s->g);
}

void still_runs(struct scene *s)
{
	poke_write(&s->g, DATA_BASE + 0x2000, 0xaa55);
	CHECK_EQ(poke_read(&s->g, DATA_BASE + 0x2000), 0xaa55);
}
