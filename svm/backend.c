// SPDX-License-Identifier: GPL-2.0
/*
 * The AMD backend: its table of operations and its second-stage entry format.
 */
#include <asm/pgtable_types.h>
#include "svm.h"

/*
 * Nested page tables are ordinary long-mode page tables (APM vol. 2, Nested
 * Paging).  All guest accesses count as user accesses, and the memory type of
 * a leaf selects from the host's PAT, where Linux has write-back at 0 and
 * uncached at 3 (PCD and PWT).  Bits 11:9 and 58:52 are software's.
 */
static const struct hull_s2_format svm_s2_format = {
	.present = _PAGE_PRESENT,
	.read = _PAGE_PRESENT,
	.write = _PAGE_RW,
	.noexec = _PAGE_NX,
	.accessed = _PAGE_ACCESSED,
	.dirty = _PAGE_DIRTY,
	.large = _PAGE_PSE,
	.table = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER,
	.leaf = _PAGE_USER,
	.leaf_uncached = _PAGE_USER | _PAGE_PCD | _PAGE_PWT,
	.sw = GENMASK_ULL(58, 52) | GENMASK_ULL(11, 9),
};

/* VMMCALL */
void svm_patch_hypercall(u8 insn[3])
{
	insn[0] = 0x0f;
	insn[1] = 0x01;
	insn[2] = 0xd9;
}

const struct hull_backend hull_svm_backend = {
	.name = "svm",
	.vcpu_size = sizeof(struct svm_vcpu),
	.s2 = &svm_s2_format,
	.probe = svm_probe,
	.setup = svm_setup,
	.teardown = svm_teardown,
	.caps = &svm_caps,
#define SVM_OP(ret, name, params, args) .name = svm_##name,
	HULL_BACKEND_OPS(SVM_OP)
#undef SVM_OP
};
