// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bus of address ranges, each with its handler.
 *
 * Ranges are kept sorted by base and never overlap. A bus has no lock: fill it
 * before vCPUs use it.
 */
#include <string.h>

#include "internal.h"

struct range {
	uint64_t base;
	uint64_t len;
	hull_access_fn *fn;
	void *opaque;
};

struct hull_bus {
	unsigned int nr;
	unsigned int max;
	struct range *ranges;
};

HULL_PUBLIC int hull_bus_create(struct hull_bus **out)
{
	struct hull_bus *bus = calloc(1, sizeof(*bus));

	if (!bus)
		return -ENOMEM;
	*out = bus;
	return 0;
}

HULL_PUBLIC void hull_bus_destroy(struct hull_bus *bus)
{
	if (!bus)
		return;
	free(bus->ranges);
	free(bus);
}

/* Index of the first range whose last address is not below @address. */
static unsigned int lower_bound(const struct hull_bus *bus, uint64_t address)
{
	unsigned int low = 0, high = bus->nr, mid;
	const struct range *r;

	while (low < high) {
		mid = low + (high - low) / 2;
		r = &bus->ranges[mid];
		if (r->base + (r->len - 1) < address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

HULL_PUBLIC int hull_bus_add(struct hull_bus *bus, uint64_t base, uint64_t len,
			     hull_access_fn *fn, void *opaque)
{
	struct range *ranges;
	unsigned int at, max;

	if (!len || base + (len - 1) < base)
		return -EINVAL;
	at = lower_bound(bus, base);
	if (at < bus->nr && bus->ranges[at].base <= base + (len - 1))
		return -EEXIST;
	if (bus->nr == bus->max) {
		max = bus->max ? bus->max * 2 : 8;
		ranges = realloc(bus->ranges, max * sizeof(*ranges));
		if (!ranges)
			return -ENOMEM;
		bus->ranges = ranges;
		bus->max = max;
	}
	memmove(&bus->ranges[at + 1], &bus->ranges[at],
		(bus->nr - at) * sizeof(*bus->ranges));
	bus->ranges[at] = (struct range) {
		.base = base, .len = len, .fn = fn, .opaque = opaque,
	};
	bus->nr++;
	return 0;
}

HULL_PUBLIC int hull_bus_remove(struct hull_bus *bus, uint64_t base)
{
	unsigned int at = lower_bound(bus, base);

	if (at == bus->nr || bus->ranges[at].base != base)
		return -ENOENT;
	bus->nr--;
	memmove(&bus->ranges[at], &bus->ranges[at + 1],
		(bus->nr - at) * sizeof(*bus->ranges));
	return 0;
}

HULL_PUBLIC int hull_bus_access(const struct hull_bus *bus,
				const struct hull_access *access)
{
	unsigned int at = lower_bound(bus, access->address);
	const struct range *r;

	if (at == bus->nr)
		return -ENXIO;
	r = &bus->ranges[at];
	if (access->address < r->base ||
	    access->size > r->len - (access->address - r->base))
		return -ENXIO;
	return r->fn(r->opaque, access);
}
