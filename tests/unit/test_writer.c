/* test_writer.c: the process that brings a spool into the database, and what a runner sees of
 * it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "run/writer.h"
#include "spools.h"

#define ROOM (1 << 20)
#define LIMIT_NS (20 * TR_NS_PER_S)

#define RIVAL                                                                                  \
	"INSERT INTO job (name, state, key, host, beat_at) VALUES ('there', 'running', 'k', "  \
	"'elsewhere', '9999-01-01T00:00:00.000Z')"

static struct tr_spool spool;
static int life[2], stage_fd;

static int begin(void **state)
{
	const struct testdb *t;

	if (testdb_make(state))
		return -1;
	t = *state;
	make_spool(&spool, t->dir, t->path, ROOM);
	spool.job.key = "k";
	stage_fd = eventfd(0, EFD_NONBLOCK);
	return stage_fd < 0 || pipe(life);
}

static int end(void **state)
{
	close(life[0]);
	close(life[1]);
	close(stage_fd);
	tr_spool_close(&spool);
	return testdb_remove(state);
}

/* Starts the writer, in a directory where no other spool can be. */
static pid_t start(const struct testdb *t)
{
	const struct tr_writer writer = {&spool, life[0], stage_fd};
	pid_t pid = fork();

	if (pid)
		return pid;
	close(life[1]);
	setenv("XDG_STATE_HOME", t->dir, 1);
	setenv("HOME", t->dir, 1);
	setenv("TMPDIR", t->dir, 1);
	_exit(tr_writer_run(&writer));
}

static int status_of(pid_t pid)
{
	int64_t until_ns = tr_mono_ns() + LIMIT_NS;
	int status;

	while (tr_mono_ns() < until_ns) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		poll(NULL, 0, 5);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

/* The runner goes on just when the writer, which has looked before that, begins. */
static int go_on(unsigned event, void *arg, void *stmt, void *sql)
{
	(void)event, (void)arg, (void)stmt;
	if (strcmp(sql, "BEGIN IMMEDIATE") == 0)
		atomic_store(&spool.page->stage, TR_STAGE_GONE_ON);
	return 0;
}

static int watch_begin(sqlite3 *db, char **error, const struct sqlite3_api_routines *api)
{
	(void)error, (void)api;
	return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, go_on, NULL);
}

static void a_rival_that_is_found_too_late(void **state)
{
	const struct testdb *t = *state;
	const struct tr_spool_end told = {.at_ms = 1767323045999};
	pid_t pid;

	run_sql(t->db, RIVAL);
	add_line(&spool, "it ran");
	tr_spool_end(&spool, &told);
	sqlite3_auto_extension((void (*)(void))watch_begin);
	pid = start(t);
	sqlite3_reset_auto_extension();
	assert_int_equal(status_of(pid), TR_WRITER_DONE);
	assert_int_equal(
	    ask_sql(t->db, "SELECT count(*) FROM log WHERE message = 'it ran'"), 1);
}

static void a_rival_that_is_found_in_time(void **state)
{
	const struct testdb *t = *state;

	run_sql(t->db, RIVAL);
	assert_int_equal(status_of(start(t)), TR_WRITER_REFUSED);
	assert_int_equal(atomic_load(&spool.page->stage), TR_STAGE_REFUSED);
	assert_int_equal(access(spool.path, F_OK), -1);
}

#define writer_test(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    writer_test(a_rival_that_is_found_too_late),
	    writer_test(a_rival_that_is_found_in_time),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
