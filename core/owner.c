// SPDX-License-Identifier: GPL-2.0
/*
 * Who has the CPUs' virtualisation.
 *
 * Three ways to have it:
 *
 *   off	no VM of hull's exists; hull touches nothing.
 *   exclusive	hull turned SVM or VMX on.  A CPU on which somebody else had
 *		done so already is a refusal (-EBUSY), and KVM's own check
 *		refuses KVM's VMs on a CPU that hull turned on.
 *   shared	KVM turns it on and off, hull holds one of KVM's use counts and
 *		a reference on KVM's vendor module.  Needs a kernel that exports
 *		the count (Linux 6.12).
 *
 * CPU hot-plug.  The callbacks are in the dynamic range of the online states,
 * the only one that is open to modules.  A CPU that comes passes it before it
 * is active, that is, before any user thread can run there.  A CPU that goes
 * was made inactive before it gets here: from then on the scheduler pushes
 * every user thread away at its first switch, before the thread runs an
 * instruction of its own.  So no vCPU is loaded while the callback runs, and
 * none enters the guest afterwards; but the preempt notifiers of a thread that
 * is being pushed may still fire once, which is why loading and putting a vCPU
 * on a CPU without virtualisation has to be harmless (hull_owner_cpu_on()).
 *
 * KVM's own hot-plug state lies below ours: with sharing, hull leaves a CPU
 * before KVM turns it off and comes after KVM has turned it on.  The same
 * holds for suspend, whose hooks run in the reverse order of registration.
 *
 * Panic and crash kernels.  The kernel has one slot for a callback, and it is
 * KVM's while KVM's vendor module is there, loaded before us or after; the
 * module notifier gives the slot up before KVM's vendor module is initialised
 * and takes it back after it has gone.  KVM's callback turns off what it finds
 * on, but what a CPU caches of a vCPU's state it writes back for KVM's own
 * alone.  With KVM's module there, nothing of a vCPU is therefore left in a CPU
 * when the vCPU leaves it (hull_owner_beside_kvm(), struct hull_backend's
 * write_back).  What remains is the vCPU that is loaded at the moment of the
 * crash: with VMX, parts of its VMCS may reach memory later, or never.  The page
 * is the crashed kernel's and stays so, and the next kernel is in memory of its
 * own, so that a dump may have that VMCS wrong and nothing else.
 *
 * Locks: owner_lock > cpu_hotplug_lock (read).
 */
#define pr_fmt(fmt) "hull: " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/reboot.h>
#include <linux/smp.h>
#include <asm/msr.h>
#include <asm/reboot.h>
#include "backend.h"
#include "compat/virt.h"
#include "owner.h"
#include "vm.h"

static bool share = true;
module_param(share, bool, 0444);
MODULE_PARM_DESC(share, "Share the CPUs with in-tree KVM where the kernel allows it (default: on)");

/*
 * KVM's use-counted enable, looked up by name so that hull neither needs KVM
 * to load nor keeps it from being unloaded while nothing is shared.
 */
static const char kvm_enable_name[] = "kvm_enable_virtualization";
static const char kvm_disable_name[] = "kvm_disable_virtualization";

/**
 * struct owner - the state of ownership
 * @lock: protects all but @active's readers
 * @users: VMs
 * @active: CPUs are to be on; written with the hot-plug lock held for reading,
 *	read by the hot-plug callbacks, which hold it for writing, and by the
 *	suspend hooks, with which nothing runs at once
 * @down: the machine restarts, nothing is turned on any more
 * @vendor: KVM's vendor module, in any state, else NULL
 * @vendor_live: it is initialised and not on its way out
 * @emergency: the kexec callback is ours
 * @kvm_enable: raises the count; found while @shared
 * @kvm_disable: lowers it
 * @hotplug: state number of the hot-plug callbacks
 */
static struct owner {
	struct mutex lock;
	unsigned int users;
	bool active;
	bool down;
	struct module *vendor;
	bool vendor_live;
	bool emergency;
	int (*kvm_enable)(void);
	void (*kvm_disable)(void);
	enum cpuhp_state hotplug;
} owner = {
	.lock = __MUTEX_INITIALIZER(owner.lock),
};

/* This CPU is on, by us or, shared, by KVM; changed with interrupts off. */
static DEFINE_PER_CPU(bool, cpu_on);

/* By KVM's count; constant while there are users. */
bool hull_owner_is_shared;
/* owner.vendor, for those without the lock. */
bool hull_owner_kvm_loaded;

bool hull_owner_cpu_on(void)
{
	return this_cpu_read(cpu_on);
}

bool hull_owner_down(void)
{
	return READ_ONCE(owner.down);
}

/* Interrupts off. */
static int owner_turn_on(void)
{
	int ret;

	if (this_cpu_read(cpu_on))
		return 0;
	ret = backend_cpu_enable();
	if (!ret)
		this_cpu_write(cpu_on, true);
	return ret;
}

