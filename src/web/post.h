/* post.h: a publisher's request: who may, what it brings, and how it is answered.
 *
 * - Off unless publish_token_file is set.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_WEB_POST_H
#define TR_WEB_POST_H

#include "base/buf.h"
#include "store/submit.h"
#include "web/service.h"

#define TR_POST_JSON_BYTES (1024 * 1024) /* it is read whole, and takes ten times that */

enum tr_post_type { TR_POST_JSON = 1, TR_POST_TEXT = 2 };

/* A request that was let in. */
struct tr_post {
	struct tr_request *request;
	enum tr_post_type type;
	struct tr_submit submit; /* its database is open */
	int64_t most_bytes;	 /* of the body */
};

/* Does what is asked, and answers. */
typedef void tr_poster(struct tr_post *post, const void *arg);

/* Whether anybody may publish over HTTP. */
int tr_post_enabled(const struct tr_service *service);

/* Looks at everything but the body, and refuses: 401, 403, 413, 415, 400 for the key, 503. Else
 * opens the database for writing, in a child where there is a pool, and calls post(). types:
 * enum tr_post_type, each that is taken; a body of no type is the last of them.
 * As tr_service_answer(). */
enum tr_err tr_post_answer(const struct tr_service *service, struct tr_request *request,
    unsigned types, tr_poster *poster, const void *arg);

/* Reads the whole body, of JSON. Returns 1; or 0: it is too long, too slow, or the client left,
 * and the request is answered. */
int tr_post_read(struct tr_post *post, struct tr_buf *body);

/* Whether what has come of the body is not too long. Returns 1; or 0, and the request is
 * answered. */
int tr_post_fits(struct tr_post *post);

/* Begins a transaction. Returns 1; or 0: there is none, and the request is answered, as an
 * earlier one with the same key was, or with a refusal. The body has been read then. */
int tr_post_begin(struct tr_post *post);

/* Commits, and answers with that status and JSON. */
void tr_post_end(struct tr_post *post, int64_t lines, int status, const struct tr_buf *answer);

/* Answers a failure: 404, 422, or 503 and a line in the log. */
void tr_post_failed(struct tr_post *post, enum tr_err err, const struct tr_why *why);

#endif
