/* test_ledger.c: one transaction holds all or nothing, and a file that moved is noticed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "scratch.h"
#include "store/ledger.h"
#include "store/schema.h"

#define STARTED "2026-01-02T03:04:05.678Z"

static struct tr_ledger *ledger;
static struct tr_why why;

static int begin(void **state)
{
	return enter(state) || tr_schema_init("x.db", NULL) ||
	       tr_ledger_open(&ledger, "x.db", 0, &why);
}

static int end(void **state)
{
	tr_ledger_close(ledger);
	return leave(state);
}

static struct tr_ledger_job a_job(const char *key, const char *host)
{
	return (struct tr_ledger_job){
	    .is = {.name = "n", .owner = "o", .host = host, .cwd = "/c"},
	    .key = key,
	    .started_at = STARTED};
}

/* Makes and commits one. */
static int64_t make_job(const char *key, const char *host)
{
	const struct tr_ledger_job job = a_job(key, host);
	int64_t id = 0;

	assert_int_equal(tr_ledger_begin(ledger, &why), TR_OK);
	assert_int_equal(tr_ledger_make_job(ledger, &job, &id, &why), TR_OK);
	assert_int_equal(tr_ledger_commit(ledger, &why), TR_OK);
	return id;
}

static int64_t add(int64_t job_id, const char *text, size_t len)
{
	const struct tr_ledger_line line = {
	    .event = "log", .level = "warn", .message = {text, len}, .at = STARTED};
	int64_t id = 0;

	assert_int_equal(tr_ledger_add(ledger, job_id, &line, &id, &why), TR_OK);
	return id;
}

static void a_job_from_start_to_end(void **state)
{
	const struct tr_ledger_progress half = {50.5, {"step", 4}};
	const struct tr_ledger_ending ending = {.end = TR_END_FAILED,
	    .exit_code = 137,
	    .signal = 9,
	    .error = "why",
	    .at = "2026-01-02T03:04:06.000Z"};
	int64_t id = make_job("k", "h");

	(void)state;
	assert_string_equal(
	    ask("x.db", "SELECT name || owner || host || cwd || key || state || "
			"started_at || created_at FROM job"),
	    "noh/ckrunning" STARTED STARTED);
	assert_string_equal(ask("x.db", "SELECT beat_at > started_at FROM job"), "1");
	assert_int_equal(tr_ledger_begin(ledger, &why), TR_OK);
	add(id, "a\0b\xff", 4);
	add(id, "", 0);
	assert_int_equal(tr_ledger_set_progress(ledger, id, &half, &why), TR_OK);
	assert_int_equal(tr_ledger_finish(ledger, id, &ending, &why), TR_OK);
	assert_string_equal(ask("x.db", "SELECT count(*) FROM log"), "1");
	assert_int_equal(tr_ledger_commit(ledger, &why), TR_OK);
	assert_string_equal(ask("x.db", "SELECT group_concat(hex(message) || level) "
					"FROM log WHERE event = 'log'"),
	    "610062FFwarn,warn");
	assert_string_equal(
	    ask("x.db", "SELECT DISTINCT created_at FROM log WHERE event = 'log'"), STARTED);
	assert_string_equal(
	    ask("x.db", "SELECT state || progress || step || exit_code || signal "
			"|| error || finished_at FROM job"),
	    "failed50.5step1379why2026-01-02T03:04:06.000Z");
}

static void what_is_unknown_is_null(void **state)
{
	const struct tr_ledger_progress unknown = {(double)NAN, {NULL, 0}};
	const struct tr_ledger_ending ending = {
	    .end = TR_END_CANCELED, .exit_code = -1, .at = STARTED};
	int64_t id = make_job(NULL, NULL);

	(void)state;
	run_sql("x.db", "UPDATE job SET progress = 7, step = 's', error = 'its own'");
	assert_int_equal(tr_ledger_begin(ledger, &why), TR_OK);
	assert_int_equal(tr_ledger_set_progress(ledger, id, &unknown, &why), TR_OK);
	assert_int_equal(tr_ledger_finish(ledger, id, &ending, &why), TR_OK);
	assert_int_equal(tr_ledger_commit(ledger, &why), TR_OK);
	assert_string_equal(ask("x.db", "SELECT (progress IS NULL) || (step IS NULL) || "
					"(exit_code IS NULL) || (signal IS NULL) || "
					"(key IS NULL) || state || error FROM job"),
	    "11111canceledits own");
}

static void a_job_that_ended_stays_so(void **state)
{
	const struct tr_ledger_ending late = {
	    .end = TR_END_FAILED, .exit_code = -1, .at = STARTED, .if_running = 1};
	int64_t id = make_job(NULL, NULL);

	(void)state;
	run_sql("x.db", "UPDATE job SET state = 'succeeded'");
	assert_int_equal(tr_ledger_begin(ledger, &why), TR_OK);
	assert_int_equal(tr_ledger_finish(ledger, id, &late, &why), TR_OK);
	assert_int_equal(tr_ledger_commit(ledger, &why), TR_OK);
	assert_string_equal(ask("x.db", "SELECT state FROM job"), "succeeded");
}

static void a_rollback_leaves_nothing(void **state)
{
	int64_t id = make_job(NULL, NULL);

	(void)state;
	assert_int_equal(tr_ledger_begin(ledger, &why), TR_OK);
	add(id, "gone", 4);
	tr_ledger_rollback(ledger);
	assert_string_equal(ask("x.db", "SELECT count(*) FROM log WHERE event = 'log'"), "0");
	assert_int_equal(tr_ledger_begin(ledger, &why), TR_OK);
	add(id, "kept", 4);
	assert_int_equal(tr_ledger_commit(ledger, &why), TR_OK);
	assert_string_equal(ask("x.db", "SELECT message FROM log WHERE event = 'log'"), "kept");
}

