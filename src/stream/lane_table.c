/* lane_table.c: the lane of another program's table in table mode.
 *
 * - Everything it sends comes out of the image; it never needs the database.
 *
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/stop.h"
#include "stream/own.h"

/* How long a request waits for a watcher that has just been started. */
#define WAIT_NS (2 * TR_NS_PER_S)

#define BUSY_NS (20 * TR_NS_PER_MS)

/* A version that no image reaches. */
#define NEEDS_SNAPSHOT INT64_C(-1)

struct table {
	struct tr_own own;
	int snapshot; /* it begins with one */
	int resumed;  /* the client's cursor holds */
};

static int64_t version_of(const struct tr_own *own, struct tr_why *why)
{
	return tr_image_version(own->channel->image, why);
}

/* Waits until the image shows something. */
static enum tr_err wait_for_image(struct tr_own *own, struct tr_why *why)
{
	int64_t give_up_ns = tr_mono_ns() + WAIT_NS;

	for (;;) {
		struct pollfd fd = {.fd = tr_own_fd(&own->lane), .events = POLLIN};
		int64_t until_ns = tr_own_deadline_ns(&own->lane), now_ns = tr_mono_ns();

		tr_own_look(own);
		*why = own->why;
		if (version_of(own, why))
			return TR_OK;
		if (*why->text)
			return own->err ? own->err : TR_DB;
		if (now_ns >= give_up_ns || tr_stop_asked())
			return tr_fail(why, TR_BUSY, "[stream %s] is not read yet: try again",
			    own->section->name);
		until_ns = until_ns < give_up_ns ? until_ns : give_up_ns;
		tr_stop_poll(&fd, 1, until_ns > now_ns ? until_ns - now_ns : 0);
	}
}

static enum tr_err table_start(struct tr_lane *lane, enum tr_answer *answer, struct tr_why *why)
{
	struct table *table = (struct table *)lane;
	struct tr_own *own = &table->own;
	const struct tr_cursor *cursor = &own->params.cursor;
	enum tr_err err = wait_for_image(own, why);

	*answer = TR_ANSWER_STREAM;
	if (err)
		return err;
	strcpy(own->place.epoch, tr_image_epoch(own->channel->image));
	own->place.position = version_of(own, NULL);
	table->snapshot = own->params.since != TR_SINCE_NOW;
	/* What counts is the state: whatever the cursor lacks, a snapshot makes up for. */
	if (own->params.since == TR_SINCE_CURSOR &&
	    strcmp(cursor->epoch, own->place.epoch) == 0 &&
	    tr_image_reaches(own->channel->image, cursor->n)) {
		own->place.position = cursor->n;
		table->snapshot = 0;
		table->resumed = 1;
	}
	return TR_OK;
}

static enum tr_err take_snapshot(struct tr_own *own, struct tr_buf *out)
{
	return tr_image_snapshot(
	    own->channel->image, own->section, own->source->viewer, out, &own->place.position);
}

static void table_begin(struct tr_lane *lane, struct tr_buf *out)
{
	struct table *table = (struct table *)lane;
	struct tr_own *own = &table->own;

	tr_own_hello(own, out, own->place.position, table->resumed, table->snapshot);
	if (table->snapshot && take_snapshot(own, out))
		own->place.position = NEEDS_SNAPSHOT;
}

static enum tr_look table_look(struct tr_lane *lane)
{
	struct tr_own *own = (struct tr_own *)lane;
	int64_t version;

	tr_own_look(own);
	version = version_of(own, NULL);
	return own->err || (version && version != own->place.position) ? TR_LOOK_READ
								       : TR_LOOK_WAIT;
}

static enum tr_err table_next(
    struct tr_lane *lane, struct tr_buf *out, uint64_t *frames, int *ended, struct tr_why *why)
{
	struct tr_own *own = (struct tr_own *)lane;
	int changes = 0;
	enum tr_err err = own->err;

	(void)ended;
	*why = own->why;
	if (!err)
		err = tr_image_changes(own->channel->image, own->section, own->source->viewer,
		    out, &own->place.position, &changes);
	if (err == TR_ABSENT) {
		err = take_snapshot(own, out);
		changes = 1;
	}
	if (err == TR_BUSY)
		own->again_ns = tr_mono_ns() + BUSY_NS;
	*frames = (uint64_t)changes;
	return err;
}

static int table_settled(const struct tr_lane *lane)
{
	(void)lane;
	return 1;
}

static void table_close(struct tr_lane *lane)
{
	tr_own_close((struct tr_own *)lane);
	free(lane);
}

static const struct tr_lane_ops ops = {
    .start = table_start,
    .begin = table_begin,
    .fd = tr_own_fd,
    .deadline_ns = tr_own_deadline_ns,
    .look = table_look,
    .next = table_next,
    .settled = table_settled,
    .place = tr_own_place,
    .close = table_close,
};

enum tr_err tr_lane_open_table(struct tr_lane **out, const struct tr_source *source,
    const struct tr_section *section, const struct tr_params *params, struct tr_why *why)
{
	struct table *table = calloc(1, sizeof(*table));
	enum tr_err err;

	*out = NULL;
	if (!table)
		return tr_fail(why, TR_NOMEM, "out of memory");
	table->own.lane.ops = &ops;
	err = tr_own_open(&table->own, source, section, params, why);
	if (err)
		table_close(&table->own.lane);
	else
		*out = &table->own.lane;
	return err;
}
