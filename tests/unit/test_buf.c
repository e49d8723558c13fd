/* test_buf.c: the growable buffer, its ceiling and its sticky failure.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"

static void grows_and_stays_terminated(void **state)
{
	struct tr_buf b = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		tr_buf_addf(&b, "%d,", i);
	assert_int_equal(tr_buf_err(&b), TR_OK);
	assert_int_equal(b.len, 10 * 2 + 90 * 3 + 900 * 4);
	assert_int_equal(b.data[b.len], '\0');
	tr_buf_free(&b);
	assert_null(b.data);
}

static void ceiling_is_exact_and_failure_sticks(void **state)
{
	struct tr_buf b = {.limit_bytes = 4};

	(void)state;
	tr_buf_adds(&b, "1234");
	assert_int_equal(tr_buf_err(&b), TR_OK);
	tr_buf_adds(&b, "5");
	assert_int_equal(tr_buf_err(&b), TR_NOMEM);
	tr_buf_adds(&b, "");
	assert_int_equal(tr_buf_err(&b), TR_NOMEM);
	assert_string_equal(b.data, "1234");
	tr_buf_clear(&b);
	tr_buf_addf(&b, "%s", "ab");
	assert_int_equal(tr_buf_err(&b), TR_OK);
	assert_string_equal(b.data, "ab");
	tr_buf_free(&b);
}

static void an_impossible_length_is_refused(void **state)
{
	struct tr_buf b = {0};

	(void)state;
	tr_buf_adds(&b, "x");
	tr_buf_add(&b, "y", SIZE_MAX);
	assert_int_equal(tr_buf_err(&b), TR_NOMEM);
	assert_int_equal(b.len, 1);
	tr_buf_free(&b);
}

static void bytes_are_kept_as_they_are(void **state)
{
	struct tr_buf b = {0};

	(void)state;
	tr_buf_add(&b, NULL, 0);
	assert_string_equal(b.data, "");
	tr_buf_add(&b, "a\0b", 3);
	tr_buf_addf(&b, "%s", "");
	tr_buf_adds(&b, "c");
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0bc", 5);
	tr_buf_free(&b);
}

static void a_formatted_text_fits_whole_or_not_at_all(void **state)
{
	struct tr_buf b = {.limit_bytes = 5};

	(void)state;
	tr_buf_adds(&b, "ab");
	tr_buf_addf(&b, "%d", 1234);
	assert_int_equal(tr_buf_err(&b), TR_NOMEM);
	assert_string_equal(b.data, "ab");
	tr_buf_clear(&b);
	tr_buf_addf(&b, "%d", 12345);
	assert_int_equal(tr_buf_err(&b), TR_OK);
	tr_buf_free(&b);
}

static void the_ceiling_outlives_the_memory(void **state)
{
	struct tr_buf b = {.limit_bytes = 2};

	(void)state;
	tr_buf_adds(&b, "abc");
	tr_buf_free(&b);
	assert_int_equal(tr_buf_err(&b), TR_OK);
	tr_buf_adds(&b, "ab");
	assert_string_equal(b.data, "ab");
	tr_buf_adds(&b, "c");
	assert_int_equal(tr_buf_err(&b), TR_NOMEM);
	tr_buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grows_and_stays_terminated),
	    cmocka_unit_test(ceiling_is_exact_and_failure_sticks),
	    cmocka_unit_test(an_impossible_length_is_refused),
	    cmocka_unit_test(bytes_are_kept_as_they_are),
	    cmocka_unit_test(a_formatted_text_fits_whole_or_not_at_all),
	    cmocka_unit_test(the_ceiling_outlives_the_memory),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
