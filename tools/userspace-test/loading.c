// SPDX-License-Identifier: GPL-2.0-only
/*
 * hull's module and KVM's come and go. In the machines of the rig only: $HULL_MODULE
 * is the module's file, KVM's is found by modprobe.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "log.h"
#include "poke.h"

#define LOG_KVM_HOLDS	"hull: the CPUs' virtualisation is in use by KVM"

static const char *vendor_module(void)
{
	return host_is_amd() ? "kvm_amd" : "kvm_intel";
}

static const char *module_file(void)
{
	const char *file = getenv("HULL_MODULE");

	return file ? file : "/run/rig/modules/hull.ko";
}

/* The parameters that hull was loaded with, to load it with them again. */
static char parameters[2048];

static void save_parameters(void)
{
	char path[512], value[64];
	struct dirent *entry;
	size_t used = 0;
	FILE *file;
	DIR *dir;

	dir = opendir("/sys/module/hull/parameters");
	CHECK(dir);
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/module/hull/parameters/%s", entry->d_name);
		file = fopen(path, "r");
		if (file && fscanf(file, "%63s", value) == 1)
			used += snprintf(parameters + used, sizeof(parameters) - used,
					 "%s=%s ", entry->d_name, value);
		if (file)
			fclose(file);
		CHECK(used < sizeof(parameters));
	}
	closedir(dir);
}

static void need_module(void)
{
	if (access(module_file(), R_OK))
		SKIP("needs hull.ko in $HULL_MODULE");
	if (access("/dev/hull", F_OK) || !access("/dev/kvm", F_OK))
		SKIP("needs hull as /dev/hull, and KVM not loaded");
	save_parameters();
}

static int unload(const char *module)
{
	return syscall(SYS_delete_module, module, O_NONBLOCK) ? -errno : 0;
}

static int load(const char *params)
{
	int fd = SYS(open(module_file(), O_RDONLY | O_CLOEXEC));
	int ret = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;

	close(fd);
	return ret;
}

/* Without anything of this process that holds the module. */
static void unload_hull(void)
{
	int tries = 0, ret;

	while ((ret = unload("hull")) == -EAGAIN && tries++ < 50)
		usleep(20000);
	if (ret)
		FAIL("hull cannot be unloaded: %s", strerror(-ret));
}

static bool load_kvm(void)
{
	char command[64];

	snprintf(command, sizeof(command), "modprobe %s 2>/dev/null", vendor_module());
	return !system(command);
}

static void unload_kvm(void)
{
	int tries = 0, ret;

	while ((ret = unload(vendor_module())) == -EAGAIN && tries++ < 50)
		usleep(20000);
	if (ret && ret != -ENOENT)
		FAIL("%s cannot be unloaded: %s", vendor_module(), strerror(-ret));
	ret = unload("kvm");
	if (ret && ret != -ENOENT)
		FAIL("kvm cannot be unloaded: %s", strerror(-ret));
}

static void need_kvm_to_load(void)
{
	need_module();
	if (!load_kvm())
		SKIP("%s does not load", vendor_module());
	unload_kvm();
}

/* Linux 6.12 is the first whose KVM takes the processors when it is loaded. */
static bool kvm_takes_at_load(void)
{
	int major = 0, minor = 0;
	struct utsname name;

	SYS(uname(&name));
	sscanf(name.release, "%d.%d", &major, &minor);
	return major > 6 || (major == 6 && minor >= 12);
}

static int create_vm_on(const char *device)
{
	struct hull_sys *sys;
	struct hull_vm *vm;
	int ret;

	OK(hull_open(device, &sys));
	ret = hull_vm_create(sys, &vm);
	if (!ret)
		hull_vm_close(vm);
	hull_close(sys);
	return ret;
}

