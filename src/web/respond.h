/* respond.h: what a response begins with, and the ones that are an answer and no stream.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_RESPOND_H
#define TR_WEB_RESPOND_H

#include "base/buf.h"
#include "base/err.h"
#include "web/request.h"

/* Each returns TR_OK, or TR_GONE where the client left. What refuses or begins a response
 * needs no memory but the stack. */

/* The head of an event stream, and with it, unless the method is HEAD, an opening comment
 * and the browser's wait before it reconnects. */
enum tr_err tr_respond_stream(struct tr_request *request, unsigned retry_ms);

/* 200, and a `busy` frame that asks the client to come back: an EventSource that meets any
 * other status closes for ever. reason goes into a comment. */
enum tr_err tr_respond_busy(struct tr_request *request, const char *reason);

/* 204, which tells an EventSource to stop. */
enum tr_err tr_respond_nothing(struct tr_request *request);

/* An error as application/problem+json (RFC 9457). `header` (or NULL) is one header more, such
 * as "Allow: GET". */
enum tr_err tr_respond_problem(struct tr_request *request, int status, const char *title,
    const char *detail, const char *header);

/* 503, for a database that cannot be read or memory that is lacking: `why`, with the names of
 * files but not of the directories above them, since the answer may go to anybody. An
 * EventSource that comes back with its cursor gets tr_respond_busy() instead. */
enum tr_err tr_respond_unavailable(struct tr_request *request, const char *why);

/* That line of JSON, with status 200 or 201; it is not kept by any cache. */
enum tr_err tr_respond_made(struct tr_request *request, int status, const struct tr_buf *json);

/* The head of a job's log as a text file. Its length is not told: it follows piece by piece. */
enum tr_err tr_respond_file(struct tr_request *request, int64_t job_id);

/* 200 with that body; it is not kept by any cache. TR_NOMEM: the body was cut off, and the
 * answer is a 503. */
enum tr_err tr_respond_text(
    struct tr_request *request, const char *type, const struct tr_buf *body);

#endif
