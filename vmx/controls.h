/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The five control words of a VMCS.
 *
 * For each word, controls.c declares the bits that hull cannot do without and
 * those it uses where it can.  The capability MSRs (SDM vol. 3, VMX Capability
 * Reporting Facility) say for every bit whether it may be 0 and whether it may
 * be 1; bits that may not be 0 are set whatever hull thinks of them.
 */
#ifndef HULL_VMX_CONTROLS_H
#define HULL_VMX_CONTROLS_H

#include <linux/kernel.h>
#include <linux/types.h>

enum vmx_control {
	VMX_CONTROL_PIN,
	VMX_CONTROL_CPU,
	VMX_CONTROL_CPU2,
	VMX_CONTROL_EXIT,
	VMX_CONTROL_ENTRY,
	VMX_NR_CONTROLS,
};

/**
 * struct vmx_control_range - what the CPU allows in one word
 * @must: bits that have to be 1
 * @may: bits that can be 1
 */
struct vmx_control_range {
	u32 must;
	u32 may;
};

/**
 * struct vmx_controls - the words of one VMCS
 * @word: as last written
 */
struct vmx_controls {
	u32 word[VMX_NR_CONTROLS];
};

/**
 * struct vmx_control_info - one word
 * @name: for messages
 * @field: VMCS field
 * @msr: capability MSR, the true one where there are two
 * @msr_name: its name, for messages
 * @required: bits without which hull does not load
 * @optional: bits that are used when there
 */
struct vmx_control_info {
	const char *name;
	u32 field;
	u32 msr;
	const char *msr_name;
	u32 required;
	u32 optional;
};

extern const struct vmx_control_info vmx_control_info[VMX_NR_CONTROLS];

/* The MSR's two halves. */
static inline struct vmx_control_range vmx_control_range(u64 msr)
{
	return (struct vmx_control_range) {
		.must = lower_32_bits(msr),
		.may = upper_32_bits(msr),
	};
}

/* Bits of @required that the CPU does not have. */
static inline u32 vmx_control_missing(struct vmx_control_range range, u32 required)
{
	return required & ~range.may;
}

/*
 * The word for @wanted bits: those that can be set, and those that must be.
 */
static inline u32 vmx_control_word(struct vmx_control_range range, u32 wanted)
{
	return (wanted & range.may) | range.must;
}

/* Name of a bit, for the message about a missing feature; NULL: none known. */
const char *vmx_control_bit_name(enum vmx_control control, u32 bit);

/* Can hull use this optional bit? */
bool vmx_control_has(enum vmx_control control, u32 bits);
/* Write all words of the current VMCS and remember them. */
void vmx_controls_init(struct vmx_controls *controls);
/* Set or clear bits of a word of the current VMCS, if that changes it. */
void vmx_control_update(struct vmx_controls *controls, enum vmx_control control,
			u32 bits, bool on);

#endif
