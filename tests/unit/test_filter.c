/* test_filter.c: the predicate, as SQL and in C, on rows of every kind.
 *
 * - The two are held against each other with every filter that is tried here.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "store/filter.h"

/* Ids 1 to 12: each kind of row once, for three jobs and for none. The markers' level column
 * says `info`, as the schema's default does. */
static const char rows_sql[] =
    "CREATE TABLE log (id INTEGER PRIMARY KEY, job_id INTEGER, event TEXT, level TEXT);"
    "INSERT INTO log (job_id, event, level) VALUES"
    " (1, 'log', 'debug'), (1, 'log', 'info'), (1, 'log', 'warn'), (1, 'log', 'error'),"
    " (2, 'log', 'info'), (NULL, 'log', 'error'), (2, 'order', 'warn'),"
    " (1, 'status-update', 'info'), (2, 'completion', 'info'), (3, 'removed', 'info'),"
    " (9223372036854775807, 'group', 'info'), (NULL, 'group-end', 'info')";

static int make_rows(void **state)
{
	sqlite3 *db;

	if (sqlite3_open(":memory:", &db))
		return -1;
	*state = db;
	return sqlite3_exec(db, rows_sql, NULL, NULL, NULL);
}

static int drop_rows(void **state)
{
	return sqlite3_close(*state);
}

static struct tr_text column(sqlite3_stmt *stmt, int i)
{
	return (struct tr_text){
	    (const char *)sqlite3_column_text(stmt, i), (size_t)sqlite3_column_bytes(stmt, i)};
}

/* Whether the current row, of the columns of log, may go out: a completion does so under
 * either of two names. */
static int takes(const struct tr_filter *filter, sqlite3_stmt *stmt)
{
	struct tr_text text = column(stmt, 2);
	int is_name = tr_event_name(text) && !tr_event_reserved(text);
	const char *event = is_name ? text.data : "log";
	enum tr_level level = tr_level_of(column(stmt, 3));
	int has_job = sqlite3_column_type(stmt, 1) != SQLITE_NULL;
	int64_t job_id = sqlite3_column_int64(stmt, 1);
	int is_completion = strcmp(event, "completion") == 0;
	int is_marker = is_completion || strcmp(event, "status-update") == 0 ||
			strcmp(event, "removed") == 0;

	return tr_filter_takes(filter, has_job, job_id, event, level, is_marker) ||
	       (is_completion &&
		   tr_filter_takes(filter, has_job, job_id, "status-update", level, 1));
}

/* Fails unless the same rows pass the other form of the predicate. */
static void takes_these(sqlite3 *db, const struct tr_filter *filter, const char *want)
{
	struct tr_buf got = {0};
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(
	    sqlite3_prepare_v2(
		db, "SELECT id, job_id, event, level FROM log ORDER BY id", -1, &stmt, NULL),
	    SQLITE_OK);
	tr_buf_adds(&got, "");
	while (sqlite3_step(stmt) == SQLITE_ROW)
		if (takes(filter, stmt))
			tr_buf_addf(&got, " %d", sqlite3_column_int(stmt, 0));
	assert_string_equal(got.data, want);
	sqlite3_finalize(stmt);
	tr_buf_free(&got);
}

/* Fails unless exactly the ids in want, " 1 2 3", pass the filter. A parameter of ours goes
 * first, to see that the filter's follow it. */
