/* test_page.c: pages of jobs and lines equal a plain model in C.
 *
 * - Rows, filters and places are random, with holes in the ids; the same in every run, so that
 *   a failure repeats.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "inputs.h"
#include "store/job_page.h"
#include "store/lines.h"

#define ROWS 1500
#define JOBS 4
#define PAGES 2000

static const char *const events[] = {
    "log", "log", "log", "group", "group-end", "order", "status-update", "completion"};
static const char *const messages[] = {"", "cloned", "Error: CLONE failed", "100%_\\",
    "na\xC3\xAFve \xC3\x84rger", "first\nsecond error\n"};
static const char *const texts[] = {NULL, NULL, "clone", "ERROR", "%", "\xC3\x84", "zzz"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct model_row {
	int64_t id;
	int64_t job_id; /* 0: NULL */
	int is_marker;
	int level;
	const char *message;
};

struct model {
	struct model_row rows[ROWS];
	uint64_t seed;
	int64_t ids[ROWS]; /* of the rows that match */
	int count;
};

static void fill(sqlite3 *db, struct model *m)
{
	int64_t id = 0;

	run_sql(db, "BEGIN");
	for (int i = 0; i < ROWS; i++) {
		struct model_row *row = &m->rows[i];
		const char *event = events[random_below(&m->seed, COUNT(events))];

		id += random_below(&m->seed, 20) ? 1 : 1000000;
		*row = (struct model_row){.id = id,
		    .job_id = (int64_t)random_below(&m->seed, JOBS),
		    .is_marker =
			strcmp(event, "status-update") == 0 || strcmp(event, "completion") == 0,
		    .level = (int)random_below(&m->seed, TR_LEVELS),
		    .message = messages[random_below(&m->seed, COUNT(messages))]};
		run_sql(db,
		    "INSERT INTO log (id, job_id, event, level, message)"
		    " VALUES (%lld, nullif(%lld, 0), '%s', '%s', '%s')",
		    (long long)id, (long long)row->job_id, event, tr_level_names[row->level],
		    row->message);
	}
	run_sql(db, "COMMIT");
}

/* What strcasestr() says is tried in test_row.c. */
static void match(struct model *m, const struct tr_lines_ask *ask)
{
	m->count = 0;
	for (int i = 0; i < ROWS; i++) {
		const struct model_row *row = &m->rows[i];

		if (row->is_marker || row->level < (int)ask->level ||
		    (ask->job_id != TR_LINES_ALL && ask->job_id != row->job_id) ||
		    (ask->text && !strcasestr(row->message, ask->text)))
			continue;
		m->ids[m->count++] = row->id;
	}
}

static struct tr_lines_ask random_ask(struct model *m)
{
	int64_t last = m->rows[ROWS - 1].id;
	struct tr_lines_ask ask = {
	    .job_id = (int64_t)random_below(&m->seed, JOBS + 2) + TR_LINES_ALL,
	    .level = (enum tr_level)random_below(&m->seed, TR_LEVELS),
	    .text = texts[random_below(&m->seed, COUNT(texts))],
	    .page = {.from = (enum tr_page_from)random_below(&m->seed, TR_PAGE_RANK + 1),
		.limit =
		    1 + (int)random_below(&m->seed, random_below(&m->seed, 2) ? 9 : 1000)}};

	ask.page.at = ask.page.from == TR_PAGE_RANK
			  ? (int64_t)random_below(&m->seed, ROWS / 2)
			  : m->rows[random_below(&m->seed, ROWS)].id +
				(int64_t)random_below(&m->seed, 3) - 1;
	if (random_below(&m->seed, 20) == 0)
		ask.page.at = random_below(&m->seed, 2) ? 0 : last + 1;
	return ask;
}

