/* stream.c: the life of one event stream, from its first frame to its orderly end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/stream.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/stop.h"
#include "stream/frames.h"
#include "stream/lanes.h"

#define NEVER INT64_MAX

/* Apache notices a client that left at its second write after that. So a heartbeat is two
 * writes: a bare comment, and the ping a moment later if the client is still there. */
#define HEARTBEAT_PAUSE_NS (200 * TR_NS_PER_MS)

/* A file that is being replaced may be missing for a moment. */
#define REOPEN_FOR_NS (2 * TR_NS_PER_S)
#define REOPEN_PAUSE_NS (20 * TR_NS_PER_MS)

/* A worker is there for one stream: a burst shall not cost each of them its size for ever. */
#define KEPT_BYTES 32768

#define STOP_RETRY_MS 2000 /* and up to twice that */

#define PROBE_PAUSE_NS (250 * TR_NS_PER_MS)

/* When what is due. Plain values: they can be handed to another process. */
struct times {
	int64_t pulse_ns; /* the first half of a heartbeat; NEVER after it */
	int64_t ping_ns;  /* the second half; NEVER before the first */
	int64_t end_ns;	  /* the end that hold or the host's limit brings; NEVER */
	int64_t final_ns; /* the end of a stream of named jobs, all of them final; NEVER */
	int ask_final;	  /* whether they are is to be asked */
};

/* What a child hands back to the worker. */
struct handover {
	struct tr_place places[TR_LANES];
	struct times times;
};

struct tr_stream {
	struct tr_source *source;
	const struct tr_params *params;
	struct tr_lanes lanes;
	struct tr_client *client;
	struct tr_buf out;
	struct times times;
};

/* Empties out, and gives its memory back where it was a burst's. */
static void clear_out(struct tr_stream *stream)
{
	if (stream->out.cap_bytes <= KEPT_BYTES) {
		tr_buf_clear(&stream->out);
		return;
	}
	tr_buf_free(&stream->out);
	malloc_trim(0);
}

/* Sends what has been gathered in out, and begins to wait for the next heartbeat anew. */
static enum tr_err send_out(struct tr_stream *stream, struct tr_why *why)
{
	size_t bytes = stream->out.len;
	enum tr_err err = TR_OK;

	if (tr_buf_err(&stream->out))
		err = tr_fail(why, TR_NOMEM, "out of memory");
	else if (stream->out.len)
		err = tr_client_send(stream->client, &stream->out);
	clear_out(stream);
	if (!err)
		tr_count(&stream->source->metrics->bytes, bytes);
	stream->times.pulse_ns = tr_mono_ns() + TR_HEARTBEAT_S * TR_NS_PER_S;
	stream->times.ping_ns = NEVER;
	return err;
}

/* The same, where anything was gathered, or could not be. */
static enum tr_err send_any(struct tr_stream *stream, struct tr_why *why)
{
	return stream->out.len || tr_buf_err(&stream->out) ? send_out(stream, why) : TR_OK;
}

/* Lets a child go on from here, which may open the database. In the child: TR_OK. In the
 * worker, once the child has handed back what it made of the stream: TR_AWAY. TR_GONE: the
 * child finished the response. */
static enum tr_err send_child(struct tr_stream *stream, struct tr_why *why)
{
	struct handover handover;

	tr_count(&stream->source->metrics->queries, 1);
	switch (tr_visit_begin(&stream->source->visit, &handover, sizeof(handover))) {
	case TR_VISIT_CHILD:
		return TR_OK;
	case TR_VISIT_BACK:
		clear_out(stream); /* the child had it too, and sent it */
		tr_lanes_load(&stream->lanes, handover.places);
		stream->times = handover.times;
		return TR_AWAY;
	case TR_VISIT_OVER:
		return TR_GONE;
	default:
		return tr_fail_sys(why, "fork", errno);
	}
}

/* In a child that has nothing left to read: hands the stream back. */
static void go_home(const struct tr_stream *stream)
{
	struct handover handover = {.times = stream->times};

	if (!stream->source->visit || stream->times.ask_final ||
	    !tr_lanes_settled(&stream->lanes))
		return;
	tr_lanes_save(&stream->lanes, handover.places);
	tr_visit_hand_back(stream->source->visit, &handover, sizeof(handover));
}

