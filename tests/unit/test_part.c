/* test_part.c: values of any size are read, in part, and never take more memory than that.
 *
 * - In the middle of the log there is a message of 40 MB, and there is a job three of whose
 *   texts have 15 MB.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "store/columns.h"
#include "store/job_page.h"
#include "store/jobs.h"
#include "store/lines.h"
#include "store/reader.h"

#define HUGE_BYTES (40 * 1024 * 1024)
#define TEXT_BYTES (15 * 1024 * 1024)
#define MOST_BYTES (3 * TR_PART_MOST_BYTES)

static struct tr_batch batch;

/* Lines 1, 2 (the huge one), 3; job 1 with its markers; line 6. */
static void fill(sqlite3 *db)
{
	run_sql(db,
	    "PRAGMA synchronous = OFF;"
	    "INSERT INTO log (message) VALUES ('before'), (hex(zeroblob(%d))), ('after');"
	    "INSERT INTO job (name, url, error)"
	    " SELECT t, t, t FROM (SELECT hex(zeroblob(%d)) AS t);"
	    "UPDATE job SET state = 'running';"
	    "INSERT INTO log (message) VALUES ('last')",
	    HUGE_BYTES / 2, TEXT_BYTES / 2);
	assert_int_equal(tr_part_register(db), SQLITE_OK);
	sqlite3_db_release_memory(db);
	sqlite3_memory_highwater(1);
}

/* SQLite's alone; what we copy is bounded by the lengths that are asserted. */
static void took_little(void)
{
	assert_in_range(sqlite3_memory_highwater(1), 1, MOST_BYTES);
}

static void is_cut(struct tr_text text, size_t bytes, const char *mark)
{
	assert_int_equal(text.len, bytes + strlen(mark));
	assert_memory_equal(text.data + bytes, mark, strlen(mark));
	assert_int_equal(text.data[bytes - 1], '0');
}

static void is_cut_job(const struct tr_job *job, size_t bytes)
{
	is_cut(job->name, bytes, TR_FIELD_CUT);
	is_cut(job->error, bytes, TR_FIELD_CUT);
	assert_null(job->url.data); /* half an address is none */
}

static void the_log(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader;
	int64_t last;

	fill(t->db);
	assert_int_equal(tr_reader_open(&reader, t->db, &all, NULL), TR_OK);
	assert_int_equal(tr_reader_read(reader, 0, 0, &batch, NULL), TR_OK);
	assert_int_equal(batch.row_count, 2);
	assert_true(tr_text_is(batch.rows[0].message, "before"));
	is_cut(batch.rows[1].message, TR_TEXT_BYTES, TR_TEXT_CUT);
	assert_true(tr_text_is(batch.rows[1].level, "info"));
	assert_int_equal(batch.rows[1].created_at.len, strlen("2026-11-21T00:00:00.000Z"));
	last = batch.upto;
	assert_int_equal(tr_reader_read(reader, last, 0, &batch, NULL), TR_OK);
	assert_true(tr_text_is(batch.rows[0].message, "after"));
	assert_true(tr_text_is(batch.rows[batch.row_count - 1].message, "last"));
	is_cut_job(tr_batch_job(&batch, 1), TR_FIELD_BYTES);
	assert_int_equal(batch.upto, batch.bounds.newest);
	took_little();
	tr_batch_clear(&batch);
	tr_reader_close(reader);
}

static void a_list_of_jobs(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_job_list list = {0};

	fill(t->db);
	assert_int_equal(tr_jobs_list(t->db, &all, &list, NULL), TR_OK);
	assert_int_equal(list.count, 1);
	is_cut_job(&list.jobs[0], TR_FIELD_BYTES);
	took_little();
	tr_job_list_free(&list);
}

static void take_job(void *arg, const struct tr_job_whole *whole)
{
	*(int *)arg += 1;
	is_cut_job(&whole->job, TR_FIELD_BYTES);
	assert_non_null(whole->created_at.data);
}

static void a_page_of_jobs(void **state)
{
	struct testdb *t = *state;
	const struct tr_jobs_ask ask = {.text = "000", .page = {.limit = 9}};
	struct tr_page page;
	int taken = 0;

	fill(t->db);
	assert_int_equal(tr_job_page_read(t->db, &ask, &page, take_job, &taken, NULL), TR_OK);
	assert_int_equal(tr_job_whole_read(t->db, 1, take_job, &taken, NULL), TR_OK);
	assert_int_equal(taken, 2);
	took_little();
}

static void take_line(void *arg, const struct tr_row *row, int is_part)
{
	int *taken = arg;

	assert_int_equal(is_part, row->id == 2);
	*taken = *taken * 10 + (int)row->id;
}

/* From both sides: the huge one is stepped over once, and found by its beginning. */
static void a_search(void **state)
{
	static const struct {
		const char *text;
		int found;
	} searches[] = {{"b", 1}, {"000", 2}, {"a", 36}, {"e", 13}};
	struct testdb *t = *state;
	struct tr_page page;

	fill(t->db);
	for (size_t i = 0; i < 2 * sizeof(searches) / sizeof(searches[0]); i++) {
		const struct tr_lines_ask ask = {.job_id = TR_LINES_ALL,
		    .text = searches[i / 2].text,
		    .page = {i % 2 ? TR_PAGE_AFTER : TR_PAGE_LAST, 0, 9}};
		int taken = 0;

		assert_int_equal(
		    tr_lines_read(t->db, &ask, &page, take_line, &taken, NULL), TR_OK);
		assert_int_equal(taken, searches[i / 2].found);
		assert_true(page.complete && page.total == (taken > 9 ? 2 : 1));
	}
	took_little();
}

/* 400 jobs of 4 texts of 10 KB: the newest have all of theirs, the others what is left. */
static void many_jobs_share(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_job_list list = {0};
	size_t bytes = 0;

	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 400)"
	    " INSERT INTO job (state, name, step, error, url)"
	    " SELECT 'running', t, t, t, t FROM c, (SELECT hex(zeroblob(5120)) AS t)");
	assert_int_equal(tr_jobs_list(t->db, &all, &list, NULL), TR_OK);
	assert_int_equal(list.count, 400);
	for (int i = 0; i < list.count; i++)
		bytes += list.jobs[i].name.len + list.jobs[i].step.len +
			 list.jobs[i].error.len + list.jobs[i].url.len;
	assert_int_equal(list.jobs[0].url.len, 10240);
	is_cut_job(&list.jobs[399], TR_FIELD_LEAST_BYTES);
	assert_in_range(bytes, TR_FIELDS_BYTES / 2, TR_FIELDS_BYTES + 400 * 4 * 300);
	tr_job_list_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(the_log),
	    db_test(a_list_of_jobs),
	    db_test(a_page_of_jobs),
	    db_test(a_search),
	    db_test(many_jobs_share),
	};

	return cmocka_run_group_tests_name("part", tests, NULL, NULL);
}
