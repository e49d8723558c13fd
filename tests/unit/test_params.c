/* test_params.c: what a client asks of a stream, well and badly said.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "stream/params.h"

#define LONG_BYTES 10240

/* Reads a copy of the query. */
static enum tr_err parse(
    struct tr_params *params, const char *query, const char *last_event_id, struct tr_why *why)
{
	char *copy = query ? strdup(query) : NULL;
	enum tr_err err;

	memset(params, 0x5A, sizeof(*params)); /* nothing in it may be counted on */
	err = tr_params_parse(params, copy, last_event_id, why);
	free(copy);
	return err;
}

/* The parameters of a query that has to be fine. */
static struct tr_params params_of(const char *query, const char *last_event_id)
{
	struct tr_params params;
	struct tr_why why = {0};

	if (parse(&params, query, last_event_id, &why))
		fail_msg("%s: %s", query, why.text);
	return params;
}

/* Fails unless the query is refused with a sentence that begins with the parameter's name. */
static void refused(const char *query, const char *name)
{
	struct tr_params params;
	struct tr_why why = {0};

	if (parse(&params, query, NULL, &why) != TR_INVALID)
		fail_msg("%s was taken", query);
	assert_int_equal(strncmp(why.text, name, strlen(name)), 0);
	assert_int_equal(why.text[strlen(name)], ':');
	assert_null(strchr(why.text, '\n'));
}

static void nothing_said(void **state)
{
	static const char *const queries[] = {NULL, "", "&", "&&", "=", "=1", "colour=blue",
	    "Job=x", "job%00=x", "jobs=x", "%6Aobs", "tails=x&HOLD=x"};

	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		struct tr_params params = params_of(queries[i], i % 2 ? "" : NULL);

		assert_int_equal(params.filter.job_count, 0);
		assert_int_equal(params.filter.event_count, 0);
		assert_int_equal(params.filter.level, TR_LEVEL_DEBUG);
		assert_int_equal(params.since, TR_SINCE_NONE);
		assert_int_equal(params.tail, 200);
		assert_int_equal(params.hold_s, TR_HOLD_FOREVER);
		assert_int_equal(params.probe_s, 0);
	}
}

static void everything_said(void **state)
{
	struct tr_params params = params_of("job=1,2&event=log,completion&level=warn&tail=5"
					    "&since=ab0-17&hold=30&probe=7&unknown=%zz",
	    NULL);

	(void)state;
	assert_int_equal(params.filter.job_count, 2);
	assert_int_equal(params.filter.jobs[0], 1);
	assert_int_equal(params.filter.jobs[1], 2);
	assert_int_equal(params.filter.event_count, 2);
	assert_string_equal(params.filter.events[0], "log");
	assert_string_equal(params.filter.events[1], "completion");
	assert_int_equal(params.filter.level, TR_LEVEL_WARN);
	assert_int_equal(params.tail, 5);
	assert_int_equal(params.since, TR_SINCE_CURSOR);
	assert_string_equal(params.cursor.epoch, "ab0");
	assert_int_equal(params.cursor.n, 17);
	assert_int_equal(params.hold_s, 30);
	assert_int_equal(params.probe_s, 7);
}

static void encoded_values(void **state)
{
	struct tr_params params =
	    params_of("%6aob=%31%2C2&event=l%6Fg&since=%61ll&level=%77arn", NULL);

	(void)state;
	assert_int_equal(params.filter.job_count, 2);
	assert_string_equal(params.filter.events[0], "log");
	assert_int_equal(params.since, TR_SINCE_ALL);
	assert_int_equal(params.filter.level, TR_LEVEL_WARN);
}

static void numbers_at_their_edges(void **state)
{
	(void)state;
	assert_int_equal(params_of("tail=0", NULL).tail, 0);
	assert_int_equal(params_of("tail=10000", NULL).tail, 10000);
	assert_int_equal(params_of("hold=0", NULL).hold_s, 0);
	assert_int_equal(params_of("hold=86400", NULL).hold_s, 86400);
	assert_int_equal(params_of("probe=0", NULL).probe_s, 0);
	assert_int_equal(params_of("probe=30", NULL).probe_s, 30);
	assert_true(params_of("job=9223372036854775807", NULL).filter.jobs[0] == INT64_MAX);
}

static void lines_of_no_job(void **state)
{
	struct tr_params params = params_of("job=none,7,none", NULL);

	(void)state;
	assert_int_equal(params.filter.job_count, 2);
	assert_int_equal(params.filter.jobs[0], TR_NO_JOB);
	assert_int_equal(params.filter.jobs[1], 7);
	refused("job=None", "job");
	refused("job=none7", "job");
}

