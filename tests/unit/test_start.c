/* test_start.c: where a stream begins, and what it is told first.
 *
 * - How a stream of named jobs is answered is test_named's.
 *
 * SPDX-License-Identifier: MIT
 */
#include "startof.h"

#include <string.h>

#include "ref_stream.h"

/* Fails unless the first frames are these, in that form: "hello@4 reset snapshot@0 gap@7", a
 * frame without an id without the @. */
static void begins(
    const struct testdb *t, struct tr_start *start, int greeted, const char *want)
{
	struct tr_buf out = {0}, got = {0};
	struct ref_stream s;

	tr_start_frames(&out, start, t->epoch, greeted);
	assert_int_equal(tr_buf_err(&out), TR_OK);
	s = ref_stream_open(out.data, out.len);
	tr_buf_adds(&got, "");
	while (ref_stream_next(&s)) {
		tr_buf_addf(&got, "%s%.*s", got.len ? " " : "", (int)s.type.len, s.type.at);
		if (s.id.len)
			tr_buf_addf(&got, "@%.*s", (int)s.id.len - 17, s.id.at + 17);
		s.id.len = 0; /* this frame's, not the last one's */
	}
	assert_string_equal(got.data, want);
	ref_stream_free(&s);
	tr_buf_free(&out);
	tr_buf_free(&got);
}

static void add_lines(sqlite3 *db, int count)
{
	while (count--)
		run_sql(db, "INSERT INTO log (message) VALUES ('x')");
}

static void without_a_cursor_a_snapshot_and_the_tail(void **state)
{
	struct testdb *t = *state;
	struct tr_params params = params_of("tail=2", NULL);
	struct tr_start start;

	add_lines(t->db, 5);
	run_sql(t->db, "INSERT INTO job (name) VALUES ('a'); UPDATE job SET step = 's'");
	start = start_of(t, &params, NULL);
	assert_int_equal(start.answer, TR_ANSWER_STREAM);
	assert_int_equal(start.resumed, 0);
	assert_null(start.reset);
	assert_int_equal(start.snapshot, 1);
	assert_int_equal(start.list.count, 1);
	assert_int_equal(start.list.total, 1);
	assert_int_equal(start.bounds.oldest, 1);
	assert_int_equal(start.bounds.newest, 7);
	assert_int_equal(start.position, 3);
	assert_int_equal(start.gap_after, -1);
	assert_int_equal(start.markers_from, 7);
	begins(t, &start, 0, "hello snapshot@3");
	tr_start_free(&start);
	tr_start_free(&start);
}

static void an_empty_database(void **state)
{
	struct testdb *t = *state;
	struct tr_params params = params_of("", NULL);
	struct tr_start start = start_of(t, &params, NULL);

	begins(t, &start, 0, "hello snapshot@0");
	tr_start_free(&start);
	params = params_of("since=all", NULL);
	start = start_of(t, &params, NULL);
	begins(t, &start, 0, "hello@0");
	tr_start_free(&start);
	params = params_of("", cursor_at(t, 0));
	start = start_of(t, &params, NULL);
	assert_int_equal(start.resumed, 1);
	begins(t, &start, 0, "hello@0");
	tr_start_free(&start);
}

static void since_all_and_now(void **state)
{
	struct testdb *t = *state;
	struct tr_params params = params_of("since=all", NULL);
	struct tr_start start;

	add_lines(t->db, 5);
	start = start_of(t, &params, NULL);
	assert_int_equal(start.resumed, 0);
	assert_int_equal(start.snapshot, 0);
	assert_int_equal(start.position, 0);
	assert_int_equal(start.markers_from, 0);
	begins(t, &start, 0, "hello@0");
	tr_start_free(&start);
	params = params_of("since=now", NULL);
	start = start_of(t, &params, NULL);
	assert_int_equal(start.resumed, 0);
	assert_int_equal(start.position, 5);
	begins(t, &start, 0, "hello@5");
	tr_start_free(&start);
}

static void a_cursor_resumes(void **state)
{
	struct testdb *t = *state;
	struct tr_params params;
	struct tr_start start;

	add_lines(t->db, 5);
	for (int n = 0; n <= 5; n++) {
		char want[24];

		params = params_of("", cursor_at(t, n));
		start = start_of(t, &params, NULL);
		assert_int_equal(start.resumed, 1);
		assert_null(start.reset);
		assert_int_equal(start.snapshot, 0);
		assert_int_equal(start.position, n);
		assert_int_equal(start.markers_from, 0);
		snprintf(want, sizeof(want), "hello@%d", n);
		begins(t, &start, 0, want);
		tr_start_free(&start);
	}
}

