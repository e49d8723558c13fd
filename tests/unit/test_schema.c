/* test_schema.c: one sentence for each kind of file that is no tailrow database.
 *
 * - What the tables promise is tested by tests/schema, on two engines.
 * - root may do everything, so what needs a user without permission runs in a child that has
 *   become nobody.
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

#define NOBODY 65534

/* What opening and checking the file comes to. */
static enum tr_err look(
    const char *path, int flags, char epoch[TR_EPOCH_SIZE], struct tr_why *why)
{
	sqlite3 *db;
	enum tr_err err = tr_schema_open(&db, path, flags, 0, why);

	if (err) {
		assert_null(db);
		return err;
	}
	err = tr_schema_check(db, epoch, why);
	sqlite3_close(db);
	return err;
}

/* One failure: this value, and a sentence that holds these words. */
static void refused(const char *path, enum tr_err expected, const char *words)
{
	char epoch[TR_EPOCH_SIZE];
	struct tr_why why = {0};

	assert_int_equal(look(path, SQLITE_OPEN_READONLY, epoch, &why), expected);
	assert_non_null(strstr(why.text, words));
	assert_non_null(strstr(why.text, path));
	assert_null(strchr(why.text, '\n'));
}

static void init_refused(const char *path, enum tr_err expected, const char *words)
{
	struct tr_why why = {0};

	assert_int_equal(tr_schema_init(path, &why), expected);
	assert_non_null(strstr(why.text, words));
}

static void other_files_are_named_and_left_alone(void **state)
{
	static const char noise[] = "\x01\x02 certainly no database, and longer than a hundred "
				    "bytes, which SQLite takes for a header \x03\x04\x05\x06";

	(void)state;
	write_file("noise.db", noise, sizeof(noise));
	refused("noise.db", TR_FOREIGN, "is not an SQLite database");
	init_refused("noise.db", TR_FOREIGN, "is not an SQLite database");

	write_file("empty.db", "", 0);
	refused("empty.db", TR_FOREIGN, "is empty: make its tables with: tailrow --db");

	run_sql("shop.db", "CREATE TABLE item (id); CREATE TABLE meta (key, value);"
			   "INSERT INTO meta VALUES ('schema_version', '1')");
	refused("shop.db", TR_FOREIGN, "another program's database");
	init_refused("shop.db", TR_FOREIGN, "another program's database");
	assert_string_equal(ask("shop.db", "SELECT count(*) FROM sqlite_master"), "2");

	run_sql("odd.db", "CREATE TABLE job (x); CREATE TABLE log (x); CREATE TABLE meta (x)");
	refused("odd.db", TR_FOREIGN, "another program's database");

	assert_int_equal(tr_schema_init("newer.db", NULL), TR_OK);
	run_sql("newer.db", "UPDATE meta SET value = '2' WHERE key = 'schema_version'");
	refused(
	    "newer.db", TR_FOREIGN, "has schema version 2 and this tailrow knows version 1");
	init_refused("newer.db", TR_FOREIGN, "has schema version 2");
}

static void paths_that_lead_nowhere(void **state)
{
	(void)state;
	assert_int_equal(mkdir("d", 0777), 0);
	write_file("f", "", 0);
	refused(
	    "none.db", TR_ABSENT, "does not exist: make it with: tailrow --db none.db init");
	refused("d", TR_ABSENT, "is a directory");
	init_refused("d", TR_ABSENT, "is a directory");
	refused("f/x.db", TR_ABSENT, "does not exist");
	refused("no/x.db", TR_ABSENT, "does not exist");
	init_refused("no/x.db", TR_ABSENT, "its directory does not exist");
	init_refused("", TR_ABSENT, "does not name a file");
	init_refused(":memory:", TR_ABSENT, "does not name a file");
	assert_int_equal(access("none.db", F_OK), -1);
}

