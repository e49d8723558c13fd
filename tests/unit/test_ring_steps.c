/* test_ring_steps.c: the ring between any two instructions of its writer, and of a reader.
 *
 * - One side runs in a child process that ptrace(2) stops after every instruction; the other
 *   side makes whole calls meanwhile. So each order in which the two can meet is met, up to
 *   what a processor reorders by itself, and nothing depends on time.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ringrows.h"

#define CAP_BYTES 1024
#define FRAME_LEN 60
#define LARGE_LEN 140 /* still fits; whoever adds it lets go of two others */
#define JOBS 3
#define FILLED 40 /* rows before the first step: the ring has wrapped, and holds the last 5 */
#define OLDEST (FILLED - 8) /* from here on positions are tried, */
#define LATEST (FILLED + 1) /* up to one that has read the next row in the database */
#define MOST_ROWS 16
#define MOST_CHANGES 1000 /* of the ring's memory, in one call */

/* A reader is stopped at each of its first instructions, among which it looks at what the
 * writer publishes; and more and more rarely while it copies. */
#define DENSE_STOPS 150

/* What a reader came to. */
struct report {
	int64_t position; /* where it began */
	int64_t newest;	  /* as it was asked before the last reading */
	struct tr_ring_row rows[MOST_ROWS];
	int count;
	char frames[MOST_ROWS * LARGE_LEN]; /* of the rows with an even id */
	enum tr_ring_got got;
};

struct scene {
	struct tr_ring *ring;
	size_t bytes;			       /* of the ring's memory */
	int64_t newest;			       /* the last row added */
	struct tr_ring_place held[LATEST + 1]; /* readers that have waited, by position */
	struct tr_ring_row row;		       /* the next one, made before any step */
	char *frame;
	struct report *report; /* of a stepped reader; shared with the child */
	struct tr_buf frames;  /* of a stepped reader: room made before any step */
};

/* What one side does. */
typedef void act(struct scene *s);

static int64_t job_of(int64_t id)
{
	return id % (JOBS + 1);
}

static void make_next(struct scene *s, size_t frame_len)
{
	free(s->frame);
	s->newest++;
	s->frame = make_row(&s->row, s->newest, job_of(s->newest), frame_len);
}

static void add_made(struct scene *s)
{
	tr_ring_add(s->ring, &s->row, s->frame);
	tr_ring_publish(s->ring, s->newest);
}

static void add_next(struct scene *s, size_t frame_len)
{
	make_next(s, frame_len);
	add_made(s);
}

static void add_one(struct scene *s)
{
	add_next(s, FRAME_LEN);
}

static void add_too_large(struct scene *s)
{
	add_next(s, CAP_BYTES);
}

static void overrun(struct scene *s)
{
	for (int i = 0; i < 12; i++)
		add_one(s);
}

/* Another watcher begins, two rows later, which nobody put into the ring. */
static void begin_later(struct scene *s)
{
	begin_ring(s->ring, 1, FILLED + 2);
}

static void begin_and_add(struct scene *s)
{
	begin_later(s);
	s->newest = FILLED + 2;
	add_one(s);
}

/* Whether the reader takes the frame of that row, and does not only step over it. */
static int takes_frame(const struct tr_ring_row *row)
{
	return row->id % 2 == 0;
}

/* Reads on to the end, or until lost. */
static void read_on(const struct tr_ring *ring, struct tr_ring_place *place,
    struct report *report, struct tr_buf *frames)
{
	report->newest = tr_ring_newest(ring);
	while (report->count < MOST_ROWS) {
		struct tr_ring_row *row = &report->rows[report->count];

		report->got = tr_ring_read(ring, place, row);
		if (report->got == TR_RING_ROW && row->id <= report->position + report->count)
			continue;
		if (report->got == TR_RING_ROW && takes_frame(row))
			report->got = tr_ring_frame(ring, place, row, frames);
		if (report->got != TR_RING_ROW)
			return;
		report->count++;
	}
}

/* Reads from the place, or, where that is lost, from the position; and once more, as a worker
 * does that is woken again, or whose child first looks whether the ring has it after all.
 * *report is {0} before, and frames empty. */
