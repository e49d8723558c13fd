/* test_reply.c: what is taken down of an answer, however it is cut into pieces and whoever
 * sends it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "doctor/reply.h"

static void feed(struct tr_reply *reply, const char *text, int64_t now_ms)
{
	tr_reply_feed(reply, text, strlen(text), now_ms);
}

#define HEAD                                                                                   \
	"HTTP/1.1 200 OK\r\nServer: lighttpd/1.4.69\r\ncontent-TYPE:  "                        \
	"text/event-stream; charset=utf-8\r\nX: y\r\n\r\n"
#define PING(S) "event: ping\ndata: {\"time\":\"2026-11-21T06:00:0" #S ".250Z\"}\n\n"

static void a_stream_of_pings(void **state)
{
	struct tr_reply reply = {0};

	(void)state;
	feed(&reply, HEAD, 5);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.version, "1.1");
	assert_string_equal(reply.server, "lighttpd/1.4.69");
	assert_true(tr_reply_is_stream(&reply));
	assert_int_equal(reply.first_ms, 0);
	feed(&reply, ": tailrow 0.1.0   \nretry: 1500\n\n", 7);
	assert_true(reply.ours);
	assert_int_equal(reply.first_ms, 7);
	feed(&reply, PING(1) PING(2), 1000);
	feed(&reply, PING(9), 3000);
	assert_int_equal(reply.pings, 3);
	assert_int_equal(reply.came_ms[1], 1000);
	assert_int_equal(reply.came_ms[2], 3000);
	assert_int_equal(reply.sent_ms[2] - reply.sent_ms[0], 8000);
	assert_int_equal(reply.last_ms, 3000);
	assert_int_equal(reply.longest_ms, 2000);
	assert_true(reply.ping_last);
	assert_false(reply.busy);
}

static void byte_by_byte_it_is_the_same(void **state)
{
	static const char text[] = HEAD ": tailrow x\n" PING(1) PING(2);
	struct tr_reply whole = {0}, bytes = {0};

	(void)state;
	tr_reply_feed(&whole, text, sizeof(text) - 1, 9);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		tr_reply_feed(&bytes, text + i, 1, 9);
	assert_int_equal(whole.pings, 2);
	assert_memory_equal(&whole, &bytes, sizeof(whole));
}

static void the_head_after_a_redirect_counts(void **state)
{
	struct tr_reply reply = {0};

	(void)state;
	feed(&reply,
	    "HTTP/1.1 103 Early Hints\r\nServer: hint\r\n\r\n"
	    "HTTP/1.1 302 Found\r\nLocation: /login\r\nServer: a\r\nContent-Type: x/y\r\n\r\n"
	    "HTTP/2 200 \r\ncontent-type: text/html\r\n\r\n<!doctype html>",
	    1);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.version, "2");
	assert_string_equal(reply.location, "/login");
	assert_string_equal(reply.type, "text/html");
	assert_string_equal(reply.server, "");
	assert_string_equal(reply.body, "<!doctype html>");
	assert_false(tr_reply_is_stream(&reply));
	assert_false(reply.ours);
}

static void hello_and_busy(void **state)
{
	struct tr_reply reply = {0};

	(void)state;
	feed(&reply, HEAD "event: hello\nid: a-1\ndata: {\"epoch\":\"a\",\"heartbeat\":15}\n\n",
	    1);
	assert_int_equal(reply.heartbeat_s, 15);
	assert_false(reply.ping_last);
	feed(&reply, "event: busy\ndata: {\"retry\":5000}\n\n", 2);
	assert_true(reply.busy);
}

static void types_that_are_streams(void **state)
{
	struct tr_reply reply = {.status = 200};

	(void)state;
	strcpy(reply.type, "Text/Event-Stream;charset=x");
	assert_true(tr_reply_is_stream(&reply));
	strcpy(reply.type, "text/event-streams");
	assert_false(tr_reply_is_stream(&reply));
	strcpy(reply.type, "text/event-stream");
	assert_true(tr_reply_is_stream(&reply));
	reply.status = 404;
	assert_false(tr_reply_is_stream(&reply));
}

/* What a ping does not say, or says wrongly, is no time. */
static void a_ping_without_a_time(void **state)
{
	struct tr_reply reply = {0};

	(void)state;
	feed(&reply, HEAD "event: ping\ndata: {}\n\nevent: ping\ndata: {\"time\":\"soon\"}\n\n",
	    4);
	assert_int_equal(reply.pings, 2);
	assert_int_equal(reply.sent_ms[0], -1);
	assert_int_equal(reply.sent_ms[1], -1);
}

/* Whatever comes, and however much: what does not fit is cut. */
static void anything_at_all(void **state)
{
	static const char *const parts[] = {"HTTP/", "9.9.9.9.9.9.9.9.9 ", "200", "\r\n", "\n",
	    "Server: ", "location:", "event: ping\n", "data: {\"time\":\"", "\0\x1b[2J", "\n\n",
	    "99999999999999999999", "HTTP/1.1 200 OK\r\n\r\n",
	    "event: hello\ndata: \"heartbeat\":"};
	struct tr_reply reply = {0};

	(void)state;
	srand(1);
	for (int i = 0; i < 200000; i++) {
		const char *part = parts[(size_t)rand() % (sizeof(parts) / sizeof(parts[0]))];

		tr_reply_feed(&reply, part, *part ? strlen(part) : 5, i + 1);
		if (rand() % 1000 == 0)
			reply = (struct tr_reply){0};
	}
	assert_true(reply.pings <= TR_PINGS_KEPT && reply.body_len <= TR_BODY_KEPT);
	reply = (struct tr_reply){0};
	feed(&reply, HEAD, 1);
	for (int i = 0; i < 1000; i++)
		feed(&reply, PING(1), i + 1);
	assert_int_equal(reply.pings, TR_PINGS_KEPT);
	assert_int_equal(reply.last_ms, 1000);
	assert_int_equal(reply.body_len, TR_BODY_KEPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_stream_of_pings),
	    cmocka_unit_test(byte_by_byte_it_is_the_same),
	    cmocka_unit_test(the_head_after_a_redirect_counts),
	    cmocka_unit_test(hello_and_busy),
	    cmocka_unit_test(types_that_are_streams),
	    cmocka_unit_test(a_ping_without_a_time),
	    cmocka_unit_test(anything_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
