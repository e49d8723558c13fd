/* respond.c: what a response begins with, and the ones that are an answer and no stream.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/respond.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/frame.h"
#include "base/utf8.h"
#include "stream/frames.h"

/* mod_fcgid, mod_proxy_fcgi and mod_deflate hold back a shorter first piece. */
#define OPENING_BYTES 96

#define BUSY_RETRY_MS 5000 /* and up to twice that */

/* Evenly between least_ms and twice that, so that clients do not all come back at once. */
static unsigned jittered(unsigned least_ms)
{
	return least_ms + (unsigned)(random() % (least_ms + 1));
}

static enum tr_err send_and_free(struct tr_request *request, struct tr_buf *out)
{
	enum tr_err err = tr_buf_err(out);

	if (!err)
		err = tr_client_send(&request->client, out);
	tr_buf_free(out);
	return err;
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
	struct tr_buf out = {0};

	add_stream_head(&out);
	if (!tr_request_is_head(request)) {
		tr_frame_comment(&out, "tailrow " TR_VERSION, OPENING_BYTES);
		tr_frame_retry(&out, jittered(retry_ms));
	}
	return send_and_free(request, &out);
}

enum tr_err tr_respond_busy(struct tr_request *request, const char *reason)
{
	unsigned retry_ms = jittered(BUSY_RETRY_MS);
	struct tr_buf out = {0};

	add_stream_head(&out);
	if (!tr_request_is_head(request)) {
		tr_frame_comment(&out, reason, OPENING_BYTES);
		tr_frame_retry(&out, retry_ms);
		tr_frames_busy(&out, retry_ms);
	}
	return send_and_free(request, &out);
}

enum tr_err tr_respond_nothing(struct tr_request *request)
{
	struct tr_buf out = {0};

	tr_buf_adds(&out, "Status: 204 No Content\r\nCache-Control: no-store\r\n\r\n");
	return send_and_free(request, &out);
}

/* Appends the object's text as valid UTF-8. */
static void add_json(struct tr_buf *out, const cJSON *object)
{
	char *text = cJSON_PrintUnformatted(object);

	if (text)
		tr_utf8_add(out, text, strlen(text));
	else
		out->err = TR_NOMEM;
	tr_buf_adds(out, "\n");
	cJSON_free(text);
}

static void add_problem(struct tr_buf *out, int status, const char *title, const char *detail)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "type", "about:blank");
	cJSON_AddStringToObject(object, "title", title);
	cJSON_AddNumberToObject(object, "status", status);
	cJSON_AddStringToObject(object, "detail", detail);
	add_json(out, object);
	cJSON_Delete(object);
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
	struct tr_buf out = {0};

	add_head(&out, status, title, "application/problem+json");
	if (header)
		tr_buf_addf(&out, "%s\r\n", header);
	tr_buf_adds(&out, "\r\n");
	if (!tr_request_is_head(request))
		add_problem(&out, status, title, detail);
	return send_and_free(request, &out);
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

enum tr_err tr_respond_unavailable(struct tr_request *request, const char *why)
{
	struct tr_buf detail = {0};
	enum tr_err err;

	add_without_directories(&detail, why);
	err = tr_buf_err(&detail);
	if (!err)
		err = tr_respond_problem(request, 503, "Service Unavailable",
		    detail.data ? detail.data : "", "Retry-After: 2");
	tr_buf_free(&detail);
	return err;
}

enum tr_err tr_respond_made(struct tr_request *request, int status, const struct tr_buf *json)
{
	struct tr_buf out = {0};

	add_head(&out, status, status == 201 ? "Created" : "OK", "application/json");
	tr_buf_adds(&out, "\r\n");
	tr_buf_add(&out, json->data, json->len);
	tr_buf_adds(&out, "\n");
	return send_and_free(request, &out);
}

enum tr_err tr_respond_file(struct tr_request *request, int64_t job_id)
{
	struct tr_buf out = {0};

	add_head(&out, 200, "OK", "text/plain; charset=utf-8");
	tr_buf_addf(&out,
	    "Content-Disposition: attachment; filename=\"job-%lld.txt\"\r\n"
	    "X-Accel-Buffering: no\r\n\r\n",
	    (long long)job_id);
	return send_and_free(request, &out);
}

enum tr_err tr_respond_text(
    struct tr_request *request, const char *type, const struct tr_buf *body)
{
	struct tr_buf out = {0};

	add_head(&out, 200, "OK", type);
	tr_buf_adds(&out, "\r\n");
	if (!tr_request_is_head(request))
		tr_buf_add(&out, body->data, body->len);
	if (tr_buf_err(body))
		out.err = TR_NOMEM;
	return send_and_free(request, &out);
}

enum tr_err tr_respond_json(struct tr_request *request, const cJSON *object)
{
	struct tr_buf body = {0};
	enum tr_err err;

	add_json(&body, object);
	err = tr_respond_text(request, "application/json", &body);
	tr_buf_free(&body);
	return err;
}
