/* spool.c: the file through which what a command prints goes to the database.
 *
 * - The file: a page (struct tr_spool_page), the job's texts, the ring. The page is written
 *   before it is mapped, so that the file system has given the room for it.
 * - The file is written with pwrite(), not through a mapping: a full disk is then an error and
 *   no SIGBUS.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run/spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAGIC "TRSPOOL1"
#define PAGE_BYTES 4096
#define TEXTS_BYTES 20480 /* of which a path takes at most PATH_MAX */
#define RING_AT (PAGE_BYTES + TEXTS_BYTES)
#define NAME_SIZE 48
#define RELEASE_BYTES (1 << 20)

/* Kept free for the line that says what was dropped. */
#define RESERVE_BYTES 256

static_assert(sizeof(struct tr_spool_page) <= PAGE_BYTES, "the first page");

/* The texts of the job, each with its NUL, in the order in which take_texts() reads them. */
static void put_texts(struct tr_spool *spool, const struct tr_spool_job *job)
{
	const char *texts[] = {job->db, job->is.name, job->is.owner, job->is.host, job->is.cwd,
	    job->key, job->started_at};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		tr_buf_add(&spool->texts, texts[i] ? texts[i] : "",
		    texts[i] ? strlen(texts[i]) + 1 : 1);
}

/* Points spool->job into spool->texts. 1, or 0 where they are not whole. */
static int take_texts(struct tr_spool *spool)
{
	struct tr_spool_job *job = &spool->job;
	const char **fields[] = {
	    &job->db, &job->is.name, &job->is.owner, &job->is.host, &job->is.cwd, &job->key};
	const char *text = spool->texts.data, *end = text + spool->texts.len;
	const char *nul = NULL;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++, text = nul + 1) {
		nul = memchr(text, '\0', (size_t)(end - text));
		if (!nul)
			return 0;
		*fields[i] = *text ? text : NULL;
	}
	if (end - text < TR_ISO_SIZE || text[TR_ISO_SIZE - 1])
		return 0;
	memcpy(job->started_at, text, TR_ISO_SIZE);
	return job->db && *job->db == '/' && job->is.name;
}

