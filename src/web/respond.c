/* respond.c: what a response begins with, and the ones that are an answer and no stream.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/respond.h"

#include <stdlib.h>
#include <string.h>

#include "base/errlog.h"
#include "base/frame.h"
#include "base/quote.h"
#include "base/utf8.h"
#include "stream/frames.h"

/* mod_fcgid, mod_proxy_fcgi and mod_deflate hold back a shorter first piece. */
#define OPENING_BYTES 96

#define BUSY_RETRY_MS 5000 /* and up to twice that */

/* A refusal is written here, on the stack, so that it needs no memory that may be lacking. Of
 * its sentence each byte may take six. */
#define ROOM_BYTES 8192
#define DETAIL_BYTES 1000

/* Evenly between least_ms and twice that, so that clients do not all come back at once. */
static unsigned jittered(unsigned least_ms)
{
	return least_ms + (unsigned)(random() % (least_ms + 1));
}

/* An empty buffer that never asks for memory, and is not to be freed. */
static struct tr_buf in_room(char room[ROOM_BYTES])
{
	return (struct tr_buf){
	    .data = room, .cap_bytes = ROOM_BYTES, .limit_bytes = ROOM_BYTES - 1};
}

static enum tr_err send_bytes(struct tr_request *request, const struct tr_buf *out)
{
	enum tr_err err = tr_buf_err(out);

	return err ? err : tr_client_send(&request->client, out);
}

static void add_stream_head(struct tr_buf *out)
{
	tr_buf_adds(out, "Status: 200 OK\r\n"
			 "Content-Type: text/event-stream; charset=utf-8\r\n"
			 "Cache-Control: no-cache, no-transform\r\n"
			 "X-Accel-Buffering: no\r\n"
			 "X-Content-Type-Options: nosniff\r\n"
			 "Referrer-Policy: no-referrer\r\n\r\n");
}

enum tr_err tr_respond_stream(struct tr_request *request, unsigned retry_ms)
{
	char room[ROOM_BYTES];
	struct tr_buf out = in_room(room);

	add_stream_head(&out);
	if (!tr_request_is_head(request)) {
		tr_frame_comment(&out, "tailrow " TR_VERSION, OPENING_BYTES);
		tr_frame_retry(&out, jittered(retry_ms));
	}
	return send_bytes(request, &out);
}

enum tr_err tr_respond_busy(struct tr_request *request, const char *reason)
{
	unsigned retry_ms = jittered(BUSY_RETRY_MS);
	char room[ROOM_BYTES];
	struct tr_buf out = in_room(room);

	add_stream_head(&out);
	if (!tr_request_is_head(request)) {
		tr_frame_comment(&out, reason, OPENING_BYTES);
		tr_frame_retry(&out, retry_ms);
		tr_frames_busy(&out, retry_ms);
	}
	return send_bytes(request, &out);
}

enum tr_err tr_respond_nothing(struct tr_request *request)
{
	char room[ROOM_BYTES];
	struct tr_buf out = in_room(room);

	tr_buf_adds(&out, "Status: 204 No Content\r\nCache-Control: no-store\r\n\r\n");
	return send_bytes(request, &out);
}

static void add_problem(struct tr_buf *out, int status, const char *title, const char *detail)
{
	char room[ROOM_BYTES];
	struct tr_buf raw = in_room(room);

	tr_buf_adds(&raw, "{\"type\":\"about:blank\",\"title\":");
	tr_quote_json(&raw, title, strlen(title));
	tr_buf_addf(&raw, ",\"status\":%d,\"detail\":", status);
	tr_quote_json(&raw, detail, strnlen(detail, DETAIL_BYTES));
	tr_buf_adds(&raw, "}\n");
	tr_utf8_add(out, raw.data, raw.len);
}

/* All but the empty line. */
static void add_head(struct tr_buf *out, int status, const char *title, const char *type)
{
	tr_buf_addf(out,
	    "Status: %d %s\r\n"
	    "Content-Type: %s\r\n"
	    "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: no-referrer\r\n", /* the address may have a ticket */
	    status, title, type);
}

enum tr_err tr_respond_problem(struct tr_request *request, int status, const char *title,
    const char *detail, const char *header)
{
	char room[ROOM_BYTES];
	struct tr_buf out = in_room(room);

	add_head(&out, status, title, "application/problem+json");
	if (header)
		tr_buf_addf(&out, "%s\r\n", header);
	tr_buf_adds(&out, "\r\n");
	if (!tr_request_is_head(request))
		add_problem(&out, status, title, detail);
	return send_bytes(request, &out);
}

/* Appends text, of each word only what follows its last slash. */
static void add_without_directories(struct tr_buf *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " ");
		const char *slash = memrchr(text, '/', len);
		const char *from = slash ? slash + 1 : text;

		tr_buf_add(out, from, (size_t)(text + len - from));
		text += len;
		len = strspn(text, " ");
		tr_buf_add(out, text, len);
		text += len;
	}
}

/* Whether it is from an EventSource that comes back: any status but 200 closes it for ever. */
static int comes_back(const struct tr_request *request)
{
	return strncmp(tr_request_path(request), "/events", strlen("/events")) == 0 &&
	       *tr_request_get(request, "HTTP_LAST_EVENT_ID");
}

enum tr_err tr_respond_unavailable(struct tr_request *request, const char *why)
{
	char room[ROOM_BYTES] = "";
	struct tr_buf detail = in_room(room);

	if (comes_back(request))
		return tr_respond_busy(request, "this cannot be answered now");
	add_without_directories(&detail, why);
	return tr_respond_problem(
	    request, 503, "Service Unavailable", detail.data, "Retry-After: 2");
}

/* The head, and in a piece of its own the body, which is not copied. */
static enum tr_err respond_with(struct tr_request *request, int status, const char *title,
    const char *type, const struct tr_buf *body)
{
	char room[ROOM_BYTES];
	struct tr_buf out = in_room(room);
	enum tr_err err;

	if (tr_buf_err(body)) {
		tr_errlog("out of memory: an answer could not be written");
		tr_respond_unavailable(request, "out of memory");
		return TR_NOMEM;
	}
	add_head(&out, status, title, type);
	tr_buf_adds(&out, "\r\n");
	err = send_bytes(request, &out);
	if (!err && body->len && !tr_request_is_head(request))
		err = send_bytes(request, body);
	return err;
}

enum tr_err tr_respond_made(struct tr_request *request, int status, const struct tr_buf *json)
{
	return respond_with(
	    request, status, status == 201 ? "Created" : "OK", "application/json", json);
}

enum tr_err tr_respond_file(struct tr_request *request, int64_t job_id)
{
	char room[ROOM_BYTES];
	struct tr_buf out = in_room(room);

	add_head(&out, 200, "OK", "text/plain; charset=utf-8");
	tr_buf_addf(&out,
	    "Content-Disposition: attachment; filename=\"job-%lld.txt\"\r\n"
	    "X-Accel-Buffering: no\r\n\r\n",
	    (long long)job_id);
	return send_bytes(request, &out);
}

enum tr_err tr_respond_text(
    struct tr_request *request, const char *type, const struct tr_buf *body)
{
	return respond_with(request, 200, "OK", type, body);
}
