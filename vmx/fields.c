// SPDX-License-Identifier: GPL-2.0
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "fields.h"

const struct vmx_field_info vmx_fields[] = {
#define VMX_FIELD_INFO(_name, _encoding, _width, _group) {		\
		.name = #_name, .encoding = _encoding,			\
		.width = VMX_WIDTH_##_width, .group = VMX_GROUP_##_group, \
	},
	VMX_FIELDS(VMX_FIELD_INFO)
#undef VMX_FIELD_INFO
};

const unsigned int vmx_nr_fields = ARRAY_SIZE(vmx_fields);

/* What a row says is what its encoding says. */
#define VMX_FIELD_ASSERT(name, encoding, width, group)			\
	static_assert(VMX_FIELD_WIDTH(encoding) == VMX_WIDTH_##width);	\
	static_assert(VMX_FIELD_GROUP(encoding) == VMX_GROUP_##group);
VMX_FIELDS(VMX_FIELD_ASSERT)
#undef VMX_FIELD_ASSERT

static_assert(VMX_HOST_RSP == VMX_FIELD_HOST_RSP);
