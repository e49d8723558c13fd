/* message.c: a log row's message, as much of it as is wanted.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/message.h"

#include "store/schema.h"

#define PIECE_BYTES 65536

/* Moves the handle to that row. An SQLite code; SQLITE_ERROR: there is none, see
 * sqlite3_blob_open(). */
static int move_to(struct tr_message *message, sqlite3 *db, int64_t row_id)
{
	int rc;

	if (!message->blob)
		return sqlite3_blob_open(
		    db, "main", "log", "message", row_id, 0, &message->blob);
	rc = sqlite3_blob_reopen(message->blob, row_id);
	if (rc)
		tr_message_close(message); /* it can do nothing more */
	return rc;
}

static enum tr_err failed(sqlite3 *db, int rc, int64_t row_id, struct tr_why *why)
{
	if (rc == SQLITE_ERROR)
		return tr_fail(why, TR_ABSENT, "no line %lld", (long long)row_id);
	return tr_schema_error(rc, sqlite3_db_filename(db, "main"), why);
}

static int append(sqlite3_blob *blob, int64_t from, int64_t until, struct tr_buf *out)
{
	char piece[PIECE_BYTES];
	int rc = SQLITE_OK;

	while (from < until && !rc) {
		int len = until - from < PIECE_BYTES ? (int)(until - from) : PIECE_BYTES;

		rc = sqlite3_blob_read(blob, piece, len, (int)from);
		if (!rc)
			tr_buf_add(out, piece, (size_t)len);
		from += len;
	}
	return rc;
}

enum tr_err tr_message_read(struct tr_message *message, sqlite3 *db, int64_t row_id,
    int64_t from, size_t most_bytes, struct tr_buf *out, int64_t *len_bytes, struct tr_why *why)
{
	int rc = move_to(message, db, row_id);
	int64_t until;

	if (rc)
		return failed(db, rc, row_id, why);
	*len_bytes = until = sqlite3_blob_bytes(message->blob);
	if (until > from && (uint64_t)(until - from) > most_bytes)
		until = from + (int64_t)most_bytes;
	rc = append(message->blob, from, until, out);
	if (rc)
		return tr_schema_error(rc, sqlite3_db_filename(db, "main"), why);
	return tr_buf_err(out) ? tr_fail(why, TR_NOMEM, "out of memory") : TR_OK;
}

void tr_message_close(struct tr_message *message)
{
	sqlite3_blob_close(message->blob);
	message->blob = NULL;
}
