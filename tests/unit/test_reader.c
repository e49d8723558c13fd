/* test_reader.c: positions and batches: what is read from where, and how much at once.
 *
 * - Which rows a filter lets through is test_predicate's.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <math.h>
#include <string.h>

#include "store/columns.h"
#include "store/reader.h"

#define NEAR_END (INT64_MAX - 10)
#define A_TIME INT64_C(1795000000000) /* ms since 1970 */

/* A batch is too large for the stack. */
static struct tr_batch batch;

static struct tr_reader *open_reader(sqlite3 *db, const struct tr_filter *filter)
{
	struct tr_why why = {0};
	struct tr_reader *reader;

	if (tr_reader_open(&reader, db, filter, &why))
		fail_msg("%s", why.text);
	return reader;
}

/* Reads, and fails unless so many rows came and the position is now upto. */
static void reads(
    struct tr_reader *reader, int64_t after, int64_t markers_from, int row_count, int64_t upto)
{
	struct tr_why why = {0};

	if (tr_reader_read(reader, after, markers_from, &batch, &why))
		fail_msg("%s", why.text);
	assert_int_equal(batch.row_count, row_count);
	assert_int_equal(batch.upto, upto);
}

static void done(struct tr_reader *reader)
{
	tr_batch_clear(&batch);
	tr_reader_close(reader);
}

/* Appends count lines of no job. */
static void add_lines(sqlite3 *db, int count)
{
	run_sql(db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)"
	    " INSERT INTO log (message) SELECT 'line ' || n FROM c",
	    count);
}

static void a_batch_is_256_rows(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);

	add_lines(t->db, 600);
	reads(reader, 0, 0, 256, 256);
	for (int i = 0; i < 256; i++)
		assert_int_equal(batch.rows[i].id, i + 1);
	assert_true(batch.upto < batch.bounds.newest);
	reads(reader, 256, 0, 256, 512);
	reads(reader, 512, 0, 88, 600);
	assert_int_equal(batch.bounds.newest, 600);
	reads(reader, 600, 0, 0, 600);
	reads(reader, 344, 0, 256, 600);
	done(reader);
}

static void an_empty_log_and_a_position_beyond_it(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);

	reads(reader, 0, 0, 0, 0);
	assert_int_equal(batch.bounds.newest, 0);
	assert_int_equal(batch.bounds.oldest, 1);
	reads(reader, 50, 0, 0, 50);
	add_lines(t->db, 3);
	reads(reader, 50, 0, 0, 50);
	done(reader);
}

/* Past the cap no more rows are taken, but one row always is. */
static void a_batch_is_bounded_in_bytes(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);

	run_sql(
	    t->db, "INSERT INTO log (message) VALUES (hex(zeroblob(%d)))", TR_BATCH_BYTES / 2);
	run_sql(t->db, "INSERT INTO log (message) VALUES ('after it')");
	run_sql(t->db, "INSERT INTO log (message) VALUES (hex(zeroblob(%d)))",
	    TR_BATCH_BYTES / 2 - 1);
	run_sql(t->db, "INSERT INTO log (message) VALUES ('x'), ('x'), ('x'), ('x')");
	run_sql(t->db, "INSERT INTO log (message) VALUES (hex(zeroblob(2000000)))");
	reads(reader, 0, 0, 1, 1);
	reads(reader, 1, 0, 2, 3);
	reads(reader, 2, 0, 3, 5);
	reads(reader, 5, 0, 3, 8);
	assert_int_equal(batch.rows[2].message.len, 4000000);
	done(reader);
}

/* An umlaut lies on the cut; the row after it is as it was. */
static void a_text_is_cut_where_it_is_too_long(void **state)
{
	static const char end[] = "\xC3\xA4" TR_TEXT_CUT;
	const size_t whole = 1 + (TR_TEXT_BYTES - 1) / 2 * 2;
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);

	run_sql(t->db,
	    "INSERT INTO log (message) VALUES ('x' || replace(hex(zeroblob(%d)), '0', 'ä')),"
	    " (hex(zeroblob(%d)))",
	    TR_TEXT_BYTES / 4, TR_TEXT_BYTES / 2);
	assert_int_equal(tr_reader_read(reader, 0, 0, &batch, NULL), TR_OK);
	assert_int_equal(batch.rows[0].message.len, whole + strlen(TR_TEXT_CUT));
	assert_memory_equal(batch.rows[0].message.data + whole - 2, end, strlen(end));
	assert_true(tr_text_is(batch.rows[0].level, "info"));
	assert_int_equal(tr_reader_read(reader, 1, 0, &batch, NULL), TR_OK);
	assert_int_equal(batch.rows[0].message.len, TR_TEXT_BYTES);
	done(reader);
}

