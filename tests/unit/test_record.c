/* test_record.c: what is put comes back, and what is not whole does not.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/record.h"

#define POS UINT64_C(123456)

static struct tr_record line(const char *text, size_t len)
{
	return (struct tr_record){.kind = TR_RECORD_LINE,
	    .level = TR_LEVEL_ERROR,
	    .at_ms = 1700000000123,
	    .text = {text, len}};
}

static void a_line_comes_back(void **state)
{
	static const char text[] = "a\0b\xff\xc3";
	struct tr_record in = line(text, 5), out;
	struct tr_buf bytes = {0};

	(void)state;
	tr_record_put(&bytes, POS, &in);
	assert_int_equal(bytes.len, tr_record_size(&in));
	assert_int_equal(bytes.len % 8, 0);
	assert_int_equal(tr_record_get(bytes.data, bytes.len, POS, &out), bytes.len);
	assert_int_equal(out.kind, TR_RECORD_LINE);
	assert_int_equal(out.level, TR_LEVEL_ERROR);
	assert_int_equal(out.at_ms, 1700000000123);
	assert_int_equal(out.text.len, 5);
	assert_memory_equal(out.text.data, text, 5);
	tr_buf_free(&bytes);
}

/* No step is NULL in the database, but an empty line is an empty text. */
static void nothing_and_empty_are_told_apart(void **state)
{
	struct tr_record empty = line("", 0), out;
	struct tr_record unknown = {.kind = TR_RECORD_PROGRESS, .percent = (double)NAN};
	struct tr_buf bytes = {0};

	(void)state;
	tr_record_put(&bytes, POS, &empty);
	assert_int_equal(tr_record_get(bytes.data, bytes.len, POS, &out), bytes.len);
	assert_non_null(out.text.data);
	assert_int_equal(out.text.len, 0);
	tr_buf_clear(&bytes);
	tr_record_put(&bytes, POS, &unknown);
	assert_int_equal(tr_record_get(bytes.data, bytes.len, POS, &out), bytes.len);
	assert_null(out.text.data);
	assert_true(isnan(out.percent));
	tr_buf_free(&bytes);
}

/* In memory that ends where the bytes end, so that a sanitizer sees what is read past them. */
static size_t get_copy(const char *bytes, size_t len, uint64_t pos)
{
	char *copy = malloc(len ? len : 1);
	struct tr_record out;
	size_t size;

	memcpy(copy, bytes, len);
	size = tr_record_get(copy, len, pos, &out);
	free(copy);
	return size;
}

static void a_torn_record_is_none(void **state)
{
	struct tr_record in = line("twenty-one characters", 21);
	struct tr_buf bytes = {0};

	(void)state;
	tr_record_put(&bytes, POS, &in);
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_equal(get_copy(bytes.data, len, POS), 0);
	assert_int_equal(get_copy(bytes.data, bytes.len, POS), bytes.len);
	assert_int_equal(get_copy(bytes.data, bytes.len, POS + 8), 0); /* of another lap */
	tr_buf_free(&bytes);
}

/* The padding too: whatever bit is not as it was written, the record does not count. */
static void one_bit_is_enough(void **state)
{
	struct tr_record in = line("five.", 5);
	struct tr_buf bytes = {0};

	(void)state;
	tr_record_put(&bytes, POS, &in);
	for (size_t bit = 0; bit < bytes.len * 8; bit++) {
		bytes.data[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(get_copy(bytes.data, bytes.len, POS), 0);
		bytes.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	tr_buf_free(&bytes);
}

static void a_long_text_is_cut(void **state)
{
	char *text = calloc(1, TR_RECORD_TEXT_MAX_BYTES + 1);
	struct tr_record in = line(text, TR_RECORD_TEXT_MAX_BYTES + 1), out;
	struct tr_buf bytes = {0};

	(void)state;
	assert_int_equal(tr_record_size(&in), TR_RECORD_MAX_BYTES);
	tr_record_put(&bytes, POS, &in);
	assert_int_equal(bytes.len, TR_RECORD_MAX_BYTES);
	assert_int_equal(tr_record_get(bytes.data, bytes.len, POS, &out), TR_RECORD_MAX_BYTES);
	assert_int_equal(out.text.len, TR_RECORD_TEXT_MAX_BYTES);
	tr_buf_free(&bytes);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_comes_back),
	    cmocka_unit_test(nothing_and_empty_are_told_apart),
	    cmocka_unit_test(a_torn_record_is_none),
	    cmocka_unit_test(one_bit_is_enough),
	    cmocka_unit_test(a_long_text_is_cut),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