/* Interrupts off.  No vCPU is loaded here. */
static void owner_turn_off(void)
{
	if (!this_cpu_read(cpu_on))
		return;
	this_cpu_write(cpu_on, false);
	backend_cpu_disable();
}

static void owner_on_ipi(void *data)
{
	atomic_t *result = data;
	int ret = owner_turn_on();

	if (ret)
		atomic_cmpxchg(result, 0, ret);
}

static void owner_off_ipi(void *unused)
{
	owner_turn_off();
}

static int owner_cpu_online(unsigned int cpu)
{
	unsigned long flags;
	int ret = 0;

	local_irq_save(flags);
	if (owner.active)
		ret = owner_turn_on();
	local_irq_restore(flags);
	if (ret)
		pr_err("CPU %u has no usable virtualisation and stays offline while there are virtual machines (%d)\n",
		       cpu, ret);
	return ret;
}

static int owner_cpu_offline(unsigned int cpu)
{
	unsigned long flags;

	local_irq_save(flags);
	owner_turn_off();
	local_irq_restore(flags);
	return 0;
}

static u64 owner_tsc;		/* when the machine went to sleep */

/* The other CPUs are offline and went through owner_cpu_offline(). */
static int owner_syscore_suspend(void)
{
	owner_turn_off();
	owner_tsc = rdtsc();
	return 0;
}

static void owner_syscore_resume(void)
{
	u64 tsc = rdtsc();

	/* Sleep may have reset it. */
	if (tsc < owner_tsc)
		hull_vms_tsc_lost(owner_tsc - tsc);
	if (owner.active && owner_turn_on())
		pr_err("virtualisation could not be turned on again after suspend\n");
}

HULL_DEFINE_SYSCORE(owner_syscore);

/* NMI context on a CPU that is about to be stopped for ever. */
static void owner_emergency(void)
{
	if (this_cpu_read(cpu_on))
		backend_cpu_emergency();
}

/* Take or leave the kernel's one slot for a kexec and panic callback. */
static void owner_update_emergency(void)
{
	bool want = !owner.vendor;

	lockdep_assert_held(&owner.lock);
	if (want == owner.emergency)
		return;
	if (want)
		cpu_emergency_register_virt_callback(owner_emergency);
	else
		cpu_emergency_unregister_virt_callback(owner_emergency);
	owner.emergency = want;
}

static bool owner_is_kvm_vendor(const struct module *mod)
{
	return !strcmp(mod->name, "kvm_amd") || !strcmp(mod->name, "kvm_intel");
}

static void owner_write_back_ipi(void *unused)
{
	if (this_cpu_read(cpu_on))
		hull_backend->write_back();
}

static void owner_set_vendor(struct module *vendor, bool live)
{
	bool came = vendor && !owner.vendor;

	lockdep_assert_held(&owner.lock);
	owner.vendor = vendor;
	owner.vendor_live = live;
	WRITE_ONCE(hull_owner_kvm_loaded, vendor);
	/* What was left before it was known that KVM comes */
	if (came && owner.users && hull_backend->write_back)
		on_each_cpu(owner_write_back_ipi, NULL, 1);
	owner_update_emergency();
}

static int owner_module_event(struct notifier_block *nb, unsigned long event,
			      void *data)
{
	struct module *mod = data;

	if (!owner_is_kvm_vendor(mod))
		return NOTIFY_DONE;

	mutex_lock(&owner.lock);
	switch (event) {
	case MODULE_STATE_COMING:
	case MODULE_STATE_LIVE:
		owner_set_vendor(mod, event == MODULE_STATE_LIVE);
		break;
	case MODULE_STATE_GOING:
		/* A load that failed comes here too, without having been live. */
		owner_set_vendor(NULL, false);
		break;
	}
	mutex_unlock(&owner.lock);
	return NOTIFY_OK;
}

static struct notifier_block owner_module_notifier = {
	.notifier_call = owner_module_event,
};

/*
 * Look for KVM's vendor module among those loaded before us.  The notifier is
 * registered, so that a module which leaves from now on is noticed.
 */
static void owner_find_vendor(const char *name)
{
	struct kset *modules = THIS_MODULE->mkobj.kobj.kset;
	struct kobject *kobj = modules ? kset_find_obj(modules, name) : NULL;
	struct module *mod;

	lockdep_assert_held(&owner.lock);
	if (!kobj)
		return;
	mod = container_of(kobj, struct module_kobject, kobj)->mod;
	if (mod && !owner.vendor)
		owner_set_vendor(mod, mod->state == MODULE_STATE_LIVE);
	kobject_put(kobj);
}

static void owner_release_kvm(void)
{
	if (owner.kvm_enable)
		__symbol_put(kvm_enable_name);
	if (owner.kvm_disable)
		__symbol_put(kvm_disable_name);
	owner.kvm_enable = NULL;
	owner.kvm_disable = NULL;
}

/*
 * Take one of KVM's counts.  The reference on the vendor module comes first:
 * KVM calls into it for as long as the count lasts.
 * 1: shared, 0: there is nothing to share, or -errno from KVM.
 */
