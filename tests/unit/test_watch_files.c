/* test_watch_files.c: files replaced, removed, cut off and switched under the watch.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "scene.h"

static int set_up(void **state)
{
	static struct scene s;

	scene_begin(&s, *state);
	*state = &s;
	return 0;
}

static int tear_down(void **state)
{
	scene_end(*state);
	return 0;
}

/* The watch asks to be reopened, for good, and within so long. */
static void asks_to_reopen(struct scene *s, int within_ms)
{
	assert_false(follower_waits_for(&s->f, s->f.last_id + 1, within_ms));
	assert_int_equal(s->f.reopens, 1);
	assert_int_equal(tr_watch_look(s->f.watch), TR_LOOK_REOPEN);
	follower_close(&s->f);
	s->f.reopens = 0;
}

static void beside(char path[128], const struct scene *s, const char *suffix)
{
	snprintf(path, 128, "%s%s", s->db, suffix);
}

static void renamed_over(void **state)
{
	struct scene *s = *state;
	char other[128];

	scene_insert(&s->a);
	scene_follow(s);
	beside(other, s, "-new");
	puppet_open(&s->b, other);
	assert_int_equal(
	    puppet_sql(&s->b, "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT,"
			      " pad)"),
	    SQLITE_OK);
	scene_insert(&s->b);
	scene_insert(&s->b);
	puppet_open(&s->b, NULL);
	assert_int_equal(s->f.reopens, 0);
	assert_int_equal(rename(other, s->db), 0);
	/* By the event, not by the sweep. */
	asks_to_reopen(s, 300);
}

static void directory_removed_and_made_again(void **state)
{
	struct scene *s = *state;
	char suffix[3][8] = {"", "-wal", "-shm"};
	char path[128];

	scene_insert(&s->a);
	scene_follow(s);
	for (int i = 0; i < 3; i++) {
		beside(path, s, suffix[i]);
		unlink(path);
	}
	puppet_open(&s->a, NULL);
	assert_int_equal(rmdir(s->dir), 0);
	asks_to_reopen(s, 300);
	assert_int_not_equal(follower_open(&s->f, s->db, SQLITE_OPEN_READWRITE), SQLITE_OK);
	follower_close(&s->f);

	assert_int_equal(mkdir(s->dir, 0700), 0);
	puppet_open(&s->a, s->db);
	assert_int_equal(
	    puppet_sql(&s->a, "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT,"
			      " pad)"),
	    SQLITE_OK);
	s->f.last_id = 0;
	scene_follow(s);
	scene_insert(&s->a);
	assert_true(scene_found(s, 1));
}

static void directory_moved_away(void **state)
{
	struct scene *s = *state;
	char away[72];

	scene_follow(s);
	snprintf(away, sizeof(away), "%s.away", s->dir);
	assert_int_equal(rename(s->dir, away), 0);
	asks_to_reopen(s, 300);
	assert_int_equal(rename(away, s->dir), 0);
}

static void removed_beside(void **state)
{
	struct scene *s = *state;
	char path[128];

	for (int i = 0; i < 2; i++) {
		scene_insert(&s->a);
		scene_follow(s);
		beside(path, s, i ? "-wal" : "-shm");
		assert_int_equal(unlink(path), 0);
		asks_to_reopen(s, 300);
		/* Whoever has the lost files still open goes, and all is well again. */
		puppet_open(&s->a, NULL);
		puppet_open(&s->a, s->db);
	}
}

static void wal_cut_off(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	assert_int_equal(truncate(s->wal, 0), 0);
	asks_to_reopen(s, 2000);
}

static void database_cut_off(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	assert_int_equal(truncate(s->db, 0), 0);
	asks_to_reopen(s, 2000);
}

static void empty_file_becomes_a_database(void **state)
{
	struct scene *s = *state;

	puppet_open(&s->a, NULL);
	assert_int_equal(truncate(s->db, 0), 0);
	assert_int_equal(follower_open(&s->f, s->db, SQLITE_OPEN_READWRITE), SQLITE_OK);
	follower_look(&s->f);
	assert_true(s->f.failed); /* no such table */
	s->f.failed = 0;
	puppet_open(&s->a, s->db);
	assert_int_equal(
	    puppet_sql(&s->a, "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT,"
			      " pad)"),
	    SQLITE_OK);
	scene_insert(&s->a);
	assert_true(follower_waits_for(&s->f, 1, SCENE_WITHIN_MS));
	assert_int_equal(s->f.by_sweep, 0);
}

static void switched_before_the_first_read(void **state)
{
	struct scene *s = *state;

	assert_int_equal(follower_open(&s->f, s->db, SQLITE_OPEN_READWRITE), SQLITE_OK);
	assert_int_equal(puppet_sql(&s->a, "PRAGMA journal_mode=DELETE"), SQLITE_OK);
	asks_to_reopen(s, 300);
	scene_follow(s);
	scene_insert(&s->a);
	assert_true(scene_found(s, 1));
}

static void cannot_be_switched_while_watched(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	assert_int_equal(puppet_sql(&s->a, "PRAGMA journal_mode=DELETE"), SQLITE_BUSY);
	scene_insert(&s->a);
	assert_true(scene_found(s, 2));
}

static void vacuum_is_no_loss(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	assert_int_equal(puppet_sql(&s->a, "VACUUM"), SQLITE_OK);
	scene_insert(&s->a);
	assert_true(scene_found(s, 2));
	assert_int_equal(s->f.reopens, 0);
}

static void only_a_file_can_be_watched(void **state)
{
	struct scene *s = *state;
	struct tr_why why = {0};

	assert_int_equal(sqlite3_open(":memory:", &s->f.db), SQLITE_OK);
	assert_int_equal(tr_watch_open(&s->f.watch, s->f.db, &why), TR_DB);
	assert_null(s->f.watch);
	assert_string_not_equal(why.text, "");
}

int main(void)
{
#define TRAP(name, mode) cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, mode)
	const struct CMUnitTest tests[] = {
	    TRAP(renamed_over, "WAL"),
	    TRAP(renamed_over, "DELETE"),
	    TRAP(directory_removed_and_made_again, "WAL"),
	    TRAP(directory_removed_and_made_again, "DELETE"),
	    TRAP(directory_moved_away, "WAL"),
	    TRAP(directory_moved_away, "DELETE"),
	    TRAP(removed_beside, "WAL"),
	    TRAP(wal_cut_off, "WAL"),
	    TRAP(database_cut_off, "WAL"),
	    TRAP(database_cut_off, "DELETE"),
	    TRAP(empty_file_becomes_a_database, "DELETE"),
	    TRAP(switched_before_the_first_read, "WAL"),
	    TRAP(cannot_be_switched_while_watched, "WAL"),
	    TRAP(vacuum_is_no_loss, "WAL"),
	    TRAP(vacuum_is_no_loss, "DELETE"),
	    TRAP(only_a_file_can_be_watched, "WAL"),
	};

	return cmocka_run_group_tests_name("watch_files", tests, NULL, NULL);
}
