#!/bin/sh
# publish.sh DATABASE: a job with progress, lines and an end, with the sqlite3 shell alone.
# SPDX-License-Identifier: MIT
sql() {
	sqlite3 -cmd '.timeout 30000' "$db" "$1"
}

db=$1
job=$(sql "INSERT INTO job(name, state) VALUES('backup', 'running'); SELECT last_insert_rowid();")
for percent in 25 50 75; do
	sql "UPDATE job SET progress=$percent, step='Copying' WHERE id=$job;
	     INSERT INTO log(job_id, message) VALUES($job, 'copied $percent of 100 files');"
done
sql "UPDATE job SET state='succeeded', progress=100 WHERE id=$job;"
