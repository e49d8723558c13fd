/* test_frames.c: which frames a batch becomes, and what a client reads in them.
 *
 * - Batches are made by hand; what a client reads is told by the parser of ref_stream.h.
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

#include "ref_stream.h"
#include "stream/frames.h"

#define EPOCH "0123456789abcdef"

static const struct tr_cursor at_7 = {EPOCH, 7};

/* A batch is too large for the stack. */
static struct tr_batch batch;

static int empty_batch(void **state)
{
	(void)state;
	batch.row_count = batch.job_count = 0;
	return 0;
}

static struct tr_text text_of(const char *word)
{
	return (struct tr_text){word, strlen(word)};
}

/* Adds a row, whose id is its place in the batch, from 1; job_id 0: of no job. */
static struct tr_row *add_row(int64_t job_id, const char *event, const char *message)
{
	struct tr_row *row = &batch.rows[batch.row_count++];

	*row = (struct tr_row){.id = batch.row_count,
	    .job_id = job_id,
	    .has_job = job_id != 0,
	    .event = text_of(event),
	    .level = text_of("info"),
	    .message = text_of(message),
	    .created_at = text_of("now")};
	return row;
}

static void add_job(int64_t id, const char *state)
{
	batch.jobs[batch.job_count++] =
	    (struct tr_job){.id = id, .name = text_of("j"), .state = text_of(state)};
}

/* Fails unless out is exactly this one frame: id "" for none. Frees out. */
static void is_frame(struct tr_buf *out, const char *event, const char *id, const char *data)
{
	struct ref_stream s;

	assert_int_equal(tr_buf_err(out), TR_OK);
	s = ref_stream_open(out->data, out->len);
	assert_true(ref_stream_next(&s));
	assert_true(ref_is(s.type, event));
	assert_true(ref_is(s.id, id));
	assert_int_equal(s.data_len, strlen(data));
	assert_memory_equal(s.data, data, s.data_len);
	assert_int_equal(s.rest.len, 0);
	ref_stream_free(&s);
	tr_buf_free(out);
}

/* Fails unless the batch becomes these frames under that filter: "name:id name:id". */
static void become(const struct tr_filter *filter, const char *want)
{
	struct tr_buf out = {0}, got = {0};
	struct ref_stream s;
	int count;

	tr_buf_adds(&out, "");
	tr_buf_adds(&got, "");
	count = tr_frames_rows(&out, EPOCH, &batch, filter);
	assert_int_equal(tr_buf_err(&out), TR_OK);
	s = ref_stream_open(out.data, out.len);
	while (ref_stream_next(&s)) {
		count--;
		assert_memory_equal(s.id.at, EPOCH "-", 17);
		tr_buf_addf(&got, "%s%.*s:%.*s", got.len ? " " : "", (int)s.type.len, s.type.at,
		    (int)s.id.len - 17, s.id.at + 17);
	}
	assert_string_equal(got.data, want);
	assert_int_equal(count, 0);
	ref_stream_free(&s);
	tr_buf_free(&out);
	tr_buf_free(&got);
}

static void each_event_and_its_id(void **state)
{
	struct tr_bounds bounds = {3, 9, 2};
	struct tr_job_list list = {.total = 4};
	struct tr_buf out = {0};

	(void)state;
	tr_frames_hello(&out, &at_7, EPOCH, &bounds, 15, 1);
	is_frame(&out, "hello", EPOCH "-7",
	    "{\"epoch\":\"" EPOCH
	    "\",\"oldest\":3,\"newest\":9,\"heartbeat\":15,\"resumed\":true}");
	tr_frames_hello(&out, NULL, EPOCH, &bounds, 15, 0);
	is_frame(&out, "hello", "",
	    "{\"epoch\":\"" EPOCH
	    "\",\"oldest\":3,\"newest\":9,\"heartbeat\":15,\"resumed\":false}");
	tr_frames_snapshot(&out, &at_7, &list);
	is_frame(&out, "snapshot", EPOCH "-7", "{\"jobs\":[],\"total\":4}");
	tr_frames_gap(&out, &at_7, 2, 8);
	is_frame(&out, "gap", EPOCH "-7", "{\"after\":2,\"next\":8}");
	tr_frames_reset(&out, "why");
	is_frame(&out, "reset", "", "{\"reason\":\"why\"}");
	tr_frames_busy(&out, 5000);
	is_frame(&out, "busy", "", "{\"retry\":5000}");
}

