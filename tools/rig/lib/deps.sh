# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The Debian packages that the rig is made of.

readonly DEPS="qemu-system-x86 bochs bochsbios vgabios busybox-static kmod cpio
	isolinux syslinux-common xorriso rsync xz-utils gcc make libc6-dev bc
	bison flex libelf-dev libssl-dev linux-headers-amd64
	linux-headers-6.12-amd64 $DEBUG_SOURCE"

deps_missing() {
	local package

	for package in $DEPS; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			echo "$package"
	done
}

deps_install() {
	local missing

	mapfile -t missing < <(deps_missing)
	if [ ${#missing[@]} = 0 ]; then
		say "nothing is missing"
		return
	fi
	say "installing ${missing[*]}"
	as_root apt-get update -q >&2
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends "${missing[@]}" >&2 ||
		die "apt-get failed"
}
