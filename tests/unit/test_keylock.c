/* test_keylock.c: one at a time, whoever is killed, and nothing in the way can be used.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "run/keylock.h"
#include "scratch.h"

static char db[PATH_MAX];
static struct tr_keylock lock;
static struct tr_why why;

static int begin(void **state)
{
	if (enter(state))
		return -1;
	setenv("XDG_STATE_HOME", scratch_dir, 1);
	snprintf(db, sizeof(db), "%s/x.db", scratch_dir);
	return 0;
}

static int end(void **state)
{
	tr_keylock_drop(&lock);
	return leave(state);
}

/* Takes the lock in a child, which then waits to be killed. */
static pid_t take_in_child(const char *key)
{
	int pipes[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		byte = tr_keylock_take(&lock, db, key, &why) == TR_OK;
		if (write(pipes[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_int_equal(byte, 1);
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void one_at_a_time_and_killed_is_gone(void **state)
{
	pid_t pid = take_in_child("backup");

	(void)state;
	assert_int_equal(tr_keylock_take(&lock, db, "backup", &why), TR_BUSY);
	assert_non_null(strstr(why.text, "'backup'"));
	assert_int_equal(tr_keylock_take(&lock, db, "another", &why), TR_OK);
	tr_keylock_drop(&lock);
	end_child(pid);
	assert_int_equal(tr_keylock_take(&lock, db, "backup", &why), TR_OK);
}

static void nothing_is_left_behind(void **state)
{
	(void)state;
	assert_int_equal(tr_keylock_take(&lock, db, "backup", &why), TR_OK);
	assert_int_equal(strncmp(lock.path, db, strlen(db)), 0);
	assert_int_equal(access(lock.path, F_OK), 0);
	tr_keylock_drop(&lock);
	assert_int_equal(access(lock.path, F_OK), -1);
}

/* Two that come just when the holder removes the file must not both have it. */
static void a_file_that_was_removed_does_not_count(void **state)
{
	pid_t pid = take_in_child("backup");
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(tr_keylock_take(&lock, db, "backup", &why), TR_BUSY);
	snprintf(path, sizeof(path), "%s", lock.path);
	unlink(path);
	assert_int_equal(tr_keylock_take(&lock, db, "backup", &why), TR_OK);
	assert_int_equal(access(path, F_OK), 0);
	end_child(pid);
}

static void what_was_put_in_the_way_is_not_used(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(tr_keylock_take(&lock, db, "backup", &why), TR_OK);
	snprintf(path, sizeof(path), "%s", lock.path);
	tr_keylock_drop(&lock);

	assert_int_equal(symlink("target", path), 0);
	assert_int_equal(tr_keylock_take(&lock, db, "backup", &why), TR_OK);
	assert_int_equal(access("target", F_OK), -1);
	assert_string_not_equal(lock.path, path);
	tr_keylock_drop(&lock);
	unlink(path);

	assert_int_equal(mkfifo(path, 0666), 0);
	assert_int_equal(tr_keylock_take(&lock, db, "backup", &why), TR_OK);
	assert_string_not_equal(lock.path, path);
}

static void without_the_database_s_directory(void **state)
{
	pid_t pid;

	(void)state;
	snprintf(db, sizeof(db), "/nowhere/x.db");
	pid = take_in_child("backup");
	assert_int_equal(tr_keylock_take(&lock, db, "backup", &why), TR_BUSY);
	end_child(pid);
	assert_int_equal(tr_keylock_take(&lock, db, "backup", &why), TR_OK);
	assert_int_equal(strncmp(lock.path, scratch_dir, strlen(scratch_dir)), 0);
}

#define keylock_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    keylock_test(one_at_a_time_and_killed_is_gone),
	    keylock_test(nothing_is_left_behind),
	    keylock_test(a_file_that_was_removed_does_not_count),
	    keylock_test(what_was_put_in_the_way_is_not_used),
	    keylock_test(without_the_database_s_directory),
	};

	return cmocka_run_group_tests_name("keylock", tests, NULL, NULL);
}