static void pings_with_and_without_a_cursor(void **state)
{
	struct tr_buf out = {0};
	struct ref_stream s;

	(void)state;
	tr_frames_ping(&out, &at_7, NULL, 0);
	tr_frames_ping(&out, NULL, NULL, 0);
	s = ref_stream_open(out.data, out.len);
	assert_true(ref_stream_next(&s) && ref_is(s.type, "ping"));
	assert_true(ref_is(s.id, EPOCH "-7"));
	assert_true(ref_stream_next(&s) && ref_is(s.type, "ping"));
	assert_null(strstr(strstr(out.data, "\n\n"), "id:"));
	ref_stream_free(&s);
	tr_buf_free(&out);
}

static void lines_groups_and_events_of_a_publisher(void **state)
{
	struct tr_filter all = {0};
	struct tr_buf out = {0};

	(void)state;
	add_row(5, "log", "cloned");
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "log", EPOCH "-1",
	    "{\"jobId\":5,\"level\":\"info\",\"message\":\"cloned\",\"at\":\"now\"}");
	empty_batch(NULL);
	add_row(5, "group", "Build");
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "group", EPOCH "-1", "{\"jobId\":5,\"title\":\"Build\"}");
	empty_batch(NULL);
	add_row(0, "group-end", "");
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "group-end", EPOCH "-1", "{\"jobId\":null,\"title\":\"\"}");
	empty_batch(NULL);
	add_row(0, "order", "{\"status\":\"out for delivery\"}");
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "order", EPOCH "-1", "{\"status\":\"out for delivery\"}");
	empty_batch(NULL);
	add_row(0, "order", "");
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "order", EPOCH "-1", "");
}

/* A message is data line by line; it can neither end its frame nor forge another. */
static void hostile_messages(void **state)
{
	struct tr_filter all = {0};
	struct tr_buf out = {0};

	(void)state;
	add_row(0, "order", "a\r\rb\nc\r\n\nevent: reset\nid: x-9\n\ndata: y");
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "order", EPOCH "-1", "a\n\nb\nc\n\nevent: reset\nid: x-9\n\ndata: y");
	empty_batch(NULL);
	add_row(0, "log", "a\r\nb\n\nevent: reset");
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "log", EPOCH "-1",
	    "{\"jobId\":null,\"level\":\"info\",\"message\":\"a\\r\\nb\\n\\nevent: reset\","
	    "\"at\":\"now\"}");
	empty_batch(NULL);
	add_row(0, "log", "\xFF\xC3\"\xE2\x82");
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "log", EPOCH "-1",
	    "{\"jobId\":null,\"level\":\"info\","
	    "\"message\":\"\xEF\xBF\xBD\xEF\xBF\xBD\\\"\xEF\xBF\xBD\",\"at\":\"now\"}");
	empty_batch(NULL);
	add_row(0, "x", "\xC0\x80")->message.len = 2;
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "x", EPOCH "-1", "\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void nul_bytes_pass_through(void **state)
{
	struct tr_filter all = {0};
	struct tr_buf out = {0};

	(void)state;
	add_row(0, "x", "")->message = (struct tr_text){"a\0b", 3};
	tr_frames_rows(&out, EPOCH, &batch, &all);
	assert_int_equal(out.len, strlen("event: x\nid: " EPOCH "-1\ndata: a0b\n\n"));
	assert_memory_equal(strstr(out.data, "data: "), "data: a\0b\n\n", 12);
	tr_buf_free(&out);
}

