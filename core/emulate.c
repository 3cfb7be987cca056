// SPDX-License-Identifier: GPL-2.0
/*
 * The emulator's surroundings: guest memory, devices and ports of one vCPU,
 * and what user space has to do for an instruction.
 *
 * An instruction that reads a device is executed again from its start each
 * time user space has answered; vcpu->mmio.reads holds the answers so far and
 * is replayed.  Writes to devices are posted: the instruction completes, and
 * user space sees the writes, one at a time, before the guest goes on.
 */
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include "backend.h"
#include "cpu/debug.h"
#include "cpu/regs.h"
#include "cpu/xstate.h"
#include "emulate.h"
#include "run.h"
#include "trace.h"
#include "vcpu.h"

/* Iterations of a string instruction before signals are looked at. */
#define MAX_ITERATIONS	1024

static struct hull_vcpu *to_vcpu(struct hull_emul *e)
{
	return container_of(e, struct hull_vcpu, emul);
}

static u8 privilege(const struct hull_emul *e)
{
	return e->cpl == 3 ? HULL_ACC_USER : 0;
}

static u8 walk_access(const struct hull_emul *e, enum hull_emul_access access)
{
	static const u8 map[] = {
		[HULL_ACCESS_READ] = HULL_ACC_READ,
		[HULL_ACCESS_WRITE] = HULL_ACC_WRITE,
		[HULL_ACCESS_RMW] = HULL_ACC_WRITE,
		[HULL_ACCESS_FETCH] = HULL_ACC_EXEC,
	};

	return map[access] | privilege(e);
}

static enum hull_emul_result translate(struct hull_emul *e, u64 linear,
				       enum hull_emul_access access, u64 *gpa)
{
	struct hull_walk walk;
	int r;

	r = hull_walk(to_vcpu(e), linear, walk_access(e, access), &walk, &e->fault);
	if (r < 0)
		return HULL_EMUL_UNHANDLED;
	if (r)
		return HULL_EMUL_FAULT;
	*gpa = walk.gpa;
	return HULL_EMUL_OK;
}

/* The part of an access from @linear on that lies in one page. */
static unsigned int in_page(u64 linear, unsigned int len)
{
	return min_t(unsigned int, len, PAGE_SIZE - offset_in_page(linear));
}

/* The next page of an access; 32-bit addresses wrap. */
static u64 advance(const struct hull_emul *e, u64 linear, unsigned int n)
{
	linear += n;
	return e->mode == HULL_EMUL_LONG ? linear : (u32)linear;
}

/* Device accesses. */

static enum hull_emul_result read_fragment(struct hull_vcpu *vcpu, u64 gpa,
					   void *buf, unsigned int len)
{
	struct hull_mmio *m = &vcpu->mmio;
	struct kvm_run *run = vcpu->run;
	struct hull_mmio_fragment *f;

	if (m->next_read == HULL_MMIO_MAX_FRAGMENTS)
		return HULL_EMUL_UNHANDLED;
	f = &m->reads[m->next_read];
	if (m->next_read < m->nr_reads) {
		memcpy(buf, f->data, len);
		m->next_read++;
		return HULL_EMUL_OK;
	}
	f->gpa = gpa;
	f->len = len;
	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = gpa;
	run->mmio.len = len;
	run->mmio.is_write = 0;
	vcpu->pending_io = HULL_IO_MMIO_READ;
	return HULL_EMUL_EXIT;
}

static enum hull_emul_result read_device(struct hull_vcpu *vcpu, u64 gpa,
					 u8 *buf, unsigned int len)
{
	enum hull_emul_result r;
	unsigned int n;

	for (; len; len -= n, gpa += n, buf += n) {
		n = min(len, 8u);
		r = read_fragment(vcpu, gpa, buf, n);
		if (r != HULL_EMUL_OK)
			return r;
	}
	return HULL_EMUL_OK;
}

static bool can_post(const struct hull_mmio *m, unsigned int len)
{
	return m->nr_writes + DIV_ROUND_UP(len, 8) <= HULL_MMIO_MAX_FRAGMENTS;
}

static void post_write(struct hull_vcpu *vcpu, u64 gpa, const u8 *buf,
		       unsigned int len)
{
	struct hull_mmio *m = &vcpu->mmio;
	struct hull_mmio_fragment *f;
	unsigned int n;

	for (; len; len -= n, gpa += n, buf += n) {
		n = min(len, 8u);
		f = &m->writes[m->nr_writes++];
		f->gpa = gpa;
		f->len = n;
		memcpy(f->data, buf, n);
	}
}

