/* lines.h: pages of the log: of a job's lines, of those of no job, or of all.
 *
 * - A line is any row but the markers of what happened to a job: groups and a publisher's own
 *   events count among them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_LINES_H
#define TR_STORE_LINES_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/err.h"
#include "store/filter.h"
#include "store/page.h"
#include "store/row.h"

#define TR_LINES_ALL INT64_C(-1) /* in place of a job's id; TR_NO_JOB: the lines of none */

/* A page has at most so much of one message and of all of them together; once it has the
 * latter, each of the others is cut to the least. */
#define TR_LINE_BYTES (256 * 1024)
#define TR_LINES_BYTES (4 * 1024 * 1024)
#define TR_LINE_LEAST_BYTES 256

/* What of the log. */
struct tr_lines_ask {
	int64_t job_id;
	enum tr_level level; /* at least this */
	const char *text;    /* the message has it, ASCII letters in either case; NULL: any */
	const struct tr_filter *scope; /* only rows of its jobs and owner; NULL: all */
	struct tr_page_ask page;
};

/* What is done with each line; it lasts until this returns. is_cut: the message has more. */
typedef void tr_line_taker(void *arg, const struct tr_row *row, int is_cut);

/* Finds the page, and gives its lines to take, in order, inside the caller's transaction.
 * Errors as tr_page_find(). */
enum tr_err tr_lines_read(sqlite3 *db, const struct tr_lines_ask *ask, struct tr_page *page,
    tr_line_taker *take, void *arg, struct tr_why *why);

/* How many lines there are: page->total. Errors as tr_page_find(). */
enum tr_err tr_lines_count(
    sqlite3 *db, int64_t job_id, struct tr_page *page, struct tr_why *why);

#endif
