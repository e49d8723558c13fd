/* scratch.h: a directory of its own for each test, and a plain SQLite connection to look at
 * what is left in it.
 *
 * - Included after cmocka.h.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_UNIT_SCRATCH_H
#define TR_UNIT_SCRATCH_H

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each test runs in a directory of its own, as its working directory. */
static char scratch_dir[64];

static inline int enter(void **state)
{
	(void)state;
	snprintf(scratch_dir, sizeof(scratch_dir), "/tmp/tailrow-test-XXXXXX");
	return mkdtemp(scratch_dir) && !chmod(scratch_dir, 0777) && !chdir(scratch_dir) ? 0
											: -1;
}

static inline int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline int leave(void **state)
{
	(void)state;
	return chdir("/") || nftw(scratch_dir, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void write_file(const char *path, const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* Runs sql with a plain connection, as any other program would. */
static inline void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* The first column of the first row, in memory that the next call reuses. */
static inline const char *ask(const char *path, const char *sql)
{
	static char answer[64];
	sqlite3_stmt *stmt;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	snprintf(answer, sizeof(answer), "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return answer;
}

#endif
