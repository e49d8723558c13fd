/* ledger.c: writes a running job's lines, many in a transaction, on a connection that stays.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/schema.h"

/* The statements, prepared at their first use and kept. */
enum sql {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_MAKE_JOB,
	SQL_HAS_JOB,
	SQL_RIVAL,
	SQL_ADD,
	SQL_HAS_LINE,
	SQL_PROGRESS,
	SQL_BEAT,
	SQL_FINISH,
	SQLS
};

static const char *const texts[SQLS] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_MAKE_JOB] = "INSERT INTO job (name, state, owner, host, cwd, key, created_at, "
		     "started_at, beat_at) VALUES (?1, 'running', ?2, ?3, ?4, ?5, ?6, ?6, ?7)",
    [SQL_HAS_JOB] = "SELECT 1 FROM job WHERE id = ?1 AND started_at = ?2",
    [SQL_RIVAL] = "SELECT id FROM job WHERE state = 'running' AND key = ?1 AND host <> ?2 "
		  "AND beat_at >= ?3 ORDER BY id DESC LIMIT 1",
    [SQL_ADD] = "INSERT INTO log (job_id, event, level, message, created_at) "
		"VALUES (?1, ?2, ?3, ?4, ?5)",
    [SQL_HAS_LINE] = "SELECT 1 FROM log WHERE id = ?1 AND job_id = ?2 AND created_at = ?3",
    [SQL_PROGRESS] = "UPDATE job SET progress = ?2, step = ?3 WHERE id = ?1",
    [SQL_BEAT] = "UPDATE job SET beat_at = ?2 WHERE id = ?1",
    [SQL_FINISH] = "UPDATE job SET state = ?2, exit_code = ?3, signal = ?4, "
		   "error = coalesce(error, ?5), finished_at = ?6 "
		   "WHERE id = ?1 AND (state = 'running' OR ?7)",
};

struct tr_ledger {
	sqlite3 *db;
	sqlite3_stmt *stmts[SQLS];
};

/* The statement, prepared and without bindings of before; NULL: *err and *why say why not. */
static sqlite3_stmt *ready(
    struct tr_ledger *ledger, enum sql sql, enum tr_err *err, struct tr_why *why)
{
	sqlite3_stmt **stmt = &ledger->stmts[sql];

	*err = TR_OK;
	if (!*stmt && sqlite3_prepare_v3(
			  ledger->db, texts[sql], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL))
		*err = tr_publish_error(ledger->db, why);
	return *stmt;
}

/* Runs a statement that ready() gave, for at most one row, and resets it. *row, where row is
 * not NULL: whether there was one, and its first column in *value. */
static enum tr_err run(
    struct tr_ledger *ledger, sqlite3_stmt *stmt, int *row, int64_t *value, struct tr_why *why)
{
	int rc = sqlite3_step(stmt);
	enum tr_err err = TR_OK;

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		err = tr_publish_error(ledger->db, why);
	if (row)
		*row = rc == SQLITE_ROW;
	if (value)
		*value = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_reset(stmt);
	return err;
}

static enum tr_err run_plain(struct tr_ledger *ledger, enum sql sql, struct tr_why *why)
{
	enum tr_err err;
	sqlite3_stmt *stmt = ready(ledger, sql, &err, why);

	return stmt ? run(ledger, stmt, NULL, NULL, why) : err;
}

static void bind_text(sqlite3_stmt *stmt, int index, const char *text)
{
	sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC);
}

static void bind_bytes(sqlite3_stmt *stmt, int index, struct tr_text text)
{
	sqlite3_bind_text64(stmt, index, text.data, text.len, SQLITE_STATIC, SQLITE_UTF8);
}

/* A power failure may take the last commits of a log, but each commit must not wait for the
 * disk. Outside WAL mode a missing sync could damage the file. */
