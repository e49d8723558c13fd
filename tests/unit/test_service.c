/* test_service.c: which URL and method lead where.
 *
 * - The routes' own functions and the answers are stand-ins that note what they are asked.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/events.h"
#include "web/health.h"
#include "web/respond.h"
#include "web/service.h"

/* What the last request came to: 200 where a route was asked, and which. */
static struct {
	int status;
	const char *route;
	char allow[64];
} said;

#define stand_in(function)                                                                     \
	enum tr_err function(const struct tr_service *service, struct tr_request *request)     \
	{                                                                                      \
		(void)service, (void)request;                                                  \
		said.status = 200;                                                             \
		said.route = #function;                                                        \
		return TR_GONE;                                                                \
	}

stand_in(tr_events) stand_in(tr_health) stand_in(tr_metrics)

    enum tr_err tr_respond_problem(struct tr_request *request, int status, const char *title,
	const char *detail, const char *allow)
{
	(void)request;
	assert_true(*title && *detail);
	said.status = status;
	snprintf(said.allow, sizeof(said.allow), "%s", allow ? allow : "");
	return TR_OK;
}

/* The status that a request comes to. */
static int ask(const char *method, const char *path, const char *query)
{
	char *env[4] = {NULL};
	struct tr_request request = {.env = env};
	struct tr_service service = {0};
	enum tr_err err;

	memset(&said, 0, sizeof(said));
	if (asprintf(&env[0], "REQUEST_METHOD=%s", method) < 0 ||
	    asprintf(&env[1], "PATH_INFO=%s", path) < 0 ||
	    asprintf(&env[2], "QUERY_STRING=%s", query) < 0)
		abort();
	err = tr_service_answer(&service, &request);
	assert_int_equal(err, said.status == 200 ? TR_GONE : TR_OK);
	for (int i = 0; i < 3; i++)
		free(env[i]);
	return said.status;
}

static void each_route(void **state)
{
	static const char *const routes[][2] = {
	    {"/events", "tr_events"}, {"/health", "tr_health"}, {"/metrics", "tr_metrics"}};

	(void)state;
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		assert_int_equal(ask("GET", routes[i][0], ""), 200);
		assert_string_equal(said.route, routes[i][1]);
		assert_int_equal(ask("HEAD", routes[i][0], "job=1"), 200);
		assert_string_equal(said.route, routes[i][1]);
	}
}

static void other_methods(void **state)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS",
	    "TRACE", "CONNECT", "", "get", "GETS", "HEADER", "GE", "ET", "T", "EAD", "D", "AD",
	    ", ", ",", " HEAD", "GET,"};

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		assert_int_equal(ask(methods[i], "/events", ""), 405);
		assert_string_equal(said.allow, "GET, HEAD");
	}
}

static void other_addresses(void **state)
{
	static const char *const paths[] = {"", "/", "/event", "/events/", "/eventsfoo",
	    "/events/../events", "events", "//events", "/EVENTS", "/events\n", "/jobs\xFF"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		assert_int_equal(ask("GET", paths[i], ""), 404);
		assert_int_equal(ask("POST", paths[i], ""), 404);
		assert_string_equal(said.allow, "");
	}
}

static void a_long_query(void **state)
{
	char *query = calloc(1, 32770);

	(void)state;
	memset(query, 'x', 32768);
	assert_int_equal(ask("GET", "/events", query), 200);
	query[32768] = 'x';
	assert_int_equal(ask("GET", "/events", query), 414);
	free(query);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_route),
	    cmocka_unit_test(other_methods),
	    cmocka_unit_test(other_addresses),
	    cmocka_unit_test(a_long_query),
	};

	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
