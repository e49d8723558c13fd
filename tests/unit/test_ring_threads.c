/* test_ring_threads.c: a writer at full speed, and readers that it overruns, at the same time.
 *
 * - In threads, so that ThreadSanitizer sees both sides (make unit-tsan). What may happen
 *   between any two instructions is shown one by one in test_ring_steps.c; here are the
 *   orders that a processor makes by itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "ringrows.h"

#define CAP_BYTES 16384 /* some 80 rows: a reader that is off its processor falls behind */
#define ROWS 200000
#define READERS 2
#define BEATS 100

struct reader {
	pthread_t thread;
	struct tr_ring *ring;
	int rows;
	int lost; /* how often it fell behind */
	int wrong;
};

static const struct tr_filter everything;

/* Each beat of one setting has the same text. */
static void set_beats(struct tr_ring *ring, int64_t number)
{
	struct tr_beat beats[BEATS];

	memset(beats, 0, sizeof(beats));
	for (int i = 0; i < BEATS; i++)
		snprintf(beats[i].at, sizeof(beats[i].at), "%lld", (long long)number);
	tr_ring_set_beats(ring, beats, BEATS);
}

static int beats_differ(const struct tr_ring *ring)
{
	struct tr_beat beats[BEATS];
	int count = tr_ring_beats(ring, &everything, beats, BEATS);

	for (int i = 1; i < count; i++)
		if (strcmp(beats[i].at, beats[0].at) != 0)
			return 1;
	return 0;
}

/* Sometimes two rows at once, and a row at each length in turn. */
static void *write_rows(void *arg)
{
	struct tr_ring *ring = arg;

	for (int64_t id = 1; id <= ROWS; id++) {
		add_row(ring, id, id % 3, (size_t)id % 200);
		if (id % 5)
			tr_ring_publish(ring, id);
		if (id % 50 == 0)
			set_beats(ring, id);
	}
	tr_ring_publish(ring, ROWS);
	return NULL;
}

/* Reads to the end. Returns 0 where it is lost. */
static int read_on(struct reader *reader, struct tr_ring_place *place, int64_t *position)
{
	int64_t newest = tr_ring_newest(reader->ring);
	struct tr_buf frame = {0};
	struct tr_ring_row row;
	enum tr_ring_got got;

	while ((got = tr_ring_read(reader->ring, place, &row)) == TR_RING_ROW) {
		if (row.id <= *position)
			continue;
		tr_buf_clear(&frame);
		if (tr_ring_frame(reader->ring, place, &row, &frame) != TR_RING_ROW)
			break;
		reader->rows++;
		reader->wrong += row.id != *position + 1 || !is_row(&row, frame.data);
		*position = row.id;
	}
	tr_buf_free(&frame);
	reader->wrong += got == TR_RING_END && newest > *position;
	return got == TR_RING_END;
}

static void *read_rows(void *arg)
{
	struct reader *reader = arg;
	struct tr_ring_place place = {0};
	int64_t position = 0;

	while (position < ROWS) {
		reader->wrong += beats_differ(reader->ring);
		if (read_on(reader, &place, &position) ||
		    tr_ring_seek(reader->ring, &place, position))
			continue;
		reader->lost++;
		position = tr_ring_newest(reader->ring); /* as if from the database */
	}
	return NULL;
}

static void what_is_read_is_whole_and_in_order(void **state)
{
	struct tr_ring *ring = make_ring(CAP_BYTES);
	struct reader readers[READERS] = {0};
	pthread_t writer;

	(void)state;
	begin_ring(ring, 1, 0);
	for (int i = 0; i < READERS; i++) {
		readers[i].ring = ring;
		pthread_create(&readers[i].thread, NULL, read_rows, &readers[i]);
	}
	pthread_create(&writer, NULL, write_rows, ring);
	pthread_join(writer, NULL);
	for (int i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		print_message(
		    "%d rows read, %d times lost\n", readers[i].rows, readers[i].lost);
		assert_int_equal(readers[i].wrong, 0);
		assert_true(readers[i].rows > 0);
		assert_true(readers[i].lost > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_read_is_whole_and_in_order),
	};

	return cmocka_run_group_tests_name("ring_threads", tests, NULL, NULL);
}
