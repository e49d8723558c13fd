/* test_spool.c: what is appended comes out in order, whatever the room and whoever dies.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"
#include "spools.h"

#define ROOM 4096

static struct tr_spool spool;

static int begin(void **state)
{
	if (enter(state))
		return -1;
	make_spool(&spool, ".", "/db", ROOM);
	return 0;
}

static int end(void **state)
{
	tr_spool_close(&spool);
	return leave(state);
}

/* Takes all records out, and returns the last line of them; *count: how many they were. */
static const char *drain(int *count)
{
	static char bytes[ROOM], text[256];
	uint64_t pos = atomic_load(&spool.page->done);
	size_t len = tr_spool_read(&spool, bytes, sizeof(bytes)), at = 0, size;
	struct tr_record record;

	*count = 0;
	*text = '\0';
	while ((size = tr_record_get(bytes + at, len - at, pos + at, &record))) {
		snprintf(text, sizeof(text), "%.*s", (int)record.text.len, record.text.data);
		at += size;
		++*count;
	}
	assert_int_equal(at, len);
	tr_spool_done(&spool, pos + at);
	return text;
}

/* Ten times around the ring, in pieces of every size. */
static void the_ring_goes_around(void **state)
{
	char text[128];
	int count, written = 0, read = 0;

	(void)state;
	while (atomic_load(&spool.page->head) < 10 * ROOM) {
		int batch = 1 + written % 7;

		for (int i = 0; i < batch; i++) {
			snprintf(text, sizeof(text), "%0*d", 1 + written % 90, written);
			add_line(&spool, text);
			written++;
		}
		assert_int_equal(tr_spool_flush(&spool), TR_OK);
		assert_int_equal(atoi(drain(&count)), written - 1);
		read += count;
	}
	assert_int_equal(read, written);
	assert_int_equal(atomic_load(&spool.page->records), written);
	assert_int_equal(spool.dropped, 0);
}

static void what_has_no_room_is_counted(void **state)
{
	int written = 0, kept, count;
	char expected[160];

	(void)state;
	while (!spool.dropped) {
		add_line(&spool, "a line that takes room");
		assert_int_equal(tr_spool_flush(&spool), TR_OK);
		written++;
	}
	for (int i = 0; i < 9; i++)
		add_line(&spool, "dropped, too");
	drain(&kept);
	assert_int_equal(kept, written - 1);

	add_line(&spool, "there is room again");
	assert_int_equal(tr_spool_flush(&spool), TR_OK);
	snprintf(expected, sizeof(expected), TR_SPOOL_DROPPED, 10ULL);
	assert_string_equal(drain(&count), "there is room again");
	assert_int_equal(count, 2);
	assert_int_equal(spool.dropped, 0);
}

/* Where the log begins to drop it goes on until there is room for more than one line. */
static void it_is_not_said_for_every_line(void **state)
{
	static char bytes[ROOM];
	struct tr_record record;
	size_t size;

	(void)state;
	while (!spool.dropped) {
		add_line(&spool, "a line that takes room");
		assert_int_equal(tr_spool_flush(&spool), TR_OK);
	}
	tr_spool_read(&spool, bytes, sizeof(bytes));
	size = tr_record_get(bytes, sizeof(bytes), 0, &record);
	assert_true(size > 0);
	tr_spool_done(&spool, size);
	add_line(&spool, "a line that takes room");
	assert_int_equal(spool.dropped, 2);
}

static void the_end_always_fits(void **state)
{
	const struct tr_spool_end told = {.at_ms = 7, .end = TR_END_FAILED, .exit_code = 3};

	(void)state;
	while (spool.dropped < 5)
		add_line(&spool, "a line that takes room");
	tr_spool_end(&spool, &told);
	assert_int_equal(atomic_load(&spool.page->ended), 1);
	assert_int_equal(spool.page->end.exit_code, 3);
	assert_int_equal(spool.page->end.dropped, 5);
	assert_true(atomic_load(&spool.page->head) > 0);
}

/* As on a full disk: the file cannot grow, and later it can. */
static void a_file_that_cannot_be_written(void **state)
{
	struct rlimit before, none = {0};
	struct sigaction ignore = {.sa_handler = SIG_IGN}, normal;
	struct tr_spool_end told = {0};
	int count;

	(void)state;
	sigaction(SIGXFSZ, &ignore, &normal);
	getrlimit(RLIMIT_FSIZE, &before);
	none.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &none);
	add_line(&spool, "one");
	assert_int_equal(tr_spool_flush(&spool), TR_SYS);
	assert_int_equal(spool.error, EFBIG);
	add_line(&spool, "two");
	assert_int_equal(tr_spool_flush(&spool), TR_SYS);
	drain(&count);
	assert_int_equal(count, 0);

	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(tr_spool_flush(&spool), TR_OK);
	assert_string_equal(drain(&count), "two");
	assert_int_equal(count, 2);

	setrlimit(RLIMIT_FSIZE, &none);
	add_line(&spool, "three");
	add_line(&spool, "four");
	tr_spool_end(&spool, &told);
	assert_int_equal(spool.page->end.dropped, 2);

	spool.dropped = 10; /* the line that says so is dropped with one more */
	add_line(&spool, "five");
	tr_spool_end(&spool, &told);
	assert_int_equal(spool.page->end.dropped, 2 + 11);
	setrlimit(RLIMIT_FSIZE, &before);
	sigaction(SIGXFSZ, &normal, NULL);
}

