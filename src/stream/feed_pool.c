/* feed_pool.c: the feed of a worker of the pool: the ring, and the database to catch up.
 *
 * - The database is opened only in a child (visit.h). So a worker that waits neither reads
 *   it nor has a lock on it, and a writer does not pay for it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "stream/feed.h"

/* How much of the ring one call of next() takes at most, before it is written out. */
#define NEXT_BYTES 262144

/* Jobs whose markers are sorted out in one reading of the ring; more are left to SQL. */
#define JOBS_AT_ONCE 64

/* How long to wait for a lock. */
#define BUSY_NS (20 * TR_NS_PER_MS)

/* A watcher that starts rings every bell; this is for the case that it was before us. */
#define NO_WATCHER_NS TR_NS_PER_S

struct pooled {
	struct tr_feed feed;
	const struct tr_source *source;
	struct tr_log log; /* open only while there is something to read there */
	int listener;	   /* the bells that concern this stream */
	struct tr_ring_place place;
	int64_t due_ns; /* when to look again though no bell rang */
};

static int pooled_fd(const struct tr_feed *feed)
{
	return ((const struct pooled *)feed)->listener;
}

static int64_t pooled_deadline_ns(const struct tr_feed *feed)
{
	return ((const struct pooled *)feed)->due_ns;
}

static const struct tr_ring *ring_of(const struct pooled *pooled)
{
	return pooled->source->pool->ring;
}

/* Whether the watcher is at work on the file that this stream is about. */
static int ring_is_ours(struct pooled *pooled)
{
	return tr_ring_is_of(ring_of(pooled), pooled->feed.place.epoch);
}

static enum tr_look pooled_look(struct tr_feed *feed)
{
	struct pooled *pooled = (struct pooled *)feed;
	uint32_t file_no = tr_ring_file_no(ring_of(pooled));
	struct tr_place *place = &feed->place;

	tr_bells_heard(pooled->listener);
	pooled->due_ns = INT64_MAX;
	if (!place->file_no && ring_is_ours(pooled))
		place->file_no = file_no;
	if (file_no && file_no != place->file_no)
		return TR_LOOK_REOPEN;
	if (place->behind)
		return TR_LOOK_READ;
	if (!ring_is_ours(pooled)) {
		pooled->due_ns = tr_mono_ns() + NO_WATCHER_NS;
		return TR_LOOK_WAIT;
	}
	return tr_ring_newest(ring_of(pooled)) > place->position ? TR_LOOK_READ : TR_LOOK_WAIT;
}

static const struct tr_log *pooled_log(
    struct tr_feed *feed, enum tr_err *err, struct tr_why *why)
{
	struct pooled *pooled = (struct pooled *)feed;

	if (pooled->log.db)
		return &pooled->log;
	*err = TR_AWAY;
	if (!pooled->source->visit)
		return NULL;
	*err = tr_log_open(
	    &pooled->log, pooled->source->db_path, TR_LOG_READER, feed->filter, why);
	if (*err)
		return NULL;
	if (!*feed->place.epoch)
		memcpy(feed->place.epoch, pooled->log.epoch, sizeof(pooled->log.epoch));
	if (strcmp(feed->place.epoch, pooled->log.epoch) == 0)
		return &pooled->log;
	tr_log_close(&pooled->log);
	*err = tr_fail(why, TR_BUSY, "another database: the watcher is about to say so");
	return NULL;
}

/* Reads the database until the ring can take over. */
static enum tr_err from_database(
    struct pooled *pooled, struct tr_buf *out, int *ended, struct tr_why *why)
{
	struct tr_feed *feed = &pooled->feed;
	enum tr_err err = TR_OK;
	const struct tr_log *log = pooled_log(feed, &err, why);

	if (!err)
		err = tr_feed_batch(feed, log, out, &feed->place.behind, why);
	*ended = 1; /* the rows that say so need not be among those that the filter takes */
	if (err) {
		feed->place.behind = 1;
		pooled->due_ns = tr_mono_ns() + BUSY_NS;
	}
	return err;
}

