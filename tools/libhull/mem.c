// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory: slots, and changes of the host memory behind them.
 *
 * The second half never talks to the device. The kernel follows the owner's
 * address space, so plain madvise() and mmap() change what the guest sees.
 */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"

int hull_slots_new(struct slot_map **out)
{
	struct slot_map *slots = calloc(1, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	atomic_init(&slots->refs, 1);
	pthread_mutex_init(&slots->lock, NULL);
	*out = slots;
	return 0;
}

struct slot_map *hull_slots_get(struct slot_map *slots)
{
	atomic_fetch_add(&slots->refs, 1);
	return slots;
}

void hull_slots_put(struct slot_map *slots)
{
	if (atomic_fetch_sub(&slots->refs, 1) != 1)
		return;
	pthread_mutex_destroy(&slots->lock);
	free(slots->regions);
	free(slots);
}

static struct hull_region *find_slot_locked(struct slot_map *slots, uint32_t slot)
{
	unsigned int i;

	for (i = 0; i < slots->nr; i++)
		if (slots->regions[i].slot == slot)
			return &slots->regions[i];
	return NULL;
}

static uint32_t free_slot_locked(struct slot_map *slots)
{
	uint32_t slot = 0;

	while (find_slot_locked(slots, slot))
		slot++;
	return slot;
}

static int reserve_locked(struct slot_map *slots)
{
	struct hull_region *regions;
	unsigned int max;

	if (slots->nr < slots->max)
		return 0;
	max = slots->max ? slots->max * 2 : 16;
	regions = realloc(slots->regions, max * sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	slots->regions = regions;
	slots->max = max;
	return 0;
}

HULL_PUBLIC int hull_vm_set_user_memory_region(const struct hull_vm *vm,
		const struct kvm_userspace_memory_region *region)
{
	return hull_ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, (void *)region);
}

HULL_PUBLIC int hull_vm_set_user_memory_region2(const struct hull_vm *vm,
		const struct kvm_userspace_memory_region2 *region)
{
	return hull_ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION2, (void *)region);
}

HULL_PUBLIC int hull_vm_add_memory_region(const struct hull_vm *vm, uint64_t gpa,
					  void *hva, uint64_t size, uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)hva,
	};
	struct slot_map *slots = vm->slots;
	int ret;

	if (!size)
		return -EINVAL;
	pthread_mutex_lock(&slots->lock);
	ret = reserve_locked(slots);
	if (ret)
		goto out;
	region.slot = free_slot_locked(slots);
	ret = hull_vm_set_user_memory_region(vm, &region);
	if (ret)
		goto out;
	slots->regions[slots->nr++] = (struct hull_region) {
		.slot = region.slot, .flags = flags,
		.gpa = gpa, .size = size, .hva = hva,
	};
	ret = region.slot;
out:
	pthread_mutex_unlock(&slots->lock);
	return ret;
}

HULL_PUBLIC int hull_vm_remove_memory_region(const struct hull_vm *vm, uint32_t slot)
{
	struct kvm_userspace_memory_region region = { .slot = slot };
	struct slot_map *slots = vm->slots;
	struct hull_region *known;
	int ret;

	pthread_mutex_lock(&slots->lock);
	known = find_slot_locked(slots, slot);
	ret = known ? hull_vm_set_user_memory_region(vm, &region) : -ENOENT;
	if (!ret)
		*known = slots->regions[--slots->nr];
	pthread_mutex_unlock(&slots->lock);
	return ret;
}

HULL_PUBLIC int hull_vm_set_memory_region_flags(const struct hull_vm *vm,
						uint32_t slot, uint32_t flags)
{
	struct slot_map *slots = vm->slots;
	struct hull_region *known;
	int ret = -ENOENT;

	pthread_mutex_lock(&slots->lock);
	known = find_slot_locked(slots, slot);
	if (known) {
		struct kvm_userspace_memory_region region = {
			.slot = slot,
			.flags = flags,
			.guest_phys_addr = known->gpa,
			.memory_size = known->size,
			.userspace_addr = (uintptr_t)known->hva,
		};

		ret = hull_vm_set_user_memory_region(vm, &region);
		if (!ret)
			known->flags = flags;
	}
	pthread_mutex_unlock(&slots->lock);
	return ret;
}

HULL_PUBLIC int hull_vm_get_memory(const struct hull_vm *vm,
				   struct hull_region *regions, unsigned int max)
{
	struct slot_map *slots = vm->slots;
	unsigned int nr;

	pthread_mutex_lock(&slots->lock);
	nr = slots->nr;
	if (nr)
		memcpy(regions, slots->regions,
		       (nr < max ? nr : max) * sizeof(*regions));
	pthread_mutex_unlock(&slots->lock);
	return nr;
}

