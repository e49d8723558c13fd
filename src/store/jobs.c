/* jobs.c: reads what the job table says, for snapshots, for pings, for a stream's end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/jobs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/columns.h"
#include "store/schema.h"

static enum tr_err failed(sqlite3 *db, struct tr_why *why)
{
	return tr_schema_error(
	    sqlite3_extended_errcode(db), sqlite3_db_filename(db, "main"), why);
}

/* Prepares the statement made of pieces (NULL ends them), after each of which comes, where
 * tables[] has a table, the condition that its job is one of the filter's. */
static enum tr_err prepare(sqlite3 *db, sqlite3_stmt **stmt, const struct tr_filter *filter,
    const char *const pieces[], const enum tr_table tables[], struct tr_why *why)
{
	struct tr_buf sql = {0};
	enum tr_err err = TR_OK;
	int index = 1;

	for (int i = 0; pieces[i]; i++) {
		tr_buf_adds(&sql, pieces[i]);
		if (tables[i])
			tr_filter_jobs_sql(&sql, tables[i], filter);
	}
	if (tr_buf_err(&sql))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	else if (sqlite3_prepare_v2(db, sql.data, -1, stmt, NULL) != SQLITE_OK)
		err = failed(db, why);
	for (int i = 0; !err && pieces[i]; i++)
		if (tables[i] && tr_filter_bind_jobs(filter, *stmt, &index) != SQLITE_OK)
			err = failed(db, why);
	tr_buf_free(&sql);
	return err;
}

/* The ids of the jobs to list. */
static enum tr_err list_ids(sqlite3 *db, const struct tr_filter *filter,
    int64_t ids[TR_JOBS_LISTED], int *count, struct tr_why *why)
{
	static const char *const pieces[] = {"SELECT id FROM job WHERE 1",
	    " AND (state = 'running' OR id IN (SELECT id FROM job WHERE 1",
	    " ORDER BY id DESC LIMIT 100)) ORDER BY id DESC", NULL};
	static const enum tr_table tables[] = {TR_JOB, TR_JOB, TR_NO_TABLE};
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = prepare(db, &stmt, filter, pieces, tables, why);
	int rc = SQLITE_DONE;

	*count = 0;
	while (!err && *count < TR_JOBS_LISTED && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		ids[(*count)++] = sqlite3_column_int64(stmt, 0);
	if (!err && rc != SQLITE_DONE && rc != SQLITE_ROW)
		err = failed(db, why);
	sqlite3_finalize(stmt);
	return err;
}

/* Adds the job of that id, where it is still there. */
static enum tr_err list_add(sqlite3 *db, struct tr_part_row *row, int64_t id,
    struct tr_job_list *list, struct tr_why *why)
{
	enum tr_err err = TR_OK;
	sqlite3_stmt *at;
	int rc = tr_part_find(db, row, id, &at);

	if (rc == SQLITE_ROW) {
		if (tr_columns_job(at, &list->jobs[list->count], &list->taken_bytes,
			&list->blocks[list->count]))
			err = tr_fail(why, TR_NOMEM, "out of memory");
		else
			list->count++;
	} else if (rc != SQLITE_DONE) {
		err = failed(db, why);
	}
	tr_part_reset(row);
	return err;
}

static enum tr_err list_rows(
    sqlite3 *db, const struct tr_filter *filter, struct tr_job_list *list, struct tr_why *why)
{
	struct tr_part_row row = {.sql = "SELECT " TR_JOB_COLUMNS " FROM job WHERE id = ?1",
	    .in_part_sql = "SELECT " TR_JOB_PARTS " FROM job WHERE id = ?1"};
	int64_t ids[TR_JOBS_LISTED];
	int count;
	enum tr_err err = list_ids(db, filter, ids, &count, why);

	if (err || !count)
		return err;
	list->jobs = calloc((size_t)count, sizeof(*list->jobs));
	list->blocks = calloc((size_t)count, sizeof(*list->blocks));
	if (!list->jobs || !list->blocks)
		err = tr_fail(why, TR_NOMEM, "out of memory");
	for (int i = 0; i < count && !err; i++)
		err = list_add(db, &row, ids[i], list, why);
	tr_part_close(&row);
	return err;
}

enum tr_err tr_jobs_list(
    sqlite3 *db, const struct tr_filter *filter, struct tr_job_list *list, struct tr_why *why)
{
	static const char *const pieces[] = {"SELECT count(*) FROM job WHERE 1", NULL};
	static const enum tr_table tables[] = {TR_JOB, TR_NO_TABLE};
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = prepare(db, &stmt, filter, pieces, tables, why);

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
	/* What outlived its job is no owner's; and a look at all rows of another's job would
	 * take a time that tells of them. */
	const char *const pieces[] = {
	    filter->owner ? "SELECT count(*) > 0 OR EXISTS (SELECT 1 FROM log WHERE 0"
			  : "SELECT count(*) > 0 OR EXISTS (SELECT 1 FROM log WHERE 1",
	    "), total(state IN ('queued','running')),"
	    " (julianday('now') - max(julianday(finished_at))) * 86400.0 FROM job WHERE 1",
	    NULL};
	static const enum tr_table tables[] = {TR_LOG, TR_JOB};
	sqlite3_stmt *stmt = NULL;
	enum tr_err err;

	if (tr_filter_job(filter, TR_NO_JOB) && !filter->owner) {
		*named = (struct tr_named){.known = 1, .open = 1, .ended_s = (double)NAN};
		return TR_OK;
	}
	err = prepare(db, &stmt, filter, pieces, tables, why);
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

enum tr_err tr_jobs_known(
    sqlite3 *db, const struct tr_filter *scope, int64_t job_id, struct tr_why *why)
{
	const struct tr_filter filter = {
	    .jobs = {job_id}, .job_count = 1, .owner = scope->owner};
	struct tr_named named = {0};
	enum tr_err err = TR_OK;

	if (tr_filter_job(scope, job_id))
		err = tr_jobs_named(db, &filter, &named, why);

	if (!err && !named.known)
		err = tr_fail(why, TR_ABSENT, "There is no job %lld.", (long long)job_id);
	return err;
}

static struct tr_beat beat_of(sqlite3_stmt *stmt)
{
	struct tr_beat beat = {.job_id = sqlite3_column_int64(stmt, 0)};
	int has_owner = sqlite3_column_type(stmt, 2) == SQLITE_TEXT;
	struct tr_text at = tr_column_text(stmt, 1), owner = tr_column_text(stmt, 2);

	snprintf(beat.at, sizeof(beat.at), "%s", at.data ? at.data : "");
	if (has_owner && owner.data && owner.len < sizeof(beat.owner) &&
	    strlen(owner.data) == owner.len)
		memcpy(beat.owner, owner.data, owner.len);
	return beat;
}

enum tr_err tr_jobs_beats(sqlite3 *db, const struct tr_filter *filter, struct tr_beat *beats,
    int cap, int *count, struct tr_why *why)
{
	static const char *const pieces[] = {"SELECT id, beat_at, owner FROM job WHERE state = "
					     "'running' AND beat_at IS NOT NULL",
	    " ORDER BY id DESC", NULL};
	static const enum tr_table tables[] = {TR_JOB, TR_NO_TABLE};
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = prepare(db, &stmt, filter, pieces, tables, why);
	int rc = SQLITE_DONE;

	*count = 0;
	while (!err && *count < cap && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		beats[(*count)++] = beat_of(stmt);
	}
	if (!err && rc != SQLITE_DONE && rc != SQLITE_ROW)
		err = failed(db, why);
	sqlite3_finalize(stmt);
	return err;
}