static int is_awake(void)
{
	struct pollfd wake = {.fd = spool.wake_fd, .events = POLLIN};
	uint64_t count;
	int awake = poll(&wake, 1, 0);

	if (awake)
		assert_int_equal(read(spool.wake_fd, &count, sizeof(count)), sizeof(count));
	return awake;
}

static void the_writer_is_woken_when_it_wants_to_be(void **state)
{
	(void)state;
	atomic_store(&spool.page->wake_at, 3);
	for (int i = 1; i <= 4; i++) {
		add_line(&spool, "x");
		assert_int_equal(tr_spool_flush(&spool), TR_OK);
		assert_int_equal(is_awake(), i >= 3);
	}
}

static void the_file_is_private_and_tells_its_job(void **state)
{
	char path[PATH_MAX];
	struct tr_spool again;
	struct stat st;

	(void)state;
	assert_int_equal(stat(spool.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	add_line(&spool, "left");
	assert_int_equal(tr_spool_flush(&spool), TR_OK);
	assert_int_equal(tr_spool_open(&again, spool.path, NULL), TR_BUSY);
	snprintf(path, sizeof(path), "%s", spool.path);
	tr_spool_close(&spool);

	assert_int_equal(tr_spool_open(&spool, path, NULL), TR_OK);
	assert_string_equal(spool.job.db, "/db");
	assert_string_equal(spool.job.is.name, "job");
	assert_string_equal(spool.job.is.host, "here");
	assert_string_equal(spool.job.is.cwd, "/tmp");
	assert_string_equal(spool.job.started_at, "2026-01-02T03:04:05.678Z");
	assert_null(spool.job.is.owner);
	assert_null(spool.job.key);
	tr_spool_remove(&spool);
	assert_int_equal(stat(path, &st), -1);
}

/* Nor one whose room, positions or texts make no sense. */
static void a_file_that_is_no_spool(void **state)
{
	static const size_t at[] = {0, 7, 14, offsetof(struct tr_spool_page, head) + 6,
	    offsetof(struct tr_spool_page, done), offsetof(struct tr_spool_page, freed), 4096};
	char path[PATH_MAX], bytes[8192];
	struct tr_spool other;
	FILE *file;

	(void)state;
	write_file("empty.spool", "", 0);
	assert_int_equal(tr_spool_open(&other, "empty.spool", NULL), TR_FOREIGN);
	assert_int_equal(tr_spool_open(&other, "none.spool", NULL), TR_ABSENT);
	assert_int_equal(mkfifo("fifo.spool", 0600), 0);
	assert_int_equal(tr_spool_open(&other, "fifo.spool", NULL), TR_FOREIGN);

	snprintf(path, sizeof(path), "%s", spool.path);
	tr_spool_close(&spool);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, sizeof(bytes), file), sizeof(bytes));
	fclose(file);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		char kept = bytes[at[i]];

		bytes[at[i]] = (char)0xee;
		write_file("bad.spool", bytes, sizeof(bytes));
		assert_int_equal(truncate("bad.spool", 65536), 0);
		assert_int_equal(tr_spool_open(&other, "bad.spool", NULL), TR_FOREIGN);
		bytes[at[i]] = kept;
	}
}

/* kill -9 at any moment leaves what was flushed, and only whole records of it. */
static void a_killed_process_leaves_its_spool(void **state)
{
	char path[PATH_MAX];
	int pipes[2], status, count;
	pid_t pid;
	char byte;

	(void)state;
	snprintf(path, sizeof(path), "%s", spool.path);
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		add_line(&spool, "written");
		tr_spool_flush(&spool);
		add_line(&spool, "not written yet");
		if (write(pipes[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(pipes[0]);
	close(pipes[1]);
	tr_spool_close(&spool);
	assert_int_equal(tr_spool_open(&spool, path, NULL), TR_OK);
	assert_string_equal(drain(&count), "written");
	assert_int_equal(count, 1);
}

static void without_a_directory_it_is_in_memory(void **state)
{
	const struct tr_spool_job job = {
	    .db = "/db", .is = {.name = "n"}, .started_at = "2026-01-02T03:04:05.678Z"};
	struct tr_place none = {.fd = -1};
	int count;

	(void)state;
	tr_spool_close(&spool);
	assert_int_equal(tr_spool_create(&spool, &none, &job, ROOM, NULL), TR_OK);
	assert_string_equal(spool.path, "");
	add_line(&spool, "kept");
	assert_int_equal(tr_spool_flush(&spool), TR_OK);
	assert_string_equal(drain(&count), "kept");
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	char *name = calloc(1, 30000);
	const struct tr_spool_job job = {.db = "/db",
	    .is = {.name = memset(name, 'x', 29999)},
	    .started_at = "2026-01-02T03:04:05.678Z"};
	struct tr_place place = place_at(".");
	struct tr_spool other;

	(void)state;
	assert_int_equal(tr_spool_create(&other, &place, &job, ROOM, NULL), TR_INVALID);
	tr_place_close(&place);
	free(name);
}

#define spool_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    spool_test(the_ring_goes_around),
	    spool_test(what_has_no_room_is_counted),
	    spool_test(it_is_not_said_for_every_line),
	    spool_test(the_end_always_fits),
	    spool_test(a_file_that_cannot_be_written),
	    spool_test(the_writer_is_woken_when_it_wants_to_be),
	    spool_test(the_file_is_private_and_tells_its_job),
	    spool_test(a_file_that_is_no_spool),
	    spool_test(a_killed_process_leaves_its_spool),
	    spool_test(without_a_directory_it_is_in_memory),
	    spool_test(a_name_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
