/* test_list_params.c: what a query asks of a list, and how a malformed one is named.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/lines.h"
#include "web/list_params.h"

static struct tr_list_params params_of(enum tr_list list, const char *query)
{
	struct tr_list_params params;
	struct tr_why why = {0};
	char copy[2048];

	snprintf(copy, sizeof(copy), "%s", query);
	if (tr_list_params_parse(&params, list, copy, &why))
		fail_msg("%s: %s", query, why.text);
	return params;
}

/* Fails unless the query is refused with a sentence that begins with the parameter's name. */
static void refused(enum tr_list list, const char *query, const char *name)
{
	struct tr_list_params params;
	struct tr_why why = {0};
	char copy[2048];

	snprintf(copy, sizeof(copy), "%s", query);
	if (tr_list_params_parse(&params, list, copy, &why) != TR_INVALID ||
	    strncmp(why.text, name, strlen(name)) != 0 || why.text[strlen(name)] != ':')
		fail_msg("%s: %s", query, why.text);
}

static void nothing_said(void **state)
{
	struct tr_list_params params;

	(void)state;
	assert_int_equal(tr_list_params_parse(&params, TR_LIST_LOG, NULL, NULL), TR_OK);
	assert_int_equal(params.page.from, TR_PAGE_LAST);
	assert_int_equal(params.page.limit, 200);
	assert_int_equal(params.states, 0);
	assert_int_equal(params.level, TR_LEVEL_DEBUG);
	assert_true(params.job_id == TR_LINES_ALL);
	assert_string_equal(params.name, "");
	assert_string_equal(params.text, "");
	assert_int_equal(params.with_time, 0);
}

static void of_jobs(void **state)
{
	struct tr_list_params params = params_of(
	    TR_LIST_JOBS, "state=failed,running&name=a%26b&q=c+d&before=7&limit=1000");

	(void)state;
	assert_int_equal(params.states, 1u << TR_STATE_FAILED | 1u << TR_STATE_RUNNING);
	assert_string_equal(params.name, "a&b");
	assert_string_equal(params.text, "c d");
	assert_int_equal(params.page.from, TR_PAGE_BEFORE);
	assert_int_equal(params.page.at, 7);
	assert_int_equal(params.page.limit, 1000);
	params = params_of(TR_LIST_JOBS, "name=&q=");
	assert_string_equal(params.name, "");
	assert_string_equal(params.text, "");
}

static void of_lines(void **state)
{
	(void)state;
	assert_int_equal(params_of(TR_LIST_JOB_LOG, "level=warn").level, TR_LEVEL_WARN);
	assert_int_equal(params_of(TR_LIST_JOB_LOG, "after=0").page.from, TR_PAGE_AFTER);
	assert_int_equal(params_of(TR_LIST_JOB_LOG, "around=5").page.from, TR_PAGE_AROUND);
	assert_int_equal(params_of(TR_LIST_JOB_LOG, "rank=5").page.from, TR_PAGE_RANK);
	assert_true(
	    params_of(TR_LIST_JOB_LOG, "after=9223372036854775807").page.at == INT64_MAX);
	assert_int_equal(params_of(TR_LIST_LOG, "job=none").job_id, TR_NO_JOB);
	assert_int_equal(params_of(TR_LIST_LOG, "job=7").job_id, 7);
	assert_int_equal(params_of(TR_LIST_LOG_TEXT, "time=1").with_time, 1);
}

/* What is unknown to a list is ignored there, however it is spelt. */
static void others_are_ignored(void **state)
{
	(void)state;
	params_of(TR_LIST_JOBS, "level=loud&after=x&rank=x&job=x&time=x&colour=blue&%00=1");
	params_of(TR_LIST_JOB_LOG, "state=x&job=x&time=x");
	params_of(TR_LIST_LOG_TEXT, "limit=x&q=%00&before=x");
}

static void malformed_ones_are_named(void **state)
{
	static const char *const numbers[] = {
	    "", "x", "-1", "+1", "1.5", " 1", "1 ", "1%00", "9223372036854775808"};
	static const char *const names[] = {"before", "after", "around", "rank", "limit"};
	char query[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++) {
			snprintf(query, sizeof(query), "%s=%s", names[i], numbers[k]);
			refused(TR_LIST_JOB_LOG, query, names[i]);
		}
	}
	refused(TR_LIST_JOBS, "limit=0", "limit");
	refused(TR_LIST_JOBS, "limit=1001", "limit");
	refused(TR_LIST_JOBS, "state=", "state");
	refused(TR_LIST_JOBS, "state=running,", "state");
	refused(TR_LIST_JOBS, "state=Running", "state");
	refused(TR_LIST_JOBS, "name=%00", "name");
	refused(TR_LIST_JOBS, "q=a%00b", "q");
	refused(TR_LIST_JOB_LOG, "level=", "level");
	refused(TR_LIST_JOB_LOG, "level=INFO", "level");
	refused(TR_LIST_JOB_LOG, "after=1&before=1", "before");
	refused(TR_LIST_JOB_LOG, "rank=1&rank=1", "rank");
	refused(TR_LIST_LOG, "job=0", "job");
	refused(TR_LIST_LOG, "job=1,2", "job");
	refused(TR_LIST_LOG_TEXT, "time=2", "time");
}

static void texts_at_their_limits(void **state)
{
	char query[2048];

	(void)state;
	snprintf(query, sizeof(query), "q=%0*d", TR_LIST_TEXT_BYTES, 1);
	assert_int_equal(strlen(params_of(TR_LIST_JOBS, query).text), TR_LIST_TEXT_BYTES);
	snprintf(query, sizeof(query), "q=%0*d", TR_LIST_TEXT_BYTES + 1, 1);
	refused(TR_LIST_JOBS, query, "q");
	snprintf(query, sizeof(query), "name=%0*d", TR_LIST_NAME_BYTES, 1);
	assert_int_equal(strlen(params_of(TR_LIST_JOBS, query).name), TR_LIST_NAME_BYTES);
	snprintf(query, sizeof(query), "name=%0*d", TR_LIST_NAME_BYTES + 1, 1);
	refused(TR_LIST_JOBS, query, "name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_said),
	    cmocka_unit_test(of_jobs),
	    cmocka_unit_test(of_lines),
	    cmocka_unit_test(others_are_ignored),
	    cmocka_unit_test(malformed_ones_are_named),
	    cmocka_unit_test(texts_at_their_limits),
	};

	return cmocka_run_group_tests_name("list_params", tests, NULL, NULL);
}
