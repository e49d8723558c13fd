/* test_jobs.c: the job table for snapshots, for pings, and for the end of a stream.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <math.h>
#include <string.h>

#include "store/jobs.h"

static void is_text(struct tr_text text, const char *bytes, size_t len)
{
	assert_int_equal(text.len, len);
	assert_non_null(text.data);
	assert_memory_equal(text.data, bytes, len);
}

static struct tr_job_list list_of(sqlite3 *db, const struct tr_filter *filter)
{
	struct tr_job_list list = {0};
	struct tr_why why = {0};

	if (tr_jobs_list(db, filter, &list, &why))
		fail_msg("%s", why.text);
	return list;
}

static const struct tr_filter everything;

static struct tr_named named_of(sqlite3 *db, const struct tr_filter *filter)
{
	struct tr_named named = {-1, -1, -1};
	struct tr_why why = {0};

	if (tr_jobs_named(db, filter, &named, &why))
		fail_msg("%s", why.text);
	return named;
}

static void no_jobs(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_job_list list = list_of(t->db, &all);

	assert_int_equal(list.count, 0);
	assert_int_equal(list.total, 0);
	tr_job_list_free(&list);
	assert_null(list.jobs);
	tr_job_list_free(&list);
}

/* The newest 100, and every running one before them, by falling id. */
static void the_running_and_the_newest_100(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_job_list list;

	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 250)"
	    " INSERT INTO job (name, state) SELECT 'job ' || n,"
	    " CASE WHEN n IN (3, 77, 240) THEN 'running' ELSE 'queued' END FROM c");
	list = list_of(t->db, &all);
	assert_int_equal(list.total, 250);
	assert_int_equal(list.count, 102);
	for (int i = 0; i < 100; i++)
		assert_int_equal(list.jobs[i].id, 250 - i);
	assert_int_equal(list.jobs[100].id, 77);
	assert_int_equal(list.jobs[101].id, 3);
	is_text(list.jobs[101].name, "job 3", 5);
	tr_job_list_free(&list);
}

static void a_thousand_at_most(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_job_list list;

	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1200)"
	    " INSERT INTO job (name, state) SELECT 'x', 'running' FROM c");
	list = list_of(t->db, &all);
	assert_int_equal(list.total, 1200);
	assert_int_equal(list.count, 1000);
	assert_int_equal(list.jobs[0].id, 1200);
	assert_int_equal(list.jobs[999].id, 201);
	tr_job_list_free(&list);
}

/* The named jobs are listed however old they are, and nobody else's. */
static void the_named_ones(void **state)
{
	struct testdb *t = *state;
	struct tr_filter filter = {.jobs = {2, 1, 4711}, .job_count = 3};
	struct tr_job_list list;

	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 150)"
	    " INSERT INTO job (name, state) SELECT 'x', 'running' FROM c");
	list = list_of(t->db, &filter);
	assert_int_equal(list.total, 2);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.jobs[0].id, 2);
	assert_int_equal(list.jobs[1].id, 1);
	tr_job_list_free(&list);
}

static void every_column_and_its_null(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_job_list list;
	const struct tr_job *job;

	run_sql(t->db,
	    "INSERT INTO job (name) VALUES (CAST(x'61002262' AS TEXT));"
	    "INSERT INTO job (id, name, state, progress, step, url, error, exit_code,"
	    " started_at, finished_at) VALUES (%lld, 'n', 'failed', 33.3, 's', 'u', x'ff',"
	    " -9223372036854775808, 'b', 'e')",
	    (long long)INT64_MAX);
	list = list_of(t->db, &all);
	assert_int_equal(list.count, 2);
	job = &list.jobs[0];
	assert_true(job->id == INT64_MAX);
	is_text(job->name, "n", 1);
	is_text(job->state, "failed", 6);
	assert_true(job->progress == 33.3);
	is_text(job->step, "s", 1);
	is_text(job->url, "u", 1);
	is_text(job->error, "\xFF", 1);
	assert_true(job->has_exit_code && job->exit_code == INT64_MIN);
	is_text(job->started_at, "b", 1);
	is_text(job->finished_at, "e", 1);
	job = &list.jobs[1];
	is_text(job->name, "a\0\"b", 4);
	assert_true(isnan(job->progress));
	assert_false(job->has_exit_code);
	assert_null(job->step.data);
	assert_null(job->url.data);
	assert_null(job->error.data);
	assert_null(job->started_at.data);
	assert_null(job->finished_at.data);
	tr_job_list_free(&list);
	run_sql(t->db, "UPDATE job SET exit_code = 'killed'"); /* no number: none is told */
	list = list_of(t->db, &all);
	assert_false(list.jobs[0].has_exit_code);
	tr_job_list_free(&list);
}

