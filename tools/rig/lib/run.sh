# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# One run: options, preparation, the machine, and what its end means.

run_defaults() {
	RUN_MACHINE=svm RUN_KERNEL=stock RUN_DRIVER=hull RUN_NODE='' RUN_PARAMS=''
	RUN_WITH_KVM='' RUN_UNLOADED='' RUN_CPUS='' RUN_MEM='' RUN_CPU_MODEL=''
	RUN_COUNT='' RUN_APPEND='' RUN_TIMEOUT='' RUN_LOG='' RUN_TTY=''
	RUN_MODULES='' RUN_DEPENDS='' RUN_KERNEL_MODULES='' RUN_DEVICE=''
	RUN_KMEMLEAK=on RUN_ADD=() RUN_ENV=() RUN_COMMAND=()
}

run_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		--with-kvm)	RUN_WITH_KVM=y; shift; continue ;;
		--unloaded)	RUN_UNLOADED=y; shift; continue ;;
		--count)	RUN_COUNT=y; shift; continue ;;
		--)		shift; RUN_COMMAND=("$@"); return ;;
		--*)		[ $# -ge 2 ] || usage_error "$1 needs a value" ;;
		*)		usage_error "'--' must stand before COMMAND" ;;
		esac
		case $1 in
		--machine)	RUN_MACHINE=$2 ;;
		--kernel)	RUN_KERNEL=$2 ;;
		--driver)	RUN_DRIVER=$2 ;;
		--node)		RUN_NODE=$2 ;;
		--param)	RUN_PARAMS+=" $2" ;;
		--cpus)		RUN_CPUS=$2 ;;
		--mem)		RUN_MEM=$2 ;;
		--cpu)		RUN_CPU_MODEL=$2 ;;
		--append)	RUN_APPEND+=" $2" ;;
		--env)		RUN_ENV+=("$2") ;;
		--add)		RUN_ADD+=("$2") ;;
		--timeout)	RUN_TIMEOUT=$2 ;;
		--log)		RUN_LOG=$2 ;;
		*)		usage_error "no such option: $1" ;;
		esac
		shift 2
	done
}

number() {
	case $2 in
	*[!0-9]*|0*)	usage_error "$1 must be a number above 0" ;;
	esac
}

