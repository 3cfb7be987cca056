# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What a machine starts from.
#
#  - The base initramfs, one per kernel and cached: busybox, guest/init and the
#    modules the machines need.
#  - The run's own cpio, unpacked over it: /rig/config, /rig/command and the
#    modules under test.
#  - For machines without 9p, a disk with the files COMMAND needs.

# All that any machine or guest/init asks for; those built in are skipped.
readonly GUEST_MODULES="virtio_pci virtio_console virtio_blk 9p 9pnet_virtio
	overlay ata_piix sd_mod isofs brd irqbypass kvm kvm_amd kvm_intel tun
	msr cpuid"

# pack DIR FILE
pack() {
	(cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) |
		gzip -1 >"$2"
}

# Sets INITRAMFS for the prepared kernel.
image_base() {
	local key busybox

	busybox=$(command -v busybox) || die "no busybox: try '$RIG_DIR/rig deps'"
	key=$(cat "$RIG_DIR/guest/"{init,lpt.c} "$RIG_DIR/lib/image.sh" "$busybox" \
		"$KERNEL_IMAGE" | sha256sum | cut -c1-16)
	INITRAMFS=$KERNEL_DIR/initramfs-$key.gz
	locked "initramfs-${KERNEL_DIR##*/}" image_build_base "$busybox" ||
		die "the initramfs could not be made"
}

image_build_base() {
	local busybox=$1 dir module file modules

	[ -e "$INITRAMFS" ] && return
	# Not another tree's, which may be about to start with it.
	find "$KERNEL_DIR" -maxdepth 1 -name 'initramfs-*.gz' -mmin +600 -delete
	dir=$KERNEL_DIR/initramfs
	modules=$dir/lib/modules/$KERNEL_RELEASE
	rm -rf "$dir"
	mkdir -p "$dir/bin" "$modules"
	cp "$busybox" "$dir/bin/busybox" || return
	install -m 755 "$RIG_DIR/guest/init" "$dir/init"
	gcc -O2 -static -o "$dir/bin/lpt" "$RIG_DIR/guest/lpt.c" || return

	for module in $GUEST_MODULES; do
		modprobe -d "$KERNEL_MODULES" -S "$KERNEL_RELEASE" -D "$module" 2>/dev/null
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u |
	while read -r file; do
		cp "$file" "$modules/" || return
	done || return
	find "$modules" -name '*.xz' -exec unxz {} +
	cp "$KERNEL_MODULES/lib/modules/$KERNEL_RELEASE"/modules.{order,builtin,builtin.modinfo} "$modules/"
	depmod -b "$dir" "$KERNEL_RELEASE" || return

	pack "$dir" "$INITRAMFS.new" && mv "$INITRAMFS.new" "$INITRAMFS"
	rm -rf "$dir"
}

# quote STRING - as one word of any POSIX shell
quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# The environment that travels: what finds and names programs, and hull's own.
image_environment() {
	local name

	for name in PATH HOME LANG LC_ALL TERM ${!HULL_*}; do
		[ -n "${!name+x}" ] && printf 'export %s=%s\n' "$name" "$(quote "${!name}")"
	done
	for name in "${RUN_ENV[@]}"; do
		printf 'export %s=%s\n' "${name%%=*}" "$(quote "${name#*=}")"
	done
	printf 'export HULL_DEVICE=%s\n' "$(quote "$RUN_DEVICE")"
	printf 'export HULL_MACHINE=%s\n' "$(quote "$RUN_MACHINE")"
}

image_command() {
	local word

	image_environment
	printf 'cd %s || exit 126\nexec' "$(quote "$PWD")"
	for word in "${RUN_COMMAND[@]}"; do
		printf ' %s' "$(quote "$word")"
	done
	echo
}

image_config() {
	printf 'RIG_%s=%s\n' \
		ROOT "$RUN_ROOT" \
		DRIVER "$RUN_DRIVER" \
		NODE "$(quote "$RUN_NODE")" \
		PARAMS "$(quote "$RUN_PARAMS")" \
		WITH_KVM "$(quote "$RUN_WITH_KVM")" \
		DEPENDS "$(quote "$RUN_DEPENDS")" \
		TTY "$(quote "$RUN_TTY")" \
		KERNEL_MODULES "$(quote "$RUN_KERNEL_MODULES")"
}

# Writes RUN_DIR/initrd: the base and the run's own files.
image_initrd() {
	local rig=$RUN_DIR/initramfs/rig

	mkdir -p "$rig/modules"
	image_config >"$rig/config"
	image_command >"$rig/command"
	if [ -n "$RUN_MODULES" ]; then
		cp "$RUN_MODULES"/*.ko "$rig/modules/" || return
	fi
	pack "$RUN_DIR/initramfs" "$RUN_DIR/own.gz" &&
	cat "$INITRAMFS" "$RUN_DIR/own.gz" >"$RUN_DIR/initrd"
}
