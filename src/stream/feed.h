/* feed.h: where a stream's rows come from, and how it learns that there are more.
 *
 * - Two forms: a process that serves alone watches the database itself (feed_lone.c); a
 *   worker of the pool takes what the watcher put into the ring (feed_pool.c), and reads the
 *   database only to catch up. A stream does not know which it has.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_FEED_H
#define TR_STREAM_FEED_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "pool/pool.h"
#include "store/jobs.h"
#include "store/log.h"
#include "store/reader.h"
#include "stream/visit.h"
#include "table/section.h"
#include "table/viewer.h"
#include "watch/watch.h"

/* How far a stream is, and in what. Set by who opens the feed, moved on by next(). Plain
 * values: they can be handed to another process. */
struct tr_place {
	char epoch[TR_EPOCH_SIZE];
	uint32_t file_no;     /* tr_ring_file_no() of that file; 0: not known */
	int64_t position;     /* every id up to here has been looked at */
	int64_t markers_from; /* markers up to here were told by a snapshot */
	int64_t pruned_to;    /* the client knows of deletions up to here */
	int64_t goal;	      /* what was there when the stream began */
	int behind;	      /* the database has rows that are to be read there */
};

struct tr_feed {
	const struct tr_feed_ops *ops;
	const struct tr_filter *filter;
	struct tr_place place;
	uint64_t frames;	/* of rows, appended so far */
	struct tr_batch *batch; /* NULL while nothing is being read from the database */
};

struct tr_feed_ops {
	/* As tr_watch_fd(), tr_watch_deadline_ns() and tr_watch_look(). */
	int (*fd)(const struct tr_feed *feed);
	int64_t (*deadline_ns)(const struct tr_feed *feed);
	enum tr_look (*look)(struct tr_feed *feed);

	/* After TR_LOOK_READ: appends the frames of what comes next to out, a bounded number,
	 * and moves the place on. Sets *ended where a job in view may have ended.
	 * Whatever it returns, what it appended is to be sent: the place is behind it.
	 * TR_OK; TR_BUSY: try again at the deadline; TR_AWAY: not in this process;
	 * otherwise the sentence is in *why. */
	enum tr_err (*next)(
	    struct tr_feed *feed, struct tr_buf *out, int *ended, struct tr_why *why);

	/* The database, for what else is to be read; the feed's, until close(). The first
	 * time, sets the place's epoch. NULL: it cannot be opened, and *err and *why say why;
	 * TR_AWAY: not in this process. */
	const struct tr_log *(*log)(struct tr_feed *feed, enum tr_err *err, struct tr_why *why);

	/* The beats of running jobs in view, at most cap, without a read of the database
	 * where nothing was committed since the last call. Returns how many. */
	int (*beats)(struct tr_feed *feed, struct tr_beat *beats, int cap);

	/* Whether it can go on without the database. */
	int (*settled)(const struct tr_feed *feed);

	/* After TR_LOOK_REOPEN: whether it is because another file is at the path. */
	int (*replaced)(const struct tr_feed *feed);

	void (*close)(struct tr_feed *feed);
};

/* What a stream is opened on; all of it outlives the feed. */
struct tr_source {
	const char *db_path;
	const struct tr_sections *sections; /* streams of other programs' tables */
	const struct tr_viewer *viewer;	    /* of those */
	struct tr_pool *pool;		    /* NULL: the process serves alone */
	struct tr_seat *seat;		    /* this worker's in the pool */
	struct tr_metrics *metrics;	    /* never NULL */
	struct tr_visit
	    *visit; /* in the pool: not NULL in a child that may open the database */
};

/* Open the two forms, for the rows that filter lets through, the place still empty. What is
 * committed after this is never missed. TR_OK; otherwise *out is NULL and *why has the
 * sentence. */
enum tr_err tr_feed_open_lone(struct tr_feed **out, const struct tr_source *source,
    const struct tr_filter *filter, struct tr_why *why);
enum tr_err tr_feed_open_pool(struct tr_feed **out, const struct tr_source *source,
    const struct tr_filter *filter, struct tr_why *why);

/* For the two forms: reads one batch from log, appends its frames and moves the place on.
 * *more is whether rows are visible that the batch did not reach. Errors as next(). */
enum tr_err tr_feed_batch(struct tr_feed *feed, const struct tr_log *log, struct tr_buf *out,
    int *more, struct tr_why *why);

/* For the two forms: frees the batch. */
void tr_feed_free_batch(struct tr_feed *feed);

#endif
