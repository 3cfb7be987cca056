// SPDX-License-Identifier: GPL-2.0
/* Translating the addresses of a vCPU's guest, and copying through them. */
#include <linux/mm.h>
#include <asm/processor-flags.h>
#include "../backend.h"
#include "../vcpu.h"
#include "slot.h"
#include "walk_core.h"

/* A guest that changes its tables all the time is sent back to try again. */
#define WALK_TRIES	16

static int read_entry(void *ctx, u64 gpa, int size, u64 *entry)
{
	struct hull_vcpu *vcpu = ctx;
	u32 word;

	if (size == 8)
		return hull_gpa_read(vcpu->vm, gpa, entry, 8);
	if (hull_gpa_read(vcpu->vm, gpa, &word, 4))
		return -EFAULT;
	*entry = word;
	return 0;
}

static int update_entry(void *ctx, u64 gpa, int size, u64 old, u64 new)
{
	struct hull_vcpu *vcpu = ctx;

	return hull_gpa_cmpxchg(vcpu->vm, gpa, &old, &new, size);
}

static const struct walk_memory vcpu_memory = {
	.read = read_entry,
	.update = update_entry,
};

/* The paging mode, as far as its format uses the fields. */
static void walk_mode_init(struct hull_vcpu *vcpu, struct walk_mode *m)
{
	u64 cr0 = hull_cr0(vcpu), cr4;

	if (!(cr0 & X86_CR0_PG)) {
		m->format = WALK_NONE;
		return;
	}
	cr4 = hull_cr4(vcpu);
	m->root = hull_cr3(vcpu);
	m->wp = cr0 & X86_CR0_WP;
	m->nx = vcpu->efer & EFER_NX;
	m->smep = cr4 & X86_CR4_SMEP;
	m->smap = cr4 & X86_CR4_SMAP;
	m->ac = m->smap && hull_raw_rflags(vcpu) & X86_EFLAGS_AC;
	m->phys_bits = vcpu->cpuid.phys_bits;
	m->amd = vcpu->cpuid.amd;
	m->use_pdptr = false;
	m->pke = false;
	if (vcpu->efer & EFER_LMA) {
		m->format = WALK_LONG;
		m->levels = cr4 & X86_CR4_LA57 ? 5 : 4;
		m->gbpages = hull_guest_has(vcpu, HULL_FEAT_GBPAGES);
		m->pke = cr4 & X86_CR4_PKE;
		m->pkru = vcpu->pkru;
	} else if (cr4 & X86_CR4_PAE) {
		m->format = WALK_PAE;
		m->levels = 3;
		/* AMD's processors read them from memory at each walk. */
		m->use_pdptr = !hull_backend->caps->amd;
		if (m->use_pdptr)
			hull_need_regs(vcpu, HULL_REG_PDPTR);
		m->pdptr = vcpu->pdptr;
	} else {
		m->format = WALK_32;
		m->levels = 2;
		m->pse = cr4 & X86_CR4_PSE;
		m->pse36 = hull_guest_has(vcpu, HULL_FEAT_PSE36);
	}
}

static int walk(struct hull_vcpu *vcpu, u64 gva, u8 access, bool debug,
		struct hull_walk *w, struct hull_fault *fault)
{
	struct walk_mode m;
	int r, tries = WALK_TRIES;

	walk_mode_init(vcpu, &m);
	if (m.format == WALK_NONE) {
		*w = (struct hull_walk){
			.gpa = (u32)gva,
			.page_size = PAGE_SIZE,
			.writable = true,
			.user = true,
		};
		return 0;
	}
	if (m.format != WALK_LONG)
		gva = (u32)gva;
	do {
		r = walk_once(&m, &vcpu_memory, vcpu, gva, access, debug, w, fault);
	} while (r == 2 && --tries);
	return r == 2 ? -EFAULT : r;
}

int hull_walk(struct hull_vcpu *vcpu, u64 gva, u8 access, struct hull_walk *w,
	      struct hull_fault *fault)
{
	return walk(vcpu, gva, access, false, w, fault);
}

int hull_walk_debug(struct hull_vcpu *vcpu, u64 gva, struct hull_walk *w)
{
	return walk(vcpu, gva, HULL_ACC_READ, true, w, NULL);
}

/* Bytes from @gva to the end of its page, at most @len. */
static size_t page_part(u64 gva, size_t len)
{
	return min_t(size_t, len, PAGE_SIZE - offset_in_page(gva));
}

int hull_gva_read(struct hull_vcpu *vcpu, u64 gva, void *buf, size_t len,
		  u8 access, struct hull_fault *fault)
{
	while (len) {
		size_t part = page_part(gva, len);
		struct hull_walk w;
		int r = hull_walk(vcpu, gva, access, &w, fault);

		if (!r)
			r = hull_gpa_read(vcpu->vm, w.gpa, buf, part);
		if (r)
			return r;
		gva += part;
		buf += part;
		len -= part;
	}
	return 0;
}

int hull_gva_write(struct hull_vcpu *vcpu, u64 gva, const void *buf, size_t len,
		   u8 access, struct hull_fault *fault)
{
	size_t first = page_part(gva, len);
	struct hull_walk w;
	int r;

	/* Nothing is written when a later page faults. */
	if (len > first) {
		r = hull_walk(vcpu, gva + first, access | HULL_ACC_WRITE, &w, fault);
		if (r)
			return r;
	}
	while (len) {
		size_t part = page_part(gva, len);

		r = hull_walk(vcpu, gva, access | HULL_ACC_WRITE, &w, fault);
		if (r)
			return r;
		r = hull_gpa_write(vcpu->vm, w.gpa, buf, part);
		if (r)
			return r;
		gva += part;
		buf += part;
		len -= part;
	}
	return 0;
}
