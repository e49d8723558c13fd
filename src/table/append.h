/* append.h: reads a stream's statement in append mode: rows after a cursor, as frames.
 *
 * - Columns by name: id (an integer that rises), data, and where the statement has them event
 *   (default: message) and topic.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TABLE_APPEND_H
#define TR_TABLE_APPEND_H

#include "base/buf.h"
#include "table/statement.h"
#include "table/viewer.h"

#define TR_APPEND_ROWS 256
#define TR_APPEND_BYTES (1024 * 1024) /* of frames in one read, the last one apart */

struct tr_append_read {
	int64_t position; /* read from above this; moved on to the last id that was looked at */
	int frames;	  /* how many were appended */
	int more;	  /* rows are left */
};

/* Appends the frames of the next rows that the viewer may see. TR_OK; otherwise out is as it
 * was: TR_BUSY, or an error whose sentence is in *why (an id that is no integer or does not
 * rise, errors of the statement). No statement is open afterwards. */
enum tr_err tr_append_next(struct tr_statement *st, const struct tr_viewer *viewer,
    struct tr_append_read *read, struct tr_buf *out, struct tr_why *why);

/* Finds where the rows end (*newest: the highest id, 0 where there is none), and where the
 * last `tail` of them begin (*position: just before them), by halving, each probe a run for a
 * few rows: no statement of ours can be written around one that is not ours. */
enum tr_err tr_append_bounds(struct tr_statement *st, const struct tr_viewer *viewer,
    int64_t tail, int64_t *newest, int64_t *position, struct tr_why *why);

#endif
