"""prune.py TAILROW: how long a publisher's commits take while prune takes 90% of 1,000,000 rows away, and
without it before.

SPDX-License-Identifier: MIT
"""
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

JOBS, LINES = 1000, 1000
OLD = "2026-01-01T00:00:00.000Z"
TEXT = "a line of the log, about as long as lines are on the average, which is 100 bytes or so: number "
tailrow = sys.argv[1]
directory = tempfile.TemporaryDirectory()
path = directory.name + "/jobs.db"
env = {**os.environ, "TAILROW_DB": path, "TAILROW_CONFIG": "/dev/null"}


def fill():
    """1,000 jobs of 1,000 rows each; nine in ten ended long ago."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN")
    for job in range(1, JOBS + 1):
        db.execute("INSERT INTO job(name, state) VALUES('old', 'running')")
        db.executemany("INSERT INTO log(job_id, message, created_at) VALUES(?, ?, ?)",
                       ((job, TEXT + str(n), OLD) for n in range(LINES - 2)))
        if job <= JOBS * 0.9:
            db.execute("UPDATE job SET state='succeeded', finished_at=? WHERE id=?", (OLD, job))
    db.execute("COMMIT")
    db.close()


def publish(goes_on):
    """Commits rows a few milliseconds apart; the milliseconds each took, in their order of size."""
    db = sqlite3.connect(path, timeout=30, isolation_level=None)
    took = []
    while goes_on():
        begun = time.monotonic()
        db.execute("INSERT INTO log(job_id, message) VALUES(1000, 'live')")
        took.append(1000 * (time.monotonic() - begun))
        time.sleep(random.uniform(0, 0.006))
    return sorted(took)


def tell(what, took):
    at = lambda part: took[min(len(took) - 1, int(len(took) * part))]
    print(f"{what:<14} {len(took):6} commits: p50 {at(.5):.2f}, p99 {at(.99):.2f}, p99.9 {at(.999):.2f}, "
          f"max {took[-1]:.2f} ms", flush=True)


subprocess.run([tailrow, "init"], env=env, check=True)
fill()
before = os.path.getsize(path)
end = time.monotonic() + 20
tell("without prune", publish(lambda: time.monotonic() < end))
begun = time.monotonic()
prune = subprocess.Popen([tailrow, "prune", "--days", "30"], env=env, stdout=subprocess.PIPE, text=True)
tell("with prune", publish(lambda: prune.poll() is None))
print(f"{prune.stdout.read().strip()}, in {time.monotonic() - begun:.0f} s; the file had {before / 1e6:.0f} MB"
      f" and has {os.path.getsize(path) / 1e6:.0f}")
