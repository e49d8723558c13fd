/* test_publish.c: what each call writes, that it is one transaction, and what it refuses.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "scratch.h"
#include "store/publish.h"
#include "store/schema.h"

static sqlite3 *db;

static int begin(void **state)
{
	return enter(state) || tr_schema_init("x.db", NULL) ||
	       tr_publish_open(&db, "x.db", NULL);
}

static int end(void **state)
{
	sqlite3_close(db);
	return leave(state);
}

static enum tr_err start(sqlite3 *on, const char *name, int64_t *id, struct tr_why *why)
{
	return tr_publish_start(on, &(struct tr_new_job){.name = name}, id, why);
}

static struct tr_text text(const char *words)
{
	return (struct tr_text){words, strlen(words)};
}

static int count_commits(void *count)
{
	++*(int *)count;
	return 0;
}

static void a_job_from_start_to_end(void **state)
{
	const struct tr_ending ending = {.end = TR_END_SUCCEEDED, .url = "http://x/"};
	const struct tr_new_job other = {"other", "ann", "box", "/srv"};
	int64_t id = 0, second = 0;

	(void)state;
	assert_int_equal(start(db, "it's; --", &id, NULL), TR_OK);
	assert_int_equal(tr_publish_start(db, &other, &second, NULL), TR_OK);
	assert_int_equal(id, 1);
	assert_int_equal(second, 2);
	assert_string_equal(ask("x.db", "SELECT name || state || (started_at <> '') FROM job"),
	    "it's; --running1");
	assert_string_equal(
	    ask("x.db", "SELECT owner || host || cwd FROM job WHERE id = 2"), "annbox/srv");

	assert_int_equal(tr_publish_progress(db, id, 33.3, "compiling", NULL), TR_OK);
	assert_string_equal(ask("x.db", "SELECT progress || step FROM job"), "33.3compiling");
	assert_int_equal(tr_publish_progress(db, id, 100, NULL, NULL), TR_OK);
	assert_string_equal(ask("x.db", "SELECT progress || step FROM job"), "100compiling");

	assert_int_equal(tr_publish_finish(db, id, &ending, NULL), TR_OK);
	assert_string_equal(ask("x.db", "SELECT state || url || (error IS NULL) || "
					"(exit_code IS NULL) || (finished_at <> '') FROM job"),
	    "succeededhttp://x/111");
	assert_string_equal(
	    ask("x.db", "SELECT group_concat(state || ifnull(progress, '-')) FROM job"),
	    "succeeded100,running-");
	assert_string_equal(ask("x.db", "SELECT group_concat(event) FROM log WHERE job_id = 1"),
	    "status-update,status-update,status-update,completion");
}

static void each_ending(void **state)
{
	struct tr_ending ending = {
	    .end = TR_END_FAILED, .error = "no route", .has_exit_code = 1, .exit_code = 3};
	int64_t id = 0;

	(void)state;
	assert_int_equal(start(db, "a", &id, NULL), TR_OK);
	run_sql("x.db", "UPDATE job SET url = 'kept'");
	assert_int_equal(tr_publish_finish(db, id, &ending, NULL), TR_OK);
	assert_string_equal(ask("x.db", "SELECT state || url || error || exit_code FROM job"),
	    "failedkeptno route3");
	ending = (struct tr_ending){.end = TR_END_CANCELED};
	assert_int_equal(tr_publish_finish(db, id, &ending, NULL), TR_OK);
	assert_string_equal(ask("x.db", "SELECT state || url || ifnull(error, '-') || "
					"ifnull(exit_code, '-') FROM job"),
	    "canceledkept--");
}

static void lines_are_one_transaction(void **state)
{
	struct tr_origin origin = {
	    .job_id = 1, .has_job = 1, .event = "group", .level = "warn"};
	const struct tr_text lines[] = {text("first"), text(""), {"a\0b\xff\xc3", 5}};
	int64_t id;
	int commits = 0;

	(void)state;
	assert_int_equal(start(db, "a", &id, NULL), TR_OK);
	sqlite3_commit_hook(db, count_commits, &commits);
	assert_int_equal(tr_publish_log(db, &origin, lines, 3, NULL), TR_OK);
	assert_int_equal(commits, 1);
	assert_string_equal(
	    ask("x.db", "SELECT group_concat(hex(message)) FROM log WHERE id > 1"),
	    "6669727374,,610062FFC3");
	assert_string_equal(
	    ask("x.db", "SELECT group_concat(DISTINCT job_id || event || level) "
			"FROM log WHERE id > 1"),
	    "1groupwarn");

	origin = (struct tr_origin){0};
	assert_int_equal(tr_publish_log(db, &origin, lines, 1, NULL), TR_OK);
	assert_string_equal(
	    ask("x.db", "SELECT event || level || ifnull(job_id, '-') FROM log WHERE id = 5"),
	    "loginfo-");
}

/* The table's owner may have rules of his own. */
static void all_lines_or_none(void **state)
{
	const struct tr_origin origin = {0};
	const struct tr_text lines[] = {text("good"), text("bad"), text("good")};
	struct tr_why why = {0};

	(void)state;
	run_sql("x.db", "CREATE TRIGGER t BEFORE INSERT ON log WHEN NEW.message = 'bad' "
			"BEGIN SELECT RAISE(ABORT, 'that is bad'); END");
	assert_int_equal(tr_publish_log(db, &origin, lines, 3, &why), TR_INVALID);
	assert_string_equal(why.text, "that is bad");
	assert_string_equal(ask("x.db", "SELECT count(*) FROM log"), "0");
	assert_int_equal(tr_publish_log(db, &origin, lines, 1, &why), TR_OK);
	assert_string_equal(ask("x.db", "SELECT count(*) FROM log"), "1");
}

