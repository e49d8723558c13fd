/* test_prune.c: what goes and what stays, what `pruned_to` says then, and who is in the way.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>
#include <sys/stat.h>

#include "store/prune.h"

#define LONG_AGO "2026-01-01T00:00:00.000Z"

/* Prunes over a connection of its own. */
static struct tr_pruned prune(const struct testdb *t, int64_t days, int64_t rows)
{
	const struct tr_keep keep = {.days = days, .rows = rows};
	struct tr_pruned pruned;
	struct tr_why why = {0};
	sqlite3 *db = connect_again(t);

	if (tr_prune(db, &keep, &pruned, &why))
		fail_msg("%s", why.text);
	sqlite3_close(db);
	return pruned;
}

static int64_t pruned_to(const struct testdb *t)
{
	return ask_sql(
	    t->db, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'pruned_to'");
}

/* Fails unless the ids in the table, in their order, are these: "1 2 3". */
static void ids_are(const struct testdb *t, const char *table, const char *want)
{
	sqlite3_stmt *stmt = NULL;
	const char *got;
	char sql[128];

	snprintf(sql, sizeof(sql),
	    "SELECT coalesce(group_concat(id, ' '), '') FROM (SELECT id FROM %s ORDER BY id)",
	    table);
	assert_int_equal(sqlite3_prepare_v2(t->db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	got = (const char *)sqlite3_column_text(stmt, 0);
	assert_string_equal(got, want);
	sqlite3_finalize(stmt);
}

static void days(void **state)
{
	struct testdb *t = *state;
	struct tr_pruned pruned;

	run_sql(t->db,
	    "INSERT INTO job (id, name, state) VALUES"
	    " (1, 'old', 'running'), (2, 'running', 'running'), (3, 'young', 'failed'),"
	    " (4, 'waits', 'queued')"); /* rows 1 to 4 */
	run_sql(t->db,
	    "INSERT INTO log (job_id, created_at) VALUES"
	    " (1, '%s'), (2, '%s'), (3, '%s'), (4, '%s'), (NULL, '%s'), (99, '%s')",
	    LONG_AGO, LONG_AGO, LONG_AGO, LONG_AGO, LONG_AGO, LONG_AGO);	 /* 5 to 10 */
	run_sql(t->db, "INSERT INTO log (message) VALUES ('young, of no job')"); /* 11 */
	run_sql(t->db, "INSERT INTO log (job_id) VALUES (99), (1)");		 /* 12, 13 */
	run_sql(t->db, "UPDATE job SET state = 'succeeded', finished_at = '%s' WHERE id = 1",
	    LONG_AGO);
	pruned = prune(t, 30, -1); /* 14 is the completion; 15 says `removed` */
	assert_int_equal(pruned.jobs, 1);
	assert_int_equal(pruned.rows, 6);
	ids_are(t, "job", "2 3 4");
	ids_are(t, "log", "2 3 4 6 7 8 11 12 15");
	assert_int_equal(
	    ask_sql(t->db, "SELECT job_id FROM log WHERE id = 15 AND event = 'removed'"), 1);
	assert_int_equal(pruned_to(t), 14);
	pruned = prune(t, 30, -1);
	assert_int_equal(pruned.jobs + pruned.rows + pruned.bytes, 0);
	prune(t, 0, -1);
	ids_are(t, "job", "2 4");
	ids_are(t, "log", "2 4 6 8 16");
}

/* Nothing goes because of a time that is none, or one in another form than ours. */
static void times_that_cannot_be_read(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db, "INSERT INTO job (name, state, finished_at) VALUES"
		       " ('seconds', 'failed', 1795000000), ('words', 'failed', 'yesterday'),"
		       " ('empty', 'failed', ''), ('other', 'failed', '2026-01-01 00:00:00')");
	run_sql(t->db, "INSERT INTO log (created_at) VALUES (1795000000), ('then'), ('')");
	assert_int_equal(prune(t, 30, -1).jobs, 1);
	ids_are(t, "job", "1 2 3");
	ids_are(t, "log", "1 2 3 5 6 7 8");
}

static void rows(void **state)
{
	struct testdb *t = *state;
	struct tr_pruned pruned;

	run_sql(t->db,
	    "INSERT INTO job (name, state) VALUES ('gone', 'failed'), ('a', 'running'),"
	    " ('stays', 'failed')"); /* rows 1 to 3 */
	run_sql(t->db, "INSERT INTO log (job_id) VALUES (2), (NULL), (3), (NULL)");
	pruned = prune(t, -1, 3);
	assert_int_equal(pruned.jobs, 1);
	assert_int_equal(pruned.rows, 4);
	ids_are(t, "log", "5 6 7 8");
	ids_are(t, "job", "2 3");
	assert_int_equal(pruned_to(t), 4);
	prune(t, -1, 100);
	ids_are(t, "log", "5 6 7 8");
	prune(t, -1, 0);
	ids_are(t, "job", "2");
	ids_are(t, "log", "9");
	assert_int_equal(pruned_to(t), 8);
}

/* The last marker of each job stays, and a stream cannot tell. */
static void superseded_markers(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db, "INSERT INTO job (name) VALUES ('a'), ('b')"); /* 1, 2 */
	run_sql(t->db, "UPDATE job SET progress = 1");		      /* 3, 4 */
	run_sql(t->db, "INSERT INTO log (job_id) VALUES (1)");
	run_sql(t->db, "UPDATE job SET state = 'failed' WHERE id = 1"); /* 6 */
	run_sql(
	    t->db, "UPDATE job SET error = 'x' WHERE id = 1"); /* 7: 6 is no status-update */
	run_sql(t->db, "INSERT INTO log (event) VALUES ('status-update'), ('status-update')");
	assert_int_equal(prune(t, 30, -1).rows, 3);
	ids_are(t, "log", "4 5 6 7 8 9");
	assert_int_equal(pruned_to(t), 0);
	run_sql(t->db, "UPDATE job SET progress = 2 WHERE id = 2"); /* 10 */
	assert_int_equal(prune(t, -1, 1000).rows, 1);
	ids_are(t, "log", "5 6 7 8 9 10");
	assert_int_equal(pruned_to(t), 0);
}

/* The job is started again between the moment at which its rows are found old, and the first
 * deletion. */
static int start_again(unsigned what, void *context, void *stmt, void *sql)
{
	sqlite3 **other = context;

	(void)what, (void)stmt;
	if (*other && strcmp(sql, "BEGIN IMMEDIATE") == 0) {
		run_sql(*other, "UPDATE job SET state = 'running'");
		sqlite3_close(*other);
		*other = NULL;
	}
	return 0;
}

static void a_job_that_starts_again_meanwhile(void **state)
{
	const struct tr_keep keep = {.days = 1, .rows = -1};
	struct testdb *t = *state;
	struct tr_pruned pruned;
	sqlite3 *db, *other;

	run_sql(t->db,
	    "INSERT INTO job (name, state, finished_at) VALUES ('a', 'failed', '%s')",
	    LONG_AGO);
	run_sql(t->db, "INSERT INTO log (job_id) VALUES (1)");
	db = connect_again(t);
	other = connect_again(t);
	sqlite3_trace_v2(db, SQLITE_TRACE_STMT, start_again, &other);
	assert_int_equal(tr_prune(db, &keep, &pruned, NULL), TR_OK);
	sqlite3_close(db);
	assert_null(other);
	assert_int_equal(pruned.jobs + pruned.rows, 0);
	ids_are(t, "log", "1 2 3");
}

static int64_t file_bytes(const struct testdb *t)
{
	struct stat st;

	assert_int_equal(stat(t->path, &st), 0);
	return st.st_size;
}

/* More than a page of them, in transactions that are many; and the file is smaller at once,
 * though others have it open. */
static void many_rows_and_their_space(void **state)
{
	struct testdb *t = *state;
	struct tr_pruned pruned;
	int64_t before;

	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)"
	    " INSERT INTO log (message) SELECT 'line ' || n || hex(zeroblob(200)) FROM c");
	run_sql(t->db, "INSERT INTO log (message) VALUES (hex(zeroblob(3000000)))");
	run_sql(t->db, "PRAGMA wal_checkpoint(TRUNCATE)");
	before = file_bytes(t);
	pruned = prune(t, -1, 10);
	assert_int_equal(pruned.rows, 20001 - 10);
	assert_in_range(pruned.bytes, 8000000, before);
	assert_int_equal(file_bytes(t), before - pruned.bytes);
	assert_int_equal(prune(t, -1, 0).rows, 10);
	assert_true(file_bytes(t) < 200000);
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM pragma_integrity_check"
					" WHERE integrity_check = 'ok'"),
	    1);
}

