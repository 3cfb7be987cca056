// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

static u64 state;

/* splitmix64: any seed is good, and a case's number is enough to repeat it. */
u64 random_u64(void)
{
	u64 z = state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void random_seed(u64 seed, u64 number)
{
	state = seed * 0x2545f4914f6cdd1d + number;
	state = random_u64();
}

unsigned int random_below(unsigned int n)
{
	return random_u64() % n;
}

bool one_in(unsigned int n)
{
	return !random_below(n);
}
