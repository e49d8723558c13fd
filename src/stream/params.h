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

#define TR_STREAMS 8	    /* in one connection */
#define TR_STREAM_SIZE 33   /* a stream's name, and a NUL */
#define TR_RESUME_SIZE 1024 /* the cursors of so many, each after its name */

struct tr_params {
	char streams[TR_STREAMS][TR_STREAM_SIZE];
	int stream_count;	     /* 0: the job log alone */
	char resume[TR_RESUME_SIZE]; /* the cursor as it came, where it is not one alone */
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

/* What the cursor of several streams, `jobs:EPOCH-N,orders:EPOCH-M`, says of the one of that
 * name: sets since and cursor. One that it does not name begins anew. */
void tr_params_pick(struct tr_params *params, const char *name);

/* Adds a stream of that name. TR_OK, or TR_INVALID with the sentence in *why. */
enum tr_err tr_params_add_stream(
    struct tr_params *params, const char *name, struct tr_why *why);

/* Lowers hold_s to most_s, the host's word. */
void tr_params_hold_at_most(struct tr_params *params, int64_t most_s);

#endif
