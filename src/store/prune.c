/* prune.c: deletes what is old, and gives its space back, while publishers go on.
 *
 * - What is to go is read a page at a time, outside of the transactions that delete it, and
 *   each deletion asks again whether its row still has to go.
 * - The log is walked upwards, so that a stream that is behind is told of each gap once and
 *   where it is.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/prune.h"

#include <time.h>

#include "base/clock.h"
#include "store/schema.h"

/* Short enough for one turn on a busy processor: who is interrupted with the lock in its hands
 * has everybody wait for its next turn (with 2 ms, on two cores with 15 programs, up to 170
 * ms). */
#define HOLD_NS TR_NS_PER_MS
#define PAUSE_TIMES 10 /* as long as the lock was held */
#define PAGE_ROWS 1000

/* The publisher whose commit makes the -wal as long as SQLite's 1000 pages has to work it off:
 * so it is done here, and sooner. */
#define CHECKPOINT_SOONER "PRAGMA wal_autocheckpoint = 250"

#define MS_PER_DAY 86400000.0
#define JULIAN_1970 2440587.5 /* the Julian day of the Unix epoch */

#define FINAL "state IN ('succeeded','failed','canceled')"

/* ?2: a Julian day, 0 where age does not count; ?3: an id, 0 where ids do not. A time that
 * SQLite cannot read makes nothing old. */
#define ROW_IS_OLD                                                                             \
	"(id <= ?3 OR (?2 > 0 AND coalesce("                                                   \
	"(SELECT " FINAL                                                                       \
	" AND julianday(finished_at) < ?2 FROM job WHERE job.id = log.job_id),"                \
	" julianday(created_at) < ?2)))"
#define JOB_IS_OLD                                                                             \
	"(" FINAL " AND (?3 > 0 OR julianday(finished_at) < ?2)"                               \
	" AND NOT EXISTS (SELECT 1 FROM log WHERE log.job_id = job.id))"

enum kind {
	OLD_ROW,
	SUPERSEDED, /* a marker whose loss no stream can see */
	OLD_JOB,
};

struct prune {
	sqlite3 *db;
	struct tr_pruned *pruned;
	double old_day;	  /* ?2 */
	int64_t old_id;	  /* ?3 */
	int64_t begun_ns; /* when the open transaction began */
	int64_t highest;  /* OLD_ROW deleted in it; 0: none */
	struct {
		int64_t id;
		enum kind kind;
	} page[2 * PAGE_ROWS]; /* what is to go next: a row, and one that it supersedes */
	int count;
};

/* The walk through the log. */
struct walk {
	sqlite3_stmt *rows;
	sqlite3_stmt *last; /* of a job: its status-update, if that was its last marker, or 0 */
	sqlite3_stmt *note;
	sqlite3_stmt *delete;
	int64_t after; /* all up to here were looked at */
};

static enum tr_err failed(const struct prune *p, struct tr_why *why)
{
	return tr_schema_error(
	    sqlite3_extended_errcode(p->db), sqlite3_db_filename(p->db, "main"), why);
}

static enum tr_err exec(const struct prune *p, const char *sql, struct tr_why *why)
{
	return sqlite3_exec(p->db, sql, NULL, NULL, NULL) ? failed(p, why) : TR_OK;
}

/* Prepares sql; ?2 and ?3 are bound where it has them. */
static enum tr_err prepare(
    const struct prune *p, sqlite3_stmt **stmt, const char *sql, struct tr_why *why)
{
	if (sqlite3_prepare_v2(p->db, sql, -1, stmt, NULL))
		return failed(p, why);
	if (sqlite3_bind_parameter_count(*stmt) >= 3) {
		sqlite3_bind_double(*stmt, 2, p->old_day);
		sqlite3_bind_int64(*stmt, 3, p->old_id);
	}
	return TR_OK;
}

/* Runs sql with ?1 bound, where it has it. The integer that it gives, 0 where it gives none. */
static enum tr_err ask(
    const struct prune *p, const char *sql, int64_t with, int64_t *value, struct tr_why *why)
{
	sqlite3_stmt *stmt = NULL;
	enum tr_err err = prepare(p, &stmt, sql, why);

	*value = 0;
	if (err)
		return err;
	sqlite3_bind_int64(stmt, 1, with);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*value = sqlite3_column_int64(stmt, 0);
	return sqlite3_finalize(stmt) ? failed(p, why) : TR_OK;
}

static enum tr_err begin(struct prune *p, struct tr_why *why)
{
	enum tr_err err = exec(p, "BEGIN IMMEDIATE", why);

	p->begun_ns = tr_mono_ns();
	p->highest = 0;
	return err;
}

static int held_long(const struct prune *p)
{
	return tr_mono_ns() - p->begun_ns > HOLD_NS;
}

/* Commits, and leaves the lock to others for a while. */
static enum tr_err commit(struct prune *p, struct tr_why *why)
{
	enum tr_err err = TR_OK;
	struct timespec pause;
	int64_t ns, none;