static void relax(sqlite3 *db)
{
	sqlite3_stmt *stmt = NULL;
	int wal;

	sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &stmt, NULL);
	wal = sqlite3_step(stmt) == SQLITE_ROW &&
	      strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") == 0;
	sqlite3_finalize(stmt);
	if (wal)
		sqlite3_exec(db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
}

enum tr_err tr_ledger_open(
    struct tr_ledger **ledger, const char *path, int busy_ms, struct tr_why *why)
{
	char epoch[TR_EPOCH_SIZE];
	enum tr_err err;

	*ledger = calloc(1, sizeof(**ledger));
	if (!*ledger)
		return tr_fail(why, TR_NOMEM, "out of memory");
	err = tr_schema_open(&(*ledger)->db, path, SQLITE_OPEN_READWRITE, busy_ms, why);
	if (!err)
		err = tr_schema_check((*ledger)->db, epoch, why);
	if (err) {
		tr_ledger_close(*ledger);
		*ledger = NULL;
		return err;
	}
	relax((*ledger)->db);
	return TR_OK;
}

void tr_ledger_close(struct tr_ledger *ledger)
{
	if (!ledger)
		return;
	for (int i = 0; i < SQLS; i++)
		sqlite3_finalize(ledger->stmts[i]);
	sqlite3_close(ledger->db);
	free(ledger);
}

enum tr_err tr_ledger_begin(struct tr_ledger *ledger, struct tr_why *why)
{
	return run_plain(ledger, SQL_BEGIN, why);
}

enum tr_err tr_ledger_commit(struct tr_ledger *ledger, struct tr_why *why)
{
	enum tr_err err = run_plain(ledger, SQL_COMMIT, why);
	int moved = 0;

	if (err)
		return err;
	sqlite3_file_control(ledger->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	if (moved)
		return tr_fail(why, TR_ABSENT, "%s was deleted or replaced",
		    sqlite3_db_filename(ledger->db, "main"));
	return TR_OK;
}

void tr_ledger_rollback(struct tr_ledger *ledger)
{
	if (!sqlite3_get_autocommit(ledger->db))
		sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
}

enum tr_err tr_ledger_make_job(
    struct tr_ledger *ledger, const struct tr_ledger_job *job, int64_t *id, struct tr_why *why)
{
	char now[TR_ISO_SIZE];
	enum tr_err err;
	sqlite3_stmt *stmt = ready(ledger, SQL_MAKE_JOB, &err, why);

	if (!stmt)
		return err;
	tr_iso_now(now);
	bind_text(stmt, 1, job->is.name);
	bind_text(stmt, 2, job->is.owner);
	bind_text(stmt, 3, job->is.host);
	bind_text(stmt, 4, job->is.cwd);
	bind_text(stmt, 5, job->key);
	bind_text(stmt, 6, job->started_at);
	bind_text(stmt, 7, now);
	err = run(ledger, stmt, NULL, NULL, why);
	if (!err)
		*id = sqlite3_last_insert_rowid(ledger->db);
	return err;
}

enum tr_err tr_ledger_has_job(
    struct tr_ledger *ledger, int64_t id, const char *started_at, struct tr_why *why)
{
	enum tr_err err;
	sqlite3_stmt *stmt = ready(ledger, SQL_HAS_JOB, &err, why);
	int found;

