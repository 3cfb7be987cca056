# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The root of a machine that cannot see the host's files: busybox, COMMAND, what
# --add names, and the libraries and interpreters these need.  Every file keeps
# its path.

ROOT_DIR=

# Debian's merged /usr, device and mount directories, and a small /etc.
root_skeleton() {
	local dir

	mkdir -p "$ROOT_DIR"/{dev,proc,sys,run,root,usr/{bin,sbin,lib,lib64},var/tmp,etc}
	mkdir "$ROOT_DIR/tmp"
	chmod 1777 "$ROOT_DIR/tmp"
	for dir in bin sbin lib lib64; do
		ln -s "usr/$dir" "$ROOT_DIR/$dir"
	done
	mkdir -p "$ROOT_DIR/usr/lib/modules" "$ROOT_DIR$PWD"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$ROOT_DIR/etc/passwd"
	echo 'root:x:0:' >"$ROOT_DIR/etc/group"
	echo '127.0.0.1 localhost' >"$ROOT_DIR/etc/hosts"
	[ -e /etc/ld.so.cache ] && cp /etc/ld.so.cache "$ROOT_DIR/etc/"
}

# Under the names that nothing better took.
root_busybox() {
	local busybox=$ROOT_DIR/usr/bin/busybox name

	cp "$(command -v busybox)" "$busybox"
	for name in $("$busybox" --list); do
		[ -e "$ROOT_DIR/usr/bin/$name" ] || [ -e "$ROOT_DIR/usr/sbin/$name" ] ||
			ln -s busybox "$ROOT_DIR/usr/bin/$name"
	done
}

# root_add PATH - a file or a directory, with what it needs
root_add() {
	local path real file

	path=$(realpath -s "$1")
	real=$(realpath -e "$1") || return
	[ -e "$ROOT_DIR$real" ] && [ ! -d "$real" ] && [ -e "$ROOT_DIR$path" ] && return
	if [ -d "$real" ]; then
		mkdir -p "$ROOT_DIR$real"
		cp -a "$real/." "$ROOT_DIR$real/" || return
	else
		mkdir -p "$ROOT_DIR${real%/*}"
		cp "$real" "$ROOT_DIR$real" || return
	fi
	if [ ! -e "$ROOT_DIR$path" ]; then
		mkdir -p "$ROOT_DIR${path%/*}"
		ln -s "$real" "$ROOT_DIR$path"
	fi
	while IFS= read -r -d '' file; do
		root_add_needs "$file"
	done < <(find "$real" -type f -perm /111 -print0)
}

# The interpreter of a script, the libraries of a program.
root_add_needs() {
	local file=$1 magic need

	IFS= read -r -n 4 magic <"$file" 2>/dev/null
	case $magic in
	'#!'*)
		need=$(sed -n '1s/^#! *\([^ ]*\).*/\1/p' "$file" | tr -d '\0')
		[ -e "$need" ] && root_add "$need"
		;;
	$'\x7fELF')
		for need in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*'); do
			[ -e "$need" ] && root_add "$need"
		done
		;;
	esac
}

# The program and whatever of its arguments is a file.
root_add_command() {
	local word

	word=$(type -P "${RUN_COMMAND[0]}") && root_add "$word"
	for word in "${RUN_COMMAND[@]:1}"; do
		[[ $word == */* && -f $word ]] && root_add "$word"
	done
	return 0
}

# root_image FILE - an ISO 9660 image with Rock Ridge names
root_image() {
	local path

	ROOT_DIR=$RUN_DIR/root
	root_skeleton
	for path in "${RUN_ADD[@]}"; do
		root_add "$path" || die "could not take '$path' along"
	done
	root_add_command
	root_busybox
	xorriso -as mkisofs -quiet -R -o "$1" "$ROOT_DIR" 2>"$RUN_DIR/xorriso.log" ||
		die "no root image: $(tail -n 3 "$RUN_DIR/xorriso.log")"
	rm -rf "$ROOT_DIR"
}
