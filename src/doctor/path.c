/* path.c: judges what was measured of the path from a browser's place to the responder.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/path.h"

#include <string.h>

#include "doctor/answer.h"
#include "doctor/idle.h"

#define LATE_MS (TR_PING_EVERY_MS * 3 / 2) /* on a busy machine 250 ms are nothing */
#define TOGETHER_MS 20			   /* what comes within so long is one piece */

/* When a ping was sent, by whatever clock. */
static int64_t sent_ms(const struct tr_reply *reply, int i)
{
	return reply->sent_ms[i] < 0 ? (int64_t)i * TR_PING_EVERY_MS : reply->sent_ms[i];
}

void tr_flow(struct tr_flow *out, const struct tr_reply *reply)
{
	int64_t promptest_ms = INT64_MAX;

	*out = (struct tr_flow){.pings = reply->pings};
	for (int i = 0; i < reply->pings; i++) {
		int64_t took_ms = reply->came_ms[i] - sent_ms(reply, i);

		promptest_ms = took_ms < promptest_ms ? took_ms : promptest_ms;
		out->bursts += !i || reply->came_ms[i] - reply->came_ms[i - 1] > TOGETHER_MS;
	}
	for (int i = 0; i < reply->pings; i++) {
		int64_t late_ms = reply->came_ms[i] - sent_ms(reply, i) - promptest_ms;

		out->late += late_ms > LATE_MS;
		out->worst_ms = late_ms > out->worst_ms ? late_ms : out->worst_ms;
	}
}

bool tr_flow_held(const struct tr_flow *flow)
{
	return flow->pings < 2 || flow->late * 3 >= flow->pings;
}

/* Whether compression holds a stream back: without it the same stream flows, or it is
 * compressed for somebody who did not ask for that. */
static bool is_compression(const struct tr_reply *plain)
{
	struct tr_flow flow;

	if (!plain)
		return false;
	tr_flow(&flow, plain);
	return *plain->encoding || !tr_flow_held(&flow);
}

/* Frames come late, or not before the end, and nothing was done about it. */
static void judge_held(struct tr_findings *out, const struct tr_path *path,
    const struct tr_flow *flow, enum tr_way way)
{
	const struct tr_reply *probe = path->probe;
	bool compressed = is_compression(path->plain);
	const char *name = compressed ? "held-compressed" : "held";
	const char *by = compressed ? " by compression" : "";

	if (flow->pings < 2)
		tr_find(out, TR_PROBLEM, TR_PATH, name,
		    "The event stream is held back%s: within %.1f s came %d of the pings that "
		    "are sent every %d ms.",
		    by, (double)probe->end_ms / 1000, flow->pings, TR_PING_EVERY_MS);
	else
		tr_find(out, TR_PROBLEM, TR_PATH, name,
		    "The event stream is held back%s: %d pings, sent every %d ms, came in %d "
		    "piece%s, the first after %.1f s.",
		    by, flow->pings, TR_PING_EVERY_MS, flow->bursts,
		    flow->bursts == 1 ? "" : "s", (double)probe->came_ms[0] / 1000);
	tr_answer_cure(out, compressed ? TR_ILL_COMPRESSED : TR_ILL_HELD, probe->server, way);
}

static void judge_polling(struct tr_findings *out, const struct tr_path *path)
{
	tr_find(out, TR_NOTE, TR_PATH, "polling",
	    "%s is held back, but the responder ends each stream at once (hold): pages work "
	    "by polling.",
	    path->url);
	tr_find_cure(out,
	    "That may stay so. To learn what holds streams back, take hold away and "
	    "examine again.");
}

/* Frames come one by one. */
static void judge_flowing(
    struct tr_findings *out, const struct tr_path *path, const struct tr_flow *flow)
{
	const struct tr_reply *probe = path->probe;

	tr_find(out, flow->late ? TR_NOTE : TR_FINE, TR_PATH, flow->late ? "uneven" : "flows",
	    "%s streams: the first byte came after %lld ms, and of %d pings the latest was "
	    "%lld ms late.",
	    path->url, (long long)probe->first_ms, flow->pings, (long long)flow->worst_ms);
	if (flow->late)
		tr_find_cure(out,
		    "A line, or a machine, that is busy does that. If it stays so, something "
		    "on the way collects for a moment before it sends.");
}

