/* reading.h: answers that are read from the database.
 *
 * - In the pool a child reads and answers (child.h); the worker only waits for it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_READING_H
#define TR_WEB_READING_H

#include "base/buf.h"
#include "store/log.h"
#include "web/service.h"

/* What is to be read: read() appends the answer to out, in one read transaction; cursor is the
 * position of a stream that begins where it ends. TR_ABSENT: what was asked for does not exist;
 * that, and any other failure, with the sentence in *why. */
struct tr_reading {
	enum tr_err (*read)(const void *arg, const struct tr_log *log,
	    const struct tr_cursor *cursor, struct tr_buf *out, struct tr_why *why);
	const void *arg;
	const char *type; /* the answer's; NULL: JSON */
};

/* Answers 200 with what was read, 404 where it does not exist, or 503. As tr_service_answer().
 */
enum tr_err tr_reading_answer(const struct tr_service *service, struct tr_request *request,
    const struct tr_reading *reading);

/* Sends all of an answer; no transaction that it begins lasts while it sends. */
typedef enum tr_err tr_reader_answer(
    const void *arg, const struct tr_log *log, struct tr_request *request);

/* The same for an answer that is more than one piece of JSON. */
enum tr_err tr_reading_run(const struct tr_service *service, struct tr_request *request,
    tr_reader_answer *answer, const void *arg);

/* Answers a failure to read: 404 for TR_ABSENT, else 503, and a line in the log. As
 * tr_service_answer(). */
enum tr_err tr_reading_failed(
    struct tr_request *request, enum tr_err err, const struct tr_why *why);

#endif
