/* lane.h: one of the things that an event stream carries: the log of jobs, or a table of
 * another program.
 *
 * - A stream has one lane, or several side by side in one connection (?stream=jobs,orders).
 *   It does not know what a lane is about.
 * - A lane that needs the database in a worker of the pool answers TR_AWAY; the stream then
 *   lets a child go on from there (visit.h), with the same lane, and asks again.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_LANE_H
#define TR_STREAM_LANE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "stream/feed.h"
#include "stream/params.h"
#include "stream/start.h"
#include "watch/watch.h"

#define TR_LANES TR_STREAMS

struct tr_lane {
	const struct tr_lane_ops *ops;
	const char *name; /* as ?stream= names it */
};

struct tr_lane_ops {
	/* Decides where the lane begins: what to answer the request with in *answer. TR_AWAY,
	 * or TR_BUSY and the like with the sentence in *why. */
	enum tr_err (*start)(struct tr_lane *lane, enum tr_answer *answer, struct tr_why *why);

	/* Appends the first frames, and takes the place that start() decided on. */
	void (*begin)(struct tr_lane *lane, struct tr_buf *out);

	/* As tr_watch_fd(), tr_watch_deadline_ns() and tr_watch_look(). */
	int (*fd)(const struct tr_lane *lane);
	int64_t (*deadline_ns)(const struct tr_lane *lane);
	enum tr_look (*look)(struct tr_lane *lane);

	/* After TR_LOOK_READ: appends the frames of what comes next, a bounded number, counts
	 * them in *frames, and moves on. Sets *ended where a job in view may have ended.
	 * Whatever it returns, what it appended is to be sent: the place is behind it.
	 * TR_OK; TR_BUSY: try again at the deadline; TR_AWAY; otherwise the sentence is in
	 * *why. */
	enum tr_err (*next)(struct tr_lane *lane, struct tr_buf *out, uint64_t *frames,
	    int *ended, struct tr_why *why);

	/* After TR_LOOK_REOPEN: opens again, goes on, and appends what is to be said about
	 * it. TR_AWAY; any other error: try again, for a while. */
	enum tr_err (*reopen)(struct tr_lane *lane, struct tr_buf *out, struct tr_why *why);

	/* Whether everything the lane is about has ended, and how many seconds ago; *open
	 * otherwise. NULL: a lane that never ends. */
	enum tr_err (*ended)(
	    struct tr_lane *lane, int *open, double *ended_s, struct tr_why *why);

	/* The beats of running jobs in view, at most cap. Returns how many. NULL: none. */
	int (*beats)(struct tr_lane *lane, struct tr_beat *beats, int cap);

	/* Whether it can go on without the database. */
	int (*settled)(const struct tr_lane *lane);

	/* The lane's place: plain values, which can be handed to another process. */
	struct tr_place *(*place)(struct tr_lane *lane);

	void (*close)(struct tr_lane *lane);
};

/* Open a lane: of the job log; of a section in append mode; of one in table mode. What the
 * pointers point to outlives it. TR_OK, and *out is to be closed; otherwise *out is NULL and
 * *why has the sentence. */
enum tr_err tr_lane_open_jobs(struct tr_lane **out, struct tr_source *source,
    const struct tr_params *params, struct tr_why *why);
enum tr_err tr_lane_open_append(struct tr_lane **out, const struct tr_source *source,
    const struct tr_section *section, const struct tr_params *params, struct tr_why *why);
enum tr_err tr_lane_open_table(struct tr_lane **out, const struct tr_source *source,
    const struct tr_section *section, const struct tr_params *params, struct tr_why *why);

#endif
