/* test_lanes.c: what a stream says of lanes that could not begin yet.
 *
 * - The lanes are stand-ins that have a place and nothing to say.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "stream/lanes.h"

struct stand_in {
	struct tr_lane lane;
	struct tr_place place;
};

static struct stand_in jobs, orders;

static void begin(struct tr_lane *lane, struct tr_buf *out)
{
	(void)lane;
	tr_buf_adds(out, "event: hello\n\n");
}

static struct tr_place *place(struct tr_lane *lane)
{
	return &((struct stand_in *)lane)->place;
}

static void release(struct tr_lane *lane)
{
	(void)lane;
}

static const struct tr_lane_ops ops = {.begin = begin, .place = place, .close = release};

enum tr_err tr_lane_open_jobs(struct tr_lane **out, struct tr_source *source,
    const struct tr_params *params, struct tr_why *why)
{
	(void)source, (void)params, (void)why;
	*out = &jobs.lane;
	return TR_OK;
}

enum tr_err tr_lane_open_append(struct tr_lane **out, const struct tr_source *source,
    const struct tr_section *section, const struct tr_params *params, struct tr_why *why)
{
	(void)out, (void)source, (void)section, (void)params, (void)why;
	return TR_DB;
}

enum tr_err tr_lane_open_table(struct tr_lane **out, const struct tr_source *source,
    const struct tr_section *section, const struct tr_params *params, struct tr_why *why)
{
	(void)source, (void)section, (void)params, (void)why;
	*out = &orders.lane;
	return TR_OK;
}

const struct tr_section *tr_sections_find(const struct tr_sections *sections, const char *name)
{
	static const struct tr_section section = {.mode = TR_MODE_TABLE};

	(void)sections;
	return strcmp(name, "orders") == 0 ? &section : NULL;
}

/* The line of the ping that has the cursor, of a stream of these lanes, in which the jobs are
 * at 5 and the orders wait for a snapshot. */
static void pings(const struct tr_params *params, const char *want)
{
	struct tr_lanes lanes = {0};
	struct tr_source source = {0};
	struct tr_buf out = {0};

	jobs = (struct stand_in){{&ops, "jobs"}, {.epoch = "aa", .position = 5}};
	orders = (struct stand_in){{&ops, "orders"}, {.epoch = "bb", .position = -1}};
	assert_int_equal(tr_lanes_open(&lanes, &source, params, NULL), TR_OK);
	tr_lanes_begin(&lanes, &out);
	tr_buf_clear(&out);
	tr_lanes_ping(&lanes, &out);
	assert_int_equal(strncmp(out.data, want, strlen(want)), 0);
	tr_lanes_close(&lanes);
	tr_buf_free(&out);
}

static void a_lane_without_a_place_has_no_cursor(void **state)
{
	(void)state;
	pings(&(struct tr_params){.streams = {"jobs"}, .stream_count = 1},
	    "event: ping\nid: aa-5\ndata: ");
	pings(&(struct tr_params){.streams = {"orders"}, .stream_count = 1},
	    "event: ping\ndata: ");
	pings(&(struct tr_params){.streams = {"jobs", "orders"}, .stream_count = 2},
	    "event: ping\nid: jobs:aa-5\ndata: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_lane_without_a_place_has_no_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
