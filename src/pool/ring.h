/* ring.h: the newest rows, encoded once, in memory that every process of the pool shares.
 *
 * - One writer, the watcher; any number of readers, which never block it and hold no
 *   connection to the database. It is only ever a cache: whoever falls behind is told so
 *   (TR_RING_LOST) and reads the database from its own position.
 *
 * - Positions in the ring are counted in bytes from the beginning of time and never repeat.
 *   Invariant: the records in [tail, head) are whole, in order of id, and are all the log's
 *   rows above `low` and up to `newest`. What is below tail may be overwritten at any time.
 * - The writer moves `low`, then `tail`, then overwrites; a reader copies, then looks at
 *   `tail` again: if tail has passed the copy, the copy may be torn and is thrown away.
 * - The writer publishes `last`, then `head`, then the buckets, then `newest`; a reader
 *   looks in the opposite order. So a newest that a reader has seen promises every record
 *   up to it.
 * - A watcher that takes over from a dead one moves tail and head past anything a reader
 *   can hold: each reader finds itself lost, and compares its position with `low` anew.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_RING_H
#define TR_POOL_RING_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "store/filter.h"
#include "store/jobs.h"
#include "store/log.h"
#include "store/row.h"

#define TR_BUCKETS                                                                             \
	256 /* jobs whose ids are equal modulo this share a bucket; TR_NO_JOB has one too */
#define TR_RING_BEATS 256

struct tr_ring;

/* A row as filters see it. */
struct tr_ring_row {
	int64_t id;
	int64_t job_id;
	int has_job;
	enum tr_marker marker;
	enum tr_level level;
	char name[TR_EVENT_SIZE]; /* the event name that the frame goes out under */
	size_t frame_len;
	size_t owner_len; /* of the name of its job's owner; 0: it has none */
};

/* A reader's place. {0} is lost, and becomes valid by tr_ring_seek(). Whatever says
 * TR_RING_LOST makes it {0}: from a place behind the row that it lost, a reader would go on
 * without that row. */
struct tr_ring_place {
	uint64_t at;   /* the record to read next */
	uint64_t next; /* the one after the record that tr_ring_read() gave last */
};

enum tr_ring_got {
	TR_RING_ROW,  /* a row */
	TR_RING_END,  /* no more for now */
	TR_RING_LOST, /* what should come next is no longer, or not yet, in the ring */
};

/* Makes a ring that holds about cap_bytes (a power of two) of frames, shared with every
 * process forked later. TR_OK, or TR_SYS with the reason in *why. */
enum tr_err tr_ring_make(struct tr_ring **out, size_t cap_bytes, struct tr_why *why);

/* Unmaps it in this process; the others keep theirs. */
void tr_ring_free(struct tr_ring *ring);

/* For a worker: takes away its right to write there. */
void tr_ring_protect(struct tr_ring *ring);

/* --- For the watcher. --- */

/* Takes the ring over, empty: rows of the log with that epoch will follow from above
 * position. Where the log is another one than the last watcher saw, its number changes. */
void tr_ring_begin(struct tr_ring *ring, const struct tr_log *log, int64_t position);

/* Adds a row, and its frame with the owner's name after it, not yet visible. A frame too large
 * for the ring is left out, and whoever wants it is lost before it. */
void tr_ring_add(struct tr_ring *ring, const struct tr_ring_row *row, const char *frame);

/* Makes what was added visible: everything up to newest has been looked at. */
void tr_ring_publish(struct tr_ring *ring, int64_t newest);

/* What the watcher has to say of itself, for people. */
struct tr_ring_state {
	char journal_mode[16];
	char watch[160]; /* tr_watch_mode() */
	char why[512];	 /* why there is no database to watch; "": there is one */
};

void tr_ring_set_state(struct tr_ring *ring, const struct tr_ring_state *state);

/* Replaces the beats of the running jobs; count is at most TR_RING_BEATS. */
void tr_ring_set_beats(struct tr_ring *ring, const struct tr_beat *beats, int count);

/* --- For workers. --- */

/* A number for the log that the watcher has open; 0: no watcher has one. */
uint32_t tr_ring_file_no(const struct tr_ring *ring);

/* Whether the ring is about the file with that epoch. */
int tr_ring_is_of(const struct tr_ring *ring, const char *epoch);

/* Puts a reader to where the rows above position begin. Returns 1; 0: they are not all in
 * the ring, and the place is lost. */
int tr_ring_seek(const struct tr_ring *ring, struct tr_ring_place *place, int64_t position);

/* Everything up to here has been looked at. To be asked before tr_ring_read(): once that
 * then says TR_RING_END, the reader's position is at least this. */
int64_t tr_ring_newest(const struct tr_ring *ring);

/* Whether no row above position is of a job of the filter's, so that a reader may move on
 * to tr_ring_newest(), asked before, without reading. Only for filters that name jobs. */
int tr_ring_quiet(const struct tr_ring *ring, const struct tr_filter *filter, int64_t position);

/* Reads the row at the place, without its frame, and moves on to it. */
enum tr_ring_got tr_ring_read(
    const struct tr_ring *ring, struct tr_ring_place *place, struct tr_ring_row *row);

/* Appends the frame of the row that tr_ring_read() has just given. TR_RING_ROW; or
 * TR_RING_LOST and out is as it was, whatever failed. */
enum tr_ring_got tr_ring_frame(const struct tr_ring *ring, struct tr_ring_place *place,
    const struct tr_ring_row *row, struct tr_buf *out);

/* The same for the owner's name: copies it with a NUL after it, and *text is that. */
enum tr_ring_got tr_ring_owner(const struct tr_ring *ring, struct tr_ring_place *place,
    const struct tr_ring_row *row, char owner[TR_OWNER_SIZE], struct tr_text *text);

/* Copies the state. One that is just being written is all empty. */
void tr_ring_state(const struct tr_ring *ring, struct tr_ring_state *state);

/* The epoch of the file that the watcher has open; "" where it has none. */
void tr_ring_epoch(const struct tr_ring *ring, char epoch[TR_EPOCH_SIZE]);

/* Copies the beats of jobs that are the filter's, at most cap. Returns how many. */
int tr_ring_beats(
    const struct tr_ring *ring, const struct tr_filter *filter, struct tr_beat *beats, int cap);

/* The bucket of a job. */
int tr_bucket(int64_t job_id);

#endif
