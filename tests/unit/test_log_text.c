/* test_log_text.c: a log as text is whole, and nothing is held open between its pieces.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "store/log_text.h"

/* Between two pieces of a text. */
typedef void between(struct testdb *t, int piece);

static void nothing(struct testdb *t, int piece)
{
	(void)t, (void)piece;
}

/* Appends the whole text of job 1 to out; returns of how many pieces it was. */
static int read_text(struct testdb *t, int with_time, between *meanwhile, struct tr_buf *out)
{
	struct tr_log_text text = {
	    .db = connect_again(t), .job_id = 1, .until = 1000000, .with_time = with_time};
	struct tr_why why = {0};
	int more = 1, pieces = 0;

	tr_buf_adds(out, "");
	while (more) {
		struct tr_buf piece = {0};

		if (tr_log_text_next(&text, &piece, &more, &why))
			fail_msg("%s", why.text);
		assert_in_range(piece.len, 0, 512 * 1024);
		tr_buf_add(out, piece.data ? piece.data : "", piece.len);
		tr_buf_free(&piece);
		meanwhile(t, pieces++);
	}
	tr_log_text_close(&text);
	assert_int_equal(sqlite3_close(text.db), SQLITE_OK);
	return pieces;
}

static void text_is(struct testdb *t, int with_time, const char *want)
{
	struct tr_buf out = {0};

	read_text(t, with_time, nothing, &out);
	assert_string_equal(out.data, want);
	tr_buf_free(&out);
}

static void lines_without_markers(void **state)
{
	struct testdb *t = *state;

	text_is(t, 0, "");
	run_sql(t->db,
	    "INSERT INTO job (name) VALUES ('a');"
	    "INSERT INTO log (job_id, event, message, created_at) VALUES"
	    " (1, 'log', 'one', 'T1'), (2, 'log', 'x', 'T2'), (NULL, 'log', 'y', 'T3'),"
	    " (1, 'group', 'two', 'T4'), (1, 'log', '', 'T5'), (1, 'order', '{}', 'T6');"
	    "UPDATE job SET state = 'failed' WHERE id = 1");
	text_is(t, 0, "one\ntwo\n\n{}\n");
	text_is(t, 1, "T1 one\nT4 two\nT5 \nT6 {}\n");
}

static void bytes_as_they_are(void **state)
{
	struct testdb *t = *state;
	struct tr_buf out = {0};

	run_sql(t->db, "INSERT INTO log (job_id, message) VALUES"
		       " (1, CAST(x'1B5B316D000D0AFF' AS TEXT))");
	read_text(t, 0, nothing, &out);
	assert_int_equal(out.len, 9);
	assert_memory_equal(out.data, "\x1B[1m\0\r\n\xFF\n", 9);
	tr_buf_free(&out);
}

/* A checkpoint that must wait for no reader: it says SQLITE_BUSY otherwise. */
static void checkpoint(struct testdb *t, int piece)
{
	(void)piece;
	run_sql(t->db, "INSERT INTO log (job_id, message) VALUES (2, 'meanwhile')");
	assert_int_equal(ask_sql(t->db, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
}

/* Messages of 1 byte to 1.2 MB, each of one digit; a checkpoint after each piece. */
static void long_ones_in_pieces(void **state)
{
	static const int lens[] = {1, 300000, 0, 262144, 262143, 262145, 1200000, 7, 100, 5};
	struct testdb *t = *state;
	struct tr_buf out = {0};
	const char *at;
	int pieces;

	for (int i = 0; i < 10; i++)
		run_sql(t->db,
		    "INSERT INTO log (job_id, message)"
		    " VALUES (1, replace(substr(hex(zeroblob(%d)), 1, %d), '0', '%d'))",
		    lens[i], lens[i], i);
	pieces = read_text(t, 0, checkpoint, &out);
	assert_true(pieces > 7);
	at = out.data;
	for (int i = 0; i < 10; i++) {
		char digit[2] = {(char)('0' + i), '\0'};

		assert_int_equal(strspn(at, digit), lens[i]);
		at += lens[i];
		assert_int_equal(*at++, '\n');
	}
	assert_int_equal(*at, '\0');
	tr_buf_free(&out);
}

static void delete_all(struct testdb *t, int piece)
{
	if (piece == 0)
		run_sql(t->db, "DELETE FROM log");
}

static void one_that_is_deleted_meanwhile_ends(void **state)
{
	struct testdb *t = *state;
	struct tr_buf out = {0};

	run_sql(t->db, "INSERT INTO log (job_id, message) VALUES (1, hex(zeroblob(300000))),"
		       " (1, 'more')");
	read_text(t, 0, delete_all, &out);
	assert_in_range(out.len, 262144, 300000);
	assert_int_equal(out.data[out.len - 1], '\n');
	tr_buf_free(&out);
}

static void not_beyond_the_end_that_was_set(void **state)
{
	struct testdb *t = *state;
	struct tr_log_text text = {.db = t->db, .job_id = 1, .until = 2};
	struct tr_buf out = {0};
	int more;

	run_sql(t->db, "INSERT INTO log (job_id, message) VALUES (1, 'a'), (1, 'b'), (1, 'c')");
	assert_int_equal(tr_log_text_next(&text, &out, &more, NULL), TR_OK);
	assert_string_equal(out.data, "a\nb\n");
	assert_false(more);
	tr_log_text_close(&text);
	tr_buf_free(&out);
}

static void failures_have_their_sentence(void **state)
{
	struct testdb *t = *state;
	struct tr_log_text text = {.job_id = 1, .until = 9};
	struct tr_buf out = {0};
	struct tr_why why = {0};
	int more;

	run_sql(t->db, "PRAGMA journal_mode = DELETE");
	text.db = connect_again(t);
	run_sql(t->db, "BEGIN EXCLUSIVE");
	assert_int_equal(tr_log_text_next(&text, &out, &more, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "jobs.db is locked"));
	run_sql(t->db, "COMMIT; DROP TABLE log");
	assert_int_equal(tr_log_text_next(&text, &out, &more, &why), TR_DB);
	tr_log_text_close(&text);
	tr_buf_free(&out);
	assert_int_equal(sqlite3_close(text.db), SQLITE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(lines_without_markers),
	    db_test(bytes_as_they_are),
	    db_test(long_ones_in_pieces),
	    db_test(one_that_is_deleted_meanwhile_ends),
	    db_test(not_beyond_the_end_that_was_set),
	    db_test(failures_have_their_sentence),
	};

	return cmocka_run_group_tests_name("log_text", tests, NULL, NULL);
}
