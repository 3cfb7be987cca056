/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EMUL_FUZZ_LINUX_MINMAX_H
#define EMUL_FUZZ_LINUX_MINMAX_H

#define min_t(type, a, b) ({			\
	type min_a_ = (a);			\
	type min_b_ = (b);			\
						\
	min_a_ < min_b_ ? min_a_ : min_b_;	\
})
#define max_t(type, a, b) ({			\
	type max_a_ = (a);			\
	type max_b_ = (b);			\
						\
	max_a_ > max_b_ ? max_a_ : max_b_;	\
})
#define min(a, b) min_t(__typeof__(a), a, b)
#define clamp(val, low, high) \
	min_t(__typeof__(val), max_t(__typeof__(val), val, low), high)

#endif
