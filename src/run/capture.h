/* capture.h: puts what a command prints into its spool: lines, sections, progress.
 *
 * - At most two progress updates a second, and the last one always.
 * - A line that has no end yet, a prompt say, is taken for one after three quiet seconds.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_RUN_CAPTURE_H
#define TR_RUN_CAPTURE_H

#include <stdint.h>

#include "base/err.h"
#include "progress/markup.h"
#include "run/spool.h"

struct tr_capture {
	struct tr_spool *spool;
	struct tr_markup *markup;
	int64_t at_ms;		   /* the wall time of what is fed */
	int64_t fed_ns[TR_FROMS];  /* when bytes came last; 0: no line is open that long */
	struct tr_record progress; /* the newest, if it waits */
	int waits;
	int64_t told_ns; /* when the last progress went into the spool; 0: never */
	char step[TR_MARKUP_STEP_MAX_BYTES];
};

/* TR_OK: release with tr_capture_free(); TR_NOMEM. */
enum tr_err tr_capture_init(struct tr_capture *capture, struct tr_spool *spool,
    enum tr_markup_mode mode, struct tr_why *why);

/* Takes bytes that came at now_ns (monotonic), into the spool's file. */
void tr_capture_feed(struct tr_capture *capture, enum tr_markup_from from, const char *bytes,
    size_t len, int64_t now_ns);

/* Does what is due, and returns when the next thing will be (INT64_MAX: nothing). */
int64_t tr_capture_tick(struct tr_capture *capture, int64_t now_ns);

/* The command has ended: what is left goes into the spool. */
void tr_capture_end(struct tr_capture *capture);

void tr_capture_free(struct tr_capture *capture);

#endif
