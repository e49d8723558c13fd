/* idle.c: judges how long a stream stays open on which nothing but heartbeats passes.
 *
 * - The responder says goodbye: a ping is the last that it sends. Who else ends a stream does
 *   not, and whether that follows a silence or a length of time shows what did it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/idle.h"

#include "doctor/answer.h"

/* From its last ping to the end of its stream the responder takes no longer. */
#define GOODBYE_MS 1000

/* The contract's heartbeat, where no hello said it. */
#define HEARTBEAT_S 15

/* A heartbeat that is later than this was held back. */
#define LATE_MS 5000

bool tr_idle_said_goodbye(const struct tr_reply *reply)
{
	return tr_reply_is_stream(reply) && reply->ended && !reply->curl_status &&
	       reply->ping_last && reply->end_ms - reply->last_ms < GOODBYE_MS;
}

static double in_s(int64_t ms)
{
	return (double)ms / 1000;
}

static void judge_cut(
    struct tr_findings *out, const struct tr_path *path, int heartbeat_s, enum tr_way way)
{
	const struct tr_reply *idle = path->idle;
	int64_t quiet_ms = idle->end_ms - idle->last_ms;
	bool by_length = idle->pings > 1 && quiet_ms < heartbeat_s * INT64_C(1000) / 2;

	tr_find(out, TR_PROBLEM, TR_PATH, by_length ? "cut-long" : "cut-idle",
	    "A quiet stream was cut after %.1f s, when nothing had come for %.1f s: by the web "
	    "server or what is before it, for the responder, whose heartbeat is %d s, said no "
	    "goodbye.",
	    in_s(idle->end_ms), in_s(quiet_ms), heartbeat_s);
	tr_answer_cure(out, by_length ? TR_ILL_LENGTH_CUT : TR_ILL_IDLE_CUT, idle->server, way);
}

static void judge_open(struct tr_findings *out, const struct tr_path *path, int heartbeat_s)
{
	const struct tr_reply *idle = path->idle;
	int64_t quiet_ms = idle->end_ms - idle->last_ms;
	int64_t longest_ms = idle->longest_ms > quiet_ms ? idle->longest_ms : quiet_ms;

	if (longest_ms > heartbeat_s * INT64_C(1000) + LATE_MS) {
		tr_find(out, TR_PROBLEM, TR_PATH, "heartbeat",
		    "A quiet stream stayed open for %lld s, but for %.1f s nothing came, "
		    "though its heartbeat is %d s.",
		    (long long)path->idle_s, in_s(longest_ms), heartbeat_s);
		tr_answer_cure(out, TR_ILL_HELD, idle->server, TR_WAY_UNKNOWN);
		return;
	}
	tr_find(out, TR_FINE, TR_PATH, "idle",
	    "A quiet stream stayed open for %lld s; the longest silence was %.1f s, its "
	    "heartbeat is %d s.",
	    (long long)path->idle_s, in_s(longest_ms), heartbeat_s);
}

/* No stream came, though a probe was one a moment ago. */
static void judge_refused(struct tr_findings *out, const struct tr_path *path)
{
	struct tr_path second = *path;

	second.probe = path->idle;
	tr_answer_judge(out, &second);
}

void tr_idle_judge(struct tr_findings *out, const struct tr_path *path, enum tr_way way)
{
	const struct tr_reply *idle = path->idle;
	int heartbeat_s = idle->heartbeat_s ? idle->heartbeat_s : HEARTBEAT_S;

	if (!tr_reply_is_stream(idle) || idle->busy)
		judge_refused(out, path);
	else if (!idle->ended)
		judge_open(out, path, heartbeat_s);
	else if (tr_idle_said_goodbye(idle))
		tr_find(out, TR_FINE, TR_PATH, "idle",
		    "The responder itself ended a quiet stream after %.1f s, in order, as "
		    "max_stream_seconds or hold has it.",
		    in_s(idle->end_ms));
	else
		judge_cut(out, path, heartbeat_s, way);
}
