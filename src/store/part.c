/* part.c: texts of any size, of which no more comes into memory than is kept.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/part.h"

#include <stddef.h>

/* The first bytes of a value that a handle is open on. */
static void give(sqlite3_context *context, sqlite3_blob *blob, int most_bytes)
{
	int len = sqlite3_blob_bytes(blob);
	char *bytes;
	int rc;

	if (len > most_bytes)
		len = most_bytes;
	bytes = sqlite3_malloc(len + 1);
	rc = bytes ? sqlite3_blob_read(blob, bytes, len, 0) : SQLITE_NOMEM;
	if (rc) {
		sqlite3_free(bytes);
		sqlite3_result_error_code(context, rc);
		return;
	}
	sqlite3_result_text(context, bytes, len, sqlite3_free);
}

/* tr_part(table, column, id, most_bytes). NULL, and a number, are no text: NULL. */
static void part(sqlite3_context *context, int count, sqlite3_value **args)
{
	sqlite3_blob *blob = NULL;
	int rc = sqlite3_blob_open(sqlite3_context_db_handle(context), "main",
	    (const char *)sqlite3_value_text(args[0]),
	    (const char *)sqlite3_value_text(args[1]), sqlite3_value_int64(args[2]), 0, &blob);

	(void)count;
	if (!rc)
		give(context, blob, sqlite3_value_int(args[3]));
	else if (rc != SQLITE_ERROR) /* which says that the value is none such */
		sqlite3_result_error_code(context, rc);
	sqlite3_blob_close(blob);
}

int tr_part_register(sqlite3 *db)
{
	int rc = sqlite3_create_function(
	    db, "tr_part", 4, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, part, NULL, NULL);

	return rc == SQLITE_BUSY ? SQLITE_OK : rc; /* it is known, and in use */
}

int tr_part_step(sqlite3_stmt *stmt)
{
	sqlite3 *db = sqlite3_db_handle(stmt);
	int before = sqlite3_limit(db, SQLITE_LIMIT_LENGTH, TR_PART_MOST_BYTES);
	int rc = sqlite3_step(stmt) & 0xff;

	if (rc == SQLITE_TOOBIG)
		sqlite3_reset(stmt);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, before);
	return rc;
}

static int prepare(sqlite3 *db, const char *sql, int64_t id, sqlite3_stmt **stmt)
{
	int rc = *stmt ? SQLITE_OK : sqlite3_prepare_v2(db, sql, -1, stmt, NULL);

	return rc ? rc : sqlite3_bind_int64(*stmt, 1, id);
}

int tr_part_find(sqlite3 *db, struct tr_part_row *row, int64_t id, sqlite3_stmt **at)
{
	int rc = prepare(db, row->sql, id, &row->whole);

	*at = row->whole;
	if (rc)
		return rc;
	rc = tr_part_step(row->whole);
	if (rc != SQLITE_TOOBIG)
		return rc;
	rc = prepare(db, row->in_part_sql, id, &row->in_part);
	*at = row->in_part;
	return rc ? rc : sqlite3_step(row->in_part);
}

void tr_part_reset(struct tr_part_row *row)
{
	sqlite3_reset(row->whole);
	sqlite3_reset(row->in_part);
}

void tr_part_close(struct tr_part_row *row)
{
	sqlite3_finalize(row->whole);
	sqlite3_finalize(row->in_part);
	row->whole = row->in_part = NULL;
}
