/* publish.h: writes jobs and log lines, as any publisher does.
 *
 * - Nothing here that another program could not do with the same INSERT and UPDATE: markers
 *   and times are the triggers' (schema.sql).
 * - Each call is one transaction. What it wrote is committed when it returns TR_OK, and
 *   otherwise nothing is written: TR_BUSY after TR_PUBLISH_BUSY_MS; TR_ABSENT where there is
 *   no such job; TR_INVALID where a value is one that the tables refuse; TR_DENIED; TR_DB.
 *   The sentence is in *why.
 * - Texts are bound as the bytes they are, valid UTF-8 or not.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_PUBLISH_H
#define TR_STORE_PUBLISH_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/row.h"

#define TR_PUBLISH_BUSY_MS 10000

/* What the lines of one call have in common. */
struct tr_origin {
	int64_t job_id; /* meaningful only where has_job */
	int has_job;
	const char *event; /* NULL: log */
	const char *level; /* NULL: info */
};

/* A job as it begins. NULL: not said. */
struct tr_new_job {
	const char *name; /* not NULL */
	const char *owner;
	const char *host;
	const char *cwd;
};

enum tr_end { TR_END_SUCCEEDED, TR_END_FAILED, TR_END_CANCELED, TR_ENDS };

/* As the column `state` has them. */
extern const char *const tr_end_names[TR_ENDS];

/* How a job ended. */
struct tr_ending {
	enum tr_end end;
	const char *url;   /* NULL: the job keeps the one it has */
	const char *error; /* NULL: none */
	int64_t exit_code; /* meaningful only where has_exit_code */
	int has_exit_code;
};

/* Opens the database at path for writing. TR_OK: *db is the caller's to close. Otherwise *db
 * is NULL: errors as tr_schema_open() and tr_schema_check(). */
enum tr_err tr_publish_open(sqlite3 **db, const char *path, struct tr_why *why);

/* The value for the statement that failed last on db, and its sentence in *why. */
enum tr_err tr_publish_error(sqlite3 *db, struct tr_why *why);

/* Inserts the job, running; its id in *id. */
enum tr_err tr_publish_start(
    sqlite3 *db, const struct tr_new_job *job, int64_t *id, struct tr_why *why);

/* Sets a job's progress in percent, 0 to 100, and its step (NULL: it keeps the one it has). */
enum tr_err tr_publish_progress(
    sqlite3 *db, int64_t id, double percent, const char *step, struct tr_why *why);

/* Appends count lines to the log, in their order. With count 0 it tells whether lines of this
 * origin would be taken. */
enum tr_err tr_publish_log(sqlite3 *db, const struct tr_origin *origin,
    const struct tr_text *lines, size_t count, struct tr_why *why);

/* Ends a job. */
enum tr_err tr_publish_finish(
    sqlite3 *db, int64_t id, const struct tr_ending *ending, struct tr_why *why);

#endif