static void read_rows(const struct tr_ring *ring, struct tr_ring_place place, int64_t position,
    struct report *report, struct tr_buf *frames)
{
	report->position = position;
	report->got = TR_RING_LOST;
	if (place.next || tr_ring_seek(ring, &place, position))
		read_on(ring, &place, report, frames);
	if (report->got == TR_RING_LOST)
		tr_ring_seek(ring, &place, position + report->count);
	read_on(ring, &place, report, frames);
}

/* What it has must be the rows right above its position, and if it came to the end, all that
 * the newest had promised. */
static void assert_sound(const struct report *report, const char *frame)
{
	for (int i = 0; i < report->count; i++) {
		const struct tr_ring_row *row = &report->rows[i];

		assert_int_equal(row->id, report->position + 1 + i);
		assert_true(is_row(row, takes_frame(row) ? frame : NULL));
		frame += takes_frame(row) ? row->frame_len : 0;
	}
	if (report->got == TR_RING_END)
		assert_true(report->position + report->count >= report->newest);
}

static void assert_reads_well(
    const struct tr_ring *ring, struct tr_ring_place place, int64_t position)
{
	struct tr_buf frames = {0};
	struct report report = {0};

	read_rows(ring, place, position, &report, &frames);
	assert_sound(&report, frames.data);
	tr_buf_free(&frames);
}

static void assert_quiet_is_true(const struct tr_ring *ring, int64_t position)
{
	int64_t newest = tr_ring_newest(ring);

	for (int64_t job = 1; job <= JOBS; job++) {
		struct tr_filter filter = {.job_count = 1, .jobs = {job}};

		if (tr_ring_quiet(ring, &filter, position))
			for (int64_t id = position + 1; id <= newest; id++)
				assert_int_not_equal(job_of(id), job);
	}
}

/* Readers that come now, and those that are held. */
static void assert_all_read_well(const struct scene *s)
{
	for (int64_t position = OLDEST; position <= LATEST; position++) {
		assert_reads_well(s->ring, (struct tr_ring_place){0}, position);
		assert_reads_well(s->ring, s->held[position], position);
		assert_quiet_is_true(s->ring, position);
	}
}

static size_t mapped_bytes(const void *start)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t from, to = 0;

	assert_non_null(maps);
	while (fscanf(maps, "%" SCNxPTR "-%" SCNxPTR "%*[^\n]", &from, &to) == 2)
		if (from == (uintptr_t)start)
			break;
	fclose(maps);
	assert_int_equal(from, (uintptr_t)start);
	return to - from;
}

/* Readers that have read nothing yet take their places, and wait. */
static void hold_readers(struct scene *s)
{
	memset(s->held, 0, sizeof(s->held));
	for (int64_t position = OLDEST; position <= LATEST; position++)
		tr_ring_seek(s->ring, &s->held[position], position);
}

static struct scene make_scene(void)
{
	struct scene s = {.ring = make_ring(CAP_BYTES)};

	s.bytes = mapped_bytes(s.ring);
	s.report = mmap(
	    NULL, sizeof(*s.report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	begin_ring(s.ring, 1, 0);
	while (s.newest < FILLED)
		add_one(&s);
	hold_readers(&s);
	tr_buf_add(&s.frames, s.report->frames, sizeof(s.report->frames));
	tr_buf_clear(&s.frames);
	return s;
}

static void end_scene(struct scene *s)
{
	munmap(s->ring, s->bytes);
	munmap(s->report, sizeof(*s->report));
	tr_buf_free(&s->frames);
	free(s->frame);
}

/* A child that is stopped just before it does that. */
static pid_t start(struct scene *s, act *does)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		does(s);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	return pid;
}

/* One instruction. Returns 0 once the child has ended. */
static int step(pid_t pid)
{
	int status;

	assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status) ? WSTOPSIG(status) == SIGTRAP : status == 0);
	return WIFSTOPPED(status);
}

