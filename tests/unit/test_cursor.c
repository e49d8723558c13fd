/* test_cursor.c: which texts are a cursor, and that each has one text only.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/cursor.h"
#include "inputs.h"

#define EPOCH32 "0123456789ABCDEFGHIJKLMNopqrstuz"

static void reads_what_it_writes(void **state)
{
	static const struct {
		const char *text, *epoch;
		int64_t n;
	} rows[] = {
	    {"a-0", "a", 0},
	    {"Z9-1", "Z9", 1},
	    {"7-10", "7", 10},
	    {EPOCH32 "-42", EPOCH32, 42},
	    {EPOCH32 "-9223372036854775807", EPOCH32, INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct tr_cursor c;
		char text[TR_CURSOR_SIZE];

		assert_int_equal(tr_cursor_parse(&c, rows[i].text), TR_OK);
		assert_string_equal(c.epoch, rows[i].epoch);
		assert_true(c.n == rows[i].n);
		tr_cursor_format(text, &c);
		assert_string_equal(text, rows[i].text);
	}
}

static void refuses_anything_else_and_writes_nothing(void **state)
{
	static const char *const rows[] = {"", "-", "a", "a-", "-1", "1", "a--1", "a-+1",
	    "a- 1", " a-1", "a -1", "a-1 ", "a-1\n", "a-1-2", "a-1,b-2", "a-01", "a-00", "a-1x",
	    "a-0x1", "a-1.0", "a-1e3", "a_b-1", "\xC3\xA9-1", "a-\xD9\xA1", "jobs:a-1",
	    EPOCH32 "x-1", "a-9223372036854775808", "a-18446744073709551617",
	    "a-99999999999999999999999"};
	struct edge edge = edge_make(64);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct tr_cursor c, before;

		memset(&c, 0x5A, sizeof(c));
		before = c;
		if (tr_cursor_parse(&c, edge_put(&edge, rows[i], strlen(rows[i]) + 1)) == TR_OK)
			fail_msg("'%s' was taken", rows[i]);
		assert_memory_equal(&c, &before, sizeof(c));
	}
	edge_free(&edge);
}

/* Change one byte of a cursor: it must be refused, or be a cursor with just that text. */
static void every_change_of_one_byte(void **state)
{
	static const char good[] = "9bX-9223372036854775807";

	(void)state;
	for (size_t at = 0; at < sizeof(good) - 1; at++) {
		for (int byte = 0; byte < 256; byte++) {
			char text[sizeof(good)], again[TR_CURSOR_SIZE];
			struct tr_cursor c;

			memcpy(text, good, sizeof(good));
			text[at] = (char)byte;
			if (tr_cursor_parse(&c, text))
				continue;
			tr_cursor_format(again, &c);
			assert_string_equal(again, text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_it_writes),
	    cmocka_unit_test(refuses_anything_else_and_writes_nothing),
	    cmocka_unit_test(every_change_of_one_byte),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