/* Fails unless that cursor is answered by a reset that gives such a reason. */
static void resets(const struct testdb *t, const char *cursor, const char *reason)
{
	struct tr_params params = params_of("tail=1", cursor);
	struct tr_start start = start_of(t, &params, NULL);

	assert_int_equal(start.answer, TR_ANSWER_STREAM);
	assert_int_equal(start.resumed, 0);
	assert_non_null(start.reset);
	assert_non_null(strstr(start.reset, reason));
	assert_int_equal(start.snapshot, 1);
	assert_int_equal(start.markers_from, 5);
	assert_int_equal(start.gap_after, -1);
	begins(t, &start, 0, "hello reset snapshot@4");
	tr_start_free(&start);
}

static void what_makes_a_cursor_void(void **state)
{
	struct testdb *t = *state;

	add_lines(t->db, 5);
	resets(t, cursor_at(t, 6), "beyond the newest row");
	resets(t, cursor_at(t, INT64_MAX), "beyond the newest row");
	resets(t, "0123456789abcdef-3", "another database");
	resets(t, "x-0", "another database");
	resets(t, "x", "cannot be read");
	resets(t, "-1", "cannot be read");
	run_sql(t->db, "DELETE FROM log WHERE id < 3");
	resets(t, cursor_at(t, 6), "beyond the newest row");
	assert_int_equal(tr_schema_renew_epoch(t->path, NULL), TR_OK);
	resets(t, cursor_at(t, 3), "another database");
}

/* The reason that the caller gives wins, and whatever the cursor was is void. */
static void a_replaced_file(void **state)
{
	struct testdb *t = *state;
	struct tr_params params;
	struct tr_start start;

	add_lines(t->db, 5);
	params = params_of("tail=0", cursor_at(t, 3));
	start = start_of(t, &params, "the database was replaced");
	assert_string_equal(start.reset, "the database was replaced");
	assert_int_equal(start.resumed, 0);
	begins(t, &start, 1, "reset snapshot@5");
	tr_start_free(&start);
}

/* Rows after the cursor were deleted, perhaps some of this stream's. The hello's id is still
 * the client's own: cut off before the gap, it must be told of it again. */
static void a_gap(void **state)
{
	struct testdb *t = *state;
	struct tr_params params;
	struct tr_start start;

	add_lines(t->db, 9);
	run_sql(t->db, "DELETE FROM log WHERE id BETWEEN 4 AND 6");
	params = params_of("", cursor_at(t, 3));
	start = start_of(t, &params, NULL);
	assert_int_equal(start.resumed, 1);
	assert_int_equal(start.gap_after, 3);
	assert_int_equal(start.position, 6);
	begins(t, &start, 0, "hello@3 gap@6");
	begins(t, &start, 1, "gap@6");
	tr_start_free(&start);
	params = params_of("", cursor_at(t, 5));
	start = start_of(t, &params, NULL);
	assert_int_equal(start.gap_after, 5);
	begins(t, &start, 0, "hello@5 gap@6");
	tr_start_free(&start);
	params = params_of("", cursor_at(t, 6));
	start = start_of(t, &params, NULL);
	assert_int_equal(start.gap_after, -1);
	begins(t, &start, 0, "hello@6");
	tr_start_free(&start);
	params = params_of("", cursor_at(t, 1));
	start = start_of(t, &params, NULL);
	assert_int_equal(start.gap_after, 1); /* 2 and 3 are still there */
	begins(t, &start, 0, "hello@1 gap@1");
	tr_start_free(&start);
}

static void gaps_of_everything(void **state)
{
	struct testdb *t = *state;
	struct tr_params params = params_of("since=all", NULL);
	struct tr_start start;

	add_lines(t->db, 9);
	run_sql(t->db, "DELETE FROM log WHERE id < 4");
	start = start_of(t, &params, NULL);
	begins(t, &start, 0, "hello@0 gap@3");
	tr_start_free(&start);
	run_sql(t->db, "DELETE FROM log");
	start = start_of(t, &params, NULL);
	assert_int_equal(start.position, 9);
	begins(t, &start, 0, "hello@0 gap@9");
	tr_start_free(&start);
	params = params_of("since=now", NULL);
	start = start_of(t, &params, NULL);
	begins(t, &start, 0, "hello@9");
	tr_start_free(&start);
	params = params_of("", NULL);
	start = start_of(t, &params, NULL); /* who begins anew misses nothing */
	begins(t, &start, 0, "hello snapshot@9");
	tr_start_free(&start);
}

static void the_gaps_frame(void **state)
{
	struct testdb *t = *state;
	struct tr_params params;
	struct tr_buf out = {0};
	struct tr_start start;

	add_lines(t->db, 9);
	run_sql(t->db, "DELETE FROM log WHERE id BETWEEN 4 AND 6");
	params = params_of("", cursor_at(t, 3));
	start = start_of(t, &params, NULL);
	tr_start_frames(&out, &start, t->epoch, 1);
	assert_non_null(strstr(out.data, "data: {\"after\":3,\"next\":7}\n"));
	tr_buf_free(&out);
	tr_start_free(&start);
}

