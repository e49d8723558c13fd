/* feed_lone.c: the feed of a process that serves alone: its own connection, its own watch.
 *
 * - The connection stays open, and so is the keeper of the -wal as well.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "store/schema.h"
#include "stream/feed.h"

struct lone {
	struct tr_feed feed;
	char *path;
	struct tr_log log;
	struct tr_watch *watch;
	int other_log;	 /* the file holds another log now */
	int beats_known; /* nothing was committed since they were read */
	int beat_count;
	struct tr_beat *beats;
};

static int lone_fd(const struct tr_feed *feed)
{
	return tr_watch_fd(((const struct lone *)feed)->watch);
}

static int64_t lone_deadline_ns(const struct tr_feed *feed)
{
	return tr_watch_deadline_ns(((const struct lone *)feed)->watch);
}

static enum tr_look lone_look(struct tr_feed *feed)
{
	struct lone *lone = (struct lone *)feed;

	return lone->other_log ? TR_LOOK_REOPEN : tr_watch_look(lone->watch);
}

static enum tr_err lone_next(
    struct tr_feed *feed, struct tr_buf *out, int *ended, struct tr_why *why)
{
	struct lone *lone = (struct lone *)feed;
	int more = 0;
	enum tr_err err;

	/* SQLite must not sleep in its busy handler: the watch has a finer one. */
	sqlite3_busy_timeout(lone->log.db, 0);
	err = tr_feed_batch(feed, &lone->log, out, &more, why);
	if (err || !more)
		tr_watch_read_done(lone->watch, err);
	if (!err && feed->batch->bounds.newest < feed->place.position)
		lone->other_log = 1; /* an older copy was restored into the file */
	lone->beats_known = 0;
	*ended = 1; /* the rows that say so need not be among those that the filter takes */
	return err;
}

static const struct tr_log *lone_log(struct tr_feed *feed, enum tr_err *err, struct tr_why *why)
{
	(void)err;
	(void)why;
	return &((struct lone *)feed)->log;
}

/* Reads the beats, and whether the epoch was renewed, which is worth no look at each commit. */
static enum tr_err refresh(struct lone *lone)
{
	char epoch[TR_EPOCH_SIZE];
	int count;
	enum tr_err err = tr_schema_check(lone->log.db, epoch, NULL);

	if (err)
		return err;
	lone->other_log |= strcmp(epoch, lone->log.epoch) != 0;
	err = tr_jobs_beats(
	    lone->log.db, lone->feed.filter, lone->beats, TR_RING_BEATS, &count, NULL);
	if (!err)
		lone->beat_count = count;
	return err;
}

static int lone_beats(struct tr_feed *feed, struct tr_beat *beats, int cap)
{
	struct lone *lone = (struct lone *)feed;
	int count;

	if (!lone->beats_known)
		lone->beats_known = refresh(lone) == TR_OK;
	count = lone->beat_count < cap ? lone->beat_count : cap;
	memcpy(beats, lone->beats, (size_t)count * sizeof(*beats));
	return count;
}

static int lone_settled(const struct tr_feed *feed)
{
	(void)feed;
	return 1;
}

static int lone_replaced(const struct tr_feed *feed)
{
	const struct lone *lone = (const struct lone *)feed;

	return tr_log_replaced(&lone->log, lone->path);
}

static void lone_close(struct tr_feed *feed)
{
	struct lone *lone = (struct lone *)feed;

	tr_feed_free_batch(feed);
	tr_watch_close(lone->watch);
	tr_log_close(&lone->log);
	free(lone->beats);
	free(lone->path);
	free(lone);
}

static const struct tr_feed_ops ops = {
    .fd = lone_fd,
    .deadline_ns = lone_deadline_ns,
    .look = lone_look,
    .next = lone_next,
    .log = lone_log,
    .beats = lone_beats,
    .settled = lone_settled,
    .replaced = lone_replaced,
    .close = lone_close,
};

enum tr_err tr_feed_open_lone(struct tr_feed **out, const struct tr_source *source,
    const struct tr_filter *filter, struct tr_why *why)
{
	struct lone *lone = calloc(1, sizeof(*lone));
	enum tr_err err;

	*out = NULL;
	if (!lone)
		return tr_fail(why, TR_NOMEM, "out of memory");
	lone->feed = (struct tr_feed){.ops = &ops, .filter = filter};
	lone->path = strdup(source->db_path);
	lone->beats = calloc(TR_RING_BEATS, sizeof(*lone->beats));
	if (!lone->path || !lone->beats)
		err = tr_fail(why, TR_NOMEM, "out of memory");
	else
		err = tr_log_open(&lone->log, source->db_path, TR_LOG_KEEPER, filter, why);
	if (!err)
		err = tr_watch_open(&lone->watch, lone->log.db, why);
	if (err) {
		lone_close(&lone->feed);
		return err;
	}
	memcpy(lone->feed.place.epoch, lone->log.epoch, sizeof(lone->log.epoch));
	*out = &lone->feed;
	return TR_OK;
}
