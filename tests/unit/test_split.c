/* test_split.c: the lines are the same however the bytes come.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "inputs.h"
#include "store/split.h"

#define ROOM 7

static void lines_are(
    const char *bytes, size_t len, int at_end, size_t want_used, const char *const *want)
{
	struct tr_text lines[ROOM];
	size_t count;

	assert_int_equal(tr_split(bytes, len, at_end, lines, ROOM, &count), want_used);
	for (size_t i = 0; i < count; i++)
		assert_true(want[i] && tr_text_is(lines[i], want[i]));
	assert_null(want[count]);
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void whole_and_unfinished_ones(void **state)
{
	const char *const none[] = {NULL};

	(void)state;
	lines_are("", 0, 0, 0, none);
	lines_are("", 0, 1, 0, none);
	lines_are("a", 1, 0, 0, none);
	lines_are("a", 1, 1, 1, LINES("a"));
	lines_are("a\n", 2, 0, 2, LINES("a"));
	lines_are("a\n", 2, 1, 2, LINES("a"));
	lines_are("\n\nb", 3, 0, 2, LINES("", ""));
	lines_are("\n\nb", 3, 1, 3, LINES("", "", "b"));
	lines_are("a\r\nb", 4, 1, 4, LINES("a\r", "b"));
	lines_are(
	    "1\n2\n3\n4\n5\n6\n7\n8\n", 16, 1, 14, LINES("1", "2", "3", "4", "5", "6", "7"));
}

/* One that is as long as may be, and one that is longer, with a character on the cut. */
static void long_ones(void **state)
{
	char *bytes = malloc(TR_SPLIT_BYTES + 8);
	struct tr_text lines[ROOM];
	size_t count;

	(void)state;
	memset(bytes, 'x', TR_SPLIT_BYTES + 8);
	assert_int_equal(tr_split(bytes, TR_SPLIT_BYTES, 0, lines, ROOM, &count), 0);
	/* What a buffer holds behind them is of an earlier reading. */
	bytes[TR_SPLIT_BYTES] = '\n';
	assert_int_equal(tr_split(bytes, TR_SPLIT_BYTES, 0, lines, ROOM, &count), 0);
	assert_int_equal(
	    tr_split(bytes, TR_SPLIT_BYTES + 1, 0, lines, ROOM, &count), TR_SPLIT_BYTES + 1);
	assert_int_equal(count, 1);
	assert_int_equal(lines[0].len, TR_SPLIT_BYTES);
	memcpy(bytes + TR_SPLIT_BYTES - 1, "\xE2\x82\xAC", 3);
	assert_int_equal(
	    tr_split(bytes, TR_SPLIT_BYTES + 2, 0, lines, ROOM, &count), TR_SPLIT_BYTES - 1);
	assert_int_equal(lines[0].len, TR_SPLIT_BYTES - 1);
	assert_int_equal(
	    tr_split(bytes, TR_SPLIT_BYTES + 2, 1, lines, ROOM, &count), TR_SPLIT_BYTES + 2);
	assert_int_equal(count, 2);
	assert_int_equal(lines[1].len, 3);
	free(bytes);
}

/* Random bytes, handed over in random pieces, with what was not used before the next one. */
static void pieces_make_no_difference(void **state)
{
	enum { LEN = 400 };
	uint64_t seed = 20261121;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char bytes[LEN], joined[2 * LEN] = "";
		size_t from = 0, have = 0, out = 0, count, used;
		struct tr_text lines[ROOM];

		for (int i = 0; i < LEN; i++)
			bytes[i] = random_below(&seed, 6) ? 'a' : '\n';
		while (from + have < LEN || have) {
			size_t more = random_below(&seed, 50);
			int at_end;

			have = have + more > LEN - from ? LEN - from : have + more;
			at_end = from + have == LEN;
			used = tr_split(bytes + from, have, at_end, lines, ROOM, &count);
			for (size_t i = 0; i < count; i++) {
				memcpy(joined + out, lines[i].data, lines[i].len);
				out += lines[i].len;
				joined[out++] = '\n';
			}
			from += used;
			have -= used;
		}
		assert_true(out == LEN || (out == LEN + 1 && bytes[LEN - 1] != '\n'));
		assert_memory_equal(joined, bytes, LEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_and_unfinished_ones),
	    cmocka_unit_test(long_ones),
	    cmocka_unit_test(pieces_make_no_difference),
	};

	return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
