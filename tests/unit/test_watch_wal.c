/* test_watch_wal.c: the traps of WAL mode, each with the writer halted where it bites.
 *
 * - In every test the follower may be told of a row by an event or by a tick, never by the
 *   sweep.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "scene.h"
#include "watch/walindex.h"

static int set_up(void **state)
{
	static struct scene s;

	scene_begin(&s, "WAL");
	*state = &s;
	return 0;
}

static int tear_down(void **state)
{
	scene_end(*state);
	return 0;
}

/* p inserts a row and halts at point; the follower, woken, must not find anything yet; p goes
 * on; the follower finds the row. */
static void halted_commit_is_found(struct scene *s, struct puppet *p, enum shim_point point)
{
	int64_t last = s->f.last_id;

	puppet_halt_in(p, point, SCENE_INSERT);
	scene_turn_for(s, 30);
	assert_int_equal(s->f.last_id, last);
	assert_int_equal(puppet_go_on(p), SQLITE_OK);
	assert_true(scene_found(s, last + 1));
}

static void commit_between_look_and_sleep(void **state)
{
	struct scene *s = *state;

	assert_int_equal(follower_open(&s->f, s->db, SQLITE_OPEN_READWRITE), SQLITE_OK);
	assert_int_equal(follower_look(&s->f), TR_LOOK_WAIT);
	scene_insert(&s->a);
	assert_true(scene_found(s, 1));
}

/* The first row that the follower reads makes an intruder commit the next. */
static void intrude(void *arg, int64_t id)
{
	if (id == 1)
		scene_insert(arg);
}

static void commit_in_the_middle_of_a_read(void **state)
{
	struct scene *s = *state;

	scene_follow(s);
	puppet_open(&s->b, s->db);
	s->f.on_row = intrude;
	s->f.arg = &s->b;
	scene_insert(&s->a);
	assert_true(scene_found(s, 2));
}

static void one_commit_visible_and_one_in_flight(void **state)
{
	struct scene *s = *state;

	scene_follow(s);
	puppet_open(&s->b, s->db);
	scene_insert(&s->a);
	puppet_halt_in(&s->b, SHIM_WAL_COMMIT, SCENE_INSERT);
	scene_turn_for(s, 30);
	assert_int_equal(s->f.last_id, 1);
	assert_int_equal(puppet_go_on(&s->b), SQLITE_OK);
	assert_true(scene_found(s, 2));
}

static void first_commit_into_a_new_wal(void **state)
{
	struct scene *s = *state;

	/* The last close deletes the -wal, the follower's first read makes another. */
	puppet_open(&s->a, NULL);
	scene_follow(s);
	puppet_open(&s->a, s->db);
	halted_commit_is_found(s, &s->a, SHIM_WAL_COMMIT);
	halted_commit_is_found(s, &s->a, SHIM_WAL_COMMIT);
}

static void wal_made_after_the_watch(void **state)
{
	struct scene *s = *state;

	/* The connection has not read when the last other one closes: the -wal whose events
	 * the watch asked for goes, and comes again under the same name. */
	assert_int_equal(follower_open(&s->f, s->db, SQLITE_OPEN_READWRITE), SQLITE_OK);
	puppet_open(&s->a, NULL);
	assert_int_equal(access(s->wal, F_OK), -1);
	assert_int_equal(follower_look(&s->f), TR_LOOK_WAIT);
	puppet_open(&s->a, s->db);
	scene_turn_for(s, 20);
	scene_insert(&s->a);
	assert_true(scene_found(s, 1));
	scene_insert(&s->a);
	assert_true(scene_found(s, 2));
}

static void commit_not_published_yet(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	halted_commit_is_found(s, &s->a, SHIM_WAL_COMMIT);
	assert_int_equal(puppet_sql(&s->a, "PRAGMA synchronous=FULL"), SQLITE_OK);
	halted_commit_is_found(s, &s->a, SHIM_WAL_COMMIT);
}