/* The last marker of a job among the rows that are to be read from the ring. */
struct last_marker {
	int64_t job_id;
	int64_t id;
	enum tr_marker marker;
	int taken; /* the filter lets it through */
};

/* A row of the ring, and whose it is. */
struct owned_row {
	struct tr_ring_row row;
	char name[TR_OWNER_SIZE];
	struct tr_text owner; /* set only where the filter asks */
};

/* As tr_ring_read(). */
static enum tr_ring_got read_row(
    const struct pooled *pooled, struct tr_ring_place *place, struct owned_row *owned)
{
	const struct tr_ring *ring = ring_of(pooled);
	enum tr_ring_got got = tr_ring_read(ring, place, &owned->row);

	if (got == TR_RING_ROW && pooled->feed.filter->owner)
		got = tr_ring_owner(ring, place, &owned->row, owned->name, &owned->owner);
	return got;
}

static int takes(const struct tr_feed *feed, const struct owned_row *owned)
{
	const struct tr_ring_row *row = &owned->row;

	return tr_filter_takes(feed->filter, row->has_job, row->job_id, row->name, row->level,
		   row->marker != TR_MARKER_NONE) &&
	       tr_filter_owner(feed->filter, owned->owner);
}

/* Finds the last marker of each job from the place on, and where those rows end. Returns how
 * many jobs; -1: the ring lost us, or they are more than JOBS_AT_ONCE. */
static int find_last_markers(
    const struct pooled *pooled, struct last_marker last[JOBS_AT_ONCE], uint64_t *end)
{
	struct tr_ring_place place = pooled->place;
	struct owned_row owned = {0};
	const struct tr_ring_row *row = &owned.row;
	enum tr_ring_got got;
	int count = 0, i;

	while ((got = read_row(pooled, &place, &owned)) == TR_RING_ROW) {
		if (row->marker == TR_MARKER_NONE)
			continue;
		for (i = 0; i < count && last[i].job_id != row->job_id; i++)
			continue;
		if (i == JOBS_AT_ONCE)
			return -1;
		last[i] = (struct last_marker){
		    row->job_id, row->id, row->marker, takes(&pooled->feed, &owned)};
		count = i == count ? count + 1 : count;
	}
	*end = place.at;
	return got == TR_RING_END ? count : -1;
}

/* Whether a marker that was encoded when it was new is told better by the last one of its
 * job, or no longer true: a completion of a job that runs again, a state of one removed. */
static int is_stale(const struct tr_ring_row *row, const struct last_marker *last, int count)
{
	for (int i = 0; i < count; i++)
		if (last[i].job_id == row->job_id)
			return row->id < last[i].id &&
			       (last[i].taken || row->marker == TR_MARKER_COMPLETION ||
				   last[i].marker == TR_MARKER_REMOVED);
	return 0;
}

/* Whether this row is one to send. */
static int wanted(const struct tr_feed *feed, const struct owned_row *owned,
    const struct last_marker *last, int count)
{
	const struct tr_ring_row *row = &owned->row;

	if (row->id <= feed->place.position)
		return 0;
	if (row->marker != TR_MARKER_NONE &&
	    (row->id <= feed->place.markers_from || is_stale(row, last, count)))
		return 0;
	return takes(feed, owned);
}

/* Copies the frames of the rows that are to be sent. Returns 1; 0: the ring lost us. */
static int from_ring(struct pooled *pooled, struct tr_buf *out, int *ended)
{
	const struct tr_ring *ring = ring_of(pooled);
	struct tr_feed *feed = &pooled->feed;
	int64_t newest = tr_ring_newest(ring);
	struct last_marker last[JOBS_AT_ONCE];
	struct owned_row owned = {0};
	const struct tr_ring_row *row = &owned.row;
	uint64_t end;
	int count = find_last_markers(pooled, last, &end);

	if (count < 0)
		return 0;
	while (pooled->place.next < end) {
		if (read_row(pooled, &pooled->place, &owned) != TR_RING_ROW)
			return 0;
		if (wanted(feed, &owned, last, count)) {
			if (tr_ring_frame(ring, &pooled->place, row, out) != TR_RING_ROW)
				return 0;
			feed->frames++;
		}
		if (row->marker > TR_MARKER_STATUS && tr_filter_job(feed->filter, row->job_id))
			*ended = 1;
		if (row->id > feed->place.position)
			feed->place.position = row->id;
		if (out->len >= NEXT_BYTES)
			return 1;
	}
	if (newest > feed->place.position)
		feed->place.position = newest;
	return 1;
}

