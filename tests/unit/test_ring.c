/* test_ring.c: readers of the ring get every row above their position, once and in order, or
 * are told that they are lost.
 *
 * - A log in C stands for the database. A watcher moves its rows into a small ring, so that
 *   it wraps all the time; now and then it dies in the middle and another one begins.
 * - Readers go on as a worker does: what is lost is read from the log.
 * - All is random, and the same in every run, so that a failure repeats.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inputs.h"
#include "ringrows.h"

#define ROWS 100000
#define READERS 6
#define RARE_JOB 3 /* of one row in 300; jobs 1 and 2 and no job share the others */
#define LIMIT_S 60 /* a ring that goes round for ever must fail, not hang */

struct log_row {
	int64_t id;
	int64_t job_id; /* 0: none */
	size_t frame_len;
	int superseded; /* the watcher leaves it out, and so does everybody */
};

struct reader {
	struct tr_ring_place place;
	int64_t position;
	int passed; /* so many rows of the log are at or below the position */
	struct tr_filter filter;
	int from_ring, from_log, skipped_quiet; /* how often it went on in which way */
};

struct scene {
	struct tr_ring *ring;
	size_t cap_bytes;
	uint64_t seed;
	struct log_row rows[ROWS];
	int count;
	int watched;   /* rows that the watcher has looked at */
	int64_t floor; /* below this nothing can be in the ring */
	struct reader readers[READERS];
};

static int64_t newest_of(const struct scene *s)
{
	return s->count ? s->rows[s->count - 1].id : 0;
}

/* Mostly lines; sometimes what just fits, and just does not. */
static size_t random_len(struct scene *s)
{
	size_t quarter = s->cap_bytes / 4;

	switch (random_below(&s->seed, 40)) {
	case 0:
		return quarter - random_below(&s->seed, 160);
	case 1:
		return quarter + random_below(&s->seed, quarter);
	case 2:
		return 0;
	default:
		return random_below(&s->seed, 300);
	}
}

static void commit_rows(struct scene *s)
{
	for (size_t n = random_below(&s->seed, 8); n && s->count < ROWS; n--) {
		int64_t hole = random_below(&s->seed, 20) ? 1 : 1000;
		int64_t id = newest_of(s) + hole;

		s->rows[s->count++] = (struct log_row){.id = id,
		    .job_id = random_below(&s->seed, 300)
				  ? (int64_t)random_below(&s->seed, RARE_JOB)
				  : RARE_JOB,
		    .frame_len = random_len(s),
		    .superseded = random_below(&s->seed, 10) == 0};
	}
}

/* Adds what the watcher has not looked at, at most `most` rows. */
static void add_rows(struct scene *s, size_t most)
{
	for (; s->watched < s->count && most; s->watched++, most--) {
		const struct log_row *row = &s->rows[s->watched];

		if (!row->superseded)
			add_row(s->ring, row->id, row->job_id, row->frame_len);
		if (!row->superseded && row->frame_len > s->cap_bytes / 4 - RECORD_OVERHEAD)
			s->floor = row->id; /* it may have been too large */
	}
}

static void watch(struct scene *s)
{
	add_rows(s, 1 + random_below(&s->seed, 10));
	if (s->watched)
		tr_ring_publish(s->ring, s->rows[s->watched - 1].id);
}

/* The watcher dies, perhaps with rows added that it did not publish, and another begins. */
static void restart_watcher(struct scene *s)
{
	add_rows(s, random_below(&s->seed, 10));
	s->watched = s->count;
	s->floor = newest_of(s);
	begin_ring(s->ring, 1, s->floor);
}

/* The next row of the log that the reader is to get, up to and including that id; NULL: none.
 */
static const struct log_row *next_row(
    const struct scene *s, struct reader *reader, int64_t upto)
{
	while (reader->passed < s->count && s->rows[reader->passed].id <= reader->position)
		reader->passed++;
	for (int i = reader->passed; i < s->count && s->rows[i].id <= upto; i++)
		if (!s->rows[i].superseded && tr_filter_job(&reader->filter, s->rows[i].job_id))
			return &s->rows[i];
	return NULL;
}

/* Takes the row at the reader's place, which must be the next one. Returns 0 where it is lost.
 */
static int take_row(struct scene *s, struct reader *reader, const struct tr_ring_row *row)
{
	const struct log_row *want;
	struct tr_buf frame = {0};
	int got = 1;

	if (row->id <= reader->position)
		return 1;
	if (tr_filter_job(&reader->filter, row->has_job ? row->job_id : 0)) {
		want = next_row(s, reader, INT64_MAX);
		assert_non_null(want);
		assert_int_equal(row->id, want->id);
		assert_int_equal(row->has_job ? row->job_id : 0, want->job_id);
		got = tr_ring_frame(s->ring, &reader->place, row, &frame) == TR_RING_ROW;
		assert_true(!got || (frame.len == row->frame_len && is_row(row, frame.data)));
		tr_buf_free(&frame);
	}
	if (got)
		reader->position = row->id;
	return got;
}