/* Show user space the next posted write. */
static enum hull_run give_write(struct hull_vcpu *vcpu)
{
	const struct hull_mmio_fragment *f = &vcpu->mmio.writes[vcpu->mmio.next_write];
	struct kvm_run *run = vcpu->run;

	trace_hull_mmio(vcpu, true, f->gpa, f->len, f->data);
	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = f->gpa;
	run->mmio.len = f->len;
	run->mmio.is_write = 1;
	memcpy(run->mmio.data, f->data, f->len);
	vcpu->pending_io = HULL_IO_MMIO_WRITE;
	return HULL_RUN_USER;
}

/* Memory, page by page. */

static enum hull_emul_result read_gpa(struct hull_vcpu *vcpu, u64 gpa, void *buf,
				      unsigned int len)
{
	if (!hull_gpa_read(vcpu->vm, gpa, buf, len))
		return HULL_EMUL_OK;
	/* In a slot, but the owner's address space has nothing there. */
	if (hull_gpa_is_memory(vcpu->vm, gpa, false))
		return HULL_EMUL_UNHANDLED;
	return read_device(vcpu, gpa, buf, len);
}

static enum hull_emul_result write_gpa(struct hull_vcpu *vcpu, u64 gpa,
				       const void *buf, unsigned int len)
{
	if (!hull_gpa_write(vcpu->vm, gpa, buf, len))
		return HULL_EMUL_OK;
	if (hull_gpa_is_memory(vcpu->vm, gpa, true) || !can_post(&vcpu->mmio, len))
		return HULL_EMUL_UNHANDLED;
	post_write(vcpu, gpa, buf, len);
	return HULL_EMUL_OK;
}

static void op_get_segment(struct hull_emul *e, enum hull_seg seg,
			   struct hull_segment *out)
{
	backend_get_segment(to_vcpu(e), seg, out);
}

static enum hull_emul_result op_load_segment(struct hull_emul *e,
					     enum hull_seg seg, u16 selector)
{
	int r = hull_load_segment(to_vcpu(e), seg, selector, &e->fault);

	if (r < 0)
		return HULL_EMUL_UNHANDLED;
	return r ? HULL_EMUL_FAULT : HULL_EMUL_OK;
}

static enum hull_emul_result op_fetch(struct hull_emul *e, u64 linear, void *buf,
				      unsigned int len)
{
	int r = hull_fetch(to_vcpu(e), linear, buf, len,
			   HULL_ACC_EXEC | privilege(e), &e->fault);

	if (r < 0)
		return HULL_EMUL_UNHANDLED;
	return r ? HULL_EMUL_FAULT : HULL_EMUL_OK;
}

static enum hull_emul_result op_read(struct hull_emul *e, u64 linear, void *buf,
				     unsigned int len, enum hull_emul_access access)
{
	enum hull_emul_result r = HULL_EMUL_OK;
	unsigned int n;
	u64 gpa;

	for (; len && r == HULL_EMUL_OK; len -= n, buf += n) {
		n = in_page(linear, len);
		r = translate(e, linear, access, &gpa);
		if (r == HULL_EMUL_OK)
			r = read_gpa(to_vcpu(e), gpa, buf, n);
		linear = advance(e, linear, n);
	}
	return r;
}

/* Both pages of a write are checked before the first byte is written. */
static enum hull_emul_result op_write(struct hull_emul *e, u64 linear,
				      const void *buf, unsigned int len)
{
	unsigned int first = in_page(linear, len);
	enum hull_emul_result r;
	u64 gpa[2];

	r = translate(e, linear, HULL_ACCESS_WRITE, &gpa[0]);
	if (r == HULL_EMUL_OK && first < len)
		r = translate(e, advance(e, linear, first), HULL_ACCESS_WRITE,
			      &gpa[1]);
	if (r != HULL_EMUL_OK)
		return r;
	r = write_gpa(to_vcpu(e), gpa[0], buf, first);
	if (r == HULL_EMUL_OK && first < len)
		r = write_gpa(to_vcpu(e), gpa[1], buf + first, len - first);
	return r;
}

static enum hull_emul_result op_cmpxchg(struct hull_emul *e, u64 linear,
					const void *old, const void *new,
					unsigned int len)
{
	enum hull_emul_result r;
	u64 gpa;
	int done;

	/* A lock across pages cannot be had; the guest's own would be split. */
	if (in_page(linear, len) < len)
		return op_write(e, linear, new, len);
	r = translate(e, linear, HULL_ACCESS_WRITE, &gpa);
	if (r != HULL_EMUL_OK)
		return r;
	done = hull_gpa_cmpxchg(to_vcpu(e)->vm, gpa, old, new, len);
	if (done < 0)
		return write_gpa(to_vcpu(e), gpa, new, len);
	return done ? HULL_EMUL_RETRY : HULL_EMUL_OK;
}