/* Whether what comes next may have another owner by now than the ring knows of: the stream
 * began after it was committed. */
static int is_past(const struct tr_feed *feed)
{
	return feed->filter->owner && feed->place.position < feed->place.goal;
}

static enum tr_err pooled_next(
    struct tr_feed *feed, struct tr_buf *out, int *ended, struct tr_why *why)
{
	struct pooled *pooled = (struct pooled *)feed;
	const struct tr_ring *ring = ring_of(pooled);
	int64_t newest;

	if (!ring_is_ours(pooled) || is_past(feed))
		return from_database(pooled, out, ended, why);
	newest = tr_ring_newest(ring); /* not before: it could be another log's */
	if (newest > feed->place.position &&
	    tr_ring_quiet(ring, feed->filter, feed->place.position)) {
		feed->place.position = newest;
		pooled->place = (struct tr_ring_place){0};
	} else if (!from_ring(pooled, out, ended) &&
		   (!tr_ring_seek(ring, &pooled->place, feed->place.position) ||
		       !from_ring(pooled, out, ended))) {
		return from_database(pooled, out, ended, why);
	}
	feed->place.behind = 0;
	return TR_OK;
}

static int pooled_beats(struct tr_feed *feed, struct tr_beat *beats, int cap)
{
	return tr_ring_beats(ring_of((struct pooled *)feed), feed->filter, beats, cap);
}

static int pooled_settled(const struct tr_feed *feed)
{
	return !feed->place.behind;
}

static int pooled_replaced(const struct tr_feed *feed)
{
	(void)feed; /* a change of the journal mode is the watcher's affair alone */
	return 1;
}

static void pooled_close(struct tr_feed *feed)
{
	struct pooled *pooled = (struct pooled *)feed;

	if (pooled->listener >= 0)
		close(pooled->listener);
	tr_log_close(&pooled->log);
	tr_feed_free_batch(feed);
	free(pooled);
}

static const struct tr_feed_ops ops = {
    .fd = pooled_fd,
    .deadline_ns = pooled_deadline_ns,
    .look = pooled_look,
    .next = pooled_next,
    .log = pooled_log,
    .beats = pooled_beats,
    .settled = pooled_settled,
    .replaced = pooled_replaced,
    .close = pooled_close,
};

/* The bells of the jobs that the filter names; the one for everything where it names none. */
static struct tr_bell_set bells_for(const struct tr_filter *filter)
{
	struct tr_bell_set set = {0};

	for (int i = 0; i < filter->job_count; i++)
		tr_bell_set_add(&set, tr_bucket(filter->jobs[i]));
	if (!filter->job_count)
		tr_bell_set_add(&set, TR_BELL_ALL);
	return set;
}

enum tr_err tr_feed_open_pool(struct tr_feed **out, const struct tr_source *source,
    const struct tr_filter *filter, struct tr_why *why)
{
	struct tr_bell_set bells = bells_for(filter);
	struct pooled *pooled = calloc(1, sizeof(*pooled));
	enum tr_err err;

	*out = NULL;
	if (!pooled)
		return tr_fail(why, TR_NOMEM, "out of memory");
	pooled->feed = (struct tr_feed){.ops = &ops, .filter = filter};
	pooled->source = source;
	pooled->feed.place.file_no = tr_ring_file_no(source->pool->ring);
	pooled->feed.place.behind = 1;
	pooled->listener = tr_bells_listen(&source->pool->bells, &bells);
	if (pooled->listener < 0) {
		err = tr_fail_sys(why, "epoll", errno);
		pooled_close(&pooled->feed);
		return err;
	}
	tr_seat_listen(source->seat, &bells);
	*out = &pooled->feed;
	return TR_OK;
}