/* Known: in the job table, or once there, which its rows in the log tell. */
static void known_and_open(void **state)
{
	struct testdb *t = *state;
	struct tr_filter one = {.jobs = {1}, .job_count = 1};
	struct tr_filter both = {.jobs = {2, 1}, .job_count = 2};
	struct tr_named named = named_of(t->db, &one);

	assert_int_equal(named.known, 0);
	assert_int_equal(named.open, 0);
	run_sql(t->db, "INSERT INTO job (name, state) VALUES ('a', 'running'), ('b', 'queued'),"
		       " ('c', 'running')");
	named = named_of(t->db, &both);
	assert_int_equal(named.known, 1);
	assert_int_equal(named.open, 2);
	run_sql(t->db, "UPDATE job SET state = 'canceled' WHERE id = 1");
	assert_int_equal(named_of(t->db, &both).open, 1);
	assert_int_equal(named_of(t->db, &one).open, 0);
	run_sql(t->db, "DELETE FROM job WHERE id = 1");
	named = named_of(t->db, &one);
	assert_int_equal(named.known, 1);
	assert_int_equal(named.open, 0);
	assert_int_equal(tr_jobs_known(t->db, &everything, 1, NULL), TR_OK);
	run_sql(t->db, "DELETE FROM log");
	assert_int_equal(tr_jobs_known(t->db, &everything, 1, NULL), TR_ABSENT);
	assert_int_equal(tr_jobs_known(t->db, &everything, 2, NULL), TR_OK);
	assert_int_equal(named_of(t->db, &one).known, 0);
	run_sql(t->db, "INSERT INTO log (job_id, message) VALUES (1, 'of a job never made')");
	assert_int_equal(named_of(t->db, &one).known, 1);
}

/* There is no end to them, and no job of theirs to list. */
static void lines_of_no_job(void **state)
{
	struct testdb *t = *state;
	struct tr_filter none = {.jobs = {TR_NO_JOB}, .job_count = 1};
	struct tr_filter both = {.jobs = {1, TR_NO_JOB}, .job_count = 2};
	struct tr_job_list list;

	assert_int_equal(named_of(t->db, &none).known, 1);
	assert_int_equal(named_of(t->db, &none).open, 1);
	run_sql(t->db, "INSERT INTO job (name, state) VALUES ('a', 'failed')");
	assert_int_equal(named_of(t->db, &both).open, 1);
	list = list_of(t->db, &none);
	assert_int_equal(list.total, 0);
	tr_job_list_free(&list);
	list = list_of(t->db, &both);
	assert_int_equal(list.total, 1);
	tr_job_list_free(&list);
}

/* Fails unless the jobs 1 and 2, of which finished_at is what the SQL expressions a and b
 * say, ended so many seconds ago. */
static void ended(sqlite3 *db, const char *a, const char *b, double seconds)
{
	struct tr_filter both = {.jobs = {2, 1}, .job_count = 2};

	run_sql(db,
	    "UPDATE job SET finished_at = %s WHERE id = 1;"
	    "UPDATE job SET finished_at = %s WHERE id = 2",
	    a, b);
	assert_float_equal(named_of(db, &both).ended_s, seconds, 1.0);
}

