#!/bin/sh
# quiet.sh: what the watch does while nothing is committed, and what it never does.
#
# - quiet.sh PROGRAM OBJECTS...: PROGRAM is quiet.c, OBJECTS are the watch's own.
# - Needs strace; where it may not trace, that half is left out and said so.
#
# SPDX-License-Identifier: MIT
set -eu

program=$1
shift
seconds=5
a_second=10 # system calls: 3 stat, 2 pread, read, ppoll, and fstat where it is one

# POSIX locks belong to the process: whoever else opens and closes the database or the -shm
# drops SQLite's. The watch's objects cannot, for they import nothing that opens a file; and
# the only thing that they close is inotify's descriptor.
imports() {
	nm -u "$@" | awk 'NF { print $NF }'
}
if imports "$@" | grep -xE '(open|openat|creat|fopen|freopen)(64)?|(__open|__openat)(64)?_2|dup[23]?|fcntl(64)?'; then
	echo "the watch can open a file"
	exit 1
fi
for object; do
	if [ "${object##*/}" != notify.o ] && imports "$object" | grep -xE 'f?close'; then
		echo "$object can close a file"
		exit 1
	fi
done

dir=$(mktemp -d /tmp/tailrow-quiet-XXXXXX)
trap 'rm -rf "$dir"' EXIT
if ! strace -o "$dir/none" true 2>/dev/null; then
	echo "quiet: nothing opened by the watch; no strace here, so its idle calls were not counted"
	exit 0
fi
export ASAN_OPTIONS=detect_leaks=0 # it cannot look for them under strace
for mode in WAL DELETE; do
	mkdir "$dir/$mode"
	strace -o "$dir/log" "$program" "$dir/$mode" "$mode" >/dev/null
	sed '1,/"resting/d; /"rested/,$d' "$dir/log" >"$dir/idle"
	calls=$(wc -l <"$dir/idle")
	# No statement reads a table without a lock, and no lock is taken without fcntl.
	if grep -vE '^(ppoll|read|pread64|newfstatat|stat|fstat|restart_syscall)\(' "$dir/idle"; then
		echo "$mode: idle, yet it did the above"
		exit 1
	fi
	if [ "$calls" -eq 0 ] || [ "$calls" -gt $((seconds * a_second)) ]; then
		echo "$mode: $calls system calls in $seconds idle seconds"
		exit 1
	fi
	echo "quiet: $mode, $calls system calls in $seconds idle seconds, no lock, no open, no close"
done