/* In a file without auto_vacuum, in rollback mode: it has no space to give back. */
static void another_kind_of_file(void **state)
{
	struct testdb *t = *state;

	run_sql(t->db, "PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM;"
		       " INSERT INTO log (message) VALUES (hex(zeroblob(300000))), ('x')");
	assert_int_equal(prune(t, -1, 1).bytes, 0);
	ids_are(t, "log", "2");
}

static void a_lock_that_stays(void **state)
{
	const struct tr_keep keep = {.days = -1, .rows = 0};
	struct testdb *t = *state;
	struct tr_pruned pruned;
	struct tr_why why = {0};
	sqlite3 *db = connect_again(t);

	run_sql(t->db, "INSERT INTO log (message) VALUES ('x')");
	run_sql(t->db, "BEGIN IMMEDIATE");
	assert_int_equal(tr_prune(db, &keep, &pruned, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "is locked by another program"));
	sqlite3_close(db);
	run_sql(t->db, "COMMIT");
	ids_are(t, "log", "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(days),
	    db_test(times_that_cannot_be_read),
	    db_test(rows),
	    db_test(superseded_markers),
	    db_test(a_job_that_starts_again_meanwhile),
	    db_test(many_rows_and_their_space),
	    db_test(another_kind_of_file),
	    db_test(a_lock_that_stays),
	};

	return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
