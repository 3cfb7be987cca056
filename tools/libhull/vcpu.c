// SPDX-License-Identifier: GPL-2.0-only
/* The vCPU descriptor: life cycle, running, and the exits it answers. */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

HULL_PUBLIC int hull_vcpu_create(const struct hull_vm *vm, uint32_t id,
				 struct hull_vcpu **out)
{
	struct hull_vcpu *vcpu;
	int ret;

	vcpu = calloc(1, sizeof(*vcpu));
	if (!vcpu)
		return -ENOMEM;
	vcpu->id = id;
	vcpu->mmap_size = vm->vcpu_mmap_size;
	vcpu->fd = hull_ioctl_value(vm->fd, KVM_CREATE_VCPU, id);
	if (vcpu->fd < 0) {
		ret = vcpu->fd;
		goto err_free;
	}
	vcpu->run = mmap(NULL, vcpu->mmap_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED) {
		ret = -errno;
		goto err_close;
	}
	*out = vcpu;
	return 0;

err_close:
	close(vcpu->fd);
err_free:
	free(vcpu);
	return ret;
}

HULL_PUBLIC void hull_vcpu_close(struct hull_vcpu *vcpu)
{
	if (!vcpu)
		return;
	munmap(vcpu->run, vcpu->mmap_size);
	close(vcpu->fd);
	free(vcpu);
}

HULL_PUBLIC int hull_vcpu_fd(const struct hull_vcpu *vcpu)
{
	return vcpu->fd;
}

HULL_PUBLIC uint32_t hull_vcpu_id(const struct hull_vcpu *vcpu)
{
	return vcpu->id;
}

HULL_PUBLIC struct kvm_run *hull_vcpu_run_area(const struct hull_vcpu *vcpu)
{
	return vcpu->run;
}

HULL_PUBLIC int hull_vcpu_run(struct hull_vcpu *vcpu)
{
	int ret;

	ret = hull_vcpu_offer_queued(vcpu);
	if (ret)
		return ret;
	ret = hull_ioctl_value(vcpu->fd, KVM_RUN, 0);
	if (ret < 0)
		return ret;
	return vcpu->run->exit_reason;
}

HULL_PUBLIC void hull_vcpu_set_immediate_exit(struct hull_vcpu *vcpu, bool on)
{
	__atomic_store_n(&vcpu->run->immediate_exit, on, __ATOMIC_SEQ_CST);
}

HULL_PUBLIC int hull_vcpu_enable_raw_capability(const struct hull_vcpu *vcpu,
						uint32_t cap, uint32_t flags,
						const uint64_t args[4])
{
	struct kvm_enable_cap ec = { .cap = cap, .flags = flags };

	if (args)
		memcpy(ec.args, args, sizeof(ec.args));
	return hull_ioctl(vcpu->fd, KVM_ENABLE_CAP, &ec);
}

HULL_PUBLIC int hull_vcpu_handle_mmio(struct hull_vcpu *vcpu, hull_access_fn *fn,
				      void *opaque)
{
	struct kvm_run *run = vcpu->run;
	struct hull_access access;

	if (run->exit_reason != KVM_EXIT_MMIO)
		return -EINVAL;
	access = (struct hull_access) {
		.address = run->mmio.phys_addr,
		.data = run->mmio.data,
		.size = run->mmio.len,
		.write = run->mmio.is_write,
	};
	return fn(opaque, &access);
}

HULL_PUBLIC int hull_vcpu_handle_io(struct hull_vcpu *vcpu, hull_access_fn *fn,
				    void *opaque)
{
	struct kvm_run *run = vcpu->run;
	struct hull_access access;
	uint32_t i;
	int ret;

	if (run->exit_reason != KVM_EXIT_IO)
		return -EINVAL;
	if (run->io.data_offset + (uint64_t)run->io.size * run->io.count >
	    vcpu->mmap_size)
		return -EINVAL;
	access = (struct hull_access) {
		.address = run->io.port,
		.data = (char *)run + run->io.data_offset,
		.size = run->io.size,
		.write = run->io.direction == KVM_EXIT_IO_OUT,
	};
	for (i = 0; i < run->io.count; i++) {
		ret = fn(opaque, &access);
		if (ret)
			return ret;
		access.data = (char *)access.data + access.size;
	}
	return 0;
}

HULL_PUBLIC void hull_vcpu_set_pio_bus(struct hull_vcpu *vcpu, struct hull_bus *bus)
{
	vcpu->pio = bus;
}

static int pio_bus_access(void *opaque, const struct hull_access *access)
{
	return hull_bus_access(opaque, access);
}

HULL_PUBLIC int hull_vcpu_dispatch_io(struct hull_vcpu *vcpu)
{
	if (!vcpu->pio)
		return -ENODEV;
	return hull_vcpu_handle_io(vcpu, pio_bus_access, vcpu->pio);
}

HULL_PUBLIC int hull_vcpu_get_mp_state(const struct hull_vcpu *vcpu, uint32_t *state)
{
	struct kvm_mp_state mp;
	int ret;

	ret = hull_ioctl(vcpu->fd, KVM_GET_MP_STATE, &mp);
	if (!ret)
		*state = mp.mp_state;
	return ret;
}

HULL_PUBLIC int hull_vcpu_set_mp_state(const struct hull_vcpu *vcpu, uint32_t state)
{
	struct kvm_mp_state mp = { .mp_state = state };

	return hull_ioctl(vcpu->fd, KVM_SET_MP_STATE, &mp);
}

HULL_PUBLIC int hull_vcpu_translate(const struct hull_vcpu *vcpu, uint64_t gva,
				    struct kvm_translation *out)
{
	*out = (struct kvm_translation) { .linear_address = gva };
	return hull_ioctl(vcpu->fd, KVM_TRANSLATE, out);
}

HULL_PUBLIC int hull_vcpu_set_signal_mask(const struct hull_vcpu *vcpu,
					  const uint64_t *mask)
{
	_Alignas(struct kvm_signal_mask)
	char buffer[sizeof(struct kvm_signal_mask) + sizeof(*mask)];
	struct kvm_signal_mask *arg = (void *)buffer;

	if (!mask)
		return hull_ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, NULL);
	/* The length is that of the kernel's sigset_t, not of libc's. */
	arg->len = sizeof(*mask);
	memcpy(arg->sigset, mask, sizeof(*mask));
	return hull_ioctl(vcpu->fd, KVM_SET_SIGNAL_MASK, arg);
}
