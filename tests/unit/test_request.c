/* test_request.c: the variables of a request.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/request.h"

static void variables(void **state)
{
	char *env[] = {"", "=", "QUERY_STRINGS=no", "QUERY_STRIN=no", "query_string=no",
	    "XQUERY_STRING=no", "QUERY_STRING", "QUERY_STRING=job=1&x=\xFF",
	    "QUERY_STRING=later", "EMPTY=", "PATH_INFO=/events", NULL};
	struct tr_request request = {.env = env};

	(void)state;
	assert_string_equal(tr_request_get(&request, "QUERY_STRING"), "job=1&x=\xFF");
	assert_string_equal(tr_request_get(&request, "EMPTY"), "");
	assert_string_equal(tr_request_get(&request, "REQUEST_METHOD"), "");
	assert_string_equal(tr_request_get(&request, "QUERY"), "");
	assert_ptr_equal(tr_request_get(&request, "PATH_INFO"), env[10] + 10);
	assert_string_equal(tr_request_path(&request), "/events");
}

static void no_variables(void **state)
{
	char *env[] = {NULL};
	struct tr_request request = {.env = env};

	(void)state;
	assert_string_equal(tr_request_get(&request, "QUERY_STRING"), "");
	assert_string_equal(tr_request_path(&request), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(variables),
	    cmocka_unit_test(no_variables),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