/* Writes all of it. 1, or 0 with errno. */
static int write_at(int fd, const char *bytes, size_t len, off_t at)
{
	while (len) {
		ssize_t put = pwrite(fd, bytes, len, at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return 0;
		bytes += put;
		len -= (size_t)put;
		at += put;
	}
	return 1;
}

/* The same for the ring, around its end where need be. */
static int write_ring(const struct tr_spool *spool, const char *bytes, size_t len, uint64_t pos)
{
	uint64_t room = spool->page->room_bytes, at = pos % room;
	size_t first = len < room - at ? len : (size_t)(room - at);

	return write_at(spool->fd, bytes, first, RING_AT + (off_t)at) &&
	       write_at(spool->fd, bytes + first, len - first, RING_AT);
}

/* Reads all of it. 1, or 0 where it is not there. */
static int read_at(int fd, char *bytes, size_t len, off_t at)
{
	while (len) {
		ssize_t got = pread(fd, bytes, len, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		bytes += got;
		len -= (size_t)got;
		at += got;
	}
	return 1;
}

static int read_ring(const struct tr_spool *spool, char *bytes, size_t len, uint64_t pos)
{
	uint64_t room = spool->page->room_bytes, at = pos % room;
	size_t first = len < room - at ? len : (size_t)(room - at);

	return read_at(spool->fd, bytes, first, RING_AT + (off_t)at) &&
	       read_at(spool->fd, bytes + first, len - first, RING_AT);
}

static enum tr_err map_page(struct tr_spool *spool, struct tr_why *why)
{
	void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, spool->fd, 0);

	if (page == MAP_FAILED)
		return tr_fail(
		    why, TR_SYS, "%s cannot be mapped: %s", spool->path, strerror(errno));
	spool->page = page;
	return TR_OK;
}

/* Creates the file under a name that no scan for leftovers looks at, and locks it. The C
 * library that a portable build runs with may not know memfd_create(). */
static int create_file(
    struct tr_spool *spool, const struct tr_place *place, char name[NAME_SIZE])
{
	if (place->fd < 0)
		return (int)syscall(SYS_memfd_create, "tailrow-spool", 1U /* MFD_CLOEXEC */);
	snprintf(
	    name, NAME_SIZE, ".%ld-%llx", (long)getpid(), (unsigned long long)tr_wall_ms());
	spool->fd =
	    openat(place->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (spool->fd >= 0)
		flock(spool->fd, LOCK_EX | LOCK_NB);
	return spool->fd;
}

/* Gives the file, which is locked and complete, its name. */
static int name_file(struct tr_spool *spool, const struct tr_place *place, const char *name)
{
	char last[NAME_SIZE + sizeof(".spool")];
	int len;

	if (place->fd < 0)
		return 0;
	snprintf(last, sizeof(last), "%s.spool", name + 1);
	len = snprintf(spool->path, sizeof(spool->path), "%s/%s", place->path, last);
	return len < PATH_MAX ? renameat(place->fd, name, place->fd, last) : -1;
}

/* Fills the file and maps its page. 1, or 0 with errno. */
static int fill_file(struct tr_spool *spool, uint64_t room_bytes)
{
	char start[RING_AT] = {0};
	struct tr_spool_page page = {.magic = MAGIC, .room_bytes = room_bytes};

	memcpy(start, &page, sizeof(page));
	memcpy(start + PAGE_BYTES, spool->texts.data, spool->texts.len);
	return write_at(spool->fd, start, sizeof(start), 0) && !map_page(spool, NULL);
}

enum tr_err tr_spool_create(struct tr_spool *spool, const struct tr_place *place,
    const struct tr_spool_job *job, uint64_t room_bytes, struct tr_why *why)
{
	char name[NAME_SIZE] = "";

	*spool = (struct tr_spool){.fd = -1, .wake_fd = -1};
	spool->texts.limit_bytes = TEXTS_BYTES;
	put_texts(spool, job);
	if (tr_buf_err(&spool->texts) || !take_texts(spool)) {
		tr_spool_close(spool);
		return tr_fail(why, TR_INVALID, "the job's name or key is too long");
	}
	spool->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	spool->fd = create_file(spool, place, name);
	if (spool->wake_fd >= 0 && spool->fd >= 0 && fill_file(spool, room_bytes) &&
	    name_file(spool, place, name) == 0)
		return TR_OK;
	tr_fail(why, TR_SYS, "no spool can be made in %s: %s",
	    place->fd < 0 ? "memory" : place->path, strerror(errno));
	if (*name)
		unlinkat(place->fd, name, 0);
	tr_spool_close(spool);
	return TR_SYS;
}

/* Whether the open file is one that tr_spool_create() made for this user, and nobody uses it.
 */
static enum tr_err check_file(const struct tr_spool *spool, struct tr_why *why)
{
	struct stat st, named;

	if (fstat(spool->fd, &st))
		return tr_fail(why, TR_SYS, "%s: %s", spool->path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return tr_fail(why, TR_FOREIGN, "%s is no spool of this user", spool->path);
	if (flock(spool->fd, LOCK_EX | LOCK_NB))
		return tr_fail(why, TR_BUSY, "%s is still in use", spool->path);
	/* whoever had the lock before may have played and removed it */
	if (stat(spool->path, &named) || named.st_ino != st.st_ino)
		return tr_fail(why, TR_ABSENT, "%s is gone", spool->path);
	return TR_OK;
}

static int is_page(const struct tr_spool_page *page)
{
	uint64_t head = atomic_load(&page->head), done = atomic_load(&page->done);
	uint64_t freed = atomic_load(&page->freed);

	return memcmp(page->magic, MAGIC, sizeof(page->magic)) == 0 &&
	       page->room_bytes > RESERVE_BYTES && page->room_bytes <= TR_SPOOL_ROOM_BYTES &&
	       freed <= done && done <= head && head - freed <= page->room_bytes;
}

static enum tr_err read_start(struct tr_spool *spool, struct tr_why *why)
{
	static const char zeros[TEXTS_BYTES];
	enum tr_err err;

	tr_buf_add(&spool->texts, zeros, sizeof(zeros));
	if (tr_buf_err(&spool->texts))
		return tr_fail(why, TR_NOMEM, "out of memory");
	if (!read_at(spool->fd, spool->texts.data, TEXTS_BYTES, PAGE_BYTES))
		return tr_fail(why, TR_FOREIGN, "%s is no spool", spool->path);
	err = map_page(spool, why);
	if (err)
		return err;
	if (!is_page(spool->page) || !take_texts(spool))
		return tr_fail(why, TR_FOREIGN, "%s is no spool", spool->path);
	return TR_OK;
}

enum tr_err tr_spool_open(struct tr_spool *spool, const char *path, struct tr_why *why)
{
	enum tr_err err;

	*spool = (struct tr_spool){.fd = -1, .wake_fd = -1};
	if (!realpath(path, spool->path))
		return tr_fail(why, TR_ABSENT, "%s: %s", path, strerror(errno));
	spool->fd = open(spool->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (spool->fd < 0)
		return tr_fail(why, TR_SYS, "%s: %s", path, strerror(errno));
	err = check_file(spool, why);
	if (!err)
		err = read_start(spool, why);
	if (err)
		tr_spool_close(spool);
	return err;
}

/* Whether size bytes more have room; where lines are being dropped, only once a good part of it
 * is free again, so that the log does not say so for every other line. */
static int fits(const struct tr_spool *spool, size_t size)
{
	const struct tr_spool_page *page = spool->page;
	uint64_t room = page->room_bytes - RESERVE_BYTES, held = TR_SPOOL_HELD_BYTES;
	uint64_t used = atomic_load(&page->head) + spool->held.len - atomic_load(&page->freed);

	if (spool->dropped) {
		room -= room / 16;
		held -= held / 16;
	}
	return used + size <= room && spool->held.len + size <= held;
}

static void append(struct tr_spool *spool, const struct tr_record *record)
{
	struct tr_buf *held = &spool->held;
	size_t before = held->len;

	tr_record_put(held, atomic_load(&spool->page->head) + before, record);
	if (!tr_buf_err(held)) {
		spool->held_records++;
		spool->held_lines += record->kind == TR_RECORD_LINE;
		return;
	}
	held->len = before;
	held->err = TR_OK;
	spool->dropped++;
}

/* Puts a line where others were dropped, and which stands for these as long as it is held. */
static void tell_dropped(struct tr_spool *spool, int64_t at_ms)
{
	uint64_t dropped = spool->dropped;
	struct tr_record record = {
	    .kind = TR_RECORD_LINE, .level = TR_LEVEL_WARN, .at_ms = at_ms};
	char text[160];
	int len = snprintf(text, sizeof(text), TR_SPOOL_DROPPED, (unsigned long long)dropped);

	record.text = (struct tr_text){text, (size_t)len};
	spool->dropped = 0;
	append(spool, &record);
	if (spool->dropped) /* it was itself */
		spool->dropped = dropped;
	else
		spool->held_lines += dropped - 1;
}

void tr_spool_add(struct tr_spool *spool, const struct tr_record *record)
{
	if (!fits(spool, tr_record_size(record))) {
		if (record->kind == TR_RECORD_LINE)
			spool->dropped++;
		return;
	}
	if (spool->dropped)
		tell_dropped(spool, record->at_ms);
	append(spool, record);
}

void tr_spool_wake(const struct tr_spool *spool)
{
	const uint64_t one = 1;

	if (write(spool->wake_fd, &one, sizeof(one)) < 0)
		return; /* EAGAIN: it is full of wake-ups */
}

enum tr_err tr_spool_flush(struct tr_spool *spool)
{
	struct tr_spool_page *page = spool->page;
	uint64_t head = atomic_load(&page->head);

	if (!spool->held.len)
		return TR_OK;
	if (!write_ring(spool, spool->held.data, spool->held.len, head)) {
		spool->error = errno;
		return TR_SYS;
	}
	spool->error = 0;
	atomic_store(&page->head, head + spool->held.len);
	atomic_fetch_add(&page->records, spool->held_records);
	spool->held_records = spool->held_lines = 0;
	tr_buf_clear(&spool->held);
	/* The writer sets wake_at and then looks at records, and here it is the other way
	 * round: one of the two sees the other. */
	if (atomic_load(&page->records) >= atomic_load(&page->wake_at))
		tr_spool_wake(spool);
	return TR_OK;
}

void tr_spool_end(struct tr_spool *spool, const struct tr_spool_end *end)
{
	struct tr_spool_page *page = spool->page;

	page->end = *end;
	page->end.dropped = spool->dropped;
	if (tr_spool_flush(spool))
		page->end.dropped += spool->held_lines;
	atomic_store(&page->ended, 1);
	tr_spool_wake(spool);
}

size_t tr_spool_read(struct tr_spool *spool, char *bytes, size_t cap)
{
	uint64_t done = atomic_load(&spool->page->done);
	uint64_t len = atomic_load(&spool->page->head) - done;

	if (len > cap)
		len = cap;
	return read_ring(spool, bytes, (size_t)len, done) ? (size_t)len : 0;
}

/* Not every file system can; the file then takes all of its room, and no more. */
static void punch(const struct tr_spool *spool, uint64_t from, uint64_t to)
{
	fallocate(spool->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, RING_AT + (off_t)from,
	    (off_t)(to - from));
}

void tr_spool_done(struct tr_spool *spool, uint64_t pos)
{
	struct tr_spool_page *page = spool->page;
	uint64_t room = page->room_bytes, freed = atomic_load(&page->freed);
	uint64_t from = freed % room, to = pos % room;

	atomic_store(&page->done, pos);
	if (pos - freed < RELEASE_BYTES && pos - freed < room / 16)
		return;
	if (from < to) {
		punch(spool, from, to);
	} else {
		punch(spool, from, room);
		punch(spool, 0, to);
	}
	atomic_store(&page->freed, pos); /* not before: it may be written over from here on */
}

void tr_spool_remove(struct tr_spool *spool)
{
	if (*spool->path)
		unlink(spool->path);
}

void tr_spool_keep(struct tr_spool *spool)
{
	msync(spool->page, PAGE_BYTES, MS_SYNC);
	fsync(spool->fd);
}

void tr_spool_close(struct tr_spool *spool)
{
	if (spool->page)
		munmap(spool->page, PAGE_BYTES);
	if (spool->fd >= 0)
		close(spool->fd);
	if (spool->wake_fd >= 0)
		close(spool->wake_fd);
	tr_buf_free(&spool->held);
	tr_buf_free(&spool->texts);
	*spool = (struct tr_spool){.fd = -1, .wake_fd = -1};
}
