/* test_row.c: what the words in a row mean.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "store/row.h"

static struct tr_text text_of(const char *word)
{
	return (struct tr_text){word, strlen(word)};
}

static void a_text_is_a_word_whole_or_not_at_all(void **state)
{
	(void)state;
	assert_true(tr_text_is(text_of("log"), "log"));
	assert_false(tr_text_is(text_of("log"), "lo"));
	assert_false(tr_text_is(text_of("lo"), "log"));
	assert_false(tr_text_is(text_of("Log"), "log"));
	assert_false(tr_text_is((struct tr_text){"log\0x", 5}, "log"));
	assert_true(tr_text_is((struct tr_text){"logs", 3}, "log"));
	assert_true(tr_text_is((struct tr_text){NULL, 0}, ""));
	assert_false(tr_text_is((struct tr_text){NULL, 0}, "log"));
}

/* Every byte alone, and the lengths at the edges. */
static void event_names(void **state)
{
	const char *allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			      "0123456789._:-";
	char name[65];

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		name[0] = 'a';
		name[1] = (char)byte;
		assert_int_equal(tr_event_name((struct tr_text){name, 2}),
		    byte && strchr(allowed, byte) != NULL);
	}
	memset(name, 'x', sizeof(name));
	assert_false(tr_event_name((struct tr_text){name, 0}));
	assert_true(tr_event_name((struct tr_text){name, 1}));
	assert_true(tr_event_name((struct tr_text){name, 64}));
	assert_false(tr_event_name((struct tr_text){name, 65}));
}

/* Those in the CHECK of schema.sql. */
static void reserved_names(void **state)
{
	static const char *const names[] = {"hello", "snapshot", "gap", "reset", "ping", "busy",
	    "row", "gone", "open", "error"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(tr_event_reserved(text_of(names[i])));
	assert_false(tr_event_reserved(text_of("log")));
	assert_false(tr_event_reserved(text_of("removed")));
	assert_false(tr_event_reserved(text_of("opened")));
	assert_false(tr_event_reserved(text_of("")));
}

static void markers(void **state)
{
	(void)state;
	assert_int_equal(tr_marker_of(text_of("status-update")), TR_MARKER_STATUS);
	assert_int_equal(tr_marker_of(text_of("completion")), TR_MARKER_COMPLETION);
	assert_int_equal(tr_marker_of(text_of("removed")), TR_MARKER_REMOVED);
	assert_int_equal(tr_marker_of(text_of("log")), TR_MARKER_NONE);
	assert_int_equal(tr_marker_of(text_of("group-end")), TR_MARKER_NONE);
	assert_int_equal(tr_marker_of(text_of("removed2")), TR_MARKER_NONE);
	assert_int_equal(tr_marker_of(text_of("")), TR_MARKER_NONE);
}

static void states(void **state)
{
	(void)state;
	for (int i = 0; i < TR_STATES; i++)
		assert_int_equal(tr_state_of(text_of(tr_state_names[i])), i);
	assert_int_equal(tr_state_of(text_of("run")), TR_STATES);
	assert_int_equal(tr_state_of(text_of("")), TR_STATES);
}

static void has(const char *bytes, size_t len, const char *words, int want)
{
	char copy[32];

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	assert_int_equal(tr_text_has((struct tr_text){copy, len}, words), want);
}

static void words_in_a_text(void **state)
{
	(void)state;
	has("An Error", 8, "error", 1);
	has("AN ERROR", 8, "n eRr", 1);
	has("An Erro", 7, "error", 0);
	has("a\0b\0Error", 9, "error", 1);
	has("err\0or", 6, "error", 0);
	has("\0\0", 2, "a", 0);
	has("", 0, "a", 0);
	has("100%", 4, "%", 1);
	has("100", 3, "%", 0);
	has("\xC3\x84", 2, "\xC3\xA4", 0); /* A umlaut: only ASCII is folded */
	has("\xFF\xFE", 2, "\xFE", 1);
	assert_false(tr_text_has((struct tr_text){NULL, 0}, "a"));
}

static void final_states(void **state)
{
	(void)state;
	assert_true(tr_state_final(text_of("succeeded")));
	assert_true(tr_state_final(text_of("failed")));
	assert_true(tr_state_final(text_of("canceled")));
	assert_false(tr_state_final(text_of("queued")));
	assert_false(tr_state_final(text_of("running")));
	assert_false(tr_state_final((struct tr_text){NULL, 0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_is_a_word_whole_or_not_at_all),
	    cmocka_unit_test(event_names),
	    cmocka_unit_test(reserved_names),
	    cmocka_unit_test(markers),
	    cmocka_unit_test(states),
	    cmocka_unit_test(words_in_a_text),
	    cmocka_unit_test(final_states),
	};

	return cmocka_run_group_tests_name("row", tests, NULL, NULL);
}
