// SPDX-License-Identifier: GPL-2.0-only
/* Boot state for kernels: the two protocols, with a small and with a real kernel. */
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

PAYLOAD(entry64);
PAYLOAD(entry_pvh);

#define BOOT_RAM	(512UL << 20)
#define SERIAL		0x3f8

static const char initrd[] = "initrd!!and more";

/* Memory from 0 on, no payload. */
static void boot_create(struct guest *g, uint64_t size)
{
	guest_create_vm(g, size);
	guest_add_vcpu(g, 0);
}

static void put(uint8_t *file, size_t at, uint64_t value, unsigned int size)
{
	memcpy(file + at, &value, size);
}

/* A bzImage of one sector of set-up code and one page: The Linux/x86 Boot Protocol. */
static void small_bzimage(uint8_t file[0x2000])
{
	memset(file, 0, 0x2000);
	put(file, 0x1f1, 1, 1);			/* setup_sects */
	put(file, 0x1fe, 0xaa55, 2);
	put(file, 0x200, 0x66eb, 2);		/* the header ends at 0x268 */
	memcpy(file + 0x202, "HdrS", 4);
	put(file, 0x206, 0x020f, 2);
	put(file, 0x22c, 0x7fffffff, 4);	/* initrd_addr_max */
	put(file, 0x234, 1, 1);			/* relocatable_kernel */
	put(file, 0x236, 1, 2);			/* XLF_KERNEL_64 */
	put(file, 0x258, 0x200000, 8);		/* pref_address */
	put(file, 0x260, 0x4000, 4);		/* init_size */
	memcpy(file + 0x400 + 0x200, pl_entry64, pl_entry64_end - pl_entry64);
}

static void test_configure_linux(void)
{
	static uint8_t file[0x2000];
	struct hull_boot_config config = {
		.kernel = file, .kernel_size = sizeof(file),
		.initrd = initrd, .initrd_size = sizeof(initrd),
		.cmdline = "console=ttyS0",
	};
	struct hull_boot_entry entry;
	struct kvm_regs regs;
	struct guest g;

	boot_create(&g, RAM_SIZE);
	small_bzimage(file);
	OK(hull_vm_load_linux(g.vm, &config, &entry));
	CHECK_EQ(entry.protocol, HULL_BOOT_LINUX64);
	CHECK_EQ(entry.entry, 0x200200);
	OK(hull_vcpu_configure(g.vcpu, &entry));
	guest_sync(&g, 1);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rsi, entry.info);
	CHECK(!memcmp(&regs.rax, "HdrS", 4));
	CHECK_EQ(regs.rbx, 2);			/* below 640 KiB, above 1 MiB */
	CHECK(!memcmp(&regs.rdx, "console=", 8));
	CHECK_EQ(regs.r8, sizeof(initrd));
	CHECK(!memcmp(&regs.r9, "initrd!!", 8));
	CHECK_EQ(regs.r10, 0x10);
	CHECK_EQ(regs.r11, 0x18);
	CHECK_EQ(regs.rflags & 0x200, 0);
	guest_halt(&g);
}

static void test_load_refused(void)
{
	static uint8_t file[0x2000];
	static char cmdline[0x20000];
	struct hull_boot_config config = {
		.kernel = file, .kernel_size = sizeof(file),
	};
	struct hull_boot_entry entry;
	struct guest g;

	boot_create(&g, RAM_SIZE);
	CHECK_RET(hull_vm_load_linux(g.vm, &config, &entry), -ENOEXEC);
	CHECK_RET(hull_vm_load_pvh(g.vm, &config, &entry), -ENOEXEC);
	small_bzimage(file);
	put(file, 0x236, 0, 2);			/* no 64-bit entry */
	CHECK_RET(hull_vm_load_linux(g.vm, &config, &entry), -ENOEXEC);
	small_bzimage(file);
	put(file, 0x260, 0x10000000, 4);	/* more memory than there is */
	CHECK_RET(hull_vm_load_linux(g.vm, &config, &entry), -ENOMEM);
	small_bzimage(file);
	config.kernel_size = 0x300;
	CHECK_RET(hull_vm_load_linux(g.vm, &config, &entry), -ENOEXEC);
	config.kernel_size = sizeof(file);
	memset(cmdline, 'x', sizeof(cmdline) - 1);
	config.cmdline = cmdline;
	CHECK_RET(hull_vm_load_linux(g.vm, &config, &entry), -E2BIG);
}

