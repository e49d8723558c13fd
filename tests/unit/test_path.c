/* test_path.c: what is made of a measurement of the path: the finding, and the cure in the
 * words of the web server.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "doctor/answer.h"
#include "doctor/idle.h"
#include "doctor/path.h"

#define PINGS 16

/* What the tests judge: made anew by begin(). */
static struct tr_reply probe, plain, brief, health, idle;
static struct tr_path path;
static struct tr_findings findings;

static int begin(void **state)
{
	(void)state;
	probe = (struct tr_reply){.status = 200,
	    .version = "1.1",
	    .server = "lighttpd/1.4.69",
	    .type = "text/event-stream; charset=utf-8",
	    .first_ms = 12,
	    .body = ": tailrow 0.1.0",
	    .body_len = 15,
	    .ours = true,
	    .pings = PINGS,
	    .ping_last = true,
	    .last_ms = 3760,
	    .ended = true,
	    .end_ms = 4010};
	for (int i = 0; i < PINGS; i++) {
		probe.sent_ms[i] = 1000000 + i * TR_PING_EVERY_MS;
		probe.came_ms[i] = 13 + i * TR_PING_EVERY_MS;
	}
	plain = brief = idle = probe;
	health = (struct tr_reply){.status = 200,
	    .body = "{\"status\":\"ok\",\"maxStreams\":256,\"cursor\":\"abc-12\","
		    "\"journalMode\":\"wal\",\"watch\":\"inotify wakes\"}"};
	path = (struct tr_path){.url = "http://h/api/events",
	    .other = "",
	    .probe_s = 4,
	    .probe = &probe,
	    .epoch = ""};
	return 0;
}

static int end(void **state)
{
	(void)state;
	tr_findings_free(&findings);
	return 0;
}

/* Judges, and returns the worst finding. */
static const struct tr_finding *judge(void)
{
	tr_findings_free(&findings);
	tr_path_judge(&findings, &path);
	tr_findings_sort(&findings);
	assert_int_equal(findings.err, TR_OK);
	assert_true(findings.count > 0);
	return &findings.all[0];
}

static void assert_judged(enum tr_grade grade, const char *name, const char *lines)
{
	const struct tr_finding *found = judge();

	assert_string_equal(found->name, name);
	assert_int_equal(found->grade, grade);
	if (lines)
		assert_non_null(strstr(found->lines, lines));
	assert_true(grade == TR_FINE || found->cure);
}

/* All pings come at one time. */
static void hold(struct tr_reply *reply, int64_t until_ms)
{
	for (int i = 0; i < reply->pings; i++)
		reply->came_ms[i] = until_ms;
	reply->first_ms = until_ms;
}

static void a_good_path_is_fine(void **state)
{
	(void)state;
	path.health = &health;
	path.epoch = "abc";
	assert_judged(TR_FINE, "flows", NULL);
	assert_int_equal(tr_findings_count(&findings, TR_FINE), 3);
	assert_non_null(strstr(findings.all[0].what, "of 16 pings the latest was 0 ms late"));
}

static void held_to_the_end(void **state)
{
	(void)state;
	hold(&probe, 4000);
	assert_judged(TR_PROBLEM, "held", "server.stream-response-body = 2");
	assert_non_null(strstr(findings.all[0].what, "16 pings, sent every 250 ms, came in 1 "
						     "piece, the first after 4.0 s"));
	strcpy(probe.server, "nginx/1.22.1");
	assert_judged(TR_PROBLEM, "held", "fastcgi_buffering off;");
	strcpy(probe.server, "");
	assert_judged(TR_PROBLEM, "held", NULL);
	assert_non_null(strstr(findings.all[0].cure, "TAILROW_HOLD=0"));
}

static void behind_apache_the_way_of_running_chooses(void **state)
{
	(void)state;
	strcpy(probe.server, "Apache/2.4.62 (Debian)");
	hold(&probe, 4000);
	path.health = &health;
	assert_judged(TR_PROBLEM, "held", "flushpackets=on");
	assert_null(strstr(findings.all[0].lines, "Fcgid"));
	strcpy(health.body, "{\"status\":\"ok\",\"journalMode\":\"wal\"}");
	assert_judged(TR_PROBLEM, "held", "FcgidOutputBufferSize 0");
	assert_null(strstr(findings.all[0].lines, "flushpackets"));
	path.health = NULL;
	assert_judged(TR_PROBLEM, "held", "FcgidOutputBufferSize 0");
	assert_non_null(strstr(findings.all[0].lines, "flushpackets=on"));
}

static void nothing_of_it_came(void **state)
{
	(void)state;
	probe.pings = 0;
	probe.body_len = 0;
	probe.ours = false;
	probe.ended = false;
	probe.end_ms = 14000;
	assert_judged(TR_PROBLEM, "held", "server.stream-response-body = 2");
	assert_non_null(strstr(findings.all[0].what, "within 14.0 s came 0 of the pings"));
}

