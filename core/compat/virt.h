/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System suspend hooks: Linux 6.19, and 6.12 from 6.12.114 on,
 * register an object that points to the operations; older kernels register
 * the operations themselves.
 *
 * HULL_DEFINE_SYSCORE(name) defines struct name from the functions
 * int name_suspend(void) and void name_resume(void).
 */
#ifndef HULL_CORE_COMPAT_VIRT_H
#define HULL_CORE_COMPAT_VIRT_H

#include <linux/syscore_ops.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0) ||			\
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 114) &&		\
	 LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0))

#define HULL_DEFINE_SYSCORE(name)					\
	static int name##_suspend_cb(void *data)			\
	{								\
		return name##_suspend();				\
	}								\
	static void name##_resume_cb(void *data)			\
	{								\
		name##_resume();					\
	}								\
	static const struct syscore_ops name##_ops = {			\
		.suspend = name##_suspend_cb,				\
		.resume = name##_resume_cb,				\
	};								\
	static struct syscore name = { .ops = &name##_ops }

static inline void hull_register_syscore(struct syscore *syscore)
{
	register_syscore(syscore);
}

static inline void hull_unregister_syscore(struct syscore *syscore)
{
	unregister_syscore(syscore);
}

#else

#define HULL_DEFINE_SYSCORE(name)					\
	static struct syscore_ops name = {				\
		.suspend = name##_suspend,				\
		.resume = name##_resume,				\
	}

static inline void hull_register_syscore(struct syscore_ops *ops)
{
	register_syscore_ops(ops);
}

static inline void hull_unregister_syscore(struct syscore_ops *ops)
{
	unregister_syscore_ops(ops);
}

#endif

#endif
