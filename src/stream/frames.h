/* frames.h: the frames of the public contract, section 3.
 *
 * - Each function appends to out; a failure shows in tr_buf_err(out). A cursor that is
 *   NULL means a frame without `id:`.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_FRAMES_H
#define TR_STREAM_FRAMES_H

#include "base/buf.h"
#include "base/cursor.h"
#include "store/jobs.h"
#include "store/reader.h"

void tr_frames_hello(struct tr_buf *out, const struct tr_cursor *cursor, const char *epoch,
    const struct tr_bounds *bounds, int heartbeat_s, int resumed);
void tr_frames_snapshot(
    struct tr_buf *out, const struct tr_cursor *cursor, const struct tr_job_list *list);
void tr_frames_gap(
    struct tr_buf *out, const struct tr_cursor *cursor, int64_t after, int64_t next);
void tr_frames_reset(struct tr_buf *out, const char *reason);
void tr_frames_ping(
    struct tr_buf *out, const struct tr_cursor *cursor, const struct tr_beat *beats, int count);
void tr_frames_busy(struct tr_buf *out, unsigned retry_ms);

/* The name that row i of the batch goes out under, which depends on its job as it is in the
 * batch; NULL where it does not go out: the job of a marker is no more. A name that the schema
 * refuses, in a file that was made without its CHECKs, goes out as `log`. Written to space,
 * or constant. */
const char *tr_frames_name(const struct tr_batch *batch, int i, char space[TR_EVENT_SIZE]);

/* Appends the frame of row i, under that name. */
void tr_frames_row(struct tr_buf *out, const char *epoch, const struct tr_batch *batch, int i,
    const char *name);

/* Whether row i is a marker and a later marker of its job in the batch goes out too, under
 * `name`, or under any name that filter (where not NULL) lets through. */
int tr_frames_superseded(
    const struct tr_batch *batch, int i, const char *name, const struct tr_filter *filter);

/* Appends the frames of the rows that go out and that filter lets through, superseded
 * markers apart. Returns how many. */
int tr_frames_rows(struct tr_buf *out, const char *epoch, const struct tr_batch *batch,
    const struct tr_filter *filter);

#endif
