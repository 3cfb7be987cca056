// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of the instruction under test, twice: mapped at FUZZ_BASE with its
 * permissions for the CPU, with a writable alias, and an array for the
 * emulator.
 */
#include <sys/mman.h>
#include <unistd.h>
#include "fuzz.h"

static const enum fuzz_page pages[FUZZ_PAGES] = {
	PAGE_WRITE, PAGE_WRITE, PAGE_READ, PAGE_NONE, PAGE_WRITE, PAGE_WRITE,
};

u8 *native_memory;
u8 emulated_memory[FUZZ_PAGES * PAGE_BYTES];

static bool map_page(int fd, unsigned int n)
{
	void *at = (void *)(FUZZ_BASE + n * PAGE_BYTES);
	int prot = PROT_READ;

	if (pages[n] == PAGE_NONE)
		return true;
	if (pages[n] == PAGE_WRITE)
		prot |= PROT_WRITE;
	if (n >= FUZZ_CODE / PAGE_BYTES)
		prot |= PROT_EXEC;
	/* Present from the start, so that error codes are predictable. */
	return mmap(at, PAGE_BYTES, prot,
		    MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_POPULATE, fd,
		    n * PAGE_BYTES) == at;
}

bool memory_init(void)
{
	int fd = memfd_create("emul-fuzz", 0);
	unsigned int n;

	if (fd < 0 || ftruncate(fd, FUZZ_PAGES * PAGE_BYTES))
		return false;
	native_memory = mmap(NULL, FUZZ_PAGES * PAGE_BYTES,
			     PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (native_memory == MAP_FAILED)
		return false;
	for (n = 0; n < FUZZ_PAGES; n++)
		if (!map_page(fd, n))
			return false;
	close(fd);
	return true;
}

enum fuzz_page memory_page(u64 linear)
{
	if (linear < FUZZ_BASE ||
	    linear >= FUZZ_BASE + FUZZ_PAGES * PAGE_BYTES)
		return PAGE_NONE;
	return pages[(linear - FUZZ_BASE) / PAGE_BYTES];
}

/* Random data, or zeros to make comparisons come out equal; the code. */
void memory_fill(const struct fuzz_case *c)
{
	u64 code = c->in.rip + segment_hidden(
			c->selector[HULL_SEG_CS])->base - FUZZ_BASE;
	u64 *words = (u64 *)emulated_memory, val = random_u64();
	bool zero = one_in(4);
	unsigned int i;

	for (i = 0; i < FUZZ_CODE / sizeof(u64); i++) {
		val = val * 0x5851f42d4c957f2d + 0x14057b7ef767814f;
		words[i] = zero ? 0 : val ^ val >> 29;
	}
	memset(emulated_memory + FUZZ_CODE, 0x90,
	       sizeof(emulated_memory) - FUZZ_CODE);
	for (i = 0; i < sizeof(c->bytes); i++)
		if (code + i < sizeof(emulated_memory))
			emulated_memory[code + i] = c->bytes[i];
	memcpy(native_memory, emulated_memory, sizeof(emulated_memory));
}
