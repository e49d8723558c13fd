/* test_progress_masks.c: no masked value reaches a line, a title or a step.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "inputs.h"
#include "items_rows.h"

static void in_all_texts(void **state)
{
	static const struct items_row rows[] = {
	    OUT("a tok\n::add-mask::tok\na tok, toktok to\n",
		"info a tok\ninfo a ***, ****** to\n"),
	    OUT("::add-mask::tok\n::group::a tok\nSTATUS=b tok\n::error::c tok\n",
		"group a ***\nprogress ? b ***\ninfo STATUS=b ***\nerror c ***\n"
		"group-end a ***\n"),
	    OUT("STATUS=tok\n::group::tok\n::add-mask::tok\n5%\n",
		"progress ? tok\ninfo STATUS=tok\ngroup tok\nprogress 5 ***\ninfo 5%\n"
		"group-end ***\n"),
	    OUT("::add-mask::a%25%0Ab c%0D%0A %0A\na% b c  .\n", "info *** ***  .\n"),
	    OUT("::add-mask::\n::add-mask::  \na  b\n", "info a  b\n"),
	    OUT("##vso[task.setsecret]tok\n##vso[task.setvariable "
		"variable=a;issecret=true]kot\n"
		"##vso[task.setvariable variable=a]tak\ntok kot tak\n",
		"info ##vso[task.setvariable variable=a]tak\ninfo *** *** tak\n"),
	    OUT("::add-mask::abc\n::add-mask::bcd\n::add-mask::b\nabcd.abcabc.bc.cd\n",
		"info ***.******.***c.cd\n"),
	};

	(void)state;
	ASSERT_ROWS(TR_MARKUP_AUTO, rows);
}

static void on_the_other_stream(void **state)
{
	struct items got;

	(void)state;
	items_open(&got, TR_MARKUP_AUTO);
	items_feed(&got, TR_FROM_STDERR, "begun tok, ");
	items_feed(&got, TR_FROM_STDOUT, "::add-mask::tok\n");
	items_feed(&got, TR_FROM_STDERR, "ended tok\n");
	assert_string_equal(items_close(&got), "error begun ***, ended ***\n");
	items_free(&got);
}

static void not_across_a_flush(void **state)
{
	struct items got;

	(void)state;
	items_open(&got, TR_MARKUP_AUTO);
	items_feed(&got, TR_FROM_STDOUT, "::add-mask::hunter2\nlogin hun");
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	items_feed(&got, TR_FROM_STDOUT, "ter2hunt");
	tr_markup_flush(got.m, TR_FROM_STDOUT);
	items_feed(&got, TR_FROM_STDOUT, "ed\n");
	assert_string_equal(items_close(&got), "info login \ninfo ***\ninfo hunted\n");
	items_free(&got);
}

/* At each place around which a line is too long to be kept. */
static void not_across_the_end_of_a_part(void **state)
{
	static const char mask[] = "::add-mask::hunter2\n", secret[] = "hunter2";
	size_t len = TR_MARKUP_LINE_MAX_BYTES + 20;
	char *line = malloc(len);

	(void)state;
	for (size_t at = TR_MARKUP_LINE_MAX_BYTES - 9; at < TR_MARKUP_LINE_MAX_BYTES + 2;
	     at++) {
		struct items got;

		memset(line, '-', len);
		memcpy(line + at, secret, strlen(secret));
		items_open(&got, TR_MARKUP_AUTO);
		items_feed(&got, TR_FROM_STDOUT, mask);
		tr_markup_feed(got.m, TR_FROM_STDOUT, line, len);
		items_close(&got);
		assert_non_null(strstr(got.text.data, "***"));
		assert_null(strpbrk(strstr(got.text.data, "---"), "hut2"));
		assert_int_equal(
		    got.text.len, len - strlen(secret) + strlen("***") + 2 * strlen("info \n"));
		items_free(&got);
	}
	free(line);
}

static void what_does_not_fit_closes_the_log(void **state)
{
	struct items got;
	char line[64];

	(void)state;
	items_open(&got, TR_MARKUP_AUTO);
	items_feed(&got, TR_FROM_STDOUT, "STATUS=s\n::group::g\n");
	tr_buf_clear(&got.text);
	for (int i = 0; i < 257; i++) {
		snprintf(line, sizeof(line), "::add-mask::secret%03d\n", i);
		items_feed(&got, TR_FROM_STDOUT, line);
	}
	items_feed(&got, TR_FROM_STDOUT, "secret256\n::add-mask::x\n5%\nfree text\n");
	assert_string_equal(items_close(&got),
	    "warn tailrow: too many masked values; no text of this command is logged from here "
	    "on\ninfo ***\nprogress 5 ***\ninfo ***\ninfo ***\ngroup-end ***\n");
	items_free(&got);
}

/* Texts and values of two letters, so that values overlap and contain each other. */
static void random_text(char *out, size_t len, uint64_t *seed)
{
	for (size_t i = 0; i < len; i++)
		out[i] = random_below(seed, 2) ? 'a' : 'b';
	out[len] = '\0';
}

/* Marks in covered what the occurrences of value in text cover. */
static void cover(char *covered, const char *text, const char *value)
{
	for (const char *at = strstr(text, value); at; at = strstr(at + 1, value))
		memset(covered + (at - text), 1, strlen(value));
}

/* Each run of covered bytes is three stars, where the occurrences in it overlap. */
static void want_of(struct tr_buf *want, const char *text, char values[][6], size_t count)
{
	char covered[64] = {0}, joined[64] = {0};
	size_t len = strlen(text);

	for (size_t v = 0; v < count; v++) {
		cover(covered, text, values[v]);
		for (const char *at = strstr(text, values[v]); at;
		     at = strstr(at + 1, values[v]))
			memset(joined + (at - text) + 1, 1, strlen(values[v]) - 1);
	}
	for (size_t i = 0; i < len; i++) {
		if (!covered[i])
			tr_buf_add(want, text + i, 1);
		else if (!joined[i])
			tr_buf_adds(want, "***");
	}
}

static void as_a_simple_search_would(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		char values[3][6], text[41];
		size_t count = 1 + random_below(&seed, 3);
		struct tr_buf in = {0}, want = {0};
		struct items got;

		for (size_t v = 0; v < count; v++) {
			random_text(values[v], 2 + random_below(&seed, 4), &seed);
			tr_buf_addf(&in, "::add-mask::%s\n", values[v]);
		}
		random_text(text, random_below(&seed, sizeof(text)), &seed);
		tr_buf_addf(&in, "%s\n", text);
		tr_buf_adds(&want, "info ");
		want_of(&want, text, values, count);
		tr_buf_adds(&want, "\n");
		items_open(&got, TR_MARKUP_AUTO);
		tr_markup_feed(got.m, TR_FROM_STDOUT, in.data, in.len);
		assert_string_equal(items_close(&got), want.data);
		items_free(&got);
		tr_buf_free(&in);
		tr_buf_free(&want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_all_texts),
	    cmocka_unit_test(on_the_other_stream),
	    cmocka_unit_test(not_across_a_flush),
	    cmocka_unit_test(not_across_the_end_of_a_part),
	    cmocka_unit_test(what_does_not_fit_closes_the_log),
	    cmocka_unit_test(as_a_simple_search_would),
	};

	return cmocka_run_group_tests_name("progress_masks", tests, NULL, NULL);
}
