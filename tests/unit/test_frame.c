/* test_frame.c: the event stream format, byte for byte and as a client reads it back.
 *
 * - The model test gives random messages to the encoder and its output to a parser written
 *   after the HTML standard; what comes out is compared with an independent repair of what
 *   went in. Every message ends at a page that may not be read.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <cmocka.h>

#include "base/frame.h"
#include "inputs.h"
#include "ref_stream.h"
#include "ref_utf8.h"

#define LONGEST 200
#define FRAMES_A_STREAM 5
#define BIG_BYTES ((size_t)2 << 20)
#define BIG_MAX_S 4 /* of processor time for one message: linear needs 0.1, quadratic 15 */

static void lines_of_data(void **state)
{
	static const struct {
		const char *data;
		size_t len;
		const char *want;
	} rows[] = {
#define ROW(in, out) {in, sizeof(in) - 1, "event: log\n" out "\n"}
	    ROW("", "data: \n"),
	    ROW("a", "data: a\n"),
	    ROW("a\nb", "data: a\ndata: b\n"),
	    ROW("a\rb", "data: a\ndata: b\n"),
	    ROW("a\r\nb", "data: a\ndata: b\n"),
	    ROW("a\n\rb", "data: a\ndata: \ndata: b\n"),
	    ROW("a\r\r\nb", "data: a\ndata: \ndata: b\n"),
	    ROW("\n", "data: \ndata: \n"),
	    ROW("\r", "data: \ndata: \n"),
	    ROW("\r\n", "data: \ndata: \n"),
	    ROW("\r\n\r", "data: \ndata: \ndata: \n"),
	    ROW("a\n", "data: a\ndata: \n"),
	    ROW("a\r", "data: a\ndata: \n"),
	    ROW(" a", "data:  a\n"),
	    ROW("  \n ", "data:   \ndata:  \n"),
	    ROW("a: b\n: c\nid: 7", "data: a: b\ndata: : c\ndata: id: 7\n"),
	    ROW("\xEF\xBB\xBF", "data: \xEF\xBB\xBF\n"),
	    ROW("\xEF\xBB\n\xBF", "data: \xEF\xBF\xBD\ndata: \xEF\xBF\xBD\n"),
	    ROW("a\xFFz", "data: a\xEF\xBF\xBDz\n"),
#undef ROW
	};
	struct tr_buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		tr_buf_clear(&out);
		tr_frame_add(&out, "log", NULL, rows[i].data, rows[i].len);
		assert_int_equal(tr_buf_err(&out), TR_OK);
		assert_string_equal(out.data, rows[i].want);
	}
	tr_buf_free(&out);
}

static void the_other_lines(void **state)
{
	static const char want[] = "retry: 2500\n\n"
				   ": \n"
				   ": hello   \n"
				   ": hello\n"
				   "event: order\nid: e-7\ndata: a\0b\n\n"
				   "event: ping\ndata: \n\n";
	struct tr_buf out = {0};

	(void)state;
	tr_frame_retry(&out, 2500);
	tr_frame_comment(&out, "", 0);
	tr_frame_comment(&out, "hello", 11);
	tr_frame_comment(&out, "hello", 8);
	tr_frame_add(&out, "order", "e-7", "a\0b", 3);
	tr_frame_add(&out, "ping", NULL, NULL, 0);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.data, want, sizeof(want));
	tr_buf_free(&out);
}

/* A message as it went in, and as a client must get it. */
struct message {
	const char *type, *id; /* id: NULL, or what it was told */
	char data[LONGEST], want[3 * LONGEST];
	size_t len, want_len;
};

/* Bytes that matter to the format or to UTF-8 come more often than others. */
static char random_byte(uint64_t *seed)
{
	static const char telling[] = "\r\n\r\n\r\n \0:ad\xEF\xBB\xBF\xC3\xA9\xE2\x82\xAC"
				      "\xF0\x9F\x98\x80\xED\xA0\xFF\x80";
	size_t i = random_below(seed, sizeof(telling) + 6);

	return i < sizeof(telling) - 1 ? telling[i] : (char)next_random(seed);
}

static void make_message(struct message *m, uint64_t *seed)
{
	static const char *const types[] = {"log", "order", "status-update", "a:b.c_d"};
	static const char *const ids[] = {NULL, "e-1", "x9-9223372036854775807"};
	char lines[LONGEST];
	size_t len, valid;

	m->type = types[random_below(seed, 4)];
	m->id = ids[random_below(seed, 3)];
	m->len = random_below(seed, random_below(seed, 4) ? 12 : LONGEST);
	for (size_t i = 0; i < m->len; i++)
		m->data[i] = random_byte(seed);
	len = ref_fold_line_ends(lines, m->data, m->len);
	m->want_len = ref_utf8_clean(m->want, lines, len, &valid);
}

