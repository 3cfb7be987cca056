// SPDX-License-Identifier: GPL-2.0
/* A VM's memory from its first to its last moment. */
#include <linux/cpu.h>
#include <asm/cpufeature.h>
#include "../backend.h"
#include "../vm.h"
#include "s2.h"
#include "slot.h"

int hull_mem_init(struct hull_vm *vm)
{
	const struct hull_caps *caps = hull_backend->caps;
	struct hull_mem *mem = &vm->mem;
	int r;

	mutex_init(&mem->slots_lock);
	xa_init(&mem->ids);
	r = init_srcu_struct(&mem->srcu);
	if (r)
		return r;
	r = hull_slots_init(mem);
	if (r)
		goto err_srcu;
	r = hull_s2_init(&mem->s2, hull_backend->s2, caps->s2_levels, caps->s2_page_sizes);
	if (r)
		goto err_slots;
	mem->s2.large_exec = !boot_cpu_has_bug(X86_BUG_ITLB_MULTIHIT) || cpu_mitigations_off();
	mem->notifier.ops = &hull_notifier_ops;
	r = mmu_notifier_register(&mem->notifier, current->mm);
	if (r)
		goto err_s2;
	mem->ready = true;
	return 0;

err_s2:
	hull_s2_destroy(&mem->s2);
err_slots:
	hull_slots_destroy(mem);
err_srcu:
	cleanup_srcu_struct(&mem->srcu);
	return r;
}

void hull_mem_destroy(struct hull_vm *vm)
{
	struct hull_mem *mem = &vm->mem;

	if (!mem->ready)
		return;
	mem->ready = false;
	mmu_notifier_unregister(&mem->notifier, vm->mm);
	hull_s2_destroy(&mem->s2);
	hull_slots_destroy(mem);
	xa_destroy(&mem->ids);
	cleanup_srcu_struct(&mem->srcu);
	mutex_destroy(&mem->slots_lock);
}

void hull_mem_exit(void)
{
	hull_s2_barrier();
}