run_check_options() {
	local path

	case $RUN_MACHINE in
	svm|svm-bochs|vmx) ;;
	*) usage_error "no such machine: '$RUN_MACHINE'" ;;
	esac
	case $RUN_DRIVER in
	hull|kvm|none) ;;
	*) usage_error "no such driver: '$RUN_DRIVER'" ;;
	esac
	case $RUN_NODE in
	''|hull|kvm) ;;
	*) usage_error "no such node: '$RUN_NODE'" ;;
	esac
	kernel_check_name "$RUN_KERNEL"
	number --cpus "$RUN_CPUS"
	number --mem "$RUN_MEM"
	number --timeout "$RUN_TIMEOUT"
	for path in "${RUN_ADD[@]}"; do
		[ -e "$path" ] || usage_error "--add: there is no '$path'"
	done
	[ -z "$RUN_COUNT" ] || [ "$RUN_MACHINE" = svm ] ||
		usage_error "--count: Bochs always counts instructions"
	[ ${#RUN_COMMAND[@]} -gt 0 ] || usage_error "there is no COMMAND"
}

run_prepare() {
	kernel_prepare "$RUN_KERNEL"
	image_base
	if [ "$RUN_DRIVER" = hull ] || [ -n "$RUN_UNLOADED" ]; then
		module_prepare
		RUN_MODULES=$MODULE_DIR RUN_DEPENDS=$MODULE_DEPENDS
	fi
	case $RUN_DRIVER/$RUN_NODE in
	hull/kvm|kvm/*)	RUN_DEVICE=/dev/kvm ;;
	*)		RUN_DEVICE=/dev/hull ;;
	esac
	[ -n "$RUN_UNLOADED" ] && RUN_DRIVER=none

	mkdir -p "$RIG_CACHE/run"
	RUN_DIR=$(mktemp -d "$RIG_CACHE/run/XXXXXX") || die "no room for the run"
	trap run_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP

	"${RUN_EMULATOR}_setup"
	[ -n "$RUN_MODULES" ] || RUN_KMEMLEAK=off
	RUN_APPEND="$(run_append) $RUN_APPEND"
	image_initrd || die "the initramfs could not be made"
}

# Little on the console until guest/init turns it up, and any end is an end.
run_append() {
	echo console=ttyS0,115200 loglevel=5 printk.devkmsg=on oops=panic panic=-1 \
		"kmemleak=$RUN_KMEMLEAK"
}

run_cleanup() {
	local job

	for job in $(jobs -p); do
		kill "$job" 2>/dev/null
	done
	wait
	if [ -n "$RUN_LOG" ] && [ -e "$RUN_DIR/kernel.log" ]; then
		cp "$RUN_DIR/kernel.log" "$RUN_LOG"
	fi
	rm -rf "$RUN_DIR"
}

# machine_run EMULATOR [ARG]... - with COMMAND's output on ours, under the
# time-out.  The status is timeout's; the machine's end is read from its log.
machine_run() {
	local ret=0 readers=() port

	for port in out err; do
		rm -f "$RUN_DIR/$port"
		mkfifo "$RUN_DIR/$port"
	done
	: >"$RUN_DIR/kernel.log"
	# Open both ways at first, so that neither side's open blocks for ever.
	exec {keep_out}<>"$RUN_DIR/out" {keep_err}<>"$RUN_DIR/err"
	cat <"$RUN_DIR/out" {keep_out}>&- {keep_err}>&- &
	readers+=($!)
	cat <"$RUN_DIR/err" >&2 {keep_out}>&- {keep_err}>&- &
	readers+=($!)

	if [ -n "$RUN_TTY" ]; then
		timeout --foreground -k 5 "$RUN_TIMEOUT" "$@" \
			2>"$RUN_DIR/machine.log" {keep_out}>&- {keep_err}>&-
		ret=$?
	else
		timeout --foreground -k 5 "$RUN_TIMEOUT" "$@" \
			</dev/null >"$RUN_DIR/machine.log" 2>&1 \
			{keep_out}>&- {keep_err}>&- &
		wait $! || ret=$?
	fi
	exec {keep_out}>&- {keep_err}>&-
	wait "${readers[@]}"
	return $ret
}

# What the end of the machine means, as the exit status.
run_verdict() {
	local ret=$1 status

	status=$(report_status "$RUN_DIR/kernel.log")
	if report_print "$RUN_DIR/kernel.log"; then
		[ "$ret" = "$RIG_TIMEOUT" ] && return "$RIG_TIMEOUT"
		# QEMU with several CPUs loses races with a kernel that patches its own
		# code (static keys), in-tree KVM's use of them included.
		if [ "$RUN_EMULATOR" = qemu ] && [ "$RUN_CPUS" -gt 1 ] &&
			grep -aq 'Oops: int3' "$RUN_DIR/kernel.log"; then
			say "the emulator ran code that was being patched"
			return "$RIG_BROKEN"
		fi
		return "$RIG_FAILED"
	fi
	if [ -z "$status" ] && [ "$ret" = "$RIG_TIMEOUT" ]; then
		say "time-out after $RUN_TIMEOUT s; the kernel log ends:"
		tail -n 8 "$RUN_DIR/kernel.log" >&2
		return "$RIG_TIMEOUT"
	fi
	case $status in
	[0-9]*)	return "$status" ;;
	no-driver)
		grep -a 'rig: the driver' "$RUN_DIR/kernel.log" >&2
		grep -aE ' (hull|kvm)[^ ]*: ' "$RUN_DIR/kernel.log" | tail -n 8 >&2
		return "$RIG_FAILED"
		;;
	esac
	say "the machine failed (status $ret); its last words:"
	tail -n 8 "$RUN_DIR/machine.log" >&2
	tail -n 15 "$RUN_DIR/kernel.log" >&2
	return "$RIG_BROKEN"
}

run_machine() {
	local ret=0

	case $RUN_MACHINE in
	svm)	RUN_EMULATOR=qemu ;;
	*)	RUN_EMULATOR=bochs ;;
	esac
	run_prepare
	"${RUN_EMULATOR}_start" || ret=$?
	if [ $ret -ge 128 ] && "${RUN_EMULATOR}_may_retry"; then
		say "the emulator crashed on its own; trying once more"
		ret=0
		"${RUN_EMULATOR}_start" || ret=$?
	fi
	run_verdict $ret
}

run_main() {
	run_defaults
	run_options "$@"
	run_check_options
	run_machine
}

# On the debug kernel, with the suites built into hull.ko; they run while it
# loads, and the script prints their results as KTAP.
run_kunit() {
	run_defaults
	RUN_KERNEL=debug
	run_options "$@"
	RUN_UNLOADED=y RUN_DRIVER=none RUN_APPEND+=" kunit.enable=1"
	export HULL_KUNIT=y
	RUN_COMMAND=(/bin/sh "$RIG_DIR/guest/kunit")
	run_check_options
	run_machine
}
