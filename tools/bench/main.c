// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench [DEVICE] - print the cost of each operation as TSV, in TSC ticks.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

void result(const char *operation, double value)
{
	printf("%s\t%.0f\n", operation, value);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *device = argc > 1 ? argv[1] : getenv("HULL_DEVICE");

	vm_open_device(device ? device : "/dev/hull");
	bench_exits();
	bench_memory();
	bench_state();
	bench_life();
	return 0;
}
