/* job_page.h: pages of the job table, the newest first, and one job with all its columns.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_JOB_PAGE_H
#define TR_STORE_JOB_PAGE_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/err.h"
#include "store/page.h"
#include "store/row.h"

/* Which jobs. */
struct tr_jobs_ask {
	unsigned states;	 /* 1 << enum tr_state, each of them; 0: any */
	const char *name;	 /* exactly; NULL: any */
	const char *text;	 /* the name has it, ASCII letters in either case; NULL: any */
	struct tr_page_ask page; /* TR_PAGE_LAST or TR_PAGE_BEFORE */
	const struct tr_filter *scope; /* only its jobs, of its owner; NULL: all */
};

/* What is done with each job; it lasts until this returns. */
typedef void tr_job_taker(void *arg, const struct tr_job_whole *job);

/* Finds the page, and gives its jobs to take, by falling id, inside the caller's transaction.
 * Errors as tr_page_find(). */
enum tr_err tr_job_page_read(sqlite3 *db, const struct tr_jobs_ask *ask, struct tr_page *page,
    tr_job_taker *take, void *arg, struct tr_why *why);

/* Gives that one job to take. TR_ABSENT: there is none of that id; TR_BUSY, TR_DB, TR_NOMEM.
 * The sentence is in *why. */
enum tr_err tr_job_whole_read(
    sqlite3 *db, int64_t id, tr_job_taker *take, void *arg, struct tr_why *why);

#endif