/* Superseded status-updates that were pruned are no loss, and so no gap. */
static void pruned_markers_are_no_gap(void **state)
{
	struct testdb *t = *state;
	struct tr_params params = params_of("since=all", NULL);
	struct tr_start start;

	run_sql(t->db, "INSERT INTO job (name) VALUES ('a'); UPDATE job SET progress = 5;"
		       "UPDATE job SET progress = 6; DELETE FROM log WHERE id < 3");
	start = start_of(t, &params, NULL);
	assert_int_equal(start.gap_after, -1);
	begins(t, &start, 0, "hello@0");
	tr_start_free(&start);
}

/* Steps of SQLite still to come before another process commits. */
struct intruder {
	sqlite3 *db;
	int steps_left;
};

static int intrude(void *arg)
{
	struct intruder *intruder = arg;

	if (intruder->steps_left-- == 0)
		run_sql(intruder->db, "INSERT INTO job (name) VALUES ('another')");
	return 0;
}

/* One read transaction fixes the jobs and the bounds: wherever a commit comes between, there
 * are as many jobs as there are rows, because each has one marker. */
static void jobs_and_bounds_are_of_one_moment(void **state)
{
	struct testdb *t = *state;
	struct tr_params params = params_of("", NULL);
	int between = 0;

	for (int steps = 0; steps < 400; steps += 3) {
		struct intruder intruder = {t->db, steps};
		int64_t before = ask_sql(t->db, "SELECT count(*) FROM job");
		struct tr_start start;
		struct tr_log log;

		assert_int_equal(
		    tr_log_open(&log, t->path, TR_LOG_READER, &params.filter, NULL), TR_OK);
		sqlite3_progress_handler(log.db, 1, intrude, &intruder);
		assert_int_equal(tr_start_read(&start, &log, &params, NULL, NULL), TR_OK);
		assert_int_equal(start.list.total, start.bounds.newest);
		assert_int_equal(start.markers_from, start.bounds.newest);
		between += start.list.total == before && intruder.steps_left < 0;
		tr_start_free(&start);
		tr_log_close(&log);
	}
	assert_in_range(between, 10, 200);
}

static int no_rollback(
    void *arg, int action, const char *what, const char *b, const char *c, const char *d)
{
	(void)arg, (void)b, (void)c, (void)d;
	return action == SQLITE_TRANSACTION && strcmp(what, "ROLLBACK") == 0 ? SQLITE_DENY
									     : SQLITE_OK;
}

/* Such a connection would never see another commit. */
static void a_transaction_that_cannot_be_ended_is_an_error(void **state)
{
	struct testdb *t = *state;
	struct tr_params params = params_of("", NULL);
	struct tr_start start;
	struct tr_why why = {0};
	struct tr_log log;

	assert_int_equal(
	    tr_log_open(&log, t->path, TR_LOG_READER, &params.filter, &why), TR_OK);
	sqlite3_set_authorizer(log.db, no_rollback, NULL);
	assert_int_not_equal(tr_start_read(&start, &log, &params, NULL, &why), TR_OK);
	assert_null(start.list.jobs);
	assert_true(*why.text);
	tr_log_close(&log);
}

static void a_locked_database_is_busy(void **state)
{
	struct testdb *t = *state;
	struct tr_params params = params_of("", NULL);
	struct tr_start start;
	struct tr_why why = {0};
	struct tr_log log;

	run_sql(t->db, "PRAGMA journal_mode = DELETE");
	assert_int_equal(
	    tr_log_open(&log, t->path, TR_LOG_READER, &params.filter, &why), TR_OK);
	sqlite3_busy_timeout(log.db, 0);
	run_sql(t->db, "BEGIN EXCLUSIVE");
	assert_int_equal(tr_start_read(&start, &log, &params, NULL, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "jobs.db is locked"));
	assert_null(start.list.jobs);
	assert_true(sqlite3_get_autocommit(log.db));
	run_sql(t->db, "COMMIT");
	assert_int_equal(tr_start_read(&start, &log, &params, NULL, &why), TR_OK);
	tr_start_free(&start);
	tr_log_close(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(without_a_cursor_a_snapshot_and_the_tail),
	    db_test(an_empty_database),
	    db_test(since_all_and_now),
	    db_test(a_cursor_resumes),
	    db_test(what_makes_a_cursor_void),
	    db_test(a_replaced_file),
	    db_test(a_gap),
	    db_test(gaps_of_everything),
	    db_test(the_gaps_frame),
	    db_test(pruned_markers_are_no_gap),
	    db_test(jobs_and_bounds_are_of_one_moment),
	    db_test(a_transaction_that_cannot_be_ended_is_an_error),
	    db_test(a_locked_database_is_busy),
	};

	return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
