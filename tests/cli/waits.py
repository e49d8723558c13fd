"""waits.py: commits a row every few milliseconds, as a publisher with a busy timeout, and prints how
many milliseconds each INSERT took.

usage: waits.py DATABASE     until standard input closes

SPDX-License-Identifier: MIT
"""
import random
import select
import sqlite3
import sys
import time

db = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
db.execute("INSERT INTO log(message) VALUES('first')")
print("begun", flush=True)
while not select.select([sys.stdin], [], [], random.uniform(0, 0.006))[0]:
    begun = time.monotonic()
    db.execute("INSERT INTO log(message) VALUES('next')")
    print(1000 * (time.monotonic() - begun))
