#!/bin/sh
# deploy.sh: what a deploy script prints. Nothing in it knows of tailrow.
#
# SPDX-License-Identifier: MIT
set -eu

step() { # step PERCENT TITLE LINE…
	echo "##vso[task.setprogress value=$1;]$2"
	shift 2
	for line; do
		echo "$line"
		sleep "${STEP_S:-0.4}"
	done
}

step 5 'Fetching sources' 'From git.example:shop' '   3b1f9e2..8c04d17  main -> origin/main'
step 25 'Installing packages' 'added 214 packages in 3s'
step 45 'Running tests' 'ok 1 - cart' 'ok 2 - checkout' 'ok 3 - invoices'
echo 'warning: checkout took 4.1 s' >&2
step 70 'Syncing database' 'migration 0041_index: done' 'migration 0042_rename: done'
step 90 'Switching over' 'web1: healthy' 'web2: healthy'
step 100 'Done' 'shop.example runs 8c04d17'
