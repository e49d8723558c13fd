/* job_page.c: pages of the job table, the newest first, and one job with all its columns.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/job_page.h"

#include <stdlib.h>

#include "store/columns.h"
#include "store/schema.h"

#define BY_ID " FROM job WHERE id = ?1"

#define SELECT_ALL "SELECT id, state, name FROM job WHERE 1"
#define SELECT_ALL_PARTS "SELECT id, state, " TR_JOB_PART("name") " FROM job WHERE 1"
#define SELECT_STATE "SELECT id, state, name FROM job WHERE state = ?2"
#define SELECT_STATE_PARTS "SELECT id, state, " TR_JOB_PART("name") " FROM job WHERE state = ?2"

static const struct tr_part_row whole_row = {
    .sql = "SELECT " TR_JOB_WHOLE_COLUMNS BY_ID,
    .in_part_sql = "SELECT " TR_JOB_WHOLE_PARTS BY_ID,
};

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

/* Reads the job of that id, and gives it to take. */
static enum tr_err read_one(sqlite3 *db, struct tr_part_row *row, int64_t id,
    size_t *taken_bytes, tr_job_taker *take, void *arg, struct tr_why *why)
{
	struct tr_job_whole whole = {0};
	enum tr_err err = TR_OK;
	void *block = NULL;
	sqlite3_stmt *at;
	int rc = tr_part_find(db, row, id, &at);

	if (rc == SQLITE_DONE)
		err = tr_fail(why, TR_ABSENT, "There is no job %lld.", (long long)id);
	else if (rc != SQLITE_ROW)
		err = failed(db, why);
	else if (tr_columns_job_whole(at, &whole, taken_bytes, &block))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	if (!err)
		take(arg, &whole);
	free(block);
	tr_part_reset(row);
	return err;
}

enum tr_err tr_job_page_read(sqlite3 *db, const struct tr_jobs_ask *ask, struct tr_page *page,
    tr_job_taker *take, void *arg, struct tr_why *why)
{
	int has_state = only_state(ask) != TR_STATES;
	const struct tr_page_table table = {.db = db,
	    .select = has_state ? SELECT_STATE : SELECT_ALL,
	    .in_part = has_state ? SELECT_STATE_PARTS : SELECT_ALL_PARTS,
	    .bind = bind,
	    .matches = matches,
	    .arg = ask,
	    .table = TR_JOB,
	    .scope = ask->scope};
	struct tr_part_row row = whole_row;
	size_t taken_bytes = 0;
	enum tr_err err = tr_page_find(&table, &ask->page, page, why);

	for (int i = page->count - 1; !err && i >= 0; i--)
		err = read_one(db, &row, page->ids[i], &taken_bytes, take, arg, why);
	tr_part_close(&row);
	return err;
}

enum tr_err tr_job_whole_read(
    sqlite3 *db, int64_t id, tr_job_taker *take, void *arg, struct tr_why *why)
{
	struct tr_part_row row = whole_row;
	size_t taken_bytes = 0;
	enum tr_err err = read_one(db, &row, id, &taken_bytes, take, arg, why);

	tr_part_close(&row);
	return err;
}
