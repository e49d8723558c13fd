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
#include "web/job_text.h"
#include "web/jobs_text.h"
#include "web/lists.h"
#include "web/post.h"
#include "web/post_job.h"
#include "web/post_log.h"
#include "web/respond.h"
#include "web/service.h"

/* What the last request came to: 200 where a route was asked, and which. */
static struct {
	int status;
	const char *route;
	char header[64];
	int64_t job_id;
	int skipped; /* bodies */
} said;

static int publishing; /* whether it is set */

int tr_post_enabled(const struct tr_service *service)
{
	(void)service;
	return publishing;
}

void tr_body_skip(struct tr_body *body)
{
	(void)body;
	said.skipped++;
}

#define stand_in(function)                                                                     \
	enum tr_err function(const struct tr_service *service, struct tr_request *request)     \
	{                                                                                      \
		(void)service;                                                                 \
		said.status = 200;                                                             \
		said.job_id = request->job_id;                                                 \
		said.route = #function;                                                        \
		return TR_GONE;                                                                \
	}

stand_in(tr_events) stand_in(tr_health) stand_in(tr_metrics) stand_in(tr_jobs) stand_in(tr_job)
    stand_in(tr_post_job) stand_in(tr_post_log) stand_in(tr_job_log) stand_in(tr_job_text)
	stand_in(tr_jobs_text) stand_in(tr_log)

	    enum tr_err tr_respond_problem(struct tr_request *request, int status,
		const char *title, const char *detail, const char *header)
{
	(void)request;
	assert_true(*title && *detail);
	said.status = status;
	snprintf(said.header, sizeof(said.header), "%s", header ? header : "");
	return TR_OK;
}

/* The status that a request comes to that announces a body of that length. */
static int ask_with_body(
    const char *method, const char *path, const char *query, int64_t len_bytes)
{
	char *env[4] = {NULL};
	const struct tr_conf conf = {0};
	struct tr_request request = {.env = env, .body = {.len_bytes = len_bytes}};
	struct tr_service service = {.conf = &conf};
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

static int ask(const char *method, const char *path, const char *query)
{
	return ask_with_body(method, path, query, 0);
}

static void each_route(void **state)
{
	static const char *const routes[][2] = {{"/events", "tr_events"},
	    {"/events/orders", "tr_events"}, {"/health", "tr_health"},
	    {"/metrics", "tr_metrics"}, {"/jobs", "tr_jobs"}, {"/jobs.txt", "tr_jobs_text"},
	    {"/jobs/7", "tr_job"}, {"/jobs/7/log", "tr_job_log"},
	    {"/jobs/7/log.txt", "tr_job_text"}, {"/log", "tr_log"}};

	(void)state;
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		assert_int_equal(ask("GET", routes[i][0], ""), 200);
		assert_string_equal(said.route, routes[i][1]);
		assert_int_equal(ask("HEAD", routes[i][0], "job=1"), 200);
		assert_string_equal(said.route, routes[i][1]);
		assert_int_equal(said.skipped, 0);
	}
}

/* What is sent is left to whoever takes it, and else thrown away before the answer. */
static void each_route_that_takes_something(void **state)
{
	static const struct {
		const char *path, *route, *allow;
	} routes[] = {
	    {"/jobs", "tr_post_job", "Allow: GET, HEAD, POST"},
	    {"/jobs/7", "tr_post_job", "Allow: GET, HEAD, POST"},
	    {"/jobs/7/log", "tr_post_log", "Allow: GET, HEAD, POST, PUT"},
	    {"/log", "tr_post_log", "Allow: GET, HEAD, POST, PUT"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		int puts = strstr(routes[i].allow, "PUT") != NULL;

		publishing = 1;
		assert_int_equal(ask("POST", routes[i].path, ""), 200);
		assert_string_equal(said.route, routes[i].route);
		assert_int_equal(said.skipped, 0);
		assert_int_equal(ask("PUT", routes[i].path, ""), puts ? 200 : 405);
		assert_int_equal(said.skipped, !puts);
		assert_int_equal(ask("DELETE", routes[i].path, ""), 405);
		assert_string_equal(said.header, routes[i].allow);
		publishing = 0;
		assert_int_equal(ask("POST", routes[i].path, ""), 405);
		assert_string_equal(said.header, "Allow: GET, HEAD");
		assert_int_equal(said.skipped, 1);
	}
}

static void other_methods(void **state)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS",
	    "TRACE", "CONNECT", "", "get", "GETS", "HEADER", "GE", "ET", "T", "EAD", "D", "AD",
	    ", ", ",", " HEAD", "GET,"};

	(void)state;
	publishing = 1;
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		assert_int_equal(ask(methods[i], "/events", ""), 405);
		assert_string_equal(said.header, "Allow: GET, HEAD");
		assert_int_equal(said.skipped, 1);
	}
	publishing = 0;
}

static void other_addresses(void **state)
{
	static const char *const paths[] = {"", "/", "/event", "/events/", "/eventsfoo",
	    "/events/../events", "events", "//events", "/EVENTS", "/events\n", "/jobs\xFF",
	    "/jobs/", "/jobs/x", "/jobs/0", "/jobs/-1", "/jobs/1x", "/jobs/1/", "/jobs/1/logs",
	    "/jobs/1/log.txt/", "/jobs//log", "/jobs/#", "/jobs/9223372036854775808",
	    "/jobs/00000000000000000001", "/log/", "/jobs/1 /log"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		assert_int_equal(ask("GET", paths[i], ""), 404);
		assert_int_equal(ask("POST", paths[i], ""), 404);
		assert_int_equal(said.skipped, 1);
		assert_string_equal(said.header, "");
	}
}

static void the_number_of_a_job(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/jobs/42/log", ""), 200);
	assert_int_equal(said.job_id, 42);
	assert_int_equal(ask("GET", "/jobs/9223372036854775807", ""), 200);
	assert_true(said.job_id == INT64_MAX);
	assert_int_equal(ask("GET", "/jobs/007", ""), 200);
	assert_int_equal(said.job_id, 7);
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

/* 64 MB is what publish_max_mb is where nobody says. */
static void a_long_body(void **state)
{
	const int64_t most_bytes = INT64_C(64) << 20;

	(void)state;
	publishing = 1;
	assert_int_equal(ask_with_body("POST", "/log", "", most_bytes), 200);
	assert_int_equal(ask_with_body("POST", "/log", "", TR_BODY_NO_LENGTH), 200);
	assert_int_equal(ask_with_body("POST", "/log", "", most_bytes + 1), 413);
	assert_int_equal(said.skipped, 1);
	publishing = 0;
	assert_int_equal(ask_with_body("POST", "/events", "", INT64_MAX), 413);
	assert_int_equal(ask_with_body("POST", "/nothing", "", most_bytes + 1), 413);
	assert_int_equal(ask_with_body("GET", "/events", "", most_bytes + 1), 413);
	assert_int_equal(said.skipped, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_route),
	    cmocka_unit_test(each_route_that_takes_something),
	    cmocka_unit_test(other_methods),
	    cmocka_unit_test(other_addresses),
	    cmocka_unit_test(the_number_of_a_job),
	    cmocka_unit_test(a_long_query),
	    cmocka_unit_test(a_long_body),
	};

	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