static void pieces_of_a_second_are_held_too(void **state)
{
	(void)state;
	for (int i = 0; i < PINGS; i++)
		probe.came_ms[i] = (i / 4 + 1) * 1000;
	assert_judged(TR_PROBLEM, "held", NULL);
	assert_non_null(strstr(findings.all[0].what, "came in 4 pieces"));
}

static void a_stumble_is_a_note(void **state)
{
	(void)state;
	probe.came_ms[5] += 900;
	probe.came_ms[6] += 650;
	assert_judged(TR_NOTE, "uneven", NULL);
	assert_non_null(strstr(findings.all[0].what, "the latest was 900 ms late"));
}

/* Late at the sender, and prompt on the way. */
static void a_slow_sender_is_no_slow_line(void **state)
{
	(void)state;
	for (int i = 4; i < PINGS; i++) {
		probe.sent_ms[i] += 2000;
		probe.came_ms[i] += 2000;
	}
	assert_judged(TR_FINE, "flows", NULL);
}

static void pings_that_say_no_time(void **state)
{
	(void)state;
	for (int i = 0; i < PINGS; i++)
		probe.sent_ms[i] = -1;
	assert_judged(TR_FINE, "flows", NULL);
	hold(&probe, 4000);
	assert_judged(TR_PROBLEM, "held", NULL);
}

static void compression_is_told_from_buffering(void **state)
{
	(void)state;
	strcpy(probe.server, "Apache");
	strcpy(probe.encoding, "gzip");
	hold(&probe, 4000);
	path.plain = &plain;
	assert_judged(TR_PROBLEM, "held-compressed", "SetEnv no-gzip 1");
	hold(&plain, 4000);
	assert_judged(TR_PROBLEM, "held", "FcgidOutputBufferSize 0");
	strcpy(plain.encoding, "gzip"); /* though nobody asked for it */
	assert_judged(TR_PROBLEM, "held-compressed", "SetEnv no-brotli 1");
}

static void compression_frame_by_frame_is_a_note(void **state)
{
	(void)state;
	strcpy(probe.encoding, "br");
	assert_judged(TR_NOTE, "compressed", NULL);
	assert_int_equal(tr_findings_count(&findings, TR_PROBLEM), 0);
}

static void a_host_that_polls_may_hold_back(void **state)
{
	(void)state;
	hold(&probe, 4000);
	path.brief = &brief;
	brief.last_ms = brief.end_ms = 40;
	assert_judged(TR_NOTE, "polling", NULL);
	brief.ended = false;
	assert_judged(TR_PROBLEM, "held", NULL);
}

static void cut_before_its_end(void **state)
{
	(void)state;
	probe.pings = 6;
	probe.end_ms = 1500;
	probe.curl_status = 18;
	assert_judged(TR_PROBLEM, "cut", NULL);
	probe.pings = 1;
	assert_judged(TR_PROBLEM, "cut", NULL);
}

static void what_the_version_means(void **state)
{
	(void)state;
	strcpy(probe.version, "2");
	assert_judged(TR_NOTE, "http-version", NULL); /* lighttpd: eight at once */
	strcpy(probe.server, "Apache");
	assert_judged(TR_NOTE, "http-version", "Protocols http/1.1");
	strcpy(probe.server, "nginx");
	assert_int_equal(judge()->grade, TR_FINE);
	strcpy(probe.version, "1.0");
	assert_judged(TR_NOTE, "http-version", NULL);
}

static void a_redirect_to_the_stream_is_a_note(void **state)
{
	(void)state;
	strcpy(probe.location, "https://h/api/events");
	assert_judged(TR_NOTE, "redirected", NULL);
}

static void no_connection(void **state)
{
	static const struct {
		int curl_status;
		const char *name;
	} cases[] = {{6, "unresolved"}, {7, "refused"}, {28, "refused"}, {35, "tls"},
	    {60, "tls"}, {47, "redirects"}, {52, "failed"}, {1, "failed"}};

	(void)state;
	probe = (struct tr_reply){.ended = true, .said = "curl's words"};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		probe.curl_status = cases[i].curl_status;
		assert_judged(TR_PROBLEM, cases[i].name, NULL);
		assert_non_null(strstr(findings.all[0].what, "curl's words"));
		assert_int_equal(findings.count, 1);
	}
	probe = (struct tr_reply){.end_ms = 14000};
	assert_judged(TR_PROBLEM, "silent", NULL);
}

