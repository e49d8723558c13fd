/* ring.c: the newest rows, encoded once, in memory that every process of the pool shares.
 *
 * - Bytes go in and out as relaxed atomic words: a reader may copy while they are being
 *   overwritten, and must only notice it afterwards (C11, 5.1.2.4: plain accesses would be
 *   a data race). The fences are those of H. Boehm, "Can Seqlocks Get Along with
 *   Programming Language Memory Models?", 2012, sections 3 and 4.
 *
 * SPDX-License-Identifier: MIT
 */
#include "pool/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#define WORD sizeof(uint64_t)

typedef _Atomic uint64_t word;

/* A record is this, the frame's bytes and the owner's, rounded up to words. One without a name
 * fills the end of the ring, where the next record did not fit in one piece; one after which
 * not even this would fit takes the rest as well. So there is a whole record at each position.
 */
struct record {
	uint64_t len; /* of the whole record, in bytes */
	struct tr_ring_row row;
};

#define RECORD_BYTES ((sizeof(struct record) + WORD - 1) / WORD * WORD)

/* What is replaced as a whole and read as a whole. */
struct notice {
	_Atomic uint32_t no;  /* odd while it is being written */
	_Atomic uint32_t len; /* in bytes */
	word bytes[TR_RING_BEATS * sizeof(struct tr_beat) / WORD];
};

struct tr_ring {
	size_t map_bytes;
	size_t cap_bytes;

	_Atomic int64_t low; /* rows up to here are not in the ring */
	_Atomic uint64_t tail;
	_Atomic int64_t last; /* the highest id before head */
	_Atomic uint64_t head;
	_Atomic int64_t newest;			 /* every id up to here has been looked at */
	_Atomic int64_t bucket_last[TR_BUCKETS]; /* the highest id of a row of the bucket */

	_Atomic uint32_t file_no;
	word epoch[(TR_EPOCH_SIZE + WORD - 1) / WORD];

	struct notice beats;
	struct notice state;

	/* The writer's own: which file it reads, and what it has added but not published. */
	dev_t device;
	ino_t inode;
	uint32_t files; /* how many different ones there have been */
	uint64_t added_head;
	int64_t added_last;
	int64_t added_bucket[TR_BUCKETS];

	word bytes[];
};

static_assert(sizeof(struct tr_beat) % WORD == 0, "beats are copied as words");
static_assert(sizeof(struct tr_ring_state) <= sizeof(((struct notice *)0)->bytes), "it fits");

int tr_bucket(int64_t job_id)
{
	return (int)((uint64_t)job_id % TR_BUCKETS);
}

/* Copies len bytes, rounded up to words, to `to`. */
static void copy_in(word *to, const void *from, size_t len)
{
	const char *at = from;

	for (size_t done = 0; done < len; done += WORD) {
		uint64_t value = 0;

		memcpy(&value, at + done, len - done < WORD ? len - done : WORD);
		atomic_store_explicit(to++, value, memory_order_relaxed);
	}
}

static void copy_out(void *to, const word *from, size_t len)
{
	char *at = to;

	for (size_t done = 0; done < len; done += WORD) {
		uint64_t value = atomic_load_explicit(from++, memory_order_relaxed);

		memcpy(at + done, &value, len - done < WORD ? len - done : WORD);
	}
}

/* The index in bytes[] of a position. */
static size_t index_of(const struct tr_ring *ring, uint64_t position)
{
	return position % ring->cap_bytes / WORD;
}

