# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernels.  kernel_prepare NAME fetches or builds one and sets
#
#	KERNEL_DIR	its directory in the cache
#	KERNEL_RELEASE	what uname -r says in it
#	KERNEL_IMAGE	the bzImage
#	KERNEL_MODULES	its modules: KERNEL_MODULES/lib/modules/KERNEL_RELEASE
#	KERNEL_KDIR	what modules are built against
#
# Stock kernels are Debian's image packages, unpacked and not installed.  The
# debug kernel is built from Debian's source package with debug.config.

readonly DEBUG_SOURCE=linux-source-6.12

kernel_meta_package() {
	case $1 in
	stock)		echo linux-image-amd64 ;;
	stock-6.12)	echo linux-image-6.12-amd64 ;;
	*)		return 1 ;;
	esac
}

kernel_prepare() {
	local name=$1

	case $name in
	debug)	locked kernel-debug kernel_prepare_debug ;;
	*)	locked "kernel-$name" kernel_prepare_stock "$name" ;;
	esac || die "the kernel '$name' could not be prepared"

	KERNEL_DIR=$RIG_CACHE/kernels/$(cat "$RIG_CACHE/kernels/$name.current")
	KERNEL_RELEASE=$(cat "$KERNEL_DIR/release")
	KERNEL_IMAGE=$KERNEL_DIR/vmlinuz
	KERNEL_MODULES=$KERNEL_DIR/modules
	case $name in
	debug)	KERNEL_KDIR=$KERNEL_DIR/build ;;
	*)	KERNEL_KDIR=/lib/modules/$KERNEL_RELEASE/build ;;
	esac
}

# The headers of a stock kernel; only building modules needs them.
kernel_need_headers() {
	[ -e "$KERNEL_KDIR/Makefile" ] && return
	say "installing linux-headers-$KERNEL_RELEASE"
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q "linux-headers-$KERNEL_RELEASE" >&2 ||
		die "no headers for $KERNEL_RELEASE"
}

# --- stock ------------------------------------------------------------------

kernel_prepare_stock() {
	local name=$1 current=$RIG_CACHE/kernels/$1.current package dir

	# apt is slow to ask: only after its lists have changed.
	if [ -e "$current" ] && [ ! /var/lib/apt/lists -nt "$current" ] &&
	   [ -e "$RIG_CACHE/kernels/$(cat "$current")/release" ]; then
		return
	fi

	# The meta package depends on one image, with its exact version.
	package=$(apt-cache show --no-all-versions "$(kernel_meta_package "$name")" |
		  sed -n 's/^Depends: \(linux-image-[^ ,]*\) (= \([^)]*\)).*/\1=\2/p')
	if [ -z "$package" ]; then
		say "apt knows no $(kernel_meta_package "$name"): is its list up to date?"
		return 1
	fi

	dir=$RIG_CACHE/kernels/$name-${package#*=}
	if [ ! -e "$dir/release" ]; then
		kernel_fetch_stock "$package" "$dir" || return
	fi
	basename "$dir" >"$current"
}

kernel_fetch_stock() {
	local package=$1 dir=$2 release=${1%%=*}

	release=${release#linux-image-}
	say "fetching $package"
	rm -rf "$dir"
	mkdir -p "$dir/download" "$dir/modules"
	(cd "$dir/download" &&
	 quietly "$dir/fetch.log" apt-get download "$package" &&
	 dpkg-deb -x ./*.deb ../modules) || return
	mv "$dir/modules/boot/vmlinuz-$release" "$dir/vmlinuz" || return
	rm -rf "$dir/download" "$dir/modules/boot" "$dir/modules/usr"
	depmod -b "$dir/modules" "$release" || return
	echo "$release" >"$dir/release"
}

# --- debug ------------------------------------------------------------------

# Everything that decides what the built kernel is.
kernel_debug_recipe() {
	dpkg-query -W "$DEBUG_SOURCE" gcc binutils &&
	cat "$RIG_DIR/debug.config"
}

kernel_prepare_debug() {
	local recipe dir=$RIG_CACHE/kernels/debug

	recipe=$(kernel_debug_recipe | sha256sum) || return
	if [ "$recipe" != "$(cat "$dir/recipe" 2>/dev/null)" ]; then
		say "building the debug kernel (about six minutes on two cores)"
		rm -f "$dir/recipe"
		kernel_unpack_source && kernel_build_debug "$dir" || return
		echo "$recipe" >"$dir/recipe"
	fi
	echo debug >"$RIG_CACHE/kernels/debug.current"
}

kernel_unpack_source() {
	local version

	version=$(dpkg-query -W -f '${Version}' "$DEBUG_SOURCE") || return
	KERNEL_SOURCE=$RIG_CACHE/source/$DEBUG_SOURCE-$version
	[ -e "$KERNEL_SOURCE/Makefile" ] && return
	rm -rf "$RIG_CACHE/source/unpack"
	mkdir -p "$RIG_CACHE/source/unpack"
	tar -C "$RIG_CACHE/source/unpack" -xf "/usr/src/$DEBUG_SOURCE.tar.xz" &&
	mv "$RIG_CACHE/source/unpack/$DEBUG_SOURCE" "$KERNEL_SOURCE"
}

kernel_build_debug() {
	local dir=$1 build=$1/build jobs

	jobs=$(nproc)
	mkdir -p "$build"
	quietly "$dir/build.log" kernel_make_debug "$build" "$jobs" || return
	kernel_check_config "$build/.config" || return

	rm -rf "$dir/modules"
	quietly "$dir/install.log" \
		make -C "$build" INSTALL_MOD_PATH="$dir/modules" modules_install || return
	cp "$build/arch/x86/boot/bzImage" "$dir/vmlinuz"
	cp "$build/include/config/kernel.release" "$dir/release"
}

kernel_make_debug() {
	local build=$1 jobs=$2

	make -C "$KERNEL_SOURCE" O="$build" \
		KCONFIG_ALLCONFIG="$RIG_DIR/debug.config" allnoconfig &&
	make -C "$build" -j"$jobs" bzImage modules
}

# A line of the fragment that Kconfig dropped silently would be a check that
# silently does not happen.
kernel_check_config() {
	local config=$1 line lost=0

	while read -r line; do
		case $line in
		CONFIG_*=n) ! grep -q "^${line%=n}=" "$config" ;;
		CONFIG_*)   grep -qxF "$line" "$config" ;;
		*)	    continue ;;
		esac && continue
		say "debug.config: '$line' did not take"
		lost=1
	done <"$RIG_DIR/debug.config"
	return $lost
}

# --- the command ------------------------------------------------------------

kernel_main() {
	local name

	for name in "${@:-stock}"; do
		kernel_check_name "$name"
		kernel_prepare "$name"
		printf '%s\t%s\t%s\t%s\n' "$name" "$KERNEL_RELEASE" "$KERNEL_IMAGE" \
			"$KERNEL_KDIR"
	done
}

kernel_check_name() {
	[ "$1" = debug ] || kernel_meta_package "$1" >/dev/null ||
		usage_error "no such kernel: '$1'"
}
