#!/bin/sh
# publish_tailrow.sh DATABASE SECONDS NAME: as publish.py, by the command line named in TAILROW.
# SPDX-License-Identifier: MIT
set -e

export TAILROW_DB="$1"
name=$3
TAILROW_JOB=$("$TAILROW" start "$name")
export TAILROW_JOB
end=$(($(date +%s) + $2)) lines=0
while [ "$(date +%s)" -lt "$end" ]; do
	seq -f "$name %.0f" $((lines + 1)) $((lines + 5)) | "$TAILROW" log
	lines=$((lines + 5))
	"$TAILROW" progress $((lines % 100))
	echo "$lines"
	sleep 0.7
done
"$TAILROW" finish
echo "$lines"