/* A host's limit is the most that a client may ask for. */
static void holding_at_most(void **state)
{
	static const struct {
		const char *query;
		int64_t most_s, want_s;
	} cases[] = {{"", 20, 20}, {"", 0, 0}, {"hold=30", 20, 20}, {"hold=30", 0, 0},
	    {"hold=10", 20, 10}, {"hold=0", 20, 0}, {"hold=86400", 86400, 86400}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tr_params params = params_of(cases[i].query, NULL);

		tr_params_hold_at_most(&params, cases[i].most_s);
		assert_int_equal(params.hold_s, cases[i].want_s);
	}
}

/* The later of two is the one that holds; lists of two are one list. */
static void said_twice(void **state)
{
	struct tr_params params =
	    params_of("tail=1&tail=2&level=error&level=info&hold=9&hold=8"
		      "&since=all&since=now&job=1&job=2,1&event=a&event=b",
		NULL);

	(void)state;
	assert_int_equal(params.tail, 2);
	assert_int_equal(params.filter.level, TR_LEVEL_INFO);
	assert_int_equal(params.hold_s, 8);
	assert_int_equal(params.since, TR_SINCE_NOW);
	assert_int_equal(params.filter.job_count, 2);
	assert_int_equal(params.filter.event_count, 2);
	refused("tail=x&tail=2", "tail");
	refused("tail=2&tail=x", "tail");
}

static void malformed_values_name_their_parameter(void **state)
{
	static const char *const numbers[] = {"", "x", "-1", "+1", "1.5", " 1", "1 ", "1%00",
	    "%00", "0x10", "1e3", "%EF%BC%91", "99999999999999999999", "1,2"};
	static const char *const names[] = {"tail", "hold", "probe"};
	char query[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++) {
			snprintf(query, sizeof(query), "%s=%s", names[i], numbers[k]);
			refused(query, names[i]);
		}
		refused(names[i], names[i]); /* without a = */
	}
	refused("tail=10001", "tail");
	refused("hold=86401", "hold");
	refused("probe=31", "probe");
	refused("a=b&hold=1&probe=x&tail=2", "probe");
}

static void malformed_jobs_and_events(void **state)
{
	static const char *const jobs[] = {"job", "job=", "job=0", "job=-1", "job=1,", "job=,1",
	    "job=1,,2", "job=1;2", "job=1%002", "job=1,2%00", "job=abc", "job= 1", "job=1+",
	    "job=9223372036854775808", "job=1.0"};
	static const char *const events[] = {"event", "event=", "event=log,", "event=,log",
	    "event=a,,b", "event=a b", "event=a+b", "event=a%00b", "event=%00", "event=a/b",
	    "event=%C3%BC", "event=%FF", "event=a%0Ab", "event=*", "event='--"};
	static const char *const levels[] = {"level", "level=", "level=WARN", "level=warning",
	    "level=warn,error", "level=warn%00", "level=3", "level=+warn"};

	(void)state;
	for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++)
		refused(jobs[i], "job");
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		refused(events[i], "event");
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		refused(levels[i], "level");
}

static void each_level(void **state)
{
	(void)state;
	assert_int_equal(params_of("level=debug", NULL).filter.level, TR_LEVEL_DEBUG);
	assert_int_equal(params_of("level=info", NULL).filter.level, TR_LEVEL_INFO);
	assert_int_equal(params_of("level=warn", NULL).filter.level, TR_LEVEL_WARN);
	assert_int_equal(params_of("level=error", NULL).filter.level, TR_LEVEL_ERROR);
}

/* "PARAMETER=1,2,3…", count numbers from first on, each after the prefix. */
static char *list_of(const char *parameter, const char *prefix, int first, int count)
{
	struct tr_buf list = {0};

	tr_buf_adds(&list, parameter);
	for (int i = 0; i < count; i++)
		tr_buf_addf(&list, "%c%s%d", i ? ',' : '=', prefix, first + i);
	return list.data;
}

static void a_hundred_jobs(void **state)
{
	char *query = list_of("job", "", 1, TR_FILTER_JOBS);
	char twice[1024];
	struct tr_params params = params_of(query, NULL);

	(void)state;
	assert_int_equal(params.filter.job_count, 100);
	assert_int_equal(params.filter.jobs[99], 100);
	snprintf(twice, sizeof(twice), "%s&%s", query, query);
	assert_int_equal(params_of(twice, NULL).filter.job_count, 100);
	snprintf(twice, sizeof(twice), "%s,101", query);
	refused(twice, "job");
	snprintf(twice, sizeof(twice), "%s&job=101", query);
	refused(twice, "job");
	free(query);
}

