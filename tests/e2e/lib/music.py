"""music.py: a music shop's database, and the shop: a program that knows nothing of tailrow.

usage: music.py make DATABASE JOURNAL_MODE
       music.py trade DATABASE CHANGES
- The schema has the shape of the well-known Chinook example, the rows are our own.
- trade: transactions of several rows until so many rows were changed. For each row that a
  transaction changed it prints, once that is committed, its section and the row as it is then:
  what a viewer may be shown.

SPDX-License-Identifier: MIT
"""
import random
import sqlite3
import sys
import time

SCHEMA = """
CREATE TABLE artists (artist_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE albums (album_id INTEGER PRIMARY KEY, title TEXT, artist_id INTEGER REFERENCES artists);
CREATE TABLE tracks (track_id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT,
    album_id INTEGER REFERENCES albums, unit_cents INTEGER, plays INTEGER DEFAULT 0);
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, last_name TEXT);
CREATE TABLE invoices (invoice_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers,
    total_cents INTEGER);
CREATE TABLE invoice_items (item_id INTEGER PRIMARY KEY AUTOINCREMENT,
    invoice_id INTEGER REFERENCES invoices, track_id INTEGER, cents INTEGER);
CREATE INDEX invoice_items_invoice ON invoice_items (invoice_id);
INSERT INTO customers VALUES (1, 'Ångström'), (2, 'O''Hara'), (3, 'de "Q" Souza');
"""
INVOICES, TRACKS = 40, 200

# What the sections of foreign.test.mjs select, of one row.
ROWS = {
    "tracks": """SELECT json_object('id', t.track_id, 'name', t.name, 'album', a.title, 'artist', r.name,
            'cents', t.unit_cents, 'plays', t.plays)
        FROM tracks t JOIN albums a USING (album_id) JOIN artists r USING (artist_id)
        WHERE track_id = ?""",
    "invoices": """SELECT json_object('id', i.invoice_id, 'customer', c.last_name,
            'total', i.total_cents, 'items', (SELECT sum(cents) FROM invoice_items t
                WHERE t.invoice_id = i.invoice_id))
        FROM invoices i JOIN customers c USING (customer_id) WHERE invoice_id = ?""",
    "items": """SELECT json_object('id', item_id, 'invoice', invoice_id, 'track', track_id, 'cents', cents)
        FROM invoice_items WHERE item_id = ?""",
}


def make(db, mode):
    db.execute(f"PRAGMA journal_mode = {mode}")
    db.executescript(SCHEMA)
    db.execute("BEGIN")
    db.executemany("INSERT INTO artists VALUES (?, ?)", [(i, f"Artist {i}") for i in range(1, 11)])
    db.executemany("INSERT INTO albums VALUES (?, ?, ?)",
                   [(i, f"Album {i}", i % 10 + 1) for i in range(1, 31)])
    for i in range(TRACKS):
        release(db, i)
    db.executemany("INSERT INTO invoices VALUES (?, ?, 0)",
                   [(i, i % 3 + 1) for i in range(1, INVOICES + 1)])
    db.executemany("INSERT INTO invoice_items (invoice_id, cents) VALUES (?, 0)",
                   [(i,) for i in range(1, INVOICES + 1)])
    db.execute("COMMIT")


def release(db, number):
    row = db.execute("INSERT INTO tracks (name, album_id, unit_cents) VALUES (?, ?, ?)",
                     (f"Track {number}", number % 30 + 1, 79 + number % 5 * 10))
    return "tracks", row.lastrowid


def sell(db):
    """One to three tracks on one invoice, whose total is true again by the commit."""
    invoice = random.randint(1, INVOICES)
    for _ in range(random.randint(1, 3)):
        track, cents = db.execute("SELECT track_id, unit_cents FROM tracks ORDER BY random() LIMIT 1").fetchone()
        item = db.execute("INSERT INTO invoice_items (invoice_id, track_id, cents) VALUES (?, ?, ?)",
                          (invoice, track, cents))
        yield "items", item.lastrowid
        db.execute("UPDATE tracks SET plays = plays + 1 WHERE track_id = ?", (track,))
        yield "tracks", track
        db.execute("UPDATE invoices SET total_cents = total_cents + ? WHERE invoice_id = ?",
                   (cents, invoice))
    yield "invoices", invoice


def replace(db):
    """One track leaves, another one comes."""
    db.execute("DELETE FROM tracks WHERE track_id = (SELECT track_id FROM tracks ORDER BY random() LIMIT 1)")
    yield release(db, random.randint(0, 10**6))


def trade(db, changes):
    begun = db.total_changes
    while db.total_changes - begun < changes:
        db.execute("BEGIN IMMEDIATE")
        touched = set(random.choice((sell, sell, sell, replace))(db))
        states = [(name, db.execute(ROWS[name], (key,)).fetchone()[0]) for name, key in touched]
        rolled_back = random.random() < 0.05
        db.execute("ROLLBACK" if rolled_back else "COMMIT")
        if not rolled_back:
            print(*(f"{name} {state}" for name, state in states), sep="\n")
        time.sleep(random.random() * 0.002)


def main():
    what, path, how = sys.argv[1:]
    db = sqlite3.connect(path, timeout=30, isolation_level=None)
    if what == "make":
        make(db, how)
    else:
        trade(db, int(how))


main()