	if (p->highest)
		err = ask(p,
		    "UPDATE meta SET value = ?1 WHERE key = 'pruned_to'"
		    " AND CAST(value AS INTEGER) < ?1",
		    p->highest, &none, why);
	if (!err)
		err = exec(p, "COMMIT", why);
	ns = PAUSE_TIMES * (tr_mono_ns() - p->begun_ns);
	pause = (struct timespec){.tv_sec = ns / TR_NS_PER_S, .tv_nsec = ns % TR_NS_PER_S};
	nanosleep(&pause, NULL);
	return err;
}

static enum tr_err delete_one(
    struct prune *p, sqlite3_stmt *stmt, int64_t id, enum kind kind, struct tr_why *why)
{
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_int(stmt, 4, kind == SUPERSEDED);
	if (sqlite3_step(stmt) != SQLITE_DONE)
		return failed(p, why);
	sqlite3_reset(stmt);
	if (!sqlite3_changes(p->db))
		return TR_OK; /* it need not go any more */
	if (kind == OLD_JOB)
		p->pruned->jobs++;
	else
		p->pruned->rows++;
	if (kind == OLD_ROW && id > p->highest)
		p->highest = id;
	return TR_OK;
}

/* Runs stmt, which deletes what ?1 names, for each of the page. */
static enum tr_err delete_page(struct prune *p, sqlite3_stmt *stmt, struct tr_why *why)
{
	enum tr_err err = TR_OK;
	int open = 0;

	for (int i = 0; i < p->count && !err; i++) {
		if (!open)
			err = begin(p, why);
		if (!err)
			err = delete_one(p, stmt, p->page[i].id, p->page[i].kind, why);
		open = !held_long(p) && i < p->count - 1;
		if (!err && !open)
			err = commit(p, why);
	}
	return err;
}

static void doom(struct prune *p, int64_t id, enum kind kind)
{
	p->page[p->count].id = id;
	p->page[p->count++].kind = kind;
}

/* A marker of a job: the status-update before it, if that was the last one, need not stay. */
static enum tr_err pass_marker(
    struct prune *p, struct walk *walk, int64_t job_id, int64_t status_id, struct tr_why *why)
{
	int rc;

	sqlite3_bind_int64(walk->last, 1, job_id);
	rc = sqlite3_step(walk->last);
	if (rc == SQLITE_ROW && sqlite3_column_int64(walk->last, 0))
		doom(p, sqlite3_column_int64(walk->last, 0), SUPERSEDED);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return failed(p, why);
	sqlite3_reset(walk->last);
	sqlite3_bind_int64(walk->note, 1, job_id);
	sqlite3_bind_int64(walk->note, 2, status_id);
	if (sqlite3_step(walk->note) != SQLITE_DONE)
		return failed(p, why);
	sqlite3_reset(walk->note);
	return TR_OK;
}

/* Looks at the next rows, and puts those that are to go into the page. *more: there may be
 * further ones. */
static enum tr_err read_rows(struct prune *p, struct walk *walk, int *more, struct tr_why *why)
{
	enum tr_err err = TR_OK;
	int rc = SQLITE_ROW;

	p->count = 0;
	sqlite3_bind_int64(walk->rows, 1, walk->after);
	for (int i = 0; i < PAGE_ROWS && !err && (rc = sqlite3_step(walk->rows)) == SQLITE_ROW;
	     i++) {
		walk->after = sqlite3_column_int64(walk->rows, 0);
		if (sqlite3_column_int(walk->rows, 2))
			err = pass_marker(p, walk, sqlite3_column_int64(walk->rows, 1),
			    sqlite3_column_int(walk->rows, 3) ? walk->after : 0, why);
		if (sqlite3_column_int(walk->rows, 4))
			doom(p, walk->after, OLD_ROW);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		err = failed(p, why);
	*more = rc == SQLITE_ROW;
	sqlite3_reset(walk->rows);
	return err;
}

static enum tr_err prepare_walk(struct prune *p, struct walk *walk, struct tr_why *why)
{
	static const char rows_sql[] =
	    "SELECT id, job_id, job_id IS NOT NULL AND event IN"
	    " ('status-update','completion','removed'), event = 'status-update', " ROW_IS_OLD
	    " FROM log WHERE id > ?1 ORDER BY id";
	static const char delete_sql[] =
	    "DELETE FROM log WHERE id = ?1 AND (?4 OR " ROW_IS_OLD ")";
	enum tr_err err = exec(
	    p, "CREATE TEMP TABLE marked (job_id INTEGER PRIMARY KEY, status_id INTEGER)", why);

