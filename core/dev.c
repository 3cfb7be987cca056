// SPDX-License-Identifier: GPL-2.0
/*
 * The device node and the system descriptor.
 *
 * The node is /dev/hull, or /dev/kvm with the parameter device=kvm, for
 * programs that have that path built in.
 */
#include <linux/fs.h>
#include <linux/kvm.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include "cpu/cpuid.h"
#include "cpu/msr.h"
#include "dev.h"
#include "ioctl.h"
#include "vcpu.h"
#include "vm.h"

static char *device = "hull";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "name of the node in /dev: hull (default) or kvm");

static long get_api_version(void *obj, void *arg)
{
	return KVM_API_VERSION;
}

static long create_vm(void *obj, void *arg)
{
	return hull_vm_open((unsigned long)arg);
}

static long check_extension(void *obj, void *arg)
{
	return hull_check_extension((unsigned long)arg);
}

static long get_vcpu_mmap_size(void *obj, void *arg)
{
	return HULL_RUN_PAGES * PAGE_SIZE;
}

static long get_supported_cpuid(void *obj, void *arg)
{
	return hull_get_supported_cpuid((struct kvm_cpuid2 __user *)arg);
}

static long get_emulated_cpuid(void *obj, void *arg)
{
	return hull_get_emulated_cpuid((struct kvm_cpuid2 __user *)arg);
}

static long get_msr_index_list(void *obj, void *arg)
{
	return hull_get_msr_index_list((struct kvm_msr_list __user *)arg);
}

static long get_msr_feature_index_list(void *obj, void *arg)
{
	return hull_get_msr_feature_index_list((struct kvm_msr_list __user *)arg);
}

static long get_feature_msrs(void *obj, void *arg)
{
	return hull_get_feature_msrs((struct kvm_msrs __user *)arg);
}

static const struct hull_ioctl rows[] = {
	{ KVM_GET_API_VERSION, HULL_IOC_ZERO, get_api_version },
	{ KVM_CREATE_VM, HULL_IOC_RAW, create_vm },
	{ KVM_GET_MSR_INDEX_LIST, HULL_IOC_RAW, get_msr_index_list },
	{ KVM_CHECK_EXTENSION, HULL_IOC_RAW, check_extension },
	{ KVM_GET_VCPU_MMAP_SIZE, HULL_IOC_ZERO, get_vcpu_mmap_size },
	{ KVM_GET_SUPPORTED_CPUID, HULL_IOC_RAW, get_supported_cpuid },
	{ KVM_GET_EMULATED_CPUID, HULL_IOC_RAW, get_emulated_cpuid },
	{ KVM_GET_MSR_FEATURE_INDEX_LIST, HULL_IOC_RAW, get_msr_feature_index_list },
	{ KVM_GET_MSRS, HULL_IOC_RAW, get_feature_msrs },
};

struct hull_ioctl_table hull_system_ioctls = {
	.rows = rows,
	.nr = ARRAY_SIZE(rows),
	.unknown = -EINVAL,
};

static long system_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return hull_ioctl_dispatch(&hull_system_ioctls, NULL, cmd, arg);
}

static const struct file_operations system_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = system_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &system_fops,
	.mode = 0666,
};

int hull_dev_init(void)
{
	int r;

	if (strcmp(device, "hull") && strcmp(device, "kvm")) {
		pr_err("parameter device is \"hull\" or \"kvm\", not \"%s\"\n", device);
		return -EINVAL;
	}
	misc.name = device;
	if (!strcmp(device, "kvm"))
		misc.minor = KVM_MINOR;
	r = misc_register(&misc);
	if (r == -EBUSY || r == -EEXIST)
		pr_err("/dev/%s is taken: unload kvm_amd or kvm_intel first\n", device);
	return r;
}

void hull_dev_exit(void)
{
	misc_deregister(&misc);
}
