/* test_lines.c: what is read of a page's lines: every column, and of a message as much as is
 * its share.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "base/utf8.h"
#include "store/lines.h"
#include "store/message.h"

/* The lines of a page, as they were given. */
struct lines {
	int64_t ids[TR_PAGE_ROWS];
	size_t lens[TR_PAGE_ROWS];
	int cut[TR_PAGE_ROWS];
	char last[64]; /* the end of the last message */
	int count;
};

static void take(void *arg, const struct tr_row *row, int is_cut)
{
	struct lines *lines = arg;
	size_t len = row->message.len, most = sizeof(lines->last) - 1;
	size_t kept = len < most ? len : most;

	assert_non_null(row->message.data);
	assert_int_equal(tr_utf8_valid(row->message.data, len), len);
	memcpy(lines->last, row->message.data + len - kept, kept);
	lines->last[kept] = '\0';
	lines->ids[lines->count] = row->id;
	lines->lens[lines->count] = len;
	lines->cut[lines->count++] = is_cut;
}

static struct lines *lines_of(sqlite3 *db, const char *text)
{
	const struct tr_lines_ask ask = {
	    .job_id = TR_LINES_ALL, .text = text, .page = {.limit = TR_PAGE_ROWS}};
	struct lines *lines = calloc(1, sizeof(*lines));
	struct tr_page page;
	struct tr_why why = {0};

	if (tr_lines_read(db, &ask, &page, take, lines, &why))
		fail_msg("%s", why.text);
	return lines;
}

static void take_columns(void *arg, const struct tr_row *row, int is_cut)
{
	*(int *)arg += 1;
	assert_int_equal(row->id, 5);
	assert_true(row->has_job && row->job_id == 7);
	assert_true(tr_text_is(row->event, "order"));
	assert_true(tr_text_is(row->level, "warn"));
	assert_true(tr_text_is(row->created_at, "then"));
	assert_int_equal(row->message.len, 4);
	assert_memory_equal(row->message.data, "a\0\xFFz", 4);
	assert_false(is_cut);
}

static void every_column(void **state)
{
	struct testdb *t = *state;
	const struct tr_lines_ask ask = {.job_id = 7, .page = {.limit = 9}};
	struct tr_page page;
	int taken = 0;

	run_sql(t->db, "INSERT INTO log (id, job_id, event, level, message, created_at)"
		       " VALUES (5, 7, 'order', 'warn', CAST(x'6100FF7A' AS TEXT), 'then')");
	assert_int_equal(tr_lines_read(t->db, &ask, &page, take_columns, &taken, NULL), TR_OK);
	assert_int_equal(taken, 1);
}

static void an_empty_page(void **state)
{
	struct testdb *t = *state;
	struct lines *lines = lines_of(t->db, NULL);

	assert_int_equal(lines->count, 0);
	free(lines);
}

/* A character of three bytes lies on the cut, whichever of them it goes through. */
static void a_long_message_is_cut_between_characters(void **state)
{
	struct testdb *t = *state;

	for (int shift = 0; shift < 4; shift++) {
		struct lines *lines;

		run_sql(t->db,
		    "DELETE FROM log;"
		    "INSERT INTO log (message) VALUES (substr('aaaa', 1, %d) ||"
		    " replace(hex(zeroblob(50000)), '0', char(8364)))",
		    shift);
		lines = lines_of(t->db, NULL);
		assert_int_equal(lines->count, 1);
		assert_true(lines->cut[0]);
		assert_in_range(lines->lens[0], TR_LINE_BYTES - 2, TR_LINE_BYTES);
		assert_int_equal((lines->lens[0] - (size_t)shift) % 3, 0);
		free(lines);
	}
}

static void one_of_just_that_length_is_whole(void **state)
{
	struct testdb *t = *state;
	struct lines *lines;

	run_sql(
	    t->db, "INSERT INTO log (message) VALUES (hex(zeroblob(%d)))", TR_LINE_BYTES / 2);
	lines = lines_of(t->db, NULL);
	assert_false(lines->cut[0]);
	assert_int_equal(lines->lens[0], TR_LINE_BYTES);
	free(lines);
}

/* However long they are, each line is there, and the page is bounded. */
static void many_long_messages_share_a_page(void **state)
{
	struct testdb *t = *state;
	struct lines *lines;
	size_t total = 0;

	run_sql(t->db,
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50)"
	    " INSERT INTO log (message) SELECT hex(zeroblob(250000)) FROM c");
	lines = lines_of(t->db, NULL);
	assert_int_equal(lines->count, 50);
	for (int i = 0; i < 50; i++) {
		assert_true(lines->cut[i]);
		total += lines->lens[i];
	}
	assert_int_equal(lines->lens[0], TR_LINE_BYTES);
	assert_int_equal(lines->lens[49], TR_LINE_LEAST_BYTES);
	assert_in_range(total, TR_LINES_BYTES, TR_LINES_BYTES + 50 * TR_LINE_LEAST_BYTES);
	free(lines);
}

/* A search looks at whole messages, also beyond what a page shows, and beyond a NUL. */
static void a_search_sees_all_of_a_message(void **state)
{
	struct testdb *t = *state;
	struct lines *lines;

	run_sql(t->db, "INSERT INTO log (message) VALUES (hex(zeroblob(500000)) || 'NEEDLE'),"
		       " (CAST(x'61004E6565646C65' AS TEXT)), ('needl'), ('')");
	lines = lines_of(t->db, "needle");
	assert_int_equal(lines->count, 2);
	assert_int_equal(lines->ids[0], 1);
	assert_int_equal(lines->ids[1], 2);
	free(lines);
}

static void pieces_of_a_message(void **state)
{
	struct testdb *t = *state;
	struct tr_message message = {0};
	struct tr_buf out = {0};
	struct tr_why why = {0};
	int64_t len;

	run_sql(t->db, "INSERT INTO log (message) VALUES ('0123456789'), ('')");
	assert_int_equal(tr_message_read(&message, t->db, 1, 3, 4, &out, &len, &why), TR_OK);
	assert_string_equal(out.data, "3456");
	assert_int_equal(len, 10);
	assert_int_equal(tr_message_read(&message, t->db, 1, 7, 99, &out, &len, &why), TR_OK);
	assert_string_equal(out.data, "3456789");
	assert_int_equal(tr_message_read(&message, t->db, 1, 10, 99, &out, &len, &why), TR_OK);
	assert_int_equal(tr_message_read(&message, t->db, 1, 77, 99, &out, &len, &why), TR_OK);
	assert_int_equal(tr_message_read(&message, t->db, 2, 0, 99, &out, &len, &why), TR_OK);
	assert_int_equal(len, 0);
	assert_int_equal(
	    tr_message_read(&message, t->db, 3, 0, 99, &out, &len, &why), TR_ABSENT);
	assert_string_equal(why.text, "no line 3");
	assert_int_equal(tr_message_read(&message, t->db, 1, 0, 1, &out, &len, &why), TR_OK);
	assert_string_equal(out.data, "34567890");
	tr_message_close(&message);
	tr_message_close(&message);
	tr_buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(every_column),
	    db_test(an_empty_page),
	    db_test(a_long_message_is_cut_between_characters),
	    db_test(one_of_just_that_length_is_whole),
	    db_test(many_long_messages_share_a_page),
	    db_test(a_search_sees_all_of_a_message),
	    db_test(pieces_of_a_message),
	};

	return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