/* 200,000 rows, none of which matches: each call is bounded, and the position moves on. */
static void a_filter_that_matches_nothing_moves_on(void **state)
{
	struct testdb *t = *state;
	struct tr_filter never = {.events = {"never"}, .event_count = 1};
	struct tr_reader *reader = open_reader(t->db, &never);
	int64_t after = 0;
	int calls = 0;

	add_lines(t->db, 200000);
	while (after < 200000) {
		assert_int_equal(tr_reader_read(reader, after, 0, &batch, NULL), 0);
		assert_int_equal(batch.row_count, 0);
		assert_in_range(batch.upto - after, 1, 100000);
		after = batch.upto;
		calls++;
	}
	assert_int_equal(after, 200000);
	assert_in_range(calls, 2, 20);
	done(reader);
}

/* A publisher may leave ids out, or give its own: then a stream begins far below them. */
static void a_hole_in_the_ids_is_passed(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);
	int calls = 0;

	add_lines(t->db, 2);
	run_sql(t->db, "INSERT INTO log (id, message) VALUES (%lld, 'a time in ms')",
	    (long long)A_TIME);
	assert_int_equal(tr_reader_read(reader, 0, 0, &batch, NULL), TR_OK);
	assert_int_equal(batch.row_count, 2);
	while (!batch.row_count || batch.rows[batch.row_count - 1].id != A_TIME) {
		assert_true(calls++ < 20);
		assert_int_equal(tr_reader_read(reader, batch.upto, 0, &batch, NULL), TR_OK);
	}
	assert_int_equal(batch.upto, A_TIME);
	assert_int_equal(batch.row_count, 1);
	run_sql(t->db, "DELETE FROM log");
	reads(reader, 0, 0, 0, A_TIME);
	done(reader);
}

static void ids_at_the_end_of_their_range(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);
	int64_t position;

	run_sql(
	    t->db, "INSERT INTO log (id, message) VALUES (%lld, 'one')", (long long)NEAR_END);
	run_sql(t->db, "INSERT INTO log (job_id, message) VALUES (%lld, 'two')",
	    (long long)INT64_MAX);
	reads(reader, NEAR_END - 5, 0, 2, NEAR_END + 1);
	assert_true(batch.rows[1].job_id == INT64_MAX);
	reads(reader, NEAR_END + 1, 0, 0, NEAR_END + 1);
	run_sql(
	    t->db, "INSERT INTO log (id, message) VALUES (%lld, 'last')", (long long)INT64_MAX);
	reads(reader, NEAR_END + 1, 0, 1, INT64_MAX);
	assert_int_equal(tr_reader_tail(reader, &batch.bounds, 2, &position, NULL), TR_OK);
	assert_int_equal(position, NEAR_END);
	run_sql(t->db, "DELETE FROM log");
	reads(reader, NEAR_END + 1, 0, 0, INT64_MAX);
	assert_true(batch.bounds.oldest == INT64_MAX);
	assert_int_equal(
	    tr_reader_next(reader, &batch.bounds, INT64_MAX - 1, &position, NULL), TR_OK);
	assert_true(position == INT64_MAX);
	done(reader);
}

/* Rows 1 to 6: marker, line, marker, line, marker, line. */
static void add_markers(sqlite3 *db)
{
	run_sql(db, "INSERT INTO job (name) VALUES ('a');"
		    "INSERT INTO log (job_id, message) VALUES (1, 'x');"
		    "UPDATE job SET state = 'running';"
		    "INSERT INTO log (job_id, message) VALUES (1, 'y');"
		    "UPDATE job SET state = 'succeeded';"
		    "INSERT INTO log (job_id, message) VALUES (1, 'z')");
}

static void markers_that_a_snapshot_told_of_are_left_out(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);

	add_markers(t->db);
	reads(reader, 0, 0, 6, 6);
	reads(reader, 0, 6, 3, 6);
	assert_int_equal(batch.rows[0].id, 2);
	assert_int_equal(batch.job_count, 0);
	reads(reader, 0, 4, 4, 6);
	assert_int_equal(batch.rows[2].id, 5);
	reads(reader, 0, 5, 3, 6);
	reads(reader, 4, INT64_MAX, 1, 6);
	run_sql(t->db, "DELETE FROM job");
	reads(reader, 6, 7, 0, 7);
	reads(reader, 6, 6, 1, 7);
	done(reader);
}

