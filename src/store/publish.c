/* publish.c: writes jobs and log lines, as any publisher does.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/publish.h"

#include <string.h>

#include "store/filter.h"
#include "store/schema.h"

const char *const tr_end_names[TR_ENDS] = {"succeeded", "failed", "canceled"};

enum tr_err tr_publish_error(sqlite3 *db, struct tr_why *why)
{
	int rc = sqlite3_extended_errcode(db);

	/* SQLite's own text is the best: it is the schema's, or the table's owner's, and says
	 * what may be. */
	if ((rc & 0xff) == SQLITE_CONSTRAINT)
		return tr_fail(why, TR_INVALID, "%s", sqlite3_errmsg(db));
	return tr_schema_error(rc, sqlite3_db_filename(db, "main"), why);
}

static enum tr_err no_job(sqlite3 *db, int64_t id, struct tr_why *why)
{
	return tr_fail(why, TR_ABSENT, "no job %lld in %s", (long long)id,
	    sqlite3_db_filename(db, "main"));
}

/* Runs a statement that returns no rows, and finalizes it. stmt may be NULL: it could not be
 * prepared. */
static enum tr_err run(sqlite3 *db, sqlite3_stmt *stmt, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	if (!stmt || sqlite3_step(stmt) != SQLITE_DONE)
		err = tr_publish_error(db, why);
	sqlite3_finalize(stmt);
	return err;
}

/* The same for an UPDATE of one job. */
static enum tr_err run_update(sqlite3 *db, sqlite3_stmt *stmt, int64_t id, struct tr_why *why)
{
	enum tr_err err = run(db, stmt, why);

	if (!err && !sqlite3_changes(db))
		err = no_job(db, id, why);
	return err;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	return stmt;
}

enum tr_err tr_publish_open(sqlite3 **db, const char *path, struct tr_why *why)
{
	char epoch[TR_EPOCH_SIZE];
	enum tr_err err =
	    tr_schema_open(db, path, SQLITE_OPEN_READWRITE, TR_PUBLISH_BUSY_MS, why);

	if (!err)
		err = tr_schema_check(*db, epoch, why);
	if (err) {
		sqlite3_close(*db);
		*db = NULL;
	}
	return err;
}

enum tr_err tr_publish_start(
    sqlite3 *db, const struct tr_new_job *job, int64_t *id, struct tr_why *why)
{
	sqlite3_stmt *stmt = prepare(db, "INSERT INTO job (name, state, owner, host, cwd)"
					 " VALUES (?1, 'running', ?2, ?3, ?4)");
	enum tr_err err;

	sqlite3_bind_text(stmt, 1, job->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, job->owner, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, job->host, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 4, job->cwd, -1, SQLITE_STATIC);
	err = run(db, stmt, why);
	if (!err)
		*id = sqlite3_last_insert_rowid(db);
	return err;
}

enum tr_err tr_publish_progress(
    sqlite3 *db, int64_t id, double percent, const char *step, struct tr_why *why)
{
	sqlite3_stmt *stmt;

	if (!(percent >= 0 && percent <= 100)) /* NaN too, which SQLite would take for NULL */
		return tr_fail(why, TR_INVALID, "progress is 0 to 100, not %g", percent);
	stmt = prepare(
	    db, "UPDATE job SET progress = ?2, step = coalesce(?3, step) WHERE id = ?1");
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_double(stmt, 2, percent);
	sqlite3_bind_text(stmt, 3, step, -1, SQLITE_STATIC);
	return run_update(db, stmt, id, why);
}

enum tr_err tr_publish_finish(
    sqlite3 *db, int64_t id, const struct tr_ending *ending, struct tr_why *why)
{
	sqlite3_stmt *stmt = prepare(db, "UPDATE job SET state = ?2, url = coalesce(?3, url), "
					 "error = ?4, exit_code = ?5 WHERE id = ?1");

	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_text(stmt, 2, tr_end_names[ending->end], -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, ending->url, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 4, ending->error, -1, SQLITE_STATIC);
	if (ending->has_exit_code)
		sqlite3_bind_int64(stmt, 5, ending->exit_code);
	return run_update(db, stmt, id, why);
}

/* As the CHECK in schema.sql has it. */
static enum tr_err check_event(const char *event, struct tr_why *why)
{
	const struct tr_text name = {event, strlen(event)};

	if (!tr_event_name(name))
		return tr_fail(why, TR_INVALID,
		    "'%.80s' cannot be an event's name: use 1 to 64 of A-Z a-z 0-9 . _ : -",
		    event);
	if (tr_event_reserved(name))
		return tr_fail(why, TR_INVALID,
		    "'%s' cannot be an event's name: a stream uses it itself", event);
	return TR_OK;
}

/* So that a wrong word shows even before the first line is there. */
static enum tr_err check_origin(const struct tr_origin *origin, struct tr_why *why)
{
	enum tr_err err = origin->event ? check_event(origin->event, why) : TR_OK;

	if (err || !origin->level)
		return err;
	if (tr_level_of((struct tr_text){origin->level, strlen(origin->level)}) == TR_LEVELS)
		return tr_fail(why, TR_INVALID,
		    "'%.80s' is no level: use debug, info, warn or error", origin->level);
	return TR_OK;
}

static enum tr_err job_exists(sqlite3 *db, int64_t id, struct tr_why *why)
{
	sqlite3_stmt *stmt = prepare(db, "SELECT 1 FROM job WHERE id = ?1");
	enum tr_err err = TR_OK;
	int rc;

	sqlite3_bind_int64(stmt, 1, id);
	rc = stmt ? sqlite3_step(stmt) : SQLITE_ERROR;
	if (rc == SQLITE_DONE)
		err = no_job(db, id, why);
	else if (rc != SQLITE_ROW)
		err = tr_publish_error(db, why);
	sqlite3_finalize(stmt);
	return err;
}

/* Inserts the lines; the transaction is the caller's. */
static enum tr_err insert_lines(sqlite3 *db, const struct tr_origin *origin,
    const struct tr_text *lines, size_t count, struct tr_why *why)
{
	sqlite3_stmt *stmt = prepare(
	    db, "INSERT INTO log (job_id, event, level, message) VALUES (?1, ?2, ?3, ?4)");
	enum tr_err err = stmt ? TR_OK : tr_publish_error(db, why);

	if (origin->has_job)
		sqlite3_bind_int64(stmt, 1, origin->job_id);
	sqlite3_bind_text(stmt, 2, origin->event ? origin->event : "log", -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, origin->level ? origin->level : "info", -1, SQLITE_STATIC);
	for (size_t i = 0; !err && i < count; i++) {
		sqlite3_bind_text64(
		    stmt, 4, lines[i].data, lines[i].len, SQLITE_STATIC, SQLITE_UTF8);
		if (sqlite3_step(stmt) != SQLITE_DONE)
			err = tr_publish_error(db, why);
		sqlite3_reset(stmt);
	}
	sqlite3_finalize(stmt);
	return err;
}

enum tr_err tr_publish_log(sqlite3 *db, const struct tr_origin *origin,
    const struct tr_text *lines, size_t count, struct tr_why *why)
{
	enum tr_err err = check_origin(origin, why);

	if (err)
		return err;
	err = run(db, prepare(db, "BEGIN IMMEDIATE"), why);
	if (!err && origin->has_job)
		err = job_exists(db, origin->job_id, why);
	if (!err)
		err = insert_lines(db, origin, lines, count, why);
	if (!err)
		err = run(db, prepare(db, "COMMIT"), why);
	if (err)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}
