/* statement.h: another program's database, opened to read and for one statement alone.
 *
 * - Read-only whatever the statement says: the file is opened so, and an authorizer lets
 *   nothing through but reading and functions. No ATTACH, no PRAGMA, no extension.
 * - A run ends after TR_STATEMENT_LIMIT_MS, and a value is at most TR_STATEMENT_VALUE_BYTES.
 * - Values are bound, never pasted.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TABLE_STATEMENT_H
#define TR_TABLE_STATEMENT_H

#include <sqlite3.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cursor.h"
#include "base/err.h"
#include "table/section.h"
#include "table/viewer.h"

#define TR_STATEMENT_LIMIT_MS 2000
#define TR_STATEMENT_VALUE_BYTES (1024 * 1024)

struct tr_statement {
	const struct tr_section *section;
	sqlite3 *db;
	sqlite3_stmt *stmt;
	int64_t deadline_ns; /* of the run that goes on */
	dev_t device;	     /* of the file that is open */
	ino_t inode;
	char epoch[TR_EPOCH_SIZE]; /* made from the file's inode: of append mode */
};

/* Opens the section's database and prepares its statement; both outlive it. TR_OK, and it is
 * to be released with tr_statement_close(); otherwise nothing is open and *why names the
 * section and says what to do: TR_INVALID (the statement is not one that may run here),
 * TR_ABSENT, TR_DENIED, TR_BUSY, TR_DB, TR_NOMEM. */
enum tr_err tr_statement_open(
    struct tr_statement *st, const struct tr_section *section, struct tr_why *why);

/* The number of the statement's column of that name, or -1. */
int tr_statement_column(const struct tr_statement *st, const char *name);

/* Whether the statement has that parameter (without the colon). */
int tr_statement_takes(const struct tr_statement *st, const char *name);

/* Whether what it gives depends on who asks: then it has to run for each viewer. */
int tr_statement_is_personal(const struct tr_statement *st);

/* Binds the viewer's parameters (NULL: it has none), and in append mode the cursor and the
 * most rows, and begins a run. */
enum tr_err tr_statement_begin(struct tr_statement *st, const struct tr_viewer *viewer,
    int64_t after, int64_t limit, struct tr_why *why);

/* Steps. TR_OK: a row is there; TR_ABSENT: no more; TR_BUSY: locked, try again; TR_DB or
 * TR_INVALID (it took too long, a value is too large) with the sentence in *why. After
 * anything but TR_OK the run is over and nothing is held. */
enum tr_err tr_statement_step(struct tr_statement *st, struct tr_why *why);

/* Ends a run before its end. */
void tr_statement_end(struct tr_statement *st);

/* Whether another file is at the path now, or none. */
int tr_statement_replaced(const struct tr_statement *st);

void tr_statement_close(struct tr_statement *st);

#endif
