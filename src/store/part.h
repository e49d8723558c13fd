/* part.h: texts of any size, of which no more comes into memory than is kept.
 *
 * - SQLite reads a column whole, and a value may have a gigabyte. So a statement is stepped
 *   under a limit; where a row has more than that, another statement with the same columns
 *   reads each of its texts in part, by a function of SQL.
 * - In a database in UTF-16 a part is bytes, not text.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_STORE_PART_H
#define TR_STORE_PART_H

#include <sqlite3.h>
#include <stdint.h>

/* The most of a value that comes into memory. */
#define TR_PART_MOST_BYTES (8 * 1024 * 1024)

/* As SQL: of that column, in the row with that id, the first most_bytes and one more, so that
 * one sees that there are more. */
#define TR_PART(table, column, id, most_bytes)                                                 \
	"tr_part('" table "', '" column "', " id ", 1 + " TR_PART_SQL(most_bytes) ")"
#define TR_PART_SQL(number) TR_PART_TEXT(number)
#define TR_PART_TEXT(number) #number

/* Makes the function known to db. An SQLite code. */
int tr_part_register(sqlite3 *db);

/* As sqlite3_step(), but SQLITE_TOOBIG, and the statement reset, where a value is larger. */
int tr_part_step(sqlite3_stmt *stmt);

/* A row by its id, ?1: whole, or in part. The statements are prepared as they are needed; {0}
 * but for the two texts. */
struct tr_part_row {
	const char *sql, *in_part_sql;
	sqlite3_stmt *whole, *in_part;
};

/* Steps to the row of that id. SQLITE_ROW, and *at is the statement that is there, until
 * tr_part_reset(); SQLITE_DONE: there is none; any other SQLite code. */
int tr_part_find(sqlite3 *db, struct tr_part_row *row, int64_t id, sqlite3_stmt **at);

void tr_part_reset(struct tr_part_row *row);
void tr_part_close(struct tr_part_row *row);

#endif
