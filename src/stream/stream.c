/* stream.c: the life of one event stream, from its first frame to its orderly end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"
#include "store/jobs.h"
#include "stream/feed.h"
#include "stream/frames.h"

#define NEVER INT64_MAX

/* Apache notices a client that left at its second write after that. So a heartbeat is two
 * writes: a bare comment, and the ping a moment later if the client is still there. */
#define HEARTBEAT_PAUSE_NS (200 * TR_NS_PER_MS)

/* A file that is being replaced may be missing for a moment. */
#define REOPEN_FOR_NS (2 * TR_NS_PER_S)
#define REOPEN_PAUSE_NS (20 * TR_NS_PER_MS)

#define BEATS 256 /* running jobs whose beats a ping carries */

#define PROBE_PAUSE_NS (250 * TR_NS_PER_MS)

struct tr_stream {
	const char *db_path;
	const struct tr_params *params;
	struct tr_feed *feed;
	struct tr_start start;
	struct tr_client *client;
	struct tr_buf out;
	struct tr_batch batch;

	int64_t position;     /* everything up to here has been looked at */
	int64_t markers_from; /* markers up to here are in the snapshot */
	int64_t pruned_to;    /* what the client has been told of deletions */
	int64_t goal;	      /* hold=0 ends no sooner than here: what was there at the start */
	struct tr_beat beats[BEATS];
	int beat_count;
	int beats_stale; /* something was committed since they were read */

	int64_t ping_ns;  /* when the second half of a heartbeat is due */
	int64_t pulse_ns; /* when the first half is due; NEVER while the second is */
	int64_t end_ns;	  /* when hold or the host's limit ends the stream */
	int64_t final_ns; /* when a stream of named jobs ends, all of them final; NEVER */
};

static struct tr_cursor cursor_of(const struct tr_stream *stream)
{
	struct tr_cursor cursor = {.n = stream->position};

	snprintf(cursor.epoch, sizeof(cursor.epoch), "%s", tr_feed_epoch(stream->feed));
	return cursor;
}

/* Sends what has been gathered in out, if anything, and begins to wait for the next
 * heartbeat anew. */
static enum tr_err send_out(struct tr_stream *stream, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	if (tr_buf_err(&stream->out))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	else if (stream->out.len)
		err = tr_client_send(stream->client, &stream->out);
	tr_buf_clear(&stream->out);
	stream->pulse_ns = tr_mono_ns() + TR_HEARTBEAT_S * TR_NS_PER_S;
	stream->ping_ns = NEVER;
	return err;
}

/* Takes over where the start says that the stream begins, and sends the first frames. */
static enum tr_err begin(struct tr_stream *stream, int greeted, struct tr_why *why)
{
	stream->position = stream->start.position;
	stream->markers_from = stream->start.markers_from;
	stream->pruned_to = stream->start.bounds.pruned_to;
	stream->goal = stream->params->hold_s == 0 ? stream->start.bounds.newest : 0;
	stream->beats_stale = 1;
	stream->final_ns = NEVER;
	tr_start_frames(&stream->out, &stream->start, tr_feed_epoch(stream->feed), greeted);
	tr_start_free(&stream->start);
	return send_out(stream, why);
}

enum tr_err tr_stream_open(struct tr_stream **out, const char *db_path,
    const struct tr_params *params, enum tr_answer *answer, struct tr_why *why)
{
	struct tr_stream *stream = calloc(1, sizeof(*stream));
	enum tr_err err;

	*out = NULL;
	if (!stream)
		return tr_fail(why, TR_NOMEM, "out of memory");
	stream->db_path = db_path;
	stream->params = params;
	err = tr_feed_open(&stream->feed, db_path, &params->filter, why);
	if (!err)
		err = tr_start_read(&stream->start, stream->feed, params, NULL, why);
	if (err) {
		tr_stream_close(stream);
		return err;
	}
	*answer = stream->start.answer;
	*out = stream;
	return TR_OK;
}

void tr_stream_close(struct tr_stream *stream)
{
	if (!stream)
		return;
	tr_start_free(&stream->start);
	tr_batch_clear(&stream->batch);
	tr_buf_free(&stream->out);
	tr_feed_close(stream->feed);
	free(stream);
}

/* Asks whether the named jobs have all ended, and sets or clears the end that this brings. */
static enum tr_err ask_final(struct tr_stream *stream, struct tr_why *why)
{
	struct tr_named named;
	enum tr_err err;