enum tr_err tr_ring_make(struct tr_ring **out, size_t cap_bytes, struct tr_why *why)
{
	size_t map_bytes = sizeof(struct tr_ring) + cap_bytes;
	struct tr_ring *ring =
	    mmap(NULL, map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*out = NULL;
	if (ring == MAP_FAILED)
		return tr_fail(why, TR_SYS, "no shared memory: %s", strerror(errno));
	ring->map_bytes = map_bytes;
	ring->cap_bytes = cap_bytes;
	/* A place of {0} must be lost, so the first record is not at 0. */
	ring->tail = ring->head = ring->added_head = WORD;
	*out = ring;
	return TR_OK;
}

void tr_ring_free(struct tr_ring *ring)
{
	munmap(ring, ring->map_bytes);
}

void tr_ring_protect(struct tr_ring *ring)
{
	/* A safety net: if it fails, the worker still has no code that writes there. */
	mprotect(ring, ring->map_bytes, PROT_READ);
}

static int has_epoch(const struct tr_ring *ring, const char *epoch)
{
	char padded[sizeof(ring->epoch)];

	copy_out(padded, ring->epoch, sizeof(padded));
	return strncmp(padded, epoch, sizeof(padded)) == 0;
}

/* Whether the log is not the one that the last watcher followed: in another file, renewed, or
 * an older copy of it restored. */
static int is_other(const struct tr_ring *ring, const struct tr_log *log, int64_t position)
{
	return !ring->files || ring->device != log->device || ring->inode != log->inode ||
	       !has_epoch(ring, log->epoch) || position < atomic_load(&ring->newest);
}

void tr_ring_begin(struct tr_ring *ring, const struct tr_log *log, int64_t position)
{
	uint64_t fresh = atomic_load(&ring->head) + ring->cap_bytes;
	char epoch[sizeof(ring->epoch)] = "";

	atomic_store(&ring->file_no, 0); /* until all is in place, workers keep away */
	atomic_thread_fence(memory_order_seq_cst);
	if (is_other(ring, log, position))
		ring->files++;
	ring->device = log->device;
	ring->inode = log->inode;
	ring->added_head = fresh;
	ring->added_last = position;
	memset(ring->added_bucket, 0, sizeof(ring->added_bucket));

	memcpy(epoch, log->epoch, sizeof(log->epoch));
	copy_in(ring->epoch, epoch, sizeof(epoch));
	atomic_store(&ring->low, position);
	atomic_store(&ring->tail, fresh);
	atomic_store(&ring->last, position);
	atomic_store(&ring->head, fresh);
	for (int i = 0; i < TR_BUCKETS; i++)
		atomic_store(&ring->bucket_last[i], position);
	atomic_store(&ring->newest, position);
	atomic_store(&ring->file_no, ring->files);
}

uint32_t tr_ring_file_no(const struct tr_ring *ring)
{
	return atomic_load(&ring->file_no);
}

/* Lets go of the oldest record. */
static void evict(struct tr_ring *ring)
{
	uint64_t tail = atomic_load(&ring->tail);
	struct record record;

	copy_out(&record, &ring->bytes[index_of(ring, tail)], sizeof(record));
	if (*record.row.name)
		atomic_store(&ring->low, record.row.id);
	atomic_store(&ring->tail, tail + record.len);
}

/* Lets go of everything, published or not, so that rows up to id are not in the ring. A
 * reader that had read it all is lost too: tail passes where it waits. */
static void evict_all(struct tr_ring *ring, int64_t id)
{
	ring->added_head += ring->cap_bytes;
	atomic_store(&ring->low, id);
	atomic_store(&ring->tail, ring->added_head);
}

/* How many bytes follow the record's own. */
static size_t bytes_of(const struct tr_ring_row *row)
{
	return row->frame_len + row->owner_len;
}

/* Writes a record at the writer's head, after letting go of what is in its way. */
static void put(struct tr_ring *ring, const struct record *record, const char *frame)
{
	word *to;

	while (ring->added_head + record->len - atomic_load(&ring->tail) > ring->cap_bytes)
		evict(ring);
	/* No byte of the record may be seen before the tail that lets go of the old ones. */
	atomic_thread_fence(memory_order_seq_cst);
	to = &ring->bytes[index_of(ring, ring->added_head)];
	copy_in(to, record, sizeof(*record));
	copy_in(to + RECORD_BYTES / WORD, frame, bytes_of(&record->row));
	ring->added_head += record->len;
}

/* How many bytes there are from the writer's head to the end of the ring. */
static uint64_t rest_of(const struct tr_ring *ring)
{
	return ring->cap_bytes - ring->added_head % ring->cap_bytes;
}

void tr_ring_add(struct tr_ring *ring, const struct tr_ring_row *row, const char *frame)
{
	struct record record = {
	    .len = RECORD_BYTES + (bytes_of(row) + WORD - 1) / WORD * WORD, .row = *row};

	ring->added_last = row->id;
	ring->added_bucket[tr_bucket(row->has_job ? row->job_id : TR_NO_JOB)] = row->id;
	if (record.len > ring->cap_bytes / 4) {
		evict_all(ring, row->id);
		return;
	}
	if (rest_of(ring) < record.len) {
		struct record filler = {.len = rest_of(ring)};

		put(ring, &filler, "");
	}
	if (rest_of(ring) - record.len < RECORD_BYTES)
		record.len = rest_of(ring);
	put(ring, &record, frame);
}

void tr_ring_publish(struct tr_ring *ring, int64_t newest)
{
	atomic_store(&ring->last, ring->added_last);
	atomic_store(&ring->head, ring->added_head);
	for (int i = 0; i < TR_BUCKETS; i++) {
		if (ring->added_bucket[i]) {
			atomic_store(&ring->bucket_last[i], ring->added_bucket[i]);
			ring->added_bucket[i] = 0;
		}
	}
	atomic_store(&ring->newest, newest);
}

static void notice_set(struct notice *notice, const void *bytes, size_t len)
{
	uint32_t no = atomic_load(&notice->no) | 1; /* a dead writer may have left it odd */

	atomic_store(&notice->no, no);
	atomic_thread_fence(memory_order_seq_cst);
	atomic_store_explicit(&notice->len, (uint32_t)len, memory_order_relaxed);
	copy_in(notice->bytes, bytes, len);
	atomic_store(&notice->no, no + 1);
}

/* Copies the notice to bytes, which has room for it. Returns its length; 0: none is there,
 * or it is just being written. */
static size_t notice_get(const struct notice *notice, void *bytes)
{
	/* The writer takes microseconds, once a second: a second try finds it done. One that
	 * died in the middle leaves none, until the next watcher writes it. */
	for (int tries = 0; tries < 2; tries++) {
		uint32_t no = atomic_load(&notice->no);
		size_t len = atomic_load(&notice->len);

		copy_out(bytes, notice->bytes, len);
		atomic_thread_fence(memory_order_seq_cst);
		if (no % 2 == 0 && atomic_load(&notice->no) == no)
			return len;
	}
	return 0;
}

void tr_ring_set_beats(struct tr_ring *ring, const struct tr_beat *beats, int count)
{
	notice_set(&ring->beats, beats, (size_t)count * sizeof(*beats));
}

void tr_ring_set_state(struct tr_ring *ring, const struct tr_ring_state *state)
{
	notice_set(&ring->state, state, sizeof(*state));
}

void tr_ring_state(const struct tr_ring *ring, struct tr_ring_state *state)
{
	if (notice_get(&ring->state, state) != sizeof(*state))
		memset(state, 0, sizeof(*state));
}

void tr_ring_epoch(const struct tr_ring *ring, char epoch[TR_EPOCH_SIZE])
{
	char padded[sizeof(ring->epoch)];

	copy_out(padded, ring->epoch, sizeof(padded));
	memcpy(epoch, padded, TR_EPOCH_SIZE);
	if (!atomic_load(&ring->file_no))
		epoch[0] = '\0';
}

int tr_ring_is_of(const struct tr_ring *ring, const char *epoch)
{
	int is_of = has_epoch(ring, epoch);

	/* Then the number: there is none from before the epoch is written to the very end. */
	atomic_thread_fence(memory_order_acquire);
	return is_of && atomic_load(&ring->file_no);
}

int tr_ring_seek(const struct tr_ring *ring, struct tr_ring_place *place, int64_t position)
{
	uint64_t head = atomic_load(&ring->head);
	int64_t last = atomic_load(&ring->last);
	uint64_t tail = atomic_load(&ring->tail);

	*place = (struct tr_ring_place){0};
	if (position < atomic_load(&ring->low))
		return 0;
	/* Every record before head has an id of at most `last`: none of them is wanted. */
	place->at = position >= last ? head : tail;
	place->next = place->at;
	return 1;
}

int64_t tr_ring_newest(const struct tr_ring *ring)
{
	return atomic_load(&ring->newest);
}

int tr_ring_quiet(const struct tr_ring *ring, const struct tr_filter *filter, int64_t position)
{
	for (int i = 0; i < filter->job_count; i++)
		if (atomic_load(&ring->bucket_last[tr_bucket(filter->jobs[i])]) > position)
			return 0;
	return filter->job_count > 0;
}

/* Whether what was copied from the place on is whole: to be asked after the copying. Where it
 * is not, the place is lost. */
static int is_whole(const struct tr_ring *ring, struct tr_ring_place *place)
{
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load(&ring->tail) <= place->at)
		return 1;
	*place = (struct tr_ring_place){0};
	return 0;
}

