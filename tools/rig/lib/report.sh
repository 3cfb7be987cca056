# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the kernel log says about a run.

# Any of these fails a run.  Before "machine is up" only a panic counts: what
# an emulated CPU makes of the kernel's early start is not the run's business.
readonly REPORT_PANIC='Kernel panic - not syncing'
readonly REPORT_ANY='Kernel panic - not syncing
BUG[: ]
Oops[: ]
general protection fault
cut here \]
WARNING: (CPU:|possible|suspicious|inconsistent|bad|held|lock|nested|kernel|chain|.*detected)
INFO: (task .* blocked|possible|trying to register)
rcu: INFO: .*stall
unchecked MSR access error
UBSAN:
KASAN:
KCSAN:
ODEBUG:
DEBUG_LOCKS_WARN_ON
unreferenced object
soft lockup
hard LOCKUP
blocked for more than
workqueue lockup
refcount_t:
nobody cared
rig: .* cannot be unloaded
rig: COMMAND tainted the kernel'

# The line of the first report in LOG, or nothing.
report_line() {
	local log=$1 up

	up=$(grep -an -m1 'rig: machine is up' "$log" | cut -d: -f1)
	if [ -n "$up" ]; then
		tail -n "+$up" "$log" | grep -anE -m1 "$REPORT_ANY" |
			awk -F: -v up="$up" '{ print $1 + up - 1 }'
	fi | grep . || grep -anE -m1 "$REPORT_PANIC" "$log" | cut -d: -f1
}

# Prints the report and returns 0 when LOG has one.
report_print() {
	local log=$1 line

	line=$(report_line "$log")
	[ -n "$line" ] || return
	say "the kernel log has a report:"
	tail -n "+$((line > 2 ? line - 2 : 1))" "$log" | head -n 120 >&2
}

# What guest/init said last: a number, a word, or nothing.
report_status() {
	sed -n 's/.*rig: status \([a-z0-9-]*\).*/\1/p' "$1" | tail -n 1
}
