/* test_report.c: findings as text and as JSON, to the letter.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "cli/report.h"

static struct tr_findings findings;

static int begin(void **state)
{
	(void)state;
	tr_find(&findings, TR_PROBLEM, TR_PATH, "held", "It is held back by a server.");
	tr_find_cure(&findings, "Say in its file:");
	tr_find_lines(&findings, "one {\n    two\n}");
	tr_find(&findings, TR_NOTE, TR_DATABASE, "n", "\033[2Jx\x9b y\n\xc3\xa9");
	tr_find(&findings, TR_FINE, TR_MACHINE, "f", "Fine.");
	return findings.err;
}

static int end(void **state)
{
	(void)state;
	tr_findings_free(&findings);
	return 0;
}

static void text_is_wrapped(void **state)
{
	struct tr_buf out = {0};

	(void)state;
	tr_report_text(&out, &findings, 30, 0);
	assert_int_equal(tr_buf_err(&out), TR_OK);
	assert_string_equal(out.data, "problem  It is held back by a\n"
				      "         server.\n"
				      "         → Say in its file:\n"
				      "             one {\n"
				      "                 two\n"
				      "             }\n"
				      "note     \\x1b[2Jx\\x9b y\\x0aé\n"
				      "fine     Fine.\n"
				      "\n"
				      "1 problem, 1 note, 1 fine\n");
	tr_buf_free(&out);
}

/* A word that is longer than a line stands alone on one. */
static void narrow_terminals(void **state)
{
	struct tr_buf out = {0};

	(void)state;
	tr_report_text(&out, &findings, 1, 0);
	assert_non_null(strstr(out.data, "problem  It\n         is\n         held\n"));
	tr_buf_free(&out);
}

static void the_word_has_the_colour(void **state)
{
	struct tr_buf out = {0};

	(void)state;
	tr_report_text(&out, &findings, 80, 1);
	assert_memory_equal(out.data, "\033[1;31mproblem  \033[mIt", 20);
	assert_non_null(strstr(out.data, "\n\033[33mnote     \033[m"));
	assert_non_null(strstr(out.data, "\n\033[32mfine     \033[mFine.\n"));
	tr_buf_free(&out);
}

static void json(void **state)
{
	struct tr_buf out = {0};

	(void)state;
	tr_report_json(&out, &findings);
	assert_string_equal(out.data,
	    "{\"ok\":false,\"findings\":["
	    "{\"level\":\"problem\",\"area\":\"path\",\"name\":\"held\","
	    "\"what\":\"It is held back by a server.\",\"cure\":\"Say in its file:\","
	    "\"lines\":[\"one {\",\"    two\",\"}\"]},"
	    "{\"level\":\"note\",\"area\":\"database\",\"name\":\"n\","
	    "\"what\":\"\\\\x1b[2Jx\\\\x9b y\\\\x0aé\",\"cure\":\"\",\"lines\":[]},"
	    "{\"level\":\"fine\",\"area\":\"machine\",\"name\":\"f\",\"what\":\"Fine.\","
	    "\"cure\":\"\",\"lines\":[]}]}\n");
	tr_buf_free(&out);
}

static void without_a_problem_all_is_well(void **state)
{
	struct tr_findings fine = {0};
	struct tr_buf out = {0};

	(void)state;
	tr_find(&fine, TR_NOTE, TR_PATH, "n", "x");
	tr_report_json(&out, &fine);
	assert_memory_equal(out.data, "{\"ok\":true,", 11);
	tr_buf_clear(&out);
	tr_report_text(&out, &fine, 80, 0);
	assert_string_equal(out.data, "note     x\n\n0 problems, 1 note, 0 fine\n");
	tr_findings_free(&fine);
	tr_buf_free(&out);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(text_is_wrapped),
	    TEST(narrow_terminals),
	    TEST(the_word_has_the_colour),
	    TEST(json),
	    TEST(without_a_problem_all_is_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