enum tr_err tr_stream_open(struct tr_stream **out, struct tr_source *source,
    const struct tr_params *params, enum tr_answer *answer, struct tr_why *why)
{
	struct tr_stream *stream = calloc(1, sizeof(*stream));
	enum tr_err err;

	*out = NULL;
	if (!stream)
		return tr_fail(why, TR_NOMEM, "out of memory");
	stream->source = source;
	stream->params = params;
	err = tr_lanes_open(&stream->lanes, source, params, why);
	if (!err)
		err = tr_lanes_start(&stream->lanes, answer, why);
	if (err == TR_AWAY) {
		err = send_child(stream, why);
		if (!err)
			err = tr_lanes_start(&stream->lanes, answer, why);
	}
	if (err == TR_AWAY || err == TR_GONE) {
		*answer = err == TR_AWAY ? TR_ANSWER_BEGUN : TR_ANSWER_GIVEN;
		err = TR_OK;
	}
	if (err)
		tr_stream_close(stream);
	else
		*out = stream;
	return err;
}

void tr_stream_close(struct tr_stream *stream)
{
	if (!stream)
		return;
	tr_buf_free(&stream->out);
	tr_lanes_close(&stream->lanes);
	free(stream);
}

/* Asks whether all that the stream is about has ended, and sets or clears the end that this
 * brings. */
static enum tr_err ask_final(struct tr_stream *stream, struct tr_why *why)
{
	double ended_s;
	int open;
	enum tr_err err = tr_lanes_ended(&stream->lanes, &open, &ended_s, why);

	if (err)
		return err;
	stream->times.ask_final = 0;
	if (open)
		stream->times.final_ns = NEVER;
	else if (stream->times.final_ns == NEVER)
		stream->times.final_ns =
		    tr_mono_ns() + (ended_s >= TR_LINGER_S ? 0 : TR_LINGER_S * TR_NS_PER_S);
	return TR_OK;
}

/* Reads what comes next in lane i and sends it. TR_BUSY: the lane's deadline says when to try
 * again. */
static enum tr_err pump(struct tr_stream *stream, int i, struct tr_why *why)
{
	struct tr_metrics *metrics = stream->source->metrics;
	struct tr_lane *lane = stream->lanes.list[i];
	uint64_t frames = 0;
	int ended = 0;
	enum tr_err err = lane->ops->next(
	    lane, tr_lanes_piece(&stream->lanes, &stream->out), &frames, &ended, why);
	enum tr_err sent = TR_OK;

	tr_lanes_merge(&stream->lanes, i, &stream->out);
	tr_count(&metrics->frames, frames);
	tr_count(&metrics->coalesced, frames ? frames - 1 : 0);
	if (ended)
		stream->times.ask_final = 1;
	if (!err || err == TR_BUSY)
		sent = send_any(stream, why);
	return sent ? sent : err;
}

/* Sends a ping: a heartbeat, and the last frame of an orderly end, so that the cursor of a
 * filtered stream keeps up. */
static enum tr_err send_ping(struct tr_stream *stream, struct tr_why *why)
{
	tr_lanes_ping(&stream->lanes, &stream->out);
	return send_out(stream, why);
}

static enum tr_err heartbeat(struct tr_stream *stream, int64_t now_ns, struct tr_why *why)
{
	enum tr_err err;

	if (now_ns >= stream->times.ping_ns)
		return send_ping(stream, why);
	if (now_ns < stream->times.pulse_ns)
		return TR_OK;
	tr_buf_adds(&stream->out, ":\n");
	err = send_out(stream, why);
	stream->times.pulse_ns = NEVER;
	stream->times.ping_ns = now_ns + HEARTBEAT_PAUSE_NS;
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

/* Lets a lane open again what was replaced, for as long as a replacement may take. */
static enum tr_err reopen(struct tr_stream *stream, int i, struct tr_why *why)
{
	int64_t give_up_ns = tr_mono_ns() + REOPEN_FOR_NS;
	struct tr_lane *lane = stream->lanes.list[i];
	enum tr_err err;

	while ((
	    err = lane->ops->reopen(lane, tr_lanes_piece(&stream->lanes, &stream->out), why))) {
		if (err == TR_AWAY || tr_mono_ns() >= give_up_ns || tr_stop_asked())
			return err;
		if (wait_client(stream->client, tr_mono_ns() + REOPEN_PAUSE_NS))
			return TR_GONE;
	}
	tr_lanes_merge(&stream->lanes, i, &stream->out);
	return send_any(stream, why);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Sleeps until there is something to do, or only asks whether the client is still there.
 * TR_GONE: it is not. */
static enum tr_err wait(const struct tr_stream *stream, int ask_only, struct tr_why *why)
{
	struct pollfd fds[1 + TR_LANES] = {tr_client_poll(stream->client)};
	/* With hold=0 the end waits for the lanes, which say when. */
	int64_t end_ns = stream->params->hold_s ? stream->times.end_ns : NEVER;
	int64_t until_ns = earlier(earlier(stream->times.pulse_ns, stream->times.ping_ns),
	    earlier(end_ns, stream->times.final_ns));
	int woken = 0;