/* What a file without the CHECKs may hold as a name, and no frame may carry. */
static void names_that_the_schema_refuses(void **state)
{
	struct tr_filter all = {0};
	char longest[66];
	char space[TR_EVENT_SIZE];

	(void)state;
	memset(longest, 'n', 65);
	longest[65] = '\0';
	add_row(0, "", "x");
	add_row(0, "a b", "x");
	add_row(0, "a\nid: 5", "x");
	add_row(0, longest, "x");
	add_row(0, "log", "x")->event = (struct tr_text){NULL, 0};
	add_row(0, "open", "x"); /* would look like the browser's own */
	add_row(0, "hello", "x");
	become(&all, "log:1 log:2 log:3 log:4 log:5 log:6 log:7");
	assert_string_equal(tr_frames_name(&batch, 3, space), "log");
	batch.rows[3].event.len = 64;
	assert_string_equal(tr_frames_name(&batch, 3, space), longest + 1);
}

static void a_marker_carries_its_job(void **state)
{
	struct tr_filter all = {0};
	struct tr_buf out = {0};

	(void)state;
	add_row(5, "completion", "");
	add_job(5, "failed");
	batch.jobs[0].progress = 33.3;
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "completion", EPOCH "-1",
	    "{\"jobId\":5,\"name\":\"j\",\"state\":\"failed\",\"progress\":33.3,\"step\":null,"
	    "\"url\":null,\"error\":null,\"exitCode\":null,\"startedAt\":null,"
	    "\"finishedAt\":null}");
	empty_batch(NULL);
	add_row(5, "removed", "");
	tr_frames_rows(&out, EPOCH, &batch, &all);
	is_frame(&out, "removed", EPOCH "-1", "{\"jobId\":5}");
}

/* `completion` goes out under that name only while the state is final. */
static void the_name_that_goes_out(void **state)
{
	static const struct {
		const char *event, *state, *name;
	} rows[] = {
	    {"completion", "succeeded", "completion"},
	    {"completion", "failed", "completion"},
	    {"completion", "canceled", "completion"},
	    {"completion", "running", "status-update"},
	    {"completion", "queued", "status-update"},
	    {"status-update", "queued", "status-update"},
	    {"status-update", "succeeded", "status-update"},
	    {"removed", "running", "removed"},
	};
	char space[TR_EVENT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		empty_batch(NULL);
		add_row(5, rows[i].event, "");
		add_job(5, rows[i].state);
		assert_string_equal(tr_frames_name(&batch, 0, space), rows[i].name);
		batch.job_count = 0; /* deleted since */
		if (strcmp(rows[i].event, "removed") == 0)
			assert_string_equal(tr_frames_name(&batch, 0, space), "removed");
		else
			assert_null(tr_frames_name(&batch, 0, space));
	}
}

static void filters_look_at_the_name_that_goes_out(void **state)
{
	struct tr_filter status = {.events = {"status-update"}, .event_count = 1};
	struct tr_filter final = {.events = {"completion"}, .event_count = 1};

	(void)state;
	add_row(1, "completion", "");
	add_row(2, "completion", "");
	add_job(1, "running");
	add_job(2, "failed");
	become(&status, "status-update:1");
	become(&final, "completion:2");
}

static void the_last_of_several_markers(void **state)
{
	struct tr_filter all = {0};

	(void)state;
	add_row(1, "status-update", "");
	add_row(2, "status-update", "");
	add_row(1, "log", "x");
	add_row(1, "status-update", "");
	add_row(1, "log", "y");
	add_row(1, "completion", "");
	add_row(3, "status-update", "");
	add_row(3, "removed", "");
	add_job(1, "succeeded");
	add_job(2, "running");
	become(&all, "status-update:2 log:3 log:5 completion:6 removed:8");
}

