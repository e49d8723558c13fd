/* test_json.c: the objects of the contract, letter for letter, from rows of every kind.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "stream/json.h"

static struct tr_text text_of(const char *word)
{
	return (struct tr_text){word, strlen(word)};
}

/* Fails unless out holds want, and empties it. */
static void wrote(struct tr_buf *out, const char *want)
{
	assert_int_equal(tr_buf_err(out), TR_OK);
	assert_string_equal(out->data, want);
	assert_int_equal(out->len, strlen(want));
	tr_buf_free(out);
}

/* Fails unless the log line with this message has this JSON between its quotes. */
static void message_is(const char *message, size_t len, const char *want)
{
	struct tr_row row = {.message = {message, len}};
	struct tr_buf out = {0}, whole = {0};

	tr_buf_addf(
	    &whole, "{\"jobId\":null,\"level\":null,\"message\":\"%s\",\"at\":null}", want);
	tr_json_log(&out, &row);
	wrote(&out, whole.data);
	tr_buf_free(&whole);
}

static void a_job_with_nothing_said(void **state)
{
	struct tr_job job = {
	    .id = 1, .name = text_of("deploy"), .state = text_of("queued"), .progress = NAN};
	struct tr_buf out = {0};

	(void)state;
	tr_json_job(&out, &job);
	wrote(&out,
	    "{\"jobId\":1,\"name\":\"deploy\",\"state\":\"queued\",\"progress\":null,"
	    "\"step\":null,\"url\":null,\"error\":null,\"exitCode\":null,\"startedAt\":null,"
	    "\"finishedAt\":null}");
}

static void a_job_with_all_of_it(void **state)
{
	struct tr_job job = {.id = INT64_MAX,
	    .name = text_of("\"a\\b\"\t\x01"),
	    .state = text_of("failed"),
	    .step = text_of(""),
	    .url = text_of("https://x/?a=1&b=<2>"),
	    .error = text_of("line\r\nline"),
	    .started_at = text_of("2026-11-21T02:57:36.000Z"),
	    .finished_at = text_of("then"),
	    .progress = 99.5,
	    .exit_code = INT64_MIN,
	    .has_exit_code = 1};
	struct tr_buf out = {0};

	(void)state;
	tr_json_job(&out, &job);
	wrote(&out,
	    "{\"jobId\":9223372036854775807,\"name\":\"\\\"a\\\\b\\\"\\t\\u0001\","
	    "\"state\":\"failed\",\"progress\":99.5,\"step\":\"\","
	    "\"url\":\"https://x/?a=1&b=<2>\",\"error\":\"line\\r\\nline\","
	    "\"exitCode\":-9223372036854775808,\"startedAt\":\"2026-11-21T02:57:36.000Z\","
	    "\"finishedAt\":\"then\"}");
}

static void a_job_with_what_no_stream_carries(void **state)
{
	struct tr_job_whole whole = {
	    .job = {.id = 1, .name = text_of("a"), .state = text_of("failed"), .progress = 1.5},
	    .created_at = text_of("c"),
	    .beat_at = text_of("b"),
	    .host = text_of("h"),
	    .cwd = text_of("/"),
	    .key = text_of("k"),
	    .signal = -9,
	    .has_signal = 1};
	struct tr_buf out = {0};

	(void)state;
	tr_json_job_whole(&out, &whole, -1);
	wrote(&out,
	    "{\"jobId\":1,\"name\":\"a\",\"state\":\"failed\",\"progress\":1.5,"
	    "\"step\":null,\"url\":null,\"error\":null,\"exitCode\":null,"
	    "\"startedAt\":null,\"finishedAt\":null,\"signal\":-9,\"createdAt\":\"c\","
	    "\"beatAt\":\"b\",\"host\":\"h\",\"cwd\":\"/\",\"key\":\"k\",\"owner\":null}");
	whole.has_signal = 0;
	tr_json_job_whole(&out, &whole, 0);
	assert_non_null(strstr(out.data, "\"signal\":null,"));
	assert_non_null(strstr(out.data, "\"owner\":null,\"lines\":0}"));
	tr_buf_free(&out);
}