static void commit_in_flight_before_the_watch(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	puppet_halt_in(&s->a, SHIM_WAL_COMMIT, SCENE_INSERT);
	/* Its events are past, its row is not visible yet. */
	assert_int_equal(follower_open(&s->f, s->db, SQLITE_OPEN_READWRITE), SQLITE_OK);
	follower_look(&s->f);
	scene_turn_for(s, 30);
	assert_int_equal(s->f.last_id, 1);
	assert_int_equal(puppet_go_on(&s->a), SQLITE_OK);
	assert_true(scene_found(s, 2));
}

static void fresh_connection_after_truncate(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	assert_int_equal(puppet_sql(&s->a, "PRAGMA wal_checkpoint(TRUNCATE)"), SQLITE_OK);
	scene_turn_for(s, 20);
	puppet_open(&s->b, s->db);
	halted_commit_is_found(s, &s->b, SHIM_WAL_COMMIT);
}

static void wal_index_half_written(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	halted_commit_is_found(s, &s->a, SHIM_WAL_HALF);
}

static void writer_killed_half_way_through_the_wal_index(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	puppet_halt_in(&s->a, SHIM_WAL_HALF, SCENE_INSERT);
	puppet_kill(&s->a);
	/* The transaction is whole in the -wal: SQLite's recovery makes it visible. */
	assert_true(scene_found(s, 2));
}

static void writer_killed_before_the_wal_index(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	puppet_open(&s->b, s->db);
	puppet_halt_in(&s->a, SHIM_WAL_COMMIT, SCENE_INSERT);
	puppet_kill(&s->a);
	scene_turn_for(s, 30);
	assert_int_equal(s->f.last_id, 1);
	scene_insert(&s->b);
	assert_true(scene_found(s, 2));
}

static void spilled_transaction_committed(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	puppet_halt_in(&s->a, SHIM_WAL_SPILL, SCENE_BIG);
	scene_turn_for(s, 30);
	assert_int_equal(puppet_go_on(&s->a), SQLITE_OK);
	assert_true(scene_found(s, 2));
}

static void spilled_transaction_rolled_back(void **state)
{
	struct scene *s = *state;
	int64_t selects;

	scene_insert(&s->a);
	scene_follow(s);
	puppet_open(&s->b, s->db);
	selects = s->f.selects;
	assert_int_equal(puppet_sql(&s->a, "BEGIN"), SQLITE_OK);
	puppet_halt_in(&s->a, SHIM_WAL_SPILL, SCENE_BIG);
	scene_turn_for(s, 30);
	assert_int_equal(puppet_go_on(&s->a), SQLITE_OK);
	assert_int_equal(puppet_sql(&s->a, "ROLLBACK"), SQLITE_OK);
	scene_turn_for(s, 300);
	/* Nothing was committed, so nothing was read; and the frames that stay in the -wal
	 * must not make the watch spin. */
	assert_int_equal(s->f.selects, selects);
	assert_true(tr_watch_deadline_ns(s->f.watch) - tr_mono_ns() > 10 * TR_NS_PER_MS);
	halted_commit_is_found(s, &s->b, SHIM_WAL_COMMIT);
}

static void large_transaction_wakes_seldom(void **state)
{
	struct scene *s = *state;
	int64_t looks, begin_ns;

	scene_insert(&s->a);
	scene_follow(s);
	looks = s->f.looks;
	begin_ns = tr_mono_ns();
	puppet_halt_in(&s->a, SHIM_WAL_SPILL, "INSERT INTO t(pad) VALUES(zeroblob(8000000))");
	puppet_let_go(&s->a);
	assert_true(scene_found(s, 2));
	assert_int_equal(puppet_answer(&s->a), SQLITE_OK);
	/* It wrote 2,000 pages, and each was an event. */
	assert_true(s->f.looks - looks < 50 + (tr_mono_ns() - begin_ns) / TR_NS_PER_MS);
}

