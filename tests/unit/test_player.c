/* test_player.c: a spool becomes rows: each line once, whatever happens between.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>

#include "run/player.h"
#include "spools.h"

#define ROOM (1 << 22)

static struct tr_spool spool;
static struct tr_player player;
static struct tr_ledger *ledger;
static struct tr_why why;

static int begin(void **state)
{
	const struct testdb *t;

	if (testdb_make(state))
		return -1;
	t = *state;
	make_spool(&spool, t->dir, t->path, ROOM);
	return tr_player_init(&player, &spool, &why) ||
	       tr_ledger_open(&ledger, t->path, 0, &why);
}

static int end(void **state)
{
	tr_ledger_close(ledger);
	tr_player_free(&player);
	tr_spool_close(&spool);
	return testdb_remove(state);
}

static void flush(void)
{
	assert_int_equal(tr_spool_flush(&spool), TR_OK);
}

static void step(void)
{
	if (tr_player_step(&player, ledger, 0, &why))
		fail_msg("%s", why.text);
}

/* The messages of the log, in order. */
static void assert_log(const struct testdb *t, const char *expected)
{
	sqlite3_stmt *stmt;

	sqlite3_prepare_v2(t->db,
	    "SELECT coalesce(group_concat(message, '|'), '') FROM (SELECT message FROM log "
	    "WHERE event = 'log' ORDER BY id)",
	    -1, &stmt, NULL);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(stmt, 0), expected);
	sqlite3_finalize(stmt);
}

static void tell_end(int exit_code)
{
	const struct tr_spool_end told = {.at_ms = 1767323045999,
	    .end = exit_code ? TR_END_FAILED : TR_END_SUCCEEDED,
	    .exit_code = exit_code};

	tr_spool_end(&spool, &told);
}

static void lines_progress_and_end(void **state)
{
	const struct testdb *t = *state;

	step();
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM job WHERE state = 'running'"), 1);
	add_line(&spool, "one");
	add_progress(&spool, 10, "first");
	add_progress(&spool, 20.5, "second");
	add_line(&spool, "two");
	flush();
	step();
	assert_log(t, "one|two");
	assert_int_equal(
	    ask_sql(t->db, "SELECT progress = 20.5 AND step = 'second' FROM job"), 1);
	assert_int_equal(
	    ask_sql(t->db, "SELECT count(*) FROM log WHERE event = 'status-update'"), 2);
	assert_false(player.ended);
	tell_end(0);
	step();
	assert_true(player.ended);
	assert_int_equal(
	    ask_sql(t->db, "SELECT count(*) FROM job WHERE state = 'succeeded' AND "
			   "exit_code = 0 AND finished_at = "
			   "'2026-01-02T03:04:05.999Z' AND error IS NULL"),
	    1);
}

static void sections_go_under_their_names(void **state)
{
	const struct testdb *t = *state;
	struct tr_record group = {.kind = TR_RECORD_GROUP, .text = {"Build", 5}};

	tr_spool_add(&spool, &group);
	group.kind = TR_RECORD_GROUP_END;
	tr_spool_add(&spool, &group);
	flush();
	step();
	assert_int_equal(ask_sql(t->db, "SELECT group_concat(event || message) = "
					"'groupBuild,group-endBuild' FROM log WHERE event LIKE "
					"'group%'"),
	    1);
}

/* It is committed, but to a file that at this moment is not where it was. */
static void a_file_that_was_away_at_the_commit(void **state)
{
	const struct testdb *t = *state;
	char away[160];

	step();
	snprintf(away, sizeof(away), "%s-away", t->path);
	add_line(&spool, "one");
	add_line(&spool, "two");
	flush();
	assert_int_equal(rename(t->path, away), 0);
	assert_int_equal(tr_player_step(&player, ledger, 0, &why), TR_ABSENT);
	assert_int_equal(rename(away, t->path), 0);
	tr_ledger_close(ledger);
	assert_int_equal(tr_ledger_open(&ledger, t->path, 0, &why), TR_OK);
	step();
	assert_log(t, "one|two");
	assert_false(tr_player_behind(&player));
}