static enum hull_emul_result op_probe(struct hull_emul *e, u64 linear,
				      unsigned int len,
				      enum hull_emul_access access, bool *device)
{
	bool write = access == HULL_ACCESS_WRITE || access == HULL_ACCESS_RMW;
	enum hull_emul_result r;
	unsigned int n;
	u64 gpa;

	*device = false;
	for (; len; len -= n) {
		n = in_page(linear, len);
		r = translate(e, linear, access, &gpa);
		if (r != HULL_EMUL_OK)
			return r;
		if (!hull_gpa_is_memory(to_vcpu(e)->vm, gpa, write))
			*device = true;
		linear = advance(e, linear, n);
	}
	return HULL_EMUL_OK;
}

/* Ports. */

/*
 * Both vendors check the I/O permission bitmap before they intercept, and
 * every port is intercepted: who gets here was let through.
 */
static enum hull_emul_result op_check_port(struct hull_emul *e, u16 port,
					   unsigned int len)
{
	return HULL_EMUL_OK;
}

static void give_pio(struct hull_vcpu *vcpu, bool in, u16 port, unsigned int size,
		     unsigned int count)
{
	struct kvm_run *run = vcpu->run;

	trace_hull_pio(vcpu, in, port, size, count);
	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = in ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
	run->io.size = size;
	run->io.port = port;
	run->io.count = count;
	run->io.data_offset = PAGE_SIZE;
}

static enum hull_emul_result op_pio_in(struct hull_emul *e, u16 port,
				       unsigned int size, void *buf,
				       unsigned int count)
{
	struct hull_vcpu *vcpu = to_vcpu(e);
	struct hull_pio *pio = &vcpu->pio;

	if (pio->ready && pio->port == port && pio->size == size &&
	    count <= pio->count) {
		memmove(buf, vcpu->pio_data, size * count);
		return HULL_EMUL_OK;
	}
	*pio = (struct hull_pio) { .port = port, .size = size, .count = count };
	give_pio(vcpu, true, port, size, count);
	vcpu->pending_io = HULL_IO_PIO_EMUL;
	return HULL_EMUL_EXIT;
}

static enum hull_emul_result op_pio_out(struct hull_emul *e, u16 port,
					unsigned int size, const void *buf,
					unsigned int count)
{
	struct hull_vcpu *vcpu = to_vcpu(e);

	memmove(vcpu->pio_data, buf, size * count);
	give_pio(vcpu, false, port, size, count);
	vcpu->pio.posted = true;
	return HULL_EMUL_OK;
}

static enum hull_emul_result op_read_vec(struct hull_emul *e, enum hull_emul_vec kind,
					 unsigned int reg, void *buf,
					 unsigned int len)
{
	hull_fpu_load(to_vcpu(e));
	hull_read_vec(kind, reg, buf, len);
	return HULL_EMUL_OK;
}

static enum hull_emul_result op_write_vec(struct hull_emul *e, enum hull_emul_vec kind,
					  unsigned int reg, const void *buf,
					  unsigned int len)
{
	hull_fpu_load(to_vcpu(e));
	hull_write_vec(kind, reg, buf, len);
	return HULL_EMUL_OK;
}

static bool op_committed(struct hull_emul *e)
{
	struct hull_vcpu *vcpu = to_vcpu(e);

	vcpu->mmio.nr_reads = 0;
	vcpu->mmio.next_read = 0;
	vcpu->pio.ready = false;
	return !vcpu->mmio.nr_writes && !vcpu->pio.posted && !signal_pending(current);
}

static const struct hull_emul_ops ops = {
	.get_segment = op_get_segment,
	.load_segment = op_load_segment,
	.fetch = op_fetch,
	.read = op_read,
	.write = op_write,
	.cmpxchg = op_cmpxchg,
	.probe = op_probe,
	.check_port = op_check_port,
	.pio_in = op_pio_in,
	.pio_out = op_pio_out,
	.read_vec = op_read_vec,
	.write_vec = op_write_vec,
	.committed = op_committed,
};

void hull_emulate_init(struct hull_vcpu *vcpu)
{
	struct hull_emul *e = &vcpu->emul;

	e->ops = &ops;
	e->gpr = vcpu->gpr;
	e->io_data = vcpu->pio_data;
	e->io_size = PAGE_SIZE;
}

