// SPDX-License-Identifier: GPL-2.0-only
/* The dirty log: exactly the pages written, and never one less. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "poke.h"
#include "thread.h"

PAYLOAD(dirty_random);
PAYLOAD(dirty_insb);

#define LOG_BASE	0x1000000
#define PAGES		256
#define WRITERS		4

struct logged {
	struct guest g;
	uint8_t *memory;
	int slot;
	uint64_t bitmap[PAGES / 64];
};

static void add_logged(struct logged *l)
{
	l->memory = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(l->memory != MAP_FAILED);
	l->slot = OK(hull_vm_add_memory_region(l->g.vm, LOG_BASE, l->memory, PAGES * 4096,
					       KVM_MEM_LOG_DIRTY_PAGES));
}

static void get_log(struct logged *l)
{
	memset(l->bitmap, 0xff, sizeof(l->bitmap));
	OK(hull_vm_get_dirty_log(l->g.vm, l->slot, l->bitmap));
}

static bool is_dirty(const struct logged *l, unsigned int page)
{
	return l->bitmap[page / 64] >> (page % 64) & 1;
}

static void expect_dirty(struct logged *l, const unsigned int *pages, unsigned int nr)
{
	unsigned int page, i;
	bool want;

	get_log(l);
	for (page = 0; page < PAGES; page++) {
		want = false;
		for (i = 0; i < nr; i++)
			want |= pages[i] == page;
		if (is_dirty(l, page) != want)
			FAIL("page %u is %sreported", page, want ? "not " : "");
	}
}

static void test_vm_get_dirty_log(void)
{
	static const unsigned int pages[] = { 0, 1, 63, 64, 130, 255 };
	struct logged l;
	unsigned int i;

	poke_create(&l.g);
	add_logged(&l);
	expect_dirty(&l, NULL, 0);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		poke_write(&l.g, LOG_BASE + pages[i] * 4096 + 8 * i, i);
	expect_dirty(&l, pages, ARRAY_SIZE(pages));
	expect_dirty(&l, NULL, 0);
	for (i = 0; i < PAGES; i++)
		poke_read(&l.g, LOG_BASE + i * 4096);
	expect_dirty(&l, NULL, 0);
	/* The same page again, and one write that spans two */
	poke_write(&l.g, LOG_BASE + 64 * 4096, 1);
	poke_write(&l.g, LOG_BASE + 101 * 4096 - 4, 1);
	expect_dirty(&l, (unsigned int[]){ 64, 100, 101 }, 3);
}

static void test_dirty_log_flag_changes(void)
{
	struct logged l;

	poke_create(&l.g);
	add_logged(&l);
	poke_write(&l.g, LOG_BASE, 1);
	OK(hull_vm_set_memory_region_flags(l.g.vm, l.slot, 0));
	CHECK_RET(hull_vm_get_dirty_log(l.g.vm, l.slot, l.bitmap), -ENOENT);
	poke_write(&l.g, LOG_BASE + 5 * 4096, 1);
	OK(hull_vm_set_memory_region_flags(l.g.vm, l.slot, KVM_MEM_LOG_DIRTY_PAGES));
	expect_dirty(&l, NULL, 0);
	/* A page that was writable before logging began is caught all the same. */
	poke_write(&l.g, LOG_BASE + 5 * 4096, 2);
	expect_dirty(&l, (unsigned int[]){ 5 }, 1);
}

static void test_dirty_log_emulated_write(void)
{
	struct logged l;

	GUEST(&l.g, LONG64, dirty_insb);
	add_logged(&l);
	OK(hull_vcpu_set_gpr(l.g.vcpu, HULL_GPR_RBX, LOG_BASE + 7 * 4096 + 3));
	CHECK_EQ(guest_run(&l.g), KVM_EXIT_IO);
	*((uint8_t *)l.g.run + l.g.run->io.data_offset) = 0x42;
	guest_sync(&l.g, 1);
	CHECK_EQ(l.memory[7 * 4096 + 3], 0x42);
	expect_dirty(&l, (unsigned int[]){ 7 }, 1);
}

static void test_dirty_log_bad_input(void)
{
	struct kvm_dirty_log log = { 0 };
	struct logged l;
	int max;

	poke_create(&l.g);
	add_logged(&l);
	poke_write(&l.g, LOG_BASE + 5 * 4096, 1);
	max = OK(hull_vm_check_capability(l.g.vm, KVM_CAP_NR_MEMSLOTS));
	CHECK_RET(hull_vm_get_dirty_log(l.g.vm, max, l.bitmap), -EINVAL);
	CHECK_RET(hull_vm_get_dirty_log(l.g.vm, 20, l.bitmap), -ENOENT);
	CHECK_RET(hull_vm_get_dirty_log(l.g.vm, l.g.slot, l.bitmap), -ENOENT);
	CHECK_RET(hull_vm_get_dirty_log(l.g.vm, l.slot, NULL), -EFAULT);
	CHECK(ioctl(hull_vm_fd(l.g.vm), KVM_GET_DIRTY_LOG, NULL) == -1 && errno == EFAULT);
	log.slot = l.slot | 9 << 16;
	CHECK(ioctl(hull_vm_fd(l.g.vm), KVM_GET_DIRTY_LOG, &log) == -1 && errno == EINVAL);
	/* KVM has cleared the bits by the time it finds the address bad. */
	if (!is_in_tree_kvm(&l.g))
		expect_dirty(&l, (unsigned int[]){ 5 }, 1);
}