/* The frame of a marker carries the job as it is now; a job is read once a batch. */
static void markers_bring_their_jobs(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);
	const struct tr_job *job;

	add_markers(t->db);
	run_sql(t->db, "INSERT INTO job (name, progress, exit_code) VALUES ('b', 12.5, -9);"
		       "INSERT INTO job (name) VALUES ('gone'); DELETE FROM job WHERE id = 3");
	reads(reader, 0, 0, 9, 9);
	assert_int_equal(batch.job_count, 2);
	job = tr_batch_job(&batch, 1);
	assert_non_null(job);
	assert_int_equal(job->id, 1);
	assert_true(tr_text_is(job->state, "succeeded"));
	assert_true(isnan(job->progress));
	assert_false(job->has_exit_code);
	job = tr_batch_job(&batch, 2);
	assert_true(tr_text_is(job->name, "b"));
	assert_true(job->progress == 12.5);
	assert_int_equal(job->exit_code, -9);
	assert_null(job->step.data);
	assert_null(tr_batch_job(&batch, 3));
	reads(reader, 9, 0, 0, 9);
	assert_null(tr_batch_job(&batch, 1));
	done(reader);
}

static void is_bytes(struct tr_text text, const char *bytes, size_t len)
{
	assert_int_equal(text.len, len);
	assert_non_null(text.data);
	assert_memory_equal(text.data, bytes, len);
}

/* A text column takes whatever a publisher gives it, and the copies outlive the statement. */
static void texts_of_every_kind(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);

	run_sql(t->db, "INSERT INTO log (message) VALUES (''), (x''), (zeroblob(3)),"
		       " (CAST(x'6100ff0d0a62' AS TEXT)), (x'fe00'), (12.5), (7);"
		       "INSERT INTO log (job_id, level, message) VALUES (-1, 'error', 'x')");
	reads(reader, 0, 0, 8, 8);
	run_sql(t->db, "DELETE FROM log");
	is_bytes(batch.rows[0].message, "", 0);
	is_bytes(batch.rows[1].message, "", 0);
	is_bytes(batch.rows[2].message, "\0\0\0", 3);
	is_bytes(batch.rows[3].message, "a\0\xFF\r\nb", 6);
	is_bytes(batch.rows[4].message, "\xFE\0", 2);
	is_bytes(batch.rows[5].message, "12.5", 4);
	is_bytes(batch.rows[6].message, "7", 1);
	is_bytes(batch.rows[0].event, "log", 3);
	is_bytes(batch.rows[0].level, "info", 4);
	assert_int_equal(batch.rows[0].created_at.len, 24);
	assert_false(batch.rows[0].has_job);
	assert_true(batch.rows[7].has_job);
	assert_int_equal(batch.rows[7].job_id, -1);
	done(reader);
}

static void a_database_in_utf16_reads_as_utf8(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader;
	sqlite3 *db;

	(void)t;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	run_sql(db,
	    "PRAGMA encoding = 'UTF-16';"
	    "CREATE TABLE meta (key, value); CREATE TABLE job (%s);"
	    "CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id, event,"
	    " level, message, created_at);"
	    "INSERT INTO log (event, message) VALUES ('log', 'gr\xC3\xBC\xC3\x9F')",
	    "id, name, state, progress, step, url, error, exit_code, started_at, finished_at, owner");
	reader = open_reader(db, &all);
	reads(reader, 0, 0, 1, 1);
	is_bytes(batch.rows[0].message, "gr\xC3\xBC\xC3\x9F", 6);
	assert_null(batch.rows[0].level.data);
	done(reader);
	sqlite3_close(db);
}

static void bounds_tell_what_was_deleted(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);
	struct tr_bounds bounds;

	add_lines(t->db, 10);
	assert_int_equal(tr_reader_bounds(reader, &bounds, NULL), TR_OK);
	assert_int_equal(bounds.oldest, 1);
	assert_int_equal(bounds.newest, 10);
	assert_int_equal(bounds.pruned_to, 0);
	run_sql(t->db, "DELETE FROM log WHERE id < 4");
	assert_int_equal(tr_reader_bounds(reader, &bounds, NULL), TR_OK);
	assert_int_equal(bounds.oldest, 4);
	assert_int_equal(bounds.pruned_to, 3);
	run_sql(t->db, "DELETE FROM log");
	assert_int_equal(tr_reader_bounds(reader, &bounds, NULL), TR_OK);
	assert_int_equal(bounds.oldest, 11);
	assert_int_equal(bounds.newest, 10);
	assert_int_equal(bounds.pruned_to, 10);
	tr_reader_close(reader);
}

