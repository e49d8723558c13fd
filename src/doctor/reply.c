/* reply.c: what came back of one request, and when: its head, its pings, its end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

/* What a responder of ours sends first: see tr_respond_stream(). */
#define OPENING ": tailrow "

/* "HTTP/1.1 200 OK" begins a head: the first, or the one after a redirect. */
static void take_status_line(struct tr_reply *reply, const char *line)
{
	*reply->server = *reply->type = *reply->encoding = '\0';
	reply->status = 0;
	if (sscanf(line, "HTTP/%7[0-9.] %3d", reply->version, &reply->status) != 2)
		reply->status = 0;
}

static void take_header(struct tr_reply *reply, const char *line)
{
	const struct {
		const char *name;
		char *out;
		size_t size;
	} kept[] = {{"server:", reply->server, sizeof(reply->server)},
	    {"content-type:", reply->type, sizeof(reply->type)},
	    {"content-encoding:", reply->encoding, sizeof(reply->encoding)},
	    {"location:", reply->location, sizeof(reply->location)}};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		size_t len = strlen(kept[i].name);

		if (strncasecmp(line, kept[i].name, len) == 0)
			snprintf(kept[i].out, kept[i].size, "%s",
			    line + len + strspn(line + len, " \t"));
	}
}

/* Whether another head follows this one: curl goes where a redirect leads to. */
static bool is_redirect(const struct tr_reply *reply)
{
	return reply->status >= 300 && reply->status < 400 && *reply->location;
}

static void take_head_line(struct tr_reply *reply)
{
	if (strncmp(reply->line, "HTTP/", 5) == 0)
		take_status_line(reply, reply->line);
	else if (*reply->line)
		take_header(reply, reply->line);
	else
		reply->in_body = reply->status >= 200 && !is_redirect(reply);
}

/* The data of a frame is one line of JSON, and what is wanted of it stands near its start. */
static const char *find_value(const char *json, const char *key)
{
	const char *at = strstr(json, key);

	return at ? at + strlen(key) : NULL;
}

static void take_data(struct tr_reply *reply, const char *json, int64_t now_ms)
{
	const char *value;

	if (strcmp(reply->event, "hello") == 0) {
		value = find_value(json, "\"heartbeat\":");
		reply->heartbeat_s = value ? atoi(value) : 0;
	} else if (strcmp(reply->event, "ping") == 0 && reply->pings < TR_PINGS_KEPT) {
		value = find_value(json, "\"time\":\"");
		reply->came_ms[reply->pings] = now_ms;
		reply->sent_ms[reply->pings++] =
		    value ? tr_iso_ms(value, strcspn(value, "\"")) : -1;
	}
}

/* A blank line after fields ends a frame. */
static void end_frame(struct tr_reply *reply, int64_t now_ms)
{
	int64_t quiet_ms = now_ms - (reply->last_ms ? reply->last_ms : reply->first_ms);

	reply->longest_ms = quiet_ms > reply->longest_ms ? quiet_ms : reply->longest_ms;
	reply->last_ms = now_ms;
	reply->ping_last = strcmp(reply->event, "ping") == 0;
	reply->busy |= strcmp(reply->event, "busy") == 0;
	*reply->event = '\0';
}

static void take_body_line(struct tr_reply *reply, int64_t now_ms)
{
	if (strncmp(reply->line, "event: ", 7) == 0)
		snprintf(reply->event, sizeof(reply->event), "%s", reply->line + 7);
	else if (strncmp(reply->line, "data: ", 6) == 0)
		take_data(reply, reply->line + 6, now_ms);
	else if (!*reply->line && *reply->event)
		end_frame(reply, now_ms);
}

/* Keeps the beginning of the body. */
static void keep(struct tr_reply *reply, const char *bytes, size_t len, int64_t now_ms)
{
	size_t room = TR_BODY_KEPT - reply->body_len;

	if (!len)
		return;
	if (!reply->first_ms)
		reply->first_ms = now_ms;
	len = len < room ? len : room;
	memcpy(reply->body + reply->body_len, bytes, len);
	reply->body_len += len;
	reply->ours = strncmp(reply->body, OPENING, strlen(OPENING)) == 0;
}

static void take_line(struct tr_reply *reply, int64_t now_ms)
{
	if (reply->line_len && reply->line[reply->line_len - 1] == '\r')
		reply->line_len--;
	reply->line[reply->line_len] = '\0';
	reply->line_len = 0;
	if (reply->in_body)
		take_body_line(reply, now_ms);
	else
		take_head_line(reply);
}

void tr_reply_feed(struct tr_reply *reply, const char *bytes, size_t len, int64_t now_ms)
{
	if (reply->in_body)
		keep(reply, bytes, len, now_ms);
	for (size_t i = 0; i < len; i++) {
		bool in_body = reply->in_body;

		if (bytes[i] != '\n') {
			if (reply->line_len < sizeof(reply->line) - 1)
				reply->line[reply->line_len++] = bytes[i];
			continue;
		}
		take_line(reply, now_ms);
		if (!in_body && reply->in_body)
			keep(reply, bytes + i + 1, len - i - 1, now_ms);
	}
}

bool tr_reply_is_stream(const struct tr_reply *reply)
{
	static const char type[] = "text/event-stream";
	size_t len = strlen(type);

	return reply->status == 200 && strncasecmp(reply->type, type, len) == 0 &&
	       (!reply->type[len] || strchr("; \t", reply->type[len]));
}
