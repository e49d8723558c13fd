/* frame.h: the event stream format of the HTML standard, section 9.2.5.
 *
 * - Knows bytes and nothing of jobs, rows or HTTP.
 * - What a client's parser gives back is what went in, with two exceptions that the
 *   format cannot carry: a CR or CRLF comes back as LF, and invalid UTF-8 as U+FFFD.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_FRAME_H
#define TR_BASE_FRAME_H

#include <stddef.h>

#include "base/buf.h"

/* Appends one frame: `event:`, `id:` where id is not NULL, one `data:` line for each line
 * of data (CR, LF and CRLF each end one; empty data is one empty line), the empty line.
 * data may be NULL where len is 0.
 * The id stands with the data, never alone: Firefox does not move its cursor for a frame
 * without data. event and id are ours or checked by the schema, and hold no CR, LF or NUL
 * (asserted). Failure shows in tr_buf_err(out). */
void tr_frame_add(
    struct tr_buf *out, const char *event, const char *id, const char *data, size_t len);

/* Appends a comment line of at least min_bytes bytes, its LF counted, padded with spaces:
 * filters in web servers that collect output let a longer first piece through at once. text
 * is valid UTF-8 and holds no CR or LF (the latter asserted). Failure shows in
 * tr_buf_err(out). */
void tr_frame_comment(struct tr_buf *out, const char *text, size_t min_bytes);

/* Appends a `retry:` frame: the browser's wait before it reconnects, in milliseconds.
 * Failure shows in tr_buf_err(out). */
void tr_frame_retry(struct tr_buf *out, unsigned retry_ms);

#endif
