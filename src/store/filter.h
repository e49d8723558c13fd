/* filter.h: the one predicate that says which rows a stream is for.
 *
 * - In SQL it may let a marker through that tr_filter_event() then refuses: the name under
 *   which a `completion` goes out depends on the job as it is now.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_FILTER_H
#define TR_STORE_FILTER_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/row.h"

#define TR_FILTER_JOBS 100 /* bounds the SQL text; a page for more jobs asks for all */
#define TR_FILTER_EVENTS 32
#define TR_NO_JOB INT64_C(0) /* among the jobs of a filter: the lines that belong to none */
#define TR_EVENT_SIZE 65     /* the schema's 64 characters, and a NUL */
#define TR_OWNER_SIZE 256 /* a job whose owner's name does not fit, with a NUL, is nobody's */

/* In rising order; the schema's `level` column holds their names. */
enum tr_level { TR_LEVEL_DEBUG, TR_LEVEL_INFO, TR_LEVEL_WARN, TR_LEVEL_ERROR, TR_LEVELS };

extern const char *const tr_level_names[TR_LEVELS];

/* The level of that name; TR_LEVELS: there is none. */
enum tr_level tr_level_of(struct tr_text name);

/* {0} lets everything through. */
struct tr_filter {
	int64_t jobs[TR_FILTER_JOBS]; /* ids, and TR_NO_JOB */
	int job_count;		      /* 0: every job, and lines of no job */
	char events[TR_FILTER_EVENTS][TR_EVENT_SIZE];
	int event_count;     /* 0: every event */
	enum tr_level level; /* at least this; markers have none and always pass */
	const char *owner;   /* only of jobs that are this one's, which is not "", as the job
				table has them now; so no line of no job, and nothing of a job
				that was deleted. NULL: of all */
};

/* The table that a condition is about; its name is not changed by an AS. */
enum tr_table { TR_NO_TABLE, TR_JOB, TR_LOG };

/* For a SELECT from log: the owner of the row's job; NULL where there is none, or nobody's. */
#define TR_OWNER_OF_ROW                                                                        \
	"(SELECT owner FROM job WHERE job.id = log.job_id AND typeof(owner) = 'text'"          \
	" AND length(CAST(owner AS BLOB)) < 256)"

/* Appends ` AND …` conditions on log's columns, with `?` parameters. */
void tr_filter_sql(struct tr_buf *sql, const struct tr_filter *filter);

/* Binds those parameters, the first at *index, which ends after the last. Returns an SQLite
 * result code. The filter must outlive the statement. */
int tr_filter_bind(const struct tr_filter *filter, sqlite3_stmt *stmt, int *index);

/* Appends ` AND …` for the named jobs and their owner, nothing where all are meant; the
 * parameters are bound by tr_filter_bind_jobs(). TR_NO_JOB takes NULL in as well. */
void tr_filter_jobs_sql(
    struct tr_buf *sql, enum tr_table table, const struct tr_filter *filter);
int tr_filter_bind_jobs(const struct tr_filter *filter, sqlite3_stmt *stmt, int *index);

/* The same predicate for a row that is not in a database: the name is the one it goes out
 * under. Whose it is, tr_filter_owner() says. tests/unit/test_predicate.c holds the two against
 * the SQL. */
int tr_filter_takes(const struct tr_filter *filter, int has_job, int64_t job_id,
    const char *name, enum tr_level level, int is_marker);

/* Whether a filter that names jobs names this one, or TR_NO_JOB; one that names none is for
 * all. */
int tr_filter_job(const struct tr_filter *filter, int64_t job_id);

/* Whether a job of that owner, or a row of one, may be seen; {0}: it has none. */
int tr_filter_owner(const struct tr_filter *filter, struct tr_text owner);

/* Whether a frame that goes out under this event name is wanted. */
int tr_filter_event(const struct tr_filter *filter, const char *name);

#endif
