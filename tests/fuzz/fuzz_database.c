/* fuzz_database.c: a database file of any bytes, and its -wal, are read without harm.
 *
 * - The input is the file and, from the first mark of one on, the -wal, whose checksums are put
 *   right: SQLite would leave out a frame without.
 * - It is read as the responder reads, on the leash, and watched. What is said of it does not
 *   matter; that this ends, in time and within the memory that libFuzzer allows, does.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <endian.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/job_page.h"
#include "store/jobs.h"
#include "store/lines.h"
#include "store/log.h"
#include "store/log_text.h"
#include "watch/watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

#define STATEMENT_MS 500 /* some ten statements in the ten seconds of a run */
#define BATCHES 20

/* https://www.sqlite.org/fileformat2.html, section 4 */
#define WAL_HEADER_BYTES 32
#define FRAME_HEADER_BYTES 24
static const char wal_mark[4] = "\x37\x7f\x06\x82"; /* checksums of little-endian words */

static const struct tr_filter everything;
static char path[64];

static void remove_files(void)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char name[80];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

static void remove_directory(void)
{
	remove_files();
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

/* A directory of its own, in memory where there is one. */
static void make_directory(void)
{
	if (*path)
		return;
	snprintf(path, sizeof(path), "%s/tailrow-fuzz-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(path))
		abort();
	strcat(path, "/jobs.db");
	atexit(remove_directory);
}

static void write_file(const char *suffix, const uint8_t *bytes, size_t len)
{
	char name[80];
	int fd;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static uint32_t word_at(const uint8_t *bytes, uint32_t (*order)(uint32_t))
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return order(word);
}

static uint32_t big(uint32_t word)
{
	return be32toh(word);
}

static uint32_t little(uint32_t word)
{
	return le32toh(word);
}

static void sum(uint32_t s[2], const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 8 <= len; i += 8) {
		s[0] += word_at(bytes + i, little) + s[1];
		s[1] += word_at(bytes + i + 4, little) + s[0];
	}
}

static void put_sum(uint8_t *at, const uint32_t s[2])
{
	const uint32_t words[2] = {htobe32(s[0]), htobe32(s[1])};

	memcpy(at, words, sizeof(words));
}

/* Puts right what a change has made wrong: checksums, and each frame's salt. */
static void mend_wal(uint8_t *wal, size_t size)
{
	uint32_t s[2] = {0, 0};
	size_t page;

	if (size < WAL_HEADER_BYTES)
		return;
	page = word_at(wal + 8, big);
	sum(s, wal, 24);
	put_sum(wal + 24, s);
	for (size_t at = WAL_HEADER_BYTES;
	     page >= 512 && page <= 65536 && at + FRAME_HEADER_BYTES + page <= size;
	     at += FRAME_HEADER_BYTES + page) {
		memcpy(wal + at + 8, wal + 16, 8);
		sum(s, wal + at, 8);
		sum(s, wal + at + FRAME_HEADER_BYTES, page);
		put_sum(wal + at + 16, s);
	}
}

static void write_database(const uint8_t *input, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	uint8_t *wal;

	memcpy(copy, input, size);
	wal = memmem(copy, size, wal_mark, sizeof(wal_mark));
	remove_files();
	write_file("", copy, wal ? (size_t)(wal - copy) : size);
	if (wal) {
		mend_wal(wal, size - (size_t)(wal - copy));
		write_file("-wal", wal, size - (size_t)(wal - copy));
	}
	free(copy);
}

static void follow(const struct tr_log *log)
{
	static struct tr_batch batch;
	struct tr_bounds bounds;
	int64_t position = 0, next;
	enum tr_err err = TR_OK;

	for (int i = 0; i < BATCHES && !err; i++) {
		err = tr_reader_read(log->reader, position, 0, &batch, NULL);
		assert(err || batch.upto >= position);
		position = batch.upto;
	}
	tr_batch_clear(&batch);
	if (tr_reader_bounds(log->reader, &bounds, NULL))
		return;
	tr_reader_tail(log->reader, &bounds, 10, &position, NULL);
	tr_reader_next(log->reader, &bounds, 1, &next, NULL);
}

static void drop_line(void *arg, const struct tr_row *row, int is_cut)
{
	(void)is_cut;
	*(size_t *)arg += row->message.len;
}

static void list(const struct tr_log *log)
{
	static const struct tr_filter owned = {.jobs = {1, 2}, .job_count = 2, .owner = "ann"};
	static struct tr_page page;
	struct tr_lines_ask ask = {.job_id = 1, .text = "a", .page = {TR_PAGE_LAST, 0, 50}};
	struct tr_job_list jobs = {0};
	struct tr_named named;
	struct tr_beat beats[4];
	size_t bytes = 0;
	int count;

	tr_jobs_list(log->db, &everything, &jobs, NULL);
	tr_job_list_free(&jobs);
	tr_jobs_named(log->db, &owned, &named, NULL);
	tr_jobs_beats(log->db, &everything, beats, 4, &count, NULL);
	tr_lines_read(log->db, &ask, &page, drop_line, &bytes, NULL);
	ask = (struct tr_lines_ask){.job_id = TR_LINES_ALL, .page = {TR_PAGE_RANK, 0, 50}};
	tr_lines_read(log->db, &ask, &page, drop_line, &bytes, NULL);
}

static void download(const struct tr_log *log)
{
	struct tr_log_text text = {.db = log->db, .job_id = 1, .until = INT64_MAX};
	struct tr_buf out = {0};
	int more = 1;

	for (int i = 0; i < BATCHES && more; i++) {
		tr_buf_clear(&out);
		if (tr_log_text_next(&text, &out, &more, NULL))
			break;
	}
	tr_log_text_close(&text);
	tr_buf_free(&out);
}

/* As a keeper does, which never wrote. */
static void watch(const struct tr_log *log)
{
	struct tr_watch *w;

	if (tr_watch_open(&w, log->db, NULL))
		return;
	for (int i = 0; i < 4 && tr_watch_look(w) == TR_LOOK_READ; i++)
		tr_watch_read_done(
		    w, tr_reader_bounds(log->reader, &(struct tr_bounds){0}, NULL));
	tr_watch_close(w);
}

static void read_as(enum tr_log_role role)
{
	struct tr_log log;

	if (tr_log_open(&log, path, role, &everything, NULL))
		return;
	log.leash.most_ns = STATEMENT_MS * TR_NS_PER_MS;
	sqlite3_busy_timeout(log.db, 0);
	follow(&log);
	list(&log);
	download(&log);
	watch(&log);
	tr_log_close(&log);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	make_directory();
	write_database(input, size);
	read_as(TR_LOG_READER);
	read_as(TR_LOG_KEEPER);
	return 0;
}
