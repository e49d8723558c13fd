/* follower.h: a caller of the watch as the product has one: it polls, looks, reads the rows
 * after the last one and goes back to sleep.
 *
 * - The table is t(id INTEGER PRIMARY KEY AUTOINCREMENT, ...).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_PROOF_FOLLOWER_H
#define TR_PROOF_FOLLOWER_H

#include <sqlite3.h>
#include <stdint.h>

#include "watch/watch.h"

struct follower {
	sqlite3 *db;
	struct tr_watch *watch;
	sqlite3_stmt *rows;
	void (*on_row)(void *arg, int64_t id); /* may be NULL */
	void *arg;

	int64_t last_id;
	int64_t read;	      /* rows */
	int64_t not_in_order; /* rows whose id was not the one before plus one */
	int64_t by_sweep;     /* rows that nothing but the sweep told of */
	int64_t looks;
	int64_t selects;
	int64_t empty_selects; /* that found nothing */
	int64_t busy;
	int busy_rc; /* SQLite's result code of the last read that met a lock */
	int64_t reopens;
	int failed; /* SQLite's result code of a read that ended neither DONE nor BUSY */
};

/* Opens the database with SQLITE_OPEN_ flags, and the watch. Result code of SQLite, or -1
 * for a watch that does not open. Close it in every case. */
int follower_open(struct follower *f, const char *path, int flags);

/* Looks and reads until there is nothing to read. What the last look said. */
enum tr_look follower_look(struct follower *f);

/* Sleeps as the watch asks, but not beyond until_ns (CLOCK_MONOTONIC), then looks and reads. */
enum tr_look follower_turn(struct follower *f, int64_t until_ns);

/* Turns until the row id was read, for at most within_ms. 1: it was; 0: it was not, or the
 * watch asks to be reopened. */
int follower_waits_for(struct follower *f, int64_t id, int within_ms);

void follower_close(struct follower *f);

#endif
