/* test_statement.c: what a statement on another program's table may be, and what it gives.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "table/append.h"
#include "table/result.h"

static struct tr_section section_of(const struct testdb *t, enum tr_mode mode, const char *sql)
{
	return (struct tr_section){
	    .name = "s", .database = (char *)t->path, .sql = (char *)sql, .mode = mode};
}

static void make(const struct testdb *t)
{
	run_sql(t->db, "CREATE TABLE t (id INTEGER PRIMARY KEY, k, v);"
		       "INSERT INTO t VALUES (1, 'a', 1.5), (2, 'b', NULL), (3, 'c', x'00ff')");
}

/* The statement is refused, with this in the sentence, and the database is as it was. */
static void refused_in(struct testdb *t, struct tr_section section, const char *sentence)
{
	int64_t before = ask_sql(t->db, "PRAGMA data_version");
	struct tr_statement st;
	struct tr_result result = {0};
	struct tr_buf out = {0};
	struct tr_append_read read = {0};
	struct tr_why why = {0};
	enum tr_err err = tr_statement_open(&st, &section, &why);

	if (!err && section.mode == TR_MODE_TABLE)
		err = tr_result_read(&st, &result, &why);
	else if (!err)
		err = tr_append_next(&st, &(struct tr_viewer){0}, &read, &out, &why);
	if (!err || !strstr(why.text, sentence))
		fail_msg("'%s' is not in '%s' (%s)", sentence, why.text, section.sql);
	assert_int_equal(out.len, 0);
	tr_result_free(&result);
	tr_buf_free(&out);
	tr_statement_close(&st);
	assert_int_equal(ask_sql(t->db, "PRAGMA data_version"), before);
}

static void refused(struct testdb *t, const char *sql, const char *sentence)
{
	refused_in(t, section_of(t, TR_MODE_TABLE, sql), sentence);
}

static void refused_append(struct testdb *t, const char *sql, const char *sentence)
{
	refused_in(t, section_of(t, TR_MODE_APPEND, sql), sentence);
}

static void only_one_statement_that_reads(void **state)
{
	struct testdb *t = *state;

	make(t);
	refused(t, "", "it must be one statement");
	refused(t, "-- nothing", "it must be one statement");
	refused(t, "SELECT 1; DELETE FROM t", "it must be one statement");
	refused(t, "SELECT 1; --\nSELECT 2", "it must be one statement");
	refused(t, "SELECT w FROM t", "no such column: w");
	refused(t, "SELECT id FROM missing", "no such table: missing");
	refused(t, "SELEC 1", "syntax error");
	refused(t, "DELETE FROM t", "a stream only reads");
	refused(t, "INSERT INTO t VALUES (9, 9, 9) RETURNING id", "a stream only reads");
	refused(t, "UPDATE t SET v = 1", "a stream only reads");
	refused(t, "CREATE TABLE x (y)", "a stream only reads");
	refused(t, "DROP TABLE t", "a stream only reads");
	refused(t, "ATTACH '/etc/passwd' AS p", "a stream only reads");
	refused(t, "DETACH main", "a stream only reads");
	refused(t, "PRAGMA journal_mode = DELETE", "a stream only reads");
	refused(t, "PRAGMA user_version", "a stream only reads");
	refused(t, "SELECT * FROM pragma_database_list", "not authorized");
	refused(t, "VACUUM INTO '/tmp/copy.db'", "it must be a SELECT");
	refused(t, "BEGIN", "a stream only reads");
	refused(t, "EXPLAIN SELECT 1", "it must be a SELECT");
	refused(t, "SELECT load_extension('/tmp/x.so')", "not authorized to use function");
	refused(t, "SELECT writefile('/tmp/x', 'y')", "no such function: writefile");
	refused(t, "SELECT readfile('/etc/passwd')", "no such function: readfile");
}

static void parameters_that_somebody_binds(void **state)
{
	struct testdb *t = *state;
	struct tr_section section =
	    section_of(t, TR_MODE_TABLE, "SELECT id, k AS topic FROM t");

	make(t);
	refused(t, "SELECT id FROM t WHERE k = ?", "parameters are written :name");
	refused(t, "SELECT id FROM t WHERE k = @k", "parameters are written :name");
	refused(t, "SELECT id FROM t WHERE k = :remote_user", "select a column topic");
	refused_append(t, "SELECT id, k AS data FROM t", "append mode needs WHERE id > :after");
	refused_append(t, "SELECT k AS data FROM t WHERE id > :after LIMIT :limit",
	    "needs the columns id and data");
	refused_append(t,
	    "SELECT id, k AS data FROM t WHERE id > :after AND k = :kind LIMIT :limit",
	    "nobody binds :kind: list it in allow");
	refused_in(t, section, "has a column topic: say whose it is");
	section.topic = "remote_user";
	section.sql = "SELECT id, k FROM t";
	refused_in(t, section, "with topic = :remote_user it needs a column topic");
}

static void keys_and_sizes(void **state)
{
	struct testdb *t = *state;

	make(t);
	refused(t, "SELECT NULL AS id, k FROM t", "is NULL in row 1");
	refused(t, "SELECT v, id FROM t WHERE id = 3", "is a BLOB in row 1");
	refused(t, "SELECT 1 AS id, k FROM t", "the key 1 comes twice");
	refused(t, "SELECT id, k, v AS k FROM t", "two columns are called k");
	refused(t,
	    "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT 10001) "
	    "SELECT i FROM c",
	    "more than 10000 rows");
	refused(t,
	    "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT 100) "
	    "SELECT i, hex(zeroblob(100000)) FROM c",
	    "more than 8388608 bytes");
	refused(t, "SELECT 1, zeroblob(1000000000)", "a value is larger than 1048576 bytes");
	refused(t,
	    "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) "
	    "SELECT max(i) FROM c",
	    "took more than 2000 ms");
	refused_append(t, "SELECT k AS id, v AS data FROM t WHERE :after < 9 LIMIT :limit",
	    "an id that is no integer");
	refused_append(t,
	    "SELECT id, k AS data FROM t WHERE id > :after ORDER BY id DESC LIMIT :limit",
	    "id 2 came after 3");
}

