// SPDX-License-Identifier: GPL-2.0
/* The Intel backend: its table of operations. */
#include "vmx.h"

/* VMCALL */
void vmx_patch_hypercall(u8 insn[3])
{
	insn[0] = 0x0f;
	insn[1] = 0x01;
	insn[2] = 0xc1;
}

const struct hull_backend hull_vmx_backend = {
	.name = "vmx",
	.vcpu_size = sizeof(struct vmx_vcpu),
	.s2 = &vmx_s2_format,
	.probe = vmx_probe,
	.setup = vmx_setup,
	.teardown = vmx_teardown,
	.share = vmx_share,
	.write_back = vmx_cpu_write_back,
	.caps = &vmx_hull_caps,
#define VMX_OP(ret, name, params, args) .name = vmx_##name,
	HULL_BACKEND_OPS(VMX_OP)
#undef VMX_OP
};
