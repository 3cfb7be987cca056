# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The svm machine: Debian's QEMU emulating an AMD CPU with SVM.  The host's root
# is its root, read-only over 9p.

qemu_setup() {
	RUN_ROOT=9p
	if [ "$RUN_KERNEL" = debug ]; then
		: "${RUN_MEM:=1024}"	# kmemleak scans all of it
	else
		: "${RUN_MEM:=2048}"
	fi
	: "${RUN_CPUS:=1}"
	: "${RUN_CPU_MODEL:=max}"
	: "${RUN_TIMEOUT:=600}"
	RUN_KERNEL_MODULES=$KERNEL_MODULES
	if [ -t 0 ] && [ -t 1 ]; then
		RUN_TTY="rows $(tput lines) cols $(tput cols)"
	fi
}

# COMMAND's output: a terminal when we have one, else two ports, each a FIFO here.
qemu_output_devices() {
	printf '%s\n' -device virtio-serial-pci
	if [ -n "$RUN_TTY" ]; then
		printf '%s\n' -chardev stdio,id=tty,signal=off -device virtconsole,chardev=tty
	else
		printf '%s\n' \
			-chardev "file,id=out,path=$RUN_DIR/out" \
			-device virtserialport,chardev=out,name=rig.out \
			-chardev "file,id=err,path=$RUN_DIR/err" \
			-device virtserialport,chardev=err,name=rig.err
	fi
}

# QEMU's option parser wants commas doubled.
comma() { printf '%s' "${1//,/,,}"; }

qemu_start() {
	# One thread for several CPUs would be switched by a kick between them,
	# after which this QEMU delivers an event that VMRUN injected once more.
	local accel=(-accel "tcg,thread=multi") output

	[ -n "$RUN_COUNT" ] &&
		accel=(-accel "tcg,thread=single" -icount "shift=0,sleep=off")
	mapfile -t output < <(qemu_output_devices)
	truncate -s 64M "$RUN_DIR/swap" || return

	machine_run qemu-system-x86_64 -nodefaults -no-user-config -no-reboot \
		-display none -monitor none -machine q35 -cpu "$RUN_CPU_MODEL" \
		"${accel[@]}" -smp "$RUN_CPUS" -m "$RUN_MEM" \
		-serial "file:$(comma "$RUN_DIR/kernel.log")" \
		-fsdev "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap" \
		-device "virtio-9p-pci,fsdev=host,mount_tag=host" \
		-drive "if=none,id=swap,format=raw,cache=unsafe,file=$(comma "$RUN_DIR/swap")" \
		-device "virtio-blk-pci,drive=swap" \
		"${output[@]}" -kernel "$KERNEL_IMAGE" -initrd "$RUN_DIR/initrd" \
		-append "rcupdate.rcu_cpu_stall_timeout=60 $RUN_APPEND"
}

# The one assertion known to fail in multi-threaded TCG: worth another try.
qemu_may_retry() { grep -q 'tcg_handle_interrupt.*assertion failed' "$RUN_DIR/machine.log"; }