/* Opens as nobody, with flags, and exits with the error; the words must be in the sentence. */
static void refused_as_nobody(
    const char *path, int flags, enum tr_err expected, const char *words)
{
	char epoch[TR_EPOCH_SIZE];
	struct tr_why why = {0};
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (!geteuid() && (setgid(NOBODY) || setuid(NOBODY)))
			_exit(101);
		status = look(path, flags, epoch, &why);
		if (!strstr(why.text, words))
			fprintf(stderr, "%s\n", why.text);
		_exit(strstr(why.text, words) ? status : 102);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

static void permissions(void **state)
{
	sqlite3 *keeper;

	(void)state;
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(tr_schema_init("d/x.db", NULL), TR_OK);
	if (geteuid())
		assert_int_equal(chmod("d", 0555), 0);

	assert_int_equal(chmod("d/x.db", 0000), 0);
	refused_as_nobody("d/x.db", SQLITE_OPEN_READONLY, TR_DENIED, "may not open d/x.db");
	assert_int_equal(chmod("d/x.db", 0444), 0);
	refused_as_nobody("d/x.db", SQLITE_OPEN_READWRITE, TR_DENIED, "may not write d/x.db");
	refused_as_nobody(
	    "d/x.db", SQLITE_OPEN_READONLY, TR_DENIED, "cannot write in the directory of");
	assert_int_equal(chmod("d/x.db", 0666), 0);
	refused_as_nobody(
	    "d/x.db", SQLITE_OPEN_READWRITE, TR_DENIED, "cannot write in the directory of");

	/* A connection that may write keeps -wal and -shm there for those who may not. */
	assert_int_equal(chmod("d", 0755), 0);
	assert_int_equal(sqlite3_open("d/x.db", &keeper), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(keeper, "UPDATE meta SET value = value", NULL, NULL, NULL), SQLITE_OK);
	refused_as_nobody("d/x.db", SQLITE_OPEN_READONLY, TR_OK, "");
	sqlite3_close(keeper);

	assert_int_equal(chmod("d", 0700), 0);
	if (geteuid())
		assert_int_equal(chmod("d", 0000), 0);
	refused_as_nobody("d/x.db", SQLITE_OPEN_READONLY, TR_DENIED, "may not open d/x.db");
	assert_int_equal(chmod("d", 0755), 0);
}

static void a_locked_file_is_busy(void **state)
{
	struct tr_why why = {0};
	sqlite3 *other;
	char epoch[TR_EPOCH_SIZE];

	(void)state;
	assert_int_equal(tr_schema_init("x.db", NULL), TR_OK);
	assert_int_equal(sqlite3_open("x.db", &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(look("x.db", SQLITE_OPEN_READONLY, epoch, &why), TR_BUSY);
	assert_non_null(strstr(why.text, "x.db is locked by another program: try again"));
	sqlite3_close(other);
}

static void a_connection_is_hardened(void **state)
{
	int defensive = 0, trusted = 1;
	sqlite3 *db;

	(void)state;
	assert_int_equal(tr_schema_init("x.db", NULL), TR_OK);
	assert_int_equal(tr_schema_open(&db, "x.db", SQLITE_OPEN_READWRITE, 0, NULL), TR_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, -1, &defensive);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, -1, &trusted);
	assert_int_equal(defensive, 1);
	assert_int_equal(trusted, 0);
	assert_int_equal(
	    sqlite3_exec(db, "SELECT * FROM no_such", NULL, NULL, NULL), SQLITE_ERROR);
	sqlite3_close(db);
}

static void an_epoch_is_renewed(void **state)
{
	static const char *const malformed[] = {
	    "", "a-b", "a b", "a12345678901234567890123456789012", "caf\xc3\xa9"};
	char before[TR_EPOCH_SIZE], after[TR_EPOCH_SIZE], sql[128];
	struct tr_why why = {0};

	(void)state;
	assert_int_equal(tr_schema_init("x.db", NULL), TR_OK);
	assert_int_equal(look("x.db", SQLITE_OPEN_READONLY, before, NULL), TR_OK);
	assert_int_equal(tr_schema_renew_epoch("x.db", NULL), TR_OK);
	assert_int_equal(look("x.db", SQLITE_OPEN_READONLY, after, NULL), TR_OK);
	assert_int_equal(strlen(after), 16);
	assert_string_not_equal(before, after);

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		snprintf(sql, sizeof(sql), "UPDATE meta SET value = '%s' WHERE key = 'epoch'",
		    malformed[i]);
		run_sql("x.db", sql);
		refused("x.db", TR_FOREIGN, "init --renew-epoch");
	}
	run_sql("x.db", "UPDATE meta SET value = 'Az345678901234567890123456789012' "
			"WHERE key = 'epoch'");
	assert_int_equal(look("x.db", SQLITE_OPEN_READONLY, after, NULL), TR_OK);
	run_sql("x.db", "DELETE FROM meta WHERE key = 'epoch'");
	refused("x.db", TR_FOREIGN, "init --renew-epoch");
	assert_int_equal(tr_schema_renew_epoch("x.db", NULL), TR_OK);
	assert_int_equal(look("x.db", SQLITE_OPEN_READONLY, after, NULL), TR_OK);

	assert_int_equal(tr_schema_renew_epoch("none.db", &why), TR_ABSENT);
	write_file("empty.db", "", 0);
	assert_int_equal(tr_schema_renew_epoch("empty.db", &why), TR_FOREIGN);
}

static void each_code_has_a_value_and_a_sentence(void **state)
{
	static const struct {
		int rc;
		enum tr_err err;
		const char *words;
	} expected[] = {
	    {SQLITE_BUSY, TR_BUSY, "try again"},
	    {SQLITE_BUSY_RECOVERY, TR_BUSY, "try again"},
	    {SQLITE_LOCKED, TR_BUSY, "try again"},
	    {SQLITE_PROTOCOL, TR_BUSY, "try again"},
	    {SQLITE_READONLY_RECOVERY, TR_BUSY, "try again"},
	    {SQLITE_READONLY, TR_DENIED, "write permission"},
	    {SQLITE_READONLY_DIRECTORY, TR_DENIED, "directory"},
	    {SQLITE_PERM, TR_DENIED, "write permission"},
	    {SQLITE_CANTOPEN, TR_DENIED, "cannot open"},
	    {SQLITE_NOMEM, TR_NOMEM, "memory"},
	    {SQLITE_NOTADB, TR_FOREIGN, "not an SQLite database"},
	    {SQLITE_CORRUPT, TR_DB, "restore a backup"},
	    {SQLITE_CORRUPT_INDEX, TR_DB, "restore a backup"},
	    {SQLITE_FULL, TR_DB, "make room"},
	    {SQLITE_IOERR_READ, TR_DB, "disk I/O error (SQLite code 266)"},
	};
	struct tr_why why = {"untouched"};

	(void)state;
	assert_int_equal(tr_schema_error(SQLITE_OK, "x.db", &why), TR_OK);
	assert_int_equal(tr_schema_error(SQLITE_ROW, "x.db", &why), TR_OK);
	assert_int_equal(tr_schema_error(SQLITE_DONE, "x.db", &why), TR_OK);
	assert_string_equal(why.text, "untouched");
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(
		    tr_schema_error(expected[i].rc, "x.db", &why), expected[i].err);
		assert_non_null(strstr(why.text, expected[i].words));
		assert_non_null(strstr(why.text, "x.db"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(other_files_are_named_and_left_alone, enter, leave),
	    cmocka_unit_test_setup_teardown(paths_that_lead_nowhere, enter, leave),
	    cmocka_unit_test_setup_teardown(permissions, enter, leave),
	    cmocka_unit_test_setup_teardown(a_locked_file_is_busy, enter, leave),
	    cmocka_unit_test_setup_teardown(a_connection_is_hardened, enter, leave),
	    cmocka_unit_test_setup_teardown(an_epoch_is_renewed, enter, leave),
	    cmocka_unit_test(each_code_has_a_value_and_a_sentence),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
