/* test_mux.c: the frames of several lanes in one connection.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "stream/mux.h"

static const struct tr_mux two = {
    .names = {"jobs", "orders"},
    .cursors = {{"aa", 5}, {"bb", 7}},
    .count = 2,
};

static void becomes(const char *piece, int i, const char *want)
{
	struct tr_buf in = {0}, out = {0};

	tr_buf_adds(&in, piece);
	tr_mux_add(&out, &in, &two, i);
	assert_int_equal(tr_buf_err(&out), TR_OK);
	assert_string_equal(out.data ? out.data : "", want);
	tr_buf_free(&in);
	tr_buf_free(&out);
}

static void ids_and_names(void **state)
{
	(void)state;
	becomes("event: log\nid: aa-4\ndata: x\n\n", 0,
	    "event: log\nid: jobs:aa-4,orders:bb-7\ndata: x\n\n");
	becomes("event: row\nid: bb-6\ndata: x\n\n", 1,
	    "event: orders:row\nid: jobs:aa-5,orders:bb-6\ndata: x\n\n");
	becomes("event: ping\nid: aa-1\ndata: x\n\n", TR_MUX_OWN,
	    "event: ping\nid: jobs:aa-5,orders:bb-7\ndata: x\n\n");
	becomes("event: hello\ndata: x\n\n", 1, "event: orders:hello\ndata: x\n\n");
	becomes("", 1, "");
}

static void a_lane_without_a_place_is_left_out(void **state)
{
	static const struct tr_mux first_has_none = {
	    .names = {"orders", "jobs"}, .cursors = {{"bb", -1}, {"aa", 5}}, .count = 2};
	struct tr_buf in = {0}, out = {0};

	(void)state;
	tr_buf_adds(&in, "id: aa-4\n");
	tr_mux_add(&out, &in, &first_has_none, 1);
	tr_mux_add(&out, &in, &first_has_none, TR_MUX_OWN);
	assert_string_equal(out.data, "id: jobs:aa-4\nid: jobs:aa-5\n");
	tr_buf_free(&in);
	tr_buf_free(&out);
}

static void data_is_left_alone(void **state)
{
	(void)state;
	becomes("event: log\nid: aa-4\ndata: id: 1\ndata: event: x\ndata: \n\n", 1,
	    "event: orders:log\nid: jobs:aa-5,orders:aa-4\ndata: id: 1\ndata: event: x\n"
	    "data: \n\n");
	becomes("retry: 1000\n\n:\n", 1, "retry: 1000\n\n:\n");
}

static void a_failure_goes_on(void **state)
{
	struct tr_buf in = {.limit_bytes = 4}, out = {0};

	(void)state;
	tr_buf_adds(&in, "event: log\n");
	tr_mux_add(&out, &in, &two, 0);
	assert_int_equal(tr_buf_err(&out), TR_NOMEM);
	tr_buf_free(&in);
	tr_buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ids_and_names),
	    cmocka_unit_test(a_lane_without_a_place_is_left_out),
	    cmocka_unit_test(data_is_left_alone),
	    cmocka_unit_test(a_failure_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