/* The last lines and the end are one commit: nobody sees a job that ended without them. */
static void the_end_comes_with_the_last_lines(void **state)
{
	const struct testdb *t = *state;

	step();
	add_line(&spool, "last");
	tell_end(3);
	run_sql(t->db,
	    "CREATE TABLE seen AS SELECT 0 AS lines; CREATE TRIGGER t AFTER UPDATE OF "
	    "state ON job BEGIN UPDATE seen SET lines = (SELECT count(*) FROM log "
	    "WHERE message = 'last'); END");
	step();
	assert_true(player.ended);
	assert_int_equal(ask_sql(t->db, "SELECT lines FROM seen"), 1);
	assert_int_equal(ask_sql(t->db, "SELECT exit_code FROM job WHERE state = 'failed'"), 3);
}

static void a_failed_step_plays_nothing(void **state)
{
	const struct testdb *t = *state;

	step();
	add_line(&spool, "once");
	flush();
	run_sql(t->db, "BEGIN IMMEDIATE");
	assert_int_equal(tr_player_step(&player, ledger, 0, &why), TR_BUSY);
	assert_true(tr_player_behind(&player));
	run_sql(t->db, "ROLLBACK");
	step();
	step();
	assert_false(tr_player_behind(&player));
	assert_log(t, "once");
}

/* Two lines; the writer is killed after their commit and before it can say so. */
static void commit_without_a_word(void)
{
	uint64_t done;

	step();
	done = atomic_load(&spool.page->done);
	add_line(&spool, "one");
	add_line(&spool, "two");
	flush();
	step();
	atomic_store(&spool.page->done, done);
}

static void a_commit_that_was_not_told_is_found(void **state)
{
	const struct testdb *t = *state;

	commit_without_a_word();
	add_line(&spool, "three");
	flush();
	step();
	assert_log(t, "one|two|three");
}

/* The next writer first meets a lock. */
static void a_commit_that_was_not_told_is_found_after_a_lock(void **state)
{
	const struct testdb *t = *state;

	commit_without_a_word();
	run_sql(t->db, "BEGIN IMMEDIATE");
	assert_int_equal(tr_player_step(&player, ledger, 0, &why), TR_BUSY);
	run_sql(t->db, "ROLLBACK");
	step();
	assert_log(t, "one|two");
}

/* The disk was full; meanwhile another runner, of the same millisecond, has made its job. */
static void a_job_that_was_not_made_is_nobody_elses(void **state)
{
	const struct testdb *t = *state;

	add_line(&spool, "mine");
	flush();
	run_sql(t->db, "CREATE TRIGGER t BEFORE INSERT ON log WHEN NEW.event = 'log' BEGIN "
		       "SELECT abs(-9223372036854775807 - 1); END");
	assert_int_equal(tr_player_step(&player, ledger, 0, &why), TR_DB);
	run_sql(t->db, "DROP TRIGGER t");
	run_sql(t->db, "INSERT INTO job (name, state, started_at) VALUES ('other', 'running', "
		       "'2026-01-02T03:04:05.678Z')");
	step();
	assert_int_equal(ask_sql(t->db, "SELECT job_id FROM log WHERE message = 'mine'"), 2);
}

/* A line; the writer is killed before its commit. */
static void promise_only(const struct testdb *t)
{
	step();
	add_line(&spool, "one");
	flush();
	atomic_store(&spool.page->promised, atomic_load(&spool.page->head));
	atomic_store(&spool.page->line, ask_sql(t->db, "SELECT max(id) + 1 FROM log"));
}

static void a_promise_that_was_not_kept(void **state)
{
	const struct testdb *t = *state;

	promise_only(t);
	step();
	assert_log(t, "one");
}

/* The command, which logs for itself too, got the row in the meantime. */
static void a_row_that_was_promised_and_is_anothers(void **state)
{
	const struct testdb *t = *state;

	promise_only(t);
	run_sql(t->db, "INSERT INTO log (job_id, message) VALUES (1, 'own')");
	step();
	assert_log(t, "own|one");
}