static void assert_text(struct ref_text got, const char *want)
{
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.at, want, got.len);
}

/* Reads text as a client does and finds the messages, and nothing else. */
static void assert_reads_back(const struct tr_buf *text, const struct message *m, size_t count)
{
	struct ref_stream s = ref_stream_open(text->data, text->len);
	const char *id = "";

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(ref_stream_next(&s), 1);
		id = m[i].id ? m[i].id : id;
		assert_text(s.type, m[i].type);
		assert_text(s.id, id);
		assert_int_equal(s.data_len, m[i].want_len);
		assert_memory_equal(s.data, m[i].want, m[i].want_len);
	}
	assert_int_equal(ref_stream_next(&s), 0);
	assert_text(s.retry, "1234");
	assert_int_equal(s.rest.len, 0);
	ref_stream_free(&s);
}

static void a_client_reads_back_what_went_in(void **state)
{
	struct edge edge = edge_make(LONGEST);
	struct message m[FRAMES_A_STREAM];
	struct tr_buf out = {0};
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		tr_buf_clear(&out);
		tr_frame_comment(&out, "data: not this", 80);
		tr_frame_retry(&out, 1234);
		for (size_t i = 0; i < FRAMES_A_STREAM; i++) {
			make_message(&m[i], &seed);
			tr_frame_add(&out, m[i].type, m[i].id,
			    edge_put(&edge, m[i].data, m[i].len), m[i].len);
		}
		assert_null(memchr(out.data, '\r', out.len));
		assert_reads_back(&out, m, FRAMES_A_STREAM);
	}
	tr_buf_free(&out);
	edge_free(&edge);
}

static void two_megabytes_take_linear_time(void **state)
{
	static const struct {
		const char *unit;
		size_t lines; /* that one unit ends */
		size_t gone;  /* bytes of it that the frame does not carry as they are */
	} rows[] = {{"a", 0, 0}, {"\n", 1, 1}, {"\r", 1, 1}, {"\r\n", 1, 2}, {"\r\r\n\n", 3, 4},
	    {"a\n", 1, 1}, {"\xC3\xA9", 0, 0}};
	char *data = malloc(BIG_BYTES);
	struct tr_buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t unit_len = strlen(rows[i].unit), units = BIG_BYTES / unit_len;
		clock_t begin;

		for (size_t u = 0; u < units; u++)
			memcpy(data + u * unit_len, rows[i].unit, unit_len);
		tr_buf_clear(&out);
		begin = clock();
		tr_frame_add(&out, "e", NULL, data, units * unit_len);
		assert_true(clock() - begin < BIG_MAX_S * CLOCKS_PER_SEC);
		assert_int_equal(out.len, strlen("event: e\n\n") +
					      units * (unit_len - rows[i].gone) +
					      (units * rows[i].lines + 1) * strlen("data: \n"));
	}
	tr_buf_free(&out);
	free(data);
}

static void a_full_buffer_is_told_at_every_length(void **state)
{
	static const char data[] = "one\r\ntwo\xFFthree\n";
	struct tr_buf whole = {0};

	(void)state;
	tr_frame_add(&whole, "log", "e-1", data, sizeof(data) - 1);
	for (size_t limit = 1; limit <= whole.len; limit++) {
		struct tr_buf out = {.limit_bytes = limit};

		tr_frame_add(&out, "log", "e-1", data, sizeof(data) - 1);
		assert_int_equal(tr_buf_err(&out), limit < whole.len ? TR_NOMEM : TR_OK);
		assert_true(out.len <= limit);
		tr_buf_free(&out);
	}
	tr_buf_free(&whole);
}

/* Runs one call in a child that is to abort. */
static void assert_aborts(const char *event, const char *id, const char *comment)
{
	struct tr_buf out = {0};
	pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		tr_frame_add(&out, event, id, "", 0);
		tr_frame_comment(&out, comment, 0);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void a_line_end_outside_data_is_a_bug(void **state)
{
	(void)state;
	assert_aborts("log\ndata: x", "e-1", "");
	assert_aborts("log", "e-1\r", "");
	assert_aborts("log", "e-1", "a\nb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_of_data),
	    cmocka_unit_test(the_other_lines),
	    cmocka_unit_test(a_client_reads_back_what_went_in),
	    cmocka_unit_test(two_megabytes_take_linear_time),
	    cmocka_unit_test(a_full_buffer_is_told_at_every_length),
	    cmocka_unit_test(a_line_end_outside_data_is_a_bug),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
