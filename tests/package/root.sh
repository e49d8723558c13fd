#!/bin/sh
# root.sh: makes a bare Debian system in a directory, to build or try something in with chroot.
#
# usage: tests/package/root.sh SUITE DIRECTORY [PACKAGE …]
# - SUITE is bookworm, bullseye, …; DIRECTORY must not exist, and is the caller's to remove.
# - Besides what every Debian must have (debootstrap's minbase) it holds the packages named.
# - Made once by debootstrap, which needs root and the network, and kept as
#   ${XDG_CACHE_HOME:-~/.cache}/tailrow/SUITE[+PACKAGE…].tar; after that, unpacked from there.
# - Nothing that is installed in it is started by itself.
#
# SPDX-License-Identifier: MIT
set -eu

if [ $# -lt 2 ] || [ -e "$2" ]; then
	echo "usage: tests/package/root.sh SUITE DIRECTORY [PACKAGE ...], DIRECTORY a new one" >&2
	exit 2
fi
suite=$1 directory=$2
shift 2

cache=${XDG_CACHE_HOME:-$HOME/.cache}/tailrow
name=$suite$(printf '+%s' "$@" | sed 's/^+$//')
mkdir -p "$cache"

if [ ! -e "$cache/$name.tar" ]; then
	echo "Making a Debian $name root with debootstrap, once" >&2
	new=$(mktemp -d "$cache/new-XXXXXX")
	trap 'rm -rf "$new"' EXIT
	debootstrap --variant=minbase ${1:+--include="$(echo "$@" | tr ' ' ',')"} \
		"$suite" "$new/root" >"$new/log" 2>&1 || {
		tail -n 5 "$new/log" "$new/root/debootstrap/debootstrap.log" >&2 || :
		exit 1
	}
	printf '#!/bin/sh\nexit 101\n' >"$new/root/usr/sbin/policy-rc.d"
	chmod 755 "$new/root/usr/sbin/policy-rc.d"
	rm -f "$new"/root/var/cache/apt/archives/*.deb
	tar -C "$new/root" -cf "$new/tar" .
	mv "$new/tar" "$cache/$name.tar"
fi

mkdir -p "$directory"
tar -C "$directory" -xf "$cache/$name.tar"
