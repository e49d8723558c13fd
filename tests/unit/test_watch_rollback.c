/* test_watch_rollback.c: the traps of the rollback journal modes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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

static void halted_commit_is_found(struct scene *s, enum shim_point point)
{
	int64_t last = s->f.last_id;
	int64_t busy = s->f.busy;

	puppet_halt_in(&s->a, point, SCENE_INSERT);
	scene_turn_for(s, 30);
	assert_int_equal(s->f.last_id, last);
	assert_true(s->f.busy > busy);
	assert_int_equal(s->f.busy_rc, SQLITE_BUSY);
	assert_int_equal(puppet_go_on(&s->a), SQLITE_OK);
	assert_true(scene_found(s, last + 1));
}

static void commit_halted_anywhere(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	halted_commit_is_found(s, SHIM_DB_WRITE);
	halted_commit_is_found(s, SHIM_JOURNAL_END);
	halted_commit_is_found(s, SHIM_JOURNAL_ENDED);
}

static void spilled_transaction_rolled_back(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	assert_int_equal(puppet_sql(&s->a, "BEGIN"), SQLITE_OK);
	puppet_halt_in(&s->a, SHIM_DB_WRITE, SCENE_BIG);
	scene_turn_for(s, 30);
	assert_int_equal(puppet_go_on(&s->a), SQLITE_OK);
	assert_int_equal(puppet_sql(&s->a, "ROLLBACK"), SQLITE_OK);
	scene_turn_for(s, 30);
	assert_int_equal(s->f.last_id, 1);
	/* The next commit carries the change counter that the rolled back one had written. */
	scene_insert(&s->a);
	assert_true(scene_found(s, 2));
}

static void writer_killed_with_a_hot_journal(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	puppet_open(&s->b, s->db);
	puppet_halt_in(&s->a, SHIM_DB_WRITE, SCENE_INSERT);
	puppet_kill(&s->a);
	scene_turn_for(s, 100);
	assert_int_equal(s->f.last_id, 1);
	scene_insert(&s->b);
	assert_true(scene_found(s, 2));
}

static int count_statement(unsigned what, void *count, void *statement, void *text)
{
	(void)what;
	(void)statement;
	(void)text;
	++*(int *)count;
	return 0;
}

static void idle_sweep_runs_no_statement(void **state)
{
	struct scene *s = *state;
	int statements = 0;

	scene_insert(&s->a);
	scene_follow(s);
	sqlite3_trace_v2(s->f.db, SQLITE_TRACE_STMT, count_statement, &statements);
	scene_turn_for(s, 1200);
	assert_int_equal(statements, 0);
	scene_insert(&s->a);
	assert_true(scene_found(s, 2));
	assert_true(statements > 0);
}

/* Takes the events before the watch sees them. */
static void lose_events(struct scene *s)
{
	char events[4096];

	while (read(tr_watch_fd(s->f.watch), events, sizeof(events)) > 0)
		;
}

static void sweep_sees_the_change_counter(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	scene_insert(&s->a);
	lose_events(s);
	assert_true(follower_waits_for(&s->f, 2, SCENE_WITHIN_MS));
	assert_int_equal(s->f.by_sweep, 1);
}

static void switched_to_wal(void **state)
{
	struct scene *s = *state;

	scene_insert(&s->a);
	scene_follow(s);
	assert_int_equal(puppet_sql(&s->a, "PRAGMA journal_mode=WAL"), SQLITE_OK);
	scene_insert(&s->a);
	assert_false(follower_waits_for(&s->f, 3, SCENE_WITHIN_MS));
	assert_int_equal(s->f.reopens, 1);
	follower_close(&s->f);
	scene_follow(s);
	assert_true(scene_found(s, 2));
	scene_insert(&s->a);
	assert_true(scene_found(s, 3));
}

int main(void)
{
#define TRAP(name, mode) cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, mode)
	const struct CMUnitTest tests[] = {
	    TRAP(commit_halted_anywhere, "DELETE"),
	    TRAP(commit_halted_anywhere, "TRUNCATE"),
	    TRAP(commit_halted_anywhere, "PERSIST"),
	    TRAP(spilled_transaction_rolled_back, "DELETE"),
	    TRAP(spilled_transaction_rolled_back, "PERSIST"),
	    TRAP(writer_killed_with_a_hot_journal, "DELETE"),
	    TRAP(writer_killed_with_a_hot_journal, "TRUNCATE"),
	    TRAP(writer_killed_with_a_hot_journal, "PERSIST"),
	    TRAP(idle_sweep_runs_no_statement, "DELETE"),
	    TRAP(sweep_sees_the_change_counter, "DELETE"),
	    TRAP(switched_to_wal, "DELETE"),
	};

	return cmocka_run_group_tests_name("watch_rollback", tests, NULL, NULL);
}
