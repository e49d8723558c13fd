/* test_submit.c: requests are counted, and one with a key is done once, whoever breaks off.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "store/change.h"
#include "store/filter.h"
#include "store/submit.h"

#define MANY 1000000 /* requests a minute: no limit here */

static struct tr_submit request_of(const struct testdb *t, const char *key, int64_t request)
{
	return (struct tr_submit){
	    .db = t->db, .key = key, .request = request, .most_a_minute = MANY};
}

/* Begins a transaction; the answer of an earlier request goes to text. */
static enum tr_submitted begin(struct tr_submit *submit, int *status, char text[64])
{
	struct tr_buf answer = {0};
	struct tr_why why = {0};
	enum tr_submitted how;

	*text = '\0';
	if (tr_submit_begin(submit, &how, status, &answer, &why))
		fail_msg("%s", why.text);
	if (answer.data)
		snprintf(text, 64, "%s", answer.data);
	tr_buf_free(&answer);
	assert_int_equal(sqlite3_get_autocommit(submit->db), how != TR_SUBMIT_GO);
	return how;
}

static enum tr_submitted begins(struct tr_submit *submit)
{
	int status;
	char text[64];

	return begin(submit, &status, text);
}

/* Writes a line in the transaction that is open. */
static void write_line(struct tr_submit *submit, const char *message)
{
	const struct tr_log_line line = {.message = {message, strlen(message)}};

	assert_int_equal(tr_change_log(submit->db, TR_NO_JOB, &line, 1, NULL), TR_OK);
}

/* Commits, answered with that text, or NULL: there is more to come. */
static void commit(struct tr_submit *submit, int64_t lines, const char *text)
{
	struct tr_buf answer = {0};
	struct tr_why why = {0};

	if (text)
		tr_buf_adds(&answer, text);
	if (tr_submit_commit(submit, lines, 201, text ? &answer : NULL, &why))
		fail_msg("%s", why.text);
	tr_buf_free(&answer);
}

static void without_a_key_each_is_done(void **state)
{
	struct testdb *t = *state;

	for (int i = 0; i < 2; i++) {
		struct tr_submit submit = request_of(t, NULL, 1);

		assert_int_equal(begins(&submit), TR_SUBMIT_GO);
		write_line(&submit, "x");
		commit(&submit, 1, "{}");
	}
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log"), 2);
	assert_int_equal(
	    ask_sql(t->db, "SELECT count(*) FROM sqlite_master WHERE name = 'http_key'"), 0);
}

static void with_a_key_it_is_done_once(void **state)
{
	struct testdb *t = *state;
	struct tr_submit first = request_of(t, "k", 7), again = request_of(t, "k", 7);
	struct tr_submit other = request_of(t, "k", 8), key = request_of(t, "K", 8);
	char text[64];
	int status;

	assert_int_equal(begins(&first), TR_SUBMIT_GO);
	commit(&first, 0, "{\"jobId\":1}");
	assert_int_equal(begin(&again, &status, text), TR_SUBMIT_DONE);
	assert_int_equal(status, 201);
	assert_string_equal(text, "{\"jobId\":1}");
	assert_int_equal(begins(&other), TR_SUBMIT_MISUSE);
	assert_int_equal(begins(&key), TR_SUBMIT_GO);
	tr_submit_rollback(&key);
}

static void one_that_was_rolled_back_was_not_done(void **state)
{
	struct testdb *t = *state;
	struct tr_submit first = request_of(t, "k", 7), again = request_of(t, "k", 7);

	assert_int_equal(begins(&first), TR_SUBMIT_GO);
	write_line(&first, "x");
	tr_submit_rollback(&first);
	assert_int_equal(begins(&again), TR_SUBMIT_GO);
	assert_int_equal(again.done, 0);
	commit(&again, 0, "{}");
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log"), 0);
}

