#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Does the rig keep its promises?  TAP on standard output.
#
#	selftest.sh [MACHINE/KERNEL]...
#
# The properties of the front end are tested in the svm machine with the stock
# kernel; each MACHINE/KERNEL (default: svm with both stock kernels) must run a
# small guest on in-tree KVM.

set -u

RIG=$(dirname "$(readlink -f "$0")")
OUT=$(mktemp -d) || exit 1
trap 'rm -rf "$OUT"' EXIT
count=0 failed=0

rig() { "$RIG/rig" run --driver none --timeout 300 "$@" >"$OUT/out" 2>"$OUT/err"; }

# check NAME COMMAND [ARG]... - the last run was as expected if COMMAND succeeds
check() {
	local name=$1

	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
		return
	fi
	echo "not ok $count - $name"
	sed 's/^/# /' "$OUT/out" "$OUT/err" | tail -n 30
	failed=$((failed + 1))
}

is() { [ "$1" = "$2" ]; }

guest_runs() {
	local machine=$1 kernel=$2

	rig --machine "$machine" --kernel "$kernel" --driver kvm --timeout 1800 \
		--add "$OUT/kvm-smoke" -- sh -c "seq 3000; exec $OUT/kvm-smoke"
	check "in-tree KVM runs a guest: $machine, $kernel" is $? 0
	check "long output arrives whole: $machine, $kernel" \
		is "$(head -n 3000 "$OUT/out" | cksum)" "$(seq 3000 | cksum)"
}

gcc -O2 -Wall -o "$OUT/kvm-smoke" "$RIG/kvm-smoke.c" || exit 1
[ $# -gt 0 ] || set -- svm/stock svm/stock-6.12
echo "1..$((12 + 2 * $#))"

# The options, without any machine.
rig --machine vax -- true
check "an unknown machine is refused" is $? 2
rig --add /nonexistent -- true
check "a missing file for --add is refused" is $? 2
rig
check "a missing COMMAND is refused" is $? 2

# One machine: the streams, the directory, the arguments, the environment.
echo "from the host" >"$OUT/file"
cd "$OUT" || exit 1
# The variables are the machine's to expand.
# shellcheck disable=SC2016
HULL_PROBE='two  words' rig -- sh -c '
	cat file; echo "$1"; echo "$HULL_PROBE"; id -u; echo aside >&2
	echo changed >file; exit 42' sh "it's"
check "COMMAND's status is the run's" is $? 42
check "standard output arrives, whole and alone" \
	is "$(cat out)" "$(printf '%s\n' 'from the host' "it's" 'two  words' 0)"
check "standard error arrives on its own" is "$(cat err)" aside
check "the host's files stay as they are" is "$(cat file)" "from the host"

rig -- /nonexistent
check "a COMMAND that does not exist" is $? 127
rig --timeout 20 -- sleep 1000
check "a time-out" is $? 124
rig -- sh -c 'echo c >/proc/sysrq-trigger'
check "a panic fails the run" is $? 1
check "and its report is printed" grep -q 'Kernel panic - not syncing' err
rig -- sh -c 'echo "<4>WARNING: CPU: 0 PID: 1 at here" >/dev/kmsg; true'
check "a report fails a COMMAND that succeeds" is $? 1

for machine; do
	guest_runs "${machine%/*}" "${machine#*/}"
done
[ $failed = 0 ]