HULL_PUBLIC void *hull_vm_gpa_to_hva(const struct hull_vm *vm, uint64_t gpa,
				     uint64_t size)
{
	struct slot_map *slots = vm->slots;
	void *hva = NULL;
	unsigned int i;

	pthread_mutex_lock(&slots->lock);
	for (i = 0; i < slots->nr; i++) {
		const struct hull_region *r = &slots->regions[i];

		if (gpa < r->gpa || gpa - r->gpa >= r->size)
			continue;
		if (size <= r->size - (gpa - r->gpa))
			hva = (char *)r->hva + (gpa - r->gpa);
		break;
	}
	pthread_mutex_unlock(&slots->lock);
	return hva;
}

HULL_PUBLIC int hull_vm_get_dirty_log(const struct hull_vm *vm, uint32_t slot,
				      void *bitmap)
{
	struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = bitmap };

	return hull_ioctl(vm->fd, KVM_GET_DIRTY_LOG, &log);
}

HULL_PUBLIC int hull_vm_clear_dirty_log(const struct hull_vm *vm, uint32_t slot,
					uint64_t first_page, uint32_t num_pages,
					void *bitmap)
{
	struct kvm_clear_dirty_log log = {
		.slot = slot,
		.num_pages = num_pages,
		.first_page = first_page,
		.dirty_bitmap = bitmap,
	};

	return hull_ioctl(vm->fd, KVM_CLEAR_DIRTY_LOG, &log);
}

/* Host address of a range that must lie inside one slot. */
static int slot_range(const struct hull_vm *vm, uint32_t slot, uint64_t offset,
		      uint64_t size, void **hva)
{
	struct slot_map *slots = vm->slots;
	struct hull_region *r;
	int ret = 0;

	pthread_mutex_lock(&slots->lock);
	r = find_slot_locked(slots, slot);
	if (!r)
		ret = -ENOENT;
	else if (offset > r->size || size > r->size - offset)
		ret = -EINVAL;
	else
		*hva = (char *)r->hva + offset;
	pthread_mutex_unlock(&slots->lock);
	return ret;
}

static int advise(const struct hull_vm *vm, uint32_t slot, uint64_t offset,
		  uint64_t size, int advice)
{
	void *hva;
	int ret;

	ret = slot_range(vm, slot, offset, size, &hva);
	if (ret)
		return ret;
	return madvise(hva, size, advice) ? -errno : 0;
}

HULL_PUBLIC int hull_vm_msync_memory_region(const struct hull_vm *vm, uint32_t slot,
					    uint64_t offset, uint64_t size)
{
	void *hva;
	int ret;

	ret = slot_range(vm, slot, offset, size, &hva);
	if (ret)
		return ret;
	return msync(hva, size, MS_SYNC) ? -errno : 0;
}

HULL_PUBLIC int hull_vm_madvise_pageout_memory_region(const struct hull_vm *vm,
		uint32_t slot, uint64_t offset, uint64_t size)
{
	return advise(vm, slot, offset, size, MADV_PAGEOUT);
}

/*
 * MADV_REMOVE frees the pages of a shared mapping and refuses a private one,
 * for which MADV_DONTNEED does the same.
 */
HULL_PUBLIC int hull_vm_madvise_remove_memory_region(const struct hull_vm *vm,
		uint32_t slot, uint64_t offset, uint64_t size)
{
	int ret = advise(vm, slot, offset, size, MADV_REMOVE);

	if (ret == -EINVAL || ret == -EACCES)
		ret = advise(vm, slot, offset, size, MADV_DONTNEED);
	return ret;
}

static int map_over(const struct hull_vm *vm, uint32_t slot, uint64_t offset,
		    uint64_t size, int prot, int flags, int fd, uint64_t fd_offset)
{
	void *hva;
	int ret;

	ret = slot_range(vm, slot, offset, size, &hva);
	if (ret)
		return ret;
	if (mmap(hva, size, prot, flags | MAP_FIXED | MAP_NORESERVE, fd, fd_offset) ==
	    MAP_FAILED)
		return -errno;
	return 0;
}

HULL_PUBLIC int hull_vm_add_fd_mapping(const struct hull_vm *vm, uint32_t slot,
				       uint64_t offset, uint64_t size, int fd,
				       uint64_t fd_offset, int prot)
{
	return map_over(vm, slot, offset, size, prot, MAP_SHARED, fd, fd_offset);
}

HULL_PUBLIC int hull_vm_remove_mapping(const struct hull_vm *vm, uint32_t slot,
				       uint64_t offset, uint64_t size)
{
	/* Keep the address range reserved: nothing else may be mapped there. */
	return map_over(vm, slot, offset, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
}

HULL_PUBLIC int hull_vm_handle_balloon_event(const struct hull_vm *vm,
					     enum hull_balloon_event event,
					     uint64_t gpa, uint64_t size)
{
	void *hva = hull_vm_gpa_to_hva(vm, gpa, size);

	if (!hva)
		return -EFAULT;
	/* A deflated page is populated, with zeros, when the guest touches it. */
	if (event == HULL_BALLOON_DEFLATE)
		return 0;
	if (!madvise(hva, size, MADV_REMOVE))
		return 0;
	if (errno != EINVAL && errno != EACCES)
		return -errno;
	return madvise(hva, size, MADV_DONTNEED) ? -errno : 0;
}