/* How many rows that match have an id below this one. */
static int below(const struct model *m, int64_t id)
{
	int n = 0;

	while (n < m->count && m->ids[n] < id)
		n++;
	return n;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* The first of the rows that the page is to have, and how many; and where it goes on. */
static void want(
    const struct model *m, const struct tr_page_ask *ask, int *first, int *count, int64_t *next)
{
	int pivot = below(m, ask->at), before = 0, after = 0;

	switch (ask->from) {
	case TR_PAGE_LAST:
		pivot = m->count;
		before = ask->limit;
		break;
	case TR_PAGE_BEFORE:
		before = ask->limit;
		break;
	case TR_PAGE_AFTER:
		pivot = below(m, ask->at + 1);
		after = ask->limit;
		break;
	case TR_PAGE_AROUND:
		before = ask->limit / 2;
		after = ask->limit - least(before, pivot);
		break;
	case TR_PAGE_RANK:
		pivot = least((int)ask->at, m->count);
		after = ask->limit;
		break;
	}
	*first = pivot - least(before, pivot);
	*count = pivot - *first + least(after, m->count - pivot);
	if (ask->from <= TR_PAGE_BEFORE)
		*next = *first > 0 ? m->ids[*first] : -1;
	else
		*next = *first + *count < m->count ? m->ids[*first + *count - 1] : -1;
}

struct taken {
	const struct tr_page *page;
	int count;
};

static void take_line(void *arg, const struct tr_row *row, int is_cut)
{
	struct taken *taken = arg;

	assert_int_equal(row->id, taken->page->ids[taken->count++]);
	assert_false(is_cut);
}

static void a_page_equals_the_model(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct testdb *t = *state;

	m->seed = 20261121;
	fill(t->db, m);
	for (int i = 0; i < PAGES; i++) {
		struct tr_lines_ask ask = random_ask(m);
		struct tr_page page;
		struct taken taken = {.page = &page};
		struct tr_why why = {0};
		int first, count;
		int64_t next;

		match(m, &ask);
		want(m, &ask.page, &first, &count, &next);
		if (tr_lines_read(t->db, &ask, &page, take_line, &taken, &why))
			fail_msg("%s", why.text);
		assert_int_equal(taken.count, count);
		assert_int_equal(page.count, count);
		assert_memory_equal(page.ids, m->ids + first, (size_t)count * sizeof(*m->ids));
		assert_int_equal(page.total, m->count);
		assert_int_equal(page.rank, first);
		assert_true(page.complete);
		assert_int_equal(page.next, next);
	}
	free(m);
}

static struct tr_page page_of(sqlite3 *db, enum tr_page_from from, int64_t at, int limit)
{
	const struct tr_lines_ask ask = {.job_id = TR_LINES_ALL, .page = {from, at, limit}};
	struct tr_page page;
	struct taken taken = {.page = &page};
	struct tr_why why = {0};

	if (tr_lines_read(db, &ask, &page, take_line, &taken, &why))
		fail_msg("%s", why.text);
	return page;
}

static void the_largest_id_there_can_be(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db, "INSERT INTO log (id) VALUES (1), (%lld)", (long long)INT64_MAX);
	assert_int_equal(page_of(t->db, TR_PAGE_LAST, 0, 9).count, 2);
	assert_int_equal(page_of(t->db, TR_PAGE_BEFORE, INT64_MAX, 9).count, 1);
	assert_int_equal(page_of(t->db, TR_PAGE_AROUND, INT64_MAX, 9).count, 2);
	assert_int_equal(page_of(t->db, TR_PAGE_AFTER, INT64_MAX, 9).count, 0);
	assert_int_equal(page_of(t->db, TR_PAGE_AFTER, INT64_MAX, 9).rank, 2);
	assert_int_equal(page_of(t->db, TR_PAGE_AFTER, 0, 9).count, 2);
	assert_int_equal(page_of(t->db, TR_PAGE_RANK, INT64_MAX, 9).count, 0);
	assert_int_equal(page_of(t->db, TR_PAGE_RANK, INT64_MAX, 9).rank, 2);
}