static void equal_size_wal_restart(void **state)
{
	struct scene *s = *state;
	struct stat before, after;

	scene_insert(&s->a);
	scene_follow(s);
	assert_int_equal(puppet_sql(&s->a, "PRAGMA wal_checkpoint(RESTART)"), SQLITE_OK);
	scene_insert(&s->a);
	assert_true(scene_found(s, 2));
	assert_int_equal(stat(s->wal, &before), 0);
	assert_int_equal(puppet_sql(&s->a, "PRAGMA wal_checkpoint(RESTART)"), SQLITE_OK);
	scene_insert(&s->a);
	/* All that stat() can tell is as it was. */
	assert_int_equal(
	    utimensat(AT_FDCWD, s->wal, (struct timespec[]){before.st_atim, before.st_mtim}, 0),
	    0);
	assert_int_equal(stat(s->wal, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_true(scene_found(s, 3));
}

static uint32_t change_of(struct scene *s)
{
	struct tr_walindex head;
	uint32_t change;

	assert_int_equal(tr_walindex_copy(s->f.db, &head), TR_WALINDEX_WHOLE);
	memcpy(&change, head.bytes + 8, sizeof(change));
	return change;
}

static void recovery_resets_the_change_count(void **state)
{
	struct scene *s = *state;
	uint32_t change;
	int64_t last = 3;

	for (int i = 0; i < 3; i++)
		scene_insert(&s->a);
	scene_follow(s);
	assert_true(scene_found(s, 3));
	change = change_of(s);
	puppet_open(&s->b, s->db);
	puppet_halt_in(&s->a, SHIM_WAL_HALF, SCENE_INSERT);
	puppet_kill(&s->a);
	last++;
	/* The follower sleeps while b recovers and commits until iChange is as it was. */
	do {
		scene_insert(&s->b);
		last++;
		assert_true(last < 20);
	} while (change_of(s) != change);
	assert_true(scene_found(s, last));
}

static void busy_in_recovery(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	puppet_open(&s->b, s->db);
	puppet_halt_in(&s->a, SHIM_WAL_HALF, SCENE_INSERT);
	puppet_kill(&s->a);
	puppet_halt_in(&s->b, SHIM_WAL_RECOVERY, "SELECT count(*) FROM t");
	while (s->f.busy_rc != SQLITE_BUSY_RECOVERY)
		assert_false(follower_waits_for(&s->f, 2, 100));
	assert_int_equal(puppet_go_on(&s->b), SQLITE_OK);
	assert_true(scene_found(s, 2));
}

static void checkpoint_halted_before_it_truncates(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	puppet_halt_in(&s->a, SHIM_WAL_TRUNCATE, "PRAGMA wal_checkpoint(TRUNCATE)");
	scene_turn_for(s, 1200); /* a sweep among them */
	assert_int_equal(puppet_go_on(&s->a), SQLITE_OK);
	scene_turn_for(s, 1200);
	assert_int_equal(s->f.reopens, 0);
	scene_insert(&s->a);
	assert_true(scene_found(s, 2));
}

static void sweep_sees_the_wal_index(void **state)
{
	struct scene *s = *state;
	char events[4096];

	scene_insert(&s->a);
	scene_follow(s);
	scene_insert(&s->a);
	/* The system loses what it had to tell. */
	while (read(tr_watch_fd(s->f.watch), events, sizeof(events)) > 0)
		;
	assert_true(follower_waits_for(&s->f, 2, SCENE_WITHIN_MS));
	assert_int_equal(s->f.by_sweep, 1);
}

int main(void)
{
#define TRAP(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TRAP(commit_between_look_and_sleep),
	    TRAP(commit_in_the_middle_of_a_read),
	    TRAP(one_commit_visible_and_one_in_flight),
	    TRAP(first_commit_into_a_new_wal),
	    TRAP(wal_made_after_the_watch),
	    TRAP(commit_not_published_yet),
	    TRAP(commit_in_flight_before_the_watch),
	    TRAP(fresh_connection_after_truncate),
	    TRAP(wal_index_half_written),
	    TRAP(writer_killed_half_way_through_the_wal_index),
	    TRAP(writer_killed_before_the_wal_index),
	    TRAP(spilled_transaction_committed),
	    TRAP(spilled_transaction_rolled_back),
	    TRAP(large_transaction_wakes_seldom),
	    TRAP(equal_size_wal_restart),
	    TRAP(recovery_resets_the_change_count),
	    TRAP(busy_in_recovery),
	    TRAP(checkpoint_halted_before_it_truncates),
	    TRAP(sweep_sees_the_wal_index),
	};

	return cmocka_run_group_tests_name("watch_wal", tests, NULL, NULL);
}
