/* test_utf8.c: validity and repair, compared with a slow reference and the standard's tables.
 *
 * - All sequences of one, two and three bytes; of four, all that are made of border bytes,
 *   and random ones. Every input ends at a page that may not be read.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/utf8.h"
#include "inputs.h"
#include "ref_utf8.h"

#define LONGEST 64

struct fixture {
	struct edge edge;
	struct tr_buf out;
};

static int set_up(void **state)
{
	static struct fixture f;

	f.edge = edge_make(LONGEST);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	edge_free(&f->edge);
	tr_buf_free(&f->out);
	return 0;
}

/* Fails, with the bytes, unless both functions agree with the reference. */
static void check(struct fixture *f, const void *bytes, size_t len)
{
	const char *input = edge_put(&f->edge, bytes, len);
	char want[3 * LONGEST], hex[3 * LONGEST + 1] = "";
	size_t valid, want_len = ref_utf8_clean(want, input, len, &valid);

	tr_buf_clear(&f->out);
	tr_utf8_add(&f->out, input, len);
	if (tr_utf8_valid(input, len) == valid && f->out.len == want_len &&
	    memcmp(f->out.data, want, want_len) == 0)
		return;
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 3 * i, 4, "%02X ", (unsigned char)input[i]);
	fail_msg("not as the reference: %s", hex);
}

static void all_of_one_and_two_bytes(void **state)
{
	for (unsigned i = 0; i < 0x10000; i++) {
		unsigned char bytes[] = {(unsigned char)(i >> 8), (unsigned char)i};

		check(*state, bytes + 1, 1);
		check(*state, bytes, 2);
	}
}

static void all_of_three_bytes(void **state)
{
	for (unsigned i = 0; i < 0x1000000; i++) {
		unsigned char bytes[] = {
		    (unsigned char)(i >> 16), (unsigned char)(i >> 8), (unsigned char)i};

		check(*state, bytes, 3);
	}
}

static void four_bytes_at_every_border(void **state)
{
	static const unsigned char border[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
	    0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3,
	    0xF4, 0xF5, 0xF8, 0xFF};
	size_t n = sizeof(border);

	for (size_t i = 0; i < n * n * n * n; i++) {
		unsigned char bytes[] = {border[i / n / n / n], border[i / n / n % n],
		    border[i / n % n], border[i % n]};

		check(*state, bytes, 4);
	}
}

static void four_random_bytes_after_a_long_lead(void **state)
{
	uint64_t seed = 4;

	for (int i = 0; i < 300000; i++) {
		uint64_t r = next_random(&seed);
		unsigned char bytes[] = {(unsigned char)(0xF0 | (r & 7)),
		    (unsigned char)(0x80 | (r >> 8 & 0x3F)), (unsigned char)(r >> 16),
		    (unsigned char)(r >> 24)};

		check(*state, bytes, 4);
	}
}

/* The fast path looks at eight bytes at a time: put each kind of trouble at each place. */
static void trouble_at_every_place_in_ascii(void **state)
{
	static const char *const trouble[] = {
	    "\xFF", "\x80", "\xC3\xA9", "\xE2\x82", "\xF0\x9F\x98\x80", "\xF0\x9F\x98"};
	char text[LONGEST];

	for (size_t t = 0; t < sizeof(trouble) / sizeof(*trouble); t++) {
		for (size_t at = 0; at < 20; at++) {
			for (size_t after = 0; after < 20; after++) {
				size_t bad = strlen(trouble[t]);

				memset(text, 'a', sizeof(text));
				memcpy(text + at, trouble[t], bad);
				check(*state, text, at + bad + after);
			}
		}
	}
}

static void random_texts(void **state)
{
	static const char parts[][5] = {"", "a", "log", "\xC3\xA9", "\xE2\x82\xAC",
	    "\xF0\x9F\x98\x80", "\xF0\x9F", "\xED\xA0\x80", "\xC0\xAF", "\xEF\xBB\xBF", "\xFF"};
	uint64_t seed = 5;

	for (int i = 0; i < 50000; i++) {
		char text[LONGEST];
		size_t len = 0, want = random_below(&seed, LONGEST - 4);

		while (len < want) {
			const char *part =
			    parts[random_below(&seed, sizeof(parts) / sizeof(*parts))];

			memcpy(text + len, part, strlen(part) + 1);
			len += strlen(part) ? strlen(part) : 1; /* "" stands for a NUL */
		}
		check(*state, text, len);
	}
}

#define R "\xEF\xBF\xBD"

/* Unicode 15, tables 3-8 to 3-11; these hold without the reference. */
static void the_tables_of_the_standard(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"", ""},
	    {"plain", "plain"},
	    {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", R R R R R R R R "A"},
	    {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", R R R R R R R R "A"},
	    {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", R R R R R "A" R R "B"},
	    {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", R R R R "A"},
	    {"\xEF\xBB\xBF", "\xEF\xBB\xBF"},
	    {"\xEF\xBF\xBD\xF4\x8F\xBF\xBF", "\xEF\xBF\xBD\xF4\x8F\xBF\xBF"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		tr_buf_clear(&f->out);
		tr_utf8_add(&f->out, rows[i].in, strlen(rows[i].in));
		assert_string_equal(f->out.data, rows[i].want);
	}
}

static void the_end_of_a_text_that_was_cut(void **state)
{
	static const struct {
		const char *text;
		size_t want;
	} rows[] = {
	    {"", 0},
	    {"a", 1},
	    {"a\xC3", 1},
	    {"a\xC3\xA4", 3},
	    {"\xE2", 0},
	    {"\xE2\x82", 0},
	    {"\xE2\x82\xAC", 3},
	    {"z\xF0\x9F\x98", 1},
	    {"z\xF0\x9F", 1},
	    {"z\xF0", 1},
	    {"\xF0\x9F\x98\x80", 4},
	    {"\x80\x80\x80\x80", 4},
	    {"a\xFF", 2},
	    {"a\xC0", 2},
	    {"\xC3z", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
		    tr_utf8_whole(rows[i].text, strlen(rows[i].text)), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_tables_of_the_standard),
	    cmocka_unit_test(all_of_one_and_two_bytes),
	    cmocka_unit_test(all_of_three_bytes),
	    cmocka_unit_test(four_bytes_at_every_border),
	    cmocka_unit_test(four_random_bytes_after_a_long_lead),
	    cmocka_unit_test(trouble_at_every_place_in_ascii),
	    cmocka_unit_test(random_texts),
	    cmocka_unit_test(the_end_of_a_text_that_was_cut),
	};

	return cmocka_run_group_tests_name("utf8", tests, set_up, tear_down);
}