/* Publishers write times in whatever form SQLite reads, and some in none. */
static void the_last_of_them_ended(void **state)
{
	struct testdb *t = *state;
	struct tr_filter gone = {.jobs = {3}, .job_count = 1};
	struct tr_filter both = {.jobs = {1, 2}, .job_count = 2};
	const char *iso_9 = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-9 seconds')";
	const char *iso_90 = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-90 seconds')";
	const char *plain_9 = "datetime('now', '-9 seconds')";

	run_sql(t->db, "INSERT INTO job (name, state) VALUES ('a', 'failed'), ('b', 'failed'),"
		       " ('c', 'failed'); DELETE FROM job WHERE id = 3");
	assert_float_equal(named_of(t->db, &both).ended_s, 0, 1.0);
	ended(t->db, iso_9, iso_90, 9);
	ended(t->db, plain_9, iso_90, 9);
	ended(t->db, iso_90, plain_9, 9);
	ended(t->db, iso_90, "NULL", 90);
	ended(t->db, iso_90, "'when it was done'", 90);
	ended(t->db, "'z'", iso_9, 9);
	ended(t->db, "datetime('now', '+60 seconds')", iso_9, -60);
	run_sql(t->db, "UPDATE job SET finished_at = NULL");
	assert_true(isnan(named_of(t->db, &both).ended_s));
	run_sql(t->db, "UPDATE job SET finished_at = 'yesterday'");
	assert_true(isnan(named_of(t->db, &both).ended_s));
	run_sql(t->db, "UPDATE job SET finished_at = strftime('%%s', 'now')");
	assert_true(isnan(named_of(t->db, &both).ended_s));
	assert_true(isnan(named_of(t->db, &gone).ended_s));
}

/* What is another's is as if it were not there. */
static void of_one_owner(void **state)
{
	struct testdb *t = *state;
	struct tr_filter ann = {.owner = "ann"}, ben = {.owner = "ben"};
	struct tr_filter one = {.jobs = {1}, .job_count = 1, .owner = "ann"};
	struct tr_filter none = {.jobs = {TR_NO_JOB}, .job_count = 1, .owner = "ann"};
	struct tr_job_list list = {0};
	struct tr_beat beats[4];
	int count;

	run_sql(t->db,
	    "INSERT INTO job (name, state, beat_at, owner) VALUES ('a', 'running', 'A', 'ann'),"
	    " ('b', 'running', 'B', 'ben'), ('c', 'running', 'C', NULL),"
	    " ('d', 'running', 'D', CAST('ann' AS BLOB)),"
	    " ('e', 'running', 'E', CAST(x'616e6e00' AS TEXT))");
	run_sql(t->db, "INSERT INTO log (message) VALUES ('of none')");
	assert_int_equal(tr_jobs_list(t->db, &ann, &list, NULL), TR_OK);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.total, 1);
	assert_int_equal(list.jobs[0].id, 1);
	tr_job_list_free(&list);
	assert_int_equal(tr_jobs_beats(t->db, &ann, beats, 4, &count, NULL), TR_OK);
	assert_int_equal(count, 1);
	assert_string_equal(beats[0].owner, "ann");
	assert_int_equal(tr_jobs_known(t->db, &ann, 1, NULL), TR_OK);
	assert_int_equal(tr_jobs_known(t->db, &ben, 1, NULL), TR_ABSENT);
	assert_int_equal(named_of(t->db, &one).open, 1);
	assert_int_equal(named_of(t->db, &none).known, 0);
	run_sql(t->db, "UPDATE job SET owner = 'ben' WHERE id = 1");
	assert_int_equal(named_of(t->db, &one).known, 0);
	assert_int_equal(tr_jobs_known(t->db, &ben, 1, NULL), TR_OK);
	/* What outlived its job is nobody's. */
	run_sql(t->db, "DELETE FROM job WHERE id = 1");
	assert_int_equal(tr_jobs_known(t->db, &ben, 1, NULL), TR_ABSENT);
	assert_int_equal(tr_jobs_known(t->db, &everything, 1, NULL), TR_OK);
}

