/* post_log.c: POST and PUT to /jobs/ID/log and /log: lines.
 *
 * - Text of any length takes a bounded memory, and no transaction is open while it is waited
 *   for. What has come stays, however it ends; a request with a key that is sent again goes on
 *   after that.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/post_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/query.h"
#include "store/filter.h"
#include "store/split.h"
#include "web/post.h"
#include "web/posted.h"
#include "web/respond.h"

#define PIECE_BYTES 262144 /* gathered for one transaction, */
#define PIECE_LINES 4096   /* with so many lines, */
#define GATHER_MS 20	   /* or until nothing comes in so long */
#define LINE_S 30	   /* in which there must be another line, */
#define LINE_BYTES 65536   /* or so much of one, or the client is given up */

/* What the lines of a text have in common. */
struct kind {
	char event[TR_EVENT_SIZE];
	enum tr_level level;
};

/* A text that comes. */
struct text {
	struct tr_post *post;
	const struct kind *kind;
	char *bytes; /* of TR_SPLIT_BYTES + PIECE_BYTES */
	size_t len;
	int at_end;
	size_t due_len; /* there must be so much, */
	int64_t due_ns; /* by then */
	int64_t seen;	/* lines, before those in bytes */
};

static void answer_lines(struct tr_post *post, int64_t lines, int64_t in_all)
{
	struct tr_buf answer = {0};

	tr_buf_addf(&answer, "{\"lines\":%lld}\n", (long long)in_all);
	tr_post_end(post, lines, 200, &answer);
	tr_buf_free(&answer);
}

/* Writes lines and ends the transaction, unless it fails; then it is answered. */
static int write_lines(struct tr_post *post, const struct tr_log_line *lines, size_t count)
{
	struct tr_why why = {0};
	enum tr_err err =
	    tr_change_log(post->submit.db, post->request->job_id, lines, count, &why);

	if (!err)
		return 1;
	tr_submit_rollback(&post->submit);
	tr_post_failed(post, err, &why);
	return 0;
}

static void post_json(struct tr_post *post)
{
	struct tr_posted posted = {0};
	struct tr_buf body = {0};
	struct tr_why why = {0};
	enum tr_err err;

	if (tr_post_read(post, &body)) {
		err = tr_posted_lines(&posted, &body, &why);
		if (err)
			tr_post_failed(post, err, &why);
		else if (tr_post_begin(post) &&
			 write_lines(post, posted.lines, posted.line_count))
			answer_lines(
			    post, (int64_t)posted.line_count, (int64_t)posted.line_count);
	}
	tr_posted_free(&posted);
	tr_buf_free(&body);
}

/* Another line has come, or much of one: from now on the client has time for the next. */
static void expect_more(struct text *text)
{
	text->due_len = text->len + LINE_BYTES;
	text->due_ns = tr_mono_ns() + LINE_S * TR_NS_PER_S;
}

/* Reads until there is enough for a transaction, or no more comes at once. Returns 1; 0: it is
 * over, and answered where anybody is there. */
static int gather(struct text *text)
{
	struct tr_body *body = &text->post->request->body;
	size_t before = text->len, room = PIECE_BYTES, len;
	enum tr_err err;

	do {
		err = tr_body_read(body, text->bytes + text->len, room, text->due_ns, &len);
		text->len += len;
		room -= len;
	} while (!err && len && room && tr_body_comes(body, GATHER_MS));
	text->at_end = !err && !len;
	if (text->len >= text->due_len)
		expect_more(text);
	if (err == TR_BUSY && text->len > before)
		return 1; /* the next call says so */
	if (err == TR_BUSY)
		tr_respond_problem(text->post->request, 408, "Request Timeout",
		    "No line came for 30 seconds. What came before stays.", NULL);
	return !err;
}

/* Which of count lines are still to be written: an attempt before this one may have written
 * some. */
static size_t skip_of(const struct text *text, size_t count)
{
	int64_t ahead = text->post->submit.done - text->seen;

	if (ahead <= 0)
		return 0;
	return ahead < (int64_t)count ? (size_t)ahead : count;
}