/* Lets it run to its end. */
static void finish(pid_t pid)
{
	int status;

	assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Were the writer killed now, all would read well that had begun before, when the next one
 * begins and goes on. */
static void assert_next_writer_is_well(const struct scene *s)
{
	struct scene after = make_scene();

	memcpy(after.ring, s->ring, s->bytes);
	hold_readers(&after);
	begin_and_add(&after);
	assert_all_read_well(&after);
	overrun(&after);
	assert_all_read_well(&after);
	end_scene(&after);
}

/* Steps through what the writer does; whenever it has changed something all must read well,
 * then, and later. */
static void step_writer(size_t frame_len, act *does)
{
	struct scene s = make_scene(), *seen = calloc(MOST_CHANGES, sizeof(s));
	char *before = malloc(s.bytes);
	int changes = 0;
	pid_t pid;

	make_next(&s, frame_len);
	memcpy(before, s.ring, s.bytes);
	for (pid = start(&s, does); step(pid);) {
		if (memcmp(before, s.ring, s.bytes) == 0)
			continue;
		memcpy(before, s.ring, s.bytes);
		assert_all_read_well(&s);
		assert_next_writer_is_well(&s);
		assert_true(changes < MOST_CHANGES);
		seen[changes] = s;
		hold_readers(&seen[changes++]);
	}
	while (changes--)
		assert_all_read_well(&seen[changes]);
	assert_true(tr_ring_newest(s.ring) > FILLED);
	free(before);
	free(seen);
	end_scene(&s);
}

static void while_a_row_is_added(void **state)
{
	(void)state;
	step_writer(FRAME_LEN, add_made);
}

static void while_a_row_is_added_that_needs_the_room_of_two(void **state)
{
	(void)state;
	step_writer(LARGE_LEN, add_made);
}

static void while_a_row_is_left_out_that_is_too_large(void **state)
{
	(void)state;
	step_writer(CAP_BYTES, add_made);
}

static void while_a_watcher_begins(void **state)
{
	(void)state;
	step_writer(0, begin_later);
}

static void read_and_report(struct scene *s, int64_t position)
{
	struct report *report = s->report;

	read_rows(s->ring, (struct tr_ring_place){0}, position, report, &s->frames);
	memcpy(report->frames, s->frames.data, s->frames.len);
}

/* All that there are: it is the oldest that the writer lets go of first. */
static void read_five(struct scene *s)
{
	read_and_report(s, FILLED - 5);
}

static void read_three(struct scene *s)
{
	read_and_report(s, FILLED - 3);
}

static void read_none(struct scene *s)
{
	read_and_report(s, FILLED);
}

/* Stops a reader before that instruction, lets the writer do that, and goes on. Returns 0 where
 * the reader was done before. */
static int stop_reader(act *reader_does, act *writer_does, int stop)
{
	struct scene s = make_scene();
	pid_t pid = start(&s, reader_does);

	while (stop && step(pid))
		stop--;
	if (!stop) {
		writer_does(&s);
		finish(pid);
	}
	assert_sound(s.report, s.report->frames);
	end_scene(&s);
	return !stop;
}

static void step_reader(act *reader_does, act *writer_does)
{
	int stop = 0;

	while (stop_reader(reader_does, writer_does, stop))
		stop += stop < DENSE_STOPS ? 1 : stop / 3;
	assert_true(stop > DENSE_STOPS);
}

static void step_readers(act *writer_does)
{
	step_reader(read_five, writer_does);
	step_reader(read_three, writer_does);
	step_reader(read_none, writer_does);
}

static void a_reader_stopped_while_one_row_is_added(void **state)
{
	(void)state;
	step_readers(add_one);
}

static void a_reader_stopped_while_it_is_overrun(void **state)
{
	(void)state;
	step_readers(overrun);
}

static void a_reader_stopped_while_a_row_is_left_out(void **state)
{
	(void)state;
	step_readers(add_too_large);
}

static void a_reader_stopped_while_another_watcher_begins(void **state)
{
	(void)state;
	step_readers(begin_and_add);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(while_a_row_is_added),
	    cmocka_unit_test(while_a_row_is_added_that_needs_the_room_of_two),
	    cmocka_unit_test(while_a_row_is_left_out_that_is_too_large),
	    cmocka_unit_test(while_a_watcher_begins),
	    cmocka_unit_test(a_reader_stopped_while_one_row_is_added),
	    cmocka_unit_test(a_reader_stopped_while_it_is_overrun),
	    cmocka_unit_test(a_reader_stopped_while_a_row_is_left_out),
	    cmocka_unit_test(a_reader_stopped_while_another_watcher_begins),
	};

	return cmocka_run_group_tests_name("ring_steps", tests, NULL, NULL);
}
