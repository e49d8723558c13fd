/* keeper.c: watches the database of another program's table, and keeps a channel up to date.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/keeper.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/errlog.h"
#include "base/stop.h"
#include "store/schema.h"

/* A statement that takes long leaves four fifths of a processor to the others. */
#define REST_TIMES 4

#define OPEN_PAUSE_NS TR_NS_PER_S

enum tr_err tr_keeper_open(struct tr_keeper *keeper, const struct tr_section *section,
    struct tr_channel *channel, struct tr_why *why)
{
	enum tr_err err;

	*keeper = (struct tr_keeper){.section = section, .channel = channel};
	err = tr_statement_open(&keeper->statement, section, why);
	if (!err)
		err = tr_watch_open(&keeper->watch, keeper->statement.db, why);
	if (err)
		tr_keeper_close(keeper);
	return err;
}

static int is_resting(const struct tr_keeper *keeper)
{
	return tr_mono_ns() < keeper->rest_ns;
}

int tr_keeper_fd(const struct tr_keeper *keeper)
{
	return is_resting(keeper) ? -1 : tr_watch_fd(keeper->watch);
}

int64_t tr_keeper_deadline_ns(const struct tr_keeper *keeper)
{
	return is_resting(keeper) ? keeper->rest_ns : tr_watch_deadline_ns(keeper->watch);
}

/* Reads nothing, but as a reader: in rollback mode no other proof is to be had that a commit
 * is complete (watch.h). */
static enum tr_err touch(struct tr_keeper *keeper, struct tr_why *why)
{
	int rc = sqlite3_exec(
	    keeper->statement.db, "SELECT 1 FROM sqlite_master LIMIT 1", NULL, NULL, NULL);

	return tr_schema_error(rc, keeper->section->database, why);
}

static enum tr_err read_result(struct tr_keeper *keeper, int *changed, struct tr_why *why)
{
	int64_t begun_ns = tr_mono_ns();
	enum tr_err err = tr_result_read(&keeper->statement, &keeper->result, why);

	*changed = err ? 0 : tr_image_show(keeper->channel->image, &keeper->result);
	keeper->rest_ns = tr_mono_ns() + REST_TIMES * (tr_mono_ns() - begun_ns);
	return *changed < 0 ? tr_fail(why, TR_NOMEM, "out of memory") : err;
}

/* Reads what was committed, and tells the viewers. */
static enum tr_err refresh(struct tr_keeper *keeper, struct tr_why *why)
{
	int changed = 1;
	enum tr_err err;

	sqlite3_busy_timeout(keeper->statement.db, 0); /* the watch waits for locks */
	if (keeper->section->mode == TR_MODE_TABLE)
		err = read_result(keeper, &changed, why);
	else
		err = touch(keeper, why);
	tr_watch_read_done(keeper->watch, err);
	if (!err && changed)
		tr_channel_ring(keeper->channel);
	return err == TR_BUSY ? TR_OK : err;
}

static enum tr_err reopen(struct tr_keeper *keeper, struct tr_why *why)
{
	const struct tr_section *section = keeper->section;
	struct tr_channel *channel = keeper->channel;

	tr_keeper_close(keeper);
	return tr_keeper_open(keeper, section, channel, why);
}

enum tr_err tr_keeper_work(struct tr_keeper *keeper, struct tr_why *why)
{
	enum tr_look look;
	enum tr_err err = TR_OK;

	if (is_resting(keeper))
		return TR_OK;
	look = tr_watch_look(keeper->watch);
	if (look == TR_LOOK_REOPEN)
		err = reopen(keeper, why);
	else if (look == TR_LOOK_READ)
		err = refresh(keeper, why);
	if (err)
		tr_image_hide(keeper->channel->image, why->text);
	return err;
}

void tr_keeper_close(struct tr_keeper *keeper)
{
	tr_watch_close(keeper->watch);
	keeper->watch = NULL;
	tr_statement_close(&keeper->statement);
	tr_result_free(&keeper->result);
}

/* Keeps the channel until a signal asks to stop (TR_OK), or reading fails. */
static enum tr_err keep(struct tr_keeper *keeper, struct tr_why *why)
{
	enum tr_err err = TR_OK;

	while (!tr_stop_asked() && !(err = tr_keeper_work(keeper, why))) {
		struct pollfd fd = {.fd = tr_keeper_fd(keeper), .events = POLLIN};
		int64_t wait_ns = tr_keeper_deadline_ns(keeper) - tr_mono_ns();

		tr_stop_poll(&fd, 1, wait_ns > 0 ? wait_ns : 0);
	}
	return err;
}

/* Waits before the database is opened again, also where a statement failed after long work. */
static void pause_after(const struct tr_keeper *keeper)
{
	int64_t rest_ns = keeper->rest_ns - tr_mono_ns();

	tr_stop_poll(NULL, 0, rest_ns > OPEN_PAUSE_NS ? rest_ns : OPEN_PAUSE_NS);
}

int tr_keeper_run(
    const struct tr_section *section, struct tr_channel *channel, const struct tr_fence *fence)
{
	struct tr_why why = {0}, told = {0};
	struct tr_keeper keeper;
	enum tr_err err;

	tr_stop_precise_timers();
	while (!tr_stop_asked() && !tr_fence_moved(fence)) {
		err = tr_keeper_open(&keeper, section, channel, &why);
		if (!err) {
			err = keep(&keeper, &why);
			tr_keeper_close(&keeper);
		}
		if (!err || tr_fence_moved(fence))
			continue;
		tr_image_hide(channel->image, why.text);
		tr_channel_ring(channel);
		if (strcmp(told.text, why.text) != 0)
			tr_errlog("%s", why.text);
		told = why;
		pause_after(&keeper);
	}
	return 0;
}
