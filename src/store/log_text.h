/* log_text.h: a job's log as text, from the first line to the last, a piece at a time.
 *
 * - A piece is one read transaction: between two of them nothing is open, so that one can be
 *   written to a slow client.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_LOG_TEXT_H
#define TR_STORE_LOG_TEXT_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/message.h"

/* The caller sets the first five; the others are {0}. */
struct tr_log_text {
	sqlite3 *db;
	int64_t job_id;
	int64_t until;	   /* no line beyond this id */
	int with_time;	   /* each line begins with its time */
	const char *owner; /* only while the job is this one's; NULL: whosever */

	int64_t after;	 /* every line up to this id has been given */
	int64_t half_id; /* of this one, as many bytes as half_at; 0: of none */
	int64_t half_at;
	sqlite3_stmt *rows;
	struct tr_message message;
};

/* Appends the next piece to out, some 256 KB, and tells whether there is more. TR_OK; TR_BUSY,
 * TR_DB or TR_NOMEM with the sentence in *why. */
enum tr_err tr_log_text_next(
    struct tr_log_text *text, struct tr_buf *out, int *more, struct tr_why *why);

void tr_log_text_close(struct tr_log_text *text);

#endif