/* The second attempt goes on after the lines of the first. */
static void one_that_broke_off_goes_on(void **state)
{
	struct testdb *t = *state;
	struct tr_submit first = request_of(t, "k", 7), second = request_of(t, "k", 7);
	struct tr_submit third = request_of(t, "k", 7);

	assert_int_equal(begins(&first), TR_SUBMIT_GO);
	commit(&first, 100, NULL);
	assert_int_equal(begins(&first), TR_SUBMIT_GO);
	commit(&first, 20, NULL);
	assert_int_equal(begins(&second), TR_SUBMIT_GO);
	assert_int_equal(second.done, 120);
	commit(&second, 3, "{\"lines\":123}");
	assert_int_equal(begins(&third), TR_SUBMIT_DONE);
}

/* Two send the same at once: whoever finds that it is not alone leaves off. */
static void of_two_rivals_one_goes_on(void **state)
{
	struct testdb *t = *state;
	struct tr_submit one = request_of(t, "k", 7), two = request_of(t, "k", 7);

	assert_int_equal(begins(&one), TR_SUBMIT_GO);
	commit(&one, 10, NULL);
	assert_int_equal(begins(&two), TR_SUBMIT_GO);
	assert_int_equal(two.done, 10);
	commit(&two, 5, NULL);
	assert_int_equal(begins(&one), TR_SUBMIT_RIVAL);
	assert_int_equal(begins(&two), TR_SUBMIT_GO);
	commit(&two, 0, "{}");
}

static void the_oldest_keys_are_forgotten(void **state)
{
	struct testdb *t = *state;
	struct tr_submit first = request_of(t, "first", 1), later = request_of(t, "later", 2);
	struct tr_submit again = request_of(t, "first", 1);

	assert_int_equal(begins(&first), TR_SUBMIT_GO);
	commit(&first, 0, "{}");
	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)"
	    " INSERT INTO http_key (key, request, lines, status, answer)"
	    " SELECT 'k' || n, n, 0, 200, '{}' FROM c",
	    TR_SUBMIT_KEYS - 1);
	assert_int_equal(begins(&again), TR_SUBMIT_DONE);
	assert_int_equal(begins(&later), TR_SUBMIT_GO);
	commit(&later, 0, "{}");
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM http_key"), TR_SUBMIT_KEYS);
	assert_int_equal(begins(&again), TR_SUBMIT_GO);
	tr_submit_rollback(&again);
}

/* Holds in any minute, also where one begins in between. */
static void so_many_a_minute(void **state)
{
	struct testdb *t = *state;
	int done = 0;

	for (int i = 0; i < 12; i++) {
		struct tr_submit submit = request_of(t, NULL, 1);
		enum tr_submitted how;

		submit.most_a_minute = 5;
		how = begins(&submit);
		assert_true(how == TR_SUBMIT_GO || how == TR_SUBMIT_LATER);
		if (how == TR_SUBMIT_GO) {
			commit(&submit, 0, NULL);
			/* the second transaction of a request does not count */
			assert_int_equal(begins(&submit), TR_SUBMIT_GO);
			commit(&submit, 0, "{}");
			done++;
		}
	}
	assert_in_range(done, 5, 10);
	run_sql(
	    t->db, "UPDATE meta SET value = '2026-01-01T00:00 99' WHERE key = 'http_minute'");
	{
		struct tr_submit submit = request_of(t, NULL, 1);

		submit.most_a_minute = 1;
		assert_int_equal(begins(&submit), TR_SUBMIT_GO);
		tr_submit_rollback(&submit);
	}
}

static void what_somebody_wrote_there_is_no_number(void **state)
{
	static const char *const values[] = {
	    "", "x", "2026-11-21T06:30", "9999999999999999999999"};
	struct testdb *t = *state;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct tr_submit submit = request_of(t, NULL, 1);

		run_sql(t->db, "INSERT OR REPLACE INTO meta VALUES ('http_minute', '%s')",
		    values[i]);
		assert_int_equal(begins(&submit), TR_SUBMIT_GO);
		commit(&submit, 0, "{}");
	}
}

static void failures_have_their_sentence(void **state)
{
	struct testdb *t = *state;
	struct tr_submit submit = request_of(t, "k", 1);
	struct tr_buf answer = {0};
	struct tr_why why = {0};
	enum tr_submitted how;
	int status;

	submit.db = connect_again(t);
	run_sql(t->db, "BEGIN IMMEDIATE");
	assert_int_equal(tr_submit_begin(&submit, &how, &status, &answer, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "jobs.db is locked"));
	run_sql(t->db, "COMMIT; DROP TABLE meta");
	assert_int_equal(tr_submit_begin(&submit, &how, &status, &answer, &why), TR_DB);
	assert_true(sqlite3_get_autocommit(submit.db));
	assert_int_equal(sqlite3_close(submit.db), SQLITE_OK);
}