static void the_next_row_there_is(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(t->db, &all);
	struct tr_bounds bounds;
	int64_t next;

	add_lines(t->db, 10);
	run_sql(t->db, "DELETE FROM log WHERE id IN (3, 4, 9, 10)");
	assert_int_equal(tr_reader_bounds(reader, &bounds, NULL), TR_OK);
	assert_int_equal(tr_reader_next(reader, &bounds, 2, &next, NULL), TR_OK);
	assert_int_equal(next, 5);
	assert_int_equal(tr_reader_next(reader, &bounds, 5, &next, NULL), TR_OK);
	assert_int_equal(next, 6);
	assert_int_equal(tr_reader_next(reader, &bounds, 8, &next, NULL), TR_OK);
	assert_int_equal(next, 11);
	tr_reader_close(reader);
}

/* When a reading returns, a checkpoint can run and a writer can write. */
static void nothing_stays_open_after_a_reading(void **state)
{
	struct testdb *t = *state;
	sqlite3 *other = connect_again(t);
	struct tr_filter all = {0};
	struct tr_reader *reader = open_reader(other, &all);
	struct tr_bounds bounds;
	int64_t position;

	add_lines(t->db, 600);
	reads(reader, 0, 0, 256, 256);
	assert_int_equal(sqlite3_txn_state(other, NULL), SQLITE_TXN_NONE);
	assert_int_equal(ask_sql(t->db, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
	assert_int_equal(tr_reader_bounds(reader, &bounds, NULL), TR_OK);
	assert_int_equal(tr_reader_tail(reader, &bounds, 9, &position, NULL), TR_OK);
	assert_int_equal(tr_reader_next(reader, &bounds, 9, &position, NULL), TR_OK);
	assert_int_equal(sqlite3_txn_state(other, NULL), SQLITE_TXN_NONE);
	done(reader);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

/* A locked database is TR_BUSY with an empty batch, and reads again afterwards. */
static void a_locked_database_is_busy(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_bounds bounds;
	struct tr_reader *reader;
	struct tr_why why = {0};
	sqlite3 *other;

	add_markers(t->db);
	run_sql(t->db, "PRAGMA journal_mode = DELETE");
	other = connect_again(t);
	reader = open_reader(other, &all);
	reads(reader, 0, 0, 6, 6);
	run_sql(t->db, "BEGIN EXCLUSIVE");
	assert_int_equal(tr_reader_read(reader, 0, 0, &batch, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "jobs.db is locked"));
	assert_int_equal(batch.row_count, 0);
	assert_int_equal(batch.job_count, 0);
	assert_int_equal(batch.block_count, 0);
	assert_int_equal(tr_reader_bounds(reader, &bounds, NULL), TR_BUSY);
	run_sql(t->db, "COMMIT");
	reads(reader, 0, 0, 6, 6);
	done(reader);
	sqlite3_close(other);
}

static void a_file_without_our_tables_is_refused(void **state)
{
	struct testdb *t = *state;
	struct tr_filter all = {0};
	struct tr_reader *reader = (struct tr_reader *)t;
	struct tr_why why = {0};

	run_sql(t->db, "DROP TABLE job");
	assert_int_equal(tr_reader_open(&reader, t->db, &all, &why), TR_DB);
	assert_null(reader);
	assert_non_null(strstr(why.text, "jobs.db"));
	tr_reader_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(a_batch_is_256_rows),
	    db_test(an_empty_log_and_a_position_beyond_it),
	    db_test(a_batch_is_bounded_in_bytes),
	    db_test(a_text_is_cut_where_it_is_too_long),
	    db_test(a_filter_that_matches_nothing_moves_on),
	    db_test(a_hole_in_the_ids_is_passed),
	    db_test(ids_at_the_end_of_their_range),
	    db_test(markers_that_a_snapshot_told_of_are_left_out),
	    db_test(markers_bring_their_jobs),
	    db_test(texts_of_every_kind),
	    cmocka_unit_test(a_database_in_utf16_reads_as_utf8),
	    db_test(bounds_tell_what_was_deleted),
	    db_test(the_next_row_there_is),
	    db_test(nothing_stays_open_after_a_reading),
	    db_test(a_locked_database_is_busy),
	    db_test(a_file_without_our_tables_is_refused),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
