/* feed.c: what both forms of a feed do alike: turn a batch from the database into frames.
 *
 * SPDX-License-Identifier: MIT
 */
#include "stream/feed.h"

#include <stdlib.h>
#include <string.h>

#include "stream/frames.h"

/* Tells of rows that were deleted before this stream came to them. */
static void tell_gap(struct tr_feed *feed, struct tr_buf *out)
{
	const struct tr_batch *batch = feed->batch;
	struct tr_cursor cursor = {.n = batch->row_count ? batch->rows[0].id - 1 : batch->upto};

	if (batch->bounds.pruned_to > feed->place.pruned_to &&
	    batch->bounds.pruned_to > feed->place.position) {
		memcpy(cursor.epoch, feed->place.epoch, sizeof(cursor.epoch));
		tr_frames_gap(out, &cursor, feed->place.position,
		    cursor.n < INT64_MAX ? cursor.n + 1 : cursor.n);
	}
	feed->place.pruned_to = batch->bounds.pruned_to;
}

enum tr_err tr_feed_batch(struct tr_feed *feed, const struct tr_log *log, struct tr_buf *out,
    int *more, struct tr_why *why)
{
	struct tr_batch *batch = feed->batch;
	enum tr_err err;

	if (!batch)
		batch = feed->batch = calloc(1, sizeof(*batch));
	if (!batch)
		return tr_fail(why, TR_NOMEM, "out of memory");
	err = tr_reader_read(
	    log->reader, feed->place.position, feed->place.markers_from, batch, why);
	if (err)
		return err;
	tell_gap(feed, out);
	feed->frames += tr_frames_rows(out, feed->place.epoch, batch, feed->filter);
	feed->place.position = batch->upto;
	*more = batch->upto < batch->bounds.newest;
	tr_batch_clear(batch);
	return TR_OK;
}

void tr_feed_free_batch(struct tr_feed *feed)
{
	if (feed->batch)
		tr_batch_clear(feed->batch);
	free(feed->batch);
	feed->batch = NULL;
}
