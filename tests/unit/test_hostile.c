/* test_hostile.c: a database file whose schema means harm is refused, or does none.
 *
 * - Its writer has a plain connection and `writable_schema`, and so can write what no statement
 *   would.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "base/clock.h"
#include "store/jobs.h"
#include "store/log.h"

static const struct tr_filter all;

/* What computes for ever. */
#define ENDLESS "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c)"

static void harm(struct testdb *t, const char *sql)
{
	sqlite3_db_config(t->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	run_sql(t->db, "PRAGMA writable_schema = ON");
	run_sql(t->db, "%s", sql);
	run_sql(t->db, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/* It must be refused, at once, as no database of ours, or, where SQLite itself sees what is
 * wrong, as a damaged one. */
static void must_be_refused(struct testdb *t, const char *sql)
{
	int64_t begun_ns = tr_mono_ns();
	struct tr_why why = {0};
	struct tr_log log;

	harm(t, sql);
	assert_int_not_equal(tr_log_open(&log, t->path, TR_LOG_KEEPER, &all, &why), TR_OK);
	assert_null(log.db);
	assert_true(strstr(why.text, "another program's") || strstr(why.text, "is damaged"));
	assert_true(tr_mono_ns() - begun_ns < TR_LEASH_MS * TR_NS_PER_MS / 2);
}

static void a_view_called_meta(void **state)
{
	must_be_refused(*state,
	    "DROP TABLE meta;"
	    "CREATE VIEW meta AS " ENDLESS " SELECT 'epoch' AS key, count(*) AS value FROM c");
}

static void a_view_that_says_it_is_a_table(void **state)
{
	must_be_refused(*state,
	    "DROP TABLE meta;"
	    "CREATE VIEW meta AS " ENDLESS " SELECT 'epoch' AS key, count(*) AS value FROM c;"
	    "UPDATE sqlite_master SET type = 'table' WHERE name = 'meta'");
}

static void a_view_in_the_place_of_the_log(void **state)
{
	must_be_refused(*state, "DROP TABLE log; CREATE TABLE log (id INTEGER PRIMARY KEY);"
				"UPDATE sqlite_master SET sql = 'CREATE VIEW log AS " ENDLESS
				" SELECT i AS id FROM c' WHERE name = 'log'");
}

static void a_virtual_table(void **state)
{
	must_be_refused(*state, "DROP TABLE log; CREATE VIRTUAL TABLE log USING fts4(id, x);"
				"UPDATE sqlite_master SET type = 'table' WHERE name = 'log'");
}

static void a_log_whose_ids_repeat(void **state)
{
	must_be_refused(*state, "DROP TABLE log; CREATE TABLE log (id INTEGER PRIMARY KEY,"
				" job_id, event, level, message, created_at)");
}

/* A column that is computed when it is read. */
static void must_do_no_harm(struct testdb *t, const char *expression)
{
	int64_t begun_ns = tr_mono_ns();
	struct tr_job_list list = {0};
	struct tr_why why = {0};
	struct tr_log log;
	char sql[512];

	run_sql(t->db, "INSERT INTO job (name) VALUES ('x')");
	snprintf(sql, sizeof(sql),
	    "UPDATE sqlite_master SET sql = replace(sql, 'step TEXT', 'step TEXT AS (%s)')"
	    " WHERE name = 'job'",
	    expression);
	harm(t, sql);
	if (!tr_log_open(&log, t->path, TR_LOG_READER, &all, &why)) {
		if (!tr_jobs_list(log.db, &all, &list, &why))
			assert_null(list.jobs[0].step.data);
		tr_job_list_free(&list);
		tr_log_close(&log);
	}
	assert_true(tr_mono_ns() - begun_ns < TR_LEASH_MS * TR_NS_PER_MS / 2);
}

static void a_column_that_loads_code(void **state)
{
	must_do_no_harm(*state, "load_extension(''/tmp/evil.so'')");
}

static void a_column_of_a_function_with_effects(void **state)
{
	must_do_no_harm(*state, "fts3_tokenizer(''simple'', x''00'')");
}

static void a_column_of_gigabytes(void **state)
{
	must_do_no_harm(*state, "hex(zeroblob(1000000000))");
}

/* Each of its triggers is short; there are a million. */
static void triggers_without_end(void **state)
{
	struct testdb *t = *state;
	struct tr_leash leash;
	sqlite3 *db;

	harm(t, "INSERT INTO meta " ENDLESS " SELECT 'k' || i, i FROM c LIMIT 100;"
		"CREATE TRIGGER one AFTER INSERT ON job BEGIN INSERT INTO meta"
		" SELECT random(), 'x' FROM meta a, meta b, meta c; END;"
		"CREATE TRIGGER two AFTER INSERT ON meta BEGIN SELECT 1; END");
	db = connect_again(t);
	assert_int_equal(tr_leash_put(&leash, db, TR_LEASH_WRITE, NULL), TR_OK);
	leash.most_ns = 50 * TR_NS_PER_MS;
	assert_int_equal(
	    sqlite3_exec(db, "INSERT INTO job (name) VALUES ('x')", NULL, NULL, NULL),
	    SQLITE_INTERRUPT);
	assert_int_equal(/* which has its own time */
	    sqlite3_exec(db, "UPDATE meta SET value = 'y' WHERE key = 'k1'", NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(a_view_called_meta),
	    db_test(a_view_that_says_it_is_a_table),
	    db_test(a_view_in_the_place_of_the_log),
	    db_test(a_virtual_table),
	    db_test(a_log_whose_ids_repeat),
	    db_test(a_column_that_loads_code),
	    db_test(a_column_of_a_function_with_effects),
	    db_test(a_column_of_gigabytes),
	    db_test(triggers_without_end),
	};

	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
