"""publish.py DATABASE SECONDS NAME: a job with bursts of lines, from Python.

Prints how many there are, once they are committed: after each burst, and at its end.

SPDX-License-Identifier: MIT
"""
import random
import sqlite3
import sys
import time

path, seconds, name = sys.argv[1], float(sys.argv[2]), sys.argv[3]
db = sqlite3.connect(path, timeout=30, isolation_level=None)
job = db.execute("INSERT INTO job(name, state) VALUES(?, 'running')", (name,)).lastrowid
end, lines = time.monotonic() + seconds, 0
while time.monotonic() < end:
    for _ in range(5):
        lines += 1
        db.execute("INSERT INTO log(job_id, message) VALUES(?, ?)", (job, f"{name} {lines}"))
    db.execute("UPDATE job SET progress=? WHERE id=?", (lines % 100, job))
    print(lines, flush=True)
    time.sleep(random.uniform(0, 1.5))
db.execute("UPDATE job SET state='succeeded' WHERE id=?", (job,))
print(lines)
