// SPDX-License-Identifier: GPL-2.0-only
/* Print the signature of the hypervisor leaf, CPUID 0x40000000. */
#include <cpuid.h>
#include <stdio.h>
#include <string.h>

#define HYPERVISOR_BIT	(1u << 31)	/* CPUID 1, ECX */

int main(void)
{
	unsigned int eax, ebx, ecx, edx;
	char signature[13] = "";

	__cpuid(1, eax, ebx, ecx, edx);
	if (!(ecx & HYPERVISOR_BIT)) {
		puts("none");
		return 1;
	}
	__cpuid(0x40000000, eax, ebx, ecx, edx);
	memcpy(signature, &ebx, 4);
	memcpy(signature + 4, &ecx, 4);
	memcpy(signature + 8, &edx, 4);
	printf("%s, leaves up to %#x\n", signature, eax);
	return 0;
}