static int late_bind(const void *arg, sqlite3_stmt *stmt, int *index)
{
	(void)arg, (void)stmt, (void)index;
	return SQLITE_OK;
}

/* Takes far longer than a page may, at the row 5000 from the first. */
static int late_matches(const void *arg, sqlite3_stmt *stmt)
{
	(void)arg;
	if (sqlite3_column_int64(stmt, 0) == 5000)
		usleep((TR_PAGE_BUDGET_MS + 50) * 1000);
	return sqlite3_column_int64(stmt, 0) % 2;
}

static void one_that_takes_too_long_says_where_to_go_on(void **state)
{
	struct testdb *t = *state;
	const struct tr_page_table table = {.db = t->db,
	    .select = "SELECT id FROM log WHERE 1",
	    .bind = late_bind,
	    .matches = late_matches};
	struct tr_page_ask ask = {TR_PAGE_AFTER, 0, 1000};
	struct tr_page page;

	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 9000)"
	    " INSERT INTO log (id) SELECT n FROM c");
	/* The page is there, the count is not. */
	assert_int_equal(tr_page_find(&table, &ask, &page, NULL), TR_OK);
	assert_int_equal(page.count, 1000);
	assert_false(page.complete);
	assert_int_equal(page.rank, 0);
	assert_in_range(page.total, 2500, 2600);
	assert_int_equal(page.next, page.ids[999]);
	/* Nor the page: it goes on where the looking stopped. */
	ask = (struct tr_page_ask){TR_PAGE_AFTER, 4900, 1000};
	assert_int_equal(tr_page_find(&table, &ask, &page, NULL), TR_OK);
	assert_in_range(page.count, 50, 100);
	assert_false(page.complete);
	assert_in_range(page.next, 5000, 5100);
	assert_int_equal(page.rank, -1);
	ask = (struct tr_page_ask){TR_PAGE_BEFORE, 5100, 1000};
	assert_int_equal(tr_page_find(&table, &ask, &page, NULL), TR_OK);
	assert_in_range(page.count, 50, 100);
	assert_false(page.complete);
	assert_int_equal(page.rank, -1);
	assert_in_range(page.next, 4900, 5000);
}

/* What each job of a page was given. */
struct jobs {
	int64_t ids[TR_PAGE_ROWS];
	int count;
};

static void take_job(void *arg, const struct tr_job_whole *job)
{
	struct jobs *jobs = arg;

	jobs->ids[jobs->count++] = job->job.id;
}

/* Fails unless the jobs are these, a list that 0 ends, of so many. */
static void jobs_are(
    sqlite3 *db, const struct tr_jobs_ask *ask, const int64_t *want_ids, int64_t total)
{
	struct jobs jobs = {0};
	struct tr_page page;
	struct tr_why why = {0};

	if (tr_job_page_read(db, ask, &page, take_job, &jobs, &why))
		fail_msg("%s", why.text);
	for (int i = 0; i < jobs.count || want_ids[i]; i++)
		assert_int_equal(jobs.ids[i], want_ids[i]);
	assert_int_equal(page.total, total);
}

#define JOBS_ARE(ask, total, ...) jobs_are(t->db, ask, (const int64_t[]){__VA_ARGS__, 0}, total)