/* Reads on in the ring, perhaps not to the end. Returns 0 where the reader is lost. */
static int read_ring(struct scene *s, struct reader *reader)
{
	size_t most = 1 + random_below(&s->seed, 30);
	int64_t newest = tr_ring_newest(s->ring);
	enum tr_ring_got got = TR_RING_ROW;
	struct tr_ring_row row;

	while (most-- && (got = tr_ring_read(s->ring, &reader->place, &row)) == TR_RING_ROW)
		if (!take_row(s, reader, &row))
			return 0;
	if (got == TR_RING_END && newest > reader->position) {
		assert_null(next_row(s, reader, newest));
		reader->position = newest;
	}
	return got != TR_RING_LOST;
}

/* Whether the rows above the position must still be in the ring: they fill half of it. */
static int must_be_there(const struct scene *s, int64_t position)
{
	size_t bytes = 0;

	for (int i = s->watched; i && s->rows[i - 1].id > position; i--)
		bytes += s->rows[i - 1].frame_len + RECORD_OVERHEAD;
	return position >= s->floor && bytes <= s->cap_bytes / 2;
}

static int go_quiet(struct scene *s, struct reader *reader)
{
	int64_t newest = tr_ring_newest(s->ring);

	if (newest <= reader->position ||
	    !tr_ring_quiet(s->ring, &reader->filter, reader->position))
		return 0;
	assert_null(next_row(s, reader, newest));
	reader->position = newest;
	reader->place = (struct tr_ring_place){0};
	reader->skipped_quiet++;
	return 1;
}

/* What a worker does once it is woken: see feed_pool.c. */
static void turn(struct scene *s, struct reader *reader)
{
	int there = must_be_there(s, reader->position);

	if (go_quiet(s, reader))
		return;
	reader->from_ring++;
	if (read_ring(s, reader))
		return;
	if (tr_ring_seek(s->ring, &reader->place, reader->position)) {
		assert_true(read_ring(s, reader));
		return;
	}
	assert_false(there);
	reader->from_log++;
	reader->position = newest_of(s);
}

static struct scene *make_scene(size_t cap_bytes, uint64_t seed)
{
	static const int64_t jobs[READERS / 2] = {TR_NO_JOB, 1, RARE_JOB};
	struct scene *s = calloc(1, sizeof(*s));

	s->cap_bytes = cap_bytes;
	s->seed = seed;
	s->ring = make_ring(cap_bytes);
	begin_ring(s->ring, 1, 0);
	for (int i = 0; i < READERS;
	     i++) /* half of them read one job each, or the lines of none */
		if (i % 2)
			s->readers[i].filter =
			    (struct tr_filter){.job_count = 1, .jobs = {jobs[i / 2]}};
	return s;
}

static void play(size_t cap_bytes, uint64_t seed)
{
	struct scene *s = make_scene(cap_bytes, seed);

	while (s->count < ROWS) {
		commit_rows(s);
		if (random_below(&s->seed, 3))
			watch(s);
		if (random_below(&s->seed, 200) == 0)
			restart_watcher(s);
		for (int i = 0; i < READERS; i++) /* some look rarely */
			if (random_below(&s->seed, i < 4 ? 2 : 40) == 0)
				turn(s, &s->readers[i]);
	}
	for (int i = 0; i < READERS; i++) { /* a play in which nothing happens shows nothing */
		assert_true(s->readers[i].from_ring > 100);
		assert_true(s->readers[i].from_log > 5);
		assert_true(i % 2 == 0 || s->readers[i].skipped_quiet > 10);
	}
	free(s);
}

static void every_row_comes_once_and_in_order(void **state)
{
	(void)state;
	alarm(LIMIT_S);
	for (uint64_t seed = 1; seed <= 5; seed++) {
		play(2048, seed);
		play(4096, seed);
		play(65536, seed);
	}
	alarm(0);
}

static void a_place_of_zero_is_lost_until_it_seeks(void **state)
{
	struct tr_ring *ring = make_ring(4096);
	struct tr_ring_place place = {0};
	struct tr_ring_row row;

	(void)state;
	assert_int_equal(tr_ring_read(ring, &place, &row), TR_RING_LOST);
	begin_ring(ring, 1, 7);
	assert_int_equal(tr_ring_read(ring, &place, &row), TR_RING_LOST);
	assert_false(tr_ring_seek(ring, &place, 6));
	assert_int_equal(tr_ring_read(ring, &place, &row), TR_RING_LOST);
	assert_true(tr_ring_seek(ring, &place, 7));
	assert_int_equal(tr_ring_read(ring, &place, &row), TR_RING_END);
}

static void a_row_too_large_for_the_ring_loses_whoever_waits_for_it(void **state)
{
	struct tr_ring *ring = make_ring(4096);
	struct tr_ring_place place;
	struct tr_ring_row row;

	(void)state;
	begin_ring(ring, 1, 0);
	assert_true(tr_ring_seek(ring, &place, 0));
	add_row(ring, 1, 0, 5000);
	add_row(ring, 2, 0, 50);
	tr_ring_publish(ring, 2);
	assert_int_equal(tr_ring_read(ring, &place, &row), TR_RING_LOST);
	assert_false(tr_ring_seek(ring, &place, 0));
	assert_true(tr_ring_seek(ring, &place, 1));
	assert_int_equal(tr_ring_read(ring, &place, &row), TR_RING_ROW);
	assert_int_equal(row.id, 2);
}