	if (!stream->params->filter.job_count)
		return TR_OK;
	err = tr_jobs_named(tr_feed_db(stream->feed), &stream->params->filter, &named, why);
	if (err)
		return err;
	if (named.open)
		stream->final_ns = NEVER;
	else if (stream->final_ns == NEVER)
		stream->final_ns =
		    tr_mono_ns() +
		    (named.ended_s >= TR_LINGER_S ? 0 : TR_LINGER_S * TR_NS_PER_S);
	return TR_OK;
}

/* Tells of rows that were deleted before this stream came to them. */
static void tell_gap(struct tr_stream *stream)
{
	const struct tr_batch *batch = &stream->batch;
	int64_t next = batch->row_count ? batch->rows[0].id : batch->upto + 1;
	struct tr_cursor cursor;

	if (batch->bounds.pruned_to > stream->pruned_to &&
	    batch->bounds.pruned_to > stream->position) {
		cursor = cursor_of(stream);
		cursor.n = next - 1;
		tr_frames_gap(&stream->out, &cursor, stream->position, next);
	}
	stream->pruned_to = batch->bounds.pruned_to;
}

/* Reads one batch and sends its frames. TR_BUSY: the watch's deadline says when to try
 * again. */
static enum tr_err pump(struct tr_stream *stream, struct tr_why *why)
{
	struct tr_batch *batch = &stream->batch;
	enum tr_err err =
	    tr_feed_read(stream->feed, stream->position, stream->markers_from, batch, why);

	if (err)
		return err;
	tell_gap(stream);
	tr_frames_rows(
	    &stream->out, tr_feed_epoch(stream->feed), batch, &stream->params->filter);
	stream->position = batch->upto;
	stream->beats_stale = 1;
	tr_batch_clear(batch);
	err = stream->out.len ? send_out(stream, why) : TR_OK;
	return err ? err : ask_final(stream, why);
}

/* Appends a ping. Beats are read again only where something was committed since, so that
 * an idle stream runs no statement. */
static enum tr_err add_ping(struct tr_stream *stream, struct tr_why *why)
{
	struct tr_cursor cursor = cursor_of(stream);
	enum tr_err err = TR_OK;

	if (stream->beats_stale) {
		err = tr_jobs_beats(tr_feed_db(stream->feed), &stream->params->filter,
		    stream->beats, BEATS, &stream->beat_count, why);
		stream->beats_stale = err != TR_OK;
	}
	if (err && err != TR_BUSY)
		return err; /* locked: the beats of the last ping will do */
	tr_frames_ping(&stream->out, &cursor, stream->beats, stream->beat_count);
	return TR_OK;
}

static enum tr_err send_ping(struct tr_stream *stream, struct tr_why *why)
{
	enum tr_err err = add_ping(stream, why);

	return err ? err : send_out(stream, why);
}

static enum tr_err heartbeat(struct tr_stream *stream, int64_t now_ns, struct tr_why *why)
{
	enum tr_err err;

	if (now_ns >= stream->ping_ns)
		return send_ping(stream, why);
	if (now_ns < stream->pulse_ns)
		return TR_OK;
	tr_buf_adds(&stream->out, ":\n");
	err = send_out(stream, why);
	stream->pulse_ns = NEVER;
	stream->ping_ns = now_ns + HEARTBEAT_PAUSE_NS;
	return err;
}

/* Waits until ns, or until the client leaves (TR_GONE). */
static enum tr_err wait_client(const struct tr_client *client, int64_t until_ns)
{
	struct pollfd fd = tr_client_poll(client);
	int64_t now_ns = tr_mono_ns();

	if (tr_stop_poll(&fd, 1, until_ns > now_ns ? until_ns - now_ns : 0) > 0)
		return TR_GONE;
	return TR_OK;
}

/* Opens the database again after it was replaced or changed its journal mode, and goes on:
 * from the same position where the file is the same one, and with `reset` where not. */
static enum tr_err reopen(struct tr_stream *stream, struct tr_why *why)
{
	const char *replaced =
	    tr_feed_replaced(stream->feed) ? "the database was replaced" : NULL;
	int64_t give_up_ns = tr_mono_ns() + REOPEN_FOR_NS;
	struct tr_params params = *stream->params;
	struct tr_feed *feed;
	enum tr_err err;