/* The registers as they are now; user space may have changed them since. */
static void take_registers(struct hull_vcpu *vcpu)
{
	struct hull_emul *e = &vcpu->emul;

	hull_need_regs(vcpu, HULL_REG_RSP);
	e->rip = hull_rip(vcpu);
	e->rflags = hull_get_rflags(vcpu);
	e->cr0 = hull_cr0(vcpu);
	e->cr4 = hull_cr4(vcpu);
	e->efer = vcpu->efer;
	e->xcr0 = vcpu->xcr0;
	e->cpl = backend_get_cpl(vcpu);
	e->single_step = vcpu->dbg.forced_tf;
}

static void begin(struct hull_vcpu *vcpu)
{
	struct hull_emul *e = &vcpu->emul;

	take_registers(vcpu);
	hull_emul_begin(e);
	if (vcpu->exit.insn_bytes) {
		e->nr_bytes = vcpu->exit.insn_bytes;
		memcpy(e->bytes, vcpu->exit.insn, e->nr_bytes);
	}
}

int hull_decode_insn(struct hull_vcpu *vcpu)
{
	begin(vcpu);
	switch (hull_emul_decode(&vcpu->emul)) {
	case HULL_EMUL_OK:
		vcpu->exit.insn_len = vcpu->emul.insn.len;
		return 0;
	case HULL_EMUL_FAULT:
		return 1;
	default:
		return -EFAULT;
	}
}

/*
 * The usual encodings, without prefixes, of what exits: their length does not
 * depend on the mode (APM vol. 3, Opcode Encodings).
 */
static unsigned int plain_length(const u8 *bytes)
{
	if (bytes[0] == 0xf4)			/* HLT */
		return 1;
	if (bytes[0] != 0x0f)
		return 0;
	switch (bytes[1]) {
	case 0x01:				/* VMMCALL, XSETBV, MONITOR, ... */
		return bytes[2] >= 0xc0 ? 3 : 0;
	case 0x06:				/* CLTS */
	case 0x08:				/* INVD */
	case 0x09:				/* WBINVD */
	case 0x30:				/* WRMSR */
	case 0x31:				/* RDTSC */
	case 0x32:				/* RDMSR */
	case 0x33:				/* RDPMC */
	case 0xa2:				/* CPUID */
		return 2;
	case 0x20 ... 0x23:			/* MOV to and from CR and DR */
		return 3;
	default:
		return 0;
	}
}

int hull_decode_length(struct hull_vcpu *vcpu)
{
	u8 access = HULL_ACC_EXEC | (backend_get_cpl(vcpu) == 3 ? HULL_ACC_USER : 0);
	u64 linear = hull_linear_rip(vcpu);
	struct hull_fault fault;
	u8 bytes[8];

	if (offset_in_page(linear) <= PAGE_SIZE - sizeof(bytes) &&
	    !hull_fetch(vcpu, linear, bytes, sizeof(bytes), access, &fault)) {
		vcpu->exit.insn_len = plain_length(bytes);
		if (likely(vcpu->exit.insn_len))
			return 0;
	}
	return hull_decode_insn(vcpu);
}

/* The single-step trap of an emulated instruction, once nothing is pending. */
static enum hull_run step(struct hull_vcpu *vcpu)
{
	if (!vcpu->step_pending)
		return HULL_RUN_RESUME;
	vcpu->step_pending = false;
	return hull_debug_step(vcpu) ? HULL_RUN_USER : HULL_RUN_RESUME;
}

static void commit(struct hull_vcpu *vcpu)
{
	static const u8 shadows[] = {
		[HULL_SHADOW_NONE] = 0,
		[HULL_SHADOW_STI] = KVM_X86_SHADOW_INT_STI,
		[HULL_SHADOW_MOV_SS] = KVM_X86_SHADOW_INT_MOV_SS,
	};
	const struct hull_emul *e = &vcpu->emul;

	vcpu->stats.emulations++;
	vcpu->step_pending = e->trap;
	vcpu->regs_dirty |= HULL_REG_RSP;
	hull_set_rip(vcpu, e->rip);
	hull_set_rflags(vcpu, e->rflags);
	hull_set_shadow(vcpu, shadows[e->shadow]);
}

static enum hull_run execute(struct hull_vcpu *vcpu, unsigned int max_iterations)
{
	struct hull_emul *e = &vcpu->emul;