static void another_file(void **state)
{
	struct testdb *t = *state;
	struct tr_section section = section_of(t, TR_MODE_TABLE, "SELECT 1");

	section.database = "/nowhere/shop.db";
	refused_in(t, section, "[stream s] database: there is no file /nowhere/shop.db");
	section.database = "/etc/passwd";
	section.sql = "SELECT id FROM t";
	refused_in(t, section, "is not an SQLite database");
}

static void a_result(void **state)
{
	struct testdb *t = *state;
	struct tr_section section = section_of(t, TR_MODE_TABLE,
	    "SELECT k, v, 9e999 AS inf, k || char(0) AS z, "
	    "id AS topic FROM t ORDER BY id DESC");
	struct tr_statement st;
	struct tr_result result = {0};
	struct tr_why why = {0};

	make(t);
	section.topic = "remote_user";
	assert_int_equal(tr_statement_open(&st, &section, &why), TR_OK);
	for (int i = 0; i < 2; i++) { /* a result is used again */
		assert_int_equal(tr_result_read(&st, &result, &why), TR_OK);
		assert_int_equal(result.count, 3);
		assert_string_equal(result.bytes.data,
		    "\"c\"3{\"k\":\"c\",\"v\":\"00FF\",\"inf\":null,\"z\":\"c\\u0000\"}"
		    "\"b\"2{\"k\":\"b\",\"v\":null,\"inf\":null,\"z\":\"b\\u0000\"}"
		    "\"a\"1{\"k\":\"a\",\"v\":1.5,\"inf\":null,\"z\":\"a\\u0000\"}");
		assert_int_equal(result.rows[1].key_len, 3);
		assert_int_equal(result.rows[1].topic_len, 1);
	}
	tr_result_free(&result);
	tr_statement_close(&st);
}

static void values_are_bound(void **state)
{
	struct testdb *t = *state;
	struct tr_section section = section_of(t, TR_MODE_APPEND,
	    "SELECT id, k AS data, 'e' AS event FROM t WHERE id > :after AND k = :kind "
	    "ORDER BY id LIMIT :limit");
	struct tr_viewer viewer = {
	    .bound = {{"kind", "b' OR '1'='1"}, {"after", "0"}}, .count = 2};
	struct tr_append_read read = {0};
	struct tr_statement st;
	struct tr_buf out = {0};
	struct tr_why why = {0};

	make(t);
	section.allow[section.allow_count++] = "kind";
	assert_int_equal(tr_statement_open(&st, &section, &why), TR_OK);
	assert_true(tr_statement_takes(&st, "kind"));
	assert_int_equal(tr_append_next(&st, &viewer, &read, &out, &why), TR_OK);
	assert_int_equal(read.frames, 0);
	viewer.bound[0].value = "b";
	assert_int_equal(tr_append_next(&st, &viewer, &read, &out, &why), TR_OK);
	assert_int_equal(read.frames, 1);
	assert_int_equal(read.position, 2);
	assert_non_null(strstr(out.data, "event: e\nid: "));
	assert_non_null(strstr(out.data, "-2\ndata: b\n\n"));
	tr_buf_free(&out);
	tr_statement_close(&st);
}

/* For every tail, where the last rows begin: found by halving, and so compared with all. */
static void where_the_last_rows_begin(void **state)
{
	static const int64_t ids[] = {1, 2, 3, 50, 51, 1000, INT64_C(1) << 40, INT64_MAX - 1};
	const int count = sizeof(ids) / sizeof(ids[0]);
	struct testdb *t = *state;
	struct tr_section section = section_of(t, TR_MODE_APPEND,
	    "SELECT id, k AS data FROM t WHERE id > :after ORDER BY id LIMIT :limit");
	struct tr_viewer viewer = {0};
	struct tr_statement st;
	int64_t newest, position;

	run_sql(t->db, "CREATE TABLE t (id INTEGER PRIMARY KEY, k)");
	assert_int_equal(tr_statement_open(&st, &section, NULL), TR_OK);
	assert_int_equal(tr_append_bounds(&st, &viewer, 5, &newest, &position, NULL), TR_OK);
	assert_int_equal(newest, 0);
	assert_int_equal(position, 0);
	for (int i = 0; i < count; i++)
		run_sql(t->db, "INSERT INTO t VALUES (%lld, 'x')", (long long)ids[i]);
	for (int tail = 0; tail <= count + 1; tail++) {
		int64_t above = tail < count ? ids[count - tail - 1] : 0;

		assert_int_equal(
		    tr_append_bounds(&st, &viewer, tail, &newest, &position, NULL), TR_OK);
		assert_int_equal(newest, ids[count - 1]);
		assert_int_equal(position, above);
	}
	tr_statement_close(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(only_one_statement_that_reads),
	    db_test(parameters_that_somebody_binds),
	    db_test(keys_and_sizes),
	    db_test(another_file),
	    db_test(a_result),
	    db_test(values_are_bound),
	    db_test(where_the_last_rows_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
