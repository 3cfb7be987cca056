// SPDX-License-Identifier: GPL-2.0
/* Translating the addresses of a vCPU's guest, and copying through them. */
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <asm/processor-flags.h>
#include "../backend.h"
#include "../vcpu.h"
#include "slot.h"
#include "walk_core.h"

/* A guest that changes its tables all the time is sent back to try again. */
#define WALK_TRIES	16

/**
 * struct walk_context - whose tables are walked
 * @vm: the VM
 * @slot: where the last table was, which is where the next one will be
 */
struct walk_context {
	struct hull_vm *vm;
	const struct hull_slot *slot;
};

/* An entry is aligned and therefore within one page. */
static int read_entry(void *context, u64 gpa, int size, u64 *entry)
{
	struct walk_context *c = context;
	u64 gfn = gpa >> PAGE_SHIFT;
	unsigned long hva;

	if (!c->slot || !hull_slot_has(c->slot, gfn))
		c->slot = hull_find_slot(c->vm, gfn);
	if (!c->slot)
		return -EFAULT;
	hva = hull_slot_hva(c->slot, gfn) + offset_in_page(gpa);
	if (size == 8)
		return __get_user(*entry, (u64 __user *)hva);
	return __get_user(*entry, (u32 __user *)hva);
}

static int update_entry(void *context, u64 gpa, int size, u64 old, u64 new)
{
	struct walk_context *c = context;

	return hull_gpa_cmpxchg(c->vm, gpa, &old, &new, size);
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

/* @path is filled when there is paging. */
static int walk(struct hull_vcpu *vcpu, u64 gva, u8 access, bool debug,
		struct hull_walk *w, struct walk_path *path, struct hull_fault *fault)
{
	struct walk_context c = { .vm = vcpu->vm };
	struct walk_mode m;
	int r, tries = WALK_TRIES;

	path->nr = 0;
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
		r = walk_once(&m, &vcpu_memory, &c, gva, access, debug, w, path, fault);
	} while (r == 2 && --tries);
	return r == 2 ? -EFAULT : r;
}

int hull_walk(struct hull_vcpu *vcpu, u64 gva, u8 access, struct hull_walk *w,
	      struct hull_fault *fault)
{
	struct walk_path path;

	return walk(vcpu, gva, access, false, w, &path, fault);
}

int hull_walk_debug(struct hull_vcpu *vcpu, u64 gva, struct hull_walk *w)
{
	struct walk_path path;

	return walk(vcpu, gva, HULL_ACC_READ, true, w, &path, NULL);
}

/* Fetching instructions. */

static bool fetch_key_matches(struct hull_vcpu *vcpu, u64 gva, u8 access)
{
	const struct hull_fetch_cache *c = &vcpu->fetch;

	hull_need_regs(vcpu, HULL_REG_CR0 | HULL_REG_CR3 | HULL_REG_CR4);
	return c->nr && c->page == (gva & PAGE_MASK) && c->access == access &&
	       c->cr3 == vcpu->cr3 && c->cr0 == vcpu->cr0 && c->cr4 == vcpu->cr4 &&
	       c->efer == vcpu->efer &&
	       c->generation == hull_slots(&vcpu->vm->mem)->generation;
}

/* False: the cache does not hold, or a page is not there at the moment. */
static bool fetch_cached(struct hull_vcpu *vcpu, u64 gva, u8 *buf, size_t len, u8 access)
{
	const struct hull_fetch_cache *c = &vcpu->fetch;
	const u8 __user *from = c->host + offset_in_page(gva);
	const struct hull_fetch_entry *e = c->entry, *end = e + c->nr;
	unsigned int i;
	u64 value;

	if (!fetch_key_matches(vcpu, gva, access))
		return false;
	if (!user_access_begin(from, len))
		return false;
	for (; e < end; e++) {
		unsafe_get_user(value, e->at, fault);
		if (value != e->value)
			goto fault;
	}
	for (i = 0; i + 8 <= len; i += 8)
		unsafe_get_user(*(u64 *)(buf + i), (const u64 __user *)(from + i), fault);
	for (; i < len; i++)
		unsafe_get_user(buf[i], from + i, fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

static u8 __user *host_address(struct hull_vcpu *vcpu, u64 gpa)
{
	const struct hull_slot *slot = hull_find_slot(vcpu->vm, gpa >> PAGE_SHIFT);

	return slot ? (u8 __user *)hull_slot_hva(slot, gpa >> PAGE_SHIFT) + offset_in_page(gpa) :
		      NULL;
}

/* Remember a walk of long mode, whose entries have eight bytes. */
static void fetch_remember(struct hull_vcpu *vcpu, u64 gva, u8 access, u64 gpa,
			   const struct walk_path *path)
{
	struct hull_fetch_cache *c = &vcpu->fetch;
	unsigned int i;

	c->nr = 0;
	if (!(vcpu->efer & EFER_LMA) || !path->nr)
		return;
	for (i = 0; i < path->nr; i++) {
		c->entry[i].at = (u64 __user *)host_address(vcpu, path->gpa[i]);
		c->entry[i].value = path->entry[i] | GPTE_ACCESSED;
		if (!c->entry[i].at)
			return;
	}
	c->host = host_address(vcpu, gpa & PAGE_MASK);
	if (!c->host)
		return;
	c->page = gva & PAGE_MASK;
	c->access = access;
	c->cr0 = hull_cr0(vcpu);
	c->cr3 = hull_cr3(vcpu);
	c->cr4 = hull_cr4(vcpu);
	c->efer = vcpu->efer;
	c->generation = hull_slots(&vcpu->vm->mem)->generation;
	c->nr = path->nr;
}

int hull_fetch(struct hull_vcpu *vcpu, u64 gva, void *buf, size_t len, u8 access,
	       struct hull_fault *fault)
{
	struct walk_path path;
	struct hull_walk w;
	int r;

	if (fetch_cached(vcpu, gva, buf, len, access))
		return 0;
	r = walk(vcpu, gva, access, false, &w, &path, fault);
	if (!r)
		r = hull_gpa_read(vcpu->vm, w.gpa, buf, len);
	if (!r)
		fetch_remember(vcpu, gva, access, w.gpa, &path);
	return r;
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
