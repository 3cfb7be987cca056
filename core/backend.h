/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vendor contract: what svm/, vmx/ and the mock of kunit/ provide.
 *
 * core/ owns every architectural value (registers, control registers, EFER,
 * debug registers, events); a backend projects them onto its control block
 * and reads back what the guest changed.  It never decides policy: it decodes
 * an exit into struct hull_exit and leaves.
 *
 * HULL_BACKEND_OPS is the one list.  From it come struct hull_backend, the
 * static calls and their installation.  Unless said otherwise an operation is
 * called in process context with vcpu->lock held and the vCPU loaded on this
 * CPU, preemption off.  «irqs off» means that interrupts are off as well.
 *
 * X(return type, name, (parameters), (arguments))
 *
 * The machine, on each CPU (irqs off; see core/owner.c for when):
 *  cpu_enable		turn on SVM / VMX; 0 or -EBUSY when somebody else has it
 *  cpu_disable		turn it off
 *  cpu_emergency	the same from panic or kexec context: touch nothing
 *			but this CPU, take no lock
 *
 * Life (process context, not loaded):
 *  vcpu_init		allocate; hull_vcpu is zeroed, ids and vm are set
 *  vcpu_destroy	free; nothing runs
 *  vcpu_reset		control block to the power-up state that core/ has put
 *			in the vcpu's fields
 *
 * Load and run:
 *  vcpu_load		the vCPU will run on this CPU
 *  vcpu_put		it leaves: save what only this CPU has.  From the
 *			scheduler too.  While KVM's module is loaded
 *			(hull_owner_beside_kvm()), put also leaves nothing for
 *			@write_back to do.  While KVM uses the CPU as well
 *			(hull_owner_shared()), load and put also keep apart what
 *			both use: the current VMCS, tagged translations
 *  host_save		irqs off: before the first of a stretch of entries
 *			between which interrupts stay off: keep the host values
 *			the guest will replace
 *  enter		irqs off: one entry and exit.  Writes dirty registers of
 *			the cache first, fills vcpu->exit afterwards.  Host
 *			state that the kernel needs (GS, FS, TR, CR2-independent
 *			state, SPEC_CTRL) is back when it returns
 *  after_exit		irqs off, at the end of a stretch: finish what must precede
 *			interrupts.  Host NMIs have been delivered by enter
 *
 * State projection, and events (not loaded, with preemption on, where
 * caps->state_in_memory and outside KVM_RUN):
 *  cache_regs		read the registers of the mask (HULL_REG_*) that are not
 *			available into the vcpu; for the PDPTRs, which may be in
 *			the guest's memory, in mem.srcu and where sleeping is allowed
 *  get_segment, set_segment, get_cpl
 *  get_table, set_table   descriptor-table registers, HULL_TABLE_*
 *  set_cr0, set_cr3, set_cr4, set_efer
 *			vcpu->cr0 ... is already the new value: project it.
 *			cr0 and cr4 also re-evaluate their intercepts
 *  update_debug	vcpu->dr or vcpu->guest_debug changed
 *  read_dirty_debug	fetch DR6 and DR7 that the guest wrote itself while
 *			they were passed through; core/ has read DR0-3
 *  update_intercepts	exceptions, MSRs, instructions: evaluate again from
 *			vcpu (hull_vcpu_wants_*()), CPUID changed
 *  pass_msr		what the guest does to one MSR without an exit: @read,
 *			@write
 *  read_msr, write_msr	MSRs that live in the control block or the CPU
 *			(HULL_MSR_HELD rows of the MSR table).  0, or 1 for #GP
 *  write_tsc		offset and ratio of vcpu->tsc changed
 *
 * Events:
 *  inject		hand one event to the hardware for the next entry
 *  set_shadow		set KVM_X86_SHADOW_INT_* bits; read back by cache_regs
 *  get_nmi_mask, set_nmi_mask	NMIs are blocked until IRET
 *  irq_window, nmi_window	exit as soon as the guest can take one (on or off)
 *
 * Translation caches:
 *  flush_tlb		all of this vCPU's translations, combined ones included
 *  set_s2_root		hpa of the root of the second stage changed
 *
 *  patch_hypercall	three bytes of the native hypercall instruction
 *  dump		one rate-limited dump of the control block to the log
 */
#ifndef HULL_CORE_BACKEND_H
#define HULL_CORE_BACKEND_H

#include <linux/static_call.h>
#include "exit.h"
#include "mem/s2_format.h"

struct hull_vm;
struct hull_vcpu;
struct desc_ptr;
struct module;

