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

/* Appends the frames of the batch's rows: a marker as its job is in the batch, or not at
 * all where the filter refuses the name it would go out under, where a later marker of the
 * same job follows in the batch, or where its job is no more. Returns how many frames. */
int tr_frames_rows(struct tr_buf *out, const char *epoch, const struct tr_batch *batch,
    const struct tr_filter *filter);

#endif
