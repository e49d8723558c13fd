/* test_watch_system.c: what the system refuses: inotify, write permission, a truthful clock, a
 * local file system.
 *
 * - What needs another user is skipped where the tests do not run as root.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "scene.h"

#define STRANGER 61234 /* a user id that owns nothing here */

/* What the system calls below shall refuse; 0: nothing. */
static struct {
	int init_errno;
	int add_errno;
	long fs_type;
	int wall_clock_asked;
} refuse;

int __real_inotify_init1(int flags);
int __wrap_inotify_init1(int flags);
int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __real_statfs(const char *path, struct statfs *out);
int __wrap_statfs(const char *path, struct statfs *out);
int __real_clock_gettime(clockid_t id, struct timespec *out);
int __wrap_clock_gettime(clockid_t id, struct timespec *out);

int __wrap_inotify_init1(int flags)
{
	errno = refuse.init_errno;
	return refuse.init_errno ? -1 : __real_inotify_init1(flags);
}

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	errno = refuse.add_errno;
	return refuse.add_errno ? -1 : __real_inotify_add_watch(fd, path, mask);
}

int __wrap_statfs(const char *path, struct statfs *out)
{
	int rc = __real_statfs(path, out);

	if (refuse.fs_type)
		out->f_type = refuse.fs_type;
	return rc;
}

/* The wall clock is set back by an hour at every question. */
int __wrap_clock_gettime(clockid_t id, struct timespec *out)
{
	int rc = __real_clock_gettime(id, out);

	if (id != CLOCK_MONOTONIC)
		out->tv_sec -= 3600 * ++refuse.wall_clock_asked;
	return rc;
}

static int set_up(void **state)
{
	static struct scene s;

	memset(&refuse, 0, sizeof(refuse));
	scene_begin(&s, *state);
	*state = &s;
	return 0;
}

static int tear_down(void **state)
{
	scene_end(*state);
	return 0;
}

/* Commits halted at point are found by ticks, and the watch says why it ticks. */
static void found_by_ticks(struct scene *s, enum shim_point point, const char *mode)
{
	scene_insert(&s->a);
	scene_follow(s);
	assert_string_equal(tr_watch_mode(s->f.watch), mode);
	for (int id = 2; id < 5; id++) {
		puppet_halt_in(&s->a, point, SCENE_INSERT);
		scene_turn_for(s, 30);
		assert_int_equal(s->f.last_id, id - 1);
		assert_int_equal(puppet_go_on(&s->a), SQLITE_OK);
		assert_true(scene_found(s, id));
	}
}

static void no_inotify_in_this_kernel(void **state)
{
	refuse.init_errno = ENOSYS;
	found_by_ticks(*state, SHIM_WAL_COMMIT,
	    "inotify: not in this kernel; checking the wal-index every 2 to 20 ms");
}

static void too_many_inotify_watches(void **state)
{
	refuse.add_errno = ENOSPC;
	found_by_ticks(*state, SHIM_DB_WRITE,
	    "inotify: too many watches; checking data_version every 10 to 100 ms");
}

static void inotify_refused_later(void **state)
{
	struct scene *s = *state;

	/* The last close deletes the -wal; the watch on the next one is refused. */
	assert_int_equal(follower_open(&s->f, s->db, SQLITE_OPEN_READWRITE), SQLITE_OK);
	puppet_open(&s->a, NULL);
	refuse.add_errno = ENOSPC;
	assert_int_equal(follower_look(&s->f), TR_LOOK_WAIT);
	assert_string_equal(tr_watch_mode(s->f.watch),
	    "inotify: too many watches; checking the wal-index every 2 to 20 ms");
	puppet_open(&s->a, s->db);
	scene_insert(&s->a);
	assert_true(scene_found(s, 1));
}

static void network_file_system(void **state)
{
	struct scene *s = *state;
	char events[4096];

	refuse.fs_type = NFS_SUPER_MAGIC;
	scene_insert(&s->a);
	scene_follow(s);
	assert_string_equal(tr_watch_mode(s->f.watch),
	    "network file system; checking data_version every 250 ms");
	scene_insert(&s->a);
	/* A commit on another machine raises no event here. */
	while (read(tr_watch_fd(s->f.watch), events, sizeof(events)) > 0)
		;
	assert_true(scene_found(s, 2));
}

static void clock_set_back(void **state)
{
	struct scene *s = *state;
	const struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

	scene_insert(&s->a);
	scene_follow(s);
	for (int id = 2; id < 5; id++) {
		scene_insert(&s->a);
		assert_int_equal(utimensat(AT_FDCWD, s->db, long_ago, 0), 0);
		utimensat(AT_FDCWD, s->wal, long_ago, 0);
		assert_true(scene_found(s, id));
	}
	assert_int_equal(refuse.wall_clock_asked, 0);
}

/* Fills the queue of events until it overflows. */
static void overflow(struct scene *s)
{
	char path[128];
	int limit = 0;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &limit), 1);
	fclose(f);
	snprintf(path, sizeof(path), "%s/other", s->dir);
	for (int i = 0; i <= limit / 2; i++) {
		close(open(path, O_CREAT | O_WRONLY, 0600));
		unlink(path);
	}
}

static void queue_overflow(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	overflow(s);
	scene_insert(&s->a);
	assert_true(scene_found(s, 2));
	scene_insert(&s->a);
	assert_true(scene_found(s, 3));
}