/* Its owner is NUL-terminated: one that cannot be so has none. */
static void a_beat_has_an_owner_that_fits(void **state)
{
	struct testdb *t = *state;
	struct tr_beat beats[3];
	int count;

	run_sql(t->db, "INSERT INTO job (name, state, beat_at, owner) VALUES"
		       " ('a', 'running', 'A', CAST(x'616e6e00' AS TEXT)),"
		       " ('b', 'running', 'B', printf('%%.*c', 256, 'x')),"
		       " ('c', 'running', 'C', printf('%%.*c', 255, 'x'))");
	assert_int_equal(tr_jobs_beats(t->db, &everything, beats, 3, &count, NULL), TR_OK);
	assert_int_equal(count, 3);
	assert_int_equal(strlen(beats[0].owner), 255);
	assert_string_equal(beats[1].owner, "");
	assert_string_equal(beats[2].owner, "");
}

static void beats_of_running_jobs(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0}, one = {.jobs = {5, 1}, .job_count = 2};
	struct tr_beat beats[2];
	int count = -1;

	assert_int_equal(tr_jobs_beats(t->db, &all, beats, 2, &count, NULL), TR_OK);
	assert_int_equal(count, 0);
	run_sql(t->db, "INSERT INTO job (name, state, beat_at) VALUES ('a', 'running', 'A'),"
		       " ('b', 'running', NULL), ('c', 'succeeded', 'C'), ('d', 'queued', 'D'),"
		       " ('e', 'running', printf('%%-40s', 'E')), ('f', 'running', x'')");
	assert_int_equal(tr_jobs_beats(t->db, &one, beats, 2, &count, NULL), TR_OK);
	assert_int_equal(count, 2);
	assert_int_equal(beats[0].job_id, 5);
	assert_string_equal(beats[0].at, "E                              ");
	assert_int_equal(beats[1].job_id, 1);
	assert_string_equal(beats[1].at, "A");
	assert_int_equal(tr_jobs_beats(t->db, &all, beats, 2, &count, NULL), TR_OK);
	assert_int_equal(count, 2);
	assert_int_equal(beats[0].job_id, 6);
	assert_string_equal(beats[0].at, "");
	assert_int_equal(tr_jobs_beats(t->db, &all, beats, 1, &count, NULL), TR_OK);
	assert_int_equal(count, 1);
}

static void failures_have_their_sentence(void **state)
{
	struct testdb *t = *state;
	struct tr_filter one = {.jobs = {1}, .job_count = 1};
	struct tr_job_list list = {0};
	struct tr_why why = {0};
	struct tr_named named;
	struct tr_beat beat;
	sqlite3 *other;
	int count;

	run_sql(t->db, "PRAGMA journal_mode = DELETE");
	other = connect_again(t);
	run_sql(t->db, "BEGIN EXCLUSIVE");
	assert_int_equal(tr_jobs_list(other, &one, &list, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "jobs.db is locked"));
	tr_job_list_free(&list);
	assert_int_equal(tr_jobs_named(other, &one, &named, NULL), TR_BUSY);
	assert_int_equal(tr_jobs_beats(other, &one, &beat, 1, &count, NULL), TR_BUSY);
	run_sql(t->db, "COMMIT; DROP TABLE job");
	assert_int_equal(tr_jobs_list(other, &one, &list, &why), TR_DB);
	assert_non_null(strstr(why.text, "jobs.db"));
	assert_int_equal(tr_jobs_named(other, &one, &named, NULL), TR_DB);
	assert_int_equal(tr_jobs_beats(other, &one, &beat, 1, &count, NULL), TR_DB);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(no_jobs),
	    db_test(the_running_and_the_newest_100),
	    db_test(a_thousand_at_most),
	    db_test(the_named_ones),
	    db_test(every_column_and_its_null),
	    db_test(known_and_open),
	    db_test(lines_of_no_job),
	    db_test(the_last_of_them_ended),
	    db_test(of_one_owner),
	    db_test(a_beat_has_an_owner_that_fits),
	    db_test(beats_of_running_jobs),
	    db_test(failures_have_their_sentence),
	};

	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