/* Whether the stream ended well before it should. */
static bool was_cut(const struct tr_path *path)
{
	return path->probe->ended && path->probe->end_ms < (path->probe_s - 1) * INT64_C(1000);
}

static void judge_cut(struct tr_findings *out, const struct tr_path *path)
{
	const struct tr_reply *probe = path->probe;

	tr_find(out, TR_PROBLEM, TR_PATH, "cut", "%s was cut after %.1f s of %d%s%s.",
	    path->url, (double)probe->end_ms / 1000, path->probe_s, *probe->said ? ": " : "",
	    probe->said);
	tr_find_cure(
	    out, "The error logs of the web server, and of a proxy before it, say why.");
}

static void judge_encoding(
    struct tr_findings *out, const struct tr_path *path, const struct tr_flow *flow)
{
	if (!*path->probe->encoding || tr_flow_held(flow))
		return;
	tr_find(out, TR_NOTE, TR_PATH, "compressed",
	    "The stream is compressed (%s), frame by frame: it works, and each frame costs the "
	    "web server CPU time.",
	    path->probe->encoding);
	tr_answer_cure(out, TR_ILL_COMPRESSED, path->probe->server, TR_WAY_UNKNOWN);
}

static void judge_version(struct tr_findings *out, const struct tr_reply *reply)
{
	const struct tr_cure *few = tr_cure(TR_ILL_FEW, reply->server, TR_WAY_UNKNOWN);

	if (strcmp(reply->version, "1.1") == 0) {
		tr_find(out, TR_FINE, TR_PATH, "http-version",
		    "It is HTTP/1.1: a browser opens six connections to a host, and a stream "
		    "takes one.");
	} else if (*reply->version == '1') {
		tr_find(out, TR_NOTE, TR_PATH, "http-version",
		    "It is HTTP/%s, as old proxies speak it: each request takes a connection.",
		    reply->version);
		tr_find_cure(out, "Let the proxy speak HTTP/1.1 to both sides (nginx: "
				  "proxy_http_version 1.1).");
	} else {
		tr_find(out, few ? TR_NOTE : TR_FINE, TR_PATH, "http-version",
		    "It is HTTP/%s: all streams of a browser share one connection.",
		    reply->version);
		if (few)
			tr_answer_cure(out, TR_ILL_FEW, reply->server, TR_WAY_UNKNOWN);
	}
}

static void judge_redirect(struct tr_findings *out, const struct tr_reply *reply)
{
	if (!*reply->location)
		return;
	tr_find(out, TR_NOTE, TR_PATH, "redirected",
	    "The stream's address is redirected to %.*s, which costs each connection a "
	    "request.",
	    (int)strcspn(reply->location, "?"), reply->location);
	tr_find_cure(out, "Give the page's users the address that it has there.");
}

static void judge_stream(struct tr_findings *out, const struct tr_path *path, enum tr_way way)
{
	struct tr_flow flow;

	tr_flow(&flow, path->probe);
	if (was_cut(path))
		judge_cut(out, path);
	else if (tr_flow_held(&flow) && path->brief && tr_idle_said_goodbye(path->brief))
		judge_polling(out, path);
	else if (tr_flow_held(&flow))
		judge_held(out, path, &flow, way);
	else
		judge_flowing(out, path, &flow);
	judge_encoding(out, path, &flow);
	judge_redirect(out, path->probe);
	judge_version(out, path->probe);
}

void tr_path_judge(struct tr_findings *out, const struct tr_path *path)
{
	enum tr_way way = tr_answer_way(path->health);

	/* a stream of which nothing came may be ours, and held back */
	if (!tr_reply_is_stream(path->probe) || path->probe->busy ||
	    (!path->probe->ours && path->probe->body_len)) {
		tr_answer_judge(out, path);
		return;
	}
	judge_stream(out, path, way);
	if (path->health)
		tr_answer_judge_health(out, path);
	if (path->idle)
		tr_idle_judge(out, path, way);
}
