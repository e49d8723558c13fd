/* testdb.h: a fresh database for a test, in a directory of its own.
 *
 * - cmocka's state is the struct testdb; it is made before each test and removed after it.
 * - db is a plain connection, as any publisher has one; what is under test opens its own.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TESTS_TESTDB_H
#define TR_TESTS_TESTDB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/schema.h"

struct testdb {
	char dir[64];
	char path[128];
	sqlite3 *db;
	char epoch[TR_EPOCH_SIZE];
};

/* Runs sql, printf form, on db; the test fails where that fails. */
static inline __attribute__((format(printf, 2, 3))) void run_sql(
    sqlite3 *db, const char *format, ...)
{
	va_list args;
	char *sql;

	va_start(args, format);
	sql = sqlite3_vmprintf(format, args);
	va_end(args);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sqlite3_errmsg(db), sql);
	sqlite3_free(sql);
}

/* The first column of the first row, as a number. */
static inline int64_t ask_sql(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t answer;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	answer = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return answer;
}

/* Another connection, which the caller closes. */
static inline sqlite3 *connect_again(const struct testdb *t)
{
	struct tr_why why = {0};
	sqlite3 *db;

	if (tr_schema_open(&db, t->path, SQLITE_OPEN_READWRITE, 0, &why))
		fail_msg("%s", why.text);
	return db;
}

static inline int testdb_make(void **state)
{
	struct testdb *t = calloc(1, sizeof(*t));
	struct tr_why why = {0};

	*state = t;
	snprintf(t->dir, sizeof(t->dir), "/tmp/tailrow-unit-XXXXXX");
	if (!mkdtemp(t->dir))
		return -1;
	snprintf(t->path, sizeof(t->path), "%s/jobs.db", t->dir);
	if (tr_schema_init(t->path, &why))
		return -1;
	t->db = connect_again(t);
	if (tr_schema_check(t->db, t->epoch, &why))
		return -1;
	run_sql(t->db, "PRAGMA synchronous = OFF");
	return 0;
}

static inline int testdb_unlink(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline int testdb_remove(void **state)
{
	struct testdb *t = *state;
	int rc;

	sqlite3_close(t->db);
	rc = nftw(t->dir, testdb_unlink, 8, FTW_DEPTH | FTW_PHYS);
	free(t);
	return rc;
}

/* One test with a database. */
#define db_test(function) cmocka_unit_test_setup_teardown(function, testdb_make, testdb_remove)

#endif