static void the_file_has_a_number_and_an_epoch(void **state)
{
	struct tr_ring *ring = make_ring(4096);
	uint32_t first;

	(void)state;
	assert_int_equal(tr_ring_file_no(ring), 0);
	assert_false(tr_ring_is_of(ring, ""));
	begin_ring(ring, 1, 0);
	first = tr_ring_file_no(ring);
	assert_int_not_equal(first, 0);
	begin_ring(ring, 1, 5); /* another watcher, the same file */
	assert_int_equal(tr_ring_file_no(ring), first);
	begin_ring(ring, 1, 3); /* an older copy was restored into it */
	assert_int_not_equal(tr_ring_file_no(ring), first);
	first = tr_ring_file_no(ring);
	begin_ring(ring, 2, 3);
	assert_int_not_equal(tr_ring_file_no(ring), first);
	assert_true(tr_ring_is_of(ring, "epoch2"));
	assert_false(tr_ring_is_of(ring, "epoch1"));
	assert_false(tr_ring_is_of(ring, "epoch"));
}

static void beats_are_those_of_the_jobs_in_view(void **state)
{
	const struct tr_filter one = {.job_count = 1, .jobs = {2}}, all = {0};
	const struct tr_filter ann = {.owner = "ann"},
			       ben = {.jobs = {2}, .job_count = 1, .owner = "ben"};
	const struct tr_beat set[] = {
	    {1, "then", ""}, {2, "now", "ann"}, {3, "later", "annie"}};
	struct tr_ring *ring = make_ring(4096);
	struct tr_beat beats[3];

	(void)state;
	assert_int_equal(tr_ring_beats(ring, &all, beats, 3), 0);
	tr_ring_set_beats(ring, set, 3);
	assert_int_equal(tr_ring_beats(ring, &all, beats, 3), 3);
	assert_memory_equal(beats, set, sizeof(set));
	assert_int_equal(tr_ring_beats(ring, &one, beats, 3), 1);
	assert_string_equal(beats[0].at, "now");
	assert_int_equal(tr_ring_beats(ring, &ann, beats, 3), 1);
	assert_string_equal(beats[0].at, "now");
	assert_int_equal(tr_ring_beats(ring, &ben, beats, 3), 0);
	assert_int_equal(tr_ring_beats(ring, &all, beats, 2), 2);
	tr_ring_set_beats(ring, set, 0);
	assert_int_equal(tr_ring_beats(ring, &all, beats, 3), 0);
}

/* It comes after the frame, wherever in a word that ends. */
static void a_row_has_its_owner(void **state)
{
	static const char bytes[] = "frame-of-a-rowann";
	struct tr_ring *ring = make_ring(4096);
	struct tr_ring_place place = {0};
	char owner[TR_OWNER_SIZE];
	struct tr_ring_row row;
	struct tr_buf out = {0};
	struct tr_text text;

	(void)state;
	begin_ring(ring, 1, 0);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		const struct tr_ring_row add = {.id = (int64_t)i + 1,
		    .name = "log",
		    .frame_len = i,
		    .owner_len = sizeof(bytes) - 1 - i};

		tr_ring_add(ring, &add, bytes);
	}
	tr_ring_publish(ring, sizeof(bytes));
	assert_true(tr_ring_seek(ring, &place, 0));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(tr_ring_read(ring, &place, &row), TR_RING_ROW);
		assert_int_equal(tr_ring_owner(ring, &place, &row, owner, &text), TR_RING_ROW);
		assert_string_equal(owner, bytes + i);
		assert_int_equal(text.len, sizeof(bytes) - 1 - i);
		tr_buf_clear(&out);
		assert_int_equal(tr_ring_frame(ring, &place, &row, &out), TR_RING_ROW);
		assert_int_equal(out.len, i);
	}
	begin_ring(ring, 1, sizeof(bytes)); /* what is gone is not read as another's */
	assert_int_equal(tr_ring_owner(ring, &place, &row, owner, &text), TR_RING_LOST);
	tr_buf_free(&out);
	tr_ring_free(ring);
}

static void a_reader_that_is_protected_cannot_write(void **state)
{
	struct tr_ring *ring = make_ring(4096);
	int status;
	pid_t pid;

	(void)state;
	begin_ring(ring, 1, 0);
	pid = fork();
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL); /* no sanitizer's report */
		tr_ring_protect(ring);
		tr_ring_publish(ring, 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(tr_ring_newest(ring), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_place_of_zero_is_lost_until_it_seeks),
	    cmocka_unit_test(a_row_too_large_for_the_ring_loses_whoever_waits_for_it),
	    cmocka_unit_test(the_file_has_a_number_and_an_epoch),
	    cmocka_unit_test(beats_are_those_of_the_jobs_in_view),
	    cmocka_unit_test(a_row_has_its_owner),
	    cmocka_unit_test(a_reader_that_is_protected_cannot_write),
	    cmocka_unit_test(every_row_comes_once_and_in_order),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