static void copy_dirty(struct logged *l, uint8_t *shadow)
{
	unsigned int page;

	get_log(l);
	for (page = 0; page < PAGES; page++)
		if (is_dirty(l, page))
			memcpy(shadow + page * 4096, l->memory + page * 4096, 4096);
}

static void start_writers(struct logged *l, struct runner *runners)
{
	struct kvm_regs regs;
	unsigned int i;

	for (i = 0; i < WRITERS; i++) {
		if (i) {
			guest_add_vcpu(&l->g, i);
			guest_vcpu_start(&l->g, i, CODE_BASE);
		}
		OK(hull_vcpu_get_regs(l->g.vcpus[i], &regs));
		regs.rbx = LOG_BASE;
		regs.rcx = PAGES - 1;
		regs.rdi = i * 8;
		regs.rsi = 1 + i * 7919;
		regs.rdx = DATA_BASE;
		OK(hull_vcpu_set_regs(l->g.vcpus[i], &regs));
	}
	for (i = 0; i < WRITERS; i++)
		runner_start(&runners[i], &l->g, i, 1);
}

/*
 * What a migration does: copies of the reported pages, taken while four vCPUs
 * write, must equal the memory in the end.
 */
static void test_dirty_log_never_missed(void)
{
	static uint8_t shadow[PAGES * 4096];
	const unsigned int rounds = tap_env("HULL_TEST_ROUNDS", 300);
	struct runner runners[WRITERS];
	struct logged l;
	unsigned int i;

	GUEST(&l.g, LONG64, dirty_random);
	add_logged(&l);
	start_writers(&l, runners);
	for (i = 0; i < rounds; i++) {
		copy_dirty(&l, shadow);
		usleep(i % 5 * 500);
	}
	__atomic_store_n(&l.g.ram[DATA_BASE], 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < WRITERS; i++)
		runner_join(&runners[i]);
	copy_dirty(&l, shadow);
	for (i = 0; i < PAGES; i++)
		if (memcmp(shadow + i * 4096, l.memory + i * 4096, 4096))
			FAIL("a write to page %u was missed", i);
	CHECK(load64(&l.g, 0) == 0);
	expect_dirty(&l, NULL, 0);
}

/* A log that is cleared by KVM_CLEAR_DIRTY_LOG alone. */
static void create_manual(struct logged *l)
{
	uint64_t args[4] = { KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE };

	poke_create(&l->g);
	need_capability(&l->g, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
			"KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2");
	add_logged(l);
	OK(hull_vm_enable_capability(l->g.vm, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 0, args));
}

static void test_vm_clear_dirty_log(void)
{
	struct logged l;

	create_manual(&l);
	poke_write(&l.g, LOG_BASE + 3 * 4096, 1);
	poke_write(&l.g, LOG_BASE + 70 * 4096, 1);
	/* Reading no longer clears. */
	expect_dirty(&l, (unsigned int[]){ 3, 70 }, 2);
	expect_dirty(&l, (unsigned int[]){ 3, 70 }, 2);
	OK(hull_vm_clear_dirty_log(l.g.vm, l.slot, 64, 64, &l.bitmap[1]));
	expect_dirty(&l, (unsigned int[]){ 3 }, 1);
	poke_write(&l.g, LOG_BASE + 70 * 4096, 2);
	expect_dirty(&l, (unsigned int[]){ 3, 70 }, 2);
}

/* The first address space that there is not, in a slot's number */
static uint32_t unknown_space(struct guest *g)
{
	int spaces = hull_vm_check_capability(g->vm, KVM_CAP_MULTI_ADDRESS_SPACE);

	return (spaces > 1 ? spaces : 1) << 16;
}

