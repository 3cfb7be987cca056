/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test points in the Test Anything Protocol, version 13.
 *
 * Each test runs in a child process with a time limit, so that a crash or a
 * hang fails that test alone and no state passes from one to the next. A failed
 * check ends the child from whichever thread it happens in.
 */
#ifndef TAP_H
#define TAP_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct test {
	const char *name;
	void (*fn)(void);
	unsigned int seconds;	/* limit, 0 for the default of 60 */
};

/* Runs all tests, or those named by the arguments; the result of main(). */
int tap_main(int argc, char **argv, const struct test *tests, unsigned int nr);

#define TAP_MAIN(tests) \
	int main(int argc, char **argv) \
	{ \
		return tap_main(argc, argv, tests, ARRAY_SIZE(tests)); \
	}

void tap_diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void tap_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void tap_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define FAIL(...)	tap_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(...)	tap_skip(__VA_ARGS__)

#define CHECK(cond) \
	do { \
		if (!(cond)) \
			FAIL("%s is false", #cond); \
	} while (0)

/* Both sides as 64-bit numbers. */
#define CHECK_EQ(got, want) \
	do { \
		uint64_t got_ = (uint64_t)(got), want_ = (uint64_t)(want); \
		if (got_ != want_) \
			FAIL("%s is 0x%llx, not 0x%llx (%s)", #got, \
			     (unsigned long long)got_, (unsigned long long)want_, #want); \
	} while (0)

/* A call of libhull: its result, which must be @want. */
#define CHECK_RET(call, want) \
	do { \
		int ret_ = (call), want_ret_ = (want); \
		if (ret_ != want_ret_) \
			FAIL("%s returned %d, not %d (%s)", #call, ret_, want_ret_, #want); \
	} while (0)

/* A call that must succeed; its value. */
#define OK(call) \
	({ \
		int ok_ = (call); \
		if (ok_ < 0) \
			FAIL("%s: %s", #call, strerror(-ok_)); \
		ok_; \
	})

/* A libc call that sets errno; its value. */
#define SYS(call) \
	({ \
		long sys_ = (long)(call); \
		if (sys_ == -1) \
			FAIL("%s: %s", #call, strerror(errno)); \
		sys_; \
	})

/* The number in environment variable @name, or @otherwise. */
unsigned long tap_env(const char *name, unsigned long otherwise);

#endif /* TAP_H */
