# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The steps of make check: what there is, and how long it may take.  TREE, OUT
# and RIG are set by tools/check/run.

# Once, before everything: packages, kernels, the guest, a disk for it.
set_up() {
	local mode=$1

	"$TREE/tools/packages" demo check &&
	"$RIG" deps &&
	set_up_checkpatch &&
	if [ "$mode" = quick ]; then
		"$RIG" kernel stock stock-6.12
	else
		"$RIG" kernel stock stock-6.12 debug
	fi &&
	make -s -C "$TREE/tools/userspace-test" &&
	make -s -C "$TREE/tools/userspace-test" STATIC=1 BUILD="$OUT/userspace-test" &&
	set_up_guest
}

set_up_checkpatch() {
	local source=/usr/src/linux-source-6.12.tar.xz dir=$OUT/checkpatch

	[ "$dir/checkpatch.pl" -nt "$source" ] && return
	mkdir -p "$dir"
	tar -xf "$source" -C "$dir" -m --strip-components=2 \
		linux-source-6.12/scripts/checkpatch.pl \
		linux-source-6.12/scripts/const_structs.checkpatch \
		linux-source-6.12/scripts/spelling.txt
}

set_up_guest() {
	local kernel disk=$OUT/disk.img

	kernel=$("$RIG" kernel stock | cut -f 3) || return
	echo "$kernel" >"$OUT/guest-kernel"
	"$TREE/tools/demo/mkguest" "$kernel" "$OUT/guest.gz" || return
	if [ ! -e "$OUT/disk.md5" ]; then
		head -c 64M /dev/urandom >"$disk" &&
		md5sum <"$disk" | cut -c 1-32 >"$OUT/disk.md5"
	fi
	"$TREE/tools/check/smp-qemu" "$OUT/qemu"
}

# userspace-test on a machine that has the host's root: all programs.
userspace() {
	"$RIG" run "$@" -- "$TREE/build/userspace-test/run" -v
}

# Bochs is slow and its time emulated: fewer rounds of what is repeated.
short() {
	HULL_TEST_SHORT=${HULL_TEST_SHORT:-1} HULL_TEST_ROUNDS=5 HULL_TEST_KICKS=100 \
		HULL_TEST_SCALE=4 "$@"
}

# userspace_bochs MACHINE KERNEL PROGRAM... - some of them, linked statically, on a
# machine with a root of its own; LIMIT in seconds where the usual one is too short.
userspace_bochs() {
	local machine=$1 kernel=$2 limit=${LIMIT:-1100}
	local -x HULL_TEST_KERNEL
	shift 2
	HULL_TEST_KERNEL=$(cat "$OUT/guest-kernel")
	if [ "$kernel" = debug ]; then
		local -x HULL_TEST_SHORT=${HULL_TEST_SHORT:-2}
		limit=${LIMIT:-1700}
	else
		local -x HULL_TEST_POSITIONS=200
	fi
	short "$RIG" run --machine "$machine" --kernel "$kernel" \
		--timeout "$limit" --add "$OUT/userspace-test" \
		--add "$HULL_TEST_KERNEL" -- "$OUT/userspace-test/run" "$@"
}

# features_bochs MACHINE PROGRAM... - with each optional feature of the CPU off.
features_bochs() {
	local machine=$1
	shift
	short "$RIG" run --machine "$machine" --kernel stock-6.12 --unloaded \
		--timeout 1700 --add "$OUT/userspace-test" -- \
		"$TREE/tools/check/features" "$OUT/userspace-test" "$@"
}

features_svm() {
	short "$RIG" run --machine svm --kernel stock-6.12 --unloaded --timeout 380 -- \
		"$TREE/tools/check/features" "$TREE/build/userspace-test" "$@"
}

# On a host whose kernel does without XSAVE, and with it all that it is the base of.
no_xsave_svm() {
	userspace --machine svm --kernel stock-6.12 --append clearcpuid=xsave --timeout 280
}

no_xsave_vmx() {
	short "$RIG" run --machine vmx --kernel stock-6.12 --append clearcpuid=xsave \
		--timeout 560 --add "$OUT/userspace-test" -- "$OUT/userspace-test/run" "$@"
}