/* One loadable segment at 2 MiB and one note with the entry point. */
static size_t small_elf(uint8_t file[0x2000])
{
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_entry = 0x200000, .e_phoff = sizeof(eh), .e_ehsize = sizeof(eh),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2,
	};
	Elf64_Phdr ph[2] = {
		{ .p_type = PT_LOAD, .p_offset = 0x1000, .p_paddr = 0x200000,
		  .p_filesz = 0x1000, .p_memsz = 0x2000 },
		{ .p_type = PT_NOTE, .p_offset = 0x800, .p_filesz = 20 },
	};
	Elf64_Nhdr note = { .n_namesz = 4, .n_descsz = 4, .n_type = 18 };

	memset(file, 0, 0x2000);
	memcpy(file, &eh, sizeof(eh));
	memcpy(file + sizeof(eh), ph, sizeof(ph));
	memcpy(file + 0x800, &note, sizeof(note));
	memcpy(file + 0x80c, "Xen", 4);
	put(file, 0x810, 0x200000, 4);
	memcpy(file + 0x1000, pl_entry_pvh, pl_entry_pvh_end - pl_entry_pvh);
	return 0x2000;
}

static void test_configure_pvh(void)
{
	static uint8_t file[0x2000];
	struct hull_boot_config config = {
		.kernel = file, .kernel_size = small_elf(file),
		.initrd = initrd, .initrd_size = sizeof(initrd),
		.cmdline = "pvh!",
	};
	struct hull_boot_entry entry;
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct guest g;

	boot_create(&g, RAM_SIZE);
	OK(hull_vm_load_pvh(g.vm, &config, &entry));
	CHECK_EQ(entry.protocol, HULL_BOOT_PVH);
	CHECK_EQ(entry.entry, 0x200000);
	OK(hull_vcpu_configure(g.vcpu, &entry));
	OK(hull_vcpu_get_sregs(g.vcpu, &sregs));
	CHECK_EQ(sregs.cr0 & 0x80000001, 1);
	CHECK_EQ(sregs.cs.db, 1);
	CHECK_EQ(sregs.cs.limit, 0xffffffff);
	guest_sync(&g, 1);
	guest_get_regs(&g, &regs);
	CHECK_EQ(regs.rax, 0x336ec578);
	CHECK_EQ(regs.rcx, 1);
	CHECK(!memcmp(&regs.rdx, "pvh!", 4));
	CHECK_EQ(regs.rdi, 2);
	CHECK_EQ(regs.rbp, sizeof(initrd));
	guest_halt(&g);
}

/* What a kernel prints through an UART that is always ready. */
struct console {
	char line[256];
	unsigned int used;
	const char *wanted;
	bool found;
};

static int serial_access(void *opaque, const struct hull_access *access)
{
	struct console *c = opaque;
	uint8_t *data = access->data;

	if (!access->write) {
		memset(access->data, 0, access->size);
		if (access->address == SERIAL + 5)
			*data = 0x60;	/* transmitter empty */
		return 0;
	}
	if (access->address != SERIAL)
		return 0;
	if (*data == '\n' || c->used == sizeof(c->line) - 1) {
		c->line[c->used] = '\0';
		if (strstr(c->line, c->wanted)) {
			tap_diag("%s", c->line);
			c->found = true;
		}
		c->used = 0;
	} else if (*data != '\r') {
		c->line[c->used++] = *data;
	}
	return 0;
}

static int nothing_there(void *opaque, const struct hull_access *access)
{
	(void)opaque;
	if (!access->write)
		memset(access->data, 0xff, access->size);
	return 0;
}

static void run_until_printed(struct guest *g, const char *wanted)
{
	struct console c = { .wanted = wanted };
	struct hull_bus *bus;

	OK(hull_bus_create(&bus));
	OK(hull_bus_add(bus, 0, SERIAL, nothing_there, NULL));
	OK(hull_bus_add(bus, SERIAL, 8, serial_access, &c));
	OK(hull_bus_add(bus, SERIAL + 8, 0x10000 - SERIAL - 8, nothing_there, NULL));
	hull_vcpu_set_pio_bus(g->vcpu, bus);
	while (!c.found) {
		int reason = guest_run(g);

		if (reason == KVM_EXIT_IO)
			OK(hull_vcpu_dispatch_io(g->vcpu));
		else if (reason == KVM_EXIT_MMIO)
			OK(hull_vcpu_handle_mmio(g->vcpu, nothing_there, NULL));
		else
			FAIL("the kernel stopped with %s after '%.*s'", exit_name(g->run),
			     (int)c.used, c.line);
	}
}