	if (!err)
		err = prepare(p, &walk->rows, rows_sql, why);
	if (!err)
		err = prepare(
		    p, &walk->last, "SELECT status_id FROM marked WHERE job_id = ?1", why);
	if (!err)
		err = prepare(p, &walk->note, "REPLACE INTO marked VALUES (?1, ?2)", why);
	if (!err)
		err = prepare(p, &walk->delete, delete_sql, why);
	return err;
}

static enum tr_err prune_rows(struct prune *p, struct tr_why *why)
{
	struct walk walk = {.after = INT64_MIN};
	enum tr_err err = prepare_walk(p, &walk, why);
	int more = 1;

	while (!err && more) {
		err = read_rows(p, &walk, &more, why);
		if (!err)
			err = delete_page(p, walk.delete, why);
	}
	sqlite3_finalize(walk.rows);
	sqlite3_finalize(walk.last);
	sqlite3_finalize(walk.note);
	sqlite3_finalize(walk.delete);
	return err;
}

/* Puts the next old jobs above the id *after into the page. */
static enum tr_err read_jobs(
    struct prune *p, sqlite3_stmt *jobs, int64_t *after, struct tr_why *why)
{
	int rc = SQLITE_ROW;

	p->count = 0;
	sqlite3_bind_int64(jobs, 1, *after);
	while (p->count < PAGE_ROWS && (rc = sqlite3_step(jobs)) == SQLITE_ROW) {
		*after = sqlite3_column_int64(jobs, 0);
		doom(p, *after, OLD_JOB);
	}
	sqlite3_reset(jobs);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? TR_OK : failed(p, why);
}

static enum tr_err prune_jobs(struct prune *p, struct tr_why *why)
{
	sqlite3_stmt *jobs = NULL, *delete = NULL;
	int64_t after = INT64_MIN;
	enum tr_err err = prepare(
	    p, &jobs, "SELECT id FROM job WHERE id > ?1 AND " JOB_IS_OLD " ORDER BY id", why);

	if (!err)
		err = prepare(p, &delete,
		    "DELETE FROM job WHERE id = ?1 AND (?4 OR " JOB_IS_OLD ")", why);
	do {
		if (!err)
			err = read_jobs(p, jobs, &after, why);
		if (!err)
			err = delete_page(p, delete, why);
	} while (!err && p->count);
	sqlite3_finalize(jobs);
	sqlite3_finalize(delete);
	return err;
}

/* Moves pages from the end of the file into the holes, and cuts it. A file that was made
 * without auto_vacuum keeps its holes, for rows to come. */
static enum tr_err give_back(struct prune *p, struct tr_why *why)
{
	enum tr_err err = TR_OK;
	int rc = SQLITE_ROW;

	while (!err && rc == SQLITE_ROW) {
		sqlite3_stmt *stmt = NULL;

		err = begin(p, why);
		if (!err)
			err = prepare(p, &stmt, "PRAGMA incremental_vacuum", why);
		while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW && !held_long(p))
			; /* a page each */
		if (!err && rc != SQLITE_ROW && rc != SQLITE_DONE)
			err = failed(p, why);
		sqlite3_finalize(stmt);
		if (!err)
			err = commit(p, why);
	}
	return err;
}

/* Sets up the connection and the limits. */
static enum tr_err prepare_all(struct prune *p, const struct tr_keep *keep, struct tr_why *why)
{
	int64_t is_wal;
	enum tr_err err = exec(p, "PRAGMA temp_store = MEMORY; " CHECKPOINT_SOONER, why);

	if (!err)
		err = ask(
		    p, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 0, &is_wal, why);
	/* The lock is then not held while the disk syncs; what a power failure may undo is
	 * the last deletions. */
	if (!err && is_wal)
		err = exec(p, "PRAGMA synchronous = NORMAL", why);
	if (!err && keep->rows >= 0)
		err = ask(p, "SELECT id FROM log ORDER BY id DESC LIMIT 1 OFFSET ?1",
		    keep->rows, &p->old_id, why);
	if (keep->days >= 0)
		p->old_day =
		    (double)tr_wall_ms() / MS_PER_DAY + JULIAN_1970 - (double)keep->days;
	return err;
}

static enum tr_err page_bytes(const struct prune *p, int64_t *bytes, struct tr_why *why)
{
	return ask(p, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
	    0, bytes, why);
}

enum tr_err tr_prune(
    sqlite3 *db, const struct tr_keep *keep, struct tr_pruned *pruned, struct tr_why *why)
{
	struct prune p = {.db = db, .pruned = pruned};
	int64_t before = 0, after = 0;
	enum tr_err err = prepare_all(&p, keep, why);

	*pruned = (struct tr_pruned){0};
	if (!err)
		err = page_bytes(&p, &before, why);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL);
	if (!err)
		err = prune_rows(&p, why);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, (int *)NULL);
	if (!err)
		err = prune_jobs(&p, why);
	if (!err)
		err = give_back(&p, why);
	if (!err)
		err = page_bytes(&p, &after, why);
	if (!err)
		sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (err)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	pruned->bytes = before > after ? before - after : 0;
	return err;
}