static void jobs_and_lines_are_found_or_not(void **state)
{
	int64_t id = make_job(NULL, NULL), line;

	(void)state;
	assert_int_equal(tr_ledger_begin(ledger, &why), TR_OK);
	line = add(id, "x", 1);
	assert_int_equal(tr_ledger_has_job(ledger, id, STARTED, &why), TR_OK);
	assert_int_equal(tr_ledger_has_job(ledger, id + 1, STARTED, &why), TR_ABSENT);
	assert_int_equal(
	    tr_ledger_has_job(ledger, id, "2026-01-02T03:04:05.679Z", &why), TR_ABSENT);
	assert_int_equal(tr_ledger_has_line(ledger, line, id, STARTED, &why), TR_OK);
	assert_int_equal(tr_ledger_has_line(ledger, line + 1, id, STARTED, &why), TR_ABSENT);
	assert_int_equal(tr_ledger_has_line(ledger, line, id + 1, STARTED, &why), TR_ABSENT);
	assert_int_equal(
	    tr_ledger_has_line(ledger, line, id, "2026-01-02T03:04:05.679Z", &why), TR_ABSENT);
	assert_int_equal(tr_ledger_commit(ledger, &why), TR_OK);
}

/* Alive, of the same key, and on another host: all three. */
static void a_rival_is_found(void **state)
{
	const struct tr_ledger_job here = a_job("k", "here"), other = a_job("l", "here");
	int64_t id = make_job("k", "there"), rival = -1;

	(void)state;
	make_job("k", "here");
	assert_int_equal(tr_ledger_rival(ledger, &here, 30, &rival, &why), TR_OK);
	assert_int_equal(rival, id);
	assert_int_equal(tr_ledger_rival(ledger, &other, 30, &rival, &why), TR_OK);
	assert_int_equal(rival, 0);
	run_sql("x.db", "UPDATE job SET beat_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', "
			"'-40 seconds')");
	assert_int_equal(tr_ledger_rival(ledger, &here, 30, &rival, &why), TR_OK);
	assert_int_equal(rival, 0);
	assert_int_equal(tr_ledger_beat(ledger, id, &why), TR_OK);
	assert_int_equal(tr_ledger_rival(ledger, &here, 30, &rival, &why), TR_OK);
	assert_int_equal(rival, id);
	run_sql("x.db", "UPDATE job SET state = 'succeeded'");
	assert_int_equal(tr_ledger_rival(ledger, &here, 30, &rival, &why), TR_OK);
	assert_int_equal(rival, 0);
}

/* What is committed into a file that was deleted, nobody will ever see. */
static void a_file_that_moved_is_noticed(void **state)
{
	int64_t id = make_job(NULL, NULL);

	(void)state;
	assert_int_equal(remove("x.db"), 0);
	assert_int_equal(tr_schema_init("x.db", NULL), TR_OK);
	assert_int_equal(tr_ledger_begin(ledger, &why), TR_OK);
	add(id, "lost", 4);
	assert_int_equal(tr_ledger_commit(ledger, &why), TR_ABSENT);
	assert_non_null(strstr(why.text, "was deleted or replaced"));
	tr_ledger_close(ledger);
	ledger = NULL;
	assert_string_equal(ask("x.db", "SELECT count(*) FROM log"), "0");
	assert_int_equal(tr_ledger_open(&ledger, "x.db", 0, &why), TR_OK);
}

static void a_refused_line_spoils_nothing(void **state)
{
	const struct tr_ledger_line bad = {
	    .event = "log", .level = "info", .message = {"bad", 3}, .at = STARTED};
	int64_t id = make_job(NULL, NULL), line;

	(void)state;
	run_sql("x.db", "CREATE TRIGGER t BEFORE INSERT ON log WHEN NEW.message = 'bad' "
			"BEGIN SELECT RAISE(ABORT, 'that is bad'); END");
	assert_int_equal(tr_ledger_begin(ledger, &why), TR_OK);
	add(id, "one", 3);
	assert_int_equal(tr_ledger_add(ledger, id, &bad, &line, &why), TR_INVALID);
	assert_string_equal(why.text, "that is bad");
	add(id, "two", 3);
	assert_int_equal(tr_ledger_commit(ledger, &why), TR_OK);
	assert_string_equal(
	    ask("x.db", "SELECT group_concat(message) FROM log WHERE event = 'log'"),
	    "one,two");
}

static void a_lock_is_waited_for_as_long_as_was_said(void **state)
{
	int64_t begun_ns = tr_mono_ns();
	sqlite3 *other;

	(void)state;
	assert_int_equal(sqlite3_open("x.db", &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	tr_ledger_close(ledger);
	assert_int_equal(tr_ledger_open(&ledger, "x.db", 100, &why), TR_OK);
	assert_int_equal(tr_ledger_begin(ledger, &why), TR_BUSY);
	assert_true(tr_mono_ns() - begun_ns >= 100 * TR_NS_PER_MS);
	sqlite3_close(other);
	assert_int_equal(tr_ledger_begin(ledger, &why), TR_OK);
	tr_ledger_rollback(ledger);
}

#define batch_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    batch_test(a_job_from_start_to_end),
	    batch_test(what_is_unknown_is_null),
	    batch_test(a_job_that_ended_stays_so),
	    batch_test(a_rollback_leaves_nothing),
	    batch_test(jobs_and_lines_are_found_or_not),
	    batch_test(a_rival_is_found),
	    batch_test(a_file_that_moved_is_noticed),
	    batch_test(a_refused_line_spoils_nothing),
	    batch_test(a_lock_is_waited_for_as_long_as_was_said),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
