/* test_capture.c: how often progress is told, when an open line is taken for one, and that
 * nothing of a stream is lost on its way into the spool.
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

#include "run/capture.h"
#include "scratch.h"
#include "spools.h"

#define MS TR_NS_PER_MS
#define ROOM (1 << 20)

static struct tr_spool spool;
static struct tr_capture capture;
static char seen[4096]; /* what came into the spool, as text */

static int begin(void **state)
{
	if (enter(state))
		return -1;
	make_spool(&spool, ".", "/db", ROOM);
	return tr_capture_init(&capture, &spool, TR_MARKUP_AUTO, NULL);
}

static int end(void **state)
{
	tr_capture_free(&capture);
	tr_spool_close(&spool);
	return leave(state);
}

/* Takes everything out of the spool, and writes it down in a short form. */
static const char *drain(void)
{
	static char bytes[ROOM];
	uint64_t pos = atomic_load(&spool.page->done);
	size_t len = tr_spool_read(&spool, bytes, sizeof(bytes)), at = 0, size;
	struct tr_record record;
	FILE *out = fmemopen(memset(seen, 0, sizeof(seen)), sizeof(seen), "w");

	while ((size = tr_record_get(bytes + at, len - at, pos + at, &record))) {
		if (record.kind == TR_RECORD_PROGRESS)
			fprintf(out, "<%g>", record.percent);
		else
			fprintf(out, "[%d %.*s]", record.level, (int)record.text.len,
			    record.text.data);
		at += size;
	}
	fclose(out);
	assert_int_equal(at, len);
	tr_spool_done(&spool, pos + at);
	return seen;
}

static void feed(enum tr_markup_from from, const char *text, int64_t now_ns)
{
	tr_capture_feed(&capture, from, text, strlen(text), now_ns);
}

static void lines_with_their_levels(void **state)
{
	(void)state;
	feed(TR_FROM_STDOUT, "one\ntw", MS);
	feed(TR_FROM_STDERR, "wrong\n", MS);
	feed(TR_FROM_STDOUT, "o\n", MS);
	assert_string_equal(drain(), "[1 one][3 wrong][1 two]");
}

/* `***` is longer than what it stands for. */
static void a_line_that_masks_make_longer(void **state)
{
	enum { COUNT = 30000 };
	static char line[2 * COUNT + 2], bytes[ROOM];
	size_t len, found = 0;

	(void)state;
	for (int i = 0; i < COUNT; i++)
		memcpy(line + 2 * (size_t)i, ",x", 2);
	line[2 * COUNT] = '\n';
	feed(TR_FROM_STDOUT, "::add-mask::,\n", MS);
	feed(TR_FROM_STDOUT, line, MS);
	len = tr_spool_read(&spool, bytes, sizeof(bytes));
	for (size_t i = 3; i < len; i++)
		found += memcmp(bytes + i - 3, "***x", 4) == 0;
	assert_int_equal(found, COUNT);
}

/* Progress is what the reader gives; here is only how often. */
static void give_progress(double percent)
{
	char text[64];

	snprintf(text, sizeof(text), "\033]9;4;1;%d\a", (int)percent);
	feed(TR_FROM_STDOUT, text, capture.told_ns ? capture.told_ns + MS : MS);
}

static void at_most_two_updates_a_second(void **state)
{
	int64_t told_ns;

	(void)state;
	give_progress(1);
	assert_string_equal(drain(), "<1>");
	told_ns = capture.told_ns;
	give_progress(2);
	give_progress(3);
	assert_string_equal(drain(), "");
	assert_int_equal(tr_capture_tick(&capture, told_ns + 499 * MS) - told_ns, 500 * MS);
	assert_string_equal(drain(), "");
	tr_capture_tick(&capture, told_ns + 500 * MS);
	assert_string_equal(drain(), "<3>");
}

static void the_last_progress_always(void **state)
{
	(void)state;
	give_progress(1);
	give_progress(99);
	assert_string_equal(drain(), "<1>");
	tr_capture_end(&capture);
	assert_string_equal(drain(), "<99>");
}

static void a_prompt_is_a_line_after_three_seconds(void **state)
{
	(void)state;
	feed(TR_FROM_STDOUT, "Really? ", MS);
	assert_int_equal(tr_capture_tick(&capture, 2 * MS), 3001 * MS);
	tr_capture_tick(&capture, 3000 * MS);
	assert_string_equal(drain(), "");
	assert_int_equal(tr_capture_tick(&capture, 3001 * MS), INT64_MAX);
	assert_string_equal(drain(), "[1 Really? ]");
	feed(TR_FROM_STDOUT, "yes\n", 4000 * MS);
	assert_string_equal(drain(), "[1 yes]");
}

static void the_end_gives_the_open_line(void **state)
{
	(void)state;
	feed(TR_FROM_STDOUT, "no newline", MS);
	assert_string_equal(drain(), "");
	tr_capture_end(&capture);
	assert_string_equal(drain(), "[1 no newline]");
}

#define capture_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    capture_test(lines_with_their_levels),
	    capture_test(a_line_that_masks_make_longer),
	    capture_test(at_most_two_updates_a_second),
	    capture_test(the_last_progress_always),
	    capture_test(a_prompt_is_a_line_after_three_seconds),
	    capture_test(the_end_gives_the_open_line),
	};

	return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
