/* lane_append.c: the lane of another program's table in append mode.
 *
 * - Reads for each viewer: what the statement gives may depend on who asks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/frame.h"
#include "stream/frames.h"
#include "stream/own.h"
#include "table/append.h"

#define BUSY_NS (20 * TR_NS_PER_MS)

struct append {
	struct tr_own own;
	struct tr_statement statement; /* in a child of the pool; alone it is the keeper's */
	const char *reset;
	int64_t newest;
	int resumed;
};

/* The statement, opened where it is not; TR_AWAY: not in this process. */
static enum tr_err statement_of(
    struct append *append, struct tr_statement **out, struct tr_why *why)
{
	struct tr_own *own = &append->own;

	*out = own->is_kept ? &own->keeper.statement : &append->statement;
	if ((*out)->db)
		return TR_OK;
	if (!own->is_kept && !own->source->visit)
		return TR_AWAY;
	return tr_statement_open(*out, own->section, why);
}

/* Why the cursor is void, or NULL: it holds. */
static const char *void_cursor(
    const struct tr_statement *st, const struct tr_params *params, int64_t newest)
{
	if (params->since == TR_SINCE_LOST)
		return "the cursor cannot be read";
	if (strcmp(params->cursor.epoch, st->epoch) != 0)
		return "the cursor is of another file";
	if (params->cursor.n > newest)
		return "the cursor is beyond the newest row";
	return NULL;
}

/* Decides where to begin. */
static enum tr_err place(struct append *append, struct tr_statement *st, struct tr_why *why)
{
	struct tr_own *own = &append->own;
	const struct tr_params *params = &own->params;
	int has_cursor = params->since == TR_SINCE_CURSOR || params->since == TR_SINCE_LOST;
	int64_t tail = params->since == TR_SINCE_NOW ? 0 : params->tail;
	enum tr_err err = tr_append_bounds(
	    st, own->source->viewer, tail, &append->newest, &own->place.position, why);

	if (err)
		return err;
	strcpy(own->place.epoch, st->epoch);
	own->place.goal = append->newest;
	own->place.behind = 1;
	append->reset = has_cursor ? void_cursor(st, params, append->newest) : NULL;
	append->resumed = has_cursor && !append->reset;
	if (append->resumed)
		own->place.position = params->cursor.n;
	else if (params->since == TR_SINCE_ALL)
		own->place.position = 0;
	return TR_OK;
}

static enum tr_err append_start(
    struct tr_lane *lane, enum tr_answer *answer, struct tr_why *why)
{
	struct append *append = (struct append *)lane;
	struct tr_statement *st;
	enum tr_err err = statement_of(append, &st, why);

	*answer = TR_ANSWER_STREAM;
	return err ? err : place(append, st, why);
}

static void append_begin(struct tr_lane *lane, struct tr_buf *out)
{
	const struct append *append = (const struct append *)lane;

	tr_own_hello(&append->own, out, append->newest, append->resumed, 0);
	if (append->reset)
		tr_frames_reset(out, append->reset);
}

static enum tr_look append_look(struct tr_lane *lane)
{
	struct tr_own *own = (struct tr_own *)lane;

	tr_own_look(own);
	return own->err || own->place.behind ||
		       tr_channel_rings(own->channel) != own->place.file_no
		   ? TR_LOOK_READ
		   : TR_LOOK_WAIT;
}

/* Another file is there: begins anew in it. */
static enum tr_err begin_anew(
    struct append *append, struct tr_statement *st, struct tr_buf *out, struct tr_why *why)
{
	enum tr_err err;

	append->own.params.since = TR_SINCE_NONE;
	err = place(append, st, why);
	if (!err)
		tr_frames_reset(out, "the database was replaced");
	return err;
}

static enum tr_err append_next(
    struct tr_lane *lane, struct tr_buf *out, uint64_t *frames, int *ended, struct tr_why *why)
{
	struct append *append = (struct append *)lane;
	struct tr_own *own = &append->own;
	uint32_t rings = tr_channel_rings(own->channel);
	struct tr_append_read read = {0};
	struct tr_statement *st;
	enum tr_err err = own->err;

	(void)ended;
	*why = own->why;
	if (!err)
		err = statement_of(append, &st, why);
	if (!err && strcmp(st->epoch, own->place.epoch) != 0)
		err = begin_anew(append, st, out, why);
	read.position = own->place.position;
	if (!err)
		err = tr_append_next(st, own->source->viewer, &read, out, why);
	if (err == TR_BUSY)
		own->again_ns = tr_mono_ns() + BUSY_NS;
	if (err)
		return err;
	*frames = (uint64_t)read.frames;
	own->place.position = read.position;
	own->place.behind = read.more;
	if (!read.more) /* rows up to there may have gone meanwhile */
		own->place.goal = read.position;
	own->place.file_no = rings;
	return TR_OK;
}

static int append_settled(const struct tr_lane *lane)
{
	return !((const struct tr_own *)lane)->place.behind;
}

static void append_close(struct tr_lane *lane)
{
	struct append *append = (struct append *)lane;

	tr_statement_close(&append->statement);
	tr_own_close(&append->own);
	free(append);
}

static const struct tr_lane_ops ops = {
    .start = append_start,
    .begin = append_begin,
    .fd = tr_own_fd,
    .deadline_ns = tr_own_deadline_ns,
    .look = append_look,
    .next = append_next,
    .settled = append_settled,
    .place = tr_own_place,
    .close = append_close,
};

enum tr_err tr_lane_open_append(struct tr_lane **out, const struct tr_source *source,
    const struct tr_section *section, const struct tr_params *params, struct tr_why *why)
{
	struct append *append = calloc(1, sizeof(*append));
	enum tr_err err;

	*out = NULL;
	if (!append)
		return tr_fail(why, TR_NOMEM, "out of memory");
	append->own.lane.ops = &ops;
	err = tr_own_open(&append->own, source, section, params, why);
	if (err)
		append_close(&append->own.lane);
	else
		*out = &append->own.lane;
	return err;
}
