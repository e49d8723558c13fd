/* post.c: a publisher's request: who may, what it brings, and how it is answered.
 *
 * - No token is ever written to a log or an answer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/errlog.h"
#include "base/hash.h"
#include "store/leash.h"
#include "store/publish.h"
#include "web/child.h"
#include "web/reading.h"
#include "web/respond.h"
#include "web/token.h"

#define KEY_MOST 200   /* characters of an Idempotency-Key */
#define JSON_BODY_S 30 /* in which all of it must have come */
#define MB INT64_C(1048576)

/* What tr_post_answer() was given, for the child. */
struct task {
	struct tr_post post;
	tr_poster *poster;
	const void *arg;
};

int tr_post_enabled(const struct tr_service *service)
{
	return tr_conf_text(service->conf, TR_KEY_PUBLISH_TOKEN_FILE) != NULL;
}

/* Answers with a refusal, once what there is of the body is out of the way. Returns 0. */
static int refuse(struct tr_request *request, int status, const char *title, const char *detail,
    const char *header)
{
	tr_body_skip(&request->body);
	tr_respond_problem(request, status, title, detail, header);
	return 0;
}

/* A browser sends no Authorization of a page's own making without asking first (OPTIONS), which
 * is refused here. This is for a server that adds one of its own. */
static int is_from_here(struct tr_request *request)
{
	if (strcmp(tr_request_get(request, "HTTP_SEC_FETCH_SITE"), "cross-site") != 0)
		return 1;
	return refuse(
	    request, 403, "Forbidden", "A page of another site may not publish here.", NULL);
}

/* RFC 6750, section 3: a request without a token is told the scheme and nothing else. */
static int has_token(const struct tr_service *service, struct tr_request *request)
{
	const char *authorization = tr_request_get(request, "HTTP_AUTHORIZATION");
	struct tr_why why = {0};
	enum tr_err err = tr_token_check(
	    tr_conf_text(service->conf, TR_KEY_PUBLISH_TOKEN_FILE), authorization, &why);

	if (err == TR_DENIED)
		return refuse(request, 401, "Unauthorized",
		    *authorization ? "This is no token that may publish here."
				   : "Send a token: Authorization: Bearer TOKEN.",
		    *authorization
			? "WWW-Authenticate: Bearer realm=\"tailrow\", error=\"invalid_token\""
			: "WWW-Authenticate: Bearer realm=\"tailrow\"");
	if (err) {
		tr_errlog("%s", why.text);
		return refuse(request, 503, "Service Unavailable",
		    "The tokens cannot be read: the server's error log says why.", NULL);
	}
	return 1;
}

/* Whether the content type is that, letter case and parameters apart. */
static int is_type(const char *type, const char *want)
{
	size_t len = strlen(want);

	return strncasecmp(type, want, len) == 0 && strchr("; \t", type[len]);
}

static int has_type(struct tr_post *post, unsigned types)
{
	const char *type = tr_request_get(post->request, "CONTENT_TYPE");

	if ((types & TR_POST_JSON) && is_type(type, "application/json"))
		post->type = TR_POST_JSON;
	else if ((types & TR_POST_TEXT) && (!*type || is_type(type, "text/plain")))
		post->type = TR_POST_TEXT;
	else
		return refuse(post->request, 415, "Unsupported Media Type",
		    types & TR_POST_TEXT
			? "Send lines with Content-Type: text/plain, or application/json."
			: "Send an object with Content-Type: application/json.",
		    NULL);
	return 1;
}

/* What is compressed would have to be unpacked within limits of its own, and as text it would
 * be taken for lines (RFC 9110, section 15.5.16; RFC 7694). */
static int is_plain(struct tr_request *request)
{
	const char *coding = tr_request_get(request, "HTTP_CONTENT_ENCODING");

	if (!*coding || strcasecmp(coding, "identity") == 0)
		return 1;
	return refuse(request, 415, "Unsupported Media Type",
	    "Send the body as it is, without Content-Encoding.", "Accept-Encoding: identity");
}

static int too_large(const struct tr_post *post)
{
	char detail[64];

	snprintf(detail, sizeof(detail), "This may have %lld bytes at most.",
	    (long long)post->most_bytes);
	return refuse(post->request, 413, "Content Too Large", detail, NULL);
}

int tr_post_fits(struct tr_post *post)
{
	return post->request->body.come_bytes <= post->most_bytes || too_large(post);
}

/* A key is visible ASCII (draft-ietf-httpapi-idempotency-key-header has it in quotes, which are
 * as good as any). It is for this address and query, and for JSON for this body, too. */
static int has_key(struct tr_post *post)
{
	const char *key = tr_request_get(post->request, "HTTP_IDEMPOTENCY_KEY");
	const char *path = tr_request_path(post->request);
	const char *query = tr_request_get(post->request, "QUERY_STRING");
	size_t len = strlen(key);
	uint64_t hash = tr_hash(TR_HASH_START, path, strlen(path) + 1);

	for (size_t i = 0; i < len; i++)
		if (len > KEY_MOST || key[i] < ' ' || key[i] > '~')
			return refuse(post->request, 400, "Bad Request",
			    "Idempotency-Key: expected at most 200 visible characters.", NULL);
	post->submit.key = len ? key : NULL;
	post->submit.request = (int64_t)tr_hash(hash, query, strlen(query));
	return 1;
}

