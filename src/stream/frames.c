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

void tr_frames_busy(struct tr_buf *out, unsigned retry_ms)
{
	struct tr_buf data = {0};

	tr_json_busy(&data, retry_ms);
	add(out, "busy", NULL, &data);
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

/* Whether a later row of the batch is a marker of the same job that goes out. */
static int superseded(const struct tr_batch *batch, int index, const struct tr_filter *filter)
{
	int64_t job_id = batch->rows[index].job_id;

	for (int i = index + 1; i < batch->row_count; i++) {
		const struct tr_row *row = &batch->rows[i];
		enum tr_marker marker = tr_marker_of(row->event);
		const char *name;

		if (marker == TR_MARKER_NONE || row->job_id != job_id)
			continue;
		name = marker_name(marker, tr_batch_job(batch, job_id));
		if (name && tr_filter_event(filter, name))
			return 1;
	}
	return 0;
}

/* Appends the marker's frame, or nothing. Returns how many frames. */
static int add_marker(struct tr_buf *out, const struct tr_cursor *cursor,
    const struct tr_batch *batch, int index, const struct tr_filter *filter)
{
	const struct tr_row *row = &batch->rows[index];
	const struct tr_job *job = tr_batch_job(batch, row->job_id);
	const char *name = marker_name(tr_marker_of(row->event), job);
	struct tr_buf data = {0};

	if (!name || !tr_filter_event(filter, name) || superseded(batch, index, filter))
		return 0;
	if (tr_marker_of(row->event) == TR_MARKER_REMOVED)
		tr_json_removed(&data, row->job_id);
	else
		tr_json_job(&data, job);
	add(out, name, cursor, &data);
	return 1;
}

/* Appends the frame of a row that is no marker. Returns how many frames: 0 where a damaged
 * file holds a name that the schema refuses and a frame could not carry. */
static int add_line(
    struct tr_buf *out, const struct tr_cursor *cursor, const struct tr_row *row)
{
	struct tr_buf data = {0};
	char event[TR_EVENT_SIZE];

	if (!tr_event_name(row->event))
		return 0;
	snprintf(event, sizeof(event), "%.*s", (int)row->event.len, row->event.data);
	if (tr_text_is(row->event, "log"))
		tr_json_log(&data, row);
	else if (tr_text_is(row->event, "group") || tr_text_is(row->event, "group-end"))
		tr_json_group(&data, row);
	else
		tr_buf_add(&data, row->message.data, row->message.len);
	add(out, event, cursor, &data);
	return 1;
}

int tr_frames_rows(struct tr_buf *out, const char *epoch, const struct tr_batch *batch,
    const struct tr_filter *filter)
{
	struct tr_cursor cursor;
	int frames = 0;

	snprintf(cursor.epoch, sizeof(cursor.epoch), "%s", epoch);
	for (int i = 0; i < batch->row_count; i++) {
		const struct tr_row *row = &batch->rows[i];

		cursor.n = row->id;
		if (tr_marker_of(row->event) != TR_MARKER_NONE)
			frames += add_marker(out, &cursor, batch, i, filter);
		else
			frames += add_line(out, &cursor, row);
	}
	return frames;
}
