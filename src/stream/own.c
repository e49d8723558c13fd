/* own.c: what the two lanes of another program's table have in common.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/own.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/frame.h"
#include "stream/stream.h"

static enum tr_err listen_to(struct tr_own *own, struct tr_why *why)
{
	ptrdiff_t number = own->section - own->source->sections->list;

	if (number >= own->source->pool->channel_count)
		return tr_fail(why, TR_BUSY, "the settings have just changed: try again");
	own->channel = &own->source->pool->channels[number];
	own->listener = tr_channel_listen(own->channel);
	return own->listener < 0 ? tr_fail_sys(why, "epoll", errno) : TR_OK;
}

static enum tr_err keep(struct tr_own *own, struct tr_why *why)
{
	enum tr_err err;

	own->channel = &own->inner;
	own->is_kept = 1;
	err = tr_channel_make(&own->inner, why);
	return err ? err : tr_keeper_open(&own->keeper, own->section, own->channel, why);
}

enum tr_err tr_own_open(struct tr_own *own, const struct tr_source *source,
    const struct tr_section *section, const struct tr_params *params, struct tr_why *why)
{
	own->lane.name = section->name;
	own->source = source;
	own->section = section;
	own->params = *params;
	own->listener = -1;
	own->inner.bell = -1;
	own->again_ns = INT64_MAX;
	tr_params_pick(&own->params, section->name);
	return source->pool ? listen_to(own, why) : keep(own, why);
}

void tr_own_look(struct tr_own *own)
{
	own->again_ns = INT64_MAX;
	if (own->listener >= 0)
		tr_bells_heard(own->listener);
	else if (!own->err)
		own->err = tr_keeper_work(&own->keeper, &own->why);
}

void tr_own_hello(const struct tr_own *own, struct tr_buf *out, int64_t newest, int resumed,
    int snapshot_follows)
{
	struct tr_cursor cursor = {.n = own->place.position};
	char id[TR_CURSOR_SIZE];
	struct tr_buf data = {0};

	memcpy(cursor.epoch, own->place.epoch, sizeof(cursor.epoch));
	tr_cursor_format(id, &cursor);
	tr_buf_addf(&data,
	    "{\"stream\":\"%s\",\"epoch\":\"%s\",\"newest\":%lld,\"heartbeat\":%d,"
	    "\"resumed\":%s}",
	    own->section->name, own->place.epoch, (long long)newest, TR_HEARTBEAT_S,
	    resumed ? "true" : "false");
	if (tr_buf_err(&data))
		out->err = TR_NOMEM;
	else
		tr_frame_add(out, "hello", snapshot_follows ? NULL : id, data.data, data.len);
	tr_buf_free(&data);
}

int tr_own_fd(const struct tr_lane *lane)
{
	const struct tr_own *own = (const struct tr_own *)lane;

	return own->is_kept ? tr_keeper_fd(&own->keeper) : own->listener;
}

int64_t tr_own_deadline_ns(const struct tr_lane *lane)
{
	const struct tr_own *own = (const struct tr_own *)lane;
	int64_t deadline_ns = own->is_kept ? tr_keeper_deadline_ns(&own->keeper) : INT64_MAX;

	return deadline_ns < own->again_ns ? deadline_ns : own->again_ns;
}

struct tr_place *tr_own_place(struct tr_lane *lane)
{
	return &((struct tr_own *)lane)->place;
}

void tr_own_close(struct tr_own *own)
{
	if (own->listener >= 0)
		close(own->listener);
	if (!own->is_kept)
		return;
	tr_keeper_close(&own->keeper);
	tr_channel_free(&own->inner);
}
