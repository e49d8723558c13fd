/* leash.c: how far a statement of the responder goes, whatever the database's file says.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/leash.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"

/* How many steps of SQLite's machine pass between two looks at the clock: some 100 us. */
#define STEPS_BETWEEN_LOOKS 10000

/* Ours are far below: the schema and a filter of 100 jobs. SQLite's own are for any use. */
static const struct {
	int what;
	int most;
} limits[] = {
    {SQLITE_LIMIT_SQL_LENGTH, 1000000},
    {SQLITE_LIMIT_EXPR_DEPTH, 500},
    {SQLITE_LIMIT_COMPOUND_SELECT, 100},
    {SQLITE_LIMIT_VDBE_OP, 100000},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 1000},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 20},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

enum tr_err tr_leash_limit(sqlite3 *db, enum tr_leash_may may, struct tr_why *why)
{
	const char *sql = may == TR_LEASH_WRITE
			      ? "PRAGMA temp_store = MEMORY"
			      : "PRAGMA temp_store = MEMORY; PRAGMA query_only = 1";

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(db, limits[i].what, limits[i].most);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return tr_fail(why, TR_NOMEM, "out of memory: %s", sqlite3_errmsg(db));
	return TR_OK;
}

/* SQLite calls it when a statement begins to run, and, with a comment as its text, for each
 * trigger in it. */
static int begin(unsigned event, void *arg, void *stmt, void *sql)
{
	struct tr_leash *leash = arg;

	(void)event, (void)stmt;
	if (strncmp(sql, "--", 2) != 0)
		leash->until_ns = tr_mono_ns() + leash->most_ns;
	return 0;
}

static int look_at_clock(void *arg)
{
	const struct tr_leash *leash = arg;

	return tr_mono_ns() > leash->until_ns;
}

enum tr_err tr_leash_put(
    struct tr_leash *leash, sqlite3 *db, enum tr_leash_may may, struct tr_why *why)
{
	leash->most_ns = TR_LEASH_MS * TR_NS_PER_MS;
	leash->until_ns = INT64_MAX; /* for what runs without beginning: reading the schema */
	sqlite3_trace_v2(db, SQLITE_TRACE_STMT, begin, leash);
	sqlite3_progress_handler(db, STEPS_BETWEEN_LOOKS, look_at_clock, leash);
	return tr_leash_limit(db, may, why);
}
