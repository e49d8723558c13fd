/* answer.c: judges what came in place of an event stream, and what the responder says of
 * itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/answer.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void tr_answer_cure(
    struct tr_findings *out, enum tr_ill ill, const char *server, enum tr_way way)
{
	const struct tr_cure *cure = tr_cure(ill, server, way);

	tr_find_cure(out, "%s", cure->advice);
	if (cure->lines)
		tr_find_lines(out, "%s", cure->lines);
}

/* Copies the text under the key, "" where there is none. */
static void copy_text(char *out, size_t size, const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));

	snprintf(out, size, "%s", text ? text : "");
}

enum tr_way tr_answer_way(const struct tr_reply *health)
{
	enum tr_way way = TR_WAY_UNKNOWN;
	cJSON *object;

	if (!health || health->status != 200)
		return way;
	object = cJSON_Parse(health->body);
	if (cJSON_HasObjectItem(object, "journalMode"))
		way = cJSON_HasObjectItem(object, "maxStreams") ? TR_WAY_POOL : TR_WAY_LONE;
	cJSON_Delete(object);
	return way;
}

static bool is_type(const struct tr_reply *reply, const char *type)
{
	return strncasecmp(reply->type, type, strlen(type)) == 0;
}

#define CURL_TOO_MANY_REDIRECTS 47

/* What curl could not do (curl(1), "EXIT CODES"). */
static const struct failure {
	const char *name;
	const char *what; /* before curl's own words */
	const char *cure;
	unsigned char codes[16]; /* 0 after the last */
} failures[] = {
    {"unresolved", "The host's name leads nowhere", "See whether the name is right.", {5, 6}},
    {"refused", "There is no connection to the host",
	"Does the web server run, on this port, and does a firewall let you through?", {7, 28}},
    {"tls", "The encryption (TLS) fails, and a browser would refuse as well",
	"Renew the certificate, for this name, with the whole chain; where it is one of "
	"your own making, let this system trust it (update-ca-certificates).",
	{35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91}},
    {"redirects", "The address is redirected without end",
	"Give the page's address as a browser shows it, once it is loaded.",
	{CURL_TOO_MANY_REDIRECTS}},
};

static const struct failure other_failure = {"failed", "The request fails",
    "The error logs of the web server, and of a proxy before it, say why.", {0}};

static const struct failure *find_failure(int curl_status)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		for (const unsigned char *code = failures[i].codes; *code; code++)
			if (*code == curl_status)
				return &failures[i];
	return &other_failure;
}

static void judge_failure(struct tr_findings *out, const struct tr_path *path)
{
	const struct failure *failure = find_failure(path->probe->curl_status);

	tr_find(out, TR_PROBLEM, TR_PATH, failure->name, "%s: %s (%s).", failure->what,
	    path->probe->said, path->url);
	tr_find_cure(out, "%s", failure->cure);
}

static void judge_silence(struct tr_findings *out, const struct tr_path *path)
{
	tr_find(out, TR_PROBLEM, TR_PATH, "silent", "%s gave no answer within %.0f s.",
	    path->url, (double)path->probe->end_ms / 1000);
	tr_answer_cure(out, TR_ILL_SILENT, "", TR_WAY_UNKNOWN);
}

static void judge_not_found(struct tr_findings *out, const struct tr_path *path)
{
	const struct tr_reply *probe = path->probe;
	bool by_us = is_type(probe, "application/problem+json");

	tr_find(out, TR_PROBLEM, TR_PATH, by_us ? "misled" : "not-found",
	    "There is no event stream at %s%s%s: %s says 404.", path->url,
	    *path->other ? ", nor at " : "", path->other,
	    by_us ? "the responder" : "the web server itself, without asking the responder,");
	tr_answer_cure(
	    out, by_us ? TR_ILL_MISLED : TR_ILL_UNREACHED, probe->server, TR_WAY_UNKNOWN);
}

static void judge_login(struct tr_findings *out, const struct tr_path *path)
{
	tr_find(out, TR_PROBLEM, TR_PATH, "login", "%s asks for a login (401).", path->url);
	tr_find_cure(out,
	    "A page behind the same login has its stream, for the browser sends the "
	    "login again. To examine the path, give the login in the URL, "
	    "http://USER:PASSWORD@HOST/…");
}

static void judge_status(struct tr_findings *out, const struct tr_path *path)
{
	const struct tr_reply *probe = path->probe;
	int status = probe->status;
	enum tr_ill ill = status == 403			   ? TR_ILL_FORBIDDEN
			  : status >= 502 && status <= 504 ? TR_ILL_AWAY
							   : TR_ILL_FAILED;

	tr_find(out, TR_PROBLEM, TR_PATH, "status",
	    "%s is answered with the status %d in place of a stream, which closes a page's "
	    "EventSource for ever.",
	    path->url, status);
	tr_answer_cure(out, ill, probe->server, TR_WAY_UNKNOWN);
}

