/* prune.h: deletes what is old, and gives its space back, while publishers go on.
 *
 * - No transaction has more than some 2 ms of work to do while it holds the lock, and after
 * each comes a pause of ten times as long: a publisher that finds the lock taken has it at one
 * of the next tries that SQLite's own busy handler makes, 1, 3, 8 or 18 ms later.
 * - A kill at any moment leaves a consistent database: what was committed is gone, meta says
 *   so, and the next run goes on.
 * - Triggers on the deletion of a log row do not run, so that one row cannot take long; what
 *   schema.sql has them do for `pruned_to` is done here.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_PRUNE_H
#define TR_STORE_PRUNE_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/err.h"

/* What stays; one of the two is negative and does not count. */
struct tr_keep {
	int64_t days; /* jobs that are not final or ended within so many days, and their rows;
			 rows of no job that are as young */
	int64_t rows; /* the newest so many rows of the log */
};

/* What went. */
struct tr_pruned {
	int64_t jobs;
	int64_t rows;  /* of the log */
	int64_t bytes; /* by which the file shrinks when a checkpoint comes to its end */
};

/* Deletes what keep does not name; jobs that are final (with days: for so long) and of which no
 * row is left; and every status-update that a later marker of its job supersedes. db is open
 * for writing, is in no transaction, and is good for nothing but sqlite3_close() afterwards.
 * TR_OK and *pruned; otherwise TR_BUSY, TR_DENIED, TR_DB or TR_NOMEM with the sentence in *why,
 * and a part is gone. */
enum tr_err tr_prune(
    sqlite3 *db, const struct tr_keep *keep, struct tr_pruned *pruned, struct tr_why *why);

#endif
