/* probe.c: measures the path from here to the responder behind a URL, and has it judged.
 *
 * - The database is not written; a quiet stream reads it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/probe.h"

#include <stdio.h>

#include "doctor/fetch.h"
#include "doctor/path.h"
#include "doctor/target.h"

/* Sixteen pings: enough to tell a line that collects from one that stumbled. */
#define PROBE_S 4

/* So much longer for all that is not the stream: the connection, a responder that starts. */
#define SPARE_MS 10000

/* A stream that ends by itself within so long is one of a host that polls. */
#define BRIEF_S 2

#define NOBODYS "tailrow-doctor" /* an event that nobody publishes */

struct measured {
	char api[TR_API_BYTES];	  /* where the responder was found, or was likeliest to be */
	char other[TR_URL_BYTES]; /* where else it was looked for, fit to be shown */
	struct tr_reply probe, plain, brief, health, idle;
};

static enum tr_err listen_to(struct tr_reply *reply, const char *api, enum tr_fetch_how how,
    const struct tr_probe *probe, struct tr_why *why)
{
	char url[TR_URL_BYTES], shown[TR_URL_BYTES];

	snprintf(url, sizeof(url), "%s/events?probe=%d", api, PROBE_S);
	tr_target_shown(shown, url);
	probe->say(shown, PROBE_S);
	return tr_fetch(reply, url, how, PROBE_S * 1000 + SPARE_MS, why);
}

/* Whether another address may have what this one has not. */
static bool is_elsewhere(const struct tr_reply *reply)
{
	return reply->status == 404 || (reply->status == 200 && !tr_reply_is_stream(reply));
}

/* Writes the address of the stream, fit to be shown. */
static void show(char out[TR_URL_BYTES], const char *api)
{
	char url[TR_URL_BYTES];

	snprintf(url, sizeof(url), "%s/events", api);
	tr_target_shown(out, url);
}

/* Looks for the stream where the URL may mean it to be, and settles for the likeliest place. */
static enum tr_err find_stream(struct measured *m, const struct tr_target *target,
    const struct tr_probe *probe, struct tr_why *why)
{
	struct tr_reply reply = {.status = 404}; /* it is not found yet */
	int best = 0;

	for (int i = 0; i < target->count && is_elsewhere(&reply); i++) {
		enum tr_err err =
		    listen_to(&reply, target->api[i], TR_FETCH_COMPRESSED, probe, why);

		if (err)
			return err;
		if (!i || (m->probe.status == 404 && reply.status != 404) ||
		    tr_reply_is_stream(&reply)) {
			m->probe = reply;
			best = i;
		}
		if (i)
			show(m->other, target->api[1 - best]);
	}
	snprintf(m->api, sizeof(m->api), "%s", target->api[best]);
	return TR_OK;
}

/* Listens to a stream proper, on which only heartbeats pass, for limit_s. It ends by itself
 * soon after, for whoever does not notice that we left. */
static enum tr_err listen_quietly(
    struct tr_reply *reply, const char *api, int64_t limit_s, struct tr_why *why)
{
	char url[TR_URL_BYTES];

	snprintf(url, sizeof(url), "%s/events?since=now&event=" NOBODYS "&hold=%lld", api,
	    (long long)limit_s + 1);
	return tr_fetch(reply, url, TR_FETCH_COMPRESSED, limit_s * 1000, why);
}

/* Asks why a stream is held back. */
static enum tr_err look_held(
    struct measured *m, struct tr_path *path, const struct tr_probe *probe, struct tr_why *why)
{
	enum tr_err err = listen_quietly(&m->brief, m->api, BRIEF_S, why);

	path->brief = &m->brief;
	if (!err && *m->probe.encoding) {
		err = listen_to(&m->plain, m->api, TR_FETCH_PLAIN, probe, why);
		path->plain = &m->plain;
	}
	return err;
}

/* Asks what only a stream that was found can tell more about. */
static enum tr_err look_closer(
    struct measured *m, struct tr_path *path, const struct tr_probe *probe, struct tr_why *why)
{
	char url[TR_URL_BYTES];
	struct tr_flow flow;
	enum tr_err err;

	snprintf(url, sizeof(url), "%s/health", m->api);
	err = tr_fetch(&m->health, url, TR_FETCH_COMPRESSED, SPARE_MS, why);
	path->health = &m->health;
	tr_flow(&flow, &m->probe);
	if (!err && tr_flow_held(&flow))
		return look_held(m, path, probe, why);
	if (!err && probe->idle_s) {
		probe->say(path->url, probe->idle_s);
		err = listen_quietly(&m->idle, m->api, probe->idle_s, why);
		path->idle = &m->idle;
	}
	return err;
}

static enum tr_err measure(struct tr_findings *out, const struct tr_target *target,
    const struct tr_probe *probe, struct tr_why *why)
{
	char shown[TR_URL_BYTES];
	struct measured m = {0};
	struct tr_path path = {.url = shown,
	    .other = m.other,
	    .probe_s = PROBE_S,
	    .probe = &m.probe,
	    .idle_s = probe->idle_s,
	    .epoch = probe->epoch};
	enum tr_err err = find_stream(&m, target, probe, why);

	if (err)
		return err;
	show(shown, m.api);
	if (tr_reply_is_stream(&m.probe) && !m.probe.busy)
		err = look_closer(&m, &path, probe, why);
	if (!err)
		tr_path_judge(out, &path);
	return err;
}

enum tr_err tr_probe(struct tr_findings *out, const struct tr_probe *probe, struct tr_why *why)
{
	char shown[TR_URL_BYTES];
	struct tr_target target;
	enum tr_err err = tr_target_parse(&target, probe->url, why);

	if (!err)
		err = measure(out, &target, probe, why);
	if (err != TR_ABSENT)
		return err;
	show(shown, target.api[0]);
	tr_find(out, TR_PROBLEM, TR_PATH, "no-curl",
	    "There is no curl(1) here, so the path to %s was not measured.", shown);
	tr_find_cure(out, "Install it:");
	tr_find_lines(out, "apt-get install curl");
	return TR_OK;
}