static void an_unknown_job_is_named(void **state)
{
	const struct tr_origin origin = {.job_id = 42, .has_job = 1};
	const struct tr_ending ending = {0};
	const struct tr_text line = text("x");
	struct tr_why why = {0};

	(void)state;
	assert_int_equal(tr_publish_progress(db, 42, 1, NULL, &why), TR_ABSENT);
	assert_non_null(strstr(why.text, "no job 42 in /"));
	assert_non_null(strstr(why.text, "/x.db"));
	why.text[0] = '\0';
	assert_int_equal(tr_publish_finish(db, 42, &ending, &why), TR_ABSENT);
	assert_non_null(strstr(why.text, "no job 42 in /"));
	why.text[0] = '\0';
	assert_int_equal(tr_publish_log(db, &origin, &line, 1, &why), TR_ABSENT);
	assert_non_null(strstr(why.text, "no job 42 in /"));
	assert_string_equal(ask("x.db", "SELECT count(*) FROM log"), "0");
}

static void progress_outside_its_range(void **state)
{
	const double wrong[] = {-0.1, 100.1, (double)NAN, (double)INFINITY};
	int64_t id;

	(void)state;
	assert_int_equal(start(db, "a", &id, NULL), TR_OK);
	assert_int_equal(tr_publish_progress(db, id, 7, NULL, NULL), TR_OK);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct tr_why why = {0};

		assert_int_equal(tr_publish_progress(db, id, wrong[i], "s", &why), TR_INVALID);
		assert_non_null(strstr(why.text, "0 to 100"));
	}
	assert_string_equal(ask("x.db", "SELECT progress || ifnull(step, '-') FROM job"), "7-");
}

/* The check made before the first line agrees with the tables' own on every word. */
static void origins_are_checked_as_the_tables_do(void **state)
{
	static const char *const words[] = {"log", "a", "Az09._:-", "Open", "-", "", "a b",
	    "a/b", "caf\xc3\xa9", "a\n", "hello", "snapshot", "gap", "reset", "ping", "busy",
	    "row", "gone", "open", "error", "group", "status-update", "debug", "info", "warn",
	    "warning", "WARN",
	    "a23456789012345678901234567890123456789012345678901234567890abcd",
	    "a23456789012345678901234567890123456789012345678901234567890abcde"};
	sqlite3_stmt *stmt;
	int accepted = 0;

	(void)state;
	assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO log (event, level) VALUES (?, ?)",
			     -1, &stmt, NULL),
	    SQLITE_OK);
	for (size_t i = 0; i < 2 * sizeof(words) / sizeof(words[0]); i++) {
		const char *word = words[i / 2];
		const struct tr_origin origin = {
		    .event = i % 2 ? NULL : word, .level = i % 2 ? word : NULL};
		int ok = tr_publish_log(db, &origin, NULL, 0, NULL) == TR_OK;

		sqlite3_bind_text(stmt, 1, i % 2 ? "log" : word, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 2, i % 2 ? word : "info", -1, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(stmt) == SQLITE_DONE, ok);
		sqlite3_reset(stmt);
		accepted += ok;
	}
	sqlite3_finalize(stmt);
	assert_int_equal(accepted, 13 + 4);
}

static void a_wrong_origin_writes_nothing(void **state)
{
	const struct tr_origin origin = {.event = "open"};
	const struct tr_text line = text("x");
	struct tr_why why = {0};

	(void)state;
	assert_int_equal(tr_publish_log(db, &origin, &line, 1, &why), TR_INVALID);
	assert_non_null(strstr(why.text, "'open' cannot be an event's name"));
	assert_int_equal(sqlite3_get_autocommit(db), 1);
}

static void a_locked_database_is_busy(void **state)
{
	const struct tr_origin origin = {0};
	const struct tr_text line = text("x");
	struct tr_why why = {0};
	sqlite3 *other;
	int64_t id;

	(void)state;
	sqlite3_busy_timeout(db, 0); /* ten seconds are long for a test */
	assert_int_equal(sqlite3_open("x.db", &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(start(db, "a", &id, &why), TR_BUSY);
	assert_int_equal(tr_publish_log(db, &origin, &line, 1, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "try again"));
	sqlite3_close(other);
	assert_int_equal(tr_publish_log(db, &origin, &line, 1, &why), TR_OK);
}

static void open_refuses_what_is_no_database_of_ours(void **state)
{
	struct tr_why why = {0};
	sqlite3 *other;

	(void)state;
	write_file("empty.db", "", 0);
	assert_int_equal(tr_publish_open(&other, "empty.db", &why), TR_FOREIGN);
	assert_null(other);
	assert_int_equal(tr_publish_open(&other, "none.db", &why), TR_ABSENT);
	assert_null(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_job_from_start_to_end, begin, end),
	    cmocka_unit_test_setup_teardown(each_ending, begin, end),
	    cmocka_unit_test_setup_teardown(lines_are_one_transaction, begin, end),
	    cmocka_unit_test_setup_teardown(all_lines_or_none, begin, end),
	    cmocka_unit_test_setup_teardown(an_unknown_job_is_named, begin, end),
	    cmocka_unit_test_setup_teardown(progress_outside_its_range, begin, end),
	    cmocka_unit_test_setup_teardown(origins_are_checked_as_the_tables_do, begin, end),
	    cmocka_unit_test_setup_teardown(a_wrong_origin_writes_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(a_locked_database_is_busy, begin, end),
	    cmocka_unit_test_setup_teardown(
		open_refuses_what_is_no_database_of_ours, begin, end),
	};

	return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
