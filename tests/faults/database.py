"""database.py: the database that each run begins with, and what is looked at afterwards.

SPDX-License-Identifier: MIT
"""
import shutil
import sqlite3
import subprocess

from fault import TAILROW, Wrong

TOKEN = 'a-token-of-23-characters'
LINES = 40


def make(path):
    """Three jobs, forty lines and an event of a publisher's own."""
    subprocess.run([TAILROW, '--db', path, 'init'], check=True)
    with sqlite3.connect(path) as db:
        db.executescript("""
            INSERT INTO job(name, state, owner) VALUES('deploy', 'running', 'ann');
            INSERT INTO job(name, state, progress, step) VALUES('backup', 'running', 45, 'Syncing');
            INSERT INTO job(name) VALUES('nightly');
            CREATE TABLE orders(n INTEGER PRIMARY KEY, payload TEXT);
            INSERT INTO orders(payload) VALUES('{"order":1}'), ('{"order":2}');
            """)
        db.executemany('INSERT INTO log(job_id, level, message) VALUES(?, ?, ?)',
                       [(n % 3 + 1, 'warn' if n % 7 == 0 else 'info', f'line {n} of a log')
                        for n in range(LINES)])
        db.execute("INSERT INTO log(event, message) VALUES('order', '{\"of\":\"mine\"}')")
        db.execute("UPDATE job SET state = 'failed', error = 'disk full' WHERE id = 1")
    db.close()


def copy(template, path):
    shutil.copyfile(template, path)


def look(path, sql, values=()):
    """The rows of a query, in a database that is whole."""
    db = sqlite3.connect(path, timeout=10)
    try:
        (verdict,) = db.execute('PRAGMA integrity_check').fetchone()
        if verdict != 'ok':
            raise Wrong(f'the database is damaged: {verdict}')
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


def append(path, sql, values=()):
    with sqlite3.connect(path, timeout=10) as db:
        db.execute(sql, values)
    db.close()
