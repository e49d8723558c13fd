/* params.h: what a client asks of an event stream, read from its query string.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_PARAMS_H
#define TR_STREAM_PARAMS_H

#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"
#include "store/filter.h"

#define TR_HOLD_FOREVER INT64_C(-1)

enum tr_since {
	TR_SINCE_NONE,	 /* not said: a snapshot and the tail */
	TR_SINCE_ALL,	 /* from the first row */
	TR_SINCE_NOW,	 /* from the next row */
	TR_SINCE_CURSOR, /* from params.cursor */
	TR_SINCE_LOST,	 /* a cursor that cannot be read: reset */
};

struct tr_params {
	struct tr_filter filter;
	enum tr_since since;
	struct tr_cursor cursor;
	int64_t tail;	 /* past rows to begin with */
	int64_t hold_s;	 /* end after so long, 0: at once; TR_HOLD_FOREVER */
	int64_t probe_s; /* 0: an ordinary stream */
};

/* Reads query, whose text is overwritten (NULL: none), and the Last-Event-ID header
 * (NULL or "": none), which wins over since=. TR_OK, or TR_INVALID with a sentence in *why
 * that names the parameter. A cursor is never invalid: see TR_SINCE_LOST. */
enum tr_err tr_params_parse(
    struct tr_params *params, char *query, const char *last_event_id, struct tr_why *why);

/* Lowers hold_s to most_s, the host's word. */
void tr_params_hold_at_most(struct tr_params *params, int64_t most_s);

#endif