# With two CPUs, what needs them: QEMU is not to be trusted with more.
userspace_smp() {
	"$RIG" run --machine svm --kernel stock-6.12 --cpus 2 --timeout 250 -- \
		"$TREE/build/userspace-test/run" -v "$@"
}

userspace_vmx_smp() {
	short "$RIG" run --machine vmx --kernel stock-6.12 --cpus 2 --timeout 1100 \
		--add "$OUT/userspace-test" -- "$OUT/userspace-test/run" "$@"
}

# processors MACHINE KERNEL LIMIT [CPUS [TEST]...]
# Processors that come, go and sleep.  The file system of the host does not
# survive a suspend: the program is in memory by then.
processors() {
	local machine=$1 kernel=$2 limit=$3 cpus=${4:-2} scale=${HULL_TEST_SCALE:-1}

	[ "$kernel" = debug ] && scale=4
	HULL_TEST_SUSPEND=1 HULL_TEST_SCALE=$scale "$RIG" run --machine "$machine" \
		--kernel "$kernel" --cpus "$cpus" --timeout "$limit" \
		--add "$OUT/userspace-test/processors" -- /bin/sh -c \
		"cp $OUT/userspace-test/processors /run/ && exec /run/processors ${*:5}"
}

# crash MACHINE KERNEL [END]... - the host restarts, panics or starts another
# kernel while VMs run on it.
crash() {
	"$TREE/tools/check/crash" "$1" "$2" "$OUT/userspace-test" "${@:3}"
}

# Under the debug kernel all is several times as slow.
userspace_debug() {
	HULL_TEST_SHORT=1 HULL_TEST_SCALE=4 userspace "$@"
}

# rig_with_guest OPTION... - rig run with the files of Debian's guest and of Debian's
# QEMU, for machines with a root of their own; there a disk is not among them.
rig_with_guest() {
	local file add=()

	for file in /usr/bin/qemu-system-x86_64 /usr/share/seabios/bios-256k.bin \
		/usr/share/qemu/{linuxboot_dma,kvmvapic}.bin "$TREE"/tools/{demo/boot,check/boots} \
		"$OUT"/guest{-kernel,.gz} "$(cat "$OUT/guest-kernel")"; do
		add+=(--add "$file")
	done
	"$RIG" run "${add[@]}" "$@"
}

# boots MACHINE KERNEL LIMIT CASE...
boots() {
	local machine=$1 kernel=$2 limit=$3 scale=1
	shift 3
	[ "$kernel" = debug ] && scale=4
	HULL_TEST_SCALE=$scale rig_with_guest --machine "$machine" --kernel "$kernel" \
		--node kvm --timeout "$limit" -- "$TREE/tools/check/boots" "$OUT" "$@"
}

# The same on in-tree KVM: the limit is fair.  Without an in-kernel interrupt
# controller QEMU asks it for an MSR that it does not have then.
boots_kvm() {
	HULL_TEST_CPU=host,kvm-asyncpf-int=off rig_with_guest --machine "$1" \
		--kernel "$2" --driver kvm --timeout "$3" -- "$TREE/tools/check/boots" \
		"$OUT" "${@:4}"
}

# boots_features MACHINE KERNEL LIMIT [-FEATURE]... - with each optional feature off.
boots_features() {
	local machine=$1 kernel=$2 limit=$3
	shift 3
	rig_with_guest --machine "$machine" --kernel "$kernel" --unloaded \
		--timeout "$limit" -- "$TREE/tools/check/features" "$TREE/tools/check" \
		"$@" device=kvm "boots $OUT pc-seabios-1"
}

# A guest of in-tree KVM and one of hull, where the kernel lets them share.
coexist() {
	HULL_TEST_SECONDS=60 "$RIG" run --machine svm --kernel "$1" --with-kvm \
		--timeout 250 -- "$TREE/build/userspace-test/coexist"
}

# coexist_vmx KERNEL LIMIT [CPUS]
coexist_vmx() {
	HULL_TEST_SECONDS=20 short "$RIG" run --machine vmx --kernel "$1" --cpus "${3:-1}" \
		--with-kvm --timeout "$2" --add "$OUT/userspace-test" -- \
		"$OUT/userspace-test/coexist"
}