/* Writes the lines of one transaction, the last one if is_last. Returns 1; 0: it is over, and
 * answered. */
static int write_texts(
    struct text *text, const struct tr_text *texts, size_t count, int is_last)
{
	const struct kind *kind = text->kind;
	struct tr_log_line lines[PIECE_LINES];
	struct tr_why why = {0};
	enum tr_err err;
	size_t skip;

	if (!tr_post_begin(text->post))
		return 0;
	skip = skip_of(text, count);
	for (size_t i = 0; i < count; i++)
		lines[i] = (struct tr_log_line){.event = {kind->event, strlen(kind->event)},
		    .level = {tr_level_names[kind->level], strlen(tr_level_names[kind->level])},
		    .message = texts[i]};
	if (!write_lines(text->post, lines + skip, count - skip))
		return 0;
	text->seen += (int64_t)count;
	if (is_last) {
		answer_lines(text->post, (int64_t)(count - skip), text->seen);
		return 0;
	}
	err = tr_submit_commit(&text->post->submit, (int64_t)(count - skip), 0, NULL, &why);
	if (err)
		tr_post_failed(text->post, err, &why);
	return !err;
}

/* Writes what lines there are in bytes. As above. */
static int write_piece(struct text *text)
{
	struct tr_text texts[PIECE_LINES];
	size_t used, count;
	int is_last;

	do {
		used =
		    tr_split(text->bytes, text->len, text->at_end, texts, PIECE_LINES, &count);
		is_last = text->at_end && used == text->len;
		if ((count || is_last) && !write_texts(text, texts, count, is_last))
			return 0;
		text->len -= used;
		memmove(text->bytes, text->bytes + used, text->len);
		if (used)
			expect_more(text);
	} while (count == PIECE_LINES);
	return 1;
}

static void post_text(struct tr_post *post, const struct kind *kind)
{
	struct text text = {
	    .post = post, .kind = kind, .bytes = malloc(TR_SPLIT_BYTES + PIECE_BYTES)};
	struct tr_why why = {0};
	int goes_on = 1;

	if (!text.bytes)
		tr_post_failed(post, tr_fail(&why, TR_NOMEM, "out of memory"), &why);
	expect_more(&text);
	while (text.bytes && goes_on)
		goes_on = gather(&text) && tr_post_fits(post) && write_piece(&text);
	free(text.bytes);
}

static void post_log(struct tr_post *post, const void *arg)
{
	if (post->type == TR_POST_JSON)
		post_json(post);
	else
		post_text(post, arg);
}

static enum tr_err read_param(
    struct kind *kind, const struct tr_param *param, struct tr_why *why)
{
	const struct tr_text text = {param->value, param->value_len};

	if (strcmp(param->name, "level") == 0) {
		kind->level = tr_level_of(text);
		if (kind->level == TR_LEVELS)
			return tr_fail(
			    why, TR_INVALID, "level: expected debug, info, warn or error");
	} else if (strcmp(param->name, "event") == 0) {
		if (!tr_event_name(text) || tr_event_reserved(text))
			return tr_fail(why, TR_INVALID,
			    "event: expected 1 to 64 of A-Z a-z 0-9 . _ : - and no name of a "
			    "stream's own");
		memcpy(kind->event, param->value, param->value_len + 1);
	}
	return TR_OK;
}

enum tr_err tr_post_log(const struct tr_service *service, struct tr_request *request)
{
	char *query = strdup(tr_request_get(request, "QUERY_STRING")), *rest = query;
	struct kind kind = {.event = "log", .level = TR_LEVEL_INFO};
	struct tr_param param;
	struct tr_why why = {0};
	enum tr_err err = TR_OK;

	while (!err && tr_query_next(&rest, &param))
		err = read_param(&kind, &param, &why);
	free(query);
	if (query && !err)
		return tr_post_answer(
		    service, request, TR_POST_JSON | TR_POST_TEXT, post_log, &kind);
	tr_body_skip(&request->body);
	if (err)
		return tr_respond_problem(request, 400, "Bad Request", why.text, NULL);
	return tr_respond_unavailable(request, "out of memory");
}