static void an_orphan_fails_when_all_is_played(void **state)
{
	const struct testdb *t = *state;

	add_line(&spool, "before");
	flush();
	player.orphan = 1;
	player.died_ms = 1767323045999;
	step();
	assert_true(player.ended);
	assert_log(t, "before");
	assert_int_equal(
	    ask_sql(t->db, "SELECT count(*) FROM job WHERE state = 'failed' AND error "
			   "= 'its runner was killed' AND exit_code IS NULL AND "
			   "finished_at = '2026-01-02T03:04:05.999Z'"),
	    1);
}

static void an_orphan_that_had_ended_stays_as_it_is(void **state)
{
	const struct testdb *t = *state;

	step();
	run_sql(t->db, "UPDATE job SET state = 'succeeded'");
	player.orphan = 1;
	step();
	assert_true(player.ended);
	assert_int_equal(
	    ask_sql(t->db, "SELECT count(*) FROM job WHERE state = 'succeeded'"), 1);
}

static void a_job_that_was_removed_is_made_again(void **state)
{
	const struct testdb *t = *state;

	add_line(&spool, "before");
	flush();
	step();
	run_sql(t->db, "DELETE FROM job; DELETE FROM log");
	add_line(&spool, "after");
	flush();
	step();
	assert_log(t, "[tailrow: the lines before this one are not in this database: it was "
		      "replaced, or the job was removed]|after");
	assert_int_equal(
	    ask_sql(t->db, "SELECT count(*) FROM job WHERE id = 2 AND state = 'running'"), 1);
	assert_int_equal(atomic_load(&spool.page->job_id), 2);
}

static void a_damaged_spool_is_played_as_far_as_it_is_whole(void **state)
{
	const struct testdb *t = *state;
	const char zeros[16] = {0};
	struct tr_record record;
	char bytes[4096];
	size_t len, first;

	add_line(&spool, "whole");
	add_line(&spool, "torn");
	flush();
	len = tr_spool_read(&spool, bytes, sizeof(bytes));
	first = tr_record_get(bytes, len, 0, &record);
	assert_true(first && first < len);
	/* the ring begins after the page and the texts: the file is as long as both */
	assert_int_equal(pwrite(spool.fd, zeros, sizeof(zeros),
			     lseek(spool.fd, 0, SEEK_END) - (off_t)sizeof(zeros)),
	    sizeof(zeros));
	player.orphan = 1;
	while (!player.ended)
		step();
	assert_log(t, "whole|[tailrow: 40 bytes of the spool are damaged and lost]");
}

static void what_was_dropped_at_the_end_is_told(void **state)
{
	const struct testdb *t = *state;
	struct tr_spool_end told = {.at_ms = 1, .exit_code = 0};

	spool.dropped = 12;
	tr_spool_end(&spool, &told);
	step();
	assert_int_equal(
	    ask_sql(
		t->db, "SELECT count(*) FROM log WHERE message LIKE '%12 lines were dropped%'"),
	    1);
}

/* The writer was killed after that, and before it removed the spool. */
static void what_was_dropped_at_the_end_is_told_once(void **state)
{
	const struct testdb *t = *state;
	struct tr_spool_end told = {.at_ms = 1, .exit_code = 0};

	spool.dropped = 12;
	tr_spool_end(&spool, &told);
	for (int i = 0; i < 3; i++) {
		player.ended = 0;
		step();
		assert_true(player.ended);
	}
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log WHERE event = 'log'"), 1);
}

static void a_refused_line_is_counted(void **state)
{
	const struct testdb *t = *state;

	run_sql(t->db,
	    "CREATE TRIGGER t BEFORE INSERT ON log WHEN NEW.message LIKE 'bad%%' BEGIN "
	    "SELECT RAISE(ABORT, 'that is bad'); END");
	add_line(&spool, "good");
	add_line(&spool, "bad 1");
	add_line(&spool, "bad 2");
	add_line(&spool, "good too");
	flush();
	step();
	assert_log(t, "good|good too");
	assert_int_equal(player.refused, 2);
	assert_string_equal(player.refusal.text, "that is bad");
}

