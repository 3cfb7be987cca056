# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The svm-bochs and vmx machines.  Bochs has neither a way to start a kernel nor
# to share files: it boots an ISO 9660 CD with isolinux, and a disk holds the
# root.  Its clock counts instructions, 100 million to the second.

readonly BOCHS_IPS=100000000

bochs_setup() {
	RUN_ROOT=disk
	: "${RUN_MEM:=1024}"
	: "${RUN_CPUS:=1}"
	: "${RUN_CPU_MODEL:=$(bochs_default_model)}"
	: "${RUN_TIMEOUT:=1800}"
	# A triple fault ends Bochs; any other reset would start the machine anew.
	RUN_APPEND="reboot=triple $(bochs_quirks) $RUN_APPEND"
	# Tracking and scanning cost more here than the tests; the svm machine has it.
	RUN_KMEMLEAK=off
}

# Ice Lake's VMX is the fuller, but stock 6.1 dies there: its memmove takes FSRM for a
# promise of ERMS, which is gone, since Bochs has fast strings off in MISC_ENABLE.
bochs_default_model() {
	case $RUN_MACHINE/$RUN_KERNEL in
	svm-bochs/*)	echo trinity_apu ;;
	vmx/stock)	echo corei7_skylake_x ;;
	vmx/*)		echo corei7_icelake_u ;;
	esac
}

# What the kernel must not believe of a model's CPUID: a TSC frequency that is
# not the one at which Bochs counts; sizes of the compacted XSAVE area, and a
# protection-key state of no size, both of which make the kernel do without
# XSAVE altogether.  Without AVX-512 the sizes agree, but then a kernel that uses
# XSAVES loses AVX registers.
bochs_quirks() {
	case $RUN_CPU_MODEL in
	corei7_skylake_x|corei7_icelake_u)
		echo "tsc_early_khz=$((BOCHS_IPS / 1000)) clearcpuid=pku,xsaves,xsavec"
		;;
	esac
}

bochs_boot_cd() {
	local iso=$RUN_DIR/iso

	mkdir -p "$iso"
	cp /usr/lib/ISOLINUX/isolinux.bin \
		/usr/lib/syslinux/modules/bios/ldlinux.c32 "$iso/" || return
	direct_image
	ln "$DIRECT_IMAGE" "$iso/vmlinuz"
	mv "$RUN_DIR/initrd" "$iso/initrd"
	printf 'DEFAULT rig\nLABEL rig\nKERNEL vmlinuz\nINITRD initrd\nAPPEND %s\n' \
		"$RUN_APPEND" >"$iso/isolinux.cfg"
	xorriso -as mkisofs -quiet -o "$RUN_DIR/boot.iso" -b isolinux.bin -c boot.cat \
		-no-emul-boot -boot-load-size 4 -boot-info-table "$iso" \
		2>"$RUN_DIR/xorriso.log"
}

# A flat image must be whole cylinders of 16 heads and 63 sectors.
readonly BOCHS_CYLINDER=$((16 * 63 * 512))

bochs_disk() {
	root_image "$RUN_DIR/disk"
	truncate -s "%$BOCHS_CYLINDER" "$RUN_DIR/disk"
}

# Bochs dies in its own start-up without the sound lines; the plugins that are
# built in must not be named.
bochs_config() {
	cat <<-END
	config_interface: textconfig
	display_library: rfb, options="timeout=0"
	romimage: file=/usr/share/bochs/BIOS-bochs-latest
	vgaromimage: file=/usr/share/vgabios/vgabios.bin
	plugin_ctrl: serial=1, parallel=1
	cpu: model=$RUN_CPU_MODEL, count=$RUN_CPUS, ips=$BOCHS_IPS, reset_on_triple_fault=0
	memory: guest=$RUN_MEM, host=$RUN_MEM
	clock: sync=none, time0=1700000000
	pci: enabled=1, chipset=i440fx
	ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
	ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
	ata0-master: type=disk, path=$RUN_DIR/disk, mode=flat
	ata1-master: type=cdrom, path=$RUN_DIR/boot.iso, status=inserted
	boot: cdrom
	com1: enabled=1, mode=file, dev=$RUN_DIR/serial
	parport1: enabled=1, file=$RUN_DIR/out
	parport2: enabled=1, file=$RUN_DIR/err
	sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
	log: $RUN_DIR/bochs.log
	panic: action=fatal
	error: action=ignore
	info: action=ignore
	END
}

# The serial port is the kernel's log, and what guest/init could not print on the
# parallel ports; nothing else has these words.
bochs_serial() {
	sed -un -e "w $RUN_DIR/kernel.log" -e 's/\r$//' \
		-e 's/^[^]]*\] rig-out: //p' -e 's/^[^]]*\] rig-err: //w /dev/stderr'
}

bochs_start() {
	local ret=0 reader

	if [ ! -e "$RUN_DIR/boot.iso" ]; then
		bochs_boot_cd || die "no boot CD: $(tail -n 3 "$RUN_DIR/xorriso.log")"
		bochs_disk
	fi
	bochs_config >"$RUN_DIR/bochsrc"
	# It starts in its debugger, which must be told to continue.
	echo c >"$RUN_DIR/debugger"
	mkfifo "$RUN_DIR/serial"
	exec {keep_serial}<>"$RUN_DIR/serial"
	bochs_serial <"$RUN_DIR/serial" {keep_serial}>&- &
	reader=$!
	machine_run bochs -q -f "$RUN_DIR/bochsrc" -rc "$RUN_DIR/debugger" || ret=$?
	exec {keep_serial}>&-
	wait $reader
	return $ret
}

bochs_may_retry() { return 1; }
