/* submit.c: the transactions of a publisher that is not on this machine: counted, and a request
 * that bears a key is done once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/columns.h"
#include "store/schema.h"

#define MINUTE_LEN 16 /* "YYYY-MM-DDTHH:MM" */

static const char table_sql[] =
    "CREATE TABLE IF NOT EXISTS http_key (id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL,"
    " request INTEGER NOT NULL, lines INTEGER NOT NULL, status INTEGER, answer TEXT)";

static enum tr_err failed(sqlite3 *db, struct tr_why *why)
{
	return tr_schema_error(
	    sqlite3_extended_errcode(db), sqlite3_db_filename(db, "main"), why);
}

static enum tr_err run(sqlite3 *db, const char *sql, struct tr_why *why)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? TR_OK : failed(db, why);
}

static enum tr_err prepare(
    sqlite3 *db, sqlite3_stmt **stmt, const char *sql, struct tr_why *why)
{
	return sqlite3_prepare_v2(db, sql, -1, stmt, NULL) == SQLITE_OK ? TR_OK
									: failed(db, why);
}

/* Runs a statement that returns no rows, and finalizes it. */
static enum tr_err finish(sqlite3 *db, sqlite3_stmt *stmt, struct tr_why *why)
{
	enum tr_err err = sqlite3_step(stmt) == SQLITE_DONE ? TR_OK : failed(db, why);

	sqlite3_finalize(stmt);
	return err;
}

/* Takes what the table says of the key, at the row that stmt has. */
static enum tr_submitted compare(
    struct tr_submit *submit, sqlite3_stmt *stmt, int *status, struct tr_buf *answer)
{
	struct tr_text text = tr_column_text(stmt, 3);
	int64_t done = sqlite3_column_int64(stmt, 1);

	if (sqlite3_column_int64(stmt, 0) != submit->request)
		return TR_SUBMIT_MISUSE;
	if (text.data) {
		*status = sqlite3_column_int(stmt, 2);
		tr_buf_add(answer, text.data, text.len);
		return TR_SUBMIT_DONE;
	}
	if (submit->begun && done != submit->done)
		return TR_SUBMIT_RIVAL;
	submit->done = done;
	return TR_SUBMIT_GO;
}

static enum tr_err look_up(struct tr_submit *submit, enum tr_submitted *how, int *status,
    struct tr_buf *answer, struct tr_why *why)
{
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = run(submit->db, table_sql, why);
	int rc;

	if (!err)
		err = prepare(submit->db, &stmt,
		    "SELECT request, lines, status, answer FROM http_key WHERE key = ?1", why);
	if (err)
		return err;
	sqlite3_bind_text(stmt, 1, submit->key, -1, SQLITE_STATIC);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*how = compare(submit, stmt, status, answer);
	else if (rc != SQLITE_DONE)
		err = failed(submit->db, why);
	sqlite3_finalize(stmt);
	return err;
}

/* Reads which minute was counted last, and its count. */
static enum tr_err read_minute(
    sqlite3 *db, char minute[TR_ISO_SIZE], int64_t *count, struct tr_why *why)
{
	sqlite3_stmt *stmt = NULL;
	enum tr_err err =
	    prepare(db, &stmt, "SELECT value FROM meta WHERE key = 'http_minute'", why);
	int rc;

	if (err)
		return err;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		const char *value = (const char *)sqlite3_column_text(stmt, 0);

		snprintf(minute, TR_ISO_SIZE, "%.*s", MINUTE_LEN, value ? value : "");
		*count = value && strlen(minute) == MINUTE_LEN
			     ? strtoll(value + MINUTE_LEN, NULL, 10)
			     : 0;
	} else if (rc != SQLITE_DONE) {
		err = failed(db, why);
	}
	sqlite3_finalize(stmt);
	return err;
}

/* Counts the request. */
static enum tr_err count(struct tr_submit *submit, enum tr_submitted *how, struct tr_why *why)
{
	char now[TR_ISO_SIZE], minute[TR_ISO_SIZE] = "", value[TR_ISO_SIZE + 24];
	sqlite3_stmt *stmt = NULL;
	int64_t counted = 0;
	enum tr_err err = read_minute(submit->db, minute, &counted, why);

	tr_iso_now(now);
	now[MINUTE_LEN] = '\0';
	if (strcmp(minute, now) != 0)
		counted = 0;
	if (!err && counted >= submit->most_a_minute) {
		*how = TR_SUBMIT_LATER;
		return TR_OK;
	}
	snprintf(value, sizeof(value), "%s %lld", now, (long long)counted + 1);
	if (!err)
		err = prepare(submit->db, &stmt,
		    "INSERT OR REPLACE INTO meta VALUES ('http_minute', ?1)", why);
	if (err)
		return err;
	sqlite3_bind_text(stmt, 1, value, -1, SQLITE_STATIC);
	return finish(submit->db, stmt, why);
}

enum tr_err tr_submit_begin(struct tr_submit *submit, enum tr_submitted *how, int *status,
    struct tr_buf *answer, struct tr_why *why)
{
	enum tr_err err = run(submit->db, "BEGIN IMMEDIATE", why);

	*how = TR_SUBMIT_GO;
	if (err)
		return err;
	if (submit->key)
		err = look_up(submit, how, status, answer, why);
	if (!err && *how == TR_SUBMIT_GO && !submit->begun)
		err = count(submit, how, why);
	if (err || *how != TR_SUBMIT_GO)
		tr_submit_rollback(submit);
	return err;
}

/* Remembers how far the request is, and forgets the oldest ones. */
static enum tr_err remember(
    struct tr_submit *submit, int status, const struct tr_buf *answer, struct tr_why *why)
{
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = prepare(submit->db, &stmt,
	    "INSERT OR REPLACE INTO http_key (id, key, request, lines, status, answer)"
	    " VALUES ((SELECT id FROM http_key WHERE key = ?1), ?1, ?2, ?3, ?4, ?5)",
	    why);

	if (err)
		return err;
	sqlite3_bind_text(stmt, 1, submit->key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, submit->request);
	sqlite3_bind_int64(stmt, 3, submit->done);
	if (answer) {
		sqlite3_bind_int(stmt, 4, status);
		sqlite3_bind_text64(
		    stmt, 5, answer->data, answer->len, SQLITE_STATIC, SQLITE_UTF8);
	}
	err = finish(submit->db, stmt, why);
	if (!err)
		err = prepare(submit->db, &stmt,
		    "DELETE FROM http_key WHERE id <= (SELECT max(id) FROM http_key) - ?1",
		    why);
	if (err)
		return err;
	sqlite3_bind_int(stmt, 1, TR_SUBMIT_KEYS);
	return finish(submit->db, stmt, why);
}

enum tr_err tr_submit_commit(struct tr_submit *submit, int64_t lines, int status,
    const struct tr_buf *answer, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	submit->done += lines;
	if (submit->key)
		err = remember(submit, status, answer, why);
	if (!err)
		err = run(submit->db, "COMMIT", why);
	if (err) {
		submit->done -= lines;
		tr_submit_rollback(submit);
	}
	submit->begun = 1;
	return err;
}

void tr_submit_rollback(struct tr_submit *submit)
{
	sqlite3_exec(submit->db, "ROLLBACK", NULL, NULL, NULL);
}