/* Once, though the step in which they were refused failed and was done again. */
static void a_refused_line_is_counted_once(void **state)
{
	const struct testdb *t = *state;

	step();
	run_sql(t->db, "CREATE TRIGGER t BEFORE INSERT ON log WHEN NEW.message = 'bad' BEGIN "
		       "SELECT RAISE(ABORT, 'that is bad'); END; "
		       "CREATE TRIGGER u BEFORE INSERT ON log WHEN NEW.message = 'good' BEGIN "
		       "SELECT abs(-9223372036854775807 - 1); END");
	add_line(&spool, "bad");
	add_line(&spool, "good");
	flush();
	assert_int_equal(tr_player_step(&player, ledger, 0, &why), TR_DB);
	run_sql(t->db, "DROP TRIGGER u");
	step();
	assert_int_equal(player.refused, 1);
}

/* It takes back all of its transaction: what comes after it in there is not to be written now,
 * and once more with the next attempt. */
static void a_line_that_is_refused_with_all_others(void **state)
{
	const struct testdb *t = *state;

	step();
	run_sql(t->db, "CREATE TRIGGER t BEFORE INSERT ON log WHEN NEW.message = 'bad' BEGIN "
		       "SELECT RAISE(ROLLBACK, 'that is bad'); END");
	add_line(&spool, "good");
	add_line(&spool, "bad");
	add_line(&spool, "good too");
	flush();
	for (int i = 0; i < 2; i++)
		assert_int_equal(tr_player_step(&player, ledger, 0, &why), TR_DB);
	assert_log(t, "");
	run_sql(t->db, "DROP TRIGGER t");
	step();
	assert_log(t, "good|bad|good too");
}

/* More than one transaction holds: several, in order, and none twice. */
static void a_long_spool_takes_several_steps(void **state)
{
	const struct testdb *t = *state;
	int lines = 40000, steps = 0;
	char text[64];

	for (int i = 0; i < lines; i++) {
		snprintf(text, sizeof(text), "%d", i);
		add_line(&spool, text);
	}
	flush();
	tell_end(0);
	for (; !player.ended; steps++)
		step();
	assert_true(steps > 1);
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log WHERE event = 'log'"), lines);
	assert_int_equal(
	    ask_sql(t->db,
		"SELECT count(*) FROM log AS a JOIN log AS b ON b.id = a.id + 1 WHERE "
		"a.event = 'log' AND b.event = 'log' AND CAST(b.message AS INTEGER) <> "
		"CAST(a.message AS INTEGER) + 1"),
	    0);
}

#define player_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    player_test(lines_progress_and_end),
	    player_test(sections_go_under_their_names),
	    player_test(a_file_that_was_away_at_the_commit),
	    player_test(the_end_comes_with_the_last_lines),
	    player_test(a_failed_step_plays_nothing),
	    player_test(a_commit_that_was_not_told_is_found),
	    player_test(a_commit_that_was_not_told_is_found_after_a_lock),
	    player_test(a_job_that_was_not_made_is_nobody_elses),
	    player_test(a_promise_that_was_not_kept),
	    player_test(a_row_that_was_promised_and_is_anothers),
	    player_test(an_orphan_fails_when_all_is_played),
	    player_test(an_orphan_that_had_ended_stays_as_it_is),
	    player_test(a_job_that_was_removed_is_made_again),
	    player_test(a_damaged_spool_is_played_as_far_as_it_is_whole),
	    player_test(what_was_dropped_at_the_end_is_told),
	    player_test(what_was_dropped_at_the_end_is_told_once),
	    player_test(a_refused_line_is_counted),
	    player_test(a_refused_line_is_counted_once),
	    player_test(a_line_that_is_refused_with_all_others),
	    player_test(a_long_spool_takes_several_steps),
	};

	return cmocka_run_group_tests_name("player", tests, NULL, NULL);
}
