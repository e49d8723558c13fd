#!/bin/sh
# publish.sh DATABASE SECONDS NAME: as publish.py, from the sqlite3 shell, a process for each commit.
# SPDX-License-Identifier: MIT
set -e

sql() {
	sqlite3 -bail -cmd '.timeout 30000' "$db" "$1"
}

db=$1 name=$3
job=$(sql "INSERT INTO job(name, state) VALUES('$name', 'running'); SELECT last_insert_rowid();")
end=$(($(date +%s) + $2)) lines=0
while [ "$(date +%s)" -lt "$end" ]; do
	for i in 1 2 3 4 5; do
		lines=$((lines + 1))
		sql "INSERT INTO log(job_id, message) VALUES($job, '$name $lines');"
	done
	sql "UPDATE job SET progress=$((lines % 100)) WHERE id=$job;"
	echo "$lines"
	sleep 0.7
done
sql "UPDATE job SET state='succeeded' WHERE id=$job;"
echo "$lines"