#define HULL_BACKEND_OPS(X)						\
	X(int, cpu_enable, (void), ())					\
	X(void, cpu_disable, (void), ())				\
	X(void, cpu_emergency, (void), ())				\
	X(int, vcpu_init, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, vcpu_destroy, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, vcpu_reset, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, vcpu_load, (struct hull_vcpu *vcpu, int cpu), (vcpu, cpu)) \
	X(void, vcpu_put, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, host_save, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, enter, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, after_exit, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, cache_regs, (struct hull_vcpu *vcpu, u32 mask), (vcpu, mask)) \
	X(void, get_segment, (struct hull_vcpu *vcpu, int seg, struct hull_segment *s), (vcpu, seg, s)) \
	X(void, set_segment, (struct hull_vcpu *vcpu, int seg, const struct hull_segment *s), (vcpu, seg, s)) \
	X(int, get_cpl, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, get_table, (struct hull_vcpu *vcpu, int table, struct desc_ptr *d), (vcpu, table, d)) \
	X(void, set_table, (struct hull_vcpu *vcpu, int table, const struct desc_ptr *d), (vcpu, table, d)) \
	X(void, set_cr0, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, set_cr3, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, set_cr4, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, set_efer, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, update_debug, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, read_dirty_debug, (struct hull_vcpu *vcpu), (vcpu))	\
	X(void, update_intercepts, (struct hull_vcpu *vcpu), (vcpu))	\
	X(void, pass_msr, (struct hull_vcpu *vcpu, u32 index, bool read, bool write), (vcpu, index, read, write)) \
	X(int, read_msr, (struct hull_vcpu *vcpu, u32 index, u64 *value), (vcpu, index, value)) \
	X(int, write_msr, (struct hull_vcpu *vcpu, u32 index, u64 value), (vcpu, index, value)) \
	X(void, write_tsc, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, inject, (struct hull_vcpu *vcpu, const struct hull_event *event), (vcpu, event)) \
	X(void, set_shadow, (struct hull_vcpu *vcpu, u32 shadow), (vcpu, shadow)) \
	X(bool, get_nmi_mask, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, set_nmi_mask, (struct hull_vcpu *vcpu, bool masked), (vcpu, masked)) \
	X(void, irq_window, (struct hull_vcpu *vcpu, bool on), (vcpu, on)) \
	X(void, nmi_window, (struct hull_vcpu *vcpu, bool on), (vcpu, on)) \
	X(void, flush_tlb, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, set_s2_root, (struct hull_vcpu *vcpu), (vcpu))		\
	X(void, patch_hypercall, (u8 insn[3]), (insn))			\
	X(void, dump, (struct hull_vcpu *vcpu), (vcpu))

enum hull_table {
	HULL_TABLE_GDT,
	HULL_TABLE_IDT,
};

/**
 * struct hull_backend - one vendor
 * @name: "svm", "vmx" or "mock"
 * @vcpu_size: bytes of the backend's vCPU, whose first member is struct hull_vcpu
 * @s2: entry format of the second stage
 * @probe: look at this CPU once, at load; 0, or -EOPNOTSUPP after one log line
 *	that names the missing feature
 * @setup: allocate per-CPU and global data after @probe; 0 or -errno
 * @teardown: undo @setup
 * @share: look at the module of KVM's with which hull is to share the CPUs; 0, or
 *	-errno when it cannot be.  NULL: it can.  It stays until all VMs have gone
 * @write_back: irqs off: write what this CPU caches of vCPUs' states to memory, but
 *	for the vCPU that is loaded.  NULL: it caches nothing
 * @caps: what the probe found, read by core/
 */
struct hull_backend {
	const char *name;
	size_t vcpu_size;
	const struct hull_s2_format *s2;
	int (*probe)(void);
	int (*setup)(void);
	void (*teardown)(void);
	int (*share)(struct module *kvm);
	void (*write_back)(void);
	const struct hull_caps *caps;
#define HULL_OP_MEMBER(ret, name, params, args) ret (*name) params;
	HULL_BACKEND_OPS(HULL_OP_MEMBER)
#undef HULL_OP_MEMBER
};

/**
 * struct hull_caps - what the chosen backend can do on this machine
 * @tsc_ratio_bits: fraction bits of the hardware TSC ratio, 0: no scaling
 * @tsc_ratio_max: highest ratio the hardware takes
 * @virtual_nmi: hardware tracks NMI blocking
 * @state_in_memory: a vCPU's state can be read and written by any CPU
 * @lazy_fpu: a guest whose vcpu->fpu_loaded is not set exits with #NM on its
 *	first use of the FPU
 * @clear_fpu: but the processor may let it see the registers all the same: they are
 *	cleared before the entry
 * @insn_len: the hardware reports the length of an intercepted instruction
 * @s2_levels: levels of the second stage, 4 or 5
 * @s2_page_sizes: bit 0 4K, bit 1 2M, bit 2 1G
 * @xsaves, @rdtscp, @invpcid, @pku, @umip: guest may be shown the feature
 * @amd: CPUID and MSRs are AMD's (else Intel's)
 */
struct hull_caps {
	u8 tsc_ratio_bits;
	u64 tsc_ratio_max;
	bool virtual_nmi;
	bool state_in_memory;
	bool lazy_fpu;
	bool clear_fpu;
	bool insn_len;
	u8 s2_levels;
	u8 s2_page_sizes;
	bool xsaves;
	bool rdtscp;
	bool invpcid;
	bool pku;
	bool umip;
	bool amd;
};

extern const struct hull_backend *hull_backend;
extern const struct hull_backend hull_svm_backend;
extern const struct hull_backend hull_vmx_backend;

/* backend_enter(vcpu) and so on: the static calls. */
#define HULL_OP_CALL(ret, name, params, args)				\
	typedef ret hull_op_##name##_t params;				\
	DECLARE_STATIC_CALL(hull_op_##name, hull_op_##name##_t);	\
	static inline ret backend_##name params				\
	{								\
		return static_call(hull_op_##name) args;		\
	}
HULL_BACKEND_OPS(HULL_OP_CALL)
#undef HULL_OP_CALL

/* Point the static calls at @backend.  At load, and by the KUnit mock. */
void hull_backend_install(const struct hull_backend *backend);

#endif
