/* change.h: jobs and lines as a publisher on another machine gives them: any columns, any line
 * of its own kind.
 *
 * - The transaction is the caller's (submit.h).
 * - Errors: TR_ABSENT where there is no such job; TR_INVALID where a value is one that the
 *   tables refuse; TR_BUSY, TR_DENIED, TR_DB, TR_NOMEM. The sentence is in *why.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_CHANGE_H
#define TR_STORE_CHANGE_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/row.h"

enum tr_value_kind { TR_VALUE_NULL, TR_VALUE_TEXT, TR_VALUE_NUMBER, TR_VALUE_INTEGER };

/* What a column is to have. */
struct tr_value {
	const char *column; /* of job; a word of ours, never a client's */
	enum tr_value_kind kind;
	struct tr_text text;
	double number;
	int64_t integer;
};

/* Inserts a job; its id in *id. */
enum tr_err tr_change_insert(
    sqlite3 *db, const struct tr_value *values, size_t count, int64_t *id, struct tr_why *why);

/* Updates one. count is 1 or more. */
enum tr_err tr_change_update(
    sqlite3 *db, int64_t id, const struct tr_value *values, size_t count, struct tr_why *why);

/* A line; event or level without data: the table's default. */
struct tr_log_line {
	struct tr_text event;
	struct tr_text level;
	struct tr_text message;
};

/* Appends lines to the log of a job, or of none (TR_NO_JOB). */
enum tr_err tr_change_log(sqlite3 *db, int64_t job_id, const struct tr_log_line *lines,
    size_t count, struct tr_why *why);

#endif
