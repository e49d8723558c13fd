/* test_database.c: what is said of a database file, and that it is left as it was.
 *
 * - The file system is the test's: how full it is, and whether it lies on another machine. What
 *   src/watch/dbfile.c reads is read here in a line.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/statvfs.h>

#include "doctor/database.h"
#include "scratch.h"
#include "store/schema.h"
#include "watch/dbfile.h"

#define DB "x.db"
#define MB 1048576

static struct tr_findings findings;
static char epoch[TR_EPOCH_SIZE];
static bool remote;
static struct statvfs disk;

bool tr_dbfile_is_remote(const char *db_path)
{
	(void)db_path;
	return remote;
}

bool tr_dbhead_read(sqlite3 *db, struct tr_dbhead *out)
{
	sqlite3_file *file = NULL;
	unsigned char version = 0;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	out->wal = file->pMethods->xRead(file, &version, 1, 19) == SQLITE_OK && version == 2;
	return true;
}

int statvfs(const char *path, struct statvfs *out)
{
	(void)path;
	*out = disk;
	return 0;
}

static int begin(void **state)
{
	remote = false;
	disk = (struct statvfs){.f_frsize = 1, .f_bavail = 1000L * MB};
	return enter(state) || tr_schema_init(DB, NULL) || chmod(DB, 0666);
}

static int end(void **state)
{
	tr_findings_free(&findings);
	return leave(state);
}

static void examine(void)
{
	struct tr_why why = {0};

	tr_findings_free(&findings);
	assert_int_equal(tr_database_examine(&findings, DB, "nobody", epoch, &why), TR_OK);
	assert_int_equal(findings.err, TR_OK);
}

/* The finding of that name; NULL: there is none. */
static const struct tr_finding *find(const char *name)
{
	for (size_t i = 0; i < findings.count; i++)
		if (strcmp(findings.all[i].name, name) == 0)
			return &findings.all[i];
	return NULL;
}

static void assert_found(enum tr_grade grade, const char *name)
{
	const struct tr_finding *found = find(name);

	assert_non_null(found);
	assert_int_equal(found->grade, grade);
}

static void assert_only_problem(const char *name)
{
	assert_int_equal(tr_findings_count(&findings, TR_PROBLEM), 1);
	assert_found(TR_PROBLEM, name);
}

static void a_good_one_is_fine_and_left_as_it_was(void **state)
{
	(void)state;
	run_sql(DB, "INSERT INTO log(message) VALUES('one'), ('two')");
	examine();
	assert_int_equal(tr_findings_count(&findings, TR_FINE), findings.count);
	assert_non_null(strstr(find("schema")->what, "newest row of the log is 2."));
	assert_non_null(strstr(find("journal")->what, "WAL"));
	assert_non_null(find("synchronous"));
	assert_non_null(find("writes"));
	assert_string_equal(epoch, ask(DB, "SELECT value FROM meta WHERE key = 'epoch'"));
	assert_int_not_equal(access(DB "-wal", F_OK), 0);
	assert_int_not_equal(access(DB "-shm", F_OK), 0);
	write_file(DB "-wal", "", 0);
	write_file(DB "-shm", "", 0);
	assert_int_equal(chmod(DB "-wal", 0666) | chmod(DB "-shm", 0666), 0);
	examine();
	assert_int_equal(tr_findings_count(&findings, TR_PROBLEM), 0);
	assert_int_equal(access(DB "-wal", F_OK), 0);
	assert_int_equal(access(DB "-shm", F_OK), 0);
}

static void no_database_of_ours(void **state)
{
	(void)state;
	run_sql(DB, "UPDATE meta SET value = '99' WHERE key = 'schema_version'");
	examine();
	assert_only_problem("unusable");
	run_sql(DB, "UPDATE meta SET value = '1' WHERE key = 'schema_version';"
		    "DELETE FROM meta WHERE key = 'epoch'");
	examine();
	assert_only_problem("unusable");
	assert_non_null(strstr(find("unusable")->what, "--renew-epoch"));
	assert_string_equal(epoch, "");
	run_sql(DB, "DROP TABLE job");
	examine();
	assert_only_problem("unusable");
	assert_int_equal(unlink(DB), 0);
	write_file(DB, "no database, and long enough to be one, says a test", 51);
	examine();
	assert_only_problem("unusable");
	assert_int_equal(unlink(DB), 0);
	examine();
	assert_only_problem("unopened");
	assert_int_equal(mkdir(DB, 0700), 0);
	examine();
	assert_only_problem("unopened");
}

static void another_program_writes(void **state)
{
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(DB, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", 0, 0, 0), 0);
	examine();
	assert_only_problem("unusable");
	assert_non_null(strstr(find("unusable")->what, "is locked by another program"));
	sqlite3_close(db);
}

static void a_rollback_journal_is_a_note(void **state)
{
	(void)state;
	run_sql(DB, "PRAGMA journal_mode = DELETE");
	examine();
	assert_found(TR_NOTE, "journal");
	remote = true;
	examine();
	assert_found(TR_FINE, "journal");
	assert_found(TR_NOTE, "network");
	assert_int_equal(tr_findings_count(&findings, TR_PROBLEM), 0);
}

static void no_wal_on_a_network_file_system(void **state)
{
	(void)state;
	remote = true;
	examine();
	assert_only_problem("network");
	assert_non_null(strstr(find("network")->lines, "journal_mode = DELETE"));
}

static void a_disk_that_is_full(void **state)
{
	(void)state;
	disk.f_bavail = 16L * MB - 1;
	examine();
	assert_only_problem("disk");
	disk.f_bavail = 16L * MB;
	examine();
	assert_found(TR_NOTE, "disk");
	disk.f_bavail = 256L * MB;
	examine();
	assert_found(TR_FINE, "disk");
	disk.f_flag = ST_RDONLY;
	examine();
	assert_only_problem("read-only");
}

static void a_wal_that_grew(void **state)
{
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(DB, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "SELECT * FROM job; BEGIN; SELECT * FROM job", 0, 0, 0), 0);
	assert_int_equal(truncate(DB "-wal", 64L * MB), 0);
	examine();
	assert_found(TR_NOTE, "wal-size");
	sqlite3_close(db);
}

static void nobody_is_called_so(void **state)
{
	struct tr_why why = {0};

	(void)state;
	assert_int_equal(
	    tr_database_examine(&findings, DB, "nobody is called so", epoch, &why), TR_ABSENT);
	assert_non_null(strstr(why.text, "nobody is called so"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_good_one_is_fine_and_left_as_it_was),
	    TEST(no_database_of_ours),
	    TEST(another_program_writes),
	    TEST(a_rollback_journal_is_a_note),
	    TEST(no_wal_on_a_network_file_system),
	    TEST(a_disk_that_is_full),
	    TEST(a_wal_that_grew),
	    TEST(nobody_is_called_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