static void judge_page(struct tr_findings *out, const struct tr_path *path)
{
	const struct tr_reply *probe = path->probe;

	tr_find(out, TR_PROBLEM, TR_PATH, "html",
	    "An HTML page came in place of the stream%s%s, perhaps a login; it closes a page's "
	    "EventSource for ever.",
	    *probe->location ? ", after a redirect to " : "", probe->location);
	tr_find_cure(out,
	    "Let the login answer 401, and no page, for %s, or let it pass by; to examine "
	    "the path, give the address that the responder has behind the login. Without a "
	    "login: something answers in place of the responder.",
	    path->url);
}

static void judge_type(struct tr_findings *out, const struct tr_path *path)
{
	const struct tr_reply *probe = path->probe;
	bool program =
	    strncmp(probe->body, "\177ELF", 4) == 0 || strncmp(probe->body, "#!", 2) == 0;

	if (program)
		tr_find(out, TR_PROBLEM, TR_PATH, "not-run",
		    "The program itself is sent to whoever asks, and not run.");
	else
		tr_find(out, TR_PROBLEM, TR_PATH, "type",
		    "The Content-Type is '%s' in place of text/event-stream, which closes a "
		    "page's EventSource for ever.",
		    probe->type);
	tr_answer_cure(
	    out, program ? TR_ILL_NOT_RUN : TR_ILL_TYPE, probe->server, TR_WAY_UNKNOWN);
}

static void judge_foreign(struct tr_findings *out, const struct tr_path *path)
{
	tr_find(out, TR_PROBLEM, TR_PATH, "foreign",
	    "%s is an event stream, but not one of tailrow.", path->url);
	tr_find_cure(out, "Give the address of the page, or of its api.");
}

static void judge_busy(struct tr_findings *out, const struct tr_path *path)
{
	tr_find(out, TR_PROBLEM, TR_PATH, "full",
	    "Every place for a stream is taken, or every place for one address: the responder "
	    "says `busy`.");
	tr_answer_cure(out, TR_ILL_FULL, path->probe->server, TR_WAY_UNKNOWN);
}

void tr_answer_judge(struct tr_findings *out, const struct tr_path *path)
{
	const struct tr_reply *probe = path->probe;

	if (!probe->ended && !probe->status)
		judge_silence(out, path);
	else if (!probe->status || probe->curl_status == CURL_TOO_MANY_REDIRECTS)
		judge_failure(out, path);
	else if (probe->status == 404)
		judge_not_found(out, path);
	else if (probe->status == 401)
		judge_login(out, path);
	else if (probe->status != 200)
		judge_status(out, path);
	else if (is_type(probe, "text/html"))
		judge_page(out, path);
	else if (!tr_reply_is_stream(probe))
		judge_type(out, path);
	else if (probe->busy)
		judge_busy(out, path);
	else
		judge_foreign(out, path);
}

/* Whether the cursor, "EPOCH-N", is of another epoch. */
static bool is_of_other(const char *cursor, const char *epoch)
{
	size_t len = strlen(epoch);

	return *cursor && len && (strncmp(cursor, epoch, len) != 0 || cursor[len] != '-');
}

static void judge_well(struct tr_findings *out, const cJSON *object, const char *epoch)
{
	char watch[160], cursor[80];

	copy_text(watch, sizeof(watch), object, "watch");
	copy_text(cursor, sizeof(cursor), object, "cursor");
	if (is_of_other(cursor, epoch)) {
		tr_find(out, TR_PROBLEM, TR_PATH, "other-database",
		    "The responder there serves another database than the one examined "
		    "here: what is written here does not show there.");
		tr_find_cure(out,
		    "Name the same file on both sides: the web server's "
		    "configuration sets TAILROW_DB, and --db or the same variable "
		    "names it here.");
	}
	if (strncmp(watch, "inotify: ", 9) != 0) { /* so tr_watch_mode() tells of a failure */
		tr_find(out, TR_FINE, TR_PATH, "health",
		    "The responder is well; it notices new rows so: %s.", watch);
		return;
	}
	tr_find(out, TR_NOTE, TR_PATH, "health",
	    "The responder works, but the kernel refuses it the cheapest way to notice new "
	    "rows: %s.",
	    watch);
	tr_answer_cure(out, TR_ILL_NO_INOTIFY, "", TR_WAY_UNKNOWN);
}

void tr_answer_judge_health(struct tr_findings *out, const struct tr_path *path)
{
	cJSON *object = cJSON_Parse(path->health->body);
	char detail[400];

	if (path->health->status == 200 && object) {
		judge_well(out, object, path->epoch);
	} else {
		copy_text(detail, sizeof(detail), object, "detail");
		tr_find(out, TR_PROBLEM, TR_PATH, "unwell",
		    "The responder cannot serve the database (its /health says %d)%s%s.",
		    path->health->status, *detail ? ": " : "", detail);
		tr_find_cure(out,
		    "See the database's part here, and the web server's error log, "
		    "which has the whole path.");
	}
	cJSON_Delete(object);
}
