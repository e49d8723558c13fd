/* test_leftover.c: a spool whose runner is gone.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <sys/stat.h>

#include "run/leftover.h"
#include "spools.h"

#define ROOM (1 << 20)

static struct tr_leftovers leftovers;
static char path[PATH_MAX];

/* A spool of a job that has its row, with one line that has not. */
static int begin(void **state)
{
	struct tr_ledger *ledger;
	struct tr_player player;
	struct tr_spool spool;
	const struct testdb *t;

	if (testdb_make(state))
		return -1;
	t = *state;
	make_spool(&spool, t->dir, t->path, ROOM);
	snprintf(path, sizeof(path), "%s", spool.path);
	if (tr_player_init(&player, &spool, NULL) ||
	    tr_ledger_open(&ledger, t->path, 0, NULL) ||
	    tr_player_step(&player, ledger, 0, NULL))
		return -1;
	tr_ledger_close(ledger);
	tr_player_free(&player);
	add_line(&spool, "left");
	assert_int_equal(tr_spool_flush(&spool), TR_OK);
	tr_spool_close(&spool);
	leftovers = (struct tr_leftovers){0};
	return tr_leftovers_take(&leftovers, path, NULL);
}

static int end(void **state)
{
	tr_leftovers_free(&leftovers);
	return testdb_remove(state);
}

/* As on a full disk: it is no refusal of this line, and stays. */
static void a_line_that_cannot_be_written(void **state)
{
	const struct testdb *t = *state;
	const struct tr_leftover_of of = {.db = t->path};
	struct tr_ledger *ledger;

	run_sql(t->db, "CREATE TRIGGER t BEFORE INSERT ON log WHEN NEW.event = 'log' BEGIN "
		       "SELECT abs(-9223372036854775807 - 1); END");
	assert_int_equal(tr_ledger_open(&ledger, t->path, 0, NULL), TR_OK);
	assert_int_equal(tr_leftovers_step(&leftovers, &of, ledger), 0);
	tr_ledger_close(ledger);
	run_sql(t->db, "DROP TRIGGER t");
	assert_int_equal(tr_leftovers_take(&leftovers, path, NULL), TR_OK);
	assert_int_equal(tr_leftovers_play(&leftovers, NULL, NULL), TR_OK);
	assert_int_equal(ask_sql(t->db, "SELECT count(*) FROM log WHERE message = 'left'"), 1);
	assert_int_equal(access(path, F_OK), -1);
}

/* Not at that of its playing, which writes the spool too, and takes several steps. */
static void its_job_ended_when_it_was_last_written(void **state)
{
	const struct testdb *t = *state;
	const struct timespec then[] = {{1767323045, 999000000}, {1767323045, 999000000}};
	struct tr_spool spool;
	char line[50000];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	tr_leftovers_free(&leftovers);
	assert_int_equal(tr_spool_open(&spool, path, NULL), TR_OK);
	for (int i = 0; i < 6; i++)
		add_line(&spool, line);
	assert_int_equal(tr_spool_flush(&spool), TR_OK);
	tr_spool_close(&spool);
	assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
	assert_int_equal(tr_leftovers_take(&leftovers, path, NULL), TR_OK);
	assert_int_equal(tr_leftovers_play(&leftovers, NULL, NULL), TR_OK);
	assert_int_equal(
	    ask_sql(t->db, "SELECT finished_at = '2026-01-02T03:04:05.999Z' FROM job"), 1);
}

#define leftover_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    leftover_test(a_line_that_cannot_be_written),
	    leftover_test(its_job_ended_when_it_was_last_written),
	};

	return cmocka_run_group_tests_name("leftover", tests, NULL, NULL);
}