/* --- What is written in them. --- */

static struct tr_value text_value(const char *column, const char *words)
{
	return (struct tr_value){
	    .column = column, .kind = TR_VALUE_TEXT, .text = {words, strlen(words)}};
}

static void columns_of_a_job(void **state)
{
	struct testdb *t = *state;
	struct tr_value values[] = {text_value("name", "it's"), text_value("state", "running"),
	    {.column = "progress", .kind = TR_VALUE_NUMBER, .number = 33.3},
	    {.column = "exit_code", .kind = TR_VALUE_INTEGER, .integer = -7}};
	struct tr_value null = {.column = "progress", .kind = TR_VALUE_NULL};
	struct tr_why why = {0};
	int64_t id = 0;

	assert_int_equal(tr_change_insert(t->db, values, 4, &id, &why), TR_OK);
	assert_int_equal(id, 1);
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM job WHERE name = 'it''s' AND"
					" state = 'running' AND progress = 33.3 AND"
					" exit_code = -7 AND started_at <> ''"),
	    1);
	assert_int_equal(tr_change_update(t->db, 1, &null, 1, &why), TR_OK);
	assert_int_equal(ask_sql(t->db, "SELECT progress IS NULL FROM job"), 1);
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log"), 2);
	assert_int_equal(tr_change_update(t->db, 2, &null, 1, &why), TR_ABSENT);
	assert_string_equal(why.text, "There is no job 2.");
	values[2].number = 100.5;
	assert_int_equal(tr_change_update(t->db, 1, values, 4, &why), TR_INVALID);
	assert_non_null(strstr(why.text, "progress is 0 to 100, or NULL"));
	values[1] = text_value("state", "done");
	assert_int_equal(tr_change_insert(t->db, values, 2, &id, &why), TR_INVALID);
	assert_non_null(strstr(why.text, "state is queued"));
}

static void lines_of_each_kind(void **state)
{
	struct testdb *t = *state;
	struct tr_log_line lines[] = {{.message = {"a\0b", 3}},
	    {.message = {"", 0}, .level = {"warn", 4}},
	    {.message = {"{}", 2}, .event = {"order", 5}}};
	struct tr_log_line bad = {.message = {"", 0}, .level = {"loud", 4}};
	struct tr_why why = {0};

	run_sql(t->db, "INSERT INTO job (name) VALUES ('x'); DELETE FROM log");
	assert_int_equal(tr_change_log(t->db, 1, lines, 3, &why), TR_OK);
	assert_int_equal(tr_change_log(t->db, TR_NO_JOB, lines, 1, &why), TR_OK);
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log WHERE job_id = 1"), 3);
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log WHERE job_id IS NULL AND"
					" event = 'log' AND level = 'info'"
					" AND hex(message) = '610062'"),
	    1);
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log WHERE level = 'warn'"), 1);
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log WHERE event = 'order'"), 1);
	assert_int_equal(tr_change_log(t->db, 1, &bad, 1, &why), TR_INVALID);
	assert_non_null(strstr(why.text, "level is debug"));
	assert_int_equal(tr_change_log(t->db, 2, lines, 3, &why), TR_ABSENT);
	assert_int_equal(tr_change_log(t->db, 2, lines, 0, &why), TR_ABSENT);
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log"), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(without_a_key_each_is_done),
	    db_test(with_a_key_it_is_done_once),
	    db_test(one_that_was_rolled_back_was_not_done),
	    db_test(one_that_broke_off_goes_on),
	    db_test(of_two_rivals_one_goes_on),
	    db_test(the_oldest_keys_are_forgotten),
	    db_test(so_many_a_minute),
	    db_test(what_somebody_wrote_there_is_no_number),
	    db_test(failures_have_their_sentence),
	    db_test(columns_of_a_job),
	    db_test(lines_of_each_kind),
	};

	return cmocka_run_group_tests_name("submit", tests, NULL, NULL);
}