static void thirty_two_events(void **state)
{
	char *query = list_of("event", "e", 1, TR_FILTER_EVENTS);
	char twice[1024];
	struct tr_params params = params_of(query, NULL);

	(void)state;
	assert_int_equal(params.filter.event_count, 32);
	assert_string_equal(params.filter.events[31], "e32");
	snprintf(twice, sizeof(twice), "%s&%s", query, query);
	assert_int_equal(params_of(twice, NULL).filter.event_count, 32);
	snprintf(twice, sizeof(twice), "%s,e33", query);
	refused(twice, "event");
	free(query);
}

static void event_names_of_64(void **state)
{
	char query[80];

	(void)state;
	snprintf(query, sizeof(query), "event=%064d", 7);
	assert_int_equal(strlen(params_of(query, NULL).filter.events[0]), 64);
	snprintf(query, sizeof(query), "event=%065d", 7);
	refused(query, "event");
	assert_string_equal(params_of("event=a.B_c:d-9", NULL).filter.events[0], "a.B_c:d-9");
}

static void is_since(const char *query, const char *header, enum tr_since since, int64_t n)
{
	struct tr_params params = params_of(query, header);

	assert_int_equal(params.since, since);
	if (since == TR_SINCE_CURSOR) {
		assert_string_equal(params.cursor.epoch, "e0");
		assert_int_equal(params.cursor.n, n);
	}
}

static void since_and_the_header_that_wins(void **state)
{
	(void)state;
	is_since("since=all", NULL, TR_SINCE_ALL, 0);
	is_since("since=now", NULL, TR_SINCE_NOW, 0);
	is_since("since=e0-0", NULL, TR_SINCE_CURSOR, 0);
	is_since("since=e0-9223372036854775807", NULL, TR_SINCE_CURSOR, INT64_MAX);
	is_since("", "e0-5", TR_SINCE_CURSOR, 5);
	is_since("since=e0-4", "e0-5", TR_SINCE_CURSOR, 5);
	is_since("since=all", "e0-5", TR_SINCE_CURSOR, 5);
	is_since("since=all", "", TR_SINCE_ALL, 0);
	is_since("since=all", "all", TR_SINCE_LOST, 0);
	is_since("since=e0-4", "what?", TR_SINCE_LOST, 0);
	is_since("since=what?", "e0-4", TR_SINCE_CURSOR, 4);
}

/* Any status but 200 would close an EventSource for ever. */
static void a_cursor_is_never_an_error(void **state)
{
	static const char *const cursors[] = {"", "x", "ALL", "e0", "e0-", "-5", "e0--5",
	    "e0-05", "e0-+5", "e0-5 ", "+e0-5", "e0-5%00", "%00", "e0%00-5",
	    "e0-9223372036854775808", "e0-99999999999999999999999", "%FF%FE-1", "e0-5,e1-6",
	    "jobs:e0-5", "e0-5%0D%0A", "012345678901234567890123456789012-1", "null",
	    "undefined"};
	char query[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cursors) / sizeof(*cursors); i++) {
		snprintf(query, sizeof(query), "since=%s", cursors[i]);
		is_since(query, NULL, TR_SINCE_LOST, 0);
		is_since("", *cursors[i] ? cursors[i] : "\xFF", TR_SINCE_LOST, 0);
	}
	is_since("since", NULL, TR_SINCE_LOST, 0);
}

static void a_cursor_of_10_kb(void **state)
{
	char *query = malloc(LONG_BYTES + 8);

	(void)state;
	memset(query, '7', LONG_BYTES + 8);
	memcpy(query, "since=", 6);
	query[LONG_BYTES + 7] = '\0';
	is_since(query, NULL, TR_SINCE_LOST, 0);
	is_since("", query + 6, TR_SINCE_LOST, 0);
	memcpy(query + 6, "e0-", 3);
	is_since(query, NULL, TR_SINCE_LOST, 0);
	is_since("", query + 6, TR_SINCE_LOST, 0);
	free(query);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_said),
	    cmocka_unit_test(everything_said),
	    cmocka_unit_test(encoded_values),
	    cmocka_unit_test(numbers_at_their_edges),
	    cmocka_unit_test(lines_of_no_job),
	    cmocka_unit_test(holding_at_most),
	    cmocka_unit_test(said_twice),
	    cmocka_unit_test(malformed_values_name_their_parameter),
	    cmocka_unit_test(malformed_jobs_and_events),
	    cmocka_unit_test(each_level),
	    cmocka_unit_test(a_hundred_jobs),
	    cmocka_unit_test(thirty_two_events),
	    cmocka_unit_test(event_names_of_64),
	    cmocka_unit_test(since_and_the_header_that_wins),
	    cmocka_unit_test(a_cursor_is_never_an_error),
	    cmocka_unit_test(a_cursor_of_10_kb),
	};

	return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
