/* test_respond.c: what a response begins with, letter for letter.
 *
 * - The client is a stand-in that keeps what it is sent.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref_stream.h"
#include "web/respond.h"

static struct tr_buf sent;
static enum tr_err client_says;
static int without_memory;

/* Takes the place of the library's (-Wl,--wrap). */
void *__real_realloc(void *at, size_t len);
void *__wrap_realloc(void *at, size_t len);
void *__wrap_realloc(void *at, size_t len)
{
	return without_memory ? NULL : __real_realloc(at, len);
}

enum tr_err tr_client_send(struct tr_client *client, const struct tr_buf *bytes)
{
	int without = without_memory;

	(void)client;
	without_memory = 0; /* the test's own buffer */
	tr_buf_add(&sent, bytes->data, bytes->len);
	without_memory = without;
	return client_says;
}

static int begin(void **state)
{
	(void)state;
	client_says = TR_OK;
	tr_buf_adds(&sent, "");
	return 0;
}

static int end(void **state)
{
	(void)state;
	tr_buf_free(&sent);
	return 0;
}

static struct tr_request *request(const char *method)
{
	static char line[64], *env[] = {line, NULL};
	static struct tr_request it = {.env = env};

	snprintf(line, sizeof(line), "REQUEST_METHOD=%s", method);
	tr_buf_clear(&sent);
	return &it;
}

/* The value of a header of what was sent, or NULL. Valid until the next call. */
static const char *header(const char *name)
{
	static char value[256];
	const char *head_end = strstr(sent.data, "\r\n\r\n"), *at;
	char line[64];

	assert_non_null(head_end);
	snprintf(line, sizeof(line), "%s: ", name);
	at = strncmp(sent.data, line, strlen(line)) == 0 ? sent.data : NULL;
	snprintf(line, sizeof(line), "\r\n%s: ", name);
	if (!at && (at = strstr(sent.data, line)))
		at += 2;
	if (!at || at > head_end)
		return NULL;
	at += strlen(line) - 2;
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
	return value;
}

static const char *body(void)
{
	return strstr(sent.data, "\r\n\r\n") + 4;
}

static void is_stream_head(void)
{
	assert_string_equal(header("Status"), "200 OK");
	assert_string_equal(header("Content-Type"), "text/event-stream; charset=utf-8");
	assert_string_equal(header("Cache-Control"), "no-cache, no-transform");
	assert_string_equal(header("X-Accel-Buffering"), "no");
	assert_string_equal(header("X-Content-Type-Options"), "nosniff");
}

/* The `retry:` of the body. */
static int retry_ms(void)
{
	const char *at = strstr(body(), "\nretry: ");

	assert_non_null(at);
	return atoi(at + 8);
}

static void a_stream(void **state)
{
	struct ref_stream s;

	(void)state;
	assert_int_equal(tr_respond_stream(request("GET"), 1000), TR_OK);
	is_stream_head();
	assert_int_equal(body()[0], ':');
	assert_true(strcspn(body(), "\n") + 1 >= 80); /* a shorter piece may be held back */
	s = ref_stream_open(body(), strlen(body()));
	assert_false(ref_stream_next(&s));
	assert_int_equal(s.rest.len, 0);
	ref_stream_free(&s);
}

/* From 1000 ms to 10 s, and not for all clients the same. */
static void the_wait_before_a_client_comes_back(void **state)
{
	int least = 10000, most = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		tr_respond_stream(request("GET"), 1000);
		assert_in_range(retry_ms(), 1000, 2000);
		least = retry_ms() < least ? retry_ms() : least;
		most = retry_ms() > most ? retry_ms() : most;
	}
	assert_true(least < 1200 && most > 1800);
}

static void head_is_the_headers_alone(void **state)
{
	(void)state;
	assert_int_equal(tr_respond_stream(request("HEAD"), 1000), TR_OK);
	is_stream_head();
	assert_string_equal(body(), "");
	assert_int_equal(tr_respond_busy(request("HEAD"), "full"), TR_OK);
	is_stream_head();
	assert_string_equal(body(), "");
	assert_int_equal(tr_respond_problem(request("HEAD"), 404, "A", "b", NULL), TR_OK);
	assert_string_equal(header("Status"), "404 A");
	assert_string_equal(body(), "");
}

static void busy_is_a_stream_that_ends(void **state)
{
	struct ref_stream s;
	char want[64];

	(void)state;
	assert_int_equal(tr_respond_busy(request("GET"), "every place is taken"), TR_OK);
	is_stream_head();
	assert_non_null(strstr(body(), ": every place is taken"));
	assert_in_range(retry_ms(), 5000, 10000);
	s = ref_stream_open(body(), strlen(body()));
	assert_true(ref_stream_next(&s));
	assert_true(ref_is(s.type, "busy"));
	assert_int_equal(s.id.len, 0);
	snprintf(want, sizeof(want), "{\"retry\":%d}", retry_ms());
	assert_int_equal(s.data_len, strlen(want));
	assert_memory_equal(s.data, want, s.data_len);
	assert_false(ref_stream_next(&s));
	ref_stream_free(&s);
}

static void no_more(void **state)
{
	(void)state;
	assert_int_equal(tr_respond_nothing(request("GET")), TR_OK);
	assert_string_equal(header("Status"), "204 No Content");
	assert_string_equal(header("Cache-Control"), "no-store");
	assert_null(header("Content-Type"));
	assert_string_equal(body(), "");
}

