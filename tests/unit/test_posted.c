/* test_posted.c: JSON that a publisher sends, taken whole or refused with a sentence.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "web/posted.h"

typedef enum tr_err reader(struct tr_posted *, const struct tr_buf *, struct tr_why *);

static struct tr_posted read_bytes(reader *read, const char *bytes, size_t len)
{
	struct tr_posted posted = {0};
	struct tr_buf body = {0};
	struct tr_why why = {0};

	tr_buf_add(&body, bytes, len);
	if (read(&posted, &body, &why))
		fail_msg("%s: %s", bytes, why.text);
	tr_buf_free(&body);
	return posted;
}

static struct tr_posted posted_of(reader *read, const char *text)
{
	return read_bytes(read, text, strlen(text));
}

/* Fails unless the bytes are refused with a sentence that has says in it. */
static void bytes_refused(reader *read, const char *bytes, size_t len, const char *says)
{
	struct tr_posted posted = {0};
	struct tr_buf body = {0};
	struct tr_why why = {0};

	if (len)
		tr_buf_add(&body, bytes, len);
	if (read(&posted, &body, &why) != TR_INVALID || !strstr(why.text, says))
		fail_msg("%s: %s", bytes, why.text);
	tr_posted_free(&posted);
	tr_buf_free(&body);
}

static void refused(reader *read, const char *text, const char *says)
{
	bytes_refused(read, text, strlen(text), says);
}

static void has_text(const struct tr_posted *posted, const char *column, const char *want)
{
	const struct tr_value *value = tr_posted_value(posted, column);

	assert_non_null(value);
	assert_int_equal(value->kind, TR_VALUE_TEXT);
	assert_true(tr_text_is(value->text, want));
}

static void every_member_of_a_job(void **state)
{
	struct tr_posted posted = posted_of(tr_posted_job,
	    " {\"name\":\"a \\\"b\\\" \\u00e4\",\"state\":\"failed\",\"progress\":33.3,"
	    "\"step\":\"s\",\"url\":\"u\",\"error\":\"e\",\"exitCode\":-1,\"signal\":9,"
	    "\"owner\":\"o\",\"host\":\"h\",\"cwd\":\"/\"}\n");

	(void)state;
	assert_int_equal(posted.value_count, 11);
	has_text(&posted, "name", "a \"b\" \xC3\xA4");
	has_text(&posted, "cwd", "/");
	assert_true(tr_posted_value(&posted, "progress")->number == 33.3);
	assert_int_equal(tr_posted_value(&posted, "exit_code")->kind, TR_VALUE_INTEGER);
	assert_int_equal(tr_posted_value(&posted, "exit_code")->integer, -1);
	assert_null(tr_posted_value(&posted, "id"));
	tr_posted_free(&posted);
	tr_posted_free(&posted);
}

static void null_and_the_last_of_two(void **state)
{
	struct tr_posted posted = posted_of(
	    tr_posted_job, "{\"progress\":null,\"step\":\"a\",\"step\":null,\"step\":\"b\"}");

	(void)state;
	assert_int_equal(posted.value_count, 2);
	assert_int_equal(tr_posted_value(&posted, "progress")->kind, TR_VALUE_NULL);
	has_text(&posted, "step", "b");
	tr_posted_free(&posted);
	posted = posted_of(tr_posted_job, "{}");
	assert_int_equal(posted.value_count, 0);
	tr_posted_free(&posted);
}

static void of_the_wrong_type(void **state)
{
	(void)state;
	refused(tr_posted_job, "{\"name\":null}", "name is a text.");
	refused(tr_posted_job, "{\"name\":1}", "name is a text.");
	refused(tr_posted_job, "{\"step\":[]}", "step is a text, or null.");
	refused(tr_posted_job, "{\"progress\":\"45\"}", "progress is a number, or null.");
	refused(tr_posted_job, "{\"exitCode\":1.5}", "exitCode is a whole number, or null.");
	refused(tr_posted_job, "{\"exitCode\":1e300}", "exitCode is a whole number");
	refused(tr_posted_job, "{\"exitCode\":9007199254740994}", "exitCode is a whole");
	refused(tr_posted_job, "{\"exitCode\":true}", "exitCode is a whole");
	refused(tr_posted_job, "{\"id\":1}", "'id' is nothing that can be set.");
	refused(tr_posted_job, "{\"Name\":\"x\"}", "'Name' is nothing");
	refused(tr_posted_job, "{\"\":1}", "'' is nothing");
	refused(tr_posted_job, "[]", "Expected an object");
	refused(tr_posted_job, "\"x\"", "Expected an object");
}

