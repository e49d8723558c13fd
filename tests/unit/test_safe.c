/* test_safe.c: no bytes, whatever they are, come out as anything that moves a terminal.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"
#include "cli/safe.h"
#include "inputs.h"

#define TRIES 20000
#define NEXT_LINE "\n        "

static struct tr_text text_of(const char *word)
{
	return (struct tr_text){word, strlen(word)};
}

/* Fails unless the text becomes want. */
static void becomes(struct tr_text text, int colour, const char *want)
{
	struct tr_buf out = {0};

	tr_buf_adds(&out, "");
	tr_safe_add_message(&out, text, colour);
	assert_int_equal(tr_buf_err(&out), TR_OK);
	assert_string_equal(out.data, want);
	tr_buf_free(&out);
}

static void messages(void **state)
{
	(void)state;
	becomes(text_of(""), 1, "");
	becomes(text_of("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), 0,
	    "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	becomes(text_of("a\tb\x01\x7f\xc2\x80\xff"), 0, "a b\\x01\\x7f\\xc2\\x80\\xff");
	becomes((struct tr_text){"a\0b", 3}, 0, "a\\x00b");
	becomes(text_of("one\ntwo\r\nthree\n\r\n"), 0, "one" NEXT_LINE "two" NEXT_LINE "three");
	becomes(text_of("50%\r60%"), 0, "50%\\x0d60%");
	becomes(text_of("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf"), 0,
	    "\xe2\x80\xa7\\xe2\\x80\\xa8\\xe2\\x80\\xae\xe2\x80\xaf");
	becomes(text_of("\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa"), 0,
	    "\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xe2\x81\xaa");
}

static void colours(void **state)
{
	(void)state;
	becomes(text_of("\033[1;31mred\033[m \033[38:5:208mx"), 1,
	    "\033[1;31mred\033[m \033[38:5:208mx\033[m");
	becomes(text_of("\033[1;31mred\033[m \033[38:5:208mx"), 0, "red x");
	becomes(text_of("\033[2J\033[31;\033[31\033[?1m\033[31"), 1,
	    "\\x1b[2J\\x1b[31;\\x1b[31\\x1b[?1m\\x1b[31");
	becomes(text_of("\033"), 1, "\\x1b");
	becomes(text_of("\033["), 1, "\\x1b[");
	becomes((struct tr_text){"\033[3\0m", 5}, 1, "\\x1b[3\\x00m");
}

/* Fails where a byte of out may move a terminal: NEXT_LINE and colours are allowed. */
static void is_harmless(const struct tr_buf *out, int colour)
{
	assert_int_equal(tr_utf8_valid(out->data, out->len), out->len);
	for (size_t at = 0; at < out->len; at += tr_safe_char_len(out->data + at)) {
		if (!tr_safe_is_control(out->data + at))
			continue;
		if (out->data[at] == '\n') {
			assert_memory_equal(out->data + at, NEXT_LINE, strlen(NEXT_LINE));
			continue;
		}
		assert_true(colour);
		assert_memory_equal(out->data + at, "\033[", 2);
		at += 2;
		at += strspn(out->data + at, "0123456789:;");
		assert_int_equal(out->data[at], 'm');
	}
}

static void any_bytes(void **state)
{
	static const char pieces[] = "\033[0;:mJ\n\r\t\xe2\x80\xae\xc2\x9b\xff ax";
	uint64_t seed = 20261121;
	char bytes[64];

	(void)state;
	for (int i = 0; i < TRIES; i++) {
		struct tr_text text = {bytes, random_below(&seed, sizeof(bytes))};
		struct tr_buf out = {0};

		for (size_t at = 0; at < text.len; at++)
			bytes[at] = random_below(&seed, 4)
					? pieces[random_below(&seed, sizeof(pieces))]
					: (char)random_below(&seed, 256);
		tr_buf_adds(&out, "");
		tr_safe_add_message(&out, text, i % 2);
		is_harmless(&out, i % 2);
		tr_buf_clear(&out);
		assert_true(tr_safe_add(&out, text, 10) <= 11);
		is_harmless(&out, 0);
		assert_null(out.len ? memchr(out.data, '\n', out.len) : NULL);
		tr_buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages),
	    cmocka_unit_test(colours),
	    cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests_name("safe", tests, NULL, NULL);
}
