/* test_watch_pace.c: the waits between two looks at a commit that is under way.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "watch/pace.h"

#define MS INT64_C(1000000)
#define CAP_NS (2 * MS)

/* Waits as asked until the clock says until_ns; returns how often. */
static int waits(struct tr_pace *p, int64_t *now_ns, int64_t until_ns)
{
	int count = 0;

	while (*now_ns < until_ns) {
		*now_ns += tr_pace_next(p, *now_ns, CAP_NS);
		count++;
	}
	return count;
}

static void grows_by_half_to_the_cap(void **state)
{
	struct tr_pace p;

	(void)state;
	tr_pace_start(&p, 0);
	assert_int_equal(tr_pace_next(&p, 0, CAP_NS), 50000);
	assert_int_equal(tr_pace_next(&p, 0, CAP_NS), 75000);
	assert_int_equal(tr_pace_next(&p, 0, CAP_NS), 112500);
	for (int i = 0; i < 10; i++)
		tr_pace_next(&p, 0, CAP_NS);
	assert_int_equal(tr_pace_next(&p, 0, CAP_NS), CAP_NS);
	assert_int_equal(tr_pace_next(&p, 0, MS), MS);
}

static void a_look_is_late_by_half_the_commit_or_the_cap(void **state)
{
	struct tr_pace p;
	int64_t now_ns = 0;

	(void)state;
	tr_pace_start(&p, 0);
	while (now_ns < 150 * MS) {
		int64_t wait_ns = tr_pace_next(&p, now_ns, CAP_NS);

		assert_true(wait_ns <= 50000 + now_ns / 2);
		assert_true(wait_ns <= CAP_NS);
		now_ns += wait_ns;
	}
}

static void dies_down_without_events(void **state)
{
	struct tr_pace p;
	int64_t now_ns = 0;

	(void)state;
	tr_pace_start(&p, 0);
	assert_in_range(waits(&p, &now_ns, 200 * MS), 100, 120);
	assert_in_range(waits(&p, &now_ns, 5000 * MS), 240, 260);
	assert_in_range(waits(&p, &now_ns, 65000 * MS), 60, 70);
}

static void goes_on_growing_while_events_come(void **state)
{
	struct tr_pace p;
	int64_t now_ns = 0;
	int count = 0;

	(void)state;
	tr_pace_start(&p, 0);
	for (; now_ns < 1000 * MS; count++) {
		tr_pace_event(&p, now_ns);
		now_ns += tr_pace_next(&p, now_ns, CAP_NS);
	}
	assert_false(tr_pace_is_quiet(&p, now_ns));
	assert_in_range(count, 500, 520);
}

static void begins_anew_after_a_quiet(void **state)
{
	struct tr_pace p;
	int64_t now_ns = 0;

	(void)state;
	tr_pace_start(&p, 0);
	waits(&p, &now_ns, 6000 * MS);
	assert_true(tr_pace_is_quiet(&p, now_ns));
	tr_pace_event(&p, now_ns);
	assert_false(tr_pace_is_quiet(&p, now_ns));
	assert_int_equal(tr_pace_next(&p, now_ns, CAP_NS), 50000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grows_by_half_to_the_cap),
	    cmocka_unit_test(a_look_is_late_by_half_the_commit_or_the_cap),
	    cmocka_unit_test(dies_down_without_events),
	    cmocka_unit_test(goes_on_growing_while_events_come),
	    cmocka_unit_test(begins_anew_after_a_quiet),
	};

	return cmocka_run_group_tests_name("watch_pace", tests, NULL, NULL);
}
