/* lanes.c: the lanes of one stream, side by side.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stream/frames.h"
#include "stream/mux.h"

#define BEATS TR_RING_BEATS /* running jobs whose beats a ping carries */

static enum tr_err open_lane(struct tr_lanes *lanes, const char *name, struct tr_source *source,
    const struct tr_params *params, struct tr_why *why)
{
	struct tr_lane **lane = &lanes->list[lanes->count];
	const struct tr_section *section = tr_sections_find(source->sections, name);
	enum tr_err err;

	if (!section)
		err = tr_lane_open_jobs(lane, source, params, why);
	else if (section->mode == TR_MODE_TABLE)
		err = tr_lane_open_table(lane, source, section, params, why);
	else
		err = tr_lane_open_append(lane, source, section, params, why);
	lanes->count += !err;
	return err;
}

enum tr_err tr_lanes_open(struct tr_lanes *lanes, struct tr_source *source,
    const struct tr_params *params, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	if (!params->stream_count)
		return open_lane(lanes, "jobs", source, params, why);
	for (int i = 0; i < params->stream_count && !err; i++)
		err = open_lane(lanes, params->streams[i], source, params, why);
	return err;
}

enum tr_err tr_lanes_start(struct tr_lanes *lanes, enum tr_answer *answer, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	for (int i = 0; i < lanes->count && !err; i++)
		err = lanes->list[i]->ops->start(lanes->list[i], answer, why);
	if (lanes->count > 1)
		*answer = TR_ANSWER_STREAM;
	return err;
}

static struct tr_place *place_of(const struct tr_lanes *lanes, int i)
{
	return lanes->list[i]->ops->place(lanes->list[i]);
}

/* Where each lane is that has begun. One that has not must not stand in a cursor: a client
 * cut off before its first frames is to get them when it comes back. */
static void get_positions(const struct tr_lanes *lanes, struct tr_mux *mux)
{
	mux->count = lanes->begun;
	for (int i = 0; i < lanes->begun; i++) {
		const struct tr_place *place = place_of(lanes, i);

		mux->names[i] = lanes->list[i]->name;
		mux->cursors[i].n = place->position;
		memcpy(mux->cursors[i].epoch, place->epoch, sizeof(place->epoch));
	}
}

struct tr_buf *tr_lanes_piece(struct tr_lanes *lanes, struct tr_buf *out)
{
	tr_buf_clear(&lanes->piece);
	return lanes->count == 1 ? out : &lanes->piece;
}

void tr_lanes_merge(struct tr_lanes *lanes, int i, struct tr_buf *out)
{
	struct tr_mux mux;

	if (lanes->count == 1)
		return;
	get_positions(lanes, &mux);
	tr_mux_add(out, &lanes->piece, &mux, i);
}

void tr_lanes_begin(struct tr_lanes *lanes, struct tr_buf *out)
{
	for (int i = 0; i < lanes->count; i++) {
		lanes->list[i]->ops->begin(lanes->list[i], tr_lanes_piece(lanes, out));
		lanes->begun++;
		tr_lanes_merge(lanes, i, out);
	}
}

void tr_lanes_ping(struct tr_lanes *lanes, struct tr_buf *out)
{
	struct tr_beat *beats = calloc(BEATS, sizeof(*beats));
	struct tr_mux mux;
	int count = 0;

	for (int i = 0; i < lanes->count && beats; i++)
		if (lanes->list[i]->ops->beats)
			count = lanes->list[i]->ops->beats(lanes->list[i], beats, BEATS);
	get_positions(lanes, &mux);
	tr_frames_ping(tr_lanes_piece(lanes, out),
	    mux.cursors[0].n < 0 ? NULL : &mux.cursors[0], beats, count);
	tr_lanes_merge(lanes, TR_MUX_OWN, out);
	free(beats);
}

int64_t tr_lanes_poll(const struct tr_lanes *lanes, struct pollfd *fds)
{
	int64_t until_ns = INT64_MAX;

	for (int i = 0; i < lanes->count; i++) {
		const struct tr_lane *lane = lanes->list[i];
		int64_t deadline_ns = lane->ops->deadline_ns(lane);

		fds[i] = (struct pollfd){.fd = lane->ops->fd(lane), .events = POLLIN};
		if (deadline_ns < until_ns)
			until_ns = deadline_ns;
	}
	return until_ns;
}

int tr_lanes_caught_up(const struct tr_lanes *lanes)
{
	for (int i = 0; i < lanes->count; i++)
		if (place_of(lanes, i)->position < place_of(lanes, i)->goal)
			return 0;
	return 1;
}

enum tr_err tr_lanes_ended(
    struct tr_lanes *lanes, int *open, double *ended_s, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	*open = 0;
	*ended_s = NAN;
	for (int i = 0; i < lanes->count && !*open && !err; i++) {
		struct tr_lane *lane = lanes->list[i];

		if (lane->ops->ended)
			err = lane->ops->ended(lane, open, ended_s, why);
		else
			*open = 1;
	}
	return err;
}

int tr_lanes_settled(const struct tr_lanes *lanes)
{
	for (int i = 0; i < lanes->count; i++)
		if (!lanes->list[i]->ops->settled(lanes->list[i]))
			return 0;
	return 1;
}

void tr_lanes_save(const struct tr_lanes *lanes, struct tr_place places[TR_LANES])
{
	for (int i = 0; i < lanes->count; i++)
		places[i] = *place_of(lanes, i);
}

void tr_lanes_load(struct tr_lanes *lanes, const struct tr_place places[TR_LANES])
{
	for (int i = 0; i < lanes->count; i++)
		*place_of(lanes, i) = places[i];
	lanes->begun = lanes->count;
}

void tr_lanes_close(struct tr_lanes *lanes)
{
	for (int i = 0; i < lanes->count; i++)
		lanes->list[i]->ops->close(lanes->list[i]);
	tr_buf_free(&lanes->piece);
}
