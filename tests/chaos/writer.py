"""writer.py: a publisher for the chaos: transactions of all kinds, until it is killed.

usage: writer.py DATABASE SEED MAX_GAP_MS [TRANSACTIONS]

Prints "in" while a transaction is open, and "out ID" once it is committed: ID is its highest
log.id, or 0 where it was rolled back.

SPDX-License-Identifier: MIT
"""
import random
import sqlite3
import sys
import time

JOBS = 10

path, seed, max_gap_ms = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
left = int(sys.argv[4]) if len(sys.argv) > 4 else -1
chance = random.Random(seed)
db = sqlite3.connect(path, timeout=30, isolation_level=None)


def line(size):
    job = chance.choice([None, *range(1, JOBS + 1)])
    level = chance.choice(["info", "info", "info", "warn", "error"])
    return db.execute(
        "INSERT INTO log(job_id, level, message) VALUES (?, ?, ?)", (job, level, "x" * size)
    ).lastrowid


def sizes():
    if chance.random() < 0.002:
        return [600_000] * 10  # more than the pool's ring holds
    return [60_000 if chance.random() < 0.01 else chance.randrange(1, 200)
            for _ in range(chance.choice([1, 1, 1, 2, 5, 30]))]


def transaction():
    db.execute("BEGIN IMMEDIATE")
    last = max(line(size) for size in sizes())
    if chance.random() < 0.3:
        db.execute("UPDATE job SET progress = ? WHERE id = ?",
                   (chance.randrange(100), chance.randrange(1, JOBS + 1)))
    print("in", flush=True)
    if chance.random() < 0.2:
        time.sleep(chance.uniform(0, 0.01))
    undo = chance.random() < 0.05
    db.execute("ROLLBACK" if undo else "COMMIT")
    print("out", 0 if undo else last, flush=True)


while left:
    left -= 1
    transaction()
    time.sleep(chance.uniform(0, max_gap_ms) / 1000)
