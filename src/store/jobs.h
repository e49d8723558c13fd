/* jobs.h: reads what the job table says, for snapshots, for pings, for a stream's end.
 *
 * - All take their jobs from a filter: the named ones, or all; those of one owner, or all.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_JOBS_H
#define TR_STORE_JOBS_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/err.h"
#include "store/filter.h"
#include "store/row.h"

#define TR_JOBS_LISTED 1000 /* the most that a list has */

/* {0} before; release with tr_job_list_free(). */
struct tr_job_list {
	struct tr_job *jobs; /* by falling id */
	void **blocks;
	int count;
	size_t taken_bytes; /* of texts */
	int64_t total;	    /* how many there are, listed or not */
};

/* How far the named jobs are. */
struct tr_named {
	int known;	/* 1: at least one is in the job table or has rows in the log */
	int open;	/* how many are in the job table in a state that is not final */
	double ended_s; /* seconds since the last of them ended; NaN where none says when */
};

/* The last sign of life of a running job. */
struct tr_beat {
	int64_t job_id;
	char at[32];		   /* beat_at, cut to fit */
	char owner[TR_OWNER_SIZE]; /* "": nobody */
};

/* Fills list with the running jobs and the newest 100, at most TR_JOBS_LISTED in all. TR_OK, or
 * TR_BUSY, TR_DB, TR_NOMEM with the sentence in *why. */
enum tr_err tr_jobs_list(
    sqlite3 *db, const struct tr_filter *filter, struct tr_job_list *list, struct tr_why *why);

void tr_job_list_free(struct tr_job_list *list);

/* filter->job_count is 1 or more. Lines of no job can always come: with TR_NO_JOB among the
 * named jobs they are known, and one is open. Errors as tr_jobs_list(). */
enum tr_err tr_jobs_named(
    sqlite3 *db, const struct tr_filter *filter, struct tr_named *named, struct tr_why *why);

/* Whether that job is one of the scope's and is in the job table, or has rows in the log that
 * outlived it (those are of no owner's). TR_OK, or TR_ABSENT, in the same words whichever it
 * is; errors as tr_jobs_list(). */
enum tr_err tr_jobs_known(
    sqlite3 *db, const struct tr_filter *scope, int64_t job_id, struct tr_why *why);

/* Reads the beats of the running jobs that beat, at most `cap`, and their number into
 * *count. Errors as tr_jobs_list(). */
enum tr_err tr_jobs_beats(sqlite3 *db, const struct tr_filter *filter, struct tr_beat *beats,
    int cap, int *count, struct tr_why *why);

#endif