static void a_problem(void **state)
{
	cJSON *object;

	(void)state;
	assert_int_equal(
	    tr_respond_problem(request("GET"), 400, "Bad Request", "tail: \"x\"\n\xFF", NULL),
	    TR_OK);
	assert_string_equal(header("Status"), "400 Bad Request");
	assert_string_equal(header("Content-Type"), "application/problem+json");
	assert_string_equal(header("Cache-Control"), "no-store");
	assert_string_equal(header("X-Content-Type-Options"), "nosniff");
	assert_null(header("Allow"));
	object = cJSON_Parse(body());
	assert_string_equal(cJSON_GetObjectItem(object, "type")->valuestring, "about:blank");
	assert_string_equal(cJSON_GetObjectItem(object, "title")->valuestring, "Bad Request");
	assert_int_equal(cJSON_GetObjectItem(object, "status")->valueint, 400);
	assert_string_equal(
	    cJSON_GetObjectItem(object, "detail")->valuestring, "tail: \"x\"\n\xEF\xBF\xBD");
	cJSON_Delete(object);
	tr_respond_problem(request("PUT"), 405, "Method Not Allowed", "x", "Allow: GET, HEAD");
	assert_string_equal(header("Allow"), "GET, HEAD");
}

/* The answer may go to anybody: it names the file, not the directories above it. */
static void unavailable(void **state)
{
	(void)state;
	tr_respond_unavailable(
	    request("GET"), "/srv/www/jobs.db is locked: tailrow --db /srv/www/jobs.db init");
	assert_string_equal(header("Status"), "503 Service Unavailable");
	assert_string_equal(header("Retry-After"), "2");
	assert_non_null(strstr(body(), "\"jobs.db is locked: tailrow --db jobs.db init\""));
	assert_null(strstr(body(), "/srv"));
	tr_respond_unavailable(request("GET"), "no database is named");
	assert_non_null(strstr(body(), "\"no database is named\""));
	tr_respond_unavailable(request("GET"), "../www/jobs.db is '/a/b' or /  locked");
	assert_non_null(strstr(body(), "\"jobs.db is b' or   locked\""));
	tr_respond_unavailable(request("GET"), "");
	assert_non_null(strstr(body(), "\"detail\":\"\""));
}

static void a_body(void **state)
{
	struct tr_buf text = {0}, full = {.limit_bytes = 1};

	(void)state;
	tr_buf_add(&text, "a\0b", 3);
	assert_int_equal(tr_respond_text(request("GET"), "text/plain", &text), TR_OK);
	assert_string_equal(header("Status"), "200 OK");
	assert_string_equal(header("Content-Type"), "text/plain");
	assert_string_equal(header("Cache-Control"), "no-store");
	assert_string_equal(header("X-Content-Type-Options"), "nosniff");
	assert_memory_equal(sent.data + sent.len - 3, "a\0b", 3);
	tr_respond_text(request("HEAD"), "text/plain", &text);
	assert_string_equal(header("Content-Type"), "text/plain");
	assert_string_equal(body(), "");
	tr_buf_adds(&full, "too long");
	assert_int_equal(tr_respond_text(request("GET"), "text/plain", &full), TR_NOMEM);
	assert_string_equal(header("Status"), "503 Service Unavailable");
	assert_non_null(strstr(body(), "\"detail\":\"out of memory\""));

	assert_int_equal(tr_respond_made(request("POST"), 201, &text), TR_OK);
	assert_string_equal(header("Status"), "201 Created");
	assert_string_equal(header("Content-Type"), "application/json");
	assert_memory_equal(body(), "a\0b", 3);
	tr_buf_free(&text);
	tr_buf_free(&full);
}

static void a_file(void **state)
{
	(void)state;
	assert_int_equal(tr_respond_file(request("GET"), INT64_MAX), TR_OK);
	assert_string_equal(header("Status"), "200 OK");
	assert_string_equal(header("Content-Type"), "text/plain; charset=utf-8");
	assert_string_equal(header("Content-Disposition"),
	    "attachment; filename=\"job-9223372036854775807.txt\"");
	assert_string_equal(header("X-Accel-Buffering"), "no");
	assert_string_equal(body(), "");
}

static void a_client_that_left(void **state)
{
	(void)state;
	client_says = TR_GONE;
	assert_int_equal(tr_respond_stream(request("GET"), 1000), TR_GONE);
	assert_int_equal(tr_respond_busy(request("GET"), "x"), TR_GONE);
	assert_int_equal(tr_respond_nothing(request("GET")), TR_GONE);
	assert_int_equal(tr_respond_problem(request("GET"), 404, "A", "b", NULL), TR_GONE);
}

static void a_refusal_needs_no_memory(void **state)
{
	struct tr_request *get = request("GET");
	char detail[1001];

	(void)state;
	memset(detail, '\x01', sizeof(detail) - 1);
	detail[sizeof(detail) - 1] = '\0';
	without_memory = 1;
	assert_int_equal(tr_respond_stream(get, 1000), TR_OK);
	assert_int_equal(tr_respond_busy(get, "x"), TR_OK);
	assert_int_equal(tr_respond_nothing(get), TR_OK);
	assert_int_equal(tr_respond_problem(get, 404, "A", detail, "B: c"), TR_OK);
	assert_int_equal(tr_respond_unavailable(get, detail), TR_OK);
	without_memory = 0;
}

#define client_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    client_test(a_stream),
	    client_test(the_wait_before_a_client_comes_back),
	    client_test(head_is_the_headers_alone),
	    client_test(busy_is_a_stream_that_ends),
	    client_test(no_more),
	    client_test(a_problem),
	    client_test(unavailable),
	    client_test(a_body),
	    client_test(a_file),
	    client_test(a_client_that_left),
	    client_test(a_refusal_needs_no_memory),
	};

	return cmocka_run_group_tests_name("respond", tests, NULL, NULL);
}