	if (!stmt)
		return err;
	sqlite3_bind_int64(stmt, 1, id);
	bind_text(stmt, 2, started_at);
	err = run(ledger, stmt, &found, NULL, why);
	if (!err && !found)
		err = tr_fail(why, TR_ABSENT, "no job %lld", (long long)id);
	return err;
}

enum tr_err tr_ledger_rival(struct tr_ledger *ledger, const struct tr_ledger_job *job,
    int alive_s, int64_t *id, struct tr_why *why)
{
	char since[TR_ISO_SIZE];
	enum tr_err err;
	sqlite3_stmt *stmt = ready(ledger, SQL_RIVAL, &err, why);

	if (!stmt)
		return err;
	tr_iso_at(tr_wall_ms() - alive_s * INT64_C(1000), since);
	bind_text(stmt, 1, job->key);
	bind_text(stmt, 2, job->is.host);
	bind_text(stmt, 3, since);
	return run(ledger, stmt, NULL, id, why);
}

enum tr_err tr_ledger_add(struct tr_ledger *ledger, int64_t job_id,
    const struct tr_ledger_line *line, int64_t *log_id, struct tr_why *why)
{
	enum tr_err err;
	sqlite3_stmt *stmt = ready(ledger, SQL_ADD, &err, why);

	if (!stmt)
		return err;
	sqlite3_bind_int64(stmt, 1, job_id);
	bind_text(stmt, 2, line->event);
	bind_text(stmt, 3, line->level);
	bind_bytes(stmt, 4, line->message);
	bind_text(stmt, 5, line->at);
	err = run(ledger, stmt, NULL, NULL, why);
	if (!err)
		*log_id = sqlite3_last_insert_rowid(ledger->db);
	if (err == TR_INVALID && sqlite3_get_autocommit(ledger->db))
		return tr_fail(why, TR_DB,
		    "%s: a trigger took back all that came with that line: let it say ABORT "
		    "instead of ROLLBACK",
		    sqlite3_errmsg(ledger->db));
	return err;
}

enum tr_err tr_ledger_has_line(struct tr_ledger *ledger, int64_t log_id, int64_t job_id,
    const char *at, struct tr_why *why)
{
	enum tr_err err;
	sqlite3_stmt *stmt = ready(ledger, SQL_HAS_LINE, &err, why);
	int found;

	if (!stmt)
		return err;
	sqlite3_bind_int64(stmt, 1, log_id);
	sqlite3_bind_int64(stmt, 2, job_id);
	bind_text(stmt, 3, at);
	err = run(ledger, stmt, &found, NULL, why);
	if (!err && !found)
		err = tr_fail(why, TR_ABSENT, "no row %lld in the log", (long long)log_id);
	return err;
}

enum tr_err tr_ledger_set_progress(struct tr_ledger *ledger, int64_t job_id,
    const struct tr_ledger_progress *progress, struct tr_why *why)
{
	enum tr_err err;
	sqlite3_stmt *stmt = ready(ledger, SQL_PROGRESS, &err, why);

	if (!stmt)
		return err;
	sqlite3_bind_int64(stmt, 1, job_id);
	sqlite3_bind_double(stmt, 2, progress->percent); /* NaN is NULL */
	bind_bytes(stmt, 3, progress->step);
	return run(ledger, stmt, NULL, NULL, why);
}

enum tr_err tr_ledger_beat(struct tr_ledger *ledger, int64_t job_id, struct tr_why *why)
{
	char now[TR_ISO_SIZE];
	enum tr_err err;
	sqlite3_stmt *stmt = ready(ledger, SQL_BEAT, &err, why);

	if (!stmt)
		return err;
	tr_iso_now(now);
	sqlite3_bind_int64(stmt, 1, job_id);
	bind_text(stmt, 2, now);
	return run(ledger, stmt, NULL, NULL, why);
}

enum tr_err tr_ledger_finish(struct tr_ledger *ledger, int64_t job_id,
    const struct tr_ledger_ending *ending, struct tr_why *why)
{
	enum tr_err err;
	sqlite3_stmt *stmt = ready(ledger, SQL_FINISH, &err, why);

	if (!stmt)
		return err;
	sqlite3_clear_bindings(stmt);
	sqlite3_bind_int64(stmt, 1, job_id);
	bind_text(stmt, 2, tr_end_names[ending->end]);
	if (ending->exit_code >= 0)
		sqlite3_bind_int64(stmt, 3, ending->exit_code);
	if (ending->signal)
		sqlite3_bind_int64(stmt, 4, ending->signal);
	bind_text(stmt, 5, ending->error);
	bind_text(stmt, 6, ending->at);
	sqlite3_bind_int(stmt, 7, !ending->if_running);
	return run(ledger, stmt, NULL, NULL, why);
}
