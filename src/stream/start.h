/* start.h: where a stream begins: what its cursor is worth, and what it is told first.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_START_H
#define TR_STREAM_START_H

#include "base/buf.h"
#include "store/jobs.h"
#include "store/log.h"
#include "store/reader.h"
#include "stream/params.h"

/* What to answer before any frame. */
enum tr_answer {
	TR_ANSWER_STREAM,  /* 200 and frames */
	TR_ANSWER_UNKNOWN, /* 404: none of the named jobs was ever there */
	TR_ANSWER_NO_MORE, /* 204: the named jobs have ended and the cursor is past it all */
	TR_ANSWER_BEGUN,   /* nothing: a child process has sent the beginning of the stream */
	TR_ANSWER_GIVEN,   /* nothing: a child process has given the whole answer */
};

struct tr_start {
	enum tr_answer answer;
	int resumed;	   /* the client's cursor holds */
	const char *reset; /* why it does not, or NULL */
	int snapshot;	   /* the list is filled and goes out */
	struct tr_job_list list;
	struct tr_bounds bounds;
	int64_t position;  /* everything up to here has been looked at, or is not asked for */
	int64_t gap_after; /* rows after this were deleted; -1: none were */
	int64_t markers_from; /* what markers up to here say is in the snapshot */
};

/* Decides where a stream with these parameters begins, in one read transaction on the
 * log's database. `replaced` (or NULL) is the reason to give a running stream whose file
 * is another one now: its cursor is void. TR_OK, and *start is to be released with
 * tr_start_free(); or TR_BUSY, TR_DB, TR_NOMEM with the sentence in *why. */
enum tr_err tr_start_read(struct tr_start *start, const struct tr_log *log,
    const struct tr_params *params, const char *replaced, struct tr_why *why);

/* Appends the first frames: hello (unless the stream was greeted already), reset, snapshot
 * and gap, as the start has them. */
void tr_start_frames(
    struct tr_buf *out, const struct tr_start *start, const char *epoch, int greeted);

void tr_start_free(struct tr_start *start);

#endif