static int owner_share(void)
{
	struct module *vendor = owner.vendor;
	int ret;

	if (!share || !owner.vendor_live || !try_module_get(vendor))
		return 0;

	owner.kvm_enable = __symbol_get(kvm_enable_name);
	owner.kvm_disable = __symbol_get(kvm_disable_name);
	if (!owner.kvm_enable || !owner.kvm_disable ||
	    (hull_backend->share && hull_backend->share(vendor))) {
		ret = 0;
		goto err_put;
	}
	ret = owner.kvm_enable();
	if (ret)
		goto err_put;
	WRITE_ONCE(hull_owner_is_shared, true);
	return 1;

err_put:
	owner_release_kvm();
	module_put(vendor);
	return ret;
}

static void owner_unshare(void)
{
	if (!hull_owner_is_shared)
		return;
	WRITE_ONCE(hull_owner_is_shared, false);
	owner.kvm_disable();
	owner_release_kvm();
	/* The count held this module, so that it is the same one as then. */
	module_put(owner.vendor);
}

static void owner_report_busy(void)
{
	if (owner.vendor)
		pr_notice_ratelimited("the CPUs' virtualisation is in use by KVM (%s) and cannot be shared: end KVM's virtual machines or unload %s\n",
				      owner.vendor->name, owner.vendor->name);
	else
		pr_notice_ratelimited("the CPUs' virtualisation is in use by another hypervisor, none of KVM's modules: unload it\n");
}

static int owner_turn_on_all(void)
{
	atomic_t result = ATOMIC_INIT(0);
	int ret;

	ret = owner_share();
	if (ret < 0)
		return ret;

	cpus_read_lock();
	owner.active = true;
	on_each_cpu(owner_on_ipi, &result, 1);
	ret = atomic_read(&result);
	if (ret) {
		owner.active = false;
		on_each_cpu(owner_off_ipi, NULL, 1);
	}
	cpus_read_unlock();

	if (ret) {
		owner_unshare();
		if (ret == -EBUSY)
			owner_report_busy();
		return ret;
	}
	/* Behind KVM's, see above: registered only now. */
	hull_register_syscore(&owner_syscore);
	return 0;
}

/*
 * Restart and kexec: INIT has to get through, which VMX blocks, and the next
 * kernel expects the CPUs to be off.  vCPUs may still be running: their next
 * entry fails, and their threads end with the system.  A hook of syscore_ops
 * would come later, but before Linux 6.8 kexec does not call it.
 */
static int owner_reboot(struct notifier_block *nb, unsigned long event,
			void *data)
{
	mutex_lock(&owner.lock);
	WRITE_ONCE(owner.down, true);
	cpus_read_lock();
	owner.active = false;
	on_each_cpu(owner_off_ipi, NULL, 1);
	cpus_read_unlock();
	mutex_unlock(&owner.lock);
	return NOTIFY_OK;
}

static struct notifier_block owner_reboot_notifier = {
	.notifier_call = owner_reboot,
};

static void owner_turn_off_all(void)
{
	hull_unregister_syscore(&owner_syscore);
	cpus_read_lock();
	owner.active = false;
	on_each_cpu(owner_off_ipi, NULL, 1);
	cpus_read_unlock();
	owner_unshare();
}

int hull_owner_get(void)
{
	int ret = 0;

	mutex_lock(&owner.lock);
	if (owner.down)
		ret = -EBUSY;
	else if (!owner.users)
		ret = owner_turn_on_all();
	if (!ret)
		owner.users++;
	mutex_unlock(&owner.lock);
	return ret;
}

void hull_owner_put(void)
{
	mutex_lock(&owner.lock);
	if (!--owner.users)
		owner_turn_off_all();
	mutex_unlock(&owner.lock);
}

int hull_owner_init(void)
{
	int ret;

	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "hull:online",
				owner_cpu_online, owner_cpu_offline);
	if (ret < 0)
		return ret;
	owner.hotplug = ret;

	ret = register_module_notifier(&owner_module_notifier);
	if (ret)
		goto err_hotplug;
	ret = register_reboot_notifier(&owner_reboot_notifier);
	if (ret)
		goto err_module;

	mutex_lock(&owner.lock);
	owner_find_vendor("kvm_amd");
	owner_find_vendor("kvm_intel");
	owner_update_emergency();
	mutex_unlock(&owner.lock);
	return 0;

err_module:
	unregister_module_notifier(&owner_module_notifier);
err_hotplug:
	cpuhp_remove_state(owner.hotplug);
	return ret;
}

/* No VM is left: each of them holds a reference on this module. */
void hull_owner_exit(void)
{
	unregister_reboot_notifier(&owner_reboot_notifier);
	unregister_module_notifier(&owner_module_notifier);
	mutex_lock(&owner.lock);
	if (owner.emergency)
		cpu_emergency_unregister_virt_callback(owner_emergency);
	owner.emergency = false;
	mutex_unlock(&owner.lock);
	cpuhp_remove_state(owner.hotplug);
}
