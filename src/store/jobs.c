/* jobs.c: reads what the job table says, for snapshots, for pings, for a stream's end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/jobs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/columns.h"
#include "store/schema.h"

static enum tr_err failed(sqlite3 *db, struct tr_why *why)
{
	return tr_schema_error(
	    sqlite3_extended_errcode(db), sqlite3_db_filename(db, "main"), why);
}

/* Prepares the statement made of pieces (NULL ends them), after each of which comes, where
 * columns[] has a name, the condition that this column is one of the named jobs. */
static enum tr_err prepare(sqlite3 *db, sqlite3_stmt **stmt, const struct tr_filter *filter,
    const char *const pieces[], const char *const columns[], struct tr_why *why)
{
	struct tr_buf sql = {0};
	enum tr_err err = TR_OK;
	int index = 1;

	for (int i = 0; pieces[i]; i++) {
		tr_buf_adds(&sql, pieces[i]);
		if (columns[i])
			tr_filter_jobs_sql(&sql, columns[i], filter);
	}
	if (tr_buf_err(&sql))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	else if (sqlite3_prepare_v2(db, sql.data, -1, stmt, NULL) != SQLITE_OK)
		err = failed(db, why);
	for (int i = 0; !err && pieces[i]; i++)
		if (columns[i] && tr_filter_bind_jobs(filter, *stmt, &index) != SQLITE_OK)
			err = failed(db, why);
	tr_buf_free(&sql);
	return err;
}

static enum tr_err list_add(struct tr_job_list *list, sqlite3_stmt *stmt)
{
	if (list->count == list->cap) {
		int cap = list->cap ? list->cap * 2 : 16;
		struct tr_job *jobs = realloc(list->jobs, (size_t)cap * sizeof(*jobs));
		void **blocks;

		if (!jobs)
			return TR_NOMEM;
		list->jobs = jobs;
		blocks = realloc(list->blocks, (size_t)cap * sizeof(*blocks));
		if (!blocks)
			return TR_NOMEM;
		list->blocks = blocks;
		list->cap = cap;
	}
	if (tr_columns_job(stmt, &list->jobs[list->count], &list->blocks[list->count]))
		return TR_NOMEM;
	list->count++;
	return TR_OK;
}

static enum tr_err list_rows(
    sqlite3 *db, const struct tr_filter *filter, struct tr_job_list *list, struct tr_why *why)
{
	static const char *const pieces[] = {"SELECT " TR_JOB_COLUMNS " FROM job WHERE 1",
	    " AND (state = 'running' OR id IN (SELECT id FROM job WHERE 1",
	    " ORDER BY id DESC LIMIT 100)) ORDER BY id DESC LIMIT 1000", NULL};
	static const char *const columns[] = {"id", "id", NULL};
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = prepare(db, &stmt, filter, pieces, columns, why);
	int rc = SQLITE_DONE;

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (list_add(list, stmt))
			err = tr_fail(why, TR_NOMEM, "out of memory");
	if (!err && rc != SQLITE_DONE)
		err = failed(db, why);
	sqlite3_finalize(stmt);
	return err;
}

enum tr_err tr_jobs_list(
    sqlite3 *db, const struct tr_filter *filter, struct tr_job_list *list, struct tr_why *why)
{
	static const char *const pieces[] = {"SELECT count(*) FROM job WHERE 1", "", NULL};
	static const char *const columns[] = {"id", NULL};
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = prepare(db, &stmt, filter, pieces, columns, why);

	if (!err && sqlite3_step(stmt) != SQLITE_ROW)
		err = failed(db, why);
	if (!err)
		list->total = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return err ? err : list_rows(db, filter, list, why);
}

void tr_job_list_free(struct tr_job_list *list)
{
	for (int i = 0; i < list->count; i++)
		free(list->blocks[i]);
	free(list->blocks);
	free(list->jobs);
	*list = (struct tr_job_list){0};
}

enum tr_err tr_jobs_named(
    sqlite3 *db, const struct tr_filter *filter, struct tr_named *named, struct tr_why *why)
{
	static const char *const pieces[] = {
	    "SELECT count(*) > 0 OR EXISTS (SELECT 1 FROM log WHERE 1",
	    "), total(state IN ('queued','running')),"
	    " (julianday('now') - max(julianday(finished_at))) * 86400.0 FROM job WHERE 1",
	    NULL};
	static const char *const columns[] = {"job_id", "id", NULL};
	sqlite3_stmt *stmt = NULL;
	enum tr_err err;

	if (tr_filter_job(filter, TR_NO_JOB)) {
		*named = (struct tr_named){.known = 1, .open = 1, .ended_s = (double)NAN};
		return TR_OK;
	}
	err = prepare(db, &stmt, filter, pieces, columns, why);
	if (!err && sqlite3_step(stmt) != SQLITE_ROW)
		err = failed(db, why);
	if (!err) {
		named->known = sqlite3_column_int(stmt, 0);
		named->open = sqlite3_column_int(stmt, 1);
		named->ended_s = sqlite3_column_type(stmt, 2) == SQLITE_NULL
				     ? (double)NAN
				     : sqlite3_column_double(stmt, 2);
	}
	sqlite3_finalize(stmt);
	return err;
}

enum tr_err tr_jobs_known(sqlite3 *db, int64_t job_id, struct tr_why *why)
{
	const struct tr_filter filter = {.jobs = {job_id}, .job_count = 1};
	struct tr_named named;
	enum tr_err err = tr_jobs_named(db, &filter, &named, why);

	if (!err && !named.known)
		err = tr_fail(why, TR_ABSENT, "There is no job %lld.", (long long)job_id);
	return err;
}

enum tr_err tr_jobs_beats(sqlite3 *db, const struct tr_filter *filter, struct tr_beat *beats,
    int cap, int *count, struct tr_why *why)
{
	static const char *const pieces[] = {
	    "SELECT id, beat_at FROM job WHERE state = 'running' AND beat_at IS NOT NULL",
	    " ORDER BY id DESC", NULL};
	static const char *const columns[] = {"id", NULL};
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = prepare(db, &stmt, filter, pieces, columns, why);
	int rc = SQLITE_DONE;

	*count = 0;
	while (!err && *count < cap && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *at = (const char *)sqlite3_column_text(stmt, 1);

		beats[*count].job_id = sqlite3_column_int64(stmt, 0);
		snprintf(beats[*count].at, sizeof(beats[*count].at), "%s", at ? at : "");
		(*count)++;
	}
	if (!err && rc != SQLITE_DONE && rc != SQLITE_ROW)
		err = failed(db, why);
	sqlite3_finalize(stmt);
	return err;
}
