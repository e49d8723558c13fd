/* start.c: where a stream begins: what its cursor is worth, and what it is told first.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/start.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/schema.h"
#include "stream/frames.h"
#include "stream/stream.h"

static void begin_at(struct tr_start *start, int64_t position)
{
	start->position = position;
	start->gap_after = position < start->bounds.pruned_to ? position : -1;
}

/* Says why the cursor is void, or NULL: it holds. */
static const char *void_cursor(
    const struct tr_start *start, const char *epoch, const struct tr_cursor *cursor)
{
	if (strcmp(cursor->epoch, epoch) != 0)
		return "the cursor is of another database, or of this one before it was "
		       "restored";
	if (cursor->n > start->bounds.newest)
		return "the cursor is beyond the newest row: the database was restored";
	return NULL;
}

/* Where no snapshot is due, the position; otherwise start->snapshot. */
static void place(struct tr_start *start, const struct tr_log *log,
    const struct tr_params *params, const char *replaced)
{
	start->reset = replaced;
	if (!replaced && params->since == TR_SINCE_LOST)
		start->reset = "the cursor cannot be read";
	else if (!replaced && params->since == TR_SINCE_CURSOR)
		start->reset = void_cursor(start, log->epoch, &params->cursor);
	if (start->reset || params->since == TR_SINCE_NONE) {
		start->snapshot = 1;
	} else if (params->since == TR_SINCE_ALL) {
		begin_at(start, 0);
	} else if (params->since == TR_SINCE_NOW) {
		begin_at(start, start->bounds.newest);
	} else {
		begin_at(start, params->cursor.n);
		start->resumed = 1;
	}
}

static enum tr_err take_snapshot(struct tr_start *start, const struct tr_log *log,
    const struct tr_params *params, struct tr_why *why)
{
	enum tr_err err = tr_jobs_list(log->db, &params->filter, &start->list, why);

	start->markers_from = start->bounds.newest;
	return err ? err
		   : tr_reader_tail(
			 log->reader, &start->bounds, params->tail, &start->position, why);
}

/* Moves the position over what was deleted, to just before the next row there is. */
static enum tr_err skip_gap(
    struct tr_start *start, const struct tr_log *log, struct tr_why *why)
{
	int64_t next;
	enum tr_err err =
	    tr_reader_next(log->reader, &start->bounds, start->position, &next, why);

	if (!err)
		start->position = next - 1;
	return err;
}

/* Whether a row that matches comes after the position. */
static enum tr_err rows_left(
    const struct tr_start *start, const struct tr_log *log, int *left, struct tr_why *why)
{
	struct tr_batch *batch = calloc(1, sizeof(*batch));
	enum tr_err err;

	if (!batch)
		return tr_fail(why, TR_NOMEM, "out of memory");
	err = tr_reader_read(log->reader, start->position, 0, batch, why);
	*left = batch->row_count > 0 || batch->upto < batch->bounds.newest;
	tr_batch_clear(batch);
	free(batch);
	return err;
}

/* Whether there can be more to say of the named jobs. */
static enum tr_err ask_more(struct tr_start *start, const struct tr_log *log,
    const struct tr_named *named, struct tr_why *why)
{
	int left = 1;
	enum tr_err err = TR_OK;

	/* NaN, as of a deleted job, too, and an end that is to come, as the clock was set back:
	 * or the client would come back for ever. */
	if (start->resumed && start->gap_after < 0 && !named->open &&
	    !(fabs(named->ended_s) < TR_LINGER_S))
		err = rows_left(start, log, &left, why);
	if (!left)
		start->answer = TR_ANSWER_NO_MORE;
	return err;
}

static enum tr_err read_all(struct tr_start *start, const struct tr_log *log,
    const struct tr_params *params, const char *replaced, struct tr_why *why)
{
	struct tr_named named = {.known = 1, .open = 1};
	enum tr_err err = tr_reader_bounds(log->reader, &start->bounds, why);

	if (!err && params->filter.job_count)
		err = tr_jobs_named(log->db, &params->filter, &named, why);
	if (err)
		return err;
	place(start, log, params, replaced);
	/* Before the rest: what is not to be seen is not to be searched either. A stream that
	 * goes on is told of a reset all the same, with nothing in the snapshot. */
	if (!named.known) {
		begin_at(start, start->bounds.newest);
		start->answer = TR_ANSWER_UNKNOWN;
		return TR_OK;
	}
	if (start->snapshot)
		err = take_snapshot(start, log, params, why);
	else if (start->gap_after >= 0)
		err = skip_gap(start, log, why);
	return err ? err : ask_more(start, log, &named, why);
}

enum tr_err tr_start_read(struct tr_start *start, const struct tr_log *log,
    const struct tr_params *params, const char *replaced, struct tr_why *why)
{
	sqlite3 *db = log->db;
	enum tr_err err;
	int rc;

	*start = (struct tr_start){.gap_after = -1};
	rc = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	err = tr_schema_error(rc, sqlite3_db_filename(db, "main"), why);
	if (err)
		return err;
	err = read_all(start, log, params, replaced, why);
	/* Ends a transaction that only read: nothing is lost. One that stayed open, for want of
	 * memory, would keep this connection from ever seeing a commit. */
	rc = sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	if (!err && !sqlite3_get_autocommit(db))
		err = tr_schema_error(rc, sqlite3_db_filename(db, "main"), why);
	if (err)
		tr_start_free(start);
	return err;
}

void tr_start_frames(
    struct tr_buf *out, const struct tr_start *start, const char *epoch, int greeted)
{
	/* A client cut off between hello and gap must be told of the gap again. */
	struct tr_cursor cursor = {
	    .n = start->gap_after < 0 ? start->position : start->gap_after};

	snprintf(cursor.epoch, sizeof(cursor.epoch), "%s", epoch);
	if (!greeted)
		tr_frames_hello(out, start->snapshot ? NULL : &cursor, epoch, &start->bounds,
		    TR_HEARTBEAT_S, start->resumed);
	cursor.n = start->position;
	if (start->reset)
		tr_frames_reset(out, start->reset);
	if (start->snapshot)
		tr_frames_snapshot(out, &cursor, &start->list);
	if (start->gap_after >= 0)
		tr_frames_gap(out, &cursor, start->gap_after, start->position + 1);
}

void tr_start_free(struct tr_start *start)
{
	tr_job_list_free(&start->list);
}
