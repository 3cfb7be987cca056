/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What libhull's files share and its users do not see.
 *
 * Each handle owns its descriptor and nothing points from one handle to
 * another, so handles may be closed in any order; the kernel keeps what is
 * still in use.
 */
#ifndef HULL_INTERNAL_H
#define HULL_INTERNAL_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <hull/libhull.h>

#define HULL_PUBLIC	__attribute__((visibility("default")))

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct hull_sys {
	int fd;
};

/*
 * The slots that were set up through one VM, shared by all clones of the
 * VM's handle. @lock protects everything but @refs.
 */
struct slot_map {
	atomic_int refs;
	pthread_mutex_t lock;
	unsigned int nr;
	unsigned int max;
	struct hull_region *regions;
};

struct hull_vm {
	int fd;
	int vcpu_mmap_size;
	struct slot_map *slots;
};

struct hull_vcpu {
	int fd;
	uint32_t id;
	size_t mmap_size;
	struct kvm_run *run;
	struct hull_bus *pio;
	_Atomic uint64_t queued[4];	/* vectors of hull_vcpu_inject_interrupt() */
};

/* ioctl() with the error as its result */
static inline int hull_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static inline int hull_ioctl_value(int fd, unsigned long request,
				   unsigned long value)
{
	return hull_ioctl(fd, request, (void *)value);
}

int hull_slots_new(struct slot_map **out);
struct slot_map *hull_slots_get(struct slot_map *slots);
void hull_slots_put(struct slot_map *slots);

int hull_vcpu_offer_queued(struct hull_vcpu *vcpu);

#endif /* HULL_INTERNAL_H */
