/* test_named.c: how a stream of named jobs is answered: 404, 204, or frames.
 *
 * SPDX-License-Identifier: MIT
 */
#include "startof.h"

#include <string.h>

/* A job that ended 11 s ago, which is longer than the 10 s that a stream stays. */
#define ENDED_11_S                                                                             \
	"INSERT INTO job (name, state, finished_at) VALUES ('a', 'succeeded',"                 \
	" strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now', '-11 seconds'))"

static enum tr_answer answer(const struct testdb *t, const char *query, const char *cursor)
{
	struct tr_params params = params_of(query, cursor);
	struct tr_start start = start_of(t, &params, NULL);

	tr_start_free(&start);
	return start.answer;
}

/* The same for a client that has seen everything. */
static enum tr_answer answer_at_newest(const struct testdb *t, const char *query)
{
	int64_t newest = ask_sql(t->db,
	    "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'log'),"
	    " 0)");

	return answer(t, query, cursor_at(t, newest));
}

static void none_is_known(void **state)
{
	struct testdb *t = *state;

	assert_int_equal(answer(t, "job=1", NULL), TR_ANSWER_UNKNOWN);
	assert_int_equal(answer(t, "job=1,2&since=all", NULL), TR_ANSWER_UNKNOWN);
	assert_int_equal(answer_at_newest(t, "job=1"), TR_ANSWER_UNKNOWN);
	run_sql(t->db, "INSERT INTO job (name) VALUES ('a')");
	assert_int_equal(answer(t, "job=2", NULL), TR_ANSWER_UNKNOWN);
	assert_int_equal(answer(t, "job=2,1", NULL), TR_ANSWER_STREAM);
	assert_int_equal(answer(t, "", NULL), TR_ANSWER_STREAM);
}

/* A stream that goes on in another file, or in an older copy, is told so all the same. */
static void a_reset_although_none_is_known(void **state)
{
	struct testdb *t = *state;
	struct tr_params params = params_of("job=2", cursor_at(t, 9));
	struct tr_start start;

	run_sql(t->db, "INSERT INTO job (name) VALUES ('a')");
	for (int replaced = 0; replaced <= 1; replaced++) {
		start = start_of(t, &params, replaced ? "the database was replaced" : NULL);
		assert_int_equal(start.answer, TR_ANSWER_UNKNOWN);
		assert_non_null(start.reset);
		assert_int_equal(start.snapshot, 1);
		assert_int_equal(start.list.count, 0);
		assert_int_equal(start.position, 1);
		tr_start_free(&start);
	}
}

static void known_by_its_lines_alone(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db, "INSERT INTO log (job_id, message) VALUES (7, 'x')");
	assert_int_equal(answer(t, "job=7", NULL), TR_ANSWER_STREAM);
	assert_int_equal(answer(t, "job=8", NULL), TR_ANSWER_UNKNOWN);
}

static void no_more_to_say(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db, ENDED_11_S);
	assert_int_equal(answer_at_newest(t, "job=1"), TR_ANSWER_NO_MORE);
	assert_int_equal(answer_at_newest(t, "job=1&event=log&level=error"), TR_ANSWER_NO_MORE);
	assert_int_equal(answer_at_newest(t, "job=1,2"), TR_ANSWER_NO_MORE);
	assert_int_equal(answer(t, "job=1&since=now", NULL), TR_ANSWER_STREAM);
	assert_int_equal(answer(t, "job=1", NULL), TR_ANSWER_STREAM);
	assert_int_equal(answer(t, "job=1", "x-1"), TR_ANSWER_STREAM);
	assert_int_equal(answer(t, "job=1", cursor_at(t, 99)), TR_ANSWER_STREAM);
	assert_int_equal(answer_at_newest(t, ""), TR_ANSWER_STREAM);
}

static void the_cursor_may_come_in_since(void **state)
{
	struct testdb *t = *state;
	char query[128];

	run_sql(t->db, ENDED_11_S);
	snprintf(query, sizeof(query), "job=1&since=%s", cursor_at(t, 1));
	assert_int_equal(answer(t, query, NULL), TR_ANSWER_NO_MORE);
}

