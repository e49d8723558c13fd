/* watcher.c: the pool's one process that watches the database and reads each new row once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/watcher.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/errlog.h"
#include "base/stop.h"
#include "store/jobs.h"
#include "store/log.h"
#include "store/schema.h"
#include "stream/frames.h"
#include "watch/watch.h"

#define NEVER INT64_MAX

#define OPEN_PAUSE_NS TR_NS_PER_S
#define BEATS_PAUSE_NS TR_NS_PER_S /* beats come every 10 s, pings every 15 s */

/* Frames gather while the last wake is still being worked off: a wake costs a worker and the
 * web server together about 35 us of processor time a stream, so waking n streams no more
 * often than every n * 80 us leaves a processor for the rest. The first row after a pause
 * leaves at once, and none waits longer than GATHER_MOST_NS. */
#define GATHER_NS_PER_STREAM INT64_C(80000)
#define GATHER_MOST_NS (50 * TR_NS_PER_MS)

struct watcher {
	struct tr_pool *pool;
	struct tr_log log;
	struct tr_watch *watch;
	struct tr_batch batch;
	struct tr_buf frame;
	int64_t position; /* every id up to here is published */

	struct tr_bell_set due; /* bells to ring for what is published */
	int bells_due;
	int64_t since_ms; /* created_at of the first row that waits for them; -1: not known */
	int64_t quiet_ns; /* before this they wait for more */

	struct tr_beat beats[TR_RING_BEATS];
	int beats_stale;
	int64_t beats_ns; /* when they may be read again */
	int other_log;	  /* the file holds another log now */
	struct tr_ring_state state;
};

static const struct tr_filter everything;

static void mark_all(struct watcher *w)
{
	memset(&w->due, 0xff, sizeof(w->due));
	w->bells_due = 1;
}

static void mark(struct watcher *w, const struct tr_ring_row *row)
{
	tr_bell_set_add(&w->due, TR_BELL_ALL);
	tr_bell_set_add(&w->due, tr_bucket(row->has_job ? row->job_id : TR_NO_JOB));
	w->bells_due = 1;
}

static void ring_due(struct watcher *w)
{
	int64_t now_ns = tr_mono_ns();
	int64_t rest_ns;

	if (!w->bells_due || now_ns < w->quiet_ns)
		return;
	rest_ns = tr_scoreboard_listeners(w->pool->board, &w->due) * GATHER_NS_PER_STREAM;
	if (rest_ns)
		tr_bells_ring(&w->pool->bells, &w->due);
	if (w->since_ms >= 0 && tr_wall_ms() >= w->since_ms)
		tr_metrics_delay(tr_scoreboard_metrics(w->pool->board),
		    (double)(tr_wall_ms() - w->since_ms) / 1000);
	w->since_ms = -1;
	w->quiet_ns = now_ns + (rest_ns < GATHER_MOST_NS ? rest_ns : GATHER_MOST_NS);
	memset(&w->due, 0, sizeof(w->due));
	w->bells_due = 0;
}

/* Adds row i of the batch to the ring, if it goes out to anybody. */
static enum tr_err add_row(struct watcher *w, int i)
{
	const struct tr_row *row = &w->batch.rows[i];
	struct tr_ring_row out = {.id = row->id,
	    .job_id = row->job_id,
	    .has_job = row->has_job,
	    .marker = tr_marker_of(row->event),
	    .level = tr_level_of(row->level)};
	const char *name = tr_frames_name(&w->batch, i, out.name);

	if (!name || tr_frames_superseded(&w->batch, i, name, NULL))
		return TR_OK;
	if (name != out.name)
		memcpy(out.name, name, strlen(name) + 1);
	tr_buf_clear(&w->frame);
	tr_frames_row(&w->frame, w->log.epoch, &w->batch, i, out.name);
	out.frame_len = w->frame.len;
	if (row->owner.len < TR_OWNER_SIZE) /* in UTF-16 it was shorter, maybe */
		out.owner_len = row->owner.len;
	tr_buf_add(&w->frame, row->owner.data, out.owner_len);
	if (tr_buf_err(&w->frame))
		return TR_NOMEM;
	tr_ring_add(w->pool->ring, &out, w->frame.data);
	if (!w->bells_due)
		w->since_ms = tr_iso_ms(row->created_at.data, row->created_at.len);
	mark(w, &out);
	return TR_OK;
}

static enum tr_err add_rows(struct watcher *w)
{
	enum tr_err err = TR_OK;

	for (int i = 0; i < w->batch.row_count && !err; i++)
		err = add_row(w, i);
	if (err)
		return err;
	w->position = w->batch.upto;
	tr_ring_publish(w->pool->ring, w->position);
	return TR_OK;
}

/* Makes the ring empty from the position on: workers that are not there yet read the
 * database, and see for themselves which rows were deleted before anybody read them. */
static void begin_ring(struct watcher *w, int64_t position)
{
	w->position = position;
	tr_ring_begin(w->pool->ring, &w->log, position);
	mark_all(w);
}

/* Reads one batch and publishes it. */
static enum tr_err publish(struct watcher *w, struct tr_why *why)
{
	struct tr_batch *batch = &w->batch;
	enum tr_err err;

