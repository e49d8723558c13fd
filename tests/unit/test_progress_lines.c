/* test_progress_lines.c: a command's output comes out line by line, whatever its cutting.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "items_rows.h"

static void line_ends(void **state)
{
	static const struct items_row rows[] = {
	    OUT("a\nb\n", "info a\ninfo b\n"),
	    OUT("a\n\nb", "info a\ninfo \ninfo b\n"),
	    OUT("a\r\nb\r\n", "info a\ninfo b\n"),
	    OUT("a\r\r\n", "info a\n"),
	    OUT("\n", "info \n"),
	    OUT("\r\n", "info \n"),
	    OUT("a\xff\x80z\n", "info a\xff\x80z\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_NONE, rows);
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void a_carriage_return_rewrites(void **state)
{
	static const struct items_row rows[] = {
	    OUT("one\rtwo\n", "info two\n"),
	    OUT("one\rtwo\rthree\r\n", "info three\n"),
	    OUT("\rone\rtwo", "info two\n"),
	    OUT("one\r", "info one\n"),
	    OUT("one\rtwo\nthree\n", "info two\ninfo three\n"),
	    OUT("one\r   \rtwo\n", "info two\n"),
	    OUT("one\r   \r\ntwo\n", "info two\n"),
	    OUT("one\r   ", ""),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_NONE, rows);
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void nul_is_a_byte(void **state)
{
	struct items got;

	(void)state;
	items_open(&got, TR_MARKUP_AUTO);
	tr_markup_feed(got.m, TR_FROM_STDOUT, "a\0b\n", 4);
	items_close(&got);
	assert_int_equal(got.text.len, sizeof("info a\0b\n") - 1);
	assert_memory_equal(got.text.data, "info a\0b\n", got.text.len);
	items_free(&got);
}

static void the_streams_are_apart(void **state)
{
	struct items got;

	(void)state;
	items_open(&got, TR_MARKUP_NONE);
	items_feed(&got, TR_FROM_STDOUT, "out ");
	items_feed(&got, TR_FROM_STDERR, "err ");
	items_feed(&got, TR_FROM_STDOUT, "one\n");
	items_feed(&got, TR_FROM_STDERR, "two\n");
	assert_string_equal(items_close(&got), "info out one\nerror err two\n");
	items_free(&got);
}

static void a_prompt_can_be_flushed(void **state)
{
	struct items got;

	(void)state;
	items_open(&got, TR_MARKUP_AUTO);
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	items_feed(&got, TR_FROM_STDOUT, "\x1b[1mName?\x1b[m ");
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	items_feed(&got, TR_FROM_STDOUT, "\nBuilding ... ");
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	items_feed(&got, TR_FROM_STDOUT, "done\n\n");
	items_feed(&got, TR_FROM_STDOUT, "\rone");
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	items_feed(&got, TR_FROM_STDOUT, "\rtwo");
	assert_string_equal(items_close(&got),
	    "info \x1b[1mName?\x1b[m \ninfo Building ... \ninfo done\ninfo \ninfo two\n");
	items_free(&got);
}

/* Lines of lengths around the limit come back as parts of at most that length. */
static void a_long_line_loses_nothing(void **state)
{
	static const size_t limit = TR_MARKUP_LINE_MAX_BYTES;
	const size_t lengths[] = {limit - 1, limit, limit + 1, 2 * limit, 3 * limit + 5};
	char *line = malloc(4 * limit);

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		size_t len = lengths[i], parts = (len + limit - 1) / limit;
		struct items got;

		items_open(&got, TR_MARKUP_AUTO);
		for (size_t b = 0; b < len; b++)
			line[b] = (char)('a' + b % 26);
		line[len] = '\n';
		items_feed_cut(&got, TR_FROM_STDOUT, line, len + 1, 1000);
		items_close(&got);
		assert_int_equal(got.text.len, len + parts * strlen("info \n"));
		for (size_t part = 0; part < parts; part++) {
			size_t size = part + 1 < parts ? limit : len - part * limit;

			assert_memory_equal(got.text.data + part * (limit + strlen("info \n")) +
						strlen("info "),
			    line + part * limit, size);
		}
		items_free(&got);
	}
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(line_ends),
	    cmocka_unit_test(a_carriage_return_rewrites),
	    cmocka_unit_test(nul_is_a_byte),
	    cmocka_unit_test(the_streams_are_apart),
	    cmocka_unit_test(a_prompt_can_be_flushed),
	    cmocka_unit_test(a_long_line_loses_nothing),
	};

	return cmocka_run_group_tests_name("progress_lines", tests, NULL, NULL);
}