static int is_let_in(const struct tr_service *service, struct tr_post *post, unsigned types)
{
	if (!is_from_here(post->request) || !has_token(service, post->request) ||
	    !has_type(post, types) || !is_plain(post->request))
		return 0;
	post->most_bytes = tr_conf_number(service->conf, TR_KEY_PUBLISH_MAX_MB) * MB;
	if (post->type == TR_POST_JSON && post->most_bytes > TR_POST_JSON_BYTES)
		post->most_bytes = TR_POST_JSON_BYTES;
	if (post->request->body.len_bytes > post->most_bytes)
		return too_large(post);
	return has_key(post);
}

static enum tr_err open_and_post(
    const struct tr_service *service, struct tr_request *request, const void *arg)
{
	struct task task = *(const struct task *)arg;
	const char *db_path = tr_conf_text(service->conf, TR_KEY_DB);
	struct tr_leash leash;
	struct tr_why why = {0};
	enum tr_err err;

	if (db_path)
		err = tr_publish_open(&task.post.submit.db, db_path, &why);
	else
		err = tr_fail(&why, TR_DB,
		    "no database is named: set TAILROW_DB, or db in " TR_CONF_FILE);
	if (err) {
		tr_body_skip(&request->body);
		return tr_reading_failed(request, err == TR_ABSENT ? TR_DB : err, &why);
	}
	err = tr_leash_put(&leash, task.post.submit.db, TR_LEASH_WRITE, &why);
	if (err)
		tr_post_failed(&task.post, err, &why);
	else
		task.poster(&task.post, task.arg);
	sqlite3_close(task.post.submit.db);
	return err;
}

enum tr_err tr_post_answer(const struct tr_service *service, struct tr_request *request,
    unsigned types, tr_poster *poster, const void *arg)
{
	struct task task = {.post = {.request = request}, .poster = poster, .arg = arg};

	if (!is_let_in(service, &task.post, types))
		return TR_OK;
	if (task.post.type == TR_POST_TEXT && !tr_child_place(service, request))
		return TR_OK;
	task.post.submit.most_a_minute =
	    tr_conf_number(service->conf, TR_KEY_PUBLISH_PER_MINUTE);
	return tr_child_answer(service, request, open_and_post, &task);
}

int tr_post_read(struct tr_post *post, struct tr_buf *body)
{
	int64_t deadline_ns = tr_mono_ns() + JSON_BODY_S * TR_NS_PER_S;
	struct tr_why why = {0};
	enum tr_err err;
	char bytes[8192];
	size_t len;

	do {
		err =
		    tr_body_read(&post->request->body, bytes, sizeof(bytes), deadline_ns, &len);
		tr_buf_add(body, bytes, len);
		if (!tr_post_fits(post))
			return 0;
	} while (!err && len);
	if (err == TR_BUSY)
		return refuse(post->request, 408, "Request Timeout",
		    "The body did not come in time.", NULL);
	if (err)
		return 0; /* nobody is there to be answered */
	if (tr_buf_err(body)) {
		tr_post_failed(post, tr_fail(&why, TR_NOMEM, "out of memory"), &why);
		return 0;
	}
	post->submit.request =
	    (int64_t)tr_hash((uint64_t)post->submit.request, body->data, body->len);
	return 1;
}

static void refuse_for_now(struct tr_post *post)
{
	char header[32];

	snprintf(header, sizeof(header), "Retry-After: %d", 60 - (int)(time(NULL) % 60));
	refuse(post->request, 429, "Too Many Requests",
	    "Too many requests came in this minute. Send several lines in one.", header);
}

/* Answers as the first time. */
static void repeat(struct tr_post *post, int status, const struct tr_buf *answer)
{
	tr_body_skip(&post->request->body);
	tr_respond_made(post->request, status, answer);
}

int tr_post_begin(struct tr_post *post)
{
	struct tr_buf answer = {0};
	struct tr_why why = {0};
	enum tr_submitted how;
	int status = 200;
	enum tr_err err = tr_submit_begin(&post->submit, &how, &status, &answer, &why);

	if (err)
		tr_post_failed(post, err, &why);
	else if (how == TR_SUBMIT_DONE)
		repeat(post, status, &answer);
	else if (how == TR_SUBMIT_LATER)
		refuse_for_now(post);
	else if (how == TR_SUBMIT_MISUSE)
		refuse(post->request, 422, "Unprocessable Content",
		    "This Idempotency-Key was used for another request.", NULL);
	else if (how == TR_SUBMIT_RIVAL)
		refuse(post->request, 409, "Conflict",
		    "Another request with this Idempotency-Key is under way.", NULL);
	tr_buf_free(&answer);
	return !err && how == TR_SUBMIT_GO;
}

void tr_post_end(struct tr_post *post, int64_t lines, int status, const struct tr_buf *answer)
{
	struct tr_why why = {0};
	enum tr_err err = tr_buf_err(answer) ? tr_fail(&why, TR_NOMEM, "out of memory") : TR_OK;

	if (err)
		tr_submit_rollback(&post->submit);
	else
		err = tr_submit_commit(&post->submit, lines, status, answer, &why);
	if (err)
		tr_post_failed(post, err, &why);
	else
		tr_respond_made(post->request, status, answer);
}

void tr_post_failed(struct tr_post *post, enum tr_err err, const struct tr_why *why)
{
	tr_body_skip(&post->request->body);
	if (err == TR_INVALID)
		tr_respond_problem(
		    post->request, 422, "Unprocessable Content", why->text, NULL);
	else
		tr_reading_failed(post->request, err, why);
}
