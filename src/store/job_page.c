/* job_page.c: pages of the job table, the newest first, and one job with all its columns.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/job_page.h"

#include <stdlib.h>

#include "store/columns.h"
#include "store/schema.h"

#define WHOLE_SQL                                                                              \
	"SELECT " TR_JOB_COLUMNS ", created_at, beat_at, host, cwd, key, owner, signal"        \
	" FROM job WHERE id = ?1"

static int matches(const void *arg, sqlite3_stmt *stmt)
{
	const struct tr_jobs_ask *ask = arg;
	struct tr_text name = tr_column_text(stmt, 2);

	if (ask->states && !(ask->states & 1u << tr_state_of(tr_column_text(stmt, 1))))
		return 0;
	if (ask->name && !tr_text_is(name, ask->name))
		return 0;
	return !ask->text || tr_text_has(name, ask->text);
}

/* The one state that is asked for, and that the index job_state finds; TR_STATES: it is not
 * one. */
static enum tr_state only_state(const struct tr_jobs_ask *ask)
{
	int state = 0;

	while (state < TR_STATES && ask->states != 1u << state)
		state++;
	return (enum tr_state)state;
}

static int bind(const void *arg, sqlite3_stmt *stmt, int *index)
{
	enum tr_state state = only_state(arg);

	if (state == TR_STATES)
		return SQLITE_OK;
	return sqlite3_bind_text(stmt, (*index)++, tr_state_names[state], -1, SQLITE_STATIC);
}

static enum tr_err failed(sqlite3 *db, struct tr_why *why)
{
	return tr_schema_error(
	    sqlite3_extended_errcode(db), sqlite3_db_filename(db, "main"), why);
}

/* Reads the job of that id with the statement, and gives it to take. */
static enum tr_err read_one(
    sqlite3_stmt *stmt, int64_t id, tr_job_taker *take, void *arg, struct tr_why *why)
{
	struct tr_job_whole whole = {0};
	enum tr_err err = TR_OK;
	void *block = NULL;
	int rc;

	sqlite3_bind_int64(stmt, 1, id);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_DONE)
		err = tr_fail(why, TR_ABSENT, "There is no job %lld.", (long long)id);
	else if (rc != SQLITE_ROW)
		err = failed(sqlite3_db_handle(stmt), why);
	else if (tr_columns_job(stmt, &whole.job, &block))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	if (!err) {
		whole.created_at = tr_column_text(stmt, 10);
		whole.beat_at = tr_column_text(stmt, 11);
		whole.host = tr_column_text(stmt, 12);
		whole.cwd = tr_column_text(stmt, 13);
		whole.key = tr_column_text(stmt, 14);
		whole.owner = tr_column_text(stmt, 15);
		whole.has_signal = sqlite3_column_type(stmt, 16) == SQLITE_INTEGER;
		whole.signal = sqlite3_column_int64(stmt, 16);
		take(arg, &whole);
	}
	free(block);
	sqlite3_reset(stmt);
	return err;
}

enum tr_err tr_job_page_read(sqlite3 *db, const struct tr_jobs_ask *ask, struct tr_page *page,
    tr_job_taker *take, void *arg, struct tr_why *why)
{
	const struct tr_page_table table = {.db = db,
	    .select = only_state(ask) == TR_STATES
			  ? "SELECT id, state, name FROM job WHERE 1"
			  : "SELECT id, state, name FROM job WHERE state = ?2",
	    .bind = bind,
	    .matches = matches,
	    .arg = ask,
	    .table = TR_JOB,
	    .scope = ask->scope};
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = tr_page_find(&table, &ask->page, page, why);

	if (!err && sqlite3_prepare_v2(db, WHOLE_SQL, -1, &stmt, NULL) != SQLITE_OK)
		err = failed(db, why);
	for (int i = page->count - 1; !err && i >= 0; i--)
		err = read_one(stmt, page->ids[i], take, arg, why);
	sqlite3_finalize(stmt);
	return err;
}

enum tr_err tr_job_whole_read(
    sqlite3 *db, int64_t id, tr_job_taker *take, void *arg, struct tr_why *why)
{
	sqlite3_stmt *stmt = NULL;
	enum tr_err err;

	if (sqlite3_prepare_v2(db, WHOLE_SQL, -1, &stmt, NULL) != SQLITE_OK)
		return failed(db, why);
	err = read_one(stmt, id, take, arg, why);
	sqlite3_finalize(stmt);
	return err;
}