	vcpu->pending_io = HULL_IO_NONE;
	vcpu->mmio.next_read = 0;
	vcpu->mmio.next_write = 0;
	vcpu->mmio.nr_writes = 0;
	vcpu->pio.posted = false;

	switch (hull_emul_execute(e, max_iterations)) {
	case HULL_EMUL_OK:
		commit(vcpu);
		if (vcpu->mmio.nr_writes)
			return give_write(vcpu);
		if (vcpu->pio.posted) {
			vcpu->pending_io = HULL_IO_EMULATED_OUT;
			return HULL_RUN_USER;
		}
		return step(vcpu);
	case HULL_EMUL_FAULT:
		hull_queue_fault(vcpu, &e->fault);
		return HULL_RUN_RESUME;
	case HULL_EMUL_EXIT:
		return HULL_RUN_USER;
	case HULL_EMUL_RETRY:
		return HULL_RUN_RESUME;
	case HULL_EMUL_UNHANDLED:
		break;
	}
	return hull_internal_error(vcpu, KVM_INTERNAL_ERROR_EMULATION);
}

enum hull_run hull_emulate(struct hull_vcpu *vcpu)
{
	vcpu->mmio.nr_reads = 0;
	vcpu->pio.ready = false;
	begin(vcpu);
	return execute(vcpu, MAX_ITERATIONS);
}

/* Execute the same instruction again, unless user space moved the vCPU on. */
static enum hull_run execute_again(struct hull_vcpu *vcpu, unsigned int max_iterations)
{
	if (vcpu->emul.rip != hull_rip(vcpu))
		return HULL_RUN_RESUME;
	take_registers(vcpu);
	return execute(vcpu, max_iterations);
}

static enum hull_run complete_out(struct hull_vcpu *vcpu)
{
	if (vcpu->pio.rip != hull_rip(vcpu))
		return HULL_RUN_RESUME;
	return hull_skip_insn(vcpu);
}

static enum hull_run complete_in(struct hull_vcpu *vcpu)
{
	if (vcpu->pio.rip != hull_rip(vcpu))
		return HULL_RUN_RESUME;
	/* 32-bit results clear the upper half, smaller ones keep it. */
	if (vcpu->pio.size == 4)
		vcpu->gpr[HULL_RAX] = 0;
	memcpy(&vcpu->gpr[HULL_RAX], vcpu->pio_data, vcpu->pio.size);
	return hull_skip_insn(vcpu);
}

static enum hull_run complete_mmio_read(struct hull_vcpu *vcpu)
{
	struct hull_mmio *m = &vcpu->mmio;
	struct hull_mmio_fragment *f = &m->reads[m->nr_reads++];

	memcpy(f->data, vcpu->run->mmio.data, f->len);
	trace_hull_mmio(vcpu, false, f->gpa, f->len, f->data);
	return execute_again(vcpu, MAX_ITERATIONS);
}

void hull_io_moved(struct hull_vcpu *vcpu)
{
	switch (vcpu->pending_io) {
	case HULL_IO_PIO_IN:
	case HULL_IO_PIO_OUT:
	case HULL_IO_PIO_EMUL:
	case HULL_IO_MMIO_READ:
		vcpu->pending_io = HULL_IO_NONE;
		break;
	default:
		/* The others are of an instruction that is complete. */
		break;
	}
}

static noinline enum hull_run complete_other(struct hull_vcpu *vcpu, u8 pending)
{
	switch (pending) {
	case HULL_IO_PIO_IN:
		return complete_in(vcpu);
	case HULL_IO_PIO_OUT:
		return complete_out(vcpu);
	case HULL_IO_PIO_EMUL:
		vcpu->pio.ready = true;
		return execute_again(vcpu, vcpu->pio.count);
	case HULL_IO_EMULATED_OUT:
		return step(vcpu);
	case HULL_IO_MMIO_READ:
		return complete_mmio_read(vcpu);
	case HULL_IO_MMIO_WRITE:
		if (++vcpu->mmio.next_write < vcpu->mmio.nr_writes)
			return give_write(vcpu);
		return step(vcpu);
	default:
		return HULL_RUN_RESUME;
	}
}

enum hull_run hull_complete_io(struct hull_vcpu *vcpu)
{
	u8 pending = vcpu->pending_io;

	vcpu->pending_io = HULL_IO_NONE;
	/* Nothing of the guest's memory is needed. */
	if (likely(pending == HULL_IO_PIO_OUT && vcpu->exit.insn_len))
		return complete_out(vcpu);
	hull_vcpu_preemptible(vcpu);
	return complete_other(vcpu, pending);
}
