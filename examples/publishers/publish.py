#!/usr/bin/env python3
# publish.py DATABASE: a job with progress, lines and an end, from Python.
# SPDX-License-Identifier: MIT
import sqlite3
import sys

db = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
job = db.execute("INSERT INTO job(name, state) VALUES('report', 'running')").lastrowid
for percent in (25, 50, 75):
    db.execute("UPDATE job SET progress=?, step=? WHERE id=?", (percent, "Counting", job))
    db.execute("INSERT INTO log(job_id, message) VALUES(?, ?)", (job, f"{percent} of 100 pages"))
db.execute("UPDATE job SET state='succeeded', url=? WHERE id=?", ("/reports/7.html", job))
