/* json.h: the JSON objects of the public contract, made from rows and jobs.
 *
 * - Text goes through byte for byte, NUL included; what is not valid UTF-8 is left to the
 *   frame encoder, which replaces it for the whole frame.
 * - Each function appends one line to out; a failure shows in tr_buf_err(out).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STREAM_JSON_H
#define TR_STREAM_JSON_H

#include "base/buf.h"
#include "store/job_page.h"
#include "store/jobs.h"
#include "store/reader.h"
#include "store/row.h"

void tr_json_job(struct tr_buf *out, const struct tr_job *job);
/* The same with the columns that a stream does not carry, and how many lines its log has; lines
 * is negative where that is not known. */
void tr_json_job_whole(struct tr_buf *out, const struct tr_job_whole *whole, int64_t lines);

void tr_json_removed(struct tr_buf *out, int64_t job_id);
/* A line in a page of the log; is_cut: the message has more. */
void tr_json_line(struct tr_buf *out, const struct tr_row *row, int is_cut);

void tr_json_log(struct tr_buf *out, const struct tr_row *row);
void tr_json_group(struct tr_buf *out, const struct tr_row *row);
void tr_json_hello(struct tr_buf *out, const char *epoch, const struct tr_bounds *bounds,
    int heartbeat_s, int resumed);
void tr_json_snapshot(struct tr_buf *out, const struct tr_job_list *list);
void tr_json_gap(struct tr_buf *out, int64_t after, int64_t next);
void tr_json_reset(struct tr_buf *out, const char *reason);
void tr_json_ping(struct tr_buf *out, const struct tr_beat *beats, int count);

#endif