static void jobs_newest_first_by_state_and_name(void **state)
{
	struct testdb *t = *state;
	struct tr_jobs_ask ask = {.page = {.limit = 2}};

	run_sql(t->db, "INSERT INTO job (name, state) VALUES ('deploy', 'succeeded'),"
		       " ('deploy', 'running'), ('Deploy prod', 'failed'), ('50%%_', 'queued'),"
		       " ('deploy', 'failed'), ('backup', 'running')");
	JOBS_ARE(&ask, 6, 6, 5);
	ask.page = (struct tr_page_ask){TR_PAGE_BEFORE, 5, 2};
	JOBS_ARE(&ask, 6, 4, 3);
	ask.page = (struct tr_page_ask){.limit = 9};
	ask.states = 1u << TR_STATE_RUNNING;
	JOBS_ARE(&ask, 2, 6, 2);
	ask.name = "deploy";
	JOBS_ARE(&ask, 1, 2);
	ask.states |= 1u << TR_STATE_FAILED;
	JOBS_ARE(&ask, 2, 5, 2);
	ask = (struct tr_jobs_ask){.name = "deploy", .page = {.limit = 9}};
	JOBS_ARE(&ask, 3, 5, 2, 1);
	ask = (struct tr_jobs_ask){.text = "DEPLOY", .page = {.limit = 9}};
	JOBS_ARE(&ask, 4, 5, 3, 2, 1);
	ask.text = "%_";
	JOBS_ARE(&ask, 1, 4);
	ask.states = 1u << TR_STATE_RUNNING;
	jobs_are(t->db, &ask, (const int64_t[]){0}, 0);
}

/* Fails unless the job has just what the INSERT below says. */
static void take_whole(void *arg, const struct tr_job_whole *whole)
{
	*(int *)arg += 1;
	assert_true(tr_text_is(whole->job.name, "n"));
	assert_true(tr_text_is(whole->created_at, "c"));
	assert_true(tr_text_is(whole->beat_at, "b"));
	assert_true(tr_text_is(whole->host, "h"));
	assert_true(tr_text_is(whole->cwd, "d"));
	assert_true(tr_text_is(whole->key, "k"));
	assert_null(whole->owner.data);
	assert_true(whole->has_signal && whole->signal == 9);
}

static void one_job_with_all_its_columns(void **state)
{
	struct testdb *t = *state;
	struct tr_why why = {0};
	int taken = 0;

	run_sql(t->db, "INSERT INTO job (name, created_at, beat_at, host, cwd, key, signal)"
		       " VALUES ('n', 'c', 'b', 'h', 'd', 'k', 9)");
	assert_int_equal(tr_job_whole_read(t->db, 1, take_whole, &taken, &why), TR_OK);
	assert_int_equal(taken, 1);
	assert_int_equal(tr_job_whole_read(t->db, 2, take_whole, &taken, &why), TR_ABSENT);
	assert_string_equal(why.text, "There is no job 2.");
	assert_int_equal(taken, 1);
}

static void failures_have_their_sentence(void **state)
{
	struct testdb *t = *state;
	const struct tr_lines_ask lines = {.job_id = 1, .page = {.limit = 9}};
	const struct tr_jobs_ask jobs = {.page = {.limit = 9}};
	struct tr_why why = {0};
	struct tr_page page;
	sqlite3 *other;
	int taken = 0;

	run_sql(t->db, "PRAGMA journal_mode = DELETE");
	other = connect_again(t);
	run_sql(t->db, "BEGIN EXCLUSIVE");
	assert_int_equal(tr_lines_read(other, &lines, &page, take_line, NULL, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "jobs.db is locked"));
	assert_int_equal(page.count, 0);
	assert_int_equal(tr_job_page_read(other, &jobs, &page, take_job, NULL, &why), TR_BUSY);
	assert_int_equal(tr_job_whole_read(other, 1, take_whole, &taken, &why), TR_BUSY);
	run_sql(t->db, "COMMIT; DROP TABLE job; DROP TABLE log");
	assert_int_equal(tr_lines_read(other, &lines, &page, take_line, NULL, &why), TR_DB);
	assert_int_equal(tr_job_page_read(other, &jobs, &page, take_job, NULL, &why), TR_DB);
	assert_int_equal(tr_job_whole_read(other, 1, take_whole, &taken, &why), TR_DB);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(a_page_equals_the_model),
	    db_test(the_largest_id_there_can_be),
	    db_test(one_that_takes_too_long_says_where_to_go_on),
	    db_test(jobs_newest_first_by_state_and_name),
	    db_test(one_job_with_all_its_columns),
	    db_test(failures_have_their_sentence),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
