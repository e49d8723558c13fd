"""calls.py TAILROW: what one call of the command line takes in a shell loop, beside the sqlite3 shell
and a program that does nothing, all by turns; while another process has the database open, as a
responder does.

SPDX-License-Identifier: MIT
"""
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

ROUNDS = 200
tailrow, sqlite_shell = sys.argv[1], shutil.which("sqlite3")
directory = tempfile.TemporaryDirectory()
path = directory.name + "/jobs.db"
env = {**os.environ, "TAILROW_DB": path, "TAILROW_JOB": "1", "TAILROW_CONFIG": "/dev/null"}
to_nowhere = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]


def call(*words):
    """The milliseconds that it takes."""
    begun = time.monotonic()
    pid = os.posix_spawn(words[0], words, env, file_actions=to_nowhere)
    if os.waitpid(pid, 0)[1] != 0:
        sys.exit(f"{words} failed")
    return 1000 * (time.monotonic() - begun)


subprocess.run([tailrow, "init"], env=env, check=True)
keeper = sqlite3.connect(path)
keeper.execute("SELECT count(*) FROM job").fetchall()
call(tailrow, "start", "bench")
calls = {
    "sqlite3 FILE 'INSERT ...'": lambda n: call(
        sqlite_shell, path, f"INSERT INTO log(job_id, message) VALUES(1, 'line {n}')"),
    "tailrow log": lambda n: call(tailrow, "log", f"line {n}"),
    "tailrow progress": lambda n: call(tailrow, "progress", str(n % 100), "Copying"),
    "tailrow start": lambda n: call(tailrow, "start", "another"),
    "tailrow show": lambda n: call(tailrow, "show"),
    "true": lambda n: call("/bin/true"),
}
took = {name: [] for name in calls}
for n in range(ROUNDS):
    for name, one in calls.items():
        took[name].append(one(n))
for name, times in took.items():
    times.sort()
    print(f"{name:<26} p50 {times[ROUNDS // 2]:6.2f} ms  p90 {times[ROUNDS * 9 // 10]:6.2f} ms")