static void rows_left_for_this_client(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db,
	    ENDED_11_S ";"
		       "INSERT INTO log (job_id, level, message) VALUES (1, 'info', 'late')");
	assert_int_equal(answer(t, "job=1", cursor_at(t, 1)), TR_ANSWER_STREAM);
	assert_int_equal(answer(t, "job=1", cursor_at(t, 2)), TR_ANSWER_NO_MORE);
	assert_int_equal(answer(t, "job=1&level=warn", cursor_at(t, 1)), TR_ANSWER_NO_MORE);
	assert_int_equal(answer(t, "job=1&event=order", cursor_at(t, 0)), TR_ANSWER_NO_MORE);
	run_sql(t->db, "INSERT INTO log (job_id, message) VALUES (2, 'x'), (NULL, 'x');"
		       "INSERT INTO job (name, state) VALUES ('other', 'running')");
	assert_int_equal(answer(t, "job=1", cursor_at(t, 2)), TR_ANSWER_NO_MORE);
	assert_int_equal(answer(t, "job=1,2", cursor_at(t, 2)), TR_ANSWER_STREAM);
}

/* Rows after the cursor were deleted: the client has to hear of it, and then of the end. */
static void a_gap_and_then_no_more(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db, ENDED_11_S ";"
				  "INSERT INTO log (job_id, message) VALUES (1, 'x'), (1, 'y');"
				  "DELETE FROM log WHERE id > 1");
	assert_int_equal(answer(t, "job=1", cursor_at(t, 1)), TR_ANSWER_STREAM);
	assert_int_equal(answer(t, "job=1", cursor_at(t, 3)), TR_ANSWER_NO_MORE);
}

/* Fails unless a client that has seen everything of job 1, which ended at that time, is so
 * answered. The time is an SQL expression. */
static void ended_at(const struct testdb *t, const char *finished_at, enum tr_answer want)
{
	run_sql(t->db, "UPDATE job SET finished_at = %s WHERE id = 1", finished_at);
	assert_int_equal(answer_at_newest(t, "job=1"), want);
}

static void when_it_ended(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db, "INSERT INTO job (name, state) VALUES ('a', 'failed')");
	assert_int_equal(answer_at_newest(t, "job=1"), TR_ANSWER_STREAM);
	ended_at(t, "datetime('now', '-8 seconds')", TR_ANSWER_STREAM);
	ended_at(t, "datetime('now', '-11 seconds')", TR_ANSWER_NO_MORE);
	ended_at(t, "'2020-01-01T00:00:00.000Z'", TR_ANSWER_NO_MORE);
	/* The clock was set back. */
	ended_at(t, "datetime('now', '+8 seconds')", TR_ANSWER_STREAM);
	ended_at(t, "datetime('now', '+1 hour')", TR_ANSWER_NO_MORE);
	/* Nobody says when: a client that has it all must not come back for ever. */
	ended_at(t, "NULL", TR_ANSWER_NO_MORE);
	ended_at(t, "'when it was done'", TR_ANSWER_NO_MORE);
	ended_at(t, "x'00ff'", TR_ANSWER_NO_MORE);
}

static void a_deleted_job(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db, "INSERT INTO job (name) VALUES ('a'); DELETE FROM job");
	assert_int_equal(answer(t, "job=1", NULL), TR_ANSWER_STREAM);
	assert_int_equal(answer(t, "job=1", cursor_at(t, 1)), TR_ANSWER_STREAM);
	assert_int_equal(answer(t, "job=1", cursor_at(t, 2)), TR_ANSWER_NO_MORE);
}

static void all_of_them_have_to_be_final(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db, ENDED_11_S ";" ENDED_11_S);
	assert_int_equal(answer_at_newest(t, "job=1,2"), TR_ANSWER_NO_MORE);
	run_sql(t->db, "UPDATE job SET state = 'running' WHERE id = 2");
	assert_int_equal(answer_at_newest(t, "job=1,2"), TR_ANSWER_STREAM);
	assert_int_equal(answer_at_newest(t, "job=2"), TR_ANSWER_STREAM);
	assert_int_equal(answer_at_newest(t, "job=1"), TR_ANSWER_NO_MORE);
	run_sql(t->db, "UPDATE job SET state = 'queued' WHERE id = 2");
	assert_int_equal(answer_at_newest(t, "job=1,2"), TR_ANSWER_STREAM);
	run_sql(t->db, "UPDATE job SET state = 'canceled' WHERE id = 2");
	assert_int_equal(answer_at_newest(t, "job=1,2"), TR_ANSWER_STREAM); /* just now */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(none_is_known),
	    db_test(a_reset_although_none_is_known),
	    db_test(known_by_its_lines_alone),
	    db_test(no_more_to_say),
	    db_test(the_cursor_may_come_in_since),
	    db_test(rows_left_for_this_client),
	    db_test(a_gap_and_then_no_more),
	    db_test(when_it_ended),
	    db_test(a_deleted_job),
	    db_test(all_of_them_have_to_be_final),
	};

	return cmocka_run_group_tests_name("named", tests, NULL, NULL);
}