static void passes(sqlite3 *db, const struct tr_filter *filter, const char *want)
{
	struct tr_buf sql = {0}, got = {0};
	sqlite3_stmt *stmt = NULL;
	int index = 2;

	tr_buf_adds(&sql, "SELECT id FROM log WHERE id > ?1");
	tr_filter_sql(&sql, filter);
	tr_buf_adds(&sql, " ORDER BY id");
	tr_buf_adds(&got, "");
	assert_int_equal(sqlite3_prepare_v2(db, sql.data, -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_int64(stmt, 1, 0);
	assert_int_equal(tr_filter_bind(filter, stmt, &index), SQLITE_OK);
	assert_int_equal(index, sqlite3_bind_parameter_count(stmt) + 1);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		tr_buf_addf(&got, " %d", sqlite3_column_int(stmt, 0));
	assert_string_equal(got.data, want);
	sqlite3_finalize(stmt);
	tr_buf_free(&sql);
	tr_buf_free(&got);
	takes_these(db, filter, want);
}

static void no_filter_lets_everything_through(void **state)
{
	struct tr_filter filter = {0};
	struct tr_buf sql = {0};

	passes(*state, &filter, " 1 2 3 4 5 6 7 8 9 10 11 12");
	tr_buf_adds(&sql, "");
	tr_filter_sql(&sql, &filter);
	assert_string_equal(sql.data, "");
	tr_buf_free(&sql);
}

static void jobs_and_not_the_lines_of_none(void **state)
{
	struct tr_filter one = {.jobs = {1}, .job_count = 1};
	struct tr_filter two = {.jobs = {3, 2}, .job_count = 2};
	struct tr_filter most = {.jobs = {INT64_MAX}, .job_count = 1};
	struct tr_filter none = {.jobs = {77}, .job_count = 1};

	passes(*state, &one, " 1 2 3 4 8");
	passes(*state, &two, " 5 7 9 10");
	passes(*state, &most, " 11");
	passes(*state, &none, "");
}

static void lines_of_no_job(void **state)
{
	struct tr_filter none = {.jobs = {TR_NO_JOB}, .job_count = 1};
	struct tr_filter two = {.jobs = {2, TR_NO_JOB}, .job_count = 2};
	struct tr_filter errors = {
	    .jobs = {TR_NO_JOB}, .job_count = 1, .level = TR_LEVEL_ERROR};

	passes(*state, &none, " 6 12");
	passes(*state, &two, " 5 6 7 9 12");
	passes(*state, &errors, " 6");
}

static void events(void **state)
{
	struct tr_filter log = {.events = {"log"}, .event_count = 1};
	struct tr_filter two = {.events = {"order", "group-end"}, .event_count = 2};
	struct tr_filter none = {.events = {"orders"}, .event_count = 1};

	passes(*state, &log, " 1 2 3 4 5 6");
	passes(*state, &two, " 7 12");
	passes(*state, &none, "");
}

/* What the schema's CHECKs keep out, where they were switched off, goes out as `log`; a level
 * that is none passes. */
static void what_no_check_kept_out(void **state)
{
	struct tr_filter log = {.events = {"log"}, .event_count = 1};
	struct tr_filter warnings = {
	    .events = {"order", "log"}, .event_count = 2, .level = TR_LEVEL_WARN};

	assert_int_equal(sqlite3_exec(*state,
			     "DELETE FROM log; INSERT INTO log VALUES"
			     " (1, 1, 'hello', 'info'), (2, 1, 'two words', 'warn'),"
			     " (3, 1, '', 'info'), (4, 1, printf('%065d', 1), 'info'),"
			     " (5, 1, printf('%064d', 1), 'info'), (6, 1, 'log', 'loud'),"
			     " (7, 1, 'order', 'info'), (8, 1, 'order', 'error')",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	passes(*state, &log, " 1 2 3 4 6");
	passes(*state, &warnings, " 2 6 8");
}

/* A completion of a job that runs again goes out as a status-update. */
static void who_wants_status_updates_reads_completions(void **state)
{
	struct tr_filter status = {.events = {"status-update"}, .event_count = 1};
	struct tr_filter final = {.events = {"completion"}, .event_count = 1};
	struct tr_filter both = {.events = {"completion", "status-update"}, .event_count = 2};

	passes(*state, &status, " 8 9");
	passes(*state, &final, " 9");
	passes(*state, &both, " 8 9");
}

static void levels_and_markers_have_none(void **state)
{
	struct tr_filter filter = {.level = TR_LEVEL_INFO};

	passes(*state, &filter, " 2 3 4 5 6 7 8 9 10 11 12");
	filter.level = TR_LEVEL_WARN;
	passes(*state, &filter, " 3 4 6 7 8 9 10");
	filter.level = TR_LEVEL_ERROR;
	passes(*state, &filter, " 4 6 8 9 10");
}

static void all_three_at_once(void **state)
{
	struct tr_filter filter = {.jobs = {2, 1},
	    .job_count = 2,
	    .events = {"log", "status-update"},
	    .event_count = 2,
	    .level = TR_LEVEL_WARN};

	passes(*state, &filter, " 3 4 8 9");
}

static void the_fullest_filter_fits(void **state)
{
	struct tr_filter filter = {.job_count = TR_FILTER_JOBS,
	    .event_count = TR_FILTER_EVENTS,
	    .level = TR_LEVEL_ERROR};

	for (int i = 0; i < TR_FILTER_JOBS; i++)
		filter.jobs[i] = 1000 + i;
	for (int i = 0; i < TR_FILTER_EVENTS; i++)
		memset(filter.events[i], 'a' + i % 26, TR_EVENT_SIZE - 1);
	passes(*state, &filter, "");
	filter.jobs[TR_FILTER_JOBS - 1] = 1;
	memcpy(filter.events[TR_FILTER_EVENTS - 1], "log", 4);
	passes(*state, &filter, " 4");
}

static void jobs_of_either_table(void **state)
{
	struct tr_filter filter = {.jobs = {5, 7}, .job_count = 2, .owner = "ann"}, all = {0};
	struct tr_buf sql = {0};

	(void)state;
	tr_buf_adds(&sql, "");
	tr_filter_jobs_sql(&sql, TR_JOB, &all);
	assert_string_equal(sql.data, "");
	tr_filter_jobs_sql(&sql, TR_JOB, &filter);
	assert_string_equal(sql.data, " AND (job.id IN (?,?)) AND job.owner = ?");
	tr_buf_clear(&sql);
	tr_filter_jobs_sql(&sql, TR_LOG, &filter);
	assert_string_equal(sql.data, " AND (log.job_id IN (?,?)) AND " TR_OWNER_OF_ROW " = ?");
	tr_buf_free(&sql);
}

static void names_that_go_out(void **state)
{
	struct tr_filter all = {0};
	struct tr_filter two = {.events = {"log", "completion"}, .event_count = 2};

	(void)state;
	assert_true(tr_filter_event(&all, "whatever"));
	assert_true(tr_filter_event(&two, "log"));
	assert_true(tr_filter_event(&two, "completion"));
	assert_false(tr_filter_event(&two, "status-update"));
	assert_false(tr_filter_event(&two, "lo"));
	assert_false(tr_filter_event(&two, "logs"));
}

static void jobs_by_number(void **state)
{
	struct tr_filter all = {0}, two = {.jobs = {3, INT64_MAX}, .job_count = 2};

	(void)state;
	assert_true(tr_filter_job(&all, 0));
	assert_true(tr_filter_job(&all, -5));
	assert_true(tr_filter_job(&two, INT64_MAX));
	assert_false(tr_filter_job(&two, 1));
	/* What a line of no job has as its job_id says nothing. */
	assert_true(tr_filter_takes(&two, 1, 3, "log", TR_LEVEL_INFO, 0));
	assert_false(tr_filter_takes(&two, 0, 3, "log", TR_LEVEL_INFO, 0));
}

static void a_failed_binding_is_told(void **state)
{
	struct tr_filter filter = {.jobs = {1}, .job_count = 1};
	sqlite3_stmt *stmt = NULL;
	int index = 1;

	assert_int_equal(sqlite3_prepare_v2(*state, "SELECT 1", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(tr_filter_bind(&filter, stmt, &index), SQLITE_RANGE);
	sqlite3_finalize(stmt);
}

#define row_test(function) cmocka_unit_test_setup_teardown(function, make_rows, drop_rows)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    row_test(no_filter_lets_everything_through),
	    row_test(jobs_and_not_the_lines_of_none),
	    row_test(lines_of_no_job),
	    row_test(events),
	    row_test(what_no_check_kept_out),
	    row_test(who_wants_status_updates_reads_completions),
	    row_test(levels_and_markers_have_none),
	    row_test(all_three_at_once),
	    row_test(the_fullest_filter_fits),
	    row_test(jobs_of_either_table),
	    row_test(names_that_go_out),
	    row_test(jobs_by_number),
	    row_test(a_failed_binding_is_told),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
