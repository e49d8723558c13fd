/* insert.c: the least that bringing a log into a database can cost: one transaction, one
 * prepared statement, nothing else.
 *
 * usage: insert FROM INTO   two tailrow databases; INTO is empty
 * - The rows are those of FROM's log that are lines. They are read into memory first.
 * - Prints the seconds from BEGIN to the return of COMMIT.
 *
 * SPDX-License-Identifier: MIT
 */
#include <err.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define COLUMNS 4

struct row {
	char *texts[COLUMNS];
};

static sqlite3 *db;

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
		errx(1, "%s", sqlite3_errmsg(db));
	return stmt;
}

static void run(const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL))
		errx(1, "%s", sqlite3_errmsg(db));
}

static void open_db(const char *path)
{
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL))
		errx(1, "%s: %s", path, sqlite3_errmsg(db));
	run("PRAGMA synchronous = NORMAL");
}

static struct row *read_rows(size_t *count)
{
	sqlite3_stmt *stmt = prepare("SELECT event, level, message, created_at FROM log "
				     "WHERE event = 'log' ORDER BY id");
	struct row *rows = NULL;

	*count = 0;
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		if (!(*count & (*count - 1)))
			rows = realloc(rows, (*count ? 2 * *count : 1) * sizeof(*rows));
		if (!rows)
			errx(1, "out of memory");
		for (int i = 0; i < COLUMNS; i++)
			rows[*count].texts[i] =
			    strdup((const char *)sqlite3_column_text(stmt, i));
		++*count;
	}
	sqlite3_finalize(stmt);
	return rows;
}

static void insert(const struct row *rows, size_t count)
{
	sqlite3_stmt *stmt;

	run("BEGIN IMMEDIATE");
	stmt = prepare("INSERT INTO log (job_id, event, level, message, created_at) "
		       "VALUES (1, ?, ?, ?, ?)");
	for (size_t n = 0; n < count; n++) {
		for (int i = 0; i < COLUMNS; i++)
			sqlite3_bind_text(stmt, i + 1, rows[n].texts[i], -1, SQLITE_STATIC);
		if (sqlite3_step(stmt) != SQLITE_DONE)
			errx(1, "%s", sqlite3_errmsg(db));
		sqlite3_reset(stmt);
	}
	sqlite3_finalize(stmt);
	run("COMMIT");
}

int main(int argc, char **argv)
{
	struct row *rows;
	int64_t begun_ns;
	size_t count;

	if (argc != 3)
		errx(2, "usage: insert FROM INTO");
	open_db(argv[1]);
	rows = read_rows(&count);
	sqlite3_close(db);
	open_db(argv[2]);
	begun_ns = tr_mono_ns();
	insert(rows, count);
	printf("%.6f\n", (double)(tr_mono_ns() - begun_ns) / 1e9);
	sqlite3_close(db);
	return 0;
}
