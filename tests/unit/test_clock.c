/* test_clock.c: the units, the clocks and the form of the time.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"

static int64_t read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void monotonic_time_is_in_nanoseconds(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t before = read_ns(CLOCK_MONOTONIC);
		int64_t now = tr_mono_ns();

		assert_true(before <= now && now <= read_ns(CLOCK_MONOTONIC));
	}
}

/* Reads the text back, field by field, as milliseconds since 1970. */
static int64_t parse_ms(const char *text)
{
	struct tm utc = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);

	assert_non_null(rest);
	assert_int_equal(rest - text, 19);
	return timegm(&utc) * INT64_C(1000) + atoi(rest + 1);
}

static void wall_time_is_utc_to_the_millisecond(void **state)
{
	char text[TR_ISO_SIZE];

	(void)state;
	setenv("TZ", "NPT-5:45", 1);
	tzset();
	for (int i = 0; i < 1000; i++) {
		int64_t before_ms = read_ns(CLOCK_REALTIME) / TR_NS_PER_MS, now_ms;

		tr_iso_now(text);
		now_ms = parse_ms(text);
		assert_true(before_ms <= now_ms);
		assert_true(now_ms <= read_ns(CLOCK_REALTIME) / TR_NS_PER_MS);
	}
}

static void the_form_has_a_fixed_width(void **state)
{
	static const char form[] = "0000-00-00T00:00:00.000Z";
	char text[TR_ISO_SIZE];

	(void)state;
	tr_iso_now(text);
	for (size_t i = 0; i < sizeof(form); i++) {
		if (form[i] == '0')
			assert_in_range(text[i], '0', '9');
		else
			assert_int_equal(text[i], form[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(monotonic_time_is_in_nanoseconds),
	    cmocka_unit_test(wall_time_is_utc_to_the_millisecond),
	    cmocka_unit_test(the_form_has_a_fixed_width),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
