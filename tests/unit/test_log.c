/* test_log.c: a database opened for reading: its two roles, and when it is another file.
 *
 * SPDX-License-Identifier: MIT
 */
#include "testdb.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/log.h"

#define NOBODY 65534

static const struct tr_filter all;

static void open_log(struct tr_log *log, const struct testdb *t, enum tr_log_role role)
{
	struct tr_why why = {0};

	if (tr_log_open(log, t->path, role, &all, &why))
		fail_msg("%s", why.text);
}

static int wal_is_there(const struct testdb *t)
{
	char path[160];

	snprintf(path, sizeof(path), "%s-wal", t->path);
	return access(path, F_OK) == 0;
}

static void what_is_open(void **state)
{
	struct testdb *t = *state;
	struct tr_log log;
	struct stat file;

	open_log(&log, t, TR_LOG_READER);
	assert_int_equal(stat(t->path, &file), 0);
	assert_string_equal(log.epoch, t->epoch);
	assert_true(log.inode == file.st_ino && log.device == file.st_dev);
	assert_non_null(log.reader);
	tr_log_close(&log);
	assert_null(log.db);
	tr_log_close(&log);
}

/* Neither writes; the keeper could, and that is why the -wal stays while it is open. */
static void reader_and_keeper(void **state)
{
	struct testdb *t = *state;
	struct tr_log reader, keeper;

	open_log(&reader, t, TR_LOG_READER);
	open_log(&keeper, t, TR_LOG_KEEPER);
	assert_int_equal(sqlite3_db_readonly(reader.db, "main"), 1);
	assert_int_equal(sqlite3_db_readonly(keeper.db, "main"), 0);
	assert_int_equal(
	    sqlite3_exec(keeper.db, "DELETE FROM log", NULL, NULL, NULL), SQLITE_READONLY);
	tr_log_close(&reader);
	sqlite3_close(t->db);
	t->db = NULL;
	assert_true(wal_is_there(t));
	tr_log_close(&keeper);
	assert_false(wal_is_there(t));
}

/* Who may only read the file keeps it as well as it can. */
static void a_keeper_that_may_not_write(void **state)
{
	struct testdb *t = *state;
	int status;
	pid_t pid;

	assert_int_equal(chmod(t->dir, 0755), 0);
	assert_int_equal(ask_sql(t->db, "SELECT 1 FROM meta"), 1); /* makes -wal and -shm */
	pid = fork();
	if (pid == 0) {
		struct tr_log log;
		int ok = geteuid() != 0 || setuid(NOBODY) == 0;

		ok = ok && tr_log_open(&log, t->path, TR_LOG_KEEPER, &all, NULL) == TR_OK;
		_exit(!(ok && sqlite3_db_readonly(log.db, "main") == 1));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void files_that_will_not_do(void **state)
{
	struct testdb *t = *state;
	struct tr_why why = {0};
	char path[160];
	struct tr_log log;

	snprintf(path, sizeof(path), "%s.not", t->path);
	memset(&log, 0x5A, sizeof(log));
	assert_int_equal(tr_log_open(&log, path, TR_LOG_KEEPER, &all, &why), TR_ABSENT);
	assert_null(log.db);
	assert_null(log.reader);
	assert_non_null(strstr(why.text, path));
	assert_int_equal(access(path, F_OK), -1); /* nothing was made */
	assert_int_equal(tr_log_open(&log, t->dir, TR_LOG_READER, &all, &why), TR_ABSENT);
	run_sql(t->db, "UPDATE meta SET value = '99' WHERE key = 'schema_version'");
	assert_int_equal(tr_log_open(&log, t->path, TR_LOG_READER, &all, &why), TR_FOREIGN);
	assert_null(log.db);
	run_sql(t->db, "DROP TABLE meta");
	assert_int_equal(tr_log_open(&log, t->path, TR_LOG_KEEPER, &all, &why), TR_FOREIGN);
	assert_null(log.db);
}

static void a_file_put_in_its_place(void **state)
{
	struct testdb *t = *state;
	struct tr_log log;
	char other[160];

	open_log(&log, t, TR_LOG_KEEPER);
	assert_int_equal(tr_log_replaced(&log, t->path), 0);
	run_sql(t->db, "INSERT INTO log (message) VALUES ('x'); PRAGMA wal_checkpoint; VACUUM");
	assert_int_equal(tr_log_replaced(&log, t->path), 0);
	snprintf(other, sizeof(other), "%s.new", t->path);
	assert_int_equal(tr_schema_init(other, NULL), TR_OK);
	assert_int_equal(rename(other, t->path), 0);
	assert_int_equal(tr_log_replaced(&log, t->path), 1);
	assert_int_equal(unlink(t->path), 0);
	assert_int_equal(tr_log_replaced(&log, t->path), 1);
	tr_log_close(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    db_test(what_is_open),
	    db_test(reader_and_keeper),
	    db_test(a_keeper_that_may_not_write),
	    db_test(files_that_will_not_do),
	    db_test(a_file_put_in_its_place),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
