"""writer.py: commits log rows one by one at random gaps, and prints for each its id and the
monotonic nanosecond at which the commit had returned.

usage: writer.py DATABASE ROWS MAX_GAP_MS     ROWS 0: until standard input closes

SPDX-License-Identifier: MIT
"""
import random
import select
import sqlite3
import sys
import time

path, rows, max_gap_ms = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
db = sqlite3.connect(path, timeout=10, isolation_level=None)
count = 0
while not rows or count < rows:
    if not rows and select.select([sys.stdin], [], [], 0)[0]:
        break
    count += 1
    cursor = db.execute("INSERT INTO log(message) VALUES (?)", (f"row {count}",))
    print(cursor.lastrowid, time.monotonic_ns())
    time.sleep(random.uniform(0, max_gap_ms) / 1000)
