/* ringrows.h: rows for a ring whose every byte follows from their id.
 *
 * - So a reader can tell, without knowing what was written, whether what it got is one row
 *   and the whole of it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TESTS_RINGROWS_H
#define TR_TESTS_RINGROWS_H

#include <stdio.h>
#include <stdlib.h>

#include "pool/ring.h"

/* The most bytes a record has beyond its frame: only a bound, the ring decides. */
#define RECORD_OVERHEAD 128

static inline struct tr_ring *make_ring(size_t cap_bytes)
{
	struct tr_ring *ring;

	if (tr_ring_make(&ring, cap_bytes, NULL))
		abort();
	return ring;
}

/* A watcher takes the ring over, at that position of the log numbered file. */
static inline void begin_ring(struct tr_ring *ring, ino_t file, int64_t position)
{
	struct tr_log log = {.inode = file};

	snprintf(log.epoch, sizeof(log.epoch), "epoch%d", (int)file);
	tr_ring_begin(ring, &log, position);
}

static inline char row_byte(int64_t id, size_t i)
{
	return (char)(id * 131 + (int64_t)i * 7);
}

/* A row of that id and job (0: none), and its frame of that length, which the caller frees. */
static inline char *make_row(
    struct tr_ring_row *row, int64_t id, int64_t job_id, size_t frame_len)
{
	char *frame = malloc(frame_len + 1);

	*row = (struct tr_ring_row){
	    .id = id, .job_id = job_id, .has_job = job_id != 0, .frame_len = frame_len};
	snprintf(row->name, sizeof(row->name), "row-%lld", (long long)id);
	for (size_t i = 0; i < frame_len; i++)
		frame[i] = row_byte(id, i);
	return frame;
}

static inline void add_row(struct tr_ring *ring, int64_t id, int64_t job_id, size_t frame_len)
{
	struct tr_ring_row row;
	char *frame = make_row(&row, id, job_id, frame_len);

	tr_ring_add(ring, &row, frame);
	free(frame);
}

/* Whether the row is the one of its id, and so is its frame where that is not NULL. */
static inline int is_row(const struct tr_ring_row *row, const char *frame)
{
	char name[TR_EVENT_SIZE];

	snprintf(name, sizeof(name), "row-%lld", (long long)row->id);
	if (memcmp(name, row->name, strlen(name) + 1) != 0)
		return 0;
	for (size_t i = 0; frame && i < row->frame_len; i++)
		if (frame[i] != row_byte(row->id, i))
			return 0;
	return 1;
}

#endif