static void other_answers(void **state)
{
	static const struct {
		int status;
		const char *type, *server, *body, *name, *lines;
	} cases[] = {
	    {404, "text/html", "lighttpd", "", "not-found", "check-local"},
	    {404, "text/html", "Apache", "", "not-found", "AllowOverride"},
	    {404, "application/problem+json", "Apache", "", "misled", "SetHandler"},
	    {404, "application/problem+json", "nginx", "", "misled", "PATH_INFO"},
	    {401, "text/html", "", "", "login", NULL},
	    {403, "text/html", "Apache", "", "status", "ExecCGI"},
	    {500, "text/html", "Apache", "", "status", NULL},
	    {503, "text/html", "lighttpd", "", "status", "tailrow.fcgi --version"},
	    {502, "text/html", "nginx", "", "status", "--listen"},
	    {418, "", "", "", "status", NULL},
	    {200, "text/html; charset=utf-8", "", "<html>", "html", NULL},
	    {200, "application/octet-stream", "Apache", "\177ELF", "not-run", "AddHandler"},
	    {200, "text/plain", "", "#!/bin/sh", "not-run", NULL},
	    {200, "text/plain", "Apache", ": tailrow", "type", NULL},
	    {200, "", "", "", "type", NULL},
	    {200, "text/event-stream", "", "data: x\n\n", "foreign", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		probe = (struct tr_reply){.status = cases[i].status, .ended = true};
		strcpy(probe.type, cases[i].type);
		strcpy(probe.server, cases[i].server);
		strcpy(probe.body, cases[i].body);
		probe.body_len = strlen(probe.body);
		assert_judged(TR_PROBLEM, cases[i].name, cases[i].lines);
		assert_int_equal(findings.count, 1);
	}
}

static void no_place_is_left(void **state)
{
	(void)state;
	probe.busy = true;
	assert_judged(TR_PROBLEM, "full", NULL);
}

static void how_the_responder_is(void **state)
{
	(void)state;
	path.health = &health;
	path.epoch = "abd";
	assert_judged(TR_PROBLEM, "other-database", NULL);
	path.epoch = "ab";
	assert_judged(TR_PROBLEM, "other-database", NULL);
	path.epoch = "abc";
	assert_int_equal(judge()->grade, TR_FINE);
	strcpy(health.body, "{\"watch\":\"inotify: too many instances; checking\"}");
	assert_judged(TR_NOTE, "health", NULL);
	health.status = 503;
	strcpy(health.body, "{\"detail\":\"jobs.db does not exist\"}");
	assert_judged(TR_PROBLEM, "unwell", NULL);
	assert_non_null(strstr(findings.all[0].what, "jobs.db does not exist"));
	strcpy(health.body, "<html>");
	assert_judged(TR_PROBLEM, "unwell", NULL);
}

/* A quiet stream of `pings` heartbeats, listened to till end_ms. */
static void listen_to(int pings, int64_t end_ms, bool ended)
{
	idle.heartbeat_s = 15;
	idle.pings = pings;
	idle.ping_last = pings > 0;
	idle.last_ms = pings ? pings * INT64_C(15000) : 20;
	idle.longest_ms = pings ? 15000 : 0;
	idle.end_ms = end_ms;
	idle.ended = ended;
	path.idle = &idle;
	path.idle_s = 60;
}

static void a_quiet_stream(void **state)
{
	(void)state;
	listen_to(4, 60000, false);
	assert_int_equal(judge()->grade, TR_FINE);
	listen_to(0, 5000, true);
	assert_judged(TR_PROBLEM, "cut-idle", "server.max-write-idle = 60");
	listen_to(1, 25000, true);
	assert_judged(TR_PROBLEM, "cut-idle", NULL);
	listen_to(2, 33000, true);
	assert_judged(TR_PROBLEM, "cut-long", NULL);
	listen_to(2, 30010, true);
	assert_int_equal(judge()->grade, TR_FINE);
	idle.curl_status = 18;
	assert_judged(TR_PROBLEM, "cut-long", NULL);
	idle.curl_status = 0;
	listen_to(1, 60000, false);
	assert_judged(TR_PROBLEM, "heartbeat", NULL);
	idle.status = 503;
	assert_judged(TR_PROBLEM, "status", NULL);
}

static void every_ill_has_a_cure_for_any_server(void **state)
{
	(void)state;
	for (int ill = TR_ILL_HELD; ill < TR_ILL_FEW; ill++) {
		assert_non_null(tr_cure((enum tr_ill)ill, "", TR_WAY_UNKNOWN));
		assert_non_null(tr_cure((enum tr_ill)ill, "Caddy", TR_WAY_LONE));
	}
	assert_null(tr_cure(TR_ILL_FEW, "Caddy", TR_WAY_POOL));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_good_path_is_fine),
	    TEST(held_to_the_end),
	    TEST(behind_apache_the_way_of_running_chooses),
	    TEST(nothing_of_it_came),
	    TEST(pieces_of_a_second_are_held_too),
	    TEST(a_stumble_is_a_note),
	    TEST(a_slow_sender_is_no_slow_line),
	    TEST(pings_that_say_no_time),
	    TEST(compression_is_told_from_buffering),
	    TEST(compression_frame_by_frame_is_a_note),
	    TEST(a_host_that_polls_may_hold_back),
	    TEST(cut_before_its_end),
	    TEST(what_the_version_means),
	    TEST(a_redirect_to_the_stream_is_a_note),
	    TEST(no_connection),
	    TEST(other_answers),
	    TEST(no_place_is_left),
	    TEST(how_the_responder_is),
	    TEST(a_quiet_stream),
	    TEST(every_ill_has_a_cure_for_any_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