static void queue_overflow_hides_a_new_wal(void **state)
{
	struct scene *s = *state;

	assert_int_equal(follower_open(&s->f, s->db, SQLITE_OPEN_READWRITE), SQLITE_OK);
	puppet_open(&s->a, NULL);
	overflow(s);
	assert_int_equal(follower_look(&s->f), TR_LOOK_WAIT);
	scene_turn_for(s, 20);
	puppet_open(&s->a, s->db);
	scene_insert(&s->a);
	assert_true(scene_found(s, 1));
}

/* Runs one side of a trap as a user who may only read what the scene made. The puppets obey
 * both sides. */
static void as_stranger(struct scene *s, int (*side)(struct scene *s))
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(s->dir, 0755), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int ok =
		    alarm(60) == 0 && setgid(STRANGER) == 0 && setuid(STRANGER) == 0 && side(s);

		follower_close(&s->f);
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int reads_only(struct scene *s)
{
	return follower_open(&s->f, s->db, SQLITE_OPEN_READONLY) == SQLITE_OK;
}

static int out_of_instances(struct scene *s)
{
	int last = 0, count = 0;

	while (last >= 0 && count++ < 100000)
		last = inotify_init1(IN_CLOEXEC);
	if (errno != EMFILE || !reads_only(s) || follower_look(&s->f) != TR_LOOK_WAIT)
		return 0;
	if (strcmp(tr_watch_mode(s->f.watch),
		"inotify: too many instances; checking the wal-index every 2 to 20 ms") != 0)
		return 0;
	scene_insert(&s->a);
	return scene_found(s, 1);
}

static void too_many_inotify_instances(void **state)
{
	as_stranger(*state, out_of_instances);
}

static int follows_the_keeper(struct scene *s)
{
	if (!reads_only(s) || follower_look(&s->f) != TR_LOOK_WAIT)
		return 0;
	puppet_halt_in(&s->a, SHIM_WAL_COMMIT, SCENE_INSERT);
	scene_turn_for(s, 30);
	return puppet_go_on(&s->a) == SQLITE_OK && scene_found(s, 1);
}

static void read_only_user_with_keeper(void **state)
{
	as_stranger(*state, follows_the_keeper);
}

static int waits_for_a_keeper(struct scene *s)
{
	if (!reads_only(s))
		return 0;
	follower_look(&s->f);
	if (!s->f.failed) /* SQLITE_READONLY_DIRECTORY or SQLITE_CANTOPEN */
		return 0;
	s->f.failed = 0;
	puppet_open(&s->a, s->db);
	scene_insert(&s->a);
	return follower_waits_for(&s->f, 1, SCENE_WITHIN_MS) && !s->f.by_sweep;
}

static void read_only_user_without_keeper(void **state)
{
	struct scene *s = *state;

	puppet_open(&s->a, NULL);
	as_stranger(s, waits_for_a_keeper);
}

static int reads_what_is_left(struct scene *s)
{
	/* Nobody may be connected, so SQLite trusts no wal-index and reads the -wal alone. */
	if (!reads_only(s) || !scene_found(s, 1))
		return 0;
	scene_turn_for(s, 50);
	puppet_open(&s->b, s->db);
	scene_insert(&s->b);
	if (!scene_found(s, 2))
		return 0;
	scene_insert(&s->b);
	return scene_found(s, 3);
}

static void read_only_user_after_a_crash(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	puppet_kill(&s->a);
	as_stranger(s, reads_what_is_left);
}

static int cannot_recover(struct scene *s)
{
	if (!reads_only(s) || !scene_found(s, 1))
		return 0;
	puppet_halt_in(&s->a, SHIM_WAL_HALF, SCENE_INSERT);
	puppet_die(&s->a);
	while (s->f.busy_rc != SQLITE_READONLY_RECOVERY)
		follower_waits_for(&s->f, 2, 100);
	if (puppet_sql(&s->b, "SELECT count(*) FROM t") != SQLITE_OK)
		return 0;
	return scene_found(s, 2);
}

static void read_only_user_cannot_recover(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	puppet_open(&s->b, s->db);
	assert_int_equal(puppet_sql(&s->b, "SELECT count(*) FROM t"), SQLITE_OK);
	as_stranger(s, cannot_recover);
}

int main(void)
{
#define TRAP(name, mode) cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, mode)
	const struct CMUnitTest tests[] = {
	    TRAP(no_inotify_in_this_kernel, "WAL"),
	    TRAP(too_many_inotify_watches, "DELETE"),
	    TRAP(inotify_refused_later, "WAL"),
	    TRAP(too_many_inotify_instances, "WAL"),
	    TRAP(network_file_system, "DELETE"),
	    TRAP(clock_set_back, "WAL"),
	    TRAP(clock_set_back, "DELETE"),
	    TRAP(queue_overflow, "WAL"),
	    TRAP(queue_overflow, "DELETE"),
	    TRAP(queue_overflow_hides_a_new_wal, "WAL"),
	    TRAP(read_only_user_with_keeper, "WAL"),
	    TRAP(read_only_user_without_keeper, "WAL"),
	    TRAP(read_only_user_after_a_crash, "WAL"),
	    TRAP(read_only_user_cannot_recover, "WAL"),
	};

	return cmocka_run_group_tests_name("watch_system", tests, NULL, NULL);
}