/* Whatever is refused clears no bit. */
static void test_clear_dirty_log_bad_input(void)
{
	uint8_t *end = end_of_memory();
	struct logged l;
	int max;

	create_manual(&l);
	poke_write(&l.g, LOG_BASE + 3 * 4096, 1);
	poke_write(&l.g, LOG_BASE + 255 * 4096, 1);
	memset(l.bitmap, 0xff, sizeof(l.bitmap));
	memset(end - 4096, 0xff, 4096);
	max = OK(hull_vm_check_capability(l.g.vm, KVM_CAP_NR_MEMSLOTS));
#define REFUSED(error, slot, first, nr, bits) \
	CHECK_RET(hull_vm_clear_dirty_log(l.g.vm, slot, first, nr, bits), -(error))
	REFUSED(EINVAL, l.slot | unknown_space(&l.g), 0, PAGES, l.bitmap);
	REFUSED(EINVAL, max, 0, PAGES, l.bitmap);
	REFUSED(ENOENT, 20, 0, 64, l.bitmap);
	REFUSED(ENOENT, l.g.slot, 0, 64, l.bitmap);	/* has no log */
	REFUSED(EINVAL, l.slot, 1, 64, l.bitmap);
	REFUSED(EINVAL, l.slot, 1, PAGES - 1, l.bitmap);
	REFUSED(EINVAL, l.slot, 0, 65, l.bitmap);
	REFUSED(EINVAL, l.slot, 0, PAGES + 1, l.bitmap);
	REFUSED(EINVAL, l.slot, 64, PAGES, l.bitmap);
	REFUSED(EINVAL, l.slot, PAGES + 64, 0, l.bitmap);
	REFUSED(EINVAL, l.slot, 1ULL << 63, 64, l.bitmap);
	REFUSED(EINVAL, l.slot, -64ULL, PAGES, l.bitmap);
	REFUSED(EFAULT, l.slot, 0, PAGES, NULL);
	REFUSED(EFAULT, l.slot, 0, PAGES, end - 12);
#undef REFUSED
	expect_dirty(&l, (unsigned int[]){ 3, 255 }, 2);
	CHECK_RET(hull_vm_get_dirty_log(l.g.vm, l.slot, end - 12), -EFAULT);
	expect_dirty(&l, (unsigned int[]){ 3, 255 }, 2);
}

/* The bits of a new log all set, and none of them beyond the slot's last page */
static void expect_all_set(struct logged *l, int slot, unsigned int pages)
{
	unsigned int page;

	memset(l->bitmap, 0, sizeof(l->bitmap));
	OK(hull_vm_get_dirty_log(l->g.vm, slot, l->bitmap));
	for (page = 0; page < PAGES; page++)
		if (is_dirty(l, page) != (page < pages))
			FAIL("page %u of %u is %sset", page, pages, page < pages ? "not " : "");
}

/*
 * KVM_DIRTY_LOG_INITIALLY_SET: a page counts as dirty until it is cleared, and
 * from then on when it is written, whether it could be written before or not.
 */
static void test_dirty_log_initially_set(void)
{
	uint64_t args[4] = { KVM_DIRTY_LOG_INITIALLY_SET };
	struct logged l;
	int short_slot;

	poke_create(&l.g);
	if (!(hull_vm_check_capability(l.g.vm, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2) &
	      KVM_DIRTY_LOG_INITIALLY_SET))
		SKIP("no KVM_DIRTY_LOG_INITIALLY_SET");
	CHECK_RET(hull_vm_enable_capability(l.g.vm, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 0,
					    args), -EINVAL);
	args[0] = 1 << 2 | KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE;
	CHECK_RET(hull_vm_enable_capability(l.g.vm, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 0,
					    args), -EINVAL);
	args[0] = KVM_DIRTY_LOG_INITIALLY_SET | KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE;
	OK(hull_vm_enable_capability(l.g.vm, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 0, args));

	add_logged(&l);
	short_slot = OK(hull_vm_add_memory_region(l.g.vm, 2 * LOG_BASE, l.memory, 70 * 4096,
						  KVM_MEM_LOG_DIRTY_PAGES));
	expect_all_set(&l, short_slot, 70);
	OK(hull_vm_set_memory_region_flags(l.g.vm, l.slot, 0));
	poke_write(&l.g, LOG_BASE + 66 * 4096, 1);
	poke_write(&l.g, LOG_BASE + 3 * 4096, 1);
	OK(hull_vm_set_memory_region_flags(l.g.vm, l.slot, KVM_MEM_LOG_DIRTY_PAGES));
	expect_all_set(&l, l.slot, PAGES);

	OK(hull_vm_clear_dirty_log(l.g.vm, l.slot, 0, PAGES, l.bitmap));
	expect_dirty(&l, NULL, 0);
	poke_read(&l.g, LOG_BASE + 65 * 4096);
	poke_write(&l.g, LOG_BASE + 66 * 4096, 2);
	poke_write(&l.g, LOG_BASE + 67 * 4096, 2);
	expect_dirty(&l, (unsigned int[]){ 66, 67 }, 2);
}

static const struct test tests[] = {
	{ "vm_get_dirty_log", test_vm_get_dirty_log },
	{ "dirty_log_flag_changes", test_dirty_log_flag_changes },
	{ "dirty_log_emulated_write", test_dirty_log_emulated_write },
	{ "dirty_log_bad_input", test_dirty_log_bad_input },
	{ "dirty_log_never_missed", test_dirty_log_never_missed, 120 },
	{ "vm_clear_dirty_log", test_vm_clear_dirty_log },
	{ "clear_dirty_log_bad_input", test_clear_dirty_log_bad_input },
	{ "dirty_log_initially_set", test_dirty_log_initially_set },
};

TAP_MAIN(tests)
