# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# hull's module.  It is built in a copy of the sources in the cache, one for each
# tree and kernel, and another with the KUnit suites (HULL_KUNIT=y in the
# environment): the tree stays clean, and they share no objects.

module_have_source() { [ -e "$RIG_TREE/Kbuild" ]; }

# Builds for the prepared kernel and sets MODULE_DIR and MODULE_DEPENDS.
module_prepare() {
	local tree

	module_have_source || die "there is no module to build in $RIG_TREE"
	kernel_need_headers
	tree=$(printf '%s' "$RIG_TREE" | sha256sum | cut -c1-12)
	MODULE_DIR=$RIG_CACHE/modules/$tree/$KERNEL_RELEASE${HULL_KUNIT:+-kunit}
	mkdir -p "$MODULE_DIR"
	locked "modules-$tree-${MODULE_DIR##*/}" module_build ||
		die "hull did not build for $KERNEL_RELEASE"
	MODULE_DEPENDS=$(module_depends)
}

# Compared by content, and new times for what changed: make sees any change,
# also one back to an older version.
module_build() {
	local key

	rsync -rlc --delete --prune-empty-dirs --exclude /tools --exclude /build \
		--exclude '*.mod.c' \
		--include '*/' --include '*.[chS]' --include 'Kbuild*' \
		--include Makefile --exclude '*' "$RIG_TREE/" "$MODULE_DIR/" || return

	# The kernel's own build has no notion of its compiler flags changing.
	key=$(sha256sum "$KERNEL_KDIR/.config" "$KERNEL_KDIR/Module.symvers")
	if [ "$key" != "$(cat "$MODULE_DIR/.kernel" 2>/dev/null)" ]; then
		make -s -C "$KERNEL_KDIR" M="$MODULE_DIR" clean >/dev/null 2>&1
		echo "$key" >"$MODULE_DIR/.kernel"
	fi
	quietly "$MODULE_DIR/build.log" \
		make -C "$KERNEL_KDIR" M="$MODULE_DIR" -j"$(nproc)" modules
}

# What must be loaded before, without hull's own modules.
module_depends() {
	modinfo -F depends "$MODULE_DIR"/*.ko | tr ',' '\n' |
		grep -v '^hull' | sort -u | tr '\n' ' '
}

module_main() {
	local name

	for name in "${@:-stock}"; do
		kernel_check_name "$name"
		kernel_prepare "$name"
		module_prepare
		echo "$MODULE_DIR"
	done
}