static void a_line_of_a_page(void **state)
{
	struct tr_row row = {.id = INT64_MAX,
	    .job_id = 7,
	    .has_job = 1,
	    .event = text_of("group"),
	    .level = text_of("info"),
	    .message = text_of("\"T\""),
	    .created_at = text_of("then")};
	struct tr_buf out = {0};

	(void)state;
	tr_json_line(&out, &row, 0);
	wrote(&out, "{\"id\":9223372036854775807,\"jobId\":7,\"event\":\"group\","
		    "\"level\":\"info\",\"message\":\"\\\"T\\\"\",\"at\":\"then\"}");
	row.has_job = 0;
	tr_json_line(&out, &row, 1);
	assert_non_null(strstr(out.data, "\"jobId\":null,"));
	assert_non_null(strstr(out.data, ",\"truncated\":true}"));
	tr_buf_free(&out);
}

/* What a page reads is the number that the publisher wrote, and as short. */
static void progress_in_fractions(void **state)
{
	static const struct {
		double progress;
		const char *want;
	} rows[] = {{0, ":0,"}, {100, ":100,"}, {45, ":45,"}, {33.3, ":33.3,"}, {0.1, ":0.1,"},
	    {99.99, ":99.99,"}, {1e-7, ":1e-07,"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct tr_job job = {.progress = rows[i].progress};
		struct tr_buf out = {0};

		tr_json_job(&out, &job);
		assert_int_equal(tr_buf_err(&out), TR_OK);
		assert_int_equal(strncmp(strstr(out.data, "\"progress\"") + 10, rows[i].want,
				     strlen(rows[i].want)),
		    0);
		tr_buf_free(&out);
	}
}

static void exit_codes(void **state)
{
	struct tr_job job = {.has_exit_code = 1};
	struct tr_buf out = {0};

	(void)state;
	tr_json_job(&out, &job);
	assert_non_null(strstr(out.data, "\"exitCode\":0,"));
	tr_buf_clear(&out);
	job.exit_code = 255;
	tr_json_job(&out, &job);
	assert_non_null(strstr(out.data, "\"exitCode\":255,"));
	tr_buf_clear(&out);
	job.exit_code = INT64_C(9007199254740993); /* no double is this number */
	tr_json_job(&out, &job);
	assert_non_null(strstr(out.data, "\"exitCode\":9007199254740993,"));
	tr_buf_free(&out);
}

static void lines_and_groups(void **state)
{
	struct tr_row row = {.id = 7,
	    .job_id = 42,
	    .has_job = 1,
	    .level = text_of("warn"),
	    .message = text_of("cloned"),
	    .created_at = text_of("2026-11-21T02:57:36.123Z")};
	struct tr_buf out = {0};

	(void)state;
	tr_json_log(&out, &row);
	wrote(&out, "{\"jobId\":42,\"level\":\"warn\",\"message\":\"cloned\","
		    "\"at\":\"2026-11-21T02:57:36.123Z\"}");
	tr_json_group(&out, &row);
	wrote(&out, "{\"jobId\":42,\"title\":\"cloned\"}");
	row.has_job = 0;
	tr_json_group(&out, &row);
	wrote(&out, "{\"jobId\":null,\"title\":\"cloned\"}");
	tr_json_removed(&out, INT64_MIN);
	wrote(&out, "{\"jobId\":-9223372036854775808}");
}

static void texts_of_every_kind(void **state)
{
	(void)state;
	message_is("", 0, "");
	message_is("\0", 1, "\\u0000");
	message_is("\0\0\0", 3, "\\u0000\\u0000\\u0000");
	message_is("a\0b", 3, "a\\u0000b");
	message_is("a\"\0\"b\0", 6, "a\\\"\\u0000\\\"b\\u0000");
	message_is("a\r\nb\nc\rd", 8, "a\\r\\nb\\nc\\rd");
	message_is("\x1b[31mred\x1b[0m", 12, "\\u001b[31mred\\u001b[0m");
	message_is("\\u0041 </script>", 16, "\\\\u0041 </script>");
	message_is("\xC3\xBC \xE2\x80\xA8 \xF0\x9F\x9A\x80", 11,
	    "\xC3\xBC \xE2\x80\xA8 \xF0\x9F\x9A\x80");
	message_is("\xFF\xC3", 2, "\xFF\xC3"); /* the frame encoder's to replace */
}

static void only_what_lies_within_the_length(void **state)
{
	struct tr_row row = {.message = {"abcdef", 3}};
	struct tr_buf out = {0};

	(void)state;
	tr_json_group(&out, &row);
	wrote(&out, "{\"jobId\":null,\"title\":\"abc\"}");
}

/* Every byte there is, alone and beside a NUL, read back by a parser. */
static void every_byte_comes_back(void **state)
{
	(void)state;
	for (int byte = 1; byte < 0x80; byte++) {
		char message[] = {'<', (char)byte, '\0', (char)byte, '>'};
		struct tr_row row = {.message = {message, sizeof(message)}};
		struct tr_buf out = {0};
		cJSON *object;
		char *text;

		tr_json_group(&out, &row);
		text = strstr(out.data, "\\u0000");
		assert_non_null(text);
		memcpy(text, "\\u0030", 6); /* cJSON's own parser stops at a NUL */
		object = cJSON_ParseWithLength(out.data, out.len);
		assert_non_null(object);
		text = cJSON_GetObjectItem(object, "title")->valuestring;
		message[2] = '0';
		assert_int_equal(strlen(text), sizeof(message));
		assert_memory_equal(text, message, sizeof(message));
		cJSON_Delete(object);
		tr_buf_free(&out);
	}
}

/* A publisher's worst megabyte must not hold a worker up. */
static void a_megabyte_of_nul(void **state)
{
	struct tr_row row = {.message = {calloc(1, 1 << 20), 1 << 20}};
	int64_t begun_ns = tr_mono_ns();
	struct tr_buf out = {0};

	(void)state;
	tr_json_group(&out, &row);
	assert_int_equal(tr_buf_err(&out), TR_OK);
	assert_int_equal(out.len, strlen("{\"jobId\":null,\"title\":\"\"}") + 6 * (1 << 20));
	assert_true(tr_mono_ns() - begun_ns < 5 * TR_NS_PER_S);
	tr_buf_free(&out);
	free((char *)row.message.data);
}

static void hello(void **state)
{
	struct tr_bounds bounds = {.oldest = 5, .newest = INT64_MAX};
	struct tr_buf out = {0};

	(void)state;
	tr_json_hello(&out, "0123456789abcdef", &bounds, 15, 0);
	wrote(&out, "{\"epoch\":\"0123456789abcdef\",\"oldest\":5,"
		    "\"newest\":9223372036854775807,\"heartbeat\":15,\"resumed\":false}");
	tr_json_hello(&out, "e", &(struct tr_bounds){1, 0, 0}, 15, 1);
	wrote(&out,
	    "{\"epoch\":\"e\",\"oldest\":1,\"newest\":0,\"heartbeat\":15,\"resumed\":true}");
}

static void snapshots(void **state)
{
	struct tr_job jobs[2] = {{.id = 2, .name = text_of("b"), .progress = NAN},
	    {.id = 1, .name = text_of("a"), .progress = 12.5}};
	struct tr_job_list list = {.jobs = jobs, .count = 2, .total = 300};
	struct tr_buf out = {0};

	(void)state;
	tr_json_snapshot(&out, &(struct tr_job_list){0});
	wrote(&out, "{\"jobs\":[],\"total\":0}");
	tr_json_snapshot(&out, &list);
	wrote(&out,
	    "{\"jobs\":[{\"jobId\":2,\"name\":\"b\",\"state\":null,\"progress\":null,"
	    "\"step\":null,\"url\":null,\"error\":null,\"exitCode\":null,\"startedAt\":null,"
	    "\"finishedAt\":null},{\"jobId\":1,\"name\":\"a\",\"state\":null,"
	    "\"progress\":12.5,\"step\":null,\"url\":null,\"error\":null,\"exitCode\":null,"
	    "\"startedAt\":null,\"finishedAt\":null}],\"total\":300}");
}

static void the_small_ones(void **state)
{
	struct tr_buf out = {0};

	(void)state;
	tr_json_gap(&out, 4, 17);
	wrote(&out, "{\"after\":4,\"next\":17}");
	tr_json_reset(&out, "the \"file\" was replaced");
	wrote(&out, "{\"reason\":\"the \\\"file\\\" was replaced\"}");
}

static void pings_and_beats(void **state)
{
	struct tr_beat beats[] = {
	    {42, "2026-11-21T02:57:36.123Z", ""}, {INT64_MAX, "\"\xFF", ""}};
	const char *time = "{\"time\":\"0000-00-00T00:00:00.000Z\",\"beats\":";
	struct tr_buf out = {0};

	(void)state;
	tr_json_ping(&out, NULL, 0);
	for (size_t i = 0; i < out.len; i++)
		if (out.data[i] >= '0' && out.data[i] <= '9')
			out.data[i] = '0';
	assert_memory_equal(out.data, time, strlen(time));
	assert_string_equal(out.data + strlen(time), "{}}");
	tr_buf_clear(&out);
	tr_json_ping(&out, beats, 2);
	assert_string_equal(out.data + strlen(time),
	    "{\"42\":\"2026-11-21T02:57:36.123Z\",\"9223372036854775807\":\"\\\"\xFF\"}}");
	tr_buf_free(&out);
}

/* A buffer that is full says so, and so does one that was full before. */
static void a_failure_shows(void **state)
{
	struct tr_buf out = {.limit_bytes = 10};

	(void)state;
	tr_json_gap(&out, 1, 2);
	assert_int_equal(tr_buf_err(&out), TR_NOMEM);
	tr_buf_free(&out);
}

/* Allocations of cJSON's before the one that fails, and whether it came to that. */
static int good_ones, failed;

static void *failing_malloc(size_t len)
{
	if (good_ones-- != 0)
		return malloc(len);
	failed = 1;
	return NULL;
}

static void fill_all(struct tr_buf *out)
{
	struct tr_job job = {.name = {"a\0b", 3}, .progress = 1, .has_exit_code = 1};
	struct tr_row row = {.message = {"a\0b", 3}, .has_job = 1};
	struct tr_job_list list = {.jobs = &job, .count = 1};
	struct tr_beat beat = {1, "x", ""};

	tr_json_snapshot(out, &list);
	tr_json_log(out, &row);
	tr_json_ping(out, &beat, 1);
	tr_json_hello(out, "e", &(struct tr_bounds){0}, 15, 1);
}

/* Of cJSON's allocations the nth fails, for every n: told, and nothing leaks (under ASan). */
static void out_of_memory_anywhere(void **state)
{
	cJSON_Hooks hooks = {failing_malloc, free};
	int n = -1;

	(void)state;
	cJSON_InitHooks(&hooks);
	do {
		struct tr_buf out = {0};

		good_ones = ++n;
		failed = 0;
		fill_all(&out);
		assert_int_equal(tr_buf_err(&out), failed ? TR_NOMEM : TR_OK);
		tr_buf_free(&out);
	} while (failed);
	cJSON_InitHooks(NULL);
	assert_in_range(n, 30, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_job_with_nothing_said),
	    cmocka_unit_test(a_job_with_all_of_it),
	    cmocka_unit_test(a_job_with_what_no_stream_carries),
	    cmocka_unit_test(a_line_of_a_page),
	    cmocka_unit_test(progress_in_fractions),
	    cmocka_unit_test(exit_codes),
	    cmocka_unit_test(lines_and_groups),
	    cmocka_unit_test(texts_of_every_kind),
	    cmocka_unit_test(only_what_lies_within_the_length),
	    cmocka_unit_test(every_byte_comes_back),
	    cmocka_unit_test(a_megabyte_of_nul),
	    cmocka_unit_test(hello),
	    cmocka_unit_test(snapshots),
	    cmocka_unit_test(the_small_ones),
	    cmocka_unit_test(pings_and_beats),
	    cmocka_unit_test(a_failure_shows),
	    cmocka_unit_test(out_of_memory_anywhere),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
