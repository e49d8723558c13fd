/* posted.h: what a publisher sends as JSON: a job, or lines.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_POSTED_H
#define TR_WEB_POSTED_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/change.h"

#define TR_POSTED_MEMBERS 16 /* of a job */

/* Either of both; {0} before. Release with tr_posted_free() in every case. */
struct tr_posted {
	cJSON *root; /* what the texts point into */
	struct tr_value values[TR_POSTED_MEMBERS];
	size_t value_count;
	struct tr_log_line *lines;
	size_t line_count;
};

/* Reads an object of a job's columns, as a GET names them. TR_OK; TR_INVALID: it is no JSON in
 * UTF-8, or has a member that a publisher cannot set, or of the wrong type; TR_NOMEM. The
 * sentence is in *why. */
enum tr_err tr_posted_job(
    struct tr_posted *posted, const struct tr_buf *body, struct tr_why *why);

/* Reads a line {"message", "level", "event"}, or an array of them. As above. */
enum tr_err tr_posted_lines(
    struct tr_posted *posted, const struct tr_buf *body, struct tr_why *why);

/* The value of that column, or NULL. */
const struct tr_value *tr_posted_value(const struct tr_posted *posted, const char *column);

void tr_posted_free(struct tr_posted *posted);

#endif