# long_counts [OPTION]... PROGRAM - a million kicks, 100,000 moves between CPUs.
long_counts() {
	local program=${*: -1}

	HULL_TEST_KICKS=1000000 HULL_TEST_MIGRATIONS=100000 HULL_TEST_SCALE=100 "$RIG" run \
		--machine svm --kernel stock-6.12 --timeout 3500 "${@:1:$#-1}" -- \
		"$TREE/build/userspace-test/run" -v "$program"
}

# sweep OPTION... - KVM_RUN preempted every few instructions, counted by QEMU.
sweep() {
	HULL_TEST_SCALE=20 HULL_TEST_POSITIONS=${POSITIONS:-1000} "$RIG" run "$@" -- \
		"$TREE/build/userspace-test/run" -v host_sweep
}

# sweep_vmx POSITIONS LIMIT
sweep_vmx() {
	HULL_TEST_POSITIONS=$1 short "$RIG" run --machine vmx --kernel stock-6.12 \
		--timeout "$2" --add "$OUT/userspace-test" -- "$OUT/userspace-test/host_sweep"
}

# At every one.
sweep_long() {
	POSITIONS=10000 sweep --machine svm --kernel stock-6.12 --count --timeout 2300 "$@"
}

# What no other step needs: the shared library, the benchmark.
build_tools() {
	local -x CFLAGS="-O2 -g -Werror"

	make -C "$TREE/tools/libhull" BUILD="$OUT/tools/libhull" &&
	make -C "$TREE/tools/bench" BUILD="$OUT/tools/bench"
}

fuzz() { make -C "$TREE/tools/emul-fuzz" check; }

declare_static_steps() {
	local kernel

	step style 300 "$TREE/tools/check/style"
	for kernel; do
		step "build-$kernel" 600 "$TREE/tools/check/build" "$kernel"
		step "sparse-$kernel" 600 "$TREE/tools/check/build" --sparse "$kernel"
	done
	step tools 300 build_tools
	step emul-fuzz 600 fuzz
}

declare_quick_steps() {
	declare_static_steps stock
	barrier
	step userspace-svm-stock 200 userspace --machine svm --kernel stock --timeout 180
	step userspace-vmx 300 userspace_bochs vmx stock-6.12 regs pio mmio exceptions events
	step boot-stock 120 boots svm stock 110 pc-seabios-1
}

# Every machine, firmware and number of vCPUs.
all_boots=({pc,q35}-{seabios,ovmf}-{1,2}-vectors)

# What takes long because there is much of it.
declare_long_steps() {
	local kernel machine

	step emul-fuzz-long 3600 make -C "$TREE/tools/emul-fuzz" check-long
	step kicks 3600 long_counts vcpu_run
	step sweep-svm-long 2400 sweep_long --cpus 2
	step sweep-vmx-long 3600 sweep_vmx 10000 3500
	step migrations 3600 long_counts --cpus 2 state
	for kernel in stock stock-6.12 debug; do
		step "boots-$kernel" 7200 boots svm "$kernel" 7100 "${all_boots[@]}"
	done
	for machine in svm svm-bochs vmx; do
		step "boots-features-$machine" 7200 boots_features "$machine" stock-6.12 7100
	done
	step coexist-vmx-smp 3600 coexist_vmx stock-6.12 3500 2
	step boot-vmx-kvm 900 boots_kvm vmx stock 840 pc-seabios-1
	step userspace-vmx-long 3600 HULL_TEST_SHORT=0 LIMIT=3500 userspace_bochs vmx \
		stock-6.12 memory stress owner_live
	step userspace-vmx-debug-long 3600 HULL_TEST_SHORT=0 LIMIT=3500 userspace_bochs vmx \
		debug stress owner_live
	step processors-vmx-debug 3600 short processors vmx debug 3500
	step crash-vmx-all 3600 crash vmx stock-6.12
	step crash-vmx-stock-all 3600 crash vmx stock
}

# host_system first: it sees the host's registers as the first guest does.
bochs_programs=(host_system start system regs pio mmio msr tsc cpuid fpu cr0 cr8 host_state
	host_sweep exceptions events debug input modes state vm boot vcpu_run memory dirty owner
	owner_live stress trace loading)