static void test_unload_refused(void)
{
	struct guest g;
	int fd;

	need_module();
	poke_create(&g);
	CHECK_RET(unload("hull"), -EAGAIN);
	poke_write(&g, DATA_BASE, 1);
	/* The last descriptor may be that of a vCPU. */
	fd = SYS(dup(hull_vcpu_fd(g.vcpu)));
	guest_destroy(&g);
	CHECK_RET(unload("hull"), -EAGAIN);
	close(fd);
	unload_hull();
	CHECK(access("/dev/hull", F_OK));
	CHECK_RET(load(parameters), 0);
	poke_create(&g);
	poke_write(&g, DATA_BASE, 1);
}

static void test_bad_parameters(void)
{
	need_module();
	unload_hull();
	CHECK_RET(load("device=null"), -EINVAL);
	CHECK_RET(load("share=maybe"), -EINVAL);
	CHECK_RET(load(parameters), 0);
	CHECK_RET(load(parameters), -EEXIST);
}

/* hull has the processors when KVM comes: KVM is refused, and hull goes on. */
static void test_kvm_after_hull(void)
{
	struct guest g;

	need_kvm_to_load();
	poke_create(&g);
	if (kvm_takes_at_load()) {
		CHECK(!load_kvm());
	} else {
		CHECK(load_kvm());
		CHECK_RET(create_vm_on("/dev/kvm"), -EBUSY);
	}
	poke_write(&g, DATA_BASE, 1);
	guest_destroy(&g);
	CHECK(load_kvm());
	OK(create_vm_on("/dev/kvm"));
	unload_kvm();
	poke_create(&g);
	poke_write(&g, DATA_BASE, 1);
}

/* KVM is there when hull comes; hull keeps it from going while they share. */
static void test_hull_after_kvm(void)
{
	struct guest g;

	need_kvm_to_load();
	unload_hull();
	CHECK(load_kvm());
	CHECK_RET(load(parameters), 0);
	poke_create(&g);
	poke_write(&g, DATA_BASE, 1);
	if (kvm_takes_at_load()) {
		OK(create_vm_on("/dev/kvm"));
		CHECK_RET(unload(vendor_module()), -EAGAIN);
	} else {
		CHECK_RET(create_vm_on("/dev/kvm"), -EBUSY);
	}
	poke_write(&g, DATA_BASE, 2);
	guest_destroy(&g);
	unload_kvm();
	poke_create(&g);
	poke_write(&g, DATA_BASE, 3);
}

/* With share=0 the first has the processors; the log says it once. */
static void test_no_sharing(void)
{
	unsigned int lines;
	struct hull_sys *sys;
	struct hull_vm *vm;
	struct guest g;

	need_kvm_to_load();
	unload_hull();
	CHECK_RET(load("share=0"), 0);
	CHECK(load_kvm());
	OK(hull_open("/dev/kvm", &sys));
	OK(hull_vm_create(sys, &vm));
	lines = log_lines(LOG_KVM_HOLDS);
	CHECK_RET(create_vm_on("/dev/hull"), -EBUSY);
	CHECK_EQ(log_lines(LOG_KVM_HOLDS), lines + 1);
	hull_vm_close(vm);
	hull_close(sys);
	/* KVM's VM has gone; from 6.12 on KVM itself has to. */
	if (kvm_takes_at_load())
		CHECK_RET(create_vm_on("/dev/hull"), -EBUSY);
	else
		OK(create_vm_on("/dev/hull"));
	unload_kvm();
	poke_create(&g);
	poke_write(&g, DATA_BASE, 1);
	guest_destroy(&g);
	unload_hull();
	CHECK_RET(load(parameters), 0);
}

static const struct test tests[] = {
	{ "unload_refused", test_unload_refused },
	{ "bad_parameters", test_bad_parameters },
	{ "kvm_after_hull", test_kvm_after_hull },
	{ "hull_after_kvm", test_hull_after_kvm },
	{ "no_sharing", test_no_sharing },
};

TAP_MAIN(tests)
