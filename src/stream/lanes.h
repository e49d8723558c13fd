/* lanes.h: the lanes of one stream, side by side.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_LANES_H
#define TR_STREAM_LANES_H

#include <poll.h>

#include "stream/lane.h"

struct tr_lanes {
	struct tr_lane *list[TR_LANES];
	int count;
	int begun;	     /* so many have sent their first frames, and stand in the cursor */
	struct tr_buf piece; /* frames of one lane, before they are merged */
};

/* Opens the lanes that params name, which all are known; {0} before. TR_OK; otherwise *why has
 * the sentence. Release with tr_lanes_close() in every case. */
enum tr_err tr_lanes_open(struct tr_lanes *lanes, struct tr_source *source,
    const struct tr_params *params, struct tr_why *why);

/* Decides where each begins. Several are answered as a stream, whatever one says. Errors as
 * the lane's start(). */
enum tr_err tr_lanes_start(struct tr_lanes *lanes, enum tr_answer *answer, struct tr_why *why);

/* Appends the first frames of each to out. */
void tr_lanes_begin(struct tr_lanes *lanes, struct tr_buf *out);

/* Where a lane is to append frames that are meant for out, and how they get there: under the
 * cursor and the names of all. */
struct tr_buf *tr_lanes_piece(struct tr_lanes *lanes, struct tr_buf *out);
void tr_lanes_merge(struct tr_lanes *lanes, int i, struct tr_buf *out);

/* Appends a ping with the cursor and the beats to out. */
void tr_lanes_ping(struct tr_lanes *lanes, struct tr_buf *out);

/* Fills fds, which has room for TR_LANES. Returns when to look again though they are silent,
 * as tr_watch_deadline_ns(). */
int64_t tr_lanes_poll(const struct tr_lanes *lanes, struct pollfd *fds);

/* Whether what was there when the stream began has been sent. */
int tr_lanes_caught_up(const struct tr_lanes *lanes);

/* Whether all that the lanes are about has ended, and how many seconds ago; *open otherwise.
 * Errors as the lane's ended(). */
enum tr_err tr_lanes_ended(
    struct tr_lanes *lanes, int *open, double *ended_s, struct tr_why *why);

/* Whether all can go on without the database. */
int tr_lanes_settled(const struct tr_lanes *lanes);

/* The places of all, to be handed to another process and taken over there. */
void tr_lanes_save(const struct tr_lanes *lanes, struct tr_place places[TR_LANES]);
void tr_lanes_load(struct tr_lanes *lanes, const struct tr_place places[TR_LANES]);

void tr_lanes_close(struct tr_lanes *lanes);

#endif
