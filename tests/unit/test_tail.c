/* test_tail.c: where the last rows of a log begin, for every kind of filter.
 *
 * - What counts is a row that matches and is no marker; a model in the test says which.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include "store/reader.h"

/* The position from which count rows that match follow, as reader.h has it. */
static int64_t tail(sqlite3 *db, const struct tr_filter *filter, int64_t count)
{
	struct tr_why why = {0};
	struct tr_reader *reader;
	struct tr_bounds bounds;
	int64_t position = -1;

	if (tr_reader_open(&reader, db, filter, &why) ||
	    tr_reader_bounds(reader, &bounds, &why) ||
	    tr_reader_tail(reader, &bounds, count, &position, &why))
		fail_msg("%s", why.text);
	tr_reader_close(reader);
	return position;
}

/* What the position has to be, where the rows that count are the ids that sql yields. */
static int64_t expected(sqlite3 *db, const char *where, int64_t count)
{
	char *sql = sqlite3_mprintf(
	    "SELECT coalesce(min(id) - 1, (SELECT seq FROM sqlite_sequence WHERE name = 'log'))"
	    " FROM (SELECT id FROM log WHERE %s"
	    " AND event NOT IN ('status-update', 'completion', 'removed')"
	    " ORDER BY id DESC LIMIT %lld)",
	    where, (long long)count);
	int64_t id = ask_sql(db, sql);

	sqlite3_free(sql);
	return id;
}

/* Three jobs, lines of all levels and markers between them, 1200 rows and some. */
static void fill(sqlite3 *db)
{
	run_sql(db, "BEGIN; INSERT INTO job (name) VALUES ('a'), ('b'), ('c')");
	for (int i = 0; i < 200; i++)
		run_sql(db,
		    "INSERT INTO log (job_id, level, message) VALUES (1, 'debug', 'x'),"
		    " (2, 'warn', 'x'), (NULL, 'error', 'x');"
		    "UPDATE job SET progress = %d WHERE id = 1 + %d %% 3;"
		    "INSERT INTO log (job_id, event) VALUES (2, 'order'), (1, 'group')",
		    i % 100, i);
	run_sql(db, "UPDATE job SET state = 'failed' WHERE id = 1; DELETE FROM job WHERE id = "
		    "3; COMMIT");
}

/* A filter, and which of fill()'s rows it lets through. */
struct sample {
	const char *where;
	int64_t jobs[2];
	const char *events[2];
	enum tr_level level;
};

static struct tr_filter filter_of(const struct sample *s)
{
	struct tr_filter filter = {.level = s->level};

	for (int i = 0; i < 2 && s->jobs[i]; i++)
		filter.jobs[filter.job_count++] = s->jobs[i];
	for (int i = 0; i < 2 && s->events[i]; i++)
		snprintf(
		    filter.events[filter.event_count++], TR_EVENT_SIZE, "%s", s->events[i]);
	return filter;
}

static void rows_that_match_and_are_no_markers(void **state)
{
	static const struct sample samples[] = {
	    {.where = "1"},
	    {"job_id = 1", .jobs = {1}},
	    {"job_id IN (1, 2)", .jobs = {2, 1}},
	    {"job_id = 3", .jobs = {3}},
	    {"0", .jobs = {9}},
	    {"event = 'order'", .events = {"order"}},
	    {"event = 'order'", .events = {"order", "completion"}},
	    {"0", .events = {"status-update"}},
	    {"0", .events = {"removed"}},
	    {"level IN ('warn', 'error')", .level = TR_LEVEL_WARN},
	    {"level = 'error'", .level = TR_LEVEL_ERROR},
	    {"job_id = 2", .jobs = {2}, .level = TR_LEVEL_INFO},
	    {"job_id = 1 AND level <> 'debug'", .jobs = {1}, .level = TR_LEVEL_INFO},
	    {"0", .jobs = {1}, .events = {"log"}, .level = TR_LEVEL_WARN},
	};
	static const int64_t counts[] = {1, 2, 10, 199, 200, 201, 600, 10000};
	struct testdb *t = *state;

	fill(t->db);
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		struct tr_filter filter = filter_of(&samples[i]);

		for (size_t k = 0; k < sizeof(counts) / sizeof(*counts); k++)
			assert_int_equal(tail(t->db, &filter, counts[k]),
			    expected(t->db, samples[i].where, counts[k]));
	}
}

static void none_asked_for_is_the_newest(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};

	assert_int_equal(tail(t->db, &all, 0), 0);
	assert_int_equal(tail(t->db, &all, 200), 0);
	run_sql(t->db, "INSERT INTO log (message) VALUES ('a'), ('b')");
	assert_int_equal(tail(t->db, &all, 0), 2);
	assert_int_equal(tail(t->db, &all, 1), 1);
	run_sql(t->db, "DELETE FROM log WHERE id = 2");
	assert_int_equal(tail(t->db, &all, 0), 2);
	assert_int_equal(tail(t->db, &all, 1), 0);
	run_sql(t->db, "DELETE FROM log");
	assert_int_equal(tail(t->db, &all, 1), 2);
}

/* The walk goes down in steps: rows on both sides of a step, and exactly at it. */
static void rows_far_apart(void **state)
{
	struct tr_filter rare = {.events = {"rare"}, .event_count = 1};
	struct testdb *t = *state;

	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200000)"
	    " INSERT INTO log (event) SELECT CASE WHEN n IN (1, 3392, 3393, 68928, 68929,"
	    " 134464, 134465, 200000) THEN 'rare' ELSE 'log' END FROM c");
	for (int count = 1; count <= 9; count++)
		assert_int_equal(
		    tail(t->db, &rare, count), expected(t->db, "event = 'rare'", count));
}

/* Any program may write there; a position below zero is no cursor. */
static void a_sequence_below_zero_is_none(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};

	run_sql(t->db, "INSERT INTO log (message) VALUES ('a');"
		       "UPDATE sqlite_sequence SET seq = -5 WHERE name = 'log'");
	assert_int_equal(tail(t->db, &all, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(rows_that_match_and_are_no_markers),
	    db_test(none_asked_for_is_the_newest),
	    db_test(rows_far_apart),
	    db_test(a_sequence_below_zero_is_none),
	};

	return cmocka_run_group_tests_name("tail", tests, NULL, NULL);
}