	if (!ask_only)
		go_home(stream);
	until_ns = earlier(until_ns, tr_lanes_poll(&stream->lanes, fds + 1)) - tr_mono_ns();
	if (tr_stop_poll(fds, 1 + (nfds_t)stream->lanes.count,
		ask_only || until_ns < 0 ? 0 : until_ns) < 0 &&
	    errno != EINTR)
		return tr_fail(why, TR_SYS, "poll: %s", strerror(errno));
	for (int i = 0; i < stream->lanes.count; i++)
		woken |= fds[1 + i].revents;
	if (woken)
		tr_count(&stream->source->metrics->wakes, 1);
	return fds[0].revents ? TR_GONE : TR_OK;
}

/* Whether the named jobs have been final for long enough, and all is sent. */
static int is_final(const struct tr_stream *stream, int all_sent)
{
	return all_sent && tr_mono_ns() >= stream->times.final_ns;
}

/* Whether the stream shall end now; all_sent: nothing visible is unsent. */
static int is_over(const struct tr_stream *stream, int64_t now_ns, int all_sent)
{
	if (tr_stop_asked())
		return 1;
	if (now_ns >= stream->times.end_ns &&
	    (stream->params->hold_s || tr_lanes_caught_up(&stream->lanes)))
		return 1;
	return is_final(stream, all_sent);
}

/* The orderly end. Where the server stops, all its clients would come back at once: each is
 * told to wait for another time. */
static enum tr_err end(struct tr_stream *stream, int64_t now_ns, struct tr_why *why)
{
	if (tr_stop_asked())
		tr_frame_retry(
		    &stream->out, STOP_RETRY_MS + (unsigned)random() % STOP_RETRY_MS);
	else if (now_ns >= stream->times.end_ns && stream->params->hold_s == TR_HOLD_FOREVER)
		tr_count(&stream->source->metrics->rotations, 1);
	return send_ping(stream, why);
}

/* Looks at each lane, reads and sends what is new. *sleep: nothing is left to do at once;
 * *all_sent: and nothing visible is unsent. */
static enum tr_err look(struct tr_stream *stream, int *sleep, int *all_sent, struct tr_why *why)
{
	enum tr_err err = TR_OK, lane_err;

	*sleep = *all_sent = 1;
	for (int i = 0; i < stream->lanes.count && (!err || err == TR_BUSY); i++) {
		enum tr_look look = stream->lanes.list[i]->ops->look(stream->lanes.list[i]);

		if (look == TR_LOOK_WAIT)
			continue;
		lane_err = look == TR_LOOK_READ ? pump(stream, i, why) : reopen(stream, i, why);
		*all_sent = 0;
		*sleep = *sleep && lane_err == TR_BUSY;
		err = lane_err ? lane_err : err;
	}
	return err;
}

/* One round: look, read and send what is new, then end, or sleep. */
static enum tr_err turn(struct tr_stream *stream, int *over, struct tr_why *why)
{
	int sleep, all_sent;
	int64_t now_ns;
	enum tr_err err = look(stream, &sleep, &all_sent, why);

	/* Asked again at the end itself: a job may have been started anew since. */
	if (!err && (stream->times.ask_final || is_final(stream, all_sent)))
		err = ask_final(stream, why);
	if (err == TR_AWAY) {
		err = send_child(stream, why);
		if (err == TR_AWAY)
			err = TR_OK;
	}
	if (err == TR_BUSY) {
		err = TR_OK;
		sleep = 1;
	}
	now_ns = tr_mono_ns();
	*over = !err && is_over(stream, now_ns, all_sent);
	if (*over)
		return end(stream, now_ns, why);
	if (!err)
		err = heartbeat(stream, now_ns, why);
	return err ? err : wait(stream, !sleep, why);
}

enum tr_err tr_stream_begin(struct tr_stream *stream, struct tr_client *client,
    int64_t max_stream_s, struct tr_why *why)
{
	int64_t limit_s = stream->params->hold_s;

	if (limit_s == TR_HOLD_FOREVER || (max_stream_s && max_stream_s < limit_s))
		limit_s = max_stream_s ? max_stream_s : TR_HOLD_FOREVER;
	stream->times.end_ns =
	    limit_s == TR_HOLD_FOREVER ? NEVER : tr_mono_ns() + limit_s * TR_NS_PER_S;
	if (limit_s == max_stream_s && max_stream_s) /* not all at once that came at once */
		stream->times.end_ns -= random() % (max_stream_s * TR_NS_PER_S / 5 + 1);
	stream->client = client;
	stream->times.final_ns = NEVER;
	stream->times.ask_final = 1;
	tr_lanes_begin(&stream->lanes, &stream->out);
	return send_out(stream, why);
}

enum tr_err tr_stream_run(
    struct tr_stream *stream, struct tr_client *client, struct tr_why *why)
{
	enum tr_err err = TR_OK;
	int over = 0;

	stream->client = client;
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