/* Only a marker that goes out supersedes another. */
static void what_is_not_sent_supersedes_nothing(void **state)
{
	struct tr_filter status = {.events = {"status-update", "log"}, .event_count = 2};
	struct tr_filter final = {.events = {"completion", "log"}, .event_count = 2};

	(void)state;
	add_row(1, "status-update", "");
	add_row(1, "completion", "");
	add_job(1, "succeeded");
	become(&status, "status-update:1");
	become(&final, "completion:2");
	empty_batch(NULL);
	add_row(1, "completion", "");
	add_row(1, "status-update", "");
	add_job(1, "failed");
	become(&final, "completion:1");
	empty_batch(NULL);
	add_row(1, "completion", "");
	add_row(1, "completion", "");
	add_row(1, "removed", "");
	become(&final, ""); /* the job is no more, and `removed` is not asked for */
}

/* A job that was deleted and made again under its id. */
static void removed_and_back_again(void **state)
{
	struct tr_filter all = {0}, removed = {.events = {"removed"}, .event_count = 1};

	(void)state;
	add_row(1, "completion", "");
	add_row(1, "removed", "");
	add_row(1, "status-update", "");
	add_job(1, "queued");
	become(&all, "status-update:3");
	become(&removed, "removed:2");
}

/* For the ring there is no filter: a marker makes way only for one of the same name. */
static void superseded_for_anybody(void **state)
{
	(void)state;
	add_row(1, "status-update", "");
	add_row(1, "status-update", "");
	add_row(1, "completion", "");
	add_row(2, "status-update", "");
	add_row(1, "log", "");
	add_job(1, "failed");
	add_job(2, "running");
	assert_true(tr_frames_superseded(&batch, 0, "status-update", NULL));
	assert_false(tr_frames_superseded(&batch, 1, "status-update", NULL));
	assert_false(tr_frames_superseded(&batch, 2, "completion", NULL));
	assert_false(tr_frames_superseded(&batch, 3, "status-update", NULL));
	assert_false(tr_frames_superseded(&batch, 4, "log", NULL));
}

static void the_fullest_batch(void **state)
{
	struct tr_filter all = {0};
	struct tr_buf out = {0};

	(void)state;
	for (int i = 0; i < TR_BATCH_ROWS; i++) {
		add_row(1 + i % 128, "status-update", "");
		if (i < 128)
			add_job(1 + i, "running");
	}
	tr_frames_rows(&out, EPOCH, &batch, &all);
	assert_null(strstr(out.data, EPOCH "-128\n"));
	assert_non_null(strstr(out.data, EPOCH "-129\n"));
	assert_non_null(strstr(out.data, EPOCH "-256\n"));
	tr_buf_free(&out);
}

static void a_failure_shows(void **state)
{
	struct tr_buf out = {.limit_bytes = 40};
	struct tr_filter all = {0};

	(void)state;
	add_row(0, "log", "too long for it");
	tr_frames_rows(&out, EPOCH, &batch, &all);
	assert_int_equal(tr_buf_err(&out), TR_NOMEM);
	tr_buf_free(&out);
}

#define batch_test(function) cmocka_unit_test_setup(function, empty_batch)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_event_and_its_id),
	    cmocka_unit_test(pings_with_and_without_a_cursor),
	    batch_test(lines_groups_and_events_of_a_publisher),
	    batch_test(hostile_messages),
	    batch_test(nul_bytes_pass_through),
	    batch_test(names_that_the_schema_refuses),
	    batch_test(a_marker_carries_its_job),
	    batch_test(the_name_that_goes_out),
	    batch_test(filters_look_at_the_name_that_goes_out),
	    batch_test(the_last_of_several_markers),
	    batch_test(what_is_not_sent_supersedes_nothing),
	    batch_test(removed_and_back_again),
	    batch_test(superseded_for_anybody),
	    batch_test(the_fullest_batch),
	    batch_test(a_failure_shows),
	};

	return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