enum tr_ring_got tr_ring_read(
    const struct tr_ring *ring, struct tr_ring_place *place, struct tr_ring_row *row)
{
	struct record record;

	for (place->at = place->next;; place->at = place->next) {
		if (place->at >= atomic_load(&ring->head))
			return TR_RING_END;
		copy_out(&record, &ring->bytes[index_of(ring, place->at)], sizeof(record));
		if (!is_whole(ring, place))
			return TR_RING_LOST;
		place->next = place->at + record.len;
		if (*record.row.name) {
			*row = record.row;
			return TR_RING_ROW;
		}
	}
}

enum tr_ring_got tr_ring_frame(const struct tr_ring *ring, struct tr_ring_place *place,
    const struct tr_ring_row *row, struct tr_buf *out)
{
	const word *from = &ring->bytes[index_of(ring, place->at)] + RECORD_BYTES / WORD;
	size_t before = out->len;
	uint64_t chunk[64];

	for (size_t done = 0; done < row->frame_len; done += sizeof(chunk)) {
		size_t len = row->frame_len - done < sizeof(chunk) ? row->frame_len - done
								   : sizeof(chunk);

		copy_out(chunk, from + done / WORD, len);
		tr_buf_add(out, chunk, len);
	}
	if (is_whole(ring, place))
		return TR_RING_ROW;
	out->len = before;
	return TR_RING_LOST;
}

