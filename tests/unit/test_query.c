/* test_query.c: the pieces of a query string, their decoding, and numbers in them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/query.h"
#include "inputs.h"

#define MOST_BYTES 4096

/* Writes what the walk finds as "name=value;", each NUL in a value as '0'. */
static void walk(char out[MOST_BYTES], char *text)
{
	char *rest = text;
	struct tr_param p;
	size_t len = 0;

	while (tr_query_next(&rest, &p)) {
		len += (size_t)sprintf(out + len, "%s=", p.name);
		assert_int_equal(p.value[p.value_len], '\0');
		for (size_t i = 0; i < p.value_len; i++)
			out[len++] = p.value[i] ? p.value[i] : '0';
		out[len++] = ';';
	}
	out[len] = '\0';
	assert_null(rest);
	assert_int_equal(tr_query_next(&rest, &p), 0);
}

static void pieces_and_their_decoding(void **state)
{
	static const struct {
		const char *query, *want;
	} rows[] = {
	    {"", ""},
	    {"&", ""},
	    {"&&&", ""},
	    {"job=1,2", "job=1,2;"},
	    {"a=1&b=2", "a=1;b=2;"},
	    {"&a=1&&b=2&", "a=1;b=2;"},
	    {"a", "a=;"},
	    {"a&b", "a=;b=;"},
	    {"a=", "a=;"},
	    {"=", "=;"},
	    {"=v", "=v;"},
	    {"a=b=c", "a=b=c;"},
	    {"a=1&a=2", "a=1;a=2;"},
	    {"a=1;b=2", "a=1;b=2;"},
	    {"a+b=c+d", "a b=c d;"},
	    {"%61%3D=%26%2B%3b", "a==&+;;"},
	    {"a=%25%32%36", "a=%26;"},
	    {"a=%", "a=%;"},
	    {"a=%4", "a=%4;"},
	    {"%", "%=;"},
	    {"%4", "%4=;"},
	    {"a=%4g%G4%zz", "a=%4g%G4%zz;"},
	    {"a=%%41", "a=%A;"},
	    {"a=%4%31", "a=%41;"},
	    {"a=%&41=b", "a=%;41=b;"},
	    {"a=%c3%A9\xC3\xA9%ff", "a=\xC3\xA9\xC3\xA9\xFF;"},
	    {"a=1%002", "a=102;"},
	    {"a=%00", "a=0;"},
	    {"job%00=1&b=2", "b=2;"},
	    {"%00", ""},
	};
	struct edge edge = edge_make(64);
	char got[MOST_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		walk(got, edge_put(&edge, rows[i].query, strlen(rows[i].query) + 1));
		assert_string_equal(got, rows[i].want);
	}
	edge_free(&edge);
}

static void no_query_at_all(void **state)
{
	char *rest = NULL;
	struct tr_param p;

	(void)state;
	assert_int_equal(tr_query_next(&rest, &p), 0);
}

/* A query made at random, and what walk() has to make of it. */
struct sample {
	char query[MOST_BYTES], want[MOST_BYTES];
	size_t query_len, want_len;
	uint64_t seed;
};

/* Appends byte in one of the forms that mean it. */
static void add_byte(struct sample *s, unsigned char byte)
{
	char *to = s->query + s->query_len;

	if (byte && !strchr("&=+% ", byte) && random_below(&s->seed, 2))
		s->query_len += (size_t)sprintf(to, "%c", byte);
	else if (byte == ' ' && random_below(&s->seed, 2))
		s->query_len += (size_t)sprintf(to, "+");
	else
		s->query_len +=
		    (size_t)sprintf(to, random_below(&s->seed, 2) ? "%%%02X" : "%%%02x", byte);
	s->want[s->want_len++] = byte ? (char)byte : '0';
}

static void add_pair(struct sample *s)
{
	size_t name_len = random_below(&s->seed, 8), value_len = random_below(&s->seed, 20);

	while (name_len--)
		add_byte(s, (unsigned char)(1 + random_below(&s->seed, 255)));
	s->query[s->query_len++] = s->want[s->want_len++] = '=';
	while (value_len--)
		add_byte(s, (unsigned char)next_random(&s->seed));
	s->query[s->query_len++] = '&';
	s->want[s->want_len++] = ';';
}

static void random_pairs_come_back(void **state)
{
	struct edge edge = edge_make(MOST_BYTES);
	char got[MOST_BYTES];

	(void)state;
	for (uint64_t i = 0; i < 5000; i++) {
		struct sample s = {.seed = i};

		for (size_t pairs = random_below(&s.seed, 8); pairs; pairs--)
			add_pair(&s);
		walk(got, edge_put(&edge, s.query, s.query_len + 1));
		assert_memory_equal(got, s.want, s.want_len + 1);
	}
	edge_free(&edge);
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		enum tr_err err;
		int64_t want;
	} rows[] = {
	    {"0", 0, 10, TR_OK, 0},
	    {"10", 0, 10, TR_OK, 10},
	    {"11", 0, 10, TR_INVALID, 0},
	    {"1", 2, 10, TR_INVALID, 0},
	    {"2", 2, 2, TR_OK, 2},
	    {"007", 0, 10, TR_OK, 7},
	    {"999999999999999999", 0, INT64_MAX, TR_OK, INT64_C(999999999999999999)},
	    {"9223372036854775807", 0, INT64_MAX, TR_OK, INT64_MAX},
	    {"9223372036854775806", 0, INT64_MAX, TR_OK, INT64_MAX - 1},
	    {"9999999999999999999", 0, INT64_MAX, TR_INVALID, 0},
	    {"0000000000000000001", 0, 10, TR_OK, 1},
	    {"00000000000000000001", 0, 10, TR_INVALID, 0},
	    {"9223372036854775808", INT64_MIN, INT64_MAX, TR_INVALID, 0},
	    {"", 0, 10, TR_INVALID, 0},
	    {"-1", -5, 10, TR_INVALID, 0},
	    {"+1", 0, 10, TR_INVALID, 0},
	    {" 1", 0, 10, TR_INVALID, 0},
	    {"1 ", 0, 10, TR_INVALID, 0},
	    {"1\n", 0, 10, TR_INVALID, 0},
	    {"1.0", 0, 10, TR_INVALID, 0},
	    {"0x1", 0, 10, TR_INVALID, 0},
	    {"1e1", 0, 10, TR_INVALID, 0},
	    {"\xD9\xA1", 0, 10, TR_INVALID, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t n = -77, want = rows[i].err ? -77 : rows[i].want;

		assert_int_equal(
		    tr_query_number(rows[i].text, rows[i].min, rows[i].max, &n), rows[i].err);
		assert_true(n == want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pieces_and_their_decoding),
	    cmocka_unit_test(no_query_at_all),
	    cmocka_unit_test(random_pairs_come_back),
	    cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