static void no_json(void **state)
{
	(void)state;
	refused(tr_posted_job, "", "no JSON");
	refused(tr_posted_job, " ", "no JSON");
	refused(tr_posted_job, "{\"name\":\"x\"", "no JSON");
	refused(tr_posted_job, "{\"name\":\"x\"} x", "no JSON, from byte 13 on");
	refused(tr_posted_job, "{\"name\":\"x\"}{}", "no JSON");
	refused(tr_posted_job, "{'name':'x'}", "no JSON");
	refused(tr_posted_job, "name=x", "no JSON");
	refused(tr_posted_job, "{\"name\":\"\xC3\"}", "not UTF-8 from byte 9");
	refused(tr_posted_job, "{\"name\":\"\\ud800\"}", "no JSON");
	bytes_refused(tr_posted_job, "{\"name\":\"a\0b\"}", 14, "no JSON");
	bytes_refused(tr_posted_job, "{}\0", 3, "no JSON");
	bytes_refused(tr_posted_job, "", 0, "no JSON");
}

/* An escaped backslash before "u0000" is none. */
static void a_nul_is_refused_and_what_looks_like_one_is_not(void **state)
{
	struct tr_posted posted;

	(void)state;
	refused(tr_posted_job, "{\"name\":\"a\\u0000b\"}", "NUL");
	refused(tr_posted_job, "{\"name\":\"\\u0000\"}", "NUL");
	refused(tr_posted_job, "{\"name\":\"\\\\\\u0000\"}", "NUL");
	refused(tr_posted_job, "{\"na\\u0000me\":\"x\"}", "NUL");
	refused(tr_posted_job, "{\"name\":\"\\\\u0000\\u0000\"}", "NUL");
	posted = posted_of(tr_posted_job, "{\"name\":\"a\\\\u0000b\"}");
	has_text(&posted, "name", "a\\u0000b");
	tr_posted_free(&posted);
}

static void lines(void **state)
{
	struct tr_posted posted = posted_of(tr_posted_lines, "{\"message\":\"\"}");

	(void)state;
	assert_int_equal(posted.line_count, 1);
	assert_true(tr_text_is(posted.lines[0].message, ""));
	assert_null(posted.lines[0].level.data);
	assert_null(posted.lines[0].event.data);
	tr_posted_free(&posted);
	posted = posted_of(tr_posted_lines,
	    "[{\"message\":\"a\",\"level\":\"warn\"},{\"event\":\"order\",\"message\":\"b\"}]");
	assert_int_equal(posted.line_count, 2);
	assert_true(tr_text_is(posted.lines[0].level, "warn"));
	assert_true(tr_text_is(posted.lines[1].event, "order"));
	assert_true(tr_text_is(posted.lines[1].message, "b"));
	tr_posted_free(&posted);
	posted = posted_of(tr_posted_lines, "[]");
	assert_int_equal(posted.line_count, 0);
	tr_posted_free(&posted);
}

static void lines_that_are_none(void **state)
{
	(void)state;
	refused(tr_posted_lines, "{}", "Line 1 has no message.");
	refused(tr_posted_lines, "\"x\"", "Line 1: expected an object");
	refused(tr_posted_lines, "[[]]", "Line 1: expected an object");
	refused(tr_posted_lines, "[{\"message\":\"a\"},{\"level\":\"info\"}]", "Line 2 has no");
	refused(tr_posted_lines, "[{\"message\":null}]", "Line 1: message is a text.");
	refused(tr_posted_lines, "[{\"message\":\"a\",\"id\":1}]", "Line 1: 'id' is nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_member_of_a_job),
	    cmocka_unit_test(null_and_the_last_of_two),
	    cmocka_unit_test(of_the_wrong_type),
	    cmocka_unit_test(no_json),
	    cmocka_unit_test(a_nul_is_refused_and_what_looks_like_one_is_not),
	    cmocka_unit_test(lines),
	    cmocka_unit_test(lines_that_are_none),
	};

	return cmocka_run_group_tests_name("posted", tests, NULL, NULL);
}
