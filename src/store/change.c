/* change.c: jobs and lines as a publisher on another machine gives them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/change.h"

#include <string.h>

#include "base/buf.h"
#include "store/filter.h"
#include "store/schema.h"

/* For a constraint SQLite's own text is the best: it is the schema's, and says what may be. */
static enum tr_err failed(sqlite3 *db, struct tr_why *why)
{
	int rc = sqlite3_extended_errcode(db);

	if ((rc & 0xff) == SQLITE_CONSTRAINT)
		return tr_fail(why, TR_INVALID, "%s", sqlite3_errmsg(db));
	return tr_schema_error(rc, sqlite3_db_filename(db, "main"), why);
}

static enum tr_err no_job(int64_t id, struct tr_why *why)
{
	return tr_fail(why, TR_ABSENT, "There is no job %lld.", (long long)id);
}

static int bind_text(sqlite3_stmt *stmt, int index, struct tr_text text)
{
	return sqlite3_bind_text64(
	    stmt, index, text.data, text.len, SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_value(sqlite3_stmt *stmt, int index, const struct tr_value *value)
{
	switch (value->kind) {
	case TR_VALUE_TEXT:
		return bind_text(stmt, index, value->text);
	case TR_VALUE_NUMBER:
		return sqlite3_bind_double(stmt, index, value->number);
	case TR_VALUE_INTEGER:
		return sqlite3_bind_int64(stmt, index, value->integer);
	default:
		return sqlite3_bind_null(stmt, index);
	}
}

/* Runs the statement with the values as its first parameters. */
static enum tr_err run(sqlite3 *db, const struct tr_buf *sql, const struct tr_value *values,
    size_t count, struct tr_why *why)
{
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = TR_OK;

	if (tr_buf_err(sql))
		return tr_fail(why, TR_NOMEM, "out of memory");
	if (sqlite3_prepare_v2(db, sql->data, -1, &stmt, NULL) != SQLITE_OK)
		err = failed(db, why);
	for (size_t i = 0; !err && i < count; i++)
		if (bind_value(stmt, (int)i + 1, &values[i]) != SQLITE_OK)
			err = failed(db, why);
	if (!err && sqlite3_step(stmt) != SQLITE_DONE)
		err = failed(db, why);
	sqlite3_finalize(stmt);
	return err;
}

enum tr_err tr_change_insert(
    sqlite3 *db, const struct tr_value *values, size_t count, int64_t *id, struct tr_why *why)
{
	struct tr_buf sql = {0};
	enum tr_err err;

	tr_buf_adds(&sql, "INSERT INTO job (");
	for (size_t i = 0; i < count; i++)
		tr_buf_addf(&sql, i ? ",%s" : "%s", values[i].column);
	tr_buf_adds(&sql, ") VALUES (");
	for (size_t i = 0; i < count; i++)
		tr_buf_adds(&sql, i ? ",?" : "?");
	tr_buf_adds(&sql, ")");
	err = run(db, &sql, values, count, why);
	if (!err)
		*id = sqlite3_last_insert_rowid(db);
	tr_buf_free(&sql);
	return err;
}

enum tr_err tr_change_update(
    sqlite3 *db, int64_t id, const struct tr_value *values, size_t count, struct tr_why *why)
{
	struct tr_buf sql = {0};
	enum tr_err err;

	tr_buf_adds(&sql, "UPDATE job SET ");
	for (size_t i = 0; i < count; i++)
		tr_buf_addf(&sql, i ? ",%s = ?" : "%s = ?", values[i].column);
	tr_buf_addf(&sql, " WHERE id = %lld", (long long)id);
	err = run(db, &sql, values, count, why);
	if (!err && !sqlite3_changes(db))
		err = no_job(id, why);
	tr_buf_free(&sql);
	return err;
}

static enum tr_err job_exists(sqlite3 *db, int64_t id, struct tr_why *why)
{
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = TR_OK;
	int rc = sqlite3_prepare_v2(db, "SELECT 1 FROM job WHERE id = ?1", -1, &stmt, NULL);

	sqlite3_bind_int64(stmt, 1, id);
	if (!rc)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_DONE)
		err = no_job(id, why);
	else if (rc != SQLITE_ROW)
		err = failed(db, why);
	sqlite3_finalize(stmt);
	return err;
}

static enum tr_err insert_line(
    sqlite3 *db, sqlite3_stmt *stmt, const struct tr_log_line *line, struct tr_why *why)
{
	static const struct tr_text log = {"log", 3}, info = {"info", 4};
	enum tr_err err = TR_OK;

	if (bind_text(stmt, 2, line->event.data ? line->event : log) != SQLITE_OK ||
	    bind_text(stmt, 3, line->level.data ? line->level : info) != SQLITE_OK ||
	    bind_text(stmt, 4, line->message) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_DONE)
		err = failed(db, why);
	sqlite3_reset(stmt);
	return err;
}

enum tr_err tr_change_log(sqlite3 *db, int64_t job_id, const struct tr_log_line *lines,
    size_t count, struct tr_why *why)
{
	static const char sql[] =
	    "INSERT INTO log (job_id, event, level, message) VALUES (?1, ?2, ?3, ?4)";
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = job_id == TR_NO_JOB ? TR_OK : job_exists(db, job_id, why);

	if (!err && sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		err = failed(db, why);
	if (!err && job_id != TR_NO_JOB)
		sqlite3_bind_int64(stmt, 1, job_id);
	for (size_t i = 0; !err && i < count; i++)
		err = insert_line(db, stmt, &lines[i], why);
	sqlite3_finalize(stmt);
	return err;
}