static void *map_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st))
		return NULL;
	*size = st.st_size;
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

/* $HULL_TEST_KERNEL, or any of this system's. */
static const uint8_t *real_kernel(size_t *size)
{
	const char *path = getenv("HULL_TEST_KERNEL");
	static char name[300];
	struct dirent *entry;
	const uint8_t *file;
	DIR *dir;

	if (!path) {
		dir = opendir("/boot");
		while (dir && (entry = readdir(dir)))
			if (!strncmp(entry->d_name, "vmlinuz-", 8)) {
				snprintf(name, sizeof(name), "/boot/%s", entry->d_name);
				path = name;
			}
	}
	if (!path)
		SKIP("no kernel in /boot, and no $HULL_TEST_KERNEL");
	file = map_file(path, size);
	if (!file)
		SKIP("%s cannot be read", path);
	return file;
}

static const char real_cmdline[] = "earlyprintk=serial,ttyS0 console=ttyS0 nokaslr";

static void test_boot_bzimage(void)
{
	struct hull_boot_config config = { .cmdline = real_cmdline };
	struct hull_boot_entry entry;
	struct guest g;

	config.kernel = real_kernel(&config.kernel_size);
	boot_create(&g, BOOT_RAM);
	OK(hull_vm_load_linux(g.vm, &config, &entry));
	OK(hull_vcpu_configure(g.vcpu, &entry));
	run_until_printed(&g, "Linux version");
}

/* The compressed ELF file inside a bzImage, unpacked by this system's tools. */
static const uint8_t *unpack(const uint8_t *file, size_t *size)
{
	static const struct {
		const char *magic;
		unsigned int len;
		const char *command;
	} formats[] = {
		{ "\x28\xb5\x2f\xfd", 4, "zstd -dc" },
		{ "\xfd" "7zXZ", 5, "xz -dc --single-stream" },
		{ "\x1f\x8b", 2, "gzip -dc" },
	};
	char in[] = "/tmp/hull-kernel-XXXXXX", command[128];
	uint32_t offset, length, setup = (file[0x1f1] + 1) * 512;
	unsigned int i;
	void *elf;
	int fd;

	memcpy(&offset, file + 0x248, 4);
	memcpy(&length, file + 0x24c, 4);
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (!memcmp(file + setup + offset, formats[i].magic, formats[i].len))
			break;
	if (i == ARRAY_SIZE(formats))
		SKIP("the kernel is compressed in a way not known here");
	fd = SYS(mkstemp(in));
	/* The last four bytes are the unpacked size, not part of the stream. */
	CHECK_EQ(SYS(write(fd, file + setup + offset, length - 4)), length - 4);
	close(fd);
	snprintf(command, sizeof(command), "%s <%s >%s.elf 2>/dev/null", formats[i].command,
		 in, in);
	if (system(command))
		SKIP("'%s' does not work here", formats[i].command);
	unlink(in);
	snprintf(command, sizeof(command), "%s.elf", in);
	elf = map_file(command, size);
	unlink(command);
	CHECK(elf);
	return elf;
}

static void boot_unpacked(enum hull_boot_protocol protocol)
{
	struct hull_boot_config config = { .cmdline = real_cmdline };
	struct hull_boot_entry entry;
	struct guest g;
	size_t size;

	config.kernel = unpack(real_kernel(&size), &config.kernel_size);
	boot_create(&g, BOOT_RAM);
	if (protocol == HULL_BOOT_PVH)
		OK(hull_vm_load_pvh(g.vm, &config, &entry));
	else
		OK(hull_vm_load_linux(g.vm, &config, &entry));
	OK(hull_vcpu_configure(g.vcpu, &entry));
	run_until_printed(&g, "Linux version");
}

static void test_boot_vmlinux(void)
{
	boot_unpacked(HULL_BOOT_LINUX64);
}

static void test_boot_vmlinux_pvh(void)
{
	boot_unpacked(HULL_BOOT_PVH);
}

static const struct test tests[] = {
	{ "vcpu_configure", test_configure_linux },
	{ "vcpu_configure_pvh", test_configure_pvh },
	{ "load_refused", test_load_refused },
	{ "boot_bzimage", test_boot_bzimage, 300 },
	{ "boot_vmlinux", test_boot_vmlinux, 300 },
	{ "boot_vmlinux_pvh", test_boot_vmlinux_pvh, 300 },
};

TAP_MAIN(tests)
