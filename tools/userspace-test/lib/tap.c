// SPDX-License-Identifier: GPL-2.0-only
/* Runs test points and reports them: see tap.h. */
#include "tap.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_SKIP	77

static char *skip_reason;	/* shared with the child */
#define REASON_SIZE	4096

static void print_lines(const char *prefix, const char *fmt, va_list args)
{
	char text[2048], *line, *save = NULL;

	vsnprintf(text, sizeof(text), fmt, args);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		printf("# %s%s\n", prefix, line);
	fflush(stdout);
}

void tap_diag(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_lines("", fmt, args);
	va_end(args);
}

_Noreturn void tap_fail(const char *file, int line, const char *fmt, ...)
{
	char prefix[256];
	va_list args;

	snprintf(prefix, sizeof(prefix), "%s:%d: ", file, line);
	va_start(args, fmt);
	print_lines(prefix, fmt, args);
	va_end(args);
	_exit(1);
}

_Noreturn void tap_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(skip_reason, REASON_SIZE, fmt, args);
	va_end(args);
	_exit(EXIT_SKIP);
}

unsigned long tap_env(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 0) : otherwise;
}

static void report_death(int status, unsigned int limit)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		tap_diag("no end after %u s", limit);
	else if (WIFSIGNALED(status))
		tap_diag("killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
}

/* Its own process group, so that a test's own children go with it. */
static bool run_one(const struct test *test, unsigned int number)
{
	unsigned int limit = test->seconds ? test->seconds : 60;
	bool passed;
	int status;
	pid_t pid;

	limit *= tap_env("HULL_TEST_SCALE", 1);
	skip_reason[0] = '\0';
	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		printf("Bail out! fork: %s\n", strerror(errno));
		exit(1);
	}
	if (!pid) {
		setpgid(0, 0);
		alarm(limit);
		test->fn();
		fflush(stdout);
		_exit(0);
	}
	setpgid(pid, pid);
	while (waitpid(pid, &status, 0) < 0)
		;
	kill(-pid, SIGKILL);
	passed = WIFEXITED(status) &&
		 (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == EXIT_SKIP);
	if (!passed)
		report_death(status, limit);
	printf("%s %u - %s", passed ? "ok" : "not ok", number, test->name);
	if (passed && WEXITSTATUS(status) == EXIT_SKIP)
		printf(" # SKIP %s", skip_reason);
	printf("\n");
	return passed;
}

static bool wanted(const struct test *test, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], test->name))
			return true;
	return argc < 2;
}

int tap_main(int argc, char **argv, const struct test *tests, unsigned int nr)
{
	unsigned int i, planned = 0, number = 0, failed = 0;

	skip_reason = mmap(NULL, REASON_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (skip_reason == MAP_FAILED)
		return 1;
	for (i = 0; i < nr; i++)
		planned += wanted(&tests[i], argc, argv);
	printf("TAP version 13\n1..%u\n", planned);
	for (i = 0; i < nr; i++)
		if (wanted(&tests[i], argc, argv) && !run_one(&tests[i], ++number))
			failed++;
	fflush(stdout);
	return failed || !planned;
}