	sqlite3_busy_timeout(w->log.db, 0); /* the watch waits for locks, and more finely */
	tr_count(&tr_scoreboard_metrics(w->pool->board)->queries, 1);
	err = tr_reader_read(w->log.reader, w->position, 0, batch, why);
	if (err || batch->upto >= batch->bounds.newest)
		tr_watch_read_done(w->watch, err);
	if (err)
		return err;
	if (batch->bounds.newest < w->position)
		w->other_log = 1; /* an older copy was restored into the file */
	else if (batch->bounds.pruned_to > w->position)
		begin_ring(w, batch->upto);
	else
		err = add_rows(w);
	w->beats_stale = 1;
	tr_batch_clear(batch);
	return err ? tr_fail(why, err, "out of memory") : TR_OK;
}

/* Reads what is worth a look once a second after a commit: the beats, and whether the epoch
 * was renewed. */
static void refresh(struct watcher *w)
{
	char epoch[TR_EPOCH_SIZE];
	int count;

	if (!w->beats_stale || tr_mono_ns() < w->beats_ns)
		return;
	w->beats_ns = tr_mono_ns() + BEATS_PAUSE_NS;
	if (tr_jobs_beats(w->log.db, &everything, w->beats, TR_RING_BEATS, &count, NULL))
		return; /* locked: the next time */
	if (tr_schema_check(w->log.db, epoch, NULL))
		return;
	w->other_log = strcmp(epoch, w->log.epoch) != 0;
	tr_ring_set_beats(w->pool->ring, w->beats, count);
	w->beats_stale = 0;
}

/* Tells how the database is watched; in the log as well where it has to tick. */
static void tell_state(struct watcher *w)
{
	const char *mode = tr_watch_mode(w->watch);

	if (strcmp(w->state.watch, mode) == 0)
		return;
	snprintf(w->state.watch, sizeof(w->state.watch), "%s", mode);
	tr_ring_set_state(w->pool->ring, &w->state);
	if (tr_watch_ticks(w->watch))
		tr_errlog("%s", mode);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void wait(const struct watcher *w)
{
	struct pollfd fd = {.fd = tr_watch_fd(w->watch), .events = POLLIN};
	int64_t until_ns = tr_watch_deadline_ns(w->watch);

	if (w->bells_due)
		until_ns = earlier(until_ns, w->quiet_ns);
	if (w->beats_stale)
		until_ns = earlier(until_ns, w->beats_ns);
	until_ns -= tr_mono_ns();
	tr_stop_poll(&fd, 1, until_ns > 0 ? until_ns : 0);
}

/* Follows the log until the database has to be opened again (TR_OK), or reading fails. */
static enum tr_err follow(struct watcher *w, struct tr_why *why)
{
	enum tr_err err;

	while (!tr_stop_asked() && !w->other_log) {
		enum tr_look look = tr_watch_look(w->watch);

		if (look == TR_LOOK_REOPEN)
			return TR_OK;
		err = look == TR_LOOK_READ ? publish(w, why) : TR_OK;
		if (err && err != TR_BUSY)
			return err;
		ring_due(w);
		if (look == TR_LOOK_READ && !err)
			continue;
		refresh(w);
		tell_state(w);
		if (!w->other_log)
			wait(w);
	}
	return TR_OK;
}

/* Opens the database, and begins the ring where its log ends now. */
static enum tr_err open_log(struct watcher *w, const char *db_path, struct tr_why *why)
{
	struct tr_bounds bounds;
	enum tr_err err = tr_log_open(&w->log, db_path, TR_LOG_KEEPER, &everything, why);

	if (!err)
		err = tr_watch_open(&w->watch, w->log.db, why);
	if (!err)
		err = tr_reader_bounds(w->log.reader, &bounds, why);
	if (err)
		return err;
	w->beats_stale = 1;
	w->other_log = 0;
	w->state = (struct tr_ring_state){0};
	tr_log_journal_mode(&w->log, w->state.journal_mode, sizeof(w->state.journal_mode));
	tell_state(w);
	begin_ring(w, bounds.newest);
	return TR_OK;
}

static void close_log(struct watcher *w)
{
	tr_watch_close(w->watch);
	w->watch = NULL;
	tr_log_close(&w->log);
}

int tr_watcher_run(const char *db_path, struct tr_pool *pool, const struct tr_fence *fence)
{
	struct watcher *w = calloc(1, sizeof(*w));
	struct tr_why why = {0};
	int was_open = 0;
	enum tr_err err;

	if (!w) {
		tr_errlog("out of memory: the watcher cannot start");
		return 1;
	}
	tr_stop_precise_timers();
	w->pool = pool;
	w->since_ms = -1;
	while (!tr_stop_asked() && !tr_fence_moved(fence)) {
		err = open_log(w, db_path, &why);
		if (!err) {
			was_open = 1;
			err = follow(w, &why);
		}
		close_log(w);
		if (!err || tr_fence_moved(fence))
			continue;
		if (was_open)
			tr_errlog("%s", why.text);
		w->state = (struct tr_ring_state){0};
		snprintf(w->state.why, sizeof(w->state.why), "%s", why.text);
		tr_ring_set_state(pool->ring, &w->state);
		was_open = 0;
		tr_stop_poll(NULL, 0, OPEN_PAUSE_NS);
	}
	tr_batch_clear(&w->batch);
	tr_buf_free(&w->frame);
	free(w);
	return 0;
}
