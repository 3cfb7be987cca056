# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What every part of the rig uses: where things lie, how it complains, locks.

RIG_CACHE=${HULL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hull}

# Exit statuses that are the rig's own and not COMMAND's.
readonly RIG_FAILED=1		# the kernel log or the driver failed the run
readonly RIG_USAGE=2
readonly RIG_TIMEOUT=124
readonly RIG_BROKEN=125		# the machine itself could not run

say() { printf 'rig: %s\n' "$*" >&2; }

die() { say "$@"; exit "$RIG_BROKEN"; }

usage_error() { say "$@"; exit "$RIG_USAGE"; }

# locked NAME COMMAND [ARG]... - one process at a time in this part of the cache.
locked() {
	local fd name=$1 ret=0
	shift
	mkdir -p "$RIG_CACHE/locks"
	exec {fd}>"$RIG_CACHE/locks/$name"
	flock "$fd"
	"$@" || ret=$?
	exec {fd}>&-
	return $ret
}

# quietly LOG COMMAND [ARG]... - the output goes to LOG, and is shown on failure.
quietly() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 </dev/null && return
	tail -n 40 "$log" >&2
	say "failed: $1 (all of its output: $log)"
	return 1
}

# Run as root what must be root, or say what to type.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "needs root: $*"
	fi
}
