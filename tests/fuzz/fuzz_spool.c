/* fuzz_spool.c: whatever was done to a spool's file, opening and reading it refuses or gives
 * whole records.
 *
 * - The input is three bytes a patch: an offset into the file, and the value to put there. The
 *   file before is a spool with a few records, one of them around the ring's end.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/spool.h"

#define ROOM 4096

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static char path[PATH_MAX];
static char *whole; /* the file before */
static size_t whole_len;

static void add(struct tr_spool *spool, size_t len)
{
	static const char text[ROOM];
	const struct tr_record record = {.kind = TR_RECORD_LINE, .text = {text, len}};

	tr_spool_add(spool, &record);
	assert(tr_spool_flush(spool) == TR_OK);
}

static void make_file(void)
{
	const struct tr_spool_job job = {.db = "/db",
	    .is = {.name = "name", .host = "host"},
	    .started_at = "2026-01-02T03:04:05.678Z"};
	struct tr_place place = {.fd = -1};
	struct tr_spool spool;
	struct stat st;

	snprintf(place.path, sizeof(place.path), "/tmp/tailrow-fuzz-XXXXXX");
	assert(mkdtemp(place.path));
	place.fd = open(place.path, O_RDONLY | O_DIRECTORY);
	assert(place.fd >= 0 && !tr_spool_create(&spool, &place, &job, ROOM, NULL));
	for (int i = 0; i < 2; i++) {
		add(&spool, 1500);
		tr_spool_done(&spool, atomic_load(&spool.page->head));
	}
	add(&spool, 1500);
	add(&spool, 10);
	snprintf(path, sizeof(path), "%s", spool.path);
	assert(!fstat(spool.fd, &st));
	whole_len = (size_t)st.st_size;
	whole = malloc(whole_len);
	assert(whole && pread(spool.fd, whole, whole_len, 0) == (ssize_t)whole_len);
	tr_spool_close(&spool);
	close(place.fd);
}

static void remove_file(void)
{
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

static void write_patched(const uint8_t *input, size_t size)
{
	char *bytes = malloc(whole_len);
	int fd = open(path, O_WRONLY);

	memcpy(bytes, whole, whole_len);
	for (; size >= 3; input += 3, size -= 3)
		bytes[(input[0] << 8 | input[1]) % whole_len] = (char)input[2];
	assert(fd >= 0 && pwrite(fd, bytes, whole_len, 0) == (ssize_t)whole_len);
	close(fd);
	free(bytes);
}

static void read_out(struct tr_spool *spool)
{
	size_t len, at = 0, got;
	struct tr_record record;
	char *bytes = malloc(TR_RECORD_MAX_BYTES);
	uint64_t pos = atomic_load(&spool->page->done);

	assert(*spool->job.db == '/' && strlen(spool->job.started_at) < TR_ISO_SIZE);
	len = tr_spool_read(spool, bytes, TR_RECORD_MAX_BYTES);
	assert(len <= spool->page->room_bytes);
	while ((got = tr_record_get(bytes + at, len - at, pos + at, &record))) {
		assert(got % 8 == 0 && got <= len - at && record.kind < TR_RECORD_KINDS);
		assert(!record.text.len || record.text.data + record.text.len <= bytes + len);
		at += got;
	}
	tr_spool_done(spool, pos + at);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct tr_spool spool;

	if (!whole) {
		make_file();
		atexit(remove_file);
	}
	write_patched(input, size);
	if (!tr_spool_open(&spool, path, NULL)) {
		read_out(&spool);
		tr_spool_close(&spool);
	}
	return 0;
}