declare_full_steps() {
	declare_static_steps stock stock-6.12 debug
	step dkms 300 "$TREE/tools/check/dkms"
	barrier
	# Longest first.
	step userspace-svm-debug 1500 userspace_debug --machine svm --kernel debug \
		--timeout 1400
	step boot-debug 1800 boots svm debug 1700 pc-seabios-1 q35-seabios-2-vectors \
		pc-ovmf-2-vectors
	step features-vmx 1800 features_bochs vmx start modes exceptions regs cr8 pio mmio \
		msr events tsc cpuid debug fpu cr0 state memory dirty owner vcpu_run \
		host_state
	step userspace-vmx-debug 1800 userspace_bochs vmx debug "${bochs_programs[@]}" \
		fail_nth fail_nth_vcpu
	step userspace-vmx 1200 HULL_TEST_VMS=500 userspace_bochs vmx stock-6.12 \
		"${bochs_programs[@]}"
	step userspace-vmx-stock 1200 userspace_bochs vmx stock "${bochs_programs[@]}"
	step boot-vmx-debug 1200 boots vmx debug 1140 pc-seabios-1
	step boot-vmx 900 boots vmx stock 840 pc-seabios-1
	step boot-vmx-stock-6.12 900 boots vmx stock-6.12 840 q35-seabios-1-vectors
	step boot-vmx-all-off 900 boots_features vmx stock-6.12 840 -all
	step boot-svm-all-off 300 boots_features svm stock-6.12 280 -all
	step userspace-svm-bochs 1200 userspace_bochs svm-bochs stock-6.12 "${bochs_programs[@]}"
	step features-svm-bochs 1800 features_bochs svm-bochs start modes exceptions \
		regs cr8 pio mmio msr events tsc cpuid debug fpu cr0 state memory dirty \
		owner vcpu_run host_state
	step refused 600 "$TREE/tools/check/refused"
	step features-svm 400 features_svm regs cr8 pio mmio msr exceptions events start modes
	step rig 900 "$TREE/tools/rig/selftest.sh" svm/stock-6.12 svm-bochs/stock-6.12 \
		vmx/stock-6.12
	step kunit-vmx 900 "$RIG" kunit --machine vmx --timeout 800
	step kunit-svm-bochs 900 "$RIG" kunit --machine svm-bochs --timeout 800
	step kunit-svm 600 "$RIG" kunit --machine svm --timeout 400
	step userspace-svm-stock 900 userspace --machine svm --kernel stock --timeout 800
	step userspace-svm-stock-6.12 900 userspace --machine svm --kernel stock-6.12 \
		--timeout 800
	step userspace-svm-smp 300 userspace_smp vcpu_run state host_state host_system host_sweep
	step userspace-vmx-smp 1200 userspace_vmx_smp host_system state host_state host_sweep \
		vcpu_run
	step no-xsave-vmx 600 no_xsave_vmx host_system regs fpu cr8 state host_state
	step no-xsave-svm 300 no_xsave_svm
	step sweep-vmx 600 sweep_vmx 1000 580
	step sweep-svm 150 sweep --machine svm --kernel stock-6.12 --count --timeout 140
	step boot-stock 1100 boots svm stock 1000 pc-seabios-1-disk pc-ovmf-1 \
		q35-seabios-2 q35-ovmf-2
	step processors-vmx 900 short processors vmx stock-6.12 860
	step suspend-vmx 600 short processors vmx stock-6.12 560 1 suspend_to_memory
	step crash-vmx 900 crash vmx stock-6.12 kexec
	step processors-debug 600 processors svm debug 560
	step processors-stock-6.12 400 processors svm stock-6.12 380
	step crash-stock 500 crash svm stock
	step crash-stock-6.12 500 crash svm stock-6.12
	step coexist-stock 300 coexist stock
	step coexist-stock-6.12 300 coexist stock-6.12
	step coexist-vmx-stock 600 coexist_vmx stock 550
	step coexist-vmx 600 coexist_vmx stock-6.12 550
	step boot-stock-6.12 1100 boots svm stock-6.12 1000 pc-seabios-2-disk \
		q35-seabios-2-vectors pc-ovmf-2
}
