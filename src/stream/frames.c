/* frames.c: the frames of the public contract, section 3.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/frames.h"

#include <stdio.h>
#include <string.h>

#include "base/frame.h"
#include "stream/json.h"

/* Appends a frame with the JSON in data as its text, and frees data. */
static void add(
    struct tr_buf *out, const char *event, const struct tr_cursor *cursor, struct tr_buf *data)
{
	char id[TR_CURSOR_SIZE];

	if (tr_buf_err(data))
		out->err = TR_NOMEM;
	if (cursor)
		tr_cursor_format(id, cursor);
	tr_frame_add(out, event, cursor ? id : NULL, data->data, data->len);
	tr_buf_free(data);
}

void tr_frames_hello(struct tr_buf *out, const struct tr_cursor *cursor, const char *epoch,
    const struct tr_bounds *bounds, int heartbeat_s, int resumed)
{
	struct tr_buf data = {0};

	tr_json_hello(&data, epoch, bounds, heartbeat_s, resumed);
	add(out, "hello", cursor, &data);
}

void tr_frames_snapshot(
    struct tr_buf *out, const struct tr_cursor *cursor, const struct tr_job_list *list)
{
	struct tr_buf data = {0};

	tr_json_snapshot(&data, list);
	add(out, "snapshot", cursor, &data);
}

void tr_frames_gap(
    struct tr_buf *out, const struct tr_cursor *cursor, int64_t after, int64_t next)
{
	struct tr_buf data = {0};

	tr_json_gap(&data, after, next);
	add(out, "gap", cursor, &data);
}

void tr_frames_reset(struct tr_buf *out, const char *reason)
{
	struct tr_buf data = {0};

	tr_json_reset(&data, reason);
	add(out, "reset", NULL, &data);
}

void tr_frames_ping(
    struct tr_buf *out, const struct tr_cursor *cursor, const struct tr_beat *beats, int count)
{
	struct tr_buf data = {0};

	tr_json_ping(&data, beats, count);
	add(out, "ping", cursor, &data);
}

/* Written without another buffer: it is what remains to be said where memory is short. */
void tr_frames_busy(struct tr_buf *out, unsigned retry_ms)
{
	tr_buf_addf(out, "event: busy\ndata: {\"retry\":%u}\n\n", retry_ms);
}

/* The name a marker goes out under; NULL: its job is no more, and `removed` says so. */
static const char *marker_name(enum tr_marker marker, const struct tr_job *job)
{
	if (marker == TR_MARKER_REMOVED)
		return "removed";
	if (!job)
		return NULL;
	if (marker == TR_MARKER_COMPLETION && tr_state_final(job->state))
		return "completion";
	return "status-update";
}

const char *tr_frames_name(const struct tr_batch *batch, int i, char space[TR_EVENT_SIZE])
{
	const struct tr_row *row = &batch->rows[i];
	enum tr_marker marker = tr_marker_of(row->event);

	if (marker != TR_MARKER_NONE)
		return row->has_job ? marker_name(marker, tr_batch_job(batch, row->job_id))
				    : NULL;
	if (!tr_event_name(row->event) || tr_event_reserved(row->event))
		return "log";
	snprintf(space, TR_EVENT_SIZE, "%.*s", (int)row->event.len, row->event.data);
	return space;
}

int tr_frames_superseded(
    const struct tr_batch *batch, int i, const char *name, const struct tr_filter *filter)
{
	const struct tr_row *row = &batch->rows[i];
	char space[TR_EVENT_SIZE];

	if (tr_marker_of(row->event) == TR_MARKER_NONE)
		return 0;
	for (int later = i + 1; later < batch->row_count; later++) {
		const struct tr_row *other = &batch->rows[later];
		const char *other_name;

		if (other->job_id != row->job_id ||
		    tr_marker_of(other->event) == TR_MARKER_NONE)
			continue;
		other_name = tr_frames_name(batch, later, space);
		if (other_name && (strcmp(other_name, name) == 0 ||
				      (filter && tr_filter_event(filter, other_name))))
			return 1;
	}
	return 0;
}

void tr_frames_row(struct tr_buf *out, const char *epoch, const struct tr_batch *batch, int i,
    const char *name)
{
	const struct tr_row *row = &batch->rows[i];
	struct tr_cursor cursor = {.n = row->id};
	struct tr_buf data = {0};

	snprintf(cursor.epoch, sizeof(cursor.epoch), "%s", epoch);
	if (strcmp(name, "removed") == 0)
		tr_json_removed(&data, row->job_id);
	else if (tr_marker_of(row->event) != TR_MARKER_NONE)
		tr_json_job(&data, tr_batch_job(batch, row->job_id));
	else if (strcmp(name, "log") == 0)
		tr_json_log(&data, row);
	else if (strcmp(name, "group") == 0 || strcmp(name, "group-end") == 0)
		tr_json_group(&data, row);
	else
		tr_buf_add(&data, row->message.data, row->message.len);
	add(out, name, &cursor, &data);
}

int tr_frames_rows(struct tr_buf *out, const char *epoch, const struct tr_batch *batch,
    const struct tr_filter *filter)
{
	char space[TR_EVENT_SIZE];
	int frames = 0;

	for (int i = 0; i < batch->row_count; i++) {
		const char *name = tr_frames_name(batch, i, space);

		if (!name || !tr_filter_event(filter, name) ||
		    tr_frames_superseded(batch, i, name, filter))
			continue;
		tr_frames_row(out, epoch, batch, i, name);
		frames++;
	}
	return frames;
}