	params.since = TR_SINCE_CURSOR;
	params.cursor = cursor_of(stream);
	while ((err = tr_feed_open(&feed, stream->db_path, &stream->params->filter, why)) &&
	       tr_mono_ns() < give_up_ns && !tr_stop_asked())
		if (wait_client(stream->client, tr_mono_ns() + REOPEN_PAUSE_NS))
			return TR_GONE;
	if (err)
		return err;
	tr_feed_close(stream->feed);
	stream->feed = feed;
	err = tr_start_read(&stream->start, feed, &params, replaced, why);
	if (err || (!stream->start.reset && stream->start.gap_after < 0)) {
		tr_start_free(&stream->start);
		return err;
	}
	return begin(stream, 1, why);
}

static int64_t earliest(const struct tr_stream *stream)
{
	int64_t ns = tr_feed_deadline_ns(stream->feed);

	if (stream->pulse_ns < ns)
		ns = stream->pulse_ns;
	if (stream->ping_ns < ns)
		ns = stream->ping_ns;
	if (stream->end_ns < ns)
		ns = stream->end_ns;
	if (stream->final_ns < ns)
		ns = stream->final_ns;
	return ns;
}

/* Sleeps until there is something to do, or only asks whether the client is still there.
 * TR_GONE: it is not. */
static enum tr_err wait(const struct tr_stream *stream, int ask_only, struct tr_why *why)
{
	struct pollfd fds[2] = {
	    tr_client_poll(stream->client), {.fd = tr_feed_fd(stream->feed), .events = POLLIN}};
	int64_t timeout_ns = ask_only ? 0 : earliest(stream) - tr_mono_ns();

	if (tr_stop_poll(fds, 2, timeout_ns > 0 ? timeout_ns : 0) < 0 && errno != EINTR)
		return tr_fail(why, TR_SYS, "poll: %s", strerror(errno));
	return fds[0].revents ? TR_GONE : TR_OK;
}

/* Whether the stream shall end now; all_sent: nothing visible is unsent. */
static int is_over(const struct tr_stream *stream, int64_t now_ns, int all_sent)
{
	return tr_stop_asked() ||
	       (now_ns >= stream->end_ns && stream->position >= stream->goal) ||
	       (now_ns >= stream->final_ns && all_sent);
}

/* One round: look, read and send what is new, then end, or sleep. */
static enum tr_err turn(struct tr_stream *stream, int *over, struct tr_why *why)
{
	enum tr_look look = tr_feed_look(stream->feed);
	int sleep = look == TR_LOOK_WAIT;
	int64_t now_ns;
	enum tr_err err = TR_OK;

	if (look == TR_LOOK_READ)
		err = pump(stream, why);
	else if (look == TR_LOOK_REOPEN)
		err = reopen(stream, why);
	if (err == TR_BUSY) {
		err = TR_OK;
		sleep = 1;
	}
	now_ns = tr_mono_ns();
	*over = !err && is_over(stream, now_ns, look == TR_LOOK_WAIT);
	if (*over)
		return send_ping(stream, why);
	if (!err)
		err = heartbeat(stream, now_ns, why);
	return err ? err : wait(stream, !sleep, why);
}

enum tr_err tr_stream_run(struct tr_stream *stream, struct tr_client *client,
    int64_t max_stream_s, struct tr_why *why)
{
	int64_t limit_s = stream->params->hold_s;
	int over = 0;
	enum tr_err err;

	if (limit_s == TR_HOLD_FOREVER || (max_stream_s && max_stream_s < limit_s))
		limit_s = max_stream_s ? max_stream_s : TR_HOLD_FOREVER;
	stream->end_ns =
	    limit_s == TR_HOLD_FOREVER ? NEVER : tr_mono_ns() + limit_s * TR_NS_PER_S;
	stream->client = client;
	err = begin(stream, 0, why);
	if (!err)
		err = ask_final(stream, why);
	while (!err && !over)
		err = turn(stream, &over, why);
	return err;
}

enum tr_err tr_stream_probe(struct tr_client *client, int64_t seconds)
{
	int64_t end_ns = tr_mono_ns() + seconds * TR_NS_PER_S;
	struct tr_buf out = {0};
	enum tr_err err = TR_OK;

	while (!err && tr_mono_ns() < end_ns && !tr_stop_asked()) {
		tr_buf_clear(&out);
		tr_frames_ping(&out, NULL, NULL, 0);
		err = tr_buf_err(&out) ? TR_NOMEM : tr_client_send(client, &out);
		if (!err)
			err = wait_client(client, tr_mono_ns() + PROBE_PAUSE_NS);
	}
	tr_buf_free(&out);
	return err;
}
