# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A kernel image that needs no decompression (boot/direct.S says why): the
# set-up part of the original bzImage, direct.S, and the kernel as it lies in
# memory.  The numbers are offsets in the set-up header of the Linux/x86 boot
# protocol, Documentation/arch/x86/boot.rst in the kernel's source.

readonly HDR_SETUP_SECTS=0x1f1 HDR_SYSSIZE=0x1f4 HDR_RELOCATABLE=0x234
readonly HDR_PAYLOAD_OFFSET=0x248 HDR_PAYLOAD_LENGTH=0x24c HDR_PREF_ADDRESS=0x258
readonly ELF_ENTRY=0x18

# header FILE OFFSET BYTES - a number from the header
header() { od -An -v -t "u$3" -j "$(($2))" -N "$3" "$1" | tr -d ' '; }

# little_endian NUMBER - four bytes
little_endian() {
	local n=$1

	# shellcheck disable=SC2059
	printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $((n & 255)) $((n >> 8 & 255)) \
		$((n >> 16 & 255)) $((n >> 24 & 255)))"
}

# The decompressors stop at the end of the stream and complain of what follows
# it: the kernel's own size, which is not part of it.
direct_decompress() {
	case $(head -c 4 "$1" | od -An -tx1 | tr -d ' \n') in
	fd377a58)	xz -dc --single-stream "$1" ;;
	1f8b*)		gzip -dc "$1" ;;
	28b52ffd)	zstd -dc "$1" ;;
	*)		say "the kernel is compressed in an unknown way"; return 1 ;;
	esac 2>/dev/null
}

# direct_image - sets DIRECT_IMAGE for the prepared kernel
direct_image() {
	local key

	key=$(cat "$KERNEL_IMAGE" "$RIG_DIR/boot/direct.S" "$RIG_DIR/lib/direct.sh" |
		sha256sum | cut -c1-16)
	DIRECT_IMAGE=$KERNEL_DIR/direct-$key
	locked "direct-${KERNEL_DIR##*/}" direct_build ||
		die "the kernel could not be unpacked"
}

direct_build() {
	local dir=$KERNEL_DIR/direct setup

	[ -e "$DIRECT_IMAGE" ] && return
	rm -rf "$KERNEL_DIR"/direct*
	mkdir -p "$dir"
	setup=$((($(header "$KERNEL_IMAGE" $HDR_SETUP_SECTS 1) + 1) * 512))
	direct_kernel "$dir" "$setup" &&
	direct_stub "$dir" &&
	direct_join "$dir" "$setup" &&
	mv "$dir/image" "$DIRECT_IMAGE" &&
	rm -rf "$dir"
}

# DIR/kernel: the kernel as it lies in memory, whole 16-byte units
direct_kernel() {
	local dir=$1 setup=$2 start size

	start=$((setup + $(header "$KERNEL_IMAGE" $HDR_PAYLOAD_OFFSET 4)))
	size=$(header "$KERNEL_IMAGE" $HDR_PAYLOAD_LENGTH 4)
	tail -c "+$((start + 1))" "$KERNEL_IMAGE" | head -c "$size" >"$dir/payload"
	direct_decompress "$dir/payload" >"$dir/vmlinux"
	objcopy -O binary "$dir/vmlinux" "$dir/kernel" || return
	truncate -s %16 "$dir/kernel"
}

direct_stub() {
	local dir=$1 size

	size=$(stat -c %s "$dir/kernel")
	gcc -c -o "$dir/stub.o" "$RIG_DIR/boot/direct.S" \
		-Wa,--defsym,KERNEL_SIZE=$((size / 4)) \
		-Wa,--defsym,KERNEL_ADDRESS="$(header "$KERNEL_IMAGE" $HDR_PREF_ADDRESS 4)" \
		-Wa,--defsym,KERNEL_ENTRY="$(header "$dir/vmlinux" $ELF_ENTRY 4)" &&
	ld -Ttext=0x100000 -o "$dir/stub.elf" "$dir/stub.o" &&
	objcopy -O binary -j .text "$dir/stub.elf" "$dir/stub"
}

# patch FILE OFFSET - standard input over what is there
patch() { dd of="$1" bs=1 seek=$(($2)) conv=notrunc status=none; }

direct_join() {
	local dir=$1 setup=$2 size

	head -c "$setup" "$KERNEL_IMAGE" >"$dir/image"
	cat "$dir/stub" "$dir/kernel" >>"$dir/image"
	size=$(($(stat -c %s "$dir/image") - setup))
	little_endian $((size / 16)) | patch "$dir/image" $HDR_SYSSIZE
	printf '\0' | patch "$dir/image" $HDR_RELOCATABLE
}