enum tr_ring_got tr_ring_owner(const struct tr_ring *ring, struct tr_ring_place *place,
    const struct tr_ring_row *row, char owner[TR_OWNER_SIZE], struct tr_text *text)
{
	const word *from = &ring->bytes[index_of(ring, place->at)] + RECORD_BYTES / WORD +
			   row->frame_len / WORD;
	size_t skip = row->frame_len % WORD; /* the frame's last bytes share a word with it */
	char bytes[TR_OWNER_SIZE + WORD];

	copy_out(bytes, from, skip + row->owner_len);
	if (!is_whole(ring, place))
		return TR_RING_LOST;
	memcpy(owner, bytes + skip, row->owner_len);
	owner[row->owner_len] = '\0';
	*text = (struct tr_text){owner, row->owner_len};
	return TR_RING_ROW;
}

/* Whether the beat is of one of the filter's jobs. */
static int takes_beat(const struct tr_filter *filter, const struct tr_beat *beat)
{
	const struct tr_text owner = {beat->owner, strlen(beat->owner)};

	return tr_filter_job(filter, beat->job_id) && tr_filter_owner(filter, owner);
}

int tr_ring_beats(
    const struct tr_ring *ring, const struct tr_filter *filter, struct tr_beat *beats, int cap)
{
	struct tr_beat all[TR_RING_BEATS];
	int count = (int)(notice_get(&ring->beats, all) / sizeof(all[0]));
	int kept = 0;

	for (int i = 0; i < count && kept < cap; i++)
		if (takes_beat(filter, &all[i]))
			beats[kept++] = all[i];
	return kept;
}
