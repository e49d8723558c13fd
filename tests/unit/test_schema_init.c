/* test_schema_init.c: making a database: once, twice, by several at once, and where the file
 * system has no WAL.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/wait.h>

#include "scratch.h"
#include "store/schema.h"

/* The epoch of a database that must be sound. */
static void get_epoch(const char *path, char epoch[TR_EPOCH_SIZE])
{
	sqlite3 *db;

	assert_int_equal(tr_schema_open(&db, path, SQLITE_OPEN_READONLY, 0, NULL), TR_OK);
	assert_int_equal(tr_schema_check(db, epoch, NULL), TR_OK);
	sqlite3_close(db);
}

static void init_makes_a_database(void **state)
{
	char epoch[TR_EPOCH_SIZE], again[TR_EPOCH_SIZE];

	(void)state;
	assert_int_equal(tr_schema_init("new.db", NULL), TR_OK);
	get_epoch("new.db", epoch);
	assert_int_equal(strlen(epoch), 16);
	assert_string_equal(ask("new.db", "PRAGMA journal_mode"), "wal");
	assert_string_equal(ask("new.db", "PRAGMA auto_vacuum"), "2");

	run_sql("new.db", "INSERT INTO job (name) VALUES ('kept')");
	assert_int_equal(tr_schema_init("new.db", NULL), TR_OK);
	get_epoch("new.db", again);
	assert_string_equal(epoch, again);
	assert_string_equal(ask("new.db", "SELECT name FROM job"), "kept");

	assert_int_equal(tr_schema_init("other.db", NULL), TR_OK);
	get_epoch("other.db", again);
	assert_string_not_equal(epoch, again);
}

static void init_completes_an_empty_file(void **state)
{
	(void)state;
	write_file("empty.db", "", 0);
	assert_int_equal(tr_schema_init("empty.db", NULL), TR_OK);
	assert_string_equal(ask("empty.db", "PRAGMA auto_vacuum"), "2");
}

/* Several at once, with no order among them: all succeed, and in WAL mode it is. */
static void inits_at_once_agree(void **state)
{
	enum { CHILDREN = 6, ROUNDS = 15 };
	char path[32];
	int status;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		snprintf(path, sizeof(path), "round-%d.db", round);
		for (int i = 0; i < CHILDREN; i++)
			if (!fork())
				_exit(tr_schema_init(path, NULL));
		for (int i = 0; i < CHILDREN; i++) {
			assert_true(wait(&status) > 0);
			assert_int_equal(status, 0);
		}
		assert_string_equal(ask(path, "PRAGMA journal_mode"), "wal");
		assert_string_equal(ask(path, "SELECT count(*) FROM meta"), "3");
	}
}

/* A VFS between SQLite and the real one, in which one method of the database's file, or the
 * sleep, is the test's. */
static sqlite3_vfs *real_vfs, shim_vfs;
static sqlite3_io_methods real_methods, shim_methods;
static int (*shim_shm_map)(sqlite3_file *, int, int, int, void volatile **);
static int (*shim_unlock)(sqlite3_file *, int);

static int open_shim(
    sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
	int rc = real_vfs->xOpen(real_vfs, path, file, flags, out_flags);

	(void)vfs;
	if (rc || !(flags & SQLITE_OPEN_MAIN_DB))
		return rc;
	shim_methods = real_methods = *file->pMethods;
	if (shim_shm_map)
		shim_methods.xShmMap = shim_shm_map;
	if (shim_unlock)
		shim_methods.xUnlock = shim_unlock;
	file->pMethods = &shim_methods;
	return SQLITE_OK;
}

/* Runs tr_schema_init() on the shim and returns what it does. */
static enum tr_err init_on_shim(const char *path)
{
	enum tr_err err;

	shim_vfs.zName = "shim";
	shim_vfs.xOpen = open_shim;
	assert_int_equal(sqlite3_vfs_register(&shim_vfs, 1), SQLITE_OK);
	err = tr_schema_init(path, NULL);
	sqlite3_vfs_unregister(&shim_vfs);
	sqlite3_vfs_register(real_vfs, 1);
	shim_shm_map = NULL;
	shim_unlock = NULL;
	return err;
}

/* As on some network file systems. */
static int fail_shm(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
	(void)file, (void)region, (void)size, (void)extend;
	*out = NULL;
	return SQLITE_IOERR_SHMMAP;
}

static void init_does_without_wal(void **state)
{
	sqlite3_vfs *dotfile = sqlite3_vfs_find("unix-dotfile");

	(void)state;
	real_vfs = sqlite3_vfs_find(NULL);

	assert_non_null(dotfile); /* has no shared memory, and says so */
	assert_int_equal(sqlite3_vfs_register(dotfile, 1), SQLITE_OK);
	assert_int_equal(tr_schema_init("dotfile.db", NULL), TR_OK);
	assert_int_equal(sqlite3_vfs_register(real_vfs, 1), SQLITE_OK);
	assert_string_equal(ask("dotfile.db", "PRAGMA journal_mode"), "delete");
	assert_string_equal(ask("dotfile.db", "SELECT count(*) FROM meta"), "3");

	shim_vfs = *real_vfs; /* says that it has, and fails */
	shim_shm_map = fail_shm;
	assert_int_equal(init_on_shim("broken.db"), TR_OK);
	assert_string_equal(ask("broken.db", "PRAGMA journal_mode"), "delete");
	assert_string_equal(ask("broken.db", "SELECT count(*) FROM meta"), "3");
}

/* A writer that is there from the moment the tables are, until init has waited twice. */
static sqlite3 *writer;
static int writer_is_in, sleeps;

static int unlock_and_write(sqlite3_file *file, int level)
{
	int rc = real_methods.xUnlock(file, level);

	if (!writer)
		assert_int_equal(sqlite3_open_v2("write.db", &writer, SQLITE_OPEN_READWRITE,
				     real_vfs->zName),
		    SQLITE_OK);
	if (!writer_is_in && level == SQLITE_LOCK_NONE) {
		writer_is_in = !sqlite3_exec(
		    writer, "BEGIN IMMEDIATE; SELECT * FROM meta", NULL, NULL, NULL);
		if (!writer_is_in)
			sqlite3_exec(writer, "ROLLBACK", NULL, NULL, NULL);
	}
	return rc;
}

static int sleep_and_end_write(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	if (++sleeps == 2)
		sqlite3_exec(writer, "ROLLBACK", NULL, NULL, NULL);
	return us;
}

static void a_writer_does_not_keep_it_out_of_wal(void **state)
{
	(void)state;
	real_vfs = sqlite3_vfs_find(NULL);
	shim_vfs = *real_vfs;
	shim_vfs.xSleep = sleep_and_end_write;
	shim_unlock = unlock_and_write;
	assert_int_equal(init_on_shim("write.db"), TR_OK);
	sqlite3_close(writer);
	assert_int_equal(writer_is_in, 1);
	assert_int_equal(sleeps, 2);
	assert_string_equal(ask("write.db", "PRAGMA journal_mode"), "wal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(init_makes_a_database, enter, leave),
	    cmocka_unit_test_setup_teardown(init_completes_an_empty_file, enter, leave),
	    cmocka_unit_test_setup_teardown(inits_at_once_agree, enter, leave),
	    cmocka_unit_test_setup_teardown(init_does_without_wal, enter, leave),
	    cmocka_unit_test_setup_teardown(a_writer_does_not_keep_it_out_of_wal, enter, leave),
	};

	return cmocka_run_group_tests_name("schema_init", tests, NULL, NULL);
}
